//! Pages for the desk.

use actix_web::{HttpRequest, get, patch, post, web::Data};
use bantin_application::pages;
use bantin_domain::{content::DeskItem, media::Media, page::Page};

use super::{view::DeskPageView, write::PageWrite};
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

/// List pages of the desk
///
/// In any state but the trash, last changed first. Authors see their own.
#[utoipa::path(tag = "editorial pages", params(ListQuery<DeskItems>))]
#[get("/pages")]
pub async fn editorial_list_pages(
    caller: Caller,
    api: Data<Api>,
    query: ListQuery<DeskItems>,
    request: HttpRequest,
) -> Result<Desk<Vec<DeskPageView>>, Problem> {
    let (filter, page) = (item_filter(&query)?, query.page.clone());
    let (slice, media) = api
        .app
        .desk(caller.0, move |desk, actor| {
            let slice = pages::list(desk, &actor, filter, &page)?;
            let contents: Vec<&Page> = slice.rows.iter().map(|one| &one.item.content).collect();
            let media = pages::companions(desk, &contents)?;
            Ok((slice, media))
        })
        .await?;
    let (page, links) = query.describe(&slice, &request);
    let rows = slice
        .rows
        .into_iter()
        .zip(media)
        .map(|(one, media)| DeskPageView::new(one, &media, BodyFormat::Blocks, &api.render))
        .collect();
    Ok(Desk::list(rows, page, links))
}

/// Write a page
///
/// Makes a draft. `title` and `body` are required.
#[utoipa::path(tag = "editorial pages", request_body = PageWrite)]
#[post("/pages")]
pub async fn create_page(
    caller: Caller,
    api: Data<Api>,
    write: JsonBody<PageWrite>,
) -> Result<Created<DeskPageView>, Problem> {
    let (birth, write, warnings) = write.0.parse()?;
    let made = api
        .app
        .write(caller.0, move |act| {
            let made = pages::create(act, birth, write)?;
            let media = pages::companions(act.tx, &[&made.item.content])?;
            Ok((made, media))
        })
        .await?;
    let (view, version) = view(made, BodyFormat::Blocks, &api);
    Ok(Created::at(api.render.address("editorial/pages", &view.desk.id), view, version).warned(warnings))
}

/// Read a page at the desk
///
/// The working copy, whatever its state.
#[utoipa::path(tag = "editorial pages", params(PathId<Page>, ReadQuery))]
#[get("/pages/{id}")]
pub async fn editorial_get_page(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Page>,
    query: ReadQuery,
) -> Result<Desk<DeskPageView>, Problem> {
    let read = api
        .app
        .desk(caller.0, move |desk, actor| {
            let found = pages::get(desk, &actor, id.0)?;
            let media = pages::companions(desk, &[&found.item.content])?;
            Ok((found, media))
        })
        .await?;
    let (view, version) = view(read, query.body.unwrap_or(BodyFormat::Blocks), &api);
    Ok(Desk::one(view, version))
}

/// Change a page
///
/// A merge patch of the working copy: what is absent stays, what is `null` is cleared, lists and the
/// body are replaced whole. The public copy stays as it is until the next publication.
#[utoipa::path(tag = "editorial pages", params(PathId<Page>, IfMatch), request_body = PageWrite)]
#[patch("/pages/{id}")]
pub async fn update_page(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Page>,
    version: IfMatch,
    write: JsonBody<PageWrite>,
) -> Result<Desk<DeskPageView>, Problem> {
    let (write, warnings) = write.0.parse_patch()?;
    let edited = api
        .app
        .write(caller.0, move |act| {
            let edited = pages::edit(act, id.0, version.0, write)?;
            let media = pages::companions(act.tx, &[&edited.item.content])?;
            Ok((edited, media))
        })
        .await?;
    let (view, version) = view(edited, BodyFormat::Blocks, &api);
    Ok(Desk::one(view, version).warned(warnings))
}

/// Publish a page
///
/// Shows the working copy to the public now. `correction` tells the public what was wrong.
#[utoipa::path(tag = "editorial pages", params(PathId<Page>, IfMatch), request_body = Option<Publish>)]
#[post("/pages/{id}/actions/publish")]
pub async fn publish_page(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Page>,
    version: IfMatch,
    action: ActionBody<Publish>,
) -> Result<Desk<DeskPageView>, Problem> {
    let action = action.0.parse(&[])?;
    let published = api
        .app
        .write(caller.0, move |act| {
            let published = pages::publish(act, id.0, version.0, action.correction)?;
            let media = pages::companions(act.tx, &[&published.item.content])?;
            Ok((published, media))
        })
        .await?;
    let (view, version) = view(published, BodyFormat::Blocks, &api);
    Ok(Desk::one(view, version))
}

/// Withdraw a page
///
/// Takes it from the public; its address answers 410 from now on. The working copy stays.
#[utoipa::path(tag = "editorial pages", params(PathId<Page>, IfMatch), request_body = Option<Unpublish>)]
#[post("/pages/{id}/actions/unpublish")]
pub async fn unpublish_page(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Page>,
    version: IfMatch,
    _action: ActionBody<Unpublish>,
) -> Result<Desk<DeskPageView>, Problem> {
    let withdrawn = api
        .app
        .write(caller.0, move |act| {
            let withdrawn = pages::unpublish(act, id.0, version.0)?;
            let media = pages::companions(act.tx, &[&withdrawn.item.content])?;
            Ok((withdrawn, media))
        })
        .await?;
    let (view, version) = view(withdrawn, BodyFormat::Blocks, &api);
    Ok(Desk::one(view, version))
}

/// The view of a page with the media that its text shows, and the version for `If-Match`.
fn view((desk, media): (DeskItem<Page>, Vec<Vec<Media>>), format: BodyFormat, api: &Api) -> (DeskPageView, i64) {
    let version = desk.item.version;
    let media: Vec<Media> = media.into_iter().flatten().collect();
    (DeskPageView::new(desk, &media, format, &api.render), version)
}
