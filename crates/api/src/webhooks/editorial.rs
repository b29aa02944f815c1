//! Webhooks for who administers them, and what was sent to them: trying one out, the log, sending again.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, delete, dev::Payload, get, patch, post, web::Data};
use bantin_application::webhooks::{self, StoredWebhook, deliveries};
use bantin_domain::{
    named::Named,
    policy::Actor,
    webhook::{DeliveryId, DeliveryState, Webhook, WebhookId},
};
use utoipa::{
    IntoParams,
    openapi::{
        KnownFormat,
        path::{Parameter, ParameterIn},
    },
};

use super::{
    view::{DeliveryDetailView, DeliveryView, NewWebhookView, WebhookView},
    write::{RotationWrite, WebhookWrite},
};
use crate::{
    Api, Render,
    auth::write::NoRepeat,
    directory::{NoQuery, whole},
    extract::{Caller, EditMatch, IfMatch, JsonBody, PathId, path_parameter},
    list::{Filter, List, ListQuery},
    problem::Problem,
    reply::{Created, Desk, NoContent},
};

/// The deliveries to a webhook.
#[derive(Debug, Clone)]
pub struct Deliveries;

impl List for Deliveries {
    const NAME: &'static str = "deliveries";
    const FILTERS: &'static [Filter] = &[Filter::text("state", "`pending`, `delivered` or `failed`.")];
    const HAS_LOCALE: bool = false;
}

/// `{id}`, a webhook, and `{deliveryId}`, one of its deliveries.
#[derive(Debug, Clone, Copy)]
pub struct PathDelivery {
    webhook: WebhookId,
    delivery: DeliveryId,
}

impl FromRequest for PathDelivery {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = |name| request.match_info().get(name);
        let webhook = text("id").and_then(|text| text.parse().ok());
        let delivery = text("deliveryId").and_then(|text| text.parse().ok());
        let both = webhook.zip(delivery).map(|(webhook, delivery)| Self { webhook, delivery });
        ready(both.ok_or_else(Problem::not_found))
    }
}

impl IntoParams for PathDelivery {
    fn into_params(parameter_in: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let delivery = path_parameter("deliveryId", "The delivery's id.", Some(KnownFormat::Uuid));
        PathId::<Webhook>::into_params(parameter_in).into_iter().chain([delivery]).collect()
    }
}

/// List the webhooks
///
/// All of them in one answer, oldest first, with how each of them does.
#[utoipa::path(tag = "editorial webhooks")]
#[get("/webhooks")]
pub async fn list_webhooks(caller: Caller, api: Data<Api>, _: NoQuery) -> Result<Desk<Vec<WebhookView>>, Problem> {
    let render = api.render.clone();
    let rows = api
        .app
        .desk(caller.who, move |desk, actor| {
            let all = webhooks::list(desk, &actor)?;
            Ok(all.into_iter().map(|hook| WebhookView::new(hook, &actor, &render)).collect())
        })
        .await?;
    Ok(Desk::list(rows, whole(), None))
}

/// Make a webhook
///
/// `name` and `url` are required. It is told of what changes from now on. Keep the answer's `secret`, which
/// messages are signed with: it is shown this once, so an `Idempotency-Key` is refused.
#[utoipa::path(tag = "editorial webhooks", request_body = WebhookWrite)]
#[post("/webhooks")]
pub async fn create_webhook(
    caller: Caller,
    api: Data<Api>,
    _no_key: NoRepeat,
    write: JsonBody<WebhookWrite>,
) -> Result<Created<NewWebhookView>, Problem> {
    let (changes, render) = (write.0.parse()?, api.render.clone());
    let view = api
        .app
        .write(caller.who, move |act| {
            let (hook, secret) = webhooks::create(act, changes)?;
            Ok(NewWebhookView::new(hook, &secret, &act.actor, &render))
        })
        .await?;
    let version = view.webhook.version;
    Ok(Created::at(api.render.address("editorial/webhooks", &view.webhook.id), view, version))
}

/// Read a webhook
///
/// With how it does: whether it was turned off and why, and since when nothing was acknowledged.
#[utoipa::path(tag = "editorial webhooks", params(PathId<Webhook>))]
#[get("/webhooks/{id}")]
pub async fn get_webhook(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Webhook>,
    _: NoQuery,
) -> Result<Desk<WebhookView>, Problem> {
    let render = api.render.clone();
    Ok(api
        .app
        .desk(caller.who, move |desk, actor| Ok(answer(webhooks::get(desk, &actor, id.0)?, &actor, &render)))
        .await?)
}

/// Change a webhook
///
/// A merge patch; lists are replaced whole. One that is turned off (`enabled: false`) gives up what waits for
/// it; one that is turned on is told of what changes from then on: `GET /api/v1/changes` after its `seq` says
/// what it missed.
#[utoipa::path(tag = "editorial webhooks", params(PathId<Webhook>, EditMatch), request_body = WebhookWrite)]
#[patch("/webhooks/{id}")]
pub async fn update_webhook(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Webhook>,
    version: EditMatch,
    write: JsonBody<WebhookWrite>,
) -> Result<Desk<WebhookView>, Problem> {
    let changes = write.0.parse()?;
    api.perform(caller, move |act, render| {
        Ok(answer(webhooks::edit(act, id.0, version.0, changes)?, &act.actor, render))
    })
    .await
}

