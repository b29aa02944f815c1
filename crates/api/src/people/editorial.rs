//! People for the desk. There is no workflow: a change shows at once, where they are public at all.

use actix_web::{HttpRequest, delete, get, patch, post, web::Data};
use bantin_application::people;
use bantin_domain::person::Person;

use super::{
    public::{People, filters},
    view::DeskPersonView,
    write::PersonWrite,
};
use crate::{
    Api,
    directory::NoQuery,
    extract::{Caller, IfMatch, JsonBody, PathId},
    list::ListQuery,
    problem::Problem,
    reply::{Created, Desk, NoContent},
};

/// List people of the desk
///
/// Public or not, by given name, family and middle.
#[utoipa::path(tag = "editorial people", params(ListQuery<People>))]
#[get("/people")]
pub async fn editorial_list_people(
    caller: Caller,
    api: Data<Api>,
    query: ListQuery<People>,
    request: HttpRequest,
) -> Result<Desk<Vec<DeskPersonView>>, Problem> {
    let (page, (filter, organisation)) = (query.page.clone(), filters(&query)?);
    let slice = api
        .app
        .desk(caller.0, move |desk, actor| people::list(desk, &actor, filter, organisation.as_ref(), &page))
        .await?;
    let (page, links) = query.describe(&slice, &request);
    Ok(Desk::list(slice.rows.into_iter().map(|one| DeskPersonView::new(one, &api.render)).collect(), page, links))
}

/// Enter a person
///
/// `displayName` is required; it is split into family, middle and given name unless these are said.
#[utoipa::path(tag = "editorial people", request_body = PersonWrite)]
#[post("/people")]
pub async fn create_person(
    caller: Caller,
    api: Data<Api>,
    write: JsonBody<PersonWrite>,
) -> Result<Created<DeskPersonView>, Problem> {
    let changes = write.0.parse()?;
    let made = api.app.write(caller.0, move |act| people::create(act, changes)).await?;
    let version = made.version;
    let view = DeskPersonView::new(made, &api.render);
    Ok(Created::at(api.render.address("editorial/people", &view.id), view, version))
}

/// Read a person at the desk
///
/// Public or not.
#[utoipa::path(tag = "editorial people", params(PathId<Person>))]
#[get("/people/{id}")]
pub async fn editorial_get_person(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Person>,
    _query: NoQuery,
) -> Result<Desk<DeskPersonView>, Problem> {
    let found = api.app.desk(caller.0, move |desk, actor| people::get(desk, &actor, id.0)).await?;
    let version = found.version;
    Ok(Desk::one(DeskPersonView::new(found, &api.render), version))
}

/// Change a person
///
/// A merge patch. A rename shows at once in the directory; how somebody was introduced at an event stays.
#[utoipa::path(tag = "editorial people", params(PathId<Person>, IfMatch), request_body = PersonWrite)]
#[patch("/people/{id}")]
pub async fn update_person(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Person>,
    version: IfMatch,
    write: JsonBody<PersonWrite>,
) -> Result<Desk<DeskPersonView>, Problem> {
    let changes = write.0.parse()?;
    let edited = api.app.write(caller.0, move |act| people::edit(act, id.0, version.0, changes)).await?;
    let version = edited.version;
    Ok(Desk::one(DeskPersonView::new(edited, &api.render), version))
}

/// Delete a person
///
/// Somebody whom content, attendance or a menu refers to answers 409 `in_use` with the uses.
#[utoipa::path(tag = "editorial people", params(PathId<Person>, IfMatch))]
#[delete("/people/{id}")]
pub async fn delete_person(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Person>,
    version: IfMatch,
) -> Result<NoContent, Problem> {
    api.app.write(caller.0, move |act| people::delete(act, id.0, version.0)).await?;
    Ok(NoContent)
}
