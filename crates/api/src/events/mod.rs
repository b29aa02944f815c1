//! Events over HTTP, with their programmes.

use crate::routes::Routes;

pub mod editorial;
pub mod public;
pub mod view;
pub mod write;

/// The routes of events for everybody.
pub fn public_routes(config: &mut Routes<'_, '_>) {
    config.service(public::list_events).service(public::get_event).service(public::get_programme);
}

/// The routes of events for the desk.
pub fn editorial_routes(config: &mut Routes<'_, '_>) {
    config
        .service(editorial::editorial_list_events)
        .service(editorial::create_event)
        .service(editorial::editorial_get_event)
        .service(editorial::update_event)
        .service(editorial::set_programme)
        .service(editorial::delete_event)
        .service(editorial::take_event_step);
}
