//! Why a use case did not do what was asked, told apart by what the caller can do about it.

use bantin_domain::{
    policy::{Denied, Resource},
    violation::{Violation, Violations},
    workflow::{Action, State},
};
use bantin_persistence::{Conflict, StoreError};
use uuid::Uuid;

use crate::auth::{entropy::EntropyError, token::TokenRefused};
use crate::precondition::Staleness;

/// A use case that was refused. Nothing was written.
#[derive(Debug)]
pub enum AppError {
    /// There is no such thing, or none that the caller may know of.
    NotFound,
    /// There was, in public.
    Gone,
    /// The caller has not shown who they are.
    Unauthenticated,
    /// Who they are was shown too long ago.
    TokenExpired,
    /// The key that the caller shows may not be used from where they are.
    AddressNotAllowed,
    /// The caller may see it and may not do that.
    Forbidden,
    /// The input breaks rules; every fault is named.
    Invalid(Violations),
    /// What is there stands in the way.
    Blocked(Blocker),
    /// The resource changed since the caller read it.
    Stale(Box<Staleness>),
    /// A key that stands for one request came with another.
    IdempotencyMismatch,
    /// The item cannot be published as it is; every reason is named.
    NotPublishable(Vec<Violation>),
    /// The input is larger than accepted.
    TooLarge(String),
    /// The bytes are of a type that is not accepted.
    UnsupportedMedia(String),
    /// Too many tries; seconds until the next is welcome.
    RateLimited(u32),
    /// A part that is needed cannot be reached or has no room now; trying again may work.
    Unavailable(String),
    /// A fault of ours. The text is for the log, never for the answer.
    Internal(String),
}

/// What stands in the way of a write (409).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blocker {
    /// Another resource of that kind has, or had, the slug.
    SlugTaken,
    /// Another account has the address.
    EmailTaken,
    /// Another tag has the name.
    NameTaken,
    /// The text is already there in that language.
    TranslationTaken,
    /// A resource with that id exists.
    IdTaken,
    /// Other resources refer to it: kind, id and name of at most twenty.
    InUse(Vec<(Resource, Uuid, String)>),
    /// The role ships with the program: none of them is deleted, and the admin's is not changed either.
    ShippedRole,
    /// The public sees it now, so it cannot be scheduled to appear.
    AlreadyPublic,
    /// The key was ended for ever.
    Revoked,
    /// The same request is being worked on.
    InProgress,
    /// Nobody approves what they wrote themselves.
    FourEyes,
    /// That cannot be done from this state.
    WrongState {
        /// The state.
        state: State,
        /// What can be done from it by the caller.
        allowed: Vec<Action>,
    },
}

impl std::fmt::Display for AppError {
    /// For logs and consoles, in a few words; an answer over HTTP is made elsewhere.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is no such thing"),
            Self::Gone => f.write_str("it is not public any more"),
            Self::Unauthenticated => f.write_str("nobody is logged in"),
            Self::TokenExpired => f.write_str("the access token has expired"),
            Self::AddressNotAllowed => f.write_str("the key may not be used from that address"),
            Self::Forbidden => f.write_str("the role does not permit that"),
            Self::Invalid(violations) => write!(f, "values break rules: {violations:?}"),
            Self::Blocked(blocker) => write!(f, "something stands in the way: {blocker:?}"),
            Self::Stale(staleness) => {
                write!(f, "it was changed meanwhile, and is at version {}", staleness.version)
            }
            Self::IdempotencyMismatch => f.write_str("that Idempotency-Key came with another body before"),
            Self::NotPublishable(reasons) => write!(f, "it cannot be published: {reasons:?}"),
            Self::TooLarge(detail) | Self::UnsupportedMedia(detail) => f.write_str(detail),
            Self::RateLimited(seconds) => write!(f, "too many tries; wait {seconds} s"),
            Self::Unavailable(why) | Self::Internal(why) => f.write_str(why),
        }
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(why) => Self::Unavailable(why),
            StoreError::Conflict(conflict) => match conflict {
                Conflict::SlugTaken => Self::Blocked(Blocker::SlugTaken),
                Conflict::EmailTaken => Self::Blocked(Blocker::EmailTaken),
                Conflict::TagNameTaken => Self::Blocked(Blocker::NameTaken),
                Conflict::TranslationTaken => Self::Blocked(Blocker::TranslationTaken),
                Conflict::IdTaken => Self::Blocked(Blocker::IdTaken),
                Conflict::InUse => Self::Blocked(Blocker::InUse(Vec::new())),
                // Another writer came between our read and our write.
                Conflict::Stale => Self::Stale(Box::default()),
            },
            error @ (StoreError::Corrupt { .. } | StoreError::Database(_)) => Self::Internal(error.to_string()),
        }
    }
}

impl From<Violations> for AppError {
    fn from(violations: Violations) -> Self {
        Self::Invalid(violations)
    }
}

impl From<Denied> for AppError {
    fn from(denied: Denied) -> Self {
        if denied.visible { Self::Forbidden } else { Self::NotFound }
    }
}

impl From<TokenRefused> for AppError {
    fn from(refused: TokenRefused) -> Self {
        match refused {
            TokenRefused::Invalid => Self::Unauthenticated,
            TokenRefused::Expired => Self::TokenExpired,
        }
    }
}

impl From<EntropyError> for AppError {
    fn from(error: EntropyError) -> Self {
        Self::Unavailable(error.to_string())
    }
}
