//! The running program, as far as use cases are concerned.

use std::{
    net::{IpAddr, Ipv6Addr},
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::Duration,
};

use bantin_domain::{
    audit::Entry,
    id::{Id, IdSource},
    media::MediaId,
    policy::{Actor, Credential, Resource, Session},
    time::{Clock, SiteZone},
    user::User,
    webhook::Reach,
};
use bantin_persistence::{
    Desk, PublicReader, Store, StoreError, StoreSettings, Tx, accounts, api_keys as stored_keys,
    audit::{self, Who},
    changes::{self, NewChange},
    due, items,
    migrate::{self, MigrateError},
    public::archive,
    statements,
};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::{
    api_keys::{KeyDigest, KnownKey, book::Book},
    auth::{
        entropy::Entropy,
        key_ring::KeyRing,
        password::HashParameters,
        secret_key::SecretKey,
        token::{self, Issuer, TokenRefused},
    },
    cost,
    error::AppError,
    media, roles, sessions, site,
};

/// What the program is told before it starts. Where it comes from (flags, environment, file) is the
/// command line's business.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The database.
    pub store: StoreSettings,
    /// Where local files go.
    pub data_dir: PathBuf,
    /// Where the key lies that wraps secrets kept in the database.
    pub secret_key_file: PathBuf,
    /// Whether that key may be made when there is none: on SQLite, where there is one node.
    pub make_secret_key: bool,
    /// Where this API is reached, without a slash at the end.
    pub public_url: String,
    /// Where the site's days begin.
    pub zone: SiteZone,
    /// Whether to bring the database to shape, or to refuse one that is not.
    pub auto_migrate: bool,
    /// What a password hash costs.
    pub hashing: HashParameters,
    /// Whether nobody may approve or publish what they wrote themselves.
    pub four_eyes: bool,
    /// How much of a caller's address the audit log keeps.
    pub audit_addresses: AddressPolicy,
    /// For how many days something lies in the trash before it is purged.
    pub trash_days: u32,
    /// For how many days the change log is kept.
    pub changes_days: u32,
    /// How far webhooks may reach.
    pub reach: Reach,
    /// How long a caller waits for a place before it is told to come again.
    pub wait: Duration,
}

/// How much of a caller's address is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AddressPolicy {
    /// All of it.
    Full,
    /// The network: /24 of IPv4, /64 of IPv6.
    #[default]
    Network,
    /// Nothing.
    None,
}

impl AddressPolicy {
    /// What is kept of an address.
    pub fn kept(self, address: IpAddr) -> Option<String> {
        match (self, address.to_canonical()) {
            (Self::None, _) => None,
            (Self::Full, address) => Some(address.to_string()),
            (Self::Network, IpAddr::V4(address)) => {
                let [a, b, c, _] = address.octets();
                Some(format!("{a}.{b}.{c}.0/24"))
            }
            (Self::Network, IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                Some(format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)))
            }
        }
    }
}

/// Where "now", new ids and random bytes come from: the machine's in production, counted ones in tests.
#[derive(Clone)]
pub struct Sources {
    /// Now.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// Random bytes.
    pub entropy: Arc<dyn Entropy>,
}

/// Why the program cannot start. One line, for who reads it at a console.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The database lacks migrations, and the settings forbid to apply them.
    #[error("the database lacks {0} migrations; run `bantin migrate`, or allow it by BANTIN_AUTO_MIGRATE=true")]
    NotMigrated(usize),
    /// The key file.
    #[error("{0}")]
    SecretKey(String),
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}

