//! Roles for the desk: reading them is a permission of its own, and so is changing them.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, delete, dev::Payload, get, patch, post, web::Data};
use bantin_application::roles::{self, StoredRole};
use bantin_domain::policy::{Actor, RoleName};
use utoipa::{
    IntoParams,
    openapi::path::{Parameter, ParameterIn},
};

use super::{view::RoleView, write::RoleWrite};
use crate::{
    Api, Render,
    directory::{NoQuery, whole},
    extract::{Caller, IfMatch, JsonBody, path_parameter},
    problem::Problem,
    reply::{Created, Desk, NoContent},
};

/// `{name}` of a path. What is no role's name names nothing.
#[derive(Debug)]
pub struct PathRole(pub RoleName);

impl FromRequest for PathRole {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let name = request.match_info().get("name").and_then(|name| RoleName::parse(name).ok());
        ready(name.map(Self).ok_or_else(Problem::not_found))
    }
}

impl IntoParams for PathRole {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![path_parameter("name", "The role's name.", None)]
    }
}

/// List roles
///
/// All of them in one answer, in the order of their names, with what each may do.
#[utoipa::path(tag = "editorial roles")]
#[get("/roles")]
pub async fn list_roles(caller: Caller, api: Data<Api>, _: NoQuery) -> Result<Desk<Vec<RoleView>>, Problem> {
    let render = api.render.clone();
    let rows = api
        .app
        .desk(caller.who, move |desk, actor| {
            let all = roles::list(desk, &actor)?;
            Ok(all.into_iter().map(|role| RoleView::new(role, &actor, &render)).collect())
        })
        .await?;
    Ok(Desk::list(rows, whole(), None))
}

/// Make a role
///
/// `name` and `title` are required. Nobody gives a role what they may not do themselves.
#[utoipa::path(tag = "editorial roles", request_body = RoleWrite)]
#[post("/roles")]
pub async fn create_role(
    caller: Caller,
    api: Data<Api>,
    write: JsonBody<RoleWrite>,
) -> Result<Created<RoleView>, Problem> {
    let (name, changes) = write.0.parse()?;
    api.perform_on_rights(caller, move |act, render| {
        let made = roles::create(act, name, changes)?;
        let (at, version) = (render.address("editorial/roles", made.name.as_str()), made.version);
        Ok(Created::at(at, RoleView::new(made, &act.actor, render), version))
    })
    .await
}

/// Read a role
///
/// With what it may do.
#[utoipa::path(tag = "editorial roles", params(PathRole))]
#[get("/roles/{name}")]
pub async fn get_role(caller: Caller, api: Data<Api>, name: PathRole, _: NoQuery) -> Result<Desk<RoleView>, Problem> {
    let render = api.render.clone();
    Ok(api
        .app
        .desk(caller.who, move |desk, actor| Ok(answer(roles::get(desk, &actor, &name.0)?, &actor, &render)))
        .await?)
}

/// Change a role
///
/// A merge patch; the list of permissions is replaced whole. It holds in the next request of everybody who
/// has the role, on every node. The `admin` answers 409 `shipped_role`: it may do everything, for ever.
#[utoipa::path(tag = "editorial roles", params(PathRole, IfMatch), request_body = RoleWrite)]
#[patch("/roles/{name}")]
pub async fn update_role(
    caller: Caller,
    api: Data<Api>,
    name: PathRole,
    version: IfMatch,
    write: JsonBody<RoleWrite>,
) -> Result<Desk<RoleView>, Problem> {
    let changes = write.0.parse_patch()?;
    api.perform_on_rights(caller, move |act, render| {
        Ok(answer(roles::edit(act, &name.0, version.0, changes)?, &act.actor, render))
    })
    .await
}

/// Delete a role
///
/// One that ships answers 409 `shipped_role`; one that accounts have, also such as are shut out, 409 `in_use`
/// with these accounts.
#[utoipa::path(tag = "editorial roles", params(PathRole, IfMatch))]
#[delete("/roles/{name}")]
pub async fn delete_role(
    caller: Caller,
    api: Data<Api>,
    name: PathRole,
    version: IfMatch,
) -> Result<NoContent, Problem> {
    api.perform_on_rights(caller, move |act, _| {
        roles::delete(act, &name.0, version.0)?;
        Ok(NoContent)
    })
    .await
}

fn answer(role: StoredRole, actor: &Actor, render: &Render) -> Desk<RoleView> {
    let version = role.version;
    Desk::one(RoleView::new(role, actor, render), version)
}
