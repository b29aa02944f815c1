//! Where Bantin keeps things: SQLite in a file, or PostgreSQL, through one set of diesel queries.
//!
//! # The shape
//! - [`connection`] opens either database and gives one connection type for both.
//! - [`sql_types`] teaches diesel our ids, times, days and named values.
//! - [`schema`] says which tables there are; `migrations/` makes them.
//! - [`store`] is the door: whoever wants to read or write gets a [`PublicReader`], a [`Desk`] or a
//!   [`Tx`], and which one it holds decides which functions it can call. A public handler cannot
//!   reach a draft, because no function that reads drafts takes a `PublicReader`.
//! - One module per kind of thing holds its rows and queries.
//!
//! Queries are written once. The few statements that the two databases spell differently stand in a
//! `match` on the connection, beside the query that needs them.

pub mod accounts;
mod among;
pub mod api_keys;
pub mod attendees;
pub mod audit;
pub mod categories;
pub mod changes;
pub mod comments;
pub mod companions;
pub mod connection;
pub mod directory;
pub mod due;
pub mod error;
mod group_commit;
pub mod idempotency;
pub mod items;
pub mod media;
mod memory;
pub mod migrate;
pub mod organisations;
pub mod people;
mod prepared;
pub mod previews;
pub mod public;
pub mod pulse;
pub mod references;
pub mod revisions;
pub mod roles;
pub mod schema;
pub mod schema_visits;
pub mod search;
pub mod site;
pub mod slugs;
pub mod sql_types;
pub mod statements;
pub mod stats;
pub mod store;
pub mod tags;
pub mod visits;
pub mod webhooks;
mod written;

pub use error::{Conflict, StoreError};
pub use store::{Desk, HitsTx, PublicReader, Store, StoreSettings, Tx, VisitsTx};
