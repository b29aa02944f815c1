//! Bantin over HTTP.
//!
//! A handler extracts, calls one use case, and converts: what comes in is parsed by [`extract`],
//! [`list`] and [`read`] (and each resource's `write`), what goes out is shaped by [`reply`] (and each
//! resource's `view`), what is refused by [`problem`]. All routes stand in [`routes`]; [`server`] builds
//! the app that ships, which is also the app that the tests talk to.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use actix_web::{HttpMessage, HttpRequest};
use bantin_application::{
    Act, App, AppError,
    app::{self, Shown},
    change_watch::ChangeWatch,
    idempotency,
    stats::Ranking,
    visits::{Sights, VisitCounter},
};
use bantin_domain::{
    kind::Kind,
    locale::Locale,
    media::MediaId,
    site::{SiteContent, WebResource},
    time::{SiteZone, Timestamp},
    violation::Fault,
};

mod accept;
pub mod access;
mod addresses;
pub mod api_keys;
pub mod articles;
pub mod attendees;
pub mod audit_log;
pub mod auth;
pub mod batch;
pub mod blocks;
pub mod body;
pub mod cache;
pub mod categories;
pub mod changes;
pub mod collection;
pub mod comments;
pub mod desk;
pub mod directory;
pub mod events;
pub mod extract;
pub mod feeds;
mod given;
pub mod head;
pub mod health;
mod html;
mod idempotency_key;
pub mod language;
pub mod list;
pub mod media;
pub mod openapi;
pub mod organisations;
pub mod pages;
pub mod patch;
pub mod people;
pub mod previews;
pub mod problem;
pub mod rate_limit;
pub mod read;
pub mod reply;
pub mod revisions;
pub mod roles;
pub mod routes;
pub mod schedule;
mod scopes;
pub mod search;
pub mod server;
pub mod site;
pub mod speeches;
pub mod stats;
pub mod tags;
pub mod users;
mod validators;
pub mod visits;
pub mod webhooks;

use crate::{
    articles::view::LinksView,
    extract::Caller,
    list::LocaleChoice,
    problem::Problem,
    rate_limit::{Limits, Standing, network_of},
    reply::Kept,
};

/// What every handler has at hand.
#[derive(Clone)]
pub struct Api {
    /// The running program.
    pub app: App,
    /// What counts the visits.
    pub visits: Arc<VisitCounter>,
    /// What tells of changes, whichever node made them.
    pub watch: ChangeWatch,
    /// What is known of the items that hits are on.
    pub sights: Arc<Sights>,
    /// The numbers of the widget as they went out last.
    pub numbers: Arc<stats::Numbers>,
    /// Which articles are read most.
    pub ranking: Arc<Ranking>,
    /// How often somebody may ask.
    pub limits: Arc<Limits>,
    /// The answers that are kept.
    pub cache: Arc<cache::Cache>,
    /// Who waits for changes.
    pub streams: Arc<changes::stream::Streams>,
    /// How values are shown.
    pub render: Render,
    /// Which peers may say for whom they ask.
    pub trusted_proxies: Arc<access::TrustedProxies>,
    /// Whether the program is about to stop: load balancers are told by `/readyz`.
    pub stopping: Arc<std::sync::atomic::AtomicBool>,
}

impl Api {
    /// How an answer is shown, with the site's addresses of the front end.
    ///
    /// # Errors
    /// When the site cannot be read.
    pub async fn site_render(&self) -> Result<Render, Problem> {
        let site = self.cache.site(&self.app).await?;
        Ok(Render { site: Some(site), ..self.render.clone() })
    }

    /// Writes at the desk and makes the answer, all in one transaction: a request that names itself by an
    /// `Idempotency-Key` takes effect once, and whoever sends it again gets the answer of the first time.
    ///
    /// # Errors
    /// Those of `act`.
    pub async fn perform<R: Kept>(
        &self,
        caller: Caller,
        act: impl FnOnce(&mut Act<'_, '_>, &Render) -> Result<R, AppError> + Send + 'static,
    ) -> Result<R, Problem> {
        let (who, act) = (caller.who, self.once(caller, act));
        Ok(self.app.write(who, act).await?)
    }

