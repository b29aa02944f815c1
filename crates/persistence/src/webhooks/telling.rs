//! Making deliveries of changes: from the log, after the fact, so that who publishes does not wait for it.
//!
//! Each webhook has a place in the log. Noting what is behind it and moving the place on is one transaction, so
//! a crash loses nothing and notes nothing twice.

use bantin_domain::{
    category::CategoryId,
    id::Id,
    kind::Kind,
    time::Timestamp,
    webhook::{Delivery, DeliveryState, Webhook, WebhookId},
};
use diesel::{dsl::exists, prelude::*, sql_query, sql_types::Bool};
use uuid::Uuid;

use super::{StoredWebhook, WebhookRow};
use crate::{
    categories,
    changes::{LoggedChange, Standing},
    connection::DbConnection,
    error::StoreError,
    schema::{change_head, webhook_deliveries, webhooks},
    sql_types::{Instant, Key, Name},
    store::{Desk, Tx},
};

/// The advisory lock under which one node at a time makes deliveries: "hooks" in ASCII.
const TELL_LOCK: &str = "SELECT pg_try_advisory_xact_lock(448345270131) AS mine";

#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = Bool)]
    mine: bool,
}

/// A delivery that is about to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// Its identity.
    pub id: Id<Delivery>,
    /// To which webhook.
    pub webhook: WebhookId,
    /// Of which change, and of what; `None` for a ping.
    pub change: Option<(i64, Uuid)>,
    /// The type of the message.
    pub event_type: String,
    /// The message.
    pub body: String,
    /// Until when it is tried.
    pub give_up_at: Timestamp,
}

#[derive(Insertable)]
#[diesel(table_name = webhook_deliveries)]
struct NewRow {
    id: Key<Delivery>,
    webhook_id: Key<Webhook>,
    seq: Option<i64>,
    event_type: String,
    resource_id: Option<Key<()>>,
    body: String,
    state: Name<DeliveryState>,
    attempts: i64,
    created_at: Instant,
    due_at: Instant,
    give_up_at: Instant,
    fence: i64,
}

/// Whether there is a webhook that has not been told of every change. A cheap look: on a quiet site nothing
/// else is done.
///
/// # Errors
/// When the database fails.
pub fn is_behind(desk: &mut Desk<'_>) -> Result<bool, StoreError> {
    let head = change_head::table.find(1).select(change_head::seq).first::<i64>(desk.conn)?;
    let behind = webhooks::table.filter(webhooks::disabled_at.is_null()).filter(webhooks::seq.lt(head));
    Ok(diesel::select(exists(behind)).get_result(desk.conn)?)
}

/// Makes sure that nobody else makes deliveries until this transaction ends; whether that is so. SQLite has
/// one writer anyway.
///
/// # Errors
/// When the database fails.
pub fn take_turn(tx: &mut Tx<'_>) -> Result<bool, StoreError> {
    match &mut *tx.conn {
        DbConnection::Postgres(conn) => Ok(sql_query(TELL_LOCK).get_result::<Taken>(conn)?.mine),
        DbConnection::Sqlite(_) => Ok(true),
    }
}

/// The webhooks that are on and behind, the one that is furthest behind first.
///
/// # Errors
/// When the database fails.
pub fn behind(tx: &mut Tx<'_>) -> Result<Vec<StoredWebhook>, StoreError> {
    let head = change_head::table.find(1).select(change_head::seq).first::<i64>(tx.conn)?;
    let rows = webhooks::table
        .filter(webhooks::disabled_at.is_null())
        .filter(webhooks::seq.lt(head))
        .order((webhooks::seq, webhooks::id))
        .select(WebhookRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(WebhookRow::into_webhook).collect()
}

/// Moves a webhook's place in the log on; whether it still is where it was, and on. From here on nobody turns
/// it off before this transaction ends.
///
/// # Errors
/// When the database fails.
pub fn move_on(tx: &mut Tx<'_>, hook: &StoredWebhook, seq: i64) -> Result<bool, StoreError> {
    let moved = diesel::update(webhooks::table.find(Key(hook.id)))
        .filter(webhooks::seq.eq(hook.seq))
        .filter(webhooks::disabled_at.is_null())
        .set(webhooks::seq.eq(seq))
        .execute(tx.conn)?;
    Ok(moved == 1)
}

/// Writes a delivery, due at once.
///
/// # Errors
/// When the database fails.
pub fn insert(tx: &mut Tx<'_>, new: &NewDelivery) -> Result<(), StoreError> {
    let now = Instant(tx.now());
    let row = NewRow {
        id: Key(new.id),
        webhook_id: Key(new.webhook),
        seq: new.change.map(|(seq, _)| seq),
        event_type: new.event_type.clone(),
        resource_id: new.change.map(|(_, resource)| Key(Id::new(resource))),
        body: new.body.clone(),
        state: Name(DeliveryState::Pending),
        attempts: 0,
        created_at: now,
        due_at: now,
        give_up_at: Instant(new.give_up_at),
        fence: 0,
    };
    diesel::insert_into(webhook_deliveries::table).values(row).execute(tx.conn)?;
    Ok(())
}

/// The section that something stands in since a change, the one that it left by it, and all above them: not the draft's,
/// which is nobody's business. `None` for what is in no section by its nature.
///
/// # Errors
/// When the database fails.
pub fn sections_of(desk: &mut Desk<'_>, logged: &LoggedChange) -> Result<Option<Vec<CategoryId>>, StoreError> {
    if !matches!(logged.change.target.kind, Kind::Article | Kind::Event | Kind::Speech) {
        return Ok(None);
    }
    let Standing { section, left } = logged.standing;
    let mut sections = Vec::new();
    for section in section.into_iter().chain(left) {
        sections.extend(categories::way_up(desk, section)?);
    }
    Ok(Some(sections))
}
