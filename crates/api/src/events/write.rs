//! What comes in of an event.

use bantin_application::content::Birth;
use bantin_domain::{
    change::Change,
    event::{Event, EventChanges, EventKind, EventStatus, Organiser, Venue},
    locale::Locale,
    named::Named,
    speech::SpeechId,
    text::{Line, Name, Slug, Summary, Title},
    time::{SiteZone, Timestamp, parse_date},
    url::WebUrl,
    violation::{Fault, Violations, Warning},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    body::BodyWrite,
    patch::{self, Patch},
    problem::Problem,
};

/// What an editor says of an event. To create one `title`, `kind` and one of `startsAt` and `startsOn`
/// are required; to change one, what is absent stays and what is `null` is cleared.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = EventWrite)]
pub struct EventWrite {
    /// With a create only: an id made by the client (UUIDv7), so that it may safely be sent again.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub id: Option<String>,
    /// Its name, to 300 characters.
    #[schema(value_type = Option<String>)]
    pub title: Patch<String>,
    /// Its address; made from the title when absent.
    #[schema(value_type = Option<String>)]
    pub slug: Patch<String>,
    /// `conference`, `workshop`, `seminar`, `training`, `ceremony`, `meeting`, `contest`, `exhibition`
    /// or `other`.
    #[schema(value_type = Option<String>)]
    pub kind: Patch<String>,
    /// `planned` (the default), `confirmed`, `cancelled`, `postponed` or `held`.
    #[schema(value_type = Option<String>)]
    pub status: Patch<String>,
    /// When it begins.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Patch<String>,
    /// Its first day, where only the days are known.
    #[schema(value_type = Option<String>, format = Date)]
    pub starts_on: Patch<String>,
    /// When it ends; goes with `startsAt`.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Patch<String>,
    /// Its last day, included; goes with `startsOn`.
    #[schema(value_type = Option<String>, format = Date)]
    pub ends_on: Patch<String>,
    /// The IANA zone in which its hours are meant; the site's when absent.
    #[schema(value_type = Option<String>)]
    pub timezone: Patch<String>,
    /// Where it is.
    #[schema(value_type = Option<VenueWrite>)]
    pub venue: Patch<VenueWrite>,
    /// Where to watch or join.
    #[schema(value_type = Option<String>)]
    pub online_url: Patch<String>,
    /// Who holds it.
    #[schema(value_type = Option<Vec<OrganiserWrite>>)]
    pub organisers: Patch<Vec<OrganiserWrite>>,
    /// In a few sentences, plain text, to 2,000 characters.
    #[schema(value_type = Option<String>)]
    pub summary: Patch<String>,
    /// Its text.
    #[schema(value_type = Option<BodyWrite>)]
    pub body: Patch<BodyWrite>,
    /// Its section.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub category_id: Patch<String>,
    /// Its picture.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub cover_id: Patch<String>,
    /// Files to download.
    #[schema(value_type = Option<Vec<String>>)]
    pub attachment_ids: Patch<Vec<String>>,
    /// Its language, `vi` by default; cannot change later.
    #[schema(value_type = Option<String>)]
    pub locale: Patch<String>,
    /// With a create only: the event that this one is a translation of.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub translation_of: Option<String>,
}

/// The place of an event.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = VenueWrite)]
pub struct VenueWrite {
    /// Its name.
    pub name: String,
    /// Its postal address.
    #[serde(default)]
    pub address: Option<String>,
    /// Degrees north, -90 to 90.
    #[serde(default)]
    pub latitude: Option<f64>,
    /// Degrees east, -180 to 180.
    #[serde(default)]
    pub longitude: Option<f64>,
}

impl VenueWrite {
    fn parse(self, faults: &mut Violations) -> Option<Venue> {
        let mut degrees = |pointer: &str, value: Option<f64>, most: f64| {
            let value = value?;
            let parsed = if (-most..=most).contains(&value) {
                Ok(value)
            } else {
                Err(Fault::new("out_of_range", format!("must be between -{most} and {most}")))
            };
            faults.take(pointer, parsed)
        };
        let latitude = degrees("/venue/latitude", self.latitude, 90.0);
        let longitude = degrees("/venue/longitude", self.longitude, 180.0);
        let name = faults.take("/venue/name", Name::parse(&self.name));
        let address = self.address.and_then(|address| faults.take("/venue/address", Line::parse(&address)));
        Some(Venue { name: name?, address, latitude, longitude })
    }
}

/// Who holds an event: an organisation of the directory, a name, or both.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[derive(Default)]
#[schema(as = OrganiserWrite)]
pub struct OrganiserWrite {
    /// In the directory.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub organisation_id: Option<String>,
    /// As announced.
    pub name: Option<String>,
}

