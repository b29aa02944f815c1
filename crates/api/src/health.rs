//! For machines that look after the service.

use std::sync::atomic::Ordering;

use crate::routes::Routes;
use actix_web::{HttpResponse, get, http::header, web::Data};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Api, problem::Problem, reply::Raw};

/// The routes.
pub fn routes(config: &mut Routes<'_, '_>) {
    config.service(get_livez).service(get_readyz).service(get_jwks);
}

/// Whether the service is well.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    status: &'static str,
}

/// Whether the service is ready, and what whoever runs it should look at.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// `ok`.
    status: &'static str,
    /// What is set up so that it cannot work as meant.
    warnings: Vec<&'static str>,
}

/// Is the process alive
///
/// Constant: it touches nothing, so a slow database never gets the process killed.
#[utoipa::path(tag = "operation", security(()), responses((status = 200, description = "Alive.", body = Health)))]
#[get("/livez")]
pub async fn get_livez() -> Raw {
    Raw(HttpResponse::Ok().json(Health { status: "ok" }))
}

/// Is the service ready for requests
///
/// 503 while the database cannot be reached, while visits cannot be counted, and while it is stopping.
#[utoipa::path(tag = "operation", security(()), responses(
    (status = 200, description = "Ready.", body = Readiness),
))]
#[get("/readyz")]
pub async fn get_readyz(api: Data<Api>) -> Result<Raw, Problem> {
    if api.stopping.load(Ordering::Relaxed) {
        return Err(Problem::unavailable("stopping"));
    }
    api.app.public(|reader| bantin_application::site::content(reader).map(drop)).await?;
    if !api.visits.is_healthy() {
        return Err(Problem::unavailable("visits cannot be counted"));
    }
    let is_unheard = api.trusted_proxies.untrusted() > 0;
    let warnings = is_unheard.then_some("a neighbour forwards requests and is not trusted: see BANTIN_TRUSTED_PROXIES");
    Ok(Raw(HttpResponse::Ok().json(Readiness { status: "ok", warnings: warnings.into_iter().collect() })))
}

/// Keys that verify our access tokens
///
/// A JWK set (RFC 7517) of Ed25519 public keys. It names the next key too, before it signs anything.
#[utoipa::path(tag = "operation", security(()), responses(
    (status = 200, description = "The keys.", body = Object, content_type = "application/jwk-set+json"),
))]
#[get("/.well-known/jwks.json")]
pub async fn get_jwks(api: Data<Api>) -> Raw {
    Raw(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .content_type("application/jwk-set+json")
        .body(api.app.keys().jwks_json()))
}
