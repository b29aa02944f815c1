//! What is true of the answers of many operations: said of each of them here, and by no handler.

use utoipa::openapi::{
    ContentBuilder, Header, Ref, RefOr, Response, ResponseBuilder, Schema,
    path::{Operation, ParameterIn},
};

use crate::{cache::layer, problem::PROBLEM_JSON, reply::header_of};

/// The headers of many answers, which the document says once: their names and what they mean.
const SHARED: [(&str, &str); 6] = [
    (REQUEST_ID, "The id under which the log has this request."),
    (
        SERVER_TIMING,
        "How many statements the answer cost, and how many milliseconds it took. Absent where it comes out of memory.",
    ),
    (LINK, "The pages beside this one (RFC 8288): `next`, `prev`, and with `page` also `first` and `last`."),
    (CONTENT_LANGUAGE, "The language of the answer, where it is in one."),
    (LOCATION, "The address of today, with the query that was asked."),
    (CACHE_CONTROL, "How long the answer may be kept."),
];
const REQUEST_ID: &str = "X-Request-Id";
const SERVER_TIMING: &str = "Server-Timing";
const LINK: &str = "Link";
const CONTENT_LANGUAGE: &str = "Content-Language";
const LOCATION: &str = "Location";
const CACHE_CONTROL: &str = "Cache-Control";

/// The headers that [`complete`] refers to.
pub fn headers() -> impl Iterator<Item = (String, RefOr<Header>)> {
    SHARED.into_iter().map(|(name, description)| (name.to_owned(), RefOr::T(header_of(description))))
}

/// Says of the operation at an address what its answers bear, and that it may have moved, be gone or never have been.
pub fn complete(method: &str, path: &str, operation: &mut Operation) {
    let is_public_read = method == "GET" && layer::is_public(path);
    let responses = &mut operation.responses.responses;
    // Whatever takes no query refuses one.
    responses.entry("4XX".to_owned()).or_insert_with(|| problem("The request cannot be served as it is.").into());
    if path.contains('{') {
        let missing = problem("There is nothing of that name, or nothing that may be seen.");
        responses.insert("404".to_owned(), missing.into());
    }
    if is_public_read && (path.contains("{ref}") || path.starts_with("/feeds/articles.")) {
        let moved = ResponseBuilder::new().description("It is found under another address now.").build();
        let moved = responses.entry("301".to_owned()).or_insert(moved.into());
        bear(moved, LOCATION);
        bear(moved, CACHE_CONTROL);
    }
    if is_public_read && (path.contains("{ref}") || path.contains("{token}") || path.ends_with("/changes")) {
        responses.insert("410".to_owned(), problem("It was there once, and is no more.").into());
    }
    let has_pages = has_pages(path, operation);
    let responses = &mut operation.responses.responses;
    for (status, response) in responses.iter_mut() {
        bear(response, REQUEST_ID);
        if is_public_read {
            bear(response, SERVER_TIMING);
        }
        if status == "200" && has_pages {
            bear(response, LINK);
        }
        if status == "200" && path.contains("{token}") {
            bear(response, CONTENT_LANGUAGE);
        }
    }
    // What stands for an answer says of itself what that says.
    if let Some(RefOr::T(Response { headers, .. })) = responses.get("200").cloned()
        && let Some(RefOr::T(unmodified)) = responses.get_mut("304")
    {
        unmodified.headers = headers;
    }
}

/// Whether an operation answers with a page of a list, beside which there may be others.
fn has_pages(path: &str, operation: &Operation) -> bool {
    let is_asked = operation.parameters.iter().flatten().any(|one| match one {
        RefOr::T(one) => one.parameter_in == ParameterIn::Query && one.name == "cursor",
        RefOr::Ref(_) => false,
    });
    let Some(RefOr::T(response)) = operation.responses.responses.get("200") else { return false };
    let is_list = |schema: &RefOr<Schema>| match schema {
        RefOr::T(Schema::Object(envelope)) => envelope.properties.contains_key("page"),
        _ => false,
    };
    let has_list = || {
        response.content.values().any(|content| match content {
            RefOr::T(content) => content.schema.as_ref().is_some_and(is_list),
            RefOr::Ref(_) => false,
        })
    };
    is_asked && (path.starts_with("/feeds/") || has_list())
}

fn problem(description: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().description(description).content(PROBLEM_JSON, content).build()
}

fn bear(response: &mut RefOr<Response>, name: &str) {
    if let RefOr::T(response) = response {
        response.headers.insert(name.to_owned(), RefOr::Ref(Ref::new(format!("#/components/headers/{name}"))));
    }
}
