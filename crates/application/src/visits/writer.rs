//! The thread that writes: batches into the journal, and the journal into the tables.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use bantin_domain::{
    id::Id,
    time::{Date, SiteZone, Timestamp},
    visits::{CARRY_SECONDS, Device, LocalHour, Outcome, RecordedHit, Viewed, VisitorKeys},
};
use bantin_persistence::{
    Store, StoreError,
    visits::{AppendAgainError, BatchId, DaySalt, Figures, FoldProgress, FoldTally, Node},
};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::{CountError, Hit, HitTarget, Shared, VisitSettings, VisitsError, key, locked};
use crate::app::Sources;

/// The most hits in one commit. More would only make the first of them wait for the last.
const BATCH: usize = 1_024;
/// How often the journal is folded and the numbers are read, however busy it is. Twice in the second
/// that the numbers may be behind.
const FOLD_EVERY: Duration = Duration::from_millis(500);
/// How long no hit comes before the journal is folded at once. Longer than clients need for their next
/// hit, or a fold would come between any two batches and halve the speed.
const QUIET: Duration = Duration::from_millis(20);
/// How long to wait for another node that is folding.
const TURN: Duration = Duration::from_millis(5);
/// How often salts and keys are looked through for what has to go.
const FORGET_EVERY_SECONDS: i64 = 60;

pub(super) type Answer<T = ()> = oneshot::Sender<Result<T, CountError>>;

/// What the thread is asked to do.
pub(super) enum Request {
    Count(Waiting),
    CountNow(Vec<Dated>, Answer<Vec<Outcome>>),
    Settle(Answer),
    Stop,
}

/// A hit, when it was, and on what.
pub(super) struct Dated {
    pub(super) hit: Hit,
    pub(super) at: Timestamp,
    pub(super) device: Device,
}

/// A hit that waits for its commit.
pub(super) struct Waiting {
    pub(super) dated: Dated,
    pub(super) answer: Answer,
}

pub(super) struct Writer {
    store: Store,
    sources: Sources,
    zone: SiteZone,
    keep_days: u32,
    node: Id<Node>,
    last_batch: i64,
    /// Today, around midnight the day before or after, and yesterday while hits of the past come in.
    days: Vec<Arc<LocalDay>>,
    shared: Arc<Shared>,
    /// Whether this node has journalled anything since the journal was last seen empty.
    has_unfolded: bool,
    /// Whether the last fold left something that it would have taken, had it been allowed more.
    is_behind: bool,
    folded_at: Instant,
    forget_at: Timestamp,
    /// Whether a salt that was destroyed may still be readable in the log of the database: always at the
    /// start, since the run before may have died over it.
    must_scrub: bool,
}

/// A day of the site, with what makes keys on it.
struct LocalDay {
    day: Date,
    begins: Timestamp,
    ends: Timestamp,
    salt: Zeroizing<DaySalt>,
    yesterdays_salt: Zeroizing<DaySalt>,
}

impl Writer {
    /// Folds what is in the journal and reads the numbers.
    pub(super) fn open(
        store: Store,
        sources: Sources,
        settings: &VisitSettings,
    ) -> Result<(Self, Arc<Shared>), VisitsError> {
        let zone = settings.zone.clone();
        store.visits(|tx| tx.begin_counting())?;
        let figures = read_figures(&store, &zone)?;
        let shared = Arc::new(Shared::new(figures));
        let mut writer = Self {
            store,
            node: sources.ids.next(),
            sources,
            zone,
            keep_days: settings.keep_days,
            last_batch: 0,
            days: Vec::new(),
            shared: Arc::clone(&shared),
            has_unfolded: true,
            is_behind: false,
            folded_at: Instant::now(),
            forget_at: Timestamp::EPOCH,
            must_scrub: true,
        };
        writer.fold_everything()?;
        Ok((writer, shared))
    }

    /// Serves until it is asked to stop or nobody is left to ask.
    pub(super) fn run(mut self, requests: &Receiver<Request>) {
        while self.serve(requests).is_continue() {}
        if let Err(error) = self.fold_everything() {
            // They stay in the journal, and the next start folds them.
            tracing::warn!(%error, "the last visits could not be folded");
        }
    }

