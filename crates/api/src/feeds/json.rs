//! JSON Feed 1.1.

use serde::Serialize;

use super::{
    entry::{Enclosure, Entry, Feed},
    text::urn,
};
use crate::problem::Problem;

/// The document of a feed.
///
/// # Errors
/// A fault of ours.
pub fn write(feed: &Feed) -> Result<String, Problem> {
    let document = Document {
        version: "https://jsonfeed.org/version/1.1",
        title: &feed.title,
        home_page_url: &feed.home,
        feed_url: &feed.itself,
        description: Some(feed.description.as_str()).filter(|text| !text.is_empty()),
        next_url: feed.next.as_deref(),
        authors: vec![Author { name: &feed.publisher }],
        language: feed.language.to_string(),
        items: feed.entries.iter().map(|entry| item(entry, feed)).collect(),
    };
    serde_json::to_string(&document).map_err(|_| Problem::internal("a feed could not be written as JSON"))
}

#[derive(Serialize)]
struct Document<'f> {
    version: &'static str,
    title: &'f str,
    home_page_url: &'f str,
    feed_url: &'f str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'f str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_url: Option<&'f str>,
    authors: Vec<Author<'f>>,
    language: String,
    items: Vec<Item<'f>>,
}

#[derive(Serialize)]
struct Author<'f> {
    name: &'f str,
}

/// An entry. It must have a content, so one without its text has what it has of one.
#[derive(Serialize)]
struct Item<'f> {
    id: String,
    url: &'f str,
    title: &'f str,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_html: Option<&'f str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_text: Option<&'f str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<&'f str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'f str>,
    date_published: String,
    date_modified: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<Author<'f>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    tags: &'f [String],
    language: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment<'f>>,
}

#[derive(Serialize)]
struct Attachment<'f> {
    url: &'f str,
    mime_type: &'static str,
    title: &'f str,
    size_in_bytes: i64,
}

fn item<'f>(entry: &'f Entry, feed: &Feed) -> Item<'f> {
    let text = entry.summary.as_deref().unwrap_or(&entry.title);
    Item {
        id: urn(entry.id.uuid()),
        url: &entry.url,
        title: &entry.title,
        content_html: entry.content.as_deref(),
        content_text: entry.content.is_none().then_some(text),
        summary: entry.summary.as_deref(),
        image: entry.picture.as_ref().map(|picture| picture.url.as_str()),
        date_published: feed.time(entry.published),
        date_modified: feed.time(entry.updated),
        authors: entry.authors.iter().map(|name| Author { name }).collect(),
        tags: &entry.topics,
        language: entry.language.to_string(),
        attachments: entry.attachments.iter().map(attachment).collect(),
    }
}

fn attachment(one: &Enclosure) -> Attachment<'_> {
    Attachment { url: &one.url, mime_type: one.media_type, title: &one.name, size_in_bytes: one.bytes }
}
