//! What hits become in the numbers.

use bantin_application::visits::{Hit, HitTarget};
use bantin_domain::visits::{DayCount, Exclusion};

use crate::place::{hit, named, on_both_databases, wait};

#[test]
fn an_acknowledged_hit_is_a_page_view_of_a_visit_of_a_visitor_who_is_online() {
    on_both_databases(|place| {
        let counter = place.counter();
        wait(counter.count(hit("203.0.113.7", 1))).unwrap();
        wait(counter.settle()).unwrap();
        let stats = counter.stats();
        assert_eq!((stats.online, stats.total, stats.visits, stats.baseline), (1, 1, 1, 0));
        assert_eq!(stats.today, DayCount { page_views: 1, visits: 1, visitors: 1, ..DayCount::default() });
        assert_eq!(stats.since.to_text_in(&stats.zone), "2023-03-01T12:00:00+07:00");
    });
}

#[test]
fn a_reload_fifty_times_in_thirty_seconds_counts_once() {
    on_both_databases(|place| {
        let counter = place.counter();
        for _ in 0..50 {
            wait(counter.count(hit("203.0.113.7", 1))).unwrap();
        }
        wait(counter.settle()).unwrap();
        place.clock.advance(30);
        wait(counter.count(hit("203.0.113.7", 1))).unwrap();
        wait(counter.settle()).unwrap();
        assert_eq!(counter.stats().today, DayCount { page_views: 2, visits: 1, visitors: 1, ..DayCount::default() });
        assert_eq!(counter.metrics().excluded[&Exclusion::Reload], 49);
    });
}

#[test]
fn the_day_begins_at_17_00_utc() {
    on_both_databases(|place| {
        place.clock.set("2023-03-01T16:59:59.999999Z");
        let counter = place.counter();
        wait(counter.count(hit("203.0.113.7", 1))).unwrap();
        wait(counter.settle()).unwrap();
        assert_eq!(counter.stats().today.page_views, 1);

        place.clock.set("2023-03-01T17:00:00Z");
        assert_eq!(counter.stats().today, DayCount::default());
        wait(counter.count(hit("203.0.113.8", 1))).unwrap();
        wait(counter.settle()).unwrap();
        assert_eq!(counter.stats().today, DayCount { page_views: 1, visits: 1, visitors: 1, ..DayCount::default() });
        assert_eq!(counter.stats().total, 2);
    });
}

#[test]
fn a_visit_over_midnight_is_one_visit_also_when_the_node_restarts_in_between() {
    on_both_databases(|place| {
        place.clock.set("2023-03-01T16:50:00Z");
        let counter = place.counter();
        wait(counter.count(hit("203.0.113.7", 1))).unwrap();
        counter.shut_down();

        place.clock.set("2023-03-01T17:10:00Z");
        let counter = place.counter();
        wait(counter.count(hit("203.0.113.7", 2))).unwrap();
        wait(counter.settle()).unwrap();
        let stats = counter.stats();
        assert_eq!((stats.total, stats.online), (1, 1));
        assert_eq!(stats.today, DayCount { page_views: 1, visitors: 1, carried: 1, ..DayCount::default() });
    });
}

#[test]
fn who_was_not_seen_for_300_seconds_is_offline() {
    on_both_databases(|place| {
        let counter = place.counter();
        wait(counter.count(hit("203.0.113.7", 1))).unwrap();
        place.clock.advance(100);
        wait(counter.count(hit("203.0.113.8", 1))).unwrap();
        wait(counter.settle()).unwrap();
        place.clock.advance(199);
        assert_eq!(counter.stats().online, 2);
        place.clock.advance(1);
        assert_eq!(counter.stats().online, 1);
        place.clock.advance(100);
        assert_eq!(counter.stats().online, 0);
    });
}

#[test]
fn who_asks_not_to_be_tracked_is_a_page_view_only() {
    on_both_databases(|place| {
        let counter = place.counter();
        for id in [7, 7, 8] {
            let untracked = Hit { do_not_track: true, ..hit("203.0.113.7", 1) };
            wait(counter.count(named(untracked, id))).unwrap();
        }
        wait(counter.settle()).unwrap();
        let stats = counter.stats();
        assert_eq!((stats.today.page_views, stats.visits, stats.today.visitors, stats.online), (2, 0, 0, 0));
        assert_eq!(place.number("SELECT count(*) FROM visits.visitors"), 0);
    });
}

#[test]
fn paths_count_in_one_bucket_and_items_each_in_their_own() {
    on_both_databases(|place| {
        let counter = place.counter();
        for path in ["/", "/lien-he", "/"] {
            wait(counter.count(Hit { viewed: HitTarget::Path(path.to_owned()), ..hit("203.0.113.7", 0) })).unwrap();
        }
        for article in [1, 2, 2] {
            wait(counter.count(hit("203.0.113.7", article))).unwrap();
        }
        wait(counter.count(hit("203.0.113.8", 2))).unwrap();
        wait(counter.settle()).unwrap();
        let today = counter.stats().today;
        assert_eq!((today.page_views, today.other_views), (5, 2));
        assert_eq!(place.number("SELECT sum(page_views) FROM visits.item_days"), 3);
        assert_eq!(place.number("SELECT max(page_views) FROM visits.item_days"), 2);
    });
}

#[test]
fn programs_and_prefetches_get_the_same_answer_and_move_nothing() {
    on_both_databases(|place| {
        let counter = place.counter();
        let agent = |agent: &str| Hit { user_agent: agent.to_owned(), ..hit("203.0.113.7", 1) };
        wait(counter.count(agent("Mozilla/5.0 (compatible; Googlebot/2.1)"))).unwrap();
        wait(counter.count(agent(" "))).unwrap();
        wait(counter.count(Hit { prefetch: true, ..hit("203.0.113.7", 1) })).unwrap();
        wait(counter.settle()).unwrap();
        assert_eq!((counter.stats().today, counter.stats().online), (DayCount::default(), 0));
        let excluded = counter.metrics().excluded;
        assert_eq!(
            excluded.into_iter().collect::<Vec<_>>(),
            [(Exclusion::EmptyUserAgent, 1), (Exclusion::DeclaredBot, 1), (Exclusion::Prefetch, 1)]
        );
    });
}

#[test]
fn a_baseline_is_part_of_the_total_and_of_nothing_else() {
    on_both_databases(|place| {
        let counter = place.counter();
        place.execute("UPDATE visits.origin SET baseline = 7448251");
        wait(counter.count(hit("203.0.113.7", 1))).unwrap();
        wait(counter.settle()).unwrap();
        let stats = counter.stats();
        assert_eq!((stats.total, stats.visits, stats.baseline), (7_448_252, 1, 7_448_251));
    });
}
