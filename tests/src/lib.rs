//! The test kit, and the black-box suites that use it.
//!
//! A test gets an app of its own: a database copied from a migrated template (a file on SQLite, a
//! `CREATE DATABASE … TEMPLATE` on a private PostgreSQL), the server that ships on a free port, a
//! clock that stands still until it is told to move, and ids that count. Clients are named by who
//! they are. Every answer that a client sees is held against the API document.
//!
//! ```ignore
//! both! {
//!     fn a_draft_is_seen_by_nobody(app) {
//!         let editor = app.chief_editor();
//!         ...
//!     }
//! }
//! ```

pub mod app;
pub mod backup;
pub mod client;
pub mod content;
pub mod contract;
pub mod lists;
pub mod node;
pub mod plans;
pub mod postgres;
pub mod quality;
pub mod relay;
pub mod seed;
pub mod sources;
pub mod spoil;
pub mod wire;

pub use app::{Db, TestApp};
pub use client::{Answer, Client};

/// Defines tests that run on SQLite and on PostgreSQL: `fn name(app) { ... }` becomes
/// `name::sqlite` and `name::postgres`.
#[macro_export]
macro_rules! both {
    ($($(#[$meta:meta])* fn $name:ident($app:ident) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            fn run($app: $crate::TestApp) $body

            #[test]
            fn sqlite() {
                run($crate::TestApp::start($crate::Db::Sqlite));
            }

            #[test]
            fn postgres() {
                run($crate::TestApp::start($crate::Db::Postgres));
            }
        }
    )+};
}
