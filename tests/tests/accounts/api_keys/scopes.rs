//! What a key may do: of each operation exactly what the document says that it asks for, and nothing more.
//!
//! A permission never takes anything away, so two keys per operation say it all: the one with exactly what the
//! operation asks for, and the one with everything but that, beside which every other key may less.

#[path = "../audit/coverage/cases.rs"]
#[expect(clippy::duplicate_mod, reason = "the same calls, in the world of a key and not of the audit log")]
#[expect(dead_code, reason = "sessions are nothing that a key could have")]
mod cases;

use std::{cell::Cell, collections::BTreeMap};

use bantin_domain::policy::{Permission, Resource};
use bantin_tests::{
    Answer, Client, TestApp,
    app::PASSWORD,
    both, content,
    contract::{is_public, operations},
    seed::SeedPage,
};
use serde_json::{Value, json};

use self::cases::{ADMINISTRATION, ATTENDEES, CONTENT, Case, DIRECTORY};
use crate::api_keys::{KEYS, code, give, path_of, program, secret_of};

/// What asks for nothing by itself.
const UNSCOPED: [&str; 1] = ["POST /batch"];

/// What a call of the cases asks for besides: it signs a text.
const BESIDES: [(&str, &str); 3] = [
    ("PATCH /articles/{id}", "content:byline"),
    ("POST /{collection}/{id}/revisions/{n}/restore", "content:byline"),
    ("POST /batch", "tag:create"),
];

/// The operations of the desk, by method and path below it, each with the ways to be let in.
fn scoped() -> BTreeMap<String, Vec<Vec<String>>> {
    let below = |path: &'static str| path.strip_prefix("/api/v1/editorial");
    let all = operations().filter_map(|(method, path, operation)| {
        let ways = operation["security"].as_array().cloned().unwrap_or_default();
        let texts = |way: &Value| -> Vec<String> {
            let permissions = way["bearer"].as_array().cloned().unwrap_or_default();
            permissions.iter().map(|one| one.as_str().unwrap().to_owned()).collect()
        };
        Some((format!("{method} {}", below(path)?), ways.iter().map(texts).collect()))
    });
    all.collect()
}

/// Everything that a key can be given, but these.
fn all_but(without: &[&String]) -> Vec<String> {
    let grantable = Permission::all().filter(|one| one.resource != Resource::ApiKey).map(|one| one.name());
    grantable.filter(|one| !without.contains(&one)).collect()
}

/// What the calls work on. Everything is made by the admin, but for the call that is tried.
struct World {
    app: TestApp,
    admin: Client,
    caller: Client,
    section: String,
    operation: Cell<&'static str>,
    next: Cell<u32>,
}

impl World {
    fn new(app: TestApp) -> Self {
        let admin = app.admin();
        let section = content::category(&admin, "Tin");
        Self { caller: admin.clone(), admin, app, section, operation: Cell::new(""), next: Cell::new(0) }
    }

    fn name(&self, what: &str) -> String {
        self.next.set(self.next.get() + 1);
        format!("{what} {}", self.next.get())
    }

    fn now(&self) -> &Client {
        &self.caller
    }

    /// Who makes something: the caller where that is what is tried.
    fn maker(&self, operation: &str) -> &Client {
        if self.operation.get() == operation { &self.caller } else { &self.admin }
    }

    fn made(&self, collection: &str, write: &Value) -> Answer {
        let maker = self.maker(&format!("POST /{collection}"));
        maker.post(&format!("/api/v1/editorial/{collection}"), write)
    }

    fn article(&self) -> Answer {
        let body = json!({"format": "text", "value": "Nội dung"});
        self.made("articles", &json!({"title": self.name("Một tin"), "categoryId": self.section, "body": body}))
    }

    fn event(&self) -> Answer {
        self.made("events", &json!({"title": self.name("Hội nghị"), "kind": "conference", "startsOn": "2023-02-28"}))
    }

    fn speech(&self) -> Answer {
        let event = self.event();
        let write = json!({"eventId": event.id(), "kind": "report", "title": self.name("Báo cáo")});
        content::made(&self.admin, "speeches", &write)
    }

    fn page(&self) -> Answer {
        self.made("pages", &json!({"title": self.name("Trang"), "body": {"format": "text", "value": "a"}}))
    }

    fn entry(&self, collection: &str) -> Answer {
        let member = if collection == "people" { "displayName" } else { "name" };
        self.made(collection, &json!({member: self.name("Mục")}))
    }

    fn edited(&self, collection: &str, item: &Answer, write: &Value) -> Answer {
        let client = if self.operation.get().starts_with("PATCH") { &self.caller } else { &self.admin };
        client.patch(&at(collection, item), &item.etag(), write)
    }

    fn deleted(&self, collection: &str, item: &Answer) -> Answer {
        self.caller.delete(&at(collection, item), &item.etag())
    }

