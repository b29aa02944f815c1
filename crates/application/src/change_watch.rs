//! Watching the change log: what lets a node keep what it has read.
//!
//! One thread per node looks at the log four times a second and tells whoever subscribed what has
//! changed, whichever node changed it. A cache that wants to be right keeps to three rules:
//!
//! 1. It keeps only what was read while [`ChangeWatch::known_head`] is known, and asks again before it
//!    uses what it kept.
//! 2. With a value it reads the head of the log *in the same snapshot*, and does not keep the value if it
//!    has heard of later changes already: those may be about it.
//! 3. It drops what [`News`] is about.
//!
//! Subscribers are told before the head is, so whoever sees a head knows that every cache has dropped
//! what changed up to it.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
        mpsc::{RecvTimeoutError, SyncSender, sync_channel},
    },
    time::{Duration, Instant},
};

use bantin_domain::time::Timestamp;
use bantin_persistence::{
    Store, StoreError,
    changes::{self, LoggedChange},
    due,
    pulse::{self, Pulse},
};

/// How often the log is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// A head that was seen longer ago is known no more: the database hangs, or this thread was not let run.
const KNOWN_FOR: Duration = Duration::from_secs(2);
/// With more changes than this at once, it is cheaper to forget everything than to read each.
const MOST_CHANGES: u32 = 1_000;
/// So many instants are known ahead. More than could pass between two looks.
const MOST_COMING: i64 = 64;

/// What a subscriber is told.
#[derive(Debug)]
pub enum News<'n> {
    /// These changes, up to a head; nothing else changed since the news before.
    Changed {
        /// What changed, oldest first.
        changes: &'n [LoggedChange],
        /// The number of the last one.
        head: i64,
    },
    /// Anything may have changed up to this head.
    Anything {
        /// The number of the newest change.
        head: i64,
        /// The newest changes, the newest first: enough to say when something of each kind last changed.
        latest: &'n [LoggedChange],
    },
    /// The log cannot be read. Nothing that was kept may be used until there is other news.
    Silence,
    /// When something will become visible or stop to be, by time alone. Told whenever the list has changed:
    /// a schedule is not in the log, since nobody sees anything of it yet.
    Coming {
        /// The next instants, in their order; the first may have passed since the look before.
        instants: &'n [Timestamp],
    },
}

/// The log as it was last seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownHead {
    /// The number of the newest change.
    pub head: i64,
    /// The time of the database when it was looked at; see [`Pulse`].
    pub database_time: Timestamp,
    seen: Instant,
}

type Listener = Box<dyn Fn(&News<'_>) + Send + Sync>;

/// Watches the change log: see the module. Cheap to clone; the thread ends with the last of them.
#[derive(Clone)]
pub struct ChangeWatch {
    shared: Arc<Shared>,
    /// Dropped with the last watch, which the thread notices.
    _running: SyncSender<()>,
}

struct Shared {
    store: Store,
    known: RwLock<Option<KnownHead>>,
    begun: Instant,
    /// When the log was last seen, in milliseconds since it was begun to look.
    seen: AtomicU64,
    /// Held while looking, so that news come in their order.
    told: Mutex<Told>,
    listeners: RwLock<Vec<Listener>>,
}

/// What subscribers know.
struct Told {
    log: Log,
    coming: Vec<Timestamp>,
    /// As of when it was last looked at, by the clock of the store.
    looked: Option<Timestamp>,
}

enum Log {
    /// The log up to a head.
    Through(i64),
    /// That there is nothing to know.
    Silence,
}

impl ChangeWatch {
    /// Looks once, and then goes on looking in a thread of its own.
    ///
    /// # Errors
    /// When the system gives no thread. A database that is away is no error: then no head is known.
    pub fn start(store: Store) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            store,
            known: RwLock::default(),
            begun: Instant::now(),
            seen: AtomicU64::new(0),
            told: Mutex::new(Told { log: Log::Silence, coming: Vec::new(), looked: None }),
            listeners: RwLock::default(),
        });
        shared.look();
        let (running, stop) = sync_channel(0);
        let watching = Arc::clone(&shared);
        std::thread::Builder::new().name("changes".to_owned()).spawn(move || {
            while let Err(RecvTimeoutError::Timeout) = stop.recv_timeout(LOOK_EVERY) {
                watching.look();
            }
        })?;
        Ok(Self { shared, _running: running })
    }

    /// The head of the log as it was seen a moment ago; `None` while it cannot be seen.
    pub fn known_head(&self) -> Option<KnownHead> {
        let known = *self.shared.known.read().unwrap_or_else(PoisonError::into_inner);
        known.filter(|known| known.seen.elapsed() < KNOWN_FOR)
    }

    /// Tells `listener` all news from now on, on the thread that looks: it must be quick. The first is
    /// that anything may have changed.
    pub fn subscribe(&self, listener: impl Fn(&News<'_>) + Send + Sync + 'static) {
        let told = locked(&self.shared.told);
        match told.log {
            Log::Through(head) => listener(&News::Anything { head, latest: &self.shared.latest() }),
            Log::Silence => listener(&News::Silence),
        }
        if !told.coming.is_empty() {
            listener(&News::Coming { instants: &told.coming });
        }
        self.shared.listeners.write().unwrap_or_else(PoisonError::into_inner).push(Box::new(listener));
    }

    /// For how long, as of an instant, the log has not been seen: a quarter of a second while all is well.
    pub fn unseen_for(&self, now: Instant) -> Duration {
        let seen = Duration::from_millis(self.shared.seen.load(Ordering::Relaxed));
        now.saturating_duration_since(self.shared.begun).saturating_sub(seen)
    }

    /// Looks at once and tells what there is, for who has changed something and will not wait. Blocks.
    pub fn look(&self) {
        self.shared.look();
    }
}

