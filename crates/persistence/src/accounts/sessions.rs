//! Sessions, and the refresh tokens that carry them on.
//!
//! A session is a family of refresh tokens, of which one at a time is good. Tokens are known by their
//! digests: who reads the tables can carry no session on.

use bantin_domain::{
    id::Id,
    listing::{Cursor, PageRequest, Slice, SortKey, Start},
    policy::Session,
    time::Timestamp,
    user::User,
};
use diesel::prelude::*;

use crate::{
    connection::MultiBackend,
    error::StoreError,
    schema::{refresh_tokens, sessions},
    sql_types::{Instant, Key},
    store::{Desk, Tx},
};

/// How long a session lasts that is not carried on, in seconds: a week.
pub const IDLE_SECONDS: i64 = 7 * 24 * 60 * 60;
/// How long the row of a session outlives it, in seconds: a month, for who asks what it was.
const KEPT_SECONDS: i64 = 30 * 24 * 60 * 60;

/// A session as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSession {
    /// Its identity.
    pub id: Id<Session>,
    /// Whose it is.
    pub user: Id<User>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last carried on.
    pub refreshed_at: Option<Timestamp>,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// From which network it was last carried on, as far as the settings keep that.
    pub network: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions, check_for_backend(MultiBackend))]
struct SessionRow {
    id: Key<Session>,
    user_id: Key<User>,
    created_at: Instant,
    refreshed_at: Option<Instant>,
    expires_at: Instant,
    network: Option<String>,
}

impl From<SessionRow> for StoredSession {
    fn from(row: SessionRow) -> Self {
        Self {
            id: row.id.0,
            user: row.user_id.0,
            created_at: row.created_at.0,
            refreshed_at: row.refreshed_at.map(|at| at.0),
            expires_at: row.expires_at.0,
            network: row.network,
        }
    }
}

/// Begins a session.
///
/// # Errors
/// When the database fails.
pub fn insert(tx: &mut Tx<'_>, session: &StoredSession) -> Result<(), StoreError> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(Key(session.id)),
            sessions::user_id.eq(Key(session.user)),
            sessions::created_at.eq(Instant(session.created_at)),
            sessions::expires_at.eq(Instant(session.expires_at)),
            sessions::network.eq(&session.network),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Makes whoever carries on or ends the session wait until this transaction ends.
///
/// # Errors
/// When the database fails.
pub fn lock(tx: &mut Tx<'_>, session: Id<Session>) -> Result<(), StoreError> {
    diesel::update(sessions::table.find(Key(session)))
        .set(sessions::expires_at.eq(sessions::expires_at))
        .execute(tx.conn)?;
    Ok(())
}

/// The session, unless it has ended.
///
/// # Errors
/// When the database fails.
pub fn find_live(desk: &mut Desk<'_>, session: Id<Session>) -> Result<Option<StoredSession>, StoreError> {
    let row = live(desk.now())
        .filter(sessions::id.eq(Key(session)))
        .select(SessionRow::as_select())
        .first(desk.conn)
        .optional()?;
    Ok(row.map(StoredSession::from))
}

/// A page of the sessions of an account that have not ended, newest first.
///
/// # Errors
/// When the database fails.
pub fn list_live(desk: &mut Desk<'_>, user: Id<User>, page: &PageRequest) -> Result<Slice<StoredSession>, StoreError> {
    let now = desk.now();
    let query = || live(now).filter(sessions::user_id.eq(Key(user)));
    let total = page.count.then(|| query().count().get_result::<i64>(desk.conn)).transpose()?;
    let rows = match &page.start {
        Start::After(Cursor { key: SortKey::Instant(at), id }) => {
            let (at, id) = (Instant(*at), Key::<Session>(Id::new(*id)));
            query().filter(sessions::created_at.lt(at).or(sessions::created_at.eq(at).and(sessions::id.lt(id))))
        }
        Start::Before(Cursor { key: SortKey::Instant(at), id }) => {
            let (at, id) = (Instant(*at), Key::<Session>(Id::new(*id)));
            query().filter(sessions::created_at.gt(at).or(sessions::created_at.eq(at).and(sessions::id.gt(id))))
        }
        _ => query(),
    };
    let rows = match page.start {
        Start::Before(_) => rows.order((sessions::created_at.asc(), sessions::id.asc())),
        _ => rows.order((sessions::created_at.desc(), sessions::id.desc())),
    };
    let found = rows
        .limit(i64::from(page.limit) + 1)
        .offset(i64::from(page.offset().unwrap_or(0)))
        .select(SessionRow::as_select())
        .load(desk.conn)?;
    let slice = Slice::cut(found, page, total.and_then(|total| u64::try_from(total).ok()), |row| Cursor {
        key: SortKey::Instant(row.created_at.0),
        id: row.id.0.uuid(),
    });
    Ok(slice.map(StoredSession::from))
}

/// Neither ended, nor over, nor idle for too long.
fn live<'q>(now: Timestamp) -> sessions::BoxedQuery<'q, MultiBackend> {
    let idle_since = Instant(now.plus_seconds(-IDLE_SECONDS));
    let never_refreshed = sessions::refreshed_at.is_null().and(sessions::created_at.gt(idle_since));
    sessions::table
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(Instant(now)))
        .filter(sessions::refreshed_at.assume_not_null().gt(idle_since).or(never_refreshed))
        .into_boxed()
}

