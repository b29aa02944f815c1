//! The app under test: the one that ships, on a database of its own.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock, mpsc},
    time::Duration,
};

use actix_web::dev::ServerHandle;
use bantin_api::{
    Api, Render,
    access::TrustedProxies,
    cache::{Cache, CacheSettings},
    changes::stream::{StreamSettings, Streams},
    rate_limit::{LimitSettings, Limits},
    server::{self, ServerSettings},
};
use bantin_application::{
    App, DatabaseUrl, Settings,
    app::{AddressPolicy, Sources},
    auth::password::HashParameters,
    change_watch::ChangeWatch,
    housekeeper, migrate,
    stats::Ranking,
    users,
    visits::{Sights, VisitCounter, VisitSettings},
};
use bantin_domain::{policy::Role, time::SiteZone, webhook::Reach};
use bantin_persistence::StoreSettings;
use tempfile::TempDir;

use crate::{
    client::Client,
    postgres,
    relay::Relay,
    sources::{CountedEntropy, CountedIds, FrozenClock},
};

/// The password of every user of a test.
pub const PASSWORD: &str = "vien-da-cuoi-len-thac";
/// An origin that may use the desk.
pub const DESK_ORIGIN: &str = "https://desk.example";

/// How long a request of a test waits for its turn: a busy machine is no fault of the program's.
const PATIENT: Duration = Duration::from_secs(10);

/// A stream ends soon, so that a test can read it to its end.
pub const STREAMS: StreamSettings = StreamSettings {
    places: 4,
    ends_after: Duration::from_millis(300),
    waits_for: Duration::from_secs(2),
    ..StreamSettings::USUAL
};

/// No limit of requests.
const UNLIMITED: u32 = 0;

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Db {
    /// A file.
    Sqlite,
    /// A database of the private cluster.
    Postgres,
}

/// A running app, stopped when it is dropped.
pub struct TestApp {
    /// The time it lives in.
    pub clock: Arc<FrozenClock>,
    /// The program itself, for what has no route.
    pub api: Api,
    /// Where it answers.
    pub base: String,
    /// Its data folder.
    pub folder: PathBuf,
    handle: ServerHandle,
    thread: Option<std::thread::JoinHandle<()>>,
    // Dropped in this order: the server first (above), then what it stands on.
    _database: Option<postgres::Database>,
    _folder: Option<TempDir>,
}

impl TestApp {
    /// Starts an app on an empty database.
    pub fn start(db: Db) -> Self {
        Self::start_with(db, |_| {})
    }

    /// Starts an app that is told something else than the others.
    pub fn start_with(db: Db, tell: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::Builder::new().prefix("bantin-test-").tempdir().unwrap();
        match db {
            Db::Sqlite => Self::on(sqlite_copy(folder.path()), folder, None, PATIENT, tell),
            Db::Postgres => {
                let database = postgres_copy();
                Self::on(database.url().parse().unwrap(), folder, Some(database), PATIENT, tell)
            }
        }
    }

    /// Starts an app on PostgreSQL behind a wire that the test can cut.
    pub fn start_behind_relay() -> (Self, Relay) {
        let folder = tempfile::Builder::new().prefix("bantin-test-").tempdir().unwrap();
        let database = postgres_copy();
        let relay = Relay::to(database.url());
        (Self::on(relay.url().parse().unwrap(), folder, Some(database), Duration::from_secs(1), |_| {}), relay)
    }

    /// Starts another node over the same database, with the same keys and the same time. It answers as long
    /// as the first one lives. It keeps no answers: it would hear of the first one's acts a moment later.
    pub fn another_node(&self) -> Self {
        self.another_node_with(&CacheSettings { bytes: 0, ..CacheSettings::default() })
    }

    /// Another node that keeps answers like this.
    pub fn another_node_with(&self, cache: &CacheSettings) -> Self {
        let (settings, sources) = (self.api.app.settings().clone(), self.api.app.sources().clone());
        Self::run(settings, sources, self.clock.clone(), None, None, cache, UNLIMITED)
    }

    /// Another node on which each network may have so many answers made a minute.
    pub fn another_node_limited(&self, public: u32) -> Self {
        let (settings, sources) = (self.api.app.settings().clone(), self.api.app.sources().clone());
        Self::run(settings, sources, self.clock.clone(), None, None, &CacheSettings::default(), public)
    }

    fn on(
        url: DatabaseUrl,
        folder: TempDir,
        database: Option<postgres::Database>,
        wait: Duration,
        tell: impl FnOnce(&mut Settings),
    ) -> Self {
        let clock = Arc::new(FrozenClock::default());
        let sources = Sources {
            clock: clock.clone(),
            ids: Arc::new(CountedIds::default()),
            entropy: Arc::new(CountedEntropy::default()),
        };
        let mut settings = Settings {
            store: StoreSettings { url, readers: 4, writers: 4, wait },
            data_dir: folder.path().to_path_buf(),
            secret_key_file: folder.path().join("secret.key"),
            make_secret_key: true,
            public_url: "https://tin.example".to_owned(),
            zone: SiteZone::parse("Asia/Ho_Chi_Minh").unwrap(),
            auto_migrate: true,
            hashing: HashParameters::for_tests(),
            four_eyes: false,
            audit_addresses: AddressPolicy::Network,
            trash_days: 30,
            // What tests receive with listens on this machine.
            reach: Reach::Private,
            changes_days: 90,
            wait,
        };
        tell(&mut settings);
        Self::run(settings, sources, clock, database, Some(folder), &CacheSettings::default(), UNLIMITED)
    }

