//! Organisations over HTTP.

use crate::routes::Routes;

pub mod editorial;
pub mod public;
pub mod view;
pub mod write;

/// The routes of organisations for everybody.
pub fn public_routes(config: &mut Routes<'_, '_>) {
    config.service(public::list_organisations).service(public::get_organisation);
}

/// The routes of organisations for the desk.
pub fn editorial_routes(config: &mut Routes<'_, '_>) {
    config
        .service(editorial::editorial_list_organisations)
        .service(editorial::create_organisation)
        .service(editorial::editorial_get_organisation)
        .service(editorial::update_organisation)
        .service(editorial::delete_organisation);
}
