//! `/metrics`, in Prometheus' text format, on a listener of its own: it is for who runs the service,
//! and must not be reachable where the public is.

use std::{
    fmt::Write,
    net::{SocketAddr, TcpListener},
};

use actix_web::{
    App, HttpResponse, HttpServer,
    dev::Server,
    web::{self, Data},
};
use bantin_api::{Api, cache::CacheMetrics, rate_limit::VisitLimits};
use bantin_application::visits::VisitMetrics;

use crate::failure::Failure;

/// Binds the listener.
///
/// # Errors
/// One line that says how to do without.
pub fn bind(listen: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(listen).map_err(|error| {
        Failure::new(format_args!("cannot listen on {listen} for metrics: {error}; see BANTIN_METRICS_LISTEN (or off)"))
    })
}

/// Serves the metrics until the program ends.
///
/// # Errors
/// When the socket cannot be used.
pub fn serve(api: Api, listener: TcpListener) -> std::io::Result<Server> {
    let api = Data::new(api);
    let app = move || App::new().app_data(api.clone()).route("/metrics", web::get().to(metrics));
    Ok(HttpServer::new(app).workers(1).disable_signals().listen(listener)?.run())
}

async fn metrics(api: Data<Api>) -> HttpResponse {
    let limited = api.limits.visits.as_ref().map_or(0, VisitLimits::refused);
    let text = text(&api.visits.metrics(), limited, api.visits.is_healthy(), api.cache.metrics());
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text)
}

fn text(visits: &VisitMetrics, limited: u64, healthy: bool, cache: CacheMetrics) -> String {
    let mut text = String::new();
    let mut metric = |name: &str, kind: &str, help: &str, samples: &[(String, u64)]| {
        // Writing to a String cannot fail.
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
        for (labels, value) in samples {
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    };
    let one = |value: u64| [(String::new(), value)];
    let excluded: Vec<_> =
        visits.excluded.iter().map(|(reason, count)| (format!("{{reason=\"{reason}\"}}"), *count)).collect();
    metric("bantin_visits_healthy", "gauge", "Whether hits are taken.", &one(healthy.into()));
    metric("bantin_page_views_total", "counter", "Page views that this node folded.", &one(visits.page_views));
    metric("bantin_hits_excluded_total", "counter", "Hits that were not counted, by reason.", &excluded);
    metric("bantin_hits_limited_total", "counter", "Hits that came too often.", &one(limited));
    metric("bantin_hits_refused_total", "counter", "Hits that were refused, to be sent again.", &one(visits.refused));
    metric("bantin_cache_hits_total", "counter", "Public reads answered out of memory.", &one(cache.hits));
    metric("bantin_cache_misses_total", "counter", "Public reads for which an answer was made.", &one(cache.misses));
    metric("bantin_cache_entries", "gauge", "Answers that are kept in memory.", &one(cache.entries));
    metric("bantin_cache_bytes", "gauge", "Memory that they take, at most.", &one(cache.bytes));
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bantin_domain::visits::Exclusion;

    use super::*;

    #[test]
    fn each_reason_has_a_line_of_its_own() {
        let excluded = BTreeMap::from([(Exclusion::DeclaredBot, 3), (Exclusion::Reload, 1)]);
        let cache = CacheMetrics { hits: 9, misses: 4, entries: 3, bytes: 4_096 };
        let text = text(&VisitMetrics { page_views: 7, excluded, refused: 0 }, 2, true, cache);
        let samples: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(
            samples,
            [
                "bantin_visits_healthy 1",
                "bantin_page_views_total 7",
                "bantin_hits_excluded_total{reason=\"declaredBot\"} 3",
                "bantin_hits_excluded_total{reason=\"reload\"} 1",
                "bantin_hits_limited_total 2",
                "bantin_hits_refused_total 0",
                "bantin_cache_hits_total 9",
                "bantin_cache_misses_total 4",
                "bantin_cache_entries 3",
                "bantin_cache_bytes 4096",
            ]
        );
    }
}
