//! Tags for the desk. There is no workflow: a change shows at once, where it is public at all.

use actix_web::{HttpRequest, delete, get, patch, post, web::Data};
use bantin_application::tags;
use bantin_domain::tag::Tag;

use super::{public::Tags, view::DeskTagView, write::TagWrite};
use crate::{
    Api,
    directory::NoQuery,
    extract::{Caller, IfMatch, JsonBody, PathId},
    list::ListQuery,
    problem::Problem,
    reply::{Created, Desk, NoContent},
};

/// List tags of the desk
///
/// All of them, in Vietnamese order.
#[utoipa::path(tag = "editorial tags", params(ListQuery<Tags>))]
#[get("/tags")]
pub async fn editorial_list_tags(
    caller: Caller,
    api: Data<Api>,
    query: ListQuery<Tags>,
    request: HttpRequest,
) -> Result<Desk<Vec<DeskTagView>>, Problem> {
    let page = query.page.clone();
    let slice = api.app.desk(caller.0, move |desk, actor| tags::list(desk, &actor, &page)).await?;
    let (page, links) = query.describe(&slice, &request);
    Ok(Desk::list(slice.rows.into_iter().map(|one| DeskTagView::new(one, &api.render)).collect(), page, links))
}

/// Make a tag
///
/// `name` is required. There is one tag for a name, whatever its marks and case.
#[utoipa::path(tag = "editorial tags", request_body = TagWrite)]
#[post("/tags")]
pub async fn create_tag(
    caller: Caller,
    api: Data<Api>,
    write: JsonBody<TagWrite>,
) -> Result<Created<DeskTagView>, Problem> {
    let changes = write.0.parse()?;
    let made = api.app.write(caller.0, move |act| tags::create(act, changes)).await?;
    let version = made.version;
    let view = DeskTagView::new(made, &api.render);
    Ok(Created::at(api.render.address("editorial/tags", &view.id), view, version))
}

/// Read a tag at the desk
///
/// With its names in all languages.
#[utoipa::path(tag = "editorial tags", params(PathId<Tag>))]
#[get("/tags/{id}")]
pub async fn editorial_get_tag(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Tag>,
    _query: NoQuery,
) -> Result<Desk<DeskTagView>, Problem> {
    let found = api.app.desk(caller.0, move |desk, actor| tags::get(desk, &actor, id.0)).await?;
    let version = found.version;
    Ok(Desk::one(DeskTagView::new(found, &api.render), version))
}

/// Change a tag
///
/// A merge patch. It shows at once on everything that carries the tag.
#[utoipa::path(tag = "editorial tags", params(PathId<Tag>, IfMatch), request_body = TagWrite)]
#[patch("/tags/{id}")]
pub async fn update_tag(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Tag>,
    version: IfMatch,
    write: JsonBody<TagWrite>,
) -> Result<Desk<DeskTagView>, Problem> {
    let changes = write.0.parse()?;
    let edited = api.app.write(caller.0, move |act| tags::edit(act, id.0, version.0, changes)).await?;
    let version = edited.version;
    Ok(Desk::one(DeskTagView::new(edited, &api.render), version))
}

/// Delete a tag
///
/// One that is in use answers 409 `in_use` with its uses.
#[utoipa::path(tag = "editorial tags", params(PathId<Tag>, IfMatch))]
#[delete("/tags/{id}")]
pub async fn delete_tag(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Tag>,
    version: IfMatch,
) -> Result<NoContent, Problem> {
    api.app.write(caller.0, move |act| tags::delete(act, id.0, version.0)).await?;
    Ok(NoContent)
}
