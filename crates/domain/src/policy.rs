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

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    api_key::ApiKeyId,
    category::Category,
    id::Id,
    kind::{Kind, UserId},
    named::{Named, named_enum},
    violation::Fault,
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
        /// Archive, put in the trash, restore; delete what has no trash.
        Trash = "trash",
        /// Take out of the trash for ever.
        Purge = "purge",
        /// Set a past publishing date.
        Backdate = "backdate",
        /// Say how a text is signed.
        Byline = "byline",
        /// Read and write e-mail, phone and notes of attendees.
        PersonalData = "personalData",
        /// Make, change and end them: users, roles, keys, webhooks.
        Administer = "administer",
    }
}

named_enum! {
    /// What permissions are about.
    pub enum Resource {
        /// News articles.
        Article = "article",
        /// Events.
        Event = "event",
        /// Speeches.
        Speech = "speech",
        /// Standing pages.
        Page = "page",
        /// What holds for content of every kind.
        Content = "content",
        /// Who takes part in events; all else about them goes by the event.
        Attendee = "attendee",
        /// People of the directory.
        Person = "person",
        /// Organisations.
        Organisation = "organisation",
        /// Sections.
        Category = "category",
        /// Tags.
        Tag = "tag",
        /// Pictures and files.
        Media = "media",
        /// The site's settings, its redirects and synonyms.
        Site = "site",
        /// Visit statistics; editing them is setting the baseline and reporting visits.
        Statistics = "statistics",
        /// Accounts of the desk.
        User = "user",
        /// Roles.
        Role = "role",
        /// Keys of integrators.
        ApiKey = "apiKey",
        /// Webhooks.
        Webhook = "webhook",
        /// The audit log as a whole; an item's own part goes by the item.
        AuditLog = "auditLog",
    }
}

impl From<Kind> for Resource {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Article => Self::Article,
            Kind::Event => Self::Event,
            Kind::Speech => Self::Speech,
            Kind::Page => Self::Page,
            Kind::Person => Self::Person,
            Kind::Organisation => Self::Organisation,
            Kind::Category => Self::Category,
            Kind::Tag => Self::Tag,
            Kind::Media => Self::Media,
            Kind::Site => Self::Site,
        }
    }
}

impl Resource {
    /// What can be permitted of it, in the order of [`Verb`].
    pub fn verbs(self) -> &'static [Verb] {
        use Verb as V;
        match self {
            Self::Article | Self::Event | Self::Speech | Self::Page => {
                &[V::Read, V::Create, V::Edit, V::Approve, V::Publish, V::Trash]
            }
            Self::Content => &[V::Purge, V::Backdate, V::Byline],
            Self::Attendee => &[V::PersonalData],
            Self::Person | Self::Organisation | Self::Category | Self::Tag | Self::Media => {
                &[V::Read, V::Create, V::Edit, V::Trash]
            }
            Self::Site | Self::Statistics => &[V::Read, V::Edit],
            Self::User | Self::Role => &[V::Read, V::Administer],
            Self::ApiKey | Self::Webhook => &[V::Administer],
            Self::AuditLog => &[V::Read],
        }
    }

    /// Whether somebody made it and is its owner.
    fn is_owned(self) -> bool {
        self.is_content() || matches!(self, Self::Content | Self::Attendee | Self::Media)
    }

    /// Whether it goes through the workflow.
    fn is_content(self) -> bool {
        matches!(self, Self::Article | Self::Event | Self::Speech | Self::Page)
    }

    /// Whether it stands in a section, so that a permission can be limited to some.
    fn is_in_sections(self) -> bool {
        self.is_content() || matches!(self, Self::Content | Self::Attendee)
    }
}

named_enum! {
    /// How far a permission reaches.
    pub enum Scope {
        /// To all of them.
        Any = "any",
        /// To those that the user made.
        Own = "own",
        /// To those in the sections that the user was given, and below; for a user without such a limit,
        /// to all of them.
        InCategories = "inCategories",
    }
}

/// One permission of a role: an action on a kind of resource, as far as the scope reaches.
///
/// Written `article:publish`; a stored or sent one is `{"permission": "article:publish", "scope": "own"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permission {
    /// On what.
    pub resource: Resource,
    /// To do what.
    pub verb: Verb,
    /// How far.
    pub scope: Scope,
}

