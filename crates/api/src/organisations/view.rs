//! What goes out of an organisation.

use bantin_application::directory::allowed_actions;
use bantin_domain::{
    kind::Kind,
    locale::Locale,
    organisation::{Organisation, OrganisationSummary, PublishedOrganisation},
    policy::{Actor, Subject},
    site::WebResource,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Render, articles::view::LinksView};

/// An organisation as the public reads it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Organisation)]
pub struct OrganisationView {
    /// Its identity, for ever.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Always `organisation`.
    #[serde(rename = "type")]
    pub kind_name: &'static str,
    /// Its address.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its abbreviation.
    pub short_name: Option<String>,
    /// The one above, where that is public.
    pub parent: Option<ParentView>,
    /// What it is, in the editor's words.
    pub kind: Option<String>,
    /// Its own site.
    pub url: Option<String>,
    /// Where it is found.
    pub links: LinksView,
}

impl OrganisationView {
    /// The view of a public organisation.
    pub fn new(published: PublishedOrganisation, render: &Render) -> Self {
        let content = published.organisation.content;
        Self {
            id: published.organisation.id.to_string(),
            kind_name: "organisation",
            links: render.links(&WebResource {
                kind: Kind::Organisation,
                id: published.organisation.id.uuid(),
                slug: &content.slug,
                locale: &Locale::vietnamese(),
                category: None,
            }),
            slug: content.slug.to_string(),
            name: content.name.to_string(),
            short_name: content.short_name.map(|name| name.to_string()),
            parent: published.parent.map(Into::into),
            kind: content.kind.map(|kind| kind.to_string()),
            url: content.url.map(|url| url.as_str().to_owned()),
        }
    }
}

/// The organisation above another.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrganisationParent)]
pub struct ParentView {
    /// Its identity.
    #[schema(value_type = String, format = Uuid)]
    pub organisation_id: String,
    /// Its address.
    pub slug: String,
    /// Its name.
    pub name: String,
}

impl From<OrganisationSummary> for ParentView {
    fn from(organisation: OrganisationSummary) -> Self {
        Self {
            organisation_id: organisation.id.to_string(),
            slug: organisation.slug.to_string(),
            name: organisation.name,
        }
    }
}

/// An organisation as the desk reads it: what can be written back, and its version.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeskOrganisation)]
pub struct DeskOrganisationView {
    /// Its identity, for ever.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Always `organisation`.
    #[serde(rename = "type")]
    pub kind_name: &'static str,
    /// The version, for `If-Match`.
    pub version: i64,
    /// What the caller can do: `edit`, `delete`.
    pub allowed_actions: Vec<&'static str>,
    /// Its address.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its abbreviation.
    pub short_name: Option<String>,
    /// The one above.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub parent_id: Option<String>,
    /// What it is, in the editor's words.
    pub kind: Option<String>,
    /// Its own site.
    pub url: Option<String>,
    /// Whether the directory shows it even if nothing public does.
    pub listed: bool,
    /// When it was entered.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: String,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: String,
}

impl DeskOrganisationView {
    /// The view of an organisation at the desk.
    pub fn new(organisation: Organisation, actor: &Actor, render: &Render) -> Self {
        let content = organisation.content;
        Self {
            id: organisation.id.to_string(),
            kind_name: "organisation",
            version: organisation.version,
            allowed_actions: allowed_actions(actor, &Subject::of(Kind::Organisation)),
            slug: content.slug.to_string(),
            name: content.name.to_string(),
            short_name: content.short_name.map(|name| name.to_string()),
            parent_id: content.parent_id.map(|id| id.to_string()),
            kind: content.kind.map(|kind| kind.to_string()),
            url: content.url.map(|url| url.as_str().to_owned()),
            listed: content.listed,
            created_at: render.time(organisation.created_at),
            updated_at: render.time(organisation.updated_at),
        }
    }
}
