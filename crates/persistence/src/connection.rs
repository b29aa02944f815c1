//! One connection type over both databases, and how each is opened.
//!
//! The derived `establish` of a multi connection tries every variant in turn and hides the real
//! error, so a [`DatabaseUrl`] says which database is meant and [`Opener`] opens exactly that one.

use std::{fmt, path::PathBuf, str::FromStr, time::Duration};

use diesel::{
    Connection, ConnectionError, ConnectionResult, PgConnection, SqliteConnection, connection::SimpleConnection,
    r2d2::R2D2Connection,
};

pub use multi::{DbConnection, MultiBackend};

use crate::statements::Counting;

/// In a module of its own, because the derive writes code that our lints would have words about.
#[expect(
    missing_docs,
    clippy::disallowed_methods,
    reason = "the derive documents nothing and passes test transactions on"
)]
mod multi {
    use diesel::{PgConnection, SqliteConnection};

    /// A connection to either database. Every query in this crate runs on it.
    #[derive(diesel::MultiConnection)]
    pub enum DbConnection {
        /// A server, shared by many nodes.
        Postgres(PgConnection),
        /// A file of this machine, used by one process.
        Sqlite(SqliteConnection),
    }
}

/// Which database the settings name.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A `postgres://` URL as libpq reads it. May hold a password: never printed.
    Postgres(String),
    /// The path of the content file; visits live beside it in `<stem>-visits.db`, and hits that are not counted
    /// yet in `<stem>-hits.db`.
    Sqlite(PathBuf),
}

impl DatabaseUrl {
    /// Where SQLite keeps the visits: a file of its own, so that a flood of hits never blocks an
    /// editor's write.
    pub fn visits_file(&self) -> Option<PathBuf> {
        self.file_beside("visits")
    }

    /// Where SQLite keeps the journal of the hits: a file of its own again, so that no hit waits for the
    /// counting of those before it. Whoever backs up copies it first: what it holds and the visits hold, too, is skipped.
    pub fn hits_file(&self) -> Option<PathBuf> {
        self.file_beside("hits")
    }

    fn file_beside(&self, what: &str) -> Option<PathBuf> {
        match self {
            Self::Postgres(_) => None,
            Self::Sqlite(path) => {
                let stem = path.file_stem().unwrap_or_default().to_string_lossy();
                Some(path.with_file_name(format!("{stem}-{what}.db")))
            }
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        match url.split_once(':') {
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(url.to_owned())),
            Some(("sqlite", path)) if !path.is_empty() && !path.contains(['?', '#', '\0']) => {
                Ok(Self::Sqlite(PathBuf::from(path)))
            }
            _ => Err("must be sqlite:PATH or postgres://USER@HOST/DATABASE".to_owned()),
        }
    }
}

impl fmt::Display for DatabaseUrl {
    /// The URL without what may be secret in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => {
                let place = url
                    .rsplit_once('@')
                    .map_or_else(|| url.split_once("://").map_or("", |(_, rest)| rest), |(_, place)| place);
                write!(f, "postgres://{}", place.split('?').next().unwrap_or_default())
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a connection may do. It is set on the connection, so that a query in the wrong place fails
/// in the database too, not only in the types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reads content and, on SQLite, the attached visits file; a write is refused.
    Read,
    /// Reads and writes content.
    Write,
    /// Reads and writes visits.
    Visits,
    /// Reads and writes the journal of the hits.
    Hits,
    /// Changes the shape of all of them.
    Migrate,
}

/// Opens connections for a pool.
#[derive(Debug, Clone)]
pub struct Opener {
    url: DatabaseUrl,
    access: Access,
}

impl Opener {
    /// An opener for one database and one purpose.
    pub fn new(url: DatabaseUrl, access: Access) -> Self {
        Self { url, access }
    }

    /// Opens one connection with everything set that correctness rests on.
    ///
    /// # Errors
    /// When the database cannot be reached or refuses a setting.
    pub fn open(&self) -> ConnectionResult<DbConnection> {
        let mut conn = match &self.url {
            DatabaseUrl::Postgres(url) => self.open_postgres(url).map(DbConnection::Postgres),
            DatabaseUrl::Sqlite(path) => self.open_sqlite(path).map(DbConnection::Sqlite),
        }?;
        if self.access == Access::Read {
            conn.set_instrumentation(Counting::new());
        }
        Ok(conn)
    }

    /// libpq has no limits of its own: a stalled server would hold a worker for ever. So each
    /// connection gets a bound on connecting, on a statement, on waiting for a lock and on sitting
    /// in an open transaction.
    ///
    /// And none compiles a statement to machine code: PostgreSQL does so with what it takes to be dear, twenty
    /// milliseconds each time, and no statement of ours runs that long. It took a scan of three rows for dear, because
    /// who counts visits has told it to avoid scans, and compiled that twice a second.
    fn open_postgres(&self, url: &str) -> ConnectionResult<PgConnection> {
        let joiner = if url.contains('?') { '&' } else { '?' };
        let mut conn = PgConnection::establish(&format!(
            "{url}{joiner}connect_timeout=5&tcp_user_timeout=10000&application_name=bantin"
        ))?;
        let read_only = if self.access == Access::Read { "; SET default_transaction_read_only = on" } else { "" };
        conn.batch_execute(&format!(
            "SET statement_timeout = '5s'; SET lock_timeout = '2s'; SET idle_in_transaction_session_timeout = '10s'; \
             SET TIME ZONE 'UTC'; SET client_min_messages = 'warning'; SET jit = off{read_only}"
        ))
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok(conn)
    }

