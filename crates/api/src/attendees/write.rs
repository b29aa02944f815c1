//! What comes in of an attendee.

use bantin_application::attendees::AttendeeItem;
use bantin_domain::{
    attendee::{AttendeeChanges, AttendeeKind, AttendeeRole, Visibility},
    change::Change,
    text::{Label, Name, Prose},
    user::Email,
    violation::{Fault, Violations},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    events::write::one_of,
    patch::{self, Patch},
    problem::Problem,
};

/// What an editor says of an attendee. To enter one `kind`, `role` and at least one of `name`, `position`
/// and `organisation` are required; to change one, what is absent stays and what is `null` is cleared.
// No Debug here and below: it would show personal data.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = AttendeeWrite)]
pub struct AttendeeWrite {
    /// `person`, `unit` or `delegation`.
    #[schema(value_type = Option<String>)]
    pub kind: Patch<String>,
    /// In the directory.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub person_id: Patch<String>,
    /// As introduced.
    #[schema(value_type = Option<String>)]
    pub name: Patch<String>,
    /// Ông, bà, đồng chí.
    #[schema(value_type = Option<String>)]
    pub honorific: Patch<String>,
    /// The post, as introduced.
    #[schema(value_type = Option<String>)]
    pub position: Patch<String>,
    /// Where from, as introduced.
    #[schema(value_type = Option<String>)]
    pub organisation: Patch<String>,
    /// In the directory.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub organisation_id: Patch<String>,
    /// `chair`, `host`, `organiser`, `delegate`, `guest`, `speaker` or `press`.
    #[schema(value_type = Option<String>)]
    pub role: Patch<String>,
    /// How many; absent was not counted.
    #[schema(value_type = Option<u32>)]
    pub headcount: Patch<u32>,
    /// Where to insert it, or to move it to, from 1; at the end when absent or `null`.
    #[schema(value_type = Option<u32>)]
    pub order: Patch<u32>,
    /// `private` (the default) or `public`.
    #[schema(value_type = Option<String>)]
    pub visibility: Patch<String>,
    /// Personal; never public.
    #[schema(value_type = Option<String>)]
    pub email: Patch<String>,
    /// Personal; never public.
    #[schema(value_type = Option<String>)]
    pub phone: Patch<String>,
    /// Personal; never public.
    #[schema(value_type = Option<String>)]
    pub notes: Patch<String>,
}

impl AttendeeWrite {
    /// Parses every member, so that all faults are named at once.
    ///
    /// # Errors
    /// 422 with each fault.
    pub fn parse(self) -> Result<AttendeeChanges, Problem> {
        let mut faults = Violations::new();
        let changes = self.changes(&mut faults);
        faults.into_result(changes).map_err(Into::into)
    }

    fn changes(self, faults: &mut Violations) -> AttendeeChanges {
        if matches!(self.order.0, Change::Set(0)) {
            faults.add("/order", Fault::new("out_of_range", "must be at least 1"));
        }
        AttendeeChanges {
            kind: self.kind.parse("/kind", faults, one_of::<AttendeeKind>),
            person_id: self.person_id.parse("/personId", faults, patch::id),
            name: self.name.parse("/name", faults, Name::parse),
            honorific: self.honorific.parse("/honorific", faults, Label::parse),
            position: self.position.parse("/position", faults, Name::parse),
            organisation: self.organisation.parse("/organisation", faults, Name::parse),
            organisation_id: self.organisation_id.parse("/organisationId", faults, patch::id),
            role: self.role.parse("/role", faults, one_of::<AttendeeRole>),
            headcount: self.headcount.plain(),
            order: self.order.plain(),
            visibility: self.visibility.parse("/visibility", faults, one_of::<Visibility>),
            email: self.email.parse("/email", faults, Email::parse),
            phone: self.phone.parse("/phone", faults, Label::parse),
            notes: self.notes.parse("/notes", faults, Prose::parse),
        }
    }
}

/// The attendees of an event, in order.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AttendeeListWrite)]
pub struct AttendeeListWrite {
    /// Everybody, in order.
    pub items: Vec<AttendeeItemWrite>,
}

/// One attendee of a list: the members of an attendee but for `order`, which is its place in the list.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = AttendeeItemWrite)]
pub struct AttendeeItemWrite {
    /// Of one that is there already, and so stays the same attendee.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub id: Option<String>,
    /// `person`, `unit` or `delegation`; required.
    pub kind: Option<String>,
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
    /// `chair`, `host`, `organiser`, `delegate`, `guest`, `speaker` or `press`; required.
    pub role: Option<String>,
    /// How many; absent was not counted.
    pub headcount: Option<u32>,
    /// `private` (the default) or `public`.
    pub visibility: Option<String>,
    /// Personal; never public.
    pub email: Option<String>,
    /// Personal; never public.
    pub phone: Option<String>,
    /// Personal; never public.
    pub notes: Option<String>,
}

impl AttendeeItemWrite {
    fn parse(self, pointer: &str, faults: &mut Violations) -> AttendeeItem {
        let mut inner = Violations::new();
        let id = self.id.and_then(|id| inner.take("/id", patch::id(&id)));
        let said = AttendeeWrite {
            kind: said(self.kind),
            person_id: said(self.person_id),
            name: said(self.name),
            honorific: said(self.honorific),
            position: said(self.position),
            organisation: said(self.organisation),
            organisation_id: said(self.organisation_id),
            role: said(self.role),
            headcount: said(self.headcount),
            order: Patch::default(),
            visibility: said(self.visibility),
            email: said(self.email),
            phone: said(self.phone),
            notes: said(self.notes),
        };
        let changes = said.changes(&mut inner);
        faults.nest(pointer, inner);
        AttendeeItem { id, changes }
    }
}

/// A list says everything anew, so absent and `null` are the same there.
fn said<T>(value: Option<T>) -> Patch<T> {
    Patch(value.map_or(Change::Keep, Change::Set))
}

impl AttendeeListWrite {
    /// Parses every item, so that all faults are named at once.
    ///
    /// # Errors
    /// 422 with each fault.
    pub fn parse(self) -> Result<Vec<AttendeeItem>, Problem> {
        let mut faults = Violations::new();
        let numbered = self.items.into_iter().enumerate();
        let items = numbered.map(|(n, item)| item.parse(&format!("/items/{n}"), &mut faults)).collect();
        faults.into_result(items).map_err(Into::into)
    }
}
