//! All routes, on one screen.

use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    articles, attendees, audit_log, auth, batch, categories, comments, events, health, media, organisations, pages,
    people, previews, revisions, roles, schedule, search, site, speeches, stats, tags, users, visits,
};

/// `/api/v1`: for everybody.
///
/// They are tried in this order, one pattern after the other: so first what is asked with every page, and
/// never answered out of memory.
pub fn public(config: &mut ServiceConfig<'_>) {
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
    previews::public_routes(config);
}

/// `/api/v1/auth`: logging in and out.
pub fn auth(config: &mut ServiceConfig<'_>) {
    auth::routes(config);
}

/// `/api/v1/editorial`: for the desk.
pub fn editorial(config: &mut ServiceConfig<'_>) {
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
    comments::editorial_routes(config);
    previews::editorial_routes(config);
    schedule::editorial_routes(config);
    batch::editorial_routes(config);
}

/// At the root: for machines that look after the service.
pub fn root(config: &mut ServiceConfig<'_>) {
    health::routes(config);
}
