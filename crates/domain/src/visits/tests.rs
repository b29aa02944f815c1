//! The rules one by one, then the invariants over random runs.

mod late;

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{kind::Kind, time::SiteZone};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

fn zone() -> SiteZone {
    SiteZone::parse("Asia/Ho_Chi_Minh").unwrap()
}

/// Noon of 1 March 2023 in the site's zone.
fn noon() -> Timestamp {
    Timestamp::parse("2023-03-01T12:00:00+07:00").unwrap()
}

/// The key a person has on a day: what the keyed hash does, without the hash.
fn key_of(person: u8, day: Date) -> VisitorKey {
    let mut key = [person; 16];
    key[0] = u8::try_from(day.day()).unwrap();
    key[1] = u8::try_from(day.month()).unwrap();
    VisitorKey(key)
}

/// A hit of a person (0 is nobody) on an item (0 is a path) at an instant.
fn hit(person: u8, item: u8, at: Timestamp) -> RecordedHit {
    let day = at.day_in(&zone());
    let is_early = at < zone().start_of(day).plus_seconds(CARRY_SECONDS);
    RecordedHit {
        at,
        day,
        hour: i8::try_from((at.as_micros() - zone().start_of(day).as_micros()) / (HOUR * MICROS)).unwrap(),
        category: (item % 2 == 1).then(|| CategoryId::new(Uuid::from_bytes([item; 16]))),
        device: if person.is_multiple_of(2) { Device::Desktop } else { Device::Mobile },
        referrer: (person == 3).then(|| ReferrerHost::parse("tim.example").unwrap()),
        viewed: match item {
            0 => Viewed::Path([0; 16]),
            item => Viewed::Item(Target { kind: Kind::Article, id: Uuid::from_bytes([item; 16]) }),
        },
        visitor: (person > 0).then(|| VisitorKeys {
            today: key_of(person, day),
            yesterday: is_early.then(|| key_of(person, day.yesterday().unwrap())),
        }),
        hit_id: None,
    }
}

const NEW_VISITOR: Outcome = Outcome::Counted { new_visit: true, new_visitor: true };
const PAGE_VIEW: Outcome = Outcome::Counted { new_visit: false, new_visitor: false };
const CARRIED: Outcome = Outcome::Counted { new_visit: false, new_visitor: true };
const NEW_VISIT: Outcome = Outcome::Counted { new_visit: true, new_visitor: false };
const RELOAD: Outcome = Outcome::Excluded(Exclusion::Reload);
const CAPPED: Outcome = Outcome::Excluded(Exclusion::Capped);
const DUPLICATE: Outcome = Outcome::Excluded(Exclusion::Duplicate);

fn outcomes(hits: impl IntoIterator<Item = RecordedHit>) -> Vec<Outcome> {
    let mut ledger = Ledger::default();
    hits.into_iter().map(|hit| ledger.take(&hit)).collect()
}

#[test]
fn fifty_reloads_within_thirty_seconds_count_once_and_the_next_counts_again() {
    let all = outcomes((0..=50).map(|n| hit(1, 1, Timestamp::from_micros(noon().as_micros() + n * 600_000).unwrap())));
    assert_eq!(all[0], NEW_VISITOR);
    assert!(all[1..50].iter().all(|outcome| *outcome == RELOAD), "{all:?}");
    assert_eq!(all[50], PAGE_VIEW);
}

#[test]
fn a_reload_is_told_by_visitor_and_item_together() {
    let later = noon().plus_seconds(5);
    assert_eq!(
        outcomes([hit(1, 1, noon()), hit(1, 2, later), hit(2, 1, later), hit(1, 0, later)]),
        [NEW_VISITOR, PAGE_VIEW, NEW_VISITOR, PAGE_VIEW]
    );
}

#[test]
fn a_gap_of_thirty_minutes_begins_a_visit_and_a_shorter_one_does_not() {
    let second = noon().plus_seconds(30 * MINUTE - 1);
    let third = second.plus_seconds(30 * MINUTE);
    assert_eq!(outcomes([hit(1, 1, noon()), hit(1, 1, second), hit(1, 1, third)]), [NEW_VISITOR, PAGE_VIEW, NEW_VISIT]);
}

