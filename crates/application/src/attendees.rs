//! What can be done with the attendees of an event.
//!
//! They are rows of the event and no part of its revisions: a change of them asks for the right to
//! edit the event, leaves the event's version alone, and shows at the event's next publication. They
//! may be changed whatever the state of the event, since personal data must always be erasable.
//!
//! E-mail, phone and notes ask for a permission of their own, to see them and to write them. Whoever has
//! it not is shown the attendee without them, may not say anything of them, and leaves them as they are.
//! An answer that shows any of them is an entry of the audit log, written before the answer goes out.

mod personal_data;

use bantin_domain::{
    attendee::{Attendee, AttendeeChanges, AttendeeContent, AttendeeId, PublishedAttendee},
    audit::{AuditField, Entry},
    change::Change,
    content::{Link, Relation},
    event::{Event, EventId},
    id::Id,
    kind::{Kind, Ref},
    listing::{PageRequest, Slice},
    policy::{Actor, Edit, Granted, Read, Resource},
    violation::{Fault, Violations},
};
use bantin_persistence::{
    Desk, PublicReader, attendees, items,
    public::{self, Lookup},
    references,
};
use serde_json::Value;
use sha2::{Digest, Sha256};

pub use self::personal_data::ShownAttendee;
use self::personal_data::{Sight, reading_of};
use crate::{
    app::{Act, App, Caller},
    content,
    error::AppError,
    events,
    order::placed,
    precondition::{Precondition, Staleness},
};

/// The attendees of an event, with what a write of the whole list must name.
#[derive(Debug, Clone, PartialEq)]
pub struct AttendeeList {
    /// In order.
    pub attendees: Vec<ShownAttendee>,
    /// Another number after every change of the list or of somebody on it.
    pub version: i64,
}

impl AttendeeList {
    fn of(sight: Sight, attendees: Vec<Attendee>) -> Self {
        let version = version_of(&attendees);
        Self { version, attendees: attendees.into_iter().map(|one| ShownAttendee::to(sight, one)).collect() }
    }
}

/// A number made of who is on the list, in which order and in which version: the list has no row that
/// could count its changes, and the event's version does not cover it.
fn version_of(attendees: &[Attendee]) -> i64 {
    let mut hash = Sha256::new();
    for attendee in attendees {
        hash.update(attendee.id.uuid().as_bytes());
        hash.update(attendee.version.to_be_bytes());
    }
    let number = hash.finalize().iter().take(8).fold(0_i64, |number, byte| number << 8 | i64::from(*byte));
    // 53 bits: a client that reads it as a JSON number must not round it.
    number & ((1 << 53) - 1)
}

/// One attendee of a list that replaces another.
#[derive(Debug, Default)]
pub struct AttendeeItem {
    /// Of one that is there already, and so stays the same attendee.
    pub id: Option<AttendeeId>,
    /// Everything that is said of it: what is absent is not kept.
    pub changes: AttendeeChanges,
}

/// The attendees of an event, in order. That somebody's personal data was read is recorded before the
/// caller has it.
///
/// # Errors
/// [`AppError::NotFound`] where there is no event that the caller may see.
pub async fn list(app: &App, caller: Caller, event: EventId) -> Result<AttendeeList, AppError> {
    let list = app.desk(caller, move |desk, actor| shown_list(desk, &actor, event)).await?;
    let read = reading_of(event, &list.attendees);
    if let Some(read) = read {
        app.write(caller, move |act| {
            act.record(read);
            Ok(())
        })
        .await?;
    }
    Ok(list)
}

fn shown_list(desk: &mut Desk<'_>, actor: &Actor, event: EventId) -> Result<AttendeeList, AppError> {
    let item = content::find::<Event>(desk, event)?;
    let subject = content::subject_of(desk, Some(item.created_by), &item.content)?;
    let _ = actor.may::<Read>(&subject)?;
    Ok(AttendeeList::of(Sight::of(actor, &subject), attendees::list(desk, event)?))
}

