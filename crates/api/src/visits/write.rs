//! What a hit says.

use std::net::IpAddr;

use bantin_application::visits::HitTarget;
use bantin_domain::{
    id::Id,
    kind::{Kind, Target},
    time::Timestamp,
    violation::{Fault, Violations},
    visits::ReferrerHost,
};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::patch;

/// How long a path and a referrer may be.
const MAX_ADDRESS: usize = 1024;
/// How old a hit may be.
const OLDEST_SECONDS: i64 = 24 * 60 * 60;
/// How far the clock of the sender may be ahead.
const AHEAD_SECONDS: i64 = 60;

/// A hit: what was looked at, exactly one of the five.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct VisitWrite {
    /// A published article.
    #[schema(value_type = Option<String>, format = Uuid)]
    article_id: Option<String>,
    /// A published event.
    #[schema(value_type = Option<String>, format = Uuid)]
    event_id: Option<String>,
    /// A published speech.
    #[schema(value_type = Option<String>, format = Uuid)]
    speech_id: Option<String>,
    /// A published page.
    #[schema(value_type = Option<String>, format = Uuid)]
    page_id: Option<String>,
    /// Any other path of the site, at most 1,024 bytes; all of them count in one bucket.
    #[schema(max_length = 1024, pattern = "^/")]
    path: Option<String>,
    /// Your own name for this hit: sent again within 24 hours, it counts once.
    #[schema(value_type = Option<String>, format = Uuid)]
    hit_id: Option<String>,
    /// Where the reader came from, at most 1,024 bytes. Only the name of the site is kept.
    #[schema(max_length = 1024)]
    referrer: Option<String>,
}

/// A hit, parsed.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) viewed: HitTarget,
    pub(super) hit_id: Option<Uuid>,
    pub(super) referrer: Option<ReferrerHost>,
}

impl VisitWrite {
    /// Parses the members.
    ///
    /// # Errors
    /// Each fault.
    pub(super) fn parse(self) -> Result<Visit, Violations> {
        let mut faults = Violations::new();
        let mut uuid = |pointer: &str, text: Option<String>| {
            text.and_then(|text| faults.take(pointer, patch::id::<()>(&text))).map(Id::uuid)
        };
        let items = [
            (Kind::Article, uuid("/articleId", self.article_id)),
            (Kind::Event, uuid("/eventId", self.event_id)),
            (Kind::Speech, uuid("/speechId", self.speech_id)),
            (Kind::Page, uuid("/pageId", self.page_id)),
        ];
        let hit_id = uuid("/hitId", self.hit_id);
        let path = self.path.and_then(|path| faults.take("/path", viewed_path(path)));
        let referrer = self.referrer.and_then(|referrer| faults.take("/referrer", referrer_of(&referrer))).flatten();
        let items = items.into_iter().filter_map(|(kind, id)| Some(HitTarget::Item(Target { kind, id: id? })));
        let mut targets = items.chain(path.map(HitTarget::Path));
        match (targets.next(), targets.next()) {
            (Some(viewed), None) => faults.into_result(Visit { viewed, hit_id, referrer }),
            _ if !faults.is_empty() => Err(faults),
            _ => {
                let message = "say exactly one of articleId, eventId, speechId, pageId and path";
                faults.add("", Fault::new("required", message));
                Err(faults)
            }
        }
    }
}

fn viewed_path(path: String) -> Result<String, Fault> {
    without_controls(&path)?;
    if path.starts_with('/') && path.len() <= MAX_ADDRESS {
        return Ok(path);
    }
    Err(Fault::new("invalid_path", "must begin with / and have at most 1,024 bytes"))
}

/// The site that a referrer names; one that names none is as good as none.
fn referrer_of(url: &str) -> Result<Option<ReferrerHost>, Fault> {
    without_controls(url)?;
    if url.len() > MAX_ADDRESS {
        return Err(Fault::new("too_long", "must have at most 1,024 bytes"));
    }
    Ok(ReferrerHost::of(url))
}

