//! Where the cache stands: before everything else.
//!
//! A hit is answered here, synchronously. Nothing of the request is looked at but its method, its address
//! and the few headers that choose among an answer's forms.

use std::{
    cell::{Cell, RefCell},
    future::{Ready, ready},
    rc::Rc,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll},
    time::Instant,
};

use actix_web::{
    Error, HttpMessage,
    body::{BoxBody, MessageBody},
    dev::{Service, ServiceRequest, ServiceResponse, Transform},
    http::{
        Method, StatusCode, Uri,
        header::{
            ACCEPT_LANGUAGE, AUTHORIZATION, CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue, VARY, X_FORWARDED_FOR,
        },
        uri::PathAndQuery,
    },
};
use bantin_application::cost;
use bantin_domain::{id::IdSource, locale::Locale};
use futures_util::future::{Either, LocalBoxFuture};
use uuid::Uuid;

use super::{
    Cache, Route, Tags,
    entry::{Entry, SERVER_TIMING},
    flight::{Landing, Lead, Turn},
    key,
};
use crate::{
    Api, accept,
    access::{self, REQUEST_ID},
    api_keys::{self, ShowedKey},
    language, reply,
    validators::Modified,
};

/// Below these is what is public; but for the desk and for logging in.
const PUBLIC: &[&str] = &["/api/v1/", "/feeds/", "/sitemap"];
const PRIVATE: &[&str] = &["/api/v1/editorial/", "/api/v1/auth/"];
/// So often a request tries to have its answer made by one for all; then it has it made for itself.
const TRIES: usize = 3;

/// Puts the cache before an app.
#[derive(Clone)]
pub struct Caching {
    api: Api,
}

impl Caching {
    /// The cache of an API.
    pub fn of(api: Api) -> Self {
        Self { api }
    }
}

impl<S> Transform<S, ServiceRequest> for Caching
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error> + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Transform = Front<S>;
    type InitError = ();
    type Future = Ready<Result<Front<S>, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let ids = RequestIds::from(self.api.app.sources().ids.as_ref());
        let behind = Rc::new(Behind { api: self.api.clone(), service, ids });
        ready(Ok(Front { behind, key: RefCell::default() }))
    }
}

/// What stands before the app.
pub struct Front<S> {
    behind: Rc<Behind<S>>,
    /// The key of the request at hand; its memory is used again for the next.
    key: RefCell<Vec<u8>>,
}

struct Behind<S> {
    api: Api,
    service: S,
    ids: RequestIds,
}

/// What a request asks for.
enum Ask {
    /// Nothing that is public, or no read.
    Elsewhere,
    /// Something public that is never kept.
    Unkept,
    /// Something whose language cannot be told before the site's languages are known.
    InSomeLanguage,
    /// Something that may be kept, under the key that was written.
    Keepable(Route, Option<Locale>),
}

impl<S> Service<ServiceRequest> for Front<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error> + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = Either<Ready<Result<Self::Response, Error>>, LocalBoxFuture<'static, Result<Self::Response, Error>>>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.behind.service.poll_ready(context)
    }

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let begun = Instant::now();
        let behind = Rc::clone(&self.behind);
        if let Some(path) = key::canonical_path(request.path()) {
            readdress(&mut request, &path);
        }
        let shows_who = request.headers().contains_key(AUTHORIZATION);
        let mut key = self.key.borrow_mut();
        match ask(&behind.api.cache, &request, &mut key) {
            Ask::Elsewhere => Either::Right(Box::pin(async move { behind.service.call(request).await })),
            Ask::Unkept => {
                Either::Right(Box::pin(async move { Ok(said_to(shows_who, behind.alone(request, begun).await?)) }))
            }
            Ask::InSomeLanguage => Either::Right(Box::pin(async move {
                Ok(said_to(shows_who, behind.in_some_language(request, begun).await?))
            })),
            Ask::Keepable(route, locale) => match behind.find(&key, begun) {
                Some(entry) => Either::Left(ready(Ok(said_to(shows_who, behind.give(request, &entry, begun))))),
                None => {
                    let question = Question { route, locale, key: key.as_slice().into() };
                    Either::Right(Box::pin(async move {
                        Ok(said_to(shows_who, behind.together(request, question, begun).await?))
                    }))
                }
            },
        }
    }
}

