//! Statistics for the desk.

use actix_web::{
    HttpRequest, HttpResponse, Responder, get,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, VARY},
    put,
    web::Data,
};
use bantin_application::stats;
use bantin_domain::{named::Named, time::Timestamp, violation::Violations};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    BaselineView, csv,
    query::ReportQuery,
    view::{ReportBody, ReportView},
};
use crate::{
    Api,
    directory::NoQuery,
    extract::{Caller, IfMatch, JsonBody},
    problem::Problem,
    reply::{Desk, Raw},
};

/// Read the statistics
///
/// By day, hour, section, site that readers came from, or sort of device; as JSON, or as a table for a
/// spreadsheet. What is older than the retention is there by month, under its first day.
#[utoipa::path(tag = "editorial statistics", params(ReportQuery), responses(
    (status = 200, description = "As asked for.", content((ReportBody = "application/json"), (String = "text/csv"))),
))]
#[get("/stats")]
pub async fn editorial_get_stats(
    caller: Caller,
    api: Data<Api>,
    query: ReportQuery,
    request: HttpRequest,
) -> Result<Raw, Problem> {
    let ReportQuery { by, period, as_csv } = query;
    let render = api.site_render().await?;
    let report =
        api.app.desk(caller.who, move |desk, actor| stats::report(desk, &actor, by, period.from, period.to)).await?;
    let view = ReportView::new(report, by, period.from, period.to, &render);
    if !as_csv {
        return Ok(Raw(Desk::plain(view).respond_to(&request)));
    }
    let name = format!("attachment; filename=\"visits-{}-{}-{}.csv\"", by.name(), period.from, period.to);
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, "private, no-store")).insert_header((VARY, "Accept"));
    Ok(Raw(response.insert_header((CONTENT_DISPOSITION, name)).content_type(csv::CSV).body(csv::of(&view, by))))
}

/// What the site brings along.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BaselineWrite {
    /// How many visits. Never less than it is now: the total never decreases.
    visits: i64,
    /// Since when they were counted; what it is now when absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default)]
    since: Option<String>,
}

/// Read the baseline
///
/// The number of visits that the site brings along from the system before.
#[utoipa::path(tag = "editorial statistics")]
#[get("/stats/baseline")]
pub async fn editorial_get_baseline(caller: Caller, api: Data<Api>, _: NoQuery) -> Result<Desk<BaselineView>, Problem> {
    let app = api.app.clone();
    let baseline = api.app.desk(caller.who, move |_, actor| stats::baseline(&app, &actor)).await?;
    Ok(Desk::one(BaselineView::new(&baseline, &api.render), baseline.version))
}

/// Set the baseline
///
/// Who said it, and what was said before, is kept.
#[utoipa::path(tag = "editorial statistics", params(IfMatch), request_body = BaselineWrite)]
#[put("/stats/baseline")]
pub async fn set_baseline(
    caller: Caller,
    api: Data<Api>,
    version: IfMatch,
    _: NoQuery,
    write: JsonBody<BaselineWrite>,
) -> Result<Desk<BaselineView>, Problem> {
    let mut faults = Violations::new();
    let since = write.0.since.and_then(|text| faults.take("/since", Timestamp::parse(&text)));
    let visits = faults.into_result(write.0.visits)?;
    let baseline = api.app.write(caller.who, move |act| stats::set_baseline(act, version.0, visits, since)).await?;
    // So that who set it sees it at once; other nodes do within a second, and this one if it cannot now.
    let _ = api.visits.settle().await;
    Ok(Desk::one(BaselineView::new(&baseline, &api.render), baseline.version))
}
