//! An article as a page to print and to file.

mod page;
mod words;

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, get, web::Data};
use bantin_application::articles::{self, ArticleParts};
use bantin_domain::{article::Article, locale::Locale};
use utoipa::{
    IntoParams,
    openapi::{
        ObjectBuilder, Type,
        path::{Parameter, ParameterIn},
    },
};

use crate::{Api, extract::PathRef, given::Given, html::Page, list::query_parameter, problem::Problem, reply::found};

/// What paper shows of an article.
const SHOWN: ArticleParts = ArticleParts { tags: false, events: false, translations: false, ..ArticleParts::WHOLE };

/// Print an article
///
/// A whole HTML document that runs no script and loads nothing but the article's pictures. By id or slug.
/// An old slug answers 301, a withdrawn article 410.
#[utoipa::path(tag = "articles", params(PathRef<Article>, PrintQuery), security(()))]
#[get("/articles/{ref}/print")]
pub async fn print_article(
    api: Data<Api>,
    reference: PathRef<Article>,
    query: PrintQuery,
    request: HttpRequest,
) -> Result<Page, Problem> {
    let render = api.site_render().await?;
    let locale = api.meant(query.locale).await?;
    let lookup =
        api.app.public(move |reader| articles::public_get(reader, &reference.0, locale.as_ref(), SHOWN)).await?;
    let article = found(lookup, &request, |slug| format!("{}/print", api.render.address("articles", slug.as_str())))?;
    Ok(Page {
        html: page::document(&article, &render),
        policy: page::policy(&render)?,
        modified: article.updated_at,
        language: article.locale,
    })
}

/// In which language.
#[derive(Debug, Clone)]
pub struct PrintQuery {
    locale: Option<Locale>,
}

impl FromRequest for PrintQuery {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let given = Given::read(request.query_string(), &["locale"]);
        ready(given.and_then(|mut given| Ok(Self { locale: given.take_locale()? })))
    }
}

impl IntoParams for PrintQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let text = ObjectBuilder::new().schema_type(Type::String).build().into();
        vec![query_parameter("locale", "A language: the translation in it is printed, where there is one.", text)]
    }
}
