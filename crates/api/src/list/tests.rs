use bantin_domain::{
    article::Article,
    listing::{Between, Cursor, SortKey},
    time::{SiteZone, Timestamp},
};

use super::*;

#[derive(Debug)]
struct News;
impl List for News {
    const NAME: &'static str = "news";
    const FILTERS: &'static [Filter] = &[
        Filter::of("id", Value::Id, &[Operator::Equal, Operator::In], ""),
        Filter::of("category", Value::Reference, &[Operator::Equal], ""),
        Filter::of("locale", Value::Locale, &[Operator::Equal], ""),
        Filter::of("year", Value::Year, &[Operator::Equal], ""),
        Filter::of(
            "at",
            Value::Instant,
            &[Operator::Equal, Operator::Greater, Operator::GreaterOrEqual, Operator::Less, Operator::LessOrEqual],
            "",
        ),
    ];
    const IS_SEARCHED: bool = true;
    const SORTS: &'static [Sort] = &[
        Sort::by("at", Key::Instant, &["id", "category", "locale", "year", "at"]).descending(),
        Sort::by("title", Key::Bytes, &["id", "locale"]),
    ];
    const FIELDS: &'static [&'static str] = &["id", "title", "body", "authors"];
    const INCLUDES: &'static [Include] = &[Include { name: "authors", doc: "" }, Include { name: "related", doc: "" }];
}

fn ask(query: &str) -> ListQuery<News> {
    ListQuery::parse("/news", query).unwrap()
}

fn problem(query: &str) -> serde_json::Value {
    json_of(&ListQuery::<News>::parse("/news", query).unwrap_err())
}

fn json_of(problem: &Problem) -> serde_json::Value {
    serde_json::from_slice(&problem.to_json("r")).unwrap()
}

fn said(query: &str) -> (String, String) {
    let body = problem(query);
    assert_eq!(body["code"], "invalid_parameter", "{query}");
    let text = |member: &str| body["errors"][0][member].as_str().unwrap().to_owned();
    (text("parameter"), text("message"))
}

fn hanoi() -> SiteZone {
    SiteZone::parse("Asia/Ho_Chi_Minh").unwrap()
}

fn at(text: &str) -> Option<Timestamp> {
    Some(Timestamp::parse(text).unwrap())
}

#[test]
fn a_misspelt_parameter_is_named_with_the_nearest() {
    let body = problem("filter[categry]=tin");
    assert_eq!(body["code"], "unknown_parameter");
    assert_eq!(body["errors"][0]["parameter"], "filter[categry]");
    assert!(body["errors"][0]["message"].as_str().unwrap().contains("did you mean filter[category]?"));
}

#[test]
fn a_refusal_is_one_sentence() {
    assert_eq!(problem("lmit=2")["detail"], "The query parameter lmit: is unknown; did you mean limit?");
    assert_eq!(problem("limit=0")["detail"], "The query parameter limit: must be a whole number from 1 to 100.");
    assert_eq!(said("fields=").1, "has an empty name; there are id, title, body, authors");
    assert_eq!(said("fields=title,").1, "has an empty name; there are id, title, body, authors");
}

#[test]
fn nothing_is_clamped_or_ignored() {
    for query in [
        "limit=0",
        "limit=101",
        "limit=01",
        "limit=1e1",
        "limit=-1",
        "limit=",
        "page=0",
        "page=99999999999999999999",
        "page=501&limit=100",
        "page=1&cursor=x",
        "count=yes",
        "limit=1&limit=2",
        "locale=viet",
        "locale=vi&filter[locale]=vi",
        "filter[locale]=*",
        "filter[category]=",
        "filter[category]=%00",
        "filter[category]=%ff",
        "filter[category]=%zz",
        "filter[category]=a&filter[category][eq]=a",
        "filter[category][",
        "filter[category]]=a",
        "filter[category][eq][eq]=a",
        "filter[id][in]=",
        "q=",
        "q=a&sort=title",
        "sort=",
        "sort=-",
        "sort=--at",
        "sort=at,title",
        "sort=At",
        "fields=",
        "fields=title,",
        "fields=title,title",
        "fields=titel",
        "include=author",
        "include=",
        "fields=title&include=authors",
        "body=html",
        "fields=title&body=html",
        "cursor=x",
        "Limit=1",
    ] {
        let body = problem(query);
        assert_eq!(body["status"], 400, "{query}");
        assert!(body["errors"][0]["parameter"].is_string(), "{query}");
    }
}

