//! What goes out of API keys. Of a secret only once, when it is made.

use bantin_application::{
    api_keys::{DeskKey, Giver},
    auth::opaque::{Opaque, OpaqueKind},
};
use bantin_domain::{api_key::Quota, named::Named};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Render, roles::view::PermissionView};

/// An API key: by which a program shows who it is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApiKey)]
pub struct ApiKeyView {
    /// Its identity; never given to another.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What its secrets begin with.
    #[schema(example = "btn_")]
    pub prefix: &'static str,
    /// The last letters of its current secret, to tell it from another.
    #[schema(example = "x3Qa")]
    pub ending: String,
    /// `active`, `expired` or `revoked`.
    pub state: &'static str,
    /// Whether somebody should look at it: who gave it is shut out, or could not give it any more.
    pub needs_review: bool,
    /// What it may do.
    pub permissions: Vec<PermissionView>,
    /// The sections, with all below them, that permissions `inCategories` are limited to.
    #[schema(value_type = Option<Vec<String>>)]
    pub category_ids: Option<Vec<String>>,
    /// The networks that it may be used from; `null` is from anywhere.
    pub networks: Option<Vec<String>>,
    /// How many requests a minute it may make; `null` is what the settings say of every key.
    pub quota: Option<u32>,
    /// From when on it is good for nothing; `null` is never.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<String>,
    /// Until when the secret before this one is good, too.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub previous_secret_ends_at: Option<String>,
    /// When it was ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<String>,
    /// When it was last used, a minute late at most; `null` is never.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<String>,
    /// Who gave it.
    pub given_by: KeyGiverView,
    /// The version, for `If-Match`.
    pub version: i64,
    /// What the caller can do: `edit`, `rotate`, `revoke`.
    pub allowed_actions: Vec<&'static str>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: String,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: String,
}

/// Who gave a key, and answers for what it does.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKeyGiver)]
pub struct KeyGiverView {
    /// The account.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// As shown to colleagues.
    pub name: String,
    /// Whether it is shut out.
    pub disabled: bool,
}

impl From<Giver> for KeyGiverView {
    fn from(giver: Giver) -> Self {
        Self { id: giver.id.to_string(), name: giver.name, disabled: giver.disabled }
    }
}

impl ApiKeyView {
    /// The view of a key for who asks.
    pub fn new(shown: DeskKey, render: &Render) -> Self {
        let DeskKey { key, state, giver, needs_review, allowed_actions } = shown;
        let (content, previous) = (key.content, key.secrets.previous);
        Self {
            id: key.id.to_string(),
            name: content.name.to_string(),
            prefix: OpaqueKind::ApiKey.prefix(),
            ending: key.secrets.ending,
            state: state.name(),
            needs_review,
            permissions: content.permissions.iter().map(PermissionView::from).collect(),
            category_ids: content.categories.map(|ids| ids.iter().map(ToString::to_string).collect()),
            networks: content.networks.map(|networks| networks.iter().map(ToString::to_string).collect()),
            quota: content.quota.map(Quota::per_minute),
            expires_at: content.expires_at.map(|at| render.time(at)),
            previous_secret_ends_at: previous.map(|(_, at)| render.time(at)),
            revoked_at: key.revoked_at.map(|at| render.time(at)),
            last_used_at: key.last_used_at.map(|at| render.time(at)),
            given_by: giver.into(),
            version: key.version,
            allowed_actions,
            created_at: render.time(key.created_at),
            updated_at: render.time(key.updated_at),
        }
    }
}

/// An API key with the secret that was just made.
#[derive(Serialize, ToSchema)]
#[schema(as = NewApiKey)]
pub struct NewApiKeyView {
    /// The key.
    #[serde(flatten)]
    pub key: ApiKeyView,
    /// What the program sends as `Authorization: Bearer`; shown this once.
    #[schema(example = "btn_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8x3QaZ1")]
    pub secret: String,
}

impl NewApiKeyView {
    /// The view of a key and its secret.
    pub fn new(key: DeskKey, secret: &Opaque, render: &Render) -> Self {
        Self { key: ApiKeyView::new(key, render), secret: secret.expose().to_owned() }
    }
}
