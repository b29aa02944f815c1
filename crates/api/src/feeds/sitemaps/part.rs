//! One sitemap: the addresses of what stands in it.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, get, web::Data};
use bantin_application::sitemaps::{self, Located, MOST, Sheet};
use bantin_domain::{kind::Kind, locale::Locale, site::WebResource, text::Slug};
use utoipa::{
    IntoParams,
    openapi::path::{Parameter, ParameterIn},
};
use uuid::Uuid;

use super::{
    Sitemap,
    xml::{self, Url},
};
use crate::{Api, Render, extract::path_parameter, feeds::text::to_the_second, problem::Problem};

/// Read a sitemap
///
/// At most 50,000 addresses, each with when it last changed, its picture and the same in other languages. What
/// has none is 404.
#[utoipa::path(tag = "feeds", params(PathPart), security(()))]
#[get("/{sitemap}.xml")]
pub async fn get_sitemap(api: Data<Api>, part: PathPart) -> Result<Sitemap, Problem> {
    let render = api.site_render().await?;
    let (sheet, zone) = (part.0, render.zone().clone());
    let located = api.app.public(move |reader| sitemaps::sheet(reader, sheet, &zone, MOST)).await?;
    let modified = located.iter().map(|one| one.updated).max();
    let urls: Vec<Url> = located.iter().filter_map(|one| url(one, &render)).collect();
    if urls.is_empty() {
        return Err(Problem::not_found());
    }
    Ok(Sitemap { text: xml::sitemap(&urls)?, modified })
}

/// A resource with its address; nothing where it has none. An article has its page to print.
fn url(one: &Located, render: &Render) -> Option<Url> {
    let usual = render.site.as_ref().map_or_else(Locale::vietnamese, |site| site.default_locale.clone());
    let locale = one.locale.as_ref().unwrap_or(&usual);
    let address = |id: Uuid, slug: &Slug, locale: &Locale| {
        let resource = WebResource { kind: one.kind, id, slug, locale, category: one.category.as_ref() };
        let links = render.links(&resource);
        links.web.or_else(|| (one.kind == Kind::Article).then(|| format!("{}/print", links.itself)))
    };
    let location = address(one.id, &one.slug, locale)?;
    let mut languages: Vec<(String, String)> = one
        .translations
        .iter()
        .filter_map(|other| Some((other.locale.to_string(), address(other.id, &other.slug, &other.locale)?)))
        .collect();
    if !languages.is_empty() {
        languages.push((locale.to_string(), location.clone()));
        languages.sort_unstable();
    }
    Some(Url {
        location,
        modified: Some(to_the_second(one.updated, render.zone())),
        languages,
        picture: one.picture.map(|id| render.media_url(id)),
        news: None,
    })
}

/// `{sitemap}` of a path: which sitemap.
#[derive(Debug)]
pub struct PathPart(Sheet);

impl FromRequest for PathPart {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.match_info().get("sitemap").and_then(Sheet::parse).map(Self).ok_or_else(Problem::not_found))
    }
}

impl IntoParams for PathPart {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![path_parameter("sitemap", "As the index names it: `articles-2023-03`, `events`, `events-2`.", None)]
    }
}
