//! Organisations for everybody.

use actix_web::{HttpRequest, get, web::Data};
use bantin_application::organisations::{self, OrganisationFilter};
use bantin_domain::{
    kind::Ref,
    listing::Operator::{Equal, In},
    organisation::Organisation,
};

use super::view::OrganisationView;
use crate::{
    Api,
    directory::letter,
    extract::PathRef,
    list::{Filter, Key, List, ListQuery, Sort, Sparse, Value},
    problem::Problem,
    read::ReadOf,
    reply::{Public, found},
};

pub(super) const ID: Filter = Filter::of("id", Value::Id, &[Equal, In], "The one with this id.");
pub(super) const SLUG: Filter = Filter::of("slug", Value::Slug, &[Equal, In], "The one with this slug.");
pub(super) const ORGANISATION: Filter =
    Filter::of("organisation", Value::Reference, &[Equal], "Id or slug of an organisation: those right below it.");
pub(super) const INITIAL: Filter =
    Filter::text("initial", "A letter of the alphabet (Ă, Â, Đ, Ê, Ô, Ơ, Ư are letters), or `#`.");

/// The list of organisations.
#[derive(Debug, Clone)]
pub struct Organisations;

impl List for Organisations {
    const NAME: &'static str = "organisations";
    const HAS_LOCALE: bool = false;
    const FILTERS: &'static [Filter] = &[ID, SLUG, ORGANISATION, INITIAL];
    const SORTS: &'static [Sort] = &[Sort::by("name", Key::Bytes, &["id", "slug", "organisation", "initial"])];
    const FIELDS: &'static [&'static str] =
        &["id", "type", "slug", "name", "shortName", "parent", "kind", "url", "links"];
}

/// What a query asks for: by its own members, and below which organisation.
///
/// # Errors
/// 400 naming the filter that cannot be read.
pub(super) fn filters<L: List>(
    query: &ListQuery<L>,
) -> Result<(OrganisationFilter, Option<Ref<Organisation>>), Problem> {
    let filter = OrganisationFilter {
        ids: query.ids("id")?,
        slugs: query.slugs("slug")?,
        initial: query.parsed("initial", letter, "one letter, or #")?,
        parent: None,
    };
    Ok((filter, query.reference("organisation")?))
}

/// List organisations
///
/// Those that something public shows and those that are listed, in Vietnamese order.
#[utoipa::path(tag = "organisations", params(ListQuery<Organisations>), security(()))]
#[get("/organisations")]
pub async fn list_organisations(
    api: Data<Api>,
    query: ListQuery<Organisations>,
    request: HttpRequest,
) -> Result<Public<Vec<Sparse<OrganisationView>>>, Problem> {
    let render = api.site_render().await?;
    let (page, (filter, parent)) = (query.page.clone(), filters(&query)?);
    let wanted = (query.order()?, query.fields.shows("parent"));
    let slice = api
        .app
        .public(move |reader| organisations::public_list(reader, filter, parent.as_ref(), wanted, &page))
        .await?;
    let (page, links) = query.describe(&slice, &request);
    let view = |organisation| query.fields.of_one(OrganisationView::new(organisation, &render));
    Ok(Public::list(slice.rows.into_iter().map(view).collect(), page, links))
}

/// Read an organisation
///
/// By id or slug, as long as something public shows it or it is listed.
#[utoipa::path(tag = "organisations", params(PathRef<Organisation>, ReadOf<Organisations>), security(()))]
#[get("/organisations/{ref}")]
pub async fn get_organisation(
    api: Data<Api>,
    reference: PathRef<Organisation>,
    query: ReadOf<Organisations>,
    request: HttpRequest,
) -> Result<Public<Sparse<OrganisationView>>, Problem> {
    let render = api.site_render().await?;
    let with_parent = query.fields.shows("parent");
    let lookup = api.app.public(move |reader| organisations::public_get(reader, &reference.0, with_parent)).await?;
    let found = found(lookup, &request, |slug| api.render.address("organisations", slug.as_str()))?;
    let modified = found.organisation.updated_at;
    Ok(Public::one(query.fields.of_one(OrganisationView::new(found, &render))).modified(modified))
}