/// Says of an answer to a request with credentials that nobody keeps it. It has the bytes that everybody gets; but a
/// cache between us and its reader cannot know that, and RFC 9111 (3.5) lets it give away what is called public.
fn said_to(shows_who: bool, mut response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    if shows_who {
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(reply::PRIVATE));
    }
    response
}

/// Something that may be kept.
struct Question {
    route: Route,
    locale: Option<Locale>,
    key: Box<[u8]>,
}

/// Finds out what a request asks for, and writes the key of what may be kept.
///
/// A request that shows a token is answered for itself. It would get the same bytes; but that nothing which
/// was made for somebody can ever be given to somebody else should not hang on a handler's good behaviour.
/// One that shows an API key is answered like everybody: no handler sees the key ([`strip`]).
fn ask(cache: &Cache, request: &ServiceRequest, key: &mut Vec<u8>) -> Ask {
    let path = request.path();
    if !is_read(request.method()) || !is_public(path) {
        return Ask::Elsewhere;
    }
    let headers = request.headers();
    let shows_token = || headers.contains_key(AUTHORIZATION) && api_keys::shown_in(headers).is_none();
    let route = Route::at(path).filter(|_| cache.is_on() && !shows_token());
    // What is kept would be given to a client that does not take it: it is refused where all others are.
    let is_taken = |route: &Route| route.media_type.is_none_or(|one| accept::takes(headers, &[one]));
    let Some(route) = route.filter(is_taken) else { return Ask::Unkept };
    key.clear();
    key.extend_from_slice(request.path().as_bytes());
    key.push(b'?');
    let query = request.query_string();
    if key::write_canonical(query, key).is_none() {
        return Ask::Unkept;
    }
    // A list that is searched (`q=`) is made of the search index as well.
    let canonical = key.get(request.path().len() + 1..).and_then(|query| std::str::from_utf8(query).ok());
    let route = Route { searches: route.searches || canonical.is_some_and(|query| key::says(query, "q")), ..route };
    let mut locale = None;
    if route.speaks
        && !key::says(query, "locale")
        && let Some(wanted) = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok())
    {
        let Some(locales) = cache.locales() else { return Ask::InSomeLanguage };
        // Asked for by nobody, the default one is answered anyway.
        locale = language::most_wanted(wanted, &locales).filter(|locale| Some(*locale) != locales.first()).cloned();
    }
    if let Some(locale) = &locale {
        key.push(b'\n');
        key.extend_from_slice(locale.as_str().as_bytes());
    }
    Ask::Keepable(route, locale)
}

/// Whether what is read at an address is for everybody.
pub fn is_public(path: &str) -> bool {
    let is_below = |bases: &[&str]| bases.iter().any(|base| path.starts_with(base));
    is_below(PUBLIC) && !is_below(PRIVATE)
}

fn is_read(method: &Method) -> bool {
    method == Method::GET || method == Method::HEAD
}

impl<S> Behind<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error> + 'static,
{
    /// What is kept under a key, if it still is the answer.
    fn find(&self, key: &[u8], at: Instant) -> Option<Arc<Entry>> {
        self.api.cache.find(key, at).filter(|entry| entry.is_of(|| self.api.visits.edition()))
    }

