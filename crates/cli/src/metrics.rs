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
use bantin_api::{Api, access::TrustedProxies, cache::CacheMetrics, rate_limit::VisitLimits};
use bantin_application::{
    visits::VisitMetrics,
    webhooks::{courier::Courier, tally::CourierMetrics},
};
use bantin_domain::{
    named::Named,
    time::Timestamp,
    webhook::{DeliveryFault, DeliveryState, DisabledReason},
};

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
pub fn serve(api: Api, courier: Courier, listener: TcpListener) -> std::io::Result<Server> {
    let (api, courier) = (Data::new(api), Data::new(courier));
    let app =
        move || App::new().app_data(api.clone()).app_data(courier.clone()).route("/metrics", web::get().to(metrics));
    Ok(HttpServer::new(app).workers(1).disable_signals().listen(listener)?.run())
}

async fn metrics(api: Data<Api>, courier: Data<Courier>) -> HttpResponse {
    let limited = api.limits.visits.as_ref().map(VisitLimits::refused);
    let mut text = text(&api.visits.metrics(), limited.as_slice().as_flattened(), api.visits.is_healthy());
    text.push_str(&of_cache(api.cache.metrics()));
    text.push_str(&of_proxies(&api.trusted_proxies));
    text.push_str(&of_webhooks(&courier.metrics(), api.app.sources().clock.now()));
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text)
}

fn text(visits: &VisitMetrics, limited: &[(&str, u64)], healthy: bool) -> String {
    let mut text = String::new();
    let mut metric =
        |name: &str, kind: &str, help: &str, samples: &[Sample]| write_metric(&mut text, name, kind, help, samples);
    let excluded: Vec<_> =
        visits.excluded.iter().map(|(reason, count)| (format!("{{reason=\"{reason}\"}}"), *count)).collect();
    let limited: Vec<_> = limited.iter().map(|(limit, count)| labelled("limit", limit, Some(count))).collect();
    metric("bantin_visits_healthy", "gauge", "Whether hits are taken.", &one(healthy.into()));
    metric("bantin_page_views_total", "counter", "Page views that this node folded.", &one(visits.page_views));
    metric("bantin_hits_excluded_total", "counter", "Hits that were not counted, by reason.", &excluded);
    metric("bantin_hits_limited_total", "counter", "Hits that came too often, by whose limit it was.", &limited);
    metric("bantin_hits_refused_total", "counter", "Hits that were refused, to be sent again.", &one(visits.refused));
    text
}

fn of_cache(cache: CacheMetrics) -> String {
    let mut text = String::new();
    let mut metric =
        |name: &str, kind: &str, help: &str, samples: &[Sample]| write_metric(&mut text, name, kind, help, samples);
    metric("bantin_cache_hits_total", "counter", "Public reads answered out of memory.", &one(cache.hits));
    metric("bantin_cache_misses_total", "counter", "Public reads for which an answer was made.", &one(cache.misses));
    metric("bantin_cache_entries", "gauge", "Answers that are kept in memory.", &one(cache.entries));
    metric("bantin_cache_bytes", "gauge", "Memory that they take, at most.", &one(cache.bytes));
    text
}

/// Whether proxies in front are heard: what else shows in the numbers as one reader with the hits of all.
fn of_proxies(proxies: &TrustedProxies) -> String {
    let mut text = String::new();
    let reasons = [("untrusted", proxies.untrusted()), ("malformed", proxies.malformed())];
    let samples = reasons.map(|(reason, count)| labelled("reason", reason, Some(&count)));
    let help = "Addresses that were forwarded and not believed, by reason.";
    write_metric(&mut text, "bantin_forwarded_ignored_total", "counter", help, &samples);
    text
}

