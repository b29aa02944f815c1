//! One resource of the public side, as a mirror keeps it.

use std::collections::HashMap;

use bantin_domain::{
    article::PublishedArticle,
    attendee::PublishedAttendee,
    category::Category,
    event::{EventId, Organiser, PublishedEvent},
    id::Id,
    kind::Kind,
    listing::{NameSort, Order, PageRequest, Start},
    media::Media,
    organisation::PublishedOrganisation,
    page::PublishedPage,
    person::PublishedPerson,
    site::SITE_ID,
    speech::{PublishedSpeech, Speaker, SpeechId},
    tag::{Tag, TagId},
    time::SiteZone,
};
use bantin_persistence::{
    PublicReader, categories, media, organisations, people,
    public::{
        articles::{self, ArticleParts},
        attendees,
        events::{self, EventParts},
        pages::{self, PageParts},
        records,
        speeches::{self, SpeechParts},
    },
    tags,
};
use uuid::Uuid;

use crate::{
    error::AppError,
    site::{self, PublishedSite},
};

/// One resource: what it says itself, and what it refers to. What it shows only because something else is called so is
/// left out by who writes it down.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// The site in each of its languages, its own first.
    Site(Vec<PublishedSite>),
    /// A section.
    Category(Box<Category>),
    /// A tag.
    Tag(Box<Tag>),
    /// A picture or a file.
    Media(Box<Media>),
    /// An organisation.
    Organisation(Box<PublishedOrganisation>),
    /// A person.
    Person(Box<PublishedPerson>),
    /// An event, who holds it as announced, and who publicly attended it.
    Event(Box<PublishedEvent>, Vec<Organiser>, Vec<PublishedAttendee>),
    /// A speech, who gave it as introduced, and who gave it with them.
    Speech(Box<PublishedSpeech>, Option<Speaker>, Vec<Speaker>),
    /// An article.
    Article(Box<PublishedArticle>),
    /// A page.
    Page(Box<PublishedPage>),
}

/// The ids of the next resources of a kind that may be public.
pub(super) fn ids_after(
    reader: &mut PublicReader<'_>,
    kind: Kind,
    after: Option<Uuid>,
    most: u32,
) -> Result<Vec<Uuid>, AppError> {
    match (kind, after) {
        // There is one.
        (Kind::Site, None) => Ok(vec![SITE_ID.uuid()]),
        (Kind::Site, Some(_)) => Ok(Vec::new()),
        // No id of the others is the nil one.
        _ => Ok(records::ids_after(reader, kind, after.unwrap_or_default(), most)?),
    }
}

/// The records of those of these resources that are of a kind and that the public sees now, in the order of their ids.
pub(super) fn of_kind(
    reader: &mut PublicReader<'_>,
    kind: Kind,
    ids: &[Uuid],
    zone: &SiteZone,
) -> Result<Vec<Record>, AppError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut found: Vec<(Uuid, Record)> = match kind {
        Kind::Site if ids.contains(&SITE_ID.uuid()) => {
            vec![(SITE_ID.uuid(), Record::Site(site::public_in_all(reader, zone)?))]
        }
        Kind::Site => Vec::new(),
        Kind::Category => {
            let all = categories::all(reader)?;
            let asked: Vec<Id<Category>> = typed(ids);
            let of_them = all.iter().filter(|one| asked.contains(&one.id));
            of_them.map(|one| (one.id.uuid(), Record::Category(Box::new(one.clone())))).collect()
        }
        Kind::Tag => tags_of(reader, &typed(ids))?,
        Kind::Media => {
            let mut found = Vec::new();
            for id in typed(ids) {
                let media = media::public_find(reader, id)?;
                found.extend(media.map(|media| (id.uuid(), Record::Media(Box::new(media)))));
            }
            found
        }
        Kind::Organisation => {
            let shown = organisations::shown(reader, &typed(ids))?;
            shown.into_iter().map(|one| (one.organisation.id.uuid(), Record::Organisation(Box::new(one)))).collect()
        }
        Kind::Person => {
            let public = people::public_among(reader, &typed(ids))?;
            let shown = people::shown(reader, &public.into_iter().map(|one| one.id).collect::<Vec<_>>())?;
            shown.into_iter().map(|one| (one.person.id.uuid(), Record::Person(Box::new(one)))).collect()
        }
        Kind::Event => events_of(reader, &typed(ids))?,
        Kind::Speech => speeches_of(reader, &typed(ids))?,
        Kind::Article => {
            let shown = articles::some_parts(reader, &typed(ids), ArticleParts::WHOLE)?;
            shown.into_iter().map(|one| (one.id.uuid(), Record::Article(Box::new(one)))).collect()
        }
        Kind::Page => {
            let shown = pages::some_parts(reader, &typed(ids), PageParts::WHOLE)?;
            shown.into_iter().map(|one| (one.id.uuid(), Record::Page(Box::new(one)))).collect()
        }
    };
    found.sort_by_key(|(id, _)| *id);
    Ok(found.into_iter().map(|(_, record)| record).collect())
}

fn typed<T>(ids: &[Uuid]) -> Vec<Id<T>> {
    ids.iter().copied().map(Id::new).collect()
}

fn tags_of(reader: &mut PublicReader<'_>, ids: &[TagId]) -> Result<Vec<(Uuid, Record)>, AppError> {
    let filter = tags::TagFilter { ids: Some(ids.to_vec()), slugs: None };
    let limit = u32::try_from(ids.len()).unwrap_or(u32::MAX);
    let whole = PageRequest { limit, start: Start::First, count: false };
    let order = Order { by: NameSort::Name, descending: false };
    let shown = tags::public_list(reader, &filter, order, &whole)?.rows;
    Ok(shown.into_iter().map(|tag| (tag.id.uuid(), Record::Tag(Box::new(tag)))).collect())
}

fn events_of(reader: &mut PublicReader<'_>, ids: &[EventId]) -> Result<Vec<(Uuid, Record)>, AppError> {
    let shown = events::some_parts(reader, ids, EventParts::WHOLE)?;
    let ids: Vec<EventId> = shown.iter().map(|event| event.id).collect();
    let mut organisers: HashMap<EventId, Vec<Organiser>> = records::organisers(reader, &ids)?.into_iter().collect();
    let mut attendees: HashMap<EventId, Vec<PublishedAttendee>> = HashMap::new();
    for (event, attendee) in attendees::of_events(reader, &ids)? {
        attendees.entry(event).or_default().push(attendee);
    }
    let record = |event: PublishedEvent| {
        let id = event.id;
        let beside = (organisers.remove(&id).unwrap_or_default(), attendees.remove(&id).unwrap_or_default());
        (id.uuid(), Record::Event(Box::new(event), beside.0, beside.1))
    };
    Ok(shown.into_iter().map(record).collect())
}

fn speeches_of(reader: &mut PublicReader<'_>, ids: &[SpeechId]) -> Result<Vec<(Uuid, Record)>, AppError> {
    let shown = speeches::some_parts(reader, ids, SpeechParts::WHOLE)?;
    let ids: Vec<SpeechId> = shown.iter().map(|speech| speech.id).collect();
    let mut speakers: HashMap<SpeechId, records::Speakers> = records::speakers(reader, &ids)?.into_iter().collect();
    let record = |speech: PublishedSpeech| {
        let (first, others) = speakers.remove(&speech.id).unwrap_or_default();
        (speech.id.uuid(), Record::Speech(Box::new(speech), first, others))
    };
    Ok(shown.into_iter().map(record).collect())
}
