//! Pages for people to read as they are: HTML beside all the JSON.

use std::collections::BTreeMap;

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::header::{CONTENT_SECURITY_POLICY, HeaderValue},
};
use bantin_domain::{locale::Locale, time::Timestamp};
use utoipa::{
    IntoResponses,
    openapi::{ObjectBuilder, RefOr, Response, ResponseBuilder, Type},
};

use crate::reply::{Finished, VALIDATORS, typed_response};

/// A whole page, with the validators of any public answer.
#[derive(Debug)]
pub struct Page {
    /// The document.
    pub html: String,
    /// What a browser may load and run for it.
    pub policy: HeaderValue,
    /// When what it shows last changed.
    pub modified: Timestamp,
    /// The language it is in.
    pub language: Locale,
}

const MEDIA_TYPE: &str = "text/html";

impl Responder for Page {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let finished = Finished {
            media_type: "text/html; charset=utf-8",
            body: self.html.into_bytes(),
            modified: Some(self.modified),
            language: Some(self.language),
            links: None,
            is_live: false,
        };
        let mut response = finished.answer(request);
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, self.policy);
        response
    }
}

impl IntoResponses for Page {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let text = ObjectBuilder::new().schema_type(Type::String).build().into();
        let page = typed_response(MEDIA_TYPE, "A whole document, ready to show and to print.", text, &VALIDATORS);
        let known = ResponseBuilder::new().description("You hold it already.").build();
        BTreeMap::from([("200".to_owned(), page.into()), ("304".to_owned(), known.into())])
    }
}
