//! What comes in of a role.

use bantin_application::roles::RoleChanges;
use bantin_domain::{
    named::Named,
    policy::{Permission, RoleName, Scope},
    text::Label,
    violation::{Fault, Violations},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{patch::Patch, problem::Problem};

/// What somebody says of a role. To make one `name` and `title` are required; to change one, what is
/// absent stays, and the list of permissions is replaced whole.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = RoleWrite)]
pub struct RoleWrite {
    /// Its name in addresses and on accounts: to 40 letters a-z, digits and hyphens. It never changes.
    pub name: Option<String>,
    /// Its name for people.
    #[schema(value_type = Option<String>)]
    pub title: Patch<String>,
    /// What it may do; nothing when absent.
    #[schema(value_type = Option<Vec<PermissionWrite>>)]
    pub permissions: Patch<Vec<PermissionWrite>>,
}

/// One permission of a role.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PermissionWrite)]
pub struct PermissionWrite {
    /// The kind and the action.
    #[schema(example = "article:publish")]
    pub permission: String,
    /// How far it reaches: `any`, `own` or `inCategories`.
    pub scope: String,
}

impl RoleWrite {
    /// Parses what makes a role.
    ///
    /// # Errors
    /// 422 with each fault.
    pub fn parse(self) -> Result<(RoleName, RoleChanges), Problem> {
        let mut faults = Violations::new();
        let name = match &self.name {
            Some(name) => faults.take("/name", RoleName::parse(name)),
            None => faults.take("/name", Err(Fault::new("required", "must have a value"))),
        };
        let changes = self.changes(&mut faults);
        match name {
            Some(name) if faults.is_empty() => Ok((name, changes)),
            _ => Err(faults.into()),
        }
    }

    /// Parses what changes a role, which cannot name it anew: accounts know it by its name.
    ///
    /// # Errors
    /// 422 with each fault.
    pub fn parse_patch(self) -> Result<RoleChanges, Problem> {
        let mut faults = Violations::new();
        if self.name.is_some() {
            faults.add("/name", Fault::new("read_only", "cannot be changed; make another role"));
        }
        let changes = self.changes(&mut faults);
        faults.into_result(changes).map_err(Into::into)
    }

    fn changes(self, faults: &mut Violations) -> RoleChanges {
        RoleChanges {
            title: self.title.parse("/title", faults, Label::parse),
            permissions: self.permissions.plain().map(|permissions| parse_permissions(&permissions, faults)),
        }
    }
}

/// Parses a list in which no permission makes another one needless.
pub(crate) fn parse_permissions(writes: &[PermissionWrite], faults: &mut Violations) -> Vec<Permission> {
    let mut permissions: Vec<Permission> = Vec::new();
    for (n, write) in writes.iter().enumerate() {
        let pointer = format!("/permissions/{n}");
        match write.parse() {
            Err((member, fault)) => faults.add(format!("{pointer}/{member}"), fault),
            Ok(one) if permissions.iter().any(|other| other.covers(&one) || one.covers(other)) => {
                faults.add(pointer, Fault::new("duplicate", "stands in the list already, or is part of what does"));
            }
            Ok(one) => permissions.push(one),
        }
    }
    permissions
}

impl PermissionWrite {
    /// The permission, or the member that is wrong.
    fn parse(&self) -> Result<Permission, (&'static str, Fault)> {
        // Whether there is such a permission at all is asked first: a scope means something only of one.
        Permission::parse(&self.permission, Scope::Any).map_err(|fault| ("permission", fault))?;
        let unknown = || Fault::new("invalid_scope", "must be any, own or inCategories");
        let scope = Scope::from_name(&self.scope).ok_or_else(|| ("scope", unknown()))?;
        Permission::parse(&self.permission, scope).map_err(|fault| ("scope", fault))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(json: serde_json::Value) -> Vec<(String, &'static str)> {
        let writes: Vec<PermissionWrite> = serde_json::from_value(json).unwrap();
        let mut faults = Violations::new();
        let _ = parse_permissions(&writes, &mut faults);
        faults.into_vec().into_iter().map(|fault| (fault.pointer, fault.code)).collect()
    }

    #[test]
    fn each_permission_that_is_none_is_named_with_its_place() {
        let found = faults(serde_json::json!([
            {"permission": "article:publish", "scope": "any"},
            {"permission": "article:fly", "scope": "any"},
            {"permission": "article:edit", "scope": "mine"},
            {"permission": "tag:edit", "scope": "own"},
            {"permission": "media:edit", "scope": "inCategories"},
        ]));
        let expected = [
            ("/permissions/1/permission", "unknown_permission"),
            ("/permissions/2/scope", "invalid_scope"),
            ("/permissions/3/scope", "invalid_scope"),
            ("/permissions/4/scope", "invalid_scope"),
        ];
        assert_eq!(found, expected.map(|(pointer, code)| (pointer.to_owned(), code)));
    }

    #[test]
    fn a_permission_stands_in_a_list_once() {
        let list = |first: &str, second: &str| {
            faults(serde_json::json!([
                {"permission": "article:edit", "scope": first},
                {"permission": "article:edit", "scope": second},
            ]))
        };
        for (first, second) in [("own", "own"), ("any", "own"), ("own", "any")] {
            assert_eq!(list(first, second), [("/permissions/1".to_owned(), "duplicate")], "{first}, {second}");
        }
        assert_eq!(list("own", "inCategories"), [], "neither of these reaches what the other does");
    }
}
