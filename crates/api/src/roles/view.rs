//! What goes out of a role.

use bantin_application::roles::{self, StoredRole};
use bantin_domain::{
    named::Named,
    policy::{Actor, Permission},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Render;

/// A role: a named set of permissions.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Role)]
pub struct RoleView {
    /// Its name in addresses and on accounts, for ever.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// What it may do.
    pub permissions: Vec<PermissionView>,
    /// Whether it ships with the program, and so cannot be deleted.
    pub shipped: bool,
    /// The version, for `If-Match`.
    pub version: i64,
    /// What the caller can do: `edit`, `delete`.
    pub allowed_actions: Vec<&'static str>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: String,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: String,
}

/// An action on a kind of resource, as far as the scope reaches.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Permission)]
pub struct PermissionView {
    /// The kind and the action.
    #[schema(example = "article:publish")]
    pub permission: String,
    /// How far it reaches: `any`, `own` or `inCategories`.
    #[schema(value_type = String)]
    pub scope: &'static str,
}

impl RoleView {
    /// The view of a role for who asks.
    pub fn new(role: StoredRole, actor: &Actor, render: &Render) -> Self {
        Self {
            title: role.title.to_string(),
            permissions: role.permissions.iter().map(PermissionView::from).collect(),
            shipped: roles::is_shipped(&role.name),
            version: role.version,
            allowed_actions: roles::allowed_actions(actor, &role),
            created_at: render.time(role.created_at),
            updated_at: render.time(role.updated_at),
            name: role.name.to_string(),
        }
    }
}

impl From<&Permission> for PermissionView {
    fn from(permission: &Permission) -> Self {
        Self { permission: permission.name(), scope: permission.scope.name() }
    }
}
