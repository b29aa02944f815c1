//! Every operation that writes leaves its entry, and a refused one none. The list of operations is the API
//! document's: one that is added and is not here fails the test.

mod cases;

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

use bantin_domain::policy::Role;
use bantin_tests::{Answer, Client, TestApp, app::PASSWORD, both, content, contract::operations};
use serde_json::{Value, json};

use self::cases::{ADMINISTRATION, ATTENDEES, CONTENT, Case, DIRECTORY, EXCEPTIONS, KEYS, SESSIONS};
use crate::audit::entries;

/// What the calls work on.
struct World {
    app: TestApp,
    admin: Client,
    section: String,
    next: Cell<u32>,
    begun: Cell<usize>,
}

impl World {
    fn new(app: TestApp) -> Self {
        let admin = app.admin();
        let section = content::category(&admin, "Tin");
        Self { app, admin, section, next: Cell::new(0), begun: Cell::new(0) }
    }

    /// A name that nothing has yet.
    fn name(&self, what: &str) -> String {
        self.next.set(self.next.get() + 1);
        format!("{what} {}", self.next.get())
    }

    /// From here on it counts.
    fn now(&self) -> &Client {
        self.begun.set(entries(&self.app).len());
        &self.admin
    }

    fn article(&self) -> Answer {
        content::article(&self.admin, &self.section, &self.name("Một tin"))
    }

    fn event(&self) -> Answer {
        content::event(&self.admin, &self.name("Hội nghị"))
    }

    fn speech(&self) -> Answer {
        let event = self.event();
        content::made(
            &self.admin,
            "speeches",
            &json!({"eventId": event.id(), "kind": "report", "title": self.name("Báo cáo")}),
        )
    }

    fn page(&self) -> Answer {
        content::made(
            &self.admin,
            "pages",
            &json!({"title": self.name("Trang"), "body": {"format": "text", "value": "a"}}),
        )
    }

    /// Something of the directory, by its collection.
    fn entry(&self, collection: &str) -> Answer {
        let member = if collection == "people" { "displayName" } else { "name" };
        content::made(&self.admin, collection, &json!({member: self.name("Mục")}))
    }

    fn edited(&self, collection: &str, item: &Answer, write: &Value) -> Answer {
        self.now().patch(&at(collection, item), &item.etag(), write)
    }

    fn deleted(&self, collection: &str, item: &Answer) -> Answer {
        self.now().delete(&at(collection, item), &item.etag())
    }

    fn submitted(&self, collection: &str, item: &Answer) -> Answer {
        self.now().post_at(&format!("{}/actions/submit", at(collection, item)), &item.etag(), &json!({}))
    }

    fn invited(&self) -> Answer {
        let email = format!("{}@so.example", self.name("moi").replace(' ', "-"));
        self.now().post("/api/v1/editorial/users", &json!({"email": email, "name": "Người mới", "role": "author"}))
    }

    fn role(&self) -> Answer {
        let name = self.name("vai").replace(' ', "-");
        let permissions = json!([{"permission": "article:read", "scope": "any"}]);
        self.now().post("/api/v1/editorial/roles", &json!({"name": name, "title": "Vai", "permissions": permissions}))
    }

    fn webhook(&self) -> Answer {
        let write = json!({"name": self.name("Cổng tỉnh"), "url": "https://cong-tinh.example/tin"});
        self.now().post("/api/v1/editorial/webhooks", &write)
    }

    fn api_key(&self) -> Answer {
        self.now().post("/api/v1/editorial/api-keys", &json!({"name": self.name("Cổng tỉnh")}))
    }

    fn attendee(&self, event: &Answer) -> Answer {
        let path = format!("{}/attendees", at("events", event));
        self.now().post(&path, &json!({"kind": "person", "role": "guest", "name": "Khách"}))
    }

    fn preview(&self, item: &Answer) -> Answer {
        self.now().post(&format!("{}/preview-links", at("articles", item)), &json!({}))
    }

    fn log_in(&self) -> Answer {
        self.begun.set(entries(&self.app).len());
        let login = json!({"email": "quan-tri@so.example", "password": PASSWORD});
        self.app.anonymous().post("/api/v1/auth/login", &login)
    }

