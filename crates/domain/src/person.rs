//! Somebody who speaks, writes or takes part.

use serde::{Deserialize, Serialize};

use crate::{
    change::Change,
    content::{Link, Relation},
    event::EventSummary,
    id::Id,
    kind::{Kind, Target},
    locale::Locale,
    media::{Media, MediaId},
    named::named_enum,
    organisation::{OrganisationId, OrganisationSummary},
    text::{Label, Name, PersonName, Prose, Slug},
    time::{Date, Timestamp},
    violation::{Fault, Violations},
};

/// The identity of a person.
pub type PersonId = Id<Person>;

/// A person, on both sides alike. Public only while something public shows them, or when `listed`.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// Their identity.
    pub id: PersonId,
    /// Counts the changes.
    pub version: i64,
    /// What is said of them.
    pub content: PersonContent,
    /// When they were entered.
    pub created_at: Timestamp,
    /// When that last changed.
    pub updated_at: Timestamp,
}

/// What an editor says about a person.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PersonContent {
    /// Academic title, family, middle and given name, and how the name is shown.
    #[serde(flatten)]
    pub name: PersonName,
    /// Their address.
    pub slug: Slug,
    /// Other names they are known by.
    pub aliases: Vec<Name>,
    /// Where they work and worked, newest first.
    pub positions: Vec<Position>,
    /// A few lines about them.
    pub biography: Option<Prose<10_000>>,
    /// Their picture.
    pub photo_id: Option<MediaId>,
    /// Whether the directory shows them even if nothing public does.
    pub listed: bool,
}

/// A post somebody holds or held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Position {
    /// Its name: "Giám đốc".
    pub position: Name,
    /// Where, in the directory.
    pub organisation_id: Option<OrganisationId>,
    /// Where, in words.
    pub organisation: Option<Name>,
    /// From which day.
    pub from: Option<Date>,
    /// To which day.
    pub to: Option<Date>,
}

/// What a write says about a person.
#[derive(Debug, Clone, Default)]
pub struct PersonChanges {
    /// Split from the display name when absent.
    pub family_name: Change<Name>,
    /// Split from the display name when absent.
    pub middle_name: Change<Name>,
    /// Split from the display name when absent.
    pub given_name: Change<Name>,
    /// Required.
    pub display_name: Change<Name>,
    /// Made from the display name when absent.
    pub slug: Change<Slug>,
    /// Optional.
    pub academic_title: Change<Label>,
    /// Empty by default.
    pub aliases: Change<Vec<Name>>,
    /// Empty by default.
    pub positions: Change<Vec<Position>>,
    /// Optional.
    pub biography: Change<Prose<10_000>>,
    /// Optional.
    pub photo_id: Change<MediaId>,
    /// `false` by default.
    pub listed: Change<bool>,
}

impl PersonContent {
    /// The person after a write; `None` stands for one who was not entered yet.
    ///
    /// # Errors
    /// What the result would break, with pointers into the write.
    pub fn changed(current: Option<Self>, changes: PersonChanges) -> Result<Self, Violations> {
        let mut faults = Violations::new();
        let was = current.as_ref();
        let renamed = matches!(changes.display_name, Change::Set(_));
        let Some(display) =
            changes.display_name.required(was.map(|person| person.name.display.clone()), "/displayName", &mut faults)
        else {
            return Err(faults);
        };
        // A new display name is split anew; parts that the editor corrected by hand in this write win.
        let parts = match (was, renamed) {
            (Some(person), false) => Some(person.name.clone()),
            _ => faults.take("/displayName", PersonName::from_display(display.as_str())),
        };
        let Some(parts) = parts else {
            return Err(faults);
        };
        let name = PersonName {
            family: changes.family_name.or(parts.family),
            middle: changes.middle_name.or(parts.middle),
            given: changes.given_name.or(parts.given),
            display: parts.display,
            academic_title: changes.academic_title.or(parts.academic_title),
        };
        let slug = changes
            .slug
            .or(was.map(|person| person.slug.clone()))
            .unwrap_or_else(|| Slug::from_title(name.display.as_str()));
        let (aliases, positions, biography, photo_id, listed) = current.map_or_else(Default::default, |person| {
            (person.aliases, person.positions, person.biography, person.photo_id, person.listed)
        });
        let person = Self {
            name,
            slug,
            aliases: changes.aliases.or_default(aliases),
            positions: changes.positions.or_default(positions),
            biography: changes.biography.or(biography),
            photo_id: changes.photo_id.or(photo_id),
            listed: changes.listed.or_default(listed),
        };
        for (n, position) in person.positions.iter().enumerate() {
            if position.from.zip(position.to).is_some_and(|(from, to)| to < from) {
                faults.add(format!("/positions/{n}/to"), Fault::new("ends_before_start", "must not be before `from`"));
            }
        }
        faults.into_result(person)
    }

    /// What it refers to, each with the pointer of the member that says so.
    pub fn links(&self) -> Vec<Link> {
        let mut links: Vec<Link> =
            self.photo_id.map(|id| Link::new(Relation::Cover, Kind::Media, id, "/photoId")).into_iter().collect();
        links.extend(self.positions.iter().enumerate().filter_map(|(n, post)| {
            let pointer = format!("/positions/{n}/organisationId");
            Some(Link::new(Relation::Organisation, Kind::Organisation, post.organisation_id?, pointer))
        }));
        links
    }
}

/// A person as an article or a speech shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonSummary {
    /// Their identity.
    pub id: PersonId,
    /// Their address.
    pub slug: Slug,
    /// Their display name.
    pub name: String,
}

/// A person as the public reads them.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishedPerson {
    /// Who.
    pub person: Person,
    /// Their picture.
    pub photo: Option<Media>,
    /// Those of the organisations they hold posts at that are public.
    pub organisations: Vec<OrganisationSummary>,
}

named_enum! {
    /// What somebody had to do with an article or a speech.
    pub enum Part {
        /// They wrote it.
        Author = "author",
        /// They gave it.
        Speaker = "speaker",
        /// They gave it with somebody else.
        CoSpeaker = "coSpeaker",
    }
}

/// Something that somebody publicly wrote or spoke at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appearance {
    /// What they had to do with it.
    pub part: Part,
    /// The article or speech.
    pub target: Target,
    /// The language it is written in.
    pub locale: Locale,
    /// Its address.
    pub slug: Slug,
    /// Its title.
    pub title: String,
    /// Its date.
    pub at: Timestamp,
    /// Where a speech was given.
    pub event: Option<EventSummary>,
}
