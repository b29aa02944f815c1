//! What goes out: the shapes of an answer, and the headers that every answer of its sort carries.
//!
//! A type says both to the wire (`Responder`) and to the document (`IntoResponses`), so that neither
//! can say what the other does not.

use std::collections::BTreeMap;

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
    web::Data,
};
use bantin_application::{AppError, Lookup, idempotency::KeptAnswer};
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

use crate::{
    Api,
    cache::{Basis, Route, Tags},
    language::{ChosenByHeader, Spoken},
    list::PageView,
    problem::Problem,
    validators::{self, Modified},
};

/// What a shared cache drops answers by.
const SURROGATE_KEY: HeaderName = HeaderName::from_static("surrogate-key");
/// How long others may keep numbers that move by the second: a few of them, as a widget on every page does.
const LIVE: &str = "public, max-age=5";
/// What the desk answers is for the one who asked, and nobody keeps it.
pub(crate) const PRIVATE: &str = "private, no-store";

/// A public answer: `{"data": ...}`, with validators.
#[derive(Debug)]
pub struct Public<T> {
    data: T,
    page: Option<PageView>,
    modified: Option<Timestamp>,
    language: Option<Locale>,
    links: Option<String>,
    beside: serde_json::Map<String, serde_json::Value>,
    is_live: bool,
}

impl<T> Public<T> {
    /// One resource.
    pub fn one(data: T) -> Self {
        Self {
            data,
            page: None,
            modified: None,
            language: None,
            links: None,
            beside: serde_json::Map::new(),
            is_live: false,
        }
    }

    /// Kept by others for a few seconds only: numbers that are looked at while they move.
    #[must_use]
    pub fn live(mut self) -> Self {
        self.is_live = true;
        self
    }

    /// With another member beside `data`. Whoever says one also says it in the document.
    #[must_use]
    pub fn beside(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.beside.insert(name.to_owned(), value.into());
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
    #[serde(flatten)]
    beside: &'a serde_json::Map<String, serde_json::Value>,
}

impl<T: Serialize> Responder for Public<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let Ok(body) =
            serde_json::to_vec(&Envelope { data: &self.data, page: self.page.as_ref(), beside: &self.beside })
        else {
            return actix_web::ResponseError::error_response(&Problem::internal(
                "an answer could not be written as JSON",
            ));
        };
        let (modified, language, links, is_live) = (self.modified, self.language, self.links, self.is_live);
        Finished { media_type: "application/json", body, modified, language, links, is_live }.answer(request)
    }
}

/// A public answer that is written, in whatever media type: what is left to say is in its headers.
pub(crate) struct Finished {
    /// Of which type it is.
    pub media_type: &'static str,
    /// What it says.
    pub body: Vec<u8>,
    /// When the resource that it shows last changed.
    pub modified: Option<Timestamp>,
    /// The language it is in.
    pub language: Option<Locale>,
    /// Where to go on.
    pub links: Option<String>,
    /// Whether others keep it for a few seconds only.
    pub is_live: bool,
}

