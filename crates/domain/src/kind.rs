//! The kinds of resource, and how one is named.

use crate::{id::Id, named::named_enum, text::Slug, user::User};

named_enum! {
    /// Every kind of resource that the public side may show.
    pub enum Kind {
        /// A news article.
        Article = "article",
        /// A conference, a training, a contest.
        Event = "event",
        /// A speech, report or paper given at an event.
        Speech = "speech",
        /// A standing page.
        Page = "page",
        /// Somebody.
        Person = "person",
        /// A department, a company, a school.
        Organisation = "organisation",
        /// A section of the site.
        Category = "category",
        /// A tag.
        Tag = "tag",
        /// A picture or a file.
        Media = "media",
        /// The site itself.
        Site = "site",
    }
}

/// The identity of a user.
pub type UserId = Id<User>;

/// A resource of any kind: what a link points at and a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Target {
    /// Which kind of thing.
    pub kind: Kind,
    /// Which one; its typed id has been given up here, so look it up under `kind` only.
    pub id: uuid::Uuid,
}

impl Target {
    /// The resource of `kind` with that id.
    pub fn new<T>(kind: Kind, id: Id<T>) -> Self {
        Self { kind, id: id.uuid() }
    }
}

/// How a URL names a resource: by its id or by a slug.
///
/// Anything shaped like a UUID is an id (such slugs are reserved), anything else a slug; what can be
/// neither is no reference, and answers 404 before it reaches a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ref<T> {
    /// By identity.
    Id(Id<T>),
    /// By a slug, current or old.
    Slug(Slug),
}

impl<T> Ref<T> {
    /// Reads `{ref}` out of a path.
    pub fn parse(text: &str) -> Option<Self> {
        match text.parse() {
            Ok(id) => Some(Self::Id(id)),
            Err(_) => Slug::parse(text).ok().map(Self::Slug),
        }
    }
}

named_enum! {
    /// What a slug is to its resource.
    pub enum SlugState {
        /// Reserved for the next publication; the public does not know it.
        Draft = "draft",
        /// The one the public knows.
        Current = "current",
        /// One the public knew: it leads to the current one for ever.
        Old = "old",
    }
}

named_enum! {
    /// What happened to a public resource.
    pub enum ChangeKind {
        /// It became visible.
        Created = "created",
        /// It shows something else.
        Updated = "updated",
        /// It is no longer visible.
        Deleted = "deleted",
        /// It is found under another slug.
        Moved = "moved",
    }
}
