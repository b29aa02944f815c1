//! Sections for everybody.

use actix_web::{HttpRequest, get, web::Data};
use bantin_application::categories;
use bantin_domain::{category::Category, locale::Locale};

use super::view::CategoryView;
use crate::{
    Api,
    directory::{LocaleQuery, whole},
    extract::PathRef,
    problem::Problem,
    reply::{Public, found},
};

/// List sections
///
/// The whole tree in one answer: the top sections, each with those below it, by the editor's order and
/// then by name.
#[utoipa::path(tag = "categories", params(LocaleQuery), security(()))]
#[get("/categories")]
pub async fn list_categories(
    api: Data<Api>,
    query: LocaleQuery,
    request: HttpRequest,
) -> Result<Public<Vec<CategoryView>>, Problem> {
    let (locale, render) = api.reading(&request, query.0.as_ref()).await?;
    let locale = locale.unwrap_or_else(Locale::vietnamese);
    let all = api.app.public(categories::public_list).await?;
    Ok(Public::list(CategoryView::forest(&all, &locale, &render), whole(), None).in_language(locale))
}

/// Read a section
///
/// By id or slug, with the way down to it and everything below it.
#[utoipa::path(tag = "categories", params(PathRef<Category>, LocaleQuery), security(()))]
#[get("/categories/{ref}")]
pub async fn get_category(
    api: Data<Api>,
    reference: PathRef<Category>,
    query: LocaleQuery,
    request: HttpRequest,
) -> Result<Public<CategoryView>, Problem> {
    let (locale, render) = api.reading(&request, query.0.as_ref()).await?;
    let locale = locale.unwrap_or_else(Locale::vietnamese);
    let (all, lookup) = api.app.public(move |reader| categories::public_get(reader, &reference.0)).await?;
    let id = found(lookup, &request, |slug| api.render.address("categories", slug.as_str()))?;
    let view = all.iter().find(|one| one.id == id).map(|one| CategoryView::new(&all, one, &locale, &render));
    Ok(Public::one(view.ok_or_else(Problem::not_found)?).in_language(locale))
}
