//! Comments for the desk: one set of routes for articles, events, speeches and pages.

use actix_web::{get, post, web::Data};
use bantin_application::comments;
use bantin_domain::{article::Article, event::Event, id::Id, page::Page, speech::Speech, text::Prose};

use super::{view::CommentView, write::CommentWrite};
use crate::{
    Api,
    collection::{Collection, PathItem},
    desk::{DeskKind, Work},
    directory::whole,
    extract::{Caller, JsonBody},
    problem::Problem,
    reply::{Created, Desk},
};

/// List the comments on an item
///
/// The newest 500 of them, oldest first; the reason of a `request-changes` is one of them.
#[utoipa::path(tag = "editorial comments", params(PathItem))]
#[get("/{collection}/{id}/comments")]
pub async fn list_comments(caller: Caller, api: Data<Api>, item: PathItem) -> Result<Desk<Vec<CommentView>>, Problem> {
    let read = move |desk: &mut bantin_application::Desk<'_>, actor| match item.collection {
        Collection::Articles => comments::list::<Article>(desk, &actor, Id::new(item.id)),
        Collection::Events => comments::list::<Event>(desk, &actor, Id::new(item.id)),
        Collection::Speeches => comments::list::<Speech>(desk, &actor, Id::new(item.id)),
        Collection::Pages => comments::list::<Page>(desk, &actor, Id::new(item.id)),
    };
    let found = api.app.desk(caller.who, read).await?;
    Ok(Desk::list(found.into_iter().map(|one| CommentView::new(one, &api.render)).collect(), whole(), None))
}

/// Comment on an item
///
/// Whoever may read it may say something about it. It needs no `If-Match`: a comment changes nothing of
/// the item.
#[utoipa::path(tag = "editorial comments", params(PathItem), request_body = CommentWrite)]
#[post("/{collection}/{id}/comments")]
pub async fn create_comment(
    caller: Caller,
    api: Data<Api>,
    item: PathItem,
    write: JsonBody<CommentWrite>,
) -> Result<Created<CommentView>, Problem> {
    let text = write.0.parse()?;
    match item.collection {
        Collection::Articles => say::<Article>(&api, caller, item, text).await,
        Collection::Events => say::<Event>(&api, caller, item, text).await,
        Collection::Speeches => say::<Speech>(&api, caller, item, text).await,
        Collection::Pages => say::<Page>(&api, caller, item, text).await,
    }
}

async fn say<C: DeskKind>(
    api: &Api,
    caller: Caller,
    item: PathItem,
    text: Prose<2000>,
) -> Result<Created<CommentView>, Problem> {
    api.perform(caller, saying(Id::<C>::new(item.id), text)).await
}

/// What saying something of an item does inside its transaction.
pub(crate) fn saying<C: DeskKind>(id: Id<C>, text: Prose<2000>) -> Work<Created<CommentView>> {
    Box::new(move |act, render| {
        let made = comments::create(act, id, &text)?;
        let item = render.address(&format!("editorial/{}", C::COLLECTION), &id.to_string());
        Ok(Created::lasting(format!("{item}/comments"), CommentView::new(made, render)))
    })
}
