//! The log as the seal sees it: every column as the bytes that stand in it.
//!
//! The seal is made over bytes and not over values, since two texts can mean one value: a letter of an
//! instant turned small, a space more in a document. Both databases give the same bytes for the same
//! entry, so a log that is moved from one to the other keeps its seals.

use bantin_domain::{id::Id, time::Timestamp};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Binary, Bool, Nullable},
};
use uuid::Uuid;

use super::LogEntry;
use crate::{
    connection::DbConnection,
    error::StoreError,
    prepared::KeptExt,
    schema::audit_log,
    sql_types::{Instant, Key},
    store::{Desk, Tx},
};

/// The advisory lock under which one node at a time seals: "audit" in ASCII.
const SEAL_LOCK: &str = "SELECT pg_try_advisory_xact_lock(418581342580) AS mine";

const SQLITE_COLUMNS: &str = "seq, hash, id, CAST(at AS BLOB) AS at, actor_id, session_id, \
    CAST(action AS BLOB) AS action, CAST(resource AS BLOB) AS resource, resource_id, \
    CAST(CAST(version AS TEXT) AS BLOB) AS version, CAST(fields AS BLOB) AS fields, \
    CAST(network AS BLOB) AS network, request_id";

const POSTGRES_COLUMNS: &str = "seq, hash, uuid_send(id) AS id, \
    convert_to(to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), 'UTF8') AS at, \
    uuid_send(actor_id) AS actor_id, uuid_send(session_id) AS session_id, \
    convert_to(action, 'UTF8') AS action, convert_to(resource, 'UTF8') AS resource, \
    uuid_send(resource_id) AS resource_id, convert_to(version::text, 'UTF8') AS version, \
    convert_to(fields, 'UTF8') AS fields, convert_to(network, 'UTF8') AS network, \
    uuid_send(request_id) AS request_id";

/// An entry as the bytes of its columns: ids as 16 bytes, everything else as text.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct RawEntry {
    /// Its number; `None` until it is sealed.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub seq: Option<i64>,
    /// Its seal.
    #[diesel(sql_type = Nullable<Binary>)]
    pub hash: Option<Vec<u8>>,
    /// Its identity.
    #[diesel(sql_type = Binary)]
    pub id: Vec<u8>,
    /// When, in UTC with microseconds.
    #[diesel(sql_type = Binary)]
    pub at: Vec<u8>,
    /// Who.
    #[diesel(sql_type = Nullable<Binary>)]
    pub actor_id: Option<Vec<u8>>,
    /// Through which session, or by which key.
    #[diesel(sql_type = Nullable<Binary>)]
    pub session_id: Option<Vec<u8>>,
    /// What was done.
    #[diesel(sql_type = Binary)]
    pub action: Vec<u8>,
    /// To what kind of resource.
    #[diesel(sql_type = Binary)]
    pub resource: Vec<u8>,
    /// To which.
    #[diesel(sql_type = Nullable<Binary>)]
    pub resource_id: Option<Vec<u8>>,
    /// The version that it has since, in digits.
    #[diesel(sql_type = Nullable<Binary>)]
    pub version: Option<Vec<u8>>,
    /// What changed, as a document.
    #[diesel(sql_type = Binary)]
    pub fields: Vec<u8>,
    /// From which network.
    #[diesel(sql_type = Nullable<Binary>)]
    pub network: Option<Vec<u8>>,
    /// In which request.
    #[diesel(sql_type = Nullable<Binary>)]
    pub request_id: Option<Vec<u8>>,
}

impl RawEntry {
    /// What is sealed of it, in the order that the seal fixes: every column but the number and the seal.
    pub fn columns(&self) -> [Option<&[u8]>; 11] {
        [
            Some(&self.id),
            Some(&self.at),
            self.actor_id.as_deref(),
            self.session_id.as_deref(),
            Some(&self.action),
            Some(&self.resource),
            self.resource_id.as_deref(),
            self.version.as_deref(),
            Some(&self.fields),
            self.network.as_deref(),
            self.request_id.as_deref(),
        ]
    }
}

