//! What goes out of an event.

use bantin_application::events::EventDetails;
use bantin_domain::{
    article::PublishedArticle,
    category::CategorySummary,
    content::DeskItem,
    event::{Event, EventSummary, Organiser, PublishedEvent, PublishedOrganiser, Span, Venue},
    kind::Kind,
    locale::Locale,
    media::Media,
    site::WebResource,
    speech::PublishedSpeech,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Render,
    articles::{
        linked::LinkedCategoryView,
        view::{ArticleView, EventSummaryView, LinksView, TranslationView},
    },
    attendees::view::AttendeeView,
    body::{BodyFormat, BodyView},
    categories::view::CategoryView,
    desk::DeskView,
    head::HeadView,
    list::Included,
    media::view::MediaView,
    organisations::view::OrganisationView,
    speeches::view::SpeechView,
};

/// An event as the public reads it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Event)]
pub struct EventView {
    /// Its identity, for ever.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Always `event`.
    #[serde(rename = "type")]
    pub resource: &'static str,
    /// Its language.
    pub locale: String,
    /// Its address.
    pub slug: String,
    /// Its name.
    pub title: String,
    /// What sort of event it is.
    pub kind: String,
    /// How certain it is.
    pub status: String,
    /// Its first local day.
    #[schema(value_type = String, format = Date)]
    pub starts_on: String,
    /// Its last local day, included.
    #[schema(value_type = String, format = Date)]
    pub ends_on: String,
    /// When it begins; `null` where only the days are known.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<String>,
    /// When it ends.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<String>,
    /// Whether only the days are known.
    pub all_day: bool,
    /// The IANA zone in which its hours are meant.
    pub timezone: String,
    /// Where it is.
    pub venue: Option<VenueView>,
    /// Where to watch or join.
    pub online_url: Option<String>,
    /// Who holds it.
    pub organisers: Vec<LinkedOrganiserView>,
    /// In a few sentences, plain text.
    pub summary: Option<String>,
    /// Its text; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<BodyView>,
    /// Its section.
    pub category: Option<LinkedCategoryView>,
    /// Its picture.
    pub cover: Option<MediaView>,
    /// Files to download.
    pub attachments: Vec<MediaView>,
    /// The date shown.
    #[schema(value_type = String, format = DateTime)]
    pub published_at: String,
    /// When the public last got another text.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: String,
    /// The same event in other languages.
    pub translations: Vec<TranslationView>,
    /// Where it is found.
    pub links: LinksView,
    /// What its page says in its head; with `include=head` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<HeadView>,
    /// Its programme in order, without texts; with `include=speeches` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    pub speeches: Option<Vec<SpeechView>>,
    /// Who publicly attended it, in order; with `include=attendees` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attendees: Option<Vec<AttendeeView>>,
    /// The newest articles that report it; with `include=articles` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    pub articles: Option<Vec<ArticleView>>,
}

/// Who holds an event, and with `include=organisers` what the directory says of them.
pub type LinkedOrganiserView = Included<OrganiserView, OrganisationView>;

impl EventView {
    /// The view of a published event.
    pub fn new(event: PublishedEvent, format: BodyFormat, render: &Render) -> Self {
        Self::with(event, &EventDetails::default(), format, render)
    }

    /// The view of a published event, with the details that are there of what it refers to.
    pub fn with(event: PublishedEvent, details: &EventDetails, format: BodyFormat, render: &Render) -> Self {
        let speech = |speech: &PublishedSpeech| SpeechView::new(speech.clone(), format, render);
        let report = |article: &PublishedArticle| ArticleView::new(article.clone(), format, render);
        Self {
            head: None,
            speeches: details.speeches.get(&event.id).map(|all| all.iter().map(speech).collect()),
            attendees: details.attendees.get(&event.id).map(|all| all.iter().cloned().map(Into::into).collect()),
            articles: details.articles.get(&event.id).map(|all| all.iter().map(report).collect()),
            links: render.links(&WebResource::from(&event)),
            id: event.id.to_string(),
            resource: "event",
            locale: event.locale.to_string(),
            slug: event.slug.to_string(),
            title: event.title,
            kind: event.kind.to_string(),
            status: event.status.to_string(),
            starts_on: event.starts_on.to_string(),
            ends_on: event.ends_on.to_string(),
            all_day: event.starts_at.is_none(),
            starts_at: event.starts_at.map(|at| render.time(at)),
            ends_at: event.ends_at.map(|at| render.time(at)),
            timezone: event.timezone,
            venue: event.venue.map(Into::into),
            online_url: event.online_url.map(|url| url.as_str().to_owned()),
            organisers: event.organisers.into_iter().map(|one| organiser(one, details, render)).collect(),
            summary: event.summary,
            body: event.body.map(|body| BodyView::public(&body, format, &event.body_media, render)),
            category: event.category.map(|one| section(one, &event.locale, details, render)),
            cover: event.cover.map(|media| MediaView::new(media, render)),
            attachments: event.attachments.into_iter().map(|media| MediaView::new(media, render)).collect(),
            published_at: render.time(event.published_at),
            updated_at: render.time(event.updated_at),
            translations: event
                .translations
                .into_iter()
                .map(|one| TranslationView::new(one, Kind::Event, None, render))
                .collect(),
        }
    }
}

fn organiser(organiser: PublishedOrganiser, details: &EventDetails, render: &Render) -> LinkedOrganiserView {
    let known = organiser.organisation_id.and_then(|id| details.organisations.get(&id)).cloned();
    Included { details: known.map(|one| OrganisationView::new(one, render)), summary: organiser.into() }
}