/// The running program. Cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Settings,
    sources: Sources,
    store: Store,
    issuer: Issuer,
    secret_key: SecretKey,
    keys: sessions::Keys,
    api_keys: Book,
    reading: Arc<Semaphore>,
    writing: Arc<Semaphore>,
    hashing: Arc<Semaphore>,
    after_writes: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl App {
    /// Brings the database to shape, reads the keys and makes what a new installation lacks.
    ///
    /// # Errors
    /// See [`StartError`]; what was begun is undone or harmless.
    pub fn start(settings: Settings, sources: Sources) -> Result<Self, StartError> {
        let failed = |error: &dyn std::fmt::Display| StartError::Failed(error.to_string());
        // What needs no database first: a start that fails on the key file leaves none behind.
        token::install().map_err(|error| failed(&error))?;
        let secret_key = if settings.make_secret_key {
            SecretKey::read_or_create(&settings.secret_key_file, sources.entropy.as_ref())
        } else {
            SecretKey::read(&settings.secret_key_file)
        }
        .map_err(|error| StartError::SecretKey(error.to_string()))?;
        if settings.auto_migrate {
            for version in migrate::migrate(&settings.store.url)? {
                tracing::info!(version, "migrated the database");
            }
        } else {
            let pending = migrate::status(&settings.store.url)?.pending.len();
            if pending > 0 {
                return Err(StartError::NotMigrated(pending));
            }
        }
        let store = Store::open(&settings.store, sources.clock.clone());
        let ring = sessions::load_or_make_keys(&store, &secret_key, sources.entropy.as_ref())
            .map_err(|error| failed(&format!("the signing keys cannot be used: {error}")))?;
        store.write(|tx| site::ensure(tx, &settings.zone))?;
        store.write(roles::ensure)?;
        store.write(|tx| archive::count_in(tx, &settings.zone))?;
        store.write(items::complete)?;
        let places = |count: u32| Arc::new(Semaphore::new(usize::try_from(count.max(1)).unwrap_or(1)));
        Ok(Self {
            inner: Arc::new(Inner {
                issuer: Issuer { issuer: settings.public_url.clone(), audience: settings.public_url.clone() },
                reading: places(settings.store.readers),
                writing: places(settings.store.writers),
                hashing: places(
                    std::thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(1)),
                ),
                keys: sessions::Keys::new(ring),
                api_keys: Book::default(),
                after_writes: OnceLock::new(),
                settings,
                sources,
                store,
                secret_key,
            }),
        })
    }

    /// What the program was told.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// Where now, ids and random bytes come from.
    pub fn sources(&self) -> &Sources {
        &self.inner.sources
    }

    /// The store, for what runs beside the requests: the visit counter, the command line.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// The keys that sign and verify tokens now.
    pub fn keys(&self) -> Arc<KeyRing> {
        self.inner.keys.ring()
    }

    /// The key that wraps secrets kept in the database.
    pub(crate) fn secret_key(&self) -> &SecretKey {
        &self.inner.secret_key
    }

    /// Reads the keys again: another node, or the command line, may have rotated them.
    ///
    /// # Errors
    /// When the database or a key cannot be read; the keys stay as they were.
    pub fn reload_keys(&self) -> Result<(), AppError> {
        let ring = sessions::load_keys(&self.inner.store, &self.inner.secret_key)?;
        self.inner.keys.set(ring);
        Ok(())
    }

    /// What this node remembers of API keys.
    pub(crate) fn api_keys(&self) -> &Book {
        &self.inner.api_keys
    }

    /// Reads again what must be known of a credential beforehand, at most once a second: the signing keys
    /// where a token names one that is not known here, and for an API key how many requests it may make.
    pub async fn catch_up_with_keys_of(&self, credential: &str) {
        if KeyDigest::is_claimed(credential) {
            self.catch_up_with_api_keys().await;
        } else {
            self.inner.keys.catch_up(self, credential).await;
        }
    }

    /// Reads again how many requests each API key may make, at most once a second.
    pub async fn catch_up_with_api_keys(&self) {
        self.inner.api_keys.catch_up(self).await;
    }

    /// The API key that is shown, if it is good and may be used from that address; which it thereby is. From
    /// memory, so never for deciding what somebody may do: see [`App::catch_up_with_keys_of`].
    pub fn known_key(&self, shown: &KeyDigest, address: IpAddr) -> Option<KnownKey> {
        let now = self.inner.sources.clock.now();
        let key = self.inner.api_keys.find(shown, address, now)?;
        self.inner.api_keys.note_use(key.id, now);
        Some(key)
    }

    /// Who a credential says its bearer is. No I/O: whether the session, or the key, holds is asked by the
    /// transaction that acts.
    ///
    /// # Errors
    /// [`TokenRefused`].
    pub fn verify(&self, credential: &str) -> Result<Caller, TokenRefused> {
        let shown = if KeyDigest::is_claimed(credential) {
            Shown::Key(KeyDigest::of(credential).ok_or(TokenRefused::Invalid)?)
        } else {
            let (keys, now) = (self.keys(), self.inner.sources.clock.now());
            let claims = token::verify(credential, &keys.verifying_keys(), &self.inner.issuer, now)?;
            Shown::Token { user: Id::new(claims.sub), session: Id::new(claims.sid) }
        };
        Ok(Caller { shown, origin: Origin::default() })
    }

    /// Signs a token for a session.
    pub(crate) fn sign(&self, user: Id<User>, session: Id<Session>, seconds: i64) -> Result<String, AppError> {
        let sources = &self.inner.sources;
        let claims = self.inner.issuer.claims(
            user.uuid(),
            session.uuid(),
            sources.ids.next_uuid(),
            sources.clock.now(),
            seconds,
        );
        token::sign(self.keys().active(), &claims).map_err(|error| AppError::Internal(error.to_string()))
    }

    /// Reads the public side in one snapshot.
    ///
    /// # Errors
    /// Those of `read`, and [`AppError::Unavailable`] when there is no place in time.
    pub async fn public<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut PublicReader<'_>) -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, AppError> {
        let store = self.inner.store.clone();
        let (value, statements) = self
            .in_place(&self.inner.reading, move || {
                let mut run = 0;
                let value = store.public(|reader| {
                    let before = statements::run_by_this_thread();
                    let value = read(reader);
                    run = statements::run_by_this_thread() - before;
                    value
                });
                Ok((value, run))
            })
            .await?;
        cost::add(statements);
        value
    }

    /// Reads everything in one snapshot, for a caller whose session holds.
    ///
    /// # Errors
    /// Those of `read`, [`AppError::Unauthenticated`] when the session does not hold any more, and
    /// [`AppError::Unavailable`].
    pub async fn desk<T: Send + 'static>(
        &self,
        caller: Caller,
        read: impl FnOnce(&mut Desk<'_>, Actor) -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, AppError> {
        let inner = self.inner.clone();
        self.in_place(&self.inner.reading, move || {
            inner.store.desk(|desk| {
                let actor = inner.actor(desk, &caller)?;
                read(desk, actor)
            })
        })
        .await
    }

    /// Does `work` after each [`App::write`] that may show to the public, before its caller is answered: who
    /// has published something must read it at once. Said once, at the start; it runs on a thread that may
    /// block.
    pub fn after_writes(&self, work: impl Fn() + Send + Sync + 'static) {
        // A second one would be a program that is put together wrongly; the first goes on.
        let _ = self.inner.after_writes.set(Box::new(work));
    }

    /// Reads and writes, all or nothing, for a caller whose session holds. What was done is recorded in
    /// the audit log, and what the public thereby sees differently in the change log, both at the end of
    /// the same transaction.
    ///
    /// # Errors
    /// Those of `act`, [`AppError::Unauthenticated`] and [`AppError::Unavailable`]; nothing was written.
    pub async fn write<T: Send + 'static>(
        &self,
        caller: Caller,
        act: impl FnOnce(&mut Act<'_, '_>) -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, AppError> {
        self.write_after(caller, |_| Ok(()), act).await
    }

    /// The same for an act that changes who may do what, be it by ending a session. Such acts take turns,
    /// and who acts is read when the turn has come: whoever had it before may have taken their rights away.
    ///
    /// # Errors
    /// Those of [`App::write`].
    pub async fn write_rights<T: Send + 'static>(
        &self,
        caller: Caller,
        act: impl FnOnce(&mut Act<'_, '_>) -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, AppError> {
        self.write_after(caller, accounts::take_turns, act).await
    }

    async fn write_after<T: Send + 'static>(
        &self,
        caller: Caller,
        prepare: fn(&mut Tx<'_>) -> Result<(), StoreError>,
        act: impl FnOnce(&mut Act<'_, '_>) -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, AppError> {
        let app = self.clone();
        let work = move || {
            let (mut may_show, mut changes_keys, mut unpromised) = (false, false, Vec::new());
            let value = app.inner.store.write::<_, AppError>(|tx| {
                prepare(tx)?;
                let actor = app.inner.actor_to_write(tx, &caller)?;
                let who = app.who(Some(actor.user), Some(actor.through), caller.origin);
                let mut acting = Act::new(&app, actor, tx);
                let value = act(&mut acting)?;
                // Who schedules takes turns, too: nothing shows yet, but the instant must be known.
                may_show = acting.has_turn || !acting.changes.is_empty();
                let (entries, changes) = (acting.entries, acting.changes);
                unpromised = acting.unpromised;
                changes_keys = entries.iter().any(|entry| entry.resource == Resource::ApiKey);
                for entry in entries {
                    audit::append(tx, app.inner.sources.ids.next(), &who, entry)?;
                }
                changes::append(tx, &changes)?;
                Ok(value)
            })?;
            if changes_keys {
                app.inner.api_keys.forget();
            }
            if may_show && let Some(work) = app.inner.after_writes.get() {
                work();
            }
            Ok((value, unpromised))
        };
        let (value, unpromised) = self.in_place(&self.inner.writing, work).await?;
        for id in unpromised {
            media::remove_unless_promised(self, id).await;
        }
        Ok(value)
    }

    /// Does everything that [`App::write`] would do, and then takes it back: says what would come of it.
    ///
    /// # Errors
    /// Those of [`App::write`].
    pub async fn rehearse<T: Send + 'static>(
        &self,
        caller: Caller,
        act: impl FnOnce(&mut Act<'_, '_>) -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, AppError> {
        let app = self.clone();
        self.in_place(&self.inner.writing, move || {
            let mut outcome = None;
            let rolled_back = app.inner.store.write(|tx| {
                let actor = app.inner.actor(tx, &caller)?;
                outcome = Some(act(&mut Act::new(&app, actor, tx)));
                Err::<(), _>(AppError::Internal("a rehearsal is never kept".to_owned()))
            });
            match (outcome, rolled_back) {
                (Some(outcome), _) => outcome,
                (None, Err(error)) => Err(error),
                (None, Ok(())) => Err(AppError::Internal("a rehearsal was kept".to_owned())),
            }
        })
        .await
    }

    /// Who acts and from where, as far as the settings keep that.
    pub(crate) fn who(&self, user: Option<Id<User>>, through: Option<Credential>, origin: Origin) -> Who {
        let network = origin.address.and_then(|address| self.inner.settings.audit_addresses.kept(address));
        Who { user, through, network, request: origin.request }
    }

    /// Writes without an actor: for what the program itself does (login, start, command line). Never
    /// reached from a request that carries content.
    ///
    /// # Errors
    /// Those of `act`, and [`AppError::Unavailable`].
    pub async fn system<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Tx<'_>) -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, AppError> {
        let store = self.inner.store.clone();
        self.in_place(&self.inner.writing, move || store.write(act)).await
    }

    /// Reads without an actor: for what the program itself must know. Never reached from a request that
    /// asks for content.
    ///
    /// # Errors
    /// Those of `read`, and [`AppError::Unavailable`].
    pub async fn look_up<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut Desk<'_>) -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, AppError> {
        let store = self.inner.store.clone();
        self.in_place(&self.inner.reading, move || store.desk(read)).await
    }

    /// Hashes or verifies a password: at most as many at once as there are cores, off the async
    /// threads, so that a flood of logins costs bounded memory and never delays readers.
    ///
    /// # Errors
    /// Those of `work`, and [`AppError::Unavailable`] when there is no place in time.
    pub async fn hash<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, AppError> {
        self.in_place(&self.inner.hashing, work).await
    }

    /// Runs blocking work on the blocking pool, with a place of `places` held until it is done. The
    /// place moves into the closure: a client that goes away does not give it back early, and so
    /// cannot pile work up.
    async fn in_place<T: Send + 'static>(
        &self,
        places: &Arc<Semaphore>,
        work: impl FnOnce() -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, AppError> {
        let place = tokio::time::timeout(self.inner.settings.wait, places.clone().acquire_owned())
            .await
            .map_err(|_| AppError::Unavailable("no place in time".to_owned()))?
            .map_err(|_| AppError::Unavailable("shutting down".to_owned()))?;
        tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        })
        .await
        .map_err(|error| AppError::Internal(error.to_string()))?
    }
}

