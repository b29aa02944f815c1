//! The site for the desk.

use actix_web::{get, patch, web::Data};
use bantin_application::site;
use bantin_domain::site::Site;

use super::{view::DeskSiteView, write::SiteWrite};
use crate::{
    Api,
    directory::NoQuery,
    extract::{Caller, IfMatch, JsonBody},
    problem::Problem,
    reply::Desk,
};

/// Read the site at the desk
///
/// All of its texts, banners and menus, as they can be written back.
#[utoipa::path(tag = "editorial site")]
#[get("/site")]
pub async fn editorial_get_site(caller: Caller, api: Data<Api>, _: NoQuery) -> Result<Desk<DeskSiteView>, Problem> {
    let site = api.app.desk(caller.0, |desk, actor| site::get(desk, &actor)).await?;
    Ok(answer(site, &api))
}

/// Change the site
///
/// A merge patch that shows at once: what is absent stays, what is `null` is cleared, lists are
/// replaced whole. Texts are one for all languages, or one for each.
#[utoipa::path(tag = "editorial site", params(IfMatch), request_body = SiteWrite)]
#[patch("/site")]
pub async fn update_site(
    caller: Caller,
    api: Data<Api>,
    version: IfMatch,
    _: NoQuery,
    write: JsonBody<SiteWrite>,
) -> Result<Desk<DeskSiteView>, Problem> {
    let changes = write.0.parse()?;
    let site = api.app.write(caller.0, move |act| site::edit(act, version.0, changes)).await?;
    Ok(answer(site, &api))
}

fn answer(site: Site, api: &Api) -> Desk<DeskSiteView> {
    let version = site.version;
    Desk::one(DeskSiteView::new(site, &api.render), version)
}
