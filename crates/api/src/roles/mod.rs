//! Roles over HTTP: which there are, what each may do, and changing that.

use crate::routes::Routes;

pub mod editorial;
pub mod view;
pub mod write;

/// The routes of roles.
pub fn editorial_routes(config: &mut Routes<'_, '_>) {
    config
        .service(editorial::list_roles)
        .service(editorial::create_role)
        .service(editorial::get_role)
        .service(editorial::update_role)
        .service(editorial::delete_role);
}
