//! What a node does by itself, beside the requests: sealing the audit log, telling the change log what
//! time brought about, forgetting what is kept for a while only.
//!
//! One thread per node goes through `JOBS` twice a second and does those that are due. Every node does
//! every job; where two must not do one at once, the job takes a lock in the database. A job that fails is
//! tried again, ever more seldom, and says so in the log once until it succeeds: the database being away
//! for an hour is one line, not seven thousand.
//!
//! Nothing that a reader sees waits for this thread: visibility is decided when it is read.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use bantin_domain::{
    audit::{AuditField, Entry},
    policy::{Granted, Purge},
    time::{Clock, Timestamp},
};
use bantin_persistence::{
    Conflict, StoreError, Tx, accounts,
    audit::{self as log, Who},
    changes, due, idempotency, items, references,
};
use serde_json::Value;

use crate::{
    api_keys::book, app::App, audit, changes as log_of_changes, error::AppError, search, webhooks::deliveries,
};

/// How often the thread looks for what is due. Half of the second within which the audit log is sealed.
const TICK: Duration = Duration::from_millis(500);
/// The longest that a job which fails again and again is left alone.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How many items are purged in one transaction, which keeps every publishing one waiting.
const PURGED_AT_ONCE: usize = 20;
/// How many portions of what came due are settled in a row before the other jobs have their turn.
pub(crate) const PORTIONS_IN_A_ROW: usize = 100;
const SECONDS_A_DAY: i64 = 24 * 60 * 60;

/// Something to do again and again.
struct Job {
    /// What, for the log.
    what: &'static str,
    /// How long after it was done.
    every: Duration,
    work: fn(&App) -> Result<(), AppError>,
}

/// Everything that is done, in this order.
const JOBS: [Job; 9] = [
    Job { what: "settling what came due", every: TICK, work: settle_due },
    Job { what: "sealing the audit log", every: TICK, work: seal },
    Job { what: "indexing what was renamed", every: Duration::from_secs(2), work: index },
    Job { what: "forgetting kept answers", every: Duration::from_secs(60), work: forget_answers },
    Job { what: "forgetting ended sessions", every: Duration::from_secs(60), work: forget_sessions },
    Job { what: "forgetting old changes", every: Duration::from_secs(60), work: forget_changes },
    Job { what: "emptying the trash", every: Duration::from_secs(60), work: empty_trash },
    Job { what: "forgetting deliveries", every: Duration::from_secs(60), work: deliveries::forget_old },
    Job { what: "noting when keys were used", every: Duration::from_secs(60), work: book::write_uses },
];

/// Does every job once, due or not: for tests, whose clock stands still.
///
/// # Errors
/// Those of the first job that failed; the others were done all the same.
pub fn tick(app: &App) -> Result<(), AppError> {
    let outcomes = JOBS.map(|job| (job.work)(app));
    outcomes.into_iter().collect()
}

/// The thread, until it is told to end.
pub struct Housekeeper {
    running: Mutex<Option<(SyncSender<()>, JoinHandle<()>)>>,
}

impl Housekeeper {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn start(app: App) -> std::io::Result<Self> {
        let (stop, stopped) = sync_channel(0);
        let thread = std::thread::Builder::new().name("housekeeper".to_owned()).spawn(move || run(&app, &stopped))?;
        Ok(Self { running: Mutex::new(Some((stop, thread))) })
    }

    /// Ends the thread, and waits until it is done. What was appended to the audit log by then is sealed.
    pub fn shut_down(&self) {
        if let Some((stop, thread)) = locked(&self.running).take() {
            drop(stop);
            // It catches what its jobs may panic with.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Housekeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_running = locked(&self.running).is_some();
        f.debug_struct("Housekeeper").field("is_running", &is_running).finish()
    }
}

fn run(app: &App, stopped: &Receiver<()>) {
    let mut turns = JOBS.map(Turn::new);
    while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(TICK) {
        for turn in &mut turns {
            turn.take(app);
        }
    }
    if let Err(error) = seal(app) {
        // The next start seals it.
        tracing::warn!(%error, "the end of the audit log could not be sealed");
    }
    if let Err(error) = book::write_uses(app) {
        tracing::warn!(%error, "when API keys were last used could not be noted");
    }
}

/// When a job is due, and how it went.
struct Turn {
    job: Job,
    due: Instant,
    failures: u32,
}

impl Turn {
    fn new(job: Job) -> Self {
        Self { job, due: Instant::now(), failures: 0 }
    }

    fn take(&mut self, app: &App) {
        if Instant::now() < self.due {
            return;
        }
        // A job that panics must not take the others with it.
        let done = catch_unwind(AssertUnwindSafe(|| (self.job.work)(app)))
            .unwrap_or_else(|_| Err(AppError::Internal("it panicked".to_owned())));
        self.note(done);
    }

