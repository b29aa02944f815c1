//! What search engines are told of: which addresses there are and when they changed.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, Responder, body::BoxBody, get, middleware::from_fn, web::Data};
use bantin_application::sitemaps::{self, MOST, Part};
use bantin_domain::{kind::Kind, locale::Locale, time::Timestamp};
use utoipa::{
    IntoResponses,
    openapi::{ObjectBuilder, RefOr, Response, ResponseBuilder, Type},
};

use self::xml::{News, Url};
use super::{
    entry::{home, reading_address},
    text::to_the_second,
};
use crate::{
    Api, Render,
    problem::Problem,
    reply::{Finished, Raw, VALIDATORS, typed_response},
    server::limit_reads,
};

pub mod part;
mod xml;

/// List the sitemaps
///
/// An index (sitemaps.org): articles by month, and each other kind that the site has addresses for.
#[utoipa::path(tag = "feeds", security(()))]
#[get("/sitemap.xml", wrap = "from_fn(limit_reads)")]
pub async fn get_sitemap_index(api: Data<Api>) -> Result<Sitemap, Problem> {
    let render = api.site_render().await?;
    let zone = render.zone().clone();
    let sheets = api.app.public(move |reader| sitemaps::index(reader, &zone, MOST)).await?;
    let shown = sheets.into_iter().filter(|(sheet, _)| match sheet.part {
        Part::All(kind) => render.has_address(kind),
        Part::Month(_) => true,
    });
    let sitemaps: Vec<(String, Option<Timestamp>)> =
        shown.map(|(sheet, at)| (format!("{}/sitemaps/{}.xml", render.public_url(), sheet.name()), at)).collect();
    let modified = sitemaps.iter().filter_map(|(_, at)| *at).max();
    let written: Vec<(String, Option<String>)> =
        sitemaps.into_iter().map(|(address, at)| (address, at.map(|at| to_the_second(at, render.zone())))).collect();
    Ok(Sitemap { text: xml::index(&written)?, modified })
}

/// Read the sitemap of the news
///
/// The articles of yesterday and today, by the site's days: what a news search engine asks for. Where there are none it
/// has the front page, and no news: a sitemap cannot be empty.
#[utoipa::path(tag = "feeds", security(()))]
#[get("/sitemap-news.xml", wrap = "from_fn(limit_reads)")]
pub async fn get_news_sitemap(api: Data<Api>) -> Result<Sitemap, Problem> {
    let render = api.site_render().await?;
    let site = render.site.clone().ok_or_else(|| Problem::internal("the site is not known"))?;
    let zone = render.zone().clone();
    let articles = api.app.public(move |reader| sitemaps::news(reader, &zone)).await?;
    let modified = articles.iter().map(|article| article.updated_at).max();
    let mut urls: Vec<Url> = articles
        .into_iter()
        .map(|article| Url {
            location: reading_address(&article, &render),
            news: Some(News {
                publication: site.name.in_locale(&article.locale, &site.default_locale).to_owned(),
                language: language_of(&article.locale),
                published: to_the_second(article.published_at, render.zone()),
                title: article.title,
            }),
            ..Url::default()
        })
        .collect();
    if urls.is_empty() {
        urls.push(Url { location: home(&render), ..Url::default() });
    }
    Ok(Sitemap { text: xml::sitemap(&urls)?, modified })
}

/// Tell robots where to go
///
/// The sitemaps, and that there is nothing for them at the desk.
#[utoipa::path(tag = "feeds", security(()), responses(
    (status = 200, description = "The rules.", body = String, content_type = "text/plain"),
))]
#[get("/robots.txt", wrap = "from_fn(limit_reads)")]
pub async fn get_robots(api: Data<Api>) -> Result<Raw, Problem> {
    let public_url = api.render.public_url();
    let rules = format!(
        "User-agent: *\nDisallow: /api/v1/auth/\nDisallow: /api/v1/editorial/\nDisallow: /api/v1/preview/\n\n\
         Sitemap: {public_url}/sitemap.xml\nSitemap: {public_url}/sitemap-news.xml\n"
    );
    let response = HttpResponse::Ok()
        .insert_header(("cache-control", "public, max-age=3600"))
        .content_type("text/plain; charset=utf-8")
        .body(rules);
    // What is refused here is refused by the limit before it.
    Ok(Raw(response))
}

impl Render {
    /// Whether people can be led to resources of a kind: those have an address on the front end.
    fn has_address(&self, kind: Kind) -> bool {
        self.site.as_ref().is_some_and(|site| site.web_url.is_some() && site.url_patterns.contains_key(&kind))
    }
}

/// The language of a locale without its country, as news sitemaps want it; of Chinese they want to know which.
fn language_of(locale: &Locale) -> String {
    let tag = locale.as_str().to_ascii_lowercase();
    match tag.as_str() {
        "zh-cn" | "zh-tw" => tag,
        _ => tag.split('-').next().unwrap_or_default().to_owned(),
    }
}

/// A sitemap that is written.
#[derive(Debug)]
pub struct Sitemap {
    text: String,
    modified: Option<Timestamp>,
}

impl Responder for Sitemap {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        Finished {
            media_type: "application/xml; charset=utf-8",
            body: self.text.into_bytes(),
            modified: self.modified,
            language: None,
            links: None,
            is_live: false,
        }
        .answer(request)
    }
}

impl IntoResponses for Sitemap {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let text = ObjectBuilder::new().schema_type(Type::String).build().into();
        let sitemap = typed_response("application/xml", "The document.", text, &VALIDATORS);
        let known = ResponseBuilder::new().description("You hold it already.").build();
        BTreeMap::from([("200".to_owned(), sitemap.into()), ("304".to_owned(), known.into())])
    }
}