    fn serve(&mut self, requests: &Receiver<Request>) -> ControlFlow<()> {
        let mut batch = Vec::new();
        let mut next = match requests.recv_timeout(self.patience()) {
            Ok(request) => Some(request),
            Err(RecvTimeoutError::Timeout) => {
                self.fold_some();
                return ControlFlow::Continue(());
            }
            Err(RecvTimeoutError::Disconnected) => Some(Request::Stop),
        };
        // The first hit wakes this thread, at the expense of the one that was about to hand in the second:
        // where they share a core, each would be a commit of its own. No waiting: with nobody else ready to
        // run, it goes straight on.
        std::thread::yield_now();
        // Whatever is there, and no waiting for more: who comes now is in the next batch.
        while let Some(Request::Count(waiting)) = next {
            batch.push(waiting);
            next = if batch.len() < BATCH { requests.try_recv().ok() } else { None };
        }
        if !batch.is_empty() {
            self.commit(batch);
        }
        match next {
            Some(Request::Stop) => return ControlFlow::Break(()),
            Some(Request::CountNow(hits, answer)) => {
                let counted = self.count_now(&hits);
                self.note_health(&counted);
                // Who asked may have gone.
                let _ = answer.send(counted.map_err(|_| CountError::Unavailable));
            }
            Some(Request::Settle(answer)) => {
                let settled = self.fold_everything().map_err(VisitsError::from);
                self.note_health(&settled);
                // Who asked may have gone.
                let _ = answer.send(settled.map_err(|_| CountError::Unavailable));
            }
            _ if self.is_behind || self.folded_at.elapsed() >= FOLD_EVERY => self.fold_some(),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    /// How long to wait for a hit before folding.
    fn patience(&self) -> Duration {
        if self.is_behind {
            Duration::ZERO
        } else {
            let rest = FOLD_EVERY.saturating_sub(self.folded_at.elapsed());
            if self.has_unfolded { rest.min(QUIET) } else { rest }
        }
    }

    /// Journals a batch and answers everybody in it.
    fn commit(&mut self, batch: Vec<Waiting>) {
        let hits = batch.iter().map(|waiting| self.record(&waiting.dated)).collect::<Result<Vec<_>, _>>();
        let committed = hits.and_then(|hits| self.journal(&hits).map_err(VisitsError::from));
        self.note_health(&committed);
        self.has_unfolded |= committed.is_ok();
        for waiting in batch {
            // Who asked may have gone; the hit counts all the same.
            let _ = waiting.answer.send(if committed.is_ok() { Ok(()) } else { Err(CountError::Unavailable) });
        }
    }

    /// Writes a batch in one commit, and if that fails once more: a connection that was lost while idle
    /// is found out only by using it. The second attempt knows if the first succeeded after all.
    fn journal(&mut self, hits: &[RecordedHit]) -> Result<(), StoreError> {
        // A number is used for one batch only, also one that is given up: it may yet be committed.
        self.last_batch += 1;
        let batch = BatchId { node: self.node, number: self.last_batch };
        if self.store.visits(|tx| tx.append(batch, hits)).is_ok() {
            return Ok(());
        }
        match self.store.visits(|tx| tx.append_again(batch, hits)) {
            Ok(()) | Err(AppendAgainError::Kept) => Ok(()),
            Err(AppendAgainError::Store(error)) => Err(error),
        }
    }

    /// Counts hits past the journal, when it is this node's turn to write the tables.
    fn count_now(&mut self, hits: &[Dated]) -> Result<Vec<Outcome>, VisitsError> {
        let recorded = hits.iter().map(|hit| self.record(hit)).collect::<Result<Vec<_>, _>>()?;
        loop {
            if let Some((outcomes, tally)) = self.store.visits(|tx| tx.count_now(&recorded))? {
                self.note(&tally);
                return Ok(outcomes);
            }
            std::thread::sleep(TURN);
        }
    }

    /// Leaves of a hit only what may be kept.
    fn record(&mut self, Dated { hit, at, device }: &Dated) -> Result<RecordedHit, VisitsError> {
        let at = *at;
        let day = self.day_of(at)?;
        let key_under = |salt| key::of_visitor(salt, hit.client, &hit.user_agent);
        let may_go_on = at < day.begins.plus_seconds(CARRY_SECONDS);
        Ok(RecordedHit {
            at,
            day: day.day,
            hour: LocalHour::at(at, &self.zone).hour(),
            category: hit.category,
            device: *device,
            referrer: hit.referrer.clone(),
            viewed: match &hit.viewed {
                HitTarget::Item(target) => Viewed::Item(*target),
                HitTarget::Path(path) => Viewed::Path(key::of_path(path)),
            },
            visitor: (!hit.do_not_track).then(|| VisitorKeys {
                today: key_under(&day.salt),
                yesterday: may_go_on.then(|| key_under(&day.yesterdays_salt)),
            }),
            hit_id: hit.hit_id,
        })
    }

    /// The local day of an instant, with its salts, which are made by whichever node needs them first.
    fn day_of(&mut self, at: Timestamp) -> Result<Arc<LocalDay>, VisitsError> {
        if let Some(day) = self.days.iter().find(|day| day.begins <= at && at < day.ends) {
            return Ok(Arc::clone(day));
        }
        let day = Arc::new(self.load_day(at.day_in(&self.zone))?);
        self.days.push(Arc::clone(&day));
        Ok(day)
    }

    fn load_day(&self, day: Date) -> Result<LocalDay, VisitsError> {
        let (yesterday, tomorrow) = (day.yesterday().unwrap_or(day), day.tomorrow().unwrap_or(day));
        let mut fresh = [Zeroizing::new([0; 32]), Zeroizing::new([0; 32])];
        for salt in &mut fresh {
            self.sources.entropy.fill(salt.as_mut_slice())?;
        }
        let [for_yesterday, for_today] = &fresh;
        let (yesterdays_salt, salt) = self.store.visits(|tx| {
            // Always the older first, so that nodes which do this at once cannot deadlock.
            Ok::<_, StoreError>((tx.salt_of(yesterday, for_yesterday)?, tx.salt_of(day, for_today)?))
        })?;
        Ok(LocalDay {
            day,
            begins: self.zone.start_of(day),
            ends: self.zone.start_of(tomorrow),
            salt: Zeroizing::new(salt),
            yesterdays_salt: Zeroizing::new(yesterdays_salt),
        })
    }

    /// Folds one piece of the journal. An error leaves it for the next time: the hits are safe.
    fn fold_some(&mut self) {
        let folded = self.forget().and_then(|()| self.fold_once());
        self.is_behind = matches!(folded, Ok(FoldProgress::Partly(_)));
        if self.is_behind {
            return;
        }
        self.folded_at = Instant::now();
        if let Err(error) = folded {
            tracing::warn!(%error, "visits could not be folded");
        }
        let read = self.publish_figures().map_err(VisitsError::from);
        self.note_health(&read);
    }

    /// Folds until the journal is empty, waiting for other nodes if need be.
    fn fold_everything(&mut self) -> Result<(), StoreError> {
        self.forget()?;
        loop {
            match self.fold_once()? {
                FoldProgress::Busy => std::thread::sleep(TURN),
                FoldProgress::Partly(_) => {}
                FoldProgress::Done(_) => break,
            }
        }
        self.is_behind = false;
        self.folded_at = Instant::now();
        self.publish_figures()
    }

    fn fold_once(&mut self) -> Result<FoldProgress, StoreError> {
        let progress = self.store.visits(|tx| tx.fold())?;
        match &progress {
            FoldProgress::Busy => {}
            FoldProgress::Partly(tally) => self.note(tally),
            FoldProgress::Done(tally) => {
                self.note(tally);
                self.has_unfolded = false;
            }
        }
        Ok(progress)
    }

    /// Destroys salts and keys whose time is over, in the database and here.
    fn forget(&mut self) -> Result<(), StoreError> {
        let now = self.sources.clock.now();
        if now < self.forget_at {
            return Ok(());
        }
        let today = now.day_in(&self.zone);
        self.must_scrub |= self.store.visits(|tx| tx.forget(today, now))?;
        if self.must_scrub {
            self.must_scrub = !self.store.scrub_visits()?;
        }
        let is_behind = self.store.visits(|tx| tx.coarsen(today, self.keep_days))?;
        self.days.retain(|day| now < day.ends);
        // A month at a time, so that a site which comes back after years does not stand still over it.
        self.forget_at = if is_behind { now } else { now.plus_seconds(FORGET_EVERY_SECONDS) };
        Ok(())
    }

    fn publish_figures(&self) -> Result<(), StoreError> {
        let figures = read_figures(&self.store, &self.zone)?;
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

    /// Says in the log when counting stops and when it goes on, once each.
    fn note_health<T>(&self, outcome: &Result<T, VisitsError>) {
        let was_healthy = self.shared.is_healthy.swap(outcome.is_ok(), Ordering::Relaxed);
        match outcome {
            Err(error) if was_healthy => tracing::error!(%error, "visits cannot be counted: hits are refused"),
            Ok(_) if !was_healthy => tracing::info!("visits are counted again"),
            _ => {}
        }
    }
}

fn read_figures(store: &Store, zone: &SiteZone) -> Result<Figures, StoreError> {
    store.visits(|tx| {
        let now = tx.now();
        tx.figures(now.day_in(zone), now)
    })
}