    /// The same for an act that changes who may do what.
    ///
    /// # Errors
    /// Those of `act`.
    pub async fn perform_on_rights<R: Kept>(
        &self,
        caller: Caller,
        act: impl FnOnce(&mut Act<'_, '_>, &Render) -> Result<R, AppError> + Send + 'static,
    ) -> Result<R, Problem> {
        let (who, act) = (caller.who, self.once(caller, act));
        Ok(self.app.write_rights(who, act).await?)
    }

    /// The act with its answer; done once, where the request has a name.
    fn once<R: Kept>(
        &self,
        caller: Caller,
        act: impl FnOnce(&mut Act<'_, '_>, &Render) -> Result<R, AppError> + Send + 'static,
    ) -> impl FnOnce(&mut Act<'_, '_>) -> Result<R, AppError> + Send + 'static {
        let render = self.render.clone();
        move |inner| match caller.repeat {
            None => act(inner, &render),
            Some(key) => idempotency::once(inner, &key, |inner| act(inner, &render)?.keep()).map(R::kept),
        }
    }

    /// Counts a request at the desk against the limit of who makes it; says how an API key stands. A secret that
    /// is none of ours, or was given a moment ago on another node, is counted by the network that it comes from.
    ///
    /// # Errors
    /// 429.
    pub fn count(&self, who: &app::Caller) -> Result<Option<Standing>, Problem> {
        let now = self.app.sources().clock.now();
        let address = who.origin.address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        if let Shown::Key(digest) = who.shown
            && let Some(key) = self.app.known_key(&digest, address)
        {
            return Ok(self.limits.keys.take(key, now)?);
        }
        if let Some(limiter) = &self.limits.editorial {
            match who.shown {
                Shown::Token { user, .. } => limiter.take(&user, now)?,
                Shown::Key(_) => limiter.take(&network_of(address), now)?,
            }
        }
        Ok(None)
    }

    /// How a list is shown, and in which language: asked for by `locale=`, else by `Accept-Language` out
    /// of the site's, else the site's own. No language is all. The answer says which.
    ///
    /// # Errors
    /// 400 for a language that the site does not have; when the site cannot be read.
    pub async fn reading(
        &self,
        request: &HttpRequest,
        choice: Option<&LocaleChoice>,
    ) -> Result<(Option<Locale>, Render), Problem> {
        let render = self.site_render().await?;
        let answered = language::answered(request, choice, &self.locales().await?);
        let refused = |fault: Fault| Problem::parameter("locale", "invalid_parameter", fault.message);
        let locale = match answered.map_err(refused)? {
            LocaleChoice::All => None,
            LocaleChoice::One(locale) => Some(locale),
        };
        if let Some(locale) = &locale {
            request.extensions_mut().insert(language::Spoken(locale.clone()));
        }
        Ok((locale, render))
    }

    /// The site's languages, the default one first.
    ///
    /// # Errors
    /// When the site cannot be read.
    pub(crate) async fn locales(&self) -> Result<Arc<[Locale]>, Problem> {
        Ok(self.cache.languages(&self.app).await?)
    }

    /// The language in which one resource is shown that has its texts in several: as for a list, but where the site
    /// does not have the one that is asked for, the resource itself is answered all the same.
    ///
    /// # Errors
    /// When the site cannot be read.
    pub(crate) async fn reading_one(
        &self,
        request: &HttpRequest,
        locale: Option<Locale>,
    ) -> Result<(Locale, Render), Problem> {
        let locales = self.locales().await?;
        let asked = locale.map(|locale| language::meant(&locale, &locales).or_else(|| locales.first().cloned()));
        let choice = asked.flatten().map(LocaleChoice::One);
        let (locale, render) = self.reading(request, choice.as_ref()).await?;
        Ok((locale.unwrap_or_else(Locale::vietnamese), render))
    }

    /// In which language one resource is wanted that is in one itself: `en-US` means `en`. Of a language that the site
    /// does not have there is no sibling.
    ///
    /// # Errors
    /// When the site cannot be read.
    pub(crate) async fn meant(&self, locale: Option<Locale>) -> Result<Option<Locale>, Problem> {
        let Some(locale) = locale else { return Ok(None) };
        Ok(language::meant(&locale, &self.locales().await?))
    }
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
