//! What counts as a page view, a visit, a visitor and somebody online.
//!
//! | term | meaning |
//! | --- | --- |
//! | page view | a hit that is no repetition: of a hit id within 24 h, nor of a page by one visitor within 30 s |
//! | visit | a run of page views by one visitor with gaps under 30 minutes; it belongs to the day it began |
//! | visitor | a key that is new to the local day |
//! | online | a visitor with a hit, a reload included, in the last 300 s |
//!
//! One visitor counts at most [`MOST_VIEWS_OF_A_PAGE_AN_HOUR`] views of a page and [`MOST_VIEWS_AN_HOUR`]
//! views in all within an hour of the clock: a page that loads itself again all day is not read all day.
//! Hits that come late are never counted twice, as far as a [`Visitor`] remembers.
//!
//! [`Ledger`] decides. It is a state machine without a clock: what is known of the visitors and hit
//! ids at hand is [recalled](Ledger::recall_visitor) into it, it [takes](Ledger::take) hits in order,
//! and [closing](Ledger::close) it yields what to store. Decisions rest only on what is recalled, so
//! whoever holds the tables decides alike, however the hits are cut into pieces.
//!
//! A visitor is known by a key that changes at local midnight. Shortly after it a hit carries the key
//! of yesterday too: a visit over midnight is taken over from the old key to the new and stays one.

mod audience;
mod question;
mod tally;
mod visitor;

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use uuid::Uuid;

use self::visitor::{MICROS, VISIT_GAP_MICROS};
pub use self::{
    audience::{Device, ReferrerHost},
    question::{Breakdown, Since, Window},
    tally::{DayCount, Folded, LocalHour, ViewCount},
    visitor::{ClockHour, MOST_VIEWS_AN_HOUR, MOST_VIEWS_OF_A_PAGE_AN_HOUR, SeenPage, Visitor, second_of},
};
use crate::{
    category::CategoryId,
    kind::Target,
    named::named_enum,
    time::{Date, Timestamp},
};

/// A hit id is remembered for this long.
const HIT_ID_MICROS: i64 = 24 * 60 * 60 * MICROS;

/// Somebody is online for this many seconds after their last hit.
pub const ONLINE_SECONDS: i64 = 300;
/// For this long after local midnight a visit of the day before may still go on, so for this long a
/// hit must carry yesterday's key.
pub const CARRY_SECONDS: i64 = VISIT_GAP_MICROS / MICROS;

named_enum! {
    /// Why a hit is not counted. Each reason has its own counter in the metrics.
    pub enum Exclusion {
        /// No user agent at all.
        EmptyUserAgent = "emptyUserAgent",
        /// A program that says so.
        DeclaredBot = "declaredBot",
        /// Fetched in advance; nobody has looked yet.
        Prefetch = "prefetch",
        /// A hit id that was counted in the last 24 hours.
        Duplicate = "duplicate",
        /// The same page by the same visitor within 30 seconds.
        Reload = "reload",
        /// More views by one visitor within the hour than somebody reads.
        Capped = "capped",
        /// Reported so late that nobody knows any more whether it was counted.
        Late = "late",
        /// By somebody of the desk, who looks at their own work.
        Editor = "editor",
    }
}

/// Who looks, for one local day: a keyed hash whose key dies after 48 hours.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VisitorKey(pub [u8; 16]);

impl fmt::Debug for VisitorKey {
    /// Tells nothing: a log that held keys would outlive the salts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VisitorKey")
    }
}

/// A visitor's keys at the time of a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisitorKeys {
    /// The key of the hit's own day.
    pub today: VisitorKey,
    /// The key of the day before, while a visit that began then may still go on.
    pub yesterday: Option<VisitorKey>,
}

/// What was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Viewed {
    /// A content item.
    Item(Target),
    /// Any other path of the site, by a digest that only tells reloads apart.
    Path([u8; 16]),
}

impl Viewed {
    /// What tells one page from another; ids are unique across kinds.
    fn page(self) -> PageKey {
        match self {
            Self::Item(target) => target.id.into_bytes(),
            Self::Path(digest) => digest,
        }
    }
}

/// A page, as a visitor's recent views remember it.
pub type PageKey = [u8; 16];

/// One hit as it is journalled: no address, no user agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedHit {
    /// When it came.
    pub at: Timestamp,
    /// The local day of `at`. It is said once, where the visitor's key is made, so that the two agree.
    pub day: Date,
    /// The hour of that day, 0 to 23.
    pub hour: i8,
    /// What was looked at.
    pub viewed: Viewed,
    /// The section in which that stood.
    pub category: Option<CategoryId>,
    /// On what sort of device.
    pub device: Device,
    /// From which other site the reader came.
    pub referrer: Option<ReferrerHost>,
    /// Who looked; nobody, when they asked not to be tracked.
    pub visitor: Option<VisitorKeys>,
    /// The client's own name for this hit, by which a repeated request is known.
    pub hit_id: Option<Uuid>,
}

/// What became of a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is a page view, and perhaps more.
    Counted {
        /// It began a visit.
        new_visit: bool,
        /// It is the first of its visitor on that day.
        new_visitor: bool,
    },
    /// It is none.
    Excluded(Exclusion),
}

/// The state machine that decides what hits count as: see the module.
#[derive(Debug, Default)]
pub struct Ledger {
    visitors: HashMap<VisitorKey, Known>,
    hit_ids: HashMap<Uuid, Timestamp>,
    folded: Folded,
}

/// A visitor at hand.
#[derive(Debug)]
struct Known {
    visitor: Visitor,
    /// Where the tables say that the visitor is present.
    stored_in: Option<i64>,
    changed: bool,
}

