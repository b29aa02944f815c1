//! The search that knows Vietnamese: what is pure about it.
//!
//! *The engine finds, this module ranks.* A database yields candidates, documents that hold the words
//! of a query in some form; what they are worth is decided here, by one formula over keys that were
//! computed here. So SQLite and PostgreSQL answer alike, the cost does not grow with the number of all
//! matches, and no statistics of a corpus, scheduled rows among it, can show through a score.
//!
//! - [`document`]: the texts of a resource and the terms that the engine indexes; [`keys`]: what is stored of
//!   them, [`Keys`] to rank by, [`StoredTexts`] and their [`Spans`] to highlight by.
//! - [`query`]: what a reader typed, as words in their two keys. None of it is ever syntax.
//! - [`synonym`]: KH&CN is khoa học và công nghệ. [`typo`]: one letter off, when nothing else matched.
//! - [`found`]: what an answer shows of it.
//! - [`rank`]: the formula. [`highlight`]: the original text with its matches marked, safe to show.
//!
//! The stored keys are hashes. Whoever changes how they are made (here, or in `text::fold`) adds a
//! migration that marks every document as stale, or old documents are ranked by keys that no query has.

pub mod document;
pub mod found;
pub mod highlight;
pub mod keys;
pub mod query;
pub mod rank;
pub mod synonym;
pub mod typo;

pub use document::{Field, Indexed, Part, Texts, Zone};
pub use highlight::{Highlight, highlights};
pub use keys::{Keys, Spans, StoredTexts};
pub use query::{Phrase, Query, Variant, Word};
pub use rank::Ranker;
pub use synonym::{Synonym, SynonymList};
pub use typo::one_edit_away;

/// The longest query that is read, in characters.
pub const MAX_QUERY: usize = 500;
/// How many words of it are looked for; what comes after them is ignored.
pub const MAX_WORDS: usize = 32;
/// How many documents the engine yields for a query: the rest is "at least so many".
pub const MAX_CANDIDATES: usize = 1_000;
