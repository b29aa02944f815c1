//! The response cache: a public read that was answered before is answered again out of memory, at nearly
//! the rate of a server that returns fixed bytes.
//!
//! [`Front`](layer::Front) stands before everything else. It writes the `key` of a public read and looks
//! for the [`entry`] of that name: a finished answer with finished headers. A hit touches no route, no JSON
//! and no database. On a miss it strips the request of everything that is not in the key, so that nothing
//! else can change a byte, and has the answer made by one of all who wait for it (`flight`); if that is
//! for everybody, it is kept.
//!
//! What makes it right is the change log. Each answer carries what it was made of (`tags`, `route`).
//! When a change becomes known, what it touches is dropped; when an instant passes at which time alone
//! changes something, everything is; an answer that was begun before a change that has become known is not
//! kept in the first place (`ledger`). Who publishes something on this node is answered only after the
//! change is known ([`App::after_writes`]); other nodes look four times a second. While the log cannot be
//! read, what is kept is served for a minute at most, and then nothing.
//!
//! A change is looked for in every entry. An index from tags to entries would be faster and one more thing
//! that must never be out of step: a thousand entries are looked through in some fifty microseconds, and
//! publishing is rare.

pub mod coding;
pub mod entry;
mod flight;
mod key;
pub mod layer;
mod ledger;
mod route;
mod tags;

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use actix_web::http::header::HeaderValue;
use bantin_application::{
    App, AppError,
    bounded::Bounded,
    change_watch::{ChangeWatch, News},
    site,
};
use bantin_domain::{
    kind::Kind,
    locale::Locale,
    site::SiteContent,
    time::{Clock, SiteZone, Timestamp},
};
use tokio::sync::Semaphore;

use self::{entry::Entry, flight::Flights, ledger::Ledger};
use crate::validators::Modified;

pub use self::{
    ledger::Basis,
    route::Route,
    tags::{Tags, Touch},
};

/// What is typed into a search box is kept when it was asked for before: so many questions are known.
const MOST_QUESTIONS: usize = 10_000;
/// How long an answer of the search index is kept: a rename reaches the index later than the log. And one of the very
/// second of a change, whose date no client can ask by.
const BRIEFLY: Duration = Duration::from_secs(1);
/// The room of an entry, on average: so the store knows for how many it is to make room.
const TYPICAL_BYTES: u64 = 24 * 1_024;

/// What the cache is told.
#[derive(Debug, Clone)]
pub struct CacheSettings {
    /// How much memory it may take; 0 turns it off.
    pub bytes: u64,
    /// The `Cache-Control` of public answers. The same whether or not anything is scheduled: a shorter one
    /// would tell that something is about to appear.
    pub control: String,
    /// For how long what is kept is served while the change log cannot be read.
    pub stale_for: Duration,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self {
            bytes: 64 * 1_024 * 1_024,
            control: "public, max-age=10, s-maxage=30, stale-while-revalidate=30".to_owned(),
            stale_for: Duration::from_secs(60),
        }
    }
}

/// What it has done so far, and what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheMetrics {
    /// Public reads that were answered out of memory, also those who waited for another's answer.
    pub hits: u64,
    /// Those that were not.
    pub misses: u64,
    /// How many answers it holds.
    pub entries: u64,
    /// How much memory they take, at most.
    pub bytes: u64,
}

/// The response cache.
pub struct Cache {
    kept: Arc<Kept>,
    watch: ChangeWatch,
    clock: Arc<dyn Clock>,
    control: HeaderValue,
    stale_for: Duration,
    flights: Flights,
    questions: Mutex<Bounded<Box<[u8]>, ()>>,
    coders: Arc<Semaphore>,
    hits: AtomicU64,
    misses: AtomicU64,
}

type Store = quick_cache::sync::Cache<Box<[u8]>, Arc<Entry>, Weighter>;

