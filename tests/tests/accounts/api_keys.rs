//! API keys: giving them, what each may do and from where, how often, and that they end when they should.

mod administration;
mod ending;
mod limits;
mod scopes;
mod secrets;

use bantin_tests::{Answer, Client, TestApp};
use serde_json::{Value, json};

const KEYS: &str = "/api/v1/editorial/api-keys";
const TAGS: &str = "/api/v1/editorial/tags";

/// These permissions, without a limit.
fn any(permissions: &[&str]) -> Value {
    permissions.iter().map(|one| json!({"permission": one, "scope": "any"})).collect()
}

/// A key that may do this, with whatever else is said of it.
fn give(admin: &Client, permissions: &[&str], more: Value) -> Answer {
    let mut write = json!({"name": "Cổng thông tin tỉnh", "permissions": any(permissions)});
    write.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    admin.post(KEYS, &write).expect(201)
}

fn path_of(key: &Answer) -> String {
    format!("{KEYS}/{}", key.id())
}

fn secret_of(key: &Answer) -> String {
    key.data()["secret"].as_str().unwrap().to_owned()
}

/// The program that was given a key.
fn program(app: &TestApp, key: &Answer) -> Client {
    app.anonymous().with_token(&secret_of(key))
}

fn rotate(admin: &Client, key: &Answer, write: &Value) -> Answer {
    admin.post(&format!("{}/rotate", path_of(key)), write).expect(200)
}

fn code(answer: &Answer) -> &str {
    answer.json["code"].as_str().unwrap_or_default()
}
