//! A change is whole or absent: the server is killed while editors publish, and content, revision,
//! public copy, audit entry, change-log row and kept answer agree about every act, also about those that
//! nobody had an answer for.
//!
//! Every article lives the same [`LIFE`]. So the number of acts that took effect, which is its version,
//! says everything that must stand about it in any table: [`Story::after`]. The checker reads what does
//! stand there, all tables in one snapshot, and compares.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicUsize, Ordering},
};

use bantin_domain::{
    kind::{ChangeKind, Kind, SlugState},
    workflow::State,
};
use bantin_persistence::{
    connection::{Access, DbConnection, Opener},
    schema::{
        audit_log, change_head, changes, idempotency_keys, items, public_articles, revisions, search_documents, slugs,
    },
    sql_types::{Key, Name},
};
use bantin_tests::postgres;
use diesel::{connection::SimpleConnection, prelude::*};
use serde_json::{Value, json};
use uuid::Uuid;

use super::wait_until;
use crate::kit::Folder;

/// How many articles are published on each database, as far as the machine of a hosted CI has time. A
/// release is tried with 1,000: CONTRIBUTING.md says how.
const PUBLISHES: usize = 150;
/// How many of them lie between two kills, about.
const BETWEEN_KILLS: usize = 30;
const EDITORS: u128 = 4;
const PASSWORD: &str = "vien-da-cuoi-len-thac";

/// What is done to every article, in order.
const LIFE: [Act; 6] = [Act::Create, Act::Publish, Act::Edit, Act::Publish, Act::Unpublish, Act::Publish];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Act {
    Create,
    Edit,
    Publish,
    Unpublish,
}

impl Act {
    fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Edit => "edit",
            Self::Publish => "publish",
            Self::Unpublish => "unpublish",
        }
    }
}

#[test]
fn what_a_dying_server_did_is_whole_or_absent_on_sqlite() {
    let folder = Folder::new();
    check(&folder, &format!("sqlite:{}", folder.path().join("data/bantin.db").display()));
}

#[test]
fn what_a_dying_server_did_is_whole_or_absent_on_postgresql() {
    let name = "bantin_cli_empty";
    postgres::cluster().template(name, |_| ());
    let database = postgres::cluster().create_database_from_template(name);
    check(&Folder::new(), database.url());
}

fn check(folder: &Folder, url: &str) {
    let settings = [("BANTIN_DATABASE_URL", url), ("BANTIN_RATE_LIMIT_EDITORIAL", "0")];
    folder.make_secret_key();
    for editor in 0..EDITORS {
        let add =
            format!("user add --email {} --name {editor} --role chiefEditor --password-stdin", Editor::email(editor));
        folder.bantin(&add).env("BANTIN_DATABASE_URL", url).says(PASSWORD);
    }
    let server = folder.serve_with("serve", &settings);
    let category = make_category(server.base());
    drop(server);

    let mut editors: Vec<Editor> = (0..EDITORS).map(|number| Editor::new(number, &category)).collect();
    let published = AtomicUsize::new(0);
    let mut moments = Moments(1);
    while published.load(Ordering::SeqCst) < publishes() {
        let mut server = folder.serve_with("serve", &settings);
        let base = server.base().to_owned();
        let moment = published.load(Ordering::SeqCst) + moments.next_within(2 * BETWEEN_KILLS);
        std::thread::scope(|scope| {
            for editor in &mut editors {
                scope.spawn(|| editor.work(&base, &published));
            }
            wait_until(|| published.load(Ordering::SeqCst) >= moment);
            server.end_by("KILL");
        });
        compare(&read(url), &editors);
    }

    // What nobody had an answer for is asked for once more; then nothing is open.
    let server = folder.serve_with("serve", &settings);
    for editor in &mut editors {
        editor.repeat(server.base());
    }
    let stories = read(url);
    compare(&stories, &editors);
    assert!(stories.values().all(|story| story.version > 0), "an article that was asked for is missing");
    let verify = || folder.bantin("audit verify").env("BANTIN_DATABASE_URL", url).succeeds();
    wait_until(|| verify().contains("none waits to be sealed"));
    assert!(verify().starts_with("the audit log is right: "), "{}", verify());
}

/// How many publications one run makes on each database.
#[expect(clippy::disallowed_methods, reason = "no setting of the program: how long a test may take")]
fn publishes() -> usize {
    std::env::var("BANTIN_TEST_PUBLISHES").map_or(PUBLISHES, |number| number.parse().unwrap())
}