/// Passes a text without NUL, line ends and the like: no browser sends such a thing.
fn without_controls(text: &str) -> Result<(), Fault> {
    if text.contains(char::is_control) {
        return Err(Fault::new("invalid_characters", "must not contain control characters"));
    }
    Ok(())
}

/// Hits that a front end has seen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitBatch {
    /// 1 to 1,000 of them.
    #[schema(min_items = 1, max_items = 1000)]
    pub(super) items: Vec<SeenVisitWrite>,
}

/// A hit that a front end has seen: what was looked at, exactly one of the five, by whom, and when.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct SeenVisitWrite {
    /// A published article.
    #[schema(value_type = Option<String>, format = Uuid)]
    article_id: Option<String>,
    /// A published event.
    #[schema(value_type = Option<String>, format = Uuid)]
    event_id: Option<String>,
    /// A published speech.
    #[schema(value_type = Option<String>, format = Uuid)]
    speech_id: Option<String>,
    /// A published page.
    #[schema(value_type = Option<String>, format = Uuid)]
    page_id: Option<String>,
    /// Any other path of the site, at most 1,024 bytes.
    #[schema(max_length = 1024, pattern = "^/")]
    path: Option<String>,
    /// Your own name for this hit: sent again within 24 hours, it counts once.
    #[schema(value_type = Option<String>, format = Uuid)]
    hit_id: Option<String>,
    /// Where the reader came from, at most 1,024 bytes. Only the name of the site is kept.
    #[schema(max_length = 1024)]
    referrer: Option<String>,
    /// The reader's address, IPv4 or IPv6. It is never stored.
    #[schema(value_type = String, required = true)]
    address: Option<String>,
    /// The reader's user agent. It is never stored; without one a hit is not counted.
    user_agent: String,
    /// When it was: within the last 24 hours.
    #[schema(value_type = String, format = DateTime, required = true)]
    time: Option<String>,
    /// Whether the reader asked not to be tracked.
    do_not_track: bool,
}

impl SeenVisitWrite {
    /// Parses the members.
    ///
    /// # Errors
    /// Each fault.
    pub(super) fn parse(self, now: Timestamp) -> Result<(Visit, Reader), Violations> {
        let mut faults = Violations::new();
        let address = faults.take("/address", given(self.address).and_then(|text| client(&text)));
        let time = faults.take("/time", given(self.time).and_then(|text| seen_at(&text, now)));
        let agent = faults.take("/userAgent", without_controls(&self.user_agent).map(|()| self.user_agent));
        let visit = VisitWrite {
            article_id: self.article_id,
            event_id: self.event_id,
            speech_id: self.speech_id,
            page_id: self.page_id,
            path: self.path,
            hit_id: self.hit_id,
            referrer: self.referrer,
        };
        match (visit.parse(), address, time, agent) {
            (Ok(visit), Some(client), Some(at), Some(user_agent)) => {
                Ok((visit, Reader { client, user_agent, at, do_not_track: self.do_not_track }))
            }
            (visit, ..) => {
                if let Err(inner) = visit {
                    faults.nest("", inner);
                }
                Err(faults)
            }
        }
    }
}

/// Who looked, and when.
pub(super) struct Reader {
    pub(super) client: IpAddr,
    pub(super) user_agent: String,
    pub(super) at: Timestamp,
    pub(super) do_not_track: bool,
}

fn given(text: Option<String>) -> Result<String, Fault> {
    text.ok_or_else(|| Fault::new("required", "must have a value"))
}

fn client(text: &str) -> Result<IpAddr, Fault> {
    text.parse().map_err(|_| Fault::new("invalid_address", "must be an IP address"))
}

fn seen_at(text: &str, now: Timestamp) -> Result<Timestamp, Fault> {
    let at = Timestamp::parse(text)?;
    if now.plus_seconds(-OLDEST_SECONDS) <= at && at <= now.plus_seconds(AHEAD_SECONDS) {
        return Ok(at.min(now));
    }
    Err(Fault::new("out_of_range", "must be within the last 24 hours"))
}
