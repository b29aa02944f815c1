//! Who may log in: users, their sessions, and the keys that sign their tokens.

use bantin_domain::{
    category::CategoryId,
    id::Id,
    named::Named,
    policy::{Actor, Role, Session},
    text::Name as PlainName,
    time::Timestamp,
    user::{Email, User},
};
use diesel::prelude::*;

use crate::{
    connection::MultiBackend,
    error::StoreError,
    schema::{sessions, signing_keys, users},
    sql_types::{Instant, Json, Key, Name},
    store::{Desk, Tx},
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = users, check_for_backend(MultiBackend))]
struct UserRow {
    id: Key<User>,
    email: String,
    name: String,
    role: Name<Role>,
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
                role: self.role.0,
                disabled: self.disabled_at.is_some(),
            },
            categories: self.categories.map(|list| list.0),
            password_hash: self.password_hash,
            created_at: self.created_at.0,
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
    /// When it was made.
    pub created_at: Timestamp,
}

/// Adds an account.
///
/// # Errors
/// [`crate::Conflict::EmailTaken`].
pub fn insert_user(tx: &mut Tx<'_>, user: &User, password_hash: Option<&str>) -> Result<(), StoreError> {
    let now = Instant(tx.now());
    diesel::insert_into(users::table)
        .values(UserRow {
            id: Key(user.id),
            email: user.email.as_str().to_owned(),
            name: user.name.to_string(),
            role: Name(user.role),
            categories: None,
            password_hash: password_hash.map(ToOwned::to_owned),
            disabled_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
        })
        .execute(tx.conn)?;
    Ok(())
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

/// Whether anybody could administer the site.
///
/// # Errors
/// When the database fails.
pub fn has_admin(desk: &mut Desk<'_>) -> Result<bool, StoreError> {
    let admins = users::table.filter(users::role.eq(Name(Role::Admin))).filter(users::disabled_at.is_null());
    Ok(diesel::select(diesel::dsl::exists(admins)).get_result(desk.conn)?)
}

/// Gives an account another role.
///
/// # Errors
/// When the database fails.
pub fn set_role(tx: &mut Tx<'_>, user: Id<User>, role: Role) -> Result<(), StoreError> {
    diesel::update(users::table.find(Key(user)))
        .set((
            users::role.eq(Name(role)),
            users::version.eq(users::version + 1),
            users::updated_at.eq(Instant(tx.now())),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Gives an account another password, lets it in again if it was shut out, and ends all its sessions:
/// whoever held one must show that they know the new one.
///
/// # Errors
/// When the database fails.
pub fn set_password(tx: &mut Tx<'_>, user: Id<User>, password_hash: &str) -> Result<(), StoreError> {
    let now = Instant(tx.now());
    diesel::update(users::table.find(Key(user)))
        .set((
            users::disabled_at.eq(None::<Instant>),
            users::password_hash.eq(password_hash),
            users::version.eq(users::version + 1),
            users::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    end_sessions(tx, user)
}

/// Shuts an account out, with all its sessions. Its row stays: ids are never given twice.
///
/// # Errors
/// When the database fails.
pub fn disable(tx: &mut Tx<'_>, user: Id<User>) -> Result<(), StoreError> {
    let now = Instant(tx.now());
    diesel::update(users::table.find(Key(user)))
        .set((users::disabled_at.eq(now), users::version.eq(users::version + 1), users::updated_at.eq(now)))
        .execute(tx.conn)?;
    end_sessions(tx, user)
}

/// Begins a session.
///
/// # Errors
/// When the database fails.
pub fn insert_session(
    tx: &mut Tx<'_>,
    session: Id<Session>,
    user: Id<User>,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(Key(session)),
            sessions::user_id.eq(Key(user)),
            sessions::created_at.eq(Instant(tx.now())),
            sessions::expires_at.eq(Instant(expires_at)),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Makes whoever changes the account wait until this transaction ends.
///
/// # Errors
/// When the database fails.
pub fn lock_user(tx: &mut Tx<'_>, user: Id<User>) -> Result<(), StoreError> {
    diesel::update(users::table.find(Key(user))).set(users::version.eq(users::version)).execute(tx.conn)?;
    Ok(())
}

/// Ends one session.
///
/// # Errors
/// When the database fails.
pub fn end_session(tx: &mut Tx<'_>, session: Id<Session>) -> Result<(), StoreError> {
    diesel::update(sessions::table.find(Key(session)).filter(sessions::ended_at.is_null()))
        .set(sessions::ended_at.eq(Instant(tx.now())))
        .execute(tx.conn)?;
    Ok(())
}

fn end_sessions(tx: &mut Tx<'_>, user: Id<User>) -> Result<(), StoreError> {
    diesel::update(sessions::table.filter(sessions::user_id.eq(Key(user))).filter(sessions::ended_at.is_null()))
        .set(sessions::ended_at.eq(Instant(tx.now())))
        .execute(tx.conn)?;
    Ok(())
}

/// Who acts through a session, if it is still good: the first statement of each editorial
/// transaction, so that nobody acts after a revocation has committed.
///
/// # Errors
/// When the database fails.
pub fn actor(desk: &mut Desk<'_>, session: Id<Session>, user: Id<User>) -> Result<Option<Actor>, StoreError> {
    let found = sessions::table
        .inner_join(users::table.on(users::id.eq(sessions::user_id)))
        .filter(sessions::id.eq(Key(session)))
        .filter(sessions::user_id.eq(Key(user)))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(Instant(desk.now())))
        .filter(users::disabled_at.is_null())
        .select((users::role, users::categories))
        .first::<(Name<Role>, Option<Json<Vec<CategoryId>>>)>(desk.conn)
        .optional()?;
    Ok(found.map(|(role, categories)| Actor { user, session, role: role.0, categories: categories.map(|list| list.0) }))
}

/// The account behind an actor.
///
/// # Errors
/// When the database fails.
pub fn find_user(desk: &mut Desk<'_>, user: Id<User>) -> Result<Option<Account>, StoreError> {
    let row = users::table.find(Key(user)).select(UserRow::as_select()).first(desk.conn).optional()?;
    row.map(UserRow::into_account).transpose()
}

/// A token-signing key as it is kept: its private half sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey<S> {
    /// Its name in tokens.
    pub kid: String,
    /// What it is used for.
    pub state: S,
    /// 32 bytes.
    pub public_key: Vec<u8>,
    /// Sealed with the key outside the database.
    pub sealed_private_key: Vec<u8>,
}

/// The signing keys, oldest first.
///
/// # Errors
/// When the database fails.
pub fn signing_keys<S: Named + 'static>(desk: &mut Desk<'_>) -> Result<Vec<StoredKey<S>>, StoreError> {
    let rows = signing_keys::table
        .order((signing_keys::created_at, signing_keys::kid))
        .select((signing_keys::kid, signing_keys::state, signing_keys::public_key, signing_keys::sealed_private_key))
        .load::<(String, Name<S>, Vec<u8>, Vec<u8>)>(desk.conn)?;
    Ok(rows
        .into_iter()
        .map(|(kid, state, public_key, sealed_private_key)| StoredKey {
            kid,
            state: state.0,
            public_key,
            sealed_private_key,
        })
        .collect())
}

/// Replaces the whole ring: it is small, and its states change together. Call [`lock_signing_keys`] first.
///
/// # Errors
/// When the database fails.
pub fn replace_signing_keys<S: Named + 'static>(tx: &mut Tx<'_>, keys: &[StoredKey<S>]) -> Result<(), StoreError> {
    let now = Instant(tx.now());
    let kids: Vec<&str> = keys.iter().map(|key| key.kid.as_str()).collect();
    diesel::delete(signing_keys::table.filter(diesel::dsl::not(signing_keys::kid.eq_any(kids)))).execute(tx.conn)?;
    for key in keys {
        let updated = diesel::update(signing_keys::table.find(&key.kid))
            .set(signing_keys::state.eq(Name(key.state)))
            .execute(tx.conn)?;
        if updated == 0 {
            diesel::insert_into(signing_keys::table)
                .values((
                    signing_keys::kid.eq(&key.kid),
                    signing_keys::state.eq(Name(key.state)),
                    signing_keys::public_key.eq(&key.public_key),
                    signing_keys::sealed_private_key.eq(&key.sealed_private_key),
                    signing_keys::created_at.eq(now),
                ))
                .execute(tx.conn)?;
        }
    }
    Ok(())
}

/// Waits until no other node is changing the keys. Held until the transaction ends.
///
/// # Errors
/// When the database fails.
pub fn lock_signing_keys(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    if let crate::connection::DbConnection::Postgres(conn) = &mut *tx.conn {
        diesel::sql_query("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE").execute(conn)?;
    }
    Ok(())
}
