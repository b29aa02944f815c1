//! What goes out of a section.

use std::collections::BTreeMap;

use bantin_application::directory::allowed_actions;
use bantin_domain::{
    category::{Category, CategoryId, CategorySummary},
    kind::Kind,
    locale::Locale,
    policy::{Actor, Subject},
    site::WebResource,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Render,
    articles::view::{CategoryStepView, CategorySummaryView, LinksView},
    directory::{TranslatedView, view_translations},
    list::{Fields, Sparse},
};

/// A section as the public reads it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Category)]
pub struct CategoryView {
    /// Its identity, for ever.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Always `category`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The language in which it is answered.
    pub locale: String,
    /// Its address.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// For the head of its page.
    pub description: Option<String>,
    /// The section above.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub parent_id: Option<String>,
    /// Its place among its siblings, smallest first.
    pub order: i64,
    /// The way down to it from the top, itself last.
    pub path: Vec<CategoryStepView>,
    /// The sections right below it, each with its own.
    #[schema(value_type = Vec<CategoryView>, no_recursion)]
    pub children: Vec<Sparse<CategoryView>>,
    /// Where it is found.
    pub links: LinksView,
}

impl CategoryView {
    /// The view of one section among `all`, in `locale`, with everything below it.
    pub fn new(all: &[Category], category: &Category, locale: &Locale, render: &Render) -> Self {
        Self::at_depth(all, category, locale, render, &Fields::default(), 0)
    }

    /// The same with those members of it, and of what is below it, that are wanted.
    pub fn sparse(
        all: &[Category],
        category: &Category,
        locale: &Locale,
        render: &Render,
        fields: &Fields,
    ) -> Sparse<Self> {
        fields.of_one(Self::at_depth(all, category, locale, render, fields, 0))
    }

    fn at_depth(
        all: &[Category],
        category: &Category,
        locale: &Locale,
        render: &Render,
        fields: &Fields,
        depth: usize,
    ) -> Self {
        let content = &category.content;
        let summary = CategorySummary::of(all, category.id, locale);
        Self {
            id: category.id.to_string(),
            kind: "category",
            locale: locale.to_string(),
            slug: content.slug_in(locale).to_string(),
            name: content.name_in(locale).to_owned(),
            description: content.description_in(locale).map(ToString::to_string),
            parent_id: content.parent_id.map(|id| id.to_string()),
            order: content.order,
            path: summary.map(|one| CategorySummaryView::from(one).path).unwrap_or_default(),
            children: Self::tree(all, Some(category.id), locale, render, fields, depth + 1),
            links: render.links(&WebResource {
                kind: Kind::Category,
                id: category.id.uuid(),
                slug: content.slug_in(locale),
                locale,
                category: None,
            }),
        }
    }

    /// The sections at the top, each with everything below it.
    pub fn forest(all: &[Category], locale: &Locale, render: &Render, fields: &Fields) -> Vec<Sparse<Self>> {
        Self::tree(all, None, locale, render, fields, 0)
    }

    /// The sections right below `parent`. No way down is longer than there are sections: rows that ran in
    /// a circle would end here and not exhaust the stack.
    fn tree(
        all: &[Category],
        parent: Option<CategoryId>,
        locale: &Locale,
        render: &Render,
        fields: &Fields,
        depth: usize,
    ) -> Vec<Sparse<Self>> {
        let below = all.iter().filter(|one| one.content.parent_id == parent && depth <= all.len());
        below.map(|one| fields.of_one(Self::at_depth(all, one, locale, render, fields, depth))).collect()
    }
}

/// A section as the desk reads it: what can be written back, and its version.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeskCategory)]
pub struct DeskCategoryView {
    /// Its identity, for ever.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Always `category`.
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
    /// The section above.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub parent_id: Option<String>,
    /// For the head of its page.
    pub description: Option<String>,
    /// Its place among its siblings, smallest first.
    pub order: i64,
    /// Its name in other languages.
    pub translations: BTreeMap<String, TranslatedView>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: String,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: String,
}

impl DeskCategoryView {
    /// The view of a section at the desk.
    pub fn new(category: Category, actor: &Actor, render: &Render) -> Self {
        let content = category.content;
        Self {
            id: category.id.to_string(),
            kind: "category",
            version: category.version,
            allowed_actions: allowed_actions(actor, &Subject::of(Kind::Category)),
            slug: content.slug.to_string(),
            name: content.name.to_string(),
            parent_id: content.parent_id.map(|id| id.to_string()),
            description: content.description.map(|text| text.to_string()),
            order: content.order,
            translations: view_translations(content.translations),
            created_at: render.time(category.created_at),
            updated_at: render.time(category.updated_at),
        }
    }
}
