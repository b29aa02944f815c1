//! API keys: by which programs show who they are, what each of them may do, how often and from where.
//!
//! A key is given by a person and never may more than that person might. What it may do is said as a role
//! says it, by permissions; but nothing is a key's own, and no key looks after keys: one that leaked could
//! otherwise make others, and outlive its own end.

use crate::{
    category::CategoryId,
    id::Id,
    named::named_enum,
    policy::{Permission, Resource, Scope},
    text::Label,
    time::Timestamp,
    violation::{Fault, Violations},
};

mod network;

pub use self::network::Network;

/// The identity of a key; never given to another, also after the key has ended.
pub type ApiKeyId = Id<ApiKey>;

/// What an administrator says of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its name for people.
    pub name: Label,
    /// What it may do; at most what [`ApiKey::expect_grantable`] lets a key have.
    pub permissions: Vec<Permission>,
    /// The sections that its permissions `inCategories` are limited to. There are some exactly where such a
    /// permission is.
    pub categories: Option<Vec<CategoryId>>,
    /// The networks that it may be used from; `None` is from anywhere.
    pub networks: Option<Vec<Network>>,
    /// How many requests a minute it may make; `None` is what the settings say of every key.
    pub quota: Option<Quota>,
    /// From when on it is good for nothing; `None` is never.
    pub expires_at: Option<Timestamp>,
}

impl ApiKey {
    /// Passes on a permission that a key may have.
    ///
    /// # Errors
    /// `invalid_scope` for one's own, `not_for_keys` for looking after keys.
    pub fn expect_grantable(permission: Permission) -> Result<Permission, Fault> {
        if permission.scope == Scope::Own {
            // What a key makes belongs to who gave the key, so `own` would reach all that they ever made.
            return Err(Fault::new("invalid_scope", "nothing is a key's own; must be any or inCategories"));
        }
        if permission.resource == Resource::ApiKey {
            return Err(Fault::new("not_for_keys", "no key looks after keys; people do"));
        }
        Ok(permission)
    }

    /// Checks what no member can know by itself.
    ///
    /// # Errors
    /// Sections without a permission that they limit, and such a permission without sections.
    pub fn check(&self) -> Result<(), Violations> {
        let mut faults = Violations::new();
        let is_limited = self.permissions.iter().any(|one| one.scope == Scope::InCategories);
        match &self.categories {
            None if is_limited => {
                faults.add("/categoryIds", Fault::new("required", "must name the sections of what is inCategories"));
            }
            Some(_) if !is_limited => {
                let fault = Fault::new("not_limited", "limits nothing: no permission has the scope inCategories");
                faults.add("/categoryIds", fault);
            }
            Some(sections) if sections.is_empty() => {
                faults.add("/categoryIds", Fault::new("required", "must name a section"));
            }
            _ => {}
        }
        if self.networks.as_ref().is_some_and(Vec::is_empty) {
            // An empty list would admit nobody, and reads as if it admitted everybody.
            faults.add("/networks", Fault::new("required", "must name a network; null is from anywhere"));
        }
        faults.into_result(())
    }
}

named_enum! {
    /// Whether a key is good.
    pub enum KeyState {
        /// It is.
        Active = "active",
        /// Its time is over; another end makes it good again.
        Expired = "expired",
        /// It was ended for ever.
        Revoked = "revoked",
    }
}

/// How many requests a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quota(u32);

impl Quota {
    /// The most that a key can be allowed.
    pub const MOST: u32 = 600_000;

    /// A number a minute.
    ///
    /// # Errors
    /// `out_of_range` for none, and for more than [`Quota::MOST`].
    pub fn parse(per_minute: i64) -> Result<Self, Fault> {
        let fits = u32::try_from(per_minute).ok().filter(|number| (1..=Self::MOST).contains(number));
        fits.map(Self).ok_or_else(|| Fault::new("out_of_range", format!("must be 1 to {}", Self::MOST)))
    }

    /// The number.
    pub fn per_minute(self) -> u32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn permission(name: &str, scope: Scope) -> Permission {
        Permission::parse(name, scope).unwrap()
    }

    fn key(scope: Scope, categories: Option<usize>) -> ApiKey {
        ApiKey {
            name: Label::parse("Cổng thông tin tỉnh").unwrap(),
            permissions: vec![permission("article:read", scope)],
            categories: categories.map(|count| vec![Id::new(Uuid::from_u128(7)); count]),
            networks: None,
            quota: None,
            expires_at: None,
        }
    }

    fn faults(key: &ApiKey) -> Vec<(String, &'static str)> {
        let faults = key.check().err().map(Violations::into_vec).unwrap_or_default();
        faults.into_iter().map(|fault| (fault.pointer, fault.code)).collect()
    }

    #[test]
    fn a_key_has_nothing_of_its_own_and_gives_no_keys() {
        let code = |name, scope| ApiKey::expect_grantable(permission(name, scope)).err().map(|fault| fault.code);
        assert_eq!(code("article:edit", Scope::Own), Some("invalid_scope"));
        assert_eq!(code("apiKey:administer", Scope::Any), Some("not_for_keys"));
        assert_eq!(code("article:edit", Scope::InCategories), None);
        assert_eq!(code("user:administer", Scope::Any), None, "granted by name, like everything");
    }

    #[test]
    fn sections_stand_exactly_where_a_permission_is_limited_to_them() {
        assert_eq!(faults(&key(Scope::Any, None)), []);
        assert_eq!(faults(&key(Scope::InCategories, Some(1))), []);
        let at = |code| [("/categoryIds".to_owned(), code)];
        assert_eq!(faults(&key(Scope::InCategories, None)), at("required"), "it would reach everything");
        assert_eq!(faults(&key(Scope::InCategories, Some(0))), at("required"));
        assert_eq!(faults(&key(Scope::Any, Some(1))), at("not_limited"), "it would reach everything all the same");
    }

    #[test]
    fn a_key_that_nobody_could_use_is_refused() {
        let key = ApiKey { networks: Some(Vec::new()), ..key(Scope::Any, None) };
        assert_eq!(faults(&key), [("/networks".to_owned(), "required")]);
    }

    #[test]
    fn a_quota_is_neither_nothing_nor_without_end() {
        assert_eq!(Quota::parse(600).unwrap().per_minute(), 600);
        for wrong in [0, -1, i64::from(Quota::MOST) + 1, i64::MAX] {
            assert_eq!(Quota::parse(wrong).unwrap_err().code, "out_of_range", "{wrong}");
        }
    }
}
