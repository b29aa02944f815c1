//! What happens to every request, whatever it asks for: it gets an id, is logged in one line, and its
//! answer gets the headers that no answer may lack.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    panic::AssertUnwindSafe,
    sync::atomic::{AtomicU64, Ordering},
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
use ipnet::IpNet;

use crate::{
    Api,
    problem::{PROBLEM_JSON, Problem},
};

/// The header that carries a request's id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// By which a proxy says for whom it asks. Only the first is ever believed.
const FORWARDED: [HeaderName; 2] = [X_FORWARDED_FOR, HeaderName::from_static("forwarded")];

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

/// Which peers may say for whom they ask, and how often one could not be heard that said so.
#[derive(Debug, Default)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
    untrusted: AtomicU64,
    malformed: AtomicU64,
}

impl TrustedProxies {
    /// Those of some networks.
    pub fn new(networks: &[IpNet]) -> Self {
        Self { networks: networks.to_vec(), ..Self::default() }
    }

    /// How often a neighbour forwarded a request while nobody was trusted: most likely a proxy of ours, behind
    /// which all readers are one.
    pub fn untrusted(&self) -> u64 {
        self.untrusted.load(Ordering::Relaxed)
    }

    /// How often somebody who is trusted forwarded what is no address.
    pub fn malformed(&self) -> u64 {
        self.malformed.load(Ordering::Relaxed)
    }

    fn trusts(&self, address: &IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(address))
    }

    /// Counts it, and says it once: a line for each request would be a flood, and an address is nobody's business.
    fn note_untrusted(&self) {
        if self.untrusted.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!(
                "a neighbour forwards requests and is not trusted: all readers behind it are one, and share one \
                 limit; set BANTIN_TRUSTED_PROXIES"
            );
        }
    }

    fn note_malformed(&self) {
        if self.malformed.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!("a trusted proxy forwards in X-Forwarded-For what is no address: those readers are one");
        }
    }
}

/// Whose request this is: the peer, unless the peer is a proxy that the settings trust. Then
/// `X-Forwarded-For` is read from the right, past every trusted proxy, to the first that is none:
/// what stands further left was written by who we do not trust.
pub fn client_address(request: &HttpRequest, proxies: &TrustedProxies) -> IpAddr {
    let Some(peer) = request.peer_addr().map(|peer| peer.ip().to_canonical()) else {
        return IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    };
    if !proxies.trusts(&peer) {
        if proxies.networks.is_empty() && is_neighbour(&peer) && FORWARDED.iter().any(|name| has(request, name)) {
            proxies.note_untrusted();
        }
        return peer;
    }
    let hops: Vec<&str> = request
        .headers()
        .get_all(&X_FORWARDED_FOR)
        .map(|value| value.to_str().unwrap_or("?"))
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|hop| !hop.is_empty())
        .collect();
    let mut client = peer;
    for hop in hops.into_iter().rev() {
        let Some(address) = forwarded_address(hop) else {
            proxies.note_malformed();
            break;
        };
        client = address.to_canonical();
        if !proxies.trusts(&client) {
            break;
        }
    }
    client
}

fn has(request: &HttpRequest, name: &HeaderName) -> bool {
    request.headers().contains_key(name)
}

/// An address as proxies write it: alone, in brackets, or with a port.
fn forwarded_address(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    bare.parse().ok().or_else(|| Some(hop.parse::<SocketAddr>().ok()?.ip()))
}

/// Whether somebody asks from this machine or from its own network, as a proxy in front does.
fn is_neighbour(peer: &IpAddr) -> bool {
    match peer {
        IpAddr::V4(address) => address.is_loopback() || address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn request(peer: &str, forwarded: &[&str]) -> HttpRequest {
        let mut request = TestRequest::default().peer_addr(SocketAddr::new(peer.parse().unwrap(), 4711));
        for value in forwarded {
            request = request.append_header(("x-forwarded-for", *value));
        }
        request.to_http_request()
    }

    fn proxies(trusted: &[&str]) -> TrustedProxies {
        TrustedProxies::new(&trusted.iter().map(|network| network.parse().unwrap()).collect::<Vec<_>>())
    }

    fn client(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        client_address(&request(peer, forwarded), &proxies(trusted)).to_string()
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

    #[test]
    fn an_address_is_known_however_a_proxy_writes_it() {
        for (written, address) in [
            ("9.9.9.1:1234", "9.9.9.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("::ffff:9.9.9.1", "9.9.9.1"),
            ("9.9.9.1, ", "9.9.9.1"),
            ("6.6.6.6 , 9.9.9.1:80 ,10.0.0.3:81,", "9.9.9.1"),
        ] {
            assert_eq!(client("10.0.0.2", &[written], &["10.0.0.0/8"]), address, "{written}");
        }
    }

    #[test]
    fn a_trusted_proxy_that_forwards_nonsense_is_noticed() {
        let proxies = proxies(&["10.0.0.0/8"]);
        for nonsense in ["unknown", "_hidden", "9.9.9", "[2001:db8::1", "9.9.9.1:http", "6.6.6.6, ?"] {
            assert_eq!(client_address(&request("10.0.0.2", &[nonsense]), &proxies).to_string(), "10.0.0.2");
        }
        client_address(&request("10.0.0.2", &["nonsense, 9.9.9.1"]), &proxies);
        assert_eq!((proxies.malformed(), proxies.untrusted()), (6, 0), "what is not believed need not be right");
    }

    #[test]
    fn a_neighbour_that_forwards_is_noticed_while_nobody_is_trusted() {
        let nobody = proxies(&[]);
        for peer in ["127.0.0.1", "10.0.0.2", "192.168.1.1", "::1", "fd00::1", "::ffff:172.16.0.1"] {
            client_address(&request(peer, &["1.1.1.1"]), &nobody);
        }
        let standard = TestRequest::default().peer_addr("127.0.0.1:4711".parse().unwrap());
        client_address(&standard.insert_header(("forwarded", "for=1.1.1.1")).to_http_request(), &nobody);
        assert_eq!(nobody.untrusted(), 7);
        client_address(&request("127.0.0.1", &[]), &nobody);
        // A stranger may write what they like.
        client_address(&request("203.0.113.9", &["1.1.1.1"]), &nobody);
        assert_eq!(nobody.untrusted(), 7);
        let others = proxies(&["10.0.0.0/8"]);
        client_address(&request("127.0.0.1", &["1.1.1.1"]), &others);
        assert_eq!(others.untrusted(), 0, "whom to trust was thought about");
    }
}
