//! What comes in of an organisation.

use bantin_domain::{
    organisation::OrganisationChanges,
    text::{Label, Name, Slug},
    url::WebUrl,
    violation::Violations,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    patch::{self, Patch},
    problem::Problem,
};

/// What an editor says of an organisation. To enter one `name` is required; to change one, what is
/// absent stays and what is `null` is cleared.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = OrganisationWrite)]
pub struct OrganisationWrite {
    /// Its name, to 200 characters.
    #[schema(value_type = Option<String>)]
    pub name: Patch<String>,
    /// Its address; made from the name when absent.
    #[schema(value_type = Option<String>)]
    pub slug: Patch<String>,
    /// Its abbreviation, to 100 characters.
    #[schema(value_type = Option<String>)]
    pub short_name: Patch<String>,
    /// The organisation above.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub parent_id: Patch<String>,
    /// What it is, in the editor's words, to 100 characters.
    #[schema(value_type = Option<String>)]
    pub kind: Patch<String>,
    /// Its own site.
    #[schema(value_type = Option<String>)]
    pub url: Patch<String>,
    /// Whether the directory shows it even if nothing public does; `false` when absent.
    #[schema(value_type = Option<bool>)]
    pub listed: Patch<bool>,
}

impl OrganisationWrite {
    /// Parses every member, so that all faults are named at once.
    ///
    /// # Errors
    /// 422 with each fault.
    pub fn parse(self) -> Result<OrganisationChanges, Problem> {
        let mut faults = Violations::new();
        let changes = OrganisationChanges {
            name: self.name.parse("/name", &mut faults, Name::parse),
            slug: self.slug.parse("/slug", &mut faults, Slug::parse),
            short_name: self.short_name.parse("/shortName", &mut faults, Label::parse),
            parent_id: self.parent_id.parse("/parentId", &mut faults, patch::id),
            kind: self.kind.parse("/kind", &mut faults, Label::parse),
            url: self.url.parse("/url", &mut faults, WebUrl::parse),
            listed: self.listed.plain(),
        };
        faults.into_result(changes).map_err(Into::into)
    }
}
