//! E-mail, phone and notes of attendees: who sees and writes them, and that reading them is an act.

use bantin_domain::{
    attendee::{Attendee, AttendeeChanges},
    audit::{AuditField, Entry},
    change::Change,
    event::EventId,
    policy::{Actor, Resource, Subject, Verb},
};
use serde_json::Value;

use crate::error::AppError;

/// An attendee as the caller may see it.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownAttendee {
    /// The attendee, without e-mail, phone and notes where these are hidden.
    pub attendee: Attendee,
    /// Whether they are, be there any or not.
    pub hides_personal_data: bool,
    /// What the caller can do to it, by the names of the contract.
    pub allowed_actions: &'static [&'static str],
}

impl ShownAttendee {
    pub(super) fn to(sight: Sight, mut attendee: Attendee) -> Self {
        if !sight.sees_personal_data {
            let content = &mut attendee.content;
            (content.email, content.phone, content.notes) = (None, None, None);
        }
        // Whoever edits an event may take people off its list, too: see the parent module.
        let allowed_actions: &[_] = if sight.edits { &["edit", "delete"] } else { &[] };
        Self { attendee, hides_personal_data: !sight.sees_personal_data, allowed_actions }
    }

    fn shows_personal_data(&self) -> bool {
        let content = &self.attendee.content;
        content.email.is_some() || content.phone.is_some() || content.notes.is_some()
    }
}

/// How much of the attendees of an event somebody sees, and whether they may change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sight {
    /// E-mail, phone and notes, too.
    pub(super) sees_personal_data: bool,
    edits: bool,
}

impl Sight {
    pub(super) fn of(actor: &Actor, event: &Subject) -> Self {
        Self { sees_personal_data: actor.can(Verb::PersonalData, event), edits: actor.can(Verb::Edit, event) }
    }

    /// Refuses a write of what its author may not see.
    pub(super) fn check(self, changes: &AttendeeChanges) -> Result<(), AppError> {
        let says = !matches!(changes.email, Change::Keep)
            || !matches!(changes.phone, Change::Keep)
            || !matches!(changes.notes, Change::Keep);
        if says && !self.sees_personal_data { Err(AppError::Forbidden) } else { Ok(()) }
    }
}

/// The entry of an answer that shows somebody's personal data: of how many, and not of whom.
pub(super) fn reading_of(event: EventId, shown: &[ShownAttendee]) -> Option<Entry> {
    let rows = shown.iter().filter(|one| one.shows_personal_data()).count();
    (rows > 0).then(|| {
        Entry::new("read", Resource::Attendee, event.uuid()).with(AuditField::changed("rows", Value::Null, rows))
    })
}
