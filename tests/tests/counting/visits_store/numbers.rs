//! What hits become in the numbers.

use bantin_application::visits::{Hit, HitTarget, VisitSettings};
use bantin_domain::visits::{DayCount, Device, Exclusion, Outcome, ReferrerHost};

use crate::visits_store::place::{hit, named, on_both_databases, wait, zone};

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
        let excluded: Vec<_> = counter.metrics().excluded.into_iter().collect();
        assert_eq!(
            excluded,
            [
                (Exclusion::EmptyUserAgent, 1),
                (Exclusion::DeclaredBot, 1),
                (Exclusion::Prefetch, 1),
                (Exclusion::Duplicate, 0),
                (Exclusion::Reload, 0),
                (Exclusion::Capped, 0),
                (Exclusion::Late, 0),
                (Exclusion::Editor, 0)
            ],
            "every reason has its counter, also before it has a hit"
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

/// The programs among the user agents that the npm package isbot has judged.
pub fn programs() -> impl Iterator<Item = &'static str> {
    let judged = include_str!("../../../../crates/application/src/visits/isbot_verdicts.txt");
    judged.lines().filter_map(|line| line.strip_prefix("bot\t"))
}

#[test]
fn a_crawl_with_two_hundred_programs_moves_nothing() {
    on_both_databases(|place| {
        let counter = place.counter();
        let crawl: Vec<&str> = programs().filter(|agent| agent.len() > 3).take(200).collect();
        for (n, agent) in (1..).zip(&crawl) {
            let client = format!("198.51.100.{n}").parse().unwrap();
            wait(counter.count(Hit { client, user_agent: (*agent).to_owned(), ..hit("203.0.113.7", n) })).unwrap();
        }
        wait(counter.settle()).unwrap();
        assert_eq!((counter.stats().today, counter.stats().total, counter.stats().online), (DayCount::default(), 0, 0));
        assert_eq!(counter.metrics().excluded[&Exclusion::DeclaredBot], 200);
        for table in ["visits.visitors", "visits.item_days", "visits.devices", "visits.salts", "hits.journal"] {
            assert_eq!(place.number(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
        }
    });
}

#[test]
fn somebody_of_the_desk_is_no_reader() {
    on_both_databases(|place| {
        let counter = place.counter();
        wait(counter.count(Hit { by_editor: true, ..hit("203.0.113.7", 1) })).unwrap();
        wait(counter.settle()).unwrap();
        assert_eq!((counter.stats().today, counter.metrics().excluded[&Exclusion::Editor]), (DayCount::default(), 1));
    });
}

#[test]
fn a_page_that_loads_itself_all_day_counts_thirty_times_an_hour_over_all_nodes() {
    let place = crate::visits_store::place::Place::on_postgres();
    let nodes = [place.counter(), place.counter()];
    for n in 0..120 {
        place.clock.advance(30);
        wait(nodes[n % 2].count(hit("203.0.113.7", 1))).unwrap();
        wait(nodes[n % 2].settle()).unwrap();
    }
    wait(nodes[0].settle()).unwrap();
    // From 12:00:30 to 13:00:00: thirty of the first hour, and the first of the next.
    assert_eq!(nodes[0].stats().today.page_views, 31);
    let capped: u64 = nodes.iter().filter_map(|node| node.metrics().excluded.get(&Exclusion::Capped).copied()).sum();
    assert_eq!(capped, 89);
}

#[test]
fn the_settings_may_say_that_do_not_track_is_not_heeded() {
    on_both_databases(|place| {
        let counter = place.counter_with(VisitSettings { heeds_do_not_track: false, ..VisitSettings::in_zone(zone()) });
        wait(counter.count(Hit { do_not_track: true, ..hit("203.0.113.7", 1) })).unwrap();
        wait(counter.settle()).unwrap();
        assert_eq!(counter.stats().today.visitors, 1);
    });
}

#[test]
fn online_is_the_same_on_all_nodes() {
    let place = crate::visits_store::place::Place::on_postgres();
    let nodes = [place.counter(), place.counter()];
    for (n, client) in ["203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.1"].into_iter().enumerate() {
        wait(nodes[n % 2].count(hit(client, n as u128))).unwrap();
    }
    for node in &nodes {
        wait(node.settle()).unwrap();
    }
    assert_eq!(nodes.each_ref().map(|node| node.stats().online), [3, 3]);
    place.clock.advance(300);
    assert_eq!(nodes.each_ref().map(|node| node.stats().online), [0, 0]);
}

#[test]
fn hits_of_the_past_count_on_the_day_on_which_they_were_and_each_has_an_outcome() {
    on_both_databases(|place| {
        let counter = place.counter();
        let ago = |hours: i64| place.sources.clock.now().plus_seconds(-hours * 60 * 60);
        let bot = Hit { user_agent: "Googlebot/2.1".to_owned(), ..hit("203.0.113.9", 1) };
        let hits = vec![
            (hit("203.0.113.7", 1), ago(23)),
            (hit("203.0.113.7", 1), ago(23).plus_seconds(10)),
            (named(hit("203.0.113.8", 1), 5), ago(2)),
            (bot, ago(2)),
            (named(hit("203.0.113.8", 2), 5), ago(1)),
        ];
        let first = Outcome::Counted { new_visit: true, new_visitor: true };
        let excluded = Outcome::Excluded;
        assert_eq!(
            wait(counter.count_past(hits)).unwrap(),
            [
                first,
                excluded(Exclusion::Reload),
                first,
                excluded(Exclusion::DeclaredBot),
                excluded(Exclusion::Duplicate)
            ]
        );
        wait(counter.settle()).unwrap();
        let stats = counter.stats();
        // It is noon: 23 hours ago it was yesterday.
        assert_eq!((stats.total, stats.today.page_views, stats.online), (2, 1, 0));
        assert_eq!(place.number("SELECT page_views FROM visits.days WHERE day = '2023-02-28'"), 1);
    });
}

#[test]
fn what_was_read_when_and_how_is_told_apart() {
    on_both_databases(|place| {
        let counter = place.counter();
        let section = bantin_domain::id::Id::new(uuid::Uuid::from_u128(70));
        let phone =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1";
        let from = |url: &str| ReferrerHost::of(url);
        wait(counter.count(Hit {
            category: Some(section),
            referrer: from("https://tim.example/?q=a"),
            ..hit("203.0.113.7", 1)
        }))
        .unwrap();
        place.clock.advance(60 * 60);
        wait(counter.count(Hit { user_agent: phone.to_owned(), ..hit("203.0.113.8", 1) })).unwrap();
        wait(counter.settle()).unwrap();
        let one = |condition: &str| place.number(&format!("SELECT page_views * 10 + visits FROM visits.{condition}"));
        assert_eq!(one("referrers WHERE host = 'tim.example'"), 11);
        assert_eq!(one("referrers WHERE host = ''"), 11);
        assert_eq!(one(&format!("devices WHERE device = '{}'", Device::Mobile)), 11);
        assert_eq!(one(&format!("devices WHERE device = '{}'", Device::Desktop)), 11);
        assert_eq!(place.number("SELECT count(*) FROM visits.categories"), 2);
        assert_eq!(place.number("SELECT max(hour) - min(hour) FROM visits.hours"), 1);
        assert_eq!(place.number("SELECT count(*) FROM visits.item_hours"), 2);
        assert_eq!(place.number("SELECT page_views FROM visits.item_totals"), 2);
    });
}
