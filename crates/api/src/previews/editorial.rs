//! Preview links for the desk: one set of routes for articles, events, speeches and pages.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, delete, dev::Payload, get, post, web::Data};
use bantin_application::{
    Act, AppError,
    previews::{self, NewPreview, PreviewLink},
};
use bantin_domain::{article::Article, event::Event, id::Id, page::Page, speech::Speech};
use utoipa::{
    IntoParams,
    openapi::{
        KnownFormat,
        path::{Parameter, ParameterIn},
    },
};

use super::{
    view::{NewPreviewLinkView, PreviewLinkView},
    write::PreviewLinkWrite,
};
use crate::{
    Api,
    collection::{Collection, PathItem},
    desk::DeskKind,
    directory::whole,
    extract::{Caller, JsonBody, path_parameter},
    problem::Problem,
    reply::{Created, Desk, NoContent},
};

/// An item, and `{linkId}`, one of its links.
#[derive(Debug, Clone, Copy)]
pub struct PathLink {
    item: PathItem,
    link: Id<PreviewLink>,
}

impl FromRequest for PathLink {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let link = request.match_info().get("linkId").and_then(|text| text.parse().ok());
        let both = PathItem::of(request).zip(link);
        ready(both.map(|(item, link)| Self { item, link }).ok_or_else(Problem::not_found))
    }
}

impl IntoParams for PathLink {
    fn into_params(parameter_in: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let link = path_parameter("linkId", "The link's id.", Some(KnownFormat::Uuid));
        PathItem::into_params(parameter_in).into_iter().chain([link]).collect()
    }
}

/// List the preview links of an item
///
/// The newest first, ended ones too, without their tokens.
#[utoipa::path(tag = "editorial previews", params(PathItem))]
#[get("/{collection}/{id}/preview-links")]
pub async fn list_preview_links(
    caller: Caller,
    api: Data<Api>,
    item: PathItem,
) -> Result<Desk<Vec<PreviewLinkView>>, Problem> {
    let read = move |desk: &mut bantin_application::Desk<'_>, actor| match item.collection {
        Collection::Articles => previews::list::<Article>(desk, &actor, Id::new(item.id)),
        Collection::Events => previews::list::<Event>(desk, &actor, Id::new(item.id)),
        Collection::Speeches => previews::list::<Speech>(desk, &actor, Id::new(item.id)),
        Collection::Pages => previews::list::<Page>(desk, &actor, Id::new(item.id)),
    };
    let found = api.app.desk(caller.who, read).await?;
    Ok(Desk::list(found.into_iter().map(|one| PreviewLinkView::new(one, &api.render)).collect(), whole(), None))
}

/// Make a preview link to an item
///
/// Whoever has the answer's `token` reads the item as the public would, without an account, until the link
/// ends. The token is said here and nowhere else, so an `Idempotency-Key` is refused.
#[utoipa::path(tag = "editorial previews", params(PathItem), request_body = PreviewLinkWrite)]
#[post("/{collection}/{id}/preview-links")]
pub async fn create_preview_link(
    caller: Caller,
    api: Data<Api>,
    item: PathItem,
    write: JsonBody<PreviewLinkWrite>,
) -> Result<Created<NewPreviewLinkView>, Problem> {
    let wish = write.0.parse()?;
    match item.collection {
        Collection::Articles => create::<Article>(&api, caller, item, wish).await,
        Collection::Events => create::<Event>(&api, caller, item, wish).await,
        Collection::Speeches => create::<Speech>(&api, caller, item, wish).await,
        Collection::Pages => create::<Page>(&api, caller, item, wish).await,
    }
}

async fn create<C: DeskKind>(
    api: &Api,
    caller: Caller,
    item: PathItem,
    wish: NewPreview,
) -> Result<Created<NewPreviewLinkView>, Problem> {
    let who = caller.without_key()?;
    let made = api.app.write(who, move |act| previews::create(act, Id::<C>::new(item.id), wish)).await?;
    let item = api.render.address(&format!("editorial/{}", C::COLLECTION), &item.id.to_string());
    let location = format!("{item}/preview-links/{}", made.link.id);
    Ok(Created::lasting(location, NewPreviewLinkView::new(made, &api.render)))
}

/// End a preview link
///
/// It answers 410 from now on.
#[utoipa::path(tag = "editorial previews", params(PathLink))]
#[delete("/{collection}/{id}/preview-links/{linkId}")]
pub async fn revoke_preview_link(caller: Caller, api: Data<Api>, path: PathLink) -> Result<NoContent, Problem> {
    let PathLink { item, link } = path;
    let revoke = move |act: &mut Act<'_, '_>| -> Result<(), AppError> {
        match item.collection {
            Collection::Articles => previews::revoke::<Article>(act, Id::new(item.id), link),
            Collection::Events => previews::revoke::<Event>(act, Id::new(item.id), link),
            Collection::Speeches => previews::revoke::<Speech>(act, Id::new(item.id), link),
            Collection::Pages => previews::revoke::<Page>(act, Id::new(item.id), link),
        }
    };
    api.app.write(caller.who, revoke).await?;
    Ok(NoContent)
}
