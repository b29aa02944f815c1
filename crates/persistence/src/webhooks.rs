//! Webhooks: who is told of changes, and how well that goes.
//!
//! | module | is about |
//! | --- | --- |
//! | here | what administrators write and read, and what failures do to a webhook |
//! | [`telling`] | making deliveries of changes |
//! | [`sending`] | taking deliveries that are due, and noting what came of them |
//! | [`log`] | the deliveries as administrators read them |
//!
//! Whoever writes both locks the webhook before its deliveries ([`lock`]), so that nobody waits in a circle.

use bantin_domain::{
    category::CategoryId,
    locale::Locale,
    named::Named,
    policy::{Administer, Granted},
    text::Label,
    time::Timestamp,
    webhook::{DeliveryFault, DeliveryState, DisabledReason, EventPattern, Wants, Webhook, WebhookId, WebhookUrl},
};
use diesel::prelude::*;

use crate::{
    connection::{DbConnection, MultiBackend},
    error::{Conflict, StoreError},
    schema::{webhook_deliveries, webhooks},
    sql_types::{Instant, Json, Key, Name},
    store::{Desk, Tx},
};

pub mod log;
pub mod sending;
pub mod telling;

/// A webhook as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredWebhook {
    /// Its identity.
    pub id: WebhookId,
    /// What administrators say of it.
    pub content: Webhook,
    /// Since when and why it is off; `None` while it is on.
    pub disabled: Option<(Timestamp, DisabledReason)>,
    /// What its deliveries are signed with.
    pub secrets: SealedSecrets,
    /// The last change that was looked at.
    pub seq: i64,
    /// How its host does.
    pub health: Health,
    /// Counts the changes that administrators make, and that turn it off.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// The secrets of a webhook, sealed with the key outside the database.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSecrets {
    /// The current one.
    pub current: Vec<u8>,
    /// The one before, and until when it signs, too.
    pub previous: Option<(Vec<u8>, Timestamp)>,
}

impl std::fmt::Debug for SealedSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealedSecrets(..)")
    }
}

/// How the host of a webhook does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Health {
    /// Since when nothing was acknowledged that should have been.
    pub failing_since: Option<Timestamp>,
    /// How often in a row the host itself failed.
    pub failures: u32,
    /// Until when nothing is sent to it.
    pub rests_until: Option<Timestamp>,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = webhooks, check_for_backend(MultiBackend), treat_none_as_null = true)]