#[test]
fn a_hit_id_counts_once_in_24_hours_whoever_sends_it() {
    let hit_id = Some(Uuid::from_u128(7));
    let again = |person, item, seconds| RecordedHit { hit_id, ..hit(person, item, noon().plus_seconds(seconds)) };
    assert_eq!(
        outcomes([again(1, 1, 0), again(1, 1, HOUR), again(2, 2, 24 * HOUR - 1), again(0, 1, 24 * HOUR)]),
        [NEW_VISITOR, DUPLICATE, DUPLICATE, PAGE_VIEW]
    );
}

#[test]
fn a_hit_that_is_reported_late_counts_once_however_often_its_id_was_used_before() {
    let hit_id = Some(Uuid::from_u128(7));
    let at = |seconds| RecordedHit { hit_id, ..hit(0, 1, noon().plus_seconds(seconds)) };
    assert_eq!(
        outcomes([at(0), at(24 * HOUR), at(0), at(1), at(48 * HOUR)]),
        [PAGE_VIEW, PAGE_VIEW, DUPLICATE, DUPLICATE, PAGE_VIEW]
    );
}

#[test]
fn a_hit_without_a_visitor_is_a_page_view_only_and_known_by_its_hit_id_alone() {
    assert_eq!(outcomes([hit(0, 1, noon()), hit(0, 1, noon())]), [PAGE_VIEW, PAGE_VIEW]);
    let mut ledger = Ledger::default();
    ledger.take(&hit(0, 1, noon()));
    let folded = ledger.close();
    assert_eq!(folded.days[&noon().day_in(&zone())], DayCount { page_views: 1, ..DayCount::default() });
    assert!(folded.visitors.is_empty() && folded.presence.is_empty());
}

#[test]
fn a_visit_over_midnight_is_one_visit_of_a_visitor_on_each_day_who_is_online_once() {
    let midnight = Timestamp::parse("2023-03-01T17:00:00Z").unwrap();
    let mut ledger = Ledger::default();
    let all: Vec<_> = [(1, -10), (1, 10), (2, 20), (1, 25 * MINUTE)]
        .map(|(item, seconds)| ledger.take(&hit(1, item, midnight.plus_seconds(seconds))))
        .into();
    assert_eq!(all, [NEW_VISITOR, RELOAD, CARRIED, PAGE_VIEW]);
    let folded = ledger.close();
    let days: Vec<_> = folded.days.values().copied().collect();
    assert_eq!(days[0], DayCount { page_views: 1, visits: 1, visitors: 1, ..DayCount::default() });
    assert_eq!(days[1], DayCount { page_views: 2, visitors: 1, carried: 1, ..DayCount::default() });
    assert_eq!(folded.presence.into_iter().collect::<Vec<_>>(), [(second_of(midnight.plus_seconds(25 * MINUTE)), 1)]);
}

#[test]
fn who_comes_back_after_midnight_from_an_ended_visit_begins_a_new_one() {
    let midnight = Timestamp::parse("2023-03-01T17:00:00Z").unwrap();
    let (before, after) = (midnight.plus_seconds(-20 * MINUTE), midnight.plus_seconds(10 * MINUTE));
    assert_eq!(outcomes([hit(1, 1, before), hit(1, 1, after)]), [NEW_VISITOR, NEW_VISITOR]);
}

#[test]
fn a_hit_that_a_slower_clock_stamped_earlier_is_still_a_reload() {
    assert_eq!(outcomes([hit(1, 1, noon()), hit(1, 1, noon().plus_seconds(-2))]), [NEW_VISITOR, RELOAD]);
}

#[test]
fn a_page_that_loads_itself_again_counts_thirty_times_an_hour_and_again_in_the_next() {
    let one_o_clock = Timestamp::parse("2023-03-01T13:00:00+07:00").unwrap();
    let all = outcomes((0..90).map(|n| hit(1, 1, one_o_clock.plus_seconds(n * 60))));
    let counted = all.iter().filter(|outcome| matches!(outcome, Outcome::Counted { .. })).count();
    assert!(all[..30].iter().all(|outcome| *outcome != CAPPED) && all[30..60].iter().all(|outcome| *outcome == CAPPED));
    assert_eq!((counted, all[60]), (60, NEW_VISIT), "the visit ended when nothing counted for half an hour");
}

