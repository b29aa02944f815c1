//! What goes out of a speech.

use bantin_application::speeches::SpeechDetails;
use bantin_domain::{
    content::DeskItem,
    kind::Kind,
    media::Media,
    site::WebResource,
    speech::{PublishedSpeaker, PublishedSpeech, Speaker, Speech},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Render,
    articles::{
        linked::LinkedEventView,
        view::{LinksView, TranslationView},
    },
    body::{BodyFormat, BodyView},
    desk::DeskView,
    events::view::EventView,
    list::Included,
    media::view::MediaView,
    people::view::PersonView,
};

/// A speech as the public reads it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Speech)]
pub struct SpeechView {
    /// Its identity, for ever.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Always `speech`.
    #[serde(rename = "type")]
    pub resource: &'static str,
    /// Its language.
    pub locale: String,
    /// Its address.
    pub slug: String,
    /// What sort of speech it is.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// Its place in the programme, from 1.
    pub order: i64,
    /// Who gave it, as introduced that day; `null` when nobody in particular spoke.
    pub speaker: Option<SpeakerView>,
    /// Who gave it with them.
    pub co_speakers: Vec<SpeakerView>,
    /// In a few sentences, plain text.
    pub summary: Option<String>,
    /// Its text; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<BodyView>,
    /// When it begins.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<String>,
    /// How long it takes.
    pub duration_minutes: Option<i64>,
    /// Slides and papers.
    pub attachments: Vec<MediaView>,
    /// Where to watch it.
    pub video_url: Option<String>,
    /// Where it was given.
    #[schema(no_recursion)]
    pub event: LinkedEventView,
    /// The date shown.
    #[schema(value_type = String, format = DateTime)]
    pub published_at: String,
    /// When the public last got another text.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: String,
    /// The same speech in other languages.
    pub translations: Vec<TranslationView>,
    /// Where it is found.
    pub links: LinksView,
}

impl SpeechView {
    /// The view of a published speech.
    pub fn new(speech: PublishedSpeech, format: BodyFormat, render: &Render) -> Self {
        Self::with(speech, &SpeechDetails::default(), format, render)
    }

    /// The view of a published speech, with the details that are there of what it refers to.
    pub fn with(speech: PublishedSpeech, details: &SpeechDetails, format: BodyFormat, render: &Render) -> Self {
        let speaker = |speaker: PublishedSpeaker| SpeakerView::new(speaker, details, render);
        let event = details.events.get(&speech.event.id).cloned();
        Self {
            links: render.links(&WebResource {
                kind: Kind::Speech,
                id: speech.id.uuid(),
                slug: &speech.slug,
                locale: &speech.locale,
                category: None,
            }),
            id: speech.id.to_string(),
            resource: "speech",
            locale: speech.locale.to_string(),
            slug: speech.slug.to_string(),
            kind: speech.kind.to_string(),
            title: speech.title,
            order: speech.order,
            speaker: speech.speaker.map(speaker),
            co_speakers: speech.co_speakers.into_iter().map(speaker).collect(),
            summary: speech.summary,
            body: speech.body.map(|body| BodyView::public(&body, format, &speech.body_media, render)),
            starts_at: speech.starts_at.map(|at| render.time(at)),
            duration_minutes: speech.duration_minutes,
            attachments: speech.attachments.into_iter().map(|media| MediaView::new(media, render)).collect(),
            video_url: speech.video_url.map(|url| url.as_str().to_owned()),
            event: Included {
                details: event.map(|event| EventView::new(event, BodyFormat::Html, render)),
                summary: speech.event.into(),
            },
            published_at: render.time(speech.published_at),
            updated_at: render.time(speech.updated_at),
            translations: speech
                .translations
                .into_iter()
                .map(|one| TranslationView::new(one, Kind::Speech, None, render))
                .collect(),
        }
    }
}

/// Somebody as introduced that day; no later rename touches it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Speaker)]
pub struct SpeakerView {
    /// In the directory; `null` where they are not in it.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub person_id: Option<String>,
    /// Their address in the directory.
    pub slug: Option<String>,
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
    /// With `include=speaker.person`: what the directory says of them today; absent where they are not in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonView>,
}

impl SpeakerView {
    fn new(speaker: PublishedSpeaker, details: &SpeechDetails, render: &Render) -> Self {
        let person = speaker.person_id.and_then(|id| details.people.get(&id)).cloned();
        Self {
            person: person.map(|one| PersonView::new(one, render)),
            person_id: speaker.person_id.map(|id| id.to_string()),
            slug: speaker.slug.map(|slug| slug.to_string()),
            name: speaker.name,
            honorific: speaker.honorific,
            position: speaker.position,
            organisation: speaker.organisation,
            organisation_id: speaker.organisation_id.map(|id| id.to_string()),
        }
    }
}

/// A speech as the desk reads it: what can be written back, and where it stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeskSpeech)]
pub struct DeskSpeechView {
    /// Its identity, state, version and what the caller can do.
    #[serde(flatten)]
    pub desk: DeskView,
    /// Where it was given.
    #[schema(value_type = String, format = Uuid)]
    pub event_id: String,
    /// What sort of speech it is.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// The address that the next publication will have.
    pub slug: String,
    /// Its place in the programme, from 1.
    pub order: i64,
    /// Who gave it, as introduced that day.
    pub speaker: Option<DeskSpeakerView>,
    /// Who gave it with them.
    pub co_speakers: Vec<DeskSpeakerView>,
    /// In a few sentences, plain text.
    pub summary: Option<String>,
    /// Its text.
    pub body: BodyView,
    /// When it begins.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<String>,
    /// How long it takes.
    pub duration_minutes: Option<u32>,
    /// Slides and papers.
    #[schema(value_type = Vec<String>)]
    pub attachment_ids: Vec<String>,
    /// Where to watch it.
    pub video_url: Option<String>,
}

/// Somebody as an editor introduced them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeskSpeaker)]
pub struct DeskSpeakerView {
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

impl From<Speaker> for DeskSpeakerView {
    fn from(speaker: Speaker) -> Self {
        Self {
            person_id: speaker.person_id.map(|id| id.to_string()),
            name: speaker.name.map(|name| name.to_string()),
            honorific: speaker.honorific.map(|honorific| honorific.to_string()),
            position: speaker.position.map(|position| position.to_string()),
            organisation: speaker.organisation.map(|name| name.to_string()),
            organisation_id: speaker.organisation_id.map(|id| id.to_string()),
        }
    }
}

impl DeskSpeechView {
    /// The view of a speech at the desk. `media` is what its text shows.
    pub fn new(desk: DeskItem<Speech>, media: &[Media], format: BodyFormat, render: &Render) -> Self {
        let speech = desk.item.content.clone();
        Self {
            event_id: speech.event_id.to_string(),
            kind: speech.kind.to_string(),
            title: speech.title.to_string(),
            slug: speech.slug.to_string(),
            order: desk.item.position,
            speaker: speech.speaker.map(Into::into),
            co_speakers: speech.co_speakers.into_iter().map(Into::into).collect(),
            summary: speech.summary.map(|summary| summary.to_string()),
            body: BodyView::desk(&speech.body, format, media, render),
            starts_at: speech.starts_at.map(|at| render.time(at)),
            duration_minutes: speech.duration_minutes,
            attachment_ids: speech.attachment_ids.iter().map(ToString::to_string).collect(),
            video_url: speech.video_url.map(|url| url.as_str().to_owned()),
            desk: DeskView::new("speech", &desk, render),
        }
    }
}
