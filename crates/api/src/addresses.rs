//! What is known of the addresses: read off the document, once for all workers.

use std::{cmp::Reverse, collections::BTreeMap, sync::OnceLock};

use actix_web::{
    Error,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{AUTHORIZATION, HeaderMap},
    middleware::Next,
};
use serde::{Deserialize, de::IgnoredAny};

use crate::{
    accept,
    list::{decoded, unknown_parameter},
    problem::Problem,
};

/// The document, as it is served: part of the program and not made at each start, which would take longer than all
/// else there, and memory that is not given back. `.ci/run` fails when it is not what the code says.
pub const DOCUMENT: &str = include_str!("../../../openapi/openapi.json");

/// What of the document is needed here.
#[derive(Deserialize)]
struct Document {
    paths: BTreeMap<String, PathItem>,
}

#[derive(Deserialize)]
struct PathItem {
    get: Option<Operation>,
    put: Option<Operation>,
    post: Option<Operation>,
    delete: Option<Operation>,
    patch: Option<Operation>,
}

#[derive(Deserialize)]
struct Operation {
    #[serde(default)]
    parameters: Vec<Parameter>,
    responses: BTreeMap<String, Response>,
    security: Option<Vec<BTreeMap<String, IgnoredAny>>>,
}

#[derive(Deserialize)]
struct Parameter {
    name: String,
    #[serde(rename = "in")]
    place: String,
}

#[derive(Deserialize)]
struct Response {
    #[serde(default)]
    content: BTreeMap<String, IgnoredAny>,
}

impl PathItem {
    fn operations(self) -> impl Iterator<Item = (&'static str, Operation)> {
        [("GET", self.get), ("PUT", self.put), ("POST", self.post), ("DELETE", self.delete), ("PATCH", self.patch)]
            .into_iter()
            .filter_map(|(method, operation)| operation.map(|operation| (method, operation)))
    }
}

/// Which methods each address knows, which query parameters each of them takes and in what it answers: for
/// 405 with `Allow`, which the router itself does not answer, and for refusing what a handler would not even
/// look at.
///
/// By the number of their segments, and the longest literal ones first: of each request that is not answered out
/// of memory it is asked which address it is.
#[derive(Default)]
pub struct KnownAddresses(BTreeMap<usize, Vec<KnownAddress>>);

struct KnownAddress {
    pattern: Vec<Segment>,
    allow: String,
    operations: BTreeMap<&'static str, KnownOperation>,
}

/// A segment of an address: what stands literally in it, before, between and behind its placeholders. A literal one
/// is one piece, `{ref}.{format}` is nothing, a dot and nothing.
struct Segment(Vec<String>);

impl Segment {
    fn of(text: &str) -> Self {
        let behind = |part: &str| part.split_once('}').map_or(part, |(_, literal)| literal).to_owned();
        Self(text.split('{').map(behind).collect())
    }

    fn fits(&self, text: &str) -> bool {
        let Some((first, others)) = self.0.split_first() else { return false };
        let Some((last, between)) = others.split_last() else { return first == text };
        let rest = text.strip_prefix(first.as_str()).and_then(|rest| rest.strip_suffix(last.as_str()));
        // A placeholder is never empty.
        let rest = between.iter().fold(rest, |rest, piece| {
            let rest = rest?;
            let (letter, _) = rest.char_indices().nth(1)?;
            rest.get(letter..)?.split_once(piece.as_str()).map(|(_, rest)| rest)
        });
        rest.is_some_and(|rest| !rest.is_empty())
    }

    /// The smaller, the more literal.
    fn openness(&self) -> (bool, Reverse<usize>) {
        (self.0.len() > 1, Reverse(self.0.iter().map(String::len).sum()))
    }
}

struct KnownOperation {
    parameters: Vec<String>,
    /// Of what succeeds, where that has a body.
    media_types: Vec<String>,
    /// Whether it asks for a token.
    is_protected: bool,
}

