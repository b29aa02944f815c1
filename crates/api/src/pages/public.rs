//! Standing pages for everybody.

use actix_web::{HttpRequest, get, web::Data};
use bantin_application::pages::{self, PageParts, PageQuery};
use bantin_domain::{
    listing::Operator::{Equal, In},
    locale::Locale,
    page::Page,
};

use super::view::PageView;
use crate::{
    Api,
    body::BodyFormat,
    extract::PathRef,
    list::{Fields, Filter, Include, Key, List, ListQuery, Sort, Sparse, Value},
    problem::Problem,
    read::ReadOf,
    reply::{Public, found},
};

/// The public list of pages.
#[derive(Debug, Clone)]
pub struct Pages;

impl List for Pages {
    const NAME: &'static str = "pages";
    const IS_SEARCHED: bool = true;
    const FILTERS: &'static [Filter] = &[
        Filter::of("id", Value::Id, &[Equal, In], "The one with this id."),
        Filter::of("slug", Value::Slug, &[Equal, In], "The one with this slug."),
        Filter::of("locale", Value::Locale, &[Equal], "A language, as `locale`."),
        Filter::of("parent", Value::Reference, &[Equal], "Id or slug of a page: those right below it."),
    ];
    const SORTS: &'static [Sort] = &[Sort::by("order", Key::Number, &["id", "slug", "locale", "parent"])];
    const FIELDS: &'static [&'static str] = &[
        "id",
        "type",
        "locale",
        "slug",
        "title",
        "summary",
        "parentId",
        "order",
        "body",
        "cover",
        "attachments",
        "publishedAt",
        "updatedAt",
        "translations",
        "links",
    ];
    const INCLUDES: &'static [Include] = &[
        Include { name: "cover", doc: "nothing more: a picture is always whole." },
        Include { name: "attachments", doc: "nothing more: a file is always whole." },
    ];
}

/// List pages
///
/// In the editors' order; `parentId` makes the tree. The text is left out unless `fields` asks for `body`;
/// `GET /pages/{ref}` has it.
#[utoipa::path(tag = "pages", params(ListQuery<Pages>), security(()))]
#[get("/pages")]
pub async fn list_pages(
    api: Data<Api>,
    query: ListQuery<Pages>,
    request: HttpRequest,
) -> Result<Public<Vec<Sparse<PageView>>>, Problem> {
    let (locale, render) = api.reading(&request, query.locale.as_ref()).await?;
    let (asked, page) = (asked(&query, locale)?, query.page.clone());
    let slice = api.app.public(move |reader| pages::public_list(reader, asked, &page)).await?;
    let (page, links) = query.describe(&slice, &request);
    let format = query.body.unwrap_or(BodyFormat::Html);
    let view = |page| query.fields.of_one(PageView::new(page, format, &render));
    Ok(Public::list(slice.rows.into_iter().map(view).collect(), page, links))
}

/// Read a page
///
/// By id or slug. An old slug answers 301, a withdrawn page 410.
#[utoipa::path(tag = "pages", params(PathRef<Page>, ReadOf<Pages>), security(()))]
#[get("/pages/{ref}")]
pub async fn get_page(
    api: Data<Api>,
    reference: PathRef<Page>,
    query: ReadOf<Pages>,
    request: HttpRequest,
) -> Result<Public<Sparse<PageView>>, Problem> {
    let render = api.site_render().await?;
    let ReadOf { locale, body, fields, .. } = query;
    let locale = api.meant(locale).await?;
    let parts = parts(&fields, fields.shows("body"));
    let lookup = api.app.public(move |reader| pages::public_get(reader, &reference.0, locale.as_ref(), parts)).await?;
    let page = found(lookup, &request, |slug| api.render.address("pages", slug.as_str()))?;
    let (modified, locale) = (page.updated_at, page.locale.clone());
    let view = PageView::new(page, body.unwrap_or(BodyFormat::Html), &render);
    Ok(Public::one(fields.of_one(view)).modified(modified).in_language(locale))
}

fn asked(query: &ListQuery<Pages>, locale: Option<Locale>) -> Result<PageQuery, Problem> {
    Ok(PageQuery {
        text: query.text.clone(),
        locale,
        ids: query.ids("id")?,
        slugs: query.slugs("slug")?,
        parent: query.reference("parent")?,
        order: query.order()?,
        parts: parts(&query.fields, query.fields.names("body")),
    })
}

/// What must be read for these members.
fn parts(fields: &Fields, body: bool) -> PageParts {
    PageParts {
        body,
        parent: fields.shows("parentId"),
        media: fields.show_any(&["cover", "attachments"]),
        translations: fields.shows("translations"),
    }
}

#[cfg(test)]
mod tests {
    use bantin_domain::page::PageSort;

    use super::*;
    use crate::list::checks;

    #[test]
    fn fields_are_the_members_of_the_view_and_no_others() {
        checks::fields_are_the_members_of_the_view_and_no_others::<Pages, PageView>(&[]);
    }

    #[test]
    fn every_order_on_offer_is_known_and_goes_with_filters_that_there_are() {
        checks::every_order_on_offer_is_known_and_goes_with_filters_that_there_are::<Pages, PageSort>();
    }
}
