//! A speech, report or paper given at an event.

use serde::{Deserialize, Serialize};

use crate::{
    body::Body,
    change::Change,
    content::{Content, Link, NewBody, Particulars, Relation, Translation},
    event::{EventId, EventSummary},
    id::Id,
    kind::{Kind, Target},
    locale::Locale,
    media::{Media, MediaId, body_links},
    named::{Named, named_enum},
    organisation::OrganisationId,
    person::PersonId,
    text::{Label, Name, Slug, Summary, Title},
    time::Timestamp,
    url::WebUrl,
    violation::{Fault, Violation, Violations},
};

/// The identity of a speech.
pub type SpeechId = Id<Speech>;

named_enum! {
    /// What sort of speech it is.
    pub enum SpeechKind {
        /// Phát biểu khai mạc.
        Opening = "opening",
        /// Báo cáo.
        Report = "report",
        /// Tham luận.
        Presentation = "presentation",
        /// Thảo luận.
        Discussion = "discussion",
        /// Phát biểu bế mạc.
        Closing = "closing",
        /// Something else.
        Other = "other",
    }
}

/// The working copy of a speech.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Speech {
    /// Where it was given; fixed once the speech exists.
    pub event_id: EventId,
    /// What sort of speech it is.
    pub kind: SpeechKind,
    /// Its title.
    pub title: Title,
    /// Its address.
    pub slug: Slug,
    /// Who gave it, as introduced that day; `None` when nobody in particular spoke.
    pub speaker: Option<Speaker>,
    /// Who gave it with them.
    pub co_speakers: Vec<Speaker>,
    /// In plain text.
    pub summary: Option<Summary>,
    /// Its text.
    pub body: Body,
    /// When it begins.
    pub starts_at: Option<Timestamp>,
    /// How long it takes, in minutes.
    pub duration_minutes: Option<u32>,
    /// Slides and papers.
    pub attachment_ids: Vec<MediaId>,
    /// Where to watch it.
    pub video_url: Option<WebUrl>,
    /// The language it is written in.
    pub locale: Locale,
}

/// Somebody as introduced at an event: a snapshot, which no later rename touches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Speaker {
    /// In the directory.
    pub person_id: Option<PersonId>,
    /// As introduced.
    pub name: Option<Name>,
    /// Ông, bà, đồng chí.
    pub honorific: Option<Label>,
    /// The post held that day.
    pub position: Option<Name>,
    /// Where from, that day.
    pub organisation: Option<Name>,
    /// In the directory.
    pub organisation_id: Option<OrganisationId>,
}

impl Speaker {
    /// A speaker of whom at least something is known.
    ///
    /// # Errors
    /// `required` where neither name nor position nor organisation is said.
    pub fn parse(self) -> Result<Self, Fault> {
        if self.name.is_none() && self.position.is_none() && self.organisation.is_none() {
            return Err(Fault::new("required", "say at least one of name, position and organisation"));
        }
        Ok(self)
    }
}

/// What a write says about a speech.
#[derive(Debug, Clone, Default)]
pub struct SpeechChanges {
    /// Required; fixed once the speech exists.
    pub event_id: Change<EventId>,
    /// Required.
    pub kind: Change<SpeechKind>,
    /// Required.
    pub title: Change<Title>,
    /// Made from the title when absent.
    pub slug: Change<Slug>,
    /// Optional.
    pub speaker: Change<Speaker>,
    /// Empty by default.
    pub co_speakers: Change<Vec<Speaker>>,
    /// Optional.
    pub summary: Change<Summary>,
    /// Empty by default.
    pub body: Change<NewBody>,
    /// Optional.
    pub starts_at: Change<Timestamp>,
    /// Optional, 1 to 1,440.
    pub duration_minutes: Change<u32>,
    /// Empty by default.
    pub attachment_ids: Change<Vec<MediaId>>,
    /// Optional.
    pub video_url: Change<WebUrl>,
    /// Vietnamese by default; fixed once the item exists.
    pub locale: Change<Locale>,
}

impl Content for Speech {
    const KIND: Kind = Kind::Speech;
    type Changes = SpeechChanges;

