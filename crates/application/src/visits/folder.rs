//! The thread that counts: from the journal into the tables, and from the tables into the numbers.

use std::{
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use bantin_domain::{
    time::{Clock, SiteZone, Timestamp},
    visits::{Outcome, RecordedHit},
};
use bantin_persistence::{
    Store, StoreError,
    visits::{Figures, FoldProgress, FoldTally, Pending},
};

use super::{CountError, Shared, VisitSettings, VisitsError, locked, writer::Answer};
use crate::app::Sources;

/// How often the journal is folded and the numbers are read, however busy it is. Twice in the second
/// that the numbers may be behind.
const FOLD_EVERY: Duration = Duration::from_millis(500);
/// So many new hits are many: what is decided of them may wait for the next, where that can be (see
/// [`Store::fold_visits`]).
const MANY_HITS: usize = 1_000;
/// How many visitors and hit ids may wait: some sixty megabytes.
const MOST_PENDING: usize = 300_000;
/// For how long they may.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// How long to wait for another node that is folding.
const TURN: Duration = Duration::from_millis(5);
/// How often salts and keys are looked through for what has to go.
pub(super) const FORGET_EVERY_SECONDS: i64 = 60;

/// What the thread is asked to do, beside what it does anyway.
pub(super) enum Order {
    /// Count hits past the journal, and say what became of each.
    CountNow(Vec<RecordedHit>, Answer<Vec<Outcome>>),
    /// Fold all that is in the journal.
    Settle(Answer),
}

pub(super) struct Folder {
    store: Store,
    clock: Arc<dyn Clock>,
    zone: SiteZone,
    keep_days: u32,
    shared: Arc<Shared>,
    /// What was decided and is not written yet.
    pending: Pending,
    /// When nothing was pending for the last time.
    written_at: Instant,
    /// Whether the last fold left something that it would have taken, had it been allowed more.
    is_behind: bool,
    /// When a fold last began that left nothing.
    folded_at: Instant,
    forget_at: Timestamp,
    /// Whether a salt that was destroyed may still be readable in the log of the database: always at the
    /// start, since the run before may have died over it.
    must_scrub: bool,
}

impl Folder {
    /// Folds what is in the journal and reads the numbers.
    pub(super) fn open(
        store: Store,
        sources: &Sources,
        settings: &VisitSettings,
    ) -> Result<(Self, Arc<Shared>), StoreError> {
        store.visits(|tx| tx.begin_counting())?;
        let shared = Arc::new(Shared::new(read_figures(&store, &settings.zone)?));
        let mut folder = Self {
            store,
            clock: Arc::clone(&sources.clock),
            zone: settings.zone.clone(),
            keep_days: settings.keep_days,
            shared: Arc::clone(&shared),
            pending: Pending::default(),
            written_at: Instant::now(),
            is_behind: false,
            folded_at: Instant::now(),
            forget_at: Timestamp::EPOCH,
            must_scrub: true,
        };
        folder.fold_everything()?;
        Ok((folder, shared))
    }

    /// Works until nobody is left who could order anything.
    pub(super) fn run(mut self, orders: &Receiver<Order>) {
        loop {
            match orders.recv_timeout(self.patience()) {
                Ok(order) => self.obey(order),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if self.patience().is_zero() {
                self.fold_some();
            }
        }
        if let Err(error) = self.fold_everything() {
            // They stay in the journal, and the next start folds them.
            tracing::warn!(%error, "the last visits could not be folded");
        }
    }

    /// How long to wait for an order before folding.
    fn patience(&self) -> Duration {
        if self.is_behind { Duration::ZERO } else { FOLD_EVERY.saturating_sub(self.folded_at.elapsed()) }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::CountNow(hits, answer) => {
                let counted = self.count_now(&hits);
                self.shared.folding.note(&counted);
                // Who asked may have gone.
                let _ = answer.send(counted.map_err(|_| CountError::Unavailable));
            }
            Order::Settle(answer) => {
                let settled = self.fold_everything().map_err(VisitsError::from);
                self.shared.folding.note(&settled);
                // Who asked may have gone.
                let _ = answer.send(settled.map_err(|_| CountError::Unavailable));
            }
        }
    }

    /// Counts hits past the journal, when it is this node's turn to write the tables.
    fn count_now(&mut self, hits: &[RecordedHit]) -> Result<Vec<Outcome>, VisitsError> {
        // What waits was there before.
        self.fold_once(true)?;
        loop {
            if let Some((outcomes, tally)) = self.store.visits(|tx| tx.count_now(hits))? {
                self.note(&tally);
                return Ok(outcomes);
            }
            std::thread::sleep(TURN);
        }
    }

    /// Folds one piece of the journal. An error leaves it for the next time: the hits are safe.
    fn fold_some(&mut self) {
        let begun = Instant::now();
        let folded = self.fold_once(false);
        self.is_behind = matches!(folded, Ok(FoldProgress::Partly(_)));
        if !self.is_behind {
            self.folded_at = begun;
        }
        if let Err(error) = folded {
            tracing::warn!(%error, "visits could not be folded");
        }
        if let Err(error) = self.forget() {
            tracing::warn!(%error, "what may not be kept of visits could not be destroyed yet");
        }
        let read = self.publish_figures().map_err(VisitsError::from);
        self.shared.folding.note(&read);
    }

    /// Folds until the journal is empty, waiting for other nodes if need be.
    fn fold_everything(&mut self) -> Result<(), StoreError> {
        let begun = Instant::now();
        loop {
            match self.fold_once(true)? {
                FoldProgress::Busy => std::thread::sleep(TURN),
                FoldProgress::Partly(_) => {}
                FoldProgress::Done(_) => break,
            }
        }
        self.is_behind = false;
        self.folded_at = begun;
        self.forget()?;
        self.publish_figures()
    }

    fn fold_once(&mut self, all: bool) -> Result<FoldProgress, StoreError> {
        let has_waited = self.written_at.elapsed();
        let may_wait = |pending: &Pending, hits: usize| {
            !all && hits >= MANY_HITS && pending.size() < MOST_PENDING && has_waited < LONGEST_WAIT
        };
        let progress = self.store.fold_visits(&mut self.pending, may_wait)?;
        if self.pending.size() == 0 {
            self.written_at = Instant::now();
        }
        if let FoldProgress::Partly(tally) | FoldProgress::Done(tally) = &progress {
            self.note(tally);
        }
        Ok(progress)
    }

    /// Destroys salts and keys whose time is over.
    fn forget(&mut self) -> Result<(), StoreError> {
        let now = self.clock.now();
        if now < self.forget_at {
            return Ok(());
        }
        // What waits may be of a day that is about to be forgotten, and must not be written after it.
        self.fold_once(true)?;
        let today = now.day_in(&self.zone);
        self.must_scrub |= self.store.visits(|tx| tx.forget(today, now))?;
        if self.must_scrub {
            self.must_scrub = !self.store.scrub_visits()?;
        }
        let is_behind = self.store.visits(|tx| tx.coarsen(today, self.keep_days))?;
        // A month at a time, so that a site which comes back after years does not stand still over it.
        self.forget_at = if is_behind { now } else { now.plus_seconds(FORGET_EVERY_SECONDS) };
        Ok(())
    }

    fn publish_figures(&self) -> Result<(), StoreError> {
        let mut figures = read_figures(&self.store, &self.zone)?;
        self.pending.add_to(&mut figures);
        *locked(&self.shared.figures) = Arc::new(figures);
        self.shared.reading.fetch_add(1, Ordering::Release);
        Ok(())
    }

    fn note(&self, tally: &FoldTally) {
        self.shared.page_views.fetch_add(tally.page_views.unsigned_abs(), Ordering::Relaxed);
        let mut excluded = locked(&self.shared.excluded);
        for (reason, hits) in &tally.excluded {
            *excluded.entry(*reason).or_default() += hits;
        }
    }
}

fn read_figures(store: &Store, zone: &SiteZone) -> Result<Figures, StoreError> {
    store.visits(|tx| {
        let now = tx.now();
        tx.figures(now.day_in(zone), now)
    })
}
