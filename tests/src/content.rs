//! Builders: content with the least that its kind needs, for tests that are about something else.

use serde_json::{Value, json};

use crate::client::{Answer, Client};

/// The section that tests put their articles in, made when it is not there.
pub fn category(client: &Client, name: &str) -> String {
    client.post("/api/v1/editorial/categories", &json!({"name": name})).expect(201).id()
}

/// A draft article in a section.
pub fn article(client: &Client, category: &str, title: &str) -> Answer {
    let body = json!({"format": "html", "value": format!("<p>{title}, nội dung.</p>")});
    client.post("/api/v1/editorial/articles", &json!({"title": title, "categoryId": category, "body": body})).expect(201)
}

/// Publishes what was just made or read.
pub fn publish(client: &Client, collection: &str, item: &Answer) -> Answer {
    publish_with(client, collection, item, &json!({}))
}

/// Publishes with a body for the action.
pub fn publish_with(client: &Client, collection: &str, item: &Answer, action: &Value) -> Answer {
    client.post_at(&format!("/api/v1/editorial/{collection}/{}/actions/publish", item.id()), &item.etag(), action).expect(200)
}
