//! Which members differ between two JSON objects: what a diff of revisions lists, and what the audit
//! log keeps of an edit.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One member before and after. A member that was absent is `null`, as everywhere in the API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The member's name.
    pub field: String,
    /// Its value before.
    pub from: Value,
    /// Its value after.
    pub to: Value,
}

/// The top-level members in which two objects differ: those of `from` in its order, then those that
/// only `to` has. What is no object has no members.
pub fn changed_fields(from: &Value, to: &Value) -> Vec<FieldChange> {
    let none = Map::new();
    let (from, to) = (from.as_object().unwrap_or(&none), to.as_object().unwrap_or(&none));
    let added = to.keys().filter(|field| !from.contains_key(*field));
    let values = |field: &String| {
        let value = |side: &Map<String, Value>| side.get(field).cloned().unwrap_or(Value::Null);
        FieldChange { field: field.clone(), from: value(from), to: value(to) }
    };
    from.keys().chain(added).map(values).filter(|change| change.from != change.to).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_told_with_both_values() {
        let from = json!({"title": "Hội nghị", "slug": "hoi-nghi", "tagIds": [1, 2]});
        let to = json!({"title": "Hội thảo", "slug": "hoi-nghi", "tagIds": [2, 1]});
        assert_eq!(
            changed_fields(&from, &to),
            [
                FieldChange { field: "tagIds".to_owned(), from: json!([1, 2]), to: json!([2, 1]) },
                FieldChange { field: "title".to_owned(), from: json!("Hội nghị"), to: json!("Hội thảo") },
            ]
        );
    }

    #[test]
    fn an_absent_member_is_null_and_equal_to_null() {
        let from = json!({"byline": null, "summary": "Tóm tắt"});
        let to = json!({"coverId": null, "order": 3});
        let changed: Vec<(String, Value, Value)> =
            changed_fields(&from, &to).into_iter().map(|change| (change.field, change.from, change.to)).collect();
        assert_eq!(
            changed,
            [("summary".to_owned(), json!("Tóm tắt"), Value::Null), ("order".to_owned(), Value::Null, json!(3)),]
        );
    }

    #[test]
    fn what_is_no_object_has_no_members() {
        assert_eq!(changed_fields(&Value::Null, &json!({"a": 1})).len(), 1);
        assert_eq!(changed_fields(&json!([1]), &json!("x")), []);
    }
}
