//! People for the desk. There is no workflow: a change shows at once, where they are public at all.

use actix_web::{HttpRequest, delete, get, patch, post, web::Data};
use bantin_application::people;
use bantin_domain::{person::Person, policy::Actor};

use super::{
    public::{ID, INITIAL, ORGANISATION, SLUG, filters},
    view::DeskPersonView,
    write::PersonWrite,
};
use crate::{
    Api, Render,
    directory::NoQuery,
    extract::{Caller, EditMatch, IfMatch, JsonBody, PathId},
    list::{Filter, Key, List, ListQuery, NAME_PARTS, Sort, Sparse, Value},
    problem::Problem,
    reply::{Created, Desk, NoContent},
};

/// The list of all people.
#[derive(Debug, Clone)]
pub struct DeskPeople;

impl List for DeskPeople {
    const NAME: &'static str = "deskPeople";
    const HAS_LOCALE: bool = false;
    const FILTERS: &'static [Filter] = &[
        ID,
        SLUG,
        ORGANISATION,
        INITIAL,
        Filter::of(
            "displayName",
            Value::Text,
            NAME_PARTS,
            "Somebody whose name has this in it, whatever its marks and case.",
        ),
    ];
    const SORTS: &'static [Sort] =
        &[Sort::by("name", Key::Bytes, &["id", "slug", "organisation", "initial", "displayName"])];
    const FIELDS: &'static [&'static str] = &[
        "id",
        "type",
        "version",
        "allowedActions",
        "slug",
        "displayName",
        "familyName",
        "middleName",
        "givenName",
        "academicTitle",
        "aliases",
        "positions",
        "biography",
        "photoId",
        "listed",
        "createdAt",
        "updatedAt",
    ];
}

/// List people of the desk
///
/// Public or not, by given name, family and middle.
#[utoipa::path(tag = "editorial people", params(ListQuery<DeskPeople>))]
#[get("/people")]
pub async fn editorial_list_people(
    caller: Caller,
    api: Data<Api>,
    query: ListQuery<DeskPeople>,
    request: HttpRequest,
) -> Result<Desk<Vec<Sparse<DeskPersonView>>>, Problem> {
    let (page, render, (filter, organisation)) = (query.page.clone(), api.render.clone(), filters(&query)?);
    let (order, name) = (query.order()?, query.name_parts("displayName")?);
    let slice = api
        .app
        .desk(caller.who, move |desk, actor| {
            let slice = people::list(desk, &actor, (filter, &name), organisation.as_ref(), order, &page)?;
            Ok(slice.map(|one| DeskPersonView::new(one, &actor, &render)))
        })
        .await?;
    let (page, links) = query.describe(&slice, &request);
    Ok(Desk::list(slice.rows.into_iter().map(|view| query.fields.of_one(view)).collect(), page, links))
}

/// Enter a person
///
/// `displayName` is required; it is split into family, middle and given name unless these are said.
#[utoipa::path(tag = "editorial people", request_body = PersonWrite)]
#[post("/people")]
pub async fn create_person(
    caller: Caller,
    api: Data<Api>,
    write: JsonBody<PersonWrite>,
) -> Result<Created<DeskPersonView>, Problem> {
    let changes = write.0.parse()?;
    api.perform(caller, move |act, render| {
        let made = people::create(act, changes)?;
        let (at, version) = (render.address("editorial/people", &made.id.to_string()), made.version);
        Ok(Created::at(at, DeskPersonView::new(made, &act.actor, render), version))
    })
    .await
}

/// Read a person at the desk
///
/// Public or not.
#[utoipa::path(tag = "editorial people", params(PathId<Person>))]
#[get("/people/{id}")]
pub async fn editorial_get_person(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Person>,
    _query: NoQuery,
) -> Result<Desk<DeskPersonView>, Problem> {
    let render = api.render.clone();
    Ok(api
        .app
        .desk(caller.who, move |desk, actor| Ok(answer(people::get(desk, &actor, id.0)?, &actor, &render)))
        .await?)
}

/// Change a person
///
/// A merge patch. A rename shows at once in the directory; how somebody was introduced at an event stays.
#[utoipa::path(tag = "editorial people", params(PathId<Person>, EditMatch), request_body = PersonWrite)]
#[patch("/people/{id}")]
pub async fn update_person(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Person>,
    version: EditMatch,
    write: JsonBody<PersonWrite>,
) -> Result<Desk<DeskPersonView>, Problem> {
    let changes = write.0.parse()?;
    api.perform(caller, move |act, render| Ok(answer(people::edit(act, id.0, version.0, changes)?, &act.actor, render)))
        .await
}

/// Delete a person
///
/// Somebody whom content, attendance or a menu refers to answers 409 `in_use` with the uses.
#[utoipa::path(tag = "editorial people", params(PathId<Person>, IfMatch))]
#[delete("/people/{id}")]
pub async fn delete_person(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Person>,
    version: IfMatch,
) -> Result<NoContent, Problem> {
    api.perform(caller, move |act, _| {
        people::delete(act, id.0, version.0)?;
        Ok(NoContent)
    })
    .await
}

fn answer(person: Person, actor: &Actor, render: &Render) -> Desk<DeskPersonView> {
    let version = person.version;
    Desk::one(DeskPersonView::new(person, actor, render), version)
}
