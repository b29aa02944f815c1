//! The audit log: who did what, appended in the transaction of the effect and never changed.
//!
//! [`sealing`] numbers what was appended and makes a chain of it, a moment later; `reading` is for
//! who looks things up in it.

mod reading;
pub mod sealing;

use bantin_domain::{
    audit::{AuditField, Entry},
    id::Id,
    policy::{Credential, Resource},
    time::Timestamp,
    user::User,
};
use diesel::prelude::*;
use uuid::Uuid;

pub use self::reading::{LogFilter, Logged, list};
use crate::{
    error::StoreError,
    prepared::KeptExt,
    schema::audit_log,
    sql_types::{Instant, Json, Key, Name},
    store::{Desk, Tx},
};

/// An entry of the log: only its identity matters.
#[derive(Debug)]
pub struct LogEntry;

/// Who acts, and from where.
#[derive(Debug, Clone, Default)]
pub struct Who {
    /// The account; `None` for the program itself and for who was not let in.
    pub user: Option<Id<User>>,
    /// Through what.
    pub through: Option<Credential>,
    /// From which network, as far as the settings keep that.
    pub network: Option<String>,
    /// In which request.
    pub request: Option<Uuid>,
}

#[derive(Insertable)]
#[diesel(table_name = audit_log, treat_none_as_default_value = false)]
struct NewRow {
    id: Key<LogEntry>,
    at: Instant,
    actor_id: Option<Key<User>>,
    session_id: Option<Key<()>>,
    action: String,
    resource: Name<Resource>,
    resource_id: Option<Key<()>>,
    version: Option<i64>,
    fields: Json<Vec<AuditField>>,
    network: Option<String>,
    request_id: Option<Key<()>>,
}

/// Appends an entry. It is sealed later, so no write waits for another's row.
///
/// # Errors
/// When the database fails.
pub fn append(tx: &mut Tx<'_>, id: Id<LogEntry>, who: &Who, entry: Entry) -> Result<(), StoreError> {
    let row = NewRow {
        id: Key(id),
        at: Instant(tx.now()),
        actor_id: who.user.map(Key),
        session_id: who.through.map(|through| Key(Id::new(through.uuid()))),
        action: format!("{}.{}", entry.resource, entry.act),
        resource: Name(entry.resource),
        resource_id: entry.id.map(|id| Key(Id::new(id))),
        version: entry.version,
        fields: Json(entry.fields),
        network: who.network.clone(),
        request_id: who.request.map(|id| Key(Id::new(id))),
    };
    diesel::insert_into(audit_log::table).values(row).kept().execute(tx.conn)?;
    Ok(())
}

/// Which members somebody changed, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// The members' names.
    pub fields: Vec<String>,
    /// Who.
    pub user: Option<Id<User>>,
    /// When.
    pub at: Timestamp,
}

/// What was done to a resource since it had a version, oldest first.
///
/// # Errors
/// When the database fails.
pub fn changed_since(desk: &mut Desk<'_>, resource: Uuid, version: i64) -> Result<Vec<Changed>, StoreError> {
    let rows = audit_log::table
        .filter(audit_log::resource_id.eq(Key(Id::<()>::new(resource))))
        .filter(audit_log::version.gt(version))
        .order((audit_log::version.asc(), audit_log::id.asc()))
        .limit(1000)
        .select((audit_log::fields, audit_log::actor_id, audit_log::at))
        .load::<(Json<Vec<AuditField>>, Option<Key<User>>, Instant)>(desk.conn)?;
    Ok(rows
        .into_iter()
        .map(|(fields, user, at)| Changed {
            fields: fields.0.into_iter().map(|field| field.field).collect(),
            user: user.map(|id| id.0),
            at: at.0,
        })
        .collect())
}