fn section(category: CategorySummary, locale: &Locale, details: &EventDetails, render: &Render) -> LinkedCategoryView {
    let known = details.sections.iter().find(|one| one.id == category.id);
    let known = known.map(|one| CategoryView::new(&details.sections, one, locale, render));
    Included { details: known, summary: category.into() }
}

/// The place of an event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Venue)]
pub struct VenueView {
    /// Its name.
    pub name: String,
    /// Its postal address.
    pub address: Option<String>,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
}

impl From<Venue> for VenueView {
    fn from(venue: Venue) -> Self {
        Self {
            name: venue.name.to_string(),
            address: venue.address.map(|address| address.to_string()),
            latitude: venue.latitude,
            longitude: venue.longitude,
        }
    }
}

/// Who holds an event.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Organiser)]
pub struct OrganiserView {
    /// In the directory; `null` where it is not in it.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub organisation_id: Option<String>,
    /// Its address in the directory.
    pub slug: Option<String>,
    /// As announced; the directory's name where none was.
    pub name: String,
}

impl From<PublishedOrganiser> for OrganiserView {
    fn from(organiser: PublishedOrganiser) -> Self {
        Self {
            organisation_id: organiser.organisation_id.map(|id| id.to_string()),
            slug: organiser.slug.map(|slug| slug.to_string()),
            name: organiser.name,
        }
    }
}

/// An event with its speeches in order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Programme)]
pub struct ProgrammeView {
    /// The event.
    pub event: EventSummaryView,
    /// Its public speeches in order, without their texts.
    pub speeches: Vec<SpeechView>,
}

impl ProgrammeView {
    /// The view of a programme.
    pub fn new(event: PublishedEvent, speeches: Vec<PublishedSpeech>, render: &Render) -> Self {
        let summary = EventSummary { id: event.id, slug: event.slug, title: event.title, starts_on: event.starts_on };
        Self {
            event: summary.into(),
            speeches: speeches.into_iter().map(|speech| SpeechView::new(speech, BodyFormat::Html, render)).collect(),
        }
    }
}

/// An event as the desk reads it: what can be written back, and where it stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeskEvent)]
pub struct DeskEventView {
    /// Its identity, state, version and what the caller can do.
    #[serde(flatten)]
    pub desk: DeskView,
    /// Its name.
    pub title: String,
    /// The address that the next publication will have.
    pub slug: String,
    /// What sort of event it is.
    pub kind: String,
    /// How certain it is.
    pub status: String,
    /// Its first day, where only the days are known.
    #[schema(value_type = Option<String>, format = Date)]
    pub starts_on: Option<String>,
    /// Its last day, where only the days are known.
    #[schema(value_type = Option<String>, format = Date)]
    pub ends_on: Option<String>,
    /// When it begins, where that is known.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<String>,
    /// When it ends.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<String>,
    /// The IANA zone in which its hours are meant.
    pub timezone: Option<String>,
    /// Where it is.
    pub venue: Option<VenueView>,
    /// Where to watch or join.
    pub online_url: Option<String>,
    /// Who holds it, as written.
    pub organisers: Vec<DeskOrganiserView>,
    /// In a few sentences, plain text.
    pub summary: Option<String>,
    /// Its text.
    pub body: BodyView,
    /// Its section.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub category_id: Option<String>,
    /// Its picture.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub cover_id: Option<String>,
    /// Files to download.
    #[schema(value_type = Vec<String>)]
    pub attachment_ids: Vec<String>,
}

/// Who holds an event, as an editor wrote it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeskOrganiser)]
pub struct DeskOrganiserView {
    /// In the directory.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub organisation_id: Option<String>,
    /// As announced.
    pub name: Option<String>,
}

impl From<Organiser> for DeskOrganiserView {
    fn from(organiser: Organiser) -> Self {
        Self {
            organisation_id: organiser.organisation_id.map(|id| id.to_string()),
            name: organiser.name.map(|name| name.to_string()),
        }
    }
}

impl DeskEventView {
    /// The view of an event at the desk. `media` is what its text shows.
    pub fn new(desk: DeskItem<Event>, media: &[Media], format: BodyFormat, render: &Render) -> Self {
        let event = desk.item.content.clone();
        // Only what was written: sent back as it is, it must say the same again.
        let (days, times) = match event.span {
            Span::Days { first, last } => (Some((first, last)), None),
            Span::Times { start, end } => (None, Some((start, end))),
        };
        Self {
            title: event.title.to_string(),
            slug: event.slug.to_string(),
            kind: event.kind.to_string(),
            status: event.status.to_string(),
            starts_on: days.map(|(first, _)| first.to_string()),
            ends_on: days.map(|(_, last)| last.to_string()),
            starts_at: times.map(|(start, _)| render.time(start)),
            ends_at: times.and_then(|(_, end)| end).map(|end| render.time(end)),
            timezone: event.timezone.map(|zone| zone.name().to_owned()),
            venue: event.venue.map(Into::into),
            online_url: event.online_url.map(|url| url.as_str().to_owned()),
            organisers: event.organisers.into_iter().map(Into::into).collect(),
            summary: event.summary.map(|summary| summary.to_string()),
            body: BodyView::desk(&event.body, format, media, render),
            category_id: event.category_id.map(|id| id.to_string()),
            cover_id: event.cover_id.map(|id| id.to_string()),
            attachment_ids: event.attachment_ids.iter().map(ToString::to_string).collect(),
            desk: DeskView::new("event", &desk, render),
        }
    }
}
