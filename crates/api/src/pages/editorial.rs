//! Pages for the desk.

use actix_web::{HttpRequest, delete, get, patch, post, web::Data};
use bantin_application::{
    Act, AppError, Precondition,
    content::{self, Birth},
    pages,
    workflow::Step,
};
use bantin_domain::{content::DeskItem, id::Id, page::Page, violation::Warning};

use super::{view::DeskPageView, write::PageWrite};
use crate::{
    Api, Render,
    body::BodyFormat,
    desk::{self, DeskKind, DeskPages, PathStep, StepWrite},
    extract::{ActionBody, Caller, DryRun, EditMatch, IfMatch, JsonBody, PathId, Purge},
    list::{ListQuery, Sparse},
    problem::Problem,
    read::ReadQuery,
    reply::{Created, Desk, NoContent},
};

impl DeskKind for Page {
    const COLLECTION: &'static str = "pages";
    const ALONG: &'static [&'static str] = &[];
    type Write = PageWrite;
    type Parsed = bantin_domain::page::PageChanges;
    type View = DeskPageView;

    fn parse(write: PageWrite) -> Result<(Birth<Self>, Self::Parsed, Vec<Warning>), Problem> {
        write.parse()
    }
    fn parse_patch(write: PageWrite) -> Result<(Self::Parsed, Vec<Warning>), Problem> {
        write.parse_patch()
    }
    fn create(act: &mut Act<'_, '_>, birth: Birth<Self>, write: Self::Parsed) -> Result<DeskItem<Self>, AppError> {
        pages::create(act, birth, write)
    }
    fn edit(
        act: &mut Act<'_, '_>,
        id: Id<Self>,
        precondition: Precondition,
        write: Self::Parsed,
    ) -> Result<DeskItem<Self>, AppError> {
        pages::edit(act, id, precondition, write)
    }
    fn take_step(
        act: &mut Act<'_, '_>,
        id: Id<Self>,
        version: i64,
        step: &Step,
        _with: &[String],
    ) -> Result<DeskItem<Self>, AppError> {
        pages::take_step(act, id, version, step)
    }
    fn views(
        desk: &mut bantin_application::Desk<'_>,
        items: Vec<DeskItem<Self>>,
        format: BodyFormat,
        render: &Render,
    ) -> Result<Vec<DeskPageView>, AppError> {
        let media = content::body_media(desk, items.iter().map(|one| &one.item.content.body))?;
        Ok(items.into_iter().zip(media).map(|(one, media)| DeskPageView::new(one, &media, format, render)).collect())
    }
}

/// List pages of the desk
///
/// In any state but the trash, last changed first, unless something else is asked for. The text is left out unless
/// `fields` asks for `body`. Authors see their own.
#[utoipa::path(tag = "editorial pages", params(ListQuery<DeskPages>))]
#[get("/pages")]
pub async fn editorial_list_pages(
    caller: Caller,
    api: Data<Api>,
    query: ListQuery<DeskPages>,
    request: HttpRequest,
) -> Result<Desk<Vec<Sparse<DeskPageView>>>, Problem> {
    desk::list::<Page, _>(&api, caller, query, &request).await
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
    desk::create::<Page>(&api, caller, write.0).await
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
    desk::read(&api, caller, id.0, query).await
}

/// Change a page
///
/// A merge patch of the working copy: what is absent stays, what is `null` is cleared, lists and the
/// body are replaced whole. The public copy stays as it is until the next publication.
#[utoipa::path(tag = "editorial pages", params(PathId<Page>, EditMatch), request_body = PageWrite)]
#[patch("/pages/{id}")]
pub async fn update_page(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Page>,
    version: EditMatch,
    write: JsonBody<PageWrite>,
) -> Result<Desk<DeskPageView>, Problem> {
    desk::update(&api, caller, id.0, version, write.0).await
}

/// Delete a page
///
/// Puts it in the trash; if it was public, its address answers 410 from now on. With `purge=true` it is
/// taken out of the trash for ever, which is a permission of its own.
#[utoipa::path(tag = "editorial pages", params(PathId<Page>, IfMatch, Purge))]
#[delete("/pages/{id}")]
pub async fn delete_page(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Page>,
    version: IfMatch,
    purge: Purge,
) -> Result<NoContent, Problem> {
    desk::discard(&api, caller, id.0, version, purge.0).await
}

/// Take a step of the workflow with a page
///
/// `publish` shows the working copy to the public.
#[utoipa::path(
    tag = "editorial pages",
    params(PathId<Page>, PathStep, IfMatch, DryRun),
    request_body = Option<StepWrite>
)]
#[post("/pages/{id}/actions/{action}")]
pub async fn take_page_step(
    caller: Caller,
    api: Data<Api>,
    target: (PathId<Page>, IfMatch),
    step: (PathStep, ActionBody<StepWrite>),
    dry_run: DryRun,
) -> Result<Desk<DeskPageView>, Problem> {
    desk::take_step(&api, caller, (target.0.0, target.1), (step.0, step.1.0), dry_run).await
}