    fn changed(current: Option<Self>, changes: SpeechChanges) -> Result<Self, Violations> {
        let mut faults = Violations::new();
        let was = current.as_ref();
        let event_id = changes.event_id.required(was.map(|speech| speech.event_id), "/eventId", &mut faults);
        let kind = changes.kind.required(was.map(|speech| speech.kind), "/kind", &mut faults);
        let title = changes.title.required(was.map(|speech| speech.title.clone()), "/title", &mut faults);
        let (Some(event_id), Some(kind), Some(title)) = (event_id, kind, title) else {
            return Err(faults);
        };
        if was.is_some_and(|speech| speech.event_id != event_id) {
            faults.add("/eventId", Fault::new("immutable", "a speech stays with the event it was given at"));
        }
        let locale = changes.locale.or(was.map(|speech| speech.locale.clone())).unwrap_or_else(Locale::vietnamese);
        if was.is_some_and(|speech| speech.locale != locale) {
            faults.add(
                "/locale",
                Fault::new("immutable", "cannot change once the item exists; make a translation instead"),
            );
        }
        let slug =
            changes.slug.or(was.map(|speech| speech.slug.clone())).unwrap_or_else(|| Slug::from_title(title.as_str()));
        let mut speech = match current {
            Some(speech) => Self { kind, title, slug, ..speech },
            None => Self {
                event_id,
                kind,
                title,
                slug,
                locale,
                speaker: None,
                co_speakers: Vec::new(),
                summary: None,
                body: Body::default(),
                starts_at: None,
                duration_minutes: None,
                attachment_ids: Vec::new(),
                video_url: None,
            },
        };
        speech.speaker = changes.speaker.or(speech.speaker);
        speech.co_speakers = changes.co_speakers.or_default(speech.co_speakers);
        speech.summary = changes.summary.or(speech.summary);
        speech.body = changes.body.map(|new| new.over(Some(&speech.body))).or_default(speech.body);
        speech.starts_at = changes.starts_at.or(speech.starts_at);
        speech.duration_minutes = changes.duration_minutes.or(speech.duration_minutes);
        speech.attachment_ids = changes.attachment_ids.or_default(speech.attachment_ids);
        speech.video_url = changes.video_url.or(speech.video_url);
        if speech.duration_minutes.is_some_and(|minutes| !(1..=1440).contains(&minutes)) {
            faults.add("/durationMinutes", Fault::new("out_of_range", "must be between 1 and 1440"));
        }
        faults.into_result(speech)
    }

    fn title(&self) -> &Title {
        &self.title
    }
    fn slug(&self) -> &Slug {
        &self.slug
    }
    fn set_slug(&mut self, slug: Slug) {
        self.slug = slug;
    }
    fn chosen_slug(changes: &SpeechChanges) -> Option<&Slug> {
        match &changes.slug {
            Change::Set(slug) => Some(slug),
            Change::Keep | Change::Clear => None,
        }
    }
    fn locale(&self) -> &Locale {
        &self.locale
    }
    fn body(&self) -> &Body {
        &self.body
    }
    fn parent(&self) -> Option<Target> {
        Some(Target::new(Kind::Event, self.event_id))
    }
    fn particulars(&self) -> Particulars {
        Particulars { kind: Some(self.kind.name()), ..Particulars::default() }
    }

    fn links(&self) -> Vec<Link> {
        let mut links = vec![Link::new(Relation::Event, Kind::Event, self.event_id, "/eventId")];
        let speakers = self.speaker.iter().map(|one| (one, Relation::Speaker, "/speaker".to_owned()));
        let others =
            self.co_speakers.iter().enumerate().map(|(n, one)| (one, Relation::CoSpeaker, format!("/coSpeakers/{n}")));
        for (speaker, relation, pointer) in speakers.chain(others) {
            links.extend(
                speaker.person_id.map(|id| Link::new(relation, Kind::Person, id, format!("{pointer}/personId"))),
            );
            links.extend(speaker.organisation_id.map(|id| {
                Link::new(Relation::Organisation, Kind::Organisation, id, format!("{pointer}/organisationId"))
            }));
        }
        links.extend(body_links(&self.body));
        links.extend(Link::list(Relation::Attachment, Kind::Media, &self.attachment_ids, "attachmentIds"));
        links
    }

    fn flaws(&self) -> Vec<Violation> {
        Vec::new()
    }
}

named_enum! {
    /// What a list of speeches can be sorted by.
    pub enum SpeechSort {
        /// Event by event, the last published first, each in the order of its programme.
        Order = "order",
        /// When it begins.
        StartsAt = "startsAt",
        /// The title, in Vietnamese order.
        Title = "title",
    }
}

/// A speech as the public reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishedSpeech {
    /// Its identity.
    pub id: SpeechId,
    /// Its language.
    pub locale: Locale,
    /// Its current slug.
    pub slug: Slug,
    /// What sort of speech it is.
    pub kind: SpeechKind,
    /// Its title.
    pub title: String,
    /// Its place in the programme, from 1.
    pub order: i64,
    /// Who gave it, as introduced that day.
    pub speaker: Option<PublishedSpeaker>,
    /// Who gave it with them.
    pub co_speakers: Vec<PublishedSpeaker>,
    /// In plain text.
    pub summary: Option<String>,
    /// Its text; `None` in lists, which leave it out.
    pub body: Option<Body>,
    /// The media its text shows.
    pub body_media: Vec<Media>,
    /// When it begins.
    pub starts_at: Option<Timestamp>,
    /// How long it takes.
    pub duration_minutes: Option<i64>,
    /// Slides and papers.
    pub attachments: Vec<Media>,
    /// Where to watch it.
    pub video_url: Option<WebUrl>,
    /// Where it was given.
    pub event: EventSummary,
    /// When the public first could read it.
    pub published_at: Timestamp,
    /// When its text last changed in public.
    pub updated_at: Timestamp,
    /// Other languages of it that are public.
    pub translations: Vec<Translation>,
}

/// A speaker as the public reads them: the snapshot, and the link to the directory where the person
/// is public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedSpeaker {
    /// In the directory.
    pub person_id: Option<PersonId>,
    /// Their address in the directory.
    pub slug: Option<Slug>,
    /// As introduced; the directory's name where none was said.
    pub name: Option<String>,
    /// As introduced.
    pub honorific: Option<String>,
    /// As introduced.
    pub position: Option<String>,
    /// As introduced.
    pub organisation: Option<String>,
    /// In the directory.
    pub organisation_id: Option<OrganisationId>,
}