    fn run(
        settings: Settings,
        sources: Sources,
        clock: Arc<FrozenClock>,
        database: Option<postgres::Database>,
        folder: Option<TempDir>,
        cache: &CacheSettings,
        public_limit: u32,
    ) -> Self {
        let (zone, data_dir) = (settings.zone.clone(), settings.data_dir.clone());
        let render = Render::new(zone.clone(), &settings.public_url);
        let app = App::start(settings, sources.clone()).unwrap();
        let visits = VisitCounter::start(app.store().clone(), VisitSettings::in_zone(zone.clone()), sources).unwrap();
        let watch = ChangeWatch::start(app.store().clone()).unwrap();
        let api = Api {
            sights: Arc::new(Sights::new(app.clone(), watch.clone())),
            ranking: Arc::new(Ranking::new(app.clone())),
            // A clock that stands still fills no bucket: a test of the desk would run dry.
            limits: Arc::new(Limits::new(LimitSettings {
                editorial: UNLIMITED,
                public: public_limit,
                ..LimitSettings::default()
            })),
            cache: Arc::new(Cache::new(cache, &app, watch.clone(), zone)),
            streams: Arc::new(Streams::new(&STREAMS, &watch)),
            watch,
            app,
            visits: Arc::new(visits),
            numbers: Arc::default(),
            render,
            trusted_proxies: Arc::new(TrustedProxies::new(&["127.0.0.0/8".parse().unwrap()])),
            stopping: Arc::default(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let settings = ServerSettings {
            cors_origins: vec![DESK_ORIGIN.to_owned()],
            workers: 1,
            shutdown: Duration::from_secs(5),
            waits_for: STREAMS.waits_for,
        };
        let (tell, told) = mpsc::channel();
        let served = api.clone();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = server::run(served, settings, listener).unwrap();
                tell.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        let handle = told.recv().unwrap();
        Self { clock, api, base, folder: data_dir, handle, thread: Some(thread), _database: database, _folder: folder }
    }

    /// Runs something that waits.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    /// Does what the program does by itself as time goes by: here it is done when the test says so.
    pub fn tidy(&self) {
        housekeeper::tick(&self.api.app).unwrap();
    }

    /// Everybody.
    pub fn anonymous(&self) -> Client {
        Client::new(&self.base, None)
    }

    /// Somebody with a role, logged in. Each call makes another account.
    pub fn user(&self, role: Role, email: &str) -> Client {
        self.wait(users::add(&self.api.app, email, "Người thử", role, PASSWORD)).unwrap();
        self.log_in(email)
    }

    /// Somebody whose account exists, logged in over HTTP.
    pub fn log_in(&self, email: &str) -> Client {
        let answer = self
            .anonymous()
            .post("/api/v1/auth/login", &serde_json::json!({"email": email, "password": PASSWORD}))
            .expect(200);
        Client::new(&self.base, Some(answer.json["data"]["accessToken"].as_str().unwrap().to_owned()))
    }

    /// May do everything.
    pub fn admin(&self) -> Client {
        self.user(Role::Admin, "quan-tri@so.example")
    }

    /// Publishes anything.
    pub fn chief_editor(&self) -> Client {
        self.user(Role::ChiefEditor, "tong-bien-tap@so.example")
    }

    /// Edits and approves.
    pub fn editor(&self) -> Client {
        self.user(Role::Editor, "bien-tap@so.example")
    }

    /// Writes own drafts.
    pub fn author(&self) -> Client {
        self.user(Role::Author, "tac-gia@so.example")
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // The stop is sent here and carried out by the server's own thread.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        self.api.visits.shut_down();
    }
}

/// A copy of a migrated SQLite database: 2 ms instead of migrating anew.
pub fn sqlite_copy(folder: &Path) -> DatabaseUrl {
    static TEMPLATE: OnceLock<TempDir> = OnceLock::new();
    let template = TEMPLATE.get_or_init(|| {
        let folder = tempfile::Builder::new().prefix("bantin-template-").tempdir().unwrap();
        migrate::migrate(&format!("sqlite:{}", folder.path().join("bantin.db").display()).parse().unwrap()).unwrap();
        folder
    });
    for entry in std::fs::read_dir(template.path()).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
    }
    format!("sqlite:{}", folder.join("bantin.db").display()).parse().unwrap()
}

/// A database of its own on the cluster.
pub fn postgres_copy() -> postgres::Database {
    postgres::cluster().create_database_from_template(postgres_template())
}

/// The migrated template of the cluster. Its name carries the newest migration, so that a server that
/// outlives a run never gives out an old shape.
fn postgres_template() -> &'static str {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let mut shape = sha2::Sha256::default();
        sha2::Digest::update(&mut shape, migrations_of("postgres"));
        let digest = sha2::Digest::finalize(shape);
        let name = format!("bantin_template_{:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3]);
        postgres::cluster().template(&name, |url| {
            migrate::migrate(&url.parse().unwrap()).unwrap();
        });
        name
    })
}

/// All the SQL of one side, joined.
pub fn migrations_of(side: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations").join(side);
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders.iter().map(|folder| std::fs::read_to_string(folder.join("up.sql")).unwrap()).collect()
}
