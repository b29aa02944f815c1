//! The API document is true: of every route, in every reference, and in the copy that is committed.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use bantin_tests::{
    both,
    content::{self, NOBODY, path_with},
    contract::{DOCUMENT, is_public, operations},
    seed::SeedPage,
};
use serde_json::{Value, json};

/// Where the files of the project are.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every file of Rust below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// Under which address the routes of a file are mounted: the same as in `routes.rs`.
fn scope(file: &Path) -> &'static str {
    let is_in = |folder: &str| file.to_string_lossy().contains(folder);
    if is_in("/feeds/") {
        let is_index = is_in("/sitemaps/mod.rs");
        return if is_index {
            ""
        } else if is_in("/sitemaps/") {
            "/sitemaps"
        } else {
            "/feeds"
        };
    }
    match file.file_stem().and_then(|stem| stem.to_str()).unwrap() {
        "editorial" => "/api/v1/editorial",
        "auth" => "/api/v1/auth",
        "health" => "",
        _ => "/api/v1",
    }
}

/// The routes that the source declares: `#[get("/livez")]`.
fn declared() -> BTreeSet<(String, String)> {
    let mut routes = BTreeSet::new();
    for file in sources(&root().join("crates/api/src")) {
        for line in std::fs::read_to_string(&file).unwrap().lines() {
            let attribute = line.trim_start().strip_prefix("#[").and_then(|rest| rest.split_once("(\"/"));
            let Some((method, rest)) =
                attribute.filter(|(method, _)| ["get", "put", "post", "patch", "delete"].contains(method))
            else {
                continue;
            };
            let path = format!("{}/{}", scope(&file), rest.split('"').next().unwrap());
            assert!(routes.insert((method.to_uppercase(), path.clone())), "{method} {path} is declared twice");
        }
    }
    routes
}

/// Every value of the document with a member of this name, wherever it stands.
fn members<'a>(value: &'a Value, name: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get(name));
            object.values().for_each(|value| members(value, name, found));
        }
        Value::Array(array) => array.iter().for_each(|value| members(value, name, found)),
        _ => {}
    }
}

fn references(value: &Value) -> BTreeSet<&str> {
    let mut found = Vec::new();
    members(value, "$ref", &mut found);
    found.into_iter().map(|reference| reference.as_str().unwrap()).collect()
}

#[test]
fn the_document_and_the_source_know_the_same_routes() {
    let documented: BTreeSet<(String, String)> =
        operations().map(|(method, path, _)| (method, path.to_owned())).collect();
    let declared = declared();
    assert!(declared.len() > 80, "the source was not read: {declared:?}");
    assert_eq!(
        documented.difference(&declared).collect::<Vec<_>>(),
        Vec::<&(String, String)>::new(),
        "documented, not declared"
    );
    assert_eq!(
        declared.difference(&documented).collect::<Vec<_>>(),
        Vec::<&(String, String)>::new(),
        "declared, not documented"
    );
}

/// The path of an operation with something real in its placeholders.
fn address(path: &str, page: &SeedPage, standing_page: &str) -> String {
    let kinds = [
        ("articles", page.article.id()),
        ("events", page.event.id()),
        ("speeches", page.speeches[0].id()),
        ("pages", standing_page.to_owned()),
        ("people", page.director.id()),
        ("organisations", page.department.id()),
        ("categories", page.section.clone()),
        ("tags", page.tag.clone()),
        ("media", page.picture.id()),
    ];
    let path = path_with(&path.replace("{id}", "{its}").replace("{ref}", "{its}"), NOBODY);
    let path = path.replace(NOBODY, &page.attendees[0].id());
    match kinds.iter().find(|(kind, _)| path.contains(&format!("/{kind}/{{its}}"))) {
        Some((_, id)) => path.replace("{its}", id),
        None => path,
    }
}

/// What has a test of its own, since something must be done before it answers.
fn is_tried_elsewhere(method: &str, path: &str) -> bool {
    path.ends_with("/logout")
        || (method, path) == ("DELETE", "/api/v1/auth/sessions")
        || path.contains("{token}")
        || path.contains("/users/{id}")
        || path.contains("/auth/sessions/{id}")
        || path.contains("{linkId}")
        || path.contains("/webhooks/{id}")
        || path.contains("/api-keys/{id}")
}

/// What an operation cannot do without in its query.
fn question(path: &str) -> &'static str {
    if path.starts_with("/api/v1/search") { "?q=tin" } else { "" }
}

both! {
    fn every_operation_of_the_document_answers(app) {
        let editor = app.admin();
        let page = SeedPage::write(&editor);
        page.publish(&editor);
        let standing = json!({"title": "Giới thiệu", "body": {"format": "text", "value": "Về Sở."}});
        let standing = content::made(&editor, "pages", &standing);
        content::publish(&editor, "pages", &standing);
        for (method, path, _) in operations().filter(|(method, path, _)| !is_tried_elsewhere(method, path)) {
            // Reads find what is there. Writes come without a document or a version, and are refused for that.
            let body = (method != "GET").then_some(&b""[..]);
            let answer = editor.send(&method, &(address(path, &page, &standing.id()) + question(path)), &[], body);
            match method.as_str() {
                "GET" => assert_eq!(answer.status, 200, "{}", answer.request),
                _ => assert!([400, 415, 428].contains(&answer.status), "{}: {}", answer.request, answer.status),
            }
        }
        editor.send("POST", "/api/v1/auth/logout", &[], None).expect(204);
    }

    fn the_document_is_served_as_it_is_generated(app) {
        assert_eq!(app.anonymous().get("/openapi.json").expect(200).json, *DOCUMENT);
    }
}

