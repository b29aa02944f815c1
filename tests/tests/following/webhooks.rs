//! Webhooks: administered like everything else, told of every change in order, signed, tried for a day; and
//! nobody reaches through them what only this server can reach.

mod administration;
mod attempts;
mod delivering;
mod failing;
mod guard;
mod plans;
mod receiver;
mod secrets;
mod slow;
mod verifier;

use bantin_api::webhooks;
use bantin_application::webhooks::courier::Courier;
use bantin_tests::{Answer, Client, TestApp, content};
use serde_json::{Value, json};

/// Where they stand.
const WEBHOOKS: &str = "/api/v1/editorial/webhooks";

/// What delivers on a node.
fn courier(app: &TestApp) -> Courier {
    Courier::new(app.api.app.clone(), webhooks::shown(app.api.render.clone()))
}

/// Makes all that is due arrive.
fn deliver(app: &TestApp) {
    courier(app).deliver_due().unwrap();
}

/// Makes a webhook that is told of everything.
fn hook_to(admin: &Client, url: &str) -> Answer {
    hook_with(admin, url, &json!({}))
}

/// Makes a webhook that says something of itself.
fn hook_with(admin: &Client, url: &str, more: &Value) -> Answer {
    let mut write = json!({"name": "Cổng thông tin tỉnh", "url": url});
    write.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    admin.post(WEBHOOKS, &write).expect(201)
}

fn path_of(hook: &Answer) -> String {
    format!("{WEBHOOKS}/{}", hook.id())
}

fn now_of(admin: &Client, hook: &Answer) -> Answer {
    admin.get(&path_of(hook)).expect(200)
}

/// The deliveries of a webhook, oldest first.
fn deliveries(admin: &Client, hook: &Answer) -> Vec<Value> {
    let mut all =
        admin.get(&format!("{}/deliveries?limit=100", path_of(hook))).expect(200).data().as_array().unwrap().clone();
    all.reverse();
    all
}

/// A tag is public as soon as an article shows it; a section is at once, so each of these is one change.
fn change_something(admin: &Client, name: &str) -> String {
    content::category(admin, name)
}
