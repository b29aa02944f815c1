//! What `include=` adds to what an answer shows: the details of all that a whole page refers to, each sort in a
//! constant number of statements.

use std::{collections::HashMap, sync::Arc};

use bantin_domain::{
    article::PublishedArticle,
    attendee::PublishedAttendee,
    category::Category,
    event::{EventId, PublishedEvent},
    person::{PersonId, PublishedPerson},
    speech::PublishedSpeech,
    time::Timestamp,
};
use uuid::Uuid;

/// The details of what a page of content refers to, by the ids under which it does. What was not asked for is
/// empty.
#[derive(Debug, Default)]
pub struct Details {
    /// Every section.
    pub sections: Arc<[Category]>,
    /// People.
    pub people: HashMap<PersonId, PublishedPerson>,
    /// Events, without their texts.
    pub events: HashMap<EventId, PublishedEvent>,
    /// The programmes of events, without texts.
    pub speeches: HashMap<EventId, Vec<PublishedSpeech>>,
    /// The public attendees of events.
    pub attendees: HashMap<EventId, Vec<PublishedAttendee>>,
    /// Other languages of content, by their ids.
    pub translations: HashMap<Uuid, TranslationDetail>,
    /// Articles near an article, by its id.
    pub related: HashMap<Uuid, Vec<PublishedArticle>>,
}

/// What a translation says beside its title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranslationDetail {
    /// Its lead, plain text.
    pub summary: Option<String>,
    /// The date shown.
    pub published_at: Timestamp,
}
