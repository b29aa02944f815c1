//! Pictures: uploaded once, kept as they came, shown to the public while something public shows them.
//!
//! | file | holds |
//! | --- | --- |
//! | `public.rs` | what anybody may ask |
//! | `editorial.rs` | what the desk does |
//! | `upload.rs` | the multipart form, read as it comes |
//! | `original.rs` | the bytes, whole or in part |
//! | `view.rs`, `write.rs` | what goes out, what comes in |

use crate::routes::Routes;

pub mod editorial;
mod original;
pub mod public;
mod upload;
pub mod view;
pub mod write;

/// The routes of media for everybody.
pub fn public_routes(config: &mut Routes<'_, '_>) {
    config.service(public::get_media).service(public::get_media_original);
}

/// The routes of media for the desk.
pub fn editorial_routes(config: &mut Routes<'_, '_>) {
    config
        .service(editorial::editorial_list_media)
        .service(editorial::create_media)
        .service(editorial::editorial_get_media)
        .service(editorial::editorial_get_media_original)
        .service(editorial::update_media)
        .service(editorial::delete_media);
}
