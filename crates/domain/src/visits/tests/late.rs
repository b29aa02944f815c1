//! Hits that come late: never twice, whatever came before them.

use super::*;

const LATE: Outcome = Outcome::Excluded(Exclusion::Late);

fn before_noon(item: u8, seconds: i64) -> RecordedHit {
    hit(1, item, noon().plus_seconds(-seconds))
}

/// Page views and visits of all days.
fn counts(tables: &Tables) -> (i64, i64) {
    tables.days.values().fold((0, 0), |(views, visits), day| (views + day.page_views, visits + day.visits))
}

fn in_pieces<'h>(pieces: impl IntoIterator<Item = &'h [RecordedHit]>) -> Tables {
    let mut tables = Tables::default();
    for piece in pieces {
        tables.fold(piece);
    }
    tables
}

#[test]
fn reloads_of_a_page_that_are_reported_hours_later_count_once() {
    let late = (0..10).map(|n| before_noon(1, 9_000 - n));
    let all = outcomes(std::iter::once(before_noon(1, 0)).chain(late));
    assert_eq!(all[..2], [NEW_VISITOR, NEW_VISIT]);
    assert!(all[2..].iter().all(|outcome| *outcome == RELOAD), "{all:?}");
}

#[test]
fn a_run_of_views_that_is_reported_after_a_newer_one_is_one_visit() {
    let newer = [before_noon(1, 60), before_noon(2, 0)];
    let all = outcomes(newer.into_iter().chain((0..6).map(|n| before_noon(1, 3 * HOUR - n * 5 * MINUTE))));
    assert_eq!(all, [NEW_VISITOR, PAGE_VIEW, NEW_VISIT, PAGE_VIEW, PAGE_VIEW, PAGE_VIEW, PAGE_VIEW, PAGE_VIEW]);
}

#[test]
fn what_two_servers_saw_within_a_minute_is_told_apart_from_reloads() {
    let all = outcomes(
        [(1, 300), (2, 200), (1, 295), (1, 294), (3, 298), (2, 229)].map(|(item, ago)| before_noon(item, ago)),
    );
    assert_eq!(all, [NEW_VISITOR, PAGE_VIEW, RELOAD, RELOAD, PAGE_VIEW, RELOAD]);
}

#[test]
fn what_is_a_minute_late_loses_nothing_at_the_turn_of_an_hour() {
    let all = outcomes([(1, 300), (2, -61), (3, 1), (1, 301), (1, 50)].map(|(item, ago)| before_noon(item, ago)));
    assert_eq!(all, [NEW_VISITOR, PAGE_VIEW, PAGE_VIEW, RELOAD, PAGE_VIEW]);
}

#[test]
fn what_may_have_been_counted_in_an_hour_that_is_forgotten_is_not_counted_again() {
    let morning = [before_noon(1, 3 * HOUR), before_noon(2, 3 * HOUR - 10)];
    let all = outcomes(morning.iter().cloned().chain([before_noon(1, 0)]).chain(morning.clone()));
    assert_eq!(all[2..], [NEW_VISIT, LATE, LATE]);
    let near =
        [before_noon(1, 3 * HOUR + 20), before_noon(1, 3 * HOUR + 10 * MINUTE), before_noon(1, 4 * HOUR + 40 * MINUTE)];
    let all = outcomes(morning.into_iter().chain([before_noon(1, 0)]).chain(near));
    assert_eq!(all[3..], [LATE, PAGE_VIEW, NEW_VISIT], "beside such an hour only what cannot have been");
}

#[test]
fn a_late_hit_between_two_views_of_its_page_may_be_a_reload_of_one_before_them() {
    let all = outcomes([600, 300, 590, 400, 200].map(|ago| before_noon(1, ago)));
    assert_eq!(all, [NEW_VISITOR, PAGE_VIEW, LATE, LATE, PAGE_VIEW]);
}

#[test]
fn who_is_late_is_capped_like_everybody() {
    let views = |_| (0..80).map(|n| before_noon(1, 2 * HOUR - n * 40)).collect::<Vec<_>>();
    let all = outcomes(std::iter::once(before_noon(2, 0)).chain([0, 1].into_iter().flat_map(views)));
    let counted = |all: &[Outcome]| all.iter().filter(|outcome| matches!(outcome, Outcome::Counted { .. })).count();
    assert_eq!((counted(&all[1..81]), counted(&all[81..])), (30, 0), "eighty views of an hour, and the same again");
}

