//! What is known of a visitor: enough to tell a reload, a visit that goes on, and more views than
//! anybody reads.

use std::collections::BTreeMap;

use super::{PageKey, RecordedHit};
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
const HOUR_MICROS: i64 = 60 * 60 * MICROS;
pub(super) const MICROS: i64 = 1_000_000;

/// A page that a visitor viewed lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenPage {
    /// When it was counted last.
    pub last: Timestamp,
    /// How often, in the hour of the clock in which that was.
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
    /// The pages viewed in the last 30 seconds before `last_view` or within its hour of the clock.
    pub recent: BTreeMap<PageKey, SeenPage>,
    /// Whether the visitor went on under the next day's key, and is online under that one.
    pub moved: bool,
}

impl Visitor {
    pub(super) fn first_seen(hit: &RecordedHit) -> Self {
        Self { day: hit.day, last_view: hit.at, last_seen: hit.at, recent: BTreeMap::new(), moved: false }
    }

    /// Whether a hit is a reload. What [`Visitor::forget_old_views`] would forget does not matter any
    /// more even before it does, so that it makes no difference where a piece of work ends.
    pub(super) fn has_just_viewed(&self, page: PageKey, at: Timestamp) -> bool {
        let seen = self.recent.get(&page).map(|seen| seen.last);
        seen.is_some_and(|counted| distance(counted, at) < RELOAD_MICROS && self.is_recent(counted))
    }

    /// Whether the views of this hour are as many as may count, of the page or in all. Like above, what
    /// would be forgotten does not matter even before it is.
    pub(super) fn has_seen_enough(&self, page: PageKey, at: Timestamp) -> bool {
        if hour_of(at) != hour_of(self.last_view) {
            return false;
        }
        let in_all: u32 = self.recent.keys().map(|page| u32::from(self.views_of(*page, at))).sum();
        self.views_of(page, at) >= MOST_VIEWS_OF_A_PAGE_AN_HOUR || in_all >= MOST_VIEWS_AN_HOUR
    }

    /// How often a page was counted in the hour of `at`.
    fn views_of(&self, page: PageKey, at: Timestamp) -> u16 {
        let seen = self.recent.get(&page).filter(|seen| hour_of(seen.last) == hour_of(at));
        seen.filter(|seen| self.is_of_this_hour(seen.last)).map_or(0, |seen| seen.times)
    }

    fn is_of_this_hour(&self, counted: Timestamp) -> bool {
        hour_of(counted) == hour_of(self.last_view)
    }

    fn is_recent(&self, counted: Timestamp) -> bool {
        distance(counted, self.last_view) < RELOAD_MICROS
    }

    pub(super) fn is_visiting(&self, at: Timestamp) -> bool {
        distance(self.last_view, at) < VISIT_GAP_MICROS
    }

    pub(super) fn view(&mut self, page: PageKey, at: Timestamp) {
        let times = self.views_of(page, at).saturating_add(1);
        self.last_view = self.last_view.max(at);
        self.recent.insert(page, SeenPage { last: at, times });
    }

    pub(super) fn forget_old_views(&mut self) {
        let mut recent = std::mem::take(&mut self.recent);
        recent.retain(|_, seen| self.is_recent(seen.last) || self.is_of_this_hour(seen.last));
        self.recent = recent;
    }

    /// The second in which the visitor is present, unless under another key.
    pub(super) fn present_in(&self) -> Option<i64> {
        (!self.moved).then(|| second_of(self.last_seen))
    }
}

/// Nodes' clocks differ a little, so a hit may be older than the one before it.
pub(super) fn distance(one: Timestamp, other: Timestamp) -> i64 {
    one.as_micros().abs_diff(other.as_micros()).try_into().unwrap_or(i64::MAX)
}

fn hour_of(at: Timestamp) -> i64 {
    at.as_micros().div_euclid(HOUR_MICROS)
}

/// The second of the Unix epoch in which an instant falls.
pub fn second_of(at: Timestamp) -> i64 {
    at.as_micros().div_euclid(MICROS)
}
