//! What goes out of a person.

use bantin_application::directory::allowed_actions;
use bantin_domain::{
    kind::Kind,
    locale::Locale,
    organisation::OrganisationSummary,
    person::{Appearance, Person, Position, PublishedPerson},
    policy::{Actor, Subject},
    site::WebResource,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Render,
    articles::view::{EventSummaryView, LinksView},
    media::view::MediaView,
};

/// A person as the public reads them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Person)]
pub struct PersonView {
    /// Their identity, for ever.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Always `person`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Their address.
    pub slug: String,
    /// Their name as it is shown.
    pub display_name: String,
    /// Họ.
    pub family_name: Option<String>,
    /// Tên đệm.
    pub middle_name: Option<String>,
    /// Tên.
    pub given_name: Option<String>,
    /// What stands before the name: `PGS.TS.`.
    pub academic_title: Option<String>,
    /// Other names they are known by.
    pub aliases: Vec<String>,
    /// Where they work and worked, newest first.
    pub positions: Vec<PositionView>,
    /// A few lines about them.
    pub biography: Option<String>,
    /// Their picture.
    pub photo: Option<MediaView>,
    /// Where they are found.
    pub links: LinksView,
}

impl PersonView {
    /// The view of a public person.
    pub fn new(published: PublishedPerson, render: &Render) -> Self {
        let content = published.person.content;
        let post = |position: Position| PositionView::public(position, &published.organisations);
        Self {
            id: published.person.id.to_string(),
            kind: "person",
            links: render.links(&WebResource {
                kind: Kind::Person,
                id: published.person.id.uuid(),
                slug: &content.slug,
                locale: &Locale::vietnamese(),
                category: None,
            }),
            slug: content.slug.to_string(),
            display_name: content.name.display.to_string(),
            family_name: content.name.family.map(|name| name.to_string()),
            middle_name: content.name.middle.map(|name| name.to_string()),
            given_name: content.name.given.map(|name| name.to_string()),
            academic_title: content.name.academic_title.map(|title| title.to_string()),
            aliases: content.aliases.iter().map(ToString::to_string).collect(),
            positions: content.positions.into_iter().map(post).collect(),
            biography: content.biography.map(|text| text.to_string()),
            photo: published.photo.map(|photo| MediaView::new(photo, render)),
        }
    }
}

/// A post somebody holds or held.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Position)]
pub struct PositionView {
    /// Its name.
    pub position: String,
    /// Where, in the directory.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub organisation_id: Option<String>,
    /// Where, in words.
    pub organisation: Option<String>,
    /// From which day.
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<String>,
    /// To which day.
    #[schema(value_type = Option<String>, format = Date)]
    pub to: Option<String>,
}

impl PositionView {
    /// A post as the public reads it: the organisation is named as the editor did, else as the
    /// directory does, and linked only where it is public.
    fn public(position: Position, public: &[OrganisationSummary]) -> Self {
        let known = public.iter().find(|one| Some(one.id) == position.organisation_id);
        let view = Self::from(position);
        Self {
            organisation_id: known.map(|one| one.id.to_string()),
            organisation: view.organisation.or_else(|| known.map(|one| one.name.clone())),
            ..view
        }
    }
}

impl From<Position> for PositionView {
    fn from(position: Position) -> Self {
        Self {
            position: position.position.to_string(),
            organisation_id: position.organisation_id.map(|id| id.to_string()),
            organisation: position.organisation.map(|name| name.to_string()),
            from: position.from.map(|day| day.to_string()),
            to: position.to.map(|day| day.to_string()),
        }
    }
}

/// How many people there are under a letter.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Initial)]
pub struct InitialView {
    /// The letter; `#` for names without any.
    pub initial: String,
    /// How many.
    pub count: u64,
}

/// Something that somebody wrote or spoke at.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Appearance)]
pub struct AppearanceView {
    /// `article` or `speech`.
    #[serde(rename = "type")]
    #[schema(pattern = "^(article|speech)$")]
    pub kind: String,
    /// What they had to do with it: `author`, `speaker` or `coSpeaker`.
    #[schema(pattern = "^(author|speaker|coSpeaker)$")]
    pub role: String,
    /// Its identity.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Its language.
    pub locale: String,
    /// Its address.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// Its date.
    #[schema(value_type = String, format = DateTime)]
    pub at: String,
    /// Where a speech was given; `null` for an article.
    pub event: Option<EventSummaryView>,
    /// Where it is found.
    pub links: LinksView,
}

impl AppearanceView {
    /// The view of an appearance.
    pub fn new(appearance: Appearance, render: &Render) -> Self {
        Self {
            kind: appearance.target.kind.to_string(),
            role: appearance.part.to_string(),
            id: appearance.target.id.to_string(),
            locale: appearance.locale.to_string(),
            links: render.links(&WebResource {
                kind: appearance.target.kind,
                id: appearance.target.id,
                slug: &appearance.slug,
                locale: &appearance.locale,
                category: None,
            }),
            slug: appearance.slug.to_string(),
            title: appearance.title,
            at: render.time(appearance.at),
            event: appearance.event.map(Into::into),
        }
    }
}

/// A person as the desk reads them: what can be written back, and the version.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeskPerson)]
pub struct DeskPersonView {
    /// Their identity, for ever.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Always `person`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The version, for `If-Match`.
    pub version: i64,
    /// What the caller can do: `edit`, `delete`.
    pub allowed_actions: Vec<&'static str>,
    /// Their address.
    pub slug: String,
    /// Their name as it is shown.
    pub display_name: String,
    /// Họ.
    pub family_name: Option<String>,
    /// Tên đệm.
    pub middle_name: Option<String>,
    /// Tên.
    pub given_name: Option<String>,
    /// What stands before the name.
    pub academic_title: Option<String>,
    /// Other names they are known by.
    pub aliases: Vec<String>,
    /// Where they work and worked, newest first.
    pub positions: Vec<PositionView>,
    /// A few lines about them.
    pub biography: Option<String>,
    /// Their picture.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub photo_id: Option<String>,
    /// Whether the directory shows them even if nothing public does.
    pub listed: bool,
    /// When they were entered.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: String,
    /// When that was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: String,
}

impl DeskPersonView {
    /// The view of a person at the desk.
    pub fn new(person: Person, actor: &Actor, render: &Render) -> Self {
        let content = person.content;
        Self {
            id: person.id.to_string(),
            kind: "person",
            version: person.version,
            allowed_actions: allowed_actions(actor, &Subject::of(Kind::Person)),
            slug: content.slug.to_string(),
            display_name: content.name.display.to_string(),
            family_name: content.name.family.map(|name| name.to_string()),
            middle_name: content.name.middle.map(|name| name.to_string()),
            given_name: content.name.given.map(|name| name.to_string()),
            academic_title: content.name.academic_title.map(|title| title.to_string()),
            aliases: content.aliases.iter().map(ToString::to_string).collect(),
            positions: content.positions.into_iter().map(Into::into).collect(),
            biography: content.biography.map(|text| text.to_string()),
            photo_id: content.photo_id.map(|id| id.to_string()),
            listed: content.listed,
            created_at: render.time(person.created_at),
            updated_at: render.time(person.updated_at),
        }
    }
}
