//! How good the search is: the corpus of the demo, graded queries, and what readers would get instead.
//!
//! A query names the articles that answer it: 2 is what the reader wants, 1 is acceptable. A hit on an
//! event or a speech counts for the article that reports it. Beside the search stand two baselines on
//! the same texts: SQLite's full text search as it comes (`remove_diacritics 2`), and `LIKE` by date.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write,
};

use diesel::{
    Connection, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection, sql_query, sql_types,
};
use serde_json::{Value, json};

use crate::{
    app::{Db, TestApp},
    client::Client,
    content::{category, made, publish_with},
};

const ARTICLES: &str = include_str!("../../demo/articles.jsonl");
const QUERIES: &str = include_str!("../data/queries.jsonl");

/// How many results are looked at.
const DEPTH: usize = 10;

/// A query with its graded answers.
#[derive(Debug, Clone)]
pub struct Judged {
    /// Its name.
    pub id: String,
    /// What it is an example of.
    pub class: String,
    /// What the reader types.
    pub text: String,
    /// The articles that answer it, by key.
    pub want: HashMap<String, u32>,
    /// The query whose list must be the same.
    pub pair: Option<String>,
}

/// The graded queries.
pub fn queries() -> Vec<Judged> {
    let read = |line: &str| {
        let query: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| query[name].as_str().unwrap().to_owned();
        let grades = query["want"].as_object().unwrap().iter();
        Judged {
            id: text("id"),
            class: text("class"),
            text: text("q"),
            want: grades.map(|(key, grade)| (key.clone(), u32::try_from(grade.as_u64().unwrap()).unwrap())).collect(),
            pair: query["pair"].as_str().map(ToOwned::to_owned),
        }
    };
    QUERIES.lines().map(read).collect()
}

/// What a search gave for each query: keys of articles, best first.
pub type Run = BTreeMap<String, Vec<String>>;

/// What a search is worth, as means over queries.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scores {
    /// How many queries.
    pub count: usize,
    /// How many have what the reader wants in first place, among three, among five.
    pub success: [f64; 3],
    /// The mean of one through the place of the first answer that the reader wants, to ten.
    pub mrr: f64,
    /// How near the order is to the best one, to ten.
    pub ndcg: f64,
}

impl Scores {
    /// Of the queries that `which` picks.
    pub fn of(queries: &[Judged], run: &Run, which: impl Fn(&Judged) -> bool) -> Self {
        let mut sum = Self::default();
        for query in queries.iter().filter(|query| which(query)) {
            let found = run.get(&query.id).map(Vec::as_slice).unwrap_or_default();
            let grade = |key: &String| query.want.get(key).copied().unwrap_or(0);
            let first = found.iter().take(DEPTH).position(|key| grade(key) == 2);
            sum.count += 1;
            for (success, within) in sum.success.iter_mut().zip([1, 3, 5]) {
                *success += f64::from(first.is_some_and(|place| place < within));
            }
            sum.mrr += first.map_or(0.0, |place| 1.0 / (place as f64 + 1.0));
            let gain = |grades: &mut dyn Iterator<Item = u32>| {
                let worth = |(place, grade): (usize, u32)| f64::from((1 << grade) - 1) / (place as f64 + 2.0).log2();
                grades.take(DEPTH).enumerate().map(worth).sum::<f64>()
            };
            let mut best: Vec<u32> = query.want.values().copied().collect();
            best.sort_unstable_by(|one, other| other.cmp(one));
            sum.ndcg += gain(&mut found.iter().map(grade)) / gain(&mut best.into_iter());
        }
        let count = sum.count.max(1) as f64;
        Self {
            count: sum.count,
            success: sum.success.map(|success| success / count),
            mrr: sum.mrr / count,
            ndcg: sum.ndcg / count,
        }
    }
}

/// The corpus in an app, and which article each id stands for.
pub struct Corpus {
    reader: Client,
    keys: HashMap<String, String>,
}

