//! What comes in of API keys.

use bantin_application::api_keys::KeyChanges;
use bantin_domain::{
    api_key::{Network, Quota},
    text::Label,
    time::Timestamp,
    violation::{Fault, Violations},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    patch::{self, Patch},
    problem::Problem,
    roles::write::{PermissionWrite, parse_permissions},
};

/// What somebody says of an API key. To give one `name` is required; to change one, what is absent stays, and
/// lists are replaced whole.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ApiKeyWrite)]
pub struct ApiKeyWrite {
    /// Its name for people.
    #[schema(value_type = Option<String>)]
    pub name: Patch<String>,
    /// What it may do, each with the scope `any` or `inCategories`; nothing when absent.
    #[schema(value_type = Option<Vec<PermissionWrite>>)]
    pub permissions: Patch<Vec<PermissionWrite>>,
    /// The sections, with all below them, that permissions `inCategories` are limited to: required where there is
    /// such a permission, and refused where there is none.
    #[schema(value_type = Option<Vec<String>>)]
    pub category_ids: Patch<Vec<String>>,
    /// The networks that it may be used from: `203.0.113.0/24`, `2001:db8::/32`, or addresses. From anywhere when
    /// absent or `null`.
    #[schema(value_type = Option<Vec<String>>)]
    pub networks: Patch<Vec<String>>,
    /// How many requests a minute it may make; what the settings say of every key when absent or `null`.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 600_000)]
    pub quota: Patch<i64>,
    /// From when on it is good for nothing; never when absent or `null`.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Patch<String>,
}

impl ApiKeyWrite {
    /// Parses every member, so that all faults are named at once.
    ///
    /// # Errors
    /// 422 with each fault.
    pub fn parse(self) -> Result<KeyChanges, Problem> {
        let mut faults = Violations::new();
        let changes = KeyChanges {
            name: self.name.parse("/name", &mut faults, Label::parse),
            permissions: self.permissions.plain().map(|writes| parse_permissions(&writes, &mut faults)),
            categories: self.category_ids.parse_each("/categoryIds", &mut faults, patch::id),
            networks: self.networks.parse_each("/networks", &mut faults, Network::parse),
            quota: self.quota.plain().parse("/quota", &mut faults, Quota::parse),
            expires_at: self.expires_at.parse("/expiresAt", &mut faults, Timestamp::parse),
        };
        faults.into_result(changes).map_err(Into::into)
    }
}

/// How the secret of a key gives way to another.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ApiKeyRotationWrite)]
pub struct KeyRotationWrite {
    /// For how many hours the one before is good, too: 0 to 168, 24 when absent. 0 is for a secret that leaked.
    #[schema(minimum = 0, maximum = 168)]
    pub overlap_hours: Option<i64>,
}

impl KeyRotationWrite {
    /// For how many seconds both are good.
    ///
    /// # Errors
    /// 422.
    pub fn parse(self) -> Result<i64, Problem> {
        let mut faults = Violations::new();
        let hours = self.overlap_hours.unwrap_or(24);
        if !(0..=168).contains(&hours) {
            faults.add("/overlapHours", Fault::new("out_of_range", "must be 0 to 168"));
        }
        faults.into_result(hours.saturating_mul(60 * 60)).map_err(Into::into)
    }
}