/// After how many publications the server dies: numbers that look like chance and can be had again.
struct Moments(u64);

impl Moments {
    fn next_within(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        1 + usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

fn make_category(base: &str) -> String {
    let agent = agent();
    let token = log_in(&agent, base, &Editor::email(0)).unwrap();
    let request = agent.post(&format!("{base}/api/v1/editorial/categories")).header("authorization", &token);
    let mut answer =
        request.header("content-type", "application/json").send(json!({"name": "Tin tức"}).to_string()).unwrap();
    let made: Value = serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap();
    made["data"]["id"].as_str().unwrap().to_owned()
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

/// The header of somebody who is logged in; none when the server dies meanwhile.
fn log_in(agent: &ureq::Agent, base: &str, email: &str) -> Option<String> {
    let body = json!({"email": email, "password": PASSWORD}).to_string();
    let request = agent.post(&format!("{base}/api/v1/auth/login")).header("content-type", "application/json");
    let answer: Value = serde_json::from_str(&request.send(body).ok()?.body_mut().read_to_string().ok()?).unwrap();
    Some(format!("Bearer {}", answer["data"]["accessToken"].as_str().unwrap()))
}

/// Somebody who writes one article after the other, and keeps a ledger of what was acknowledged.
struct Editor {
    number: u128,
    category: String,
    ledger: Vec<Entry>,
}

/// An article in the ledger.
struct Entry {
    id: Uuid,
    /// How many acts of its life were acknowledged.
    done: usize,
    /// Whether the next one was sent, and nobody knows what became of it.
    is_open: bool,
}

impl Editor {
    fn new(number: u128, category: &str) -> Self {
        Self { number, category: category.to_owned(), ledger: Vec::new() }
    }

    fn email(number: u128) -> String {
        format!("bien-tap-{number}@so.example")
    }

    /// Works until the server dies, beginning with what was not answered before.
    fn work(&mut self, base: &str, published: &AtomicUsize) {
        let agent = agent();
        let Some(token) = log_in(&agent, base, &Self::email(self.number)) else { return };
        loop {
            if self.ledger.last().is_none_or(|entry| entry.done == LIFE.len()) {
                self.ledger.push(self.next_article());
            }
            let entry = self.ledger.last_mut().unwrap();
            let Some(act) = entry.take_step(&agent, base, &token, &self.category) else { return };
            published.fetch_add(usize::from(act == Act::Publish), Ordering::SeqCst);
        }
    }

    /// Sends what was not answered once more.
    fn repeat(&mut self, base: &str) {
        let agent = agent();
        let token = log_in(&agent, base, &Self::email(self.number)).unwrap();
        for entry in self.ledger.iter_mut().filter(|entry| entry.is_open) {
            entry.take_step(&agent, base, &token, &self.category).unwrap();
        }
    }

    /// Its id is known before it is there, a UUIDv7 of the client's own.
    fn next_article(&self) -> Entry {
        let number = self.number << 32 | u128::try_from(self.ledger.len()).unwrap();
        let id = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | number);
        Entry { id, done: 0, is_open: false }
    }
}

impl Entry {
    /// Does the next act; none when the server died over it. Sent again, an act takes effect once: a
    /// `POST` by its key, which gives the first answer, and a `PATCH` by the version that it asks for.
    fn take_step(&mut self, agent: &ureq::Agent, base: &str, token: &str, category: &str) -> Option<Act> {
        let act = LIFE[self.done];
        let is_repeated = std::mem::replace(&mut self.is_open, true);
        let (status, version) = self.send(act, agent, base, token, category)?;
        let was_done_before = act == Act::Edit && is_repeated && status == 412;
        assert!(was_done_before || (200..300).contains(&status), "{act:?} {}: {status}", self.id);
        self.done += 1;
        self.is_open = false;
        assert!(was_done_before || version == self.done, "{act:?} {}: version {version}", self.id);
        Some(act)
    }

    /// The status of the answer, and the version that it tells.
    fn send(&self, act: Act, agent: &ureq::Agent, base: &str, token: &str, category: &str) -> Option<(u16, usize)> {
        let (id, version) = (self.id, self.done);
        let articles = format!("{base}/api/v1/editorial/articles");
        let [first, second] = slugs_of(id);
        let (request, body) = match act {
            Act::Create => {
                let body = json!({"format": "text", "value": "Sáng nay, tại hội trường của Sở."});
                let write = json!({"id": id, "title": "Bản tin", "slug": first, "categoryId": category, "body": body});
                (agent.post(&articles), write)
            }
            Act::Edit => (agent.patch(&format!("{articles}/{id}")), json!({"title": "Bản tin mới", "slug": second})),
            act => (agent.post(&format!("{articles}/{id}/actions/{}", act.name())), json!({})),
        };
        let request = match act {
            Act::Create => request,
            _ => request.header("if-match", &format!("\"{version}\"")),
        };
        let mut answer = request
            .header("authorization", token)
            .header("content-type", "application/json")
            .header("idempotency-key", &key_of(id, version + 1))
            .send(body.to_string())
            .ok()?;
        let text = answer.body_mut().read_to_string().ok()?;
        let told: Value = serde_json::from_str(&text).unwrap();
        let version = told["data"]["version"].as_u64().and_then(|version| usize::try_from(version).ok());
        Some((answer.status().as_u16(), version.unwrap_or(0)))
    }
}

/// The addresses of an article: when it is made, and after its edit.
fn slugs_of(article: Uuid) -> [String; 2] {
    [format!("tin-{}", article.simple()), format!("tin-moi-{}", article.simple())]
}

fn key_of(article: Uuid, version: usize) -> String {
    format!("{article}-{version}")
}

/// Everything that the tables say of an article.
#[derive(Debug, Default, PartialEq)]
struct Story {
    version: usize,
    revision: i64,
    state: Option<State>,
    /// Revision and slug of the public copy, as the desk knows it.
    copy: Option<(i64, String)>,
    /// The same, as the public reads it.
    public: Option<(i64, String)>,
    is_found: bool,
    revisions: Vec<i64>,
    slugs: BTreeMap<String, SlugState>,
    audit: Vec<(i64, String)>,
    /// What the change log says, with the slugs after and before.
    changes: Vec<(ChangeKind, String, Option<String>)>,
    /// The keys of the requests whose answers are kept.
    answers: BTreeSet<String>,
}

impl Story {
    /// What must be there after so many acts.
    fn after(article: Uuid, version: usize) -> Self {
        let [first, second] = slugs_of(article);
        let mut story = Self { version, ..Self::default() };
        let mut slug = first;
        for (number, act) in (1..).zip(&LIFE[..version]) {
            let name = format!("article.{}", act.name());
            story.audit.push((number, name));
            if *act != Act::Edit {
                story.answers.insert(key_of(article, usize::try_from(number).unwrap()));
            }
            match act {
                Act::Create | Act::Edit => {
                    if *act == Act::Edit {
                        slug = second.clone();
                    }
                    story.revision += 1;
                    story.revisions.push(story.revision);
                    story.slugs.insert(slug.clone(), SlugState::Draft);
                    story.state = Some(State::Draft);
                }
                Act::Publish => {
                    let before = story.copy.replace((story.revision, slug.clone()));
                    let kind = if before.is_some() { ChangeKind::Moved } else { ChangeKind::Created };
                    story.changes.push((kind, slug.clone(), before.map(|(_, before)| before)));
                    story.slugs.values_mut().for_each(|state| *state = SlugState::Old);
                    story.slugs.insert(slug.clone(), SlugState::Current);
                    story.state = Some(State::Published);
                }
                Act::Unpublish => {
                    let gone = story.copy.take().map(|(_, slug)| slug);
                    story.changes.push((ChangeKind::Deleted, gone.unwrap(), None));
                    story.state = Some(State::Draft);
                }
            }
        }
        story.public = story.copy.clone();
        story.is_found = story.public.is_some();
        story
    }
}

/// Holds what the tables say against the ledgers: what was acknowledged is there, what was not is there
/// as a whole or not at all, and nothing else is there.
fn compare(stories: &BTreeMap<Uuid, Story>, editors: &[Editor]) {
    let entries: Vec<&Entry> = editors.iter().flat_map(|editor| &editor.ledger).collect();
    let absent = Story::default();
    for entry in &entries {
        let story = stories.get(&entry.id).unwrap_or(&absent);
        let most = entry.done + usize::from(entry.is_open);
        assert!((entry.done..=most).contains(&story.version), "{}: {} of {most}", entry.id, story.version);
        assert_eq!(*story, Story::after(entry.id, story.version), "{}", entry.id);
    }
    assert!(stories.keys().all(|id| entries.iter().any(|entry| entry.id == *id)), "an article that nobody wrote");
}

/// What stands in the tables now, in one snapshot: the database may still be ending what the server that
/// was killed had asked of it.
fn read(url: &str) -> BTreeMap<Uuid, Story> {
    let conn = &mut Opener::new(url.parse().unwrap(), Access::Read).open().unwrap();
    let begin = match conn {
        DbConnection::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ",
        DbConnection::Sqlite(_) => "BEGIN",
    };
    conn.batch_execute(begin).unwrap();
    let mut stories = Stories(BTreeMap::new());
    read_desk(conn, &mut stories);
    read_public(conn, &mut stories);
    read_logs(conn, &mut stories);
    stories.0
}

struct Stories(BTreeMap<Uuid, Story>);

impl Stories {
    fn of(&mut self, id: Key<()>) -> &mut Story {
        self.0.entry(id.0.uuid()).or_default()
    }
}

fn read_desk(conn: &mut DbConnection, stories: &mut Stories) {
    type Row = (Key<()>, i64, i64, Name<State>, Option<i64>, Option<String>);
    let columns =
        (items::id, items::version, items::revision, items::state, items::public_revision, items::public_slug);
    for (id, version, revision, state, public, slug) in items::table.select(columns).load::<Row>(conn).unwrap() {
        let story = stories.of(id);
        story.version = usize::try_from(version).unwrap();
        story.revision = revision;
        story.state = Some(state.0);
        story.copy = public.zip(slug);
    }
    let rows = revisions::table.select((revisions::item_id, revisions::number)).order(revisions::number);
    for (id, number) in rows.load::<(Key<()>, i64)>(conn).unwrap() {
        stories.of(id).revisions.push(number);
    }
}

fn read_public(conn: &mut DbConnection, stories: &mut Stories) {
    let rows = public_articles::table.select((public_articles::id, public_articles::revision, public_articles::slug));
    for (id, revision, slug) in rows.load::<(Key<()>, i64, String)>(conn).unwrap() {
        stories.of(id).public = Some((revision, slug));
    }
    let rows = search_documents::table.filter(search_documents::kind.eq(Name(Kind::Article)));
    for id in rows.select(search_documents::resource_id).load::<Key<()>>(conn).unwrap() {
        stories.of(id).is_found = true;
    }
    let rows = slugs::table.filter(slugs::kind.eq(Name(Kind::Article)));
    let rows = rows.select((slugs::resource_id, slugs::slug, slugs::state));
    for (id, slug, state) in rows.load::<(Key<()>, String, Name<SlugState>)>(conn).unwrap() {
        stories.of(id).slugs.insert(slug, state.0);
    }
}

fn read_logs(conn: &mut DbConnection, stories: &mut Stories) {
    let columns = (audit_log::resource_id, audit_log::version, audit_log::action);
    let rows = audit_log::table.select(columns).order((audit_log::version, audit_log::id));
    for (id, version, action) in rows.load::<(Option<Key<()>>, Option<i64>, String)>(conn).unwrap() {
        if action.starts_with("article.") {
            stories.of(id.unwrap()).audit.push((version.unwrap(), action));
        }
    }
    let columns = (
        (changes::seq, changes::resource_kind, changes::resource_id),
        (changes::kind, changes::slug, changes::previous_slug),
    );
    type Row = ((i64, Name<Kind>, Key<()>), (Name<ChangeKind>, Option<String>, Option<String>));
    let rows = changes::table.select(columns).order(changes::seq).load::<Row>(conn).unwrap();
    let head: i64 = change_head::table.select(change_head::seq).first(conn).unwrap();
    assert!(rows.iter().map(|row| row.0.0).eq(1..=head), "the change log has a gap, or another head than its last row");
    for ((_, resource, id), (kind, slug, previous)) in rows {
        if resource.0 == Kind::Article {
            stories.of(id).changes.push((kind.0, slug.unwrap(), previous));
        }
    }
    let rows = idempotency_keys::table.select((idempotency_keys::key, idempotency_keys::status));
    for (key, status) in rows.load::<(String, i64)>(conn).unwrap() {
        assert!((200..300).contains(&status), "{key} is kept with {status}");
        let (article, _) = key.rsplit_once('-').unwrap();
        stories.0.entry(article.parse().unwrap()).or_default().answers.insert(key);
    }
}
