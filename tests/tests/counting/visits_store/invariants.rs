//! What must hold of the numbers whatever is looked at, when, by whom, on which node: over random runs, on both
//! databases, in a time that stands still between two hits. Where all hits become known to the tables is up to
//! chance as well: nodes fold, restart and let go of what is old in between.

use std::collections::HashSet;

use bantin_application::visits::{Hit, HitTarget, VisitCounter};
use bantin_domain::time::{Clock, Timestamp};
use bantin_persistence::connection::DatabaseUrl;
use bantin_tests::backup;
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use crate::visits_store::{
    numbers::programs,
    place::{Place, hit, named, on_both_databases, wait, zone},
    tables::empty,
};

/// Local midnight of the runs: the first instant of 2 March in the site's zone.
const MIDNIGHT: &str = "2023-03-01T17:00:00Z";
const SECOND: i64 = 1_000_000;

/// One step of a run.
#[derive(Debug, Clone)]
struct Look {
    /// Who; nobody asks to be told apart as 0.
    person: u8,
    /// What; 0 is a path.
    item: u8,
    hit_id: Option<u128>,
    /// How many seconds after the one before.
    gap: i64,
    then: Then,
}

/// What happens after it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Then {
    Nothing,
    Fold,
    Restart,
}

fn run() -> impl Strategy<Value = Vec<Look>> {
    let gap = prop_oneof![0..5i64, 0..40i64, 20..60i64, 0..400i64, 0..7_200i64];
    let then = prop_oneof![6 => Just(Then::Nothing), 3 => Just(Then::Fold), 1 => Just(Then::Restart)];
    let step = (0..5u8, 0..4u8, proptest::option::weighted(0.3, 1..9u128), gap, then);
    let look = step.prop_map(|(person, item, hit_id, gap, then)| Look { person, item, hit_id, gap, then });
    proptest::collection::vec(look, 1..30)
}

fn check_all<S: Strategy>(cases: u32, strategy: &S, check: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    // Always the same runs: what fails once fails again.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, rng).run(strategy, check).unwrap();
}

fn instant(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// Nodes that share a database: as many as it may have.
struct Nodes<'p> {
    place: &'p Place,
    counters: Vec<VisitCounter>,
}

impl<'p> Nodes<'p> {
    /// On empty tables, some minutes or hours before midnight.
    fn begin(place: &'p Place, before_midnight: i64) -> Self {
        place.counter().shut_down();
        empty(place);
        place.execute("DELETE FROM visits.salts");
        place.clock.set(&instant(MIDNIGHT).plus_seconds(-before_midnight).to_utc_text());
        let how_many = if matches!(place.url, DatabaseUrl::Postgres(_)) { 2 } else { 1 };
        Self { place, counters: (0..how_many).map(|_| place.counter()).collect() }
    }

    fn take(&mut self, n: usize, hit: Hit, then: Then) {
        let node = n % self.counters.len();
        wait(self.counters[node].count(hit)).unwrap();
        match then {
            Then::Nothing => {}
            Then::Fold => self.settle(),
            Then::Restart => {
                self.counters[node].shut_down();
                self.counters[node] = self.place.counter();
            }
        }
    }

    fn settle(&self) {
        for counter in &self.counters {
            wait(counter.settle()).unwrap();
        }
    }

    /// Any node says it: they agree.
    fn stats(&self) -> bantin_application::visits::Stats {
        self.settle();
        let all: Vec<_> = self.counters.iter().map(VisitCounter::stats).collect();
        assert!(all.iter().all(|stats| *stats == all[0]), "nodes disagree: {all:?}");
        all[0].clone()
    }
}

fn hit_of(look: &Look) -> Hit {
    let plain = hit(&format!("203.0.113.{}", look.person), look.item.into());
    let viewed = if look.item == 0 { HitTarget::Path("/lien-he".to_owned()) } else { plain.viewed.clone() };
    let hit = Hit { viewed, do_not_track: look.person == 0, ..plain };
    match look.hit_id {
        Some(id) => named(hit, id),
        None => hit,
    }
}

