//! The answer of a search: a page, and what is said of all results beside it.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, Responder, body::BoxBody};
use utoipa::{
    IntoResponses,
    openapi::{
        ObjectBuilder, Ref, RefOr, Response, Schema, Type,
        schema::{OneOfBuilder, SchemaType},
    },
};

use super::view::{FacetsView, HitView};
use crate::reply::Public;

/// A page of results, with what is said of all of them.
#[derive(Debug)]
pub struct SearchAnswer(Public<Vec<HitView>>);

impl SearchAnswer {
    /// The page, whether its total is exact, and the facets that were asked for.
    pub fn new(page: Public<Vec<HitView>>, total_is_exact: bool, facets: Option<&FacetsView>) -> Self {
        let facets = facets.and_then(|facets| serde_json::to_value(facets).ok());
        Self(page.beside("totalIsExact", total_is_exact).beside("facets", facets.unwrap_or_default()))
    }
}

impl Responder for SearchAnswer {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        self.0.respond_to(request)
    }
}

impl IntoResponses for SearchAnswer {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut responses = Public::<Vec<HitView>>::responses();
        let content = responses.get_mut("200").and_then(|response| match response {
            RefOr::T(response) => response.content.get_mut("application/json"),
            RefOr::Ref(_) => None,
        });
        if let Some(RefOr::T(content)) = content
            && let Some(RefOr::T(Schema::Object(envelope))) = &mut content.schema
        {
            let facets = OneOfBuilder::new()
                .item(ObjectBuilder::new().schema_type(SchemaType::Type(Type::Null)).build())
                .item(Ref::from_schema_name("SearchFacets"))
                .build();
            let exact = ObjectBuilder::new().schema_type(SchemaType::Type(Type::Boolean)).build();
            envelope.properties.insert("facets".to_owned(), RefOr::T(facets.into()));
            envelope.properties.insert("totalIsExact".to_owned(), RefOr::T(exact.into()));
            envelope.required.extend(["facets".to_owned(), "totalIsExact".to_owned()]);
        }
        responses
    }
}
