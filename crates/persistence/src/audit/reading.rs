//! The log as people read it, newest first.

use bantin_domain::{
    api_key::{ApiKey, ApiKeyId},
    audit::AuditField,
    id::Id,
    listing::{Cursor, PageRequest, Slice, SortKey, Start},
    policy::Resource,
    time::Timestamp,
    user::User,
};
use diesel::prelude::*;
use uuid::Uuid;

use super::LogEntry;
use crate::{
    connection::MultiBackend,
    error::StoreError,
    schema::{api_keys, audit_log, users},
    sql_types::{Instant, Json, Key, Name},
    store::Desk,
};

/// Which entries are asked for.
#[derive(Debug, Clone, Default)]
pub struct LogFilter {
    /// Of this act, such as `article.publish`.
    pub action: Option<String>,
    /// On this kind of resource.
    pub resource: Option<Resource>,
    /// On this one.
    pub resource_id: Option<Uuid>,
    /// Of this account, also by its keys.
    pub actor: Option<Id<User>>,
    /// Of this key.
    pub key: Option<ApiKeyId>,
    /// From this instant on.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub to: Option<Timestamp>,
}

/// An entry as it was logged.
#[derive(Debug, Clone, PartialEq)]
pub struct Logged {
    /// Its identity.
    pub id: Id<LogEntry>,
    /// Its number in the chain; `None` until it is sealed.
    pub seq: Option<i64>,
    /// When.
    pub at: Timestamp,
    /// Who, and by which name.
    pub actor: Option<(Id<User>, String)>,
    /// By which key, where it was by one, and by which name.
    pub key: Option<(ApiKeyId, String)>,
    /// What was done.
    pub action: String,
    /// To what kind of resource.
    pub resource: Resource,
    /// To which.
    pub resource_id: Option<Uuid>,
    /// The version that it has since.
    pub version: Option<i64>,
    /// What thereby changed.
    pub fields: Vec<AuditField>,
    /// From which network.
    pub network: Option<String>,
    /// In which request.
    pub request: Option<Uuid>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_log, check_for_backend(MultiBackend))]
struct LogRow {
    id: Key<LogEntry>,
    seq: Option<i64>,
    at: Instant,
    actor_id: Option<Key<User>>,
    action: String,
    resource: Name<Resource>,
    resource_id: Option<Key<()>>,
    version: Option<i64>,
    fields: Json<Vec<AuditField>>,
    network: Option<String>,
    request_id: Option<Key<()>>,
}

impl LogRow {
    fn into_logged(self, name: Option<String>, key: Option<(Key<ApiKey>, String)>) -> Logged {
        Logged {
            id: self.id.0,
            seq: self.seq,
            at: self.at.0,
            actor: self.actor_id.map(|id| (id.0, name.unwrap_or_default())),
            key: key.map(|(id, name)| (id.0, name)),
            action: self.action,
            resource: self.resource.0,
            resource_id: self.resource_id.map(|id| id.0.uuid()),
            version: self.version,
            fields: self.fields.0,
            network: self.network,
            request: self.request_id.map(|id| id.0.uuid()),
        }
    }
}

/// A page of the log, newest first. Every filter is served by an index that goes on in this order, so that
/// no page costs more for all that lies before it.
///
/// # Errors
/// When the database fails.
pub fn list(desk: &mut Desk<'_>, filter: &LogFilter, page: &PageRequest) -> Result<Slice<Logged>, StoreError> {
    let query = || {
        let mut query = audit_log::table
            .left_join(users::table.on(audit_log::actor_id.eq(users::id.nullable())))
            .left_join(api_keys::table.on(audit_log::session_id.eq(api_keys::id.nullable())))
            .into_boxed::<MultiBackend>();
        if let Some(action) = &filter.action {
            query = query.filter(audit_log::action.eq(action.clone()));
        }
        if let Some(resource) = filter.resource {
            query = query.filter(audit_log::resource.eq(Name(resource)));
        }
        if let Some(id) = filter.resource_id {
            query = query.filter(audit_log::resource_id.eq(Key(Id::<()>::new(id))));
        }
        if let Some(actor) = filter.actor {
            query = query.filter(audit_log::actor_id.eq(Key(actor)));
        }
        if let Some(key) = filter.key {
            query = query.filter(audit_log::session_id.eq(Key(key)));
        }
        if let Some(from) = filter.from {
            query = query.filter(audit_log::at.ge(Instant(from)));
        }
        if let Some(to) = filter.to {
            query = query.filter(audit_log::at.lt(Instant(to)));
        }
        query
    };
    let total = match page.count {
        true => Some(query().count().get_result::<i64>(desk.conn)?.unsigned_abs()),
        false => None,
    };
    let mut rows = query();
    rows = match &page.start {
        Start::After(Cursor { key: SortKey::Instant(at), id }) => {
            let (at, id) = (Instant(*at), Key(Id::<LogEntry>::new(*id)));
            rows.filter(audit_log::at.le(at)).filter(audit_log::at.lt(at).or(audit_log::id.lt(id)))
        }
        Start::Before(Cursor { key: SortKey::Instant(at), id }) => {
            let (at, id) = (Instant(*at), Key(Id::<LogEntry>::new(*id)));
            rows.filter(audit_log::at.ge(at)).filter(audit_log::at.gt(at).or(audit_log::id.gt(id)))
        }
        _ => rows,
    };
    rows = match &page.start {
        Start::Before(_) => rows.order((audit_log::at.asc(), audit_log::id.asc())),
        _ => rows.order((audit_log::at.desc(), audit_log::id.desc())),
    };
    let found = rows
        .limit(i64::from(page.limit) + 1)
        .offset(i64::from(page.offset().unwrap_or(0)))
        .select((LogRow::as_select(), users::name.nullable(), (api_keys::id, api_keys::name).nullable()))
        .load::<(LogRow, Option<String>, Option<(Key<ApiKey>, String)>)>(desk.conn)?;
    let found = found.into_iter().map(|(row, name, key)| row.into_logged(name, key)).collect();
    Ok(Slice::cut(found, page, total, |entry| Cursor { key: SortKey::Instant(entry.at), id: entry.id.uuid() }))
}
