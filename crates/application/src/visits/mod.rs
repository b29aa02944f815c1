//! Counting visits: fast, durable, exact, and with nothing kept about anybody.
//!
//! One writer thread per node takes whatever hits are queued as soon as its last commit has
//! returned, journals them in one commit and then answers all of them. So an answer means that the hit
//! is on disk, and the cost of getting it there is shared by all who wait, the more the busier it is.
//! Another thread folds the journal into the tables, twice a second, which is where a hit is found to be
//! a page view, a visit or a repetition (see [`bantin_persistence::visits`]). Neither waits for the other.
//!
//! Because that is decided in the database, over the journals of all nodes and by one of them at a
//! time, the numbers are exact whatever crashes and however many nodes there are. The price is that
//! an answer may come before its own hit shows in [`VisitCounter::stats`]: half a second at most.
//!
//! A visitor is a key that cannot be undone once its day's salt is gone. Address and user agent
//! live as long as a hit waits in the queue, in memory.

mod agent;
mod exclusion;
mod folder;
mod key;
mod sights;
mod writer;

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{SyncSender, TrySendError, channel, sync_channel},
    },
    thread::JoinHandle,
};

use bantin_domain::{
    category::CategoryId,
    kind::Target,
    named::Named,
    time::{Clock, SiteZone, Timestamp},
    visits::{DayCount, Exclusion, ONLINE_SECONDS, Outcome, ReferrerHost, second_of},
};
use bantin_persistence::{Store, StoreError, visits::Figures};
use tokio::sync::oneshot;
use uuid::Uuid;

use self::{
    agent::Agents,
    folder::Folder,
    writer::{Dated, Request, Waiting, Writer},
};
pub use self::{
    exclusion::announces_prefetch,
    sights::{Seen, Sights},
};
use crate::{app::Sources, auth::entropy::EntropyError};

/// How visits are counted.
#[derive(Debug, Clone)]
pub struct VisitSettings {
    /// Where the site's days begin. All nodes must agree on it.
    pub zone: SiteZone,
    /// How many hits may wait for their commit before others are refused.
    pub queue: usize,
    /// For how many days the hours of the site are kept, and its days by site, device and section. What
    /// is older is added up: no total changes.
    pub keep_days: u32,
    /// Whether who asks not to be tracked (`Sec-GPC`, `DNT`) is counted without being told apart.
    pub heeds_do_not_track: bool,
}

impl VisitSettings {
    /// The usual settings in a zone.
    pub fn in_zone(zone: SiteZone) -> Self {
        Self { zone, queue: 8_192, keep_days: 400, heeds_do_not_track: true }
    }
}

/// A hit as it comes from outside.
pub struct Hit {
    /// What was looked at. Whether an item is public has been asked before: see [`Sights`].
    pub viewed: HitTarget,
    /// The section in which that stands.
    pub category: Option<CategoryId>,
    /// From which other site the reader came.
    pub referrer: Option<ReferrerHost>,
    /// From where, by the rules on trusted proxies. Never stored.
    pub client: IpAddr,
    /// With what; empty if the header is missing. Never stored.
    pub user_agent: String,
    /// The client's own name for this hit.
    pub hit_id: Option<Uuid>,
    /// The client asks not to be tracked: its view is counted, but belongs to no visitor.
    pub do_not_track: bool,
    /// The browser fetches ahead (see [`announces_prefetch`]).
    pub prefetch: bool,
    /// It comes with the token of somebody of the desk.
    pub by_editor: bool,
}

/// What a hit looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HitTarget {
    /// A public content item.
    Item(Target),
    /// Any other path of the site; all of them count in one bucket.
    Path(String),
}

/// Why a hit was not taken. It may come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CountError {
    /// More hits wait than may.
    #[error("too many hits are waiting to be counted")]
    Overloaded,
    /// It could not be written, or nothing can be at the moment.
    #[error("visits cannot be counted at the moment")]
    Unavailable,
}

/// Why counting could not begin.
#[derive(Debug, thiserror::Error)]
pub enum VisitsError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is nothing to make a salt of.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The system gave no thread.
    #[error("the thread that counts visits could not be started: {0}")]
    Thread(std::io::Error),
}

/// The numbers of the widget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// Visitors with a hit in the last [`ONLINE_SECONDS`], over all nodes.
    pub online: i64,
    /// All visits ever, and the baseline.
    pub total: i64,
    /// All visits ever.
    pub visits: i64,
    /// What the site brought along.
    pub baseline: i64,
    /// Since when visits are counted.
    pub since: Timestamp,
    /// The local day so far.
    pub today: DayCount,
    /// The zone whose day that is.
    pub zone: SiteZone,
}

