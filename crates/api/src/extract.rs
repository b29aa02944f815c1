//! What comes in with a request: who asks, which resource, which version, which document.
//!
//! Each extractor answers with a problem of its own, so a handler begins with values that are right.
//! [`Caller`] stands first in every editorial handler and looks at nothing but the header, so that
//! nobody learns from an error about a body what only the authenticated may know.

use std::{
    future::{Ready, ready},
    time::Duration,
};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::header::{AUTHORIZATION, CONTENT_TYPE, IF_MATCH},
    web::{Bytes, Data},
};
use bantin_application::{
    Precondition,
    app::{Origin, Shown},
    auth::bearer::read_bearer,
    idempotency::RepeatKey,
};
use bantin_domain::{id::Id, kind::Ref, policy::Session};
use serde::de::DeserializeOwned;
use utoipa::{
    IntoParams,
    openapi::{
        KnownFormat, ObjectBuilder, Required, SchemaFormat, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

use crate::{
    Api,
    access::{self, RequestId},
    list::{decoded, query_parameter},
    problem::Problem,
};

/// The largest JSON document that is read.
pub const MAX_JSON: usize = 1024 * 1024;

/// How long a document may take to arrive. The HTTP library has no bound of its own on a body: a client
/// that sends a byte a second would hold its connection for ever.
pub const MAX_BODY_TIME: Duration = Duration::from_secs(30);

/// Who a verified access token says its bearer is, and under which key the request may come again.
///
/// Takes no I/O: that the session still holds is asked inside the transaction that acts.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who, and from where.
    pub who: bantin_application::app::Caller,
    /// The `Idempotency-Key` of a `POST`, with what it stands for.
    pub repeat: Option<RepeatKey>,
}

impl Caller {
    /// Refuses an `Idempotency-Key` where the answer carries a secret: it would be kept for a day.
    ///
    /// # Errors
    /// 400.
    pub fn without_key(self) -> Result<bantin_application::app::Caller, Problem> {
        match self.repeat {
            None => Ok(self.who),
            Some(_) => Err(Problem::parameter(
                "Idempotency-Key",
                "invalid_parameter",
                "is not taken here, since the answer carries a secret that is kept nowhere",
            )),
        }
    }
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(caller(request))
    }
}

fn caller(request: &HttpRequest) -> Result<Caller, Problem> {
    let api = request.app_data::<Data<Api>>().ok_or_else(|| Problem::internal("no Api in the app data"))?;
    let refused = |refused| Problem::from(bantin_application::AppError::from(refused));
    let token = read_bearer(request.headers().get_all(AUTHORIZATION).map(|value| value.as_bytes())).map_err(refused)?;
    let token = token.ok_or_else(Problem::unauthenticated)?;
    let verified = api.app.verify(token).map_err(refused)?;
    let who = bantin_application::app::Caller { origin: origin(request, api), ..verified };
    if let Some(standing) = api.count(&who)? {
        request.extensions_mut().insert(standing);
    }
    Ok(Caller { who, repeat: request.extensions().get::<RepeatKey>().cloned() })
}

/// Who has logged in. An API key is refused: it has no session that could be ended, and no password.
#[derive(Debug, Clone)]
pub struct LoggedIn {
    /// Who, and from where.
    pub who: bantin_application::app::Caller,
    /// Through which session.
    pub session: Id<Session>,
}

impl FromRequest for LoggedIn {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(caller(request).and_then(|Caller { who, .. }| match who.shown {
            Shown::Token { session, .. } => Ok(Self { who, session }),
            Shown::Key(_) => Err(Problem::session_required()),
        }))
    }
}

/// Where a request came from, for the audit log.
pub fn origin(request: &HttpRequest, api: &Api) -> Origin {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.0.parse().ok());
    Origin { request: id, address: Some(access::client_address(request, &api.trusted_proxies)) }
}

/// `{id}` of a path. What is no id names nothing, so it answers 404 before it reaches a query.
#[derive(Debug)]
pub struct PathId<T>(pub Id<T>);

impl<T> FromRequest for PathId<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let id = request.match_info().get("id").and_then(|text| text.parse().ok());
        ready(id.map(Self).ok_or_else(Problem::not_found))
    }
}

impl<T> IntoParams for PathId<T> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![path_parameter("id", "The resource's id.", Some(KnownFormat::Uuid))]
    }
}

