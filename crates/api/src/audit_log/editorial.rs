//! The audit log for the desk.

use actix_web::{HttpRequest, get, web::Data};
use bantin_application::audit::{self, LogFilter, Logged};
use bantin_domain::{
    article::Article, event::Event, id::Id, listing::Slice, named::Named, page::Page, policy::Resource, speech::Speech,
    time::Timestamp,
};

use super::view::AuditEntryView;
use crate::{
    Api,
    collection::{Collection, PathItem},
    extract::Caller,
    list::{Filter, List, ListQuery},
    problem::Problem,
    reply::Desk,
};

/// The log as a whole.
#[derive(Debug, Clone)]
pub struct AuditLog;

impl List for AuditLog {
    const NAME: &'static str = "audit-log";
    const FILTERS: &'static [Filter] = &[
        Filter::text("action", "One act, such as `article.publish`."),
        Filter::text("resource", "A kind of resource, such as `article` or `attendee`."),
        Filter::text("resourceId", "The id of a resource."),
        Filter::text("actor", "The id of an account; also what was done by keys that it gave."),
        Filter::text("key", "The id of an API key."),
        Filter::text("from", "An instant; what was done then or later."),
        Filter::text("to", "An instant; what was done before."),
    ];
    const HAS_LOCALE: bool = false;
}

/// The log of one item.
#[derive(Debug, Clone)]
pub struct ItemLog;

impl List for ItemLog {
    const NAME: &'static str = "item-log";
    const FILTERS: &'static [Filter] = &[];
    const HAS_LOCALE: bool = false;
}

/// Read the audit log
///
/// Who did what, when and from where, newest first. Nothing in it is ever changed; `bantin audit verify`
/// shows that.
#[utoipa::path(tag = "audit log", params(ListQuery<AuditLog>))]
#[get("/audit-log")]
pub async fn list_audit_log(
    caller: Caller,
    api: Data<Api>,
    query: ListQuery<AuditLog>,
    request: HttpRequest,
) -> Result<Desk<Vec<AuditEntryView>>, Problem> {
    let instant = |text: &str| Timestamp::parse(text).ok();
    let filter = LogFilter {
        action: query.filter("action").map(ToOwned::to_owned),
        resource: query.parsed("resource", Resource::from_name, "a kind of resource")?,
        resource_id: query.parsed("resourceId", |text| text.parse::<Id<()>>().ok(), "an id")?.map(Id::uuid),
        actor: query.parsed("actor", |text| text.parse().ok(), "an id")?,
        key: query.parsed("key", |text| text.parse().ok(), "an id")?,
        from: query.parsed("from", instant, "an instant with its offset (RFC 3339)")?,
        to: query.parsed("to", instant, "an instant with its offset (RFC 3339)")?,
    };
    let page = query.page.clone();
    let slice = api.app.desk(caller.who, move |desk, actor| audit::list(desk, &actor, &filter, &page)).await?;
    Ok(shown(&api, slice, &query, &request))
}

/// Read the log of an item
///
/// Everything that was done to it, newest first, for whoever may read it.
#[utoipa::path(tag = "audit log", params(PathItem, ListQuery<ItemLog>))]
#[get("/{collection}/{id}/log")]
pub async fn list_item_log(
    caller: Caller,
    api: Data<Api>,
    item: PathItem,
    query: ListQuery<ItemLog>,
    request: HttpRequest,
) -> Result<Desk<Vec<AuditEntryView>>, Problem> {
    let page = query.page.clone();
    let read = move |desk: &mut bantin_application::Desk<'_>, actor| match item.collection {
        Collection::Articles => audit::list_of_item::<Article>(desk, &actor, Id::new(item.id), &page),
        Collection::Events => audit::list_of_item::<Event>(desk, &actor, Id::new(item.id), &page),
        Collection::Speeches => audit::list_of_item::<Speech>(desk, &actor, Id::new(item.id), &page),
        Collection::Pages => audit::list_of_item::<Page>(desk, &actor, Id::new(item.id), &page),
    };
    let slice = api.app.desk(caller.who, read).await?;
    Ok(shown(&api, slice, &query, &request))
}

fn shown<L: List>(
    api: &Api,
    slice: Slice<Logged>,
    query: &ListQuery<L>,
    request: &HttpRequest,
) -> Desk<Vec<AuditEntryView>> {
    let (page, links) = query.describe(&slice, request);
    Desk::list(slice.rows.into_iter().map(|entry| AuditEntryView::new(entry, &api.render)).collect(), page, links)
}
