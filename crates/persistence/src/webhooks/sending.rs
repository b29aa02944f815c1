//! Taking deliveries that are due, and noting what came of them.
//!
//! A delivery is leased: who takes it gets a number, the fence, and a while in which nobody else takes it. Who
//! comes back later than that, because it was stopped or cut off, finds another number there, and what it
//! notes is not written.
//!
//! Of one resource only the oldest change that waits is taken, so that a receiver never hears of a later one
//! before the earlier one was acknowledged or given up.
//!
//! What waits is what has not ended: `finished_at IS NULL`, which the indexes of it say word for word. A state
//! that is bound as a value would not be known to be theirs.

use bantin_domain::{
    time::Timestamp,
    webhook::{Delivery, DeliveryFault, DeliveryId, DeliveryState, Webhook, WebhookId, retry::RetryAfter},
};
use diesel::{
    dsl::{exists, not},
    prelude::*,
};

use super::{StoredWebhook, WebhookRow};
use crate::{
    error::StoreError,
    schema::{webhook_attempts, webhook_deliveries, webhooks},
    sql_types::{Instant, Key, Name},
    store::{Desk, Tx},
};

/// So many attempts of a delivery are kept, the newest: more than a day has. Only somebody who sends it again by hand
/// makes more.
const KEPT_ATTEMPTS: u32 = 100;

/// A delivery that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its identity.
    pub id: DeliveryId,
    /// To which webhook.
    pub webhook: WebhookId,
    /// Of which change; `None` for a ping.
    pub seq: Option<i64>,
    /// The message.
    pub body: String,
    /// How often it was taken, this time too.
    pub attempts: u32,
    /// When it was taken.
    pub at: Timestamp,
    /// Until when it is tried.
    pub give_up_at: Timestamp,
    /// What shows that it is still ours.
    pub fence: i64,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attempt {
    /// The status of the answer.
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub latency_ms: u32,
    /// Why it does not count; `None` when it was acknowledged.
    pub fault: Option<DeliveryFault>,
    /// The beginning of the answer.
    pub answer: Option<String>,
    /// When the receiver asked to be tried again. It is heeded, and not kept.
    pub asked_for: Option<RetryAfter>,
}

/// What becomes of a delivery after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It is tried again then.
    Again(Timestamp),
    /// It ends like this.
    Ended(DeliveryState),
}

/// The webhooks for which something is due and that do not rest, oldest first.
///
/// # Errors
/// When the database fails.
pub fn waiting(desk: &mut Desk<'_>) -> Result<Vec<StoredWebhook>, StoreError> {
    let now = Instant(desk.now());
    let due = webhook_deliveries::table
        .filter(webhook_deliveries::webhook_id.eq(webhooks::id))
        .filter(webhook_deliveries::finished_at.is_null())
        .filter(webhook_deliveries::due_at.le(now))
        .filter(webhook_deliveries::leased_until.is_null().or(webhook_deliveries::leased_until.le(now)));
    let rows = webhooks::table
        .filter(webhooks::rests_until.is_null().or(webhooks::rests_until.le(now)))
        .filter(exists(due))
        .order((webhooks::created_at, webhooks::id))
        .select(WebhookRow::as_select())
        .load(desk.conn)?;
    rows.into_iter().map(WebhookRow::into_webhook).collect()
}

/// The deliveries to a webhook that can be taken now, oldest first.
///
/// # Errors
/// When the database fails.
pub fn due(desk: &mut Desk<'_>, webhook: WebhookId, limit: usize) -> Result<Vec<DeliveryId>, StoreError> {
    let now = Instant(desk.now());
    let earlier = diesel::alias!(webhook_deliveries as earlier);
    let has_earlier = exists(
        earlier
            .filter(earlier.field(webhook_deliveries::webhook_id).eq(webhook_deliveries::webhook_id))
            .filter(earlier.field(webhook_deliveries::resource_id).eq(webhook_deliveries::resource_id))
            .filter(earlier.field(webhook_deliveries::finished_at).is_null())
            .filter(earlier.field(webhook_deliveries::seq).lt(webhook_deliveries::seq)),
    );
    let ids = webhook_deliveries::table
        .filter(webhook_deliveries::webhook_id.eq(Key(webhook)))
        .filter(webhook_deliveries::finished_at.is_null())
        .filter(webhook_deliveries::due_at.le(now))
        .filter(webhook_deliveries::leased_until.is_null().or(webhook_deliveries::leased_until.le(now)))
        .filter(not(has_earlier))
        .order((webhook_deliveries::seq, webhook_deliveries::id))
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select(webhook_deliveries::id)
        .load::<Key<Delivery>>(desk.conn)?;
    Ok(ids.into_iter().map(|id| id.0).collect())
}

