//! How a database means to answer a question: its plan, as a text with a line for each step.

use bantin_application::DatabaseUrl;
use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection, sql_query,
    sql_types::Text,
};

#[derive(QueryableByName)]
struct PostgresStep {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    step: String,
}

#[derive(QueryableByName)]
struct SqliteStep {
    #[diesel(sql_type = Text, column_name = "detail")]
    step: String,
}

/// What stands differently in the two dialects.
pub struct Dialects<T> {
    /// For PostgreSQL.
    pub postgres: T,
    /// For SQLite.
    pub sqlite: T,
}

/// The plans of questions after a database was filled. Each question is written in the dialect of the database, by
/// `question`, with what stands differently in it.
pub fn plans<'q, T>(
    url: &DatabaseUrl,
    fill: &Dialects<&str>,
    words: &Dialects<T>,
    asked: impl IntoIterator<Item = &'q str>,
    question: impl Fn(&str, &T) -> String,
) -> Vec<String> {
    match url {
        DatabaseUrl::Postgres(url) => {
            let mut conn = PgConnection::establish(url).unwrap();
            conn.batch_execute(fill.postgres).unwrap();
            let plan = |asked| {
                let steps = sql_query(format!("EXPLAIN {}", question(asked, &words.postgres)));
                steps.load::<PostgresStep>(&mut conn).unwrap().into_iter().map(|row| row.step + "\n").collect()
            };
            asked.into_iter().map(plan).collect()
        }
        DatabaseUrl::Sqlite(file) => {
            let mut conn = SqliteConnection::establish(&file.to_string_lossy()).unwrap();
            conn.batch_execute(fill.sqlite).unwrap();
            let plan = |asked| {
                let steps = sql_query(format!("EXPLAIN QUERY PLAN {}", question(asked, &words.sqlite)));
                steps.load::<SqliteStep>(&mut conn).unwrap().into_iter().map(|row| row.step + "\n").collect()
            };
            asked.into_iter().map(plan).collect()
        }
    }
}
