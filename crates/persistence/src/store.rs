//! The door to the store. What comes through it decides what can be called.
//!
//! | key | from | may |
//! | --- | --- | --- |
//! | [`PublicReader`] | [`Store::public`] | read the public side, as of one instant and one snapshot |
//! | [`Desk`] | [`Store::desk`] | read everything, in one snapshot |
//! | [`Tx`] | [`Store::write`] | read and write, all or nothing |
//! | [`Preview`](crate::previews::Preview) | [`previews::open`](crate::previews::open) | read one item as the public would, published or not |
//!
//! A draft cannot leak through a public query, because that program does not compile. Who sits at the
//! desk reads it:
//! ```
//! use bantin_domain::{article::Article, id::Id};
//! use bantin_persistence::{Desk, items};
//! fn read(desk: &mut Desk<'_>, id: Id<Article>) {
//!     let _ = items::find(desk, id);
//! }
//! ```
//! The public does not:
//! ```compile_fail,E0308
//! use bantin_domain::{article::Article, id::Id};
//! use bantin_persistence::{PublicReader, items};
//! fn leak(reader: &mut PublicReader<'_>, id: Id<Article>) {
//!     let _ = items::find(reader, id);
//! }
//! ```
//!
//! This file holds the only function that begins a transaction (`clippy.toml` bans the others), so
//! there is one place that knows how each database must be asked, and no commit call that anybody
//! could forget: `Ok` commits, `Err` rolls back.

use std::{
    ops::{Deref, DerefMut},
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bantin_domain::time::{Clock, Timestamp};
use diesel::{
    Connection, QueryResult, RunQueryDsl,
    connection::{AnsiTransactionManager, TransactionManager},
    r2d2::R2D2Connection,
};

use crate::{
    connection::{Access, DatabaseUrl, DbConnection, Opener},
    error::StoreError,
    group_commit::{GroupCommit, in_savepoint},
    memory::Memory,
    statements,
};

type Pool = r2d2::Pool<Opener>;
type Pooled = r2d2::PooledConnection<Opener>;

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// Which database.
    pub url: DatabaseUrl,
    /// How many connections read.
    pub readers: u32,
    /// How many may write at once. On PostgreSQL as many connections; SQLite has one, and who writes at
    /// once shares its commit.
    pub writers: u32,
    /// How long a caller waits for a connection before it is told to come again.
    pub wait: Duration,
}

/// The store: pools of connections to one database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    url: DatabaseUrl,
    clock: Arc<dyn Clock>,
    readers: Pool,
    writers: Writers,
    visits: Pool,
    hits: Pool,
    commits: Arc<AtomicU64>,
    memory: Arc<Memory>,
}

/// How writers come to a connection.
#[derive(Clone)]
enum Writers {
    /// One after the other, several to a commit.
    Sqlite(Arc<GroupCommit>),
    /// Side by side, each with its own.
    Postgres(Pool),
}

impl Store {
    /// Opens the pools. No connection is made yet, so that a server that is still starting is no
    /// reason to die; [`Store::check`] asks for one.
    pub fn open(settings: &StoreSettings, clock: Arc<dyn Clock>) -> Self {
        let is_sqlite = matches!(settings.url, DatabaseUrl::Sqlite(_));
        let pool = |access, size: u32| {
            r2d2::Pool::builder()
                .max_size(size.max(1))
                .min_idle(Some(0))
                .connection_timeout(settings.wait)
                // BEGIN is the test: see `transaction`.
                .test_on_check_out(false)
                .error_handler(Box::new(r2d2::NopErrorHandler))
                .build_unchecked(Opener::new(settings.url.clone(), access))
        };
        let commits = Arc::<AtomicU64>::default();
        let writers = if is_sqlite {
            let opener = Opener::new(settings.url.clone(), Access::Write);
            Writers::Sqlite(Arc::new(GroupCommit::new(opener, settings.wait, commits.clone())))
        } else {
            Writers::Postgres(pool(Access::Write, settings.writers))
        };
        Self {
            url: settings.url.clone(),
            clock,
            readers: pool(Access::Read, settings.readers),
            writers,
            visits: pool(Access::Visits, if is_sqlite { 1 } else { 2 }),
            hits: pool(Access::Hits, if is_sqlite { 1 } else { 2 }),
            commits,
            memory: Arc::default(),
        }
    }

    /// Which database this is.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Opens one connection and throws it away.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] with the database's own words, which a pool would hide behind
    /// "timed out".
    pub fn check(&self) -> Result<(), StoreError> {
        Opener::new(self.url.clone(), Access::Write)
            .open()
            .map(drop)
            .map_err(|error| StoreError::Unavailable(error.to_string()))
    }