impl Corpus {
    /// Enters and publishes the corpus over HTTP.
    pub fn load(app: &TestApp) -> Self {
        // All of it happened before.
        app.clock.set("2026-01-01T08:00:00+07:00");
        let editor = app.chief_editor();
        let mut corpus = Self { reader: app.anonymous(), keys: HashMap::new() };
        let mut sections: HashMap<String, String> = HashMap::new();
        let stories: Vec<Value> = ARTICLES.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        // An original before its translation.
        let (originals, translations): (Vec<_>, Vec<_>) =
            stories.iter().partition(|story| story["translation_of"].is_null());
        let mut ids: HashMap<&str, String> = HashMap::new();
        for story in originals.into_iter().chain(translations) {
            let section = story["category"].as_str().unwrap();
            let section = sections.entry(section.to_owned()).or_insert_with(|| category(&editor, section)).clone();
            let key = story["key"].as_str().unwrap();
            let event = story["event"].as_object().map(|_| corpus.enter_event(&editor, story, &section));
            let original = story["translation_of"].as_str().map(|key| ids[key].clone());
            let mut write = json!({
                "title": story["title"], "summary": story["summary"], "byline": story["byline"], "tags": story["tags"],
                "categoryId": section, "publishedAt": story["published_at"], "locale": story["locale"],
                "eventIds": Vec::from_iter(event), "body": {"format": "blocks", "value": blocks(&story["body"])},
            });
            if let Some(original) = original {
                write["translationOf"] = json!(original);
            }
            let article = made(&editor, "articles", &write);
            publish_with(&editor, "articles", &article, &json!({"with": ["events", "events.speeches"]}));
            corpus.keys.insert(article.id(), key.to_owned());
            ids.insert(key, article.id());
        }
        corpus
    }

    fn enter_event(&mut self, editor: &Client, story: &Value, section: &str) -> String {
        let event = &story["event"];
        let named = |name: &Value| json!({"name": name});
        let mut write = json!({
            "title": event["title"], "kind": event["kind"], "status": "held", "locale": story["locale"],
            "categoryId": section, "venue": {"name": event["venue"]},
            "organisers": event["organisers"].as_array().unwrap().iter().map(named).collect::<Vec<_>>(),
        });
        for (ours, theirs) in
            [("startsAt", "starts_at"), ("startsOn", "starts_on"), ("endsAt", "ends_at"), ("endsOn", "ends_on")]
        {
            if !event[theirs].is_null() {
                write[ours] = event[theirs].clone();
            }
        }
        let entered = made(editor, "events", &write);
        let key = story["key"].as_str().unwrap().to_owned();
        self.keys.insert(entered.id(), key.clone());
        for guest in event["attendees"].as_array().unwrap() {
            let kind = if guest["name"].is_null() { "delegation" } else { "person" };
            let mut write = json!({
                "kind": kind, "position": guest["position"], "organisation": guest["organisation"], "role": guest["role"],
                "headcount": guest["headcount"], "visibility": "public",
            });
            if !guest["name"].is_null() {
                write["name"] = guest["name"].clone();
            }
            made(editor, &format!("events/{}/attendees", entered.id()), &write);
        }
        for talk in event["speeches"].as_array().unwrap() {
            let write = json!({
                "eventId": entered.id(), "kind": talk["kind"], "title": talk["title"], "locale": story["locale"],
                "speaker": {"name": talk["speaker"], "position": talk["speaker_position"], "organisation": talk["speaker_organisation"]},
                "body": {"format": "text", "value": talk["text"]},
            });
            self.keys.insert(made(editor, "speeches", &write).id(), key.clone());
        }
        entered.id()
    }

    /// The articles that a search in a language gives, each once, best first.
    pub fn search(&self, locale: &str, text: &str) -> Vec<String> {
        let path = format!("/api/v1/search?locale={locale}&types=article,event,speech&limit=100&q={}", encoded(text));
        let answer = self.reader.get(&path).expect(200);
        let mut keys: Vec<String> = Vec::new();
        for hit in answer.data().as_array().unwrap() {
            let key = &self.keys[hit["item"]["id"].as_str().unwrap()];
            if !keys.contains(key) {
                keys.push(key.clone());
            }
        }
        keys
    }

    /// Asks all queries, each in its reader's language.
    pub fn run(&self, queries: &[Judged]) -> Run {
        let locale = |query: &Judged| if query.class == "english" { "en" } else { "vi" };
        queries.iter().map(|query| (query.id.clone(), self.search(locale(query), &query.text))).collect()
    }
}

/// Text in a URL.
pub fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut url, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => url.push(char::from(byte)),
            other => write!(url, "%{other:02X}").unwrap(),
        }
        url
    })
}