/// What a write answers.
fn answer(act: &mut Act<'_, '_>, sight: Sight, attendee: Attendee) -> ShownAttendee {
    let event = attendee.event_id;
    let shown = ShownAttendee::to(sight, attendee);
    if let Some(read) = reading_of(event, std::slice::from_ref(&shown)) {
        act.record(read);
    }
    shown
}

/// Enters an attendee: at the end, or where the write says.
///
/// # Errors
/// [`AppError::Invalid`], [`AppError::NotFound`], [`AppError::Forbidden`].
pub fn create(act: &mut Act<'_, '_>, event: EventId, changes: AttendeeChanges) -> Result<ShownAttendee, AppError> {
    act.take_turns()?;
    let (granted, sight) = may_edit(act, event)?;
    sight.check(&changes)?;
    let order = changes.order.clone();
    let content = AttendeeContent::changed(None, changes)?;
    check_references(act.tx, &content)?;
    let others = attendees::list(act.tx, event)?;
    let now = act.tx.now();
    let id = act.new_id();
    let (ids, place) = placed_among(&others, id, order.or(None).unwrap_or(u32::MAX));
    let attendee =
        Attendee { id, event_id: event, version: 1, order: place, content, created_at: now, updated_at: now };
    attendees::insert(act.tx, &granted, &attendee)?;
    record(act, "create", &attendee, fields_between(None, Some(&attendee)));
    if ids.last() != Some(&id) {
        attendees::set_order(act.tx, &granted, &ids)?;
    }
    items::mark_changed::<Event>(act.tx, &granted, event)?;
    Ok(answer(act, sight, attendee))
}

/// Changes an attendee, or its place in the list.
///
/// # Errors
/// [`AppError::Stale`] unless the caller read the version that is stored, [`AppError::Invalid`],
/// [`AppError::NotFound`], [`AppError::Forbidden`].
pub fn edit(
    act: &mut Act<'_, '_>,
    event: EventId,
    id: AttendeeId,
    precondition: Precondition,
    changes: AttendeeChanges,
) -> Result<ShownAttendee, AppError> {
    act.take_turns()?;
    let (granted, sight) = may_edit(act, event)?;
    sight.check(&changes)?;
    let all = attendees::list(act.tx, event)?;
    let current = named(&all, id)?;
    precondition.check(act.tx, id.uuid(), current.version)?;
    let (ids, place) = match changes.order {
        Change::Keep => (all.iter().map(|one| one.id).collect(), current.order),
        Change::Clear => placed_among(&all, id, u32::MAX),
        Change::Set(order) => placed_among(&all, id, order),
    };
    let content = AttendeeContent::changed(Some(current.content.clone()), changes)?;
    if content == current.content && place == current.order {
        return Ok(answer(act, sight, current.clone()));
    }
    check_references(act.tx, &content)?;
    let edited =
        Attendee { version: current.version + 1, order: place, content, updated_at: act.tx.now(), ..current.clone() };
    let fields = fields_between(Some(current), Some(&edited));
    precondition.merge(act.tx, id.uuid(), current.version, &fields)?;
    attendees::save(act.tx, &granted, &edited)?;
    record(act, "edit", &edited, fields);
    if place != current.order {
        attendees::set_order(act.tx, &granted, &ids)?;
    }
    items::mark_changed::<Event>(act.tx, &granted, event)?;
    Ok(answer(act, sight, edited))
}

