//! The site for everybody.

use actix_web::{HttpRequest, get, web::Data};
use bantin_application::site;

use super::view::SiteView;
use crate::{Api, directory::LocaleQuery, problem::Problem, reply::Public};

/// Read the site
///
/// Its texts in one language, the banner that is valid today and the menus; an entry that leads to
/// something that is not public is left out.
#[utoipa::path(tag = "site", params(LocaleQuery), security(()))]
#[get("/site")]
pub async fn get_site(api: Data<Api>, query: LocaleQuery, request: HttpRequest) -> Result<Public<SiteView>, Problem> {
    let (locale, _) = api.reading_one(&request, query.0).await?;
    let zone = api.render.zone().clone();
    let site = api.app.public(move |reader| site::public_get(reader, Some(locale), &zone)).await?;
    let locale = site.locale.clone();
    Ok(Public::one(SiteView::new(site, &api.render)).in_language(locale))
}