    fn submitted(&self, collection: &str, item: &Answer) -> Answer {
        self.caller.post_at(&format!("{}/actions/submit", at(collection, item)), &item.etag(), &json!({}))
    }

    fn invited(&self) -> Answer {
        let email = format!("{}@so.example", self.name("moi").replace(' ', "-"));
        self.made("users", &json!({"email": email, "name": "Người mới", "role": "integrator"}))
    }

    fn role(&self) -> Answer {
        self.made("roles", &json!({"name": self.name("vai").replace(' ', "-"), "title": "Vai", "permissions": []}))
    }

    fn webhook(&self) -> Answer {
        self.made("webhooks", &json!({"name": self.name("Cổng tỉnh"), "url": "https://cong-tinh.example/tin"}))
    }

    fn api_key(&self) -> Answer {
        self.made("api-keys", &json!({"name": self.name("Cổng tỉnh")}))
    }

    fn attendee(&self, event: &Answer) -> Answer {
        let path = format!("{}/attendees", at("events", event));
        let maker = self.maker("POST /events/{id}/attendees");
        maker.post(&path, &json!({"kind": "person", "role": "guest", "name": "Khách"}))
    }

    fn preview(&self, item: &Answer) -> Answer {
        let maker = self.maker("POST /{collection}/{id}/preview-links");
        maker.post(&format!("{}/preview-links", at("articles", item)), &json!({}))
    }

    fn log_in(&self) -> Answer {
        let login = json!({"email": "quan-tri@so.example", "password": PASSWORD});
        self.app.anonymous().post("/api/v1/auth/login", &login)
    }

    fn somebody(&self) -> Client {
        self.admin.clone()
    }

    /// A key with these permissions, as the one who calls.
    fn called_with(&mut self, permissions: &[String]) {
        let permissions: Vec<&str> = permissions.iter().map(String::as_str).collect();
        self.caller = program(&self.app, &give(&self.admin, &permissions, json!({})));
    }
}

/// The case of uploads takes it for granted that they succeed.
fn upload(world: &World) -> Answer {
    let head =
        b"--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n";
    let form = [head.as_slice(), &content::png(), b"\r\n--X--\r\n"].concat();
    let headers = [("content-type", "multipart/form-data; boundary=X")];
    world.caller.send("POST", "/api/v1/editorial/media", &headers, Some(&form))
}

fn at(collection: &str, item: &Answer) -> String {
    format!("/api/v1/editorial/{collection}/{}", item.id())
}