#[test]
fn brackets_may_be_encoded_and_the_operator_of_equality_left_out() {
    for query in ["filter%5Bcategory%5D=hoat-dong&limit=5", "filter[category][eq]=hoat-dong&limit=5"] {
        let query = ask(query);
        assert_eq!((query.filter("category"), query.page.limit), (Some("hoat-dong"), 5));
    }
}

#[test]
fn another_operator_is_refused_with_those_that_there_are() {
    let (parameter, message) = said("filter[category][in]=a,b");
    assert_eq!(parameter, "filter[category][in]");
    assert_eq!(message, "is no operator of filter[category]; there is eq");
    assert_eq!(said("filter[id][like]=a").1, "is no operator of filter[id]; there is eq, in");
}

#[test]
fn a_list_of_values_has_a_hundred_at_most() {
    let ids = |n: usize| vec!["01900000-0000-7000-8000-00000000dead"; n].join(",");
    assert_eq!(ask(&format!("filter[id][in]={}", ids(100))).ids::<Article>("id").unwrap().unwrap().len(), 100);
    assert_eq!(said(&format!("filter[id][in]={}", ids(101))).1, "must have at most 100 values");
}

#[test]
fn a_value_is_refused_with_what_it_should_be() {
    let wrong = json_of(&ask("filter[id][in]=a,b").ids::<Article>("id").unwrap_err());
    assert_eq!(wrong["errors"][0]["parameter"], "filter[id][in]");
    assert_eq!(wrong["errors"][0]["message"], "must be an id, or some with commas between");
    for year in ["23", "02023", "+202", "0000", "nam"] {
        assert!(ask(&format!("filter[year]={year}")).year("year", &hanoi()).is_err(), "{year}");
    }
    for moment in [
        "2023-02-30",
        "2023",
        "2023-02-28T07:30:00",
        "31/02/2023",
        "28/02/0000",
        "28/02/23",
        "28/02-2023",
        "28/2/2023/1",
        "02/28/2023",
    ] {
        assert!(ask(&format!("filter[at]={moment}")).instants("at", &hanoi()).is_err(), "{moment}");
    }
    // An address has a blank where somebody wrote a plus.
    let wrong = json_of(&ask("filter[at]=2023-02-28T07:30:00+07:00").instants("at", &hanoi()).unwrap_err());
    assert!(wrong["errors"][0]["message"].as_str().unwrap().contains("%2B"), "{wrong}");
}

#[test]
fn a_day_is_a_local_day_and_a_time_is_exact() {
    let range = |query: &str| ask(query).instants("at", &hanoi()).unwrap();
    let (begins, ends) = (at("2023-02-27T17:00:00Z"), at("2023-02-28T17:00:00Z"));
    for day in ["2023-02-28", "28/02/2023", "28-02-2023", "28-2-2023", "28%2F2%2F2023"] {
        assert_eq!(range(&format!("filter[at]={day}")), Between { from: begins, until: ends }, "{day}");
    }
    assert_eq!(range("filter[at]=03/02/2023").from, at("2023-02-02T17:00:00Z"), "3 February");
    assert_eq!(range("filter[at][gt]=2023-02-28"), Between { from: ends, until: None });
    assert_eq!(
        range("filter[at][gte]=2023-02-28&filter[at][lte]=2023-02-28T09:00:00%2B07:00"),
        Between { from: begins, until: at("2023-02-28T02:00:00.000001Z") }
    );
    let year = ask("filter[year]=2023").year("year", &hanoi()).unwrap();
    assert_eq!(year, Between { from: at("2022-12-31T17:00:00Z"), until: at("2023-12-31T17:00:00Z") });
}

