//! Sections for the desk. There is no workflow: a change shows at once.

use actix_web::{delete, get, patch, post, web::Data};
use bantin_application::categories;
use bantin_domain::{category::Category, policy::Actor};

use super::{view::DeskCategoryView, write::CategoryWrite};
use crate::{
    Api, Render,
    directory::{NoQuery, whole},
    extract::{Caller, EditMatch, IfMatch, JsonBody, PathId},
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
    let render = api.render.clone();
    let rows = api
        .app
        .desk(caller.who, move |desk, actor| {
            let all = categories::list(desk, &actor)?;
            Ok(all.iter().map(|one| DeskCategoryView::new(one.clone(), &actor, &render)).collect())
        })
        .await?;
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
    api.perform(caller, move |act, render| {
        let made = categories::create(act, changes)?;
        let (at, version) = (render.address("editorial/categories", &made.id.to_string()), made.version);
        Ok(Created::at(at, DeskCategoryView::new(made, &act.actor, render), version))
    })
    .await
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
    let render = api.render.clone();
    Ok(api
        .app
        .desk(caller.who, move |desk, actor| Ok(answer(categories::get(desk, &actor, id.0)?, &actor, &render)))
        .await?)
}

/// Change a section
///
/// A merge patch, public at once. Moved under another section, it takes what is in it and below it
/// along; under itself or what is below it, it is refused as a `cycle`.
#[utoipa::path(tag = "editorial categories", params(PathId<Category>, EditMatch), request_body = CategoryWrite)]
#[patch("/categories/{id}")]
pub async fn update_category(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Category>,
    version: EditMatch,
    write: JsonBody<CategoryWrite>,
) -> Result<Desk<DeskCategoryView>, Problem> {
    let changes = write.0.parse()?;
    api.perform(caller, move |act, render| {
        Ok(answer(categories::edit(act, id.0, version.0, changes)?, &act.actor, render))
    })
    .await
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
    api.perform(caller, move |act, _| {
        categories::delete(act, id.0, version.0)?;
        Ok(NoContent)
    })
    .await
}

fn answer(category: Category, actor: &Actor, render: &Render) -> Desk<DeskCategoryView> {
    let version = category.version;
    Desk::one(DeskCategoryView::new(category, actor, render), version)
}
