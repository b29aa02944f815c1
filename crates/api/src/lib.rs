//! Bantin over HTTP.
//!
//! A handler extracts, calls one use case, and converts: what comes in is parsed by [`extract`],
//! [`list`] and [`read`] (and each resource's `write`), what goes out is shaped by [`reply`] (and each
//! resource's `view`), what is refused by [`problem`]. All routes stand in [`routes`]; [`server`] builds
//! the app that ships, which is also the app that the tests talk to.

use std::sync::Arc;

use actix_web::HttpRequest;
use bantin_application::{App, visits::VisitCounter};
use bantin_domain::{
    kind::Kind,
    locale::Locale,
    media::MediaId,
    site::{SiteContent, WebResource},
    time::{SiteZone, Timestamp},
};

pub mod access;
pub mod articles;
pub mod attendees;
pub mod auth;
pub mod blocks;
pub mod body;
pub mod categories;
pub mod desk;
pub mod directory;
pub mod events;
pub mod extract;
pub mod health;
pub mod list;
pub mod media;
pub mod openapi;
pub mod organisations;
pub mod pages;
pub mod patch;
pub mod people;
pub mod problem;
pub mod read;
pub mod reply;
pub mod routes;
pub mod server;
pub mod site;
pub mod speeches;
pub mod tags;
pub mod visits;

use crate::{articles::view::LinksView, list::LocaleChoice, problem::Problem};

/// What every handler has at hand.
#[derive(Clone)]
pub struct Api {
    /// The running program.
    pub app: App,
    /// What counts the visits.
    pub visits: Arc<VisitCounter>,
    /// How values are shown.
    pub render: Render,
    /// Which peers may say for whom they ask.
    pub trusted_proxies: Arc<[ipnet::IpNet]>,
    /// Whether the program is about to stop: load balancers are told by `/readyz`.
    pub stopping: Arc<std::sync::atomic::AtomicBool>,
}

impl Api {
    /// How an answer is shown, with the site's addresses of the front end.
    ///
    /// # Errors
    /// When the site cannot be read.
    pub async fn site_render(&self) -> Result<Render, Problem> {
        let site = self.app.public(bantin_application::site::content).await?;
        Ok(Render { site: Some(Arc::new(site)), ..self.render.clone() })
    }

    /// How a list is shown, and in which language: asked for by `locale=`, else by `Accept-Language` out
    /// of the site's, else the site's own. No language is all.
    ///
    /// # Errors
    /// When the site cannot be read.
    pub async fn reading(
        &self,
        request: &HttpRequest,
        choice: Option<&LocaleChoice>,
    ) -> Result<(Option<Locale>, Render), Problem> {
        let render = self.site_render().await?;
        let locale = match (choice, &render.site) {
            (Some(LocaleChoice::All), _) | (None, None) => None,
            (Some(LocaleChoice::One(locale)), _) => Some(locale.clone()),
            (None, Some(site)) => {
                let wanted = accepted(request).into_iter().find_map(|wanted| nearest(&wanted, &site.locales));
                Some(wanted.unwrap_or_else(|| site.default_locale.clone()))
            }
        };
        Ok((locale, render))
    }
}

/// The languages of `Accept-Language`, most wanted first.
fn accepted(request: &HttpRequest) -> Vec<String> {
    let header = request.headers().get("accept-language").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut ranges: Vec<(f32, String)> = header
        .split(',')
        .take(20)
        .filter_map(|range| {
            let mut parts = range.split(';');
            let tag = parts.next()?.trim().to_owned();
            let quality = parts.find_map(|part| part.trim().strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
            (!tag.is_empty() && quality > 0.0).then_some((quality, tag))
        })
        .collect();
    ranges.sort_by(|one, other| other.0.total_cmp(&one.0));
    ranges.into_iter().map(|(_, tag)| tag).collect()
}

/// The site's locale that a language range means: itself, or its language without the region.
fn nearest(wanted: &str, locales: &[Locale]) -> Option<Locale> {
    let language = wanted.split('-').next().unwrap_or_default();
    let exact = locales.iter().find(|locale| locale.as_str().eq_ignore_ascii_case(wanted));
    exact.or_else(|| locales.iter().find(|locale| locale.as_str().eq_ignore_ascii_case(language))).cloned()
}

/// How values are shown: in the site's zone, under the API's public address.
#[derive(Debug, Clone)]
pub struct Render {
    zone: SiteZone,
    public_url: Arc<str>,
    site: Option<Arc<SiteContent>>,
}

impl Render {
    /// For a site in `zone` whose API is reached at `public_url`.
    pub fn new(zone: SiteZone, public_url: &str) -> Self {
        Self { zone, public_url: public_url.trim_end_matches('/').into(), site: None }
    }

    /// The site's zone.
    pub fn zone(&self) -> &SiteZone {
        &self.zone
    }

    /// Where the API is reached.
    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    /// RFC 3339 with the site's offset.
    pub fn time(&self, at: Timestamp) -> String {
        at.to_text_in(&self.zone)
    }

    /// The absolute address of a resource. Never made of what a request says of the host.
    pub fn address(&self, collection: &str, name: &str) -> String {
        format!("{}/api/v1/{collection}/{name}", self.public_url)
    }

    /// Where a resource is found: in this API, and on the front end where the site says how that
    /// addresses such a resource.
    pub fn links(&self, resource: &WebResource<'_>) -> LinksView {
        LinksView {
            itself: self.address(collection(resource.kind), resource.slug.as_str()),
            web: self.site.as_ref().and_then(|site| site.web_link(resource)),
        }
    }

    /// Where the bytes of a picture or file are.
    pub fn media_url(&self, id: MediaId) -> String {
        format!("{}/api/v1/media/{id}/original", self.public_url)
    }
}

/// The name of a kind's collection in addresses.
fn collection(kind: Kind) -> &'static str {
    match kind {
        Kind::Article => "articles",
        Kind::Event => "events",
        Kind::Speech => "speeches",
        Kind::Page => "pages",
        Kind::Person => "people",
        Kind::Organisation => "organisations",
        Kind::Category => "categories",
        Kind::Tag => "tags",
        Kind::Media => "media",
        Kind::Site => "site",
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_most_wanted_language_that_the_site_has_is_chosen() {
        let site = [Locale::vietnamese(), Locale::parse("en").unwrap()];
        let choose = |header: &str| {
            let request = TestRequest::default().insert_header(("accept-language", header)).to_http_request();
            accepted(&request).into_iter().find_map(|wanted| nearest(&wanted, &site)).map(|locale| locale.to_string())
        };
        assert_eq!(choose("fr;q=0.9, en-GB;q=0.8, vi;q=0.7"), Some("en".to_owned()));
        assert_eq!(choose("vi-VN"), Some("vi".to_owned()));
        assert_eq!(choose("en;q=0, vi;q=0.1"), Some("vi".to_owned()));
        assert_eq!(choose("fr, *"), None);
    }
}
