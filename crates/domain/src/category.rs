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
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
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
        let slug = changes
            .slug
            .or(was.map(|category| category.slug.clone()))
            .unwrap_or_else(|| Slug::from_title(name.as_str()));
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

/// The way down to a section from the top, itself last; empty where there is no such section.
pub fn ancestors(all: &[Category], id: CategoryId) -> Vec<&Category> {
    let mut path = Vec::new();
    let mut next = Some(id);
    // No way is longer than there are sections: rows that ran in a circle would end here, not hang.
    while let Some(section) = next.and_then(|id| all.iter().find(|one| one.id == id)).filter(|_| path.len() < all.len())
    {
        path.push(section);
        next = section.content.parent_id;
    }
    path.reverse();
    path
}

/// A section and every section below it.
pub fn subtree(all: &[Category], id: CategoryId) -> Vec<CategoryId> {
    let is_below = |one: &&Category| ancestors(all, one.id).iter().any(|above| above.id == id);
    all.iter().filter(is_below).map(|one| one.id).collect()
}

impl CategoryContent {
    /// The name in `locale`; the section's own where it has none in that language.
    pub fn name_in(&self, locale: &Locale) -> &str {
        self.translations.get(locale).map_or(self.name.as_str(), |translated| translated.name.as_str())
    }

    /// The address in `locale`; the section's own where it has none in that language.
    pub fn slug_in(&self, locale: &Locale) -> &Slug {
        self.translations.get(locale).and_then(|translated| translated.slug.as_ref()).unwrap_or(&self.slug)
    }

    /// The description in `locale`; the section's own where it has none in that language.
    pub fn description_in(&self, locale: &Locale) -> Option<&Prose<2000>> {
        self.translations
            .get(locale)
            .and_then(|translated| translated.description.as_ref())
            .or(self.description.as_ref())
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

impl CategorySummary {
    /// The section `id` among `all`, as something written in `locale` shows it.
    pub fn of(all: &[Category], id: CategoryId, locale: &Locale) -> Option<Self> {
        let step = |one: &&Category| CategoryStep {
            id: one.id,
            slug: one.content.slug_in(locale).clone(),
            name: one.content.name_in(locale).to_owned(),
        };
        let path: Vec<CategoryStep> = ancestors(all, id).iter().map(step).collect();
        let own = path.last()?.clone();
        Some(Self { id: own.id, slug: own.slug, name: own.name, path })
    }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn id(n: usize) -> CategoryId {
        Id::new(Uuid::from_u128(n as u128))
    }

    fn section(n: usize, parent: Option<usize>) -> Category {
        let name = Name::parse(&format!("Mục {n}")).unwrap();
        let content = CategoryContent {
            slug: Slug::from_title(name.as_str()),
            name,
            parent_id: parent.map(id),
            description: None,
            order: 0,
            translations: BTreeMap::new(),
        };
        Category { id: id(n), version: 1, content, created_at: Timestamp::EPOCH, updated_at: Timestamp::EPOCH }
    }

    #[test]
    fn the_way_to_a_section_begins_at_the_top_and_ends_with_itself() {
        let all = [section(3, Some(2)), section(1, None), section(2, Some(1)), section(9, None)];
        let way = |n| ancestors(&all, id(n)).iter().map(|one| one.id).collect::<Vec<_>>();
        assert_eq!(way(3), [id(1), id(2), id(3)]);
        assert_eq!(way(9), [id(9)]);
        assert!(way(7).is_empty());
        assert_eq!(subtree(&all, id(2)), [id(3), id(2)]);
    }

    #[test]
    fn a_section_is_shown_in_the_language_of_what_shows_it_where_it_has_one() {
        let mut child = section(2, Some(1));
        let science =
            Translated { name: Name::parse("Science").unwrap(), slug: Slug::parse("science").ok(), description: None };
        child.content.translations.insert(Locale::parse("en").unwrap(), science);
        let all = [section(1, None), child];
        let shown = CategorySummary::of(&all, id(2), &Locale::parse("en").unwrap()).unwrap();
        assert_eq!((shown.name.as_str(), shown.slug.as_str()), ("Science", "science"));
        assert_eq!(shown.path.iter().map(|step| step.slug.as_str()).collect::<Vec<_>>(), ["muc-1", "science"]);
        assert_eq!(CategorySummary::of(&all, id(2), &Locale::vietnamese()).unwrap().slug.as_str(), "muc-2");
    }

    proptest! {
        #[test]
        fn rows_that_run_in_a_circle_end_the_walk(parents in proptest::collection::vec(proptest::option::of(0..8_usize), 8)) {
            let all: Vec<Category> = parents.iter().enumerate().map(|(n, parent)| section(n, *parent)).collect();
            for one in &all {
                prop_assert!(ancestors(&all, one.id).len() <= all.len());
                prop_assert!(subtree(&all, one.id).contains(&one.id));
            }
        }
    }
}
