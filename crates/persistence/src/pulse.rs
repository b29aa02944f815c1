//! The pulse of the store: how far its change log is, and what time it is there.

use bantin_domain::time::Timestamp;
use diesel::{prelude::*, sql_query};

use crate::{
    changes,
    connection::DbConnection,
    error::StoreError,
    sql_types::{Instant, sql},
    store::PublicReader,
};

/// What a look at the store says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pulse {
    /// The number of the newest change.
    pub head: i64,
    /// The time of the database: one for all nodes, whose own clocks differ. On SQLite, which has one
    /// node, it is that node's.
    pub database_time: Timestamp,
}

#[derive(QueryableByName)]
struct DatabaseTime {
    #[diesel(sql_type = sql::Instant)]
    at: Instant,
}

/// Feels the pulse.
///
/// # Errors
/// When the database fails.
pub fn feel(reader: &mut PublicReader<'_>) -> Result<Pulse, StoreError> {
    let head = changes::head(reader)?;
    let node_time = reader.now();
    let database_time = match reader.conn()? {
        DbConnection::Postgres(conn) => {
            sql_query("SELECT clock_timestamp() AS at").get_result::<DatabaseTime>(conn)?.at.0
        }
        DbConnection::Sqlite(_) => node_time,
    };
    Ok(Pulse { head, database_time })
}
