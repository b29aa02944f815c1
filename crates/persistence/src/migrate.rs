//! Bringing a database to the shape that this program knows.
//!
//! Several nodes may start at once, so the whole run happens in one transaction under a lock: on
//! PostgreSQL an advisory lock of the transaction, on SQLite the write lock. A database that is
//! *newer* than the program is refused: an old program would write rows that the new rules forbid.

use diesel::{
    RunQueryDsl,
    backend::Backend,
    connection::SimpleConnection,
    migration::{Migration, MigrationSource, MigrationVersion},
    pg::Pg,
    result::Error as DieselError,
    sqlite::Sqlite,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::connection::{Access, DatabaseUrl, DbConnection, Opener};

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// "bantin" in ASCII: the advisory lock under which migrations run.
const MIGRATION_LOCK: i64 = 0x0062_616e_7469_6e00;

/// Why a database could not be brought to shape.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// It cannot be reached.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// A newer program has been here.
    #[error(
        "the database is newer than this program (it has migration {0}, which is unknown here); start the newer program instead"
    )]
    Newer(String),
    /// A migration failed; nothing of this run was kept.
    #[error("migrating the database failed: {0}")]
    Failed(String),
}

/// What a database still lacks, and what it has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MigrationStatus {
    /// Versions that were applied, oldest first.
    pub applied: Vec<String>,
    /// Versions that this program would apply, oldest first.
    pub pending: Vec<String>,
}

/// Applies what is pending and says what that was. Safe when several nodes start at once.
///
/// # Errors
/// See [`MigrateError`].
#[expect(clippy::disallowed_methods, reason = "DDL runs on a bare connection, before any store is open")]
pub fn migrate(url: &DatabaseUrl) -> Result<Vec<String>, MigrateError> {
    let mut outcome = Err(MigrateError::Failed("not run".to_owned()));
    let done = match open(url)? {
        DbConnection::Postgres(mut conn) => {
            // Waiting for the other nodes' turn may take longer than a statement should elsewhere.
            conn.batch_execute(
                "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0",
            )
            .map_err(failed)?;
            conn.build_transaction().run(|conn| {
                diesel::sql_query(format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).execute(conn)?;
                outcome = apply::<Pg, _>(conn, POSTGRES);
                keep_if(outcome.is_ok())
            })
        }
        DbConnection::Sqlite(mut conn) => conn.immediate_transaction(|conn| {
            outcome = apply::<Sqlite, _>(conn, SQLITE);
            keep_if(outcome.is_ok())
        }),
    };
    match done {
        Ok(()) | Err(DieselError::RollbackTransaction) => outcome,
        Err(error) => Err(failed(error)),
    }
}

fn keep_if(good: bool) -> Result<(), DieselError> {
    if good { Ok(()) } else { Err(DieselError::RollbackTransaction) }
}

/// Says what is applied and what is pending, and changes nothing.
///
/// # Errors
/// See [`MigrateError`].
pub fn status(url: &DatabaseUrl) -> Result<MigrationStatus, MigrateError> {
    match open(url)? {
        DbConnection::Postgres(mut conn) => compare::<Pg, _>(&mut conn, &POSTGRES),
        DbConnection::Sqlite(mut conn) => compare::<Sqlite, _>(&mut conn, &SQLITE),
    }
}

fn open(url: &DatabaseUrl) -> Result<DbConnection, MigrateError> {
    Opener::new(url.clone(), Access::Migrate).open().map_err(|error| MigrateError::Unavailable(error.to_string()))
}

fn failed(error: impl std::fmt::Display) -> MigrateError {
    MigrateError::Failed(error.to_string())
}

fn apply<DB: Backend, C: MigrationHarness<DB>>(
    conn: &mut C,
    known: EmbeddedMigrations,
) -> Result<Vec<String>, MigrateError>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    compare(conn, &known)?;
    let applied = conn.run_pending_migrations(known).map_err(failed)?;
    Ok(applied.iter().map(MigrationVersion::to_string).collect())
}

fn compare<DB: Backend, C: MigrationHarness<DB>>(
    conn: &mut C,
    known: &EmbeddedMigrations,
) -> Result<MigrationStatus, MigrateError>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let mut mine: Vec<String> = MigrationSource::<DB>::migrations(known)
        .map_err(failed)?
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect();
    mine.sort();
    let mut applied: Vec<String> =
        conn.applied_migrations().map_err(failed)?.iter().map(MigrationVersion::to_string).collect();
    applied.sort();
    if let Some(unknown) = applied.iter().find(|version| !mine.contains(version)) {
        return Err(MigrateError::Newer(unknown.clone()));
    }
    mine.retain(|version| !applied.contains(version));
    Ok(MigrationStatus { applied, pending: mine })
}