impl OrganiserWrite {
    fn parse(self, pointer: &str, faults: &mut Violations) -> Organiser {
        if self.organisation_id.is_none() && self.name.is_none() {
            faults.add(format!("{pointer}/name"), Fault::new("required", "say organisationId, name, or both"));
        }
        Organiser {
            organisation_id: self
                .organisation_id
                .and_then(|id| faults.take(format!("{pointer}/organisationId"), patch::id(&id))),
            name: self.name.and_then(|name| faults.take(format!("{pointer}/name"), Name::parse(&name))),
        }
    }
}

/// Parses the name of a value out of a closed list.
///
/// # Errors
/// `invalid_value`, with the names that there are.
pub fn one_of<E: Named>(text: &str) -> Result<E, Fault> {
    E::from_name(text).ok_or_else(|| {
        let names: Vec<&str> = E::ALL.iter().map(|value| value.name()).collect();
        Fault::new("invalid_value", format!("must be one of {}", names.join(", ")))
    })
}

impl EventWrite {
    /// Parses every member, so that all faults are named at once.
    ///
    /// # Errors
    /// 422 with each fault.
    pub fn parse(self) -> Result<(Birth<Event>, EventChanges, Vec<Warning>), Problem> {
        let mut faults = Violations::new();
        let mut warnings = Vec::new();
        let birth = Birth {
            id: self.id.and_then(|text| faults.take("/id", patch::new_id(&text))),
            translation_of: self.translation_of.and_then(|text| faults.take("/translationOf", patch::id(&text))),
        };
        let body = match self.body.plain() {
            Change::Keep => Change::Keep,
            Change::Clear => Change::Clear,
            Change::Set(body) => body.parse(&mut faults, &mut warnings).map_or(Change::Keep, Change::Set),
        };
        let venue = match self.venue.plain() {
            Change::Keep => Change::Keep,
            Change::Clear => Change::Clear,
            Change::Set(venue) => venue.parse(&mut faults).map_or(Change::Keep, Change::Set),
        };
        let organisers = self.organisers.plain().map(|organisers| {
            let numbered = organisers.into_iter().enumerate();
            numbered.map(|(n, one)| one.parse(&format!("/organisers/{n}"), &mut faults)).collect()
        });
        let changes = EventChanges {
            title: self.title.parse("/title", &mut faults, Title::parse),
            slug: self.slug.parse("/slug", &mut faults, Slug::parse),
            kind: self.kind.parse("/kind", &mut faults, one_of::<EventKind>),
            status: self.status.parse("/status", &mut faults, one_of::<EventStatus>),
            starts_at: self.starts_at.parse("/startsAt", &mut faults, Timestamp::parse),
            starts_on: self.starts_on.parse("/startsOn", &mut faults, parse_date),
            ends_at: self.ends_at.parse("/endsAt", &mut faults, Timestamp::parse),
            ends_on: self.ends_on.parse("/endsOn", &mut faults, parse_date),
            timezone: self.timezone.parse("/timezone", &mut faults, SiteZone::parse),
            venue,
            online_url: self.online_url.parse("/onlineUrl", &mut faults, WebUrl::parse),
            organisers,
            summary: self.summary.parse("/summary", &mut faults, Summary::parse),
            body,
            category_id: self.category_id.parse("/categoryId", &mut faults, patch::id),
            cover_id: self.cover_id.parse("/coverId", &mut faults, patch::id),
            attachment_ids: self.attachment_ids.parse_each("/attachmentIds", &mut faults, patch::id),
            locale: self.locale.parse("/locale", &mut faults, Locale::parse),
        };
        faults.into_result((birth, changes, warnings)).map_err(Into::into)
    }

    /// The same for a change, which cannot say anew where the event comes from.
    ///
    /// # Errors
    /// 422 with each fault.
    pub fn parse_patch(self) -> Result<(EventChanges, Vec<Warning>), Problem> {
        patch::refuse_birth(self.id.as_ref(), self.translation_of.as_ref())?;
        let (_, changes, warnings) = self.parse()?;
        Ok((changes, warnings))
    }
}

/// The order of a programme.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ProgrammeWrite)]
pub struct ProgrammeWrite {
    /// Every speech of the event that is not in the trash, once, in order.
    #[schema(value_type = Vec<String>)]
    pub speech_ids: Vec<String>,
}

impl ProgrammeWrite {
    /// Parses the ids.
    ///
    /// # Errors
    /// 422 with each fault.
    pub fn parse(self) -> Result<Vec<SpeechId>, Problem> {
        let mut faults = Violations::new();
        let numbered = self.speech_ids.iter().enumerate();
        let ids =
            numbered.filter_map(|(n, id)| faults.take(format!("/speechIds/{n}"), patch::id(id))).collect::<Vec<_>>();
        faults.into_result(ids).map_err(Into::into)
    }
}
