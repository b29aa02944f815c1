//! What goes out of the search.

use bantin_domain::{
    category::CategorySummary,
    locale::Locale,
    named::Named,
    search::{
        Highlight, SynonymList,
        found::{Facet, Facets, FoundItem, FoundWhat, Hit},
    },
    site::WebResource,
    text::Slug,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Render,
    articles::view::{CategorySummaryView, EventSummaryView, LinksView},
};

/// A result of a search.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SearchHit)]
pub struct HitView {
    /// What was found: `article`, `event`, `speech`, `person` or `page`.
    #[serde(rename = "type")]
    #[schema(pattern = "^(article|event|speech|person|page)$")]
    pub kind: String,
    /// What it is worth; only the order among results of one search means anything.
    pub score: f64,
    /// What was found, in short.
    pub item: FoundView,
    /// Where the words stand, the title first.
    pub highlights: Vec<HighlightView>,
}

impl HitView {
    /// The view of a result.
    pub fn new(hit: Hit, render: &Render) -> Self {
        Self {
            kind: hit.item.target.kind.name().to_owned(),
            score: (hit.score * 10_000.0).round() / 10_000.0,
            item: FoundView::new(hit.item, hit.category, render),
            highlights: hit.highlights.into_iter().map(Into::into).collect(),
        }
    }
}

/// A text with what was found in it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SearchHighlight)]
pub struct HighlightView {
    /// Where it stands: `title`, `summary`, `captions`, `people`, `tags`, `citations`, `occasion` or `body`.
    pub field: String,
    /// The text, or a piece of a long one, escaped; `<mark>` is the only element.
    pub html: String,
}

impl From<Highlight> for HighlightView {
    fn from(highlight: Highlight) -> Self {
        Self { field: highlight.field.name().to_owned(), html: highlight.html }
    }
}

/// What was found, in short.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
#[schema(as = SearchItem)]
pub enum FoundView {
    /// A news article.
    Article(FoundArticleView),
    /// An event.
    Event(FoundEventView),
    /// A speech.
    Speech(FoundSpeechView),
    /// Somebody.
    Person(FoundPersonView),
    /// A standing page.
    Page(FoundPageView),
}

/// An article in short.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FoundArticle)]
pub struct FoundArticleView {
    /// Its identity, for ever.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Its language.
    pub locale: String,
    /// Its address.
    pub slug: String,
    /// Headline.
    pub title: String,
    /// The lead, plain text.
    pub summary: Option<String>,
    /// As signed.
    pub byline: Option<String>,
    /// The date shown.
    #[schema(value_type = String, format = DateTime)]
    pub published_at: String,
    /// Its section.
    pub category: Option<CategorySummaryView>,
    /// Where it is found.
    pub links: LinksView,
}

/// An event in short.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FoundEvent)]
pub struct FoundEventView {
    /// Its identity, for ever.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Its language.
    pub locale: String,
    /// Its address.
    pub slug: String,
    /// Its name.
    pub title: String,
    /// What sort of event it is.
    pub kind: String,
    /// How certain it is.
    pub status: String,
    /// Its first local day.
    #[schema(value_type = String, format = Date)]
    pub starts_on: String,
    /// Its last local day.
    #[schema(value_type = String, format = Date)]
    pub ends_on: String,
    /// In a few sentences, plain text.
    pub summary: Option<String>,
    /// Its section.
    pub category: Option<CategorySummaryView>,
    /// Where it is found.
    pub links: LinksView,
}

/// A speech in short.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FoundSpeech)]
pub struct FoundSpeechView {
    /// Its identity, for ever.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Its language.
    pub locale: String,
    /// Its address.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// What sort of speech it is.
    pub kind: String,
    /// The name of who gave it, as introduced that day.
    pub speaker: Option<String>,
    /// In a few sentences, plain text.
    pub summary: Option<String>,
    /// Where it was given.
    pub event: EventSummaryView,
    /// Where it is found.
    pub links: LinksView,
}

/// Somebody in short.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FoundPerson)]
pub struct FoundPersonView {
    /// Their identity, for ever.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Their address.
    pub slug: String,
    /// Their name as it is shown.
    pub name: String,
    /// What stands before the name: `PGS.TS.`.
    pub academic_title: Option<String>,
    /// Where they are found.
    pub links: LinksView,
}

/// A standing page in short.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FoundPage)]
pub struct FoundPageView {
    /// Its identity, for ever.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Its language.
    pub locale: String,
    /// Its address.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// In a few sentences, plain text.
    pub summary: Option<String>,
    /// Where it is found.
    pub links: LinksView,
}

