//! The tables hold what one ledger, given all hits at once, would say.

use bantin_domain::{
    id::Id,
    kind::{Kind, Target},
    time::{Date, Timestamp},
    visits::{
        CARRY_SECONDS, Device, Folded, Ledger, LocalHour, Outcome, RecordedHit, ReferrerHost, ViewCount, Viewed,
        VisitorKey, VisitorKeys,
    },
};
use bantin_persistence::{
    Store,
    visits::{BatchId, FoldProgress, Pending},
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use uuid::Uuid;

use crate::visits_store::place::{Place, on_both_databases, zone};

fn key_of(person: u8, day: Date) -> VisitorKey {
    let mut key = [person; 16];
    key[0] = day.day().unsigned_abs();
    VisitorKey(key)
}

/// Pieces of hits around midnight, as two nodes would journal them.
fn pieces() -> impl Strategy<Value = Vec<Vec<RecordedHit>>> {
    let gap = prop_oneof![0..5i64, 0..60i64, 0..900i64, 0..7_200i64];
    let step = (0..5u8, 0..4u8, proptest::option::weighted(0.3, 0..9u128), gap);
    proptest::collection::vec(proptest::collection::vec(step, 0..6), 1..12).prop_map(|pieces| {
        let mut at = Timestamp::parse("2023-03-01T15:30:00Z").unwrap();
        let mut hit = |(person, item, hit_id, gap): (u8, u8, Option<u128>, i64)| {
            at = at.plus_seconds(gap);
            let day = at.day_in(&zone());
            let is_early = at < zone().start_of(day).plus_seconds(CARRY_SECONDS);
            RecordedHit {
                at,
                day,
                hour: LocalHour::at(at, &zone()).hour(),
                category: (item == 1).then(|| Id::new(Uuid::from_u128(77))),
                device: if person.is_multiple_of(2) { Device::Desktop } else { Device::Mobile },
                referrer: (person == 3).then(|| ReferrerHost::parse("tim.example").unwrap()),
                viewed: match item {
                    0 => Viewed::Path([0; 16]),
                    item => Viewed::Item(Target { kind: Kind::Event, id: Uuid::from_bytes([item; 16]) }),
                },
                visitor: (person > 0).then(|| VisitorKeys {
                    today: key_of(person, day),
                    yesterday: is_early.then(|| key_of(person, day.yesterday().unwrap())),
                }),
                hit_id: hit_id.map(Uuid::from_u128),
            }
        };
        pieces.into_iter().map(|piece| piece.into_iter().map(&mut hit).collect()).collect()
    })
}

fn say_at_once(hits: &[RecordedHit]) -> Folded {
    let mut ledger = Ledger::default();
    for hit in hits {
        ledger.take(hit);
    }
    ledger.close()
}

/// Empties the tables, but for the salts and the origin.
pub fn empty(place: &Place) {
    place.execute("DELETE FROM hits.journal");
    for table in [
        "nodes",
        "visitors",
        "hit_ids",
        "presence",
        "days",
        "item_days",
        "hours",
        "item_hours",
        "item_totals",
        "referrers",
        "devices",
        "categories",
    ] {
        place.execute(&format!("DELETE FROM visits.{table}"));
    }
}

/// Every way of telling views apart adds up to the same, and each row is what the ledger says.
fn check_sums(place: &Place, expected: &Folded) -> Result<(), TestCaseError> {
    let sum =
        |column: &str, table: &str| place.number(&format!("SELECT coalesce(sum({column}), 0) FROM visits.{table}"));
    for column in ["page_views", "visits"] {
        let of_days = sum(column, "days");
        for table in ["hours", "referrers", "devices", "categories"] {
            prop_assert_eq!(sum(column, table), of_days, "{} of {}", column, table);
        }
    }
    for table in ["item_days", "item_hours", "item_totals"] {
        prop_assert_eq!(sum("page_views", table) + sum("other_views", "days"), sum("page_views", "days"));
    }
    let rows = |table: &str| place.number(&format!("SELECT count(*) FROM visits.{table}"));
    prop_assert_eq!(rows("hours"), expected.hours.len() as i64);
    prop_assert_eq!(rows("item_hours"), expected.item_hours.len() as i64);
    prop_assert_eq!(rows("referrers"), expected.referrers.len() as i64);
    prop_assert_eq!(rows("devices"), expected.devices.len() as i64);
    prop_assert_eq!(rows("categories"), expected.categories.len() as i64);
    for (hour, ViewCount { page_views, visits }) in &expected.hours {
        let of_hour =
            place.number(&format!("SELECT page_views * 1000 + visits FROM visits.hours WHERE hour = {}", hour.0));
        prop_assert_eq!(of_hour, page_views * 1000 + visits);
    }
    Ok(())
}

fn check(place: &Place, store: &Store, pieces: &[Vec<RecordedHit>]) -> Result<(), TestCaseError> {
    empty(place);
    let mut pending = Pending::default();
    for (number, piece) in pieces.iter().enumerate() {
        let node = Id::new(Uuid::from_u128(1 + number as u128 % 2));
        let id = BatchId { node, number: i64::try_from(number).unwrap() };
        store.hits(|tx| tx.append(id, piece)).unwrap();
        match number % 6 {
            0 => drop(store.fold_visits(&mut pending, |_, _| false).unwrap()),
            1 | 2 => drop(store.fold_visits(&mut pending, |_, _| true).unwrap()),
            // The node dies, and with it what it has decided and not written.
            3 => pending = Pending::default(),
            // The node dies when the tables hold the piece and before it has left the journal.
            4 => {
                place.keep_journal(true);
                store.fold_visits(&mut pending, |_, _| false).unwrap();
                place.keep_journal(false);
                pending = Pending::default();
            }
            _ => {}
        }
    }
    while !matches!(store.fold_visits(&mut pending, |_, _| false).unwrap(), FoldProgress::Done(_)) {}

    let hits = pieces.concat();
    let expected = say_at_once(&hits);
    let Some(last) = hits.last() else { return Ok(()) };
    for (day, count) in &expected.days {
        let figures = store.visits(|tx| tx.figures(*day, last.at)).unwrap();
        prop_assert_eq!(&figures.of_day, count);
        prop_assert_eq!(figures.visits, expected.days.values().map(|day| day.visits).sum::<i64>());
    }
    let online: i64 = store.visits(|tx| tx.figures(last.day, last.at)).unwrap().presence.iter().map(|(_, n)| n).sum();
    let recent = bantin_domain::visits::second_of(last.at) - 300;
    prop_assert_eq!(online, expected.presence.range(recent + 1..).map(|(_, n)| n).sum::<i64>());
    prop_assert_eq!(place.number("SELECT count(*) FROM visits.visitors"), expected.visitors.len() as i64);
    prop_assert_eq!(place.number("SELECT count(*) FROM visits.hit_ids"), expected.hit_ids.len() as i64);
    prop_assert_eq!(place.number("SELECT count(*) FROM visits.item_days"), expected.items.len() as i64);
    let of_items = place.number("SELECT coalesce(sum(page_views), 0) FROM visits.item_days");
    prop_assert_eq!(of_items, expected.items.values().sum::<i64>());
    check_sums(place, &expected)?;
    Ok(())
}

#[test]
fn folding_in_the_database_piece_by_piece_gives_what_one_ledger_says() {
    on_both_databases(|place| {
        let store = place.store();
        store.visits(|tx| tx.begin_counting()).unwrap();
        let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
        runner.run(&pieces(), |pieces| check(place, &store, &pieces)).unwrap();
    });
}

#[test]
fn counting_past_the_journal_gives_what_one_ledger_says_and_tells_it() {
    on_both_databases(|place| {
        let store = place.store();
        store.visits(|tx| tx.begin_counting()).unwrap();
        let mut runner = TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
        let check = |pieces: Vec<Vec<RecordedHit>>| {
            empty(place);
            let told: Vec<Outcome> =
                pieces.iter().flat_map(|piece| store.visits(|tx| tx.count_now(piece)).unwrap().unwrap().0).collect();
            let hits = pieces.concat();
            let mut ledger = Ledger::default();
            let expected: Vec<Outcome> = hits.iter().map(|hit| ledger.take(hit)).collect();
            prop_assert_eq!(told, expected);
            check_sums(place, &ledger.close())
        };
        runner.run(&pieces(), check).unwrap();
    });
}

#[test]
fn names_of_sites_that_somebody_makes_up_are_a_thousand_rows_a_day_and_not_a_million() {
    on_both_databases(|place| {
        let store = place.store();
        store.visits(|tx| tx.begin_counting()).unwrap();
        let at = Timestamp::parse("2023-03-01T12:00:00+07:00").unwrap();
        let made_up = |n: usize| RecordedHit {
            at,
            day: at.day_in(&zone()),
            hour: 12,
            category: None,
            device: Device::Other,
            referrer: ReferrerHost::parse(&format!("s{n}.example")),
            viewed: Viewed::Path([0; 16]),
            visitor: None,
            hit_id: None,
        };
        for piece in (0..1_500).collect::<Vec<_>>().chunks(400) {
            let hits: Vec<_> = piece.iter().map(|n| made_up(*n)).collect();
            store.visits(|tx| tx.count_now(&hits)).unwrap().unwrap();
        }
        store.visits(|tx| tx.count_now(&[made_up(0), made_up(1_499)])).unwrap().unwrap();
        assert_eq!(place.number("SELECT count(*) FROM visits.referrers"), 1_001);
        assert_eq!(place.number("SELECT page_views FROM visits.referrers WHERE host = '*'"), 501);
        assert_eq!(place.number("SELECT page_views FROM visits.referrers WHERE host = 's0.example'"), 2);
        assert_eq!(place.number("SELECT sum(page_views) FROM visits.referrers"), 1_502);
    });
}

/// On PostgreSQL the same is said of a table without rows only after it has some, so it is asked of SQLite.
#[test]
fn a_year_of_one_article_among_many_is_one_range_of_a_key_and_a_window_one_of_an_index() {
    #[derive(diesel::QueryableByName)]
    struct Step {
        #[diesel(sql_type = diesel::sql_types::Text)]
        detail: String,
    }
    let place = Place::on_sqlite();
    let plan = |query: &str| -> Vec<String> {
        let steps = diesel::sql_query(format!("EXPLAIN QUERY PLAN {query}"));
        diesel::RunQueryDsl::load::<Step>(steps, &mut place.connect())
            .unwrap()
            .into_iter()
            .map(|step| step.detail)
            .collect()
    };
    let year = plan(
        "SELECT day, page_views FROM visits.item_days WHERE item = x'00' AND day BETWEEN '2022' AND '2023' ORDER BY day",
    );
    assert_eq!(year, ["SEARCH visits.item_days USING PRIMARY KEY (item=? AND day>? AND day<?)"]);
    let window = plan(
        "SELECT coalesce(item, item), sum(page_views) FROM visits.item_days WHERE day >= '2023' AND kind = 'article' GROUP BY coalesce(item, item)",
    );
    assert_eq!(window[0], "SEARCH visits.item_days USING COVERING INDEX item_days_by_day (day>?)");
}
