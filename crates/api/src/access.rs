//! What happens to every request, whatever it asks for: it gets an id, is logged in one line, and its
//! answer gets the headers that no answer may lack.

use std::{
    net::{IpAddr, Ipv4Addr},
    panic::AssertUnwindSafe,
    time::Instant,
};

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
            X_CONTENT_TYPE_OPTIONS,
        },
    },
    middleware::Next,
    web::Data,
};
use futures_util::FutureExt;

use crate::{
    Api,
    addresses::KnownAddresses,
    problem::{PROBLEM_JSON, Problem},
};

/// The header that carries a request's id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// An answer of the API is data: a browser that shows it may load and run nothing.
const STRICT_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";
/// The documentation runs the scripts that the binary carries, and no other.
const DOCS_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'";

/// A request's id, for whoever logs on its behalf.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Said of a request for the headers of an answer: its body would be made for nobody, which an endless one must know.
#[derive(Debug, Clone, Copy)]
pub struct HeadersOnly;

/// Wraps every request. A panic of a handler becomes a 500 with an id, and the worker lives on.
///
/// # Errors
/// Only for a panic; everything else is an answer.
pub async fn log_and_guard<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let begun = Instant::now();
    let id =
        request.app_data::<Data<Api>>().map_or_else(String::new, |api| api.app.sources().ids.next_uuid().to_string());
    let method = request.method().clone();
    // HEAD is answered as GET; the connection knows that it must leave the body out.
    if method == Method::HEAD {
        request.head_mut().method = Method::GET;
        request.extensions_mut().insert(HeadersOnly);
    }
    request.extensions_mut().insert(RequestId(id.clone()));
    let known = request.app_data::<&'static KnownAddresses>().copied();
    let checked = known.map_or(Ok(()), |known| known.check(&request));
    if let Err(problem) = checked {
        let response = request.error_response(problem).map_into_boxed_body();
        let response = with_headers(with_problem(response, &id), &id);
        log(&response, &id, &method, begun);
        return Ok(response);
    }
    let Ok(outcome) = AssertUnwindSafe(next.call(request)).catch_unwind().await else {
        tracing::error!(request.id = id, http.method = %method, http.status = 500, "a handler panicked");
        return Err(Problem::internal("a handler panicked").with_request_id(&id).into());
    };
    let response = with_problem(outcome?.map_into_boxed_body(), &id);
    let response = with_headers(response, &id);
    log(&response, &id, &method, begun);
    Ok(response)
}

/// Writes the request's id into a problem, and makes a problem of any other error.
fn with_problem(response: ServiceResponse<BoxBody>, id: &str) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let problem = response.response().extensions().get::<Problem>().cloned();
    let problem = match problem {
        Some(problem) => problem,
        None if status.is_client_error() || status.is_server_error() => {
            Problem::new(status, "error", status.canonical_reason().unwrap_or("Error"))
        }
        None => return response,
    };
    if let Some(cause) = problem.cause() {
        tracing::error!(request.id = id, cause, "a request failed");
    }
    if status.is_redirection() {
        return response.map_body(|_, _| BoxBody::new(()));
    }
    let body = match response.request().app_data::<Data<Api>>() {
        Some(api) => problem.told_in(api.render.zone()).to_json(id),
        None => problem.to_json(id),
    };
    let mut response = response.map_body(|_, _| BoxBody::new(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    response
}

fn with_headers(mut response: ServiceResponse<BoxBody>, id: &str) -> ServiceResponse<BoxBody> {
    let is_docs = response.request().path().starts_with("/docs");
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        headers.insert(
            CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(if is_docs { DOCS_POLICY } else { STRICT_POLICY }),
        );
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// One line per request. The pattern of the route, never the path or the query: those may carry a
/// token, a search, somebody's name.
fn log(response: &ServiceResponse<BoxBody>, id: &str, method: &Method, begun: Instant) {
    let route = response.request().match_pattern().unwrap_or_default();
    let status = response.status();
    let code =
        response.response().extensions().get::<Problem>().map(|problem| problem.code().to_owned()).unwrap_or_default();
    let ms = begun.elapsed().as_secs_f64() * 1000.0;
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(request.id = id, http.method = %method, http.route = route, http.status = status.as_u16(), code, ms, "request");
    } else {
        tracing::info!(request.id = id, http.method = %method, http.route = route, http.status = status.as_u16(), code, ms, "request");
    }
}

/// The same line for an answer out of memory. Written for most requests there are, so it is made of what is
/// at hand.
pub fn log_kept(id: &str, method: &Method, route: &str, status: StatusCode, begun: Instant) {
    let ms = begun.elapsed().as_secs_f64() * 1000.0;
    tracing::info!(
        request.id = id,
        http.method = method.as_str(),
        http.route = route,
        http.status = status.as_u16(),
        code = "",
        kept = true,
        ms,
        "request"
    );
}

/// Whose request this is: the peer, unless the peer is a proxy that the settings trust. Then
/// `X-Forwarded-For` is read from the right, past every trusted proxy, to the first that is none:
/// what stands further left was written by who we do not trust.
pub fn client_address(request: &HttpRequest, trusted: &[ipnet::IpNet]) -> IpAddr {
    let Some(peer) = request.peer_addr().map(|peer| peer.ip().to_canonical()) else {
        return IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    };
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_trusted(&peer) {
        return peer;
    }
    let hops: Vec<&str> = request
        .headers()
        .get_all("x-forwarded-for")
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let mut client = peer;
    for hop in hops.into_iter().rev() {
        let Ok(address) = hop.parse::<IpAddr>() else { break };
        client = address.to_canonical();
        if !is_trusted(&client) {
            break;
        }
    }
    client
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn client(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut request = TestRequest::default().peer_addr(format!("{peer}:4711").parse().unwrap());
        for value in forwarded {
            request = request.append_header(("x-forwarded-for", *value));
        }
        let trusted: Vec<ipnet::IpNet> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        client_address(&request.to_http_request(), &trusted).to_string()
    }

    #[test]
    fn a_forwarded_address_is_believed_only_from_a_trusted_proxy() {
        assert_eq!(client("203.0.113.9", &["6.6.6.6"], &[]), "203.0.113.9");
        assert_eq!(client("10.0.0.2", &["6.6.6.6"], &["10.0.0.0/8"]), "6.6.6.6");
        assert_eq!(client("10.0.0.2", &["6.6.6.6, 198.51.100.7, 10.0.0.3"], &["10.0.0.0/8"]), "198.51.100.7");
        assert_eq!(client("10.0.0.2", &["6.6.6.6", "198.51.100.7"], &["10.0.0.0/8"]), "198.51.100.7");
        assert_eq!(client("10.0.0.2", &["6.6.6.6, nonsense"], &["10.0.0.0/8"]), "10.0.0.2");
        assert_eq!(client("10.0.0.2", &[], &["10.0.0.0/8"]), "10.0.0.2");
    }
}
