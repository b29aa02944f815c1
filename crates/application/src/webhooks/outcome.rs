//! What an attempt does to its delivery, and to the webhook.

use bantin_domain::{
    audit::{AuditField, Entry},
    named::Named,
    policy::Resource,
    time::Timestamp,
    webhook::{DeliveryState, DisabledReason, retry},
};
use bantin_persistence::{
    Tx,
    audit::{self, Who},
    webhooks::{
        self, Health, StoredWebhook,
        sending::{self, Attempt, Next, Taken},
    },
};
use serde_json::Value;

use crate::{app::App, error::AppError};

/// Says that nobody is there any more, for good.
const GONE: u16 = 410;

/// What an attempt led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Settled {
    /// How the delivery ended, if it did.
    pub ended: Option<DeliveryState>,
    /// Why the webhook was turned off, if it was.
    pub turned_off: Option<DisabledReason>,
}

/// Writes what came of an attempt. Blocks. Nothing is written where somebody else has taken the delivery since.
///
/// # Errors
/// When the database fails: then the lease runs out, and it is sent again under the same id.
pub(super) fn settle(app: &App, taken: &Taken, attempt: &Attempt) -> Result<Settled, AppError> {
    let mut chance = [0; 8];
    app.sources().entropy.fill(&mut chance)?;
    let chance = u64::from_be_bytes(chance);
    app.store().write(|tx| {
        // The webhook before its delivery, as everybody locks them.
        let Some(hook) = webhooks::lock(tx, taken.webhook)? else { return Ok(Settled::default()) };
        let next = next(taken, attempt, tx.now(), chance);
        if !sending::note(tx, taken, attempt, next)? {
            return Ok(Settled::default());
        }
        let ended = match next {
            Next::Again(_) => None,
            Next::Ended(state) => Some(state),
        };
        // A ping is a question of the administrator's, and says nothing of what is to be told.
        let turned_off = if taken.seq.is_none() { None } else { note_health(app, tx, hook, attempt, chance)? };
        Ok(Settled { ended, turned_off })
    })
}

fn next(taken: &Taken, attempt: &Attempt, now: Timestamp, chance: u64) -> Next {
    if attempt.fault.is_none() {
        Next::Ended(DeliveryState::Delivered)
    } else if attempt.status == Some(GONE) || now >= taken.give_up_at {
        Next::Ended(DeliveryState::Failed)
    } else {
        // The last attempt is made when the time is over, and not before.
        let again = now.plus_seconds(retry::pause(taken.attempts, attempt.asked_for, now, chance));
        Next::Again(again.min(taken.give_up_at))
    }
}

/// Notes how the host does. Says why the webhook was turned off, if it was.
fn note_health(
    app: &App,
    tx: &mut Tx<'_>,
    hook: StoredWebhook,
    attempt: &Attempt,
    chance: u64,
) -> Result<Option<DisabledReason>, AppError> {
    let now = tx.now();
    if attempt.fault.is_none() {
        if hook.health != Health::default() {
            webhooks::note_health(tx, hook.id, Health::default())?;
        }
        return Ok(None);
    }
    let failing_since = hook.health.failing_since.unwrap_or(now);
    if attempt.status == Some(GONE) {
        return turn_off(app, tx, hook, DisabledReason::Gone);
    }
    if failing_since.plus_seconds(retry::DISABLE_AFTER) <= now {
        return turn_off(app, tx, hook, DisabledReason::Failing);
    }
    let failures = if retry::is_ill(attempt.status) { hook.health.failures.saturating_add(1) } else { 0 };
    let rests_until = (failures > 0).then(|| now.plus_seconds(retry::rest(failures, attempt.asked_for, now, chance)));
    let health = Health { failing_since: Some(failing_since), failures, rests_until };
    webhooks::note_health(tx, hook.id, health)?;
    Ok(None)
}

/// Turns a webhook off, with a notice in the webhook and in the audit log. Says why, unless it was off.
fn turn_off(
    app: &App,
    tx: &mut Tx<'_>,
    hook: StoredWebhook,
    reason: DisabledReason,
) -> Result<Option<DisabledReason>, AppError> {
    if hook.disabled.is_some() {
        return Ok(None);
    }
    let now = tx.now();
    let off = StoredWebhook {
        disabled: Some((now, reason)),
        health: Health::default(),
        version: hook.version + 1,
        updated_at: now,
        ..hook
    };
    webhooks::turn_off(tx, &off)?;
    webhooks::drop_waiting(tx, off.id)?;
    tracing::warn!(webhook = %off.id, reason = reason.name(), "a webhook was turned off");
    let entry = Entry::new("disable", Resource::Webhook, off.id.uuid())
        .at(off.version)
        .with(AuditField::changed("enabled", true, false))
        .with(AuditField::changed("disabledReason", Value::Null, reason.name()));
    audit::append(tx, app.sources().ids.next(), &Who::default(), entry)?;
    Ok(Some(reason))
}

#[cfg(test)]
mod tests {
    use bantin_domain::{id::Id, webhook::DeliveryFault};

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000).unwrap()
    }

    fn taken(attempts: u32) -> Taken {
        let id = uuid::Uuid::nil();
        Taken {
            id: Id::new(id),
            webhook: Id::new(id),
            seq: Some(1),
            body: String::new(),
            attempts,
            at: at(0),
            give_up_at: at(retry::GIVE_UP_AFTER),
            fence: 1,
        }
    }

    fn failed(status: Option<u16>) -> Attempt {
        Attempt { status, fault: Some(DeliveryFault::Status), ..Attempt::default() }
    }

    #[test]
    fn a_failed_delivery_is_tried_for_a_day_and_a_last_time_when_it_is_over() {
        assert_eq!(next(&taken(1), &failed(Some(500)), at(0), 0), Next::Again(at(1)));
        let late = at(retry::GIVE_UP_AFTER - 2);
        assert_eq!(next(&taken(30), &failed(None), late, 3_000), Next::Again(at(retry::GIVE_UP_AFTER)));
        let over = next(&taken(31), &failed(None), at(retry::GIVE_UP_AFTER), 0);
        assert_eq!(over, Next::Ended(DeliveryState::Failed));
    }

    #[test]
    fn a_receiver_that_asks_for_time_is_tried_a_last_time_when_the_day_is_over_at_the_latest() {
        let busy = |seconds| Attempt { asked_for: Some(retry::RetryAfter::Seconds(seconds)), ..failed(Some(503)) };
        assert_eq!(next(&taken(1), &busy(7_200), at(0), 0), Next::Again(at(7_200)));
        assert_eq!(next(&taken(1), &busy(7_200), at(80_000), 0), Next::Again(at(retry::GIVE_UP_AFTER)));
    }

    #[test]
    fn who_is_gone_is_not_tried_again() {
        assert_eq!(next(&taken(1), &failed(Some(GONE)), at(0), 0), Next::Ended(DeliveryState::Failed));
    }

    #[test]
    fn what_was_acknowledged_ends_also_after_its_time() {
        let late = next(&taken(9), &Attempt::default(), at(retry::GIVE_UP_AFTER * 2), 0);
        assert_eq!(late, Next::Ended(DeliveryState::Delivered));
    }
}
