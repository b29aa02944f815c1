//! What is planned, for the desk.

use crate::routes::Routes;

pub mod editorial;
pub mod query;
pub mod view;

/// The routes of the schedule.
pub fn editorial_routes(config: &mut Routes<'_, '_>) {
    config.service(editorial::editorial_get_schedule);
}
