//! What comes in of a tag.

use std::collections::BTreeMap;

use bantin_domain::{
    tag::TagChanges,
    text::{Label, Slug},
    violation::Violations,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    directory::{TranslatedWrite, parse_translations},
    patch::Patch,
    problem::Problem,
};

/// What an editor says of a tag. To make one `name` is required; to change one, what is absent stays
/// and what is `null` is cleared.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = TagWrite)]
pub struct TagWrite {
    /// Its name, to 100 characters.
    #[schema(value_type = Option<String>)]
    pub name: Patch<String>,
    /// Its address; made from the name when absent.
    #[schema(value_type = Option<String>)]
    pub slug: Patch<String>,
    /// Its name in other languages, by language tag.
    #[schema(value_type = Option<BTreeMap<String, TranslatedWrite>>)]
    pub translations: Patch<BTreeMap<String, TranslatedWrite>>,
}

impl TagWrite {
    /// Parses every member, so that all faults are named at once.
    ///
    /// # Errors
    /// 422 with each fault.
    pub fn parse(self) -> Result<TagChanges, Problem> {
        let mut faults = Violations::new();
        let changes = TagChanges {
            name: self.name.parse("/name", &mut faults, Label::parse),
            slug: self.slug.parse("/slug", &mut faults, Slug::parse),
            translations: parse_translations(self.translations, &mut faults),
        };
        faults.into_result(changes).map_err(Into::into)
    }
}
