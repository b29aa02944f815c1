//! Many hits, as a server-side front end has seen them.

use actix_web::{post, web::Data};
use bantin_application::{
    Act,
    idempotency::{self, Before},
    stats,
    visits::{Hit, HitTarget},
};
use bantin_domain::{
    category::CategoryId,
    kind::Kind,
    violation::{Fault, Violations},
};

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    VisitBatch,
    public::{category_of, refused},
    view::{OutcomeView, OutcomesView},
    write::{Reader, SeenVisitWrite, Visit},
};
use crate::{
    Api,
    directory::NoQuery,
    extract::{Caller, JsonBody},
    problem::Problem,
    reply::{Desk, Kept},
};

/// So many hits a request may hold.
const MOST_HITS: usize = 1_000;

/// Count visits that a front end has seen
///
/// For a site that is rendered on a server: the front end says who looked, from where and when. All hits
/// of a request are counted in one commit, in the order of their times, and each has an outcome at its
/// place: one that says what cannot be is `refused`, with the member at fault, and the others count. Send a
/// request again as it was, and hits with a `hitId` count once; with an `Idempotency-Key` all of them do, since
/// a hit that has no name gets one of the key and its place.
///
/// What comes two minutes after a later hit of the same reader counts as it would have on time. What comes
/// after that is not counted (`late`) where nobody knows any more whether it was counted before.
#[utoipa::path(tag = "editorial statistics", request_body = VisitBatch)]
#[post("/visits/batch")]
pub async fn count_visits(
    caller: Caller,
    api: Data<Api>,
    _: NoQuery,
    batch: JsonBody<VisitBatch>,
) -> Result<Desk<OutcomesView>, Problem> {
    let before = before(&api, &caller).await?;
    let (answer, seed) = before.map_or((None, None), |before| (before.answer, Some(before.seed)));
    if let Some(answer) = answer {
        return Ok(Desk::kept(answer));
    }
    let items = batch.0.items;
    if items.is_empty() || items.len() > MOST_HITS {
        let mut faults = Violations::new();
        faults.add("/items", Fault::new("out_of_range", format!("must have 1 to {MOST_HITS} items")));
        return Err(faults.into());
    }
    let outcomes = count(&api, items, seed).await?;
    let answer = Desk::plain(OutcomesView { outcomes });
    if caller.repeat.is_none() {
        return Ok(answer);
    }
    // Only now: the visits are in a database of their own. Whoever asks again before this is kept is told that
    // the hits were counted before, and they are not counted again.
    api.perform(caller, move |_, _| Ok(answer)).await
}

/// Whether the caller may report hits, and what is known of a request that has a name.
async fn before(api: &Api, caller: &Caller) -> Result<Option<Before>, Problem> {
    let who = caller.who;
    let Some(key) = caller.repeat.clone() else {
        api.app.desk(who, |_, actor| stats::may_report_hits(&actor)).await?;
        return Ok(None);
    };
    let look_up = move |act: &mut Act<'_, '_>| {
        stats::may_report_hits(&act.actor)?;
        idempotency::look_up(act, &key)
    };
    Ok(Some(api.app.write(who, look_up).await?))
}

/// Counts what can be, and says what became of each.
async fn count(api: &Api, items: Vec<SeenVisitWrite>, seed: Option<[u8; 32]>) -> Result<Vec<OutcomeView>, Problem> {
    let now = api.app.sources().clock.now();
    let mut outcomes: Vec<Option<OutcomeView>> = Vec::with_capacity(items.len());
    let mut hits = Vec::new();
    for (n, item) in items.into_iter().enumerate() {
        let place = format!("/items/{n}");
        let outcome = match item.parse(now) {
            Err(faults) => {
                let first = faults.into_vec().into_iter().next();
                first.map(|fault| OutcomeView::refused(place + &fault.pointer, fault.code))
            }
            Ok((visit, reader)) => match category_of(api, &visit.viewed).await? {
                None => Some(OutcomeView::refused(place + member_of(&visit.viewed), "not_found")),
                Some(category) => {
                    let hit_id = visit.hit_id.or_else(|| seed.map(|seed| hit_id(&seed, n)));
                    hits.push((n, reader.at, hit(Visit { hit_id, ..visit }, reader, category)));
                    None
                }
            },
        };
        outcomes.push(outcome);
    }
    // A visit is a run of views: what comes late counts for less.
    hits.sort_by_key(|(_, at, _)| *at);
    let (places, hits): (Vec<usize>, Vec<_>) = hits.into_iter().map(|(n, at, hit)| (n, (hit, at))).unzip();
    let counted = api.visits.count_past(hits).await.map_err(refused)?;
    for (place, outcome) in places.into_iter().zip(counted) {
        if let Some(slot) = outcomes.get_mut(place) {
            *slot = Some(OutcomeView::of(outcome));
        }
    }
    Ok(outcomes.into_iter().flatten().collect())
}

/// The name of a hit that has none, by its request and its place.
fn hit_id(seed: &[u8; 32], place: usize) -> Uuid {
    let hash: [u8; 32] = Sha256::new().chain_update(seed).chain_update(place.to_be_bytes()).finalize().into();
    let (half, _) = hash.split_at(16);
    Uuid::from_slice(half).unwrap_or_default()
}

/// The hit that an item says.
fn hit(visit: Visit, reader: Reader, category: Option<CategoryId>) -> Hit {
    Hit {
        viewed: visit.viewed,
        category,
        referrer: visit.referrer,
        client: reader.client,
        user_agent: reader.user_agent,
        hit_id: visit.hit_id,
        do_not_track: reader.do_not_track,
        prefetch: false,
        by_editor: false,
    }
}

/// The member that names what was looked at.
fn member_of(viewed: &HitTarget) -> &'static str {
    match viewed {
        HitTarget::Item(target) if target.kind == Kind::Article => "/articleId",
        HitTarget::Item(target) if target.kind == Kind::Event => "/eventId",
        HitTarget::Item(target) if target.kind == Kind::Speech => "/speechId",
        HitTarget::Item(_) => "/pageId",
        HitTarget::Path(_) => "/path",
    }
}
