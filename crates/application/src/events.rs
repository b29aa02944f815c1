//! What can be done with events and their programmes.

use std::collections::HashSet;

use bantin_domain::{
    audit::{AuditField, Entry},
    category::Category,
    change::Change,
    content::DeskItem,
    event::{Event, EventChanges, EventId, EventKind, EventSort, EventStatus, PublishedEvent, When},
    id::Id,
    kind::{Kind, Ref},
    listing::{Between, Order, PageRequest, Slice},
    locale::Locale,
    media::Media,
    organisation::Organisation,
    person::Person,
    policy::{Actor, Edit},
    speech::{PublishedSpeech, Speech, SpeechId},
    text::Slug,
    time::{Date, SiteZone, Timestamp},
    violation::{Fault, Violations},
    workflow::State,
};
pub use bantin_persistence::public::events::EventParts;
use bantin_persistence::{
    Desk, PublicReader, items,
    public::{
        Lookup,
        events::{self, EventFilter},
        speeches,
    },
};

use crate::{
    app::Act,
    content::{self, Birth, ItemFilter},
    error::{AppError, Blocker},
    found,
    precondition::Precondition,
    search,
    workflow::{self, Step},
};

mod details;

pub use self::details::{EventDetails, EventIncludes, public_details};

/// Makes an event.
///
/// # Errors
/// Those of [`content::create`].
pub fn create(
    act: &mut Act<'_, '_>,
    birth: Birth<Event>,
    mut changes: EventChanges,
) -> Result<DeskItem<Event>, AppError> {
    if !matches!(changes.timezone, Change::Set(_)) {
        changes.timezone = Change::Set(act.app.settings().zone.clone());
    }
    content::create(act, birth, changes)
}

/// Changes the working copy of an event.
///
/// # Errors
/// Those of [`content::edit`].
pub fn edit(
    act: &mut Act<'_, '_>,
    id: EventId,
    precondition: Precondition,
    mut changes: EventChanges,
) -> Result<DeskItem<Event>, AppError> {
    changes.timezone = in_a_zone(changes.timezone, &act.app.settings().zone);
    content::edit(act, id, precondition, changes)
}

/// Every event says in which zone its hours are meant: the site's where the editor says none. It is
/// written down, so that its days stay what they were should the site's zone ever be set anew.
fn in_a_zone(said: Change<SiteZone>, site: &SiteZone) -> Change<SiteZone> {
    match said {
        Change::Clear => Change::Set(site.clone()),
        said @ (Change::Keep | Change::Set(_)) => said,
    }
}

/// Takes a step of the workflow with an event, and with its `speeches` where it takes them along: all or
/// nothing, each speech with a permission of its own.
///
/// # Errors
/// Those of [`workflow::take`], for the event and for each speech.
pub fn take_step(
    act: &mut Act<'_, '_>,
    id: EventId,
    version: i64,
    step: &Step,
    with: &[String],
) -> Result<DeskItem<Event>, AppError> {
    let taken = workflow::take(act, id, Some(version), step)?;
    if with.iter().any(|one| one == SPEECHES) {
        take_speeches_along(act, id, step)?;
    }
    Ok(taken)
}

/// The names of what an event can take along.
pub const ALONG: &[&str] = &[SPEECHES];
const SPEECHES: &str = "speeches";

/// Takes a step with an event along with the article that reports it, if it is called for.
///
/// # Errors
/// Those of [`workflow::take`].
pub(crate) fn take_step_along(
    act: &mut Act<'_, '_>,
    id: EventId,
    step: &Step,
    with_speeches: bool,
) -> Result<(), AppError> {
    workflow::take_along(act, id, step)?;
    if with_speeches { take_speeches_along(act, id, step) } else { Ok(()) }
}

fn take_speeches_along(act: &mut Act<'_, '_>, event: EventId, step: &Step) -> Result<(), AppError> {
    for speech in items::children::<Speech>(act.tx, event.uuid())? {
        workflow::take_along(act, speech, step)?;
    }
    Ok(())
}

