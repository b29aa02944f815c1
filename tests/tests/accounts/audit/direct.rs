//! The database without the program: what somebody does who has its password.

use bantin_application::DatabaseUrl;
use bantin_tests::TestApp;
use diesel::{
    Connection, PgConnection, QueryResult, QueryableByName, RunQueryDsl, SqliteConnection,
    connection::SimpleConnection, sql_query, sql_types::Text,
};

/// A connection of one's own.
pub enum Direct {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

impl Direct {
    pub fn to(app: &TestApp) -> Self {
        match app.api.app.store().url() {
            DatabaseUrl::Sqlite(path) => {
                let mut conn = SqliteConnection::establish(&path.to_string_lossy()).unwrap();
                conn.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
                Self::Sqlite(conn)
            }
            DatabaseUrl::Postgres(url) => Self::Postgres(PgConnection::establish(url).unwrap()),
        }
    }

    pub fn run(&mut self, sql: &str) -> QueryResult<()> {
        match self {
            Self::Sqlite(conn) => conn.batch_execute(sql),
            Self::Postgres(conn) => conn.batch_execute(sql),
        }
    }

    /// Takes away what keeps the log from being changed.
    pub fn disarm(&mut self) {
        let sql = match self {
            Self::Sqlite(_) => "DROP TRIGGER audit_log_is_append_only; DROP TRIGGER audit_log_is_kept;",
            Self::Postgres(_) => "ALTER TABLE audit_log DISABLE TRIGGER USER",
        };
        self.run(sql).unwrap();
    }

    /// Bytes as they are written in SQL: an id or a hash.
    pub fn bytes(&self, hex: &str) -> String {
        match (self, hex.len()) {
            (Self::Sqlite(_), _) => format!("x'{hex}'"),
            (Self::Postgres(_), 32) => format!("'{hex}'::uuid"),
            (Self::Postgres(_), _) => format!("'\\x{hex}'::bytea"),
        }
    }

    /// Every value of every row of the log, as text.
    pub fn dump(&mut self) -> String {
        let lines: Vec<Line> = match self {
            Self::Sqlite(conn) => sql_query(
                "SELECT coalesce(hex(actor_id), '') || ' ' || action || ' ' || resource || ' ' || fields || ' ' || \
                 coalesce(network, '') AS line FROM audit_log",
            )
            .load(conn),
            Self::Postgres(conn) => sql_query("SELECT audit_log::text AS line FROM audit_log").load(conn),
        }
        .unwrap();
        lines.into_iter().map(|one| one.line + "\n").collect()
    }
}
