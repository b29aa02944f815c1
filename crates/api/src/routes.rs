//! All routes, on one screen.

use actix_web::{dev::HttpServiceFactory, web};
use utoipa_actix_web::{OpenApiFactory, service_config::ServiceConfig};

use crate::{
    api_keys, articles, attendees, audit_log, auth, batch, categories, changes, comments, events, feeds, health, media,
    organisations, pages, people, previews, revisions, roles, schedule, search, site, speeches, stats, tags, users,
    visits, webhooks,
};

/// Where handlers are registered.
///
/// Who serves needs nothing but them: the document is part of the program (`addresses`), and to describe all again
/// for each worker took most of the memory that an idle node held.
pub enum Routes<'c, 's> {
    /// To be served.
    Served(&'c mut web::ServiceConfig),
    /// To be described in the document.
    Described(&'c mut ServiceConfig<'s>),
}

impl Routes<'_, '_> {
    /// Registers a handler.
    pub fn service(&mut self, handler: impl HttpServiceFactory + OpenApiFactory + 'static) -> &mut Self {
        match self {
            Self::Served(config) => {
                config.service(handler);
            }
            Self::Described(config) => {
                config.service(handler);
            }
        }
        self
    }
}

/// `/api/v1`: for everybody.
///
/// They are tried in this order, one pattern after the other: so first what is asked with every page, and
/// never answered out of memory.
pub fn public(config: &mut Routes<'_, '_>) {
    visits::public_routes(config);
    articles::public_routes(config);
    events::public_routes(config);
    attendees::public_routes(config);
    speeches::public_routes(config);
    pages::public_routes(config);
    categories::public_routes(config);
    tags::public_routes(config);
    people::public_routes(config);
    organisations::public_routes(config);
    media::public_routes(config);
    site::public_routes(config);
    search::public_routes(config);
    stats::public_routes(config);
    changes::public_routes(config);
    previews::public_routes(config);
}

/// `/api/v1/auth`: logging in and out.
pub fn auth(config: &mut Routes<'_, '_>) {
    auth::routes(config);
}

/// `/api/v1/editorial`: for the desk.
pub fn editorial(config: &mut Routes<'_, '_>) {
    articles::editorial_routes(config);
    events::editorial_routes(config);
    attendees::editorial_routes(config);
    speeches::editorial_routes(config);
    pages::editorial_routes(config);
    revisions::editorial_routes(config);
    categories::editorial_routes(config);
    tags::editorial_routes(config);
    people::editorial_routes(config);
    organisations::editorial_routes(config);
    media::editorial_routes(config);
    site::editorial_routes(config);
    users::editorial_routes(config);
    search::editorial_routes(config);
    visits::editorial_routes(config);
    stats::editorial_routes(config);
    roles::editorial_routes(config);
    audit_log::editorial_routes(config);
    webhooks::editorial_routes(config);
    api_keys::editorial_routes(config);
    comments::editorial_routes(config);
    previews::editorial_routes(config);
    schedule::editorial_routes(config);
    batch::editorial_routes(config);
}

/// `/feeds`: for readers and calendars.
pub fn feeds(config: &mut Routes<'_, '_>) {
    feeds::routes(config);
}

/// `/sitemaps`: for search engines.
pub fn sitemaps(config: &mut Routes<'_, '_>) {
    feeds::sitemap_routes(config);
}

/// At the root: for machines that look after the service, and for search engines.
pub fn root(config: &mut Routes<'_, '_>) {
    feeds::root_routes(config);
    health::routes(config);
}
