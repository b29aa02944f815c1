//! Events for the desk.

use actix_web::{HttpRequest, delete, get, patch, post, put, web::Data};
use bantin_application::{
    Act, AppError, Precondition,
    content::{self, Birth},
    events,
    workflow::Step,
};
use bantin_domain::{content::DeskItem, event::Event, id::Id, violation::Warning};

use super::{
    view::DeskEventView,
    write::{EventWrite, ProgrammeWrite},
};
use crate::{
    Api, Render,
    body::BodyFormat,
    desk::{self, DeskEvents, DeskKind, PathStep, StepWrite},
    extract::{ActionBody, Caller, DryRun, EditMatch, IfMatch, JsonBody, PathId, Purge},
    list::{ListQuery, Sparse},
    problem::Problem,
    read::ReadQuery,
    reply::{Created, Desk, NoContent},
};

impl DeskKind for Event {
    const COLLECTION: &'static str = "events";
    const ALONG: &'static [&'static str] = events::ALONG;
    type Write = EventWrite;
    type Parsed = bantin_domain::event::EventChanges;
    type View = DeskEventView;

    fn parse(write: EventWrite) -> Result<(Birth<Self>, Self::Parsed, Vec<Warning>), Problem> {
        write.parse()
    }
    fn parse_patch(write: EventWrite) -> Result<(Self::Parsed, Vec<Warning>), Problem> {
        write.parse_patch()
    }
    fn create(act: &mut Act<'_, '_>, birth: Birth<Self>, write: Self::Parsed) -> Result<DeskItem<Self>, AppError> {
        events::create(act, birth, write)
    }
    fn edit(
        act: &mut Act<'_, '_>,
        id: Id<Self>,
        precondition: Precondition,
        write: Self::Parsed,
    ) -> Result<DeskItem<Self>, AppError> {
        events::edit(act, id, precondition, write)
    }
    fn take_step(
        act: &mut Act<'_, '_>,
        id: Id<Self>,
        version: i64,
        step: &Step,
        with: &[String],
    ) -> Result<DeskItem<Self>, AppError> {
        events::take_step(act, id, version, step, with)
    }
    fn views(
        desk: &mut bantin_application::Desk<'_>,
        items: Vec<DeskItem<Self>>,
        format: BodyFormat,
        render: &Render,
    ) -> Result<Vec<DeskEventView>, AppError> {
        let media = content::body_media(desk, items.iter().map(|one| &one.item.content.body))?;
        Ok(items.into_iter().zip(media).map(|(one, media)| DeskEventView::new(one, &media, format, render)).collect())
    }
}

/// List events of the desk
///
/// In any state but the trash, last changed first, unless something else is asked for. The text is left out unless
/// `fields` asks for `body`. Authors see their own.
#[utoipa::path(tag = "editorial events", params(ListQuery<DeskEvents>))]
#[get("/events")]
pub async fn editorial_list_events(
    caller: Caller,
    api: Data<Api>,
    query: ListQuery<DeskEvents>,
    request: HttpRequest,
) -> Result<Desk<Vec<Sparse<DeskEventView>>>, Problem> {
    desk::list::<Event, _>(&api, caller, query, &request).await
}

/// Write an event
///
/// Makes a draft. `title`, `kind` and one of `startsAt` and `startsOn` are required.
#[utoipa::path(tag = "editorial events", request_body = EventWrite)]
#[post("/events")]
pub async fn create_event(
    caller: Caller,
    api: Data<Api>,
    write: JsonBody<EventWrite>,
) -> Result<Created<DeskEventView>, Problem> {
    desk::create::<Event>(&api, caller, write.0).await
}

/// Read an event at the desk
///
/// The working copy, whatever its state.
#[utoipa::path(tag = "editorial events", params(PathId<Event>, ReadQuery))]
#[get("/events/{id}")]
pub async fn editorial_get_event(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Event>,
    query: ReadQuery,
) -> Result<Desk<DeskEventView>, Problem> {
    desk::read(&api, caller, id.0, query).await
}

/// Change an event
///
/// A merge patch of the working copy: what is absent stays, what is `null` is cleared, lists and the
/// body are replaced whole. The public copy stays as it is until the next publication.
#[utoipa::path(tag = "editorial events", params(PathId<Event>, EditMatch), request_body = EventWrite)]
#[patch("/events/{id}")]
pub async fn update_event(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Event>,
    version: EditMatch,
    write: JsonBody<EventWrite>,
) -> Result<Desk<DeskEventView>, Problem> {
    desk::update(&api, caller, id.0, version, write.0).await
}

/// Delete an event
///
/// Puts it in the trash; if it was public, its address answers 410 from now on. With `purge=true` it is
/// taken out of the trash for ever, which is a permission of its own.
#[utoipa::path(tag = "editorial events", params(PathId<Event>, IfMatch, Purge))]
#[delete("/events/{id}")]
pub async fn delete_event(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Event>,
    version: IfMatch,
    purge: Purge,
) -> Result<NoContent, Problem> {
    desk::discard(&api, caller, id.0, version, purge.0).await
}

/// Take a step of the workflow with an event
///
/// `publish` shows the working copy, and the attendees who are public, to everybody; `with` takes its speeches along
/// in the same transaction. Withdrawing an event hides its speeches and attendees with it.
#[utoipa::path(
    tag = "editorial events",
    params(PathId<Event>, PathStep, IfMatch, DryRun),
    request_body = Option<StepWrite>
)]
#[post("/events/{id}/actions/{action}")]
pub async fn take_event_step(
    caller: Caller,
    api: Data<Api>,
    target: (PathId<Event>, IfMatch),
    step: (PathStep, ActionBody<StepWrite>),
    dry_run: DryRun,
) -> Result<Desk<DeskEventView>, Problem> {
    desk::take_step(&api, caller, (target.0.0, target.1), (step.0, step.1.0), dry_run).await
}

/// Set the programme of an event
///
/// Puts its speeches in order: every one that is not in the trash, once. The order is a member of the
/// event, so `If-Match` is the event's; the public sees it at the next publication.
#[utoipa::path(tag = "editorial events", params(PathId<Event>, IfMatch), request_body = ProgrammeWrite)]
#[put("/events/{id}/programme")]
pub async fn set_programme(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Event>,
    version: IfMatch,
    write: JsonBody<ProgrammeWrite>,
) -> Result<Desk<DeskEventView>, Problem> {
    let ids = write.0.parse()?;
    api.perform(caller, move |act, render| {
        let edited = events::set_programme(act, id.0, version.0, &ids)?;
        let (view, version) = desk::show(act, edited, render)?;
        Ok(Desk::one(view, version))
    })
    .await
}