/// Notes that a session was carried on, and from where.
///
/// # Errors
/// When the database fails.
pub fn carried_on(tx: &mut Tx<'_>, session: Id<Session>, network: Option<&str>) -> Result<(), StoreError> {
    diesel::update(sessions::table.find(Key(session)))
        .set((sessions::refreshed_at.eq(Instant(tx.now())), sessions::network.eq(network)))
        .execute(tx.conn)?;
    Ok(())
}

/// Ends a session of an account; says whether there was one to end.
///
/// # Errors
/// When the database fails.
pub fn end(tx: &mut Tx<'_>, user: Id<User>, session: Id<Session>) -> Result<bool, StoreError> {
    let now = Instant(tx.now());
    let ended = diesel::update(sessions::table.find(Key(session)))
        .filter(sessions::user_id.eq(Key(user)))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .set(sessions::ended_at.eq(now))
        .execute(tx.conn)?;
    Ok(ended > 0)
}

/// Ends all sessions of an account, but for the one that is to go on.
///
/// # Errors
/// When the database fails.
pub fn end_all(tx: &mut Tx<'_>, user: Id<User>, but: Option<Id<Session>>) -> Result<(), StoreError> {
    let now = Instant(tx.now());
    let all = sessions::table.filter(sessions::user_id.eq(Key(user))).filter(sessions::ended_at.is_null());
    match but {
        Some(kept) => {
            diesel::update(all.filter(sessions::id.ne(Key(kept)))).set(sessions::ended_at.eq(now)).execute(tx.conn)?
        }
        None => diesel::update(all).set(sessions::ended_at.eq(now)).execute(tx.conn)?,
    };
    Ok(())
}

/// What is known of a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredRefresh {
    /// Which session it carries on.
    pub session: Id<Session>,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// When it was exchanged for the next one.
    pub spent_at: Option<Timestamp>,
}

/// Keeps the digest of a refresh token.
///
/// # Errors
/// When the database fails.
pub fn insert_refresh(
    tx: &mut Tx<'_>,
    digest: &[u8; 32],
    session: Id<Session>,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::digest.eq(digest.to_vec()),
            refresh_tokens::session_id.eq(Key(session)),
            refresh_tokens::created_at.eq(Instant(tx.now())),
            refresh_tokens::expires_at.eq(Instant(expires_at)),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// The refresh token with that digest.
///
/// # Errors
/// When the database fails.
pub fn find_refresh(desk: &mut Desk<'_>, digest: &[u8; 32]) -> Result<Option<StoredRefresh>, StoreError> {
    let row = refresh_tokens::table
        .find(digest.to_vec())
        .select((refresh_tokens::session_id, refresh_tokens::expires_at, refresh_tokens::spent_at))
        .first::<(Key<Session>, Instant, Option<Instant>)>(desk.conn)
        .optional()?;
    Ok(row.map(|(session, expires_at, spent_at)| StoredRefresh {
        session: session.0,
        expires_at: expires_at.0,
        spent_at: spent_at.map(|at| at.0),
    }))
}

/// Spends a refresh token. Call [`lock`] first: of two who bring one token, one waits and finds it spent.
///
/// # Errors
/// When the database fails.
pub fn spend_refresh(tx: &mut Tx<'_>, digest: &[u8; 32]) -> Result<(), StoreError> {
    diesel::update(refresh_tokens::table.find(digest.to_vec()))
        .set(refresh_tokens::spent_at.eq(Instant(tx.now())))
        .execute(tx.conn)?;
    Ok(())
}

/// Forgets tokens that are good for nothing any more, and the sessions that ended a while ago.
///
/// # Errors
/// When the database fails.
pub fn forget_old(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let now = tx.now();
    let over = sessions::table
        .filter(sessions::expires_at.le(Instant(now.plus_seconds(-KEPT_SECONDS))))
        .select(sessions::id)
        .load::<Key<Session>>(tx.conn)?;
    diesel::delete(refresh_tokens::table.filter(refresh_tokens::expires_at.le(Instant(now)))).execute(tx.conn)?;
    for session in over {
        diesel::delete(sessions::table.find(session)).execute(tx.conn)?;
    }
    Ok(())
}