fn escaped(text: &Value) -> String {
    text.as_str().unwrap().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn blocks(parts: &Value) -> Vec<Value> {
    let block = |part: &Value| match part["type"].as_str().unwrap() {
        "paragraph" => json!({"type": "paragraph", "text": escaped(&part["text"])}),
        "heading" => json!({"type": "heading", "level": 2, "text": escaped(&part["text"])}),
        "image" => json!({"type": "image", "alt": part["alt"], "caption": part["caption"]}),
        "quote" => json!({"type": "quote", "text": escaped(&part["text"]), "cite": part["person"]}),
        "list" => {
            json!({"type": "list", "ordered": false, "items": part["items"].as_array().unwrap().iter().map(escaped).collect::<Vec<_>>()})
        }
        other => panic!("a block of type {other}"),
    };
    parts.as_array().unwrap().iter().map(block).collect()
}

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = sql_types::Text)]
    key: String,
}

/// The baselines: every text of an article and of what it reports, in one column.
pub fn baselines(queries: &[Judged]) -> [(&'static str, Run); 2] {
    fn gather(value: &Value, texts: &mut Vec<String>) {
        match value {
            Value::String(text) => texts.push(text.clone()),
            Value::Array(all) => all.iter().for_each(|one| gather(one, texts)),
            Value::Object(members) => members.values().for_each(|one| gather(one, texts)),
            _ => {}
        }
    }
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    conn.batch_execute(
        "CREATE VIRTUAL TABLE plain USING fts5(key UNINDEXED, at UNINDEXED, title, text, tokenize = 'unicode61 remove_diacritics 2')",
    )
    .unwrap();
    for line in ARTICLES.lines() {
        let story: Value = serde_json::from_str(line).unwrap();
        let mut texts = Vec::new();
        ["summary", "tags", "byline", "body", "event"].iter().for_each(|member| gather(&story[*member], &mut texts));
        sql_query("INSERT INTO plain VALUES (?, ?, ?, ?)")
            .bind::<sql_types::Text, _>(story["key"].as_str().unwrap())
            .bind::<sql_types::Text, _>(story["published_at"].as_str().unwrap())
            .bind::<sql_types::Text, _>(story["title"].as_str().unwrap())
            .bind::<sql_types::Text, _>(texts.join("\n"))
            .execute(&mut conn)
            .unwrap();
    }
    let mut ask = |sql: &str, value: &dyn Fn(&str) -> String| -> Run {
        queries
            .iter()
            .map(|query| {
                let value = value(&query.text);
                let rows: Vec<Key> = sql_query(sql)
                    .bind::<sql_types::Text, _>(value.clone())
                    .bind::<sql_types::Text, _>(value)
                    .load(&mut conn)
                    .unwrap_or_default();
                (query.id.clone(), rows.into_iter().map(|row| row.key).collect())
            })
            .collect()
    };
    let quoted = |text: &str| {
        text.split_whitespace().map(|word| format!("\"{}\"", word.replace('"', ""))).collect::<Vec<_>>().join(" ")
    };
    let plain = ask("SELECT key FROM plain WHERE plain MATCH ? AND ? <> '' ORDER BY rank LIMIT 100", &quoted);
    let like = ask("SELECT key FROM plain WHERE title LIKE ? OR text LIKE ? ORDER BY at DESC LIMIT 100", &|text| {
        format!("%{text}%")
    });
    [("FTS5 remove_diacritics 2", plain), ("LIKE by date", like)]
}

/// A table of Markdown: for each class of queries, what each search is worth.
pub fn table(queries: &[Judged], runs: &[(&str, Run)]) -> String {
    let mut classes: Vec<&str> = Vec::new();
    for query in queries {
        if !classes.contains(&query.class.as_str()) {
            classes.push(&query.class);
        }
    }
    let mut text = String::from(
        "| class | queries | search | success@1 | @3 | @5 | MRR@10 | nDCG@10 |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for class in classes.into_iter().chain(["all"]) {
        for (name, run) in runs {
            let scores = Scores::of(queries, run, |query| class == "all" || query.class == class);
            let [one, three, five] = scores.success;
            writeln!(
                text,
                "| {class} | {} | {name} | {one:.2} | {three:.2} | {five:.2} | {:.2} | {:.2} |",
                scores.count, scores.mrr, scores.ndcg
            )
            .unwrap();
        }
    }
    text
}

/// Loads the corpus into both databases and measures all: what `bantin-bench -- search` prints.
pub fn report() -> String {
    let queries = queries();
    let run = |db: Db| {
        let app = TestApp::start(db);
        Corpus::load(&app).run(&queries)
    };
    let [plain, like] = baselines(&queries);
    table(&queries, &[("Bantin on SQLite", run(Db::Sqlite)), ("Bantin on PostgreSQL", run(Db::Postgres)), plain, like])
}
