//! Events for the desk.

use actix_web::{HttpRequest, get, patch, post, put, web::Data};
use bantin_application::events;
use bantin_domain::{content::DeskItem, event::Event, media::Media};

use super::{
    view::DeskEventView,
    write::{EventWrite, ProgrammeWrite},
};
use crate::{
    Api,
    body::BodyFormat,
    desk::{DeskItems, Publish, Unpublish, item_filter},
    extract::{ActionBody, Caller, IfMatch, JsonBody, PathId},
    list::ListQuery,
    problem::Problem,
    read::ReadQuery,
    reply::{Created, Desk},
};

/// List events of the desk
///
/// In any state but the trash, last changed first. Authors see their own.
#[utoipa::path(tag = "editorial events", params(ListQuery<DeskItems>))]
#[get("/events")]
pub async fn editorial_list_events(
    caller: Caller,
    api: Data<Api>,
    query: ListQuery<DeskItems>,
    request: HttpRequest,
) -> Result<Desk<Vec<DeskEventView>>, Problem> {
    let (filter, page) = (item_filter(&query)?, query.page.clone());
    let (slice, media) = api
        .app
        .desk(caller.0, move |desk, actor| {
            let slice = events::list(desk, &actor, filter, &page)?;
            let contents: Vec<&Event> = slice.rows.iter().map(|one| &one.item.content).collect();
            let media = events::companions(desk, &contents)?;
            Ok((slice, media))
        })
        .await?;
    let (page, links) = query.describe(&slice, &request);
    let rows = slice
        .rows
        .into_iter()
        .zip(media)
        .map(|(one, media)| DeskEventView::new(one, &media, BodyFormat::Blocks, &api.render))
        .collect();
    Ok(Desk::list(rows, page, links))
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
    let (birth, write, warnings) = write.0.parse()?;
    let made = api
        .app
        .write(caller.0, move |act| {
            let made = events::create(act, birth, write)?;
            let media = events::companions(act.tx, &[&made.item.content])?;
            Ok((made, media))
        })
        .await?;
    let (view, version) = view(made, BodyFormat::Blocks, &api);
    Ok(Created::at(api.render.address("editorial/events", &view.desk.id), view, version).warned(warnings))
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
    let read = api
        .app
        .desk(caller.0, move |desk, actor| {
            let found = events::get(desk, &actor, id.0)?;
            let media = events::companions(desk, &[&found.item.content])?;
            Ok((found, media))
        })
        .await?;
    let (view, version) = view(read, query.body.unwrap_or(BodyFormat::Blocks), &api);
    Ok(Desk::one(view, version))
}

/// Change an event
///
/// A merge patch of the working copy: what is absent stays, what is `null` is cleared, lists and the
/// body are replaced whole. The public copy stays as it is until the next publication.
#[utoipa::path(tag = "editorial events", params(PathId<Event>, IfMatch), request_body = EventWrite)]
#[patch("/events/{id}")]
pub async fn update_event(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Event>,
    version: IfMatch,
    write: JsonBody<EventWrite>,
) -> Result<Desk<DeskEventView>, Problem> {
    let (write, warnings) = write.0.parse_patch()?;
    let edited = api
        .app
        .write(caller.0, move |act| {
            let edited = events::edit(act, id.0, version.0, write)?;
            let media = events::companions(act.tx, &[&edited.item.content])?;
            Ok((edited, media))
        })
        .await?;
    let (view, version) = view(edited, BodyFormat::Blocks, &api);
    Ok(Desk::one(view, version).warned(warnings))
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
    let edited = api
        .app
        .write(caller.0, move |act| {
            let edited = events::set_programme(act, id.0, version.0, &ids)?;
            let media = events::companions(act.tx, &[&edited.item.content])?;
            Ok((edited, media))
        })
        .await?;
    let (view, version) = view(edited, BodyFormat::Blocks, &api);
    Ok(Desk::one(view, version))
}

/// Publish an event
///
/// Shows the working copy, and the attendees who are public, to everybody now. `correction` tells the
/// public what was wrong; `"with": ["speeches"]` publishes its speeches in the same transaction.
#[utoipa::path(tag = "editorial events", params(PathId<Event>, IfMatch), request_body = Option<Publish>)]
#[post("/events/{id}/actions/publish")]
pub async fn publish_event(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Event>,
    version: IfMatch,
    action: ActionBody<Publish>,
) -> Result<Desk<DeskEventView>, Problem> {
    let action = action.0.parse(&["speeches"])?;
    let with_speeches = action.takes("speeches");
    let published = api
        .app
        .write(caller.0, move |act| {
            let published = events::publish(act, id.0, version.0, action.correction, with_speeches)?;
            let media = events::companions(act.tx, &[&published.item.content])?;
            Ok((published, media))
        })
        .await?;
    let (view, version) = view(published, BodyFormat::Blocks, &api);
    Ok(Desk::one(view, version))
}

/// Withdraw an event
///
/// Takes it from the public, and its speeches and attendees with it; their addresses answer 410 from
/// now on. The working copies stay.
#[utoipa::path(tag = "editorial events", params(PathId<Event>, IfMatch), request_body = Option<Unpublish>)]
#[post("/events/{id}/actions/unpublish")]
pub async fn unpublish_event(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Event>,
    version: IfMatch,
    _action: ActionBody<Unpublish>,
) -> Result<Desk<DeskEventView>, Problem> {
    let withdrawn = api
        .app
        .write(caller.0, move |act| {
            let withdrawn = events::unpublish(act, id.0, version.0)?;
            let media = events::companions(act.tx, &[&withdrawn.item.content])?;
            Ok((withdrawn, media))
        })
        .await?;
    let (view, version) = view(withdrawn, BodyFormat::Blocks, &api);
    Ok(Desk::one(view, version))
}

/// The view of an event with the media that its text shows, and the version for `If-Match`.
fn view((desk, media): (DeskItem<Event>, Vec<Vec<Media>>), format: BodyFormat, api: &Api) -> (DeskEventView, i64) {
    let version = desk.item.version;
    let media: Vec<Media> = media.into_iter().flatten().collect();
    (DeskEventView::new(desk, &media, format, &api.render), version)
}