/// How telling goes. Every label is there from the beginning: a counter that appears with its first event has no
/// rate.
fn of_webhooks(courier: &CourierMetrics, now: Timestamp) -> String {
    // What was given up with its webhook was not tried.
    let faults = DeliveryFault::ALL.iter().copied().filter(|fault| *fault != DeliveryFault::Disabled).map(Some);
    let attempts = std::iter::once(None)
        .chain(faults)
        .map(|fault| labelled("outcome", fault.map_or("acknowledged", Named::name), courier.attempts.get(&fault)));
    let ended = [DeliveryState::Delivered, DeliveryState::Failed]
        .map(|state| labelled("outcome", state.name(), courier.ended.get(&state)));
    // What an administrator turns off is nothing that the program does.
    let off = [DisabledReason::Failing, DisabledReason::Gone]
        .map(|reason| labelled("reason", reason.name(), courier.turned_off.get(&reason)));
    let oldest = courier.backlog.oldest.map_or(0, |at| now.as_micros().saturating_sub(at.as_micros()) / 1_000_000);
    let (waiting, oldest) = (courier.backlog.deliveries, u64::try_from(oldest).unwrap_or_default());
    let mut text = String::new();
    let mut metric =
        |name: &str, kind: &str, help: &str, samples: &[Sample]| write_metric(&mut text, name, kind, help, samples);
    metric(
        "bantin_webhook_attempts_total",
        "counter",
        "Attempts of this node to deliver, by outcome.",
        &attempts.collect::<Vec<_>>(),
    );
    metric("bantin_webhook_deliveries_total", "counter", "Deliveries that ended at this node, by outcome.", &ended);
    metric("bantin_webhooks_disabled_total", "counter", "Webhooks that this node turned off, by reason.", &off);
    metric("bantin_webhook_deliveries_waiting", "gauge", "Deliveries that wait, of all nodes.", &one(waiting));
    metric("bantin_webhook_oldest_waiting_seconds", "gauge", "How long the oldest of them has waited.", &one(oldest));
    text
}

/// The labels of a value, and the value.
type Sample = (String, u64);

fn one(value: u64) -> [Sample; 1] {
    [(String::new(), value)]
}

fn labelled(label: &str, name: &str, value: Option<&u64>) -> Sample {
    (format!("{{{label}=\"{name}\"}}"), value.copied().unwrap_or_default())
}

fn write_metric(text: &mut String, name: &str, kind: &str, help: &str, samples: &[Sample]) {
    // Writing to a String cannot fail.
    let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    for (labels, value) in samples {
        let _ = writeln!(text, "{name}{labels} {value}");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bantin_application::webhooks::tally::Backlog;

    use bantin_domain::visits::Exclusion;

    use super::*;

    #[test]
    fn each_reason_has_a_line_of_its_own() {
        let excluded = BTreeMap::from([(Exclusion::DeclaredBot, 3), (Exclusion::Reload, 1)]);
        let cache = CacheMetrics { hits: 9, misses: 4, entries: 3, bytes: 4_096 };
        let limited = [("visitor", 2), ("network", 1), ("all", 0)];
        let mut text = text(&VisitMetrics { page_views: 7, excluded, refused: 0 }, &limited, true);
        text.push_str(&of_cache(cache));
        text.push_str(&of_proxies(&TrustedProxies::default()));
        let samples: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(
            samples,
            [
                "bantin_visits_healthy 1",
                "bantin_page_views_total 7",
                "bantin_hits_excluded_total{reason=\"declaredBot\"} 3",
                "bantin_hits_excluded_total{reason=\"reload\"} 1",
                "bantin_hits_limited_total{limit=\"visitor\"} 2",
                "bantin_hits_limited_total{limit=\"network\"} 1",
                "bantin_hits_limited_total{limit=\"all\"} 0",
                "bantin_hits_refused_total 0",
                "bantin_cache_hits_total 9",
                "bantin_cache_misses_total 4",
                "bantin_cache_entries 3",
                "bantin_cache_bytes 4096",
                "bantin_forwarded_ignored_total{reason=\"untrusted\"} 0",
                "bantin_forwarded_ignored_total{reason=\"malformed\"} 0",
            ]
        );
    }

    #[test]
    fn telling_is_shown_by_its_outcomes_also_by_those_that_never_came_about() {
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000).unwrap();
        let courier = CourierMetrics {
            attempts: BTreeMap::from([(None, 5), (Some(DeliveryFault::Timeout), 2)]),
            ended: BTreeMap::from([(DeliveryState::Delivered, 5)]),
            turned_off: BTreeMap::from([(DisabledReason::Gone, 1)]),
            backlog: Backlog { deliveries: 3, oldest: Some(at(1_000)) },
        };
        let text = of_webhooks(&courier, at(1_090));
        for line in [
            "bantin_webhook_attempts_total{outcome=\"acknowledged\"} 5",
            "bantin_webhook_attempts_total{outcome=\"timeout\"} 2",
            "bantin_webhook_attempts_total{outcome=\"tls\"} 0",
            "bantin_webhook_deliveries_total{outcome=\"delivered\"} 5",
            "bantin_webhook_deliveries_total{outcome=\"failed\"} 0",
            "bantin_webhooks_disabled_total{reason=\"gone\"} 1",
            "bantin_webhooks_disabled_total{reason=\"failing\"} 0",
            "bantin_webhook_deliveries_waiting 3",
            "bantin_webhook_oldest_waiting_seconds 90",
        ] {
            assert!(text.lines().any(|shown| shown == line), "{line}\n{text}");
        }
        assert!(!text.contains("byHand") && !text.contains("pending"));
    }
}