struct WebhookRow {
    id: Key<Webhook>,
    name: String,
    url: String,
    types: Json<Vec<EventPattern>>,
    category_ids: Option<Json<Vec<CategoryId>>>,
    locales: Option<Json<Vec<Locale>>>,
    disabled_at: Option<Instant>,
    disabled_reason: Option<Name<DisabledReason>>,
    sealed_secret: Vec<u8>,
    sealed_previous_secret: Option<Vec<u8>>,
    previous_ends_at: Option<Instant>,
    seq: i64,
    failing_since: Option<Instant>,
    failures: i64,
    rests_until: Option<Instant>,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl WebhookRow {
    fn of(hook: &StoredWebhook) -> Self {
        let (Webhook { name, url, wants }, previous) = (&hook.content, hook.secrets.previous.as_ref());
        Self {
            id: Key(hook.id),
            name: name.to_string(),
            url: url.as_str().to_owned(),
            types: Json(wants.types.clone()),
            category_ids: wants.categories.clone().map(Json),
            locales: wants.locales.clone().map(Json),
            disabled_at: hook.disabled.map(|(at, _)| Instant(at)),
            disabled_reason: hook.disabled.map(|(_, reason)| Name(reason)),
            sealed_secret: hook.secrets.current.clone(),
            sealed_previous_secret: previous.map(|(secret, _)| secret.clone()),
            previous_ends_at: previous.map(|(_, until)| Instant(*until)),
            seq: hook.seq,
            failing_since: hook.health.failing_since.map(Instant),
            failures: hook.health.failures.into(),
            rests_until: hook.health.rests_until.map(Instant),
            version: hook.version,
            created_at: Instant(hook.created_at),
            updated_at: Instant(hook.updated_at),
        }
    }

    fn into_webhook(self) -> Result<StoredWebhook, StoreError> {
        let corrupt = |column, reason: String| StoreError::Corrupt {
            table: "webhooks",
            column,
            id: self.id.0.to_string(),
            reason,
        };
        let name = Label::parse(&self.name).map_err(|fault| corrupt("name", fault.message))?;
        let url = WebhookUrl::parse(&self.url).map_err(|fault| corrupt("url", fault.message))?;
        let wants = Wants {
            types: self.types.0,
            categories: self.category_ids.map(|ids| ids.0),
            locales: self.locales.map(|locales| locales.0),
        };
        let previous = self.sealed_previous_secret.zip(self.previous_ends_at.map(|at| at.0));
        Ok(StoredWebhook {
            id: self.id.0,
            content: Webhook { name, url, wants },
            disabled: self.disabled_at.map(|at| at.0).zip(self.disabled_reason.map(|reason| reason.0)),
            secrets: SealedSecrets { current: self.sealed_secret, previous },
            seq: self.seq,
            health: Health {
                failing_since: self.failing_since.map(|at| at.0),
                failures: u32::try_from(self.failures).unwrap_or(u32::MAX),
                rests_until: self.rests_until.map(|at| at.0),
            },
            version: self.version,
            created_at: self.created_at.0,
            updated_at: self.updated_at.0,
        })
    }
}

/// One webhook.
///
/// # Errors
/// When the database fails.
pub fn find(desk: &mut Desk<'_>, id: WebhookId) -> Result<Option<StoredWebhook>, StoreError> {
    let row = webhooks::table.find(Key(id)).select(WebhookRow::as_select()).first(desk.conn).optional()?;
    row.map(WebhookRow::into_webhook).transpose()
}

/// All webhooks, oldest first.
///
/// # Errors
/// When the database fails.
pub fn list(desk: &mut Desk<'_>) -> Result<Vec<StoredWebhook>, StoreError> {
    let rows =
        webhooks::table.order((webhooks::created_at, webhooks::id)).select(WebhookRow::as_select()).load(desk.conn)?;
    rows.into_iter().map(WebhookRow::into_webhook).collect()
}

/// How many webhooks there are.
///
/// # Errors
/// When the database fails.
pub fn count(desk: &mut Desk<'_>) -> Result<i64, StoreError> {
    Ok(webhooks::table.count().get_result(desk.conn)?)
}

/// Keeps everybody else from writing a webhook and its deliveries until the transaction ends, and reads it.
/// SQLite has one writer anyway.
///
/// # Errors
/// When the database fails.
pub fn lock(tx: &mut Tx<'_>, id: WebhookId) -> Result<Option<StoredWebhook>, StoreError> {
    if matches!(tx.conn, DbConnection::Postgres(_)) {
        diesel::update(webhooks::table.find(Key(id))).set(webhooks::seq.eq(webhooks::seq)).execute(tx.conn)?;
    }
    find(tx, id)
}

/// Writes a new webhook.
///
/// # Errors
/// When the database fails.
pub fn insert(tx: &mut Tx<'_>, _granted: &Granted<Administer>, hook: &StoredWebhook) -> Result<(), StoreError> {
    diesel::insert_into(webhooks::table).values(WebhookRow::of(hook)).execute(tx.conn)?;
    Ok(())
}

/// Writes the next version of a webhook.
///
/// # Errors
/// [`Conflict::Stale`] unless the stored version is the one right before.
pub fn save(tx: &mut Tx<'_>, _granted: &Granted<Administer>, hook: &StoredWebhook) -> Result<(), StoreError> {
    write(tx, hook)
}

/// Takes a webhook away, with its deliveries.
///
/// # Errors
/// [`Conflict::Stale`] unless the stored version is this one.
pub fn delete(tx: &mut Tx<'_>, _granted: &Granted<Administer>, id: WebhookId, version: i64) -> Result<(), StoreError> {
    let deleted =
        diesel::delete(webhooks::table.find(Key(id)).filter(webhooks::version.eq(version))).execute(tx.conn)?;
    if deleted == 1 { Ok(()) } else { Err(Conflict::Stale.into()) }
}

/// Turns a webhook off that the program itself gave up: the next version of it. Who asks has locked it.
///
/// # Errors
/// [`Conflict::Stale`] unless the stored version is the one right before.
pub fn turn_off(tx: &mut Tx<'_>, hook: &StoredWebhook) -> Result<(), StoreError> {
    write(tx, hook)
}

/// Gives up all that waits for a webhook that was turned off.
///
/// # Errors
/// When the database fails.
pub fn drop_waiting(tx: &mut Tx<'_>, id: WebhookId) -> Result<(), StoreError> {
    let now = Instant(tx.now());
    diesel::update(webhook_deliveries::table)
        .filter(webhook_deliveries::webhook_id.eq(Key(id)))
        .filter(webhook_deliveries::finished_at.is_null())
        .set((
            webhook_deliveries::state.eq(Name(DeliveryState::Failed)),
            webhook_deliveries::fault.eq(Some(Name(DeliveryFault::Disabled))),
            webhook_deliveries::leased_until.eq(None::<Instant>),
            webhook_deliveries::fence.eq(webhook_deliveries::fence + 1),
            webhook_deliveries::finished_at.eq(Some(now)),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Writes how the host of a webhook does. Its version stays: nobody's edit is stale for that.
///
/// # Errors
/// When the database fails.
pub fn note_health(tx: &mut Tx<'_>, id: WebhookId, health: Health) -> Result<(), StoreError> {
    diesel::update(webhooks::table.find(Key(id)))
        .set((
            webhooks::failing_since.eq(health.failing_since.map(Instant)),
            webhooks::failures.eq(i64::from(health.failures)),
            webhooks::rests_until.eq(health.rests_until.map(Instant)),
        ))
        .execute(tx.conn)?;
    Ok(())
}

fn write(tx: &mut Tx<'_>, hook: &StoredWebhook) -> Result<(), StoreError> {
    let row = WebhookRow::of(hook);
    let changed = diesel::update(webhooks::table.find(Key(hook.id)))
        .filter(webhooks::version.eq(hook.version - 1))
        .set(row)
        .execute(tx.conn)?;
    if changed == 1 { Ok(()) } else { Err(Conflict::Stale.into()) }
}

/// The column of a closed list, read back.
pub(crate) fn name<E: Named>(column: Option<Name<E>>) -> Option<E> {
    column.map(|name| name.0)
}