/// Delete a webhook
///
/// With the log of its deliveries; what waits for it is not sent any more.
#[utoipa::path(tag = "editorial webhooks", params(PathId<Webhook>, IfMatch))]
#[delete("/webhooks/{id}")]
pub async fn delete_webhook(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Webhook>,
    version: IfMatch,
) -> Result<NoContent, Problem> {
    api.perform(caller, move |act, _| {
        webhooks::delete(act, id.0, version.0)?;
        Ok(NoContent)
    })
    .await
}

/// Give a webhook another secret
///
/// Messages carry the signatures of both for `overlapHours` (24 unless said), so that the receiver can change
/// over without losing one. Of two that sign, the older ends at once. The secret is shown this once, so an
/// `Idempotency-Key` is refused.
#[utoipa::path(tag = "editorial webhooks", params(PathId<Webhook>), request_body = RotationWrite)]
#[post("/webhooks/{id}/rotate-secret")]
pub async fn rotate_webhook_secret(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Webhook>,
    _no_key: NoRepeat,
    write: JsonBody<RotationWrite>,
) -> Result<Desk<NewWebhookView>, Problem> {
    let (overlap, render) = (write.0.parse()?, api.render.clone());
    let view = api
        .app
        .write(caller.who, move |act| {
            let (hook, secret) = webhooks::rotate_secret(act, id.0, overlap)?;
            Ok(NewWebhookView::new(hook, &secret, &act.actor, &render))
        })
        .await?;
    let version = view.webhook.version;
    Ok(Desk::one(view, version))
}

/// Try a webhook out
///
/// Sends a message of the type `ping`, once, also to a webhook that is off. Read the delivery a moment later to
/// see what came of it.
#[utoipa::path(tag = "editorial webhooks", params(PathId<Webhook>))]
#[post("/webhooks/{id}/ping")]
pub async fn ping_webhook(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Webhook>,
) -> Result<Created<DeliveryView>, Problem> {
    api.perform(caller, move |act, render| {
        let delivery = deliveries::ping(act, id.0)?;
        Ok(Created::lasting(location(id.0, delivery.id, render), DeliveryView::new(delivery, render)))
    })
    .await
}

/// List the deliveries to a webhook
///
/// Newest first, with what came of the last attempt of each. They are kept for thirty days after their end.
#[utoipa::path(tag = "editorial webhooks", params(PathId<Webhook>, ListQuery<Deliveries>))]
#[get("/webhooks/{id}/deliveries")]
pub async fn list_deliveries(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Webhook>,
    query: ListQuery<Deliveries>,
    request: HttpRequest,
) -> Result<Desk<Vec<DeliveryView>>, Problem> {
    let state = query.parsed("state", DeliveryState::from_name, "pending, delivered or failed")?;
    let page = query.page.clone();
    let slice = api.app.desk(caller.who, move |desk, actor| deliveries::list(desk, &actor, id.0, state, &page)).await?;
    let (page, links) = query.describe(&slice, &request);
    let views = slice.rows.into_iter().map(|delivery| DeliveryView::new(delivery, &api.render));
    Ok(Desk::list(views.collect(), page, links))
}

/// Read a delivery
///
/// With the message as it is sent, and what came of each attempt.
#[utoipa::path(tag = "editorial webhooks", params(PathDelivery))]
#[get("/webhooks/{id}/deliveries/{deliveryId}")]
pub async fn get_delivery(
    caller: Caller,
    api: Data<Api>,
    path: PathDelivery,
    _: NoQuery,
) -> Result<Desk<DeliveryDetailView>, Problem> {
    let PathDelivery { webhook, delivery } = path;
    let found = api.app.desk(caller.who, move |desk, actor| deliveries::get(desk, &actor, webhook, delivery)).await?;
    Ok(Desk::plain(DeliveryDetailView::new(found, &api.render)))
}

/// Send something again
///
/// At once, under the same id, and for a day if need be; what waits is tried at once. 422 while the webhook is
/// off.
#[utoipa::path(tag = "editorial webhooks", params(PathDelivery))]
#[post("/webhooks/{id}/deliveries/{deliveryId}/redeliver")]
pub async fn redeliver(caller: Caller, api: Data<Api>, path: PathDelivery) -> Result<Desk<DeliveryView>, Problem> {
    api.perform(caller, move |act, render| {
        Ok(Desk::plain(DeliveryView::new(deliveries::redeliver(act, path.webhook, path.delivery)?, render)))
    })
    .await
}

fn answer(hook: StoredWebhook, actor: &Actor, render: &Render) -> Desk<WebhookView> {
    let version = hook.version;
    Desk::one(WebhookView::new(hook, actor, render), version)
}

fn location(webhook: WebhookId, delivery: DeliveryId, render: &Render) -> String {
    format!("{}/deliveries/{delivery}", render.address("editorial/webhooks", &webhook.to_string()))
}
