//! What readers may ask: every pair of a filter and an order that the allow-lists name, and all that has no list.

use bantin_api::{
    articles::public::Articles,
    events::public::Events,
    list::{Filter, List},
    organisations::public::Organisations,
    pages::public::Pages,
    people::public::People,
    speeches::public::Speeches,
    tags::public::Tags,
};
use bantin_domain::{listing::Operator, named::Named};
use bantin_tests::quality::encoded;

use crate::fill::{ARTICLES, CATEGORIES, EVENTS, MEDIA, ORGANISATIONS, PAGES, PEOPLE, SPEECHES, TAGS, id};

/// The lists, each page of which is asked for, and the page behind it.
pub fn lists() -> Vec<String> {
    [
        shapes::<Articles>(ARTICLES),
        shapes::<Events>(EVENTS),
        shapes::<Speeches>(SPEECHES),
        shapes::<Pages>(PAGES),
        shapes::<People>(PEOPLE),
        shapes::<Organisations>(ORGANISATIONS),
        shapes::<Tags>(TAGS),
    ]
    .concat()
}

/// Every order of a list, either way, with each filter that goes with it, in the usual language and in all.
fn shapes<L: List>(own: (u32, u32)) -> Vec<String> {
    let languages: &[&str] = if L::HAS_LOCALE { &["", "&locale=*"] } else { &[""] };
    let mut asked = Vec::new();
    for (sort, direction) in L::SORTS.iter().flat_map(|sort| ["", "-"].map(|direction| (sort, direction))) {
        let named = sort.with.iter().map(|name| L::FILTERS.iter().find(|filter| filter.name == *name).unwrap());
        let filters = named.flat_map(|filter| filtered(filter, L::NAME, own));
        for (filter, language) in
            filters.chain([String::new()]).flat_map(|filter| languages.iter().map(move |one| (filter.clone(), one)))
        {
            let said_twice = filter.contains("[locale]") && !language.is_empty();
            if !said_twice {
                asked.push(format!("{}?sort={direction}{}{filter}{language}", L::NAME, sort.name));
            }
        }
    }
    asked
}

/// A filter with each of its operators and some values.
fn filtered(filter: &Filter, list: &str, own: (u32, u32)) -> Vec<String> {
    let said = |operator: &Operator| match operator {
        Operator::Equal => format!("&filter[{}]", filter.name),
        operator => format!("&filter[{}][{}]", filter.name, operator.name()),
    };
    let all = filter.operators.iter().flat_map(|operator| {
        let values = values(filter.name, list, own);
        let values = if *operator == Operator::In { vec![values.join(",")] } else { values };
        values.into_iter().map(move |value| format!("{}={}", said(operator), encoded(&value)))
    });
    all.collect()
}

/// What is looked for: where there are some of many and many of few, both.
fn values(filter: &str, list: &str, own: (u32, u32)) -> Vec<String> {
    let ids = |numbers: &[u32]| numbers.iter().map(|number| id(*number).to_string()).collect();
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    match (filter, list) {
        ("id", _) => ids(&[own.0 + 5, own.0 + 77]),
        ("slug", _) => vec![format!("so-{}", own.0 + 5), format!("so-{}", own.0 + 77)],
        ("locale", _) => texts(&["vi", "en"]),
        ("category", _) => ids(&[CATEGORIES.0 + 3, CATEGORIES.0 + 99]),
        ("tag", _) => ids(&[TAGS.0 + 3, TAGS.1 - 1]),
        ("event", _) => ids(&[EVENTS.0 + 5]),
        ("author", _) => ids(&[PEOPLE.0 + 10, PEOPLE.0 + 1_000]),
        ("person", _) => ids(&[PEOPLE.0 + 10]),
        ("organisation", _) => ids(&[ORGANISATIONS.0 + 7]),
        ("parent", _) => ids(&[PAGES.0 + 3]),
        ("year", _) => texts(&["2015"]),
        ("publishedAt" | "updatedAt", _) => texts(&["2012-06-01"]),
        ("startsOn" | "endsOn", _) => texts(&["2010-06-01"]),
        ("featured", _) => texts(&["true", "false"]),
        ("kind", "events") => texts(&["meeting", "exhibition"]),
        ("kind", _) => texts(&["report", "closing"]),
        ("status", _) => texts(&["held", "cancelled"]),
        ("when", _) => texts(&["upcoming", "ongoing", "past"]),
        ("initial", _) => texts(&["Đ", "X"]),
        _ => panic!("nothing is known to fit filter[{filter}] of {list}"),
    }
}

