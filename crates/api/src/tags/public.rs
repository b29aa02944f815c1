//! Tags for everybody.

use actix_web::{HttpRequest, get, web::Data};
use bantin_application::tags::{self, TagFilter};
use bantin_domain::{
    listing::Operator::{Equal, In},
    locale::Locale,
    tag::Tag,
};

use super::view::TagView;
use crate::{
    Api,
    extract::PathRef,
    list::{Filter, Key, List, ListQuery, Sort, Sparse, Value},
    problem::Problem,
    read::ReadOf,
    reply::{Public, found},
};

pub(super) const ID: Filter = Filter::of("id", Value::Id, &[Equal, In], "The one with this id.");
pub(super) const SLUG: Filter =
    Filter::of("slug", Value::Slug, &[Equal, In], "The one with this slug, in the site's own language.");

/// The list of tags.
#[derive(Debug, Clone)]
pub struct Tags;

impl List for Tags {
    const NAME: &'static str = "tags";
    const IS_SEARCHED: bool = true;
    const FILTERS: &'static [Filter] = &[ID, SLUG];
    const SORTS: &'static [Sort] = &[Sort::by("name", Key::Bytes, &["id", "slug"])];
    const FIELDS: &'static [&'static str] = &["id", "type", "locale", "slug", "name", "links"];
}

/// What a query asks for.
///
/// # Errors
/// 400 naming the filter that cannot be read.
pub(super) fn filter<L: List>(query: &ListQuery<L>) -> Result<TagFilter, Problem> {
    Ok(TagFilter { ids: query.ids("id")?, slugs: query.slugs("slug")? })
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
) -> Result<Public<Vec<Sparse<TagView>>>, Problem> {
    let (locale, render) = api.reading(&request, query.locale.as_ref()).await?;
    let locale = locale.unwrap_or_else(Locale::vietnamese);
    let (page, filter, order) = (query.page.clone(), filter(&query)?, query.order()?);
    let text = query.text.clone();
    let found = api.app.public(move |reader| match text {
        Some(text) => tags::public_search(reader, &text, &filter, order, &page),
        None => tags::public_list(reader, &filter, order, &page),
    });
    let slice = found.await?;
    let (page, links) = query.describe(&slice, &request);
    let view = |tag| query.fields.of_one(TagView::new(tag, &locale, &render));
    Ok(Public::list(slice.rows.iter().map(view).collect(), page, links).in_language(locale))
}

/// Read a tag
///
/// By id or slug, as long as something public carries it.
#[utoipa::path(tag = "tags", params(PathRef<Tag>, ReadOf<Tags>), security(()))]
#[get("/tags/{ref}")]
pub async fn get_tag(
    api: Data<Api>,
    reference: PathRef<Tag>,
    query: ReadOf<Tags>,
    request: HttpRequest,
) -> Result<Public<Sparse<TagView>>, Problem> {
    let (locale, render) = api.reading_one(&request, query.locale).await?;
    let lookup = api.app.public(move |reader| tags::public_get(reader, &reference.0)).await?;
    let tag = found(lookup, &request, |slug| api.render.address("tags", slug.as_str()))?;
    let modified = tag.updated_at;
    let view = query.fields.of_one(TagView::new(&tag, &locale, &render));
    Ok(Public::one(view).modified(modified).in_language(locale))
}
