//! What comes in of a batch.

use bantin_domain::violation::{Fault, Violations};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// So many operations a batch may have.
const MOST_OPERATIONS: usize = 100;

/// Several writes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BatchWrite)]
pub struct BatchWrite {
    /// Whether the first refusal takes back what the others did, and is the answer.
    #[serde(default)]
    pub atomic: bool,
    /// The operations, in their order; 1 to 100.
    pub operations: Vec<OperationWrite>,
}

/// One write, as it would be sent by itself.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = BatchOperation)]
pub struct OperationWrite {
    /// Its method.
    #[schema(value_type = Method)]
    pub method: String,
    /// Its path below `/api/v1/editorial`, such as `/articles` or `/events/{id}/actions/publish`; the whole path is
    /// understood too. An edit may have `?merge=fields`, a deletion of content `?purge=true`.
    pub path: String,
    /// The version that it means, as in the header: `"12"`, quotes and all.
    #[serde(default)]
    pub if_match: Option<String>,
    /// Its document.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub body: Option<Document>,
}

/// The method of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(as = BatchMethod, rename_all = "UPPERCASE")]
pub enum Method {
    /// Makes something, or takes a step.
    Post,
    /// Puts a list in place of another.
    Put,
    /// Changes something.
    Patch,
    /// Removes something.
    Delete,
}

impl Method {
    fn parse(name: &str) -> Result<Self, Fault> {
        match name {
            "POST" => Ok(Self::Post),
            "PUT" => Ok(Self::Put),
            "PATCH" => Ok(Self::Patch),
            "DELETE" => Ok(Self::Delete),
            _ => Err(Fault::new("invalid_method", "must be POST, PUT, PATCH or DELETE")),
        }
    }
}

impl BatchWrite {
    /// Whether it is atomic, and its operations, each with its method.
    ///
    /// # Errors
    /// 422 for none and for too many of them, and for what could stand in no request line.
    pub fn parse(self) -> Result<(bool, Vec<(Method, OperationWrite)>), Violations> {
        let mut faults = Violations::new();
        match self.operations.len() {
            0 => faults.add("/operations", Fault::new("required", "say what to do")),
            1..=MOST_OPERATIONS => {}
            _ => {
                let message = format!("may have at most {MOST_OPERATIONS} operations");
                faults.add("/operations", Fault::new("too_long", message));
                return Err(faults);
            }
        }
        let mut operations = Vec::with_capacity(self.operations.len());
        for (n, operation) in self.operations.into_iter().enumerate() {
            let mut line = |member: &str, text: &str| {
                if text.chars().any(char::is_control) {
                    let fault = Fault::new("invalid_characters", "must not contain control characters");
                    faults.add(format!("/operations/{n}/{member}"), fault);
                }
            };
            line("path", &operation.path);
            line("ifMatch", operation.if_match.as_deref().unwrap_or_default());
            let method = faults.take(format!("/operations/{n}/method"), Method::parse(&operation.method));
            operations.extend(method.map(|method| (method, operation)));
        }
        faults.into_result((self.atomic, operations))
    }
}

/// A JSON object that its operation will read. A doubled member is refused here: of two values of one name
/// only one would reach the operation, which could not tell.
#[derive(Debug)]
pub struct Document(pub Map<String, Value>);

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_any(Strict)? {
            Value::Object(members) => Ok(Self(members)),
            _ => Err(D::Error::custom("must be an object")),
        }
    }
}

/// Reads any JSON, and refuses a doubled member wherever it stands.
struct Strict;

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(Self)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(Self)?;
            if map.contains_key(&name) {
                return Err(A::Error::custom(format!("duplicate field `{name}`")));
            }
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
}

impl<'de> serde::de::DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_read_as_it_is_and_a_doubled_member_is_refused_at_any_depth() {
        let whole = r#"{"a":[1,-2,0.5,true,null,"x",{"b":{}}],"c":"đ"}"#;
        let read: Document = serde_json::from_str(whole).unwrap();
        assert_eq!(Value::Object(read.0), serde_json::from_str::<Value>(whole).unwrap());
        for bad in [r#"{"a":1,"a":1}"#, r#"{"a":[{"b":1,"b":2}]}"#, "[]", "7", "null", "\"x\""] {
            assert!(serde_json::from_str::<Document>(bad).is_err(), "{bad}");
        }
    }
}