/// `{ref}` of a path: an id or a slug.
#[derive(Debug)]
pub struct PathRef<T>(pub Ref<T>);

impl<T> FromRequest for PathRef<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.match_info().get("ref").and_then(Ref::parse).map(Self).ok_or_else(Problem::not_found))
    }
}

impl<T> IntoParams for PathRef<T> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![path_parameter("ref", "The resource's id or slug; an old slug answers 301 to the current one.", None)]
    }
}

/// A required parameter of a path, for the document.
pub fn path_parameter(name: &str, description: &str, format: Option<KnownFormat>) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(description))
        .schema(Some(
            ObjectBuilder::new().schema_type(Type::String).format(format.map(SchemaFormat::KnownFormat)).build(),
        ))
        .build()
}

/// The version that a write means, from `If-Match`.
///
/// A `W/` prefix, and an encoding suffix (`"12-gzip"`), both put there by proxies on the way, are ignored.
#[derive(Debug, Clone, Copy)]
pub struct IfMatch(pub i64);

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut values = request.headers().get_all(IF_MATCH);
        let (first, second) = (values.next(), values.next());
        ready(match (first.and_then(|value| value.to_str().ok()), first, second) {
            (_, None, _) => Err(Problem::precondition_required()),
            (Some(text), Some(_), None) => version(text).map(Self).ok_or_else(Problem::stale),
            _ => Err(Problem::stale()),
        })
    }
}

/// The version that an edit was made against, and whether it may be merged: `If-Match` and `?merge=fields`.
#[derive(Debug, Clone, Copy)]
pub struct EditMatch(pub Precondition);

impl FromRequest for EditMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let merge = match query_value(request, "merge").as_deref() {
            None => Ok(false),
            Some("fields") => Ok(true),
            Some(_) => Err(Problem::parameter("merge", "invalid_parameter", "must be fields")),
        };
        let version = IfMatch::from_request(request, payload).into_inner();
        ready(merge.and_then(|merge| Ok(Self(Precondition { version: version?.0, merge }))))
    }
}

impl IntoParams for EditMatch {
    fn into_params(parameter_in: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let merge = query_parameter(
            "merge",
            "`fields`: where others touched other members only, the edit is merged into the stored version.",
            ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["fields"])).build().into(),
        );
        IfMatch::into_params(parameter_in).into_iter().chain([merge]).collect()
    }
}

/// The value of a query parameter that says only one thing.
pub fn query_value(request: &HttpRequest, name: &str) -> Option<String> {
    let pairs = request.query_string().split('&').filter_map(|pair| decoded(pair).ok());
    pairs.into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// `?dryRun=true`: say what would come of it, and do nothing.
#[derive(Debug, Clone, Copy)]
pub struct DryRun(pub bool);

impl FromRequest for DryRun {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(switch(request, "dryRun").map(Self))
    }
}

impl IntoParams for DryRun {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let schema = ObjectBuilder::new().schema_type(Type::Boolean).build();
        vec![query_parameter(
            "dryRun",
            "Answers as the action would, reasons and all, and does nothing.",
            schema.into(),
        )]
    }
}

/// `?purge=true`: take it out of the trash for ever.
#[derive(Debug, Clone, Copy)]
pub struct Purge(pub bool);

impl FromRequest for Purge {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(switch(request, "purge").map(Self))
    }
}

impl IntoParams for Purge {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let schema = ObjectBuilder::new().schema_type(Type::Boolean).build();
        vec![query_parameter("purge", "Takes what lies in the trash out of it for ever.", schema.into())]
    }
}

/// A query parameter that is on or off.
fn switch(request: &HttpRequest, name: &str) -> Result<bool, Problem> {
    match query_value(request, name).as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Problem::parameter(name, "invalid_parameter", "must be true or false")),
    }
}

/// Reads the version out of an entity tag.
pub fn version(tag: &str) -> Option<i64> {
    let quoted = tag.trim().trim_start_matches("W/");
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    let digits = inner.split(['-', ';', ':', '+']).next()?;
    digits.parse().ok().filter(|version| *version > 0)
}

impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![
            ParameterBuilder::new()
                .name("If-Match")
                .parameter_in(ParameterIn::Header)
                .required(Required::True)
                .description(Some("The `version` you read, quoted: `\"12\"`. Missing: 428; not the stored one: 412."))
                .schema(Some(ObjectBuilder::new().schema_type(Type::String).build()))
                .build(),
        ]
    }
}

