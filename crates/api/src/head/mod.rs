//! What a page of the front end says of itself in its `<head>`: to search engines, and to whatever shows a link
//! to it.
//!
//! `include=head` gives it ready to be pasted: a front end needs to know neither schema.org nor OpenGraph, and
//! all front ends of a site say the same. `article` and `event` say what there is to say of each; `graph` holds
//! what both say of the site, of people and of places.

mod article;
mod event;
mod graph;

use bantin_domain::{
    content::Translation, kind::Kind, locale::Locale, media::Media, named::Named, site::WebResource, text::Slug,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

pub use self::{article::of_article, event::of_event};
use crate::Render;

/// What a page says of itself in its head.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Head)]
pub struct HeadView {
    /// The text of `<title>`: the title and the site's name.
    pub title: String,
    /// The description, plain text.
    pub description: Option<String>,
    /// The one address of the page.
    pub canonical: String,
    /// The page in each language, its own among them; empty where there is but one.
    pub alternates: Vec<AlternateView>,
    /// OpenGraph: a `<meta>` for each, in this order.
    pub open_graph: Vec<PropertyView>,
    /// JSON-LD of schema.org, as the text of a script of the type `application/ld+json`: nothing in it can end the
    /// script or begin markup.
    pub json_ld: String,
}

/// The same page in a language.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HeadAlternate)]
pub struct AlternateView {
    /// The language.
    pub hreflang: String,
    /// The address.
    pub href: String,
}

/// One `<meta property=… content=…>`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HeadProperty)]
pub struct PropertyView {
    /// Its name: `og:title`.
    pub property: String,
    /// Its value, plain text.
    pub content: String,
}

/// What is said of whatever it is that the page shows.
struct Subject<'a> {
    kind: Kind,
    /// The `og:type`.
    sort: &'static str,
    title: &'a str,
    summary: Option<&'a str>,
    locale: &'a Locale,
    canonical: String,
    category: Option<&'a Slug>,
    cover: Option<&'a Media>,
    translations: &'a [Translation],
    /// The properties that this sort has of its own.
    others: Vec<(&'static str, String)>,
    graph: Vec<Value>,
}

impl Subject<'_> {
    fn head(self, render: &Render) -> HeadView {
        let site = graph::site_name(self.locale, render);
        let alternates = self.alternates(render);
        let mut properties = vec![
            ("og:type", self.sort.to_owned()),
            ("og:title", self.title.to_owned()),
            ("og:url", self.canonical.clone()),
            ("og:site_name", site.clone()),
            ("og:locale", territory(self.locale)),
        ];
        properties.extend(self.translations.iter().map(|one| ("og:locale:alternate", territory(&one.locale))));
        properties.extend(self.summary.map(|summary| ("og:description", summary.to_owned())));
        properties.extend(self.cover.into_iter().flat_map(|cover| picture(cover, render)));
        properties.extend(self.others);
        let shown = |(property, content): (&str, String)| PropertyView { property: property.to_owned(), content };
        HeadView {
            title: if site.is_empty() { self.title.to_owned() } else { format!("{} – {site}", self.title) },
            description: self.summary.map(ToOwned::to_owned),
            canonical: self.canonical,
            alternates,
            open_graph: properties.into_iter().filter(|(_, content)| !content.is_empty()).map(shown).collect(),
            json_ld: graph::script(self.graph),
        }
    }

    fn alternates(&self, render: &Render) -> Vec<AlternateView> {
        let mut all: Vec<AlternateView> = self
            .translations
            .iter()
            .map(|one| AlternateView {
                hreflang: one.locale.to_string(),
                href: address(
                    &WebResource {
                        kind: self.kind,
                        id: one.id,
                        slug: &one.slug,
                        locale: &one.locale,
                        category: self.category,
                    },
                    render,
                ),
            })
            .collect();
        if !all.is_empty() {
            all.push(AlternateView { hreflang: self.locale.to_string(), href: self.canonical.clone() });
            all.sort_unstable_by(|one, other| one.hreflang.cmp(&other.hreflang));
        }
        all
    }
}

/// Where people read something: on the front end, and until the site says where that is, an article on its page
/// to print and all else in this API.
fn address(resource: &WebResource<'_>, render: &Render) -> String {
    let links = render.links(resource);
    links.web.unwrap_or_else(|| match resource.kind {
        Kind::Article => format!("{}/print", links.itself),
        _ => links.itself,
    })
}

fn picture(cover: &Media, render: &Render) -> Vec<(&'static str, String)> {
    let mut all = vec![("og:image", render.media_url(cover.id)), ("og:image:type", cover.format.name().to_owned())];
    if let (Some(width), Some(height)) = (cover.width, cover.height) {
        all.extend([("og:image:width", width.to_string()), ("og:image:height", height.to_string())]);
    }
    all.extend(cover.texts.alt.as_ref().map(|alt| ("og:image:alt", alt.to_string())));
    all
}

/// A language as OpenGraph has it, with a territory.
fn territory(locale: &Locale) -> String {
    match locale.as_str() {
        "vi" => "vi_VN".to_owned(),
        "en" => "en_US".to_owned(),
        other => other.replace('-', "_"),
    }
}
