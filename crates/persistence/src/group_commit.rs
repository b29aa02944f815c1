//! Several writers, one commit: how SQLite's single writer keeps up with many requests.
//!
//! A commit with `synchronous=FULL` waits for the disk, and SQLite lets one transaction write at a
//! time. One commit for each act would mean one wait for each, in a row. So writers share:
//!
//! 1. Whoever comes while nobody writes gets the turn, begins the transaction and runs its act in a
//!    savepoint.
//! 2. Whoever comes meanwhile queues. When an act is done and somebody waits, its thread hands the
//!    connection on with the transaction still open, and the next one runs in a savepoint of its own.
//! 3. When nobody waits, or the batch has grown to its bounds, the thread that has the turn commits.
//!    Only then does anybody of the batch return, each with its own answer. Who came during the commit
//!    is the next batch, so batches grow with the load and nobody waits for company.
//!
//! **An `Err` waits for the commit too.** "That slug is taken" may rest on a row that an earlier act of
//! the batch has written and the disk has not. Were it answered at once and the commit then failed, we
//! would have told of something that never was.
//!
//! | what fails | the act itself | the rest of its batch |
//! | --- | --- | --- |
//! | an act returns `Err` | rolled back to its savepoint, its error after the commit | commits |
//! | an act panics | rolled back to its savepoint, the panic goes on after the commit | commits |
//! | no turn within the wait | `Unavailable`; it never ran | not concerned |
//! | the database cannot be opened or locked | `Unavailable`; it never ran | there is none yet |
//! | SQLite has ended the transaction itself (disk full, I/O error) | `Unavailable` | `Unavailable` |
//! | the commit | `Unavailable` | `Unavailable` |
//!
//! In the last two rows nothing of the batch was kept, and the connection is thrown away, since nobody
//! knows what state it is in: the next batch opens another. A lost transaction is noticed for certain,
//! because the savepoint of the act is lost with it and can be neither released nor rolled back to.
//!
//! No constraint of our tables is deferred: it would be checked at the commit, where one act's fault is
//! everybody's.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, SendError, SyncSender},
    },
    thread,
    time::{Duration, Instant},
};

use diesel::{QueryResult, connection::TransactionManager, r2d2::R2D2Connection};

use crate::{
    connection::{DbConnection, Opener},
    error::StoreError,
    store::{Begin, Manager, begin},
};

/// How far a batch grows: the first in it waits for the last, and a stream of writers that never ends
/// must not keep it for ever.
const BOUNDS: Bounds = Bounds { acts: 64, work: Duration::from_millis(5) };

/// When a batch is full.
#[derive(Clone, Copy)]
struct Bounds {
    /// So many acts share a commit at most.
    acts: u32,
    /// No further act is begun this long after the first.
    work: Duration,
}

/// The one writer of a SQLite database, and who waits for it.
pub(crate) struct GroupCommit {
    opener: Opener,
    wait: Duration,
    bounds: Bounds,
    queue: Mutex<Queue>,
    commits: Arc<AtomicU64>,
}

/// Who waits for the turn, first come first served.
struct Queue {
    /// The turn, while nobody has it.
    free: Option<Turn>,
    waiting: VecDeque<Waiting>,
    next_ticket: u64,
}

struct Waiting {
    ticket: u64,
    hand: SyncSender<Turn>,
}

/// What a thread holds while it may write. There is one, in the queue or in somebody's hands.
enum Turn {
    /// To begin a batch, on the connection of the last one if it is still good.
    Begin(Option<DbConnection>),
    /// To join one that is open.
    Join(Batch),
}

/// An open transaction, and whose it is.
struct Batch {
    conn: DbConnection,
    begun: Instant,
    acts: u32,
    /// Why nothing of this can be committed any more.
    lost: Option<String>,
    verdict: Arc<Verdict>,
}

/// What became of a batch. Everybody in it waits for this.
#[derive(Default)]
struct Verdict {
    /// `Err` says why nothing was kept.
    given: Mutex<Option<Result<(), String>>>,
    told: Condvar,
}

impl GroupCommit {
    /// Opens nothing yet. Counts its commits in `commits`.
    pub(crate) fn new(opener: Opener, wait: Duration, commits: Arc<AtomicU64>) -> Self {
        let queue = Queue { free: Some(Turn::Begin(None)), waiting: VecDeque::new(), next_ticket: 0 };
        Self { opener, wait, bounds: BOUNDS, queue: Mutex::new(queue), commits }
    }

    /// Runs an act in its turn, and returns when it is on disk.
    pub(crate) fn write<T, E: From<StoreError>>(
        &self,
        act: impl FnOnce(&mut DbConnection) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut batch = match self.take_turn()? {
            Turn::Begin(conn) => self.begin(conn)?,
            Turn::Join(batch) => batch,
        };
        let verdict = batch.verdict.clone();
        let outcome = batch.run(act);
        self.hand_on(batch);
        verdict.wait()?;
        outcome.unwrap_or_else(|panic| resume_unwind(panic))
    }

