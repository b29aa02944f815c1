//! What the desk says to each other about an item.

use crate::routes::Routes;

pub mod editorial;
pub mod view;
pub mod write;

/// The routes of comments.
pub fn editorial_routes(config: &mut Routes<'_, '_>) {
    config.service(editorial::list_comments).service(editorial::create_comment);
}
