//! The search for everybody.

use actix_web::{HttpRequest, get, web::Data};
use bantin_application::search::{self as finding, Found, KINDS, SearchQuery};
use bantin_domain::{
    kind::{Kind, Ref},
    listing::{Cursor, PageRequest, Slice, SortKey, Start},
    named::Named,
    search::MAX_QUERY,
};

use super::{
    answer::SearchAnswer,
    view::{FacetsView, HitView, SuggestionView},
};
use crate::{
    Api,
    list::{Filter, List, ListQuery},
    problem::Problem,
    reply::Public,
};

/// What is typed, of both operations.
const TYPED: Filter = Filter::text(
    "q",
    "What is looked for, to 500 characters, of which the first 32 words count. Words with marks mean those marks \
          and find others only behind them; words without mean any. \"Quotation marks\" hold words together; every \
          other sign only separates.",
);

/// The results of a search.
#[derive(Debug, Clone)]
pub struct Results;

impl List for Results {
    const NAME: &'static str = "search";
    const PARAMETERS: &'static [Filter] = &[
        TYPED,
        Filter::text(
            "types",
            "Only of these kinds, by comma: `article`, `event`, `speech`, `person`, `page`; all when absent.",
        ),
        Filter::text("facets", "`true` counts what was found by kind, section and year; `false` when absent."),
    ];
    const FILTERS: &'static [Filter] = &[
        Filter::text("category", "Id or slug of a section; what is below it counts too."),
        Filter::text("year", "A year in the site's zone: of an article's date, of an event's first day."),
    ];
}

/// Suggestions while somebody types.
#[derive(Debug, Clone)]
pub struct Suggestions;

impl List for Suggestions {
    const NAME: &'static str = "suggestions";
    const PARAMETERS: &'static [Filter] = &[TYPED];
    const FILTERS: &'static [Filter] = &[];
}

/// Search
///
/// Articles, events, speeches, people and pages, best first; without `q` there is nothing. `page.total`
/// is always there and exact to 1,000; beyond that `totalIsExact` is false. `facets` is `null` unless
/// asked for.
#[utoipa::path(tag = "search", params(ListQuery<Results>), security(()))]
#[get("/search")]
pub async fn search(api: Data<Api>, query: ListQuery<Results>, request: HttpRequest) -> Result<SearchAnswer, Problem> {
    let asked = SearchQuery {
        text: typed(&query)?,
        kinds: query.filter("types").map_or(Ok(Vec::new()), kinds)?,
        category: query.parsed("category", Ref::parse, "an id or a slug")?,
        year: query.parsed("year", year, "a year such as 2023")?,
        facets: query.filter("facets").map_or(Ok(false), flag)?,
        offset: offset(&query.page)?,
        limit: usize::try_from(query.page.limit).unwrap_or(usize::MAX),
        locale: None,
    };
    let (locale, render) = api.reading(&request, query.locale.as_ref()).await?;
    let zone = render.zone().clone();
    let asked = SearchQuery { locale, ..asked };
    let (offset, limit) = (asked.offset, asked.limit);
    let found: Found = api.app.public(move |reader| finding::search(reader, &asked, &zone)).await?;
    let place = |offset: usize| Cursor {
        key: SortKey::Number(i64::try_from(offset).unwrap_or(i64::MAX)),
        id: uuid::Uuid::nil(),
    };
    let is_last = u64::try_from(offset.saturating_add(limit)).is_ok_and(|end| end >= found.total);
    let slice = Slice {
        next: (!is_last).then(|| place(offset.saturating_add(limit))),
        previous: (offset > 0).then(|| place(offset.saturating_sub(limit))),
        total: Some(found.total),
        rows: found.hits,
    };
    let (page, links) = query.describe(&slice, &request);
    let rows = slice.rows.into_iter().map(|hit| HitView::new(hit, &render)).collect();
    let facets = found.facets.map(FacetsView::from);
    Ok(SearchAnswer::new(Public::list(rows, page, links), found.total_is_exact, facets.as_ref()))
}

/// Suggest
///
/// Titles, names and tags that have all words of `q`, the last of which may only be begun: at most
/// `limit`, what begins with `q` first. They have no further pages.
#[utoipa::path(tag = "search", params(ListQuery<Suggestions>), security(()))]
#[get("/search/suggest")]
pub async fn suggest(
    api: Data<Api>,
    query: ListQuery<Suggestions>,
    request: HttpRequest,
) -> Result<Public<Vec<SuggestionView>>, Problem> {
    let text = typed(&query)?;
    if query.page.start != Start::First {
        return Err(Problem::parameter("page", "invalid_parameter", "suggestions have one page"));
    }
    let (locale, render) = api.reading(&request, query.locale.as_ref()).await?;
    let limit = usize::try_from(query.page.limit).unwrap_or(usize::MAX);
    let found = api.app.public(move |reader| finding::suggest(reader, &text, locale.as_ref(), limit)).await?;
    let slice = Slice {
        total: query.page.count.then(|| u64::try_from(found.len()).unwrap_or(0)),
        rows: found,
        next: None,
        previous: None,
    };
    let (page, links) = query.describe(&slice, &request);
    Ok(Public::list(slice.rows.into_iter().map(|item| SuggestionView::new(item, &render)).collect(), page, links))
}

fn typed<L: List>(query: &ListQuery<L>) -> Result<String, Problem> {
    let text = query.filter(TYPED.name).unwrap_or_default();
    // A character has four bytes at most: what is longer is not even counted.
    if text.len() > 4 * MAX_QUERY || text.chars().count() > MAX_QUERY {
        return Err(Problem::parameter(
            TYPED.name,
            "invalid_parameter",
            format!("must have at most {MAX_QUERY} characters"),
        ));
    }
    Ok(text.to_owned())
}

fn kinds(text: &str) -> Result<Vec<Kind>, Problem> {
    let names: Vec<&str> = KINDS.iter().map(|kind| kind.name()).collect();
    let fault =
        || Problem::parameter("types", "invalid_parameter", format!("must be of {}, by comma", names.join(", ")));
    let mut kinds = Vec::new();
    for name in text.split(',') {
        let kind =
            Kind::from_name(name).filter(|kind| KINDS.contains(kind) && !kinds.contains(kind)).ok_or_else(fault)?;
        kinds.push(kind);
    }
    Ok(kinds)
}

fn flag(text: &str) -> Result<bool, Problem> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Problem::parameter("facets", "invalid_parameter", "must be true or false")),
    }
}

fn year(text: &str) -> Option<i16> {
    let is_year = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|year| is_year && *year > 0)
}

/// How many results stand before the page: its cursor says it, whichever way it leads.
fn offset(page: &PageRequest) -> Result<usize, Problem> {
    let offset = match &page.start {
        Start::After(Cursor { key: SortKey::Number(offset), .. })
        | Start::Before(Cursor { key: SortKey::Number(offset), .. }) => u32::try_from(*offset).unwrap_or(u32::MAX),
        Start::After(_) | Start::Before(_) => 0,
        Start::First | Start::Page(_) | Start::Behind(_) => {
            page.offset().map_err(|fault| Problem::parameter("page", fault.code, fault.message))?
        }
    };
    Ok(usize::try_from(offset).unwrap_or(usize::MAX))
}
