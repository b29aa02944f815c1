//! RSS 2.0.
//!
//! The crate `rss` writes it, and escapes what needs it. What it leaves to us: it writes descriptions as they
//! are, though readers take them for HTML, and it knows no `media:` elements and, without more dependencies,
//! no `atom:` ones.

use std::collections::BTreeMap;

use rss::{
    Category, Channel, Guid, Item,
    extension::{Extension, ExtensionMap, dublincore::DublinCoreExtension},
};

use super::{
    entry::{Enclosure, Entry, Feed},
    text::{as_html, rfc822, urn, without_forbidden},
};

/// Namespaces beside those that the crate declares by itself where they are used.
const NAMESPACES: [(&str, &str); 2] =
    [("atom", "http://www.w3.org/2005/Atom"), ("media", "http://search.yahoo.com/mrss/")];

/// The document of a feed.
pub fn write(feed: &Feed) -> String {
    let channel = Channel {
        title: feed.title.clone(),
        link: feed.home.clone(),
        description: feed.description.clone(),
        language: Some(feed.language.to_string()),
        generator: Some("Bantin".to_owned()),
        last_build_date: (!feed.entries.is_empty()).then(|| rfc822(feed.updated(), &feed.zone)),
        items: feed.entries.iter().map(|entry| item(entry, feed)).collect(),
        extensions: ExtensionMap::from([("atom".to_owned(), BTreeMap::from([("link".to_owned(), links(feed))]))]),
        namespaces: NAMESPACES.map(|(prefix, uri)| (prefix.to_owned(), uri.to_owned())).into(),
        ..Channel::default()
    };
    without_forbidden(&channel.to_string())
}

fn links(feed: &Feed) -> Vec<Extension> {
    let link = |relation: &str, address: &str| {
        let attributes = [("rel", relation), ("type", "application/rss+xml"), ("href", address)];
        element("atom:link", attributes.map(|(name, value)| (name, value.to_owned())).into(), None)
    };
    let next = feed.next.iter().map(|next| link("next", next));
    std::iter::once(link("self", &feed.itself)).chain(next).collect()
}

fn item(entry: &Entry, feed: &Feed) -> Item {
    let media: Vec<Extension> = entry.picture.iter().chain(&entry.attachments).map(media).collect();
    let media = (!media.is_empty()).then(|| ("media".to_owned(), BTreeMap::from([("content".to_owned(), media)])));
    Item {
        title: Some(entry.title.clone()),
        link: Some(entry.url.clone()),
        description: entry.summary.as_deref().map(as_html),
        guid: Some(Guid { value: urn(entry.id.uuid()), permalink: false }),
        pub_date: Some(rfc822(entry.published, &feed.zone)),
        categories: entry.topics.iter().map(|name| Category { name: name.clone(), domain: None }).collect(),
        content: entry.content.clone(),
        dublin_core_ext: (!entry.authors.is_empty())
            .then(|| DublinCoreExtension { creators: entry.authors.clone(), ..DublinCoreExtension::default() }),
        extensions: media.into_iter().collect(),
        ..Item::default()
    }
}

fn media(one: &Enclosure) -> Extension {
    let is_picture = one.media_type.starts_with("image/");
    let mut attributes = vec![
        ("url", one.url.clone()),
        ("type", one.media_type.to_owned()),
        ("medium", if is_picture { "image" } else { "document" }.to_owned()),
        ("fileSize", one.bytes.to_string()),
    ];
    if let Some((width, height)) = one.size {
        attributes.extend([("width", width.to_string()), ("height", height.to_string())]);
    }
    let description =
        one.alt.as_ref().map(|alt| element("media:description", vec![("type", "plain".to_owned())], Some(alt.clone())));
    let mut content = element("media:content", attributes, None);
    content.children.extend(description.map(|one| ("description".to_owned(), vec![one])));
    content
}

fn element(name: &str, attributes: Vec<(&str, String)>, value: Option<String>) -> Extension {
    Extension {
        name: name.to_owned(),
        value,
        attrs: attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        children: BTreeMap::new(),
    }
}
