//! What can be done with speeches.

use bantin_domain::{
    change::Change,
    content::DeskItem,
    event::{Event, EventId},
    kind::{Kind, Ref},
    listing::{PageRequest, Slice},
    locale::Locale,
    media::Media,
    organisation::Organisation,
    person::Person,
    policy::{Actor, Edit},
    speech::{PublishedSpeech, Speech, SpeechChanges, SpeechId, SpeechKind},
    violation::{Fault, Violations},
};
use bantin_persistence::{
    Desk, PublicReader, items,
    public::{
        Lookup,
        speeches::{self, SpeechFilter},
    },
};

use crate::{
    app::Act,
    content::{self, Birth, ItemFilter},
    error::AppError,
    order::placed,
    precondition::Precondition,
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

/// One speech as the public reads it.
///
/// # Errors
/// When the database fails.
pub fn public_get(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Speech>,
    locale: Option<&Locale>,
) -> Result<Lookup<PublishedSpeech>, AppError> {
    Ok(speeches::find(reader, reference, locale)?)
}

/// Which speeches a reader asks for, as the URL says it.
#[derive(Debug, Clone, Default)]
pub struct SpeechQuery {
    /// In this language; `None` is all.
    pub locale: Option<Locale>,
    /// Of this sort.
    pub kind: Option<SpeechKind>,
    /// Given at this event.
    pub event: Option<Ref<Event>>,
    /// Given by this person, alone or with others.
    pub person: Option<Ref<Person>>,
    /// Given by somebody from this organisation.
    pub organisation: Option<Ref<Organisation>>,
}

/// A page of speeches as the public reads them: those of one event in its order, those of all events
/// last published first. A filter that names nothing finds nothing.
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
    let (Some(event), Some(person), Some(organisation)) = (event, person, organisation) else {
        return Ok(Slice::empty(page));
    };
    let filter = SpeechFilter { locale: query.locale, kind: query.kind, event, person, organisation };
    Ok(speeches::list(reader, &filter, page)?)
}