impl Inner {
    /// Who acts, if what they showed holds: the first statement of each editorial transaction that reads.
    fn actor(&self, desk: &mut Desk<'_>, caller: &Caller) -> Result<Actor, AppError> {
        let actor = match caller.shown {
            Shown::Token { user, session } => accounts::actor(desk, session, user)?.ok_or(AppError::Unauthenticated)?,
            Shown::Key(digest) => {
                let key = stored_keys::shown::good(desk, digest.as_bytes())?;
                self.api_keys.admit(key, caller.origin.address, desk.now())?
            }
        };
        Ok(self.with_house_rules(actor))
    }

    /// The same for one that writes: until it ends, nobody takes away what was read.
    fn actor_to_write(&self, tx: &mut Tx<'_>, caller: &Caller) -> Result<Actor, AppError> {
        let actor = match caller.shown {
            Shown::Token { user, session } => {
                accounts::actor_to_write(tx, session, user)?.ok_or(AppError::Unauthenticated)?
            }
            Shown::Key(digest) => {
                let key = stored_keys::shown::good_to_write(tx, digest.as_bytes())?;
                self.api_keys.admit(key, caller.origin.address, tx.now())?
            }
        };
        Ok(self.with_house_rules(actor))
    }

    /// The actor with what the settings say of every one.
    fn with_house_rules(&self, actor: Actor) -> Actor {
        Actor { four_eyes: self.settings.four_eyes, ..actor }
    }
}

