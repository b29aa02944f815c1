//! JSON-LD of schema.org: what articles and events say alike.

use bantin_domain::{
    category::CategorySummary,
    kind::Kind,
    locale::Locale,
    media::Media,
    site::{LocalText, SiteContent, WebResource},
    text::Slug,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::Render;

/// A graph as the text of a script.
///
/// JSON may hold `</script>` and `<!--`, at which a browser would leave the script, and two line ends that are
/// none in old JavaScript. They stand in strings only, so each letter that they begin with is written by its
/// number, and every parser of JSON reads what was meant.
pub(super) fn script(graph: Vec<Value>) -> String {
    let text = json!({"@context": "https://schema.org", "@graph": graph}).to_string();
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => safe.push_str(&format!("\\u{:04x}", u32::from(letter))),
            letter => safe.push(letter),
        }
    }
    safe
}

/// A node of the graph, without the members that have no value.
pub(super) fn node(members: Value) -> Value {
    let Value::Object(members) = members else { return members };
    let says_something = |value: &Value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(all) => !all.is_empty(),
        _ => true,
    };
    Value::Object(members.into_iter().filter(|(_, value)| says_something(value)).collect::<Map<_, _>>())
}

/// The site's name in a language.
pub(super) fn site_name(locale: &Locale, render: &Render) -> String {
    text_of_site(locale, render, |site| &site.name)
}

fn text_of_site(locale: &Locale, render: &Render, text: impl Fn(&SiteContent) -> &LocalText) -> String {
    let site = render.site.as_ref();
    site.map(|site| text(site).in_locale(locale, &site.default_locale).to_owned()).unwrap_or_default()
}

/// Where the site is.
fn home(render: &Render) -> String {
    let web = render.site.as_ref().and_then(|site| site.web_url.as_ref());
    web.map_or_else(|| render.public_url().to_owned(), |url| url.as_str().to_owned())
}

/// What names the agency in a graph.
pub(super) fn agency_reference(render: &Render) -> Value {
    json!({"@id": format!("{}#agency", home(render))})
}

/// The agency whose site it is.
pub(super) fn agency(locale: &Locale, render: &Render) -> Value {
    let contact = render.site.as_ref().map(|site| &site.contact);
    let address = render.site.as_ref().and_then(|site| {
        site.contact.address.as_ref().map(|address| address.in_locale(locale, &site.default_locale).to_owned())
    });
    node(json!({
        "@type": "GovernmentOrganization",
        "@id": format!("{}#agency", home(render)),
        "name": text_of_site(locale, render, |site| &site.agency),
        "url": home(render),
        "address": address,
        "telephone": contact.and_then(|contact| contact.phone.as_ref()).map(ToString::to_string),
        "email": contact.and_then(|contact| contact.email.as_ref()).map(ToString::to_string),
    }))
}

/// The way from the site to the page: its sections, and the page itself.
pub(super) fn breadcrumbs(
    category: Option<&CategorySummary>,
    title: &str,
    canonical: &str,
    locale: &Locale,
    render: &Render,
) -> Value {
    let mut steps = vec![(site_name(locale, render), Some(home(render)))];
    for step in category.iter().flat_map(|category| &category.path) {
        steps.push((step.name.clone(), link(Kind::Category, step.id.uuid(), &step.slug, locale, render)));
    }
    steps.push((title.to_owned(), Some(canonical.to_owned())));
    let item = |(n, (name, address)): (usize, (String, Option<String>))| {
        node(json!({"@type": "ListItem", "position": n + 1, "name": name, "item": address}))
    };
    let items: Vec<Value> = steps.into_iter().filter(|(name, _)| !name.is_empty()).enumerate().map(item).collect();
    json!({"@type": "BreadcrumbList", "itemListElement": items})
}

/// A person by name, with their page where the front end has one.
pub(super) fn person(name: &str, known: Option<(Uuid, &Slug)>, locale: &Locale, render: &Render) -> Value {
    let url = known.and_then(|(id, slug)| link(Kind::Person, id, slug, locale, render));
    node(json!({"@type": "Person", "name": name, "url": url}))
}

/// A page of the front end.
pub(super) fn link(kind: Kind, id: Uuid, slug: &Slug, locale: &Locale, render: &Render) -> Option<String> {
    render.links(&WebResource { kind, id, slug, locale, category: None }).web
}

/// A picture.
pub(super) fn image(media: Option<&Media>, render: &Render) -> Option<Value> {
    media.map(|media| {
        node(json!({
            "@type": "ImageObject",
            "url": render.media_url(media.id),
            "width": media.width,
            "height": media.height,
            "caption": media.texts.caption.as_ref().map(ToString::to_string),
            "creditText": media.texts.credit.as_ref().map(ToString::to_string),
        }))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_in_a_script_ends_it_or_begins_markup() {
        let text = script(vec![json!({"name": "</script><!-- & \u{2028}\u{2029} \"x\" \\u003c"})]);
        assert!(!text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{text}");
        assert!(text.contains("\\u003c/script\\u003e\\u003c!--"), "{text}");
    }

    #[test]
    fn what_has_no_value_is_not_said() {
        assert_eq!(node(json!({"a": null, "b": "", "c": [], "d": 0, "e": "x"})), json!({"d": 0, "e": "x"}));
    }

    proptest! {
        #[test]
        fn a_script_says_what_was_meant(text in any::<String>()) {
            let written = script(vec![json!({"name": text})]);
            let read: Value = serde_json::from_str(&written).unwrap();
            prop_assert_eq!(&read["@graph"][0]["name"], &json!(text));
        }
    }
}
