//! Sections for the desk. There is no workflow: a change shows at once.

use actix_web::{delete, get, patch, post, web::Data};
use bantin_application::categories;
use bantin_domain::category::Category;

use super::{view::DeskCategoryView, write::CategoryWrite};
use crate::{
    Api,
    directory::{NoQuery, whole},
    extract::{Caller, IfMatch, JsonBody, PathId},
    problem::Problem,
    reply::{Created, Desk, NoContent},
};

/// List sections of the desk
///
/// All of them in one answer, siblings in the editor's order; `parentId` says which is below which.
#[utoipa::path(tag = "editorial categories")]
#[get("/categories")]
pub async fn editorial_list_categories(
    caller: Caller,
    api: Data<Api>,
    _query: NoQuery,
) -> Result<Desk<Vec<DeskCategoryView>>, Problem> {
    let all = api.app.desk(caller.0, |desk, actor| categories::list(desk, &actor)).await?;
    let rows = all.into_iter().map(|one| DeskCategoryView::new(one, &api.render)).collect();
    Ok(Desk::list(rows, whole(), None))
}

/// Make a section
///
/// It is public at once. `name` is required.
#[utoipa::path(tag = "editorial categories", request_body = CategoryWrite)]
#[post("/categories")]
pub async fn create_category(
    caller: Caller,
    api: Data<Api>,
    write: JsonBody<CategoryWrite>,
) -> Result<Created<DeskCategoryView>, Problem> {
    let changes = write.0.parse()?;
    let made = api.app.write(caller.0, move |act| categories::create(act, changes)).await?;
    let version = made.version;
    let view = DeskCategoryView::new(made, &api.render);
    Ok(Created::at(api.render.address("editorial/categories", &view.id), view, version))
}

/// Read a section at the desk
///
/// With its names in all languages.
#[utoipa::path(tag = "editorial categories", params(PathId<Category>))]
#[get("/categories/{id}")]
pub async fn editorial_get_category(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Category>,
    _query: NoQuery,
) -> Result<Desk<DeskCategoryView>, Problem> {
    let category = api.app.desk(caller.0, move |desk, actor| categories::get(desk, &actor, id.0)).await?;
    let version = category.version;
    Ok(Desk::one(DeskCategoryView::new(category, &api.render), version))
}

/// Change a section
///
/// A merge patch, public at once. Moved under another section, it takes what is in it and below it
/// along; under itself or what is below it, it is refused as a `cycle`.
#[utoipa::path(tag = "editorial categories", params(PathId<Category>, IfMatch), request_body = CategoryWrite)]
#[patch("/categories/{id}")]
pub async fn update_category(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Category>,
    version: IfMatch,
    write: JsonBody<CategoryWrite>,
) -> Result<Desk<DeskCategoryView>, Problem> {
    let changes = write.0.parse()?;
    let edited = api.app.write(caller.0, move |act| categories::edit(act, id.0, version.0, changes)).await?;
    let version = edited.version;
    Ok(Desk::one(DeskCategoryView::new(edited, &api.render), version))
}

/// Delete a section
///
/// One that is in use (content, sections below it, menus) answers 409 `in_use` with its uses. Its
/// address answers 410 from now on.
#[utoipa::path(tag = "editorial categories", params(PathId<Category>, IfMatch))]
#[delete("/categories/{id}")]
pub async fn delete_category(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Category>,
    version: IfMatch,
) -> Result<NoContent, Problem> {
    api.app.write(caller.0, move |act| categories::delete(act, id.0, version.0)).await?;
    Ok(NoContent)
}
