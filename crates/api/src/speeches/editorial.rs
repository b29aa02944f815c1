//! Speeches for the desk.

use actix_web::{HttpRequest, get, patch, post, web::Data};
use bantin_application::{content::ItemFilter, speeches};
use bantin_domain::{content::DeskItem, event::EventId, media::Media, speech::Speech};

use super::{view::DeskSpeechView, write::SpeechWrite};
use crate::{
    Api,
    body::BodyFormat,
    desk::{Publish, STATE_FILTER, Unpublish, item_filter},
    extract::{ActionBody, Caller, IfMatch, JsonBody, PathId},
    list::{Filter, List, ListQuery},
    problem::Problem,
    read::ReadQuery,
    reply::{Created, Desk},
};

/// The speeches of the desk.
#[derive(Debug, Clone)]
pub struct DeskSpeeches;

impl List for DeskSpeeches {
    const NAME: &'static str = "deskSpeeches";
    const FILTERS: &'static [Filter] =
        &[Filter { name: "event", doc: "Id of an event: the speeches of its programme." }, STATE_FILTER];
    const HAS_LOCALE: bool = false;
}

/// List speeches of the desk
///
/// In any state but the trash, last changed first. Authors see their own.
#[utoipa::path(tag = "editorial speeches", params(ListQuery<DeskSpeeches>))]
#[get("/speeches")]
pub async fn editorial_list_speeches(
    caller: Caller,
    api: Data<Api>,
    query: ListQuery<DeskSpeeches>,
    request: HttpRequest,
) -> Result<Desk<Vec<DeskSpeechView>>, Problem> {
    let (filter, page) = (filter(&query)?, query.page.clone());
    let (slice, media) = api
        .app
        .desk(caller.0, move |desk, actor| {
            let slice = speeches::list(desk, &actor, filter, &page)?;
            let contents: Vec<&Speech> = slice.rows.iter().map(|one| &one.item.content).collect();
            let media = speeches::companions(desk, &contents)?;
            Ok((slice, media))
        })
        .await?;
    let (page, links) = query.describe(&slice, &request);
    let rows = slice
        .rows
        .into_iter()
        .zip(media)
        .map(|(one, media)| DeskSpeechView::new(one, &media, BodyFormat::Blocks, &api.render))
        .collect();
    Ok(Desk::list(rows, page, links))
}

/// Write a speech
///
/// Makes a draft. `eventId`, `kind` and `title` are required. It stands at the end of the programme, or where
/// `order` says; those behind it move on.
#[utoipa::path(tag = "editorial speeches", request_body = SpeechWrite)]
#[post("/speeches")]
pub async fn create_speech(
    caller: Caller,
    api: Data<Api>,
    write: JsonBody<SpeechWrite>,
) -> Result<Created<DeskSpeechView>, Problem> {
    let (birth, write, warnings) = write.0.parse()?;
    let made = api
        .app
        .write(caller.0, move |act| {
            let made = speeches::create(act, birth, write)?;
            let media = speeches::companions(act.tx, &[&made.item.content])?;
            Ok((made, media))
        })
        .await?;
    let (view, version) = view(made, BodyFormat::Blocks, &api);
    Ok(Created::at(api.render.address("editorial/speeches", &view.desk.id), view, version).warned(warnings))
}

/// Read a speech at the desk
///
/// The working copy, whatever its state.
#[utoipa::path(tag = "editorial speeches", params(PathId<Speech>, ReadQuery))]
#[get("/speeches/{id}")]
pub async fn editorial_get_speech(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Speech>,
    query: ReadQuery,
) -> Result<Desk<DeskSpeechView>, Problem> {
    let read = api
        .app
        .desk(caller.0, move |desk, actor| {
            let found = speeches::get(desk, &actor, id.0)?;
            let media = speeches::companions(desk, &[&found.item.content])?;
            Ok((found, media))
        })
        .await?;
    let (view, version) = view(read, query.body.unwrap_or(BodyFormat::Blocks), &api);
    Ok(Desk::one(view, version))
}

/// Change a speech
///
/// A merge patch of the working copy: what is absent stays, what is `null` is cleared, lists and the
/// body are replaced whole. The public copy stays as it is until the next publication. `order` moves it in the programme.
#[utoipa::path(tag = "editorial speeches", params(PathId<Speech>, IfMatch), request_body = SpeechWrite)]
#[patch("/speeches/{id}")]
pub async fn update_speech(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Speech>,
    version: IfMatch,
    write: JsonBody<SpeechWrite>,
) -> Result<Desk<DeskSpeechView>, Problem> {
    let (write, warnings) = write.0.parse_patch()?;
    let edited = api
        .app
        .write(caller.0, move |act| {
            let edited = speeches::edit(act, id.0, version.0, write)?;
            let media = speeches::companions(act.tx, &[&edited.item.content])?;
            Ok((edited, media))
        })
        .await?;
    let (view, version) = view(edited, BodyFormat::Blocks, &api);
    Ok(Desk::one(view, version).warned(warnings))
}

/// Publish a speech
///
/// Shows the working copy to the public, as soon and as long as its event is public. `correction` tells
/// the public what was wrong.
#[utoipa::path(tag = "editorial speeches", params(PathId<Speech>, IfMatch), request_body = Option<Publish>)]
#[post("/speeches/{id}/actions/publish")]
pub async fn publish_speech(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Speech>,
    version: IfMatch,
    action: ActionBody<Publish>,
) -> Result<Desk<DeskSpeechView>, Problem> {
    let action = action.0.parse(&[])?;
    let published = api
        .app
        .write(caller.0, move |act| {
            let published = speeches::publish(act, id.0, version.0, action.correction)?;
            let media = speeches::companions(act.tx, &[&published.item.content])?;
            Ok((published, media))
        })
        .await?;
    let (view, version) = view(published, BodyFormat::Blocks, &api);
    Ok(Desk::one(view, version))
}

/// Withdraw a speech
///
/// Takes it from the public; its address answers 410 from now on. The working copy stays.
#[utoipa::path(tag = "editorial speeches", params(PathId<Speech>, IfMatch), request_body = Option<Unpublish>)]
#[post("/speeches/{id}/actions/unpublish")]
pub async fn unpublish_speech(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Speech>,
    version: IfMatch,
    _action: ActionBody<Unpublish>,
) -> Result<Desk<DeskSpeechView>, Problem> {
    let withdrawn = api
        .app
        .write(caller.0, move |act| {
            let withdrawn = speeches::unpublish(act, id.0, version.0)?;
            let media = speeches::companions(act.tx, &[&withdrawn.item.content])?;
            Ok((withdrawn, media))
        })
        .await?;
    let (view, version) = view(withdrawn, BodyFormat::Blocks, &api);
    Ok(Desk::one(view, version))
}

/// The view of a speech with the media that its text shows, and the version for `If-Match`.
fn view((desk, media): (DeskItem<Speech>, Vec<Vec<Media>>), format: BodyFormat, api: &Api) -> (DeskSpeechView, i64) {
    let version = desk.item.version;
    let media: Vec<Media> = media.into_iter().flatten().collect();
    (DeskSpeechView::new(desk, &media, format, &api.render), version)
}

/// What the list is filtered by.
fn filter(query: &ListQuery<DeskSpeeches>) -> Result<ItemFilter, Problem> {
    let event = query.parsed("event", |text| text.parse::<EventId>().ok(), "the id of an event")?;
    Ok(ItemFilter { parent: event.map(EventId::uuid), ..item_filter(query)? })
}
