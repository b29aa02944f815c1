//! What comes in of a section.

use std::collections::BTreeMap;

use bantin_domain::{
    category::CategoryChanges,
    text::{Name, Prose, Slug},
    violation::Violations,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    directory::{TranslatedWrite, parse_translations},
    patch::{self, Patch},
    problem::Problem,
};

/// What an editor says of a section. To make one `name` is required; to change one, what is absent
/// stays and what is `null` is cleared.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CategoryWrite)]
pub struct CategoryWrite {
    /// Its name, to 200 characters.
    #[schema(value_type = Option<String>)]
    pub name: Patch<String>,
    /// Its address; made from the name when absent.
    #[schema(value_type = Option<String>)]
    pub slug: Patch<String>,
    /// The section above; `null` puts it at the top.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub parent_id: Patch<String>,
    /// For the head of its page, to 2,000 characters.
    #[schema(value_type = Option<String>)]
    pub description: Patch<String>,
    /// Its place among its siblings, smallest first; 0 when absent.
    #[schema(value_type = Option<i64>)]
    pub order: Patch<i64>,
    /// Its name in other languages, by language tag.
    #[schema(value_type = Option<BTreeMap<String, TranslatedWrite>>)]
    pub translations: Patch<BTreeMap<String, TranslatedWrite>>,
}

impl CategoryWrite {
    /// Parses every member, so that all faults are named at once.
    ///
    /// # Errors
    /// 422 with each fault.
    pub fn parse(self) -> Result<CategoryChanges, Problem> {
        let mut faults = Violations::new();
        let changes = CategoryChanges {
            name: self.name.parse("/name", &mut faults, Name::parse),
            slug: self.slug.parse("/slug", &mut faults, Slug::parse),
            parent_id: self.parent_id.parse("/parentId", &mut faults, patch::id),
            description: self.description.parse("/description", &mut faults, Prose::parse),
            order: self.order.plain(),
            translations: parse_translations(self.translations, &mut faults),
        };
        faults.into_result(changes).map_err(Into::into)
    }
}