/// A JSON document that fits its schema: no unknown, doubled or misspelt member, at most 1 MiB.
#[derive(Debug)]
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for JsonBody<T> {
    type Error = Problem;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            expect_type(&request, &["application/json", "application/merge-patch+json"])?;
            let bytes = read(&request, payload, MAX_JSON).await?;
            parse(&bytes).map(Self)
        })
    }
}

/// The document of an action, all of whose members are optional: without a body it says nothing.
#[derive(Debug)]
pub struct ActionBody<T>(pub T);

impl<T: DeserializeOwned + Default + 'static> FromRequest for ActionBody<T> {
    type Error = Problem;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let bytes = read(&request, payload, MAX_JSON).await?;
            if bytes.is_empty() {
                return Ok(Self(T::default()));
            }
            expect_type(&request, &["application/json"])?;
            parse(&bytes).map(Self)
        })
    }
}

/// Refuses a document of another type than these.
///
/// # Errors
/// 415.
pub fn expect_type(request: &HttpRequest, accepted: &[&str]) -> Result<(), Problem> {
    let given = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if accepted.contains(&essence.as_str()) {
        return Ok(());
    }
    Err(Problem::unsupported(format!("Send the document as {}.", accepted.join(" or "))))
}

/// Reads a body of at most `limit` bytes; a longer one is refused before the rest is read.
///
/// # Errors
/// 413; 400 when the client breaks off; 408 when it takes too long.
pub async fn read(request: &HttpRequest, payload: Payload, limit: usize) -> Result<Bytes, Problem> {
    let too_large = || Problem::too_large(format!("The document is larger than {limit} bytes."));
    let announced = request.headers().get("content-length").and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > u64::try_from(limit).unwrap_or(u64::MAX)) {
        return Err(too_large());
    }
    let body = actix_web::body::to_bytes_limited(StreamBody(payload), limit);
    match tokio::time::timeout(MAX_BODY_TIME, body).await {
        Ok(Ok(Ok(bytes))) => Ok(bytes),
        Ok(Ok(Err(_))) => Err(Problem::malformed(None, "malformed_json", "the body ended before it was whole")),
        Ok(Err(_)) => Err(too_large()),
        Err(_) => Err(Problem::too_slow()),
    }
}

/// A payload as a body, so that the library's bounded reader can read it.
struct StreamBody(Payload);

impl actix_web::body::MessageBody for StreamBody {
    type Error = actix_web::error::PayloadError;

    fn size(&self) -> actix_web::body::BodySize {
        actix_web::body::BodySize::Stream
    }

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Bytes, Self::Error>>> {
        futures_util::Stream::poll_next(std::pin::Pin::new(&mut self.0), context)
    }
}