impl Permission {
    /// Reads `article:publish` with its scope.
    ///
    /// # Errors
    /// `unknown_permission` for a pair that does not exist, `invalid_scope` for a scope that would reach
    /// nothing.
    pub fn parse(name: &str, scope: Scope) -> Result<Self, Fault> {
        let unknown = || Fault::new("unknown_permission", "must be a permission such as article:publish");
        let (resource, verb) = name.split_once(':').ok_or_else(unknown)?;
        let (resource, verb) = Resource::from_name(resource).zip(Verb::from_name(verb)).ok_or_else(unknown)?;
        if !resource.verbs().contains(&verb) {
            return Err(unknown());
        }
        let reaches = match scope {
            Scope::Any => true,
            Scope::Own => resource.is_owned(),
            Scope::InCategories => resource.is_in_sections(),
        };
        if reaches {
            Ok(Self { resource, verb, scope })
        } else {
            Err(Fault::new("invalid_scope", "nothing of that kind has an owner or a section; the scope must be any"))
        }
    }

    /// `article:publish`.
    pub fn name(&self) -> String {
        format!("{}:{}", self.resource, self.verb)
    }

    /// Whether who has this one needs not be given the other: it reaches at least as far.
    pub fn covers(&self, other: &Self) -> bool {
        (self.resource, self.verb) == (other.resource, other.verb)
            && (self.scope == Scope::Any || self.scope == other.scope)
    }

    /// Every permission without a limit, in the order of [`Resource`] and [`Verb`].
    pub fn all() -> impl Iterator<Item = Self> {
        Resource::ALL.iter().flat_map(|resource| {
            resource.verbs().iter().map(|verb| Self { resource: *resource, verb: *verb, scope: Scope::Any })
        })
    }
}

/// A permission as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredPermission<'a> {
    permission: Cow<'a, str>,
    scope: Scope,
}

impl Serialize for Permission {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        StoredPermission { permission: self.name().into(), scope: self.scope }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Permission {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = StoredPermission::deserialize(deserializer)?;
        Self::parse(&stored.permission, stored.scope).map_err(|fault| serde::de::Error::custom(fault.message))
    }
}

/// The name of a role: letters, digits and hyphens, as it stands in addresses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RoleName(String);

impl RoleName {
    /// Reads a role's name.
    ///
    /// # Errors
    /// `invalid_name`.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let fits = text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.len() <= 40
            && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(Fault::new(
                "invalid_name",
                "must be up to 40 letters a-z, digits and hyphens, beginning with a small letter",
            ))
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the role that may do everything, whatever permissions are added later.
    pub fn is_admin(&self) -> bool {
        self.0 == Role::Admin.name()
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Role> for RoleName {
    fn from(role: Role) -> Self {
        Self(role.name().to_owned())
    }
}

named_enum! {
    /// The roles that ship with the program. All but the first can be changed, and others made beside them.
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

impl Role {
    /// What the role may do as it ships.
    pub fn permissions(self) -> Vec<Permission> {
        use Resource as R;
        use Verb as V;
        let scope = |permission: &Permission| -> Option<Scope> {
            let (resource, verb) = (permission.resource, permission.verb);
            match self {
                Self::Admin => Some(Scope::Any),
                Self::ChiefEditor => match (resource, verb) {
                    (_, V::Administer | V::Purge) | (R::AuditLog, _) => None,
                    _ => Some(Scope::Any),
                },
                Self::Editor => match (resource, verb) {
                    (R::User, V::Read) => Some(Scope::Any),
                    (R::User | R::Role | R::AuditLog, _) => None,
                    (_, V::Administer | V::Purge | V::Backdate) => None,
                    (_, V::Read) => Some(Scope::Any),
                    (R::Site | R::Statistics, V::Edit) => None,
                    (resource, _) if resource.is_in_sections() => Some(Scope::InCategories),
                    (_, V::Create | V::Edit) => Some(Scope::Any),
                    (R::Media, V::Trash) => Some(Scope::Own),
                    _ => None,
                },
                Self::Author => match (resource, verb) {
                    (R::User | R::Role | R::AuditLog | R::Statistics, _) => None,
                    (resource, V::Read | V::Create | V::Edit | V::Trash) if resource.is_content() => Some(Scope::Own),
                    (_, V::Byline | V::PersonalData) => Some(Scope::Own),
                    (_, V::Read) => Some(Scope::Any),
                    (R::Tag | R::Media, V::Create) => Some(Scope::Any),
                    (R::Media, V::Edit | V::Trash) => Some(Scope::Own),
                    _ => None,
                },
                Self::Integrator => None,
            }
        };
        Permission::all()
            .filter_map(|permission| Some(Permission { scope: scope(&permission)?, ..permission }))
            .collect()
    }
}

/// Who acts: a user whose session, or whose key, was just read in the same transaction as the act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The account. Of a key the one that gave it, who answers for what it does: nobody approves by their
    /// own hand what they wrote by their key.
    pub user: UserId,
    /// Through what it acts.
    pub through: Credential,
    /// The name of its role.
    pub role: RoleName,
    /// What that role, or that key, may do.
    pub permissions: Vec<Permission>,
    /// The categories (with all below them) its grants are limited to; `None` is no limit.
    pub categories: Option<Vec<Id<Category>>>,
    /// Whether the house asks for two pairs of eyes: nobody approves what they wrote.
    pub four_eyes: bool,
}

/// A login session: only its identity matters to the domain.
#[derive(Debug)]
pub struct Session;

/// Through what somebody acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// A login.
    Session(Id<Session>),
    /// An API key.
    Key(ApiKeyId),
}

impl Credential {
    /// The bare identity: those of sessions and of keys never meet.
    pub fn uuid(self) -> Uuid {
        match self {
            Self::Session(id) => id.uuid(),
            Self::Key(id) => id.uuid(),
        }
    }
}

/// What an act is about, as far as the policy asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The kind of resource.
    pub resource: Resource,
    /// Who made it; `None` for what nobody owns (the directory, the site).
    pub owner: Option<UserId>,
    /// Its category and all above it, nearest first; a speech has its event's. Empty without one,
    /// and then only an unlimited grant reaches it.
    pub categories: Vec<Id<Category>>,
}

