//! Whether a snapshot says what everybody reads: the lists name the same resources, and each resource says the same of
//! itself and refers to the same.

use std::collections::BTreeSet;

use bantin_tests::Client;
use serde_json::Value;

use crate::mirror::follower::{Records, text};

/// The lists, by the type of what they list.
const LISTS: [(&str, &str); 7] = [
    ("article", "/api/v1/articles?locale=*"),
    ("event", "/api/v1/events?locale=*"),
    ("speech", "/api/v1/speeches?locale=*"),
    ("page", "/api/v1/pages?locale=*"),
    ("person", "/api/v1/people?"),
    ("organisation", "/api/v1/organisations?"),
    ("tag", "/api/v1/tags?"),
];

/// Where a resource names what a relation of its record leads to: a member, and in it the member with the id.
const RELATIONS: [(&str, &str, &str, &str); 13] = [
    ("article", "category", "category", "id"),
    ("article", "authors", "authors", "personId"),
    ("article", "events", "events", "id"),
    ("article", "cover", "cover", "id"),
    ("article", "translations", "translations", "id"),
    ("event", "category", "category", "id"),
    ("event", "organisers", "organisers", "organisationId"),
    ("event", "translations", "translations", "id"),
    ("speech", "event", "event", "id"),
    ("page", "translations", "translations", "id"),
    ("person", "photo", "photo", "id"),
    ("person", "organisations", "positions", "organisationId"),
    ("organisation", "parent", "parent", "organisationId"),
];

/// Members of a record that say less than the resource, which adds what the directory knows; and a text, which is read
/// as HTML unless somebody asks for blocks.
const OTHERWISE: [&str; 6] = ["body", "organisers", "attendees", "speaker", "coSpeakers", "positions"];

/// Fails where they do not.
pub fn reads_the_same(everybody: &Client, records: &Records) {
    for (kind, list) in LISTS {
        let listed = ids_of(everybody, list);
        let kept: BTreeSet<String> = records.keys().filter(|(one, _)| one == kind).map(|(_, id)| id.clone()).collect();
        assert_eq!(kept, listed, "{list}");
    }
    for ((kind, id), record) in records {
        let path = record["href"].as_str().unwrap().strip_prefix("https://tin.example").unwrap();
        let resource = everybody.get(path).expect(200);
        let resource = resource.data();
        if kind == "site" {
            reads_the_same_of_the_site(everybody, record);
            continue;
        }
        assert_eq!(resource["id"], **id);
        if kind != "media" {
            assert_eq!(resource["slug"], record["slug"], "{path}");
        }
        for (name, value) in record["members"].as_object().unwrap() {
            let is_told = !OTHERWISE.contains(&name.as_str()) && resource.get(name).is_some();
            assert!(!is_told || resource[name] == *value, "{path}, {name}: {} and {value}", resource[name]);
        }
        for (_, relation, member, name) in RELATIONS.iter().filter(|relation| relation.0 == kind) {
            let kept: Vec<&str> =
                record["relations"][relation].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
            let shown = match &resource[member] {
                Value::Array(all) => all.iter().filter_map(|one| one[name].as_str()).collect(),
                one => one[name].as_str().into_iter().collect::<Vec<_>>(),
            };
            assert_eq!(kept, shown, "{path}, {relation}");
        }
    }
}

/// The site says the same in each of its languages, the banner of the day too; of what its menus lead to the record has
/// all but the slugs.
fn reads_the_same_of_the_site(everybody: &Client, record: &Value) {
    let own = record["members"].as_object().unwrap();
    let locales: Vec<&str> = own["locales"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    assert!(locales.len() > 1);
    for locale in locales {
        let mut site = everybody.get(&format!("/api/v1/site?locale={locale}")).expect(200).data().clone();
        for menu in site["menus"].as_object_mut().unwrap().values_mut() {
            without_slugs(menu);
        }
        // What is said in a language goes before what is said in all.
        let mut told = own.clone();
        let translations = told.remove("translations").unwrap();
        told.extend(translations.get(locale).map(|one| one.as_object().unwrap().clone()).unwrap_or_default());
        assert_eq!(site, Value::Object(told), "{locale}");
    }
}

fn without_slugs(entries: &mut Value) {
    for entry in entries.as_array_mut().unwrap() {
        if let Some(target) = entry["target"].as_object_mut() {
            target.remove("slug");
        }
        without_slugs(&mut entry["children"]);
    }
}

fn ids_of(everybody: &Client, list: &str) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    let mut path = format!("{list}&limit=100");
    loop {
        let page = everybody.get(&path).expect(200);
        ids.extend(page.data().as_array().unwrap().iter().map(|one| text(&one["id"])));
        match page.json["page"]["next"].as_str() {
            Some(cursor) => path = format!("{list}&limit=100&cursor={cursor}"),
            None => return ids,
        }
    }
}
