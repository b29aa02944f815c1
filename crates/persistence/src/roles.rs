//! Roles: named sets of permissions, kept as data.

use bantin_domain::{
    kind::UserId,
    named::Named,
    policy::{Administer, Granted, Permission, Role, RoleName},
    text::Label,
    time::Timestamp,
    user::User,
};
use diesel::prelude::*;

use crate::{
    connection::MultiBackend,
    error::{Conflict, StoreError},
    schema::{roles, users},
    sql_types::{Instant, Json, Key},
    store::{Desk, Tx},
};

/// A role as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRole {
    /// Its name in addresses and on accounts.
    pub name: RoleName,
    /// Its name for people.
    pub title: Label,
    /// What it may do.
    pub permissions: Vec<Permission>,
    /// Counts its changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = roles, check_for_backend(MultiBackend))]
struct RoleRow {
    name: String,
    title: String,
    permissions: Json<Vec<Permission>>,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl RoleRow {
    fn of(role: &StoredRole) -> Self {
        Self {
            name: role.name.to_string(),
            title: role.title.to_string(),
            permissions: Json(role.permissions.clone()),
            version: role.version,
            created_at: Instant(role.created_at),
            updated_at: Instant(role.updated_at),
        }
    }

    fn into_role(self) -> Result<StoredRole, StoreError> {
        let corrupt =
            |column, reason: String| StoreError::Corrupt { table: "roles", column, id: self.name.clone(), reason };
        let name = RoleName::parse(&self.name).map_err(|fault| corrupt("name", fault.message))?;
        let permissions = permissions_of(&name, self.permissions.0);
        Ok(StoredRole {
            permissions,
            name,
            title: Label::parse(&self.title).map_err(|fault| corrupt("title", fault.message))?,
            version: self.version,
            created_at: self.created_at.0,
            updated_at: self.updated_at.0,
        })
    }
}

/// What a role may do: the admin whatever there is to do, also what a later program adds.
pub(crate) fn permissions_of(role: &RoleName, stored: Vec<Permission>) -> Vec<Permission> {
    if role.is_admin() { Permission::all().collect() } else { stored }
}

/// Writes the roles that ship and are not there yet.
///
/// # Errors
/// When the database fails.
pub fn ensure_shipped(tx: &mut Tx<'_>, titled: impl Fn(Role) -> &'static str) -> Result<(), StoreError> {
    let known = roles::table.select(roles::name).load::<String>(tx.conn)?;
    let now = tx.now();
    for role in Role::ALL.iter().copied().filter(|role| !known.iter().any(|known| known == role.name())) {
        let row = RoleRow {
            name: role.name().to_owned(),
            title: titled(role).to_owned(),
            permissions: Json(role.permissions()),
            version: 1,
            created_at: Instant(now),
            updated_at: Instant(now),
        };
        diesel::insert_into(roles::table).values(row).execute(tx.conn)?;
    }
    Ok(())
}

/// One role.
///
/// # Errors
/// When the database fails.
pub fn find(desk: &mut Desk<'_>, name: &RoleName) -> Result<Option<StoredRole>, StoreError> {
    let row = roles::table.find(name.as_str()).select(RoleRow::as_select()).first(desk.conn).optional()?;
    row.map(RoleRow::into_role).transpose()
}

/// All roles, in the order of their names.
///
/// # Errors
/// When the database fails.
pub fn list(desk: &mut Desk<'_>) -> Result<Vec<StoredRole>, StoreError> {
    let rows = roles::table.order(roles::name).select(RoleRow::as_select()).load(desk.conn)?;
    rows.into_iter().map(RoleRow::into_role).collect()
}

/// Writes a new role. Whoever writes roles takes turns ([`crate::accounts::take_turns`]), so that no two
/// make one of the same name.
///
/// # Errors
/// When the database fails.
pub fn insert(tx: &mut Tx<'_>, _granted: &Granted<Administer>, role: &StoredRole) -> Result<(), StoreError> {
    diesel::insert_into(roles::table).values(RoleRow::of(role)).execute(tx.conn)?;
    Ok(())
}

/// Writes the next version of a role. It holds from the next transaction on, of whoever has the role:
/// each reads its permissions anew.
///
/// # Errors
/// [`Conflict::Stale`] unless the stored version is the one right before.
pub fn save(tx: &mut Tx<'_>, _granted: &Granted<Administer>, role: &StoredRole) -> Result<(), StoreError> {
    let row = RoleRow::of(role);
    let changed = diesel::update(roles::table.find(&row.name))
        .filter(roles::version.eq(row.version - 1))
        .set((
            roles::title.eq(row.title),
            roles::permissions.eq(row.permissions),
            roles::version.eq(row.version),
            roles::updated_at.eq(row.updated_at),
        ))
        .execute(tx.conn)?;
    if changed == 1 { Ok(()) } else { Err(Conflict::Stale.into()) }
}

/// Takes a role away that nobody has. Who deletes a role takes turns with who gives one
/// ([`crate::accounts::take_turns`]).
///
/// # Errors
/// [`Conflict::Stale`] unless the stored version is this one.
pub fn delete(
    tx: &mut Tx<'_>,
    _granted: &Granted<Administer>,
    name: &RoleName,
    version: i64,
) -> Result<(), StoreError> {
    let deleted =
        diesel::delete(roles::table.find(name.as_str())).filter(roles::version.eq(version)).execute(tx.conn)?;
    if deleted == 1 { Ok(()) } else { Err(Conflict::Stale.into()) }
}

/// Who has a role, also who is shut out: at most twenty accounts, with their names, oldest first.
///
/// # Errors
/// When the database fails.
pub fn holders(desk: &mut Desk<'_>, name: &RoleName) -> Result<Vec<(UserId, String)>, StoreError> {
    let rows = users::table
        .filter(users::role.eq(name.as_str()))
        .order((users::created_at, users::id))
        .limit(20)
        .select((users::id, users::name))
        .load::<(Key<User>, String)>(desk.conn)?;
    Ok(rows.into_iter().map(|(id, name)| (id.0, name)).collect())
}
