//! What articles, events, speeches and pages have in common.
//!
//! A *content item* has an identity, a workflow state, a working copy and append-only revisions. One
//! implementation of saving, publishing, history and conflict detection serves every kind; what it
//! needs to know of a kind is the trait [`Content`], and nothing else.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    body::Body,
    category::CategoryId,
    id::Id,
    kind::{Kind, Target, UserId},
    locale::Locale,
    named::named_enum,
    text::{Prose, Slug, Title},
    time::{Date, Timestamp},
    violation::{Violation, Violations},
    workflow::{Action, State},
};

/// A kind of content: its working copy, how a write changes it, what it refers to.
///
/// The value is the full snapshot that a revision keeps, so it must serialise completely.
pub trait Content: Clone + std::fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Which kind this is.
    const KIND: Kind;
    /// What a write says about each member.
    type Changes: Send + 'static;

    /// The working copy after a write; `None` stands for one that does not exist yet.
    ///
    /// # Errors
    /// Every rule of the kind that the result would break, with pointers into the write.
    fn changed(current: Option<Self>, changes: Self::Changes) -> Result<Self, Violations>;

    /// The title, which also names the item in lists of mixed kinds.
    fn title(&self) -> &Title;
    /// The slug that the next publication will carry.
    fn slug(&self) -> &Slug;
    /// Gives it another slug: a clash of one that was made from the title is solved by a suffix.
    fn set_slug(&mut self, slug: Slug);
    /// The slug a write asks for by name. A clash of it is the editor's to solve, not ours.
    fn chosen_slug(changes: &Self::Changes) -> Option<&Slug>;
    /// The language it is written in.
    fn locale(&self) -> &Locale;
    /// The text.
    fn body(&self) -> &Body;
    /// What it refers to, in order, each with the pointer of the member that says so.
    fn links(&self) -> Vec<Link>;
    /// Its section, which also decides whose grants reach it.
    fn category(&self) -> Option<CategoryId> {
        None
    }
    /// The item that it belongs to: a speech's event, a page's parent page.
    fn parent(&self) -> Option<Target> {
        None
    }
    /// What else lists at the desk may ask of it.
    fn particulars(&self) -> Particulars {
        Particulars::default()
    }
    /// The date an editor wants shown instead of the instant of the first publication.
    fn dated(&self) -> Option<Timestamp> {
        None
    }
    /// What keeps it from being published as it is, whatever its relations.
    fn flaws(&self) -> Vec<Violation>;
}

/// What only some kinds have and lists at the desk ask for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Particulars {
    /// What sort of event or speech it is, by its name in the contract.
    pub kind: Option<&'static str>,
    /// How certain an event is, by its name in the contract.
    pub status: Option<&'static str>,
    /// The first and the last local day of an event.
    pub days: Option<(Date, Date)>,
}

named_enum! {
    /// In what way content refers to something.
    pub enum Relation {
        /// The section it stands in.
        Category = "category",
        /// Every section above its own, itself included: what a filter by section reads.
        Section = "section",
        /// Who wrote it.
        Author = "author",
        /// Its tags.
        Tag = "tag",
        /// Its picture in lists.
        Cover = "cover",
        /// A picture or file in its body.
        Body = "body",
        /// A file to download.
        Attachment = "attachment",
        /// An event that it reports, or that a speech was given at.
        Event = "event",
        /// Who organises an event.
        Organiser = "organiser",
        /// Who gives a speech.
        Speaker = "speaker",
        /// Who gives it with them.
        CoSpeaker = "coSpeaker",
        /// The organisation a speaker came from.
        Organisation = "organisation",
        /// The page above.
        Parent = "parent",
    }
}

/// One reference from content to something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// In what way.
    pub relation: Relation,
    /// To what.
    pub target: Target,
    /// The member of the write that says so, for `unknown_reference`.
    pub pointer: String,
}

impl Link {
    /// A reference to `id` of `kind`, said at `pointer`.
    pub fn new<T>(relation: Relation, kind: Kind, id: Id<T>, pointer: impl Into<String>) -> Self {
        Self { relation, target: Target::new(kind, id), pointer: pointer.into() }
    }

    /// References to a list of ids, said at `/member/0`, `/member/1`, ...
    pub fn list<T>(relation: Relation, kind: Kind, ids: &[Id<T>], member: &str) -> impl Iterator<Item = Self> {
        ids.iter().enumerate().map(move |(n, id)| Self::new(relation, kind, *id, format!("/{member}/{n}")))
    }
}

/// A text as a write gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewBody {
    /// The text, sanitised.
    pub body: Body,
    /// Whether its blocks came with ids that the client chose. HTML, Markdown and plain text have
    /// none: there, a block that says what one said before keeps that one's id.
    pub names_blocks: bool,
}

impl NewBody {
    /// The text in place of the one before. Writing back what was read changes nothing.
    pub fn over(self, before: Option<&Body>) -> Body {
        match before {
            Some(before) if !self.names_blocks => self.body.with_ids_of(before),
            _ => self.body,
        }
    }
}