/// The part of the log that is not sealed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tail {
    /// How many entries.
    pub entries: u64,
    /// When the oldest was written.
    pub oldest: Option<Timestamp>,
}

#[derive(QueryableByName)]
struct Lock {
    #[diesel(sql_type = Bool)]
    mine: bool,
}

/// Whether it is this transaction's turn to seal. SQLite has one writer anyway.
///
/// # Errors
/// When the database fails.
pub fn take_turn(tx: &mut Tx<'_>) -> Result<bool, StoreError> {
    match &mut *tx.conn {
        DbConnection::Postgres(conn) => Ok(sql_query(SEAL_LOCK).get_result::<Lock>(conn)?.mine),
        DbConnection::Sqlite(_) => Ok(true),
    }
}

/// The number and the seal of the last sealed entry.
///
/// # Errors
/// When the database fails.
pub fn head(desk: &mut Desk<'_>) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
    let last = audit_log::table
        .filter(audit_log::seq.is_not_null())
        .order(audit_log::seq.desc())
        .select((audit_log::seq.assume_not_null(), audit_log::hash))
        .first::<(i64, Option<Vec<u8>>)>(desk.conn)
        .optional()?;
    Ok(last.map(|(seq, hash)| (seq, hash.unwrap_or_default())))
}

/// Entries that are not sealed yet, oldest first.
///
/// # Errors
/// When the database fails.
pub fn unsealed(desk: &mut Desk<'_>, limit: u32) -> Result<Vec<RawEntry>, StoreError> {
    load(desk, &format!("WHERE seq IS NULL ORDER BY audit_log.id LIMIT {limit}"))
}

/// Sealed entries after a number, in its order.
///
/// # Errors
/// When the database fails.
pub fn sealed_after(desk: &mut Desk<'_>, seq: i64, limit: u32) -> Result<Vec<RawEntry>, StoreError> {
    load(desk, &format!("WHERE seq > {seq} ORDER BY seq LIMIT {limit}"))
}

/// The two databases spell "the bytes of" differently.
fn load(desk: &mut Desk<'_>, which: &str) -> Result<Vec<RawEntry>, StoreError> {
    let rows = match &mut *desk.conn {
        DbConnection::Postgres(conn) => {
            sql_query(format!("SELECT {POSTGRES_COLUMNS} FROM audit_log {which}")).load(conn)?
        }
        DbConnection::Sqlite(conn) => {
            sql_query(format!("SELECT {SQLITE_COLUMNS} FROM audit_log {which}")).load(conn)?
        }
    };
    Ok(rows)
}

/// Numbers an entry and seals it, once and for ever.
///
/// # Errors
/// When the database fails, or refuses since it is sealed already.
pub fn seal(tx: &mut Tx<'_>, entry: &RawEntry, seq: i64, hash: &[u8]) -> Result<(), StoreError> {
    let id = Uuid::from_slice(&entry.id).map_err(|error| StoreError::Corrupt {
        table: "audit_log",
        column: "id",
        id: format!("{:?}", entry.id),
        reason: error.to_string(),
    })?;
    diesel::update(audit_log::table.find(Key(Id::<LogEntry>::new(id))))
        .set((audit_log::seq.eq(seq), audit_log::hash.eq(hash)))
        .kept()
        .execute(tx.conn)?;
    Ok(())
}

/// What is not sealed yet.
///
/// # Errors
/// When the database fails.
pub fn tail(desk: &mut Desk<'_>) -> Result<Tail, StoreError> {
    let unsealed = || audit_log::table.filter(audit_log::seq.is_null());
    let entries = unsealed().count().get_result::<i64>(desk.conn)?.unsigned_abs();
    let oldest = unsealed().order(audit_log::id).select(audit_log::at).first::<Instant>(desk.conn).optional()?;
    Ok(Tail { entries, oldest: oldest.map(|at| at.0) })
}