/// Takes an attendee out of the event, personal data and all.
///
/// # Errors
/// [`AppError::Stale`], [`AppError::NotFound`], [`AppError::Forbidden`].
pub fn delete(act: &mut Act<'_, '_>, event: EventId, id: AttendeeId, version: i64) -> Result<(), AppError> {
    act.take_turns()?;
    let (granted, _) = may_edit(act, event)?;
    let all = attendees::list(act.tx, event)?;
    let gone = named(&all, id)?;
    Precondition::from(version).check(act.tx, id.uuid(), gone.version)?;
    attendees::delete(act.tx, &granted, id, version)?;
    record(act, "delete", gone, fields_between(Some(gone), None));
    let others: Vec<AttendeeId> = all.iter().map(|one| one.id).filter(|one| *one != id).collect();
    attendees::set_order(act.tx, &granted, &others)?;
    items::mark_changed::<Event>(act.tx, &granted, event)?;
    Ok(())
}

/// Puts a list in place of the one that is there. Those with a known id stay who they are, and
/// nobody else does.
///
/// # Errors
/// [`AppError::Stale`] unless the caller read the list that is stored, [`AppError::Invalid`] with
/// pointers into the list, [`AppError::NotFound`], [`AppError::Forbidden`].
pub fn replace(
    act: &mut Act<'_, '_>,
    event: EventId,
    version: i64,
    items: Vec<AttendeeItem>,
) -> Result<AttendeeList, AppError> {
    act.take_turns()?;
    let (granted, sight) = may_edit(act, event)?;
    items.iter().try_for_each(|item| sight.check(&item.changes))?;
    let current = attendees::list(act.tx, event)?;
    if version_of(&current) != version {
        let staleness = Staleness { version: version_of(&current), changes: Vec::new() };
        return Err(AppError::Stale(Box::new(staleness)));
    }
    let wanted = parse_list(act, event, sight, &current, items)?;
    for gone in current.iter().filter(|old| wanted.iter().all(|new| new.id != old.id)) {
        attendees::delete(act.tx, &granted, gone.id, gone.version)?;
        record(act, "delete", gone, fields_between(Some(gone), None));
    }
    for attendee in &wanted {
        match current.iter().find(|old| old.id == attendee.id) {
            Some(old) if old == attendee => {}
            Some(old) => {
                attendees::save(act.tx, &granted, attendee)?;
                record(act, "edit", attendee, fields_between(Some(old), Some(attendee)));
            }
            None => {
                attendees::insert(act.tx, &granted, attendee)?;
                record(act, "create", attendee, fields_between(None, Some(attendee)));
            }
        }
    }
    if wanted != current {
        items::mark_changed::<Event>(act.tx, &granted, event)?;
    }
    let list = AttendeeList::of(sight, wanted);
    if let Some(read) = reading_of(event, &list.attendees) {
        act.record(read);
    }
    Ok(list)
}

/// The attendees that a list asks for, in order; one that is as it was keeps its version.
fn parse_list(
    act: &mut Act<'_, '_>,
    event: EventId,
    sight: Sight,
    current: &[Attendee],
    items: Vec<AttendeeItem>,
) -> Result<Vec<Attendee>, AppError> {
    let now = act.tx.now();
    let mut faults = Violations::new();
    let mut wanted: Vec<Attendee> = Vec::new();
    for (n, item) in items.into_iter().enumerate() {
        let pointer = format!("/items/{n}");
        let mut content = match AttendeeContent::changed(None, item.changes) {
            Ok(content) => content,
            Err(inner) => {
                faults.nest(&pointer, inner);
                continue;
            }
        };
        references::check(act.tx, &links(&content, &pointer), &mut faults)?;
        let order = i64::try_from(n).unwrap_or(i64::MAX - 1) + 1;
        let old = item.id.map(|id| current.iter().find(|old| old.id == id));
        if let (false, Some(Some(old))) = (sight.sees_personal_data, old) {
            // What its author was not shown cannot be cleared by saying nothing of it.
            let kept = old.content.clone();
            (content.email, content.phone, content.notes) = (kept.email, kept.phone, kept.notes);
        }
        match old {
            Some(None) => {
                faults.add(format!("{pointer}/id"), Fault::new("unknown_reference", "names no attendee of this event"));
            }
            Some(Some(old)) if wanted.iter().any(|one| one.id == old.id) => {
                faults.add(format!("{pointer}/id"), Fault::new("duplicate", "was named before"));
            }
            Some(Some(old)) if old.content == content && old.order == order => wanted.push(old.clone()),
            Some(Some(old)) => {
                wanted.push(Attendee { version: old.version + 1, order, content, updated_at: now, ..old.clone() })
            }
            None => wanted.push(Attendee {
                id: act.new_id(),
                event_id: event,
                version: 1,
                order,
                content,
                created_at: now,
                updated_at: now,
            }),
        }
    }
    Ok(faults.into_result(wanted)?)
}

