//! Articles for everybody.

use actix_web::{HttpRequest, get, web::Data};
use bantin_application::articles::{self, ArticleQuery};
use bantin_domain::{article::Article, kind::Ref};

use super::view::ArticleView;
use crate::{
    Api,
    body::BodyFormat,
    extract::PathRef,
    list::{Filter, List, ListQuery},
    problem::Problem,
    read::ReadQuery,
    reply::{Public, found},
};

/// The public list of articles.
#[derive(Debug, Clone)]
pub struct Articles;

impl List for Articles {
    const NAME: &'static str = "articles";
    const FILTERS: &'static [Filter] = &[
        Filter { name: "category", doc: "Id or slug of a section; what is below it counts too." },
        Filter { name: "tag", doc: "Id or slug of a tag." },
        Filter { name: "event", doc: "Id or slug of an event: the articles that report it." },
        Filter { name: "author", doc: "Id or slug of a person: the articles they wrote." },
    ];
}

/// List articles
///
/// The newest first. The text is left out; `GET /articles/{ref}` has it.
#[utoipa::path(tag = "articles", params(ListQuery<Articles>), security(()))]
#[get("/articles")]
pub async fn list_articles(
    api: Data<Api>,
    query: ListQuery<Articles>,
    request: HttpRequest,
) -> Result<Public<Vec<ArticleView>>, Problem> {
    let (locale, render) = api.reading(&request, query.locale.as_ref()).await?;
    let asked = ArticleQuery {
        locale,
        category: query.parsed("category", Ref::parse, "an id or a slug")?,
        tag: query.parsed("tag", Ref::parse, "an id or a slug")?,
        event: query.parsed("event", Ref::parse, "an id or a slug")?,
        author: query.parsed("author", Ref::parse, "an id or a slug")?,
    };
    let page = query.page.clone();
    let slice = api.app.public(move |reader| articles::public_list(reader, asked, &page)).await?;
    let (page, links) = query.describe(&slice, &request);
    let rows = slice.rows.into_iter().map(|article| ArticleView::new(article, BodyFormat::Html, &render)).collect();
    Ok(Public::list(rows, page, links))
}

/// Read an article
///
/// By id or slug. An old slug answers 301, a withdrawn article 410.
#[utoipa::path(tag = "articles", params(PathRef<Article>, ReadQuery), security(()))]
#[get("/articles/{ref}")]
pub async fn get_article(
    api: Data<Api>,
    reference: PathRef<Article>,
    query: ReadQuery,
    request: HttpRequest,
) -> Result<Public<ArticleView>, Problem> {
    let render = api.site_render().await?;
    let lookup =
        api.app.public(move |reader| articles::public_get(reader, &reference.0, query.locale.as_ref())).await?;
    let article = found(lookup, &request, |slug| api.render.address("articles", slug.as_str()))?;
    let (modified, locale) = (article.updated_at, article.locale.clone());
    let view = ArticleView::new(article, query.body.unwrap_or(BodyFormat::Html), &render);
    Ok(Public::one(view).modified(modified).in_language(locale))
}
