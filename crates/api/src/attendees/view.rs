//! What goes out of an attendee. The public view has no place for e-mail, telephone and notes.

use bantin_application::attendees::ShownAttendee;
use bantin_domain::attendee::PublishedAttendee;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Render;

/// An attendee as the public reads it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Attendee)]
pub struct AttendeeView {
    /// Its identity.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// `person`, `unit` or `delegation`.
    pub kind: String,
    /// In the directory; `null` while that person is not public.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub person_id: Option<String>,
    /// As introduced.
    pub name: Option<String>,
    /// Ông, bà, đồng chí.
    pub honorific: Option<String>,
    /// The post, as introduced.
    pub position: Option<String>,
    /// Where from, as introduced.
    pub organisation: Option<String>,
    /// What it came as.
    pub role: String,
    /// How many; `null` was not counted.
    pub headcount: Option<i64>,
    /// Its place in the list, from 1.
    pub order: i64,
}

impl From<PublishedAttendee> for AttendeeView {
    fn from(attendee: PublishedAttendee) -> Self {
        Self {
            id: attendee.id.to_string(),
            kind: attendee.kind.to_string(),
            person_id: attendee.person_id.map(|id| id.to_string()),
            name: attendee.name,
            honorific: attendee.honorific,
            position: attendee.position,
            organisation: attendee.organisation,
            role: attendee.role.to_string(),
            headcount: attendee.headcount,
            order: attendee.order,
        }
    }
}

/// An attendee as the desk reads it. `Debug` shows nothing of whom it is about.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeskAttendee)]
pub struct DeskAttendeeView {
    /// Its identity.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Counts its changes; send it back in `If-Match`.
    pub version: i64,
    /// What the caller can do: `edit`, `delete`.
    pub allowed_actions: &'static [&'static str],
    /// Its place in the list, from 1.
    pub order: i64,
    /// `person`, `unit` or `delegation`.
    pub kind: String,
    /// In the directory.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub person_id: Option<String>,
    /// As introduced.
    pub name: Option<String>,
    /// Ông, bà, đồng chí.
    pub honorific: Option<String>,
    /// The post, as introduced.
    pub position: Option<String>,
    /// Where from, as introduced.
    pub organisation: Option<String>,
    /// In the directory.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub organisation_id: Option<String>,
    /// What it came as.
    pub role: String,
    /// How many; `null` was not counted.
    pub headcount: Option<u32>,
    /// `private` or `public`.
    pub visibility: String,
    /// Personal; never public, and `null` to who may not see it.
    pub email: Option<String>,
    /// Personal; never public, and `null` to who may not see it.
    pub phone: Option<String>,
    /// Personal; never public, and `null` to who may not see it.
    pub notes: Option<String>,
    /// Whether e-mail, phone and notes are `null` because the caller may not see them.
    pub personal_data_hidden: bool,
    /// When it was entered.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: String,
    /// When that last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: String,
}

impl DeskAttendeeView {
    /// The view of an attendee at the desk.
    pub fn new(shown: ShownAttendee, render: &Render) -> Self {
        let attendee = shown.attendee;
        let content = attendee.content;
        Self {
            id: attendee.id.to_string(),
            version: attendee.version,
            allowed_actions: shown.allowed_actions,
            order: attendee.order,
            kind: content.kind.to_string(),
            person_id: content.person_id.map(|id| id.to_string()),
            name: content.name.map(|name| name.to_string()),
            honorific: content.honorific.map(|honorific| honorific.to_string()),
            position: content.position.map(|position| position.to_string()),
            organisation: content.organisation.map(|name| name.to_string()),
            organisation_id: content.organisation_id.map(|id| id.to_string()),
            role: content.role.to_string(),
            headcount: content.headcount,
            visibility: content.visibility.to_string(),
            email: content.email.map(|email| email.as_str().to_owned()),
            phone: content.phone.map(|phone| phone.to_string()),
            notes: content.notes.map(|notes| notes.to_string()),
            personal_data_hidden: shown.hides_personal_data,
            created_at: render.time(attendee.created_at),
            updated_at: render.time(attendee.updated_at),
        }
    }
}

impl std::fmt::Debug for DeskAttendeeView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeskAttendeeView").field("id", &self.id).finish_non_exhaustive()
    }
}
