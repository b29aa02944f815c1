//! The deliveries to a webhook as administrators read them, newest first, and what they do about them.

use bantin_domain::{
    id::Id,
    listing::{Cursor, PageRequest, Slice, SortKey, Start},
    policy::{Administer, Granted},
    time::Timestamp,
    webhook::{Delivery, DeliveryFault, DeliveryId, DeliveryState, Webhook, WebhookId},
};
use diesel::prelude::*;

use super::{name, sending::Attempt};
use crate::{
    connection::MultiBackend,
    error::StoreError,
    schema::{webhook_attempts, webhook_deliveries},
    sql_types::{Instant, Key, Name},
    store::{Desk, Tx},
};

/// A delivery as it is logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedDelivery {
    /// Its identity, which the receiver knows it by.
    pub id: DeliveryId,
    /// To which webhook.
    pub webhook: WebhookId,
    /// Of which change; `None` for a ping.
    pub seq: Option<i64>,
    /// The type of the message.
    pub event_type: String,
    /// The message.
    pub body: String,
    /// How far it is.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it is tried next, or was to be.
    pub due_at: Timestamp,
    /// When it was last tried.
    pub attempted_at: Option<Timestamp>,
    /// What came of that.
    pub last: Attempt,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// An attempt as it is logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedAttempt {
    /// How many there had been, this one too.
    pub number: u32,
    /// When it was begun.
    pub at: Timestamp,
    /// What came of it.
    pub attempt: Attempt,
}

/// What waits to be delivered, of all webhooks together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// How many deliveries.
    pub deliveries: u64,
    /// When the oldest of them was made.
    pub oldest: Option<Timestamp>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = webhook_deliveries, check_for_backend(MultiBackend))]
struct LogRow {
    id: Key<Delivery>,
    webhook_id: Key<Webhook>,
    seq: Option<i64>,
    event_type: String,
    body: String,
    state: Name<DeliveryState>,
    attempts: i64,
    created_at: Instant,
    due_at: Instant,
    attempted_at: Option<Instant>,
    status: Option<i64>,
    latency_ms: Option<i64>,
    fault: Option<Name<DeliveryFault>>,
    answer: Option<String>,
    finished_at: Option<Instant>,
}

impl LogRow {
    fn into_logged(self) -> LoggedDelivery {
        LoggedDelivery {
            id: self.id.0,
            webhook: self.webhook_id.0,
            seq: self.seq,
            event_type: self.event_type,
            body: self.body,
            state: self.state.0,
            attempts: u32::try_from(self.attempts).unwrap_or(u32::MAX),
            created_at: self.created_at.0,
            due_at: self.due_at.0,
            attempted_at: self.attempted_at.map(|at| at.0),
            last: attempt(self.status, self.latency_ms.unwrap_or_default(), self.fault, self.answer),
            finished_at: self.finished_at.map(|at| at.0),
        }
    }
}

fn attempt(
    status: Option<i64>,
    latency_ms: i64,
    fault: Option<Name<DeliveryFault>>,
    answer: Option<String>,
) -> Attempt {
    Attempt {
        status: status.and_then(|status| u16::try_from(status).ok()),
        latency_ms: u32::try_from(latency_ms).unwrap_or_default(),
        fault: name(fault),
        answer,
        asked_for: None,
    }
}

/// A page of the deliveries to a webhook, newest first.
///
/// # Errors
/// When the database fails.
pub fn list(
    desk: &mut Desk<'_>,
    webhook: WebhookId,
    state: Option<DeliveryState>,
    page: &PageRequest,
) -> Result<Slice<LoggedDelivery>, StoreError> {
    let query = || {
        let query = webhook_deliveries::table
            .filter(webhook_deliveries::webhook_id.eq(Key(webhook)))
            .into_boxed::<MultiBackend>();
        match state {
            Some(state) => query.filter(webhook_deliveries::state.eq(Name(state))),
            None => query,
        }
    };
    let total = page.count.then(|| query().count().get_result::<i64>(desk.conn)).transpose()?;
    let (created, id) = (webhook_deliveries::created_at, webhook_deliveries::id);
    let rows = match &page.start {
        Start::After(Cursor { key: SortKey::Instant(at), id: last }) => {
            let (at, last) = (Instant(*at), Key::<Delivery>(Id::new(*last)));
            query().filter(created.lt(at).or(created.eq(at).and(id.lt(last))))
        }
        Start::Before(Cursor { key: SortKey::Instant(at), id: last }) => {
            let (at, last) = (Instant(*at), Key::<Delivery>(Id::new(*last)));
            query().filter(created.gt(at).or(created.eq(at).and(id.gt(last))))
        }
        _ => query(),
    };
    let rows = match page.start {
        Start::Before(_) => rows.order((created.asc(), id.asc())),
        _ => rows.order((created.desc(), id.desc())),
    };
    let found = rows
        .limit(i64::from(page.limit) + 1)
        .offset(i64::from(page.offset().unwrap_or(0)))
        .select(LogRow::as_select())
        .load(desk.conn)?;
    let total = total.and_then(|total| u64::try_from(total).ok());
    let place = |row: &LogRow| Cursor { key: SortKey::Instant(row.created_at.0), id: row.id.0.uuid() };
    Ok(Slice::cut(found, page, total, place).map(LogRow::into_logged))
}

