//! What was found, as an answer shows it.

use super::Highlight;
use crate::{
    category::{CategoryId, CategorySummary},
    event::{EventKind, EventStatus, EventSummary},
    kind::Target,
    locale::Locale,
    speech::SpeechKind,
    text::Slug,
    time::{Date, Timestamp},
};

/// A resource in short.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundItem {
    /// Which.
    pub target: Target,
    /// Its language; `None` where it has none of its own.
    pub locale: Option<Locale>,
    /// Its address.
    pub slug: Slug,
    /// Its title or name.
    pub title: String,
    /// Its summary.
    pub summary: Option<String>,
    /// Its section.
    pub category: Option<CategoryId>,
    /// What its kind adds.
    pub what: FoundWhat,
}

/// What a kind adds to what all have.
#[derive(Debug, Clone, PartialEq)]
pub enum FoundWhat {
    /// A news article.
    Article {
        /// As signed.
        byline: Option<String>,
        /// The date shown.
        published_at: Timestamp,
    },
    /// An event.
    Event {
        /// What sort of event it is.
        kind: EventKind,
        /// How certain it is.
        status: EventStatus,
        /// Its first day.
        starts_on: Date,
        /// Its last day.
        ends_on: Date,
    },
    /// A speech.
    Speech {
        /// What sort of speech it is.
        kind: SpeechKind,
        /// The speaker's name as introduced.
        speaker: Option<String>,
        /// Where it was given.
        event: EventSummary,
    },
    /// A standing page.
    Page,
    /// Somebody.
    Person {
        /// `PGS.TS.`
        academic_title: Option<String>,
    },
    /// A tag, which only suggestions show.
    Tag,
}

/// One result of a search.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// What was found.
    pub item: FoundItem,
    /// Its section, with the way down to it.
    pub category: Option<CategorySummary>,
    /// What it is worth; only the order among results of one query means anything.
    pub score: f64,
    /// Where the words stand, the title first.
    pub highlights: Vec<Highlight>,
}

/// How many results there are of a sort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facet {
    /// What to filter by.
    pub value: String,
    /// What to call it.
    pub label: String,
    /// How many.
    pub count: u64,
}

/// How many results there are of each sort, counted over the candidates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets {
    /// By kind, in the order of the contract.
    pub kinds: Vec<Facet>,
    /// By section, what is below it counted too, the fullest first.
    pub categories: Vec<Facet>,
    /// By the year in the site's zone, the newest first.
    pub years: Vec<Facet>,
}
