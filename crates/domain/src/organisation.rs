//! A department, a company, a school.

use serde::Serialize;

use crate::{
    change::Change,
    id::Id,
    text::{Label, Name, Slug},
    time::Timestamp,
    url::WebUrl,
    violation::Violations,
};

/// The identity of an organisation.
pub type OrganisationId = Id<Organisation>;

/// An organisation, on both sides alike. Public only while something public shows it, or when `listed`.
#[derive(Debug, Clone, PartialEq)]
pub struct Organisation {
    /// Its identity.
    pub id: OrganisationId,
    /// Counts its changes.
    pub version: i64,
    /// What is said of it.
    pub content: OrganisationContent,
    /// When it was entered.
    pub created_at: Timestamp,
    /// When that last changed.
    pub updated_at: Timestamp,
}

/// What an editor says about an organisation.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganisationContent {
    /// Its name.
    pub name: Name,
    /// Its address on the site.
    pub slug: Slug,
    /// Its abbreviation: "Sở KH&CN".
    pub short_name: Option<Label>,
    /// The organisation above.
    pub parent_id: Option<OrganisationId>,
    /// What it is, in the editor's words: "department", "school".
    pub kind: Option<Label>,
    /// Its own site.
    pub url: Option<WebUrl>,
    /// Whether the directory shows it even if nothing public does.
    pub listed: bool,
}

/// What a write says about an organisation.
#[derive(Debug, Clone, Default)]
pub struct OrganisationChanges {
    /// Required.
    pub name: Change<Name>,
    /// Made from the name when absent.
    pub slug: Change<Slug>,
    /// Optional.
    pub short_name: Change<Label>,
    /// Optional.
    pub parent_id: Change<OrganisationId>,
    /// Optional.
    pub kind: Change<Label>,
    /// Optional.
    pub url: Change<WebUrl>,
    /// `false` by default.
    pub listed: Change<bool>,
}

impl OrganisationContent {
    /// The organisation after a write; `None` stands for one that was not entered yet.
    ///
    /// # Errors
    /// `required` where it would have no name. That the tree stays a tree is the use case's to check.
    pub fn changed(current: Option<Self>, changes: OrganisationChanges) -> Result<Self, Violations> {
        let mut faults = Violations::new();
        let was = current.as_ref();
        let Some(name) = changes.name.required(was.map(|one| one.name.clone()), "/name", &mut faults) else {
            return Err(faults);
        };
        let slug = changes.slug.or(was.map(|one| one.slug.clone())).unwrap_or_else(|| Slug::from_title(name.as_str()));
        let (short_name, parent_id, kind, url, listed) =
            current.map_or_else(Default::default, |one| (one.short_name, one.parent_id, one.kind, one.url, one.listed));
        faults.into_result(Self {
            name,
            slug,
            short_name: changes.short_name.or(short_name),
            parent_id: changes.parent_id.or(parent_id),
            kind: changes.kind.or(kind),
            url: changes.url.or(url),
            listed: changes.listed.or_default(listed),
        })
    }
}

/// An organisation as an event or a speech shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationSummary {
    /// Its identity.
    pub id: OrganisationId,
    /// Its address.
    pub slug: Slug,
    /// Its name.
    pub name: String,
}

/// An organisation as the public reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishedOrganisation {
    /// Which.
    pub organisation: Organisation,
    /// The one above, where that is public.
    pub parent: Option<OrganisationSummary>,
}
