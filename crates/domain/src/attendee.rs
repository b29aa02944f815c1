//! Who takes part in an event: a person, a unit, or a delegation with a head count.
//!
//! The name, the position and the organisation are kept as introduced that day, beside the link to
//! the directory. E-mail, telephone and notes are personal data: they stay at the desk, can be
//! erased, and no public type has a place for them.

use std::fmt;

use serde::Serialize;

use crate::{
    change::Change,
    event::Event,
    id::Id,
    named::named_enum,
    organisation::OrganisationId,
    person::PersonId,
    text::{Label, Name, Prose},
    time::Timestamp,
    user::Email,
    violation::{Fault, Violations},
};

/// The identity of an attendee.
pub type AttendeeId = Id<Attendee>;

named_enum! {
    /// What an attendee is.
    pub enum AttendeeKind {
        /// Somebody.
        Person = "person",
        /// A unit, represented by whoever came.
        Unit = "unit",
        /// A group with a head count.
        Delegation = "delegation",
    }
}

named_enum! {
    /// What an attendee came as.
    pub enum AttendeeRole {
        /// Chủ trì.
        Chair = "chair",
        /// Chủ nhà.
        Host = "host",
        /// Ban tổ chức.
        Organiser = "organiser",
        /// Đại biểu.
        Delegate = "delegate",
        /// Khách mời.
        Guest = "guest",
        /// Diễn giả.
        Speaker = "speaker",
        /// Báo chí.
        Press = "press",
    }
}

named_enum! {
    /// Who may see an attendee.
    pub enum Visibility {
        /// The desk only.
        Private = "private",
        /// Everybody, once the event is published.
        Public = "public",
    }
}

/// An attendee at the desk.
#[derive(Debug, Clone, PartialEq)]
pub struct Attendee {
    /// Its identity.
    pub id: AttendeeId,
    /// The event.
    pub event_id: Id<Event>,
    /// Counts its changes.
    pub version: i64,
    /// Its place in the list, from 1.
    pub order: i64,
    /// What is said of it.
    pub content: AttendeeContent,
    /// When it was entered.
    pub created_at: Timestamp,
    /// When that last changed.
    pub updated_at: Timestamp,
}

/// What an editor says about an attendee. `Debug` shows neither who it is nor how to reach them, so
/// that neither can slip into a log.
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AttendeeContent {
    /// What it is.
    pub kind: AttendeeKind,
    /// In the directory.
    pub person_id: Option<PersonId>,
    /// As introduced.
    pub name: Option<Name>,
    /// Ông, bà, đồng chí.
    pub honorific: Option<Label>,
    /// The post, as introduced.
    pub position: Option<Name>,
    /// Where from, as introduced.
    pub organisation: Option<Name>,
    /// In the directory.
    pub organisation_id: Option<OrganisationId>,
    /// What it came as.
    pub role: AttendeeRole,
    /// How many; `None` was not counted.
    pub headcount: Option<u32>,
    /// Who may see it.
    pub visibility: Visibility,
    /// Personal.
    pub email: Option<Email>,
    /// Personal.
    pub phone: Option<Label>,
    /// Personal.
    pub notes: Option<Prose<2000>>,
}

/// What a write says about an attendee. `Debug` shows nothing of it.
#[derive(Clone, Default)]
pub struct AttendeeChanges {
    /// Required.
    pub kind: Change<AttendeeKind>,
    /// Optional.
    pub person_id: Change<PersonId>,
    /// At least one of name, position and organisation is required.
    pub name: Change<Name>,
    /// Optional.
    pub honorific: Change<Label>,
    /// See `name`.
    pub position: Change<Name>,
    /// See `name`.
    pub organisation: Change<Name>,
    /// Optional.
    pub organisation_id: Change<OrganisationId>,
    /// Required.
    pub role: Change<AttendeeRole>,
    /// Optional, at least 1.
    pub headcount: Change<u32>,
    /// `private` by default.
    pub visibility: Change<Visibility>,
    /// Optional.
    pub email: Change<Email>,
    /// Optional.
    pub phone: Change<Label>,
    /// Optional.
    pub notes: Change<Prose<2000>>,
    /// Where to insert, or to move to, from 1; at the end by default.
    pub order: Change<u32>,
}