impl Subject {
    /// Something that has neither an owner nor a category: the directory, the site, the administration.
    pub fn of(resource: impl Into<Resource>) -> Self {
        Self { resource: resource.into(), owner: None, categories: Vec::new() }
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
    /// See [`Verb::Purge`].
    Purge,
    /// See [`Verb::Backdate`].
    Backdate,
    /// See [`Verb::Byline`].
    Byline,
    /// See [`Verb::PersonalData`].
    PersonalData,
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

impl Granted<Purge> {
    /// The house rule that what has lain in the trash for long enough is purged by the program itself.
    /// Its actor is nobody: the nil id, which no account has.
    pub fn by_retention() -> Self {
        Self { actor: Id::new(Uuid::nil()), act: PhantomData }
    }
}

/// Which things of a kind somebody may read: for lists, which ask before they know the things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// All of them.
    All,
    /// Those alone that they made, where there is an owner, and those in these sections and below.
    Some {
        /// Who must have made it.
        owner: Option<UserId>,
        /// In which sections it may stand instead.
        categories: Vec<Id<Category>>,
    },
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
        // What holds for content of every kind is permitted once, not kind by kind.
        let resource = match verb {
            Verb::Purge | Verb::Backdate | Verb::Byline => Resource::Content,
            Verb::PersonalData => Resource::Attendee,
            _ => subject.resource,
        };
        let mut granted = self.permissions.iter().filter(|one| one.resource == resource && one.verb == verb);
        granted.any(|permission| match permission.scope {
            Scope::Any => true,
            Scope::Own => subject.owner == Some(self.user),
            Scope::InCategories => self.reaches(subject),
        })
    }

    /// Which things of a kind that stands in sections the actor may read: exactly those of which
    /// [`Actor::can`] says so one by one.
    pub fn sight(&self, resource: Resource) -> Sight {
        let (mut owner, mut categories) = (None, Vec::new());
        for permission in self.permissions.iter().filter(|one| (one.resource, one.verb) == (resource, Verb::Read)) {
            match (permission.scope, &self.categories) {
                (Scope::Any, _) | (Scope::InCategories, None) => return Sight::All,
                (Scope::InCategories, Some(mine)) => categories.clone_from(mine),
                (Scope::Own, _) => owner = Some(self.user),
            }
        }
        Sight::Some { owner, categories }
    }

    /// Whether the subject stands in a section that the user was given.
    fn reaches(&self, subject: &Subject) -> bool {
        self.categories.as_ref().is_none_or(|mine| subject.categories.iter().any(|one| mine.contains(one)))
    }
}

