//! What is sent: a small document that says what happened, and where to read more. Never the thing itself,
//! so that a message that comes late, or twice, or in the hands of somebody else, tells nothing that is not
//! public.

use bantin_domain::{
    time::{SiteZone, Timestamp},
    webhook::event_type,
};
use bantin_persistence::changes::LoggedChange;
use serde_json::{Value, json};

/// How a change is shown to integrators: the row of `GET /changes`.
pub type Show = dyn Fn(&LoggedChange) -> Value + Send + Sync;

/// The type of the message of a change, and the message.
pub fn of_change(logged: &LoggedChange, zone: &SiteZone, show: &Show) -> (String, String) {
    let name = event_type(logged.change.target.kind, logged.change.kind);
    let body = written(&name, logged.change.at, zone, &show(logged));
    (name, body)
}

/// A message as it is sent, the same bytes at every attempt.
pub fn written(event_type: &str, at: Timestamp, zone: &SiteZone, data: &Value) -> String {
    json!({"type": event_type, "timestamp": at.to_text_in(zone), "data": data}).to_string()
}
