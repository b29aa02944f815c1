//! What can be done with speeches.

use std::collections::{BTreeSet, HashMap};

use bantin_domain::{
    change::Change,
    content::DeskItem,
    event::{Event, EventId, PublishedEvent},
    id::Id,
    kind::{Kind, Ref},
    listing::{Order, PageRequest, Slice},
    locale::Locale,
    media::Media,
    organisation::Organisation,
    person::{Person, PersonId, PublishedPerson},
    policy::{Actor, Edit},
    speech::{PublishedSpeech, Speech, SpeechChanges, SpeechId, SpeechKind, SpeechSort},
    text::Slug,
    violation::{Fault, Violations},
};
pub use bantin_persistence::public::speeches::SpeechParts;
use bantin_persistence::{
    Desk, PublicReader, items, people,
    public::{
        self, Lookup,
        speeches::{self, SpeechFilter},
    },
};

use crate::{
    app::Act,
    content::{self, Birth, ItemFilter},
    error::AppError,
    found,
    order::placed,
    precondition::Precondition,
    search,
    workflow::{self, Step},
};

/// What a client says about a speech: its place in the programme is a member of the event.
#[derive(Debug, Default)]
pub struct SpeechWrite {
    /// Everything but its place.
    pub changes: SpeechChanges,
    /// Its place in the programme, from 1; `None` leaves it where it is, a new one at the end.
    pub order: Option<u32>,
}

/// Makes a speech. It becomes part of its event's programme, so that asks for the right to edit the event.
///
/// # Errors
/// Those of [`content::create`]; an event that the actor may not see is an `unknown_reference`.
pub fn create(act: &mut Act<'_, '_>, birth: Birth<Speech>, write: SpeechWrite) -> Result<DeskItem<Speech>, AppError> {
    act.take_turns()?;
    if let Change::Set(event) = write.changes.event_id {
        may_edit_event(act, event)?;
    }
    let made = content::create(act, birth, write.changes)?;
    put_in_place(act, made, write.order)
}

/// Changes the working copy of a speech, or its place in the programme.
///
/// # Errors
/// Those of [`content::edit`].
pub fn edit(
    act: &mut Act<'_, '_>,
    id: SpeechId,
    precondition: Precondition,
    write: SpeechWrite,
) -> Result<DeskItem<Speech>, AppError> {
    let edited = content::edit(act, id, precondition, write.changes)?;
    put_in_place(act, edited, write.order)
}

fn may_edit_event(act: &mut Act<'_, '_>, event: EventId) -> Result<(), AppError> {
    let Some(event) = items::find::<Event>(act.tx, event)? else {
        return Ok(()); // Said by the check of references, together with whatever else is wrong.
    };
    let subject = content::subject_of(act.tx, Some(event.created_by), &event.content)?;
    match act.actor.may::<Edit>(&subject) {
        Ok(_) => Ok(()),
        Err(denied) if denied.visible => Err(AppError::Forbidden),
        Err(_) => {
            let mut faults = Violations::new();
            faults.add("/eventId", Fault::new("unknown_reference", "names no event that exists"));
            Err(faults.into())
        }
    }
}

/// Puts a speech at a place of the programme; those behind it move on.
fn put_in_place(
    act: &mut Act<'_, '_>,
    mut speech: DeskItem<Speech>,
    order: Option<u32>,
) -> Result<DeskItem<Speech>, AppError> {
    let Some(order) = order else {
        return Ok(speech);
    };
    act.take_turns()?;
    let item = &mut speech.item;
    let event = item.content.event_id;
    let before = items::children::<Speech>(act.tx, event.uuid())?;
    let (after, place) = placed(before.iter().copied(), item.id, order);
    item.position = place;
    if before == after {
        return Ok(speech);
    }
    let subject = content::subject_of(act.tx, Some(item.created_by), &item.content)?;
    let granted = act.actor.may::<Edit>(&subject)?;
    items::set_order(act.tx, &granted, &after)?;
    // The public sees the order when the event, or one of its speeches, is published next.
    items::mark_changed::<Event>(act.tx, &granted, event)?;
    Ok(speech)
}

/// Takes a step of the workflow with a speech.
///
/// # Errors
/// Those of [`workflow::take`].
pub fn take_step(act: &mut Act<'_, '_>, id: SpeechId, version: i64, step: &Step) -> Result<DeskItem<Speech>, AppError> {
    workflow::take(act, id, Some(version), step)
}

/// The media that the text of each speech shows, in one statement.
///
/// # Errors
/// When the database fails.
pub fn companions(desk: &mut Desk<'_>, speeches: &[&Speech]) -> Result<Vec<Vec<Media>>, AppError> {
    content::body_media(desk, speeches.iter().map(|speech| &speech.body))
}

