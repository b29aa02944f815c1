//! The same content on both databases, and the lists of it.

use bantin_tests::{
    Answer, Db, TestApp, content,
    contract::{is_public, operations},
    seed::SeedPage,
    wire::{Wire, essence},
};
use serde_json::Value;

/// A list, and what may be said to it.
pub struct List {
    pub path: String,
    pub is_public: bool,
    pub parameters: Vec<&'static Value>,
}

impl List {
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.parameters.iter().map(|one| one["name"].as_str().unwrap())
    }

    /// Whether a parameter of that name may say this.
    pub fn takes(&self, name: &str, value: &str) -> bool {
        let Some(parameter) = self.parameters.iter().find(|one| one["name"] == name) else { return false };
        let schema = &parameter["schema"];
        let known = schema["enum"].as_array().or_else(|| schema["items"]["enum"].as_array());
        known.is_none_or(|known| known.iter().any(|one| one == value))
    }
}

/// The same content on both databases, and who asks them.
pub struct Pair {
    pub apps: [TestApp; 2],
    wires: [Wire; 2],
    tokens: [String; 2],
    pub lists: Vec<List>,
}

impl Pair {
    pub fn start() -> Self {
        let apps = [Db::Sqlite, Db::Postgres].map(TestApp::start);
        let mut lists = Vec::new();
        let tokens = apps.each_ref().map(|app| {
            let admin = app.admin();
            let page = SeedPage::write(&admin);
            page.publish(&admin);
            for title in ["Tăng 100% 'năng suất'", "Tệp a_b\\c", "Giải \"thưởng\" (2023)"] {
                content::publish(&admin, "articles", &content::article(&admin, &page.section, title));
            }
            content::article(&admin, &page.section, "Bản nháp 50%");
            app.tidy();
            lists = lists_of(&page);
            admin.token().unwrap().to_owned()
        });
        let wires = apps.each_ref().map(|app| Wire::to(&app.base));
        let mut pair = Self { apps, wires, tokens, lists: Vec::new() };
        // What needs a link of somebody's is no list.
        lists.retain(|list| pair.ask(list.is_public, &list.path).status == 200);
        assert!(lists.len() > 25, "{} lists", lists.len());
        pair.lists = lists;
        pair
    }

    /// Asks both, and fails where they differ or where one of them is at fault.
    pub fn ask(&mut self, is_public: bool, target: &str) -> Answer {
        let [mut one, other] = [0, 1].map(|n| {
            let token = format!("Bearer {}", self.tokens[n]);
            let headers: &[(&str, &str)] = if is_public { &[] } else { &[("authorization", &token)] };
            let mut answer = self.wires[n].ask("GET", target, headers, b"");
            answer.request = format!("GET {target}");
            answer
        });
        assert!(one.status < 500, "{}: {}", one.request, String::from_utf8_lossy(&one.bytes));
        assert_eq!(essence(&one), essence(&other), "SQLite and PostgreSQL differ on {target}");
        // What is no address at all is refused before it comes to the program, and has no id.
        if one.status == 400 && one.header("x-request-id").is_some() {
            assert_eq!(one.header("content-type"), Some("application/problem+json"), "{}", one.request);
        }
        one.json = serde_json::from_slice(&one.bytes).unwrap_or(Value::Null);
        one
    }
}

/// Every list of the document, those of one thing with the thing of the seed page.
fn lists_of(page: &SeedPage) -> Vec<List> {
    let readings = operations().filter(|(method, _, operation)| {
        let parameters = operation["parameters"].as_array();
        let has_query = parameters.is_some_and(|all| all.iter().any(|one| one["in"] == "query"));
        method == "GET" && has_query && !operation.to_string().contains("text/event-stream")
    });
    let lists = readings.map(|(_, path, operation)| {
        let collection = path.split("/{").next().unwrap().rsplit('/').next().unwrap();
        let id = match collection {
            "events" => page.event.id(),
            "people" => page.director.id(),
            "organisations" => page.department.id(),
            "speeches" => page.speeches[0].id(),
            "tags" => page.tag.clone(),
            "categories" => page.section.clone(),
            _ => page.article.id(),
        };
        let parameters = operation["parameters"].as_array().unwrap().iter().filter(|one| one["in"] == "query");
        List { path: content::path_with(path, &id), is_public: is_public(operation), parameters: parameters.collect() }
    });
    lists.collect()
}
