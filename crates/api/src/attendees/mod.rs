//! The attendees of an event over HTTP.

use crate::routes::Routes;

pub mod editorial;
pub mod public;
pub mod view;
pub mod write;

/// The routes of attendees for everybody.
pub fn public_routes(config: &mut Routes<'_, '_>) {
    config.service(public::list_attendees);
}

/// The routes of attendees for the desk.
pub fn editorial_routes(config: &mut Routes<'_, '_>) {
    config
        .service(editorial::editorial_list_attendees)
        .service(editorial::replace_attendees)
        .service(editorial::create_attendee)
        .service(editorial::update_attendee)
        .service(editorial::delete_attendee);
}
