//! People who work at the desk.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{id::Id, named::named_enum, policy::RoleName, text::Name, violation::Fault};

/// An account of the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its identity; never given to anybody else, also after the account is gone.
    pub id: Id<User>,
    /// Where its one-time links would go; also what it logs in with.
    pub email: Email,
    /// As shown to colleagues.
    pub name: Name,
    /// What it may do.
    pub role: RoleName,
    /// Whether it may log in at all.
    pub disabled: bool,
}

named_enum! {
    /// What a one-time link is for.
    pub enum LinkPurpose {
        /// To choose the first password.
        Invitation = "invitation",
        /// To choose another one.
        Reset = "reset",
    }
}

/// An e-mail address, compared without regard to case. Personal data: `Debug` hides it, so that it
/// cannot slip into a log.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Email(String);

impl Email {
    /// Parses an address well enough to refuse slips of the finger; whether it exists only a letter
    /// could tell.
    ///
    /// # Errors
    /// `invalid_email`.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let fault = || Fault::new("invalid_email", "must be an e-mail address such as ban-bien-tap@example.vn");
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or_else(fault)?;
        let fits = !local.is_empty()
            && local.len() <= 64
            && domain.len() <= 190
            && domain.contains('.')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && !text
                .chars()
                .any(|letter| letter.is_whitespace() || letter.is_control() || "<>()[],;:\\\"".contains(letter));
        if fits { Ok(Self(text.to_lowercase())) } else { Err(fault()) }
    }

    /// The address, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_compared_without_case_and_never_shown_by_debug() {
        let email = Email::parse(" Ban.Bien.Tap@Example.VN ").unwrap();
        assert_eq!(email, Email::parse("ban.bien.tap@example.vn").unwrap());
        assert!(!format!("{email:?}").contains("example"));
    }

    #[test]
    fn slips_of_the_finger_are_refused() {
        for text in ["", "a", "@b.vn", "a@", "a@b", "a b@c.vn", "a@b.vn.", "a@.vn", "<a@b.vn>", "a,b@c.vn"] {
            assert_eq!(Email::parse(text).unwrap_err().code, "invalid_email", "{text}");
        }
    }
}