/// A page of the public attendees of an event that can be seen, in order.
///
/// # Errors
/// When the database fails.
pub fn public_list(
    reader: &mut PublicReader<'_>,
    event: &Ref<Event>,
    page: &PageRequest,
) -> Result<Lookup<Slice<PublishedAttendee>>, AppError> {
    let found = events::with_event(reader, event, None, |reader, id| Ok(public::attendees::list(reader, id, page)?))?;
    Ok(found.map(|(_, attendees)| attendees))
}

/// Who changes attendees edits their event, whatever its state.
fn may_edit(act: &mut Act<'_, '_>, event: EventId) -> Result<(Granted<Edit>, Sight), AppError> {
    let event = content::find::<Event>(act.tx, event)?;
    let subject = content::subject_of(act.tx, Some(event.created_by), &event.content)?;
    Ok((act.actor.may::<Edit>(&subject)?, Sight::of(&act.actor, &subject)))
}

fn named(all: &[Attendee], id: AttendeeId) -> Result<&Attendee, AppError> {
    all.iter().find(|one| one.id == id).ok_or(AppError::NotFound)
}

/// The members in which two states of an attendee differ. Only their names: all of it is personal, must
/// be erasable, and the audit log is kept for ever.
fn fields_between(before: Option<&Attendee>, after: Option<&Attendee>) -> Vec<AuditField> {
    let content = |attendee: Option<&Attendee>| attendee.map(|one| one.content.clone());
    let mut fields: Vec<AuditField> = AuditField::between(&content(before), &content(after), &[])
        .into_iter()
        .map(|field| AuditField::hidden(&field.field))
        .collect();
    if let (Some(before), Some(after)) = (before, after)
        && before.order != after.order
    {
        fields.push(AuditField::hidden("order"));
    }
    fields
}

fn record(act: &mut Act<'_, '_>, what: &'static str, attendee: &Attendee, fields: Vec<AuditField>) {
    let event = AuditField::changed("eventId", Value::Null, attendee.event_id.to_string());
    let id = attendee.id.uuid();
    act.record(Entry::new(what, Resource::Attendee, id).at(attendee.version).with(event).with_all(fields));
}

/// The list with one of them at a place, counted from 1, and the place that it has then.
fn placed_among(list: &[Attendee], id: AttendeeId, order: u32) -> (Vec<AttendeeId>, i64) {
    placed(list.iter().map(|one| one.id), id, order)
}

fn check_references(desk: &mut Desk<'_>, content: &AttendeeContent) -> Result<(), AppError> {
    let mut faults = Violations::new();
    references::check(desk, &links(content, ""), &mut faults)?;
    Ok(faults.into_result(())?)
}

/// What an attendee refers to. Nothing public follows from it, so no link row is written.
fn links(content: &AttendeeContent, pointer: &str) -> Vec<Link> {
    let link = |kind, id: Option<Id<()>>, member| {
        id.map(|id| Link::new(Relation::Organisation, kind, id, format!("{pointer}/{member}")))
    };
    let person = content.person_id.map(|id| Id::new(id.uuid()));
    let organisation = content.organisation_id.map(|id| Id::new(id.uuid()));
    [link(Kind::Person, person, "personId"), link(Kind::Organisation, organisation, "organisationId")]
        .into_iter()
        .flatten()
        .collect()
}
