//! The log of what was sent to a webhook, trying it out, and sending something again.

use bantin_domain::{
    audit::AuditField,
    listing::{PageRequest, Slice},
    policy::Actor,
    violation::{Fault, Violations},
    webhook::{DeliveryId, DeliveryState, PING, WebhookId, retry},
};
pub use bantin_persistence::webhooks::log::{LoggedAttempt, LoggedDelivery};
use bantin_persistence::{
    Desk,
    webhooks::{
        self, Health, StoredWebhook, log,
        telling::{self, NewDelivery},
    },
};
use serde_json::{Value, json};

use super::{entry, find, lock, may_administer, message};
use crate::{
    app::{Act, App},
    error::AppError,
};

/// For how many days a delivery is kept after it has ended.
const KEPT_DAYS: i64 = 30;

/// A page of the deliveries to a webhook, newest first.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Forbidden`].
pub fn list(
    desk: &mut Desk<'_>,
    actor: &Actor,
    id: WebhookId,
    state: Option<DeliveryState>,
    page: &PageRequest,
) -> Result<Slice<LoggedDelivery>, AppError> {
    let _granted = may_administer(actor)?;
    let hook = find(desk, id)?;
    Ok(log::list(desk, hook.id, state, page)?)
}

/// One delivery, with the attempts that are kept of it.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Forbidden`].
pub fn get(
    desk: &mut Desk<'_>,
    actor: &Actor,
    webhook: WebhookId,
    id: DeliveryId,
) -> Result<(LoggedDelivery, Vec<LoggedAttempt>), AppError> {
    let _granted = may_administer(actor)?;
    Ok((read(desk, webhook, id)?, log::attempts(desk, id)?))
}

/// Sends a message that says nothing, once, also to a webhook that is off: to see whether it would arrive.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Forbidden`].
pub fn ping(act: &mut Act<'_, '_>, webhook: WebhookId) -> Result<LoggedDelivery, AppError> {
    let _granted = may_administer(&act.actor)?;
    let hook = lock(act.tx, webhook)?;
    let now = act.tx.now();
    let zone = &act.app.settings().zone;
    let new = NewDelivery {
        id: act.new_id(),
        webhook,
        change: None,
        event_type: PING.to_owned(),
        body: message::written(PING, now, zone, &json!({"webhookId": webhook.to_string()})),
        // Whoever tries something out wants to know now, and not tomorrow.
        give_up_at: now,
    };
    telling::insert(act.tx, &new)?;
    wake(act, &hook)?;
    act.record(entry("ping", &hook));
    read(act.tx, webhook, new.id)
}

/// Sends something again at once, under the same id, and for a day if need be. What waits is tried at once.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Forbidden`], [`AppError::Invalid`] while the webhook is off.
pub fn redeliver(act: &mut Act<'_, '_>, webhook: WebhookId, id: DeliveryId) -> Result<LoggedDelivery, AppError> {
    let granted = may_administer(&act.actor)?;
    let hook = lock(act.tx, webhook)?;
    let delivery = read(act.tx, webhook, id)?;
    if hook.disabled.is_some() && delivery.seq.is_some() {
        let mut faults = Violations::new();
        faults.add("/enabled", Fault::new("disabled", "the webhook is off; turn it on first"));
        return Err(faults.into());
    }
    let tried_for = delivery.seq.map_or(0, |_| retry::GIVE_UP_AFTER);
    wake(act, &hook)?;
    log::open_again(act.tx, &granted, id, act.tx.now().plus_seconds(tried_for))?;
    act.record(entry("redeliver", &hook).with(AuditField::changed("deliveryId", Value::Null, id.to_string())));
    read(act.tx, webhook, id)
}

/// Lets a webhook be called that is left alone because its host failed: somebody wants to know.
fn wake(act: &mut Act<'_, '_>, hook: &StoredWebhook) -> Result<(), AppError> {
    Ok(webhooks::note_health(act.tx, hook.id, Health { rests_until: None, ..hook.health })?)
}

/// Forgets deliveries that ended long ago.
///
/// # Errors
/// When the database fails.
pub(crate) fn forget_old(app: &App) -> Result<(), AppError> {
    Ok(app.store().write(|tx| {
        let before = tx.now().plus_seconds(-KEPT_DAYS * 24 * 60 * 60);
        log::forget_before(tx, before)
    })?)
}

fn read(desk: &mut Desk<'_>, webhook: WebhookId, id: DeliveryId) -> Result<LoggedDelivery, AppError> {
    log::find(desk, webhook, id)?.ok_or(AppError::NotFound)
}
