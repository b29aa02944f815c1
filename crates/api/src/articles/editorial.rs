//! Articles for the desk.

use actix_web::{HttpRequest, get, patch, post, web::Data};
use bantin_application::articles::{self, With};
use bantin_domain::{article::Article, content::DeskItem};

use super::{view::DeskArticleView, write::ArticleWrite};
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

/// List articles of the desk
///
/// In any state but the trash, last changed first. Authors see their own.
#[utoipa::path(tag = "editorial articles", params(ListQuery<DeskItems>))]
#[get("/articles")]
pub async fn editorial_list_articles(
    caller: Caller,
    api: Data<Api>,
    query: ListQuery<DeskItems>,
    request: HttpRequest,
) -> Result<Desk<Vec<DeskArticleView>>, Problem> {
    let (filter, page) = (item_filter(&query)?, query.page.clone());
    let (slice, companions) = api
        .app
        .desk(caller.0, move |desk, actor| {
            let slice = articles::list(desk, &actor, filter, &page)?;
            let contents: Vec<&Article> = slice.rows.iter().map(|one| &one.item.content).collect();
            let companions = articles::companions(desk, &contents)?;
            Ok((slice, companions))
        })
        .await?;
    let (page, links) = query.describe(&slice, &request);
    let rows = slice
        .rows
        .into_iter()
        .zip(companions)
        .map(|(one, (tags, media))| DeskArticleView::new(one, tags, &media, BodyFormat::Blocks, &api.render))
        .collect();
    Ok(Desk::list(rows, page, links))
}

/// Write an article
///
/// Makes a draft. `title`, `body` and `categoryId` are required.
#[utoipa::path(tag = "editorial articles", request_body = ArticleWrite)]
#[post("/articles")]
pub async fn create_article(
    caller: Caller,
    api: Data<Api>,
    write: JsonBody<ArticleWrite>,
) -> Result<Created<DeskArticleView>, Problem> {
    let (birth, write, warnings) = write.0.parse()?;
    let made = api
        .app
        .write(caller.0, move |act| {
            let made = articles::create(act, birth, write)?;
            let companions = articles::companions(act.tx, &[&made.item.content])?;
            Ok((made, companions))
        })
        .await?;
    let (view, version) = view(made, BodyFormat::Blocks, &api);
    Ok(Created::at(api.render.address("editorial/articles", &view.desk.id), view, version).warned(warnings))
}

/// Read an article at the desk
///
/// The working copy, whatever its state.
#[utoipa::path(tag = "editorial articles", params(PathId<Article>, ReadQuery))]
#[get("/articles/{id}")]
pub async fn editorial_get_article(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Article>,
    query: ReadQuery,
) -> Result<Desk<DeskArticleView>, Problem> {
    let read = api
        .app
        .desk(caller.0, move |desk, actor| {
            let found = articles::get(desk, &actor, id.0)?;
            let companions = articles::companions(desk, &[&found.item.content])?;
            Ok((found, companions))
        })
        .await?;
    let (view, version) = view(read, query.body.unwrap_or(BodyFormat::Blocks), &api);
    Ok(Desk::one(view, version))
}

/// Change an article
///
/// A merge patch of the working copy: what is absent stays, what is `null` is cleared, lists and the
/// body are replaced whole. The public copy stays as it is until the next publication.
#[utoipa::path(tag = "editorial articles", params(PathId<Article>, IfMatch), request_body = ArticleWrite)]
#[patch("/articles/{id}")]
pub async fn update_article(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Article>,
    version: IfMatch,
    write: JsonBody<ArticleWrite>,
) -> Result<Desk<DeskArticleView>, Problem> {
    let (write, warnings) = write.0.parse_patch()?;
    let edited = api
        .app
        .write(caller.0, move |act| {
            let edited = articles::edit(act, id.0, version.0, write)?;
            let companions = articles::companions(act.tx, &[&edited.item.content])?;
            Ok((edited, companions))
        })
        .await?;
    let (view, version) = view(edited, BodyFormat::Blocks, &api);
    Ok(Desk::one(view, version).warned(warnings))
}

/// Publish an article
///
/// Shows the working copy to the public now. `correction` tells the public what was wrong; `with`
/// publishes the events it reports, and their speeches, in the same transaction.
#[utoipa::path(tag = "editorial articles", params(PathId<Article>, IfMatch), request_body = Option<Publish>)]
#[post("/articles/{id}/actions/publish")]
pub async fn publish_article(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Article>,
    version: IfMatch,
    action: ActionBody<Publish>,
) -> Result<Desk<DeskArticleView>, Problem> {
    let action = action.0.parse(&["events", "events.speeches"])?;
    let with = With { events: action.takes("events"), speeches: action.takes("events.speeches") };
    let published = api
        .app
        .write(caller.0, move |act| {
            let published = articles::publish(act, id.0, version.0, action.correction, with)?;
            let companions = articles::companions(act.tx, &[&published.item.content])?;
            Ok((published, companions))
        })
        .await?;
    let (view, version) = view(published, BodyFormat::Blocks, &api);
    Ok(Desk::one(view, version))
}

/// Withdraw an article
///
/// Takes it from the public; its address answers 410 from now on. The working copy stays.
#[utoipa::path(tag = "editorial articles", params(PathId<Article>, IfMatch), request_body = Option<Unpublish>)]
#[post("/articles/{id}/actions/unpublish")]
pub async fn unpublish_article(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Article>,
    version: IfMatch,
    _action: ActionBody<Unpublish>,
) -> Result<Desk<DeskArticleView>, Problem> {
    let withdrawn = api
        .app
        .write(caller.0, move |act| {
            let withdrawn = articles::unpublish(act, id.0, version.0)?;
            let companions = articles::companions(act.tx, &[&withdrawn.item.content])?;
            Ok((withdrawn, companions))
        })
        .await?;
    let (view, version) = view(withdrawn, BodyFormat::Blocks, &api);
    Ok(Desk::one(view, version))
}

/// The view of an article with its companions, and the version for `If-Match`.
fn view(
    (desk, companions): (DeskItem<Article>, Vec<articles::Companions>),
    format: BodyFormat,
    api: &Api,
) -> (DeskArticleView, i64) {
    let version = desk.item.version;
    let (tags, media) = companions.into_iter().next().unwrap_or_default();
    (DeskArticleView::new(desk, tags, &media, format, &api.render), version)
}
