//! API keys over HTTP: looking after them, and what a request that shows one is counted against.

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use bantin_application::{api_keys::KeyDigest, auth::bearer::read_bearer};

use crate::routes::Routes;

pub mod editorial;
pub mod view;
pub mod write;

/// The routes of API keys.
pub fn editorial_routes(config: &mut Routes<'_, '_>) {
    config
        .service(editorial::list_api_keys)
        .service(editorial::create_api_key)
        .service(editorial::get_api_key)
        .service(editorial::update_api_key)
        .service(editorial::rotate_api_key)
        .service(editorial::revoke_api_key);
}

/// Said of a public request that showed a key before its headers were taken from it: for the limits, and for
/// nothing else.
#[derive(Debug, Clone, Copy)]
pub struct ShowedKey(pub KeyDigest);

/// The key that a request shows; none for what is mistyped, or no key's secret at all.
pub fn shown_in(headers: &HeaderMap) -> Option<KeyDigest> {
    let credential = read_bearer(headers.get_all(AUTHORIZATION).map(|value| value.as_bytes())).ok()??;
    KeyDigest::of(credential)
}
