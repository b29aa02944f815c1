//! All routes, on one screen.

use utoipa_actix_web::service_config::ServiceConfig;

use crate::{articles, auth, health, visits};

/// `/api/v1`: for everybody.
pub fn public(config: &mut ServiceConfig<'_>) {
    articles::public_routes(config);
    visits::public_routes(config);
}

/// `/api/v1/auth`: logging in and out.
pub fn auth(config: &mut ServiceConfig<'_>) {
    auth::routes(config);
}

/// `/api/v1/editorial`: for the desk.
pub fn editorial(config: &mut ServiceConfig<'_>) {
    articles::editorial_routes(config);
}

/// At the root: for machines that look after the service.
pub fn root(config: &mut ServiceConfig<'_>) {
    health::routes(config);
}
