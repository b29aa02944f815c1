//! Tags for everybody.

use actix_web::{HttpRequest, get, web::Data};
use bantin_application::tags;
use bantin_domain::{locale::Locale, tag::Tag};

use super::view::TagView;
use crate::{
    Api,
    directory::LocaleQuery,
    extract::PathRef,
    list::{Filter, List, ListQuery},
    problem::Problem,
    reply::{Public, found},
};

/// The list of tags.
#[derive(Debug, Clone)]
pub struct Tags;

impl List for Tags {
    const NAME: &'static str = "tags";
    const FILTERS: &'static [Filter] = &[];
}

/// List tags
///
/// Those that something public carries, in Vietnamese order.
#[utoipa::path(tag = "tags", params(ListQuery<Tags>), security(()))]
#[get("/tags")]
pub async fn list_tags(
    api: Data<Api>,
    query: ListQuery<Tags>,
    request: HttpRequest,
) -> Result<Public<Vec<TagView>>, Problem> {
    let (locale, render) = api.reading(&request, query.locale.as_ref()).await?;
    let locale = locale.unwrap_or_else(Locale::vietnamese);
    let page = query.page.clone();
    let slice = api.app.public(move |reader| tags::public_list(reader, &page)).await?;
    let (page, links) = query.describe(&slice, &request);
    let rows = slice.rows.iter().map(|tag| TagView::new(tag, &locale, &render)).collect();
    Ok(Public::list(rows, page, links).in_language(locale))
}

/// Read a tag
///
/// By id or slug, as long as something public carries it.
#[utoipa::path(tag = "tags", params(PathRef<Tag>, LocaleQuery), security(()))]
#[get("/tags/{ref}")]
pub async fn get_tag(
    api: Data<Api>,
    reference: PathRef<Tag>,
    query: LocaleQuery,
    request: HttpRequest,
) -> Result<Public<TagView>, Problem> {
    let (locale, render) = api.reading(&request, query.0.as_ref()).await?;
    let locale = locale.unwrap_or_else(Locale::vietnamese);
    let lookup = api.app.public(move |reader| tags::public_get(reader, &reference.0)).await?;
    let tag = found(lookup, &request, |slug| api.render.address("tags", slug.as_str()))?;
    let modified = tag.updated_at;
    Ok(Public::one(TagView::new(&tag, &locale, &render)).modified(modified).in_language(locale))
}
