//! What becomes too fine goes, and no total changes.

use bantin_application::visits::{Hit, VisitSettings};
use bantin_domain::{
    time::{Date, Timestamp},
    visits::{LocalHour, ReferrerHost},
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use crate::visits_store::place::{Place, hit, on_both_databases, wait, zone};

/// The sums that nobody may see change.
fn totals(place: &Place) -> Vec<i64> {
    let columns = [
        ("days", "page_views"),
        ("days", "visits"),
        ("days", "visitors"),
        ("days", "other_views"),
        ("item_days", "page_views"),
        ("item_totals", "page_views"),
        ("referrers", "page_views"),
        ("referrers", "visits"),
        ("devices", "page_views"),
        ("devices", "visits"),
        ("categories", "page_views"),
        ("categories", "visits"),
    ];
    columns
        .map(|(table, column)| place.number(&format!("SELECT coalesce(sum({column}), 0) FROM visits.{table}")))
        .into()
}

/// Writes rows as folding left them on days long ago.
fn write_days(place: &Place, days: &[(i64, u8)], today: Date) {
    for table in ["referrers", "devices", "categories", "hours", "item_hours", "days", "item_days"] {
        place.execute(&format!("DELETE FROM visits.{table}"));
    }
    let now = zone().start_of(today);
    for (n, (ago, views)) in days.iter().enumerate() {
        let day = now.plus_seconds(-ago * 24 * 60 * 60).day_in(&zone());
        let hour = LocalHour::of(day, 7).0;
        let add = |table: &str, columns: &str, values: String| {
            place.execute(&format!("INSERT INTO visits.{table} ({columns}) VALUES ({values}) ON CONFLICT DO NOTHING",));
        };
        add("referrers", "day, host, page_views, visits", format!("'{day}', 's{}.example', {views}, 1", n % 3));
        add("devices", "day, device, page_views, visits", format!("'{day}', 'mobile', {views}, 1"));
        let nil = if matches!(place.url, bantin_persistence::connection::DatabaseUrl::Postgres(_)) {
            "'00000000-0000-0000-0000-000000000000'"
        } else {
            "x'00000000000000000000000000000000'"
        };
        add("categories", "day, category, page_views, visits", format!("'{day}', {nil}, {views}, 1"));
        add("hours", "hour, page_views, visits", format!("{hour}, {views}, 1"));
    }
}

#[test]
fn coarsening_changes_no_total_and_leaves_the_retention_as_it_was() {
    on_both_databases(|place| {
        let store = place.store();
        store.visits(|tx| tx.begin_counting()).unwrap();
        let today = Timestamp::parse("2023-03-14T08:00:00+07:00").unwrap().day_in(&zone());
        let mut runner = TestRunner::new(Config { cases: 8, failure_persistence: None, ..Config::default() });
        let days = proptest::collection::vec((0..900i64, 1..100u8), 1..40);
        runner
            .run(&days, |days| {
                write_days(place, &days, today);
                let before = totals(place);
                let kept = "day >= '2022-02-01'";
                let fine = |table: &str| place.number(&format!("SELECT count(*) FROM visits.{table} WHERE {kept}"));
                let fine_before = [fine("referrers"), fine("devices"), fine("categories")];
                let mut steps = 0;
                while store.visits(|tx| tx.coarsen(today, 400)).unwrap() {
                    steps += 1;
                    prop_assert!(steps < 40, "it must come to an end");
                }
                prop_assert_eq!(totals(place), before);
                prop_assert_eq!([fine("referrers"), fine("devices"), fine("categories")], fine_before);
                let daily = "SELECT count(*) FROM visits.devices WHERE day < '2022-02-01' AND CAST(day AS text) NOT LIKE '%-01'";
                prop_assert_eq!(place.number(daily), 0);
                let oldest_hour = LocalHour::of(bantin_domain::time::parse_date("2022-02-01").unwrap(), 0).0;
                prop_assert_eq!(place.number(&format!("SELECT count(*) FROM visits.hours WHERE hour < {oldest_hour}")), 0);
                Ok(())
            })
            .unwrap();
    });
}

#[test]
fn a_node_that_counts_also_lets_go() {
    on_both_databases(|place| {
        place.clock.set("2022-01-05T12:00:00+07:00");
        let settings = || VisitSettings { keep_days: 31, ..VisitSettings::in_zone(zone()) };
        let counter = place.counter_with(settings());
        for day in 0..3 {
            let referrer = ReferrerHost::parse("tim.example");
            wait(counter.count(Hit { referrer, ..hit("203.0.113.7", day) })).unwrap();
            place.clock.advance(24 * 60 * 60);
        }
        wait(counter.settle()).unwrap();
        let before = totals(place);
        place.clock.set("2022-06-01T12:00:00+07:00");
        // Two nodes in a row: what the first has done, the second leaves alone.
        for _ in 0..2 {
            let counter = place.counter_with(settings());
            place.clock.advance(61);
            wait(counter.settle()).unwrap();
            assert_eq!(counter.stats().total, 3);
            counter.shut_down();
        }
        assert_eq!(totals(place), before);
        let rows = |table: &str| place.number(&format!("SELECT count(*) FROM visits.{table}"));
        assert_eq!([rows("referrers"), rows("devices"), rows("hours"), rows("item_hours")], [1, 1, 0, 0]);
        assert_eq!([rows("days"), rows("item_days")], [3, 3]);
    });
}