/// The sums that must fit together, whatever was counted.
fn check_sums(place: &Place, nodes: &Nodes<'_>, baseline: i64) -> Result<i64, TestCaseError> {
    let stats = nodes.stats();
    let sum = |what: &str| place.number(&format!("SELECT coalesce(sum({what}), 0) FROM visits.days"));
    // Σ items + the rest = the page views of the site, in all and on each day.
    let of_items = place.number("SELECT coalesce(sum(page_views), 0) FROM visits.item_days");
    prop_assert_eq!(of_items + sum("other_views"), sum("page_views"));
    let days_that_differ = "SELECT count(*) FROM visits.days d WHERE page_views <> other_views + \
                            (SELECT coalesce(sum(i.page_views), 0) FROM visits.item_days i WHERE i.day = d.day)";
    prop_assert_eq!(place.number(days_that_differ), 0);
    // Σ days = total − baseline.
    prop_assert_eq!((sum("visits"), stats.baseline), (stats.total - baseline, baseline));
    // Visitors of a day ≤ visits begun that day + visits carried over midnight; visits ≤ page views.
    let wrong = |condition: &str| place.number(&format!("SELECT count(*) FROM visits.days WHERE {condition}"));
    prop_assert_eq!(wrong("visitors > visits + carried"), 0);
    prop_assert_eq!(wrong("visits > page_views"), 0);
    prop_assert!(stats.today.visitors <= stats.today.visits + stats.today.carried);
    // Online ≤ visitors of two days.
    let today = place.clock.now().day_in(&zone());
    let two_days = format!(
        "SELECT coalesce(sum(visitors), 0) FROM visits.days WHERE day BETWEEN '{}' AND '{today}'",
        today.yesterday().unwrap()
    );
    prop_assert!(stats.online <= place.number(&two_days), "{} are online", stats.online);
    prop_assert_eq!(place.number("SELECT count(*) FROM visits.presence WHERE visitors < 0"), 0);
    Ok(stats.total)
}

#[test]
fn all_sums_fit_together_and_the_total_never_decreases() {
    on_both_databases(|place| {
        let run = (0..10_800i64, 0..10_000_000i64, run());
        check_all(12, &run, |(before_midnight, baseline, looks)| {
            let mut nodes = Nodes::begin(place, before_midnight);
            place.execute(&format!("UPDATE visits.origin SET baseline = {baseline}"));
            let mut total = baseline;
            for (n, look) in looks.iter().enumerate() {
                place.clock.advance(look.gap);
                nodes.take(n, hit_of(look), look.then);
                if look.then != Then::Nothing {
                    let now = check_sums(place, &nodes, baseline)?;
                    prop_assert!(now >= total, "{} after {}", now, total);
                    total = now;
                }
            }
            check_sums(place, &nodes, baseline).map(drop)
        });
    });
}

#[test]
fn a_hit_without_a_visitor_is_a_page_view_and_nobody_and_is_repeated_by_its_id_alone() {
    on_both_databases(|place| {
        check_all(8, &run(), |looks| {
            let mut nodes = Nodes::begin(place, 3_600);
            let (mut ids, mut expected, begun) = (HashSet::new(), 0, place.clock.now());
            for (n, look) in looks.iter().enumerate() {
                if place.clock.now().plus_seconds(look.gap) > begun.plus_seconds(80_000) {
                    break;
                }
                place.clock.advance(look.gap);
                nodes.take(n, Hit { do_not_track: true, ..hit_of(look) }, look.then);
                expected += i64::from(look.hit_id.is_none_or(|id| ids.insert(id)));
            }
            let stats = nodes.stats();
            let sum = |what: &str| place.number(&format!("SELECT coalesce(sum({what}), 0) FROM visits.days"));
            prop_assert_eq!(sum("page_views"), expected);
            prop_assert_eq!((stats.visits, sum("visitors"), sum("carried"), stats.online), (0, 0, 0, 0));
            prop_assert_eq!(place.number("SELECT count(*) FROM visits.visitors"), 0);
            Ok(())
        });
    });
}

#[test]
fn a_page_that_is_loaded_fifty_times_in_thirty_seconds_counts_once_at_any_time_of_day() {
    let offsets = proptest::collection::vec(0..30 * SECOND, 49);
    // Around midnight as often as not: there a reload comes under another key.
    let begins = prop_oneof![-86_400..86_400i64, -31..31i64];
    on_both_databases(|place| {
        check_all(8, &(begins.clone(), 0..4u8, offsets.clone()), |(begins, item, mut offsets)| {
            let mut nodes = Nodes::begin(place, 0);
            offsets.push(0);
            offsets.sort_unstable();
            let first = instant(MIDNIGHT).plus_seconds(begins).as_micros();
            for (n, offset) in offsets.into_iter().enumerate() {
                place.clock.set(&Timestamp::from_micros(first + offset).unwrap().to_utc_text());
                let look = Look { person: 7, item, hit_id: None, gap: 0, then: Then::Nothing };
                nodes.take(n, hit_of(&look), if n == 25 { Then::Fold } else { Then::Nothing });
            }
            nodes.settle();
            prop_assert_eq!(place.number("SELECT sum(page_views * 100 + visits) FROM visits.days"), 101);
            prop_assert_eq!(place.number("SELECT sum(visitors) FROM visits.days"), 1);
            Ok(())
        });
    });
}

