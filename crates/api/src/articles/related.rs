//! What stands near an article.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, get, web::Data};
use bantin_application::related;
use bantin_domain::{article::Article, locale::Locale};
use utoipa::{
    IntoParams,
    openapi::{
        KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type,
        path::{Parameter, ParameterIn},
    },
};

use super::view::ArticleView;
use crate::{
    Api,
    body::BodyFormat,
    extract::PathRef,
    given::Given,
    list::{PageView, query_parameter},
    problem::Problem,
    reply::{Public, found},
};

/// So many when nobody says how many.
const USUAL: u32 = 5;
/// So many at most.
const MOST: u32 = 20;

/// List what is related to an article
///
/// Other articles in its language that report the same event, share tags or authors with it or stand in
/// its section, what has most in common first, and of what has as much in common the newest. They have no
/// further pages.
#[utoipa::path(tag = "articles", params(PathRef<Article>, RelatedQuery), security(()))]
#[get("/articles/{ref}/related")]
pub async fn list_related_articles(
    api: Data<Api>,
    reference: PathRef<Article>,
    query: RelatedQuery,
    request: HttpRequest,
) -> Result<Public<Vec<ArticleView>>, Problem> {
    let render = api.site_render().await?;
    let RelatedQuery { limit, locale } = query;
    let locale = api.meant(locale).await?;
    let most = usize::try_from(limit).unwrap_or_default();
    let lookup = api.app.public(move |reader| related::of_article(reader, &reference.0, locale.as_ref(), most)).await?;
    let (locale, near) =
        found(lookup, &request, |slug| format!("{}/related", api.render.address("articles", slug.as_str())))?;
    let rows = near.into_iter().map(|article| ArticleView::new(article, BodyFormat::Html, &render)).collect();
    let page = PageView { limit, next: None, previous: None, number: None, pages: None, total: None };
    Ok(Public::list(rows, page, None).in_language(locale))
}

/// How many, and of which language the article itself is to be.
#[derive(Debug, Clone)]
pub struct RelatedQuery {
    limit: u32,
    locale: Option<Locale>,
}

impl FromRequest for RelatedQuery {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let parse = |query| {
            let mut given = Given::read(query, &["limit", "locale"])?;
            Ok(Self { limit: given.take_limit(MOST)?.unwrap_or(USUAL), locale: given.take_locale()? })
        };
        ready(parse(request.query_string()))
    }
}

impl IntoParams for RelatedQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let limit: Schema = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
            .minimum(Some(1))
            .maximum(Some(f64::from(MOST)))
            .build()
            .into();
        let text: Schema = ObjectBuilder::new().schema_type(Type::String).build().into();
        vec![
            query_parameter("limit", &format!("How many, 1 to {MOST}; {USUAL} when absent."), limit),
            query_parameter("locale", "A language: what is related to its translation, where there is one.", text),
        ]
    }
}
