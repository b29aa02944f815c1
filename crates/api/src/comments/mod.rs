//! What the desk says to each other about an item.

use utoipa_actix_web::service_config::ServiceConfig;

pub mod editorial;
pub mod view;
pub mod write;

/// The routes of comments.
pub fn editorial_routes(config: &mut ServiceConfig<'_>) {
    config.service(editorial::list_comments).service(editorial::create_comment);
}