/// The policy of the roles that ship as a table in Markdown, for people to review: one row for each
/// permission, one column for each role.
pub fn table() -> String {
    let roles: Vec<(Role, Vec<Permission>)> = Role::ALL.iter().map(|role| (*role, role.permissions())).collect();
    let mut table = String::from("| permission |");
    for (role, _) in &roles {
        table.push_str(&format!(" {role} |"));
    }
    table.push_str(&format!("\n| --- |{}\n", " --- |".repeat(roles.len())));
    for one in Permission::all() {
        table.push_str(&format!("| `{}` |", one.name()));
        for (_, permissions) in &roles {
            let scope = permissions.iter().find(|mine| mine.resource == one.resource && mine.verb == one.verb);
            table.push_str(&format!(" {} |", scope.map_or("", |mine| mine.scope.name())));
        }
        table.push('\n');
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(role: Role) -> Actor {
        Actor {
            user: Id::new(Uuid::from_u128(1)),
            through: Credential::Session(Id::new(Uuid::from_u128(2))),
            role: role.into(),
            permissions: role.permissions(),
            categories: None,
            four_eyes: false,
        }
    }

    fn article(owner: u128) -> Subject {
        Subject {
            resource: Resource::Article,
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
    fn what_is_seen_in_lists_is_what_may_be_read_one_by_one() {
        let section = |n| Id::new(Uuid::from_u128(n));
        let reading = |scopes: &[Scope], categories: Option<u128>| Actor {
            permissions: scopes.iter().map(|scope| Permission::parse("article:read", *scope).unwrap()).collect(),
            categories: categories.map(|n| vec![section(n)]),
            ..actor(Role::Integrator)
        };
        for scopes in
            [&[][..], &[Scope::Own], &[Scope::InCategories], &[Scope::Own, Scope::InCategories], &[Scope::Any]]
        {
            for categories in [None, Some(7), Some(8)] {
                let actor = reading(scopes, categories);
                for owner in [1, 9] {
                    let article = article(owner);
                    let is_seen = match actor.sight(Resource::Article) {
                        Sight::All => true,
                        Sight::Some { owner, categories } => {
                            (owner.is_some() && owner == article.owner)
                                || categories.iter().any(|one| article.categories.contains(one))
                        }
                    };
                    assert_eq!(is_seen, actor.can(Verb::Read, &article), "{scopes:?} {categories:?} {owner}");
                }
                assert_eq!(actor.sight(Resource::Event), Sight::Some { owner: None, categories: Vec::new() });
            }
        }
    }

    #[test]
    fn an_integrator_may_nothing_at_the_desk() {
        for verb in <Verb as crate::named::Named>::ALL {
            assert!(!actor(Role::Integrator).can(*verb, &article(1)), "{verb}");
        }
    }

    #[test]
    fn the_admin_may_do_whatever_there_is_to_do() {
        assert_eq!(Role::Admin.permissions(), Permission::all().collect::<Vec<_>>());
    }

    #[test]
    fn a_permission_comes_back_as_it_was_stored() {
        for role in Role::ALL {
            for permission in role.permissions() {
                let json = serde_json::to_string(&permission).unwrap();
                assert_eq!(serde_json::from_str::<Permission>(&json).unwrap(), permission, "{json}");
            }
        }
    }

    #[test]
    fn a_permission_that_could_never_be_used_is_refused() {
        let code = |name, scope| Permission::parse(name, scope).unwrap_err().code;
        assert_eq!(code("article", Scope::Any), "unknown_permission");
        assert_eq!(code("article:administer", Scope::Any), "unknown_permission");
        assert_eq!(code("nothing:read", Scope::Any), "unknown_permission");
        assert_eq!(code("category:edit", Scope::Own), "invalid_scope");
        assert_eq!(code("media:edit", Scope::InCategories), "invalid_scope");
        assert!(Permission::parse("media:edit", Scope::Own).is_ok());
    }

    #[test]
    fn a_permission_without_a_limit_covers_the_limited_ones_and_no_other() {
        let edit = |scope| Permission::parse("article:edit", scope).unwrap();
        assert!(edit(Scope::Any).covers(&edit(Scope::Own)) && edit(Scope::Own).covers(&edit(Scope::Own)));
        assert!(!edit(Scope::Own).covers(&edit(Scope::Any)) && !edit(Scope::Own).covers(&edit(Scope::InCategories)));
        assert!(!edit(Scope::Any).covers(&Permission::parse("event:edit", Scope::Own).unwrap()));
        assert!(!edit(Scope::Any).covers(&Permission::parse("article:read", Scope::Own).unwrap()));
    }

    #[test]
    fn what_holds_for_all_content_is_permitted_once() {
        let author = actor(Role::Author);
        assert!(author.can(Verb::Byline, &article(1)));
        assert!(!author.can(Verb::Byline, &article(9)));
        assert!(!author.can(Verb::Purge, &article(1)));
    }
}