/// Puts the speeches of an event into an order: every one that is not in the trash, once. The public
/// sees it at the next publication.
///
/// # Errors
/// [`AppError::Invalid`] with a pointer to each speech that does not belong there or comes twice, and
/// to the list where one is missing; [`AppError::Stale`], [`Blocker::WrongState`],
/// [`AppError::NotFound`], [`AppError::Forbidden`].
pub fn set_programme(
    act: &mut Act<'_, '_>,
    id: EventId,
    version: i64,
    ids: &[SpeechId],
) -> Result<DeskItem<Event>, AppError> {
    act.take_turns()?;
    let seen = content::get::<Event>(act.tx, &act.actor, id)?;
    let subject = content::subject_of(act.tx, Some(seen.item.created_by), &seen.item.content)?;
    let granted = act.actor.may::<Edit>(&subject)?;
    Precondition::from(version).check(act.tx, id.uuid(), seen.item.version)?;
    if matches!(seen.item.state, State::Scheduled | State::Archived | State::Trashed) {
        return Err(AppError::Blocked(Blocker::WrongState { state: seen.item.state, allowed: seen.allowed_actions }));
    }
    let current = items::children::<Speech>(act.tx, id.uuid())?;
    check_programme(&current, ids)?;
    if current == ids {
        return Ok(seen);
    }
    items::set_order(act.tx, &granted, ids)?;
    items::touch::<Event>(act.tx, &granted, id, version)?;
    let ids_of = |ids: &[SpeechId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    act.record(Entry::new("setProgramme", Kind::Event, id.uuid()).at(version + 1).with(AuditField::changed(
        "speechIds",
        ids_of(&current),
        ids_of(ids),
    )));
    content::get(act.tx, &act.actor, id)
}

/// Whether a programme names every speech of the event once.
fn check_programme(current: &[SpeechId], wanted: &[SpeechId]) -> Result<(), Violations> {
    let mut faults = Violations::new();
    let mut named = HashSet::new();
    for (n, id) in wanted.iter().enumerate() {
        let pointer = format!("/speechIds/{n}");
        if !current.contains(id) {
            faults.add(pointer, Fault::new("unknown_reference", "names no speech of this event"));
        } else if !named.insert(*id) {
            faults.add(pointer, Fault::new("duplicate", "was named before"));
        }
    }
    let missing: Vec<String> = current.iter().filter(|id| !named.contains(id)).map(ToString::to_string).collect();
    if !missing.is_empty() {
        let message = format!("must name every speech of the event; missing: {}", missing.join(", "));
        faults.add("/speechIds", Fault::new("incomplete", message));
    }
    faults.into_result(())
}

/// The media that the text of each event shows, in one statement.
///
/// # Errors
/// When the database fails.
pub fn companions(desk: &mut Desk<'_>, events: &[&Event]) -> Result<Vec<Vec<Media>>, AppError> {
    content::body_media(desk, events.iter().map(|event| &event.body))
}

/// One event at the desk.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn get(desk: &mut Desk<'_>, actor: &Actor, id: EventId) -> Result<DeskItem<Event>, AppError> {
    content::get(desk, actor, id)
}

/// A page of events at the desk, last changed first.
///
/// # Errors
/// When the database fails.
pub fn list(
    desk: &mut Desk<'_>,
    actor: &Actor,
    filter: ItemFilter,
    page: &PageRequest,
) -> Result<Slice<DeskItem<Event>>, AppError> {
    content::list(desk, actor, filter, page)
}

/// One event as the public reads it, or what of it is wanted.
///
/// # Errors
/// When the database fails.
pub fn public_get(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Event>,
    locale: Option<&Locale>,
    parts: EventParts,
) -> Result<Lookup<PublishedEvent>, AppError> {
    Ok(events::find_parts(reader, reference, locale, parts)?)
}

/// Which events a reader asks for, as the URL says it.
#[derive(Debug, Clone)]
pub struct EventQuery {
    /// What is looked for in their texts: then the best match comes first, whatever the order.
    pub text: Option<String>,
    /// In this language; `None` is all.
    pub locale: Option<Locale>,
    /// These.
    pub ids: Option<Vec<EventId>>,
    /// With one of these slugs.
    pub slugs: Option<Vec<Slug>>,
    /// Of this sort.
    pub kind: Option<EventKind>,
    /// So certain.
    pub status: Option<EventStatus>,
    /// In this section or below it.
    pub category: Option<Ref<Category>>,
    /// Held by this organisation.
    pub organisation: Option<Ref<Organisation>>,
    /// Where this person speaks.
    pub person: Option<Ref<Person>>,
    /// To come, going on or over today.
    pub when: Option<When>,
    /// With a first day in this range.
    pub starts: Between<Date>,
    /// With a last day in this range.
    pub ends: Between<Date>,
    /// With a text that last changed in this range.
    pub updated: Between<Timestamp>,
    /// In which order.
    pub order: Order<EventSort>,
    /// What of each is wanted.
    pub parts: EventParts,
}