    /// `busy_timeout` comes first, since the other settings may already have to wait. FULL, because
    /// with NORMAL a power cut was measured to lose every commit since the last checkpoint.
    fn open_sqlite(&self, path: &std::path::Path) -> ConnectionResult<SqliteConnection> {
        let has_content = !matches!(self.access, Access::Visits | Access::Hits);
        let main = if has_content { path.to_string_lossy() } else { ":memory:".into() };
        let mut conn = SqliteConnection::establish(&main)?;
        let mut set = |sql: &str| conn.batch_execute(sql).map_err(ConnectionError::CouldntSetupConfiguration);
        set("PRAGMA busy_timeout = 5000")?;
        when_unlocked(|| set("PRAGMA journal_mode = WAL"))?;
        set("PRAGMA synchronous = FULL")?;
        set("PRAGMA foreign_keys = ON")?;
        set("PRAGMA temp_store = MEMORY")?;
        set("PRAGMA cache_size = -8192")?;
        set("PRAGMA trusted_schema = OFF")?;
        // Each of the other files answers to the name that a schema has on PostgreSQL. Only where it is needed:
        // BEGIN IMMEDIATE locks every attached file, so editors, hits and their counting would wait for each other.
        let attached: &[(&str, Option<PathBuf>)] = match self.access {
            Access::Write => &[],
            Access::Read | Access::Visits => &[("visits", self.url.visits_file())],
            Access::Hits => &[("hits", self.url.hits_file())],
            // The hits first: where a commit to several files is cut short, it was to those before.
            Access::Migrate => &[("hits", self.url.hits_file()), ("visits", self.url.visits_file())],
        };
        for (schema, file) in attached {
            let file = file.clone().unwrap_or_default();
            set(&format!("ATTACH DATABASE '{}' AS {schema}", file.to_string_lossy().replace('\'', "''")))?;
            when_unlocked(|| set(&format!("PRAGMA {schema}.journal_mode = WAL")))?;
            set(&format!("PRAGMA {schema}.synchronous = FULL"))?;
            // A salt that is destroyed must not stay readable in a free page. Hits come and go by the second, and
            // are scrubbed together once a salt is (see `Store::scrub_visits`).
            let secure_delete = if *schema == "hits" { "FAST" } else { "ON" };
            set(&format!("PRAGMA {schema}.secure_delete = {secure_delete}"))?;
        }
        if self.access == Access::Hits {
            set("PRAGMA wal_autocheckpoint = 4000")?;
        }
        if self.access == Access::Visits {
            // Folding comes back to the pages of all visitors of the day, twice a second. With the usual two
            // megabytes they would be read, written and read again within one transaction.
            set("PRAGMA visits.cache_size = -32768")?;
            // They are written over and over: the more often before they are copied into the file, the less is copied.
            set("PRAGMA wal_autocheckpoint = 16000")?;
        }
        if self.access == Access::Read {
            set("PRAGMA query_only = ON")?;
        }
        Ok(conn)
    }
}

/// How often a lock is tried that SQLite does not wait for, and how long until the next time: as long as it waits for
/// the others.
const TRIES: u32 = 500;
const UNTIL_THE_NEXT: Duration = Duration::from_millis(10);

/// Tries until nobody else is in the way. To turn to the write-ahead log, which the first connection to a new file
/// does, a connection wants the file for itself; and where two do so at once, SQLite tells one that it is locked
/// without waiting, whatever `busy_timeout` says.
fn when_unlocked(mut act: impl FnMut() -> ConnectionResult<()>) -> ConnectionResult<()> {
    for _ in 1..TRIES {
        match act() {
            Err(error) if error.to_string().contains("locked") => std::thread::sleep(UNTIL_THE_NEXT),
            done => return done,
        }
    }
    act()
}

impl r2d2::ManageConnection for Opener {
    type Connection = DbConnection;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<DbConnection, Self::Error> {
        self.open().map_err(diesel::r2d2::Error::ConnectionError)
    }

    fn is_valid(&self, conn: &mut DbConnection) -> Result<(), Self::Error> {
        conn.ping().map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, conn: &mut DbConnection) -> bool {
        std::thread::panicking() || conn.is_broken()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_password() {
        let url: DatabaseUrl =
            "postgres://bantin:s3cret@db.example:5432/bantin?sslmode=require&password=other".parse().unwrap();
        assert_eq!(url.to_string(), "postgres://db.example:5432/bantin");
        assert_eq!(format!("{url:?}"), "postgres://db.example:5432/bantin");
    }

    #[test]
    fn visits_live_beside_the_content_file() {
        let url: DatabaseUrl = "sqlite:data/bantin.db".parse().unwrap();
        assert_eq!(url.visits_file(), Some(PathBuf::from("data/bantin-visits.db")));
        assert_eq!(url.hits_file(), Some(PathBuf::from("data/bantin-hits.db")));
    }

    #[test]
    fn an_unknown_scheme_and_an_empty_path_are_refused() {
        for url in ["mysql://x", "sqlite:", "bantin.db", "", "sqlite:a.db?mode=ro"] {
            assert!(url.parse::<DatabaseUrl>().is_err(), "{url}");
        }
    }
}
