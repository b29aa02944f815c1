//! An answer that is kept: finished bytes in each coding, with finished headers.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use actix_web::{
    HttpResponse,
    body::BoxBody,
    http::{
        StatusCode,
        header::{CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue},
    },
    web::Bytes,
};
use bantin_application::visits::Edition;
use tokio::sync::Semaphore;

use super::{coding::Coding, tags::Tags};
use crate::{
    access::REQUEST_ID,
    validators::{self, Modified},
};

/// How many statements an answer cost, and how long it took. Not part of the answer.
pub const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// What an answer takes beside its body and its ids: headers, three times over.
const OVERHEAD: usize = 8 * 1_024;

/// An answer that is kept.
pub struct Entry {
    plain: Form,
    brotli: Coded,
    gzip: Coded,
    /// Without its quotes.
    tag: String,
    modified: Option<Modified>,
    /// Of which route it is, for the log.
    route: String,
    tags: Tags,
    until: Option<Instant>,
    edition: Option<Edition>,
}

/// The answer in one coding.
struct Form {
    body: Bytes,
    headers: HeaderMap,
    /// Those of the 304 that stands for it.
    unmodified: HeaderMap,
}

/// The answer in a coding that is made when it is asked for again.
#[derive(Default)]
struct Coded {
    was_asked_for: AtomicBool,
    is_being_made: AtomicBool,
    /// `None` where it is not worth it.
    form: OnceLock<Option<Form>>,
}

impl Form {
    fn new(mut headers: HeaderMap, body: Bytes) -> Self {
        // Keeps its place: a map that is cloned for each answer must not have to grow for it.
        headers.insert(REQUEST_ID, HeaderValue::from_static(""));
        let mut unmodified = headers.clone();
        unmodified.remove(CONTENT_TYPE);
        unmodified.remove(CONTENT_ENCODING);
        Self { body, headers, unmodified }
    }

    fn coded(&self, coding: Coding, tag: &str) -> Option<Self> {
        let body = coding.encode(&self.body)?;
        let mut headers = self.headers.clone();
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
        headers.insert(ETAG, format!("\"{tag}-{}\"", coding.name()).try_into().ok()?);
        Some(Self::new(headers, body))
    }
}

impl Entry {
    /// Keeps a finished answer of a route, until `until` at the latest. `None` where it has no tag: nobody
    /// could ask whether it is still the same.
    pub fn new(
        mut headers: HeaderMap,
        body: Bytes,
        tags: Tags,
        modified: Option<Modified>,
        route: String,
        until: Option<Instant>,
    ) -> Option<Self> {
        headers.remove(SERVER_TIMING);
        let tag = headers.get(ETAG)?.to_str().ok()?.trim_matches('"').to_owned();
        Some(Self {
            plain: Form::new(headers, body),
            brotli: Coded::default(),
            gzip: Coded::default(),
            tag,
            modified,
            route,
            tags,
            until,
            edition: None,
        })
    }

    /// The same answer, of numbers that are the answer only while there are no newer ones.
    #[must_use]
    pub fn of_edition(self, edition: Option<Edition>) -> Self {
        Self { edition, ..self }
    }

    /// Whether these are the numbers that it shows, if it shows any.
    pub fn is_of(&self, edition: impl FnOnce() -> Edition) -> bool {
        self.edition.is_none_or(|shown| shown == edition())
    }

    /// What it is made of.
    pub fn tags(&self) -> &Tags {
        &self.tags
    }

    /// Of which route it is.
    pub fn route(&self) -> &str {
        &self.route
    }

    /// Whether its time is over.
    pub fn is_over(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| now >= until)
    }

    /// What it takes of the memory, at most: its codings together are no longer than its body.
    pub fn bytes(&self) -> usize {
        2 * self.plain.body.len() + self.tags.bytes() + OVERHEAD
    }

    /// The answer for whoever sends these headers, still without the request's id.
    pub fn answer(self: &Arc<Self>, asked: &HeaderMap, coders: &Arc<Semaphore>) -> HttpResponse {
        let form = Coding::wanted(asked).map_or(&self.plain, |coding| self.coded(coding, coders));
        let (status, body, headers) = if validators::is_known(asked, &self.tag, self.modified) {
            (StatusCode::NOT_MODIFIED, BoxBody::new(()), &form.unmodified)
        } else {
            (StatusCode::OK, BoxBody::new(form.body.clone()), &form.headers)
        };
        let mut response = HttpResponse::with_body(status, body);
        *response.headers_mut() = headers.clone();
        response
    }

    /// The answer in a coding, or plain while there is none. The second who asks for it has it made, on a
    /// thread that answers nobody: most answers are asked for once, and would be coded in vain.
    fn coded(self: &Arc<Self>, coding: Coding, coders: &Arc<Semaphore>) -> &Form {
        let coded = self.in_coding(coding);
        if let Some(form) = coded.form.get() {
            return form.as_ref().unwrap_or(&self.plain);
        }
        if coded.was_asked_for.swap(true, Ordering::Relaxed)
            && let Ok(place) = coders.clone().try_acquire_owned()
            && !coded.is_being_made.swap(true, Ordering::Relaxed)
        {
            let entry = Arc::clone(self);
            tokio::task::spawn_blocking(move || {
                let _place = place;
                let form = entry.plain.coded(coding, &entry.tag);
                // Nobody else makes it.
                let _ = entry.in_coding(coding).form.set(form);
            });
        }
        &self.plain
    }

    fn in_coding(&self, coding: Coding) -> &Coded {
        match coding {
            Coding::Brotli => &self.brotli,
            Coding::Gzip => &self.gzip,
        }
    }
}
