//! What is acknowledged is counted, and once.

use std::{
    pin::Pin,
    task::{Context, Poll, Waker},
};

use bantin_application::visits::{CountError, VisitSettings};
use bantin_domain::{
    id::Id,
    time::Timestamp,
    visits::{Device, RecordedHit, ReferrerHost, Viewed},
};
use bantin_persistence::{
    Store, StoreError,
    connection::DatabaseUrl,
    visits::{AppendAgainError, BatchId, FoldProgress, Pending},
};
use diesel::connection::SimpleConnection;
use uuid::Uuid;

use crate::visits_store::place::{Place, hit, named, on_both_databases, wait, zone};

/// A hit as a batch holds it.
fn recorded(hit_id: u128) -> RecordedHit {
    let at = Timestamp::parse("2023-03-01T12:00:00+07:00").unwrap();
    RecordedHit {
        at,
        day: at.day_in(&zone()),
        hour: 12,
        category: None,
        device: Device::Other,
        referrer: None,
        viewed: Viewed::Path([0; 16]),
        visitor: None,
        hit_id: Some(Uuid::from_u128(hit_id)),
    }
}

/// Begins to ask, and does not wait for the answer.
fn poll_once<T>(answer: Pin<&mut impl Future<Output = T>>) -> Poll<T> {
    answer.poll(&mut Context::from_waker(Waker::noop()))
}

/// Folds a piece, as a node does that has just started.
fn fold(store: &Store) -> Result<FoldProgress, StoreError> {
    store.fold_visits(&mut Pending::default(), |_, _| false)
}

fn batch(number: i64) -> BatchId {
    BatchId { node: Id::new(Uuid::from_u128(900)), number }
}

#[test]
fn a_journal_that_a_killed_node_left_is_counted_at_the_next_start() {
    on_both_databases(|place| {
        let store = place.store();
        for number in 1..=20 {
            let hits: Vec<_> = (0..3).map(|n| recorded(u128::try_from(number * 10 + n).unwrap())).collect();
            store.hits(|tx| tx.append(batch(number), &hits)).unwrap();
        }
        assert_eq!(place.counter().stats().today.page_views, 60);
        assert_eq!(place.counter().stats().today.page_views, 60);
        assert_eq!(place.number("SELECT count(*) FROM hits.journal"), 0);
    });
}

#[test]
fn a_journal_of_any_length_is_folded_piece_by_piece() {
    on_both_databases(|place| {
        let store = place.store();
        store.visits(|tx| tx.begin_counting()).unwrap();
        let referrer = ReferrerHost::parse(&format!("{}.example", "x".repeat(63)));
        let unnamed = vec![RecordedHit { hit_id: None, referrer, ..recorded(0) }; 1_000];
        for number in 1..=40 {
            store.hits(|tx| tx.append(batch(number), &unnamed)).unwrap();
        }
        assert!(matches!(fold(&store).unwrap(), FoldProgress::Partly(tally) if tally.page_views > 1_000));
        assert!(place.number("SELECT count(*) FROM hits.journal") > 1);
        assert_eq!(place.counter().stats().today.page_views, 40_000);
        assert_eq!(place.number("SELECT count(*) FROM hits.journal"), 0);
    });
}

/// The files as a power cut right after the answer would leave them.
#[test]
fn an_answer_means_that_the_hit_is_in_the_files() {
    let place = Place::on_sqlite();
    let counter = place.counter();
    for n in 1..=5u8 {
        wait(counter.count(hit(&format!("203.0.113.{n}"), 1))).unwrap();
        let mut after = Place::on_sqlite();
        after.sources = place.sources.clone();
        // The hits first: what leaves them in between is in the visits by then.
        for file in ["bantin-hits.db", "bantin-hits.db-wal", "bantin-visits.db", "bantin-visits.db-wal"] {
            let copy = |beside: std::path::PathBuf| beside.with_file_name(file);
            std::fs::copy(copy(place.visits_file()), copy(after.visits_file())).unwrap();
        }
        assert_eq!(after.counter().stats().today.visitors, i64::from(n));
    }
}

#[test]
fn a_hit_id_counts_once_in_a_day_also_over_a_restart() {
    on_both_databases(|place| {
        let counter = place.counter();
        wait(counter.count(named(hit("203.0.113.7", 1), 42))).unwrap();
        wait(counter.count(named(hit("203.0.113.7", 1), 42))).unwrap();
        counter.shut_down();
        place.clock.advance(24 * 60 * 60 - 1);
        let counter = place.counter();
        wait(counter.count(named(hit("203.0.113.8", 2), 42))).unwrap();
        wait(counter.settle()).unwrap();
        assert_eq!(counter.stats().total, 1);
        place.clock.advance(1);
        wait(counter.count(named(hit("203.0.113.8", 2), 42))).unwrap();
        wait(counter.settle()).unwrap();
        assert_eq!(counter.stats().total, 2);
    });
}