#[test]
fn values_that_contradict_leave_nothing() {
    let (one, other) = ("01900000-0000-7000-8000-000000000001", "01900000-0000-7000-8000-000000000002");
    let asked = ask(&format!("filter[id]={one}&filter[id][in]={other}"));
    assert_eq!(asked.ids::<Article>("id").unwrap(), Some(Vec::new()));
}

#[test]
fn a_language_is_said_as_a_parameter_or_as_a_filter() {
    assert_eq!(ask("filter[locale]=en").locale, ask("locale=en").locale);
    assert_eq!(ask("locale=EN").locale, ask("locale=en").locale, "in whatever case");
    assert_eq!(ask("locale=*").locale, Some(LocaleChoice::All));
}

#[test]
fn an_order_goes_with_the_filters_that_an_index_serves() {
    let (parameter, message) = said("sort=title&filter[category]=tin");
    assert_eq!(parameter, "filter[category]");
    assert_eq!(message, "goes with sort=at, up or down; sort=title goes with filter[id], filter[locale]");
    ask("sort=-title&filter[locale]=en");
    assert_eq!(said("sort=titel").1, "cannot be titel; did you mean title?");
    assert_eq!(said("sort=something").1, "must be one of at, title, or one of them after a minus");
}

fn page_of(key: SortKey) -> Slice<i32> {
    Slice { rows: vec![1], next: Some(Cursor { key, id: uuid::Uuid::nil() }), previous: None, total: Some(250) }
}

fn request(query: &str) -> HttpRequest {
    actix_web::test::TestRequest::with_uri(&format!("/news?{query}")).to_http_request()
}

#[test]
fn a_cursor_is_good_only_for_the_question_it_was_given_for() {
    let slice = page_of(SortKey::Instant(Timestamp::EPOCH));
    let asked = "filter[category]=a";
    let (page, link) = ask(asked).describe(&slice, &request(asked));
    let cursor = page.next.unwrap();
    assert_eq!(link.unwrap(), format!("</news?filter[category]=a&cursor={cursor}>; rel=\"next\""));
    for same in ["limit=3", "fields=title", "sort=-at", "count=exact"] {
        let next = ask(&format!("filter[category]=a&cursor={cursor}&{same}"));
        assert_eq!(next.page.start, Start::After(slice.next.clone().unwrap()), "{same}");
    }
    for other in [
        "filter[category]=b",
        "filter[category]=a&sort=at",
        "filter[category]=a&locale=en",
        "filter[category]=a&filter[year]=2023",
        "filter[category]=a&q=tin",
        "sort=title",
    ] {
        assert_eq!(problem(&format!("{other}&cursor={cursor}"))["code"], "invalid_cursor", "{other}");
    }
}

#[test]
fn a_cursor_with_a_value_of_another_sort_is_none() {
    let forged = page_of(SortKey::Number(7));
    let (page, _) = ask("").describe(&forged, &request(""));
    assert_eq!(problem(&format!("cursor={}", page.next.unwrap()))["code"], "invalid_cursor");
    let (page, _) = ask("q=tin").describe(&forged, &request("q=tin"));
    ask(&format!("q=tin&cursor={}", page.next.unwrap()));
}

#[test]
fn numbered_pages_lead_to_the_first_and_the_last() {
    let slice = page_of(SortKey::Instant(Timestamp::EPOCH));
    let links = |query: &str| ask(query).describe(&slice, &request(query)).1.unwrap();
    let all = links("page=2&limit=100");
    assert!(all.contains("</news?limit=100&page=1>; rel=\"first\""), "{all}");
    assert!(all.contains("</news?limit=100&page=3>; rel=\"last\""), "{all}");
    assert!(!links("limit=100").contains("first"), "cursors know no numbers");
}

#[test]
fn the_document_has_each_filter_with_each_operator() {
    use utoipa::IntoParams;
    let names: Vec<String> = ListQuery::<News>::into_params(|| None).into_iter().map(|one| one.name).collect();
    for name in ["filter[id]", "filter[id][in]", "filter[at][gte]", "sort", "fields", "include", "q", "body", "locale"]
    {
        assert!(names.iter().any(|known| known == name), "{name} {names:?}");
    }
    assert!(!names.iter().any(|name| name == "filter[category][in]"));
}
