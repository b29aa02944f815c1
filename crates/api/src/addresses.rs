//! What is known of the addresses, and what is made of the document once for all workers.

use std::{collections::BTreeMap, sync::OnceLock};

use actix_web::{
    dev::ServiceRequest,
    http::header::{AUTHORIZATION, HeaderMap},
    web::Bytes,
};
use utoipa::openapi::{
    OpenApi, PathItem, RefOr,
    path::{Operation, ParameterIn},
    security::SecurityRequirement,
};

use crate::{
    accept,
    list::{decoded, unknown_parameter},
    problem::Problem,
};

/// What is made of the document, which is the same for every app: each would hold some megabytes of it.
pub struct Described {
    /// The document as it goes out.
    pub json: Bytes,
    /// The addresses in it.
    pub addresses: KnownAddresses,
}

/// What the document describes. It is completed for the first app, and for no other.
pub fn described(complete: impl FnOnce() -> OpenApi) -> &'static Described {
    static DESCRIBED: OnceLock<Described> = OnceLock::new();
    DESCRIBED.get_or_init(|| {
        let document = complete();
        let json = serde_json::to_vec(&document).unwrap_or_default().into();
        Described { json, addresses: KnownAddresses::of(&document) }
    })
}

fn operations(item: &PathItem) -> impl Iterator<Item = (&'static str, &Operation)> {
    [("GET", &item.get), ("PUT", &item.put), ("POST", &item.post), ("DELETE", &item.delete), ("PATCH", &item.patch)]
        .into_iter()
        .filter_map(|(method, operation)| operation.as_ref().map(|operation| (method, operation)))
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
    /// Its segments; `None` takes any.
    pattern: Vec<Option<String>>,
    allow: String,
    operations: BTreeMap<&'static str, KnownOperation>,
}

struct KnownOperation {
    parameters: Vec<String>,
    /// Of what succeeds, where that has a body.
    media_types: Vec<String>,
    /// Whether it asks for a token.
    is_protected: bool,
}

impl KnownAddresses {
    /// The addresses of the document.
    pub fn of(document: &OpenApi) -> Self {
        let mut known = Self::default();
        for (path, item) in &document.paths.paths {
            let operations: BTreeMap<&str, KnownOperation> =
                operations(item).map(|(method, operation)| (method, KnownOperation::of(operation))).collect();
            let mut methods: Vec<&str> = operations.keys().copied().collect();
            if methods.contains(&"GET") {
                methods.push("HEAD");
            }
            methods.push("OPTIONS");
            let pattern: Vec<Option<String>> =
                path.split('/').map(|segment| (!segment.starts_with('{')).then(|| segment.to_owned())).collect();
            let address = KnownAddress { pattern, allow: methods.join(", "), operations };
            known.0.entry(address.pattern.len()).or_default().push(address);
        }
        for addresses in known.0.values_mut() {
            // `/articles/archive` before `/articles/{ref}`.
            addresses.sort_by_key(|address| address.pattern.iter().map(Option::is_none).collect::<Vec<_>>());
        }
        known
    }

    /// The addresses that a path can be, the most literal first.
    fn fitting(&self, path: &str) -> impl Iterator<Item = &KnownAddress> {
        let segments: Vec<&str> = path.split('/').collect();
        let same_length = self.0.get(&segments.len()).map_or(&[][..], Vec::as_slice);
        same_length.iter().filter(move |address| {
            address.pattern.iter().zip(&segments).all(|(wanted, segment)| match wanted {
                Some(wanted) => wanted == segment,
                None => !segment.is_empty(),
            })
        })
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

impl KnownOperation {
    fn of(operation: &Operation) -> Self {
        let succeeds = operation.responses.responses.iter().filter(|(status, _)| status.starts_with('2'));
        let bodies = succeeds.filter_map(|(_, response)| match response {
            RefOr::T(response) => Some(response.content.keys().cloned()),
            RefOr::Ref(_) => None,
        });
        let is_open = |all: &Vec<SecurityRequirement>| all.contains(&SecurityRequirement::default());
        Self {
            media_types: bodies.flatten().collect(),
            parameters: query_names(operation),
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

/// The names of the query parameters of an operation.
pub fn query_names(operation: &Operation) -> Vec<String> {
    let parameters = operation.parameters.iter().flatten().filter_map(|one| match one {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    });
    parameters.filter(|one| one.parameter_in == ParameterIn::Query).map(|one| one.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use utoipa::openapi::{Info, PathsBuilder, path::HttpMethod, path::OperationBuilder};

    use super::*;

    #[test]
    fn the_most_literal_address_is_meant() {
        let item = |method| PathItem::new(method, OperationBuilder::new());
        let paths = PathsBuilder::new()
            .path("/articles/{ref}", item(HttpMethod::Get))
            .path("/articles/archive", item(HttpMethod::Post))
            .build();
        let known = KnownAddresses::of(&OpenApi::new(Info::new("", ""), paths));
        assert_eq!(known.methods("/articles/archive"), Some("POST, OPTIONS"));
        assert_eq!(known.methods("/articles/hoi-nghi"), Some("GET, HEAD, OPTIONS"));
        assert_eq!(known.methods("/articles/"), None);
        assert_eq!(known.methods("/articles/hoi-nghi/print"), None);
    }
}
