//! The tables hold what one ledger, given all hits at once, would say.

use bantin_domain::{
    id::Id,
    kind::{Kind, Target},
    time::{Date, Timestamp},
    visits::{CARRY_SECONDS, Folded, Ledger, RecordedHit, Viewed, VisitorKey, VisitorKeys},
};
use bantin_persistence::{
    Store,
    visits::{BatchId, FoldProgress},
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use uuid::Uuid;

use crate::place::{Place, on_both_databases, zone};

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

fn empty(place: &Place) {
    for table in ["journal", "nodes", "visitors", "hit_ids", "presence", "days", "item_days"] {
        place.execute(&format!("DELETE FROM visits.{table}"));
    }
}

fn check(place: &Place, store: &Store, pieces: &[Vec<RecordedHit>]) -> Result<(), TestCaseError> {
    empty(place);
    for (number, piece) in pieces.iter().enumerate() {
        let node = Id::new(Uuid::from_u128(1 + number as u128 % 2));
        let id = BatchId { node, number: i64::try_from(number).unwrap() };
        store.visits(|tx| tx.append(id, piece)).unwrap();
        if number % 3 == 0 {
            store.visits(|tx| tx.fold()).unwrap();
        }
    }
    while !matches!(store.visits(|tx| tx.fold()).unwrap(), FoldProgress::Done(_)) {}

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
