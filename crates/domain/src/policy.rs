//! Who may do what. Only this module can make the proofs that writes ask for.
//!
//! A role is data: a named set of permissions. A permission is an action on a kind of resource,
//! within a scope. `Actor::may` answers a question with a [`Granted`] or a [`Denied`]; every function
//! that writes takes a `Granted` of its own action, so a forgotten check does not compile.
//!
//! ```
//! use bantin_domain::policy::{Actor, Denied, Edit, Granted, Subject};
//! fn ask(actor: &Actor, subject: &Subject) -> Result<Granted<Edit>, Denied> {
//!     actor.may::<Edit>(subject)
//! }
//! ```
//! Nobody else can make a proof, and the proof of one act is not that of another:
//! ```compile_fail,E0451
//! use bantin_domain::policy::{Actor, Edit, Granted};
//! fn forge(actor: &Actor) -> Granted<Edit> {
//!     Granted { actor: actor.user, act: std::marker::PhantomData }
//! }
//! ```
//! ```compile_fail,E0308
//! use bantin_domain::policy::{Actor, Denied, Edit, Granted, Publish, Subject};
//! fn ask(actor: &Actor, subject: &Subject) -> Result<Granted<Publish>, Denied> {
//!     actor.may::<Edit>(subject)
//! }
//! ```

use std::marker::PhantomData;

use crate::{
    category::Category,
    id::Id,
    kind::{Kind, UserId},
    named::named_enum,
};

named_enum! {
    /// What can be permitted.
    pub enum Verb {
        /// Read on the desk, drafts and all.
        Read = "read",
        /// Make a new one.
        Create = "create",
        /// Change the working copy.
        Edit = "edit",
        /// Approve, or send back.
        Approve = "approve",
        /// Publish, schedule, withdraw.
        Publish = "publish",
        /// Archive, put in the trash, restore.
        Trash = "trash",
        /// Set a past publishing date.
        Backdate = "backdate",
        /// Users, roles, keys, webhooks.
        Administer = "administer",
    }
}

named_enum! {
    /// The roles that ship with the program.
    pub enum Role {
        /// Everything.
        Admin = "admin",
        /// Publishes anything; no user administration.
        ChiefEditor = "chiefEditor",
        /// Edits and approves in the categories given.
        Editor = "editor",
        /// Writes own drafts.
        Author = "author",
        /// Reads through API keys only.
        Integrator = "integrator",
    }
}

/// Who acts: a user whose session was just read in the same transaction as the act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The account.
    pub user: UserId,
    /// The session it acts through.
    pub session: Id<Session>,
    /// Its role.
    pub role: Role,
    /// The categories (with all below them) its grants are limited to; `None` is no limit.
    pub categories: Option<Vec<Id<Category>>>,
}

/// A login session: only its identity matters to the domain.
#[derive(Debug)]
pub struct Session;

/// What an act is about, as far as the policy asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The kind of resource.
    pub kind: Kind,
    /// Who made it; `None` for what nobody owns (the directory, the site).
    pub owner: Option<UserId>,
    /// Its category and all above it, nearest first; a speech has its event's. Empty without one,
    /// and then only an unlimited grant reaches it.
    pub categories: Vec<Id<Category>>,
}

impl Subject {
    /// Something of the directory: no owner, no category.
    pub fn directory(kind: Kind) -> Self {
        Self { kind, owner: None, categories: Vec::new() }
    }
}

/// An action as a type, so that the proof of one is not taken for another's.
pub trait Act {
    /// The verb that must be permitted.
    const VERB: Verb;
}

