//! Sections over HTTP: a tree, read whole.

use crate::routes::Routes;

pub mod editorial;
pub mod public;
pub mod view;
pub mod write;

/// The routes of sections for everybody.
pub fn public_routes(config: &mut Routes<'_, '_>) {
    config.service(public::list_categories).service(public::get_category);
}

/// The routes of sections for the desk.
pub fn editorial_routes(config: &mut Routes<'_, '_>) {
    config
        .service(editorial::editorial_list_categories)
        .service(editorial::create_category)
        .service(editorial::editorial_get_category)
        .service(editorial::update_category)
        .service(editorial::delete_category);
}
