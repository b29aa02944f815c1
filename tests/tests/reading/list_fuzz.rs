//! Hostile questions to every list, put to both databases in step.
//!
//! A filter and an order are names out of an allow-list, and a value is a value: quotes, brackets, comments
//! and wildcards mean themselves. Whatever is asked, SQLite and PostgreSQL give the same answer, byte for
//! byte, and it is never a fault of the server's.

mod drawn;
mod pair;

use std::collections::{BTreeMap, BTreeSet};

use bantin_tests::{Answer, quality::encoded};
use serde_json::{Value, json};

use crate::list_fuzz::{
    drawn::{question, samples},
    pair::Pair,
};

/// Values that have been something else than text somewhere.
pub const HOSTILE: [&str; 42] = [
    "'",
    "''",
    "\"",
    "\\",
    "\\'",
    "`",
    "$$",
    "$1",
    "?",
    ":1",
    "%",
    "_",
    "*",
    "hoi%",
    "hoi-nghi_tong-ket",
    "%hoi-nghi%",
    "' OR '1'='1",
    "' OR 1=1 --",
    "') OR ('1'='1",
    "1; DROP TABLE articles; --",
    "' UNION SELECT password_hash FROM users --",
    "/**/",
    "--",
    "#",
    ";",
    "x' AND 1=CAST((SELECT email FROM users) AS int) --",
    "CASE WHEN 1=1 THEN title ELSE id END",
    "{}",
    "[]",
    "[\"a\"]",
    "(((((",
    "null",
    "NULL",
    "true\u{7f}",
    "1e999",
    "-9223372036854775809",
    "9999-99-99",
    "\u{202e}đảo",
    "\u{feff}",
    "👩\u{200d}🔬",
    "Ǆ\u{301}\u{301}\u{301}",
    "../../etc/passwd",
];

/// How many parameters share the hostile values: all values come to every kind of parameter somewhere.
const SHARE_OF_VALUES: usize = 4;
/// How many lists share the odder spellings of a name. The plain ones come to every list.
const SHARE_OF_SPELLINGS: usize = 16;

/// The columns of all tables, as the database spells them and as the API would.
fn columns() -> BTreeSet<String> {
    let schema = include_str!("../../../crates/persistence/src/schema.rs");
    let names = schema.lines().filter_map(|line| line.split_once(" -> ")).map(|(name, _)| name.trim());
    let names: BTreeSet<&str> =
        names.filter(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')).collect();
    assert!(names.len() > 100, "{}", names.len());
    names
        .iter()
        .flat_map(|name| [(*name).to_owned(), camel_case(name), format!("articles.{name}"), format!("author.{name}")])
        .collect()
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| text + &word[..1].to_uppercase() + &word[1..])
}

/// What the first error of an answer names.
fn named(answer: &Answer) -> &str {
    answer.json["errors"][0]["parameter"].as_str().unwrap_or_default()
}

#[test]
fn a_column_of_the_database_is_no_name_to_filter_or_to_sort_by() {
    let mut pair = Pair::start();
    let lists = std::mem::take(&mut pair.lists);
    let forms = [
        (|column| (format!("filter[{column}]"), "1".to_owned())) as fn(&str) -> (String, String),
        |column| (format!("filter[{column}][gte]"), "1".to_owned()),
        |column| ("sort".to_owned(), column.to_owned()),
        |column| ("sort".to_owned(), format!("-{column}")),
        |column| ("fields".to_owned(), column.to_owned()),
        |column| ("include".to_owned(), column.to_owned()),
        |column| (column.to_owned(), "1".to_owned()),
    ];
    let asked = columns().into_iter().flat_map(|column| {
        let is_plain = |form: usize| [0, 2].contains(&form) && !column.contains('.');
        let said: Vec<_> = forms.iter().enumerate().map(|(n, form)| (is_plain(n), form(&column))).collect();
        said
    });
    for (n, (is_plain, (name, value))) in asked.enumerate() {
        let share = if is_plain { 1 } else { SHARE_OF_SPELLINGS };
        for list in lists.iter().skip(n % share).step_by(share).filter(|list| !list.takes(&name, &value)) {
            let refused = pair.ask(list.is_public, &format!("{}?{}={}", list.path, encoded(&name), encoded(&value)));
            assert_eq!((refused.status, named(&refused)), (400, name.as_str()), "{}", refused.request);
        }
    }
}

#[test]
fn a_hostile_value_means_itself_and_finds_nothing_more() {
    let mut pair = Pair::start();
    for (nth, list) in std::mem::take(&mut pair.lists).iter().enumerate() {
        let all = pair.ask(list.is_public, &list.path);
        // What is searched for is words, and has a test of its own.
        for (n, name) in list.names().filter(|name| *name != "q").enumerate() {
            for value in HOSTILE.into_iter().skip((nth + n) % SHARE_OF_VALUES).step_by(SHARE_OF_VALUES) {
                let answer = pair.ask(list.is_public, &format!("{}?{}={}", list.path, encoded(name), encoded(value)));
                assert!([200, 400].contains(&answer.status), "{}: {}", answer.request, answer.status);
                if answer.status == 400 {
                    assert_eq!(named(&answer), name, "{}", answer.request);
                } else {
                    is_literal(name, value, &answer, &all);
                }
            }
        }
    }
}

