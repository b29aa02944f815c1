//! Many hits, as a server-side front end has seen them.

use actix_web::{post, web::Data};
use bantin_application::{
    stats,
    visits::{Hit, HitTarget},
};
use bantin_domain::{
    category::CategoryId,
    kind::Kind,
    violation::{Fault, Violations},
};

use super::{
    VisitBatch,
    public::{category_of, refused},
    view::{OutcomeView, OutcomesView},
    write::{Reader, Visit},
};
use crate::{
    Api,
    directory::NoQuery,
    extract::{Caller, JsonBody},
    problem::Problem,
    reply::Desk,
};

/// So many hits a request may hold.
const MOST_HITS: usize = 1_000;

/// Count visits that a front end has seen
///
/// For a site that is rendered on a server: the front end says who looked, from where and when. All hits
/// of a request are counted in one commit, in the order of their times, and each has an outcome at its
/// place. Send a request again as it was, and hits with a `hitId` count once. Only a request of which
/// nothing can be understood is refused as a whole, with each fault named.
#[utoipa::path(tag = "editorial statistics", request_body = VisitBatch)]
#[post("/visits/batch")]
pub async fn count_visits(
    caller: Caller,
    api: Data<Api>,
    _: NoQuery,
    batch: JsonBody<VisitBatch>,
) -> Result<Desk<OutcomesView>, Problem> {
    api.app.desk(caller.who, |_, actor| stats::may_report_hits(&actor)).await?;
    let items = batch.0.items;
    if items.is_empty() || items.len() > MOST_HITS {
        let mut faults = Violations::new();
        faults.add("/items", Fault::new("out_of_range", format!("must have 1 to {MOST_HITS} items")));
        return Err(faults.into());
    }
    let now = api.app.sources().clock.now();
    let mut outcomes: Vec<Option<OutcomeView>> = Vec::with_capacity(items.len());
    let (mut hits, mut faults, mut is_understood) = (Vec::new(), Violations::new(), false);
    for (n, item) in items.into_iter().enumerate() {
        let place = format!("/items/{n}");
        let outcome = match item.parse(now) {
            Err(inner) => {
                let first = inner.clone().into_vec().into_iter().next();
                faults.nest(&place, inner);
                first.map(|fault| OutcomeView::refused(place + &fault.pointer, fault.code))
            }
            Ok((visit, reader)) => {
                is_understood = true;
                match category_of(&api, &visit.viewed).await? {
                    None => Some(OutcomeView::refused(place + member_of(&visit.viewed), "not_found")),
                    Some(category) => {
                        hits.push((n, reader.at, hit(visit, reader, category)));
                        None
                    }
                }
            }
        };
        outcomes.push(outcome);
    }
    if !is_understood {
        return Err(faults.into());
    }
    // A visit is a run of views: out of order, each would begin another.
    hits.sort_by_key(|(_, at, _)| *at);
    let (places, hits): (Vec<usize>, Vec<_>) = hits.into_iter().map(|(n, at, hit)| (n, (hit, at))).unzip();
    let counted = api.visits.count_past(hits).await.map_err(refused)?;
    for (place, outcome) in places.into_iter().zip(counted) {
        if let Some(slot) = outcomes.get_mut(place) {
            *slot = Some(OutcomeView::of(outcome));
        }
    }
    Ok(Desk::plain(OutcomesView { outcomes: outcomes.into_iter().flatten().collect() }))
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