    /// Somebody who is logged in and is asked for nothing else.
    fn somebody(&self) -> Client {
        self.app.user(Role::Author, &format!("{}@so.example", self.name("ai").replace(' ', "-")))
    }
}

fn at(collection: &str, item: &Answer) -> String {
    format!("/api/v1/editorial/{collection}/{}", item.id())
}

/// The operation as the cases name it.
fn short(method: &str, path: &str) -> Option<String> {
    let path = path
        .strip_prefix("/api/v1/editorial")
        .or_else(|| path.strip_prefix("/api/v1").filter(|rest| rest.starts_with("/auth/")))?;
    (method != "GET").then(|| format!("{method} {path}"))
}

#[test]
fn every_operation_that_writes_has_its_entry_or_a_reason_for_none() {
    let written: BTreeSet<String> = operations().filter_map(|(method, path, _)| short(&method, path)).collect();
    let cases = [CONTENT, ATTENDEES, DIRECTORY, ADMINISTRATION, KEYS, SESSIONS].concat();
    let known: BTreeSet<String> =
        cases.iter().map(|case| case.0).chain(EXCEPTIONS.iter().map(|one| one.0)).map(ToOwned::to_owned).collect();
    assert_eq!(written.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "say what entry these leave");
    assert_eq!(known.difference(&written).collect::<Vec<_>>(), Vec::<&String>::new(), "these are gone");
}

/// Calls each operation and holds the entries that it left against those that it should.
fn hold(app: TestApp, cases: &[Case]) {
    let world = World::new(app);
    let mut wrong = BTreeMap::new();
    for (operation, call, expected) in cases {
        let answer = call(&world);
        assert!((200..300).contains(&answer.status), "{operation}: {} {}", answer.status, answer.json);
        let left: Vec<_> = entries(&world.app).split_off(world.begun.get());
        let actions: Vec<String> = left.iter().map(|entry| entry.action.clone()).collect();
        if actions != *expected {
            wrong.insert(operation, actions);
        }
        for entry in left {
            assert_eq!(entry.request.map(|id| id.to_string()).as_deref(), answer.header("x-request-id"), "{operation}");
            assert_eq!(entry.network.as_deref(), Some("127.0.0.0/24"), "{operation}");
            assert!(entry.actor.is_some(), "{operation}: somebody did it");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

both! {
    fn each_act_on_content_leaves_its_entry(app) {
        hold(app, CONTENT);
    }

    fn each_act_on_attendees_leaves_its_entry(app) {
        hold(app, ATTENDEES);
    }

    fn each_act_on_the_directory_leaves_its_entry(app) {
        hold(app, DIRECTORY);
    }

    fn each_act_of_administration_leaves_its_entry(app) {
        hold(app, &[ADMINISTRATION, KEYS].concat());
    }

    fn each_act_on_sessions_leaves_its_entry(app) {
        hold(app, SESSIONS);
    }

    fn a_refused_act_and_a_dry_run_leave_nothing(app) {
        let world = World::new(app);
        let article = world.article();
        let (path, tag) = (at("articles", &article), article.etag());
        let author = world.app.author();
        let begun = entries(&world.app).len();
        let admin = &world.admin;
        admin.patch(&path, "\"9\"", &json!({"byline": "x"})).expect(412);
        admin.patch(&path, &tag, &json!({"title": ""})).expect(422);
        admin.patch(&path, &tag, &json!({"categoryId": content::NOBODY})).expect(422);
        admin.patch(&path, &tag, &json!({"khongCo": 1})).expect(400);
        admin.post_at(&format!("{path}/actions/unpublish"), &tag, &json!({})).expect(409);
        admin.post_at(&format!("{path}/actions/publish?dryRun=true"), &tag, &json!({})).expect(200);
        author.patch(&path, &tag, &json!({"byline": "x"})).expect(404);
        author.post("/api/v1/editorial/categories", &json!({"name": "x"})).expect(403);
        admin.delete(&format!("/api/v1/editorial/categories/{}", world.section), "\"1\"").expect(409);
        // One that changes nothing is no act either.
        admin.patch(&path, &tag, &json!({"title": article.data()["title"]})).expect(200);
        assert_eq!(crate::audit::actions_since(&world.app, begun), Vec::<String>::new());
    }
}
