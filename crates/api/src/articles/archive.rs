//! The archive of articles.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, get, web::Data};
use bantin_application::archive::{self, ArchiveMonth, ArchiveYear};
use bantin_domain::{category::Category, kind::Ref};
use serde::Serialize;
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        ObjectBuilder, Schema, Type,
        path::{Parameter, ParameterIn},
    },
};

use crate::{
    Api,
    directory::whole,
    given::Given,
    list::{LocaleChoice, query_parameter},
    problem::Problem,
    reply::Public,
};

/// Count the articles by year and month
///
/// The newest first, in the site's zone; months and years without any are left out. What is counted is
/// what the list of articles shows now.
#[utoipa::path(tag = "articles", params(ArchiveQuery), security(()))]
#[get("/articles/archive")]
pub async fn get_article_archive(
    api: Data<Api>,
    query: ArchiveQuery,
    request: HttpRequest,
) -> Result<Public<Vec<ArchiveYearView>>, Problem> {
    let (locale, _) = api.reading(&request, query.locale.as_ref()).await?;
    let category = query.category;
    let years = api.app.public(move |reader| archive::years(reader, locale.as_ref(), category)).await?;
    Ok(Public::list(years.into_iter().map(ArchiveYearView::from).collect(), whole(), None))
}

/// Which articles are counted.
#[derive(Debug, Clone)]
pub struct ArchiveQuery {
    /// In which language.
    locale: Option<LocaleChoice>,
    /// In which section, or below it.
    category: Option<Ref<Category>>,
}

impl ArchiveQuery {
    fn parse(query: &str) -> Result<Self, Problem> {
        let mut given = Given::read(query, &["locale", "filter[category]"])?;
        Ok(Self {
            locale: given.take_locale_choice()?,
            category: given.take("filter[category]", "an id or a slug", Ref::parse)?,
        })
    }
}

impl FromRequest for ArchiveQuery {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::parse(request.query_string()))
    }
}

impl IntoParams for ArchiveQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let text = || -> Schema { ObjectBuilder::new().schema_type(Type::String).build().into() };
        vec![
            query_parameter("locale", "A language, or `*` for all; the site's default when absent.", text()),
            query_parameter("filter[category]", "Id or slug of a section; what is below it counts too.", text()),
        ]
    }
}

/// A year of the archive.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ArchiveYear)]
pub struct ArchiveYearView {
    /// The year.
    pub year: i32,
    /// How many articles it has.
    #[schema(minimum = 1)]
    pub count: i64,
    /// Its months that have any, the newest first.
    pub months: Vec<ArchiveMonthView>,
}

/// A month of the archive.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ArchiveMonth)]
pub struct ArchiveMonthView {
    /// 1 is January.
    #[schema(minimum = 1, maximum = 12)]
    pub month: i32,
    /// How many articles it has.
    #[schema(minimum = 1)]
    pub count: i64,
}

impl From<ArchiveYear> for ArchiveYearView {
    fn from(year: ArchiveYear) -> Self {
        let month = |month: ArchiveMonth| ArchiveMonthView { month: month.month, count: month.articles };
        Self { year: year.year, count: year.articles, months: year.months.into_iter().map(month).collect() }
    }
}
