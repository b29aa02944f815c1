//! Webhooks: telling other systems of changes, signed, in order, and until they have heard it.
//!
//! | module | is about |
//! | --- | --- |
//! | here | what administrators do with webhooks |
//! | [`deliveries`] | the log of what was sent, trying a webhook out, sending again |
//! | [`message`] | what is sent |
//! | [`secret`] | what it is signed with |
//! | [`courier`] | the thread that makes deliveries of changes and sends them |
//! | `sender` | one attempt, behind the guard of [`bantin_domain::webhook::egress`] |
//! | `outcome` | what an attempt does to the delivery and to the webhook |
//! | [`tally`] | how all that goes, in numbers |
//!
//! Nothing of this happens in the transaction of who publishes: the change log is read after the fact, and
//! each webhook has a place in it. So a slow receiver delays nobody, and a crash loses nothing.

use bantin_domain::{
    audit::{AuditField, Entry},
    category::CategoryId,
    change::Change,
    locale::Locale,
    policy::{Actor, Administer, Granted, Resource, Subject, Verb},
    text::Label,
    violation::{Fault, Violations},
    webhook::{DisabledReason, EventPattern, Wants, Webhook, WebhookId, WebhookUrl},
};
pub use bantin_persistence::webhooks::StoredWebhook;
use bantin_persistence::{
    Desk, Tx, categories, changes,
    webhooks::{self, Health, SealedSecrets},
};
use serde_json::{Value, json};

use crate::{app::Act, error::AppError, precondition::Precondition};

pub mod courier;
pub mod deliveries;
pub mod message;
mod outcome;
pub mod secret;
mod sender;
pub mod tally;

pub use self::secret::Secret;

/// How many webhooks there may be: each is a place in the log that somebody must keep up.
const MOST: i64 = 100;

/// What a write says of a webhook.
#[derive(Debug, Default)]
pub struct WebhookChanges {
    /// Required.
    pub name: Change<Label>,
    /// Required.
    pub url: Change<WebhookUrl>,
    /// Everything when absent.
    pub types: Change<Vec<EventPattern>>,
    /// No limit when absent.
    pub categories: Change<Vec<CategoryId>>,
    /// No limit when absent.
    pub locales: Change<Vec<Locale>>,
    /// Whether it is told of anything; it is when absent.
    pub enabled: Change<bool>,
}

/// Makes a webhook, which is told of what changes from now on. The secret is shown to nobody again.
///
/// # Errors
/// [`AppError::Invalid`], [`AppError::Forbidden`].
pub fn create(act: &mut Act<'_, '_>, changes: WebhookChanges) -> Result<(StoredWebhook, Secret), AppError> {
    let granted = may_administer(&act.actor)?;
    if webhooks::count(act.tx)? >= MOST {
        return Err(AppError::Invalid(fault("", "too_many", format!("there are {MOST} webhooks; delete one first"))));
    }
    let enabled = changes.enabled.clone().or(None).unwrap_or(true);
    let content = changed(act, None, changes)?;
    let (id, now) = (act.new_id(), act.tx.now());
    let secret = Secret::generate(act.app.sources().entropy.as_ref())?;
    let hook = StoredWebhook {
        id,
        content,
        disabled: (!enabled).then_some((now, DisabledReason::ByHand)),
        secrets: SealedSecrets { current: secret::seal(act.app, id, &secret)?, previous: None },
        seq: changes::head(&mut act.tx.public())?,
        health: Health::default(),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    webhooks::insert(act.tx, &granted, &hook)?;
    act.record(entry("create", &hook).with_all(differences(None, Some(&hook))));
    Ok((hook, secret))
}

/// Changes a webhook. One that is turned off gives up what waits for it; one that is turned on is told of what
/// changes from then on.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Forbidden`], [`AppError::Stale`], [`AppError::Invalid`].
pub fn edit(
    act: &mut Act<'_, '_>,
    id: WebhookId,
    precondition: Precondition,
    changes: WebhookChanges,
) -> Result<StoredWebhook, AppError> {
    let granted = may_administer(&act.actor)?;
    let before = lock(act.tx, id)?;
    precondition.check(act.tx, id.uuid(), before.version)?;
    let mut faults = Violations::new();
    let enabled = changes.enabled.clone().required(Some(before.disabled.is_none()), "/enabled", &mut faults);
    faults.into_result(())?;
    let mut after = StoredWebhook { content: changed(act, Some(&before.content), changes)?, ..before.clone() };
    let now = act.tx.now();
    let verb = match (before.disabled.is_none(), enabled == Some(true)) {
        (true, false) => {
            after.disabled = Some((now, DisabledReason::ByHand));
            "disable"
        }
        (false, true) => {
            after.disabled = None;
            after.health = Health::default();
            after.seq = changes::head(&mut act.tx.public())?;
            "enable"
        }
        _ => "edit",
    };
    let fields = differences(Some(&before), Some(&after));
    if fields.is_empty() {
        return Ok(before);
    }
    precondition.merge(act.tx, id.uuid(), before.version, &fields)?;
    after.version = before.version + 1;
    after.updated_at = now;
    webhooks::save(act.tx, &granted, &after)?;
    if verb == "disable" {
        webhooks::drop_waiting(act.tx, id)?;
    }
    act.record(entry(verb, &after).with_all(fields));
    Ok(after)
}

/// Gives a webhook another secret. The one before signs beside it for so many seconds, so that the receiver
/// can change over without losing a message; one that was still on its way out ends at once.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Forbidden`].
pub fn rotate_secret(
    act: &mut Act<'_, '_>,
    id: WebhookId,
    overlap_seconds: i64,
) -> Result<(StoredWebhook, Secret), AppError> {
    let granted = may_administer(&act.actor)?;
    let before = lock(act.tx, id)?;
    let secret = Secret::generate(act.app.sources().entropy.as_ref())?;
    let now = act.tx.now();
    let previous = (overlap_seconds > 0).then(|| (before.secrets.current.clone(), now.plus_seconds(overlap_seconds)));
    let after = StoredWebhook {
        secrets: SealedSecrets { current: secret::seal(act.app, id, &secret)?, previous },
        version: before.version + 1,
        updated_at: now,
        ..before
    };
    webhooks::save(act.tx, &granted, &after)?;
    act.record(entry("rotateSecret", &after).with(AuditField::hidden("secret")));
    Ok((after, secret))
}

/// Deletes a webhook, with the log of its deliveries.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Forbidden`], [`AppError::Stale`].
pub fn delete(act: &mut Act<'_, '_>, id: WebhookId, version: i64) -> Result<(), AppError> {
    let granted = may_administer(&act.actor)?;
    let hook = lock(act.tx, id)?;
    Precondition::from(version).check(act.tx, id.uuid(), hook.version)?;
    webhooks::delete(act.tx, &granted, id, version)?;
    let gone = StoredWebhook { version: version + 1, ..hook.clone() };
    act.record(entry("delete", &gone).with_all(differences(Some(&hook), None)));
    Ok(())
}

/// One webhook.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Forbidden`].
pub fn get(desk: &mut Desk<'_>, actor: &Actor, id: WebhookId) -> Result<StoredWebhook, AppError> {
    let _granted = may_administer(actor)?;
    find(desk, id)
}

/// Every webhook, oldest first.
///
/// # Errors
/// [`AppError::Forbidden`].
pub fn list(desk: &mut Desk<'_>, actor: &Actor) -> Result<Vec<StoredWebhook>, AppError> {
    let _granted = may_administer(actor)?;
    Ok(webhooks::list(desk)?)
}

/// What the caller can do to a webhook, by the names of the contract.
pub fn allowed_actions(actor: &Actor) -> Vec<&'static str> {
    let may = actor.can(Verb::Administer, &subject());
    if may { vec!["edit", "delete", "ping", "rotateSecret"] } else { Vec::new() }
}

