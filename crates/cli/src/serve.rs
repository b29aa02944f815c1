//! Serving: from the open socket to the last request that was in flight.

use std::{future::poll_fn, io, net::TcpListener, pin::pin, process, sync::Arc, task::Poll, time::Duration};

use actix_web::rt;
use bantin_api::{
    Api, Render,
    access::TrustedProxies,
    cache::{Cache, CacheSettings},
    changes::stream::{StreamSettings, Streams},
    rate_limit::{LimitSettings, Limits},
    server::{self, ServerSettings},
    webhooks,
};
use bantin_application::{
    App, AppError,
    change_watch::ChangeWatch,
    housekeeper::Housekeeper,
    media_files::MediaFiles,
    stats::Ranking,
    users,
    visits::{Sights, VisitCounter, VisitSettings},
    webhooks::courier::Courier,
};
use futures_util::future::{Either, select};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::field;

use crate::{
    failure::Failure,
    lock::ServerLock,
    logging::{self, Logs},
    metrics, output,
    settings::Settings,
    sources, start,
};

/// How long a stop waits for what is in flight.
const SHUTDOWN: Duration = Duration::from_secs(20);
/// How long a reader may take nothing of an answer before its connection is closed.
const WAITS_FOR: Duration = Duration::from_secs(30);
/// How often the signing keys are read again, since another node or `bantin keys` may have changed them.
const KEYS_EVERY: Duration = Duration::from_secs(5);
/// What makes the first account.
const ADD_AN_ADMIN: &str = "bantin user add --email EMAIL --name NAME --role admin --password-stdin";

/// `bantin serve`.
///
/// # Errors
/// One line, when it cannot start.
pub fn run(settings: &Settings) -> Result<(), Failure> {
    Serving::open(settings)?.run(settings, async |app| {
        if !users::has_admin(app).await? {
            output::say(&format!("Nobody can administer this site yet. Add somebody:\n  {ADD_AN_ADMIN}"));
            tracing::warn!(command = ADD_AN_ADMIN, "nobody can administer this site yet");
        }
        Ok(())
    })
}

/// A program that has everything it serves with, and does not answer yet.
pub struct Serving {
    /// The program.
    app: App,
    listener: TcpListener,
    metrics: Option<TcpListener>,
    _lock: ServerLock,
    /// Dropped last, with the last lines.
    _logs: Logs,
}

impl Serving {
    /// Takes what only one program can have, before anything is changed: the sockets and, on SQLite,
    /// the database. Then starts the program.
    ///
    /// # Errors
    /// One line.
    pub fn open(settings: &Settings) -> Result<Self, Failure> {
        let logs = logging::begin(settings, sources::of_this_machine().clock)?;
        start::make_folders(settings)?;
        let lock = ServerLock::take(&settings.database_url)?;
        let listen = settings.listen;
        let listener = TcpListener::bind(listen)
            .map_err(|error| Failure::new(format_args!("cannot listen on {listen}: {error}; see BANTIN_LISTEN")))?;
        let metrics = settings.metrics_listen.map(metrics::bind).transpose()?;
        let bound = listener.local_addr().map_err(Failure::new)?;
        let app = start::app(settings, settings.public_url_at(bound))?;
        Ok(Self { app, listener, metrics, _lock: lock, _logs: logs })
    }

    /// Prepares, and then answers until a signal ends it.
    ///
    /// # Errors
    /// Those of `prepare`, and one line when the server cannot be run.
    pub fn run(
        self,
        settings: &Settings,
        prepare: impl AsyncFnOnce(&App) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        rt::System::new().block_on(async {
            prepare(&self.app).await?;
            sweep(&self.app).await?;
            self.answer(settings).await
        })
    }

