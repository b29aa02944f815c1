//! A PostgreSQL database for each test.
//!
//! All tests of a run share one server, the [`Cluster`]: the one that `BANTIN_TEST_POSTGRES_URL`
//! names (`scripts/test` starts a private one and sets it), else a private one that this process
//! starts. Within it a migrated database is made once, as a [template](Cluster::template), and every
//! test gets a copy of its own, which takes milliseconds and leaves nothing to clean up between tests.
//!
//! Where there is no PostgreSQL the tests fail and say what to install. They are never skipped, for
//! a green run must mean both databases.

use std::{
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

use diesel::{
    dsl::sql,
    prelude::*,
    sql_query,
    sql_types::{Bool, Text},
};

/// A PostgreSQL server on which databases can be made.
pub struct Cluster {
    admin_url: String,
    /// A server of our own. It lives while the other end of its standard input, held here, is open; the
    /// kernel closes it when this process ends, be it by `kill -9`. Else servers would pile up behind failed runs.
    _own: Option<Child>,
}

/// The server of this run.
pub fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| given().unwrap_or_else(start))
}

/// The server that the environment names, if it does.
fn given() -> Option<Cluster> {
    #[expect(clippy::disallowed_methods, reason = "the settings of the test kit, not of the program")]
    let admin_url = std::env::var("BANTIN_TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty())?;
    Some(Cluster { admin_url, _own: None })
}

/// Starts a private server for this process.
fn start() -> Cluster {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/postgres");
    let mut server = Command::new(script)
        .arg("serve")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // Its own group: a runner that kills the group of a slow test would leave the data behind.
        .process_group(0)
        .spawn()
        .unwrap_or_else(|error| panic!("{script} did not start: {error}"));

    let mut admin_url = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut admin_url).unwrap();
    let admin_url = admin_url.trim().to_owned();
    assert!(!admin_url.is_empty(), "there is no PostgreSQL for the tests: see the lines above, or run scripts/test");
    Cluster { admin_url, _own: Some(server) }
}

impl Cluster {
    /// The URL of the database from which others are made.
    pub fn admin_url(&self) -> &str {
        &self.admin_url
    }