    /// Answers with what is kept.
    fn give(&self, request: ServiceRequest, entry: &Arc<Entry>, begun: Instant) -> ServiceResponse<BoxBody> {
        let cache = &self.api.cache;
        cache.hits.fetch_add(1, Ordering::Relaxed);
        let mut response = entry.answer(request.headers(), &cache.coders);
        let mut buffer = Uuid::encode_buffer();
        let id: &str = self.ids.next().hyphenated().encode_lower(&mut buffer);
        if let Ok(value) = HeaderValue::from_str(id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        access::log_kept(id, request.method(), entry.route(), response.status(), begun);
        request.into_response(response)
    }

    /// Has an answer made that is kept for nobody.
    async fn alone(&self, request: ServiceRequest, begun: Instant) -> Result<ServiceResponse<BoxBody>, Error> {
        request.extensions_mut().insert(self.api.cache.basis());
        self.made(request, begun).await
    }

    /// Learns the site's languages first.
    async fn in_some_language(
        &self,
        request: ServiceRequest,
        begun: Instant,
    ) -> Result<ServiceResponse<BoxBody>, Error> {
        // Where they cannot be learnt, the handler says why.
        let _ = self.api.cache.site(&self.api.app).await;
        let mut key = Vec::new();
        match ask(&self.api.cache, &request, &mut key) {
            Ask::Keepable(route, locale) => {
                self.together(request, Question { route, locale, key: key.into() }, begun).await
            }
            _ => self.alone(request, begun).await,
        }
    }

    /// Has an answer made by one of all who ask for it.
    async fn together(
        &self,
        request: ServiceRequest,
        question: Question,
        begun: Instant,
    ) -> Result<ServiceResponse<BoxBody>, Error> {
        let cache = &self.api.cache;
        for _ in 0..TRIES {
            match cache.flights.join(&question.key) {
                Turn::Lead(lead) => {
                    // It may have landed since we looked.
                    let Some(entry) = self.find(&question.key, begun) else {
                        return self.lead(request, question, lead, begun).await;
                    };
                    lead.land(Landing::Shared(entry.clone()));
                    return Ok(self.give(request, &entry, begun));
                }
                Turn::Follow(follow) => match follow.landed(self.api.app.settings().wait).await {
                    Some(Landing::Shared(entry)) => return Ok(self.give(request, &entry, begun)),
                    Some(Landing::Alone) => break,
                    None => {}
                },
            }
        }
        self.alone(request, begun).await
    }

    /// Makes the answer for all who wait, and keeps it.
    async fn lead(
        &self,
        mut request: ServiceRequest,
        question: Question,
        lead: Lead,
        begun: Instant,
    ) -> Result<ServiceResponse<BoxBody>, Error> {
        let cache = &self.api.cache;
        let basis = cache.basis();
        let edition = question.route.live.then(|| self.api.visits.edition());
        let asked = strip(&mut request, &question);
        request.extensions_mut().insert(basis);
        let response = self.made(request, begun).await?;
        let Some(tags) = tags_of(&response, &question) else {
            // What failed is tried again by the next. What is nobody else's business is asked by each alone.
            if !response.status().is_server_error() {
                lead.land(Landing::Alone);
            }
            return Ok(response);
        };
        let modified = response.response().extensions().get::<Modified>().copied();
        let until = Cache::until(question.route, modified, begun);
        let route = response.request().match_pattern().unwrap_or_default();
        let (request, response) = response.into_parts();
        let (response, body) = response.into_parts();
        let headers = response.headers().clone();
        let response = response.set_body(());
        let body = match body.try_into_bytes() {
            Ok(body) => body,
            Err(body) => return Ok(ServiceResponse::new(request, response.set_body(body))),
        };
        let Some(entry) = Entry::new(headers, body.clone(), tags, modified, route, until) else {
            return Ok(ServiceResponse::new(request, response.set_body(BoxBody::new(body))));
        };
        let entry = Arc::new(entry.of_edition(edition));
        if cache.keep(&question.key, &entry, &basis) {
            lead.land(Landing::Shared(entry.clone()));
        }
        let mut answer = entry.answer(&asked, &cache.coders);
        for name in [REQUEST_ID, SERVER_TIMING] {
            if let Some(value) = response.headers().get(&name) {
                answer.headers_mut().insert(name, value.clone());
            }
        }
        Ok(ServiceResponse::new(request, answer))
    }

    /// Has an answer made, and says what it cost.
    async fn made(&self, request: ServiceRequest, begun: Instant) -> Result<ServiceResponse<BoxBody>, Error> {
        self.api.cache.misses.fetch_add(1, Ordering::Relaxed);
        let (response, statements) = cost::counted(self.service.call(request)).await;
        let mut response = response?;
        let ms = begun.elapsed().as_secs_f64() * 1_000.0;
        if let Ok(value) = format!("sql;desc=\"{statements}\", total;dur={ms:.2}").try_into() {
            response.headers_mut().insert(SERVER_TIMING, value);
        }
        Ok(response)
    }
}

/// Takes everything from a request that is not in its key: so nothing else can change a byte of an answer
/// that is given to others. Gives back the headers that it came with.
fn strip(request: &mut ServiceRequest, question: &Question) -> HeaderMap {
    let asked = std::mem::take(request.headers_mut());
    if let Some(digest) = api_keys::shown_in(&asked) {
        // For the limits, like the address below.
        request.extensions_mut().insert(ShowedKey(digest));
    }
    let headers = request.headers_mut();
    // By whom it was sent, for the limits: whoever makes an answer for all pays for it.
    for value in asked.get_all(X_FORWARDED_FOR) {
        headers.append(X_FORWARDED_FOR, value.clone());
    }
    if let Some(Ok(value)) = question.locale.as_ref().map(|locale| HeaderValue::from_str(locale.as_str())) {
        headers.insert(ACCEPT_LANGUAGE, value);
    }
    let mut canonical = Vec::new();
    let is_canonical = key::write_canonical(request.query_string(), &mut canonical).is_none()
        || canonical == request.query_string().as_bytes();
    if !is_canonical && let Some(uri) = addressed(request.uri(), request.path(), &canonical) {
        request.head_mut().uri = uri;
    }
    asked
}

/// An address with another path and query.
fn addressed(uri: &Uri, path: &str, query: &[u8]) -> Option<Uri> {
    let mut address = path.as_bytes().to_vec();
    if !query.is_empty() {
        address.push(b'?');
        address.extend_from_slice(query);
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(address).ok()?);
    Uri::from_parts(parts).ok()
}

/// Gives a request another path, also before the router.
fn readdress(request: &mut ServiceRequest, path: &str) {
    if let Some(uri) = addressed(request.uri(), path, request.query_string().as_bytes()) {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
}

/// The tags of an answer that is for everybody who asks the same.
fn tags_of(response: &ServiceResponse<BoxBody>, question: &Question) -> Option<Tags> {
    if response.status() != StatusCode::OK {
        return None;
    }
    let tags = response.response().extensions().get::<Tags>().cloned()?;
    // An answer that depends on what is not in its key would be given to the wrong reader.
    let speaks = varies_by(response.headers(), &ACCEPT_LANGUAGE);
    if speaks && !question.route.speaks {
        tracing::error!(http.route = response.request().match_pattern(), "an answer depends on more than its key");
        return None;
    }
    Some(tags)
}

fn varies_by(headers: &HeaderMap, name: &HeaderName) -> bool {
    let names = headers.get_all(VARY).filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    names.into_iter().any(|one| one.trim().eq_ignore_ascii_case(name.as_str()))
}

/// Ids for requests that are answered out of memory: counted on from one that is random. Such an id leads to
/// one line of the log, and drawing a random one would cost as much as looking up the answer.
struct RequestIds(Cell<u128>);

impl RequestIds {
    fn from(source: &dyn IdSource) -> Self {
        // Version 8, "made as the application likes": so none of them is ever that of a resource.
        const VERSION: u128 = 0xf << 76;
        Self(Cell::new((source.next_uuid().as_u128() & !VERSION) | (0x8 << 76)))
    }

    fn next(&self) -> Uuid {
        let id = self.0.get().wrapping_add(1);
        self.0.set(id);
        Uuid::from_u128(id)
    }
}
