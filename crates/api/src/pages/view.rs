//! What goes out of a standing page.

use bantin_domain::{
    content::DeskItem,
    kind::Kind,
    media::Media,
    page::{Page, PublishedPage},
    site::WebResource,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Render,
    articles::view::{LinksView, TranslationView},
    body::{BodyFormat, BodyView},
    desk::DeskView,
    media::view::MediaView,
};

/// A standing page as the public reads it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Page)]
pub struct PageView {
    /// Its identity, for ever.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Always `page`.
    #[serde(rename = "type")]
    pub resource: &'static str,
    /// Its language.
    pub locale: String,
    /// Its address.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// In a few sentences, plain text.
    pub summary: Option<String>,
    /// The page above, where it is public.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub parent_id: Option<String>,
    /// Its place among its siblings, smallest first.
    pub order: i64,
    /// Its text; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<BodyView>,
    /// Its picture.
    pub cover: Option<MediaView>,
    /// Files to download.
    pub attachments: Vec<MediaView>,
    /// The date shown.
    #[schema(value_type = String, format = DateTime)]
    pub published_at: String,
    /// When the public last got another text.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: String,
    /// The same page in other languages.
    pub translations: Vec<TranslationView>,
    /// Where it is found.
    pub links: LinksView,
}

impl PageView {
    /// The view of a published page.
    pub fn new(page: PublishedPage, format: BodyFormat, render: &Render) -> Self {
        Self {
            links: render.links(&WebResource {
                kind: Kind::Page,
                id: page.id.uuid(),
                slug: &page.slug,
                locale: &page.locale,
                category: None,
            }),
            id: page.id.to_string(),
            resource: "page",
            locale: page.locale.to_string(),
            slug: page.slug.to_string(),
            title: page.title,
            summary: page.summary,
            parent_id: page.parent_id.map(|id| id.to_string()),
            order: page.order,
            body: page.body.map(|body| BodyView::public(&body, format, &page.body_media, render)),
            cover: page.cover.map(|media| MediaView::new(media, render)),
            attachments: page.attachments.into_iter().map(|media| MediaView::new(media, render)).collect(),
            published_at: render.time(page.published_at),
            updated_at: render.time(page.updated_at),
            translations: page
                .translations
                .into_iter()
                .map(|one| TranslationView::new(one, Kind::Page, None, render))
                .collect(),
        }
    }
}

/// A standing page as the desk reads it: what can be written back, and where it stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeskPage)]
pub struct DeskPageView {
    /// Its identity, state, version and what the caller can do.
    #[serde(flatten)]
    pub desk: DeskView,
    /// Its title.
    pub title: String,
    /// The address that the next publication will have.
    pub slug: String,
    /// In a few sentences, plain text.
    pub summary: Option<String>,
    /// Its text.
    pub body: BodyView,
    /// Its picture.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub cover_id: Option<String>,
    /// Files to download.
    #[schema(value_type = Vec<String>)]
    pub attachment_ids: Vec<String>,
    /// The page above.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub parent_id: Option<String>,
    /// Its place among its siblings, smallest first.
    pub order: i64,
}

impl DeskPageView {
    /// The view of a page at the desk. `media` is what its text shows.
    pub fn new(desk: DeskItem<Page>, media: &[Media], format: BodyFormat, render: &Render) -> Self {
        let page = desk.item.content.clone();
        Self {
            title: page.title.to_string(),
            slug: page.slug.to_string(),
            summary: page.summary.map(|summary| summary.to_string()),
            body: BodyView::desk(&page.body, format, media, render),
            cover_id: page.cover_id.map(|id| id.to_string()),
            attachment_ids: page.attachment_ids.iter().map(ToString::to_string).collect(),
            parent_id: page.parent_id.map(|id| id.to_string()),
            order: page.order,
            desk: DeskView::new("page", &desk, render),
        }
    }
}
