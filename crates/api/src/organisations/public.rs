//! Organisations for everybody.

use actix_web::{HttpRequest, get, web::Data};
use bantin_application::organisations::{self, OrganisationFilter};
use bantin_domain::{kind::Ref, organisation::Organisation, text::Slug};

use super::view::OrganisationView;
use crate::{
    Api,
    directory::{NoQuery, letter},
    extract::PathRef,
    list::{Filter, List, ListQuery},
    problem::Problem,
    reply::{Public, found},
};

/// The list of organisations.
#[derive(Debug, Clone)]
pub struct Organisations;

impl List for Organisations {
    const NAME: &'static str = "organisations";
    const HAS_LOCALE: bool = false;
    const FILTERS: &'static [Filter] = &[
        Filter { name: "id", doc: "The one with this id." },
        Filter { name: "slug", doc: "The one with this slug." },
        Filter { name: "organisation", doc: "Id or slug of an organisation: those right below it." },
        Filter { name: "initial", doc: "A letter of the alphabet (Ă, Â, Đ, Ê, Ô, Ơ, Ư are letters), or `#`." },
    ];
}

/// What a query asks for: by its own members, and below which organisation.
///
/// # Errors
/// 400 naming the filter that cannot be read.
pub(super) fn filters(
    query: &ListQuery<Organisations>,
) -> Result<(OrganisationFilter, Option<Ref<Organisation>>), Problem> {
    let filter = OrganisationFilter {
        ids: query.parsed("id", |text| text.parse().ok(), "an id")?.map(|id| vec![id]),
        slugs: query.parsed("slug", |text| Slug::parse(text).ok(), "a slug")?.map(|slug| vec![slug]),
        initials: query.parsed("initial", letter, "one letter, or #")?.map(|letter| vec![letter]),
        parent: None,
    };
    Ok((filter, query.parsed("organisation", Ref::parse, "an id or a slug")?))
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
) -> Result<Public<Vec<OrganisationView>>, Problem> {
    let render = api.site_render().await?;
    let (page, (filter, parent)) = (query.page.clone(), filters(&query)?);
    let slice =
        api.app.public(move |reader| organisations::public_list(reader, filter, parent.as_ref(), &page)).await?;
    let (page, links) = query.describe(&slice, &request);
    Ok(Public::list(slice.rows.into_iter().map(|one| OrganisationView::new(one, &render)).collect(), page, links))
}

/// Read an organisation
///
/// By id or slug, as long as something public shows it or it is listed.
#[utoipa::path(tag = "organisations", params(PathRef<Organisation>), security(()))]
#[get("/organisations/{ref}")]
pub async fn get_organisation(
    api: Data<Api>,
    reference: PathRef<Organisation>,
    _query: NoQuery,
    request: HttpRequest,
) -> Result<Public<OrganisationView>, Problem> {
    let render = api.site_render().await?;
    let lookup = api.app.public(move |reader| organisations::public_get(reader, &reference.0)).await?;
    let found = found(lookup, &request, |slug| api.render.address("organisations", slug.as_str()))?;
    let modified = found.organisation.updated_at;
    Ok(Public::one(OrganisationView::new(found, &render)).modified(modified))
}
