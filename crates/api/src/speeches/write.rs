//! What comes in of a speech.

use bantin_application::{content::Birth, speeches::SpeechWrite as Parsed};
use bantin_domain::{
    change::Change,
    locale::Locale,
    speech::{Speaker, Speech, SpeechChanges, SpeechKind},
    text::{Label, Name, Slug, Summary, Title},
    time::Timestamp,
    url::WebUrl,
    violation::{Fault, Violations, Warning},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    body::BodyWrite,
    events::write::one_of,
    patch::{self, Patch},
    problem::Problem,
};

/// What an editor says of a speech. To create one `eventId`, `kind` and `title` are required; to change
/// one, what is absent stays and what is `null` is cleared.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = SpeechWrite)]
pub struct SpeechWrite {
    /// With a create only: an id made by the client (UUIDv7), so that it may safely be sent again.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub id: Option<String>,
    /// Where it was given; cannot change later.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub event_id: Patch<String>,
    /// `opening`, `report`, `presentation`, `discussion`, `closing` or `other`.
    #[schema(value_type = Option<String>)]
    pub kind: Patch<String>,
    /// Its title, to 300 characters.
    #[schema(value_type = Option<String>)]
    pub title: Patch<String>,
    /// Its address; made from the title when absent.
    #[schema(value_type = Option<String>)]
    pub slug: Patch<String>,
    /// Who gave it, as introduced that day; absent when nobody in particular spoke.
    #[schema(value_type = Option<SpeakerWrite>)]
    pub speaker: Patch<SpeakerWrite>,
    /// Who gave it with them.
    #[schema(value_type = Option<Vec<SpeakerWrite>>)]
    pub co_speakers: Patch<Vec<SpeakerWrite>>,
    /// Its text.
    #[schema(value_type = Option<BodyWrite>)]
    pub body: Patch<BodyWrite>,
    /// In a few sentences, plain text, to 2,000 characters.
    #[schema(value_type = Option<String>)]
    pub summary: Patch<String>,
    /// When it begins.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Patch<String>,
    /// How long it takes, 1 to 1,440.
    #[schema(value_type = Option<u32>)]
    pub duration_minutes: Patch<u32>,
    /// Where to insert it in the programme, from 1; at the end when absent.
    #[schema(value_type = Option<u32>, minimum = 1)]
    pub order: Option<u32>,
    /// Slides and papers.
    #[schema(value_type = Option<Vec<String>>)]
    pub attachment_ids: Patch<Vec<String>>,
    /// Where to watch it.
    #[schema(value_type = Option<String>)]
    pub video_url: Patch<String>,
    /// Its language, `vi` by default; cannot change later.
    #[schema(value_type = Option<String>)]
    pub locale: Patch<String>,
    /// With a create only: the speech that this one is a translation of.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub translation_of: Option<String>,
}

/// Somebody as introduced that day: at least one of name, position and organisation.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = SpeakerWrite)]
pub struct SpeakerWrite {
    /// In the directory.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub person_id: Option<String>,
    /// As introduced.
    pub name: Option<String>,
    /// Ông, bà, đồng chí.
    pub honorific: Option<String>,
    /// The post held that day.
    pub position: Option<String>,
    /// Where from, that day.
    pub organisation: Option<String>,
    /// In the directory.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub organisation_id: Option<String>,
}

impl SpeakerWrite {
    fn parse(self, pointer: &str, faults: &mut Violations) -> Option<Speaker> {
        let says_nothing = self.name.is_none() && self.position.is_none() && self.organisation.is_none();
        let mut name = |member: &str, text: Option<String>| {
            text.and_then(|text| faults.take(format!("{pointer}/{member}"), Name::parse(&text)))
        };
        let speaker = Speaker {
            name: name("name", self.name),
            position: name("position", self.position),
            organisation: name("organisation", self.organisation),
            honorific: self.honorific.and_then(|text| faults.take(format!("{pointer}/honorific"), Label::parse(&text))),
            person_id: self.person_id.and_then(|id| faults.take(format!("{pointer}/personId"), patch::id(&id))),
            organisation_id: self
                .organisation_id
                .and_then(|id| faults.take(format!("{pointer}/organisationId"), patch::id(&id))),
        };
        // A name that did not parse is a fault of its own, not a missing one.
        if says_nothing { faults.take(pointer, speaker.parse()) } else { Some(speaker) }
    }
}

impl SpeechWrite {
    /// Parses every member, so that all faults are named at once.
    ///
    /// # Errors
    /// 422 with each fault.
    pub fn parse(self) -> Result<(Birth<Speech>, Parsed, Vec<Warning>), Problem> {
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
        let speaker = match self.speaker.plain() {
            Change::Keep => Change::Keep,
            Change::Clear => Change::Clear,
            Change::Set(speaker) => speaker.parse("/speaker", &mut faults).map_or(Change::Keep, Change::Set),
        };
        let co_speakers = self.co_speakers.plain().map(|speakers| {
            let numbered = speakers.into_iter().enumerate();
            numbered.filter_map(|(n, one)| one.parse(&format!("/coSpeakers/{n}"), &mut faults)).collect()
        });
        if self.order == Some(0) {
            faults.add("/order", Fault::new("out_of_range", "must be at least 1"));
        }
        let changes = SpeechChanges {
            event_id: self.event_id.parse("/eventId", &mut faults, patch::id),
            kind: self.kind.parse("/kind", &mut faults, one_of::<SpeechKind>),
            title: self.title.parse("/title", &mut faults, Title::parse),
            slug: self.slug.parse("/slug", &mut faults, Slug::parse),
            speaker,
            co_speakers,
            summary: self.summary.parse("/summary", &mut faults, Summary::parse),
            body,
            starts_at: self.starts_at.parse("/startsAt", &mut faults, Timestamp::parse),
            duration_minutes: self.duration_minutes.plain(),
            attachment_ids: self.attachment_ids.parse_each("/attachmentIds", &mut faults, patch::id),
            video_url: self.video_url.parse("/videoUrl", &mut faults, WebUrl::parse),
            locale: self.locale.parse("/locale", &mut faults, Locale::parse),
        };
        faults.into_result((birth, Parsed { changes, order: self.order }, warnings)).map_err(Into::into)
    }

    /// The same for a change, which cannot say anew where the speech comes from.
    ///
    /// # Errors
    /// 422 with each fault.
    pub fn parse_patch(self) -> Result<(Parsed, Vec<Warning>), Problem> {
        patch::refuse_birth(self.id.as_ref(), self.translation_of.as_ref())?;
        let (_, write, warnings) = self.parse()?;
        Ok((write, warnings))
    }
}