/// Sends a batch for the second time.
fn send_again(store: &Store, number: i64, hits: &[RecordedHit]) {
    match store.hits(|tx| tx.append_again(batch(number), hits)) {
        Ok(()) | Err(AppendAgainError::Kept) => {}
        Err(AppendAgainError::Store(error)) => panic!("{error}"),
    }
}

#[test]
fn a_batch_sent_again_counts_once_before_and_after_it_is_folded() {
    on_both_databases(|place| {
        let store = place.store();
        let unnamed = [RecordedHit { hit_id: None, ..recorded(0) }];
        store.hits(|tx| tx.append(batch(1), &unnamed)).unwrap();
        send_again(&store, 1, &unnamed);
        assert_eq!(place.number("SELECT count(*) FROM hits.journal"), 1);
        assert!(matches!(fold(&store).unwrap(), FoldProgress::Done(_)));
        send_again(&store, 1, &unnamed);
        // The first attempt of this one never came.
        send_again(&store, 2, &unnamed);
        assert_eq!(place.counter().stats().today.page_views, 2);
        assert_eq!(place.number("SELECT count(*) FROM hits.journal"), 0);
    });
}

#[test]
fn a_batch_that_is_given_up_and_comes_after_later_ones_counts_no_more_and_neither_do_those_again() {
    on_both_databases(|place| {
        let store = place.store();
        for number in [5, 3] {
            store.hits(|tx| tx.append(batch(number), &[recorded(number.unsigned_abs().into())])).unwrap();
            fold(&store).unwrap();
        }
        send_again(&store, 5, &[recorded(6)]);
        assert_eq!(place.counter().stats().today.page_views, 1);
    });
}

#[test]
fn a_node_that_dies_between_tables_and_journal_counts_nothing_twice_however_long_it_is_away() {
    on_both_databases(|place| {
        let store = place.store();
        let unnamed = [RecordedHit { hit_id: None, ..recorded(0) }];
        store.hits(|tx| tx.append(batch(1), &unnamed)).unwrap();
        place.keep_journal(true);
        assert!(matches!(fold(&store).unwrap(), FoldProgress::Done(tally) if tally.page_views == 1));
        place.keep_journal(false);
        place.clock.advance(3 * 24 * 60 * 60);
        let counter = place.counter();
        assert_eq!((counter.stats().total, counter.metrics().page_views), (0, 0));
        assert_eq!(place.number("SELECT page_views FROM visits.days"), 1);
        assert_eq!(place.number("SELECT count(*) FROM hits.journal"), 0);
        wait(counter.settle()).unwrap();
        assert_eq!(place.number("SELECT count(*) FROM visits.nodes"), 0, "who is long gone is forgotten");
    });
}

#[test]
fn what_waits_in_memory_shows_in_the_numbers_and_is_not_lost_with_it() {
    on_both_databases(|place| {
        let store = place.store();
        store.visits(|tx| tx.begin_counting()).unwrap();
        let mut pending = Pending::default();
        let is_kept = matches!(place.url, DatabaseUrl::Sqlite(_));
        for number in 1..=3 {
            let hits: Vec<_> = (0..10).map(|n| recorded(u128::try_from(number * 10 + n).unwrap())).collect();
            store.hits(|tx| tx.append(batch(number), &hits)).unwrap();
            store.fold_visits(&mut pending, |_, hits| hits == 10).unwrap();
            let now = recorded(0).at;
            let mut figures = store.visits(|tx| tx.figures(recorded(0).day, now)).unwrap();
            assert_eq!(figures.of_day.page_views, if is_kept { 0 } else { 10 * number });
            pending.add_to(&mut figures);
            assert_eq!(figures.of_day.page_views, 10 * number);
        }
        assert_eq!(place.number("SELECT count(*) FROM hits.journal"), if is_kept { 3 } else { 0 });
        drop(pending);
        assert_eq!(place.counter().stats().today.page_views, 30);
        assert_eq!(place.number("SELECT count(*) FROM hits.journal"), 0);
    });
}

#[test]
fn a_failing_fold_loses_nothing_and_says_which_batch_it_is() {
    on_both_databases(|place| {
        let store = place.store();
        store.hits(|tx| tx.append(batch(1), &[recorded(1)])).unwrap();
        store.hits(|tx| tx.append(batch(2), &[recorded(2)])).unwrap();
        place.execute(match place.url {
            DatabaseUrl::Postgres(_) => r"UPDATE hits.journal SET hits = '\x09' WHERE batch = 1",
            DatabaseUrl::Sqlite(_) => "UPDATE hits.journal SET hits = x'09' WHERE batch = 1",
        });
        let failed = fold(&store).unwrap_err();
        assert!(matches!(failed, StoreError::Corrupt { table: "hits.journal", column: "hits", .. }), "{failed}");
        assert_eq!(place.number("SELECT count(*) FROM hits.journal"), 2);
    });
}