#[test]
fn the_committed_document_is_the_generated_one() {
    let path = root().join("openapi/openapi.json");
    let committed: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert!(
        committed == *DOCUMENT,
        "the API has changed: `cargo run -q -p bantin-cli -- openapi > openapi/openapi.json` writes the document anew"
    );
}

#[test]
fn the_document_is_of_openapi_3_1() {
    assert!(DOCUMENT["openapi"].as_str().unwrap().starts_with("3.1."));
}

#[test]
fn every_answer_that_may_come_is_announced() {
    for (method, path, operation) in operations() {
        let responses = operation["responses"].as_object().unwrap();
        let names = |status: &str| -> BTreeSet<&str> {
            responses[status]["headers"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect()
        };
        let is_public_read = method == "GET" && is_public(operation) && path.starts_with("/api/v1/");
        for status in responses.keys() {
            assert!(names(status).contains("X-Request-Id"), "{method} {path} {status}");
            assert_eq!(
                names(status).contains("Server-Timing"),
                is_public_read || is_feed(path),
                "{method} {path} {status}"
            );
        }
        assert_eq!(responses.contains_key("404"), path.contains('{'), "{method} {path}");
        let has_slug = path.contains("{ref}") && !path.contains("/editorial/");
        for status in ["301", "410"] {
            assert!(responses.contains_key(status) || !has_slug, "{method} {path} {status}");
        }
        if has_slug {
            assert!(names("301").contains("Location"), "{method} {path}");
        }
    }
    for path in
        ["articles", "events", "speeches", "pages", "people", "organisations", "tags", "search", "editorial/articles"]
    {
        let headers = &DOCUMENT["paths"][format!("/api/v1/{path}")]["get"]["responses"]["200"]["headers"];
        assert!(headers["Link"].is_object(), "{path}");
    }
}

/// Whether an address is one that feed readers and search engines know.
fn is_feed(path: &str) -> bool {
    path.starts_with("/feeds/") || path.starts_with("/sitemap")
}

#[test]
fn every_reference_leads_somewhere_and_everything_is_referred_to() {
    let referred: BTreeSet<String> = references(&DOCUMENT).into_iter().map(ToOwned::to_owned).collect();
    let known: BTreeSet<String> = ["schemas", "headers"]
        .into_iter()
        .flat_map(|part| DOCUMENT["components"][part].as_object().unwrap().keys().map(move |name| (part, name)))
        .map(|(part, name)| format!("#/components/{part}/{name}"))
        .collect();
    assert_eq!(referred.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "dangling");
    assert_eq!(known.difference(&referred).collect::<Vec<_>>(), Vec::<&String>::new(), "unused");
}

#[test]
fn every_operation_says_what_it_is() {
    let declared: BTreeSet<&str> =
        DOCUMENT["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    let mut used = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations() {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let is_camel = id.starts_with(|first: char| first.is_ascii_lowercase())
            && id.chars().all(|letter| letter.is_ascii_alphanumeric());
        assert!(is_camel && ids.insert(id), "{method} {path}: operationId {id:?}");
        for text in ["summary", "description"] {
            assert!(
                operation[text].as_str().is_some_and(|text| !text.trim().is_empty()),
                "{method} {path} has no {text}"
            );
        }
        let tags: Vec<&str> = operation["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap()).collect();
        assert!(matches!(tags[..], [tag] if declared.contains(tag)), "{method} {path}: tags {tags:?}");
        used.extend(tags);
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{method} {path} announces no success");
        assert!(responses.contains_key("4XX"), "{method} {path} announces no refusal");
    }
    assert_eq!(used, declared, "a tag without operations");
}

#[test]
fn every_placeholder_of_a_path_is_a_declared_parameter() {
    for (method, path, operation) in operations() {
        let placeholders: BTreeSet<&str> =
            path.split('{').skip(1).filter_map(|step| step.split_once('}').map(|(name, _)| name)).collect();
        let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let in_path = |parameter: &&Value| parameter["in"] == "path";
        let declared: BTreeSet<&str> =
            parameters.iter().filter(in_path).map(|parameter| parameter["name"].as_str().unwrap()).collect();
        assert_eq!(placeholders, declared, "{method} {path}");
        for parameter in parameters {
            assert!(
                parameter["description"].is_string() && parameter["schema"].is_object(),
                "{method} {path}: {}",
                parameter["name"]
            );
        }
    }
}

#[test]
fn what_a_list_holds_has_a_name() {
    // A list whose element is written out has no name in a generated client, and stands in the document twice.
    for (method, path, operation) in operations() {
        let content = &operation["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["data"];
        if content["type"] == "array" {
            assert!(content["items"]["$ref"].is_string(), "{method} {path} writes its elements out");
        }
    }
}

#[test]
fn every_schema_and_every_member_is_described() {
    for (name, schema) in DOCUMENT["components"]["schemas"].as_object().unwrap() {
        assert!(schema["description"].is_string(), "{name} has no description");
        for (member, property) in schema["properties"].as_object().into_iter().flatten() {
            let says = |value: &Value| value["description"].is_string();
            let described =
                says(property) || property["oneOf"].as_array().is_some_and(|variants| variants.iter().any(says));
            // What tells the variants of a union apart says what it is by its one value.
            let tells_apart = property["enum"].as_array().is_some_and(|values| values.len() == 1);
            assert!(described || tells_apart, "{name}.{member} has no description");
        }
    }
}