/// One speech at the desk.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn get(desk: &mut Desk<'_>, actor: &Actor, id: SpeechId) -> Result<DeskItem<Speech>, AppError> {
    content::get(desk, actor, id)
}

/// A page of speeches at the desk, last changed first.
///
/// # Errors
/// When the database fails.
pub fn list(
    desk: &mut Desk<'_>,
    actor: &Actor,
    filter: ItemFilter,
    page: &PageRequest,
) -> Result<Slice<DeskItem<Speech>>, AppError> {
    content::list(desk, actor, filter, page)
}

/// One speech as the public reads it, or what of it is wanted.
///
/// # Errors
/// When the database fails.
pub fn public_get(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Speech>,
    locale: Option<&Locale>,
    parts: SpeechParts,
) -> Result<Lookup<PublishedSpeech>, AppError> {
    Ok(speeches::find_parts(reader, reference, locale, parts)?)
}

/// Which speeches a reader asks for, as the URL says it.
#[derive(Debug, Clone)]
pub struct SpeechQuery {
    /// What is looked for in their texts: then the best match comes first, whatever the order.
    pub text: Option<String>,
    /// In this language; `None` is all.
    pub locale: Option<Locale>,
    /// These.
    pub ids: Option<Vec<SpeechId>>,
    /// With one of these slugs.
    pub slugs: Option<Vec<Slug>>,
    /// Of this sort.
    pub kind: Option<SpeechKind>,
    /// Given at this event.
    pub event: Option<Ref<Event>>,
    /// Given by this person, alone or with others.
    pub person: Option<Ref<Person>>,
    /// Given by somebody from this organisation.
    pub organisation: Option<Ref<Organisation>>,
    /// In which order.
    pub order: Order<SpeechSort>,
    /// What of each is wanted.
    pub parts: SpeechParts,
}

/// A page of speeches as the public reads them. A filter that names nothing finds nothing.
///
/// # Errors
/// When the database fails.
pub fn public_list(
    reader: &mut PublicReader<'_>,
    query: SpeechQuery,
    page: &PageRequest,
) -> Result<Slice<PublishedSpeech>, AppError> {
    let event = content::resolve(reader, Kind::Event, query.event)?;
    let person = content::resolve(reader, Kind::Person, query.person)?;
    let organisation = content::resolve(reader, Kind::Organisation, query.organisation)?;
    let filter = SpeechFilter {
        locale: query.locale,
        ids: query.ids,
        slugs: query.slugs,
        kind: query.kind,
        event,
        person,
        organisation,
    };
    let Some(text) = query.text else {
        return Ok(speeches::list(reader, &filter, query.order, query.parts, page)?);
    };
    let found = search::matching(reader, &text, Kind::Speech, filter.locale.as_ref())?;
    let found: Vec<SpeechId> = found.into_iter().map(Id::new).collect();
    let fitting = speeches::fitting(reader, &filter, &found)?;
    let read = |ids: &[SpeechId]| Ok(speeches::some_parts(reader, ids, query.parts)?);
    found::page_of(found, &fitting, page, read, |speech| speech.id)
}

/// What `include=` adds to speeches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpeechIncludes {
    /// The events they were given at.
    pub events: bool,
    /// Who gave them.
    pub people: bool,
}

/// The details of what a page of speeches refers to. What was not asked for is empty.
#[derive(Debug, Default)]
pub struct SpeechDetails {
    /// Events, without their texts.
    pub events: HashMap<EventId, PublishedEvent>,
    /// People.
    pub people: HashMap<PersonId, PublishedPerson>,
}

/// The details of what a page of speeches refers to: as many statements for a hundred as for one.
///
/// # Errors
/// When the database fails.
pub fn public_details(
    reader: &mut PublicReader<'_>,
    speeches: &[PublishedSpeech],
    includes: SpeechIncludes,
) -> Result<SpeechDetails, AppError> {
    let mut details = SpeechDetails::default();
    if speeches.is_empty() {
        return Ok(details);
    }
    if includes.events {
        let ids: BTreeSet<EventId> = speeches.iter().map(|speech| speech.event.id).collect();
        let events = public::events::some(reader, &ids.into_iter().collect::<Vec<_>>())?;
        details.events = events.into_iter().map(|event| (event.id, event)).collect();
    }
    if includes.people {
        let speakers = speeches.iter().flat_map(|speech| speech.speaker.iter().chain(&speech.co_speakers));
        let ids: BTreeSet<PersonId> = speakers.filter_map(|speaker| speaker.person_id).collect();
        let shown = people::shown(reader, &ids.into_iter().collect::<Vec<_>>())?;
        details.people = shown.into_iter().map(|one| (one.person.id, one)).collect();
    }
    Ok(details)
}
