//! Speeches over HTTP.

use crate::routes::Routes;

pub mod editorial;
pub mod public;
pub mod view;
pub mod write;

/// The routes of speeches for everybody.
pub fn public_routes(config: &mut Routes<'_, '_>) {
    config.service(public::list_speeches).service(public::get_speech);
}

/// The routes of speeches for the desk.
pub fn editorial_routes(config: &mut Routes<'_, '_>) {
    config
        .service(editorial::editorial_list_speeches)
        .service(editorial::create_speech)
        .service(editorial::editorial_get_speech)
        .service(editorial::update_speech)
        .service(editorial::delete_speech)
        .service(editorial::take_speech_step);
}