    /// Reads the public side in one snapshot, as of now.
    ///
    /// # Errors
    /// Those of `read`, and [`StoreError::Unavailable`].
    pub fn public<T, E: From<StoreError>>(
        &self,
        read: impl FnOnce(&mut PublicReader<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let connected = Connected::Own { pool: &self.readers, conn: None, snapshot: Snapshot::NotYet };
        let is_sqlite = matches!(self.url, DatabaseUrl::Sqlite(_));
        let mut reader = PublicReader { connected, is_sqlite, now: self.clock.now(), memory: Some(&self.memory) };
        let read = read(&mut reader);
        match reader.connected {
            Connected::Own { conn: Some(mut conn), snapshot: Snapshot::Begun, .. } => ended(&mut conn, read),
            _ => read,
        }
    }

    /// Reads everything in one snapshot. Only for who has shown who they are.
    ///
    /// # Errors
    /// Those of `read`, and [`StoreError::Unavailable`].
    pub fn desk<T, E: From<StoreError>>(&self, read: impl FnOnce(&mut Desk<'_>) -> Result<T, E>) -> Result<T, E> {
        let now = self.clock.now();
        transaction(&self.readers, Begin::Read, |conn| read(&mut Desk { conn, now, memory: Some(&self.memory) }))
    }

    /// Reads and writes, all or nothing. On SQLite several writers share a commit, and none of them
    /// returns before it is on disk.
    ///
    /// # Errors
    /// Those of `act`, and [`StoreError::Unavailable`]; nothing was written then.
    pub fn write<T, E: From<StoreError>>(&self, act: impl FnOnce(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        let act = |conn: &mut DbConnection| {
            // Read after the lock, so that two writers' instants are in the order of their commits.
            let now = self.clock.now();
            act(&mut Tx { desk: Desk { conn, now, memory: None } })
        };
        match &self.writers {
            Writers::Sqlite(group) => group.write(act),
            Writers::Postgres(pool) => {
                let written = transaction(pool, Begin::Write, act)?;
                self.commits.fetch_add(1, Ordering::Relaxed);
                Ok(written)
            }
        }
    }

    /// How many transactions of [`Store::write`] were committed. On SQLite there are fewer of them than
    /// acts as soon as writers meet.
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Counts visits: a transaction on the visit tables, which on SQLite are a file of their own, so
    /// that no flood of hits can block an editor's write.
    ///
    /// # Errors
    /// Those of `act`, and [`StoreError::Unavailable`]; nothing was written then.
    pub fn visits<T, E: From<StoreError>>(&self, act: impl FnOnce(&mut VisitsTx<'_>) -> Result<T, E>) -> Result<T, E> {
        transaction(&self.visits, Begin::Write, |conn| {
            let now = self.clock.now();
            act(&mut VisitsTx { conn, now })
        })
    }

    /// Keeps hits until they are counted: a transaction on their journal, which on SQLite is a file of its own
    /// again, so that no hit waits for the counting of others.
    ///
    /// # Errors
    /// Those of `act`, and [`StoreError::Unavailable`]; nothing was written then.
    pub fn hits<T, E: From<StoreError>>(&self, act: impl FnOnce(&mut HitsTx<'_>) -> Result<T, E>) -> Result<T, E> {
        transaction(&self.hits, Begin::Write, |conn| act(&mut HitsTx { conn }))
    }

    /// The same for a single statement, which is a transaction by itself: one trip to the server instead of three,
    /// and who waits for an answer waits for no BEGIN. So a dead connection is found out only by the statement.
    ///
    /// # Errors
    /// Those of `statement`, and [`StoreError::Unavailable`].
    pub fn hits_at_once<T, E: From<StoreError>>(
        &self,
        statement: impl FnOnce(&mut HitsTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        statement(&mut HitsTx { conn: &mut *checkout(&self.hits)? })
    }

    /// Empties the write-ahead logs of visits and hits on SQLite, and the free pages of the hits: what was deleted
    /// stands in them until it is overwritten some day. Says whether it could, which it cannot while somebody reads.
    /// PostgreSQL recycles its log by itself.
    ///
    /// # Errors
    /// When the database fails.
    pub fn scrub_visits(&self) -> Result<bool, StoreError> {
        // There are few hits at any time. To overwrite each batch as it leaves would hold up those that come.
        Ok(scrub(&self.hits, &["VACUUM hits"])? & scrub(&self.visits, &[])?)
    }
}

fn scrub(pool: &Pool, first: &[&str]) -> Result<bool, StoreError> {
    match &mut *checkout(pool)? {
        DbConnection::Postgres(_) => Ok(true),
        DbConnection::Sqlite(conn) => {
            for statement in first {
                diesel::sql_query(*statement).execute(conn)?;
            }
            // Of all files that are attached.
            let checkpoint = diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)");
            Ok(checkpoint.get_result::<Checkpoint>(conn)?.busy == 0)
        }
    }
}

/// What SQLite says of a checkpoint.
#[derive(diesel::QueryableByName)]
struct Checkpoint {
    /// 1 if somebody was in the way.
    #[diesel(sql_type = diesel::sql_types::Integer)]
    busy: i32,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({})", self.url)
    }
}

/// Reads what the public may read, as of one instant. No function that sees a draft takes it.
pub struct PublicReader<'c> {
    connected: Connected<'c>,
    /// Which of the two databases is asked.
    pub(crate) is_sqlite: bool,
    now: Timestamp,
    /// None where the transaction also writes.
    pub(crate) memory: Option<&'c Memory>,
}

/// Through what a reader reads.
#[expect(clippy::large_enum_variant, reason = "a reader is made once for each answer, and stays where it is")]
enum Connected<'c> {
    /// The transaction of somebody who may read more.
    Within(&'c mut DbConnection),
    /// A connection of its own.
    Own { pool: &'c Pool, conn: Option<Pooled>, snapshot: Snapshot },
}

/// What holds together what a reader reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Snapshot {
    /// A transaction, which the first statement begins.
    NotYet,
    /// A transaction, unless one statement has the whole answer.
    PerhapsNone,
    /// That statement had it.
    Answered,
    /// A transaction.
    Begun,
}

impl PublicReader<'_> {
    /// The instant as of which visibility is decided.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The connection, inside of one transaction for all that is read.
    pub(crate) fn conn(&mut self) -> Result<&mut DbConnection, StoreError> {
        match &mut self.connected {
            Connected::Within(conn) => Ok(conn),
            Connected::Own { conn: Some(conn), snapshot: Snapshot::Begun, .. } => Ok(conn),
            Connected::Own { pool, conn, snapshot } => {
                debug_assert_ne!(*snapshot, Snapshot::Answered, "more was read than the one thing that was announced");
                let begun = statements::uncounted(|| begun(pool, conn.take(), Begin::Read))?;
                *snapshot = Snapshot::Begun;
                Ok(conn.insert(begun))
            }
        }
    }

    /// Says that one thing is going to be read and nothing else: where one statement has all of it, that is a snapshot
    /// by itself and needs no transaction, whose beginning and end are two more trips to PostgreSQL.
    pub fn reads_one_thing(&mut self) {
        if let Connected::Own { snapshot: snapshot @ Snapshot::NotYet, .. } = &mut self.connected {
            *snapshot = Snapshot::PerhapsNone;
        }
    }

    /// Asks for that one thing in one statement.
    ///
    /// None where the statement has none, where more is to be read, and where the connection is dead. What to do is the
    /// same then: to ask the usual way, and for all of it, since that is another snapshot.
    pub(crate) fn at_once<T>(
        &mut self,
        ask: impl FnOnce(&mut DbConnection) -> Result<Option<T>, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let Connected::Own { pool, conn: own, snapshot: snapshot @ Snapshot::PerhapsNone } = &mut self.connected else {
            return Ok(None);
        };
        let mut conn = checkout(pool)?;
        *snapshot = Snapshot::NotYet;
        let answer = match ask(&mut conn) {
            Err(_) if conn.is_broken() => return Ok(None),
            answer => answer?,
        };
        if answer.is_some() {
            *snapshot = Snapshot::Answered;
        }
        *own = Some(conn);
        Ok(answer)
    }
}

/// Reads everything.
pub struct Desk<'c> {
    pub(crate) conn: &'c mut DbConnection,
    now: Timestamp,
    /// None where the transaction also writes.
    memory: Option<&'c Memory>,
}

impl Desk<'_> {
    /// The instant of the transaction.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Reads the public side from inside this transaction: what a visitor would see now.
    pub fn public(&mut self) -> PublicReader<'_> {
        self.public_at(self.now)
    }

    /// The same as of another instant: what a visitor saw right before something came due.
    pub(crate) fn public_at(&mut self, now: Timestamp) -> PublicReader<'_> {
        let is_sqlite = matches!(self.conn, DbConnection::Sqlite(_));
        PublicReader { connected: Connected::Within(self.conn), is_sqlite, now, memory: self.memory }
    }
}

