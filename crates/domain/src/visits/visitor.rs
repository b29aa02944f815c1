//! What is known of a visitor: enough to tell a reload, a visit that goes on, and more views than
//! anybody reads.
//!
//! Hits come late: a server reports them a minute after, or three hours when it was cut off. A visitor's
//! row does not hold the whole day, so what is late is held against what the row still knows of its time:
//!
//! * of the hours of the clock from two minutes before the last view on, and of the hour of the late view
//!   that was taken last, which pages were counted, when last, and how often;
//! * of any other hour, whether anything was.
//!
//! What may have been counted already by that is not counted: [`Exclusion::Late`]. A late view begins a
//! visit only if none can have been counted within half an hour, before or after. So page views that come
//! in any order are never more than those of the same hits in the order of time, and neither are visits, as
//! long as the hits of a visit come together. Where a later part of a visit comes before an earlier one, a
//! gap may have begun a visit that is filled afterwards, one for each late hit at most: a visit that was
//! counted is not taken back, since the total never decreases.

use std::collections::BTreeMap;

use super::{Exclusion, PageKey, RecordedHit};
use crate::time::{Date, Timestamp};

/// So many views of one page by one visitor count within an hour of the clock. A visitor is an address
/// with a program, behind which a school or a mobile network may stand: so it is no small number.
pub const MOST_VIEWS_OF_A_PAGE_AN_HOUR: u16 = 30;
/// So many views in all. It also bounds what is kept of a visitor.
pub const MOST_VIEWS_AN_HOUR: u32 = 600;

/// The same page by the same visitor counts once in this time.
const RELOAD_MICROS: i64 = 30 * MICROS;
/// A gap of this length ends a visit.
pub(super) const VISIT_GAP_MICROS: i64 = 30 * 60 * MICROS;
/// What comes no later than this loses nothing, for the pages of its hour are still known. It is longer than
/// the time of a reload and the minute in which servers report together.
const KEPT_MICROS: i64 = 2 * 60 * MICROS;
const HOUR_MICROS: i64 = 60 * 60 * MICROS;
pub(super) const MICROS: i64 = 1_000_000;

/// An hour of the clock, counted from the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClockHour(i64);

impl ClockHour {
    /// The hour of an instant.
    pub fn of(at: Timestamp) -> Self {
        Self::of_micros(at.as_micros())
    }

    fn of_micros(micros: i64) -> Self {
        Self(micros.div_euclid(HOUR_MICROS))
    }
}

/// A page that a visitor viewed in an hour of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenPage {
    /// When it was counted last.
    pub last: Timestamp,
    /// How often.
    pub times: u16,
}

/// What a day's key is known to have done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// The day whose key it is.
    pub day: Date,
    /// The last page view.
    pub last_view: Timestamp,
    /// The last hit, reloads included.
    pub last_seen: Timestamp,
    /// The pages viewed in the hours that are remembered: see the module.
    pub recent: BTreeMap<(ClockHour, PageKey), SeenPage>,
    /// In which hours other views were counted: bit 0 is the hour before that of `last_view`, and so on.
    pub forgotten: u32,
    /// Whether the visitor went on under the next day's key, and is online under that one.
    pub moved: bool,
}

impl Visitor {
    pub(super) fn first_seen(hit: &RecordedHit) -> Self {
        let (day, at) = (hit.day, hit.at);
        Self { day, last_view: at, last_seen: at, recent: BTreeMap::new(), forgotten: 0, moved: false }
    }

    /// Why a view does not count, if it does not.
    pub(super) fn refuses(&self, page: PageKey, at: Timestamp) -> Option<Exclusion> {
        if self.has_just_viewed(page, at) {
            Some(Exclusion::Reload)
        } else if self.may_have_viewed(page, at) {
            Some(Exclusion::Late)
        } else if self.has_seen_enough(page, at) {
            Some(Exclusion::Capped)
        } else {
            None
        }
    }

    /// Whether a hit is a reload of a view that is known, on either side of it.
    pub(super) fn has_just_viewed(&self, page: PageKey, at: Timestamp) -> bool {
        hours_around(at, RELOAD_MICROS)
            .filter_map(|hour| self.recent.get(&(hour, page)))
            .any(|seen| distance(seen.last, at) < RELOAD_MICROS)
    }

    /// Whether a late hit may be a reload of a view that is not known any more: of an hour that was
    /// forgotten, or before the last of several views.
    fn may_have_viewed(&self, page: PageKey, at: Timestamp) -> bool {
        let is_unsure = |hour| {
            let seen = self.recent.get(&(hour, page));
            self.has_forgotten(hour) || seen.is_some_and(|seen| seen.times > 1 && at < seen.last)
        };
        at < self.last_view && hours_around(at, RELOAD_MICROS).any(is_unsure)
    }

