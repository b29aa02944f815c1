//! People for everybody.

use actix_web::{HttpRequest, get, web::Data};
use bantin_application::people::{self, PersonFilter, PersonParts};
use bantin_domain::{
    kind::Ref,
    listing::Operator::{Equal, In},
    organisation::Organisation,
    person::Person,
};

use super::view::{AppearanceView, InitialView, PersonView};
use crate::{
    Api,
    directory::{NoQuery, letter, whole},
    extract::PathRef,
    list::{Fields, Filter, Key, List, ListQuery, Sort, Sparse, Value},
    problem::Problem,
    read::ReadOf,
    reply::{Public, found},
};

pub(super) const ID: Filter = Filter::of("id", Value::Id, &[Equal, In], "The one with this id.");
pub(super) const SLUG: Filter = Filter::of("slug", Value::Slug, &[Equal, In], "The one with this slug.");
pub(super) const ORGANISATION: Filter = Filter::of(
    "organisation",
    Value::Reference,
    &[Equal],
    "Id or slug of an organisation: those who hold or held a post there.",
);
pub(super) const INITIAL: Filter =
    Filter::text("initial", "The letter of the given name (Ă, Â, Đ, Ê, Ô, Ơ, Ư are letters), or `#`.");

/// The list of people.
#[derive(Debug, Clone)]
pub struct People;

impl List for People {
    const NAME: &'static str = "people";
    const HAS_LOCALE: bool = false;
    const IS_SEARCHED: bool = true;
    const FILTERS: &'static [Filter] = &[ID, SLUG, ORGANISATION, INITIAL];
    const SORTS: &'static [Sort] = &[Sort::by("name", Key::Bytes, &["id", "slug", "organisation", "initial"])];
    const FIELDS: &'static [&'static str] = &[
        "id",
        "type",
        "slug",
        "displayName",
        "familyName",
        "middleName",
        "givenName",
        "academicTitle",
        "aliases",
        "positions",
        "biography",
        "photo",
        "links",
    ];
}

/// What a query asks for: by their own members, and at which organisation.
///
/// # Errors
/// 400 naming the filter that cannot be read.
pub(super) fn filters<L: List>(query: &ListQuery<L>) -> Result<(PersonFilter, Option<Ref<Organisation>>), Problem> {
    let filter = PersonFilter {
        ids: query.ids("id")?,
        slugs: query.slugs("slug")?,
        initial: query.parsed("initial", letter, "one letter, or #")?,
        organisation: None,
    };
    Ok((filter, query.reference("organisation")?))
}

/// What must be read for these members.
fn parts(fields: &Fields) -> PersonParts {
    PersonParts { photo: fields.shows("photo"), organisations: fields.shows("positions") }
}

/// The list of what somebody wrote and spoke at.
#[derive(Debug, Clone)]
pub struct Appearances;

impl List for Appearances {
    const NAME: &'static str = "appearances";
    const FILTERS: &'static [Filter] = &[];
}

/// List people
///
/// Those whom something public shows and those who are listed, by given name, family and middle in
/// Vietnamese order.
#[utoipa::path(tag = "people", params(ListQuery<People>), security(()))]
#[get("/people")]
pub async fn list_people(
    api: Data<Api>,
    query: ListQuery<People>,
    request: HttpRequest,
) -> Result<Public<Vec<Sparse<PersonView>>>, Problem> {
    let render = api.site_render().await?;
    let (page, (filter, organisation)) = (query.page.clone(), filters(&query)?);
    let wanted = (query.order()?, parts(&query.fields));
    let text = query.text.clone();
    let found = api.app.public(move |reader| match text {
        Some(text) => people::public_search(reader, &text, filter, organisation.as_ref(), wanted, &page),
        None => people::public_list(reader, filter, organisation.as_ref(), wanted, &page),
    });
    let slice = found.await?;
    let (page, links) = query.describe(&slice, &request);
    let view = |person| query.fields.of_one(PersonView::new(person, &render));
    Ok(Public::list(slice.rows.into_iter().map(view).collect(), page, links))
}

/// Index people by letter
///
/// How many people the list has under each letter of the alphabet; letters without any are left out.
#[utoipa::path(tag = "people", security(()))]
#[get("/people/index")]
pub async fn index_people(api: Data<Api>, _query: NoQuery) -> Result<Public<Vec<InitialView>>, Problem> {
    let index = api.app.public(people::public_index).await?;
    let rows = index.into_iter().map(|(initial, count)| InitialView { initial, count }).collect();
    Ok(Public::list(rows, whole(), None))
}

/// Read a person
///
/// By id or slug, as long as something public shows them or they are listed.
#[utoipa::path(tag = "people", params(PathRef<Person>, ReadOf<People>), security(()))]
#[get("/people/{ref}")]
pub async fn get_person(
    api: Data<Api>,
    reference: PathRef<Person>,
    query: ReadOf<People>,
    request: HttpRequest,
) -> Result<Public<Sparse<PersonView>>, Problem> {
    let render = api.site_render().await?;
    let parts = parts(&query.fields);
    let lookup = api.app.public(move |reader| people::public_get(reader, &reference.0, parts)).await?;
    let found = found(lookup, &request, |slug| api.render.address("people", slug.as_str()))?;
    let modified = found.person.updated_at;
    Ok(Public::one(query.fields.of_one(PersonView::new(found, &render))).modified(modified))
}

/// List a person's appearances
///
/// The articles they wrote and the speeches they gave, alone or with others; newest first.
#[utoipa::path(tag = "people", params(PathRef<Person>, ListQuery<Appearances>), security(()))]
#[get("/people/{ref}/appearances")]
pub async fn list_person_appearances(
    api: Data<Api>,
    reference: PathRef<Person>,
    query: ListQuery<Appearances>,
    request: HttpRequest,
) -> Result<Public<Vec<AppearanceView>>, Problem> {
    let (locale, render) = api.reading(&request, query.locale.as_ref()).await?;
    let page = query.page.clone();
    let lookup =
        api.app.public(move |reader| people::public_appearances(reader, &reference.0, locale.as_ref(), &page)).await?;
    let slice = found(lookup, &request, |slug| format!("{}/appearances", api.render.address("people", slug.as_str())))?;
    let (page, links) = query.describe(&slice, &request);
    Ok(Public::list(slice.rows.into_iter().map(|one| AppearanceView::new(one, &render)).collect(), page, links))
}
