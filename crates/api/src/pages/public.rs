//! Standing pages for everybody.

use actix_web::{HttpRequest, get, web::Data};
use bantin_application::pages;
use bantin_domain::page::Page;

use super::view::PageView;
use crate::{
    Api,
    body::BodyFormat,
    extract::PathRef,
    list::{Filter, List, ListQuery},
    problem::Problem,
    read::ReadQuery,
    reply::{Public, found},
};

/// The public list of pages.
#[derive(Debug, Clone)]
pub struct Pages;

impl List for Pages {
    const NAME: &'static str = "pages";
    const FILTERS: &'static [Filter] = &[];
}

/// List pages
///
/// In the editors' order; `parentId` makes the tree. The text is left out; `GET /pages/{ref}` has it.
#[utoipa::path(tag = "pages", params(ListQuery<Pages>), security(()))]
#[get("/pages")]
pub async fn list_pages(
    api: Data<Api>,
    query: ListQuery<Pages>,
    request: HttpRequest,
) -> Result<Public<Vec<PageView>>, Problem> {
    let (locale, render) = api.reading(&request, query.locale.as_ref()).await?;
    let page = query.page.clone();
    let slice = api.app.public(move |reader| pages::public_list(reader, locale.as_ref(), &page)).await?;
    let (page, links) = query.describe(&slice, &request);
    let rows = slice.rows.into_iter().map(|page| PageView::new(page, BodyFormat::Html, &render)).collect();
    Ok(Public::list(rows, page, links))
}

/// Read a page
///
/// By id or slug. An old slug answers 301, a withdrawn page 410.
#[utoipa::path(tag = "pages", params(PathRef<Page>, ReadQuery), security(()))]
#[get("/pages/{ref}")]
pub async fn get_page(
    api: Data<Api>,
    reference: PathRef<Page>,
    query: ReadQuery,
    request: HttpRequest,
) -> Result<Public<PageView>, Problem> {
    let render = api.site_render().await?;
    let lookup = api.app.public(move |reader| pages::public_get(reader, &reference.0, query.locale.as_ref())).await?;
    let page = found(lookup, &request, |slug| api.render.address("pages", slug.as_str()))?;
    let (modified, locale) = (page.updated_at, page.locale.clone());
    let view = PageView::new(page, query.body.unwrap_or(BodyFormat::Html), &render);
    Ok(Public::one(view).modified(modified).in_language(locale))
}