impl KnownAddresses {
    /// Those of everything that is served.
    pub fn served() -> &'static Self {
        static SERVED: OnceLock<KnownAddresses> = OnceLock::new();
        SERVED.get_or_init(|| Self::of(DOCUMENT))
    }

    /// The addresses of a document; none where it is not one.
    fn of(document: &str) -> Self {
        let paths =
            serde_json::from_str(document).map_or_else(|_| BTreeMap::new(), |document: Document| document.paths);
        let mut known = Self::default();
        for (path, item) in paths {
            let operations: BTreeMap<&str, KnownOperation> =
                item.operations().map(|(method, operation)| (method, KnownOperation::of(operation))).collect();
            let mut methods: Vec<&str> = operations.keys().copied().collect();
            if methods.contains(&"GET") {
                methods.push("HEAD");
            }
            methods.push("OPTIONS");
            let pattern: Vec<Segment> = path.split('/').map(Segment::of).collect();
            let address = KnownAddress { pattern, allow: methods.join(", "), operations };
            known.0.entry(address.pattern.len()).or_default().push(address);
        }
        for addresses in known.0.values_mut() {
            // `/articles/archive` before `/articles/{ref}`.
            addresses.sort_by_key(|address| address.pattern.iter().map(Segment::openness).collect::<Vec<_>>());
        }
        known
    }

    /// The addresses that a path can be, the most literal first.
    fn fitting(&self, path: &str) -> impl Iterator<Item = &KnownAddress> {
        let segments: Vec<&str> = path.split('/').collect();
        let same_length = self.0.get(&segments.len()).map_or(&[][..], Vec::as_slice);
        same_length
            .iter()
            .filter(move |address| address.pattern.iter().zip(&segments).all(|(wanted, segment)| wanted.fits(segment)))
    }

    /// The methods of a path, joined for `Allow`; `None` where there is no such address.
    pub fn methods(&self, path: &str) -> Option<&str> {
        self.fitting(path).next().map(|address| address.allow.as_str())
    }

    /// Refuses what the operation cannot answer as it is asked.
    ///
    /// # Errors
    /// 406 `not_acceptable`, 400 `unknown_parameter`.
    pub fn check(&self, request: &ServiceRequest) -> Result<(), Problem> {
        let (query, headers) = (request.query_string(), request.headers());
        // At the root stand feeds and keys, whose readers say all sorts of things and take what they get.
        let is_choosy = accept::is_choosy(headers) && request.path().starts_with("/api/v1/");
        if query.is_empty() && !is_choosy {
            return Ok(());
        }
        let method = request.method().as_str();
        let known = self.fitting(request.path()).find_map(|address| address.operations.get(method));
        let Some(operation) = known else {
            return Ok(());
        };
        // Who shows no token at a protected door is told so first, whatever else is wrong.
        if operation.is_protected && !headers.contains_key(AUTHORIZATION) {
            return Ok(());
        }
        if is_choosy {
            operation.check_accept(headers)?;
        }
        operation.check_query(query)
    }
}

/// Refuses what an operation cannot answer as it is asked ([`KnownAddresses::check`]), before its handler is asked. It
/// stands inside of what shares answers with other origins: a front end's developer is to read the refusal.
///
/// # Errors
/// Those of the handler.
pub async fn refuse<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if let Err(problem) = KnownAddresses::served().check(&request) {
        return Ok(request.error_response(problem).map_into_boxed_body());
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

impl KnownOperation {
    fn of(operation: Operation) -> Self {
        let is_open = |all: &Vec<BTreeMap<String, IgnoredAny>>| all.iter().any(BTreeMap::is_empty);
        let succeeds = operation.responses.into_iter().filter(|(status, _)| status.starts_with('2'));
        let in_query = operation.parameters.into_iter().filter(|one| one.place == "query");
        Self {
            media_types: succeeds.flat_map(|(_, response)| response.content.into_keys()).collect(),
            parameters: in_query.map(|one| one.name).collect(),
            is_protected: !operation.security.as_ref().is_some_and(is_open),
        }
    }

    fn check_accept(&self, headers: &HeaderMap) -> Result<(), Problem> {
        if self.media_types.is_empty() || accept::takes(headers, &self.media_types) {
            Ok(())
        } else {
            Err(Problem::not_acceptable(&self.media_types))
        }
    }

    /// Refuses a query parameter that the operation does not know. Handlers that read the query refuse it
    /// by themselves; the others would ignore it, and `?dryRun=true` would not be a dry run.
    fn check_query(&self, query: &str) -> Result<(), Problem> {
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, _) = decoded(pair)?;
            // Which operators a filter has is said by its list, in better words.
            let plain = name.split_once("][").map_or(name.clone(), |(filter, _)| format!("{filter}]"));
            if ![&name, &plain].into_iter().any(|name| self.parameters.contains(name)) {
                return Err(unknown_parameter(&name, self.parameters.clone()));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn known(paths: &serde_json::Value) -> KnownAddresses {
        KnownAddresses::of(&json!({"paths": paths}).to_string())
    }

    #[test]
    fn a_placeholder_may_have_an_ending() {
        let known = known(&json!({
            "/feeds/{ref}.{format}": {"get": {"responses": {}}},
            "/feeds/{ref}.ics": {"post": {"responses": {}}},
        }));
        assert_eq!(known.methods("/feeds/tin.ics"), Some("POST, OPTIONS"));
        assert_eq!(known.methods("/feeds/tin.rss"), Some("GET, HEAD, OPTIONS"));
        for path in ["/feeds/.ics", "/feeds/tin", "/feeds/tin.", "/feeds/.", "/feeds/"] {
            assert_eq!(known.methods(path), None, "{path}");
        }
    }

    #[test]
    fn the_most_literal_address_is_meant() {
        let known = known(&json!({
            "/articles/{ref}": {"get": {"responses": {}}},
            "/articles/archive": {"post": {"responses": {}}},
        }));
        assert_eq!(known.methods("/articles/archive"), Some("POST, OPTIONS"));
        assert_eq!(known.methods("/articles/hoi-nghi"), Some("GET, HEAD, OPTIONS"));
        assert_eq!(known.methods("/articles/"), None);
        assert_eq!(known.methods("/articles/hoi-nghi/print"), None);
    }

    #[test]
    fn the_addresses_of_the_document_are_known() {
        let known = KnownAddresses::served();
        assert_eq!(known.methods("/api/v1/articles/hoi-nghi"), Some("GET, HEAD, OPTIONS"));
        assert_eq!(known.methods("/api/v1/visits"), Some("POST, OPTIONS"));
    }
}
