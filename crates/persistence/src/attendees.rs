//! Who takes part in an event, as the desk knows it: with the personal data that never becomes public.
//!
//! What the public may read of them is copied by the publication of the event: see [`crate::public`].

use bantin_domain::{
    attendee::{Attendee, AttendeeContent, AttendeeId, AttendeeKind, AttendeeRole, Visibility},
    event::{Event, EventId},
    organisation::Organisation,
    person::Person,
    policy::{Edit, Granted},
    text::{Line, Prose},
    user::Email,
    violation::Fault,
};
use diesel::prelude::*;

use crate::{
    connection::MultiBackend,
    error::{Conflict, StoreError},
    schema::attendees,
    sql_types::{Instant, Key, Name},
    store::{Desk, Tx},
};

// No Debug: it would show personal data.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = attendees, check_for_backend(MultiBackend), treat_none_as_null = true, treat_none_as_default_value = false)]
struct AttendeeRow {
    id: Key<Attendee>,
    event_id: Key<Event>,
    version: i64,
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
    visibility: Name<Visibility>,
    email: Option<String>,
    phone: Option<String>,
    notes: Option<String>,
    created_at: Instant,
    updated_at: Instant,
}

impl From<&Attendee> for AttendeeRow {
    fn from(attendee: &Attendee) -> Self {
        let content = &attendee.content;
        Self {
            id: Key(attendee.id),
            event_id: Key(attendee.event_id),
            version: attendee.version,
            position: attendee.order,
            kind: Name(content.kind),
            person_id: content.person_id.map(Key),
            name: content.name.as_ref().map(ToString::to_string),
            honorific: content.honorific.as_ref().map(ToString::to_string),
            position_title: content.position.as_ref().map(ToString::to_string),
            organisation: content.organisation.as_ref().map(ToString::to_string),
            organisation_id: content.organisation_id.map(Key),
            role: Name(content.role),
            headcount: content.headcount.map(i64::from),
            visibility: Name(content.visibility),
            email: content.email.as_ref().map(|email| email.as_str().to_owned()),
            phone: content.phone.as_ref().map(ToString::to_string),
            notes: content.notes.as_ref().map(ToString::to_string),
            created_at: Instant(attendee.created_at),
            updated_at: Instant(attendee.updated_at),
        }
    }
}

impl TryFrom<AttendeeRow> for Attendee {
    type Error = StoreError;

    fn try_from(row: AttendeeRow) -> Result<Self, StoreError> {
        let id = row.id.0;
        let headcount = row.headcount.map(u32::try_from).transpose();
        Ok(Self {
            id,
            event_id: row.event_id.0,
            version: row.version,
            order: row.position,
            content: AttendeeContent {
                kind: row.kind.0,
                person_id: row.person_id.map(|id| id.0),
                name: line(id, "name", row.name)?,
                honorific: line(id, "honorific", row.honorific)?,
                position: line(id, "position_title", row.position_title)?,
                organisation: line(id, "organisation", row.organisation)?,
                organisation_id: row.organisation_id.map(|id| id.0),
                role: row.role.0,
                headcount: headcount.map_err(|error| corrupt(id, "headcount", error.to_string()))?,
                visibility: row.visibility.0,
                email: parsed(id, "email", row.email, Email::parse)?,
                phone: line(id, "phone", row.phone)?,
                notes: parsed(id, "notes", row.notes, Prose::parse)?,
            },
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
        })
    }
}

fn line<const MAX: usize>(
    id: AttendeeId,
    column: &'static str,
    text: Option<String>,
) -> Result<Option<Line<MAX>>, StoreError> {
    parsed(id, column, text, Line::parse)
}

fn parsed<T>(
    id: AttendeeId,
    column: &'static str,
    text: Option<String>,
    parse: impl Fn(&str) -> Result<T, Fault>,
) -> Result<Option<T>, StoreError> {
    text.map(|text| parse(&text)).transpose().map_err(|fault| corrupt(id, column, fault.message))
}

fn corrupt(id: AttendeeId, column: &'static str, reason: String) -> StoreError {
    StoreError::Corrupt { table: "attendees", column, id: id.to_string(), reason }
}

/// The attendees of an event, in order.
///
/// # Errors
/// When the database fails.
pub fn list(desk: &mut Desk<'_>, event: EventId) -> Result<Vec<Attendee>, StoreError> {
    let rows = attendees::table
        .filter(attendees::event_id.eq(Key(event)))
        .order((attendees::position.asc(), attendees::id.asc()))
        .select(AttendeeRow::as_select())
        .load(desk.conn)?;
    rows.into_iter().map(Attendee::try_from).collect()
}

/// Enters an attendee.
///
/// # Errors
/// [`Conflict::IdTaken`].
pub fn insert(tx: &mut Tx<'_>, _granted: &Granted<Edit>, attendee: &Attendee) -> Result<(), StoreError> {
    diesel::insert_into(attendees::table).values(AttendeeRow::from(attendee)).execute(tx.conn)?;
    Ok(())
}

/// Writes the next version of an attendee.
///
/// # Errors
/// [`Conflict::Stale`] unless the stored version is the one right before.
pub fn save(tx: &mut Tx<'_>, _granted: &Granted<Edit>, attendee: &Attendee) -> Result<(), StoreError> {
    let changed = diesel::update(attendees::table)
        .filter(attendees::id.eq(Key(attendee.id)))
        .filter(attendees::version.eq(attendee.version - 1))
        .set(AttendeeRow::from(attendee))
        .execute(tx.conn)?;
    if changed == 1 { Ok(()) } else { Err(Conflict::Stale.into()) }
}

/// Takes an attendee out of the event, personal data and all.
///
/// # Errors
/// [`Conflict::Stale`] unless the stored version is `version`.
pub fn delete(tx: &mut Tx<'_>, _granted: &Granted<Edit>, id: AttendeeId, version: i64) -> Result<(), StoreError> {
    let deleted =
        diesel::delete(attendees::table.filter(attendees::id.eq(Key(id))).filter(attendees::version.eq(version)))
            .execute(tx.conn)?;
    if deleted == 1 { Ok(()) } else { Err(Conflict::Stale.into()) }
}

/// Puts the attendees of an event into this order, from 1. Touches no version, since nobody of them
/// changed.
///
/// # Errors
/// When the database fails.
pub fn set_order(tx: &mut Tx<'_>, _granted: &Granted<Edit>, ids: &[AttendeeId]) -> Result<(), StoreError> {
    for (position, id) in (1_i64..).zip(ids) {
        diesel::update(attendees::table.find(Key(*id))).set(attendees::position.eq(position)).execute(tx.conn)?;
    }
    Ok(())
}
