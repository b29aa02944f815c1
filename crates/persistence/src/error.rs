//! What can go wrong in the store, told apart by what the caller can do about it.
//!
//! PostgreSQL names the constraint that was violated, SQLite only the columns. `Conflict::of` is
//! the one place that knows both spellings; a test provokes each on both databases.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// A fault of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No connection could be had in time, or the one we had was lost. Trying again later may work.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// Another value, row or version stands in the way.
    #[error("the store refuses: {0:?}")]
    Conflict(Conflict),
    /// A row that our own code could not have written.
    #[error("{table} {id} holds what it cannot hold in {column}: {reason}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row.
        id: String,
        /// What is wrong with the value.
        reason: String,
    },
    /// Anything else: a bug of ours, or a database that is ill.
    #[error("the database failed: {0}")]
    Database(DieselError),
}

/// What stands in the way of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// Another resource of that kind has, or had, the slug.
    SlugTaken,
    /// Another account has the e-mail address.
    EmailTaken,
    /// Another tag has the name, marks and case aside.
    TagNameTaken,
    /// The translation group has an item in that language.
    TranslationTaken,
    /// An item with that id exists.
    IdTaken,
    /// Something else refers to the row.
    InUse,
    /// The row changed since it was read.
    Stale,
}

/// The spellings of each constraint: PostgreSQL's name, and the columns by which SQLite tells it.
const CONSTRAINTS: [(&str, &str, Conflict); 7] = [
    ("slugs_pkey", "slugs.kind, slugs.slug", Conflict::SlugTaken),
    ("users_email", "users.email", Conflict::EmailTaken),
    ("tags_name", "tags.name_folded", Conflict::TagNameTaken),
    ("items_translation", "items.kind, items.group_id, items.locale", Conflict::TranslationTaken),
    ("items_pkey", "items.id", Conflict::IdTaken),
    ("attendees_pkey", "attendees.id", Conflict::IdTaken),
    ("media_pkey", "media.id", Conflict::IdTaken),
];

impl Conflict {
    fn of(kind: &DatabaseErrorKind, constraint: Option<&str>, message: &str) -> Option<Self> {
        match kind {
            DatabaseErrorKind::ForeignKeyViolation => Some(Self::InUse),
            DatabaseErrorKind::UniqueViolation => CONSTRAINTS
                .iter()
                .find(|(name, columns, _)| match constraint {
                    Some(constraint) => constraint == *name,
                    None => message.strip_prefix("UNIQUE constraint failed: ") == Some(columns),
                })
                .map(|(_, _, conflict)| *conflict),
            _ => None,
        }
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        match &error {
            DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, info) => {
                Self::Unavailable(info.message().to_owned())
            }
            DieselError::DatabaseError(kind, info) => {
                match Conflict::of(kind, info.constraint_name(), info.message()) {
                    Some(conflict) => Self::Conflict(conflict),
                    None if is_passing(info.message()) => Self::Unavailable(info.message().to_owned()),
                    None => Self::Database(error),
                }
            }
            DieselError::BrokenTransactionManager => {
                Self::Unavailable("the connection was lost in a transaction".to_owned())
            }
            _ => Self::Database(error),
        }
    }
}

impl From<Conflict> for StoreError {
    fn from(conflict: Conflict) -> Self {
        Self::Conflict(conflict)
    }
}

/// Whether a message tells of a state that passes: neither database gives these a kind of their own.
fn is_passing(message: &str) -> bool {
    [
        "database is locked",
        "deadlock detected",
        "could not serialize access",
        "server closed the connection",
        "terminating connection",
        "could not connect",
        "connection to server",
        "no connection to the server",
        "canceling statement due to",
        "the database system is",
        "could not receive data",
        "could not send data",
        "disk is full",
        "disk I/O error",
    ]
    .iter()
    .any(|sign| message.contains(sign))
}
