//! Standing pages over HTTP.

use crate::routes::Routes;

pub mod editorial;
pub mod public;
pub mod view;
pub mod write;

/// The routes of pages for everybody.
pub fn public_routes(config: &mut Routes<'_, '_>) {
    config.service(public::list_pages).service(public::get_page);
}

/// The routes of pages for the desk.
pub fn editorial_routes(config: &mut Routes<'_, '_>) {
    config
        .service(editorial::editorial_list_pages)
        .service(editorial::create_page)
        .service(editorial::editorial_get_page)
        .service(editorial::update_page)
        .service(editorial::delete_page)
        .service(editorial::take_page_step);
}
