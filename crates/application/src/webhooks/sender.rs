//! One attempt: from a name to an address that was looked at, over a connection to exactly that address, to
//! the beginning of the answer.
//!
//! The name is resolved once and each of its addresses is looked at before any is called, so that a name which
//! means something else a moment later leads nowhere else. There is nothing here that could go on by itself: no
//! redirect is followed, no proxy of the environment is asked, no connection is kept.

use std::{
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::{Arc, OnceLock},
    time::{Duration, Instant, SystemTime},
};

use bantin_domain::{
    time::Timestamp,
    webhook::{
        DeliveryFault,
        egress::{Reach, Target, WebhookUrl},
        retry::{self, RetryAfter},
    },
};
use bantin_persistence::webhooks::sending::Attempt;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    client::conn::http1,
    header::{CONTENT_TYPE, HOST, HeaderMap, RETRY_AFTER, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    task::JoinSet,
    time::{Instant as Deadline, timeout_at},
};
use tokio_rustls::{
    TlsConnector,
    rustls::{self, ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName},
};

/// How long an attempt may take, from the name to the status of the answer.
const BUDGET: Duration = Duration::from_secs(10);
/// How long of that the beginning of the answer's body is waited for: the status has said what counts.
const BODY_BUDGET: Duration = Duration::from_secs(2);
/// How much of it is read and kept.
const MOST_ANSWER: usize = 1024;
/// How many addresses of a name are tried.
const MOST_ADDRESSES: usize = 4;
/// How long one of several is tried.
const CONNECT_BUDGET: Duration = Duration::from_secs(3);
/// How large the head of an answer may be.
const MOST_HEAD: usize = 16 * 1024;
const MOST_HEADERS: usize = 64;
const AGENT: &str = concat!("Bantin/", env!("CARGO_PKG_VERSION"), " (webhooks)");

/// What is sent.
pub(super) struct Letter {
    /// To whom.
    pub url: WebhookUrl,
    /// `webhook-id`, the same at every attempt.
    pub id: String,
    /// `webhook-timestamp`, in seconds.
    pub seconds: i64,
    /// `webhook-signature`.
    pub signatures: String,
    /// The message.
    pub body: String,
}

/// Sends letters.
pub(super) struct Sender {
    reach: Reach,
    tls: OnceLock<Option<TlsConnector>>,
}

impl Sender {
    /// One that reaches so far.
    pub fn new(reach: Reach) -> Self {
        Self { reach, tls: OnceLock::new() }
    }

    /// Makes one attempt, which ends after [`BUDGET`] at the latest.
    pub async fn send(&self, letter: &Letter) -> Attempt {
        let (begun, deadline) = (Instant::now(), Deadline::now() + BUDGET);
        // Ends the work on the connection when this function does.
        let mut driver = JoinSet::new();
        let head = timeout_at(deadline, self.deliver(letter, &mut driver)).await;
        let latency_ms = u32::try_from(begun.elapsed().as_millis()).unwrap_or(u32::MAX);
        let missed = |fault| Attempt { fault: Some(fault), latency_ms, ..Attempt::default() };
        match head {
            Err(_) => missed(DeliveryFault::Timeout),
            Ok(Err(fault)) => missed(fault),
            Ok(Ok(response)) => {
                let status = response.status();
                let asked_for = asked_for(response.headers()).filter(|_| retry::may_ask(status.as_u16()));
                let until = deadline.min(Deadline::now() + BODY_BUDGET);
                let answer = beginning(response.into_body(), until).await;
                let fault = (!status.is_success()).then_some(DeliveryFault::Status);
                Attempt { status: Some(status.as_u16()), latency_ms, fault, answer: Some(answer), asked_for }
            }
        }
    }

    async fn deliver(&self, letter: &Letter, driver: &mut JoinSet<()>) -> Result<Response<Incoming>, DeliveryFault> {
        let request = request(letter)?;
        let stream = self.connect(&letter.url).await?;
        if letter.url.is_https() {
            let name = server_name(&letter.url)?;
            let stream =
                self.tls().ok_or(DeliveryFault::Tls)?.connect(name, stream).await.map_err(|_| DeliveryFault::Tls)?;
            exchange(stream, request, driver).await
        } else {
            exchange(stream, request, driver).await
        }
    }

