//! The API document, held against what the server really answers.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex},
};

use serde_json::{Value, json};

use crate::client::Answer;

/// The document as JSON.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(bantin_api::server::document()).unwrap());

/// Methods of the document, in lower case.
pub const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

/// Headers that an answer has only where the document says so.
const ANNOUNCED: [&str; 5] = ["content-language", "link", "location", "server-timing", "x-request-id"];

/// Every operation: method in upper case, path, operation.
pub fn operations() -> impl Iterator<Item = (String, &'static str, &'static Value)> {
    DOCUMENT["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        METHODS.iter().filter_map(move |method| {
            item.get(method).map(|operation| (method.to_uppercase(), path.as_str(), operation))
        })
    })
}

/// Whether an operation may be called without credentials.
pub fn is_public(operation: &Value) -> bool {
    operation.get("security").and_then(Value::as_array).is_some_and(|all| all.iter().any(|one| one == &json!({})))
}

/// Whether a segment is a template's with something in its placeholder: `tin.ics` is of `{ref}.ics`.
fn is_filled(template: &str, segment: &str) -> bool {
    let Some(((before, _), (_, after))) = template.split_once('{').zip(template.rsplit_once('}')) else { return false };
    let rest = segment.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    rest.is_some_and(|rest| !rest.is_empty())
}

/// The path of the document that a concrete path belongs to.
fn template_of(path: &str) -> Option<&'static str> {
    let path = path.split('?').next().unwrap_or_default();
    let fits = |template: &str| {
        let (mut wanted, mut given) = (template.split('/'), path.split('/'));
        loop {
            match (wanted.next(), given.next()) {
                (None, None) => return true,
                (Some(wanted), Some(given)) if wanted == given || is_filled(wanted, given) => {}
                _ => return false,
            }
        }
    };
    let mut all: Vec<&'static str> =
        DOCUMENT["paths"].as_object().unwrap().keys().map(String::as_str).filter(|path| fits(path)).collect();
    // A literal step is meant before a placeholder: /people/index is not /people/{ref}.
    all.sort_by_key(|template| template.matches('{').count());
    all.first().copied()
}

/// Fails when an answer is not one that the document announces.
#[track_caller]
pub fn check(method: &str, path: &str, answer: &Answer) {
    let Some(template) = template_of(path) else {
        assert!(
            matches!(answer.status, 401 | 404) || !path.starts_with("/api/"),
            "{} is in no document: {}",
            answer.request,
            answer.status
        );
        return;
    };
    let looked_up = if method == "HEAD" { "get".to_owned() } else { method.to_lowercase() };
    let Some(operation) = DOCUMENT["paths"][template].get(&looked_up) else {
        // A preflight for an origin that may not ask is refused with 400.
        let expected = if method == "OPTIONS" { [200, 204, 400] } else { [405; 3] };
        assert!(expected.contains(&answer.status), "{} is in no document: {}", answer.request, answer.status);
        return;
    };
    let responses = &operation["responses"];
    let range = format!("{}XX", answer.status / 100);
    let response = responses.get(answer.status.to_string()).or_else(|| responses.get(&range));
    let response = response.unwrap_or_else(|| panic!("{}: the document knows no {}", answer.request, answer.status));
    for (name, _) in answer.headers.iter().filter(|(name, _)| ANNOUNCED.contains(&name.as_str())) {
        let announced = response["headers"].as_object();
        let is_announced = announced.is_some_and(|all| all.keys().any(|known| known.eq_ignore_ascii_case(name)));
        assert!(is_announced, "{}: {name} is not announced for {}", answer.request, answer.status);
    }
    if method == "HEAD" || answer.bytes.is_empty() {
        return;
    }
    let media_type = answer.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default().to_owned();
    let Some(content) = response.get("content") else {
        panic!("{}: the document announces no body for {}", answer.request, answer.status);
    };
    let described = content.get(&media_type).or_else(|| content.get("*/*"));
    let described =
        described.unwrap_or_else(|| panic!("{}: {media_type} is not announced for {}", answer.request, answer.status));
    // A document a line is no document: whoever reads the lines holds each against its schema ([`fits`]).
    let documents = match media_type.as_str() {
        // A document on each line.
        media_type if media_type.ends_with("ndjson") => {
            answer.bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(read).collect()
        }
        media_type if media_type.ends_with("json") => vec![answer.json.clone()],
        _ => return,
    };
    if let Some(schema) = described.get("schema") {
        let validator = validator(schema);
        let faults: Vec<String> = documents
            .iter()
            .flat_map(|document| validator.iter_errors(document))
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(
            faults.is_empty(),
            "{} {}: {faults:#?}\n{}",
            answer.request,
            answer.status,
            String::from_utf8_lossy(&answer.bytes)
        );
    }
}

