//! The search over HTTP.

use crate::routes::Routes;

pub mod answer;
pub mod editorial;
pub mod public;
pub mod view;
pub mod write;

/// The routes of the search for everybody.
pub fn public_routes(config: &mut Routes<'_, '_>) {
    config.service(public::search).service(public::suggest);
}

/// The routes of the search for the desk.
pub fn editorial_routes(config: &mut Routes<'_, '_>) {
    config.service(editorial::editorial_get_synonyms).service(editorial::replace_synonyms);
}
