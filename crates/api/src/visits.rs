//! Counting visits, and the numbers of the widget.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header,
    post,
    web::{Data, Payload},
};
use bantin_application::{
    AppError,
    visits::{self, CountError, Hit, HitTarget, announces_prefetch},
};
use bantin_domain::{
    id::Id,
    kind::{Kind, Target},
    violation::{Fault, Violations},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::{
    Api,
    access::client_address,
    extract, patch,
    problem::Problem,
    reply::{Public, Raw},
};

/// The largest hit that is read.
const MAX_HIT: usize = 2 * 1024;

/// The routes.
pub fn public_routes(config: &mut ServiceConfig<'_>) {
    config.service(count_visit).service(get_stats);
}

/// A hit: what was looked at, exactly one of the five.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct VisitWrite {
    /// A published article.
    #[schema(value_type = Option<String>, format = Uuid)]
    article_id: Option<String>,
    /// A published event.
    #[schema(value_type = Option<String>, format = Uuid)]
    event_id: Option<String>,
    /// A published speech.
    #[schema(value_type = Option<String>, format = Uuid)]
    speech_id: Option<String>,
    /// A published page.
    #[schema(value_type = Option<String>, format = Uuid)]
    page_id: Option<String>,
    /// Any other path of the site; all of them count in one bucket.
    path: Option<String>,
    /// Your own name for this hit: sent again within 24 hours, it counts once.
    #[schema(value_type = Option<String>, format = Uuid)]
    hit_id: Option<String>,
    /// Where the reader came from.
    referrer: Option<String>,
}

impl VisitWrite {
    /// What was looked at, and the client's own name for the hit.
    ///
    /// # Errors
    /// 422 with each fault.
    fn parse(self) -> Result<(HitTarget, Option<Uuid>), Problem> {
        let mut faults = Violations::new();
        let mut uuid = |pointer: &str, text: Option<String>| {
            text.and_then(|text| faults.take(pointer, patch::id::<()>(&text))).map(Id::uuid)
        };
        let items = [
            (Kind::Article, uuid("/articleId", self.article_id)),
            (Kind::Event, uuid("/eventId", self.event_id)),
            (Kind::Speech, uuid("/speechId", self.speech_id)),
            (Kind::Page, uuid("/pageId", self.page_id)),
        ];
        let hit_id = uuid("/hitId", self.hit_id);
        let path = self.path.and_then(|path| faults.take("/path", viewed_path(path)));
        if self.referrer.is_some_and(|referrer| referrer.len() > 1024) {
            faults.add("/referrer", Fault::new("too_long", "must have at most 1,024 bytes"));
        }
        let items = items.into_iter().filter_map(|(kind, id)| Some(HitTarget::Item(Target { kind, id: id? })));
        let mut targets = items.chain(path.map(HitTarget::Path));
        let target = match (targets.next(), targets.next()) {
            (Some(target), None) => Some(target),
            _ if !faults.is_empty() => None,
            _ => {
                faults.add(
                    "",
                    Fault::new("required", "say exactly one of articleId, eventId, speechId, pageId and path"),
                );
                None
            }
        };
        match target {
            Some(target) => Ok(faults.into_result((target, hit_id))?),
            None => Err(faults.into()),
        }
    }
}

fn viewed_path(path: String) -> Result<String, Fault> {
    if path.starts_with('/') && path.len() <= 1024 {
        return Ok(path);
    }
    Err(Fault::new("invalid_path", "must begin with / and have at most 1,024 bytes"))
}

/// The numbers of the widget.
#[derive(Debug, Serialize, ToSchema)]
pub struct Stats {
    /// Đang truy cập.
    online: Online,
    /// Tổng lượt truy cập.
    total: Total,
    /// The local day so far.
    today: Today,
    /// The zone whose day that is.
    timezone: String,
}

/// Visitors with a hit in the last minutes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Online {
    /// How many.
    value: i64,
    /// In how many seconds.
    window_seconds: i64,
}

/// All visits ever, and what the site brought along. Never decreases.
#[derive(Debug, Serialize, ToSchema)]
pub struct Total {
    /// `visits + baseline`.
    value: i64,
    /// Counted here.
    visits: i64,
    /// Brought along.
    baseline: i64,
    /// Since when visits are counted here.
    #[schema(value_type = String, format = DateTime)]
    since: String,
}

/// The local day so far.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Today {
    /// Runs of page views with gaps under 30 minutes.
    visits: i64,
    /// Distinct visitors.
    visitors: i64,
    /// Page views.
    page_views: i64,
}

fn stats(api: &Api) -> Stats {
    let stats = api.visits.stats();
    Stats {
        online: Online { value: stats.online, window_seconds: bantin_domain::visits::ONLINE_SECONDS },
        total: Total {
            value: stats.total,
            visits: stats.visits,
            baseline: stats.baseline,
            since: api.render.time(stats.since),
        },
        today: Today { visits: stats.today.visits, visitors: stats.today.visitors, page_views: stats.today.page_views },
        timezone: stats.zone.name().to_owned(),
    }
}

/// Count a visit
///
/// Answers only after the commit that holds the hit; what it counts as shows within a second. JSON even
/// when sent as `text/plain`, so that `navigator.sendBeacon` needs no preflight. At most 2 KiB.
#[utoipa::path(tag = "visits", request_body(content(
    (VisitWrite = "application/json"), (VisitWrite = "text/plain"),
)), security(()), responses((status = 200, description = "The numbers, whether it counted or not.", body = inline(StatsBody))))]
#[post("/visits")]
pub async fn count_visit(api: Data<Api>, request: HttpRequest, payload: Payload) -> Result<Raw, Problem> {
    extract::expect_type(&request, &["application/json", "text/plain"])?;
    let bytes = extract::read(&request, payload.into_inner(), MAX_HIT).await?;
    let write: VisitWrite = extract::parse(&bytes)?;
    let (viewed, hit_id) = write.parse()?;
    if let HitTarget::Item(target) = viewed
        && !api.app.public(move |reader| visits::is_public(reader, target)).await?
    {
        return Err(Problem::not_found());
    }
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let hit = Hit {
        viewed,
        client: client_address(&request, &api.trusted_proxies),
        user_agent: text("user-agent").to_owned(),
        hit_id,
        do_not_track: text("sec-gpc") == "1" || text("dnt") == "1",
        prefetch: announces_prefetch(text("sec-purpose")) || announces_prefetch(text("purpose")),
    };
    api.visits.count(hit).await.map_err(|error| match error {
        CountError::Overloaded | CountError::Unavailable => Problem::from(AppError::Unavailable(error.to_string())),
    })?;
    Ok(Raw(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(StatsBody { data: stats(&api) })))
}

/// `{"data": ...}` around the numbers.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatsBody {
    data: Stats,
}

/// Read the numbers of the widget
///
/// Đang truy cập, tổng lượt truy cập, and the day so far. At most a second behind.
#[utoipa::path(tag = "visits", security(()))]
#[get("/stats")]
pub async fn get_stats(api: Data<Api>) -> Result<Public<Stats>, Problem> {
    Ok(Public::one(stats(&api)).live())
}