/// What the world was told about a mistake in something published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// When.
    pub at: Timestamp,
    /// In the editor's words.
    pub text: Prose<2000>,
}

/// From when until when something may be seen: `from <= now < until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first instant.
    pub from: Timestamp,
    /// The first instant after the last.
    pub until: Timestamp,
}

impl Window {
    /// From `from` for ever.
    pub fn from(from: Timestamp) -> Self {
        Self { from, until: end_of_time() }
    }

    /// Never.
    pub fn never() -> Self {
        Self { from: end_of_time(), until: end_of_time() }
    }

    /// Whether something with this window is seen at `now`.
    pub fn contains(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }

    /// What both windows allow: a speech is seen only while its event is.
    pub fn cut_to(self, other: Self) -> Self {
        Self { from: self.from.max(other.from), until: self.until.min(other.until) }
    }
}

/// The instant that stands for "no end": an index can compare it, which it could not with NULL.
pub fn end_of_time() -> Timestamp {
    Timestamp::from_micros(253_402_207_200_000_000).unwrap_or(Timestamp::EPOCH)
}

/// What publishing adds to a working copy: the public row is made of both and of nothing else.
#[derive(Debug, Clone, PartialEq)]
pub struct Publication<C> {
    /// Whose.
    pub id: Id<C>,
    /// The translations of one text share it.
    pub group: Id<Group>,
    /// Which revision this is.
    pub revision: i64,
    /// What that revision says.
    pub content: C,
    /// Its place among its siblings.
    pub position: i64,
    /// The date the public is shown.
    pub published_at: Timestamp,
    /// When the public last got another text.
    pub updated_at: Timestamp,
    /// What was corrected in public, oldest first.
    pub corrections: Vec<Correction>,
    /// When it may be seen.
    pub window: Window,
}

/// A translation group: only its identity matters.
#[derive(Debug)]
pub struct Group;

/// A content item as the desk sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Item<C> {
    /// Its identity.
    pub id: Id<C>,
    /// The translations of one text share it.
    pub group: Id<Group>,
    /// Where the working copy stands.
    pub state: State,
    /// Counts every change of the item; the `ETag` of the desk.
    pub version: i64,
    /// The number of the newest revision.
    pub revision: i64,
    /// The working copy.
    pub content: C,
    /// Its place among its siblings: speeches of an event, pages of a parent.
    pub position: i64,
    /// When it was first published; stays when it is withdrawn, so that old news never comes back as new.
    pub first_published_at: Option<Timestamp>,
    /// What the public sees, where it sees anything.
    pub public: Option<PublicCopy>,
    /// Whether publishing now would show the public something else.
    pub has_unpublished_changes: bool,
    /// What was corrected in public, oldest first.
    pub corrections: Vec<Correction>,
    /// Who made it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// Who changed it last.
    pub updated_by: UserId,
    /// When.
    pub updated_at: Timestamp,
    /// Who wrote the newest revision.
    pub written_by: UserId,
    /// Who is asked to go on with it.
    pub assignee: Option<UserId>,
    /// Since when it lies in the trash.
    pub trashed_at: Option<Timestamp>,
}

/// The public copy of an item, as the desk is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicCopy {
    /// Which revision it shows.
    pub revision: i64,
    /// Under which slug.
    pub slug: Slug,
    /// With which date.
    pub published_at: Timestamp,
    /// When it may be seen.
    pub window: Window,
}

/// An item with what the caller can do to it now.
#[derive(Debug, Clone, PartialEq)]
pub struct DeskItem<C> {
    /// The item.
    pub item: Item<C>,
    /// What the caller can do, in the order of the contract.
    pub allowed_actions: Vec<Action>,
}

/// Another language of the same text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translation {
    /// Its identity.
    pub id: uuid::Uuid,
    /// Its language.
    pub locale: Locale,
    /// Its slug.
    pub slug: Slug,
    /// Its title.
    pub title: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_window_holds_its_first_instant_and_not_its_last() {
        let window = Window { from: at("2023-03-14T01:00:00Z"), until: at("2023-03-15T01:00:00Z") };
        assert!(window.contains(window.from));
        assert!(!window.contains(window.until));
        assert!(!Window::never().contains(end_of_time()));
    }

    #[test]
    fn a_speech_is_seen_only_while_its_event_is() {
        let event = Window { from: at("2023-03-14T01:00:00Z"), until: at("2023-03-15T01:00:00Z") };
        let speech = Window::from(at("2023-03-01T00:00:00Z")).cut_to(event);
        assert_eq!(speech, event);
        assert!(!Window::from(event.from).cut_to(Window::never()).contains(at("2023-03-14T02:00:00Z")));
    }

    #[test]
    fn the_end_of_time_is_a_time_that_both_databases_and_rfc_3339_can_write() {
        assert_eq!(end_of_time().to_utc_text(), "9999-12-30T22:00:00.000000Z");
    }
}
