//! What a node knows of the change log, and what it therefore may keep.
//!
//! An answer is begun with a [`Basis`]: how much of the log was known then, and what time it was. Whatever
//! its handler reads, it reads later. So when the answer is finished, it may be kept if no change that has
//! become known meanwhile is about it, and no instant has passed meanwhile at which something comes into
//! sight. Changes that become known later drop it from the store.
//!
//! The basis is not read from the database: what this node has heard of was committed before the handler's
//! first statement, on the server that both read from. That is the same promise for no statement at all.

use std::collections::VecDeque;

use bantin_application::LoggedChange;
use bantin_domain::{
    kind::Kind,
    named::Named,
    time::{SiteZone, Timestamp},
};

use super::{
    route::Kinds,
    tags::{Tags, Touch},
};

/// So many changes are remembered, for answers that were begun before them. One that was begun even
/// before that is not kept.
const MOST_REMEMBERED: usize = 1_000;

/// When each kind of resource changed last.
#[derive(Debug, Clone, Copy)]
pub struct LastChanges([Option<Timestamp>; Kind::ALL.len()]);

impl LastChanges {
    const NONE: Self = Self([None; Kind::ALL.len()]);

    /// Says that a kind changed; never back.
    fn note(&mut self, kind: Kind, at: Timestamp) {
        if let Some(last) = self.0.get_mut(kind as usize) {
            *last = (*last).max(Some(at));
        }
    }

    fn note_all(&mut self, at: Timestamp) {
        for kind in Kind::ALL {
            self.note(*kind, at);
        }
    }

    /// When the last of these changed.
    pub fn of(&self, kinds: Kinds) -> Option<Timestamp> {
        let last = |kind: &Kind| self.0.get(*kind as usize).copied().flatten();
        Kind::ALL.iter().filter(|kind| kinds.contains(**kind)).filter_map(last).max()
    }
}

/// What is known when an answer is begun.
#[derive(Debug, Clone, Copy)]
pub struct Basis {
    /// The number of the newest change that is known; none while the log cannot be read.
    heard: Option<i64>,
    /// What time it is.
    pub begun: Timestamp,
    /// What changed last.
    pub changes: LastChanges,
}

/// What is known of the log.
#[derive(Debug)]
pub struct Ledger {
    zone: SiteZone,
    heard: Option<i64>,
    remembered: VecDeque<(i64, Touch)>,
    /// The newest change that is not remembered any more.
    forgotten: i64,
    changes: LastChanges,
    /// When time last made a change, as far as was noticed.
    passed: Timestamp,
    coming: Vec<Timestamp>,
}

impl Ledger {
    /// Knows nothing yet.
    pub fn new(zone: SiteZone) -> Self {
        Self {
            zone,
            heard: None,
            remembered: VecDeque::new(),
            forgotten: i64::MAX,
            changes: LastChanges::NONE,
            passed: Timestamp::EPOCH,
            coming: Vec::new(),
        }
    }

    /// What an answer is based on that is begun now.
    pub fn basis(&self, now: Timestamp) -> Basis {
        Basis { heard: self.heard, begun: now, changes: self.changes }
    }

    /// Whether an answer that was begun with `basis` is still the answer.
    pub fn is_current(&self, basis: &Basis, tags: &Tags) -> bool {
        let (Some(heard), Some(_)) = (basis.heard, self.heard) else { return false };
        basis.begun >= self.passed
            && heard >= self.forgotten
            && !self
                .remembered
                .iter()
                .rev()
                .take_while(|(seq, _)| *seq > heard)
                .any(|(_, touch)| tags.are_touched_by(touch))
    }

    /// Whether no change has become known since.
    pub fn has_heard_nothing_since(&self, basis: &Basis) -> bool {
        self.heard.is_some() && self.heard == basis.heard
    }

    /// Remembers changes.
    pub fn hear(&mut self, changes: &[LoggedChange], head: i64) {
        for logged in changes {
            self.changes.note(logged.change.target.kind, logged.change.at);
            self.remembered.push_back((logged.seq, Touch::of(logged)));
        }
        while self.remembered.len() > MOST_REMEMBERED
            && let Some((seq, _)) = self.remembered.pop_front()
        {
            self.forgotten = seq;
        }
        self.heard = Some(head);
    }

    /// Begins anew: anything may have changed. `latest` are the newest changes, the newest first.
    pub fn begin_anew(&mut self, head: i64, latest: &[LoggedChange]) {
        for logged in latest {
            self.changes.note(logged.change.target.kind, logged.change.at);
        }
        // What is not among them changed before them.
        if let Some(oldest) = latest.last() {
            self.changes.note_all(oldest.change.at);
        }
        self.remembered.clear();
        self.forgotten = head;
        self.heard = Some(head);
    }

    /// The log cannot be read.
    pub fn fall_silent(&mut self) {
        self.heard = None;
    }

    /// Notes the instants to come. Says at which of them, at the latest, [`Ledger::pass`] must be called.
    pub fn expect(&mut self, instants: &[Timestamp], now: Timestamp) -> Timestamp {
        self.coming = instants.to_vec();
        self.horizon(now)
    }

    /// Time has made a change. Says when it will next.
    pub fn pass(&mut self, now: Timestamp) -> Timestamp {
        let due = self.coming.iter().copied().filter(|at| *at > self.passed && *at <= now);
        if let Some(at) = due.max() {
            self.changes.note_all(at);
        }
        self.passed = now;
        self.horizon(now)
    }

    /// The next instant at which answers change by time alone: something comes due (it may just have), or
    /// a new day begins, which changes what is upcoming and which banner is shown.
    fn horizon(&self, now: Timestamp) -> Timestamp {
        let midnight = now.day_in(&self.zone).tomorrow().map_or(now.plus_seconds(1), |day| self.zone.start_of(day));
        let due = self.coming.iter().copied().find(|at| *at > self.passed);
        due.map_or(midnight, |due| due.min(midnight))
    }
}