impl Ledger {
    /// Tells the ledger what is stored of a visitor. Every key that the hits to come carry must be
    /// recalled before them, if it is stored at all.
    pub fn recall_visitor(&mut self, key: VisitorKey, visitor: Visitor) {
        let stored_in = visitor.present_in();
        self.visitors.insert(key, Known { visitor, stored_in, changed: false });
    }

    /// Whether a visitor is at hand, as they were recalled or as they are by now: then what is stored of them is
    /// no longer to be recalled.
    pub fn knows(&self, key: VisitorKey) -> bool {
        self.visitors.contains_key(&key)
    }

    /// How many visitors and hit ids are at hand: what the ledger takes of the memory.
    pub fn size(&self) -> usize {
        self.visitors.len() + self.hit_ids.len()
    }

    /// What each day has gained so far.
    pub fn days(&self) -> &BTreeMap<Date, DayCount> {
        &self.folded.days
    }

    /// How many visitors more or fewer were last seen in a second, so far.
    pub fn presence(&self) -> BTreeMap<i64, i64> {
        let mut presence = BTreeMap::new();
        for Known { visitor, stored_in, .. } in self.visitors.values().filter(|known| known.changed) {
            if let Some(second) = stored_in {
                *presence.entry(*second).or_default() -= 1;
            }
            if let Some(second) = visitor.present_in() {
                *presence.entry(second).or_default() += 1;
            }
        }
        presence.retain(|_, change: &mut i64| *change != 0);
        presence
    }

    /// Tells the ledger that a hit id is stored. The same rule as for visitors.
    pub fn recall_hit_id(&mut self, hit_id: Uuid, at: Timestamp) {
        self.hit_ids.entry(hit_id).and_modify(|known| *known = at.max(*known)).or_insert(at);
    }

    /// Decides about one hit and remembers it.
    pub fn take(&mut self, hit: &RecordedHit) -> Outcome {
        let outcome = self.decide(hit);
        match outcome {
            Outcome::Counted { new_visit, new_visitor } => self.folded.add(hit, new_visit, new_visitor),
            Outcome::Excluded(reason) => *self.folded.excluded.entry(reason).or_default() += 1,
        }
        outcome
    }

    fn decide(&mut self, hit: &RecordedHit) -> Outcome {
        if self.is_repeated(hit) {
            return Outcome::Excluded(Exclusion::Duplicate);
        }
        match hit.visitor {
            // Without a key there is nobody who could begin a visit.
            None => Outcome::Counted { new_visit: false, new_visitor: false },
            Some(keys) => self.decide_of(keys, hit),
        }
    }

    fn is_repeated(&mut self, hit: &RecordedHit) -> bool {
        let Some(hit_id) = hit.hit_id else { return false };
        // Only what comes a day after the newest is another hit. One that is older than that, reported late, is not:
        // an earlier one with this id may lie right beside it, of which only the newest is recalled.
        let newest = self.hit_ids.get(&hit_id);
        if newest.is_some_and(|newest| hit.at.as_micros() - newest.as_micros() < HIT_ID_MICROS) {
            return true;
        }
        self.hit_ids.insert(hit_id, hit.at);
        self.folded.hit_ids.insert(hit_id, hit.at);
        false
    }

    fn decide_of(&mut self, keys: VisitorKeys, hit: &RecordedHit) -> Outcome {
        let page = hit.viewed.page();
        let from_yesterday = keys.yesterday.filter(|yesterday| self.goes_on_from(keys.today, *yesterday));
        // Also when today's key is known already: a late hit may belong to what came before that.
        let yesterday = keys.yesterday.and_then(|key| self.visitors.get(&key)).map(|known| &known.visitor);
        let has_just_viewed = yesterday.is_some_and(|visitor| visitor.has_just_viewed(page, hit.at));
        let is_visiting = yesterday.is_some_and(|visitor| visitor.is_visiting(hit.at));
        let Some(known) = self.visitors.get_mut(&from_yesterday.unwrap_or(keys.today)) else {
            let mut visitor = Visitor::first_seen(hit);
            visitor.view(page, hit.at);
            self.visitors.insert(keys.today, Known { visitor, stored_in: None, changed: true });
            return Outcome::Counted { new_visit: true, new_visitor: true };
        };
        known.changed = true;
        let visitor = &mut known.visitor;
        visitor.last_seen = visitor.last_seen.max(hit.at);
        if has_just_viewed {
            return Outcome::Excluded(Exclusion::Reload);
        }
        if let Some(reason) = visitor.refuses(page, hit.at) {
            return Outcome::Excluded(reason);
        }
        let new_visit = !(is_visiting || visitor.is_visiting(hit.at));
        if from_yesterday.is_some() {
            let mut visitor_today = Visitor { day: hit.day, ..visitor.clone() };
            visitor.moved = true;
            visitor_today.view(page, hit.at);
            self.visitors.insert(keys.today, Known { visitor: visitor_today, stored_in: None, changed: true });
        } else {
            visitor.view(page, hit.at);
        }
        Outcome::Counted { new_visit, new_visitor: from_yesterday.is_some() }
    }

    /// Whether only yesterday's key is known, and has not been taken over yet.
    fn goes_on_from(&self, today: VisitorKey, yesterday: VisitorKey) -> bool {
        !self.visitors.contains_key(&today) && self.visitors.get(&yesterday).is_some_and(|known| !known.visitor.moved)
    }

    /// Ends the piece of work and says what is to be stored.
    pub fn close(self) -> Folded {
        let mut folded = Folded { presence: self.presence(), ..self.folded };
        let changed = self.visitors.into_iter().filter(|(_, known)| known.changed);
        folded.visitors.extend(changed.map(|(key, known)| (key, known.visitor)));
        folded
    }
}

#[cfg(test)]
mod tests;