/// Who a verified credential says its bearer is. Not yet an [`Actor`]: the session, or the key, may have
/// ended since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// What they showed.
    pub shown: Shown,
    /// From where the request came.
    pub origin: Origin,
}

/// What somebody shows to be let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// An access token that we signed.
    Token {
        /// The account.
        user: Id<User>,
        /// The session.
        session: Id<Session>,
    },
    /// The secret of an API key, by its digest.
    Key(KeyDigest),
}

/// Where a request came from, for the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Origin {
    /// The request's id.
    pub request: Option<Uuid>,
    /// The client's address, by the rules on trusted proxies.
    pub address: Option<IpAddr>,
}

/// An act at the desk, inside its transaction.
pub struct Act<'a, 'c> {
    /// The running program.
    pub app: &'a App,
    /// Who acts; read in this transaction.
    pub actor: Actor,
    /// The transaction.
    pub tx: &'a mut Tx<'c>,
    entries: Vec<Entry>,
    changes: Vec<NewChange>,
    unpromised: Vec<MediaId>,
    has_turn: bool,
}

impl<'a, 'c> Act<'a, 'c> {
    fn new(app: &'a App, actor: Actor, tx: &'a mut Tx<'c>) -> Self {
        Self { app, actor, tx, entries: Vec::new(), changes: Vec::new(), unpromised: Vec::new(), has_turn: false }
    }
}

