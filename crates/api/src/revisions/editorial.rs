//! Revisions for the desk.

use actix_web::{HttpRequest, get, patch, post, web::Data};
use bantin_application::{Act, AppError, Precondition, revisions};
use bantin_domain::{article::Article, change::Change, event::Event, id::Id, page::Page, speech::Speech, text::Label};

use super::{
    path::{PathRevision, PathRevisions},
    view::{DiffView, RevisionContentView, RevisionView, members},
    write::RevisionWrite,
};
use crate::{
    Api, Render,
    collection::{Collection, PathItem},
    desk::{DeskKind, Work},
    extract::{Caller, IfMatch, JsonBody},
    list::{Filter, List, ListQuery},
    problem::Problem,
    reply::Desk,
};

/// The revisions of an item.
#[derive(Debug, Clone)]
pub struct Revisions;

impl List for Revisions {
    const NAME: &'static str = "revisions";
    const FILTERS: &'static [Filter] = &[];
    const HAS_LOCALE: bool = false;
}

/// List the revisions of an item
///
/// Every save is one. Newest first, without what they say.
#[utoipa::path(tag = "editorial revisions", params(PathItem, ListQuery<Revisions>))]
#[get("/{collection}/{id}/revisions")]
pub async fn list_revisions(
    caller: Caller,
    api: Data<Api>,
    item: PathItem,
    query: ListQuery<Revisions>,
    request: HttpRequest,
) -> Result<Desk<Vec<RevisionView>>, Problem> {
    let page = query.page.clone();
    let read = move |desk: &mut bantin_application::Desk<'_>, actor| match item.collection {
        Collection::Articles => revisions::list::<Article>(desk, &actor, Id::new(item.id), &page),
        Collection::Events => revisions::list::<Event>(desk, &actor, Id::new(item.id), &page),
        Collection::Speeches => revisions::list::<Speech>(desk, &actor, Id::new(item.id), &page),
        Collection::Pages => revisions::list::<Page>(desk, &actor, Id::new(item.id), &page),
    };
    let slice = api.app.desk(caller.who, read).await?;
    let (page, links) = query.describe(&slice, &request);
    let rows = slice.rows.into_iter().map(|revision| RevisionView::new(revision, &api.render)).collect();
    Ok(Desk::list(rows, page, links))
}

/// Read a revision
///
/// What the item said when it was saved.
#[utoipa::path(tag = "editorial revisions", params(PathRevision))]
#[get("/{collection}/{id}/revisions/{n}")]
pub async fn get_revision(
    caller: Caller,
    api: Data<Api>,
    path: PathRevision,
) -> Result<Desk<RevisionContentView>, Problem> {
    match path.item.collection {
        Collection::Articles => read::<Article>(&api, caller, path).await,
        Collection::Events => read::<Event>(&api, caller, path).await,
        Collection::Speeches => read::<Speech>(&api, caller, path).await,
        Collection::Pages => read::<Page>(&api, caller, path).await,
    }
}

async fn read<C: DeskKind>(
    api: &Api,
    caller: Caller,
    path: PathRevision,
) -> Result<Desk<RevisionContentView>, Problem> {
    let render = api.render.clone();
    let view = api
        .app
        .desk(caller.who, move |desk, actor| {
            let (revision, item) = revisions::get::<C>(desk, &actor, Id::new(path.item.id), path.number)?;
            RevisionContentView::new(desk, revision, item, &render)
        })
        .await?;
    Ok(Desk::plain(view))
}

/// Name a revision
///
/// So that it is found again: "as sent to the director". The item stays at its version, so it needs no
/// `If-Match`.
#[utoipa::path(tag = "editorial revisions", params(PathRevision), request_body = RevisionWrite)]
#[patch("/{collection}/{id}/revisions/{n}")]
pub async fn label_revision(
    caller: Caller,
    api: Data<Api>,
    path: PathRevision,
    write: JsonBody<RevisionWrite>,
) -> Result<Desk<RevisionContentView>, Problem> {
    let change = write.0.parse()?;
    match path.item.collection {
        Collection::Articles => label::<Article>(&api, caller, path, change).await,
        Collection::Events => label::<Event>(&api, caller, path, change).await,
        Collection::Speeches => label::<Speech>(&api, caller, path, change).await,
        Collection::Pages => label::<Page>(&api, caller, path, change).await,
    }
}

