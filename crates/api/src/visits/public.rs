//! One hit, as a browser sends it.

use std::{borrow::Cow, net::IpAddr};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, DNT, HeaderName, HeaderValue, USER_AGENT},
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
    problem::{Problem, ProblemBody},
    reply::Raw,
    stats::StatsBody,
};

/// The largest hit that is read.
const MAX_HIT: usize = 2 * 1024;

const SEC_GPC: HeaderName = HeaderName::from_static("sec-gpc");
/// Where browsers say that they fetch ahead: the standard's header, and those of browsers before it.
const PURPOSES: [HeaderName; 4] = [
    HeaderName::from_static("sec-purpose"),
    HeaderName::from_static("purpose"),
    HeaderName::from_static("x-purpose"),
    HeaderName::from_static("x-moz"),
];

/// Count a visit
///
/// Answers only after the commit that holds the hit; what it counts as shows within a second. JSON even
/// when sent as `text/plain`, so that `navigator.sendBeacon` needs no preflight. At most 2 KiB.
#[utoipa::path(tag = "visits", request_body(content(
    (VisitWrite = "application/json"), (VisitWrite = "text/plain"),
)), security(()), responses(
    (status = 200, description = "The numbers, whether it counted or not.", body = inline(StatsBody)),
    (
        status = 429, description = "Hits of this reader, of their network or of all come too often.",
        body = ProblemBody, content_type = "application/problem+json",
        headers(
            ("Retry-After" = u32, description = "In how many seconds to send it again."),
            ("RateLimit" = String, description = "Which limit it is, and in how many seconds there is room."),
            ("RateLimit-Policy" = String, description = "How many a minute it lets through."),
        ),
    ),
    (
        status = 503, description = "It is not known to be counted: send it again, under the same `hitId`.",
        body = ProblemBody, content_type = "application/problem+json",
        headers(("Retry-After" = u32, description = "In how many seconds to send it again.")),
    ),
))]
#[post("/visits")]
pub async fn count_visit(api: Data<Api>, request: HttpRequest, payload: Payload) -> Result<Raw, Problem> {
    let client = client_address(&request, &api.trusted_proxies);
    // Before anything is read: who is refused shall cost nothing.
    if let Some(limits) = &api.limits.visits
        && let Err(limited) = limits.take(client, &text(&request, &USER_AGENT), api.app.sources().clock.now())
    {
        return Ok(Raw(limited.answer()));
    }
    extract::expect_type(&request, &["application/json", "text/plain"])?;
    let bytes = extract::read(&request, payload.into_inner(), MAX_HIT).await?;
    let write: VisitWrite = extract::parse(&bytes)?;
    let visit = write.parse()?;
    let category = category_of(&api, &visit.viewed).await?.ok_or_else(Problem::not_found)?;
    api.visits.count(hit(&api, &request, client, visit, category)).await.map_err(refused)?;
    let numbers = api.numbers.now(&api).map_err(|error| Problem::internal(error.to_string()))?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")));
    answer.insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")));
    Ok(Raw(answer.body(numbers)))
}

fn hit(api: &Api, request: &HttpRequest, client: IpAddr, visit: Visit, category: Option<CategoryId>) -> Hit {
    Hit {
        viewed: visit.viewed,
        category,
        referrer: visit.referrer,
        client,
        user_agent: text(request, &USER_AGENT).into_owned(),
        hit_id: visit.hit_id,
        do_not_track: text(request, &SEC_GPC) == "1" || text(request, &DNT) == "1",
        prefetch: PURPOSES.iter().any(|name| announces_prefetch(&text(request, name))),
        by_editor: is_by_editor(api, request),
    }
}

/// A header as text; empty if it is missing. What is no UTF-8 is still something.
fn text<'r>(request: &'r HttpRequest, name: &HeaderName) -> Cow<'r, str> {
    request.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes())).unwrap_or_default()
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
