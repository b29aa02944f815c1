//! What goes out: the shapes of an answer, and the headers that every answer of its sort carries.
//!
//! A type says both to the wire (`Responder`) and to the document (`IntoResponses`), so that neither
//! can say what the other does not.

use std::collections::BTreeMap;

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::{StatusCode, header},
};
use bantin_application::Lookup;
use bantin_domain::{locale::Locale, text::Slug, time::Timestamp, violation::Warning};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::{
    IntoResponses, PartialSchema, ToSchema,
    openapi::{
        ContentBuilder, HeaderBuilder, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Schema, Type,
        schema::{ArrayBuilder, SchemaType},
    },
};

use crate::{list::PageView, problem::Problem};

/// How long a public answer may be kept. The same whether or not anything is scheduled: a shorter one
/// would tell that something is about to appear.
const PUBLIC: &str = "public, max-age=10, s-maxage=30, stale-while-revalidate=30";
/// How long numbers may be kept that move by the second.
const LIVE: &str = "public, max-age=1";
/// What the desk answers is for the one who asked, and nobody keeps it.
const PRIVATE: &str = "private, no-store";

/// A public answer: `{"data": ...}`, with validators.
#[derive(Debug)]
pub struct Public<T> {
    data: T,
    page: Option<PageView>,
    modified: Option<Timestamp>,
    language: Option<Locale>,
    links: Option<String>,
    caching: &'static str,
}

impl<T> Public<T> {
    /// One resource.
    pub fn one(data: T) -> Self {
        Self { data, page: None, modified: None, language: None, links: None, caching: PUBLIC }
    }

    /// Kept for a second only: numbers that are looked at while they move.
    #[must_use]
    pub fn live(mut self) -> Self {
        self.caching = LIVE;
        self
    }

    /// When what it shows last changed.
    #[must_use]
    pub fn modified(mut self, at: Timestamp) -> Self {
        self.modified = Some(at);
        self
    }

    /// The language it is in.
    #[must_use]
    pub fn in_language(mut self, locale: Locale) -> Self {
        self.language = Some(locale);
        self
    }
}

impl<T> Public<Vec<T>> {
    /// A page of a list.
    pub fn list(data: Vec<T>, page: PageView, links: Option<String>) -> Self {
        Self { page: Some(page), links, ..Self::one(data) }
    }
}

#[derive(Serialize)]
struct Envelope<'a, T> {
    data: &'a T,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'a PageView>,
}

impl<T: Serialize> Responder for Public<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let Ok(body) = serde_json::to_vec(&Envelope { data: &self.data, page: self.page.as_ref() }) else {
            return actix_web::ResponseError::error_response(&Problem::internal(
                "an answer could not be written as JSON",
            ));
        };
        let tag = format!("\"{}\"", fingerprint(&body));
        let known = is_known(request, &tag);
        let mut response = HttpResponse::build(if known { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
        response
            .insert_header((header::CACHE_CONTROL, self.caching))
            .insert_header((header::ETAG, tag))
            .insert_header((header::VARY, "Accept-Language, Origin"));
        if let Some(at) = self.modified {
            response.insert_header((header::LAST_MODIFIED, http_date(at)));
        }
        if let Some(locale) = self.language {
            response.insert_header((header::CONTENT_LANGUAGE, locale.as_str().to_owned()));
        }
        if let Some(links) = self.links {
            response.insert_header((header::LINK, links));
        }
        // A 304 has no body: bytes after it would be read as the next answer of the connection.
        if known { response.finish() } else { response.content_type("application/json").body(body) }
    }
}

/// The first 128 bits of the SHA-256 of the bytes: two answers with one tag are one answer.
fn fingerprint(body: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(body).get(..16).unwrap_or_default())
}

/// Whether the client holds this very answer already. Only its tag can say: `Last-Modified` is that of
/// the resource, and a renamed section or a new translation changes the answer without it.
pub(crate) fn is_known(request: &HttpRequest, tag: &str) -> bool {
    let tags = request.headers().get_all(header::IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    tags.flat_map(|value| value.split(',')).any(|one| {
        let one = one.trim();
        one == "*" || one.trim_start_matches("W/") == tag
    })
}

/// Whole seconds: HTTP dates have no finer ones.
fn system_time(at: Timestamp) -> std::time::SystemTime {
    std::time::UNIX_EPOCH + std::time::Duration::from_secs(u64::try_from(at.as_micros() / 1_000_000).unwrap_or(0))
}

fn http_date(at: Timestamp) -> String {
    header::HttpDate::from(system_time(at)).to_string()
}

/// What the public gets for a lookup: the resource, or 301, 410 or 404. `address` makes the path of a
/// slug, and the query is kept.
///
/// # Errors
/// The problem that says what there is instead.
pub fn found<T>(lookup: Lookup<T>, request: &HttpRequest, address: impl Fn(&Slug) -> String) -> Result<T, Problem> {
    match lookup {
        Lookup::Found(found) => Ok(found),
        Lookup::Gone => Err(Problem::gone()),
        Lookup::Missing => Err(Problem::not_found()),
        Lookup::Moved(slug) => {
            let query = request.query_string();
            let query = if query.is_empty() { String::new() } else { format!("?{query}") };
            Err(Problem::moved(format!("{}{query}", address(&slug))))
        }
    }
}

/// An answer of the desk: `{"data": ...}` with the version to send back in `If-Match`.
#[derive(Debug)]
pub struct Desk<T> {
    status: StatusCode,
    data: T,
    page: Option<PageView>,
    links: Option<String>,
    version: Option<i64>,
    location: Option<String>,
    warnings: Vec<Warning>,
}

impl<T> Desk<T> {
    /// Something without a version.
    pub fn plain(data: T) -> Self {
        Self {
            status: StatusCode::OK,
            data,
            page: None,
            links: None,
            version: None,
            location: None,
            warnings: Vec::new(),
        }
    }

    /// A resource at a version.
    pub fn one(data: T, version: i64) -> Self {
        Self { version: Some(version), ..Self::plain(data) }
    }

    /// What the sanitizer took out of the write.
    #[must_use]
    pub fn warned(mut self, warnings: Vec<Warning>) -> Self {
        self.warnings = warnings;
        self
    }
}

impl<T> Desk<Vec<T>> {
    /// A page of a list.
    pub fn list(data: Vec<T>, page: PageView, links: Option<String>) -> Self {
        Self { page: Some(page), links, ..Self::plain(data) }
    }
}

#[derive(Serialize)]
struct DeskEnvelope<'a, T> {
    data: &'a T,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'a PageView>,
    #[serde(skip_serializing_if = "<[Warning]>::is_empty")]
    warnings: &'a [Warning],
}