    /// Makes sure that there is a template database of this name, prepared by `prepare` with its URL.
    ///
    /// The name stands for the content: callers put a hash of what they prepare (the migrations) into
    /// it, because a server that outlives the run would otherwise keep an outdated template.
    pub fn template(&self, name: &str, prepare: impl FnOnce(&str)) {
        let admin = &mut self.connect();
        if is_template(admin, name) {
            return;
        }
        // Several test processes may come here at once; one prepares, the others wait and find it done.
        // The lock belongs to the connection and goes with it, even if `prepare` panics.
        let lock = "SELECT pg_advisory_lock(hashtext('bantin template'))";
        run(admin, lock);
        if is_template(admin, name) {
            return;
        }
        // A database of this name that is no template yet is what a killed process left half prepared.
        run(admin, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        run(admin, &format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"));
        prepare(&with_database(&self.admin_url, name));
        // Closed to connections it is finished: nothing can change it, or stop it from being copied.
        run(admin, &format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false"));
    }

    /// Makes a database of its own for a test: a copy of the template of this name.
    pub fn create_database_from_template(&'static self, template: &str) -> Database {
        let admin = &mut self.connect();
        let name: String = diesel::select(sql::<Text>("'test_' || translate(gen_random_uuid()::text, '-', '')"))
            .get_result(admin)
            .unwrap();
        run(admin, &format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy"));
        Database { cluster: self, url: with_database(&self.admin_url, &name), name }
    }

    fn connect(&self) -> PgConnection {
        PgConnection::establish(&self.admin_url)
            .unwrap_or_else(|error| panic!("the PostgreSQL for the tests does not answer: {error}"))
    }
}

/// A database that lives as long as this guard.
pub struct Database {
    cluster: &'static Cluster,
    name: String,
    url: String,
}

impl Database {
    /// Where to connect to.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Database {
    /// Removes the database, whoever is still connected: a few hundred copies would fill the disk.
    fn drop(&mut self) {
        // No panic here: during the unwinding of a failed test it would abort the whole program.
        if let Ok(mut admin) = PgConnection::establish(&self.cluster.admin_url) {
            let _ = sql_query(format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)).execute(&mut admin);
        }
    }
}

/// Whether there is a finished template of this name.
fn is_template(admin: &mut PgConnection, name: &str) -> bool {
    diesel::select(
        sql::<Bool>("EXISTS (SELECT FROM pg_database WHERE NOT datallowconn AND datname = ")
            .bind::<Text, _>(name)
            .sql(")"),
    )
    .get_result(admin)
    .unwrap()
}

fn run(admin: &mut PgConnection, statement: &str) {
    sql_query(statement).execute(admin).unwrap_or_else(|error| panic!("{statement}: {error}"));
}

/// The same server, another database: replaces the path of a `postgres://` URL.
fn with_database(url: &str, database: &str) -> String {
    let (address, parameters) = url.split_once('?').map_or((url, String::new()), |(a, p)| (a, format!("?{p}")));
    let (scheme, rest) = address.split_once("://").expect("a URL such as postgres://user@host/database");
    let authority = rest.split('/').next().unwrap_or_default();
    format!("{scheme}://{authority}/{database}{parameters}")
}

#[cfg(test)]
mod tests {
    use diesel::sql_types::BigInt;

    use super::*;

    const TEMPLATE: &str = "template_of_the_test_kit_itself";

    fn database() -> Database {
        cluster().template(TEMPLATE, |url| {
            let connection = &mut PgConnection::establish(url).unwrap();
            run(connection, "CREATE TABLE note (text text)");
            run(connection, "INSERT INTO note VALUES ('from the template')");
        });
        cluster().create_database_from_template(TEMPLATE)
    }

    fn notes(database: &Database) -> i64 {
        let connection = &mut PgConnection::establish(database.url()).unwrap();
        diesel::select(sql::<BigInt>("(SELECT count(*) FROM note)")).get_result(connection).unwrap()
    }

    #[test]
    fn two_databases_from_one_template_are_independent() {
        let (one, other) = (database(), database());
        run(&mut PgConnection::establish(one.url()).unwrap(), "INSERT INTO note VALUES ('mine')");
        assert_eq!(notes(&one), 2);
        assert_eq!(notes(&other), 1);
    }

    #[test]
    fn a_template_is_prepared_once_however_many_ask_for_it() {
        let prepared = std::sync::atomic::AtomicUsize::new(0);
        // A name of this very run: a server that outlives it must not answer for it.
        let name = &format!("template_once_{}", std::process::id());
        std::thread::scope(|threads| {
            for _ in 0..8 {
                threads.spawn(|| {
                    cluster().template(name, |_| {
                        prepared.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    });
                });
            }
        });
        run(&mut cluster().connect(), &format!("DROP DATABASE {name}"));
        assert_eq!(prepared.into_inner(), 1);
    }

    #[test]
    fn a_template_left_half_prepared_is_made_anew() {
        let name = &format!("template_half_{}", std::process::id());
        let killed = std::panic::catch_unwind(|| cluster().template(name, |_| panic!("killed while preparing")));
        assert!(killed.is_err());
        let mut prepared = false;
        cluster().template(name, |_| prepared = true);
        run(&mut cluster().connect(), &format!("DROP DATABASE {name}"));
        assert!(prepared);
    }

    #[test]
    fn a_database_is_gone_with_its_guard_even_while_somebody_is_connected() {
        let database = database();
        let url = database.url().to_owned();
        let _connected = PgConnection::establish(&url).unwrap();
        drop(database);
        assert!(PgConnection::establish(&url).is_err());
    }

    #[test]
    fn another_database_of_the_same_server_keeps_the_rest_of_the_url() {
        assert_eq!(with_database("postgres:///postgres?host=/tmp/x&user=u", "d"), "postgres:///d?host=/tmp/x&user=u");
        assert_eq!(with_database("postgres://u:p@db:5433/postgres", "d"), "postgres://u:p@db:5433/d");
        assert_eq!(with_database("postgres://db?connect_timeout=3", "d"), "postgres://db/d?connect_timeout=3");
    }
}
