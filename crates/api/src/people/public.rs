//! People for everybody.

use actix_web::{HttpRequest, get, web::Data};
use bantin_application::people::{self, PersonFilter};
use bantin_domain::{kind::Ref, organisation::Organisation, person::Person, text::Slug};

use super::view::{AppearanceView, InitialView, PersonView};
use crate::{
    Api,
    directory::{NoQuery, letter, whole},
    extract::PathRef,
    list::{Filter, List, ListQuery},
    problem::Problem,
    reply::{Public, found},
};

/// The list of people.
#[derive(Debug, Clone)]
pub struct People;

impl List for People {
    const NAME: &'static str = "people";
    const HAS_LOCALE: bool = false;
    const FILTERS: &'static [Filter] = &[
        Filter { name: "id", doc: "The one with this id." },
        Filter { name: "slug", doc: "The one with this slug." },
        Filter { name: "organisation", doc: "Id or slug of an organisation: those who hold or held a post there." },
        Filter {
            name: "initial", doc: "The letter of the given name (Ă, Â, Đ, Ê, Ô, Ơ, Ư are letters), or `#`."
        },
    ];
}

/// What a query asks for: by their own members, and at which organisation.
///
/// # Errors
/// 400 naming the filter that cannot be read.
pub(super) fn filters(query: &ListQuery<People>) -> Result<(PersonFilter, Option<Ref<Organisation>>), Problem> {
    let filter = PersonFilter {
        ids: query.parsed("id", |text| text.parse().ok(), "an id")?.map(|id| vec![id]),
        slugs: query.parsed("slug", |text| Slug::parse(text).ok(), "a slug")?.map(|slug| vec![slug]),
        initials: query.parsed("initial", letter, "one letter, or #")?.map(|letter| vec![letter]),
        organisation: None,
    };
    Ok((filter, query.parsed("organisation", Ref::parse, "an id or a slug")?))
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
) -> Result<Public<Vec<PersonView>>, Problem> {
    let render = api.site_render().await?;
    let (page, (filter, organisation)) = (query.page.clone(), filters(&query)?);
    let slice = api.app.public(move |reader| people::public_list(reader, filter, organisation.as_ref(), &page)).await?;
    let (page, links) = query.describe(&slice, &request);
    Ok(Public::list(slice.rows.into_iter().map(|one| PersonView::new(one, &render)).collect(), page, links))
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
#[utoipa::path(tag = "people", params(PathRef<Person>), security(()))]
#[get("/people/{ref}")]
pub async fn get_person(
    api: Data<Api>,
    reference: PathRef<Person>,
    _query: NoQuery,
    request: HttpRequest,
) -> Result<Public<PersonView>, Problem> {
    let render = api.site_render().await?;
    let lookup = api.app.public(move |reader| people::public_get(reader, &reference.0)).await?;
    let found = found(lookup, &request, |slug| api.render.address("people", slug.as_str()))?;
    let modified = found.person.updated_at;
    Ok(Public::one(PersonView::new(found, &render)).modified(modified))
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