impl<T: Serialize> Responder for Desk<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.insert_header((header::CACHE_CONTROL, PRIVATE));
        if let Some(version) = self.version {
            response.insert_header((header::ETAG, format!("\"{version}\"")));
        }
        if let Some(location) = self.location {
            response.insert_header((header::LOCATION, location));
        }
        if let Some(links) = self.links {
            response.insert_header((header::LINK, links));
        }
        response.json(DeskEnvelope { data: &self.data, page: self.page.as_ref(), warnings: &self.warnings })
    }
}

/// A resource that was just made: 201, and where it is.
#[derive(Debug)]
pub struct Created<T>(Desk<T>);

impl<T> Created<T> {
    /// The resource, its version and its address.
    pub fn at(location: String, data: T, version: i64) -> Self {
        Self(Desk { status: StatusCode::CREATED, location: Some(location), ..Desk::one(data, version) })
    }

    /// What the sanitizer took out of the write.
    #[must_use]
    pub fn warned(self, warnings: Vec<Warning>) -> Self {
        Self(self.0.warned(warnings))
    }
}

impl<T: Serialize> Responder for Created<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        self.0.respond_to(request)
    }
}

/// Done, and nothing to say: 204.
#[derive(Debug)]
pub struct NoContent;

impl Responder for NoContent {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::NoContent().insert_header((header::CACHE_CONTROL, PRIVATE)).finish()
    }
}

/// An answer of another media type. Its handler says in `responses(...)` what that is.
#[derive(Debug)]
pub struct Raw(pub HttpResponse);

impl Responder for Raw {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.0
    }
}

impl IntoResponses for Raw {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        BTreeMap::new()
    }
}

// --- what the document says of them ---

fn envelope(data: RefOr<Schema>, list: bool, warnings: bool) -> Schema {
    let mut object =
        ObjectBuilder::new().schema_type(SchemaType::Type(Type::Object)).property("data", data).required("data");
    if list {
        object = object.property("page", Ref::from_schema_name("PageInfo")).required("page");
    }
    if warnings {
        object = object.property("warnings", ArrayBuilder::new().items(Ref::from_schema_name("Warning")).build());
    }
    object.build().into()
}

fn header_of(description: &str) -> utoipa::openapi::header::Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).build()))
        .description(Some(description))
        .build()
}

fn response(description: &str, schema: Schema, headers: &[(&str, &str)]) -> Response {
    let content = ContentBuilder::new().schema(Some(RefOr::T(schema))).build();
    let mut response = ResponseBuilder::new().description(description).content("application/json", content);
    for (name, description) in headers {
        response = response.header(*name, header_of(description));
    }
    response.build()
}

const VALIDATORS: [(&str, &str); 5] = [
    ("ETag", "Send it back in If-None-Match."),
    ("Last-Modified", "When what is shown last changed."),
    ("Cache-Control", "How long the answer may be kept."),
    ("Vary", "Which request headers the answer depends on."),
    ("Content-Language", "The language of the answer."),
];

/// Whether a Rust type is a list, and of what: the document needs the element's name.
fn data_of<T: PartialSchema + ToSchema>() -> (RefOr<Schema>, bool) {
    match T::schema() {
        RefOr::T(Schema::Array(array)) => (RefOr::T(Schema::Array(array)), true),
        _ => (Ref::from_schema_name(T::name()).into(), false),
    }
}

impl<T: ToSchema> IntoResponses for Public<T> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let (data, list) = data_of::<T>();
        let mut responses = BTreeMap::new();
        responses.insert("200".to_owned(), response("As asked for.", envelope(data, list, false), &VALIDATORS).into());
        responses.insert("304".to_owned(), ResponseBuilder::new().description("You hold it already.").build().into());
        responses
    }
}

impl<T: ToSchema> IntoResponses for Desk<T> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let (data, list) = data_of::<T>();
        let headers = [("ETag", "The version, for If-Match."), ("Cache-Control", "Always `private, no-store`.")];
        BTreeMap::from([("200".to_owned(), response("As asked for.", envelope(data, list, true), &headers).into())])
    }
}

impl<T: ToSchema> IntoResponses for Created<T> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let (data, _) = data_of::<T>();
        let headers = [("ETag", "The version, for If-Match."), ("Location", "Where the new resource is.")];
        BTreeMap::from([("201".to_owned(), response("Made.", envelope(data, false, true), &headers).into())])
    }
}

impl IntoResponses for NoContent {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        BTreeMap::from([("204".to_owned(), ResponseBuilder::new().description("Done.").build().into())])
    }
}
