//! People over HTTP.

use crate::routes::Routes;

pub mod editorial;
pub mod public;
pub mod view;
pub mod write;

/// The routes of people for everybody.
pub fn public_routes(config: &mut Routes<'_, '_>) {
    // The index first: as a slug its name is reserved, and as a route it must not be taken for one.
    config
        .service(public::list_people)
        .service(public::index_people)
        .service(public::get_person)
        .service(public::list_person_appearances);
}

/// The routes of people for the desk.
pub fn editorial_routes(config: &mut Routes<'_, '_>) {
    config
        .service(editorial::editorial_list_people)
        .service(editorial::create_person)
        .service(editorial::editorial_get_person)
        .service(editorial::update_person)
        .service(editorial::delete_person);
}
