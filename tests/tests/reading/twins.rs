//! Non-interference: two databases that differ in nothing but secrets give everybody the same answers.
//!
//! Whatever a reader asks that the document lets them ask, the world with secrets and the one without
//! answer with the same status, the same headers and the same bytes. A filter, an order, a count, a date, a
//! tag of an answer or a word of an error that hangs on a draft is a difference here, wherever it comes from.

mod corpus;
mod story;
mod world;

use bantin_persistence::{StoreError, changes};
use bantin_tests::{
    Answer, Db,
    content::NOBODY,
    contract,
    wire::{Wire, essence},
};
use serde_json::{Value, json};

use crate::twins::world::{MARK, SECRET_PHONE, World};

/// More questions than that take too long, and say nothing more.
const MOST_QUESTIONS: usize = 7_000;

/// How many differences are shown at once.
const SHOWN: usize = 25;

/// The two of them, asked side by side.
struct Twins {
    plain: World,
    secretive: World,
    wires: [Wire; 2],
    asked: usize,
    found: usize,
    told_apart: Vec<String>,
}

impl Twins {
    fn raise(db: Db) -> Self {
        let [plain, secretive] = [false, true].map(|has_secrets| {
            let mut world = World::begin(db, has_secrets);
            world.tell();
            world
        });
        let wires = [&plain, &secretive].map(|world| Wire::to(&world.app.base));
        Self { plain, secretive, wires, asked: 0, found: 0, told_apart: Vec::new() }
    }

    /// Asks both, and fails where they differ.
    fn ask(&mut self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let [plain, secretive] = &mut self.wires;
        let (expected, answer) =
            (plain.ask(method, target, headers, body), secretive.ask(method, target, headers, body));
        if let Some(told) = difference(&expected, &answer) {
            self.told_apart.push(format!("{}: {told}", answer.request));
        }
        let text = format!("{:?}{}", answer.headers, String::from_utf8_lossy(&answer.bytes));
        for canary in [MARK, SECRET_PHONE].into_iter().filter(|canary| !answer.request.contains(canary)) {
            if text.contains(canary) {
                self.told_apart.push(format!("{}: {canary} stands there", answer.request));
            }
        }
        contract::check(method, target, &answer);
        self.asked += 1;
        self.found += usize::from(answer.status == 200);
        answer
    }

    /// Reads, and goes on to the last page where there are more.
    fn read(&mut self, target: &str) {
        let mut answer = self.ask("GET", target, &[], b"");
        if answer.status == 200 && !target.contains('?') {
            self.ask("HEAD", target, &[], b"");
            self.ask("GET", target, &[("accept-language", "en, vi;q=0.5")], b"");
        }
        let is_walked = target.contains("limit=2&") || target.ends_with("limit=2");
        while is_walked && let Some(cursor) = answer.json["page"]["next"].as_str() {
            answer = self.ask("GET", &format!("{target}&cursor={cursor}"), &[], b"");
        }
    }

    fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, &[("content-type", "application/json")], body.to_string().as_bytes())
    }
}

/// Where two answers differ, if they do: what the plain one says there, and what the secretive one.
fn difference(plain: &Answer, secretive: &Answer) -> Option<String> {
    let [(status, headers, text), (other_status, other_headers, other_text)] = [plain, secretive].map(essence);
    if text != other_text {
        let alike = text.bytes().zip(other_text.bytes()).take_while(|(one, other)| one == other).count();
        let around = |text: &str| {
            let bytes = &text.as_bytes()[alike.saturating_sub(90)..text.len().min(alike + 90)];
            String::from_utf8_lossy(bytes).into_owned()
        };
        return Some(format!("\n  {status} …{}…\n  {other_status} …{}…", around(&text), around(&other_text)));
    }
    let only = |some: &[(String, String)], others: &[(String, String)]| -> Vec<_> {
        some.iter().filter(|header| !others.contains(header)).map(|(name, value)| format!("{name}: {value}")).collect()
    };
    // How long it took is of the request; how many statements, of the answer. What is kept says neither. And rows that
    // are shown may refer to what nobody sees, which is then looked for in vain: that costs statements, too.
    let shows_rows = plain.status == 200 && plain.json["data"] != Value::Array(Vec::new());
    let is_told = !shows_rows || plain.request.contains("/api/v1/search");
    let [cost, other_cost] = [plain, secretive].map(|answer| answer.header("server-timing").and_then(statements));
    if let (Some(cost), Some(other_cost)) = (cost, other_cost)
        && is_told
        && cost != other_cost
    {
        return Some(format!("\n  {status} after {cost} statements\n  {other_status} after {other_cost}"));
    }
    let told = (only(&headers, &other_headers), only(&other_headers, &headers));
    (status != other_status || headers != other_headers)
        .then(|| format!("\n  {status} {:?}\n  {other_status} {:?}", told.0, told.1))
}

