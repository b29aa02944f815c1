//! The change log and the snapshot for everybody.

use actix_web::{get, web::Data};
use bantin_application::changes::{self, Asked, Reading};

use super::{
    query::{ChangesQuery, SnapshotPart, SnapshotQuery},
    reply::{ChangesAnswer, SnapshotAnswer},
    view::{ChangeView, RecordView},
};
use crate::{Api, problem::Problem};

/// Follow the changes
///
/// Whatever the public sees differently, in the order in which it came about and without a gap; `page.next` is the
/// `after` to go on with. Empty `data` means that you are up to date. What an instant that passed by itself brought
/// about is among it. Where `after` is older than the log is kept, the answer is 410 and names the snapshot to begin
/// anew with. A shared cache asks before it answers from what it holds.
#[utoipa::path(tag = "changes", params(ChangesQuery), security(()))]
#[get("/changes")]
pub async fn list_changes(api: Data<Api>, query: ChangesQuery) -> Result<ChangesAnswer, Problem> {
    let ChangesQuery { after, kinds, limit } = query;
    match changes::page(&api.app, Asked { after, kinds, most: limit }).await? {
        Reading::Page(page) => {
            let rows = page.changes.iter().map(|change| ChangeView::new(change, &api.render)).collect();
            Ok(ChangesAnswer::new(rows, page.next, page.head))
        }
        Reading::Forgotten => Err(forgotten(&api)),
        Reading::Beyond { head } => Err(Problem::parameter("after", "invalid_parameter", beyond(head))),
    }
}

/// Read the whole public side
///
/// Page by page, as records that hold what a resource says itself and the ids of what it refers to: one JSON document a
/// line. The first line of each page says from which `seq` on to read the changes once the last page is read, and the
/// `cursor` of the next page. `ids` asks for these resources instead: whatever of them is missing in the answer is not
/// public now. `docs/changes.md` says how a mirror is built of it.
#[utoipa::path(tag = "changes", params(SnapshotQuery), security(()))]
#[get("/changes/snapshot")]
pub async fn get_snapshot(api: Data<Api>, query: SnapshotQuery) -> Result<SnapshotAnswer, Problem> {
    let page = match query.part {
        SnapshotPart::Page(place) => changes::snapshot(&api.app, place, query.limit).await?,
        SnapshotPart::Named(ids) => changes::records(&api.app, ids).await?,
    };
    let records = page.records.into_iter().map(|record| RecordView::new(record, &api.render));
    SnapshotAnswer::write(page.seq, page.next, records.collect::<Result<Vec<_>, _>>()?)
}

/// 410: what came after that number is not kept any more.
pub(super) fn forgotten(api: &Api) -> Problem {
    Problem::forgotten(format!("{}/api/v1/changes/snapshot", api.render.public_url()))
}

/// Why a number that was not given out is refused.
pub(super) fn beyond(head: i64) -> String {
    format!("the newest change is number {head}: begin anew with a snapshot")
}
