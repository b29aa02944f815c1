//! Webhooks over HTTP: who is told of changes, and the log of what was sent to them.

use bantin_application::webhooks::message::Show;
use serde_json::Value;

use crate::{Render, changes::view::ChangeView, routes::Routes};

pub mod editorial;
pub mod view;
pub mod write;

/// The routes of webhooks.
pub fn editorial_routes(config: &mut Routes<'_, '_>) {
    config
        .service(editorial::list_webhooks)
        .service(editorial::create_webhook)
        .service(editorial::get_webhook)
        .service(editorial::update_webhook)
        .service(editorial::delete_webhook)
        .service(editorial::rotate_webhook_secret)
        .service(editorial::ping_webhook)
        .service(editorial::list_deliveries)
        .service(editorial::get_delivery)
        .service(editorial::redeliver);
}

/// How a change is shown in a message: as the change log shows it, so that a receiver reads one kind of row.
pub fn shown(render: Render) -> Box<Show> {
    Box::new(move |logged| serde_json::to_value(ChangeView::new(logged, &render)).unwrap_or(Value::Null))
}
