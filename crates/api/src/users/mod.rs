//! Accounts of the desk over HTTP.

use crate::routes::Routes;

pub mod editorial;
pub mod view;
pub mod write;

/// The routes of accounts.
pub fn editorial_routes(config: &mut Routes<'_, '_>) {
    config
        .service(editorial::list_users)
        .service(editorial::invite_user)
        .service(editorial::get_user)
        .service(editorial::update_user)
        .service(editorial::reset_user);
}