/// Parses a document strictly, naming the place of the first thing that does not fit.
///
/// # Errors
/// 400 `malformed_json` or `unknown_member`.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // serde takes an array for a struct too, its members in order: `[]` would pass for `{}`.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::malformed(Some(String::new()), "invalid_type", "must be an object"));
    }
    // Nearly every document fits. Keeping track of the place costs as much again, so only a fault pays for it.
    if let Ok(value) = serde_json::from_slice(bytes) {
        return Ok(value);
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let pointer = pointer(error.path());
        let inner = error.into_inner();
        let message = without_place(&inner.to_string());
        match inner.classify() {
            serde_json::error::Category::Data => {
                match message.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`')) {
                    Some((member, _)) => {
                        Problem::malformed(Some(joined(&pointer, member)), "unknown_member", message.clone())
                    }
                    None => Problem::malformed(Some(pointer), "invalid_type", without_rust(message)),
                }
            }
            _ => Problem::malformed(
                None,
                "malformed_json",
                format!("{message} at byte {}", place(bytes, inner.line(), inner.column())),
            ),
        }
    })?;
    deserializer
        .end()
        .map_err(|_| Problem::malformed(None, "malformed_json", "there is something after the document"))?;
    Ok(value)
}

/// serde_json says "at line 1 column 17"; the pointer says it better.
fn without_place(message: &str) -> String {
    message.rsplit_once(" at line ").map_or(message, |(text, _)| text).to_owned()
}

/// What is expected, in the words of JSON: serde calls it by our types, which are nobody's business and tell nothing.
fn without_rust(message: String) -> String {
    if message.starts_with("data did not match any variant") {
        return "has none of the forms that it may have".to_owned();
    }
    let Some(("invalid type" | "invalid value", rest)) = message.split_once(": ") else { return message };
    let Some((_, expected)) = rest.rsplit_once(", expected ") else { return message };
    let expected = match expected {
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, 0 at least",
        "f32" | "f64" => "a number",
        "a map" => "an object",
        "a sequence" => "an array",
        "unit" => "null",
        other if other.starts_with("struct ") || other.contains("tagged enum ") => "an object",
        other if other.starts_with("enum ") => "one of the values that are allowed",
        other if other.starts_with("tuple ") => "an array",
        other => other,
    };
    format!("must be {expected}")
}

fn place(bytes: &[u8], line: usize, column: usize) -> usize {
    let before: usize =
        bytes.split(|byte| *byte == b'\n').take(line.saturating_sub(1)).map(|line| line.len() + 1).sum();
    before + column
}

/// The path that serde took, as an RFC 6901 pointer.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => joined(&pointer, &index.to_string()),
        Segment::Map { key } => joined(&pointer, key),
        // The variant of a tagged union is no level of the document.
        Segment::Enum { .. } | Segment::Unknown => pointer,
    })
}

fn joined(pointer: &str, member: &str) -> String {
    // An unknown member's own name is sometimes the last step of the path already.
    let step = format!("/{}", member.replace('~', "~0").replace('/', "~1"));
    if pointer.ends_with(&step) { pointer.to_owned() } else { format!("{pointer}{step}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_proxies_do_to_an_entity_tag_is_ignored() {
        for tag in ["\"12\"", "W/\"12\"", "\"12-gzip\"", "W/\"12;br\"", " \"12\" "] {
            assert_eq!(version(tag), Some(12), "{tag}");
        }
        for tag in ["12", "*", "\"\"", "\"0\"", "\"-1\"", "\"x\"", "\"12", "\"99999999999999999999\""] {
            assert_eq!(version(tag), None, "{tag}");
        }
    }

    #[test]
    fn a_document_is_refused_with_the_place_of_its_fault() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Inner {
            #[serde(rename = "name")]
            _name: String,
        }
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Outer {
            #[serde(rename = "items")]
            _items: Vec<Inner>,
        }
        let fault = |json: &str| {
            let problem = parse::<Outer>(json.as_bytes()).unwrap_err();
            let json: serde_json::Value = serde_json::from_slice(&problem.to_json("r")).unwrap();
            (json["code"].as_str().unwrap().to_owned(), json["errors"][0]["pointer"].as_str().map(ToOwned::to_owned))
        };
        assert_eq!(
            fault(r#"{"items":[{"name":"a"},{"name":1}]}"#),
            ("malformed_json".into(), Some("/items/1/name".into()))
        );
        assert_eq!(
            fault(r#"{"items":[{"name":"a","role":1}]}"#),
            ("unknown_member".into(), Some("/items/0/role".into()))
        );
        assert_eq!(fault(r#"{"items":[]"#), ("malformed_json".into(), None));
        assert_eq!(fault(" [[]]"), ("malformed_json".into(), Some(String::new())));
        assert_eq!(fault(r#"{"items":[]} x"#), ("malformed_json".into(), None));
        assert_eq!(fault(r#"{"items":[{"name":"\ud800"}]}"#), ("malformed_json".into(), None));
        assert_eq!(fault(r#"{"items":[],"items":[]}"#).0, "malformed_json");
    }

    #[test]
    fn a_wrong_type_is_named_in_the_words_of_json() {
        #[derive(Debug, Default, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        struct VisitWrite {
            name: String,
            number: i64,
            count: u32,
            is: bool,
            inner: Option<Box<VisitWrite>>,
            list: Vec<String>,
        }
        for (document, expected) in [
            ("7", "must be an object"),
            (r#"{"inner": 7}"#, "must be an object"),
            (r#"{"name": ["x, expected y"]}"#, "must be a string"),
            (r#"{"number": "viel"}"#, "must be a whole number"),
            (r#"{"count": -1}"#, "must be a whole number, 0 at least"),
            (r#"{"is": "x, expected y"}"#, "must be a boolean"),
            (r#"{"list": {}}"#, "must be an array"),
        ] {
            let problem = parse::<VisitWrite>(document.as_bytes()).unwrap_err();
            let json: serde_json::Value = serde_json::from_slice(&problem.to_json("r")).unwrap();
            assert_eq!(json["errors"][0]["message"], expected, "{document}");
        }
    }
}
