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
    client
        .post("/api/v1/editorial/articles", &json!({"title": title, "categoryId": category, "body": body}))
        .expect(201)
}

/// Publishes what was just made or read.
pub fn publish(client: &Client, collection: &str, item: &Answer) -> Answer {
    publish_with(client, collection, item, &json!({}))
}

/// Publishes with a body for the action.
pub fn publish_with(client: &Client, collection: &str, item: &Answer, action: &Value) -> Answer {
    client
        .post_at(&format!("/api/v1/editorial/{collection}/{}/actions/publish", item.id()), &item.etag(), action)
        .expect(200)
}

/// A whole PNG of one pixel.
pub fn png() -> Vec<u8> {
    let chunks: [&[u8]; 4] = [
        b"\x89PNG\r\n\x1a\n",
        b"\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89",
        b"\0\0\0\x0dIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\0\x05\0\x01\xff\x56\xc7\x2f\x0d",
        b"\0\0\0\0IEND\xaeB`\x82",
    ];
    chunks.concat()
}

/// A picture on the desk, with its texts.
pub fn picture(client: &Client, alt: &str, caption: &str) -> Answer {
    let mut form = Vec::new();
    for (name, value) in [("alt", alt), ("caption", caption)] {
        form.extend(format!("--X\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes());
    }
    form.extend(b"--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"hoi-nghi.png\"\r\nContent-Type: image/png\r\n\r\n");
    form.extend(png());
    form.extend(b"\r\n--X--\r\n");
    let headers = [("content-type", "multipart/form-data; boundary=X")];
    client.send("POST", "/api/v1/editorial/media", &headers, Some(&form)).expect(201)
}

/// Something made at the desk.
pub fn made(client: &Client, collection: &str, write: &Value) -> Answer {
    client.post(&format!("/api/v1/editorial/{collection}"), write).expect(201)
}

/// A draft event on one day.
pub fn event(client: &Client, title: &str) -> Answer {
    made(client, "events", &json!({"title": title, "kind": "conference", "startsOn": "2023-02-28"}))
}

/// An id that nothing has.
pub const NOBODY: &str = "01900000-0000-7000-8000-00000000dead";

/// A path of the document with something in its placeholders.
pub fn path_with(template: &str, value: &str) -> String {
    let fixed = [
        ("{collection}", "articles"),
        ("{action}", "publish"),
        ("{name}", "author"),
        ("{format}", "rss"),
        ("{sitemap}", "articles-2023-03"),
    ];
    let path = fixed.iter().fold(template.to_owned(), |path, (name, value)| path.replace(name, value));
    let ids = ["{id}", "{ref}", "{attendeeId}", "{linkId}", "{deliveryId}", "{token}"];
    let path = ids.iter().fold(path, |path, name| path.replace(name, value));
    ["{n}", "{a}", "{b}"].iter().fold(path, |path, name| path.replace(name, "1"))
}
