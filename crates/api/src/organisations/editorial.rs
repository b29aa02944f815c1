//! Organisations for the desk. There is no workflow: a change shows at once, where they are public at all.

use actix_web::{HttpRequest, delete, get, patch, post, web::Data};
use bantin_application::organisations;
use bantin_domain::{organisation::Organisation, policy::Actor};

use super::{
    public::{ID, INITIAL, ORGANISATION, SLUG, filters},
    view::DeskOrganisationView,
    write::OrganisationWrite,
};
use crate::{
    Api, Render,
    directory::NoQuery,
    extract::{Caller, EditMatch, IfMatch, JsonBody, PathId},
    list::{Filter, Key, List, ListQuery, NAME_PARTS, Sort, Sparse, Value},
    problem::Problem,
    reply::{Created, Desk, NoContent},
};

/// The list of all organisations.
#[derive(Debug, Clone)]
pub struct DeskOrganisations;

impl List for DeskOrganisations {
    const NAME: &'static str = "deskOrganisations";
    const HAS_LOCALE: bool = false;
    const FILTERS: &'static [Filter] = &[
        ID,
        SLUG,
        ORGANISATION,
        INITIAL,
        Filter::of("name", Value::Text, NAME_PARTS, "One whose name has this in it, whatever its marks and case."),
    ];
    const SORTS: &'static [Sort] = &[Sort::by("name", Key::Bytes, &["id", "slug", "organisation", "initial", "name"])];
    const FIELDS: &'static [&'static str] = &[
        "id",
        "type",
        "version",
        "allowedActions",
        "slug",
        "name",
        "shortName",
        "parentId",
        "kind",
        "url",
        "listed",
        "createdAt",
        "updatedAt",
    ];
}

/// List organisations of the desk
///
/// Public or not, in Vietnamese order.
#[utoipa::path(tag = "editorial organisations", params(ListQuery<DeskOrganisations>))]
#[get("/organisations")]
pub async fn editorial_list_organisations(
    caller: Caller,
    api: Data<Api>,
    query: ListQuery<DeskOrganisations>,
    request: HttpRequest,
) -> Result<Desk<Vec<Sparse<DeskOrganisationView>>>, Problem> {
    let (page, render, (filter, parent)) = (query.page.clone(), api.render.clone(), filters(&query)?);
    let (order, name) = (query.order()?, query.name_parts("name")?);
    let slice = api
        .app
        .desk(caller.who, move |desk, actor| {
            let slice = organisations::list(desk, &actor, (filter, &name), parent.as_ref(), order, &page)?;
            Ok(slice.map(|one| DeskOrganisationView::new(one, &actor, &render)))
        })
        .await?;
    let (page, links) = query.describe(&slice, &request);
    Ok(Desk::list(slice.rows.into_iter().map(|view| query.fields.of_one(view)).collect(), page, links))
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
    api.perform(caller, move |act, render| {
        let made = organisations::create(act, changes)?;
        let (at, version) = (render.address("editorial/organisations", &made.id.to_string()), made.version);
        Ok(Created::at(at, DeskOrganisationView::new(made, &act.actor, render), version))
    })
    .await
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
    let render = api.render.clone();
    Ok(api
        .app
        .desk(caller.who, move |desk, actor| Ok(answer(organisations::get(desk, &actor, id.0)?, &actor, &render)))
        .await?)
}

/// Change an organisation
///
/// A merge patch. Under itself or what is below it, it is refused as a `cycle`.
#[utoipa::path(tag = "editorial organisations", params(PathId<Organisation>, EditMatch), request_body = OrganisationWrite)]
#[patch("/organisations/{id}")]
pub async fn update_organisation(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Organisation>,
    version: EditMatch,
    write: JsonBody<OrganisationWrite>,
) -> Result<Desk<DeskOrganisationView>, Problem> {
    let changes = write.0.parse()?;
    api.perform(caller, move |act, render| {
        Ok(answer(organisations::edit(act, id.0, version.0, changes)?, &act.actor, render))
    })
    .await
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
    api.perform(caller, move |act, _| {
        organisations::delete(act, id.0, version.0)?;
        Ok(NoContent)
    })
    .await
}

fn answer(organisation: Organisation, actor: &Actor, render: &Render) -> Desk<DeskOrganisationView> {
    let version = organisation.version;
    Desk::one(DeskOrganisationView::new(organisation, actor, render), version)
}
