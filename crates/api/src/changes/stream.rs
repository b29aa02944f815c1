//! Changes as they come about, as server-sent events.
//!
//! A stream is the log read on for ever: what it last sent is all that it must remember, and that is the `id` of the
//! event, which a client sends back as `Last-Event-ID` when it comes again. So a stream may be ended at any time without
//! a loss, and is: when its reader does not take what is sent, when it has lasted long, when the program is about to
//! stop. Nothing is held for a slow reader but a few pages of the log, and there are only so many streams at once.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse, get,
    http::header::{CACHE_CONTROL, HeaderName, HeaderValue},
    rt,
    web::{Bytes, Data},
};
use bantin_application::{
    change_watch::{ChangeWatch, News},
    changes::{self, Asked, LogPage, Reading},
};
use bantin_domain::kind::Kind;
use futures_util::stream;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch},
    time::{Instant, timeout},
};

use super::{
    public::{beyond, forgotten},
    query::{StreamQuery, number},
    view::ChangeView,
};
use crate::{Api, access::HeadersOnly, problem::Problem, reply::Raw};

/// Where a client says how far it came.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// So many changes are sent at a time.
const AT_ONCE: u32 = 100;
/// So many times that wait for a reader at most.
const WAITING: usize = 4;
/// How often a stream looks whether the program is about to stop.
const TURN: Duration = Duration::from_secs(1);

/// How streams are kept.
#[derive(Debug, Clone, Copy)]
pub struct StreamSettings {
    /// How many there may be at once.
    pub places: u32,
    /// How long a stream lasts at most. Its reader comes again, maybe to another node.
    pub ends_after: Duration,
    /// How often something is sent though nothing has changed: proxies end what is silent, and only who is sent
    /// something is seen to be gone.
    pub beats_every: Duration,
    /// How long a reader may take nothing.
    pub waits_for: Duration,
}

impl StreamSettings {
    /// What is good for most.
    pub const USUAL: Self = Self {
        places: 200,
        ends_after: Duration::from_secs(60 * 60),
        beats_every: Duration::from_secs(15),
        waits_for: Duration::from_secs(30),
    };
}

/// Who waits for changes.
#[derive(Debug)]
pub struct Streams {
    settings: StreamSettings,
    places: Arc<Semaphore>,
    head: watch::Receiver<i64>,
}

impl Streams {
    /// Nobody yet; told of changes by `watch`.
    pub fn new(settings: &StreamSettings, watch: &ChangeWatch) -> Self {
        let (tell, head) = watch::channel(0);
        watch.subscribe(move |news| match news {
            News::Changed { head, .. } | News::Anything { head, .. } => {
                tell.send_replace(*head);
            }
            News::Silence | News::Coming { .. } => {}
        });
        let places = usize::try_from(settings.places).unwrap_or(Semaphore::MAX_PERMITS);
        Self { settings: *settings, places: Arc::new(Semaphore::new(places)), head }
    }

    fn take_place(&self) -> Result<OwnedSemaphorePermit, Problem> {
        self.places.clone().try_acquire_owned().map_err(|_| Problem::unavailable("all streams of changes are taken"))
    }
}

/// Wait for changes
///
/// The same as `GET /changes`, each change an event (`event: change`) as soon as it is known, its number the `id`. Who
/// comes again says in `Last-Event-ID`, as browsers do by themselves, or in `after`, how far it came. A comment is sent
/// now and then. The stream ends after an hour at most, or when its reader is too slow: come again.
#[utoipa::path(
    tag = "changes",
    params(
        StreamQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "The number that you have read up to; it goes before `after`."),
    ),
    responses((status = 200, description = "Events without end.", content_type = "text/event-stream", body = String)),
    security(())
)]
#[get("/changes/stream")]
pub async fn follow_changes(api: Data<Api>, query: StreamQuery, request: HttpRequest) -> Result<Raw, Problem> {
    let place = api.streams.take_place()?;
    let header = last_event_id(&request)?;
    let after = match header.or(query.after) {
        Some(after) => after,
        None => read_on(&api, Asked { after: 0, kinds: Vec::new(), most: 1 }).await?.map_err(refused_after)?.head,
    };
    // Whatever is to be refused is refused now: once a stream has begun, it can only end.
    let first = read_on(&api, Asked { after, kinds: query.kinds.clone(), most: AT_ONCE }).await?;
    let first = first.map_err(if header.is_some() { refused_header } else { refused_after })?;
    let (send, events) = mpsc::channel(WAITING);
    if !request.extensions().contains::<HeadersOnly>() {
        let follower = Follower { api: api.get_ref().clone(), kinds: query.kinds, send, _place: place };
        rt::spawn(follower.follow(first));
    }
    let body = stream::unfold(events, |mut events| async move {
        let event: Bytes = events.recv().await?;
        Some((Ok::<_, std::convert::Infallible>(event), events))
    });
    let mut response = HttpResponse::Ok().content_type("text/event-stream").streaming(body);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Some proxies collect an answer before they pass it on, unless they are told not to.
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(Raw(response))
}