impl Finished {
    /// The answer with validators, and with what the caches need to know; 304 for who holds it already.
    pub fn answer(self, request: &HttpRequest) -> HttpResponse {
        let Self { media_type, body, modified: resource, language, links, is_live } = self;
        let tag = fingerprint(&body);
        let route = Route::at(request.path());
        let modified = modified(request, route, resource);
        let known = validators::is_known(request.headers(), &tag, modified);
        let mut response = HttpResponse::build(if known { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
        response.insert_header((header::ETAG, format!("\"{tag}\"")));
        let control = request.app_data::<Data<Api>>().filter(|_| !is_live).map(|api| api.cache.control());
        response.insert_header((header::CACHE_CONTROL, control.unwrap_or(HeaderValue::from_static(LIVE))));
        let speaks = request.extensions().contains::<ChosenByHeader>();
        response
            .insert_header((header::VARY, if speaks { "Accept-Encoding, Accept-Language" } else { "Accept-Encoding" }));
        if let Some(modified) = modified {
            response.insert_header((header::LAST_MODIFIED, header::HttpDate::from(modified.said)));
            response.extensions_mut().insert(modified);
        }
        if let Some(route) = route {
            let tags = Tags::of(route, &body);
            response.insert_header((SURROGATE_KEY, tags.surrogate_key()));
            response.extensions_mut().insert(tags);
        }
        let spoken = || request.extensions().get::<Spoken>().map(|Spoken(locale)| locale.clone());
        if let Some(locale) = language.or_else(spoken) {
            response.insert_header((header::CONTENT_LANGUAGE, locale.as_str().to_owned()));
        }
        if let Some(links) = links {
            response.insert_header((header::LINK, links));
        }
        // A 304 has no body: bytes after it would be read as the next answer of the connection.
        if known { response.finish() } else { response.content_type(media_type).body(body) }
    }
}

/// The first 128 bits of the SHA-256 of the bytes: two answers with one tag are one answer.
fn fingerprint(body: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(body).get(..16).unwrap_or_default())
}

/// When an answer last changed: the resource itself, or anything else that its route depends on (a section
/// that was renamed, a translation that was published). As far as that was known when the answer was begun,
/// since what it shows may be that old.
fn modified(request: &HttpRequest, route: Option<Route>, resource: Option<Timestamp>) -> Option<Modified> {
    let basis = request.extensions().get::<Basis>().copied()?;
    let others = route.and_then(|route| basis.changes.of(route.any).max(basis.changes.of(route.coming_and_going)));
    Some(Modified::of(resource.max(others)?, basis.begun))
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
    headers: Vec<(&'static str, String)>,
    content: Content<T>,
}

#[derive(Debug)]
enum Content<T> {
    /// About to be written.
    Fresh { data: T, page: Option<PageView>, warnings: Vec<Warning> },
    /// As it went out the first time that the same request came.
    Kept(Vec<u8>),
}

impl<T> Desk<T> {
    /// Something without a version.
    pub fn plain(data: T) -> Self {
        Self {
            status: StatusCode::OK,
            headers: Vec::new(),
            content: Content::Fresh { data, page: None, warnings: Vec::new() },
        }
    }

    /// A resource at a version.
    pub fn one(data: T, version: i64) -> Self {
        Self { headers: vec![(ETAG, format!("\"{version}\""))], ..Self::plain(data) }
    }

    /// What the sanitizer took out of the write.
    #[must_use]
    pub fn warned(mut self, removed: Vec<Warning>) -> Self {
        if let Content::Fresh { warnings, .. } = &mut self.content {
            *warnings = removed;
        }
        self
    }
}

impl<T> Desk<Vec<T>> {
    /// A page of a list.
    pub fn list(data: Vec<T>, page: PageView, links: Option<String>) -> Self {
        Self {
            status: StatusCode::OK,
            headers: links.into_iter().map(|links| (LINK, links)).collect(),
            content: Content::Fresh { data, page: Some(page), warnings: Vec::new() },
        }
    }
}

const ETAG: &str = "etag";
const LINK: &str = "link";
const LOCATION: &str = "location";

#[derive(Serialize)]
struct DeskEnvelope<'a, T> {
    data: &'a T,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'a PageView>,
    #[serde(skip_serializing_if = "<[Warning]>::is_empty")]
    warnings: &'a [Warning],
}

impl<T: Serialize> Desk<T> {
    fn body(&self) -> Result<Vec<u8>, serde_json::Error> {
        match &self.content {
            Content::Fresh { data, page, warnings } => {
                serde_json::to_vec(&DeskEnvelope { data, page: page.as_ref(), warnings })
            }
            Content::Kept(body) => Ok(body.clone()),
        }
    }
}

impl<T: Serialize> Responder for Desk<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let Ok(body) = self.body() else {
            return actix_web::ResponseError::error_response(&Problem::internal(
                "an answer could not be written as JSON",
            ));
        };
        let mut response = HttpResponse::build(self.status);
        response.insert_header((header::CACHE_CONTROL, PRIVATE));
        for header in self.headers {
            response.insert_header(header);
        }
        response.content_type("application/json").body(body)
    }
}

