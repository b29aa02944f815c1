//! Attendees for the desk. They have versions of their own: the event's `ETag` does not cover them.

use std::{
    collections::BTreeMap,
    future::{Ready, ready},
};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    delete,
    dev::Payload,
    get,
    http::header::{ETAG, HeaderValue},
    patch, post, put,
    web::Data,
};
use bantin_application::{
    AppError,
    attendees::{self, AttendeeList},
    idempotency::KeptAnswer,
};
use bantin_domain::{
    attendee::AttendeeId,
    event::{Event, EventId},
};
use utoipa::{
    IntoParams, IntoResponses,
    openapi::{
        KnownFormat, RefOr, Response,
        path::{Parameter, ParameterIn},
    },
};

use super::{
    view::DeskAttendeeView,
    write::{AttendeeListWrite, AttendeeWrite},
};
use crate::{
    Api, Render,
    directory::whole,
    extract::{Caller, EditMatch, IfMatch, JsonBody, PathId, path_parameter},
    problem::Problem,
    reply::{Created, Desk, Kept, NoContent},
};

/// `{id}` and `{attendeeId}` of a path: an attendee of an event.
#[derive(Debug)]
pub struct PathAttendee {
    event: EventId,
    attendee: AttendeeId,
}

impl FromRequest for PathAttendee {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let part = |name| request.match_info().get(name);
        let event = part("id").and_then(|text| text.parse().ok());
        let attendee = part("attendeeId").and_then(|text| text.parse().ok());
        let both = event.zip(attendee).map(|(event, attendee)| Self { event, attendee });
        ready(both.ok_or_else(Problem::not_found))
    }
}

impl IntoParams for PathAttendee {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![
            path_parameter("id", "The event's id.", Some(KnownFormat::Uuid)),
            path_parameter("attendeeId", "The attendee's id.", Some(KnownFormat::Uuid)),
        ]
    }
}

/// List the attendees of an event at the desk
///
/// All of them in order, with what never becomes public. E-mail, phone and notes are `null`, and
/// `personalDataHidden` says so, unless the role may see them; that they were read is in the audit log.
/// The `ETag` is that of the list as a whole, for the `If-Match` of a `PUT`.
#[utoipa::path(tag = "editorial events", params(PathId<Event>))]
#[get("/events/{id}/attendees")]
pub async fn editorial_list_attendees(caller: Caller, api: Data<Api>, id: PathId<Event>) -> Result<WholeList, Problem> {
    let list = attendees::list(&api.app, caller.who, id.0).await?;
    Ok(WholeList::new(list, &api.render))
}

/// Replace the attendees of an event
///
/// Puts a list in place of the one that is there, in order. Items with the `id` of an attendee stay that
/// attendee; what they do not say is cleared, but for e-mail, phone and notes that the role may not see.
/// Shows at the event's next publication.
#[utoipa::path(tag = "editorial events", params(PathId<Event>, IfMatch), request_body = AttendeeListWrite)]
#[put("/events/{id}/attendees")]
pub async fn replace_attendees(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Event>,
    version: IfMatch,
    write: JsonBody<AttendeeListWrite>,
) -> Result<WholeList, Problem> {
    let items = write.0.parse()?;
    let list = api.app.write(caller.who, move |act| attendees::replace(act, id.0, version.0, items)).await?;
    Ok(WholeList::new(list, &api.render))
}

/// Enter an attendee
///
/// At the end of the list, or where `order` says. Shows at the event's next publication.
#[utoipa::path(tag = "editorial events", params(PathId<Event>), request_body = AttendeeWrite)]
#[post("/events/{id}/attendees")]
pub async fn create_attendee(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Event>,
    write: JsonBody<AttendeeWrite>,
) -> Result<Created<DeskAttendeeView>, Problem> {
    let changes = write.0.parse()?;
    let event = id.0;
    api.perform(caller, move |act, render| {
        let made = attendees::create(act, event, changes)?;
        let view = DeskAttendeeView::new(made, render);
        let location = render.address(&format!("editorial/events/{event}/attendees"), &view.id);
        let version = view.version;
        Ok(Created::at(location, view, version))
    })
    .await
}

/// Change an attendee
///
/// A merge patch: what is absent stays, what is `null` is cleared. `order` moves it in the list. Shows at
/// the event's next publication.
#[utoipa::path(tag = "editorial events", params(PathAttendee, EditMatch), request_body = AttendeeWrite)]
#[patch("/events/{id}/attendees/{attendeeId}")]
pub async fn update_attendee(
    caller: Caller,
    api: Data<Api>,
    path: PathAttendee,
    version: EditMatch,
    write: JsonBody<AttendeeWrite>,
) -> Result<Desk<DeskAttendeeView>, Problem> {
    let changes = write.0.parse()?;
    let edited = api
        .app
        .write(caller.who, move |act| attendees::edit(act, path.event, path.attendee, version.0, changes))
        .await?;
    let view = DeskAttendeeView::new(edited, &api.render);
    let version = view.version;
    Ok(Desk::one(view, version))
}

/// Take an attendee out of an event
///
/// Personal data and all. The public copy goes at the event's next publication.
#[utoipa::path(tag = "editorial events", params(PathAttendee, IfMatch))]
#[delete("/events/{id}/attendees/{attendeeId}")]
pub async fn delete_attendee(
    caller: Caller,
    api: Data<Api>,
    path: PathAttendee,
    version: IfMatch,
) -> Result<NoContent, Problem> {
    api.app.write(caller.who, move |act| attendees::delete(act, path.event, path.attendee, version.0)).await?;
    Ok(NoContent)
}

/// A list as a whole, with the version that a `PUT` of it must name.
#[derive(Debug)]
pub struct WholeList {
    rows: Desk<Vec<DeskAttendeeView>>,
    version: i64,
}

impl WholeList {
    /// The list as the caller is shown it.
    pub fn new(list: AttendeeList, render: &Render) -> Self {
        let rows = list.attendees.into_iter().map(|one| DeskAttendeeView::new(one, render)).collect();
        Self { rows: Desk::list(rows, whole(), None), version: list.version }
    }
}

impl Kept for WholeList {
    fn keep(self) -> Result<KeptAnswer, AppError> {
        let mut answer = self.rows.keep()?;
        answer.headers.push((ETAG.to_string(), format!("\"{}\"", self.version)));
        Ok(answer)
    }

    fn kept(answer: KeptAnswer) -> Self {
        let tag = answer.headers.iter().find(|(name, _)| *name == ETAG.as_str());
        let version = tag.and_then(|(_, tag)| tag.trim_matches('"').parse().ok()).unwrap_or(0);
        Self { rows: Desk::kept(answer), version }
    }
}

impl Responder for WholeList {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut response = self.rows.respond_to(request);
        if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", self.version)) {
            response.headers_mut().insert(ETAG, tag);
        }
        response
    }
}

impl IntoResponses for WholeList {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        Desk::<Vec<DeskAttendeeView>>::responses()
    }
}
