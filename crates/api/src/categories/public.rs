//! Sections for everybody.

use actix_web::{HttpRequest, get, web::Data};
use bantin_application::categories;
use bantin_domain::{category::Category, locale::Locale};

use super::view::CategoryView;
use crate::{
    Api,
    directory::whole,
    extract::PathRef,
    list::{Filter, List, LocaleChoice, Sparse},
    problem::Problem,
    read::ReadOf,
    reply::{Public, found},
};

/// The tree of sections, which is answered whole.
#[derive(Debug, Clone, Copy)]
pub struct Categories;

impl List for Categories {
    const NAME: &'static str = "categories";
    const FILTERS: &'static [Filter] = &[];
    const FIELDS: &'static [&'static str] =
        &["id", "type", "locale", "slug", "name", "description", "parentId", "order", "path", "children", "links"];
}

/// List sections
///
/// The whole tree in one answer: the top sections, each with those below it, by the editor's order and
/// then by name. `fields` says the members of each of them.
#[utoipa::path(tag = "categories", params(ReadOf<Categories>), security(()))]
#[get("/categories")]
pub async fn list_categories(
    api: Data<Api>,
    query: ReadOf<Categories>,
    request: HttpRequest,
) -> Result<Public<Vec<Sparse<CategoryView>>>, Problem> {
    let (locale, render) = api.reading(&request, query.locale.map(LocaleChoice::One).as_ref()).await?;
    let locale = locale.unwrap_or_else(Locale::vietnamese);
    let all = api.app.public(categories::public_list).await?;
    Ok(Public::list(CategoryView::forest(&all, &locale, &render, &query.fields), whole(), None).in_language(locale))
}

/// Read a section
///
/// By id or slug, with the way down to it and everything below it.
#[utoipa::path(tag = "categories", params(PathRef<Category>, ReadOf<Categories>), security(()))]
#[get("/categories/{ref}")]
pub async fn get_category(
    api: Data<Api>,
    reference: PathRef<Category>,
    query: ReadOf<Categories>,
    request: HttpRequest,
) -> Result<Public<Sparse<CategoryView>>, Problem> {
    let (locale, render) = api.reading_one(&request, query.locale).await?;
    let (all, lookup) = api.app.public(move |reader| categories::public_get(reader, &reference.0)).await?;
    let id = found(lookup, &request, |slug| api.render.address("categories", slug.as_str()))?;
    let view =
        all.iter().find(|one| one.id == id).map(|one| CategoryView::sparse(&all, one, &locale, &render, &query.fields));
    Ok(Public::one(view.ok_or_else(Problem::not_found)?).in_language(locale))
}