/// Reads and writes, all or nothing.
pub struct Tx<'c> {
    desk: Desk<'c>,
}

impl<'c> Deref for Tx<'c> {
    type Target = Desk<'c>;
    fn deref(&self) -> &Desk<'c> {
        &self.desk
    }
}
impl<'c> DerefMut for Tx<'c> {
    fn deref_mut(&mut self) -> &mut Desk<'c> {
        &mut self.desk
    }
}

impl Tx<'_> {
    /// Sets the instant of the transaction: behind a lock that it had to wait for.
    pub fn set_now(&mut self, now: Timestamp) {
        self.desk.now = now;
    }

    /// Tries something that a constraint may refuse, and keeps the transaction usable if it does:
    /// on PostgreSQL a refused statement would otherwise end the whole of it.
    ///
    /// # Errors
    /// Those of `attempt`, which has then written nothing.
    pub fn attempt<T, E: From<StoreError>>(
        &mut self,
        attempt: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let now = self.now;
        let (outcome, ended) =
            in_savepoint(self.desk.conn, |conn| attempt(&mut Tx { desk: Desk { conn, now, memory: None } }));
        let outcome = outcome.unwrap_or_else(|panic| resume_unwind(panic));
        // Where the savepoint is gone, so is the transaction: the act must not go on as if it had one.
        ended.map_err(StoreError::from)?;
        outcome
    }
}

