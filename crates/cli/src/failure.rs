//! Why the program ends without having done what was asked: in lines for who reads them at a console.

use std::fmt;

use bantin_application::{AppError, Blocker, DatabaseUrl, StartError, migrate::MigrateError, visits::VisitsError};
use bantin_domain::violation::Violation;

use crate::settings::Settings;

/// Why nothing was done: one line, or one for each fault of an input.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure(Vec<String>);

impl Failure {
    /// A failure that one sentence explains. Whatever it was made of becomes one line: libpq, for one,
    /// breaks its messages.
    pub fn new(why: impl fmt::Display) -> Self {
        Self(vec![one_line(&why.to_string())])
    }

    /// The lines.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The same without the password of the database: a library may quote an address that it cannot read.
    pub fn without_secrets_of(self, settings: &Settings) -> Self {
        let DatabaseUrl::Postgres(url) = &settings.database_url else {
            return self;
        };
        let shown = settings.database_url.to_string();
        let secrets = || [url.as_str()].into_iter().chain(secrets_of(url)).filter(|secret| !secret.is_empty());
        Self(
            self.0
                .into_iter()
                .map(|line| {
                    secrets().fold(line, |line, secret| line.replace(secret, if secret == url { &shown } else { "…" }))
                })
                .collect(),
        )
    }
}

/// What of a database address nobody may read: the password, wherever it stands.
fn secrets_of(url: &str) -> impl Iterator<Item = &str> {
    let user_info = url.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@')).map(|(user_info, _)| user_info);
    let parameter = url.split(['?', '&']).filter_map(|part| part.strip_prefix("password="));
    user_info.and_then(|user_info| user_info.split_once(':')).map(|(_, password)| password).into_iter().chain(parameter)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self::new(error)
    }
}
impl From<MigrateError> for Failure {
    fn from(error: MigrateError) -> Self {
        Self::new(error)
    }
}
impl From<VisitsError> for Failure {
    fn from(error: VisitsError) -> Self {
        Self::new(format_args!("visits cannot be counted: {error}"))
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        let faults = |faults: Vec<Violation>| {
            Self(faults.iter().map(|fault| format!("{}: {}", fault.pointer, one_line(&fault.message))).collect())
        };
        match error {
            AppError::Invalid(violations) => faults(violations.into_vec()),
            AppError::NotPublishable(reasons) => faults(reasons),
            // The command line names nothing else that may not be there.
            AppError::NotFound | AppError::Gone => Self::new("there is no account with that address"),
            AppError::Blocked(Blocker::EmailTaken) => Self::new("another account has this address"),
            AppError::Blocked(blocker) => Self::new(format_args!("something stands in the way: {blocker:?}")),
            AppError::Unauthenticated | AppError::TokenExpired | AppError::AddressNotAllowed | AppError::Forbidden => {
                Self::new("that is not permitted")
            }
            AppError::Stale(_) => Self::new("somebody else changed it at the same moment; try again"),
            // Only a request over HTTP has a key.
            AppError::IdempotencyMismatch => Self::new("that key stands for another request"),
            AppError::RateLimited(seconds) => Self::new(format_args!("too many tries; try again in {seconds} s")),
            AppError::TooLarge(why)
            | AppError::UnsupportedMedia(why)
            | AppError::Unavailable(why)
            | AppError::Internal(why) => Self::new(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use bantin_domain::violation::{Fault, Violations};

    use super::*;
    use crate::settings::Flags;

    #[test]
    fn every_fault_has_a_line_with_its_pointer() {
        let mut faults = Violations::new();
        faults.add("/email", Fault::new("invalid_email", "must be an address"));
        faults.add("/password", Fault::new("too_short", "must be\nlonger"));
        let failure = Failure::from(AppError::Invalid(faults));
        assert_eq!(failure.lines().collect::<Vec<_>>(), ["/email: must be an address", "/password: must be longer"]);
    }

    #[test]
    fn a_message_that_quotes_the_database_address_loses_the_password() {
        let url = "postgres://bantin:s3cret@db/bantin?password=oth3r";
        let environment = [("BANTIN_DATABASE_URL".into(), url.into())];
        let settings = Settings::read(&Flags::default(), environment).unwrap();
        for quoted in [format!("cannot parse \"{url}?x=1\""), "bad token s3cret".to_owned(), "bad oth3r".to_owned()] {
            let line = Failure::new(quoted).without_secrets_of(&settings).lines().collect::<String>();
            assert!(!line.contains("s3cret") && !line.contains("oth3r"), "{line}");
        }
    }
}