/// Which numbers [`VisitCounter::stats`] gives at a moment: while it is the same, so are they. Whoever has
/// worked something out of them need not do so again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edition {
    /// How often the numbers were read from the tables.
    reading: u64,
    /// The second: in the next one somebody may have left, or a day begun.
    second: i64,
}

/// What became of the hits that this node took or folded since it started, for the metrics.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VisitMetrics {
    /// Page views that this node folded, also those that other nodes took.
    pub page_views: u64,
    /// Hits that were not counted, by every reason there is.
    pub excluded: BTreeMap<Exclusion, u64>,
    /// Hits that were refused, for the client to send again.
    pub refused: u64,
}

/// Counts visits: see the module.
pub struct VisitCounter {
    clock: Arc<dyn Clock>,
    zone: SiteZone,
    heeds_do_not_track: bool,
    agents: Agents,
    shared: Arc<Shared>,
    requests: SyncSender<Request>,
    /// The writer, and the folder, which ends after it.
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What writer and folder tell the others.
struct Shared {
    figures: Mutex<Arc<Figures>>,
    /// How often they were read. Raised after they are replaced: who sees it then sees them, too.
    reading: AtomicU64,
    /// Of the journal. While it is ill, hits are refused at once, instead of each waiting in turn for a
    /// database that is away.
    writing: Health,
    /// Of the tables, which on SQLite are another file: one may be away without the other.
    folding: Health,
    page_views: AtomicU64,
    excluded: Mutex<BTreeMap<Exclusion, u64>>,
    refused: AtomicU64,
}

/// Whether the last attempt of a thread to do its work succeeded. Each has its own: that the numbers can be read
/// does not say that a hit can be written.
struct Health {
    is_well: AtomicBool,
    /// What to say when it falls ill, and when it is well again.
    says: [&'static str; 2],
}

impl VisitCounter {
    /// Starts the writer and the folder, after what an earlier run left in the journal is folded.
    ///
    /// # Errors
    /// See [`VisitsError`].
    pub fn start(store: Store, settings: VisitSettings, sources: Sources) -> Result<Self, VisitsError> {
        let (zone, clock) = (settings.zone.clone(), Arc::clone(&sources.clock));
        let (folder, shared) = Folder::open(store.clone(), &sources, &settings)?;
        let (requests, queue) = sync_channel(settings.queue);
        let (orders, ordered) = channel();
        let writer = Writer::new(store, sources, settings.zone, Arc::clone(&shared), orders);
        let writing = spawn("visits", move || writer.run(&queue))?;
        let folding = spawn("visits-fold", move || folder.run(&ordered))?;
        Ok(Self {
            clock,
            zone,
            heeds_do_not_track: settings.heeds_do_not_track,
            agents: Agents::new(),
            shared,
            requests,
            threads: Mutex::new(vec![writing, folding]),
        })
    }

    /// Counts a hit, or decides that it is none. Returns after the commit that holds it; what it
    /// counts as shows in [`VisitCounter::stats`] within a second.
    ///
    /// # Errors
    /// See [`CountError`]: it is not known to be counted, and should be sent again, with the same hit
    /// id if it had one.
    pub async fn count(&self, hit: Hit) -> Result<(), CountError> {
        let dated = match self.sort_out(hit, self.clock.now()) {
            Ok(dated) => dated,
            Err(reason) => {
                self.leave_out(reason);
                return Ok(());
            }
        };
        let counted = if self.shared.writing.is_well() {
            self.ask(|answer| Request::Count(Waiting { dated, answer })).await
        } else {
            Err(CountError::Unavailable)
        };
        if counted.is_err() {
            self.shared.refused.fetch_add(1, Ordering::Relaxed);
        }
        counted
    }

    /// Counts hits of the past, at the instants that are given with them, all or none, and says what
    /// became of each. Slower than [`VisitCounter::count`]: each call is a commit of its own.
    ///
    /// # Errors
    /// See [`CountError`].
    pub async fn count_past(&self, hits: Vec<(Hit, Timestamp)>) -> Result<Vec<Outcome>, CountError> {
        let sorted: Vec<_> = hits.into_iter().map(|(hit, at)| self.sort_out(hit, at)).collect();
        let outcomes: Vec<_> = sorted.iter().map(|dated| dated.as_ref().err().copied()).collect();
        let dated: Vec<Dated> = sorted.into_iter().filter_map(Result::ok).collect();
        let (count, mut decided) = (dated.len(), Vec::new());
        if count > 0 {
            decided = self.ask(|answer| Request::CountNow(dated, answer)).await.inspect_err(|_| {
                self.shared.refused.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
            })?;
        }
        let mut decided = decided.into_iter();
        let outcome = |left_out: Option<Exclusion>| match left_out {
            Some(reason) => {
                self.leave_out(reason);
                Ok(Outcome::Excluded(reason))
            }
            None => decided.next().ok_or(CountError::Unavailable),
        };
        outcomes.into_iter().map(outcome).collect()
    }

