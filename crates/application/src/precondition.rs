//! No lost edit: a write says which version it was made against, and is refused if others were faster,
//! naming what they changed, who, and when.
//!
//! What was changed since a version is read from the audit log, where every write of a versioned
//! resource stands with the version it made and the members it touched: one way for every kind.

use std::collections::BTreeMap;

use bantin_domain::{audit::AuditField, time::Timestamp, user::User};
use bantin_persistence::{Desk, accounts, audit};
use uuid::Uuid;

use crate::error::AppError;

/// The version that a write was made against, and what to do if that is not the stored one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Precondition {
    /// The version that the caller read.
    pub version: i64,
    /// Whether to go on all the same where nobody else touched the same members.
    pub merge: bool,
}

impl From<i64> for Precondition {
    fn from(version: i64) -> Self {
        Self { version, merge: false }
    }
}

/// What others changed since the caller read a resource.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Staleness {
    /// The version that is stored; 0 where it is not known.
    pub version: i64,
    /// Each member that was changed, and by whom last.
    pub changes: Vec<ChangedField>,
}

/// A member that somebody changed.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangedField {
    /// Its name.
    pub field: String,
    /// Who, where it was a user.
    pub by: Option<User>,
    /// When.
    pub at: Timestamp,
}

impl Precondition {
    /// Refuses a write against another version than the stored one, unless it may be merged: then
    /// [`Precondition::merge`] decides, once it is known which members the write touches.
    ///
    /// # Errors
    /// [`AppError::Stale`].
    pub fn check(self, desk: &mut Desk<'_>, id: Uuid, stored: i64) -> Result<(), AppError> {
        if self.version == stored || (self.merge && self.version < stored) {
            return Ok(());
        }
        Err(stale(desk, id, self.version, stored))
    }

    /// Refuses a write that touches a member that somebody else touched meanwhile.
    ///
    /// # Errors
    /// [`AppError::Stale`].
    pub fn merge(self, desk: &mut Desk<'_>, id: Uuid, stored: i64, mine: &[AuditField]) -> Result<(), AppError> {
        if self.version == stored {
            return Ok(());
        }
        let theirs = audit::changed_since(desk, id, self.version)?;
        let meet = theirs.iter().flat_map(|one| &one.fields).any(|field| mine.iter().any(|one| one.field == *field));
        if meet { Err(stale(desk, id, self.version, stored)) } else { Ok(()) }
    }
}

/// The refusal of a write against another version than the stored one.
fn stale(desk: &mut Desk<'_>, id: Uuid, read: i64, stored: i64) -> AppError {
    match changes(desk, id, read) {
        Ok(changes) => AppError::Stale(Box::new(Staleness { version: stored, changes })),
        Err(error) => error,
    }
}

fn changes(desk: &mut Desk<'_>, id: Uuid, read: i64) -> Result<Vec<ChangedField>, AppError> {
    let mut last = BTreeMap::new();
    for change in audit::changed_since(desk, id, read)? {
        for field in change.fields {
            last.insert(field, (change.user, change.at));
        }
    }
    let mut changes = Vec::with_capacity(last.len());
    for (field, (user, at)) in last {
        let by = match user {
            Some(user) => accounts::find_user(desk, user)?.map(|account| account.user),
            None => None,
        };
        changes.push(ChangedField { field, by, at });
    }
    Ok(changes)
}
