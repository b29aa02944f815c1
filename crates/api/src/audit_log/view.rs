//! What goes out of the audit log.

use bantin_application::audit::Logged;
use bantin_domain::{api_key::ApiKeyId, audit::AuditField, kind::UserId};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::Render;

/// One act.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditEntry)]
pub struct AuditEntryView {
    /// Its identity.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Its number in the sealed chain; `null` until it is sealed, within a second.
    pub seq: Option<i64>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: String,
    /// Who; `null` where it was the program itself, or somebody who was not let in.
    pub actor: Option<AuditActorView>,
    /// What was done, such as `article.publish`.
    pub action: String,
    /// To what kind of resource.
    pub resource: String,
    /// To which; `null` where there is but one.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub resource_id: Option<String>,
    /// The version that it has since; `null` where it counts none.
    pub version: Option<i64>,
    /// What thereby changed.
    pub fields: Vec<AuditFieldView>,
    /// From which network, as far as that is kept and the caller may see it.
    pub network: Option<String>,
    /// In which request.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub request_id: Option<String>,
}

/// Who did it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditActor)]
pub struct AuditActorView {
    /// `user`, or `key` where a program did it by an API key.
    pub kind: &'static str,
    /// The account, or the key.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Its name now.
    pub name: String,
    /// Of a key, the account that gave it.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub given_by: Option<String>,
}

impl AuditActorView {
    fn new(user: Option<(UserId, String)>, key: Option<(ApiKeyId, String)>) -> Option<Self> {
        match (user, key) {
            (user, Some((id, name))) => {
                Some(Self { kind: "key", id: id.to_string(), name, given_by: user.map(|(id, _)| id.to_string()) })
            }
            (Some((id, name)), None) => Some(Self { kind: "user", id: id.to_string(), name, given_by: None }),
            (None, None) => None,
        }
    }
}

/// A member that changed. Of personal data there is only its name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditField)]
pub struct AuditFieldView {
    /// The member.
    pub field: String,
    /// Its value before; absent for personal data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Value>,
    /// Its value after; absent for personal data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
}

impl AuditEntryView {
    /// The view of an entry.
    pub fn new(entry: Logged, render: &Render) -> Self {
        Self {
            id: entry.id.to_string(),
            seq: entry.seq,
            at: render.time(entry.at),
            actor: AuditActorView::new(entry.actor, entry.key),
            action: entry.action,
            resource: entry.resource.to_string(),
            resource_id: entry.resource_id.map(|id| id.to_string()),
            version: entry.version,
            fields: entry.fields.into_iter().map(Into::into).collect(),
            network: entry.network,
            request_id: entry.request.map(|id| id.to_string()),
        }
    }
}

impl From<AuditField> for AuditFieldView {
    fn from(field: AuditField) -> Self {
        Self { field: field.field, from: field.from, to: field.to }
    }
}