    /// What is to be counted, or why it is left out before anything is written.
    fn sort_out(&self, mut hit: Hit, at: Timestamp) -> Result<Dated, Exclusion> {
        let agent = self.agents.read(&hit.user_agent);
        hit.do_not_track &= self.heeds_do_not_track;
        exclusion::of(&hit, agent).map_or(Ok(Dated { hit, at, device: agent.device }), Err)
    }

    fn leave_out(&self, reason: Exclusion) {
        *locked(&self.shared.excluded).entry(reason).or_default() += 1;
    }

    /// Returns when everything that was counted before stands in the tables and in the numbers.
    ///
    /// # Errors
    /// See [`CountError`].
    pub async fn settle(&self) -> Result<(), CountError> {
        self.ask(Request::Settle).await
    }

    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<Result<T, CountError>>) -> Request,
    ) -> Result<T, CountError> {
        let (answer, answered) = oneshot::channel();
        self.requests.try_send(request(answer)).map_err(|error| match error {
            TrySendError::Full(_) => CountError::Overloaded,
            TrySendError::Disconnected(_) => CountError::Unavailable,
        })?;
        answered.await.unwrap_or(Err(CountError::Unavailable))
    }

    /// The numbers, from memory: folded at most half a second ago, and counted as of now, so that
    /// who has left goes offline and a new day begins at zero on time.
    pub fn stats(&self) -> Stats {
        let now = self.clock.now();
        let figures = Arc::clone(&locked(&self.shared.figures));
        let long_ago = second_of(now) - ONLINE_SECONDS;
        let online = figures.presence.iter().filter(|(second, _)| *second > long_ago).map(|(_, visitors)| visitors);
        let is_today = figures.day == now.day_in(&self.zone);
        Stats {
            online: online.sum(),
            total: figures.visits + figures.baseline,
            visits: figures.visits,
            baseline: figures.baseline,
            since: figures.since,
            today: if is_today { figures.of_day } else { DayCount::default() },
            zone: self.zone.clone(),
        }
    }

    /// Which numbers [`VisitCounter::stats`] gives now. To be asked before them: what was worked out of
    /// later numbers may stand under it for the rest of a second, and what was worked out of earlier ones never.
    pub fn edition(&self) -> Edition {
        Edition { reading: self.shared.reading.load(Ordering::Acquire), second: second_of(self.clock.now()) }
    }

    /// Whether hits are taken at the moment, and shown in the numbers.
    pub fn is_healthy(&self) -> bool {
        self.shared.writing.is_well() && self.shared.folding.is_well()
    }

    /// What became of the hits so far.
    pub fn metrics(&self) -> VisitMetrics {
        let excluded = locked(&self.shared.excluded);
        let count = |reason: &Exclusion| (*reason, excluded.get(reason).copied().unwrap_or_default());
        VisitMetrics {
            page_views: self.shared.page_views.load(Ordering::Relaxed),
            excluded: Exclusion::ALL.iter().map(count).collect(),
            refused: self.shared.refused.load(Ordering::Relaxed),
        }
    }

    /// Takes no more hits, finishes those that wait, folds them, and returns. Blocks the thread.
    pub fn shut_down(&self) {
        // Fails only when the writer has stopped already. The folder ends when the writer has.
        let _ = self.requests.send(Request::Stop);
        for thread in std::mem::take(&mut *locked(&self.threads)) {
            // It has nothing to tell: what it could not answer, it has not acknowledged.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn new(figures: Figures) -> Self {
        Self {
            figures: Mutex::new(Arc::new(figures)),
            reading: AtomicU64::new(0),
            writing: Health::new(["visits cannot be counted: hits are refused", "visits are counted again"]),
            folding: Health::new(["the numbers of visits stand still", "the numbers of visits move again"]),
            page_views: AtomicU64::new(0),
            excluded: Mutex::default(),
            refused: AtomicU64::new(0),
        }
    }
}

impl Health {
    fn new(says: [&'static str; 2]) -> Self {
        Self { is_well: AtomicBool::new(true), says }
    }

    fn is_well(&self) -> bool {
        self.is_well.load(Ordering::Relaxed)
    }

    /// Says in the log when it falls ill and when it is well again, once each.
    fn note<T>(&self, outcome: &Result<T, VisitsError>) {
        let was_well = self.is_well.swap(outcome.is_ok(), Ordering::Relaxed);
        let [ill, well] = self.says;
        match outcome {
            Err(error) if was_well => tracing::error!(%error, "{ill}"),
            Ok(_) if !was_well => tracing::info!("{well}"),
            _ => {}
        }
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, VisitsError> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map_err(VisitsError::Thread)
}

/// A value behind a lock that somebody may have left in a panic: none of ours is ever half changed.
fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