impl Shared {
    fn look(&self) {
        let mut told = locked(&self.told);
        let seen = Instant::now();
        let looked = self.store.public(|reader| {
            let pulse = pulse::feel(reader)?;
            let news = match told.log {
                Log::Through(through) if pulse.head > through => changes::after(reader, through, MOST_CHANGES)?,
                _ => Vec::new(),
            };
            // Since the look before: what was scheduled meanwhile may have passed meanwhile.
            let coming = due::coming(reader, told.looked.unwrap_or(reader.now()), MOST_COMING)?;
            Ok::<_, StoreError>((pulse, news, coming, reader.now()))
        });
        let known = match looked {
            Ok((pulse, changes, coming, now)) => {
                self.tell_of(&mut told.log, pulse, &changes);
                if told.coming != coming {
                    self.tell(&News::Coming { instants: &coming });
                }
                told.coming = coming;
                told.looked = Some(now);
                let millis = seen.saturating_duration_since(self.begun).as_millis();
                self.seen.store(u64::try_from(millis).unwrap_or(u64::MAX), Ordering::Relaxed);
                Some(KnownHead { head: pulse.head, database_time: pulse.database_time, seen })
            }
            Err(error) => {
                self.fall_silent(&mut told.log, &error);
                None
            }
        };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
    }

    fn tell_of(&self, told: &mut Log, pulse: Pulse, changes: &[LoggedChange]) {
        let head = pulse.head;
        match *told {
            Log::Through(through) if through == head => return,
            // All of them were read. A head that went back is another database: a backup was put in place.
            Log::Through(_) if changes.last().is_some_and(|last| last.seq == head) => {
                self.tell(&News::Changed { changes, head });
            }
            _ => self.tell(&News::Anything { head, latest: &self.latest() }),
        }
        *told = Log::Through(head);
    }

    /// Nothing where they cannot be read: the next look will say so.
    fn latest(&self) -> Vec<LoggedChange> {
        self.store.public(|reader| changes::latest(reader, MOST_CHANGES)).unwrap_or_else(|_: StoreError| Vec::new())
    }

    fn fall_silent(&self, told: &mut Log, error: &StoreError) {
        if matches!(told, Log::Through(_)) {
            tracing::warn!(%error, "the change log cannot be read: nothing is kept in memory meanwhile");
            self.tell(&News::Silence);
        }
        *told = Log::Silence;
    }

    fn tell(&self, news: &News<'_>) {
        for listener in self.listeners.read().unwrap_or_else(PoisonError::into_inner).iter() {
            listener(news);
        }
    }
}

impl fmt::Debug for ChangeWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChangeWatch({:?})", self.known_head())
    }
}

/// A value behind a lock that somebody may have left in a panic: none of ours is ever half changed.
fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