#[test]
fn nobody_reads_more_than_six_hundred_pages_an_hour() {
    let page = |n: i64| {
        let id = Uuid::from_u128(u128::try_from(n).unwrap());
        RecordedHit { viewed: Viewed::Item(Target { kind: Kind::Article, id }), ..hit(1, 1, noon().plus_seconds(n)) }
    };
    let all = outcomes((0..700).map(page));
    assert_eq!(all.iter().position(|outcome| *outcome == CAPPED), Some(600));
    assert!(all[600..].iter().all(|outcome| *outcome == CAPPED));
}

#[test]
fn a_key_is_not_printed() {
    assert_eq!(format!("{:?}", VisitorKey([7; 16])), "VisitorKey");
}

/// Tables, as the ledger sees them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tables {
    days: BTreeMap<Date, DayCount>,
    items: BTreeMap<(Target, Date), i64>,
    hours: BTreeMap<LocalHour, ViewCount>,
    referrers: BTreeMap<(Date, Option<ReferrerHost>), ViewCount>,
    devices: BTreeMap<(Date, Device), ViewCount>,
    categories: BTreeMap<(Date, Option<CategoryId>), ViewCount>,
    item_hours: BTreeMap<(LocalHour, Target), i64>,
    visitors: BTreeMap<VisitorKey, Visitor>,
    hit_ids: BTreeMap<Uuid, Timestamp>,
    presence: BTreeMap<i64, i64>,
}

impl Tables {
    fn fold(&mut self, hits: &[RecordedHit]) {
        let mut ledger = Ledger::default();
        for keys in hits.iter().filter_map(|hit| hit.visitor) {
            for key in [Some(keys.today), keys.yesterday].into_iter().flatten() {
                if let Some(visitor) = self.visitors.get(&key) {
                    ledger.recall_visitor(key, visitor.clone());
                }
            }
        }
        for hit_id in hits.iter().filter_map(|hit| hit.hit_id) {
            if let Some(at) = self.hit_ids.get(&hit_id) {
                ledger.recall_hit_id(hit_id, *at);
            }
        }
        for hit in hits {
            ledger.take(hit);
        }
        let folded = ledger.close();
        for (day, gain) in folded.days {
            let count = self.days.entry(day).or_default();
            count.page_views += gain.page_views;
            count.other_views += gain.other_views;
            count.visits += gain.visits;
            count.visitors += gain.visitors;
            count.carried += gain.carried;
        }
        for (item, gain) in folded.items {
            *self.items.entry(item).or_default() += gain;
        }
        sum(&mut self.hours, folded.hours);
        sum(&mut self.referrers, folded.referrers);
        sum(&mut self.devices, folded.devices);
        sum(&mut self.categories, folded.categories);
        for (item, gain) in folded.item_hours {
            *self.item_hours.entry(item).or_default() += gain;
        }
        self.visitors.extend(folded.visitors);
        self.hit_ids.extend(folded.hit_ids);
        for (second, change) in folded.presence {
            *self.presence.entry(second).or_default() += change;
        }
        self.presence.retain(|_, visitors| *visitors != 0);
    }

    fn online(&self, now: Timestamp) -> i64 {
        self.presence.range(second_of(now) - ONLINE_SECONDS + 1..).map(|(_, visitors)| visitors).sum()
    }
}

fn sum<K: Ord>(to: &mut BTreeMap<K, ViewCount>, gains: BTreeMap<K, ViewCount>) {
    for (key, gain) in gains {
        let count = to.entry(key).or_default();
        count.page_views += gain.page_views;
        count.visits += gain.visits;
    }
}

/// The sum of what a day has in a table.
fn of_day<K>(table: &BTreeMap<K, ViewCount>, is_of_day: impl Fn(&K) -> bool) -> (i64, i64) {
    let rows = table.iter().filter(|(key, _)| is_of_day(key)).map(|(_, count)| count);
    rows.fold((0, 0), |(views, visits), count| (views + count.page_views, visits + count.visits))
}

