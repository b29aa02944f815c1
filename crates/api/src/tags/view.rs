//! What goes out of a tag.

use std::collections::BTreeMap;

use bantin_application::directory::allowed_actions;
use bantin_domain::{
    kind::Kind,
    locale::Locale,
    policy::{Actor, Subject},
    site::WebResource,
    tag::Tag,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Render,
    articles::view::LinksView,
    directory::{TranslatedView, view_translations},
};

/// A tag as the public reads it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tag)]
pub struct TagView {
    /// Its identity, for ever.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Always `tag`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The language in which it is answered.
    pub locale: String,
    /// Its address.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Where it is found.
    pub links: LinksView,
}

impl TagView {
    /// The view of a tag in `locale`.
    pub fn new(tag: &Tag, locale: &Locale, render: &Render) -> Self {
        Self {
            id: tag.id.to_string(),
            kind: "tag",
            locale: locale.to_string(),
            slug: tag.content.slug_in(locale).to_string(),
            name: tag.content.name_in(locale).to_owned(),
            links: render.links(&WebResource {
                kind: Kind::Tag,
                id: tag.id.uuid(),
                slug: tag.content.slug_in(locale),
                locale,
                category: None,
            }),
        }
    }
}

/// A tag as the desk reads it: what can be written back, and its version.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeskTag)]
pub struct DeskTagView {
    /// Its identity, for ever.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Always `tag`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The version, for `If-Match`.
    pub version: i64,
    /// What the caller can do: `edit`, `delete`.
    pub allowed_actions: Vec<&'static str>,
    /// Its address.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its name in other languages.
    pub translations: BTreeMap<String, TranslatedView>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: String,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: String,
}

impl DeskTagView {
    /// The view of a tag at the desk.
    pub fn new(tag: Tag, actor: &Actor, render: &Render) -> Self {
        Self {
            id: tag.id.to_string(),
            kind: "tag",
            version: tag.version,
            allowed_actions: allowed_actions(actor, &Subject::of(Kind::Tag)),
            slug: tag.content.slug.to_string(),
            name: tag.content.name.to_string(),
            translations: view_translations(tag.content.translations),
            created_at: render.time(tag.created_at),
            updated_at: render.time(tag.updated_at),
        }
    }
}
