//! The site: its name, its banner of the day, its menus.

use crate::routes::Routes;

pub mod editorial;
pub mod public;
pub mod view;
pub mod write;

/// The routes of the site for everybody.
pub fn public_routes(config: &mut Routes<'_, '_>) {
    config.service(public::get_site);
}

/// The routes of the site for the desk.
pub fn editorial_routes(config: &mut Routes<'_, '_>) {
    config.service(editorial::editorial_get_site).service(editorial::update_site);
}
