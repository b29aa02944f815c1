//! The app that ships, and the server that runs it.

use std::{net::TcpListener, sync::Arc, sync::atomic::Ordering, time::Duration};

use actix_cors::Cors;
use actix_web::{
    App, Error, HttpMessage, HttpRequest, HttpResponse, HttpServer, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServerHandle, ServiceFactory, ServiceRequest, ServiceResponse},
    http::{
        KeepAlive, Method,
        header::{self, HeaderName, HeaderValue},
    },
    middleware::{Next, from_fn},
    web::{self, Data},
};
use utoipa_actix_web::{AppExt, scope};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::{
    Api, access,
    addresses::{DOCUMENT, KnownAddresses, refuse},
    api_keys::{self, ShowedKey},
    auth,
    cache::layer::Caching,
    idempotency_key, openapi,
    problem::Problem,
    rate_limit::{Limited, network_of},
    routes::{self, Routes},
};

/// How the server is run.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// Which origins may use the desk from a browser.
    pub cors_origins: Vec<String>,
    /// How many worker threads.
    pub workers: usize,
    /// How long a stop waits for what is in flight.
    pub shutdown: Duration,
    /// How long a reader may take nothing of an answer.
    pub waits_for: Duration,
}

/// What every answer shows to scripts of another origin.
const EXPOSED: &str = "ETag, Last-Modified, Location, Link, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, Content-Language, Server-Timing";

/// The public side: any origin, never with credentials. This answers the browser's question beforehand;
/// [`share`] says it of each answer.
fn public_cors() -> Cors {
    Cors::default()
        .allow_any_origin()
        .send_wildcard()
        .allowed_methods([Method::GET, Method::HEAD, Method::POST])
        .allow_any_header()
        .disable_vary_header()
        .max_age(86_400)
        .block_on_origin_mismatch(false)
}

/// Shares an answer with scripts of any origin, whether or not one asks: so it is the same for everybody,
/// and can be kept for everybody.
async fn share<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let mut response = next.call(request).await?.map_into_boxed_body();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    Ok(response)
}

/// Counts a public read against the limit of its network, or of the API key that it shows. What is answered out
/// of memory never comes here. The answer says nothing of the key: others may be given it.
pub(crate) async fn limit_reads<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if let Some(api) = request.app_data::<Data<Api>>().cloned()
        && request.method() == Method::GET
        && let Err(limited) = count_read(&api, &request).await
    {
        return Ok(request.into_response(limited.answer()));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

async fn count_read(api: &Api, request: &ServiceRequest) -> Result<(), Limited> {
    let (client, now) =
        (access::client_address(request.request(), &api.trusted_proxies), api.app.sources().clock.now());
    let showed = request.extensions().get::<ShowedKey>().map(|ShowedKey(digest)| *digest);
    if let Some(digest) = showed.or_else(|| api_keys::shown_in(request.headers())) {
        api.app.catch_up_with_api_keys().await;
        // One that is good for nothing is as good as none: what everybody may read is no secret from its holder.
        if let Some(key) = api.app.known_key(&digest, client) {
            return api.limits.keys.take(key, now).map(drop);
        }
    }
    match &api.limits.public {
        Some(limiter) => limiter.take(&network_of(client), now),
        None => Ok(()),
    }
}

/// The desk: the origins of the settings, and no other.
fn desk_cors(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .allowed_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allowed_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::ACCEPT,
            header::ACCEPT_LANGUAGE,
            HeaderName::from_static("idempotency-key"),
        ])
        .expose_headers(EXPOSED.split(", "))
        .max_age(3_600)
        .block_on_origin_mismatch(false);
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}

/// The document of everything that is served: what `bantin openapi` prints, and what `openapi/openapi.json` holds.
pub fn document() -> utoipa::openapi::OpenApi {
    let described = App::new()
        .into_utoipa_app()
        .openapi(openapi::base())
        .service(scope("/api/v1/editorial").configure(|all| routes::editorial(&mut Routes::Described(all))))
        .service(scope("/api/v1/auth").configure(|all| routes::auth(&mut Routes::Described(all))))
        .service(scope("/api/v1").configure(|all| routes::public(&mut Routes::Described(all))))
        .service(scope("/feeds").configure(|all| routes::feeds(&mut Routes::Described(all))))
        .service(scope("/sitemaps").configure(|all| routes::sitemaps(&mut Routes::Described(all))))
        .configure(|all| routes::root(&mut Routes::Described(all)));
    openapi::complete(described.split_for_parts().1)
}

