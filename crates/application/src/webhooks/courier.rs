//! The thread that tells webhooks of changes: it makes deliveries of what stands in the change log, takes those
//! that are due, and sends them side by side.
//!
//! Every node has one. Making deliveries is done by one node at a time; each delivery is taken by one of them
//! for `LEASE_SECONDS`, three times as long as an attempt may take. A node that dies over a delivery leaves a
//! lease that runs out, and another one sends it again: under the same id, since nobody knows whether it was
//! heard.
//!
//! A receiver that is slow holds its own places and no others: so many at a time are sent to one host, and one
//! alone where the last ones failed.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use bantin_domain::webhook::{WebhookId, retry};
use bantin_persistence::{
    Tx, changes,
    webhooks::{
        self, StoredWebhook, log,
        sending::{self, Taken},
        telling::{self, NewDelivery},
    },
};
use tokio::{
    runtime::{Builder, Runtime},
    task::{JoinSet, spawn_blocking},
    time::{sleep, timeout},
};

use super::{
    message::{self, Show},
    outcome, secret,
    sender::{Letter, Sender},
    tally::{CourierMetrics, Tally},
};
use crate::{app::App, error::AppError};

/// How often it is looked whether there is something to do.
const TICK: Duration = Duration::from_millis(250);
/// How long it rests after the database failed.
const REST: Duration = Duration::from_secs(5);
/// How often it is looked how much waits.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// For how long a delivery belongs to who took it.
const LEASE_SECONDS: i64 = 30;
/// How many are sent at a time.
const AT_ONCE: usize = 32;
/// How many of these to one host.
const AT_ONCE_TO_HOST: usize = 4;
/// How many changes are looked at in one transaction.
const PORTION: u32 = 500;
/// How many names may be resolved, and notes written, at a time.
const THREADS: usize = 2 * AT_ONCE;

/// What makes deliveries and sends them. Cheap to clone.
#[derive(Clone)]
pub struct Courier {
    inner: Arc<Inner>,
}

struct Inner {
    app: App,
    show: Box<Show>,
    sender: Sender,
    tally: Tally,
}

/// What is on its way, by its host.
#[derive(Default)]
struct Flight {
    tasks: JoinSet<String>,
    to_host: HashMap<String, usize>,
}

impl Flight {
    fn free(&self) -> usize {
        AT_ONCE.saturating_sub(self.tasks.len())
    }

    fn free_to(&self, hook: &StoredWebhook, host: &str) -> usize {
        let most = if hook.health.failures > 0 { 1 } else { AT_ONCE_TO_HOST };
        most.saturating_sub(self.to_host.get(host).copied().unwrap_or(0))
    }

    fn landed(&mut self, host: &str) {
        if let Some(count) = self.to_host.get_mut(host) {
            *count = count.saturating_sub(1);
        }
        self.to_host.retain(|_, count| *count > 0);
    }
}

impl Courier {
    /// One for a program, told how a change is shown to integrators.
    pub fn new(app: App, show: Box<Show>) -> Self {
        let sender = Sender::new(app.settings().reach);
        Self { inner: Arc::new(Inner { app, show, sender, tally: Tally::default() }) }
    }

    /// How telling goes.
    pub fn metrics(&self) -> CourierMetrics {
        self.inner.tally.read()
    }

    /// Does all that is to be done now, and waits until it is done: for tests, whose clock stands still. Blocks.
    ///
    /// # Errors
    /// When the database fails, or the system gives no runtime.
    pub fn deliver_due(&self) -> Result<(), AppError> {
        runtime().map_err(|error| AppError::Internal(error.to_string()))?.block_on(async {
            let mut flight = Flight::default();
            loop {
                self.round(&mut flight).await?;
                match flight.tasks.join_next().await {
                    Some(host) => flight.landed(&host.unwrap_or_default()),
                    None => return self.look().await,
                }
            }
        })
    }

    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn start(self) -> std::io::Result<Couriering> {
        let runtime = runtime()?;
        let stop = Arc::<AtomicBool>::default();
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("webhooks".to_owned())
            .spawn(move || runtime.block_on(self.run(&stopped)))?;
        Ok(Couriering { stop, thread: Mutex::new(Some(thread)) })
    }