#[test]
fn shutting_down_finishes_what_waits() {
    on_both_databases(|place| {
        let counter = place.counter();
        let mut asked: Vec<_> =
            (1..=100u8).map(|n| Box::pin(counter.count(hit(&format!("203.0.113.{n}"), 1)))).collect();
        assert!(asked.iter_mut().all(|answer| poll_once(answer.as_mut()).is_pending()));
        counter.shut_down();
        assert!(asked.into_iter().all(|answer| wait(answer).is_ok()));
        assert_eq!(wait(counter.count(hit("203.0.113.200", 1))), Err(CountError::Unavailable));
        assert_eq!(place.counter().stats().today.visitors, 100);
    });
}

#[test]
fn what_a_failing_database_refuses_is_not_acknowledged_and_counting_goes_on_afterwards() {
    on_both_databases(|place| {
        let counter = place.counter();
        wait(counter.count(hit("203.0.113.1", 1))).unwrap();
        place.execute("ALTER TABLE hits.journal RENAME TO journal_away");
        assert_eq!(wait(counter.count(hit("203.0.113.2", 1))), Err(CountError::Unavailable));
        assert_eq!(counter.metrics().refused, 1);
        place.execute("ALTER TABLE hits.journal_away RENAME TO journal");
        wait(counter.settle()).unwrap();
        assert!(counter.is_healthy());
        wait(counter.count(hit("203.0.113.3", 1))).unwrap();
        wait(counter.settle()).unwrap();
        assert_eq!(counter.stats().total, 2);
    });
}

#[test]
fn who_cannot_write_is_not_well_because_the_numbers_can_be_read() {
    on_both_databases(|place| {
        let counter = place.counter();
        place.execute("ALTER TABLE hits.journal RENAME TO journal_away");
        assert_eq!(wait(counter.count(hit("203.0.113.1", 1))), Err(CountError::Unavailable));
        for _ in 0..2 {
            let read = counter.edition();
            while counter.edition() == read {
                std::thread::yield_now();
            }
            assert!(!counter.is_healthy());
        }
        place.execute("ALTER TABLE hits.journal_away RENAME TO journal");
        while !counter.is_healthy() {
            std::thread::yield_now();
        }
        wait(counter.count(hit("203.0.113.1", 1))).unwrap();
        wait(counter.settle()).unwrap();
        assert_eq!(counter.stats().total, 1, "what it tried with is no hit");
    });
}

#[test]
fn more_hits_than_may_wait_are_refused_and_the_others_are_all_counted() {
    on_both_databases(|place| {
        let counter = place.counter_with(VisitSettings { queue: 4, ..VisitSettings::in_zone(zone()) });
        // Nobody can write the journal meanwhile, so the queue fills.
        let mut lock = place.connect();
        lock.batch_execute(match place.url {
            DatabaseUrl::Postgres(_) => "BEGIN; LOCK TABLE hits.journal IN ACCESS EXCLUSIVE MODE",
            DatabaseUrl::Sqlite(_) => "BEGIN IMMEDIATE; UPDATE visits.origin SET baseline = baseline",
        })
        .unwrap();
        let mut asked = Vec::new();
        let refused = loop {
            let mut answer = Box::pin(counter.count(hit(&format!("2001:db8:0:{:x}::1", asked.len()), 1)));
            match poll_once(answer.as_mut()) {
                Poll::Pending => asked.push(answer),
                Poll::Ready(refused) => break refused,
            }
        };
        assert_eq!(refused, Err(CountError::Overloaded));
        lock.batch_execute("ROLLBACK").unwrap();
        let expected = i64::try_from(asked.len()).unwrap();
        assert!(asked.into_iter().all(|answer| wait(answer).is_ok()));
        wait(counter.settle()).unwrap();
        assert_eq!(counter.stats().today.visitors, expected);
        assert_eq!(counter.metrics().refused, 1);
    });
}

#[test]
fn two_nodes_on_one_postgres_count_exactly_what_they_acknowledge() {
    let place = Place::on_postgres();
    let nodes = [place.counter(), place.counter()];
    let acknowledged: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = nodes
            .iter()
            .flat_map(|node| (0..4).map(move |worker| (node, worker)))
            .map(|(node, worker)| {
                // Every visitor comes to both nodes, and every hit id too.
                scope.spawn(move || {
                    (0..50u128)
                        .filter(|n| {
                            let client = format!("203.0.113.{n}");
                            wait(node.count(named(hit(&client, worker), worker * 1_000 + n))).is_ok()
                        })
                        .count()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    for node in &nodes {
        wait(node.settle()).unwrap();
    }
    assert_eq!(acknowledged, 400);
    for node in nodes {
        let today = node.stats().today;
        assert_eq!((today.page_views, today.visits, today.visitors), (200, 50, 50));
    }
}
