//! Two worlds that everybody sees alike, of which one has secrets.
//!
//! Both are told the same story, act by act, at the same instants. The one with secrets is told more
//! between the acts: whatever an editor may write that is nobody's business yet. So that ids are equal
//! where both act, each act of the story has a place of its own among the ids that count.

use std::collections::BTreeMap;

use bantin_tests::{Answer, Client, Db, TestApp, content};
use serde_json::{Value, json};

/// Every secret text begins with it, and nothing that anybody may read.
pub const MARK: &str = "zqmat";
/// A telephone number is made of digits.
pub const SECRET_PHONE: &str = "0987654321";

/// How many ids lie between two acts: more than all that is done in secret between them needs.
const STRIDE: u128 = 5_000;

/// The ids and slugs of things, by collection.
pub type Names = BTreeMap<&'static str, Vec<Name>>;

/// An id or a slug.
#[derive(Clone)]
pub struct Name {
    pub text: String,
    /// Whether nobody may know it.
    pub is_secret: bool,
}

/// A world, and by which names its things may be asked for.
pub struct World {
    pub app: TestApp,
    /// What was made, by collection, in the order of making.
    pub names: Names,
    pub(super) admin: Client,
    pub(super) has_secrets: bool,
    /// Whether what is done now is done in secret.
    pub(super) in_secret: bool,
    /// Where among the ids the next act begins.
    next_act: u128,
}

impl World {
    pub fn begin(db: Db, has_secrets: bool) -> Self {
        let app = TestApp::start(db);
        let admin = app.admin();
        let next_act = app.api.app.sources().ids.next_uuid().as_u128() + STRIDE;
        Self { app, names: Names::new(), admin, has_secrets, in_secret: false, next_act }
    }

    /// Something that both worlds are told.
    pub(super) fn made(&mut self, collection: &'static str, write: &Value) -> Answer {
        self.align();
        let made = content::made(&self.admin, collection, write);
        self.note(collection, &made);
        made
    }

    /// Something made and published in both worlds.
    pub(super) fn shown(&mut self, collection: &'static str, write: &Value) -> Answer {
        let made = self.made(collection, write);
        self.publish(collection, &made.id(), &json!({}))
    }

    /// Publishes what the desk has of it now.
    pub(super) fn publish(&mut self, collection: &'static str, id: &str, action: &Value) -> Answer {
        let done = self.step(collection, id, "publish", action);
        self.note(collection, &done);
        self.app.clock.advance(3);
        done
    }

    /// Takes a step of the workflow.
    pub(super) fn step(&mut self, collection: &str, id: &str, step: &str, action: &Value) -> Answer {
        self.align();
        let path = format!("/api/v1/editorial/{collection}/{id}");
        let version = self.admin.get(&path).expect(200).etag();
        self.admin.post_at(&format!("{path}/actions/{step}"), &version, action).expect(200)
    }

    /// Changes something.
    pub(super) fn edit(&mut self, collection: &'static str, id: &str, write: &Value) -> Answer {
        self.align();
        let path = format!("/api/v1/editorial/{collection}/{id}");
        let version = self.admin.get(&path).expect(200).etag();
        let edited = self.admin.patch(&path, &version, write).expect(200);
        self.note(collection, &edited);
        edited
    }

    /// Lets time pass, does what the program does by itself meanwhile, and logs in again.
    pub(super) fn pass(&mut self, seconds: i64) {
        self.app.clock.advance(seconds);
        self.app.tidy();
        self.align();
        self.admin = self.app.log_in("quan-tri@so.example");
    }

    /// Remembers the names of something.
    pub(super) fn note(&mut self, collection: &'static str, made: &Answer) {
        let names = self.names.entry(collection).or_default();
        for text in ["id", "slug"].iter().filter_map(|member| made.data()[member].as_str()) {
            if !names.iter().any(|known| known.text == text) {
                names.push(Name { text: text.to_owned(), is_secret: self.in_secret });
            }
        }
    }

    /// Goes on to where the next act begins.
    pub(super) fn align(&mut self) {
        if !self.in_secret {
            let ids = &self.app.api.app.sources().ids;
            assert!(ids.next_uuid().as_u128() < self.next_act, "more was done in secret than fits");
            while ids.next_uuid().as_u128() < self.next_act {}
            self.next_act += STRIDE;
        }
    }
}

/// A text that nobody may read, named after where it stands.
pub fn secret(place: &str) -> String {
    format!("{MARK}{place}")
}
