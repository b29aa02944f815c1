//! What comes in of accounts.

use bantin_application::users::{NewUser, UserChanges};
use bantin_domain::{policy::RoleName, text::Name, user::Email, violation::Violations};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    patch::{self, Patch},
    problem::Problem,
};

/// Who is invited. `email`, `name` and `role` are required.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = InvitationWrite)]
pub struct InvitationWrite {
    /// What they will log in with. It cannot be changed later.
    #[schema(value_type = Option<String>)]
    pub email: Patch<String>,
    /// As shown to colleagues.
    #[schema(value_type = Option<String>)]
    pub name: Patch<String>,
    /// The name of a role.
    #[schema(value_type = Option<String>)]
    pub role: Patch<String>,
    /// The sections, with all below them, that permissions `inCategories` are limited to; absent or `null`
    /// is no limit.
    #[schema(value_type = Option<Vec<String>>)]
    pub category_ids: Patch<Vec<String>>,
}

impl InvitationWrite {
    /// Parses every member, so that all faults are named at once.
    ///
    /// # Errors
    /// 422 with each fault.
    pub fn parse(self) -> Result<NewUser, Problem> {
        let mut faults = Violations::new();
        let email = self.email.parse("/email", &mut faults, Email::parse);
        let name = self.name.parse("/name", &mut faults, Name::parse);
        let role = self.role.parse("/role", &mut faults, RoleName::parse);
        let categories = self.category_ids.parse_each("/categoryIds", &mut faults, patch::id).or(None);
        // A member that was there and is wrong is told once.
        if faults.is_empty() {
            let email = email.required(None, "/email", &mut faults);
            let name = name.required(None, "/name", &mut faults);
            let role = role.required(None, "/role", &mut faults);
            if let (Some(email), Some(name), Some(role)) = (email, name, role) {
                return Ok(NewUser { email, name, role, categories });
            }
        }
        Err(faults.into())
    }
}

/// What an administrator says of an account; what is absent stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = UserWrite)]
pub struct UserWrite {
    /// As shown to colleagues.
    #[schema(value_type = Option<String>)]
    pub name: Patch<String>,
    /// The name of a role.
    #[schema(value_type = Option<String>)]
    pub role: Patch<String>,
    /// The sections, with all below them, that permissions `inCategories` are limited to; `null` is no limit.
    #[schema(value_type = Option<Vec<String>>)]
    pub category_ids: Patch<Vec<String>>,
    /// Whether it is shut out.
    #[schema(value_type = Option<bool>)]
    pub disabled: Patch<bool>,
}

impl UserWrite {
    /// Parses every member, so that all faults are named at once.
    ///
    /// # Errors
    /// 422 with each fault.
    pub fn parse(self) -> Result<UserChanges, Problem> {
        let mut faults = Violations::new();
        let changes = UserChanges {
            name: self.name.parse("/name", &mut faults, Name::parse),
            role: self.role.parse("/role", &mut faults, RoleName::parse),
            categories: self.category_ids.parse_each("/categoryIds", &mut faults, patch::id),
            disabled: self.disabled.plain(),
        };
        faults.into_result(changes).map_err(Into::into)
    }
}