impl AttendeeContent {
    /// The attendee after a write; `None` stands for one that was not entered yet.
    ///
    /// # Errors
    /// What the result would break, with pointers into the write.
    pub fn changed(current: Option<Self>, changes: AttendeeChanges) -> Result<Self, Violations> {
        let mut faults = Violations::new();
        let was = current.as_ref();
        let kind = changes.kind.required(was.map(|one| one.kind), "/kind", &mut faults);
        let role = changes.role.required(was.map(|one| one.role), "/role", &mut faults);
        let (Some(kind), Some(role)) = (kind, role) else {
            return Err(faults);
        };
        let mut attendee = match current {
            Some(attendee) => Self { kind, role, ..attendee },
            None => Self {
                kind,
                role,
                person_id: None,
                name: None,
                honorific: None,
                position: None,
                organisation: None,
                organisation_id: None,
                headcount: None,
                visibility: Visibility::Private,
                email: None,
                phone: None,
                notes: None,
            },
        };
        attendee.person_id = changes.person_id.or(attendee.person_id);
        attendee.name = changes.name.or(attendee.name);
        attendee.honorific = changes.honorific.or(attendee.honorific);
        attendee.position = changes.position.or(attendee.position);
        attendee.organisation = changes.organisation.or(attendee.organisation);
        attendee.organisation_id = changes.organisation_id.or(attendee.organisation_id);
        attendee.headcount = changes.headcount.or(attendee.headcount);
        attendee.visibility = changes.visibility.or(Some(attendee.visibility)).unwrap_or(Visibility::Private);
        attendee.email = changes.email.or(attendee.email);
        attendee.phone = changes.phone.or(attendee.phone);
        attendee.notes = changes.notes.or(attendee.notes);
        if attendee.name.is_none() && attendee.position.is_none() && attendee.organisation.is_none() {
            faults.add("/name", Fault::new("required", "say at least one of name, position and organisation"));
        }
        if attendee.headcount == Some(0) {
            faults
                .add("/headcount", Fault::new("out_of_range", "must be at least 1; leave it out where nobody counted"));
        }
        faults.into_result(attendee)
    }
}

impl fmt::Debug for AttendeeContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttendeeContent")
            .field("kind", &self.kind)
            .field("role", &self.role)
            .field("visibility", &self.visibility)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AttendeeChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttendeeChanges").finish_non_exhaustive()
    }
}

/// An attendee as the public reads it: only those whom an editor made public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedAttendee {
    /// Its identity.
    pub id: AttendeeId,
    /// What it is.
    pub kind: AttendeeKind,
    /// In the directory, where that person is public.
    pub person_id: Option<PersonId>,
    /// As introduced.
    pub name: Option<String>,
    /// As introduced.
    pub honorific: Option<String>,
    /// As introduced.
    pub position: Option<String>,
    /// As introduced.
    pub organisation: Option<String>,
    /// What it came as.
    pub role: AttendeeRole,
    /// How many.
    pub headcount: Option<i64>,
    /// Its place in the list, from 1.
    pub order: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn somebody() -> AttendeeChanges {
        AttendeeChanges {
            kind: Change::Set(AttendeeKind::Person),
            role: Change::Set(AttendeeRole::Delegate),
            name: Change::Set(Name::parse("Lê Văn Tám").unwrap()),
            ..AttendeeChanges::default()
        }
    }

    fn codes(result: Result<AttendeeContent, Violations>) -> Vec<(String, &'static str)> {
        result.unwrap_err().into_vec().into_iter().map(|fault| (fault.pointer, fault.code)).collect()
    }

    #[test]
    fn an_attendee_is_private_until_an_editor_says_otherwise() {
        let attendee = AttendeeContent::changed(None, somebody()).unwrap();
        assert_eq!(attendee.visibility, Visibility::Private);
        let shown = AttendeeChanges { visibility: Change::Set(Visibility::Public), ..AttendeeChanges::default() };
        let shown = AttendeeContent::changed(Some(attendee), shown).unwrap();
        assert_eq!(shown.visibility, Visibility::Public);
        let cleared = AttendeeChanges { visibility: Change::Clear, ..AttendeeChanges::default() };
        assert_eq!(AttendeeContent::changed(Some(shown), cleared).unwrap().visibility, Visibility::Private);
    }

    #[test]
    fn somebody_of_whom_nothing_is_known_is_refused() {
        let nobody = AttendeeChanges { name: Change::Keep, ..somebody() };
        assert_eq!(codes(AttendeeContent::changed(None, nobody.clone())), [("/name".to_owned(), "required")]);
        let unit =
            AttendeeChanges { organisation: Change::Set(Name::parse("Huyện Tịnh Biên").unwrap()), ..nobody };
        assert!(AttendeeContent::changed(None, unit).is_ok());
    }

    #[test]
    fn a_head_count_of_nought_is_a_slip() {
        let none = AttendeeChanges { headcount: Change::Set(0), ..somebody() };
        assert_eq!(codes(AttendeeContent::changed(None, none)), [("/headcount".to_owned(), "out_of_range")]);
    }

    #[test]
    fn debug_never_shows_who_it_is_or_how_to_reach_them() {
        let changes = AttendeeChanges {
            phone: Change::Set(Label::parse("0912 345 678").unwrap()),
            notes: Change::Set(Prose::parse("ăn chay").unwrap()),
            ..somebody()
        };
        let shown = format!("{changes:?} {:?}", AttendeeContent::changed(None, changes.clone()).unwrap());
        for secret in ["Tám", "0912", "chay"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