    /// Waits for the turn, but not for ever.
    fn take_turn(&self) -> Result<Turn, StoreError> {
        let (ticket, handed) = {
            let mut queue = self.lock();
            if let Some(turn) = queue.free.take() {
                return Ok(turn);
            }
            let (hand, handed) = mpsc::sync_channel(1);
            let ticket = queue.next_ticket;
            queue.next_ticket += 1;
            queue.waiting.push_back(Waiting { ticket, hand });
            (ticket, handed)
        };
        let too_late = || StoreError::Unavailable("the writer was not free in time".to_owned());
        handed.recv_timeout(self.wait).or_else(|_| {
            self.lock().waiting.retain(|waiting| waiting.ticket != ticket);
            // It may have been handed over just before we left the queue: then it must not be lost.
            handed.try_recv().map_err(|_| too_late())
        })
    }

    /// Opens a batch. Who cannot gives the turn back: the next one may have more luck.
    fn begin(&self, conn: Option<DbConnection>) -> Result<Batch, StoreError> {
        let begun = || {
            let mut conn = match conn {
                Some(conn) => conn,
                None => self.opener.open().map_err(|error| StoreError::Unavailable(error.to_string()))?,
            };
            begin(&mut conn, Begin::Write)?;
            Ok(conn)
        };
        match begun() {
            Ok(conn) => Ok(Batch { conn, begun: Instant::now(), acts: 0, lost: None, verdict: Arc::default() }),
            Err(error) => {
                self.give_back(None);
                Err(error)
            }
        }
    }

    /// Passes an open batch to the next in the queue, or ends it when there is none or it is full.
    fn hand_on(&self, batch: Batch) {
        let is_full = batch.acts >= self.bounds.acts || batch.begun.elapsed() >= self.bounds.work;
        if is_full || batch.lost.is_some() {
            return self.end(batch);
        }
        // A statement of its own: as the scrutinee of `if let` it would hold the lock during the commit.
        let passed = self.lock().pass(Turn::Join(batch));
        if let Some(Turn::Join(batch)) = passed {
            self.end(batch);
        }
    }

    /// Commits, lets the next batch begin, and tells everybody of this one.
    fn end(&self, batch: Batch) {
        let Batch { mut conn, lost, verdict, .. } = batch;
        let ended = match lost {
            Some(why) => Err(why),
            None => Manager::commit_transaction(&mut conn).map_err(|error| error.to_string()),
        };
        let good = ended.is_ok() && !conn.is_broken();
        if ended.is_ok() {
            self.commits.fetch_add(1, Ordering::Relaxed);
        }
        // A bad one is closed here, before the next batch begins: what it holds would be in that one's way.
        self.give_back(good.then_some(conn));
        verdict.give(ended);
    }

    /// Gives the turn to the next in the queue, or leaves it there.
    fn give_back(&self, conn: Option<DbConnection>) {
        let mut queue = self.lock();
        queue.free = queue.pass(Turn::Begin(conn));
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// Hands the turn to the first who still waits. Is left with it when nobody does.
    fn pass(&mut self, mut turn: Turn) -> Option<Turn> {
        while let Some(next) = self.waiting.pop_front() {
            match next.hand.send(turn) {
                Ok(()) => return None,
                Err(SendError(back)) => turn = back,
            }
        }
        Some(turn)
    }
}

impl Batch {
    /// Runs an act in a savepoint.
    fn run<T, E: From<StoreError>>(
        &mut self,
        act: impl FnOnce(&mut DbConnection) -> Result<T, E>,
    ) -> thread::Result<Result<T, E>> {
        self.acts += 1;
        let (outcome, ended) = in_savepoint(&mut self.conn, act);
        self.lost = ended.err().map(|error| error.to_string());
        outcome
    }
}

impl Verdict {
    fn give(&self, verdict: Result<(), String>) {
        *self.given.lock().unwrap_or_else(PoisonError::into_inner) = Some(verdict);
        self.told.notify_all();
    }

    /// Without a bound: it comes when the thread that has the turn has committed, and who gave up before
    /// would not know whether its act was kept.
    fn wait(&self) -> Result<(), StoreError> {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let given = self.told.wait_while(given, |given| given.is_none()).unwrap_or_else(PoisonError::into_inner);
        match &*given {
            Some(Err(why)) => Err(StoreError::Unavailable(why.clone())),
            _ => Ok(()),
        }
    }
}

/// Runs an act in a savepoint of the open transaction: kept if it is `Ok`, else rolled back, also when
/// it panics. Says what became of the act, and of the savepoint: one that cannot be ended means that
/// the database has ended the whole transaction.
pub(crate) fn in_savepoint<T, E: From<StoreError>>(
    conn: &mut DbConnection,
    act: impl FnOnce(&mut DbConnection) -> Result<T, E>,
) -> (thread::Result<Result<T, E>>, QueryResult<()>) {
    if let Err(error) = Manager::begin_transaction(conn) {
        let why = StoreError::Unavailable(error.to_string());
        return (Ok(Err(why.into())), Err(error));
    }
    // What the act leaves behind is either rolled back or its own: nothing half done is seen by others.
    let outcome = catch_unwind(AssertUnwindSafe(|| act(conn)));
    let ended = match &outcome {
        Ok(Ok(_)) => Manager::commit_transaction(conn),
        _ => Manager::rollback_transaction(conn),
    };
    (outcome, ended)
}

#[cfg(test)]
mod tests;
