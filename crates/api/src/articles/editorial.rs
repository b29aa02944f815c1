//! Articles for the desk.

use actix_web::{HttpRequest, delete, get, patch, post, web::Data};
use bantin_application::{Act, AppError, Precondition, articles, content::Birth, workflow::Step};
use bantin_domain::{article::Article, content::DeskItem, id::Id, violation::Warning};

use super::{view::DeskArticleView, write::ArticleWrite};
use crate::{
    Api, Render,
    body::BodyFormat,
    desk::{self, DeskArticles, DeskKind, PathStep, StepWrite},
    extract::{ActionBody, Caller, DryRun, EditMatch, IfMatch, JsonBody, PathId, Purge},
    list::{ListQuery, Sparse},
    problem::Problem,
    read::ReadQuery,
    reply::{Created, Desk, NoContent},
};

impl DeskKind for Article {
    const COLLECTION: &'static str = "articles";
    const ALONG: &'static [&'static str] = articles::ALONG;
    type Write = ArticleWrite;
    type Parsed = bantin_application::articles::ArticleWrite;
    type View = DeskArticleView;

    fn parse(write: ArticleWrite) -> Result<(Birth<Self>, Self::Parsed, Vec<Warning>), Problem> {
        write.parse()
    }
    fn parse_patch(write: ArticleWrite) -> Result<(Self::Parsed, Vec<Warning>), Problem> {
        write.parse_patch()
    }
    fn create(act: &mut Act<'_, '_>, birth: Birth<Self>, write: Self::Parsed) -> Result<DeskItem<Self>, AppError> {
        articles::create(act, birth, write)
    }
    fn edit(
        act: &mut Act<'_, '_>,
        id: Id<Self>,
        precondition: Precondition,
        write: Self::Parsed,
    ) -> Result<DeskItem<Self>, AppError> {
        articles::edit(act, id, precondition, write)
    }
    fn take_step(
        act: &mut Act<'_, '_>,
        id: Id<Self>,
        version: i64,
        step: &Step,
        with: &[String],
    ) -> Result<DeskItem<Self>, AppError> {
        articles::take_step(act, id, version, step, with)
    }
    fn views(
        desk: &mut bantin_application::Desk<'_>,
        items: Vec<DeskItem<Self>>,
        format: BodyFormat,
        render: &Render,
    ) -> Result<Vec<DeskArticleView>, AppError> {
        let contents: Vec<&Article> = items.iter().map(|one| &one.item.content).collect();
        let companions = articles::companions(desk, &contents)?;
        Ok(items
            .into_iter()
            .zip(companions)
            .map(|(one, (tags, media))| DeskArticleView::new(one, tags, &media, format, render))
            .collect())
    }
}

/// List articles of the desk
///
/// In any state but the trash, last changed first, unless something else is asked for. The text is left out unless
/// `fields` asks for `body`. Authors see their own.
#[utoipa::path(tag = "editorial articles", params(ListQuery<DeskArticles>))]
#[get("/articles")]
pub async fn editorial_list_articles(
    caller: Caller,
    api: Data<Api>,
    query: ListQuery<DeskArticles>,
    request: HttpRequest,
) -> Result<Desk<Vec<Sparse<DeskArticleView>>>, Problem> {
    desk::list::<Article, _>(&api, caller, query, &request).await
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
    desk::create::<Article>(&api, caller, write.0).await
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
    desk::read(&api, caller, id.0, query).await
}

/// Change an article
///
/// A merge patch of the working copy: what is absent stays, what is `null` is cleared, lists and the
/// body are replaced whole. The public copy stays as it is until the next publication.
#[utoipa::path(tag = "editorial articles", params(PathId<Article>, EditMatch), request_body = ArticleWrite)]
#[patch("/articles/{id}")]
pub async fn update_article(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Article>,
    version: EditMatch,
    write: JsonBody<ArticleWrite>,
) -> Result<Desk<DeskArticleView>, Problem> {
    desk::update(&api, caller, id.0, version, write.0).await
}

/// Delete an article
///
/// Puts it in the trash; if it was public, its address answers 410 from now on. With `purge=true` it is
/// taken out of the trash for ever, which is a permission of its own.
#[utoipa::path(tag = "editorial articles", params(PathId<Article>, IfMatch, Purge))]
#[delete("/articles/{id}")]
pub async fn delete_article(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Article>,
    version: IfMatch,
    purge: Purge,
) -> Result<NoContent, Problem> {
    desk::discard(&api, caller, id.0, version, purge.0).await
}

/// Take a step of the workflow with an article
///
/// `publish` shows the working copy to the public; `with` takes the events it reports, and their speeches, along in
/// the same transaction.
#[utoipa::path(
    tag = "editorial articles",
    params(PathId<Article>, PathStep, IfMatch, DryRun),
    request_body = Option<StepWrite>
)]
#[post("/articles/{id}/actions/{action}")]
pub async fn take_article_step(
    caller: Caller,
    api: Data<Api>,
    target: (PathId<Article>, IfMatch),
    step: (PathStep, ActionBody<StepWrite>),
    dry_run: DryRun,
) -> Result<Desk<DeskArticleView>, Problem> {
    desk::take_step(&api, caller, (target.0.0, target.1), (step.0, step.1.0), dry_run).await
}
