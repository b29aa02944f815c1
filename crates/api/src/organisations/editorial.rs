//! Organisations for the desk. There is no workflow: a change shows at once, where they are public at all.

use actix_web::{HttpRequest, delete, get, patch, post, web::Data};
use bantin_application::organisations;
use bantin_domain::organisation::Organisation;

use super::{
    public::{Organisations, filters},
    view::DeskOrganisationView,
    write::OrganisationWrite,
};
use crate::{
    Api,
    directory::NoQuery,
    extract::{Caller, IfMatch, JsonBody, PathId},
    list::ListQuery,
    problem::Problem,
    reply::{Created, Desk, NoContent},
};

/// List organisations of the desk
///
/// Public or not, in Vietnamese order.
#[utoipa::path(tag = "editorial organisations", params(ListQuery<Organisations>))]
#[get("/organisations")]
pub async fn editorial_list_organisations(
    caller: Caller,
    api: Data<Api>,
    query: ListQuery<Organisations>,
    request: HttpRequest,
) -> Result<Desk<Vec<DeskOrganisationView>>, Problem> {
    let (page, (filter, parent)) = (query.page.clone(), filters(&query)?);
    let slice = api
        .app
        .desk(caller.0, move |desk, actor| organisations::list(desk, &actor, filter, parent.as_ref(), &page))
        .await?;
    let (page, links) = query.describe(&slice, &request);
    Ok(Desk::list(slice.rows.into_iter().map(|one| DeskOrganisationView::new(one, &api.render)).collect(), page, links))
}

/// Enter an organisation
///
/// `name` is required.
#[utoipa::path(tag = "editorial organisations", request_body = OrganisationWrite)]
#[post("/organisations")]
pub async fn create_organisation(
    caller: Caller,
    api: Data<Api>,
    write: JsonBody<OrganisationWrite>,
) -> Result<Created<DeskOrganisationView>, Problem> {
    let changes = write.0.parse()?;
    let made = api.app.write(caller.0, move |act| organisations::create(act, changes)).await?;
    let version = made.version;
    let view = DeskOrganisationView::new(made, &api.render);
    Ok(Created::at(api.render.address("editorial/organisations", &view.id), view, version))
}

/// Read an organisation at the desk
///
/// Public or not.
#[utoipa::path(tag = "editorial organisations", params(PathId<Organisation>))]
#[get("/organisations/{id}")]
pub async fn editorial_get_organisation(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Organisation>,
    _query: NoQuery,
) -> Result<Desk<DeskOrganisationView>, Problem> {
    let found = api.app.desk(caller.0, move |desk, actor| organisations::get(desk, &actor, id.0)).await?;
    let version = found.version;
    Ok(Desk::one(DeskOrganisationView::new(found, &api.render), version))
}

/// Change an organisation
///
/// A merge patch. Under itself or what is below it, it is refused as a `cycle`.
#[utoipa::path(tag = "editorial organisations", params(PathId<Organisation>, IfMatch), request_body = OrganisationWrite)]
#[patch("/organisations/{id}")]
pub async fn update_organisation(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Organisation>,
    version: IfMatch,
    write: JsonBody<OrganisationWrite>,
) -> Result<Desk<DeskOrganisationView>, Problem> {
    let changes = write.0.parse()?;
    let edited = api.app.write(caller.0, move |act| organisations::edit(act, id.0, version.0, changes)).await?;
    let version = edited.version;
    Ok(Desk::one(DeskOrganisationView::new(edited, &api.render), version))
}

/// Delete an organisation
///
/// One that content, people, organisations below it or a menu refer to answers 409 `in_use` with the uses.
#[utoipa::path(tag = "editorial organisations", params(PathId<Organisation>, IfMatch))]
#[delete("/organisations/{id}")]
pub async fn delete_organisation(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Organisation>,
    version: IfMatch,
) -> Result<NoContent, Problem> {
    api.app.write(caller.0, move |act| organisations::delete(act, id.0, version.0)).await?;
    Ok(NoContent)
}
