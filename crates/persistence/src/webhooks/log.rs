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
    schema::webhook_deliveries,
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
            last: Attempt {
                status: self.status.and_then(|status| u16::try_from(status).ok()),
                latency_ms: self.latency_ms.and_then(|millis| u32::try_from(millis).ok()).unwrap_or_default(),
                fault: name(self.fault),
                answer: self.answer,
            },
            finished_at: self.finished_at.map(|at| at.0),
        }
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
