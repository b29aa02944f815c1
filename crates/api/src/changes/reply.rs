//! The answers of the change log: a page that says how far it was read, and a snapshot line by line.
//!
//! Neither is kept by the response cache. At the head of the log an answer is old with the next change, and whoever
//! follows it asks often *because* it wants to know at once; a page of a snapshot is read once by whoever reads it.
//! Both have an `ETag`, so a poll that finds nothing new costs a 304.

use std::collections::BTreeMap;

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::header::{CACHE_CONTROL, HeaderValue},
};
use bantin_application::changes::Place;
use serde::Serialize;
use utoipa::{
    IntoResponses, ToSchema,
    openapi::{
        Ref, RefOr, Response, ResponseBuilder,
        schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, SchemaType, Type},
    },
};

use super::{
    query::write_cursor,
    view::{ChangeView, ChangesPageView, RecordView, SnapshotPageView},
};
use crate::{
    problem::Problem,
    reply::{Finished, VALIDATORS, typed_response},
};

/// Others ask whether it is still so before they answer with what they hold.
const ASK_FIRST: HeaderValue = HeaderValue::from_static("public, no-cache");
const NDJSON: &str = "application/x-ndjson";

fn answer(media_type: &'static str, body: Vec<u8>, request: &HttpRequest) -> HttpResponse {
    let finished = Finished { media_type, body, modified: None, language: None, links: None, is_live: true };
    let mut response = finished.answer(request);
    response.headers_mut().insert(CACHE_CONTROL, ASK_FIRST);
    response
}

/// A page of the change log.
#[derive(Debug, Serialize)]
pub struct ChangesAnswer {
    data: Vec<ChangeView>,
    page: ChangesPageView,
}

impl ChangesAnswer {
    /// These changes, how far the log was read, and how far it is.
    pub fn new(data: Vec<ChangeView>, next: i64, head: i64) -> Self {
        Self { data, page: ChangesPageView { next, head } }
    }
}

impl Responder for ChangesAnswer {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        match serde_json::to_vec(&self) {
            Ok(body) => answer("application/json", body, request),
            Err(_) => actix_web::ResponseError::error_response(&unwritten()),
        }
    }
}

fn unwritten() -> Problem {
    Problem::internal("an answer could not be written as JSON")
}

impl IntoResponses for ChangesAnswer {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let data = ArrayBuilder::new().items(Ref::from_schema_name(ChangeView::name())).build();
        let envelope = ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::Object))
            .property("data", data)
            .required("data")
            .property("page", Ref::from_schema_name(ChangesPageView::name()))
            .required("page")
            .build();
        let found = typed_response("application/json", "As asked for.", envelope.into(), &VALIDATORS);
        BTreeMap::from([("200".to_owned(), found.into()), ("304".to_owned(), known())])
    }
}

fn known() -> RefOr<Response> {
    ResponseBuilder::new().description("You hold it already.").build().into()
}

/// A page of a snapshot, written out.
#[derive(Debug)]
pub struct SnapshotAnswer(Vec<u8>);

impl SnapshotAnswer {
    /// The page that begins with where to go on.
    ///
    /// # Errors
    /// A fault of ours.
    pub fn write(seq: i64, next: Option<Place>, records: Vec<RecordView>) -> Result<Self, Problem> {
        let next = next.as_ref().map(write_cursor);
        let mut body = Vec::new();
        write_line(&mut body, &SnapshotPageView { seq, next })?;
        for record in &records {
            write_line(&mut body, record)?;
        }
        Ok(Self(body))
    }
}

fn write_line(body: &mut Vec<u8>, line: &impl Serialize) -> Result<(), Problem> {
    serde_json::to_writer(&mut *body, line).map_err(|_| unwritten())?;
    body.push(b'\n');
    Ok(())
}

impl Responder for SnapshotAnswer {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        answer(NDJSON, self.0, request)
    }
}

impl IntoResponses for SnapshotAnswer {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        // OpenAPI 3.1 has no word for "one schema a line": as is usual, the schema is that of a line.
        let lines = OneOfBuilder::new()
            .description(Some("A line: the first is a `SnapshotPage`, and each other a `Record`."))
            .item(Ref::from_schema_name(SnapshotPageView::name()))
            .item(Ref::from_schema_name(RecordView::name()))
            .build();
        let found = typed_response(NDJSON, "As asked for.", lines.into(), &VALIDATORS);
        BTreeMap::from([("200".to_owned(), found.into()), ("304".to_owned(), known())])
    }
}
