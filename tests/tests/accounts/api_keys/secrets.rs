//! The secrets of keys: shown once, and found nowhere.

use std::{
    io,
    sync::{Arc, Mutex},
};

use bantin_tests::{Db, TestApp, backup};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;

use crate::api_keys::{KEYS, TAGS, give, path_of, program, rotate, secret_of};

/// What the program logs.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_secret_is_in_no_backup_no_log_and_no_later_answer() {
    let log = Log::default();
    let written = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing_subscriber::filter::LevelFilter::TRACE).with_ansi(false);
    subscriber.with_writer(move || written.clone()).init();
    for db in [Db::Sqlite, Db::Postgres] {
        let app = TestApp::start(db);
        let admin = app.admin();
        let made = give(&admin, &["tag:read", "tag:create"], json!({"networks": ["127.0.0.0/8"]}));
        let rotated = rotate(&admin, &made, &json!({}));
        // Both are one key, so the second request comes under a name that it has used.
        for (key, status) in [(&made, 201), (&rotated, 422)] {
            let caller = program(&app, key);
            caller.get(TAGS).expect(200);
            caller.get("/api/v1/events").expect(200);
            caller.send("GET", TAGS, &[("x-forwarded-for", "8.8.8.8")], None).expect(403);
            let name = format!("Nhãn {}", key.data()["version"]);
            let headers = [("idempotency-key", "mot-lan")];
            caller.json("POST", TAGS, &headers, &json!({"name": name})).expect(status);
        }
        app.tidy();
        let answers = [
            admin.get(&path_of(&made)).expect(200).bytes,
            admin.get(KEYS).expect(200).bytes,
            admin.get("/api/v1/editorial/audit-log?limit=100").expect(200).bytes,
        ];
        let backup = backup::of(app.api.app.store().url());
        assert!(backup::holds(&backup, "Cổng thông tin tỉnh".as_bytes()), "the backup holds the key");
        for secret in [&made, &rotated].map(secret_of) {
            let text = secret.strip_prefix("btn_").unwrap();
            let bytes = URL_SAFE_NO_PAD.decode(&text[..43]).unwrap();
            assert_eq!(bytes.len(), 32);
            for form in [&text.as_bytes()[..43], &bytes] {
                assert!(!backup::holds(&backup, form), "a secret is in the backup");
                assert!(!backup::holds(&log.0.lock().unwrap(), form), "a secret is in the log");
                assert!(answers.iter().all(|answer| !backup::holds(answer, form)), "a secret is told again");
            }
        }
        let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
        assert!(logged.contains("from an address that it is not allowed from"), "the log is read");
    }
}
