//! Counting visits: one hit of a browser, or many that a server-side front end has seen.

mod editorial;
mod public;
mod view;
mod write;

use crate::routes::Routes;

pub use self::{
    view::OutcomesView,
    write::{VisitBatch, VisitWrite},
};

/// The routes for everybody.
pub fn public_routes(config: &mut Routes<'_, '_>) {
    config.service(public::count_visit);
}

/// The routes for the desk.
pub fn editorial_routes(config: &mut Routes<'_, '_>) {
    config.service(editorial::count_visits);
}