/// What is no list of its own, or has more in it; what begins at the root of the site says so.
pub fn others() -> Vec<String> {
    let by_id = |(first, _): (u32, u32)| id(first + 5).to_string();
    let mut asked: Vec<String> = [
        ("articles", ARTICLES),
        ("events", EVENTS),
        ("speeches", SPEECHES),
        ("pages", PAGES),
        ("tags", TAGS),
        ("categories", CATEGORIES),
    ]
    .into_iter()
    .flat_map(|(list, own)| [format!("{list}/{}", by_id(own)), format!("{list}/so-{}", own.0 + 6)])
    .collect();
    // Those who are listed, and those whom an article or a speech shows.
    for (list, own) in [("people", PEOPLE), ("organisations", ORGANISATIONS)] {
        asked.extend([format!("{list}/{}", id(own.0 + 10)), format!("{list}/so-{}", own.0 + 99)]);
    }
    let article = by_id(ARTICLES);
    let (event, speech, person) = (by_id(EVENTS), by_id(SPEECHES), id(PEOPLE.0 + 10));
    asked.extend([
        format!("articles/{article}/related"),
        format!("articles/{article}/print"),
        format!("articles/{article}?include={}", includes::<Articles>()),
        EVERYTHING.to_owned(),
        "articles?page=3".to_owned(),
        "articles/archive".to_owned(),
        "articles/archive?locale=*".to_owned(),
        format!("articles/archive?filter[category]={}", id(CATEGORIES.0 + 3)),
        format!("events/{event}?include={}", includes::<Events>()),
        format!("events?include={}", includes::<Events>()),
        format!("events/{event}/programme"),
        format!("events/{event}/attendees"),
        format!("speeches/{speech}?include={}", includes::<Speeches>()),
        format!("speeches?include={}", includes::<Speeches>()),
        format!("people/{person}/appearances"),
        format!("people/{}/appearances", id(PEOPLE.0 + 1_000)),
        format!("people/{}/appearances?locale=*", id(PEOPLE.0 + 1_000)),
        format!("media/{}", id(MEDIA.0 + 3)),
        "people/index".to_owned(),
        "categories".to_owned(),
        "site".to_owned(),
        "search?q=tin%20van".to_owned(),
        "search?q=hoi%20nghi&types=article,event&facets=true".to_owned(),
        "search/suggest?q=hoi%20ng".to_owned(),
        "articles?q=tong%20ket".to_owned(),
        "events?q=tong%20ket".to_owned(),
        "speeches?q=khai%20mac".to_owned(),
        "pages?q=gioi%20thieu".to_owned(),
    ]);
    let feeds = [
        "articles.rss".to_owned(),
        format!("articles.json?filter[tag]={}", id(TAGS.1 - 1)),
        format!("categories/{}.atom", id(CATEGORIES.0 + 3)),
        format!("tags/{}.rss", id(TAGS.0 + 3)),
        format!("people/{person}.rss"),
        format!("events/{event}.rss"),
        format!("categories/{}.ics", id(CATEGORIES.0 + 3)),
        format!("events/{event}.ics"),
    ];
    asked.extend(feeds.map(|feed| format!("/feeds/{feed}")));
    asked.extend(["/sitemap.xml", "/sitemaps/articles-2015-03.xml", "/sitemap-news.xml"].map(ToOwned::to_owned));
    asked
}

/// All that can be added to a list.
fn includes<L: List>() -> String {
    L::INCLUDES.iter().map(|include| include.name).collect::<Vec<_>>().join(",")
}

/// Articles with all that can be shown beside them.
pub const EVERYTHING: &str = "articles?include=category,cover,authors,attachments,events,events.speeches,\
    events.attendees,translations,related";
