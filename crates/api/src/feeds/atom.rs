//! Atom (RFC 4287), with archives (RFC 5005) and tombstones (RFC 6721).
//!
//! The crate `atom_syndication` writes it. It escapes texts, and attributes of its own elements; those of
//! extensions it writes as they are, so there stands nothing but ids and dates. It cannot say the language of
//! an entry: each text of another language than the feed's says its own.

use std::collections::BTreeMap;

use atom_syndication::{
    self as written, Category, Content, FixedDateTime, Generator, Link, Person, Text,
    extension::{Extension, ExtensionMap},
};
use bantin_domain::{locale::Locale, time::Timestamp};

use super::{
    entry::{Enclosure, Entry, Feed},
    text::{urn, without_forbidden},
};
use crate::problem::Problem;

/// The media type.
pub const MEDIA_TYPE: &str = "application/atom+xml";
const HISTORY: (&str, &str) = ("fh", "http://purl.org/syndication/history/1.0");
const TOMBSTONES: (&str, &str) = ("at", "http://purl.org/atompub/tombstones/1.0");

/// The document of a feed.
///
/// # Errors
/// A fault of ours: a time that is none.
pub fn write(feed: &Feed) -> Result<String, Problem> {
    let mut namespaces = BTreeMap::new();
    let mut extensions = ExtensionMap::new();
    let mut extend = |(prefix, uri): (&str, &str), name: &str, elements: Vec<Extension>| {
        if !elements.is_empty() {
            namespaces.insert(prefix.to_owned(), uri.to_owned());
            extensions.insert(prefix.to_owned(), BTreeMap::from([(name.to_owned(), elements)]));
        }
    };
    let is_archive = feed.archive.as_ref().is_some_and(|archive| archive.current.is_some());
    extend(HISTORY, "archive", is_archive.then(|| element("fh:archive", &[])).into_iter().collect());
    extend(TOMBSTONES, "deleted-entry", tombstones(feed));
    let document = written::Feed {
        title: Text::plain(feed.title.clone()),
        subtitle: (!feed.description.is_empty()).then(|| Text::plain(feed.description.clone())),
        id: urn(feed.id),
        updated: time(feed, feed.updated())?,
        authors: vec![person(&feed.publisher)],
        generator: Some(Generator { value: "Bantin".to_owned(), uri: None, version: None }),
        links: links(feed),
        lang: Some(feed.language.to_string()),
        entries: feed.entries.iter().map(|one| entry(one, feed)).collect::<Result<_, Problem>>()?,
        extensions,
        namespaces,
        ..written::Feed::default()
    };
    Ok(without_forbidden(&document.to_string()))
}

fn links(feed: &Feed) -> Vec<Link> {
    let to = |relation: &str, address: &str| Link {
        rel: relation.to_owned(),
        href: address.to_owned(),
        mime_type: Some(MEDIA_TYPE.to_owned()),
        ..Link::default()
    };
    let home = Link { mime_type: Some("text/html".to_owned()), ..to("alternate", &feed.home) };
    let mut links = vec![to("self", &feed.itself), home];
    links.extend(feed.next.iter().map(|next| to("next", next)));
    if let Some(archive) = &feed.archive {
        let others =
            [("current", &archive.current), ("prev-archive", &archive.previous), ("next-archive", &archive.next)];
        links.extend(others.into_iter().filter_map(|(relation, address)| Some(to(relation, address.as_deref()?))));
    }
    links
}

fn entry(entry: &Entry, feed: &Feed) -> Result<written::Entry, Problem> {
    let language = language(&entry.language, feed);
    let text = |value: &str| Text { lang: language.clone(), ..Text::plain(value.to_owned()) };
    let reading = Link {
        rel: "alternate".to_owned(),
        href: entry.url.clone(),
        hreflang: Some(entry.language.to_string()),
        mime_type: Some("text/html".to_owned()),
        ..Link::default()
    };
    let enclosures = entry.picture.iter().chain(&entry.attachments).map(enclosure);
    let topic = |name: &String| Category { term: name.clone(), scheme: None, label: None };
    Ok(written::Entry {
        title: text(&entry.title),
        id: urn(entry.id.uuid()),
        updated: time(feed, entry.updated)?,
        published: Some(time(feed, entry.published)?),
        authors: entry.authors.iter().map(|name| person(name)).collect(),
        categories: entry.topics.iter().map(topic).collect(),
        links: std::iter::once(reading).chain(enclosures).collect(),
        summary: entry.summary.as_deref().map(text),
        content: entry.content.as_ref().map(|html| Content {
            lang: language.clone(),
            value: Some(html.clone()),
            content_type: Some("html".to_owned()),
            ..Content::default()
        }),
        ..written::Entry::default()
    })
}

fn enclosure(one: &Enclosure) -> Link {
    Link {
        rel: "enclosure".to_owned(),
        href: one.url.clone(),
        mime_type: Some(one.media_type.to_owned()),
        length: Some(one.bytes.to_string()),
        title: Some(one.alt.clone().unwrap_or_else(|| one.name.clone())),
        ..Link::default()
    }
}

fn tombstones(feed: &Feed) -> Vec<Extension> {
    let tombstone = |id, at| element("at:deleted-entry", &[("ref", urn(id)), ("when", feed.time(at))]);
    feed.withdrawn.iter().map(|one| tombstone(one.id.uuid(), one.at)).collect()
}

/// An element of an extension. Its values stand in the document as they are.
fn element(name: &str, attributes: &[(&str, String)]) -> Extension {
    Extension {
        name: name.to_owned(),
        attrs: attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        ..Extension::default()
    }
}

fn person(name: &str) -> Person {
    Person { name: name.to_owned(), ..Person::default() }
}

fn language(locale: &Locale, feed: &Feed) -> Option<String> {
    (*locale != feed.language).then(|| locale.to_string())
}

fn time(feed: &Feed, at: Timestamp) -> Result<FixedDateTime, Problem> {
    feed.time(at).parse().map_err(|_| Problem::internal("a time cannot be written into a feed"))
}