/// A page of events as the public reads them. A filter that names nothing finds nothing; today is the day of
/// `zone`, the site's.
///
/// # Errors
/// When the database fails.
pub fn public_list(
    reader: &mut PublicReader<'_>,
    query: EventQuery,
    zone: &SiteZone,
    page: &PageRequest,
) -> Result<Slice<PublishedEvent>, AppError> {
    let category = content::resolve(reader, Kind::Category, query.category)?;
    let organisation = content::resolve(reader, Kind::Organisation, query.organisation)?;
    let person = content::resolve(reader, Kind::Person, query.person)?;
    let today = reader.now().day_in(zone);
    let (starts, ends) = query.when.map(|when| when.days(today)).unwrap_or_default();
    let filter = EventFilter {
        locale: query.locale,
        ids: query.ids,
        slugs: query.slugs,
        kind: query.kind,
        status: query.status,
        category,
        organisation,
        person,
        starts: query.starts.and(starts),
        ends: query.ends.and(ends),
        updated: query.updated,
    };
    let Some(text) = query.text else {
        return Ok(events::list(reader, &filter, query.order, query.parts, page)?);
    };
    let found = search::matching(reader, &text, Kind::Event, filter.locale.as_ref())?;
    let found: Vec<EventId> = found.into_iter().map(Id::new).collect();
    let fitting = events::fitting(reader, &filter, &found)?;
    let read = |ids: &[EventId]| Ok(events::some_parts(reader, ids, query.parts)?);
    found::page_of(found, &fitting, page, read, |event| event.id)
}

/// An event with its speeches in order.
///
/// # Errors
/// When the database fails.
pub fn public_programme(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Event>,
    locale: Option<&Locale>,
) -> Result<Lookup<(PublishedEvent, Vec<PublishedSpeech>)>, AppError> {
    with_event(reader, reference, locale, |reader, event| Ok(speeches::programme(reader, event)?))
}

/// Something of an event, where the event can be seen, and of the event what stands in its own row.
pub(crate) fn with_event<T>(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Event>,
    locale: Option<&Locale>,
    read: impl FnOnce(&mut PublicReader<'_>, EventId) -> Result<T, AppError>,
) -> Result<Lookup<(PublishedEvent, T)>, AppError> {
    Ok(match public_get(reader, reference, locale, EventParts::ROW)? {
        Lookup::Found(event) => {
            let value = read(reader, event.id)?;
            Lookup::Found((event, value))
        }
        Lookup::Moved(slug) => Lookup::Moved(slug),
        Lookup::Gone => Lookup::Gone,
        Lookup::Missing => Lookup::Missing,
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn speech(n: u128) -> SpeechId {
        Id::new(Uuid::from_u128(n))
    }

    fn faults(current: &[u128], wanted: &[u128]) -> Vec<(String, &'static str)> {
        let ids = |numbers: &[u128]| numbers.iter().copied().map(speech).collect::<Vec<_>>();
        match check_programme(&ids(current), &ids(wanted)) {
            Ok(()) => Vec::new(),
            Err(faults) => faults.into_vec().into_iter().map(|fault| (fault.pointer, fault.code)).collect(),
        }
    }

    #[test]
    fn a_programme_names_every_speech_once() {
        assert_eq!(faults(&[1, 2, 3], &[3, 1, 2]), []);
        assert_eq!(faults(&[], &[]), []);
        assert_eq!(faults(&[1, 2], &[1]), [("/speechIds".to_owned(), "incomplete")]);
        assert_eq!(faults(&[1, 2], &[1, 2, 9]), [("/speechIds/2".to_owned(), "unknown_reference")]);
        assert_eq!(
            faults(&[1, 2], &[1, 1]),
            [("/speechIds/1".to_owned(), "duplicate"), ("/speechIds".to_owned(), "incomplete")]
        );
    }
}
