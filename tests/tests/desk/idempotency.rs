//! Writes that may be sent twice and take effect once.

use bantin_persistence::{
    connection::{Access, DatabaseUrl, Opener},
    schema::idempotency_keys,
    sql_types::Json,
};
use bantin_tests::{Answer, Client, TestApp, both, content};
use diesel::{RunQueryDsl, connection::SimpleConnection, prelude::*};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const ARTICLES: &str = "/api/v1/editorial/articles";

fn write(section: &str, title: &str) -> Value {
    json!({"title": title, "categoryId": section, "body": {"format": "text", "value": title}})
}

fn send(client: &Client, path: &str, key: &str, body: &Value) -> Answer {
    client.json("POST", path, &[("idempotency-key", key)], body)
}

fn articles(client: &Client) -> usize {
    client.get(ARTICLES).expect(200).data().as_array().unwrap().len()
}

/// What a client keeps of an answer.
fn kept(answer: &Answer) -> (u16, Vec<u8>, Option<String>, Option<String>) {
    let header = |name: &str| answer.header(name).map(ToOwned::to_owned);
    (answer.status, answer.bytes.clone(), header("etag"), header("location"))
}

/// The chief editor and a section: a desk to write at.
fn desk(app: &TestApp) -> (Client, String) {
    let chief = app.chief_editor();
    let section = content::category(&chief, "Tin");
    (chief, section)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every kept answer as it lies in the database, and its bytes in hexadecimal digits; on SQLite the whole
/// file, after what was deleted has left it.
fn everything_kept(app: &TestApp) -> String {
    let url = app.api.app.store().url().clone();
    let conn = &mut Opener::new(url.clone(), Access::Write).open().unwrap();
    let mut bytes = Vec::new();
    if let DatabaseUrl::Sqlite(file) = &url {
        conn.batch_execute("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        bytes.extend(std::fs::read(file).unwrap());
    }
    type Row = (Vec<u8>, Json<Vec<(String, String)>>, Vec<u8>);
    let columns = (idempotency_keys::request_digest, idempotency_keys::headers, idempotency_keys::body);
    for (digest, headers, body) in idempotency_keys::table.select(columns).load::<Row>(conn).unwrap() {
        bytes.extend(format!("{:?} {}", headers.0, hex(&digest)).bytes());
        bytes.extend(body);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

both! {
    fn the_same_request_gets_the_same_answer_and_one_effect(app) {
        let (chief, section) = desk(&app);
        let first = send(&chief, ARTICLES, "k-1", &write(&section, "Một")).expect(201);
        app.clock.advance(60);
        let path = format!("{ARTICLES}/{}", first.id());
        chief.patch(&path, &first.etag(), &json!({"title": "Khác"})).expect(200);
        let again = send(&chief, ARTICLES, "k-1", &write(&section, "Một")).expect(201);
        assert_eq!(kept(&again), kept(&first), "byte for byte, whatever happened since");
        assert_eq!(articles(&chief), 1);
        assert_eq!(again.header("cache-control"), Some("private, no-store"));
    }

    fn a_step_of_the_workflow_is_taken_once(app) {
        let (chief, section) = desk(&app);
        let draft = content::article(&chief, &section, "Một tin");
        let path = format!("{ARTICLES}/{}/actions/publish", draft.id());
        let publish = || chief.json("POST", &path, &[("idempotency-key", "k-1"), ("if-match", &draft.etag())], &json!({})).expect(200);
        assert_eq!(kept(&publish()), kept(&publish()), "the second would be stale by itself");
    }

    fn what_was_taken_out_stands_in_no_answer_that_is_kept(app) {
        let (chief, _) = desk(&app);
        let event = content::event(&chief, "Hội nghị");
        let list = format!("/api/v1/editorial/events/{}/attendees", event.id());
        let guest = json!({"kind": "person", "role": "guest", "name": "Đỗ Thị Kín", "email": "kin@rieng.example", "phone": "0987 654 321"});
        let first = send(&chief, &list, "k-1", &guest).expect(201);
        let operations = json!({"operations": [{"method": "POST", "path": list, "body": guest}]});
        let batch = send(&chief, "/api/v1/editorial/batch", "k-2", &operations).expect(200);
        assert_eq!(batch.json["results"][0]["body"]["data"]["email"], "kin@rieng.example");
        // The first answer again, byte for byte; and then nobody attends any more.
        assert_eq!(kept(&send(&chief, &list, "k-1", &guest)), kept(&first));
        let tag = chief.get(&list).expect(200).etag();
        chief.put(&list, &tag, &json!({"items": []})).expect(200);
        let text = everything_kept(&app);
        for personal in ["kin@rieng.example", "0987 654 321", "Đỗ Thị Kín"] {
            assert!(!text.contains(personal), "{personal} is still there");
        }
        assert!(text.contains(&first.id()), "it was looked at");
        assert_eq!(kept(&send(&chief, &list, "k-1", &guest)), kept(&first));
        // The digest of the request is no plain one: whoever guesses it cannot tell that they are right.
        assert!(!text.contains(&hex(&Sha256::digest(guest.to_string()))));
    }

    fn another_body_under_the_same_key_is_refused(app) {
        let (chief, section) = desk(&app);
        send(&chief, ARTICLES, "k-1", &write(&section, "Một")).expect(201);
        let other = send(&chief, ARTICLES, "k-1", &write(&section, "Hai")).expect(422);
        assert_eq!(other.json["code"], "idempotency_mismatch");
        assert_eq!(articles(&chief), 1);
    }

    fn a_key_means_something_to_one_user_at_one_address_only(app) {
        let (chief, section) = desk(&app);
        let admin = app.admin();
        let first = send(&chief, ARTICLES, "k-1", &write(&section, "Một")).expect(201);
        let theirs = send(&admin, ARTICLES, "k-1", &write(&section, "Một")).expect(201);
        assert_ne!(first.id(), theirs.id());
        send(&chief, "/api/v1/editorial/tags", "k-1", &json!({"name": "Sơ kết"})).expect(201);
        let other_key = send(&chief, ARTICLES, "k-2", &write(&section, "Một")).expect(201);
        assert_ne!(first.id(), other_key.id());
    }

    fn a_refusal_is_not_kept(app) {
        let (chief, section) = desk(&app);
        let draft = content::article(&chief, &section, "Một tin");
        let event = content::event(&chief, "Hội nghị");
        let path = format!("{ARTICLES}/{}", draft.id());
        let edited = chief.patch(&path, &draft.etag(), &json!({"eventIds": [event.id()]})).expect(200);
        let headers = [("idempotency-key", "k-1"), ("if-match", "\"2\"")];
        assert_eq!(edited.etag(), "\"2\"");
        let publish = || chief.json("POST", &format!("{path}/actions/publish"), &headers, &json!({}));
        assert_eq!(publish().expect(422).json["code"], "not_publishable");
        content::publish(&chief, "events", &event);
        publish().expect(200);
    }

    fn a_key_is_forgotten_after_a_day(app) {
        let (chief, section) = desk(&app);
        let first = send(&chief, ARTICLES, "k-1", &write(&section, "Một")).expect(201);
        app.clock.advance(24 * 60 * 60 - 1);
        let chief = app.log_in("tong-bien-tap@so.example");
        assert_eq!(send(&chief, ARTICLES, "k-1", &write(&section, "Một")).expect(201).id(), first.id());
        app.clock.advance(1);
        let new = send(&chief, ARTICLES, "k-1", &write(&section, "Hai")).expect(201);
        assert_ne!(new.id(), first.id());
        assert_eq!(articles(&chief), 2);
    }

    fn many_at_once_make_one_article(app) {
        let (chief, section) = desk(&app);
        let write = write(&section, "Một tin");
        let answers: Vec<Answer> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(|| send(&chief, ARTICLES, "k-1", &write))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let made: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 201).collect();
        assert!(!made.is_empty());
        assert!(made.iter().all(|answer| answer.bytes == made[0].bytes));
        for answer in answers.iter().filter(|answer| answer.status != 201) {
            assert_eq!((answer.status, &answer.json["code"], answer.header("retry-after")), (409, &json!("request_in_progress"), Some("1")));
        }
        assert_eq!(articles(&chief), 1);
    }

    fn a_key_is_one_short_visible_value(app) {
        let (chief, section) = desk(&app);
        for key in ["", &"k".repeat(201)] {
            let refused = send(&chief, ARTICLES, key, &write(&section, "Một")).expect(400);
            assert_eq!(refused.faults().1, [("Idempotency-Key".to_owned(), "invalid_parameter".to_owned())]);
        }
        let twice = [("content-type", "application/json"), ("idempotency-key", "a"), ("idempotency-key", "b")];
        chief.send("POST", ARTICLES, &twice, Some(write(&section, "Một").to_string().as_bytes())).expect(400);
        assert_eq!(articles(&chief), 0);
    }
}