/// An answer that can be kept beside its effect, and given again to who asks again.
pub trait Kept: Send + Sized + 'static {
    /// The answer as bytes.
    ///
    /// # Errors
    /// When it cannot be written as JSON: a fault of ours.
    fn keep(self) -> Result<KeptAnswer, AppError>;

    /// The answer that was kept.
    fn kept(answer: KeptAnswer) -> Self;
}

impl<T: Serialize + Send + 'static> Kept for Desk<T> {
    fn keep(self) -> Result<KeptAnswer, AppError> {
        let body = self.body().map_err(|error| AppError::Internal(error.to_string()))?;
        let headers = self.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(KeptAnswer { status: self.status.as_u16(), headers, body })
    }

    fn kept(answer: KeptAnswer) -> Self {
        let named = |name: &str| [ETAG, LINK, LOCATION].into_iter().find(|known| *known == name);
        Self {
            status: StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK),
            headers: answer.headers.into_iter().filter_map(|(name, value)| Some((named(&name)?, value))).collect(),
            content: Content::Kept(answer.body),
        }
    }
}

/// A resource that was just made: 201, and where it is.
#[derive(Debug)]
pub struct Created<T>(Desk<T>);

impl<T> Created<T> {
    /// The resource, its version and its address.
    pub fn at(location: String, data: T, version: i64) -> Self {
        let mut desk = Desk::one(data, version);
        desk.status = StatusCode::CREATED;
        desk.headers.push((LOCATION, location));
        Self(desk)
    }

    /// A resource that is never changed and so has no version, and where it is found.
    pub fn lasting(location: String, data: T) -> Self {
        let desk = Desk { status: StatusCode::CREATED, headers: vec![(LOCATION, location)], ..Desk::plain(data) };
        Self(desk)
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

impl<T: Serialize + Send + 'static> Kept for Created<T> {
    fn keep(self) -> Result<KeptAnswer, AppError> {
        self.0.keep()
    }
    fn kept(answer: KeptAnswer) -> Self {
        Self(Desk::kept(answer))
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

impl Kept for NoContent {
    fn keep(self) -> Result<KeptAnswer, AppError> {
        Ok(KeptAnswer { status: StatusCode::NO_CONTENT.as_u16(), headers: Vec::new(), body: Vec::new() })
    }
    fn kept(_: KeptAnswer) -> Self {
        Self
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

pub(crate) fn header_of(description: &str) -> utoipa::openapi::header::Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).build()))
        .description(Some(description))
        .build()
}

fn response(description: &str, schema: Schema, headers: &[(&str, &str)]) -> Response {
    typed_response("application/json", description, schema, headers)
}

/// An answer of some media type, for the document.
pub(crate) fn typed_response(
    media_type: &str,
    description: &str,
    schema: Schema,
    headers: &[(&str, &str)],
) -> Response {
    let content = ContentBuilder::new().schema(Some(RefOr::T(schema))).build();
    let mut response = ResponseBuilder::new().description(description).content(media_type, content);
    for (name, description) in headers {
        response = response.header(*name, header_of(description));
    }
    response.build()
}

pub(crate) const VALIDATORS: [(&str, &str); 6] = [
    ("ETag", "Send it back in If-None-Match."),
    ("Last-Modified", "When what is shown last changed, to the next full second."),
    ("Cache-Control", "How long the answer may be kept; `private, no-store` for who shows credentials."),
    ("Vary", "Which request headers the answer depends on."),
    ("Content-Language", "The language of the answer, where it is in one."),
    ("Surrogate-Key", "What a shared cache may drop the answer by."),
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