/// Reads and writes visits, all or nothing.
pub struct VisitsTx<'c> {
    pub(crate) conn: &'c mut DbConnection,
    now: Timestamp,
}

impl VisitsTx<'_> {
    /// The instant of the transaction.
    pub fn now(&self) -> Timestamp {
        self.now
    }
}

/// Keeps hits until they are counted, all or nothing.
pub struct HitsTx<'c> {
    pub(crate) conn: &'c mut DbConnection,
}

fn checkout(pool: &Pool) -> Result<Pooled, StoreError> {
    pool.get().map_err(|error| StoreError::Unavailable(error.to_string()))
}

/// What a transaction is for.
#[derive(Clone, Copy)]
pub(crate) enum Begin {
    Read,
    Write,
}

pub(crate) type Manager = <DbConnection as Connection>::TransactionManager;

/// The one place that begins a transaction.
///
/// On SQLite a write begins IMMEDIATE: of 400 concurrent transactions that read and then wrote, 375
/// failed at once without it, in spite of the busy timeout, and none with it. On PostgreSQL a read is
/// REPEATABLE READ, so that an answer built from several statements is of one moment.
pub(crate) fn begin(conn: &mut DbConnection, begin: Begin) -> QueryResult<()> {
    match (conn, begin) {
        (DbConnection::Postgres(conn), Begin::Read) => {
            AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        }
        (DbConnection::Postgres(conn), Begin::Write) => AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN"),
        (DbConnection::Sqlite(conn), Begin::Read) => {
            AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN DEFERRED")
        }
        (DbConnection::Sqlite(conn), Begin::Write) => {
            AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE")
        }
    }
}

/// A transaction of one act, on a connection of the pool.
///
/// A connection that lay idle may be dead: the server was restarted, a firewall forgot it. Its first
/// statement tells, and as that is the BEGIN, nothing was done yet and the next connection can be tried.
/// Asking each connection beforehand would cost a statement every time.
fn transaction<T, E: From<StoreError>>(
    pool: &Pool,
    purpose: Begin,
    act: impl FnOnce(&mut DbConnection) -> Result<T, E>,
) -> Result<T, E> {
    let mut conn = begun(pool, None, purpose)?;
    let done = act(&mut conn);
    ended(&mut conn, done)
}

/// A connection with a transaction that has begun: this one, where there is one that lives.
fn begun(pool: &Pool, mut conn: Option<Pooled>, purpose: Begin) -> Result<Pooled, StoreError> {
    // As many as may all be dead, and one that is made anew.
    let mut tries = pool.max_size();
    loop {
        // A dead one is given back before another is asked for: there may be no more than one.
        let mut conn = match conn.take() {
            Some(conn) => conn,
            None => checkout(pool)?,
        };
        match begin(&mut conn, purpose) {
            Ok(()) => return Ok(conn),
            Err(_) if tries > 0 && conn.is_broken() => tries -= 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Commits what is done, and undoes what failed.
fn ended<T, E: From<StoreError>>(conn: &mut DbConnection, done: Result<T, E>) -> Result<T, E> {
    match done {
        Ok(value) => {
            Manager::commit_transaction(conn).map_err(StoreError::from)?;
            Ok(value)
        }
        Err(error) => {
            // A rollback that fails leaves a broken connection, which the pool throws away.
            let _ = Manager::rollback_transaction(conn);
            Err(error)
        }
    }
}
