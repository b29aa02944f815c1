//! Tags over HTTP.

use crate::routes::Routes;

pub mod editorial;
pub mod public;
pub mod view;
pub mod write;

/// The routes of tags for everybody.
pub fn public_routes(config: &mut Routes<'_, '_>) {
    config.service(public::list_tags).service(public::get_tag);
}

/// The routes of tags for the desk.
pub fn editorial_routes(config: &mut Routes<'_, '_>) {
    config
        .service(editorial::editorial_list_tags)
        .service(editorial::create_tag)
        .service(editorial::editorial_get_tag)
        .service(editorial::update_tag)
        .service(editorial::delete_tag);
}
