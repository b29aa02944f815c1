//! What is planned, for the desk.

use utoipa_actix_web::service_config::ServiceConfig;

pub mod editorial;
pub mod query;
pub mod view;

/// The routes of the schedule.
pub fn editorial_routes(config: &mut ServiceConfig<'_>) {
    config.service(editorial::editorial_get_schedule);
}
