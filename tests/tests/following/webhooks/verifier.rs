//! The verifier that `docs/webhooks.md` gives to whoever receives: run as it stands there, on messages that were
//! really sent. It needs Python, whose standard library is all that it uses.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use bantin_tests::both;
use serde_json::{Value, json};

use crate::webhooks::{
    change_something, deliver, hook_to, path_of,
    receiver::{Message, Receiver},
};

const PAGE: &str = include_str!("../../../../docs/webhooks.md");

/// Puts questions to the verifier: what it is given in each line, and how late it is by its clock.
const ASK: &str = r#"
import json, sys
for line in sys.stdin:
    one = json.loads(line)
    print(is_genuine(one["secret"], one["headers"], one["body"].encode(), now=lambda: one["now"]))
"#;

/// What the page's Python says of these messages.
fn verdicts(questions: &[Value]) -> Vec<bool> {
    let begin = PAGE.split("```python\n").nth(1).expect("the page has a verifier");
    let program = format!("{}\n{ASK}", begin.split("```").next().unwrap());
    let mut python = Command::new("python3")
        .args(["-c", &program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 runs the verifier of docs/webhooks.md: please install it");
    let lines: String = questions.iter().map(|question| format!("{question}\n")).collect();
    python.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().lines().map(|line| line == "True").collect()
}

/// A message as it arrived at a receiver with a secret, so many seconds after it was sent.
fn question(message: &Message, secret: &str, late: i64) -> Value {
    let headers: serde_json::Map<String, Value> =
        message.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let sent: i64 = message.header("webhook-timestamp").parse().unwrap();
    json!({"secret": secret, "headers": headers, "body": message.body, "now": sent + late})
}

fn changed(question: &Value, pointer: &str, value: Value) -> Value {
    let mut changed = question.clone();
    *changed.pointer_mut(pointer).unwrap() = value;
    changed
}

both! {
    fn the_verifier_of_the_page_takes_what_is_genuine_and_nothing_else(app) {
        let (admin, receiver) = (app.admin(), Receiver::start());
        let hook = hook_to(&admin, &receiver.url);
        let old = hook.data()["secret"].as_str().unwrap().to_owned();
        change_something(&admin, "Mục \"một\" – hai");
        deliver(&app);
        let rotated = admin.post(&format!("{}/rotate-secret", path_of(&hook)), &json!({"overlapHours": 24})).expect(200);
        let new = rotated.data()["secret"].as_str().unwrap().to_owned();
        change_something(&admin, "Ba");
        deliver(&app);
        let messages = receiver.messages();
        let [first, second] = messages.as_slice() else { panic!("{messages:?}") };
        let fresh = question(first, &old, 3);
        let questions = [
            (fresh.clone(), true),
            (question(first, &old, 299), true),
            (question(first, &old, 301), false),
            (question(first, &old, -301), false),
            (question(first, &new, 0), false),
            (question(second, &old, 0), true),
            (question(second, &new, 0), true),
            (changed(&fresh, "/body", json!(first.body.replace("\"seq\":1", "\"seq\":2"))), false),
            (changed(&fresh, "/headers/webhook-id", json!(second.id())), false),
            (changed(&fresh, "/headers/webhook-timestamp", json!("1")), false),
            (changed(&fresh, "/headers/webhook-timestamp", json!("soon")), false),
            (changed(&fresh, "/headers/webhook-timestamp", json!("9".repeat(9_999))), false),
            (changed(&fresh, "/headers/webhook-signature", json!("v1,")), false),
            (changed(&fresh, "/headers/webhook-signature", json!("")), false),
            (changed(&fresh, "/headers/webhook-signature", json!("v1,gi\u{1ea3}")), false),
            (changed(&fresh, "/headers", json!({})), false),
        ];
        let (asked, expected): (Vec<Value>, Vec<bool>) = questions.into_iter().unzip();
        for ((verdict, expected), asked) in verdicts(&asked).into_iter().zip(expected).zip(asked) {
            assert_eq!(verdict, expected, "{asked}");
        }
    }
}
