//! Who may log in: users, their [`sessions`], the [`links`] by which they choose a password, the
//! [`failures`] of who tries to log in, and the [`signing_keys`] of their tokens.

use bantin_domain::{
    category::CategoryId,
    id::Id,
    listing::{Cursor, PageRequest, Slice, SortKey, Start},
    named::Named,
    policy::{Actor, Administer, Credential, Granted, Permission, Role, RoleName, Session},
    text::Name as PlainName,
    time::Timestamp,
    user::{Email, User},
};
use diesel::prelude::*;

use crate::{
    connection::{DbConnection, MultiBackend},
    error::{Conflict, StoreError},
    roles::permissions_of,
    schema::{roles, sessions as session_rows, users},
    sql_types::{Instant, Json, Key},
    store::{Desk, Tx},
};

pub mod failures;
pub mod links;
pub mod sessions;
pub mod signing_keys;

/// The advisory lock under which one at a time changes who may do what: "rights" in ASCII.
const RIGHTS_LOCK: &str = "SELECT pg_advisory_xact_lock(125797032031347)";

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = users, check_for_backend(MultiBackend))]
struct UserRow {
    id: Key<User>,
    email: String,
    name: String,
    role: String,
    categories: Option<Json<Vec<CategoryId>>>,
    password_hash: Option<String>,
    disabled_at: Option<Instant>,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl UserRow {
    fn into_account(self) -> Result<Account, StoreError> {
        let corrupt =
            |column, reason: String| StoreError::Corrupt { table: "users", column, id: self.id.0.to_string(), reason };
        Ok(Account {
            user: User {
                id: self.id.0,
                email: Email::parse(&self.email).map_err(|fault| corrupt("email", fault.message))?,
                name: PlainName::parse(&self.name).map_err(|fault| corrupt("name", fault.message))?,
                role: RoleName::parse(&self.role).map_err(|fault| corrupt("role", fault.message))?,
                disabled: self.disabled_at.is_some(),
            },
            categories: self.categories.map(|list| list.0),
            password_hash: self.password_hash,
            version: self.version,
            created_at: self.created_at.0,
            updated_at: self.updated_at.0,
        })
    }
}

/// An account with what proves its owner.
#[derive(Clone)]
pub struct Account {
    /// Who.
    pub user: User,
    /// The categories its grants are limited to.
    pub categories: Option<Vec<CategoryId>>,
    /// The argon2id hash in PHC form; `None` before the first password is set.
    pub password_hash: Option<String>,
    /// Counts its changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Adds an account, at the first version.
///
/// # Errors
/// [`Conflict::EmailTaken`].
pub fn insert_user(tx: &mut Tx<'_>, user: &User, password_hash: Option<&str>) -> Result<(), StoreError> {
    insert(tx, user, None, password_hash)
}

/// Adds an account whose owner has yet to choose a password.
///
/// # Errors
/// [`Conflict::EmailTaken`].
pub fn invite(
    tx: &mut Tx<'_>,
    _granted: &Granted<Administer>,
    user: &User,
    categories: Option<&[CategoryId]>,
) -> Result<(), StoreError> {
    insert(tx, user, categories, None)
}

fn insert(
    tx: &mut Tx<'_>,
    user: &User,
    categories: Option<&[CategoryId]>,
    password_hash: Option<&str>,
) -> Result<(), StoreError> {
    let now = Instant(tx.now());
    diesel::insert_into(users::table)
        .values(UserRow {
            id: Key(user.id),
            email: user.email.as_str().to_owned(),
            name: user.name.to_string(),
            role: user.role.to_string(),
            categories: categories.map(|list| Json(list.to_vec())),
            password_hash: password_hash.map(ToOwned::to_owned),
            disabled_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
        })
        .execute(tx.conn)?;
    Ok(())
}

/// Writes the next version of an account: its name, role, categories, and whether it may log in. One that
/// is shut out or changes its role loses its sessions: no token that was given before is good any more.
///
/// # Errors
/// [`Conflict::Stale`] unless the stored version is the one right before.
pub fn save(
    tx: &mut Tx<'_>,
    _granted: &Granted<Administer>,
    before: &User,
    account: &Account,
) -> Result<(), StoreError> {
    let (now, user) = (Instant(tx.now()), &account.user);
    let changed = diesel::update(users::table.find(Key(user.id)))
        .filter(users::version.eq(account.version - 1))
        .set((
            users::name.eq(user.name.as_str()),
            users::role.eq(user.role.as_str()),
            users::categories.eq(account.categories.clone().map(Json)),
            users::disabled_at.eq(user.disabled.then_some(now)),
            users::version.eq(account.version),
            users::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    if changed != 1 {
        return Err(Conflict::Stale.into());
    }
    if user.disabled {
        links::void(tx, user.id)?;
    }
    if user.disabled || before.role != user.role { sessions::end_all(tx, user.id, None) } else { Ok(()) }
}

/// The account with that address.
///
/// # Errors
/// When the database fails.
pub fn find_by_email(desk: &mut Desk<'_>, email: &Email) -> Result<Option<Account>, StoreError> {
    let row = users::table
        .filter(users::email.eq(email.as_str()))
        .select(UserRow::as_select())
        .first(desk.conn)
        .optional()?;
    row.map(UserRow::into_account).transpose()
}

/// All accounts, oldest first.
///
/// # Errors
/// When the database fails.
pub fn list_users(desk: &mut Desk<'_>) -> Result<Vec<Account>, StoreError> {
    let rows = users::table.order((users::created_at, users::id)).select(UserRow::as_select()).load(desk.conn)?;
    rows.into_iter().map(UserRow::into_account).collect()
}

/// Which accounts a list holds.
#[derive(Debug, Clone, Default)]
pub struct UserFilter {
    /// Those of one role.
    pub role: Option<RoleName>,
    /// Those that are shut out, or those that are not.
    pub disabled: Option<bool>,
}

/// A page of the accounts, oldest first.
///
/// # Errors
/// When the database fails.
pub fn page_of_users(
    desk: &mut Desk<'_>,
    filter: &UserFilter,
    page: &PageRequest,
) -> Result<Slice<Account>, StoreError> {
    let query = || {
        let mut query = users::table.into_boxed();
        if let Some(role) = &filter.role {
            query = query.filter(users::role.eq(role.as_str()));
        }
        match filter.disabled {
            Some(true) => query.filter(users::disabled_at.is_not_null()),
            Some(false) => query.filter(users::disabled_at.is_null()),
            None => query,
        }
    };
    let total = page.count.then(|| query().count().get_result::<i64>(desk.conn)).transpose()?;
    let rows = match &page.start {
        Start::After(Cursor { key: SortKey::Instant(at), id }) => {
            let (at, id) = (Instant(*at), Key::<User>(Id::new(*id)));
            query().filter(users::created_at.gt(at).or(users::created_at.eq(at).and(users::id.gt(id))))
        }
        Start::Before(Cursor { key: SortKey::Instant(at), id }) => {
            let (at, id) = (Instant(*at), Key::<User>(Id::new(*id)));
            query().filter(users::created_at.lt(at).or(users::created_at.eq(at).and(users::id.lt(id))))
        }
        _ => query(),
    };
    let rows = match page.start {
        Start::Before(_) => rows.order((users::created_at.desc(), users::id.desc())),
        _ => rows.order((users::created_at.asc(), users::id.asc())),
    };
    let found = rows
        .limit(i64::from(page.limit) + 1)
        .offset(i64::from(page.offset().unwrap_or(0)))
        .select(UserRow::as_select())
        .load(desk.conn)?;
    let slice = Slice::cut(found, page, total.and_then(|total| u64::try_from(total).ok()), |row| Cursor {
        key: SortKey::Instant(row.created_at.0),
        id: row.id.0.uuid(),
    });
    Ok(Slice {
        rows: slice.rows.into_iter().map(UserRow::into_account).collect::<Result<_, _>>()?,
        next: slice.next,
        previous: slice.previous,
        total: slice.total,
    })
}

/// Whether anybody could administer the site.
///
/// # Errors
/// When the database fails.
pub fn has_admin(desk: &mut Desk<'_>) -> Result<bool, StoreError> {
    let admins = users::table.filter(users::role.eq(Role::Admin.name())).filter(users::disabled_at.is_null());
    Ok(diesel::select(diesel::dsl::exists(admins)).get_result(desk.conn)?)
}

/// Makes whoever else is about to change who may do what wait until this transaction ends: two admins
/// that shut each other out at once would leave none, and a role could be taken away while it is given.
///
/// Call it before [`actor_to_write`]: who held their own rights and then waited here would keep whoever
/// has the turn from taking them away, and neither could go on. SQLite has one writer anyway.
///
/// # Errors
/// When the database fails.
pub fn take_turns(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    if let DbConnection::Postgres(conn) = &mut *tx.conn {
        diesel::sql_query(RIGHTS_LOCK).execute(conn)?;
    }
    Ok(())
}

/// Gives an account another role, and ends its sessions.
///
/// # Errors
/// When the database fails.
pub fn set_role(tx: &mut Tx<'_>, user: Id<User>, role: &RoleName) -> Result<(), StoreError> {
    diesel::update(users::table.find(Key(user)))
        .set((
            users::role.eq(role.as_str()),
            users::version.eq(users::version + 1),
            users::updated_at.eq(Instant(tx.now())),
        ))
        .execute(tx.conn)?;
    sessions::end_all(tx, user, None)
}

/// Gives an account another password. All its sessions end, but for the one that changed it: whoever
/// held another must show that they know the new one. Its one-time links are void.
///
/// # Errors
/// When the database fails.
pub fn set_password(
    tx: &mut Tx<'_>,
    user: Id<User>,
    password_hash: &str,
    but: Option<Id<Session>>,
) -> Result<(), StoreError> {
    diesel::update(users::table.find(Key(user)))
        .set((
            users::password_hash.eq(password_hash),
            users::version.eq(users::version + 1),
            users::updated_at.eq(Instant(tx.now())),
        ))
        .execute(tx.conn)?;
    links::void(tx, user)?;
    sessions::end_all(tx, user, but)
}

/// Writes the hash of the same password anew, since hashes cost more now.
///
/// # Errors
/// When the database fails.
pub fn renew_hash(tx: &mut Tx<'_>, user: Id<User>, password_hash: &str) -> Result<(), StoreError> {
    diesel::update(users::table.find(Key(user))).set(users::password_hash.eq(password_hash)).execute(tx.conn)?;
    Ok(())
}

/// Lets an account in again that was shut out.
///
/// # Errors
/// When the database fails.
pub fn let_in(tx: &mut Tx<'_>, user: Id<User>) -> Result<(), StoreError> {
    diesel::update(users::table.find(Key(user))).set(users::disabled_at.eq(None::<Instant>)).execute(tx.conn)?;
    Ok(())
}

/// Shuts an account out, with all its sessions and links. Its row stays: ids are never given twice.
///
/// # Errors
/// When the database fails.
pub fn disable(tx: &mut Tx<'_>, user: Id<User>) -> Result<(), StoreError> {
    let now = Instant(tx.now());
    diesel::update(users::table.find(Key(user)))
        .set((users::disabled_at.eq(now), users::version.eq(users::version + 1), users::updated_at.eq(now)))
        .execute(tx.conn)?;
    links::void(tx, user)?;
    sessions::end_all(tx, user, None)
}

/// Makes whoever changes the account wait until this transaction ends.
///
/// # Errors
/// When the database fails.
pub fn lock_user(tx: &mut Tx<'_>, user: Id<User>) -> Result<(), StoreError> {
    diesel::update(users::table.find(Key(user))).set(users::version.eq(users::version)).execute(tx.conn)?;
    Ok(())
}

/// Who acts through a session, if it is still good: the first statement of each editorial transaction
/// that reads.
///
/// # Errors
/// When the database fails.
pub fn actor(desk: &mut Desk<'_>, session: Id<Session>, user: Id<User>) -> Result<Option<Actor>, StoreError> {
    read_actor(desk, session, user, false)
}

/// The same for one that writes. Until it ends, nobody takes away what was read: a revocation waits for
/// the acts that run, and an act waits for a revocation that runs and sees it. So nothing is ever done by
/// rights that somebody was already told are gone. Acts of one session do not wait for each other.
///
/// # Errors
/// When the database fails.
pub fn actor_to_write(tx: &mut Tx<'_>, session: Id<Session>, user: Id<User>) -> Result<Option<Actor>, StoreError> {
    read_actor(tx, session, user, true)
}

fn read_actor(
    desk: &mut Desk<'_>,
    session: Id<Session>,
    user: Id<User>,
    is_held: bool,
) -> Result<Option<Actor>, StoreError> {
    // PostgreSQL locks the rows in the order of the tables: the account before its sessions, as whoever
    // takes rights away does. In another order the two could wait for each other.
    let query = users::table
        .inner_join(session_rows::table.on(session_rows::user_id.eq(users::id)))
        .inner_join(roles::table.on(roles::name.eq(users::role)))
        .filter(session_rows::id.eq(Key(session)))
        .filter(session_rows::user_id.eq(Key(user)))
        .filter(session_rows::ended_at.is_null())
        .filter(session_rows::expires_at.gt(Instant(desk.now())))
        .filter(users::disabled_at.is_null())
        .select((users::role, users::categories, roles::permissions));
    type Row = (String, Option<Json<Vec<CategoryId>>>, Json<Vec<Permission>>);
    let found = match (&mut *desk.conn, is_held) {
        (DbConnection::Postgres(conn), true) => query.for_share().first::<Row>(conn),
        // SQLite has one writer, who sees all that was written before.
        (conn, _) => query.first::<Row>(conn),
    };
    let Some((role, categories, permissions)) = found.optional()? else {
        return Ok(None);
    };
    let role = RoleName::parse(&role).map_err(|fault| StoreError::Corrupt {
        table: "users",
        column: "role",
        id: user.to_string(),
        reason: fault.message,
    })?;
    let permissions = permissions_of(&role, permissions.0);
    let through = Credential::Session(session);
    Ok(Some(Actor { user, through, role, permissions, categories: categories.map(|list| list.0), four_eyes: false }))
}

/// The account behind an actor.
///
/// # Errors
/// When the database fails.
pub fn find_user(desk: &mut Desk<'_>, user: Id<User>) -> Result<Option<Account>, StoreError> {
    let row = users::table.find(Key(user)).select(UserRow::as_select()).first(desk.conn).optional()?;
    row.map(UserRow::into_account).transpose()
}