    async fn run(self, stopped: &AtomicBool) {
        let mut flight = Flight::default();
        let (mut is_well, mut looked) = (true, None::<Instant>);
        while !stopped.load(Ordering::Relaxed) {
            let mut done = self.round(&mut flight).await;
            if done.is_ok() && looked.is_none_or(|at| at.elapsed() >= LOOK_EVERY) {
                looked = Some(Instant::now());
                done = self.look().await;
            }
            match &done {
                Err(error) if is_well => tracing::warn!(%error, "webhooks cannot be told of changes; trying again"),
                Ok(()) if !is_well => tracing::info!("webhooks are told of changes again"),
                _ => {}
            }
            is_well = done.is_ok();
            let pause = if is_well { TICK } else { REST };
            if flight.tasks.is_empty() {
                sleep(pause.min(REST)).await;
            } else if let Ok(Some(host)) = timeout(pause, flight.tasks.join_next()).await {
                flight.landed(&host.unwrap_or_default());
            }
        }
        // What is on its way may arrive: each attempt ends by itself in time.
        while flight.tasks.join_next().await.is_some() {}
    }

    /// Looks how much waits.
    async fn look(&self) -> Result<(), AppError> {
        let app = self.inner.app.clone();
        self.inner.tally.note(blocking(move || Ok(app.store().desk(log::backlog)?)).await?);
        Ok(())
    }

    /// Makes deliveries of what is new, and sends as much as there is room for.
    async fn round(&self, flight: &mut Flight) -> Result<(), AppError> {
        let courier = self.clone();
        blocking(move || courier.tell()).await?;
        if flight.free() == 0 {
            return Ok(());
        }
        let places: Vec<(WebhookId, String, usize)> = self.places(flight).await?;
        let courier = self.clone();
        let taken = blocking(move || courier.take(places)).await?;
        for (host, taken, letter) in taken {
            *flight.to_host.entry(host.clone()).or_default() += 1;
            let courier = self.clone();
            flight.tasks.spawn(async move {
                courier.carry(taken, letter).await;
                host
            });
        }
        Ok(())
    }

    /// For which webhooks something is due, and how many of it may be sent.
    async fn places(&self, flight: &Flight) -> Result<Vec<(WebhookId, String, usize)>, AppError> {
        let app = self.inner.app.clone();
        let waiting = blocking(move || Ok(app.store().desk(sending::waiting)?)).await?;
        let hooks = waiting.into_iter().map(|hook| {
            let host = hook.content.url.authority();
            let free = flight.free_to(&hook, &host);
            (hook.id, host, free)
        });
        Ok(share(hooks.collect(), flight.free()))
    }

    /// Takes deliveries, and writes the letters.
    fn take(&self, places: Vec<(WebhookId, String, usize)>) -> Result<Vec<(String, Taken, Letter)>, AppError> {
        let app = &self.inner.app;
        let mut letters = Vec::new();
        for (webhook, host, free) in places {
            let due = app.store().desk(|desk| sending::due(desk, webhook, free))?;
            if due.is_empty() {
                continue;
            }
            let taken = app.store().write(|tx| {
                let Some(hook) = webhooks::lock(tx, webhook)? else { return Ok::<_, AppError>(Vec::new()) };
                let now = tx.now();
                let secrets = secret::open(app, webhook, &hook.secrets, now)?;
                let mut letters = Vec::with_capacity(due.len());
                for id in due {
                    let Some(taken) = sending::take(tx, id, now.plus_seconds(LEASE_SECONDS))? else { continue };
                    let (id, seconds) = (taken.id.to_string(), now.as_micros() / 1_000_000);
                    let signatures = secret::signatures(&secrets, &id, seconds, &taken.body);
                    let (url, body) = (hook.content.url.clone(), taken.body.clone());
                    letters.push((host.clone(), taken, Letter { url, id, seconds, signatures, body }));
                }
                Ok(letters)
            });
            match taken {
                Ok(taken) => letters.extend(taken),
                // The others' are sent all the same.
                Err(error) => tracing::warn!(%webhook, %error, "what is due to a webhook cannot be taken"),
            }
        }
        Ok(letters)
    }

    async fn carry(&self, taken: Taken, letter: Letter) {
        let attempt = self.inner.sender.send(&letter).await;
        let (app, delivery, noted) = (self.inner.app.clone(), taken.id, attempt.clone());
        let settled = blocking(move || outcome::settle(&app, &taken, &noted)).await;
        let settled = settled.unwrap_or_else(|error| {
            tracing::warn!(%delivery, %error, "what came of a delivery could not be noted; it is sent again");
            outcome::Settled::default()
        });
        self.inner.tally.count(&attempt, settled);
    }

    /// Makes deliveries of the changes that webhooks have not been told of. Blocks.
    fn tell(&self) -> Result<(), AppError> {
        let store = self.inner.app.store();
        while store.desk(telling::is_behind)? {
            if !store.write(|tx| self.tell_portion(tx))? {
                break;
            }
        }
        Ok(())
    }