    /// A connection to an address that may be called. Where one of several may not, none is: the name is not
    /// what it was meant to be.
    async fn connect(&self, url: &WebhookUrl) -> Result<TcpStream, DeliveryFault> {
        self.reach.expect(url).map_err(|_| DeliveryFault::ForbiddenAddress)?;
        let addresses = resolve(url).await?;
        if !self.admits(&addresses) {
            return Err(DeliveryFault::ForbiddenAddress);
        }
        for address in addresses.into_iter().take(MOST_ADDRESSES) {
            let until = Deadline::now() + CONNECT_BUDGET;
            if let Ok(Ok(stream)) = timeout_at(until, TcpStream::connect(address)).await {
                return Ok(stream);
            }
        }
        Err(DeliveryFault::Unreachable)
    }

    fn admits(&self, addresses: &[SocketAddr]) -> bool {
        addresses.iter().all(|address| self.reach.admits(address.ip()))
    }

    /// What speaks TLS, with the authorities that this machine trusts. They are read when somebody is called by
    /// https for the first time: who has no webhooks keeps none in memory.
    fn tls(&self) -> Option<&TlsConnector> {
        let begin = || {
            let mut roots = RootCertStore::empty();
            let (known, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if known == 0 {
                tracing::warn!("this machine trusts no certificate authority: no webhook is reached by https");
            }
            connector(roots).inspect_err(|error| tracing::error!(%error, "TLS cannot be spoken")).ok()
        };
        self.tls.get_or_init(begin).as_ref()
    }
}

fn connector(roots: RootCertStore) -> Result<TlsConnector, rustls::Error> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

async fn resolve(url: &WebhookUrl) -> Result<Vec<SocketAddr>, DeliveryFault> {
    let port = url.port();
    match url.host() {
        Some(Target::Address(address)) => Ok(vec![SocketAddr::new(address, port)]),
        Some(Target::Name(name)) => {
            let found = lookup_host((name, port)).await.map_err(|_| DeliveryFault::Unresolved)?;
            let addresses: Vec<SocketAddr> = found.collect();
            if addresses.is_empty() { Err(DeliveryFault::Unresolved) } else { Ok(addresses) }
        }
        None => Err(DeliveryFault::ForbiddenAddress),
    }
}

/// The name that the certificate must be for.
fn server_name(url: &WebhookUrl) -> Result<ServerName<'static>, DeliveryFault> {
    match url.host() {
        Some(Target::Name(name)) => {
            // Without the dot that ends a full name: no certificate has it.
            ServerName::try_from(name.trim_end_matches('.').to_owned()).map_err(|_| DeliveryFault::Tls)
        }
        Some(Target::Address(IpAddr::V4(address))) => Ok(ServerName::IpAddress(address.into())),
        Some(Target::Address(IpAddr::V6(address))) => Ok(ServerName::IpAddress(address.into())),
        None => Err(DeliveryFault::ForbiddenAddress),
    }
}

fn request(letter: &Letter) -> Result<Request<Full<Bytes>>, DeliveryFault> {
    Request::post(letter.url.path_and_query())
        .header(HOST, letter.url.authority())
        .header(USER_AGENT, AGENT)
        .header(CONTENT_TYPE, "application/json")
        .header("webhook-id", &letter.id)
        .header("webhook-timestamp", letter.seconds)
        .header("webhook-signature", &letter.signatures)
        .body(Full::new(Bytes::from(letter.body.clone())))
        .map_err(|_| DeliveryFault::Protocol)
}

/// Sends the request and reads the head of the answer.
async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
    driver: &mut JoinSet<()>,
) -> Result<Response<Incoming>, DeliveryFault> {
    let (mut requests, connection) = http1::Builder::new()
        .max_buf_size(MOST_HEAD)
        .max_headers(MOST_HEADERS)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|_| DeliveryFault::Protocol)?;
    driver.spawn(async {
        // What ends it is told to who waits for the answer.
        let _ = connection.await;
    });
    requests.send_request(request).await.map_err(|_| DeliveryFault::Protocol)
}

/// When the receiver asks to be tried again: `Retry-After`, in either of its forms.
fn asked_for(headers: &HeaderMap) -> Option<RetryAfter> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(RetryAfter::Seconds(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Timestamp::from_micros(i64::try_from(date.as_micros()).ok()?).map(RetryAfter::At)
}

/// The beginning of a body, as far as it came in time.
async fn beginning(body: Incoming, until: Deadline) -> String {
    let mut read: Vec<u8> = Vec::new();
    let mut body = pin!(body);
    while read.len() < MOST_ANSWER {
        match timeout_at(until, body.frame()).await {
            Ok(Some(Ok(frame))) => read.extend(frame.data_ref().into_iter().flatten().take(MOST_ANSWER - read.len())),
            _ => break,
        }
    }
    // PostgreSQL stores no NUL.
    String::from_utf8_lossy(&read).replace('\0', "\u{fffd}")
}

#[cfg(test)]
mod tests;