/// Calls each operation by a key with what it asks for, and by one with everything but that.
fn hold(app: TestApp, cases: &[Case]) {
    let (mut world, scoped, mut wrong) = (World::new(app), scoped(), Vec::new());
    for (operation, call, _) in cases {
        world.operation.set(operation);
        let call = if *operation == "POST /media" { &(upload as fn(&World) -> Answer) } else { call };
        let besides = BESIDES.iter().filter(|(known, _)| known == operation).map(|(_, one)| (*one).to_owned());
        let ways = &scoped[*operation];
        // Where several ways lead in, the cases take the first: what they work on is an article.
        let first = ways.first().cloned().unwrap_or_default();
        let exactly: Vec<String> = first.iter().cloned().chain(besides).collect();
        if !operation.contains("/api-keys") {
            world.called_with(&exactly);
            let answer = call(&world);
            if !(200..300).contains(&answer.status) {
                wrong.push(format!("{operation} by {exactly:?}: {} {}", answer.status, answer.json));
            }
        }
        // Each single permission of the way is needed, where the other ways are barred.
        let others: Vec<&String> = ways.iter().skip(1).flatten().filter(|one| !first.contains(one)).collect();
        let needed = if ways.is_empty() { &exactly } else { &first };
        for one in needed {
            let without = [&others[..], &[one]].concat();
            world.called_with(&all_but(&without));
            let answer = call(&world);
            // That there is no event which one may edit is said of the member that names it.
            let is_refused = [403, 404].contains(&answer.status) || code(&answer) == "unknown_reference";
            if !is_refused {
                wrong.push(format!("{operation} without {without:?}: {} {}", answer.status, answer.json));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_operation_of_the_desk_says_what_it_asks_for() {
    let silent = |(operation, ways): &(String, Vec<Vec<String>>)| {
        (ways.is_empty() || ways.iter().any(Vec::is_empty)) && !UNSCOPED.contains(&operation.as_str())
    };
    let silent: Vec<String> = scoped().into_iter().filter(silent).map(|(operation, _)| operation).collect();
    assert_eq!(silent, Vec::<String>::new(), "say in crates/api/src/scopes.rs what these ask for");
}

both! {
    fn what_is_done_with_content_asks_for_what_the_document_says(app) {
        hold(app, CONTENT);
    }

    fn what_is_done_with_attendees_and_the_directory_asks_for_what_the_document_says(app) {
        hold(app, &[ATTENDEES, DIRECTORY].concat());
    }

    fn what_is_done_in_administration_asks_for_what_the_document_says(app) {
        hold(app, &[ADMINISTRATION, cases::KEYS].concat());
    }

    fn what_is_read_asks_for_what_the_document_says(app) {
        let mut world = World::new(app);
        let seed = SeedPage::write(&world.admin);
        let attendees = format!("/api/v1/editorial/events/{}/attendees", seed.event.id());
        let hook = world.webhook().expect(201);
        let ping = world.admin.send("POST", &format!("{}/ping", at("webhooks", &hook)), &[], None).expect(201);
        let key = give(&world.admin, &[], json!({}));
        let me = world.admin.get("/api/v1/auth/me").expect(200).id();
        let later = json!({"at": "2024-01-01T08:00:00+07:00"});
        let planned = world.article();
        world.admin.post_at(&format!("{}/actions/schedule", at("articles", &planned)), &planned.etag(), &later).expect(200);
        world.edited("articles", &seed.article, &json!({"title": "Tên khác"})).expect(200);
        let mut tried = 0;
        for (operation, ways) in scoped() {
            let Some(template) = operation.strip_prefix("GET ") else { continue };
            let ids = BTreeMap::from([
                ("/articles/", seed.article.id()), ("/events/", seed.event.id()), ("/speeches/", seed.speeches[0].id()), ("/people/", seed.director.id()),
                ("/organisations/", seed.department.id()), ("/categories/", seed.section.clone()), ("/tags/", seed.tag.clone()), ("/media/", seed.picture.id()),
                ("/pages/", world.page().id()), ("/users/", me.clone()), ("/webhooks/", hook.id()), ("/api-keys/", key.id()), ("/{collection}/", seed.article.id()),
            ]);
            let id = ids.iter().find(|(base, _)| template.starts_with(*base)).map(|(_, id)| id.clone()).unwrap_or_default();
            let filled = [("{collection}", "articles"), ("{name}", "author"), ("{deliveryId}", &ping.id()), ("{id}", &id), ("{n}", "1"), ("{a}", "1"), ("{b}", "2")];
            let path = filled.iter().fold(format!("/api/v1/editorial{template}"), |path, (name, value)| path.replace(name, value));
            if !template.starts_with("/api-keys") {
                world.called_with(&ways[0]);
                let read = world.caller.get(&path).expect(200);
                // Of comments and preview links there are none.
                let is_empty = read.data() == &json!([]);
                assert_eq!(is_empty, template.ends_with("/comments") || template.ends_with("/preview-links"), "{path}");
            }
            world.called_with(&all_but(&ways.iter().flatten().collect::<Vec<_>>()));
            let refused = world.caller.get(&path);
            // Who may read nothing of a list is shown an empty one.
            let shows_nothing = refused.status == 200 && refused.data() == &json!([]);
            assert!([403, 404].contains(&refused.status) || shows_nothing, "{path}: {} {}", refused.status, refused.json);
            tried += 1;
        }
        assert!(tried > 40, "{tried}");
        world.admin.get(&attendees).expect(200);
    }

    fn a_key_reaches_the_sections_that_it_was_given_and_no_others(app) {
        let admin = app.admin();
        let above = content::category(&admin, "Tin");
        let below = admin.post("/api/v1/editorial/categories", &json!({"name": "Dưới", "parentId": above})).expect(201).id();
        let elsewhere = content::category(&admin, "Nơi khác");
        let [inside, outside] = [&below, &elsewhere].map(|section| content::article(&admin, section, "Một tin"));
        let event = |section: &str| {
            let write = json!({"title": "Hội nghị", "kind": "conference", "startsOn": "2023-02-28", "categoryId": section});
            let host = content::made(&admin, "events", &write);
            content::made(&admin, "speeches", &json!({"eventId": host.id(), "kind": "report", "title": "Báo cáo"}))
        };
        let [speech_inside, speech_outside] = [event(&below), event(&elsewhere)];
        let permissions: Vec<Value> = ["article:read", "article:edit", "article:create", "event:read", "speech:read"]
            .map(|one| json!({"permission": one, "scope": "inCategories"})).into();
        let write = json!({"name": "Mục tin", "permissions": permissions, "categoryIds": [above]});
        let caller = program(&app, &admin.post(KEYS, &write).expect(201));
        let listed = |collection: &str| -> Vec<String> {
            let answer = caller.get(&format!("/api/v1/editorial/{collection}?count=exact")).expect(200);
            let ids: Vec<String> = answer.data().as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
            assert_eq!(answer.json["page"]["total"], ids.len(), "{collection}: a count tells no more than the rows");
            ids
        };
        assert_eq!(listed("articles"), [inside.id()]);
        assert_eq!(listed("speeches"), [speech_inside.id()]);
        assert_eq!(listed("events").len(), 1);
        assert_eq!(listed("pages"), Vec::<String>::new());
        caller.get(&at("speeches", &speech_inside)).expect(200);
        caller.get(&at("speeches", &speech_outside)).expect(404);
        caller.patch(&at("articles", &inside), "\"1\"", &json!({"title": "Tên mới"})).expect(200);
        caller.get(&at("articles", &outside)).expect(404);
        caller.patch(&at("articles", &outside), "\"1\"", &json!({"title": "Tên mới"})).expect(404);
        // Neither by making something there nor by moving it there.
        let body = json!({"format": "text", "value": "a"});
        let write = |section: &str| json!({"title": "Tin mới", "categoryId": section, "body": body});
        caller.post("/api/v1/editorial/articles", &write(&below)).expect(201);
        caller.post("/api/v1/editorial/articles", &write(&elsewhere)).expect(404);
        let moved = caller.patch(&at("articles", &inside), "\"2\"", &json!({"categoryId": elsewhere}));
        assert!([403, 404].contains(&moved.status), "{}", moved.status);
    }

    fn a_key_sees_nothing_of_who_gave_it_for_being_theirs(app) {
        let admin = app.admin();
        let section = content::category(&admin, "Tin");
        let article = content::article(&admin, &section, "Một tin");
        content::picture(&admin, "Một", "Hai");
        let caller = program(&app, &give(&admin, &["tag:read"], json!({})));
        for collection in ["articles", "events", "speeches", "pages"] {
            let listed = caller.get(&format!("/api/v1/editorial/{collection}?count=exact")).expect(200);
            assert_eq!((listed.data(), &listed.json["page"]["total"]), (&json!([]), &json!(0)), "{collection}");
        }
        caller.get(&at("articles", &article)).expect(404);
        caller.get("/api/v1/editorial/media").expect(404);
    }

    fn a_key_has_no_login_to_look_at_to_end_or_to_change(app) {
        let admin = app.admin();
        let made = give(&admin, &all_but(&[]).iter().map(String::as_str).collect::<Vec<_>>(), json!({}));
        let caller = program(&app, &made);
        let protected = operations().filter(|(_, path, operation)| path.starts_with("/api/v1/auth/") && !is_public(operation));
        let mut tried = 0;
        for (method, path, _) in protected {
            let answer = caller.send(&method, &content::path_with(path, content::NOBODY), &[], None).expect(403);
            assert_eq!(code(&answer), "session_required", "{method} {path}");
            tried += 1;
        }
        assert_eq!(tried, 6);
        admin.get("/api/v1/auth/me").expect(200);
        // One that has ended is told no more than on any other address.
        admin.delete(&path_of(&made), "\"1\"").expect(204);
        caller.get("/api/v1/auth/me").expect(401);
    }

    fn a_key_is_given_the_answers_of_nobody_else(app) {
        let admin = app.admin();
        let [reads, writes] = [&["tag:read"][..], &["tag:read", "tag:create"]].map(|permissions| give(&admin, permissions, json!({})));
        let tag = json!({"name": "một lần"});
        let named = [("idempotency-key", "mot-lan")];
        let path = "/api/v1/editorial/tags";
        let by_admin = admin.json("POST", path, &named, &tag).expect(201);
        // The same request by another: neither is it known, nor is the first one's answer told.
        assert_eq!(code(&program(&app, &reads).json("POST", path, &named, &tag)), "forbidden");
        assert_eq!(code(&program(&app, &writes).json("POST", path, &named, &tag)), "name_taken");
        let other = json!({"name": "hai lần"});
        let first = program(&app, &writes).json("POST", path, &named, &other).expect(201);
        let again = app.anonymous().with_token(&secret_of(&writes)).json("POST", path, &named, &other).expect(201);
        assert_eq!(first.id(), again.id());
        assert_ne!(by_admin.id(), first.id());
    }
}

#[test]
fn by_a_key_nobody_approves_what_they_wrote_themselves() {
    let app = TestApp::start_with(bantin_tests::Db::Sqlite, |settings| settings.four_eyes = true);
    let admin = app.admin();
    let section = content::category(&admin, "Tin");
    let caller = program(&app, &give(&admin, &["article:read", "article:edit", "article:approve"], json!({})));
    let article = content::article(&admin, &section, "Một tin");
    let path = at("articles", &article);
    let submitted = admin.post_at(&format!("{path}/actions/submit"), &article.etag(), &json!({})).expect(200);
    let refused = caller.post_at(&format!("{path}/actions/approve"), &submitted.etag(), &json!({})).expect(409);
    assert_eq!(code(&refused), "four_eyes");
}
