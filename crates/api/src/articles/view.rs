//! What goes out of an article.

use bantin_application::Details;
use bantin_domain::{
    article::{Article, Citation, PublishedArticle},
    category::CategorySummary,
    content::{Correction, DeskItem, Translation},
    event::EventSummary,
    kind::Kind,
    media::Media,
    person::PersonSummary,
    site::WebResource,
    tag::TagSummary,
    text::Slug,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::linked;
pub use super::linked::{
    LinkedCategoryView, LinkedEventView, LinkedPersonView, LinkedTranslationView, ReportedEventView,
    TranslationDetailView,
};
use crate::{
    Render,
    body::{BodyFormat, BodyView},
    desk::DeskView,
    head::HeadView,
    media::view::MediaView,
};

/// An article as the public reads it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Article)]
pub struct ArticleView {
    /// Its identity, for ever.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Always `article`.
    #[serde(rename = "type")]
    pub kind: &'static str,
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
    /// Authors whom the directory knows.
    pub authors: Vec<LinkedPersonView>,
    /// The date shown.
    #[schema(value_type = String, format = DateTime)]
    pub published_at: String,
    /// When the public last got another text.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: String,
    /// When it was last corrected.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub corrected_at: Option<String>,
    /// What was corrected, oldest first.
    pub corrections: Vec<CorrectionView>,
    /// Its section.
    pub category: Option<LinkedCategoryView>,
    /// Its tags.
    pub tags: Vec<TagSummaryView>,
    /// Its picture.
    pub cover: Option<MediaView>,
    /// Its text; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<BodyView>,
    /// The events it reports.
    pub events: Vec<ReportedEventView>,
    /// Files to download.
    pub attachments: Vec<MediaView>,
    /// Decisions and papers it cites.
    pub citations: Vec<CitationView>,
    /// The same text in other languages.
    pub translations: Vec<LinkedTranslationView>,
    /// Where it is found.
    pub links: LinksView,
    /// What its page says in its head; with `include=head` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<HeadView>,
    /// The articles nearest to it; with `include=related` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    pub related: Option<Vec<ArticleView>>,
}

impl ArticleView {
    /// The view of a published article.
    pub fn new(article: PublishedArticle, format: BodyFormat, render: &Render) -> Self {
        Self::with(article, &Details::default(), format, render)
    }

    /// The view of a published article, with the details that are there of what it refers to.
    pub fn with(article: PublishedArticle, details: &Details, format: BodyFormat, render: &Render) -> Self {
        let near = details.related.get(&article.id.uuid());
        Self {
            head: None,
            related: near.map(|near| near.iter().map(|one| Self::new(one.clone(), format, render)).collect()),
            links: render.links(&WebResource::from(&article)),
            id: article.id.to_string(),
            kind: "article",
            locale: article.locale.to_string(),
            slug: article.slug.to_string(),
            title: article.title,
            summary: article.summary,
            byline: article.byline,
            authors: article.authors.into_iter().map(|author| linked::person(author, details, render)).collect(),
            published_at: render.time(article.published_at),
            updated_at: render.time(article.updated_at),
            corrected_at: article.corrected_at.map(|at| render.time(at)),
            corrections: article.corrections.into_iter().map(|one| CorrectionView::new(one, render)).collect(),
            category: article.category.clone().map(|one| linked::section(one, &article.locale, details, render)),
            tags: article.tags.into_iter().map(Into::into).collect(),
            body: article.body.map(|body| BodyView::public(&body, format, &article.body_media, render)),
            cover: article.cover.map(|media| MediaView::new(media, render)),
            events: article.events.into_iter().map(|one| ReportedEventView::new(one, details, render)).collect(),
            attachments: article.attachments.into_iter().map(|media| MediaView::new(media, render)).collect(),
            citations: article.citations.into_iter().map(Into::into).collect(),
            translations: {
                let category = article.category.as_ref().map(|category| &category.slug);
                article
                    .translations
                    .into_iter()
                    .map(|one| linked::translation(one, category, details, render))
                    .collect()
            },
        }
    }
}

/// A person as something shows them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PersonSummary)]
pub struct PersonSummaryView {
    /// Their identity.
    #[schema(value_type = String, format = Uuid)]
    pub person_id: String,
    /// Their address.
    pub slug: String,
    /// Their name.
    pub name: String,
}

impl From<PersonSummary> for PersonSummaryView {
    fn from(person: PersonSummary) -> Self {
        Self { person_id: person.id.to_string(), slug: person.slug.to_string(), name: person.name }
    }
}

/// A section as something shows it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CategorySummary)]
pub struct CategorySummaryView {
    /// Its identity.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Its address.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The way down to it from the top, itself last.
    pub path: Vec<CategoryStepView>,
}

/// One step of the way down to a section.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CategoryStep)]
pub struct CategoryStepView {
    /// Its address.
    pub slug: String,
    /// Its name.
    pub name: String,
}

impl From<CategorySummary> for CategorySummaryView {
    fn from(category: CategorySummary) -> Self {
        let step = |step: bantin_domain::category::CategoryStep| CategoryStepView {
            slug: step.slug.to_string(),
            name: step.name,
        };
        Self {
            id: category.id.to_string(),
            slug: category.slug.to_string(),
            name: category.name,
            path: category.path.into_iter().map(step).collect(),
        }
    }
}

/// A tag as something shows it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TagSummary)]
pub struct TagSummaryView {
    /// Its address.
    pub slug: String,
    /// Its name.
    pub name: String,
}

impl From<TagSummary> for TagSummaryView {
    fn from(tag: TagSummary) -> Self {
        Self { slug: tag.slug.to_string(), name: tag.name }
    }
}

/// An event as something shows it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EventSummary)]
pub struct EventSummaryView {
    /// Its identity.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Its address.
    pub slug: String,
    /// Its name.
    pub title: String,
    /// Its first local day.
    #[schema(value_type = String, format = Date)]
    pub starts_on: String,
}

impl From<EventSummary> for EventSummaryView {
    fn from(event: EventSummary) -> Self {
        Self {
            id: event.id.to_string(),
            slug: event.slug.to_string(),
            title: event.title,
            starts_on: event.starts_on.to_string(),
        }
    }
}

/// A document that is cited.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Citation)]
pub struct CitationView {
    /// As written: `71/2019/QĐ-UBND`.
    pub number: String,
    /// Its title.
    pub title: Option<String>,
    /// Where it can be read.
    pub url: Option<String>,
}

impl From<Citation> for CitationView {
    fn from(citation: Citation) -> Self {
        Self {
            number: citation.number.to_string(),
            title: citation.title.map(|title| title.to_string()),
            url: citation.url.map(|url| url.as_str().to_owned()),
        }
    }
}

/// A correction that the public was told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Correction)]
pub struct CorrectionView {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: String,
    /// In the editor's words.
    pub text: String,
}

impl CorrectionView {
    /// The view of a correction.
    pub fn new(correction: Correction, render: &Render) -> Self {
        Self { at: render.time(correction.at), text: correction.text.to_string() }
    }
}

/// The same text in another language.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Translation)]
pub struct TranslationView {
    /// Its identity.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Its language.
    pub locale: String,
    /// Its address.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// Where it is found.
    pub links: LinksView,
}

impl TranslationView {
    /// The view of a translation of something of `kind` that stands in the section `category`.
    pub fn new(translation: Translation, kind: Kind, category: Option<&Slug>, render: &Render) -> Self {
        Self {
            links: render.links(&WebResource {
                kind,
                id: translation.id,
                slug: &translation.slug,
                locale: &translation.locale,
                category,
            }),
            id: translation.id.to_string(),
            locale: translation.locale.to_string(),
            slug: translation.slug.to_string(),
            title: translation.title,
        }
    }
}

/// Where a resource is found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Links)]
pub struct LinksView {
    /// In this API.
    #[serde(rename = "self")]
    pub itself: String,
    /// On the front end; `null` until the site says where that is.
    pub web: Option<String>,
}

/// An article as the desk reads it: what can be written back, and where it stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeskArticle)]
pub struct DeskArticleView {
    /// Its identity, state, version and what the caller can do.
    #[serde(flatten)]
    pub desk: DeskView,
    /// Headline.
    pub title: String,
    /// The address that the next publication will have.
    pub slug: String,
    /// The lead, plain text.
    pub summary: Option<String>,
    /// The text.
    pub body: BodyView,
    /// As signed.
    pub byline: Option<String>,
    /// People of the directory who wrote it.
    #[schema(value_type = Vec<String>)]
    pub author_ids: Vec<String>,
    /// Its section.
    #[schema(value_type = String, format = Uuid)]
    pub category_id: String,
    /// The names of its tags.
    pub tags: Vec<String>,
    /// Its picture.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub cover_id: Option<String>,
    /// The events it reports.
    #[schema(value_type = Vec<String>)]
    pub event_ids: Vec<String>,
    /// Files to download.
    #[schema(value_type = Vec<String>)]
    pub attachment_ids: Vec<String>,
    /// What it cites.
    pub citations: Vec<CitationView>,
    /// A past date to show instead of that of publishing.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub published_at: Option<String>,
    /// Until when it stands on the front page.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub featured_until: Option<String>,
}

impl DeskArticleView {
    /// The view of an article at the desk. `tags` are the names of its tags, `media` what its text shows.
    pub fn new(
        desk: DeskItem<Article>,
        tags: Vec<String>,
        media: &[Media],
        format: BodyFormat,
        render: &Render,
    ) -> Self {
        let article = desk.item.content.clone();
        Self {
            title: article.title.to_string(),
            slug: article.slug.to_string(),
            summary: article.summary.map(|summary| summary.to_string()),
            body: BodyView::desk(&article.body, format, media, render),
            byline: article.byline.map(|byline| byline.to_string()),
            author_ids: article.author_ids.iter().map(ToString::to_string).collect(),
            category_id: article.category_id.to_string(),
            tags,
            cover_id: article.cover_id.map(|id| id.to_string()),
            event_ids: article.event_ids.iter().map(ToString::to_string).collect(),
            attachment_ids: article.attachment_ids.iter().map(ToString::to_string).collect(),
            citations: article.citations.into_iter().map(Into::into).collect(),
            published_at: article.published_at.map(|at| render.time(at)),
            featured_until: article.featured_until.map(|at| render.time(at)),
            desk: DeskView::new("article", &desk, render),
        }
    }
}
