//! What an article refers to, as it shows it: a summary each, and what `include=` adds to it.

use bantin_application::{Details, TranslationDetail};
use bantin_domain::{
    category::CategorySummary, content::Translation, event::EventSummary, kind::Kind, locale::Locale,
    person::PersonSummary, speech::PublishedSpeech, text::Slug,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::view::{CategorySummaryView, EventSummaryView, PersonSummaryView, TranslationView};
use crate::{
    Render, attendees::view::AttendeeView, body::BodyFormat, categories::view::CategoryView, events::view::EventView,
    list::Included, people::view::PersonView, speeches::view::SpeechView,
};

/// An author, and with `include=authors` what the directory says of them.
pub type LinkedPersonView = Included<PersonSummaryView, PersonView>;
/// A section, and with `include=category` what its own page says.
pub type LinkedCategoryView = Included<CategorySummaryView, CategoryView>;
/// An event, and with `include=events` what its own page says.
pub type LinkedEventView = Included<EventSummaryView, EventView>;
/// A translation, and with `include=translations` more of it.
pub type LinkedTranslationView = Included<TranslationView, TranslationDetailView>;

/// The view of an author.
pub(super) fn person(author: PersonSummary, details: &Details, render: &Render) -> LinkedPersonView {
    let known = details.people.get(&author.id).cloned();
    Included { details: known.map(|one| PersonView::new(one, render)), summary: author.into() }
}

/// The view of a section.
pub(super) fn section(
    category: CategorySummary,
    locale: &Locale,
    details: &Details,
    render: &Render,
) -> LinkedCategoryView {
    let known = details.sections.iter().find(|one| one.id == category.id);
    let known = known.map(|one| CategoryView::new(&details.sections, one, locale, render));
    Included { details: known, summary: category.into() }
}

/// The view of a translation.
pub(super) fn translation(
    translation: Translation,
    category: Option<&Slug>,
    details: &Details,
    render: &Render,
) -> LinkedTranslationView {
    let known = details.translations.get(&translation.id).cloned();
    Included {
        details: known.map(|one| TranslationDetailView::new(one, render)),
        summary: TranslationView::new(translation, Kind::Article, category, render),
    }
}

/// An event as an article shows it, with what is asked for of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReportedEvent)]
pub struct ReportedEventView {
    /// The event.
    #[serde(flatten)]
    pub event: LinkedEventView,
    /// With `include=events.speeches`: its programme in order, without texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speeches: Option<Vec<SpeechView>>,
    /// With `include=events.attendees`: who publicly attended it, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attendees: Option<Vec<AttendeeView>>,
}

impl ReportedEventView {
    /// The view of an event that is reported.
    pub fn new(event: EventSummary, details: &Details, render: &Render) -> Self {
        let speech = |speech: &PublishedSpeech| SpeechView::new(speech.clone(), BodyFormat::Html, render);
        Self {
            speeches: details.speeches.get(&event.id).map(|all| all.iter().map(speech).collect()),
            attendees: details.attendees.get(&event.id).map(|all| all.iter().cloned().map(Into::into).collect()),
            event: Included {
                details: details.events.get(&event.id).map(|one| EventView::new(one.clone(), BodyFormat::Html, render)),
                summary: event.into(),
            },
        }
    }
}

/// What `include=translations` adds to a translation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Translation)]
pub struct TranslationDetailView {
    /// The lead, plain text.
    pub summary: Option<String>,
    /// The date shown.
    #[schema(value_type = String, format = DateTime)]
    pub published_at: String,
}

impl TranslationDetailView {
    fn new(detail: TranslationDetail, render: &Render) -> Self {
        Self { summary: detail.summary, published_at: render.time(detail.published_at) }
    }
}
