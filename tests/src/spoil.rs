//! Documents that are wrong in one place, made from the schemas of the API document: a member that is
//! added to a write is tried without anybody having to remember it.

use serde_json::{Map, Value, json};

use crate::contract::{DOCUMENT, operations};

/// An operation that takes a JSON document.
pub struct Write {
    /// Its method.
    pub method: String,
    /// Its path in the document.
    pub path: &'static str,
    /// What it takes.
    pub schema: &'static Value,
}

/// Every operation that takes a JSON document.
pub fn writes() -> impl Iterator<Item = Write> {
    operations().filter_map(|(method, path, operation)| {
        let schema = operation["requestBody"]["content"]["application/json"].get("schema")?;
        Some(Write { method, path, schema })
    })
}

/// A document with one fault.
#[derive(Debug)]
pub struct Spoilt {
    /// Where the fault is.
    pub pointer: String,
    /// The document.
    pub document: Value,
}

/// An object somewhere in a document that holds no more than it must.
struct Place {
    pointer: String,
    document: Value,
    schema: &'static Value,
}

impl Place {
    /// The document with a member more, or another one.
    fn with(&self, member: &str, value: Value) -> Spoilt {
        let mut document = self.document.clone();
        document.pointer_mut(&self.pointer).unwrap()[member] = value;
        Spoilt { pointer: format!("{}/{member}", self.pointer), document }
    }
}

/// Documents with a member that no schema knows, one for every object that a document can hold.
pub fn unknown_members(schema: &'static Value) -> Vec<Spoilt> {
    places(schema, 0).iter().map(|place| place.with("khongCo", json!(1))).collect()
}

/// Documents with a value of a type that its member does not take, one for every member.
pub fn wrong_types(schema: &'static Value) -> Vec<Spoilt> {
    with_each_member(schema, |member| {
        let taken = types(member);
        let takes = |name: &str| taken.contains(&name);
        // serde takes a number for the name of a variant, too; nothing but a text names one with `true`.
        let wrong = if member.get("enum").is_some() { json!(true) } else { json!(7) };
        Some(if takes("integer") || takes("number") { json!("x") } else { wrong })
    })
}

/// Documents with this text, one for every member that is a text of this format.
pub fn with_text(schema: &'static Value, format: Option<&str>, text: &str) -> Vec<Spoilt> {
    with_each_member(schema, |member| {
        let is_text = types(member).contains(&"string") && member.get("enum").is_none();
        (is_text && member["format"].as_str() == format).then(|| json!(text))
    })
}

fn with_each_member(schema: &'static Value, value: impl Fn(&'static Value) -> Option<Value>) -> Vec<Spoilt> {
    let mut spoilt = Vec::new();
    for place in places(schema, 0) {
        for (name, member) in place.schema["properties"].as_object().unwrap() {
            spoilt.extend(value(member).map(|value| place.with(name, value)));
        }
    }
    spoilt
}

fn resolved(schema: &'static Value) -> &'static Value {
    match schema["$ref"].as_str() {
        Some(reference) => resolved(DOCUMENT.pointer(&reference[1..]).unwrap()),
        None => schema,
    }
}

fn variants(schema: &'static Value) -> Vec<&'static Value> {
    let schema = resolved(schema);
    match schema["oneOf"].as_array() {
        Some(all) => all.iter().flat_map(variants).collect(),
        None => vec![schema],
    }
}

/// The types of JSON that a member takes.
fn types(schema: &'static Value) -> Vec<&'static str> {
    let named = |schema: &'static Value| match &schema["type"] {
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        name => Vec::from_iter(name.as_str()),
    };
    variants(schema).into_iter().flat_map(named).collect()
}

/// Every object that a document of this schema can hold. A menu can hold menus: three levels are enough.
fn places(schema: &'static Value, depth: usize) -> Vec<Place> {
    if depth > 6 {
        return Vec::new();
    }
    let mut found = Vec::new();
    for schema in variants(schema) {
        let deeper = |inner: &'static Value, step: &str, wrap: &dyn Fn(Value) -> Value| -> Vec<Place> {
            let inner = places(inner, depth + 1).into_iter();
            inner
                .map(|place| Place {
                    pointer: format!("/{step}{}", place.pointer),
                    document: wrap(place.document),
                    ..place
                })
                .collect()
        };
        if let Some(properties) = schema["properties"].as_object() {
            let least = least(schema);
            for (name, member) in properties {
                found.extend(deeper(member, name, &|inner| {
                    let mut document = least.clone();
                    document[name] = inner;
                    document
                }));
            }
            found.push(Place { pointer: String::new(), document: least, schema });
        } else if types(schema).contains(&"array") {
            found.extend(deeper(&schema["items"], "0", &|inner| json!([inner])));
        } else if schema["additionalProperties"].is_object() {
            found.extend(deeper(&schema["additionalProperties"], "en", &|inner| json!({"en": inner})));
        }
    }
    found
}

/// A document that holds what it must, and nothing else.
fn least(schema: &'static Value) -> Value {
    let schema = variants(schema)[0];
    if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
        return first.clone();
    }
    match types(schema).first() {
        Some(&"string") => json!("x"),
        Some(&"array") => json!([]),
        Some(&"integer" | &"number") => json!(1),
        Some(&"boolean") => json!(true),
        _ => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            Value::Object(
                required.map(|name| (name.to_owned(), least(&schema["properties"][name]))).collect::<Map<_, _>>(),
            )
        }
    }
}
