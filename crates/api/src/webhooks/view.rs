//! What goes out of webhooks. Of a secret only once, when it is made.

use bantin_application::webhooks::{
    self, Secret, StoredWebhook,
    deliveries::{LoggedAttempt, LoggedDelivery},
};
use bantin_domain::{named::Named, policy::Actor, webhook::EventPattern};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Render;

/// A webhook: an address that is told of changes.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Webhook)]
pub struct WebhookView {
    /// Its identity.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Who is told.
    pub url: String,
    /// Of which types: `article.updated`, `event.*`, `*.deleted`, `*`.
    pub types: Vec<String>,
    /// In which sections, with all below them; `null` is no limit.
    #[schema(value_type = Option<Vec<String>>)]
    pub category_ids: Option<Vec<String>>,
    /// In which languages; `null` is no limit.
    pub locales: Option<Vec<String>>,
    /// Whether it is told of anything.
    pub enabled: bool,
    /// Since when it is off.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub disabled_at: Option<String>,
    /// Why: `byHand`, `failing` (nothing was acknowledged for 24 hours) or `gone` (it answered 410).
    #[schema(value_type = Option<String>)]
    pub disabled_reason: Option<&'static str>,
    /// Since when nothing was acknowledged.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub failing_since: Option<String>,
    /// Until when nothing is sent, because its host failed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub rests_until: Option<String>,
    /// Until when the secret before this one signs, too.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub previous_secret_ends_at: Option<String>,
    /// The number of the last change that was looked at for it.
    pub seq: i64,
    /// The version, for `If-Match`.
    pub version: i64,
    /// What the caller can do: `edit`, `delete`, `ping`, `rotateSecret`.
    pub allowed_actions: Vec<&'static str>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: String,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: String,
}

impl WebhookView {
    /// The view of a webhook for who asks.
    pub fn new(hook: StoredWebhook, actor: &Actor, render: &Render) -> Self {
        let (content, wants) = (&hook.content, &hook.content.wants);
        let texts = |items: &[_]| items.iter().map(ToString::to_string).collect();
        Self {
            id: hook.id.to_string(),
            name: content.name.to_string(),
            url: content.url.as_str().to_owned(),
            types: wants.types.iter().copied().map(EventPattern::to_text).collect(),
            category_ids: wants.categories.as_deref().map(texts),
            locales: wants.locales.as_ref().map(|locales| locales.iter().map(ToString::to_string).collect()),
            enabled: hook.disabled.is_none(),
            disabled_at: hook.disabled.map(|(at, _)| render.time(at)),
            disabled_reason: hook.disabled.map(|(_, reason)| reason.name()),
            failing_since: hook.health.failing_since.map(|at| render.time(at)),
            rests_until: hook.health.rests_until.map(|at| render.time(at)),
            previous_secret_ends_at: hook.secrets.previous.as_ref().map(|(_, at)| render.time(*at)),
            seq: hook.seq,
            version: hook.version,
            allowed_actions: webhooks::allowed_actions(actor),
            created_at: render.time(hook.created_at),
            updated_at: render.time(hook.updated_at),
        }
    }
}

/// A webhook with the secret that was just made.
#[derive(Serialize, ToSchema)]
#[schema(as = NewWebhook)]
pub struct NewWebhookView {
    /// The webhook.
    #[serde(flatten)]
    pub webhook: WebhookView,
    /// What messages are signed with; shown this once.
    #[schema(example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")]
    pub secret: String,
}

impl NewWebhookView {
    /// The view of a webhook and its secret.
    pub fn new(hook: StoredWebhook, secret: &Secret, actor: &Actor, render: &Render) -> Self {
        Self { webhook: WebhookView::new(hook, actor, render), secret: secret.expose() }
    }
}

/// Something that was sent to a webhook, or waits to be.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Delivery)]
pub struct DeliveryView {
    /// Its identity: `webhook-id`, the same at every attempt.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// The number of the change that it tells of; `null` for a ping.
    pub seq: Option<i64>,
    /// The type of the message.
    #[serde(rename = "type")]
    #[schema(example = "article.updated")]
    pub event_type: String,
    /// How far it is: `pending`, `delivered` or `failed`.
    #[schema(value_type = String)]
    pub state: &'static str,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next; `null` when it has ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_attempt_at: Option<String>,
    /// When it was last tried.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub attempted_at: Option<String>,
    /// The status of the last answer.
    pub status: Option<u16>,
    /// How long the last attempt took, in milliseconds.
    pub latency_ms: Option<u32>,
    /// Why the last attempt does not count: `forbiddenAddress`, `unresolved`, `unreachable`, `tls`, `timeout`,
    /// `protocol`, `status`, or `disabled` for what the webhook was turned off before.
    #[schema(value_type = Option<String>)]
    pub error: Option<&'static str>,
    /// The first 1,024 bytes of the last answer.
    pub answer: Option<String>,
    /// The message as it is sent.
    pub body: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: String,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<String>,
}

impl DeliveryView {
    /// The view of a delivery.
    pub fn new(delivery: LoggedDelivery, render: &Render) -> Self {
        let waits = delivery.finished_at.is_none();
        Self {
            id: delivery.id.to_string(),
            seq: delivery.seq,
            event_type: delivery.event_type,
            state: delivery.state.name(),
            attempts: delivery.attempts,
            next_attempt_at: waits.then(|| render.time(delivery.due_at)),
            attempted_at: delivery.attempted_at.map(|at| render.time(at)),
            status: delivery.last.status,
            latency_ms: delivery.attempted_at.map(|_| delivery.last.latency_ms),
            error: delivery.last.fault.map(Named::name),
            answer: delivery.last.answer,
            body: delivery.body,
            created_at: render.time(delivery.created_at),
            finished_at: delivery.finished_at.map(|at| render.time(at)),
        }
    }
}

/// A delivery with what came of each attempt.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeliveryDetail)]
pub struct DeliveryDetailView {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: DeliveryView,
    /// The attempts, the first of them first; of more than a hundred the newest hundred. A number that is missing
    /// is of an attempt of which nothing is known, since the node that made it died.
    pub attempt_log: Vec<AttemptView>,
}

impl DeliveryDetailView {
    /// The view of a delivery and its attempts.
    pub fn new((delivery, attempts): (LoggedDelivery, Vec<LoggedAttempt>), render: &Render) -> Self {
        let attempt_log = attempts.into_iter().map(|attempt| AttemptView::new(attempt, render)).collect();
        Self { delivery: DeliveryView::new(delivery, render), attempt_log }
    }
}

/// An attempt to deliver something.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeliveryAttempt)]
pub struct AttemptView {
    /// How many there had been, this one too.
    #[schema(minimum = 1)]
    pub number: u32,
    /// When it was begun.
    #[schema(value_type = String, format = DateTime)]
    pub at: String,
    /// The status of the answer.
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub latency_ms: u32,
    /// Why it does not count; `null` when it was acknowledged.
    #[schema(value_type = Option<String>)]
    pub error: Option<&'static str>,
    /// The first 1,024 bytes of the answer.
    pub answer: Option<String>,
}

impl AttemptView {
    fn new(logged: LoggedAttempt, render: &Render) -> Self {
        let LoggedAttempt { number, at, attempt } = logged;
        Self {
            number,
            at: render.time(at),
            status: attempt.status,
            latency_ms: attempt.latency_ms,
            error: attempt.fault.map(Named::name),
            answer: attempt.answer,
        }
    }
}