/// One delivery to a webhook.
///
/// # Errors
/// When the database fails.
pub fn find(desk: &mut Desk<'_>, webhook: WebhookId, id: DeliveryId) -> Result<Option<LoggedDelivery>, StoreError> {
    // The webhook is part of the question: the id of another one's delivery names nothing here.
    let row = webhook_deliveries::table
        .find(Key(id))
        .filter(webhook_deliveries::webhook_id.eq(Key(webhook)))
        .select(LogRow::as_select())
        .first(desk.conn)
        .optional()?;
    Ok(row.map(LogRow::into_logged))
}

/// The newest attempts of a delivery, the first of them first.
///
/// # Errors
/// When the database fails.
pub fn attempts(desk: &mut Desk<'_>, id: DeliveryId) -> Result<Vec<LoggedAttempt>, StoreError> {
    type Row = (i64, Instant, Option<i64>, i64, Option<Name<DeliveryFault>>, Option<String>);
    let rows: Vec<Row> = webhook_attempts::table
        .filter(webhook_attempts::delivery_id.eq(Key(id)))
        .order(webhook_attempts::number)
        .select((
            webhook_attempts::number,
            webhook_attempts::at,
            webhook_attempts::status,
            webhook_attempts::latency_ms,
            webhook_attempts::fault,
            webhook_attempts::answer,
        ))
        .load(desk.conn)?;
    let logged = |(number, at, status, latency_ms, fault, answer): Row| LoggedAttempt {
        number: u32::try_from(number).unwrap_or(u32::MAX),
        at: at.0,
        attempt: attempt(status, latency_ms, fault, answer),
    };
    Ok(rows.into_iter().map(logged).collect())
}

/// How much waits to be delivered, and since when. It costs what waits, and not what lies in the log.
///
/// # Errors
/// When the database fails.
pub fn backlog(desk: &mut Desk<'_>) -> Result<Backlog, StoreError> {
    let waiting = || webhook_deliveries::table.filter(webhook_deliveries::finished_at.is_null());
    let deliveries: i64 = waiting().count().get_result(desk.conn)?;
    let by_age = waiting().order(webhook_deliveries::created_at).select(webhook_deliveries::created_at);
    let oldest = by_age.first::<Instant>(desk.conn).optional()?;
    Ok(Backlog { deliveries: u64::try_from(deliveries).unwrap_or_default(), oldest: oldest.map(|at| at.0) })
}

/// Has a delivery tried again at once, with all the time that a new one has. Who is at it now goes on, and
/// what comes of that is not noted.
///
/// # Errors
/// When the database fails.
pub fn open_again(
    tx: &mut Tx<'_>,
    _granted: &Granted<Administer>,
    id: DeliveryId,
    give_up_at: Timestamp,
) -> Result<(), StoreError> {
    diesel::update(webhook_deliveries::table.find(Key(id)))
        .set((
            webhook_deliveries::state.eq(Name(DeliveryState::Pending)),
            webhook_deliveries::due_at.eq(Instant(tx.now())),
            webhook_deliveries::give_up_at.eq(Instant(give_up_at)),
            webhook_deliveries::leased_until.eq(None::<Instant>),
            webhook_deliveries::fence.eq(webhook_deliveries::fence + 1),
            webhook_deliveries::finished_at.eq(None::<Instant>),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Forgets deliveries that ended before an instant.
///
/// # Errors
/// When the database fails.
pub fn forget_before(tx: &mut Tx<'_>, before: Timestamp) -> Result<(), StoreError> {
    diesel::delete(webhook_deliveries::table.filter(webhook_deliveries::finished_at.lt(Instant(before))))
        .execute(tx.conn)?;
    Ok(())
}