async fn label<C: DeskKind>(
    api: &Api,
    caller: Caller,
    path: PathRevision,
    change: Change<Label>,
) -> Result<Desk<RevisionContentView>, Problem> {
    api.perform(caller, naming(Id::<C>::new(path.item.id), path.number, change)).await
}

/// What naming a revision does inside its transaction.
pub(crate) fn naming<C: DeskKind>(id: Id<C>, number: i64, change: Change<Label>) -> Work<Desk<RevisionContentView>> {
    Box::new(move |act, render| {
        match change {
            Change::Keep => {}
            Change::Clear => revisions::label(act, id, number, None)?,
            Change::Set(label) => revisions::label(act, id, number, Some(label))?,
        }
        Ok(Desk::plain(show(act, id, number, render)?))
    })
}

/// Compare two revisions
///
/// The members in which they differ; plain texts word by word, the text of the item block by block and
/// each changed block word by word. In Vietnamese a word is a syllable.
#[utoipa::path(tag = "editorial revisions", params(PathRevisions))]
#[get("/{collection}/{id}/revisions/{a}/diff/{b}")]
pub async fn diff_revisions(caller: Caller, api: Data<Api>, path: PathRevisions) -> Result<Desk<DiffView>, Problem> {
    match path.item.collection {
        Collection::Articles => compare::<Article>(&api, caller, path).await,
        Collection::Events => compare::<Event>(&api, caller, path).await,
        Collection::Speeches => compare::<Speech>(&api, caller, path).await,
        Collection::Pages => compare::<Page>(&api, caller, path).await,
    }
}

async fn compare<C: DeskKind>(api: &Api, caller: Caller, path: PathRevisions) -> Result<Desk<DiffView>, Problem> {
    let render = api.render.clone();
    let view = api
        .app
        .desk(caller.who, move |desk, actor| {
            let id = Id::<C>::new(path.item.id);
            let (differences, [from, to]) = revisions::compare(desk, &actor, id, path.from, path.to)?;
            let (from, to) = (members(desk, from, &render)?, members(desk, to, &render)?);
            Ok(DiffView::new((path.from, from), (path.to, to), differences))
        })
        .await?;
    Ok(Desk::plain(view))
}

/// Restore a revision
///
/// Writes what it says into the draft: an edit, by the rules of edits, and so the next revision, which is
/// answered with the item's new version as `ETag`. The public copy stays until the next publication. The
/// address of then comes back unless another item has it now.
#[utoipa::path(tag = "editorial revisions", params(PathRevision, IfMatch))]
#[post("/{collection}/{id}/revisions/{n}/restore")]
pub async fn restore_revision(
    caller: Caller,
    api: Data<Api>,
    path: PathRevision,
    version: IfMatch,
) -> Result<Desk<RevisionContentView>, Problem> {
    match path.item.collection {
        Collection::Articles => restore::<Article>(&api, caller, path, version).await,
        Collection::Events => restore::<Event>(&api, caller, path, version).await,
        Collection::Speeches => restore::<Speech>(&api, caller, path, version).await,
        Collection::Pages => restore::<Page>(&api, caller, path, version).await,
    }
}

async fn restore<C: DeskKind>(
    api: &Api,
    caller: Caller,
    path: PathRevision,
    version: IfMatch,
) -> Result<Desk<RevisionContentView>, Problem> {
    api.perform(caller, restoring(Id::<C>::new(path.item.id), path.number, version)).await
}

/// What restoring a revision does inside its transaction.
pub(crate) fn restoring<C: DeskKind>(id: Id<C>, number: i64, version: IfMatch) -> Work<Desk<RevisionContentView>> {
    Box::new(move |act, render| {
        let restored = revisions::restore(act, id, Precondition::from(version.0), number)?.item;
        Ok(Desk::one(show(act, id, restored.revision, render)?, restored.version))
    })
}

/// The view of a revision inside its transaction.
fn show<C: DeskKind>(
    act: &mut Act<'_, '_>,
    id: Id<C>,
    number: i64,
    render: &Render,
) -> Result<RevisionContentView, AppError> {
    let (revision, item) = revisions::get(act.tx, &act.actor, id, number)?;
    RevisionContentView::new(act.tx, revision, item, render)
}
