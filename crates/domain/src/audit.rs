//! What the audit log keeps of an act: which one, on what, and which members went from what to what.
//!
//! Of personal data only the member's name is kept, and of a text the numbers of its revisions: the
//! log is kept for ever, and what must be erasable cannot stand in it.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{diff::changed_fields, policy::Resource};

/// One act, as it is about to be logged.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What was done, such as `publish`; the log says `article.publish`.
    pub act: &'static str,
    /// To what kind of resource.
    pub resource: Resource,
    /// To which; `None` for a kind that has but one, and for who was not found.
    pub id: Option<Uuid>,
    /// The version that it has since, where it counts its versions.
    pub version: Option<i64>,
    /// What thereby changed.
    pub fields: Vec<AuditField>,
}

/// One member that an act changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditField {
    /// The member's name in the contract.
    pub field: String,
    /// Its value before; absent for personal data.
    #[serde(default, deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub from: Option<Value>,
    /// Its value after; absent for personal data.
    #[serde(default, deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
}

/// A value that was said, be it `null`: only what is absent is personal.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Entry {
    /// An act on one resource.
    pub fn new(act: &'static str, resource: impl Into<Resource>, id: impl Into<Option<Uuid>>) -> Self {
        Self { act, resource: resource.into(), id: id.into(), version: None, fields: Vec::new() }
    }

    /// The version that the resource has since.
    #[must_use]
    pub fn at(mut self, version: i64) -> Self {
        self.version = Some(version);
        self
    }

    /// One more member that changed.
    #[must_use]
    pub fn with(mut self, field: AuditField) -> Self {
        self.fields.push(field);
        self
    }

    /// The members in which two states of the resource differ, as `fields` tells them.
    #[must_use]
    pub fn with_all(mut self, fields: Vec<AuditField>) -> Self {
        self.fields.extend(fields);
        self
    }
}

impl AuditField {
    /// A member that went from one value to another.
    pub fn changed(field: &str, from: impl Into<Value>, to: impl Into<Value>) -> Self {
        Self { field: field.to_owned(), from: Some(from.into()), to: Some(to.into()) }
    }

    /// A member whose values are nobody's business.
    pub fn hidden(field: &str) -> Self {
        Self { field: field.to_owned(), from: None, to: None }
    }

    /// The members in which two states of a resource differ; of those in `hidden` only the names.
    pub fn between(from: &impl Serialize, to: &impl Serialize, hidden: &[&str]) -> Vec<Self> {
        let value = |state: Result<Value, _>| state.unwrap_or(Value::Null);
        changed_fields(&value(serde_json::to_value(from)), &value(serde_json::to_value(to)))
            .into_iter()
            .map(|change| match hidden.contains(&change.field.as_str()) {
                true => Self::hidden(&change.field),
                false => Self { field: change.field, from: Some(change.from), to: Some(change.to) },
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_personal_data_only_the_name_of_the_member_is_kept() {
        let fields = AuditField::between(
            &json!({"name": "Lê Thị B", "email": "b@example.vn"}),
            &json!({"name": "Lê Thị C", "email": "c@example.vn"}),
            &["email"],
        );
        let text = serde_json::to_string(&fields).unwrap();
        assert!(text.contains("Lê Thị C") && text.contains("email"));
        assert!(!text.contains("example.vn"), "{text}");
    }

    #[test]
    fn a_value_that_was_none_is_told_from_one_that_is_not_told() {
        let fields = vec![AuditField::changed("byline", Value::Null, "P.K"), AuditField::hidden("email")];
        let text = serde_json::to_string(&fields).unwrap();
        assert_eq!(serde_json::from_str::<Vec<AuditField>>(&text).unwrap(), fields, "{text}");
    }
}
