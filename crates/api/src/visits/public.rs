//! One hit, as a browser sends it.

use std::net::IpAddr;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, AUTHORIZATION},
    post,
    web::{Data, Payload},
};
use bantin_application::{
    AppError,
    auth::bearer::read_bearer,
    visits::{CountError, Hit, HitTarget, announces_prefetch},
};
use bantin_domain::category::CategoryId;

use super::{VisitWrite, write::Visit};
use crate::{
    Api,
    access::client_address,
    extract,
    problem::Problem,
    reply::Raw,
    stats::{StatsBody, StatsView},
};

/// The largest hit that is read.
const MAX_HIT: usize = 2 * 1024;

/// Count a visit
///
/// Answers only after the commit that holds the hit; what it counts as shows within a second. JSON even
/// when sent as `text/plain`, so that `navigator.sendBeacon` needs no preflight. At most 2 KiB.
#[utoipa::path(tag = "visits", request_body(content(
    (VisitWrite = "application/json"), (VisitWrite = "text/plain"),
)), security(()), responses((status = 200, description = "The numbers, whether it counted or not.", body = inline(StatsBody))))]
#[post("/visits")]
pub async fn count_visit(api: Data<Api>, request: HttpRequest, payload: Payload) -> Result<Raw, Problem> {
    let client = client_address(&request, &api.trusted_proxies);
    // Before anything is read: who is refused shall cost nothing.
    if let Some(limits) = &api.limits.visits
        && let Err(limited) = limits.take(client, &text(&request, "user-agent"), api.app.sources().clock.now())
    {
        return Ok(Raw(limited.answer()));
    }
    extract::expect_type(&request, &["application/json", "text/plain"])?;
    let bytes = extract::read(&request, payload.into_inner(), MAX_HIT).await?;
    let write: VisitWrite = extract::parse(&bytes)?;
    let visit = write.parse()?;
    let category = category_of(&api, &visit.viewed).await?.ok_or_else(Problem::not_found)?;
    api.visits.count(hit(&api, &request, client, visit, category)).await.map_err(refused)?;
    let body = StatsBody { data: StatsView::now(&api) };
    Ok(Raw(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(body)))
}

fn hit(api: &Api, request: &HttpRequest, client: IpAddr, visit: Visit, category: Option<CategoryId>) -> Hit {
    Hit {
        viewed: visit.viewed,
        category,
        referrer: visit.referrer,
        client,
        user_agent: text(request, "user-agent"),
        hit_id: visit.hit_id,
        do_not_track: text(request, "sec-gpc") == "1" || text(request, "dnt") == "1",
        prefetch: ["sec-purpose", "purpose", "x-purpose", "x-moz"]
            .iter()
            .any(|name| announces_prefetch(&text(request, name))),
        by_editor: is_by_editor(api, request),
    }
}

/// A header as text; empty if it is missing. What is no UTF-8 is still something.
fn text(request: &HttpRequest, name: &str) -> String {
    request.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).unwrap_or_default()
}

/// Whether the request comes with a token of the desk. One that does not hold is as good as none: it is
/// not asked for here.
fn is_by_editor(api: &Api, request: &HttpRequest) -> bool {
    let tokens = request.headers().get_all(AUTHORIZATION).map(|value| value.as_bytes());
    read_bearer(tokens).ok().flatten().is_some_and(|token| api.app.verify(token).is_ok())
}

/// The section in which something stands; the outer `None` is what the public cannot see.
pub(super) async fn category_of(api: &Api, viewed: &HitTarget) -> Result<Option<Option<CategoryId>>, AppError> {
    Ok(match viewed {
        HitTarget::Path(_) => Some(None),
        HitTarget::Item(target) => api.sights.of(*target).await?.map(|seen| seen.category),
    })
}

/// 503: it is not known to be counted.
pub(super) fn refused(error: CountError) -> Problem {
    Problem::from(AppError::Unavailable(error.to_string()))
}
