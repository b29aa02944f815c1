//! The audit log over HTTP: as a whole for who may read it, and an item's own part for who may read the
//! item.

use crate::routes::Routes;

pub mod editorial;
pub mod view;

/// The routes of the audit log.
pub fn editorial_routes(config: &mut Routes<'_, '_>) {
    config.service(editorial::list_audit_log).service(editorial::list_item_log);
}