/// The app: routes, documentation, and what happens to every request.
pub fn app(
    api: Api,
    settings: &ServerSettings,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<>>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    let origins = &settings.cors_origins;
    let caching = Caching::of(api.clone());
    App::new()
        .app_data(Data::new(api))
        .app_data(KnownAddresses::served())
        .service(
            web::scope("/api/v1/editorial")
                .wrap(from_fn(idempotency_key::read))
                .wrap(from_fn(auth::guard))
                .wrap(from_fn(refuse))
                .wrap(desk_cors(origins))
                .configure(|all| routes::editorial(&mut Routes::Served(all))),
        )
        .service(
            web::scope("/api/v1/auth")
                .wrap(from_fn(auth::guard))
                .wrap(from_fn(refuse))
                .wrap(desk_cors(origins))
                .configure(|all| routes::auth(&mut Routes::Served(all))),
        )
        .service(
            web::scope("/api/v1")
                .wrap(from_fn(limit_reads))
                .wrap(from_fn(refuse))
                .wrap(from_fn(share))
                .wrap(public_cors())
                .configure(|all| routes::public(&mut Routes::Served(all))),
        )
        .service(
            web::scope("/feeds")
                .wrap(from_fn(limit_reads))
                .wrap(from_fn(refuse))
                .wrap(from_fn(share))
                .wrap(public_cors())
                .configure(|all| routes::feeds(&mut Routes::Served(all))),
        )
        .service(
            web::scope("/sitemaps")
                .wrap(from_fn(limit_reads))
                .wrap(from_fn(refuse))
                .configure(|all| routes::sitemaps(&mut Routes::Served(all))),
        )
        .service(SwaggerUi::new("/docs/{_:.*}").config(Config::from("/openapi.json")))
        .route("/openapi.json", web::get().to(described))
        .route("/docs", web::get().to(to_docs))
        // Last, since it is tried for every address that is none of the others.
        .service(web::scope("").wrap(from_fn(refuse)).configure(|all| routes::root(&mut Routes::Served(all))))
        .default_service(web::to(nowhere))
        .wrap(from_fn(access::log_and_guard))
        .wrap(caching)
}

async fn described() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(DOCUMENT)
}

async fn to_docs() -> HttpResponse {
    HttpResponse::MovedPermanently().insert_header((header::LOCATION, "/docs/")).finish()
}

/// What is mounted nowhere: 404, or 405 where another method is.
async fn nowhere(request: HttpRequest) -> HttpResponse {
    let known = request.app_data::<&'static KnownAddresses>();
    match known.and_then(|known| known.methods(request.path())) {
        None => Problem::not_found().error_response(),
        Some(allow) if request.method() == Method::OPTIONS => {
            HttpResponse::NoContent().insert_header((header::ALLOW, allow.to_owned())).finish()
        }
        Some(allow) => Problem::method_not_allowed(allow.to_owned()).error_response(),
    }
}

/// Serves on an open socket until the handle stops it.
///
/// # Errors
/// When the socket cannot be used.
pub fn run(api: Api, settings: ServerSettings, listener: TcpListener) -> std::io::Result<actix_web::dev::Server> {
    let shared = Arc::new(settings.clone());
    give_up_on_idle_readers(&listener, settings.waits_for)?;
    let server = HttpServer::new(move || app(api.clone(), &shared))
        .workers(settings.workers.max(1))
        .worker_max_blocking_threads(64)
        .keep_alive(KeepAlive::Timeout(Duration::from_secs(15)))
        .client_request_timeout(Duration::from_secs(5))
        .client_disconnect_timeout(Duration::from_secs(2))
        .shutdown_timeout(settings.shutdown.as_secs())
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}

/// Has the system close a connection whose reader has taken nothing for so long, though something waits for it. The
/// server itself never would: it cannot tell a reader who is slow from one who will never come back, and while it waits
/// for room to write nothing else of the connection gets its turn. Connections have from their listener what was set
/// there.
#[cfg(target_os = "linux")]
fn give_up_on_idle_readers(listener: &TcpListener, after: Duration) -> std::io::Result<()> {
    socket2::SockRef::from(listener).set_tcp_user_timeout(Some(after))
}

/// Other systems have no such setting: there a reader who takes nothing holds its connection until it goes.
#[cfg(not(target_os = "linux"))]
fn give_up_on_idle_readers(_: &TcpListener, _: Duration) -> std::io::Result<()> {
    Ok(())
}

/// Stops a server: it says so to load balancers, finishes what is in flight, folds the last visits.
pub async fn stop(api: &Api, handle: &ServerHandle) {
    api.stopping.store(true, Ordering::Relaxed);
    handle.stop(true).await;
    let visits = api.visits.clone();
    // Joins a thread, so it may not run on an async one. It has nothing to tell.
    let _ = tokio::task::spawn_blocking(move || visits.shut_down()).await;
}