#[test]
fn a_late_hit_of_shortly_after_midnight_goes_on_with_the_visit_of_the_day_before() {
    let midnight = Timestamp::parse("2023-03-01T17:00:00Z").unwrap();
    let all = outcomes(
        [(1, -60), (2, -5)].into_iter().map(|(item, seconds)| hit(1, item, midnight.plus_seconds(seconds))).chain([
            hit(1, 1, midnight.plus_seconds(40)),
            hit(1, 1, midnight.plus_seconds(9 * HOUR)),
            hit(1, 3, midnight.plus_seconds(50)),
        ]),
    );
    assert_eq!(all[2..4], [CARRIED, NEW_VISIT]);
    assert!(matches!(all[4], Outcome::Counted { new_visit: false, .. } | LATE), "{all:?}");
}

/// Hits of one person on one day, in the order of time.
fn day_of_one() -> impl Strategy<Value = Vec<RecordedHit>> {
    let gap = prop_oneof![0..5i64, 0..40i64, 30..60i64, 0..400i64, 1_700..1_900i64, 0..2 * HOUR];
    let begin = prop_oneof![Just(0), 0..12 * HOUR];
    (begin, proptest::collection::vec((0..4u8, gap), 1..50)).prop_map(|(begin, steps)| {
        let day = noon().day_in(&zone());
        let mut at = zone().start_of(day).plus_seconds(begin);
        let hits = steps.into_iter().map(|(item, gap)| {
            at = at.plus_seconds(gap);
            hit(1, item, at)
        });
        hits.take_while(|hit| hit.day == day).collect()
    })
}

/// Pieces of hits in any order, each in the order of time or not.
fn shuffled() -> impl Strategy<Value = (Vec<RecordedHit>, Vec<Vec<RecordedHit>>)> {
    let cuts = proptest::collection::vec((1..20usize, any::<bool>()), 50);
    day_of_one().prop_flat_map(move |hits| (Just(hits.clone()), Just(hits).prop_shuffle(), cuts.clone())).prop_map(
        |(hits, mut rest, cuts)| {
            let mut pieces = Vec::new();
            for (cut, is_in_order) in cuts {
                let mut piece: Vec<_> = rest.drain(..cut.min(rest.len())).collect();
                if is_in_order {
                    piece.sort_by_key(|hit| hit.at);
                }
                pieces.push(piece);
            }
            (hits, pieces)
        },
    )
}

/// Runs of hits without a gap that would end a visit, in any order.
fn shuffled_runs() -> impl Strategy<Value = (Vec<RecordedHit>, Vec<Vec<RecordedHit>>)> {
    day_of_one().prop_flat_map(|hits| {
        let is_near = |one: &RecordedHit, next: &RecordedHit| next.at < one.at.plus_seconds(CARRY_SECONDS);
        let runs: Vec<_> = hits.chunk_by(is_near).map(<[RecordedHit]>::to_vec).collect();
        (Just(hits), Just(runs).prop_shuffle())
    })
}

proptest! {
    #[test]
    fn hits_in_any_order_and_pieces_count_no_more_than_in_the_order_of_time((hits, pieces) in shuffled()) {
        let (views, visits) = counts(&in_pieces([hits.as_slice()]));
        let (shuffled_views, shuffled_visits) = counts(&in_pieces(pieces.iter().map(Vec::as_slice)));
        prop_assert!(shuffled_views <= views, "{} and not {} page views", shuffled_views, views);
        let mut last = Timestamp::EPOCH;
        let is_late = |hit: &&RecordedHit| {
            last = last.max(hit.at);
            hit.at < last
        };
        let late = pieces.iter().flatten().filter(is_late).count() as i64;
        prop_assert!(shuffled_visits <= visits + late, "{} and not {} visits, {} late", shuffled_visits, visits, late);
    }

    #[test]
    fn visits_that_come_whole_count_no_more_in_any_order((hits, runs) in shuffled_runs()) {
        let (views, visits) = counts(&in_pieces([hits.as_slice()]));
        let (shuffled_views, shuffled_visits) = counts(&in_pieces(runs.iter().map(Vec::as_slice)));
        prop_assert!(shuffled_views <= views && shuffled_visits <= visits,
            "{} of {} page views, {} of {} visits", shuffled_views, views, shuffled_visits, visits);
        prop_assert!(shuffled_visits > 0);
    }

    #[test]
    fn a_day_that_is_reported_again_counts_nothing_again(hits in day_of_one(), cut in 1..20usize) {
        let once = in_pieces([hits.as_slice()]);
        let twice = in_pieces(hits.chunks(cut).chain(hits.chunks(cut)));
        prop_assert_eq!(counts(&once), counts(&twice));
    }

    #[test]
    fn what_is_decided_of_late_hits_does_not_depend_on_where_pieces_end((_, pieces) in shuffled()) {
        let all: Vec<_> = pieces.iter().flatten().cloned().collect();
        prop_assert_eq!(in_pieces([all.as_slice()]), in_pieces(pieces.iter().map(Vec::as_slice)));
    }
}
