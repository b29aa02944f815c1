//! Preview links over HTTP: made and ended at the desk, opened by whoever holds one.

use crate::routes::Routes;

pub mod editorial;
pub mod public;
pub mod view;
pub mod write;

/// The route that a link opens.
pub fn public_routes(config: &mut Routes<'_, '_>) {
    config.service(public::get_preview);
}

/// The routes of the desk.
pub fn editorial_routes(config: &mut Routes<'_, '_>) {
    config
        .service(editorial::list_preview_links)
        .service(editorial::create_preview_link)
        .service(editorial::revoke_preview_link);
}
