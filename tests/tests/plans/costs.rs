//! What an answer may cost: one statement, and one more for each relation that it shows.

use bantin_tests::{lists::statements, wire::Wire};

use crate::{
    fill::{ARTICLES, EVENTS, ORGANISATIONS, PAGES, PEOPLE, SPEECHES, TAGS, id},
    questions,
};

const ARTICLE: &[&str] = &["category", "tags", "authors", "events", "cover and attachments", "translations"];
const EVENT: &[&str] = &["category", "organisers", "cover and attachments", "translations"];
const SPEECH: &[&str] = &["event", "speakers", "their organisations", "attachments", "translations"];
const PAGE: &[&str] = &["parent", "cover and attachments", "translations"];
const PERSON: &[&str] = &["photo", "organisations of posts"];
const ORGANISATION: &[&str] = &["parent"];
const TAG: &[&str] = &[];
const ATTENDEE: &[&str] = &["people"];
const APPEARANCE: &[&str] = &["articles", "speeches with their events"];

/// Of the directory is also public what the menus of the site lead to, which a list has to know of.
const MENUS: u64 = 1;

type List = (&'static str, (u32, u32), &'static [&'static str], u64, u32);

/// The lists: what each row shows, what is read beside, and which page lies deep in it.
const LISTS: [List; 7] = [
    ("articles", ARTICLES, ARTICLE, 0, 500),
    ("events", EVENTS, EVENT, 0, 500),
    ("speeches", SPEECHES, SPEECH, 0, 500),
    ("pages", PAGES, PAGE, 0, 80),
    ("people", PEOPLE, PERSON, MENUS, 20),
    ("organisations", ORGANISATIONS, ORGANISATION, MENUS, 20),
    ("tags", TAGS, TAG, MENUS, 200),
];

/// What it costs to show something whole.
fn whole(relations: &[&str]) -> u64 {
    1 + relations.len() as u64
}

/// What is shown beside: whose relations, and how many statements there are of its own.
fn beside() -> [(String, &'static [&'static str], u64); 6] {
    let (article, event, person) = (id(ARTICLES.0 + 5), id(EVENTS.0 + 5), id(PEOPLE.0 + 10));
    [
        // The article itself, which are near it, and those.
        (format!("articles/{article}/related"), ARTICLE, 3),
        (format!("articles/{article}/print"), ARTICLE, 1),
        // The speeches beside the event.
        (format!("events/{event}/programme"), SPEECH, 2),
        // The attendees beside the event, and who of them is public.
        (format!("events/{event}/attendees"), ATTENDEE, 2),
        // What somebody wrote and what they said, beside themselves.
        (format!("people/{person}/appearances"), APPEARANCE, 2),
        // The articles; beside them the sections, the details of translations, and which articles are near; and of all
        // that is shown whole, with what it shows itself.
        (
            questions::EVERYTHING.to_owned(),
            ARTICLE,
            4 + [PERSON, EVENT, SPEECH, ATTENDEE, ARTICLE].map(whole).iter().sum::<u64>(),
        ),
    ]
}

/// Fails where an answer costs more, on the first page, deep in a list, or for one thing by its id or its address.
pub fn check(wire: &mut Wire) {
    let mut ask = |path: String, most: u64| {
        let answer = wire.get(&format!("/api/v1/{path}"));
        assert_eq!(answer.status, 200, "{path}");
        let run = statements(&answer);
        assert!(run <= most, "{path} cost {run} statements and not {most}");
        answer
    };
    for (list, own, relations, more, deep) in LISTS {
        let most = whole(relations);
        ask(list.to_owned(), most + more);
        let page = ask(format!("{list}?page={deep}"), most + more);
        let next = page.json["page"]["next"].as_str().unwrap_or_else(|| panic!("{list} goes on behind page {deep}"));
        ask(format!("{list}?cursor={next}"), most + more);
        // One that is public in each list.
        let number = own.0 + if list == "people" { 10 } else { 5 };
        ask(format!("{list}/{}", id(number)), most);
        ask(format!("{list}/so-{number}"), most);
    }
    for (path, relations, own) in beside() {
        ask(path, relations.len() as u64 + own);
    }
}
