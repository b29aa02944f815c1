//! The thread that takes hits: it writes them into the journal, a batch at a time, and answers.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender},
    },
    time::Duration,
};

use bantin_domain::{
    id::Id,
    time::{Date, SiteZone, Timestamp},
    visits::{CARRY_SECONDS, Device, LocalHour, Outcome, RecordedHit, Viewed, VisitorKeys},
};
use bantin_persistence::{
    Store, StoreError,
    visits::{AppendAgainError, BatchId, DaySalt, Node},
};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::{
    CountError, Hit, HitTarget, Shared, VisitsError,
    folder::{FORGET_EVERY_SECONDS, Order},
    key,
};
use crate::app::Sources;

/// The most hits in one commit. More would only make the first of them wait for the last.
const BATCH: usize = 1_024;
/// How long salts of a day that is over may stay in memory when nobody comes.
const FORGET_EVERY: Duration = Duration::from_secs(FORGET_EVERY_SECONDS.unsigned_abs());
/// How often to try whether hits can be written again: while they cannot, none comes that would show it.
const TRY_EVERY: Duration = Duration::from_secs(1);

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
    node: Id<Node>,
    last_batch: i64,
    /// Today, around midnight the day before or after, and yesterday while hits of the past come in.
    days: Vec<Arc<LocalDay>>,
    shared: Arc<Shared>,
    folder: Sender<Order>,
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
    /// A node that has taken nothing yet, and the one who counts what it takes.
    pub(super) fn new(
        store: Store,
        sources: Sources,
        zone: SiteZone,
        shared: Arc<Shared>,
        folder: Sender<Order>,
    ) -> Self {
        Self { store, node: sources.ids.next(), sources, zone, last_batch: 0, days: Vec::new(), shared, folder }
    }

    /// Serves until it is asked to stop or nobody is left to ask.
    pub(super) fn run(mut self, requests: &Receiver<Request>) {
        while self.serve(requests).is_continue() {}
    }

    fn serve(&mut self, requests: &Receiver<Request>) -> ControlFlow<()> {
        let mut batch = Vec::new();
        let is_well = self.shared.writing.is_well();
        let mut next = match requests.recv_timeout(if is_well { FORGET_EVERY } else { TRY_EVERY }) {
            Ok(request) => Some(request),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Request::Stop),
        };
        if !is_well && !matches!(next, Some(Request::Count(_) | Request::Stop)) {
            let tried = self.try_to_write();
            self.shared.writing.note(&tried);
        }
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
                match hits.iter().map(|hit| self.record(hit)).collect::<Result<Vec<_>, _>>() {
                    Ok(recorded) => self.order(Order::CountNow(recorded, answer)),
                    Err(error) => {
                        self.shared.writing.note::<()>(&Err(error));
                        // Who asked may have gone.
                        let _ = answer.send(Err(CountError::Unavailable));
                    }
                }
            }
            Some(Request::Settle(answer)) => self.order(Order::Settle(answer)),
            _ => {}
        }
        let now = self.sources.clock.now();
        self.days.retain(|day| now < day.ends);
        ControlFlow::Continue(())
    }

    /// Hands on what is to be done with the tables. The one who does it lives as long as this thread; if it died,
    /// the answer dies with the order, and who waits for it is told so.
    fn order(&self, order: Order) {
        let _ = self.folder.send(order);
    }

    /// Journals a batch and answers everybody in it.
    fn commit(&mut self, batch: Vec<Waiting>) {
        let hits = batch.iter().map(|waiting| self.record(&waiting.dated)).collect::<Result<Vec<_>, _>>();
        let committed = hits.and_then(|hits| self.journal(&hits).map_err(VisitsError::from));
        self.shared.writing.note(&committed);
        for waiting in batch {
            // Who asked may have gone; the hit counts all the same.
            let _ = waiting.answer.send(if committed.is_ok() { Ok(()) } else { Err(CountError::Unavailable) });
        }
    }

    /// Does for no hit what a hit needs: its day, and a batch in the journal.
    fn try_to_write(&mut self) -> Result<(), VisitsError> {
        self.day_of(self.sources.clock.now())?;
        Ok(self.journal(&[])?)
    }

    /// Writes a batch in one commit, and if that fails once more: a connection that was lost while idle
    /// is found out only by using it. The second attempt looks for one that lives, and knows if the first
    /// succeeded after all.
    fn journal(&mut self, hits: &[RecordedHit]) -> Result<(), StoreError> {
        // A number is used for one batch only, also one that is given up: it may yet be committed.
        self.last_batch += 1;
        let batch = BatchId { node: self.node, number: self.last_batch };
        if self.store.hits_at_once(|tx| tx.append(batch, hits)).is_ok() {
            return Ok(());
        }
        match self.store.hits(|tx| tx.append_again(batch, hits)) {
            Ok(()) | Err(AppendAgainError::Kept) => Ok(()),
            Err(AppendAgainError::Store(error)) => Err(error),
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
            hour: LocalHour::hour_since(day.begins, at),
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
}