#[test]
fn what_comes_before_17_00_utc_is_of_one_day_and_what_comes_from_then_on_of_the_next() {
    let near = prop_oneof![-3 * 3_600 * SECOND..3 * 3_600 * SECOND, -2..2i64, -SECOND..SECOND];
    on_both_databases(|place| {
        check_all(8, &proptest::collection::vec(near.clone(), 1..20), |mut micros| {
            micros.extend([-1, 0]);
            micros.sort_unstable();
            let mut nodes = Nodes::begin(place, 0);
            for (n, at) in micros.iter().enumerate() {
                place.clock.set(&Timestamp::from_micros(instant(MIDNIGHT).as_micros() + at).unwrap().to_utc_text());
                nodes.take(n, hit(&format!("203.0.113.{n}"), 1), Then::Nothing);
            }
            let today = nodes.stats().today;
            let before = micros.iter().filter(|at| **at < 0).count() as i64;
            let of = |day: &str| place.number(&format!("SELECT page_views FROM visits.days WHERE day = '{day}'"));
            prop_assert_eq!((of("2023-03-01"), of("2023-03-02")), (before, micros.len() as i64 - before));
            prop_assert_eq!(today.page_views, micros.len() as i64 - before);
            Ok(())
        });
    });
}

/// Every number there is, and how many rows each table has.
fn everything(place: &Place, nodes: &Nodes<'_>) -> (String, Vec<i64>) {
    let sums = ["days", "item_days", "item_totals", "hours", "item_hours", "referrers", "devices", "categories"];
    let views = sums.map(|table| format!("SELECT coalesce(sum(page_views), 0) FROM visits.{table}"));
    let tables = sums.into_iter().chain(["visitors", "hit_ids", "presence", "salts"]);
    let rows = tables.map(|table| format!("SELECT count(*) FROM visits.{table}"));
    (format!("{:?}", nodes.stats()), views.into_iter().chain(rows).map(|query| place.number(&query)).collect())
}

#[test]
fn a_crawl_by_two_hundred_programs_moves_no_number_whoever_else_is_there() {
    let all: Vec<&str> = programs().filter(|agent| agent.len() > 3).collect();
    assert!(all.len() > 400);
    let crawl = proptest::sample::subsequence(all, 200);
    on_both_databases(|place| {
        check_all(4, &(run(), crawl.clone(), any::<[u8; 3]>()), |(looks, crawl, [high, middle, low])| {
            let mut nodes = Nodes::begin(place, 3_600);
            for (n, look) in looks.iter().enumerate() {
                place.clock.advance(look.gap);
                nodes.take(n, hit_of(look), look.then);
            }
            let before = everything(place, &nodes);
            for (n, agent) in crawl.into_iter().enumerate() {
                let address = format!("{high}.{middle}.{low}.{n}");
                let hit = Hit { user_agent: agent.to_owned(), ..hit(&address, n as u128 % 5) };
                nodes.take(n, hit, if n % 50 == 0 { Then::Fold } else { Then::Nothing });
            }
            prop_assert_eq!(everything(place, &nodes), before);
            Ok(())
        });
    });
}

#[test]
fn after_any_run_no_address_and_no_user_agent_is_in_the_database_its_log_or_a_backup() {
    let who = proptest::collection::vec((any::<[u8; 4]>(), any::<[u16; 8]>(), "[a-z]{12}"), 1..5);
    on_both_databases(|place| {
        check_all(4, &(run(), who.clone()), |(looks, who)| {
            let mut nodes = Nodes::begin(place, 3_600);
            let mut traces: Vec<Vec<u8>> = Vec::new();
            for (four, six, name) in &who {
                let (four, six) = (std::net::Ipv4Addr::from(*four), std::net::Ipv6Addr::from(*six));
                traces.extend([four.to_string(), six.to_string(), name.clone()].map(String::into_bytes));
                traces.push(six.octets()[..8].to_vec());
            }
            // One of a few digits may stand anywhere by chance.
            traces.retain(|trace| trace.len() >= 8);
            for (n, look) in looks.iter().enumerate() {
                place.clock.advance(look.gap);
                let (four, six, name) = &who[n % who.len()];
                let client = if look.person % 2 == 0 { (*four).into() } else { (*six).into() };
                let user_agent =
                    format!("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0 {name}");
                nodes.take(n, Hit { client, user_agent, ..hit_of(look) }, look.then);
            }
            // Once with the last hits in the journal, and once with all of them folded.
            for _ in 0..2 {
                let mut seen = backup::of(&place.url);
                if matches!(place.url, DatabaseUrl::Sqlite(_)) {
                    for entry in std::fs::read_dir(place.visits_file().parent().unwrap()).unwrap() {
                        seen.extend(std::fs::read(entry.unwrap().path()).unwrap());
                    }
                }
                prop_assert!(backup::holds(&seen, b"journal"), "nothing was read");
                for trace in &traces {
                    prop_assert!(!backup::holds(&seen, trace), "{} was written", String::from_utf8_lossy(trace));
                }
                nodes.settle();
            }
            Ok(())
        });
    });
}
