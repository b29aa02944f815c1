//! Tags for the desk. There is no workflow: a change shows at once, where it is public at all.

use actix_web::{HttpRequest, delete, get, patch, post, web::Data};
use bantin_application::tags;
use bantin_domain::{policy::Actor, tag::Tag};

use super::{
    public::{ID, SLUG, filter},
    view::DeskTagView,
    write::TagWrite,
};
use crate::{
    Api, Render,
    directory::NoQuery,
    extract::{Caller, EditMatch, IfMatch, JsonBody, PathId},
    list::{Filter, Key, List, ListQuery, NAME_PARTS, Sort, Sparse, Value},
    problem::Problem,
    reply::{Created, Desk, NoContent},
};

/// The list of all tags.
#[derive(Debug, Clone)]
pub struct DeskTags;

impl List for DeskTags {
    const NAME: &'static str = "deskTags";
    const HAS_LOCALE: bool = false;
    const FILTERS: &'static [Filter] = &[
        ID,
        SLUG,
        Filter::of("name", Value::Text, NAME_PARTS, "One whose name has this in it, whatever its marks and case."),
    ];
    const SORTS: &'static [Sort] = &[Sort::by("name", Key::Bytes, &["id", "slug", "name"])];
    const FIELDS: &'static [&'static str] =
        &["id", "type", "version", "allowedActions", "slug", "name", "translations", "createdAt", "updatedAt"];
}

/// List tags of the desk
///
/// All of them, in Vietnamese order.
#[utoipa::path(tag = "editorial tags", params(ListQuery<DeskTags>))]
#[get("/tags")]
pub async fn editorial_list_tags(
    caller: Caller,
    api: Data<Api>,
    query: ListQuery<DeskTags>,
    request: HttpRequest,
) -> Result<Desk<Vec<Sparse<DeskTagView>>>, Problem> {
    let (page, render) = (query.page.clone(), api.render.clone());
    let (filter, order, name) = (filter(&query)?, query.order()?, query.name_parts("name")?);
    let slice = api
        .app
        .desk(caller.who, move |desk, actor| {
            let slice = tags::list(desk, &actor, filter, &name, order, &page)?;
            Ok(slice.map(|one| DeskTagView::new(one, &actor, &render)))
        })
        .await?;
    let (page, links) = query.describe(&slice, &request);
    Ok(Desk::list(slice.rows.into_iter().map(|view| query.fields.of_one(view)).collect(), page, links))
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
    api.perform(caller, move |act, render| {
        let made = tags::create(act, changes)?;
        let (at, version) = (render.address("editorial/tags", &made.id.to_string()), made.version);
        Ok(Created::at(at, DeskTagView::new(made, &act.actor, render), version))
    })
    .await
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
    let render = api.render.clone();
    Ok(api.app.desk(caller.who, move |desk, actor| Ok(answer(tags::get(desk, &actor, id.0)?, &actor, &render))).await?)
}

/// Change a tag
///
/// A merge patch. It shows at once on everything that carries the tag.
#[utoipa::path(tag = "editorial tags", params(PathId<Tag>, EditMatch), request_body = TagWrite)]
#[patch("/tags/{id}")]
pub async fn update_tag(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Tag>,
    version: EditMatch,
    write: JsonBody<TagWrite>,
) -> Result<Desk<DeskTagView>, Problem> {
    let changes = write.0.parse()?;
    api.perform(caller, move |act, render| Ok(answer(tags::edit(act, id.0, version.0, changes)?, &act.actor, render)))
        .await
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
    api.perform(caller, move |act, _| {
        tags::delete(act, id.0, version.0)?;
        Ok(NoContent)
    })
    .await
}

fn answer(tag: Tag, actor: &Actor, render: &Render) -> Desk<DeskTagView> {
    let version = tag.version;
    Desk::one(DeskTagView::new(tag, actor, render), version)
}
