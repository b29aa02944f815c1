//! A section of the site. Sections form a tree.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    change::Change,
    id::Id,
    locale::Locale,
    text::{Name, Prose, Slug},
    time::Timestamp,
    violation::Violations,
};

/// The identity of a category.
pub type CategoryId = Id<Category>;

/// A section, on both sides alike: sections are always public.
#[derive(Debug, Clone, PartialEq)]
pub struct Category {
    /// Its identity.
    pub id: CategoryId,
    /// Counts its changes.
    pub version: i64,
    /// What it is called and where it stands.
    pub content: CategoryContent,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What an editor says about a section.
#[derive(Debug, Clone, PartialEq)]
pub struct CategoryContent {
    /// Its name.
    pub name: Name,
    /// Its address.
    pub slug: Slug,
    /// The section above.
    pub parent_id: Option<CategoryId>,
    /// For the head of its page.
    pub description: Option<Prose<2000>>,
    /// Its place among its siblings, smallest first.
    pub order: i64,
    /// Its name in other languages.
    pub translations: BTreeMap<Locale, Translated>,
}

/// A directory entry's name in another language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Translated {
    /// The name.
    pub name: Name,
    /// The address in that language.
    pub slug: Option<Slug>,
    /// The description.
    #[serde(default)]
    pub description: Option<Prose<2000>>,
}

/// What a write says about a section.
#[derive(Debug, Clone, Default)]
pub struct CategoryChanges {
    /// Required.
    pub name: Change<Name>,
    /// Made from the name when absent.
    pub slug: Change<Slug>,
    /// Optional.
    pub parent_id: Change<CategoryId>,
    /// Optional.
    pub description: Change<Prose<2000>>,
    /// 0 by default.
    pub order: Change<i64>,
    /// Empty by default.
    pub translations: Change<BTreeMap<Locale, Translated>>,
}

impl CategoryContent {
    /// The section after a write; `None` stands for one that does not exist yet.
    ///
    /// # Errors
    /// What the result would break, with pointers into the write. That the tree stays a tree is the
    /// use case's to check, since only it sees the other sections.
    pub fn changed(current: Option<Self>, changes: CategoryChanges) -> Result<Self, Violations> {
        let mut faults = Violations::new();
        let was = current.as_ref();
        let Some(name) = changes.name.required(was.map(|category| category.name.clone()), "/name", &mut faults) else {
            return Err(faults);
        };
        let slug = changes.slug.or(was.map(|category| category.slug.clone())).unwrap_or_else(|| Slug::from_title(name.as_str()));
        let (parent_id, description, order, translations) = current.map_or_else(Default::default, |category| {
            (category.parent_id, category.description, category.order, category.translations)
        });
        faults.into_result(Self {
            name,
            slug,
            parent_id: changes.parent_id.or(parent_id),
            description: changes.description.or(description),
            order: changes.order.or_default(order),
            translations: changes.translations.or_default(translations),
        })
    }
}

/// A section as an article shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategorySummary {
    /// Its identity.
    pub id: CategoryId,
    /// Its address.
    pub slug: Slug,
    /// Its name.
    pub name: String,
    /// The way down to it from the top, itself last.
    pub path: Vec<CategoryStep>,
}

/// One step of the way down to a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryStep {
    /// Its identity.
    pub id: CategoryId,
    /// Its address.
    pub slug: Slug,
    /// Its name.
    pub name: String,
}