/// What is kept, and what is known of it. Whoever changes the store holds the ledger.
struct Kept {
    store: Option<Store>,
    ledger: Mutex<Ledger>,
    /// From when on, in microseconds, time may have changed something. Asked for each hit, so it stands
    /// beside the ledger and not in it.
    horizon: AtomicI64,
    /// What the site says of itself. Almost every answer that is made needs it, and it changes once a month.
    site: RwLock<Option<Site>>,
}

/// What the site says of itself.
#[derive(Clone)]
struct Site {
    content: Arc<SiteContent>,
    /// Its languages, the default one first.
    locales: Arc<[Locale]>,
}

impl From<SiteContent> for Site {
    fn from(content: SiteContent) -> Self {
        let others = content.locales.iter().filter(|locale| **locale != content.default_locale);
        let locales = std::iter::once(&content.default_locale).chain(others).cloned().collect();
        Self { content: Arc::new(content), locales }
    }
}

#[derive(Clone)]
struct Weighter;

impl quick_cache::Weighter<Box<[u8]>, Arc<Entry>> for Weighter {
    fn weight(&self, key: &Box<[u8]>, entry: &Arc<Entry>) -> u64 {
        u64::try_from(key.len() + entry.bytes()).unwrap_or(u64::MAX)
    }
}

