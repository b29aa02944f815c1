//! Where a suite below the API runs: an empty migrated database of each kind, a clock that stands
//! still until it is moved, and counted ids.

use std::{path::PathBuf, sync::Arc, time::Duration};

use bantin_application::{
    app::Sources,
    auth::entropy::SystemEntropy,
    visits::{Hit, HitTarget, VisitCounter, VisitSettings},
};
use bantin_domain::{
    kind::{Kind, Target},
    time::SiteZone,
};
use bantin_persistence::{
    Store, StoreSettings,
    connection::{Access, DatabaseUrl, DbConnection, Opener},
    migrate::migrate,
};
use bantin_tests::{
    postgres,
    sources::{CountedIds, FrozenClock},
};
use diesel::{RunQueryDsl, connection::SimpleConnection, sql_query};
use uuid::Uuid;

/// A database of its own, and the sources of everybody who uses it.
pub struct Place {
    pub url: DatabaseUrl,
    pub clock: Arc<FrozenClock>,
    pub sources: Sources,
    /// Dropped with the place: the database goes with it.
    _database: Database,
}

enum Database {
    Sqlite { _dir: tempfile::TempDir },
    Postgres { _database: postgres::Database },
}

impl Place {
    pub fn on_sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(dir.path().join("bantin.db"));
        migrate(&url).unwrap();
        Self::at(url, Database::Sqlite { _dir: dir })
    }

    pub fn on_postgres() -> Self {
        // Of this run alone: a server that outlives it would keep a template of yesterday's tables.
        let template = format!("visits_store_{}", std::process::id());
        postgres::cluster().template(&template, |url| {
            migrate(&url.parse().unwrap()).unwrap();
        });
        let database = postgres::cluster().create_database_from_template(&template);
        Self::at(database.url().parse().unwrap(), Database::Postgres { _database: database })
    }

    fn at(url: DatabaseUrl, database: Database) -> Self {
        let clock = Arc::new(FrozenClock::default());
        clock.set("2023-03-01T12:00:00+07:00");
        let sources =
            Sources { clock: clock.clone(), ids: Arc::new(CountedIds::default()), entropy: Arc::new(SystemEntropy) };
        Self { url, clock, sources, _database: database }
    }

    pub fn store(&self) -> Store {
        let settings = StoreSettings { url: self.url.clone(), readers: 2, writers: 2, wait: Duration::from_secs(5) };
        Store::open(&settings, self.clock.clone())
    }

    /// A node of its own.
    pub fn counter(&self) -> VisitCounter {
        self.counter_with(VisitSettings::in_zone(zone()))
    }

    pub fn counter_with(&self, settings: VisitSettings) -> VisitCounter {
        VisitCounter::start(self.store(), settings, self.sources.clone()).unwrap()
    }

    /// A connection of nobody's to all there is, to look behind or to break something.
    pub fn connect(&self) -> DbConnection {
        Opener::new(self.url.clone(), Access::Migrate).open().unwrap()
    }

    pub fn execute(&self, statement: &str) {
        self.connect().batch_execute(statement).unwrap();
    }

    /// Whether batches that leave the journal stay there, as they do when a node dies over it.
    pub fn keep_journal(&self, keep: bool) {
        self.execute(match (&self.url, keep) {
            (DatabaseUrl::Sqlite(_), true) => {
                "CREATE TRIGGER hits.kept BEFORE DELETE ON journal BEGIN SELECT RAISE(IGNORE); END"
            }
            (DatabaseUrl::Sqlite(_), false) => "DROP TRIGGER hits.kept",
            (DatabaseUrl::Postgres(_), true) => "CREATE RULE kept AS ON DELETE TO hits.journal DO INSTEAD NOTHING",
            (DatabaseUrl::Postgres(_), false) => "DROP RULE kept ON hits.journal",
        });
    }

    pub fn number(&self, query: &str) -> i64 {
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            number: i64,
        }
        let query = sql_query(format!("SELECT CAST(({query}) AS bigint) AS number"));
        query.get_result::<Row>(&mut self.connect()).unwrap().number
    }

    pub fn bytes(&self, query: &str) -> Vec<u8> {
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::Binary)]
            bytes: Vec<u8>,
        }
        let query = sql_query(format!("SELECT ({query}) AS bytes"));
        query.get_result::<Row>(&mut self.connect()).unwrap().bytes
    }

    pub fn visits_file(&self) -> PathBuf {
        self.url.visits_file().expect("a place on SQLite")
    }
}

/// Runs a test on each database.
pub fn on_both_databases(test: impl Fn(&Place)) {
    for place in [Place::on_sqlite(), Place::on_postgres()] {
        println!("on {}", place.url);
        test(&place);
    }
}

pub fn zone() -> SiteZone {
    SiteZone::parse("Asia/Ho_Chi_Minh").unwrap()
}

/// A view of an article by somebody at an address, with Firefox.
pub fn hit(client: &str, article: u128) -> Hit {
    Hit {
        viewed: HitTarget::Item(Target { kind: Kind::Article, id: Uuid::from_u128(article) }),
        category: None,
        referrer: None,
        client: client.parse().unwrap(),
        user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0".to_owned(),
        hit_id: None,
        do_not_track: false,
        prefetch: false,
        by_editor: false,
    }
}

/// The same hit with a name.
pub fn named(hit: Hit, id: u128) -> Hit {
    Hit { hit_id: Some(Uuid::from_u128(id)), ..hit }
}

/// Waits for an answer on this thread.
pub fn wait<T>(answer: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(answer)
}