/// A schema in which every object is closed: a member that nobody described is a fault. The document leaves objects
/// open, so that a client which checks by it outlives the next member; but here such a member may be one that nobody
/// meant to tell.
///
/// Of an object that is composed of parts (`allOf`), the whole is closed and not its parts, each of which knows only
/// some of its members.
fn closed(schema: &Value, is_part: bool) -> Value {
    match schema {
        Value::Object(members) => {
            let close = |(name, inner): (&String, &Value)| {
                let inner = match (name.as_str(), inner) {
                    ("$ref", Value::String(named)) if is_part => json!(named.replace("/schemas/", "/parts/")),
                    ("allOf", _) => closed(inner, true),
                    ("oneOf" | "anyOf", _) => closed(inner, is_part),
                    _ => closed(inner, false),
                };
                (name.clone(), inner)
            };
            let mut closed: serde_json::Map<_, _> = members.iter().map(close).collect();
            if !is_part && (members.contains_key("properties") || members.contains_key("allOf")) {
                closed.insert("unevaluatedProperties".to_owned(), json!(false));
            }
            Value::Object(closed)
        }
        Value::Array(schemas) => schemas.iter().map(|schema| closed(schema, is_part)).collect(),
        other => other.clone(),
    }
}

/// Fails when a value is not what the document calls by that name.
#[track_caller]
pub fn fits(schema: &str, value: &Value) {
    let validator = validator(&json!({"$ref": format!("#/components/schemas/{schema}")}));
    let faults: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(faults.is_empty(), "{schema}: {faults:#?}\n{value:#}");
}

fn read(line: &[u8]) -> Value {
    serde_json::from_slice(line).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(line)))
}

/// Compiled schemas, kept for the process: compiling one costs more than a request.
fn validator(schema: &Value) -> Arc<jsonschema::Validator> {
    static KNOWN: LazyLock<Mutex<HashMap<String, Arc<jsonschema::Validator>>>> = LazyLock::new(Mutex::default);
    let key = schema.to_string();
    let mut known = KNOWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    known
        .entry(key)
        .or_insert_with(|| {
            let named = &DOCUMENT["components"]["schemas"];
            let all = |is_part| -> Value {
                named
                    .as_object()
                    .unwrap()
                    .iter()
                    .map(|(name, schema)| (name.clone(), closed(schema, is_part)))
                    .collect()
            };
            let whole = json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "allOf": [closed(schema, false)],
                "components": {"schemas": all(false), "parts": all(true)},
            });
            Arc::new(
                jsonschema::validator_for(&whole).unwrap_or_else(|error| panic!("a schema of the document: {error}")),
            )
        })
        .clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_nobody_described_is_a_fault() {
        let part = |name: &str| json!({"type": "object", "properties": {name: {"type": "string"}}});
        let schema = json!({"allOf": [part("id"), {"type": "object", "properties": {"data": part("name")}}]});
        let is_described = |answer: Value| validator(&schema).is_valid(&answer);
        assert!(is_described(json!({"id": "1", "data": {"name": "x"}})), "members of a part belong to the whole");
        assert!(!is_described(json!({"id": "1", "passwordHash": "x"})));
        assert!(!is_described(json!({"id": "1", "data": {"name": "x", "email": "x"}})));
    }
}