impl Cache {
    /// An empty cache that hears of every change, and has this node's changes told before their authors are
    /// answered.
    pub fn new(settings: &CacheSettings, app: &App, watch: ChangeWatch, zone: SiteZone) -> Self {
        let clock = app.sources().clock.clone();
        let room = usize::try_from(settings.bytes / TYPICAL_BYTES).unwrap_or(usize::MAX);
        let kept = Arc::new(Kept {
            store: (settings.bytes > 0).then(|| Store::with_weighter(room, settings.bytes, Weighter)),
            ledger: Mutex::new(Ledger::new(zone)),
            horizon: AtomicI64::new(0),
            site: RwLock::default(),
        });
        let (hearing, listening) = (Arc::clone(&kept), clock.clone());
        watch.subscribe(move |news| hearing.hear(news, listening.now()));
        let telling = watch.clone();
        app.after_writes(move || telling.look());
        Self {
            kept,
            watch,
            clock,
            control: HeaderValue::from_str(&settings.control).unwrap_or(HeaderValue::from_static("no-cache")),
            stale_for: settings.stale_for,
            flights: Flights::default(),
            questions: Mutex::new(Bounded::new(MOST_QUESTIONS)),
            coders: Arc::new(Semaphore::new(1)),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// The `Cache-Control` of public answers.
    pub fn control(&self) -> HeaderValue {
        self.control.clone()
    }

    /// What it has done so far.
    pub fn metrics(&self) -> CacheMetrics {
        let store = self.kept.store.as_ref();
        CacheMetrics {
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            entries: store.map_or(0, |store| u64::try_from(store.len()).unwrap_or(u64::MAX)),
            bytes: store.map_or(0, Store::weight),
        }
    }

    fn is_on(&self) -> bool {
        self.kept.store.is_some()
    }

    /// What an answer is based on that is begun now.
    fn basis(&self) -> Basis {
        let now = self.clock.now();
        self.kept.notice(now);
        locked(&self.kept.ledger).basis(now)
    }

    /// The answer that is kept under a key, if it still is the answer.
    fn find(&self, key: &[u8], at: Instant) -> Option<Arc<Entry>> {
        let store = self.kept.store.as_ref()?;
        self.kept.notice(self.clock.now());
        let entry = store.get(key)?;
        (!entry.is_over(at) && self.watch.unseen_for(at) <= self.stale_for).then_some(entry)
    }

    /// Keeps an answer, unless it is not the answer any more: then it is nobody else's either.
    fn keep(&self, key: &[u8], entry: &Arc<Entry>, basis: &Basis) -> bool {
        let Some(store) = &self.kept.store else { return false };
        let is_admitted = !entry.tags().route().searches || self.was_asked_before(key);
        let ledger = locked(&self.kept.ledger);
        let is_current = ledger.is_current(basis, entry.tags());
        if is_current && is_admitted {
            store.insert(key.into(), Arc::clone(entry));
        }
        is_current
    }

    fn was_asked_before(&self, key: &[u8]) -> bool {
        let mut questions = locked(&self.questions);
        let key: Box<[u8]> = key.into();
        let was = questions.get(&key).is_some();
        questions.insert(key, ());
        was
    }

    /// Until when an answer of a route is kept at most, that was modified then.
    fn until(route: Route, modified: Option<Modified>, begun: Instant) -> Option<Instant> {
        let is_early = modified.is_some_and(|modified| modified.is_early());
        (route.searches || is_early).then(|| begun + BRIEFLY)
    }

    /// The site's languages, the default one first, as far as they are known.
    fn locales(&self) -> Option<Arc<[Locale]>> {
        self.kept.site().map(|site| site.locales)
    }

    /// What the site says of itself. It stays known until the site changes.
    ///
    /// # Errors
    /// When it is not known and cannot be read.
    pub async fn site(&self, app: &App) -> Result<Arc<SiteContent>, AppError> {
        Ok(self.known_site(app).await?.content)
    }

    /// The site's languages, the default one first.
    ///
    /// # Errors
    /// When they are not known and cannot be read.
    pub async fn languages(&self, app: &App) -> Result<Arc<[Locale]>, AppError> {
        Ok(self.known_site(app).await?.locales)
    }

    async fn known_site(&self, app: &App) -> Result<Site, AppError> {
        if let Some(site) = self.kept.site() {
            return Ok(site);
        }
        let basis = self.basis();
        let site = Site::from(app.public(site::content).await?);
        let ledger = locked(&self.kept.ledger);
        if ledger.has_heard_nothing_since(&basis) {
            self.kept.know(Some(site.clone()));
        }
        Ok(site)
    }
}

impl Kept {
    fn hear(&self, news: &News<'_>, now: Timestamp) {
        // What has passed must be noticed before it is known what comes next.
        self.notice(now);
        let mut ledger = locked(&self.ledger);
        match news {
            News::Changed { changes, head } => {
                let touches: Vec<Touch> = changes.iter().map(Touch::of).collect();
                ledger.hear(changes, *head);
                if changes.iter().any(|logged| logged.change.target.kind == Kind::Site) {
                    self.know(None);
                }
                if let Some(store) = &self.store {
                    store.retain(|_, entry| !touches.iter().any(|touch| entry.tags().are_touched_by(touch)));
                }
            }
            News::Anything { head, latest } => {
                ledger.begin_anew(*head, latest);
                self.know(None);
                self.clear();
            }
            News::Silence => {
                ledger.fall_silent();
                self.know(None);
            }
            News::Coming { instants } => self.look_forward_to(ledger.expect(instants, now)),
        }
    }

    /// Drops everything when time has changed something.
    fn notice(&self, now: Timestamp) {
        if now.as_micros() < self.horizon.load(Ordering::Acquire) {
            return;
        }
        let mut ledger = locked(&self.ledger);
        if now.as_micros() >= self.horizon.load(Ordering::Acquire) {
            self.clear();
            self.look_forward_to(ledger.pass(now));
        }
    }

    fn look_forward_to(&self, horizon: Timestamp) {
        self.horizon.store(horizon.as_micros(), Ordering::Release);
    }

    fn site(&self) -> Option<Site> {
        self.site.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn know(&self, site: Option<Site>) {
        *self.site.write().unwrap_or_else(PoisonError::into_inner) = site;
    }

    fn clear(&self) {
        if let Some(store) = &self.store {
            store.clear();
        }
    }
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cache({:?})", self.metrics())
    }
}

/// A value behind a lock that somebody may have left in a panic: none of ours is ever half changed.
fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