fn last_event_id(request: &HttpRequest) -> Result<Option<i64>, Problem> {
    let Some(value) = request.headers().get(LAST_EVENT_ID) else { return Ok(None) };
    let wrong = || Problem::header("Last-Event-ID", "invalid_parameter", "must be the number of a change");
    value.to_str().ok().and_then(number).map(Some).ok_or_else(wrong)
}

/// A page of the log; the number of the newest change, where it has none of that number.
async fn read_on(api: &Api, asked: Asked) -> Result<Result<LogPage, i64>, Problem> {
    match changes::page(&api.app, asked).await? {
        Reading::Page(page) => Ok(Ok(page)),
        Reading::Forgotten => Err(forgotten(api)),
        Reading::Beyond { head } => Ok(Err(head)),
    }
}

fn refused_after(head: i64) -> Problem {
    Problem::parameter("after", "invalid_parameter", beyond(head))
}

fn refused_header(head: i64) -> Problem {
    Problem::header("Last-Event-ID", "invalid_parameter", beyond(head))
}

/// Reads the log on for one stream.
struct Follower {
    api: Api,
    kinds: Vec<Kind>,
    send: mpsc::Sender<Bytes>,
    /// Given back when the stream ends.
    _place: OwnedSemaphorePermit,
}

impl Follower {
    /// Sends what there is, waits for more, and so on, until there is a reason to end.
    async fn follow(self, mut page: LogPage) {
        let settings = self.api.streams.settings;
        let mut head = self.api.streams.head.clone();
        let (ends, mut beats) = (Instant::now() + settings.ends_after, Instant::now() + settings.beats_every);
        loop {
            if !page.changes.is_empty() {
                beats = Instant::now() + settings.beats_every;
                if !self.sent(self.events(&page)).await {
                    return;
                }
            }
            let more = page.next < page.head;
            while !more && *head.borrow_and_update() <= page.next {
                let now = Instant::now();
                if now >= ends || self.send.is_closed() || self.api.stopping.load(Ordering::Relaxed) {
                    return;
                }
                if now >= beats {
                    beats = now + settings.beats_every;
                    // With the number: of what nobody asked for, nothing else says how far the log was read.
                    if !self.sent(format!(": still here\nid: {}\n\n", page.next)).await {
                        return;
                    }
                }
                // That nothing was told for a while is fine; that nobody is left to tell is the end.
                if let Ok(Err(_)) = timeout(TURN.min(ends - now), head.changed()).await {
                    return;
                }
            }
            let asked = Asked { after: page.next, kinds: self.kinds.clone(), most: AT_ONCE };
            // The reader comes again, and is told then what is the matter.
            let Ok(Ok(next)) = read_on(&self.api, asked).await else { return };
            page = next;
        }
    }

    fn events(&self, page: &LogPage) -> String {
        let render = &self.api.render;
        let event = |change| {
            let data = serde_json::to_string(&ChangeView::new(change, render)).unwrap_or_default();
            format!("id: {}\nevent: change\ndata: {data}\n\n", change.seq)
        };
        page.changes.iter().map(event).collect()
    }

    /// Whether it could be handed on in time.
    async fn sent(&self, text: String) -> bool {
        let sent = timeout(self.api.streams.settings.waits_for, self.send.send(Bytes::from(text))).await;
        matches!(sent, Ok(Ok(())))
    }
}
