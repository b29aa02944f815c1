//! What goes out of a batch.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, Responder, body::BoxBody, http::header::CACHE_CONTROL};
use bantin_application::{AppError, idempotency::KeptAnswer};
use serde::Serialize;
use serde_json::Value;
use utoipa::{
    IntoResponses, ToSchema,
    openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder},
};

use crate::{problem::Problem, reply::Kept};

/// What became of each operation, in their order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchResults)]
pub struct ResultsView {
    /// One for each operation.
    pub results: Vec<ResultView>,
}

/// What became of one operation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchResult)]
pub struct ResultView {
    /// The status that it would have had by itself.
    #[schema(minimum = 200, maximum = 599)]
    pub status: u16,
    /// The headers that its answer would have had: `etag`, `location`.
    pub headers: BTreeMap<String, String>,
    /// The answer that it would have had: a resource or a problem; `null` for 204.
    #[schema(value_type = Option<Object>)]
    pub body: Value,
}

impl ResultView {
    /// The result of an operation that was done.
    ///
    /// # Errors
    /// When its answer is no JSON: a fault of ours.
    pub fn done(answer: KeptAnswer) -> Result<Self, AppError> {
        Ok(Self { status: answer.status, headers: answer.headers.into_iter().collect(), body: json(&answer.body)? })
    }

    /// The result of one that was refused.
    ///
    /// # Errors
    /// When the problem is no JSON: a fault of ours.
    pub fn refused(problem: Problem, request: &str) -> Result<Self, AppError> {
        let status = actix_web::ResponseError::status_code(&problem).as_u16();
        Ok(Self { status, headers: BTreeMap::new(), body: json(&problem.to_json(request))? })
    }
}

fn json(bytes: &[u8]) -> Result<Value, AppError> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(bytes).map_err(|error| AppError::Internal(error.to_string()))
}

/// The answer to a batch, as bytes.
#[derive(Debug)]
pub struct Results(Vec<u8>);

impl Results {
    /// The answer with these results.
    ///
    /// # Errors
    /// When they cannot be written as JSON: a fault of ours.
    pub fn of(results: Vec<ResultView>) -> Result<Self, AppError> {
        let bytes = serde_json::to_vec(&ResultsView { results });
        bytes.map(Self).map_err(|error| AppError::Internal(error.to_string()))
    }
}

impl Kept for Results {
    fn keep(self) -> Result<KeptAnswer, AppError> {
        Ok(KeptAnswer { status: 200, headers: Vec::new(), body: self.0 })
    }
    fn kept(answer: KeptAnswer) -> Self {
        Self(answer.body)
    }
}

impl Responder for Results {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.insert_header((CACHE_CONTROL, "private, no-store")).content_type("application/json").body(self.0)
    }
}

impl IntoResponses for Results {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let schema = Ref::from_schema_name(ResultsView::name());
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let response =
            ResponseBuilder::new().description("What became of each operation.").content("application/json", content);
        BTreeMap::from([("200".to_owned(), response.build().into())])
    }
}