impl FoundView {
    fn new(item: FoundItem, category: Option<CategorySummary>, render: &Render) -> Self {
        let links = links(&item, category.as_ref().map(|category| &category.slug), render);
        let id = item.target.id.to_string();
        let locale = item.locale.as_ref().map(ToString::to_string).unwrap_or_default();
        let (slug, title, summary) = (item.slug.to_string(), item.title, item.summary);
        let category = category.map(Into::into);
        match item.what {
            FoundWhat::Article { byline, published_at } => {
                let published_at = render.time(published_at);
                Self::Article(FoundArticleView {
                    id,
                    locale,
                    slug,
                    title,
                    summary,
                    byline,
                    published_at,
                    category,
                    links,
                })
            }
            FoundWhat::Event { kind, status, starts_on, ends_on } => Self::Event(FoundEventView {
                id,
                locale,
                slug,
                title,
                kind: kind.to_string(),
                status: status.to_string(),
                starts_on: starts_on.to_string(),
                ends_on: ends_on.to_string(),
                summary,
                category,
                links,
            }),
            FoundWhat::Speech { kind, speaker, event } => Self::Speech(FoundSpeechView {
                id,
                locale,
                slug,
                title,
                kind: kind.to_string(),
                speaker,
                summary,
                event: event.into(),
                links,
            }),
            FoundWhat::Person { academic_title } => {
                Self::Person(FoundPersonView { id, slug, name: title, academic_title, links })
            }
            FoundWhat::Page | FoundWhat::Tag => Self::Page(FoundPageView { id, locale, slug, title, summary, links }),
        }
    }
}

fn links(item: &FoundItem, category: Option<&Slug>, render: &Render) -> LinksView {
    let vietnamese = Locale::vietnamese();
    render.links(&WebResource {
        kind: item.target.kind,
        id: item.target.id,
        slug: &item.slug,
        locale: item.locale.as_ref().unwrap_or(&vietnamese),
        category,
    })
}

/// What somebody may be about to type.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Suggestion)]
pub struct SuggestionView {
    /// What it is: `article`, `event`, `speech`, `person`, `page` or `tag`.
    #[serde(rename = "type")]
    #[schema(pattern = "^(article|event|speech|person|page|tag)$")]
    pub kind: String,
    /// Its identity.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Its address.
    pub slug: String,
    /// Its title or name: what to put into the search.
    pub text: String,
    /// Where it is found.
    pub links: LinksView,
}

impl SuggestionView {
    /// The view of a suggestion.
    pub fn new(item: FoundItem, render: &Render) -> Self {
        Self {
            links: links(&item, None, render),
            kind: item.target.kind.name().to_owned(),
            id: item.target.id.to_string(),
            slug: item.slug.to_string(),
            text: item.title,
        }
    }
}

/// How much was found of each sort.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SearchFacets)]
pub struct FacetsView {
    /// By kind.
    #[serde(rename = "type")]
    pub kind: Vec<FacetView>,
    /// By section, what is below it counted too, the fullest first; `value` is the slug.
    pub category: Vec<FacetView>,
    /// By year, the newest first.
    pub year: Vec<FacetView>,
}

/// How much was found of one sort.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SearchFacet)]
pub struct FacetView {
    /// What to filter by.
    pub value: String,
    /// What to call it.
    pub label: String,
    /// How many results, counted over the first 1,000.
    pub count: u64,
}

impl From<Facet> for FacetView {
    fn from(facet: Facet) -> Self {
        Self { value: facet.value, label: facet.label, count: facet.count }
    }
}

impl From<Facets> for FacetsView {
    fn from(facets: Facets) -> Self {
        let view = |facets: Vec<Facet>| facets.into_iter().map(Into::into).collect();
        Self { kind: view(facets.kinds), category: view(facets.categories), year: view(facets.years) }
    }
}

/// The synonyms at the desk: what can be written back.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SynonymList)]
pub struct SynonymListView {
    /// The version, for `If-Match`.
    pub version: i64,
    /// The groups.
    pub items: Vec<SynonymView>,
}

/// Terms that mean the same.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Synonym)]
pub struct SynonymView {
    /// The terms.
    pub terms: Vec<String>,
}

impl From<SynonymList> for SynonymListView {
    fn from(list: SynonymList) -> Self {
        let view = |terms: Vec<bantin_domain::text::Line<100>>| SynonymView {
            terms: terms.iter().map(ToString::to_string).collect(),
        };
        Self { version: list.version, items: list.groups.into_iter().map(|group| view(group.terms)).collect() }
    }
}
