//! What can be asked of the statistics in a URL.

use std::{
    collections::HashSet,
    future::{Ready, ready},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::ACCEPT, web::Data};
use bantin_domain::{
    article::ArticleId,
    category::Category,
    kind::Ref,
    listing::{DEFAULT_LIMIT, MAX_LIMIT},
    named::Named,
    time::{Date, parse_date},
    visits::{Breakdown, Window},
};
use utoipa::{
    IntoParams,
    openapi::{
        KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type,
        path::{Parameter, ParameterIn},
        schema::SchemaType,
    },
};

use crate::{
    Api,
    given::Given,
    list::{LocaleChoice, query_parameter},
    problem::Problem,
};

/// So many articles may be named at once.
const MOST_IDS: usize = 100;
/// So many days an answer covers when nobody says how many.
const USUAL_DAYS: i64 = 30;
/// So many days an article's answer covers at most: a year, and a leap day.
const MOST_DAYS_OF_ARTICLE: i64 = 366;
/// So many days a report covers at most: three years.
const MOST_DAYS: i64 = 1_100;
/// So many days a report by hour covers at most: their rows are 24 times as many.
const MOST_DAYS_BY_HOUR: i64 = 62;

/// Which articles, by how often they are read.
#[derive(Debug, Clone)]
pub(super) enum MostRead {
    /// The most read of a window.
    Ranking { window: Window, category: Option<Ref<Category>>, locale: Option<LocaleChoice>, limit: u32 },
    /// These, ever or in a window.
    Named { ids: Vec<ArticleId>, window: Option<Window> },
}

impl MostRead {
    const NAMES: [&'static str; 5] = ["window", "filter[category]", "locale", "limit", "ids"];

    fn parse(query: &str) -> Result<Self, Problem> {
        let mut given = Given::read(query, &Self::NAMES)?;
        let window = given.take_named("window")?;
        if let Some(ids) = given.take("ids", "1 to 100 ids of articles with commas between, each once", ids)? {
            return match given.left() {
                None => Ok(Self::Named { ids, window }),
                Some(other) => Err(Problem::parameter(other, "invalid_parameter", "cannot be given together with ids")),
            };
        }
        Ok(Self::Ranking {
            window: window.unwrap_or(Window::Week),
            category: given.take("filter[category]", "an id or a slug", Ref::parse)?,
            locale: given.take_locale_choice()?,
            limit: given.take_limit(MAX_LIMIT)?.unwrap_or(DEFAULT_LIMIT),
        })
    }
}

fn ids(text: &str) -> Option<Vec<ArticleId>> {
    let ids: Option<Vec<ArticleId>> = text.split(',').map(|id| id.trim().parse().ok()).collect();
    let is_once = |ids: &Vec<ArticleId>| ids.iter().collect::<HashSet<_>>().len() == ids.len();
    ids.filter(|ids| ids.len() <= MOST_IDS).filter(is_once)
}

impl FromRequest for MostRead {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::parse(request.query_string()))
    }
}

fn text() -> Schema {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).build().into()
}

fn one_of(names: Vec<&'static str>) -> Schema {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).enum_values(Some(names)).build().into()
}

fn named<E: Named>() -> Schema {
    one_of(E::ALL.iter().map(|value| value.name()).collect())
}

fn day() -> Schema {
    let date = SchemaFormat::KnownFormat(KnownFormat::Date);
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).format(Some(date)).build().into()
}

impl IntoParams for MostRead {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let limit = ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::Integer))
            .minimum(Some(1))
            .maximum(Some(f64::from(MAX_LIMIT)))
            .build();
        vec![
            query_parameter(
                "window",
                "How far back; `7d` when absent. With `ids`, ever when absent.",
                named::<Window>(),
            ),
            query_parameter("filter[category]", "Id or slug of a section; what is below it counts too.", text()),
            query_parameter("locale", "A language, or `*` for all; the site's default when absent.", text()),
            query_parameter("limit", "How many articles, 1 to 100; 20 when absent.", limit.into()),
            query_parameter(
                "ids",
                "Instead: up to 100 ids of articles, each once, in the order of the answer.",
                text(),
            ),
        ]
    }
}

/// From which day to which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) from: Date,
    pub(super) to: Date,
}

impl Period {
    fn take(given: &mut Given, today: Date, most: i64) -> Result<Self, Problem> {
        let date = |text: &str| parse_date(text).ok();
        let to = given.take("to", "a day as YYYY-MM-DD", date)?.unwrap_or(today);
        let from = given.take("from", "a day as YYYY-MM-DD", date)?;
        let from = from.unwrap_or_else(|| days_before(to, USUAL_DAYS - 1));
        if from > to {
            return Err(Problem::parameter("from", "invalid_parameter", "must not be after to"));
        }
        if from < days_before(to, most - 1) {
            let message = format!("must be at most {most} days before to, both days counted");
            return Err(Problem::parameter("from", "invalid_parameter", message));
        }
        Ok(Self { from, to })
    }

