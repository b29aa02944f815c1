//! Those attendees of public events whom an editor made public. E-mail, telephone and notes have no
//! column here, so nothing that reads these rows could show them.

use std::collections::HashSet;

use bantin_domain::{
    attendee::{Attendee, AttendeeKind, AttendeeRole, PublishedAttendee, Visibility},
    event::{Event, EventId},
    id::Id,
    listing::{Cursor, PageRequest, Slice, SortKey, Start},
    organisation::Organisation,
    person::{Person, PersonId},
};
use diesel::prelude::*;

use crate::{
    among::AmongExt,
    connection::MultiBackend,
    error::StoreError,
    people,
    schema::{attendees, public_attendees},
    sql_types::{Key, Name},
    store::{PublicReader, Tx},
};

// No Debug: a name may be all that is private about it.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = public_attendees, check_for_backend(MultiBackend), treat_none_as_default_value = false)]
struct PublicRow {
    id: Key<Attendee>,
    event_id: Key<Event>,
    position: i64,
    kind: Name<AttendeeKind>,
    person_id: Option<Key<Person>>,
    name: Option<String>,
    honorific: Option<String>,
    position_title: Option<String>,
    organisation: Option<String>,
    organisation_id: Option<Key<Organisation>>,
    role: Name<AttendeeRole>,
    headcount: Option<i64>,
}

/// Copies what the public may read of an event's attendees beside its row, which was just written.
///
/// # Errors
/// When the database fails.
pub(super) fn copy(tx: &mut Tx<'_>, event: EventId) -> Result<(), StoreError> {
    let rows = attendees::table
        .filter(attendees::event_id.eq(Key(event)))
        .filter(attendees::visibility.eq(Name(Visibility::Public)))
        .order((attendees::position.asc(), attendees::id.asc()))
        .select((
            attendees::id,
            attendees::event_id,
            attendees::position,
            attendees::kind,
            attendees::person_id,
            attendees::name,
            attendees::honorific,
            attendees::position_title,
            attendees::organisation,
            attendees::organisation_id,
            attendees::role,
            attendees::headcount,
        ))
        .load::<PublicRow>(tx.conn)?;
    // Numbered anew: a gap would tell that somebody private stands between.
    for (position, row) in (1_i64..).zip(rows) {
        diesel::insert_into(public_attendees::table).values(PublicRow { position, ..row }).execute(tx.conn)?;
    }
    Ok(())
}

/// A page of the public attendees of an event that the reader has found visible, in order. The link
/// to a person is left out while that person is not public: being an attendee alone makes nobody public.
///
/// # Errors
/// When the database fails.
pub fn list(
    reader: &mut PublicReader<'_>,
    event: EventId,
    page: &PageRequest,
) -> Result<Slice<PublishedAttendee>, StoreError> {
    use public_attendees::{id, position};
    let all = || public_attendees::table.filter(public_attendees::event_id.eq(Key(event))).into_boxed::<MultiBackend>();
    let total = match page.count {
        true => Some(all().count().get_result::<i64>(reader.conn()?)?.unsigned_abs()),
        false => None,
    };
    let rows = match &page.start {
        Start::After(Cursor { key: SortKey::Number(at), id: row }) => {
            let row = Key(Id::<Attendee>::new(*row));
            all().filter(position.gt(*at).or(position.eq(*at).and(id.gt(row))))
        }
        Start::Before(Cursor { key: SortKey::Number(at), id: row }) => {
            let row = Key(Id::<Attendee>::new(*row));
            all().filter(position.lt(*at).or(position.eq(*at).and(id.lt(row))))
        }
        _ => all(),
    };
    let rows = match page.start {
        Start::Before(_) => rows.order((position.desc(), id.desc())),
        _ => rows.order((position.asc(), id.asc())),
    };
    let rows = rows
        .limit(i64::from(page.limit) + 1)
        .offset(i64::from(page.offset().unwrap_or(0)))
        .select(PublicRow::as_select())
        .load(reader.conn()?)?;
    let known = known_among(reader, &rows)?;
    let slice = Slice::cut(rows, page, total, |row| Cursor { key: SortKey::Number(row.position), id: row.id.0.uuid() });
    Ok(slice.map(|row| show(row, &known)))
}

/// The public attendees of events that the reader has found visible, each with its event, those of one event in
/// order.
///
/// # Errors
/// When the database fails.
pub fn of_events(
    reader: &mut PublicReader<'_>,
    events: &[EventId],
) -> Result<Vec<(EventId, PublishedAttendee)>, StoreError> {
    let rows = public_attendees::table
        .filter(public_attendees::event_id.among(events.iter().copied().map(Key)))
        .order((public_attendees::event_id, public_attendees::position, public_attendees::id))
        .select(PublicRow::as_select())
        .load(reader.conn()?)?;
    let known = known_among(reader, &rows)?;
    Ok(rows.into_iter().map(|row| (row.event_id.0, show(row, &known))).collect())
}

/// Those of the people whom these rows name that the public may know.
fn known_among(reader: &mut PublicReader<'_>, rows: &[PublicRow]) -> Result<HashSet<PersonId>, StoreError> {
    let people: Vec<PersonId> = rows.iter().filter_map(|row| row.person_id.map(|key| key.0)).collect();
    Ok(people::public_among(reader, &people)?.into_iter().map(|person| person.id).collect())
}

fn show(row: PublicRow, known: &HashSet<PersonId>) -> PublishedAttendee {
    PublishedAttendee {
        id: row.id.0,
        kind: row.kind.0,
        person_id: row.person_id.map(|person| person.0).filter(|person| known.contains(person)),
        name: row.name,
        honorific: row.honorific,
        position: row.position_title,
        organisation: row.organisation,
        role: row.role.0,
        headcount: row.headcount,
        order: row.position,
    }
}