    /// Whether something was done.
    fn tell_portion(&self, tx: &mut Tx<'_>) -> Result<bool, AppError> {
        if !telling::take_turn(tx)? {
            return Ok(false);
        }
        let hooks = telling::behind(tx)?;
        let Some(first) = hooks.first() else { return Ok(false) };
        let portion = changes::after(&mut tx.public(), first.seq, PORTION)?;
        let Some(last) = portion.last().map(|change| change.seq) else { return Ok(false) };
        for hook in hooks.iter().filter(|hook| hook.seq < last) {
            if telling::move_on(tx, hook, last)? {
                for change in portion.iter().filter(|change| change.seq > hook.seq) {
                    self.tell_one(tx, hook, change)?;
                }
            }
        }
        Ok(true)
    }

    fn tell_one(&self, tx: &mut Tx<'_>, hook: &StoredWebhook, logged: &changes::LoggedChange) -> Result<(), AppError> {
        let (change, wants) = (&logged.change, &hook.content.wants);
        if !wants.include(change.target.kind, change.kind, change.locale.as_ref()) {
            return Ok(());
        }
        if wants.categories.is_some() {
            let sections = telling::sections_of(tx, logged)?;
            if !wants.include_sections(sections.as_deref()) {
                return Ok(());
            }
        }
        let app = &self.inner.app;
        let (event_type, body) = message::of_change(logged, &app.settings().zone, &self.inner.show);
        let new = NewDelivery {
            id: app.sources().ids.next(),
            webhook: hook.id,
            change: Some((logged.seq, change.target.id)),
            event_type,
            body,
            give_up_at: tx.now().plus_seconds(retry::GIVE_UP_AFTER),
        };
        Ok(telling::insert(tx, &new)?)
    }
}

/// Gives each webhook a place in turn, as long as there are any: one with much to be told takes none of another's.
fn share(wishes: Vec<(WebhookId, String, usize)>, places: usize) -> Vec<(WebhookId, String, usize)> {
    let mut to_host: HashMap<String, usize> = HashMap::new();
    let mut queue: VecDeque<(WebhookId, String, usize, usize)> =
        wishes.into_iter().map(|(id, host, most)| (id, host, most, 0)).collect();
    let (mut shares, mut left) = (Vec::new(), places);
    while let Some((id, host, most, has)) = queue.pop_front() {
        let given = to_host.entry(host.clone()).or_default();
        if left > 0 && *given < most {
            (left, *given) = (left - 1, *given + 1);
            queue.push_back((id, host, most, has + 1));
        } else if has > 0 {
            shares.push((id, host, has));
        }
    }
    shares
}

/// The thread, until it is told to end.
pub struct Couriering {
    stop: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Couriering {
    /// Takes nothing more, and waits until what is on its way has arrived or was given up.
    pub fn shut_down(&self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // A panic of it has been printed; there is nothing else to do about it here.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Couriering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Couriering(..)")
    }
}

impl fmt::Debug for Courier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Courier(..)")
    }
}

/// One thread for all that waits for receivers, and others for what blocks.
fn runtime() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().max_blocking_threads(THREADS).build()
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AppError> + Send + 'static,
) -> Result<T, AppError> {
    spawn_blocking(work).await.map_err(|error| AppError::Internal(error.to_string()))?
}

#[cfg(test)]
mod tests {
    use bantin_domain::id::Id;

    use super::*;

    fn wish(n: u128, host: &str, most: usize) -> (WebhookId, String, usize) {
        (Id::new(uuid::Uuid::from_u128(n)), host.to_owned(), most)
    }

    #[test]
    fn a_webhook_with_much_to_be_told_takes_no_place_of_another() {
        let shares = share(vec![wish(1, "a", 4), wish(2, "b", 4), wish(3, "c", 1)], 5);
        let mut counts: Vec<_> = shares.iter().map(|(_, host, count)| (host.as_str(), *count)).collect();
        counts.sort_unstable();
        assert_eq!(counts, [("a", 2), ("b", 2), ("c", 1)]);
    }

    #[test]
    fn two_webhooks_of_one_host_share_its_places() {
        let shares = share(vec![wish(1, "a", 4), wish(2, "a", 4)], 32);
        assert_eq!(shares.iter().map(|(_, _, count)| count).sum::<usize>(), 4);
        assert!(share(vec![wish(1, "a", 0)], 32).is_empty());
    }
}
