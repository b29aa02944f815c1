//! What can be done with Bantin: one function per use case, each one transaction.
//!
//! Nothing here knows HTTP or SQL. [`App`] holds what a running program has (the store, the clock, the
//! keys) and opens the three doors: [`App::public`], [`App::desk`] and [`App::write`]. The last two ask
//! who acts *inside* the transaction, so that nobody acts after a revocation has committed.

pub mod api_keys;
pub mod app;
pub mod archive;
pub mod articles;
pub mod attendees;
pub mod audit;
pub mod auth;
pub mod bounded;
pub mod categories;
pub mod change_watch;
pub mod changes;
pub mod comments;
pub mod content;
pub mod cost;
pub mod directory;
pub mod error;
pub mod events;
pub mod feeds;
mod found;
pub mod housekeeper;
pub mod idempotency;
pub mod media;
pub mod media_files;
mod order;
pub mod organisations;
pub mod pages;
pub mod people;
pub mod precondition;
pub mod previews;
mod rank;
pub mod related;
pub mod revisions;
pub mod roles;
pub mod schedule;
pub mod search;
pub mod sessions;
pub mod site;
pub mod sitemaps;
pub mod speeches;
pub mod stats;
pub mod tags;
pub mod users;
pub mod visits;
pub mod webhooks;
pub mod workflow;

pub use app::{Act, App, Settings, StartError};
pub use bantin_persistence::{
    Desk, StoreSettings,
    changes::LoggedChange,
    connection::DatabaseUrl,
    migrate,
    public::{
        Lookup, PublicContent,
        details::{Details, TranslationDetail},
    },
};
pub use error::{AppError, Blocker};
pub use precondition::Precondition;
