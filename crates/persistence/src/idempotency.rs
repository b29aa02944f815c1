//! The answers of writes that may come twice, kept beside their effect for a day.

use bantin_domain::{id::Id, user::User};
use diesel::prelude::*;

use crate::{
    connection::DbConnection,
    error::StoreError,
    prepared::KeptExt,
    schema::idempotency_keys,
    sql_types::{Instant, Json, Key},
    store::Tx,
};

/// How long an answer is kept, in seconds.
pub const KEPT_SECONDS: i64 = 24 * 60 * 60;

/// The name of a request that may come twice: whose, to what, under which key, with which content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepeatKey {
    /// Method and path.
    pub route: String,
    /// The key the client chose.
    pub key: String,
    /// A digest of the body.
    pub digest: [u8; 32],
}

/// An answer as it went out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body; sealed where it is kept.
    pub body: Vec<u8>,
}

/// What is known of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repeated {
    /// It came for the first time. Nobody else can begin it until this transaction ends.
    First,
    /// It was answered before.
    Answered(KeptAnswer),
    /// The key was used before, with another body.
    Mismatch,
}

/// Begins a request under its key. On PostgreSQL a second one of the same key waits here until the first
/// has committed or given up, as long as a lock is waited for; SQLite has one writer anyway.
///
/// # Errors
/// [`StoreError::Unavailable`] where the first takes too long.
pub fn begin(tx: &mut Tx<'_>, user: Id<User>, key: &RepeatKey) -> Result<Repeated, StoreError> {
    if insert(tx, user, key)? {
        return Ok(Repeated::First);
    }
    let repeated = look_up(tx, user, key)?;
    if repeated == Repeated::First {
        // Nobody came by to forget it.
        diesel::delete(idempotency_keys::table.find((Key(user), key.route.clone(), key.key.clone())))
            .execute(tx.conn)?;
        insert(tx, user, key)?;
    }
    Ok(repeated)
}

/// What is known of a request, which is not begun by that.
///
/// # Errors
/// When the database fails.
pub fn look_up(tx: &mut Tx<'_>, user: Id<User>, key: &RepeatKey) -> Result<Repeated, StoreError> {
    let oldest = tx.now().plus_seconds(-KEPT_SECONDS);
    let known = idempotency_keys::table
        .find((Key(user), key.route.clone(), key.key.clone()))
        .select((
            idempotency_keys::request_digest,
            idempotency_keys::status,
            idempotency_keys::headers,
            idempotency_keys::body,
            idempotency_keys::created_at,
        ))
        .first::<(Vec<u8>, i64, Json<Vec<(String, String)>>, Vec<u8>, Instant)>(tx.conn)
        .optional()?;
    Ok(match known {
        Some((digest, status, headers, body, at)) if at.0 > oldest => {
            if digest == key.digest {
                let status = u16::try_from(status).unwrap_or(200);
                Repeated::Answered(KeptAnswer { status, headers: headers.0, body })
            } else {
                Repeated::Mismatch
            }
        }
        _ => Repeated::First,
    })
}

/// Whether nobody has used the key before.
fn insert(tx: &mut Tx<'_>, user: Id<User>, key: &RepeatKey) -> Result<bool, StoreError> {
    let row = (
        idempotency_keys::user_id.eq(Key(user)),
        idempotency_keys::route.eq(&key.route),
        idempotency_keys::key.eq(&key.key),
        idempotency_keys::request_digest.eq(key.digest.to_vec()),
        idempotency_keys::status.eq(0_i64),
        idempotency_keys::headers.eq(Json(Vec::<(String, String)>::new())),
        idempotency_keys::body.eq(Vec::<u8>::new()),
        idempotency_keys::created_at.eq(Instant(tx.now())),
    );
    let inserted = match &mut *tx.conn {
        DbConnection::Postgres(conn) => {
            diesel::insert_into(idempotency_keys::table).values(row).on_conflict_do_nothing().execute(conn)?
        }
        DbConnection::Sqlite(conn) => {
            diesel::insert_into(idempotency_keys::table).values(row).on_conflict_do_nothing().execute(conn)?
        }
    };
    Ok(inserted == 1)
}

/// Keeps the answer of a request that [`begin`] has begun in this transaction.
///
/// # Errors
/// When the database fails.
pub fn keep(tx: &mut Tx<'_>, user: Id<User>, key: &RepeatKey, answer: &KeptAnswer) -> Result<(), StoreError> {
    let mine = idempotency_keys::table.find((Key(user), key.route.clone(), key.key.clone()));
    let answered = diesel::update(mine).set((
        idempotency_keys::status.eq(i64::from(answer.status)),
        idempotency_keys::headers.eq(Json(answer.headers.clone())),
        idempotency_keys::body.eq(&answer.body),
    ));
    answered.kept().execute(tx.conn)?;
    Ok(())
}

/// Forgets answers that are older than a day.
///
/// # Errors
/// When the database fails.
pub fn forget_old(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let old = Instant(tx.now().plus_seconds(-KEPT_SECONDS));
    diesel::delete(idempotency_keys::table.filter(idempotency_keys::created_at.le(old))).execute(tx.conn)?;
    Ok(())
}
