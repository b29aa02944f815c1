//! Following the public side over HTTP: the change log, a snapshot to begin with, a stream to wait on.

use crate::routes::Routes;

pub mod public;
pub mod query;
mod record;
pub mod reply;
pub mod stream;
pub mod view;

/// The routes of the change log, all for everybody.
pub fn public_routes(config: &mut Routes<'_, '_>) {
    config.service(public::list_changes).service(public::get_snapshot).service(stream::follow_changes);
}