impl Act<'_, '_> {
    /// Takes turns with every other act that changes what the public sees, or how things hang together.
    ///
    /// Two such acts at once would each decide on what the other is about to change: a speech published
    /// while its event is withdrawn, two sections moved below each other. SQLite has one writer anyway;
    /// on PostgreSQL this is the lock of the change log, and "now" is read again behind it, so that
    /// instants are in the order of the commits. Call it before anything is read.
    ///
    /// Whoever has the turn also tells the change log what came due by then.
    ///
    /// # Errors
    /// When the database fails.
    pub fn take_turns(&mut self) -> Result<(), AppError> {
        if self.has_turn {
            return Ok(());
        }
        changes::lock(self.tx)?;
        self.tx.set_now(self.app.sources().clock.now());
        self.changes.extend(due::settle(self.tx)?);
        self.has_turn = true;
        Ok(())
    }

    /// Records what was done, for the audit log. Every act that writes something records it.
    pub fn record(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Has the bytes of a picture removed once the transaction has committed that no row promises them
    /// any more.
    pub fn remove_bytes(&mut self, id: MediaId) {
        self.unpromised.push(id);
    }

    /// Tries an act of its own inside this one: if it fails, nothing of it remains, and this one goes on.
    ///
    /// # Errors
    /// Those of `act`.
    pub fn attempt<T>(&mut self, act: impl FnOnce(&mut Act<'_, '_>) -> Result<T, AppError>) -> Result<T, AppError> {
        let (app, actor, has_turn) = (self.app, self.actor.clone(), self.has_turn);
        let (value, done, now) = self.tx.attempt(|tx| {
            let mut inner = Act { has_turn, ..Act::new(app, actor, tx) };
            let value = act(&mut inner)?;
            let Act { entries, changes, unpromised, has_turn, .. } = inner;
            Ok::<_, AppError>((value, (entries, changes, unpromised, has_turn), tx.now()))
        })?;
        self.tx.set_now(now);
        let (entries, changes, unpromised, has_turn) = done;
        self.has_turn = has_turn;
        self.entries.extend(entries);
        self.changes.extend(changes);
        self.unpromised.extend(unpromised);
        Ok(value)
    }

    /// Notes that the public sees something differently. Written at the end of the transaction, since
    /// from then on it holds the lock that every publishing transaction waits for.
    pub fn log(&mut self, change: NewChange) {
        self.changes.push(change);
    }

    /// Notes several.
    pub fn log_all(&mut self, changes: Vec<NewChange>) {
        self.changes.extend(changes);
    }

    /// A fresh identity.
    pub fn new_id<T>(&self) -> Id<T> {
        self.app.sources().ids.next()
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "App({:?})", self.inner.store)
    }
}

impl From<AppError> for StartError {
    fn from(error: AppError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<StoreError> for StartError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.to_string())
    }
}
