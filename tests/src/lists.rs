//! What tests of lists ask of any list.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::{Answer, Client};

/// One member of each row, as text.
pub fn each(answer: &Answer, member: &str) -> Vec<String> {
    let rows = answer.data().as_array().expect("a list");
    rows.iter().map(|row| row[member].as_str().expect("a text").to_owned()).collect()
}

/// The slugs of a list, and that a count of the same question is of the same rows.
#[track_caller]
pub fn slugs(client: &Client, list: &str, query: &str) -> Vec<String> {
    let found = each(&client.get(&format!("{list}?{query}")).expect(200), "slug");
    let counted = client.get(&format!("{list}?{query}&count=exact")).expect(200);
    assert_eq!(counted.json["page"]["total"], json!(found.len()), "{query}");
    found
}

/// Which parameter of a question is refused, and in what words.
#[track_caller]
pub fn refusal(client: &Client, list: &str, query: &str) -> (String, String) {
    let answer = client.get(&format!("{list}?{query}")).expect(400);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let error = &answer.json["errors"][0];
    (text(&error["parameter"]), text(&error["message"]))
}

/// How many statements an answer took.
pub fn statements(answer: &Answer) -> u64 {
    let timing = answer.header("server-timing").expect("an answer that was made, not kept");
    timing.split('"').nth(1).and_then(|number| number.parse().ok()).expect("a number of statements")
}

/// Walks through a list in pages of four and back again, while `insert` puts more rows into it before each of the
/// next pages. Fails where a row that was there all the time is skipped, comes twice, or out of order.
#[track_caller]
pub fn walk(client: &Client, list: &str, query: &str, mut insert: impl FnMut(usize)) {
    let all = |client: &Client| each(&client.get(&format!("{list}?{query}&limit=100")).expect(200), "id");
    let page = |place: Option<&str>| {
        let cursor = place.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        client.get(&format!("{list}?{query}&limit=4{cursor}")).expect(200)
    };
    let before = all(client);
    assert!(before.len() > 8, "{query} has too few rows to show anything");
    let mut last = page(None);
    let mut forwards = each(&last, "id");
    while let Some(next) = last.json["page"]["next"].as_str() {
        if forwards.len() <= 12 {
            insert(forwards.len());
        }
        last = page(Some(next));
        forwards.extend(each(&last, "id"));
    }
    let seen: Vec<&String> = forwards.iter().filter(|id| before.contains(id)).collect();
    assert_eq!(seen, before.iter().collect::<Vec<_>>(), "{query} forwards");
    assert_eq!(forwards.iter().collect::<BTreeSet<_>>().len(), forwards.len(), "{query} repeats");
    let mut backwards = each(&last, "id");
    while let Some(previous) = last.json["page"]["previous"].as_str() {
        last = page(Some(previous));
        backwards = [each(&last, "id"), backwards].concat();
    }
    assert_eq!(backwards, all(client), "{query} backwards");
}

/// What a page of one row costs and one of all, and how many that are. What is asked for before is kept by then.
pub fn costs(client: &Client, list: &str, query: &str) -> (u64, u64, usize) {
    client.get(&format!("{list}?{query}&limit=2")).expect(200);
    let page = |limit: u8| client.get(&format!("{list}?{query}&limit={limit}")).expect(200);
    let (one, all) = (page(1), page(100));
    assert_eq!(each(&one, "id").len(), 1, "{query}");
    (statements(&one), statements(&all), each(&all, "id").len())
}

/// Fails unless an answer with includes says all that the plain one says of a member, and of what it refers to all
/// that is said where that is read by itself, but for what is named.
#[track_caller]
pub fn adds(plain: &Value, more: &Value, detail: &Value, missing: &[&str]) {
    for (name, value) in plain.as_object().expect("a summary") {
        assert_eq!(&more[name], value, "{name}");
    }
    for (name, value) in detail.as_object().expect("a resource") {
        let was_said = plain.get(name).is_some() || missing.contains(&name.as_str());
        assert!(was_said || &more[name] == value, "{name}: {} is not {value}", more[name]);
    }
}