/// What a webhook is after a write; `None` stands for one that is not there yet.
fn changed(act: &mut Act<'_, '_>, current: Option<&Webhook>, changes: WebhookChanges) -> Result<Webhook, AppError> {
    let mut faults = Violations::new();
    let given_url = matches!(changes.url, Change::Set(_));
    let name = changes.name.required(current.map(|hook| hook.name.clone()), "/name", &mut faults);
    let url = changes.url.required(current.map(|hook| hook.url.clone()), "/url", &mut faults);
    let current = current.map(|hook| hook.wants.clone());
    let everything = vec![EventPattern::EVERYTHING];
    let types = match changes.types {
        Change::Keep => current.as_ref().map_or(everything, |wants| wants.types.clone()),
        Change::Clear => everything,
        Change::Set(types) => types,
    };
    if types.is_empty() {
        faults.add("/types", Fault::new("required", "must name a type; * is all of them"));
    }
    if let Some(Err(forbidden)) = url.as_ref().filter(|_| given_url).map(|url| act.app.settings().reach.expect(url)) {
        faults.add("/url", forbidden);
    }
    if let Change::Set(sections) = &changes.categories {
        let known = categories::all(&mut act.tx.public())?;
        for (n, _) in sections.iter().enumerate().filter(|(_, id)| !known.iter().any(|known| known.id == **id)) {
            faults.add(format!("/categoryIds/{n}"), Fault::new("unknown_reference", "there is no such section"));
        }
    }
    let (categories, locales) = current.map_or((None, None), |wants| (wants.categories, wants.locales));
    let wants = Wants { types, categories: changes.categories.or(categories), locales: changes.locales.or(locales) };
    match (name, url) {
        (Some(name), Some(url)) if faults.is_empty() => Ok(Webhook { name, url, wants }),
        _ => Err(faults.into()),
    }
}

/// What the audit log says of an act on a webhook.
fn entry(act: &'static str, hook: &StoredWebhook) -> Entry {
    Entry::new(act, Resource::Webhook, hook.id.uuid()).at(hook.version)
}

/// The members in which two states differ. Of the address only that it does: where it leads may be a secret
/// of the receiver's.
fn differences(before: Option<&StoredWebhook>, after: Option<&StoredWebhook>) -> Vec<AuditField> {
    let told = |hook: Option<&StoredWebhook>| {
        hook.map_or(Value::Null, |hook| {
            let Webhook { name, url, wants } = &hook.content;
            json!({
                "name": name.as_str(), "url": url.as_str(), "types": wants.types, "categoryIds": wants.categories,
                "locales": wants.locales, "enabled": hook.disabled.is_none(),
            })
        })
    };
    AuditField::between(&told(before), &told(after), &["url"])
}

fn fault(pointer: &str, code: &'static str, message: String) -> Violations {
    let mut faults = Violations::new();
    faults.add(pointer, Fault::new(code, message));
    faults
}

fn may_administer(actor: &Actor) -> Result<Granted<Administer>, AppError> {
    // That there are webhooks is no secret, so who may not look at them is told so.
    actor.may::<Administer>(&subject()).map_err(|_| AppError::Forbidden)
}

fn find(desk: &mut Desk<'_>, id: WebhookId) -> Result<StoredWebhook, AppError> {
    webhooks::find(desk, id)?.ok_or(AppError::NotFound)
}

fn lock(tx: &mut Tx<'_>, id: WebhookId) -> Result<StoredWebhook, AppError> {
    webhooks::lock(tx, id)?.ok_or(AppError::NotFound)
}

fn subject() -> Subject {
    Subject::of(Resource::Webhook)
}
