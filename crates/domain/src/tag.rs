//! A tag: a word that articles share.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    category::Translated,
    change::Change,
    id::Id,
    locale::Locale,
    text::{Label, Slug, folded_key},
    time::Timestamp,
    violation::Violations,
};

/// The identity of a tag.
pub type TagId = Id<Tag>;

/// A tag, on both sides alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Tag {
    /// Its identity.
    pub id: TagId,
    /// Counts its changes.
    pub version: i64,
    /// What it is called.
    pub content: TagContent,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What an editor says about a tag.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TagContent {
    /// Its name, as first typed.
    pub name: Label,
    /// Its address.
    pub slug: Slug,
    /// Its name in other languages.
    pub translations: BTreeMap<Locale, Translated>,
}

/// What a write says about a tag.
#[derive(Debug, Clone, Default)]
pub struct TagChanges {
    /// Required.
    pub name: Change<Label>,
    /// Made from the name when absent.
    pub slug: Change<Slug>,
    /// Empty by default.
    pub translations: Change<BTreeMap<Locale, Translated>>,
}

impl TagContent {
    /// The tag after a write; `None` stands for one that does not exist yet.
    ///
    /// # Errors
    /// `required` where it would have no name.
    pub fn changed(current: Option<Self>, changes: TagChanges) -> Result<Self, Violations> {
        let mut faults = Violations::new();
        let was = current.as_ref();
        let Some(name) = changes.name.required(was.map(|tag| tag.name.clone()), "/name", &mut faults) else {
            return Err(faults);
        };
        let slug = changes.slug.or(was.map(|tag| tag.slug.clone())).unwrap_or_else(|| Slug::from_title(name.as_str()));
        let translations = changes.translations.or_default(current.map(|tag| tag.translations).unwrap_or_default());
        faults.into_result(Self { name, slug, translations })
    }

    /// The name in `locale`; the tag's own where it has none in that language.
    pub fn name_in(&self, locale: &Locale) -> &str {
        self.translations.get(locale).map_or(self.name.as_str(), |translated| translated.name.as_str())
    }

    /// The address in `locale`; the tag's own where it has none in that language.
    pub fn slug_in(&self, locale: &Locale) -> &Slug {
        self.translations.get(locale).and_then(|translated| translated.slug.as_ref()).unwrap_or(&self.slug)
    }

    /// What makes two tags the same one: "Chuyển giao" and "chuyen giao" differ only in typing.
    pub fn identity(name: &Label) -> String {
        folded_key(name.as_str())
    }
}

/// A tag as an article shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagSummary {
    /// Its identity.
    pub id: TagId,
    /// Its address.
    pub slug: Slug,
    /// Its name.
    pub name: String,
}
