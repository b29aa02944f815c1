//! The history of content over HTTP: one set of routes for articles, events, speeches and pages.
//!
//! A handler takes the item's collection out of the path and calls the use case of that kind; what the
//! kind's members are called and how they are shown is asked of [`crate::desk::DeskKind`].

use crate::routes::Routes;

pub mod editorial;
pub mod path;
pub mod view;
pub mod write;

/// The routes of revisions.
pub fn editorial_routes(config: &mut Routes<'_, '_>) {
    config
        .service(editorial::list_revisions)
        .service(editorial::get_revision)
        .service(editorial::label_revision)
        .service(editorial::diff_revisions)
        .service(editorial::restore_revision);
}