/// How many statements an answer says it cost.
fn statements(timing: &str) -> Option<u64> {
    timing.split_once("sql;desc=\"")?.1.split('"').next()?.parse().ok()
}

/// Holds one world against the other on a database.
fn the_twins_are_not_told_apart(db: Db) {
    let mut twins = Twins::raise(db);
    let names = twins.secretive.names.clone();
    for target in corpus::questions(&names) {
        twins.read(&target);
    }
    // A hit on what is not public is refused in the same way whether or not it is there.
    for (collection, name) in
        names.iter().flat_map(|(collection, names)| names.iter().map(move |name| (*collection, &name.text)))
    {
        let member = match collection {
            "articles" => "articleId",
            "events" => "eventId",
            "speeches" => "speechId",
            "pages" => "pageId",
            _ => continue,
        };
        let is_there = twins.ask("GET", &format!("/api/v1/{collection}/{name}"), &[], b"").status == 200;
        if !is_there {
            twins.post("/api/v1/visits", &json!({member: name}));
        }
    }
    // Nor is anybody told who has an account.
    for email in [format!("{MARK}email@mat.example"), "khong-ai@so.example".to_owned()] {
        let refused = twins.post("/api/v1/auth/login", &json!({"email": email, "password": "mat-khau-khong-dung-dau"}));
        assert_eq!(refused.status, 401);
    }
    for path in ["refresh", "accept"] {
        twins.post(&format!("/api/v1/auth/{path}"), &json!({"refreshToken": NOBODY}));
        twins.post(&format!("/api/v1/auth/{path}"), &json!({"token": NOBODY, "password": "mat-khau-khong-dung-dau"}));
    }
    let [plain, secretive] = [&twins.plain, &twins.secretive].map(|world| {
        world.app.api.app.store().public::<_, StoreError>(|reader| changes::after(reader, 0, 1_000)).unwrap()
    });
    assert_eq!(secretive, plain, "the change log tells of a secret");
    assert!(plain.len() > 30, "it tells of what is public");
    let told_apart = &twins.told_apart;
    // Spread over all of them, so that the first one does not hide the rest.
    let shown: Vec<&str> =
        told_apart.iter().step_by(told_apart.len().div_ceil(SHOWN).max(1)).map(String::as_str).collect();
    assert!(told_apart.is_empty(), "{} answers tell of a secret:\n{}", told_apart.len(), shown.join("\n"));
    let (asked, found) = (twins.asked, twins.found);
    assert!(asked <= MOST_QUESTIONS, "{asked} questions");
    assert!(found > 500 && asked - found > 200, "{found} of {asked} questions found something");
}

#[test]
fn whoever_reads_cannot_tell_whether_there_are_secrets_on_sqlite() {
    the_twins_are_not_told_apart(Db::Sqlite);
}

#[test]
fn whoever_reads_cannot_tell_whether_there_are_secrets_on_postgres() {
    the_twins_are_not_told_apart(Db::Postgres);
}

/// The test above proves something only if there is something to find.
#[test]
fn the_secrets_are_there() {
    let mut world = World::begin(Db::Sqlite, true);
    world.tell();
    let counted = |path: &str| {
        let answer = world.admin.get(&format!("/api/v1/editorial/{path}?limit=100")).expect(200);
        String::from_utf8_lossy(&answer.bytes).matches(MARK).count()
    };
    for collection in ["articles", "events", "speeches", "pages", "people", "organisations", "media", "tags", "users"] {
        assert!(counted(collection) > 0, "{collection}");
    }
}