    /// Whether the views of this hour are as many as may count, of the page or in all.
    fn has_seen_enough(&self, page: PageKey, at: Timestamp) -> bool {
        let hour = ClockHour::of(at);
        let of_page = self.recent.get(&(hour, page)).map_or(0, |seen| seen.times);
        let of_hour = self.recent.range((hour, PageKey::default())..=(hour, [u8::MAX; 16]));
        let in_all: u32 = of_hour.map(|(_, seen)| u32::from(seen.times)).sum();
        of_page >= MOST_VIEWS_OF_A_PAGE_AN_HOUR || in_all >= MOST_VIEWS_AN_HOUR
    }

    /// Whether a view goes on with a visit, or fills a gap before one that was counted: also when that
    /// only may be.
    pub(super) fn is_visiting(&self, at: Timestamp) -> bool {
        if self.last_view <= at {
            return distance(self.last_view, at) < VISIT_GAP_MICROS;
        }
        let (begin, end) = (at.as_micros() - VISIT_GAP_MICROS, at.as_micros() + VISIT_GAP_MICROS);
        let may_be_near = |seen: &SeenPage| {
            // Before the last of several views there is another, nobody knows when.
            begin < seen.last.as_micros() && (seen.last.as_micros() < end || seen.times > 1)
        };
        hours_around(at, VISIT_GAP_MICROS).any(|hour| {
            let mut of_hour = self.recent.range((hour, PageKey::default())..=(hour, [u8::MAX; 16]));
            self.has_forgotten(hour) || of_hour.any(|(_, seen)| may_be_near(seen))
        })
    }

    /// Counts a view, and forgets what need not be known any more. That is done with each view, so that it
    /// makes no difference where a piece of work ends.
    pub(super) fn view(&mut self, page: PageKey, at: Timestamp) {
        let (hour, since) = (ClockHour::of(at), self.remembered_since());
        let seen = self.recent.entry((hour, page)).or_insert(SeenPage { last: at, times: 0 });
        *seen = SeenPage { last: seen.last.max(at), times: seen.times.saturating_add(1) };
        let before = ClockHour::of(self.last_view);
        self.last_view = self.last_view.max(at);
        let hours = u32::try_from(ClockHour::of(self.last_view).0 - before.0).unwrap_or(u32::MAX);
        self.forgotten = self.forgotten.checked_shl(hours).unwrap_or_default();
        let now_since = self.remembered_since();
        if hour < now_since {
            self.forget(|known| known < now_since && known != hour);
        } else if since < now_since {
            self.forget(|known| since <= known && known < now_since);
        }
    }

    /// The first of the hours that are remembered without anything that came late.
    fn remembered_since(&self) -> ClockHour {
        ClockHour::of_micros(self.last_view.as_micros() - KEPT_MICROS)
    }

    fn forget(&mut self, is_old: impl Fn(ClockHour) -> bool) {
        let (last, forgotten) = (ClockHour::of(self.last_view), &mut self.forgotten);
        self.recent.retain(|(hour, _), _| {
            let is_old = is_old(*hour);
            if is_old {
                *forgotten |= bit_of(*hour, last).unwrap_or_default();
            }
            !is_old
        });
    }

    /// Whether views of an hour were counted that are not known. Of one that is longer ago than a day, who knows.
    fn has_forgotten(&self, hour: ClockHour) -> bool {
        let last = ClockHour::of(self.last_view);
        hour < last && bit_of(hour, last).is_none_or(|bit| self.forgotten & bit != 0)
    }

    /// The second in which the visitor is present, unless under another key.
    pub(super) fn present_in(&self) -> Option<i64> {
        (!self.moved).then(|| second_of(self.last_seen))
    }
}

/// Where an hour before the last stands among those that were forgotten.
fn bit_of(hour: ClockHour, last: ClockHour) -> Option<u32> {
    1u32.checked_shl(u32::try_from(last.0 - hour.0 - 1).ok()?)
}

/// The hours in which there may be something no further from an instant than so.
fn hours_around(at: Timestamp, micros: i64) -> impl Iterator<Item = ClockHour> {
    let hour_at = |micros| ClockHour::of_micros(at.as_micros() + micros).0;
    (hour_at(-micros)..=hour_at(micros)).map(ClockHour)
}

/// Nodes' clocks differ a little, so a hit may be older than the one before it.
fn distance(one: Timestamp, other: Timestamp) -> i64 {
    one.as_micros().abs_diff(other.as_micros()).try_into().unwrap_or(i64::MAX)
}

/// The second of the Unix epoch in which an instant falls.
pub fn second_of(at: Timestamp) -> i64 {
    at.as_micros().div_euclid(MICROS)
}