/// Fails unless an answer is what a filter by that value means: nothing has such a name, everything has
/// another one, and a text holds it only where it can be read there. All languages are `*`.
#[track_caller]
fn is_literal(name: &str, value: &str, answer: &Answer, all: &Answer) {
    if (name, value) == ("locale", "*") {
        return;
    }
    let rows = |answer: &Answer| answer.data().as_array().cloned().unwrap_or_default();
    if name.ends_with("[ne]") || name.ends_with("[nin]") {
        assert_eq!(rows(answer), rows(all), "{}", answer.request);
        return;
    }
    let signs: Vec<char> = value.chars().filter(|sign| sign.is_ascii_punctuation()).collect();
    for row in rows(answer) {
        let is_part = name.ends_with("[contains]") || name.ends_with("[startsWith]");
        let text = row.to_string().replace("\\\\", "\\").replace("\\\"", "\"");
        assert!(is_part && signs.iter().all(|sign| text.contains(*sign)), "{} found {row}", answer.request);
    }
}

#[test]
fn whatever_is_asked_of_a_list_is_answered_alike_and_never_with_a_fault() {
    let mut pair = Pair::start();
    let lists = std::mem::take(&mut pair.lists);
    let mut answered = BTreeMap::from([(200, 0), (400, 0)]);
    for question in samples(question(), 2_500) {
        let (list, query) = question.put_to(&lists);
        let answer = pair.ask(list.is_public, &format!("{}?{query}", list.path));
        let count = answered.get_mut(&answer.status);
        *count.unwrap_or_else(|| panic!("{}: {}", answer.request, answer.status)) += 1;
    }
    assert!(answered.values().all(|count| *count > 300), "some of it is well-formed, and some is not: {answered:?}");
}

#[test]
fn the_search_takes_for_words_whatever_is_typed() {
    let mut pair = Pair::start();
    let hostile = HOSTILE.iter().map(|text| encoded(text));
    let operators = [
        "\"hội",
        "hội\"\"",
        "hội NEAR nghị",
        "NEAR(hội nghị, 2)",
        "title:hội",
        "^hội",
        "hội*",
        "-hội",
        "NOT hội",
        "hội AND",
        "OR",
        "hội | nghị",
        "!hội",
        "hội <-> nghị",
        "hội:*",
        "hội:A",
        "(hội",
        "{title body}: hội",
        "hội + nghị",
        "a\u{300}\u{301}\u{302}",
        "\u{0}",
    ]
    .map(encoded);
    let broken = ["%00", "%", "%4", "%zz", "%ff", "%ed%a0%80", "%c0%af", "hội"].map(ToOwned::to_owned);
    let long = ["hội ", "(", "\"", "đ", "👩", "NEAR("].map(|text| encoded(&text.repeat(10_240 / text.len())));
    let drawn = samples("[hội nghị\"'()*:^{}|&!<>\\\\+~@#$%_0-9-]{0,60}", 300).map(|text| encoded(&text));
    let mut outcomes = BTreeSet::new();
    for text in hostile.chain(operators).chain(broken).chain(long).chain(drawn) {
        for path in ["/api/v1/search?facets=true&q=", "/api/v1/search/suggest?q="] {
            let answer = pair.ask(true, &format!("{path}{text}"));
            assert!([200, 400].contains(&answer.status), "{}: {}", answer.request, answer.status);
            outcomes.insert(answer.status);
        }
    }
    assert_eq!(outcomes.len(), 2);
    assert_eq!(
        pair.apps[0].anonymous().get("/api/v1/search?q=h%E1%BB%99i").expect(200).data().as_array().map(Vec::is_empty),
        Some(false)
    );
}

/// The test above proves something only if it would see a row that was not asked for.
#[test]
fn a_row_that_was_not_asked_for_is_noticed() {
    let answer = |rows: Value| Answer {
        request: "GET /x".to_owned(),
        status: 200,
        headers: Vec::new(),
        bytes: Vec::new(),
        json: json!({"data": rows}),
    };
    let (none, one) = (answer(json!([])), answer(json!([{"title": "100%"}])));
    is_literal("filter[slug]", "%", &none, &one);
    is_literal("filter[title][contains]", "%", &one, &one);
    is_literal("filter[title][ne]", "%", &one, &one);
    let fails = |name: &'static str, value: &'static str, found: &Answer| {
        let (found, all) = (found.clone(), one.clone());
        std::panic::catch_unwind(move || is_literal(name, value, &found, &all)).is_err()
    };
    assert!(
        fails("filter[slug]", "%", &one)
            && fails("filter[title][contains]", "_", &one)
            && fails("filter[title][ne]", "%", &none)
    );
}
