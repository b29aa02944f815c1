//! API keys for who administers them.

use actix_web::{HttpRequest, delete, get, patch, post, web::Data};
use bantin_application::api_keys::{self, KeyFilter};
use bantin_domain::{
    api_key::{ApiKey, KeyState},
    named::Named,
};

use super::{
    view::{ApiKeyView, NewApiKeyView},
    write::{ApiKeyWrite, KeyRotationWrite},
};
use crate::{
    Api,
    auth::write::NoRepeat,
    directory::NoQuery,
    extract::{Caller, EditMatch, IfMatch, JsonBody, PathId},
    list::{Filter, List, ListQuery},
    problem::Problem,
    reply::{Created, Desk, NoContent},
};

/// The keys.
#[derive(Debug, Clone)]
pub struct ApiKeys;

impl List for ApiKeys {
    const NAME: &'static str = "api-keys";
    const FILTERS: &'static [Filter] = &[Filter::text("state", "`active`, `expired` or `revoked`.")];
    const HAS_LOCALE: bool = false;
}

/// List the API keys
///
/// Oldest first, also those that have ended. Of a secret there are only the last letters.
#[utoipa::path(tag = "editorial API keys", params(ListQuery<ApiKeys>))]
#[get("/api-keys")]
pub async fn list_api_keys(
    caller: Caller,
    api: Data<Api>,
    query: ListQuery<ApiKeys>,
    request: HttpRequest,
) -> Result<Desk<Vec<ApiKeyView>>, Problem> {
    let filter = KeyFilter { state: query.parsed("state", KeyState::from_name, "active, expired or revoked")? };
    let page = query.page.clone();
    let slice = api.app.desk(caller.who, move |desk, actor| api_keys::page(desk, &actor, &filter, &page)).await?;
    let (page, links) = query.describe(&slice, &request);
    let views = slice.rows.into_iter().map(|key| ApiKeyView::new(key, &api.render));
    Ok(Desk::list(views.collect(), page, links))
}

/// Give an API key
///
/// `name` is required; without `permissions` it can only read what everybody can, as often as its quota says.
/// Keep the answer's `secret`: it is shown this once, so an `Idempotency-Key` is refused. Nobody gives a key
/// what they may not do themselves.
#[utoipa::path(tag = "editorial API keys", request_body = ApiKeyWrite)]
#[post("/api-keys")]
pub async fn create_api_key(
    caller: Caller,
    api: Data<Api>,
    _no_key: NoRepeat,
    write: JsonBody<ApiKeyWrite>,
) -> Result<Created<NewApiKeyView>, Problem> {
    let changes = write.0.parse()?;
    let (key, secret) = api.app.write_rights(caller.who, move |act| api_keys::create(act, changes)).await?;
    let version = key.key.version;
    let view = NewApiKeyView::new(key, &secret, &api.render);
    Ok(Created::at(api.render.address("editorial/api-keys", &view.key.id), view, version))
}

/// Read an API key
///
/// With when it was last used, to the minute, and whether somebody should look at it.
#[utoipa::path(tag = "editorial API keys", params(PathId<ApiKey>))]
#[get("/api-keys/{id}")]
pub async fn get_api_key(
    caller: Caller,
    api: Data<Api>,
    id: PathId<ApiKey>,
    _: NoQuery,
) -> Result<Desk<ApiKeyView>, Problem> {
    let found = api.app.desk(caller.who, move |desk, actor| api_keys::get(desk, &actor, id.0)).await?;
    let version = found.key.version;
    Ok(Desk::one(ApiKeyView::new(found, &api.render), version))
}

/// Change an API key
///
/// A merge patch; lists are replaced whole. It holds in the next request that shows the key, on every node.
/// Nobody changes a key that may do more than they may themselves; one that was revoked answers 409 `revoked`.
#[utoipa::path(tag = "editorial API keys", params(PathId<ApiKey>, EditMatch), request_body = ApiKeyWrite)]
#[patch("/api-keys/{id}")]
pub async fn update_api_key(
    caller: Caller,
    api: Data<Api>,
    id: PathId<ApiKey>,
    version: EditMatch,
    write: JsonBody<ApiKeyWrite>,
) -> Result<Desk<ApiKeyView>, Problem> {
    let changes = write.0.parse()?;
    let edited = api.app.write_rights(caller.who, move |act| api_keys::edit(act, id.0, version.0, changes)).await?;
    let version = edited.key.version;
    Ok(Desk::one(ApiKeyView::new(edited, &api.render), version))
}

/// Give an API key another secret
///
/// The one before is good for `overlapHours` more (24 unless said), so that a program can change over without a
/// request that is refused. Of two that are good, the older ends at once. The secret is shown this once, so an
/// `Idempotency-Key` is refused.
#[utoipa::path(tag = "editorial API keys", params(PathId<ApiKey>), request_body = KeyRotationWrite)]
#[post("/api-keys/{id}/rotate")]
pub async fn rotate_api_key(
    caller: Caller,
    api: Data<Api>,
    id: PathId<ApiKey>,
    _no_key: NoRepeat,
    write: JsonBody<KeyRotationWrite>,
) -> Result<Desk<NewApiKeyView>, Problem> {
    let overlap = write.0.parse()?;
    let (key, secret) = api.app.write_rights(caller.who, move |act| api_keys::rotate(act, id.0, overlap)).await?;
    let version = key.key.version;
    Ok(Desk::one(NewApiKeyView::new(key, &secret, &api.render), version))
}

/// Revoke an API key
///
/// It is refused from now on, on every node, and for ever. The key can still be read, and so can what it did;
/// whoever looks after keys may revoke any of them.
#[utoipa::path(tag = "editorial API keys", params(PathId<ApiKey>, IfMatch))]
#[delete("/api-keys/{id}")]
pub async fn revoke_api_key(
    caller: Caller,
    api: Data<Api>,
    id: PathId<ApiKey>,
    version: IfMatch,
) -> Result<NoContent, Problem> {
    api.app.write_rights(caller.who, move |act| api_keys::revoke(act, id.0, version.0)).await?;
    Ok(NoContent)
}