macro_rules! acts {
    ($($(#[$meta:meta])* $name:ident),+) => {$(
        $(#[$meta])*
        #[derive(Debug)]
        pub struct $name;
        impl Act for $name {
            const VERB: Verb = Verb::$name;
        }
    )+};
}
acts! {
    /// See [`Verb::Read`].
    Read,
    /// See [`Verb::Create`].
    Create,
    /// See [`Verb::Edit`].
    Edit,
    /// See [`Verb::Approve`].
    Approve,
    /// See [`Verb::Publish`].
    Publish,
    /// See [`Verb::Trash`].
    Trash,
    /// See [`Verb::Backdate`].
    Backdate,
    /// See [`Verb::Administer`].
    Administer
}

/// Proof that the policy allowed act `A`. Its field is private, so nobody else can make one.
#[derive(Debug)]
#[must_use = "a proof that nobody asks for protects nothing"]
pub struct Granted<A: Act> {
    actor: UserId,
    act: PhantomData<A>,
}

impl<A: Act> Granted<A> {
    /// Who was allowed.
    pub fn actor(&self) -> UserId {
        self.actor
    }
}

/// The policy said no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Denied {
    /// Whether the actor may at least see the subject. If not, the answer is "not found": to say
    /// "forbidden" would tell that it exists.
    pub visible: bool,
}

impl Actor {
    /// Asks whether the actor may do `A` to `subject`.
    ///
    /// # Errors
    /// [`Denied`] where it may not.
    pub fn may<A: Act>(&self, subject: &Subject) -> Result<Granted<A>, Denied> {
        if self.can(A::VERB, subject) {
            Ok(Granted { actor: self.user, act: PhantomData })
        } else {
            Err(Denied { visible: self.can(Verb::Read, subject) })
        }
    }

    /// The same question without a proof, for showing what can be done.
    pub fn can(&self, verb: Verb, subject: &Subject) -> bool {
        let owns = subject.owner == Some(self.user);
        let in_reach =
            self.categories.as_ref().is_none_or(|mine| subject.categories.iter().any(|one| mine.contains(one)));
        match (self.role, verb) {
            (Role::Admin, _) => true,
            (Role::ChiefEditor, verb) => verb != Verb::Administer,
            (Role::Editor, Verb::Read) => true,
            (Role::Editor, Verb::Create | Verb::Edit) if subject.kind == Kind::Site => false,
            (Role::Editor, Verb::Create | Verb::Edit) => is_directory(subject.kind) || in_reach,
            (Role::Editor, Verb::Trash) if is_directory(subject.kind) => owns,
            (Role::Editor, Verb::Approve | Verb::Publish | Verb::Trash) => in_reach,
            (Role::Editor, Verb::Backdate | Verb::Administer) => false,
            (Role::Author, Verb::Read) => is_directory(subject.kind) || owns,
            (Role::Author, Verb::Create) => {
                matches!(
                    subject.kind,
                    Kind::Article | Kind::Event | Kind::Speech | Kind::Page | Kind::Tag | Kind::Media
                )
            }
            (Role::Author, Verb::Edit | Verb::Trash) => owns,
            (Role::Author, _) => false,
            (Role::Integrator, _) => false,
        }
    }
}

/// Whether a kind has no workflow of its own.
fn is_directory(kind: Kind) -> bool {
    !matches!(kind, Kind::Article | Kind::Event | Kind::Speech | Kind::Page)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn actor(role: Role) -> Actor {
        Actor { user: Id::new(Uuid::from_u128(1)), session: Id::new(Uuid::from_u128(2)), role, categories: None }
    }

    fn article(owner: u128) -> Subject {
        Subject {
            kind: Kind::Article,
            owner: Some(Id::new(Uuid::from_u128(owner))),
            categories: vec![Id::new(Uuid::from_u128(7))],
        }
    }

    #[test]
    fn an_author_sees_and_edits_only_their_own() {
        assert!(actor(Role::Author).may::<Edit>(&article(1)).is_ok());
        assert_eq!(actor(Role::Author).may::<Edit>(&article(9)).unwrap_err(), Denied { visible: false });
        assert_eq!(actor(Role::Author).may::<Publish>(&article(1)).unwrap_err(), Denied { visible: true });
    }

    #[test]
    fn an_editor_publishes_only_in_the_categories_given() {
        let mut editor = actor(Role::Editor);
        editor.categories = Some(vec![Id::new(Uuid::from_u128(7))]);
        assert!(editor.may::<Publish>(&article(9)).is_ok());
        editor.categories = Some(vec![Id::new(Uuid::from_u128(8))]);
        assert!(editor.may::<Publish>(&article(9)).is_err());
        let homeless = Subject { categories: Vec::new(), ..article(9) };
        assert!(editor.may::<Publish>(&homeless).is_err(), "without a category only an unlimited grant reaches it");
    }

    #[test]
    fn an_integrator_may_nothing_at_the_desk() {
        for verb in <Verb as crate::named::Named>::ALL {
            assert!(!actor(Role::Integrator).can(*verb, &article(1)), "{verb}");
        }
    }
}