    async fn answer(self, settings: &Settings) -> Result<(), Failure> {
        let mut signals = Signals::listen().map_err(Failure::new)?;
        let api = api(&self.app, settings)?;
        let bound = self.listener.local_addr().map_err(Failure::new)?;
        let server_settings = ServerSettings {
            cors_origins: settings.cors_origins.clone(),
            workers: settings.workers,
            shutdown: SHUTDOWN,
            waits_for: WAITS_FOR,
        };
        let server = server::run(api.clone(), server_settings, self.listener).map_err(Failure::new)?;
        let handle = server.handle();
        let running = rt::spawn(server);
        let metrics = self.metrics.as_ref().and_then(|listener| listener.local_addr().ok()).map(field::display);
        let courier = Courier::new(self.app.clone(), webhooks::shown(api.render.clone()));
        if let Some(listener) = self.metrics {
            rt::spawn(metrics::serve(api.clone(), courier.clone(), listener).map_err(Failure::new)?);
        }
        rt::spawn(reload_keys(self.app.clone()));
        let couriering = courier.start().map_err(Failure::new)?;
        let housekeeper = Housekeeper::start(self.app).map_err(Failure::new)?;
        tracing::info!(address = %bound, metrics, database = %settings.database_url, "listening");

        match select(running, pin!(signals.next())).await {
            Either::Left((ended, _)) => {
                let why = ended.map_err(io::Error::other).and_then(|served| served).err();
                return Err(Failure::new(why.map_or("the server ended".to_owned(), |error| error.to_string())));
            }
            Either::Right(((), _)) => {}
        }
        tracing::info!("stopping: finishing what is in flight");
        rt::spawn(async move {
            signals.next().await;
            tracing::warn!("stopping at once");
            process::exit(1);
        });
        server::stop(&api, &handle).await;
        // After the last request, and after what is on its way to webhooks: what they appended to the audit log is
        // sealed, too.
        let shut_down = move || {
            couriering.shut_down();
            housekeeper.shut_down();
        };
        rt::task::spawn_blocking(shut_down).await.map_err(Failure::new)?;
        tracing::info!("stopped");
        Ok(())
    }
}

fn api(app: &App, settings: &Settings) -> Result<Api, Failure> {
    let zone = settings.site_timezone.clone();
    let counting = VisitSettings {
        keep_days: settings.stats_keep_days,
        heeds_do_not_track: settings.heed_do_not_track,
        ..VisitSettings::in_zone(zone.clone())
    };
    let visits = VisitCounter::start(app.store().clone(), counting, app.sources().clone())?;
    let watch = ChangeWatch::start(app.store().clone()).map_err(Failure::new)?;
    let limits = LimitSettings {
        visits: settings.rate_limit_visits,
        public: settings.rate_limit_public,
        editorial: settings.rate_limit_editorial,
        keys: settings.rate_limit_keys,
    };
    let cache = CacheSettings {
        bytes: u64::from(settings.cache_mb) * 1_024 * 1_024,
        control: settings.cache_control.clone(),
        stale_for: Duration::from_secs(u64::from(settings.cache_stale_seconds)),
    };
    Ok(Api {
        streams: Arc::new(Streams::new(
            &StreamSettings { places: settings.change_streams, ..StreamSettings::USUAL },
            &watch,
        )),
        cache: Arc::new(Cache::new(&cache, app, watch.clone(), zone.clone())),
        app: app.clone(),
        sights: Arc::new(Sights::new(app.clone(), watch.clone())),
        ranking: Arc::new(Ranking::new(app.clone())),
        limits: Arc::new(Limits::new(limits)),
        watch,
        visits: Arc::new(visits),
        numbers: Arc::default(),
        render: Render::new(zone, &app.settings().public_url),
        trusted_proxies: Arc::new(TrustedProxies::new(&settings.trusted_proxies)),
        stopping: Arc::default(),
    })
}

/// Removes the bytes of uploads that an earlier run left half done.
async fn sweep(app: &App) -> Result<(), AppError> {
    let app = app.clone();
    let swept = rt::task::spawn_blocking(move || MediaFiles::of(&app).sweep(app.sources().clock.now()));
    match swept.await.map_err(|error| AppError::Internal(error.to_string()))? {
        Ok(0) => {}
        Ok(files) => tracing::info!(files, "removed what unfinished uploads had left"),
        // It can wait: nobody can reach those bytes.
        Err(error) => tracing::warn!(?error, "could not look for unfinished uploads"),
    }
    Ok(())
}

async fn reload_keys(app: App) {
    let mut every = rt::time::interval(KEYS_EVERY);
    loop {
        every.tick().await;
        let app = app.clone();
        // While they cannot be read, the keys stay as they were.
        match rt::task::spawn_blocking(move || app.reload_keys()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(?error, "the signing keys could not be read again"),
            Err(error) => tracing::error!(%error, "reading the signing keys again panicked"),
        }
    }
}

/// The signals that end a server.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for the next one.
    async fn next(&mut self) {
        poll_fn(|context| {
            let came = self.terminate.poll_recv(context).is_ready() || self.interrupt.poll_recv(context).is_ready();
            if came { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}