/// Hits around midnight, in the order of time: few people, few items, few hit ids, gaps of all sizes.
fn run_of_hits() -> impl Strategy<Value = Vec<RecordedHit>> {
    let gap = prop_oneof![0..5i64, 0..40i64, 30..60i64, 0..400i64, 0..3 * HOUR];
    let step = (0..4u8, 0..4u8, proptest::option::weighted(0.3, 0..6u128), gap);
    proptest::collection::vec(step, 0..60).prop_map(|steps| {
        let mut at = Timestamp::parse("2023-03-01T15:00:00Z").unwrap();
        steps
            .into_iter()
            .map(|(person, item, hit_id, gap)| {
                at = at.plus_seconds(gap);
                RecordedHit { hit_id: hit_id.map(Uuid::from_u128), ..hit(person, item, at) }
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn folding_piece_by_piece_gives_what_folding_at_once_gives(
        hits in run_of_hits(),
        cuts in proptest::collection::vec(1..10usize, 60),
    ) {
        let (mut at_once, mut piecewise) = (Tables::default(), Tables::default());
        at_once.fold(&hits);
        let mut rest = hits.as_slice();
        for cut in cuts {
            let (piece, after) = rest.split_at(cut.min(rest.len()));
            piecewise.fold(piece);
            rest = after;
        }
        prop_assert_eq!(&at_once.days, &piecewise.days);
        prop_assert_eq!(&at_once.items, &piecewise.items);
        prop_assert_eq!(&at_once.presence, &piecewise.presence);
        prop_assert_eq!(&at_once.hit_ids, &piecewise.hit_ids);
        prop_assert_eq!(&at_once, &piecewise);
    }

    #[test]
    fn the_numbers_fit_together(hits in run_of_hits()) {
        let mut tables = Tables::default();
        for hit in &hits {
            tables.fold(std::slice::from_ref(hit));
            let visitors_of_two_days: i64 =
                [hit.day, hit.day.yesterday().unwrap()].iter().filter_map(|day| tables.days.get(day)).map(|day| day.visitors).sum();
            prop_assert!(tables.online(hit.at) <= visitors_of_two_days);
            prop_assert!(tables.presence.values().all(|visitors| *visitors > 0));
        }
        for (day, count) in &tables.days {
            let of_items: i64 = tables.items.iter().filter(|((_, on), _)| on == day).map(|(_, views)| views).sum();
            prop_assert_eq!(of_items + count.other_views, count.page_views);
            prop_assert!(count.visits <= count.page_views);
            let whole = (count.page_views, count.visits);
            prop_assert_eq!(of_day(&tables.hours, |hour| hour.day() == Some(*day)), whole);
            prop_assert_eq!(of_day(&tables.referrers, |(on, _)| on == day), whole);
            prop_assert_eq!(of_day(&tables.devices, |(on, _)| on == day), whole);
            prop_assert_eq!(of_day(&tables.categories, |(on, _)| on == day), whole);
            let by_hour = tables.item_hours.iter().filter(|((hour, _), _)| hour.day() == Some(*day));
            prop_assert_eq!(by_hour.map(|(_, views)| views).sum::<i64>(), of_items);
            prop_assert_eq!(count.visitors <= count.visits + count.carried, true, "{:?}", count);
            let keys = tables.visitors.values().filter(|visitor| visitor.day == *day).count();
            prop_assert_eq!(i64::try_from(keys).unwrap(), count.visitors);
        }
    }

    #[test]
    fn sending_every_hit_twice_with_its_id_changes_nothing(hits in run_of_hits()) {
        let named = hits.iter().enumerate().map(|(n, hit)| RecordedHit { hit_id: Some(Uuid::from_u128(n as u128)), ..hit.clone() });
        let (mut once, mut twice) = (Tables::default(), Tables::default());
        once.fold(&named.clone().collect::<Vec<_>>());
        twice.fold(&named.flat_map(|hit| [hit.clone(), hit]).collect::<Vec<_>>());
        prop_assert_eq!(once, twice);
    }
}
