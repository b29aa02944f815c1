//! The site for the desk.

use actix_web::{get, patch, web::Data};
use bantin_application::site;
use bantin_domain::{policy::Actor, site::Site};

use super::{view::DeskSiteView, write::SiteWrite};
use crate::{
    Api, Render,
    directory::NoQuery,
    extract::{Caller, EditMatch, JsonBody},
    problem::Problem,
    reply::Desk,
};

/// Read the site at the desk
///
/// All of its texts, banners and menus, as they can be written back.
#[utoipa::path(tag = "editorial site")]
#[get("/site")]
pub async fn editorial_get_site(caller: Caller, api: Data<Api>, _: NoQuery) -> Result<Desk<DeskSiteView>, Problem> {
    let render = api.render.clone();
    Ok(api.app.desk(caller.who, move |desk, actor| Ok(answer(site::get(desk, &actor)?, &actor, &render))).await?)
}

/// Change the site
///
/// A merge patch that shows at once: what is absent stays, what is `null` is cleared, lists are
/// replaced whole. Texts are one for all languages, or one for each.
#[utoipa::path(tag = "editorial site", params(EditMatch), request_body = SiteWrite)]
#[patch("/site")]
pub async fn update_site(
    caller: Caller,
    api: Data<Api>,
    version: EditMatch,
    write: JsonBody<SiteWrite>,
) -> Result<Desk<DeskSiteView>, Problem> {
    let changes = write.0.parse()?;
    api.perform(caller, move |act, render| Ok(answer(site::edit(act, version.0, changes)?, &act.actor, render))).await
}

fn answer(site: Site, actor: &Actor, render: &Render) -> Desk<DeskSiteView> {
    let version = site.version;
    Desk::one(DeskSiteView::new(site, actor, render), version)
}