    fn note(&mut self, done: Result<(), AppError>) {
        match &done {
            Ok(()) if self.failures > 0 => tracing::info!(job = self.job.what, "works again"),
            Err(error) if self.failures == 0 => tracing::warn!(job = self.job.what, %error, "failed; trying again"),
            _ => {}
        }
        self.failures = if done.is_ok() { 0 } else { self.failures.saturating_add(1) };
        self.due = Instant::now() + pause(self.job.every, self.failures);
    }
}

/// How long a job rests after it failed so many times in a row.
fn pause(every: Duration, failures: u32) -> Duration {
    every.saturating_mul(1 << failures.min(16)).min(LONGEST_PAUSE.max(every))
}

fn seal(app: &App) -> Result<(), AppError> {
    audit::seal(app).map(drop)
}

fn index(app: &App) -> Result<(), AppError> {
    search::refresh(app).map(drop)
}

/// Tells the change log what came into sight and went out of it, if nobody who published did so before.
fn settle_due(app: &App) -> Result<(), AppError> {
    let clock = &app.sources().clock;
    for _ in 0..PORTIONS_IN_A_ROW {
        // A cheap look first: the lock would keep everybody who publishes waiting.
        let next = app.store().public(due::next)?;
        if next.is_none_or(|at| at > clock.now()) {
            break;
        }
        app.store().write(|tx| settle_portion(tx, clock.as_ref()))?;
    }
    Ok(())
}

/// Tells the change log a portion of what has come due.
pub(crate) fn settle_portion(tx: &mut Tx<'_>, clock: &dyn Clock) -> Result<(), StoreError> {
    changes::lock(tx)?;
    tx.set_now(clock.now());
    let told = due::settle(tx)?;
    changes::append(tx, &told)
}

/// A portion of what is old: there is time until the next turn, and everybody who publishes waits meanwhile.
fn forget_changes(app: &App) -> Result<(), AppError> {
    log_of_changes::forget_old(app).map(drop)
}

fn forget_answers(app: &App) -> Result<(), AppError> {
    Ok(app.store().write(idempotency::forget_old)?)
}

/// And tokens, one-time links and failed logins that are good for nothing any more.
fn forget_sessions(app: &App) -> Result<(), AppError> {
    Ok(app.store().write(|tx| {
        accounts::sessions::forget_old(tx)?;
        accounts::links::forget_old(tx)?;
        accounts::failures::forget_old(tx)
    })?)
}

/// Purges what has lain in the trash for longer than it is kept there, but for what is still in use.
fn empty_trash(app: &App) -> Result<(), AppError> {
    loop {
        let waits = app.store().desk(|desk| {
            let before = kept_since(app, desk.now());
            Ok::<_, StoreError>(!items::trashed_before(desk, before, 1)?.is_empty())
        })?;
        if !waits || app.store().write(|tx| purge_some(app, tx))? == 0 {
            return Ok(());
        }
    }
}

fn kept_since(app: &App, now: Timestamp) -> Timestamp {
    now.plus_seconds(-i64::from(app.settings().trash_days).saturating_mul(SECONDS_A_DAY))
}

fn purge_some(app: &App, tx: &mut Tx<'_>) -> Result<usize, AppError> {
    // Behind the lock that who restores or publishes takes, and behind who is writing a reference.
    changes::lock(tx)?;
    tx.set_now(app.sources().clock.now());
    references::settle(tx)?;
    let before = kept_since(app, tx.now());
    let granted = Granted::<Purge>::by_retention();
    let mut purged = 0;
    for target in items::trashed_before(tx, before, u32::MAX)? {
        if purged == PURGED_AT_ONCE {
            break;
        }
        if !items::uses_of(tx, target)?.is_empty() {
            continue;
        }
        match tx.attempt(|tx| items::purge(tx, &granted, target)) {
            Ok(()) => purged += 1,
            Err(StoreError::Conflict(Conflict::InUse)) => continue,
            Err(error) => return Err(error.into()),
        }
        let entry = Entry::new("purge", target.kind, target.id);
        let entry = entry.with(AuditField::changed("trashDays", Value::Null, app.settings().trash_days));
        log::append(tx, app.sources().ids.next(), &Who::default(), entry)?;
    }
    Ok(purged)
}

/// A value behind a lock that somebody may have left in a panic: none of ours is ever half changed.
fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_fails_rests_longer_each_time_but_never_for_good() {
        let pauses: Vec<Duration> = (0..100).map(|failures| pause(TICK, failures)).collect();
        assert_eq!((pauses[0], pauses[1]), (TICK, TICK * 2));
        assert!(pauses.is_sorted());
        assert_eq!(pauses[99], LONGEST_PAUSE);
        assert_eq!(pause(Duration::from_secs(3600), 5), Duration::from_secs(3600));
    }

    #[test]
    fn a_job_is_done_again_after_its_time_once_it_succeeds() {
        let mut turn = Turn::new(Job { what: "a test", every: TICK, work: |_| Ok(()) });
        turn.note(Err(AppError::Unavailable("away".to_owned())));
        turn.note(Err(AppError::Unavailable("away".to_owned())));
        assert!(turn.due > Instant::now() + TICK * 3);
        turn.note(Ok(()));
        assert_eq!(turn.failures, 0);
        assert!(turn.due <= Instant::now() + TICK);
    }
}