    fn parameters() -> [Parameter; 2] {
        [
            query_parameter("from", "The first day; 29 days before the last when absent.", day()),
            query_parameter("to", "The last day; today when absent.", day()),
        ]
    }
}

fn days_before(day: Date, days: i64) -> Date {
    std::iter::successors(Some(day), |day| day.yesterday().ok())
        .take(usize::try_from(days).unwrap_or_default() + 1)
        .last()
        .unwrap_or(day)
}

/// The site's day now.
fn today(request: &HttpRequest) -> Result<Date, Problem> {
    let api = request.app_data::<Data<Api>>().ok_or_else(|| Problem::internal("no Api in the app data"))?;
    Ok(api.app.sources().clock.now().day_in(api.render.zone()))
}

/// Which days of an article.
#[derive(Debug, Clone, Copy)]
pub(super) struct ArticlePeriod(pub(super) Period);

impl FromRequest for ArticlePeriod {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(today(request).and_then(|today| {
            let mut given = Given::read(request.query_string(), &["from", "to"])?;
            Period::take(&mut given, today, MOST_DAYS_OF_ARTICLE).map(Self)
        }))
    }
}

impl IntoParams for ArticlePeriod {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        Period::parameters().into()
    }
}

/// Which report.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReportQuery {
    pub(super) by: Breakdown,
    pub(super) period: Period,
    pub(super) as_csv: bool,
}

impl ReportQuery {
    fn parse(request: &HttpRequest, today: Date) -> Result<Self, Problem> {
        let mut given = Given::read(request.query_string(), &["by", "from", "to", "format"])?;
        let by = given.take_named("by")?.unwrap_or(Breakdown::Day);
        let format = |text: &str| match text {
            "json" => Some(false),
            "csv" => Some(true),
            _ => None,
        };
        let asked = given.take("format", "json or csv", format)?;
        let most = if by == Breakdown::Hour { MOST_DAYS_BY_HOUR } else { MOST_DAYS };
        let period = Period::take(&mut given, today, most)?;
        Ok(Self { by, period, as_csv: asked.unwrap_or_else(|| accepts_csv(request)) })
    }
}

/// Whether the client would rather have a table: it names `text/csv`, and JSON not before it.
fn accepts_csv(request: &HttpRequest) -> bool {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let place = |kind: &str| accept.split(',').position(|one| one.trim().split(';').next() == Some(kind));
    place("text/csv").is_some_and(|csv| place("application/json").is_none_or(|json| csv < json))
}

impl FromRequest for ReportQuery {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(today(request).and_then(|today| Self::parse(request, today)))
    }
}

impl IntoParams for ReportQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let by = query_parameter("by", "By what visits are told apart; `day` when absent.", named::<Breakdown>());
        let format = "`csv` for a spreadsheet; `Accept: text/csv` asks for the same.";
        let format = query_parameter("format", format, one_of(vec!["json", "csv"]));
        [vec![by], Period::parameters().into(), vec![format]].concat()
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn nothing_is_clamped_or_ignored() {
        for query in [
            "window=1y",
            "limit=0",
            "limit=101",
            "limit=+5",
            "limit=05",
            "ids=",
            "ids=x",
            "window=7d&window=7d",
            "filter[category]=",
            "page=2",
            "ids=0190aaaa-0000-7000-8000-000000000001&limit=5",
            "locale=viet",
        ] {
            assert!(MostRead::parse(query).is_err(), "{query}");
        }
        let many = vec!["0190aaaa-0000-7000-8000-000000000001"; 101].join(",");
        assert!(MostRead::parse(&format!("ids={many}")).is_err());
        assert!(matches!(MostRead::parse("").unwrap(), MostRead::Ranking { window: Window::Week, limit: 20, .. }));
    }

    #[test]
    fn a_period_has_both_its_days_and_an_end() {
        let today = parse_date("2023-03-14").unwrap();
        let period = |query: &str, most| Period::take(&mut Given::read(query, &["from", "to"]).unwrap(), today, most);
        let usual = period("", 366).unwrap();
        assert_eq!((usual.from.to_string(), usual.to.to_string()), ("2023-02-13".to_owned(), "2023-03-14".to_owned()));
        assert!(period("from=2023-03-14&to=2023-03-14", 1).is_ok());
        for query in ["from=2023-03-13&to=2023-03-14", "from=2023-03-15", "from=14/03/2023", "to=2023-02-30"] {
            assert!(period(query, 1).is_err(), "{query}");
        }
    }

    #[test]
    fn a_table_is_given_to_who_asks_for_one_first() {
        let asks =
            |accept: &str| accepts_csv(&TestRequest::default().insert_header((ACCEPT, accept)).to_http_request());
        assert!(asks("text/csv") && asks("text/csv;q=0.9, application/json;q=0.8"));
        assert!(!asks("*/*") && !asks("application/json, text/csv") && !asks("text/html"));
    }
}