/// Takes a delivery until an instant; `None` where somebody else was faster, or it has ended meanwhile.
///
/// # Errors
/// When the database fails.
pub fn take(tx: &mut Tx<'_>, id: DeliveryId, until: Timestamp) -> Result<Option<Taken>, StoreError> {
    let now = Instant(tx.now());
    let taken = diesel::update(webhook_deliveries::table.find(Key(id)))
        .filter(webhook_deliveries::finished_at.is_null())
        .filter(webhook_deliveries::leased_until.is_null().or(webhook_deliveries::leased_until.le(now)))
        .set((
            webhook_deliveries::fence.eq(webhook_deliveries::fence + 1),
            webhook_deliveries::attempts.eq(webhook_deliveries::attempts + 1),
            webhook_deliveries::leased_until.eq(Some(Instant(until))),
            webhook_deliveries::attempted_at.eq(Some(now)),
        ))
        .execute(tx.conn)?;
    if taken == 0 {
        return Ok(None);
    }
    type Row = (Key<Webhook>, Option<i64>, String, i64, Instant, i64);
    let (webhook, seq, body, attempts, give_up_at, fence): Row = webhook_deliveries::table
        .find(Key(id))
        .select((
            webhook_deliveries::webhook_id,
            webhook_deliveries::seq,
            webhook_deliveries::body,
            webhook_deliveries::attempts,
            webhook_deliveries::give_up_at,
            webhook_deliveries::fence,
        ))
        .first(tx.conn)?;
    Ok(Some(Taken {
        id,
        webhook: webhook.0,
        seq,
        body,
        attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
        at: now.0,
        give_up_at: give_up_at.0,
        fence,
    }))
}

/// Notes what came of a delivery that was taken; whether it was still ours.
///
/// # Errors
/// When the database fails.
pub fn note(tx: &mut Tx<'_>, taken: &Taken, attempt: &Attempt, next: Next) -> Result<bool, StoreError> {
    let now = Instant(tx.now());
    let (state, due_at, finished_at) = match next {
        Next::Again(at) => (DeliveryState::Pending, Instant(at), None),
        Next::Ended(state) => (state, now, Some(now)),
    };
    let noted = diesel::update(webhook_deliveries::table.find(Key(taken.id)))
        .filter(webhook_deliveries::fence.eq(taken.fence))
        .filter(webhook_deliveries::finished_at.is_null())
        .set((
            webhook_deliveries::state.eq(Name(state)),
            webhook_deliveries::due_at.eq(due_at),
            webhook_deliveries::finished_at.eq(finished_at),
            webhook_deliveries::leased_until.eq(None::<Instant>),
            webhook_deliveries::status.eq(attempt.status.map(i64::from)),
            webhook_deliveries::latency_ms.eq(Some(i64::from(attempt.latency_ms))),
            webhook_deliveries::fault.eq(attempt.fault.map(Name)),
            webhook_deliveries::answer.eq(attempt.answer.as_deref()),
        ))
        .execute(tx.conn)?;
    if noted == 1 {
        keep(tx, taken, attempt)?;
    }
    Ok(noted == 1)
}

/// Writes an attempt down beside those before it, and forgets the oldest where there are many.
fn keep(tx: &mut Tx<'_>, taken: &Taken, attempt: &Attempt) -> Result<(), StoreError> {
    let delivery = webhook_attempts::delivery_id.eq(Key(taken.id));
    diesel::insert_into(webhook_attempts::table)
        .values((
            delivery,
            webhook_attempts::number.eq(i64::from(taken.attempts)),
            webhook_attempts::at.eq(Instant(taken.at)),
            webhook_attempts::status.eq(attempt.status.map(i64::from)),
            webhook_attempts::latency_ms.eq(i64::from(attempt.latency_ms)),
            webhook_attempts::fault.eq(attempt.fault.map(Name)),
            webhook_attempts::answer.eq(attempt.answer.as_deref()),
        ))
        .execute(tx.conn)?;
    if let Some(forgotten) = taken.attempts.checked_sub(KEPT_ATTEMPTS).filter(|number| *number > 0) {
        let old = webhook_attempts::table
            .filter(webhook_attempts::delivery_id.eq(Key(taken.id)))
            .filter(webhook_attempts::number.le(i64::from(forgotten)));
        diesel::delete(old).execute(tx.conn)?;
    }
    Ok(())
}
