//! Secrets: shown once, two for a while, and found nowhere.

use std::{
    io,
    sync::{Arc, Mutex},
};

use bantin_tests::{Db, TestApp, backup, both};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use crate::webhooks::{
    WEBHOOKS, change_something, deliver, deliveries, hook_to, now_of, path_of,
    receiver::{Answer, Receiver},
};

both! {
    fn two_secrets_sign_until_the_older_one_ends(app) {
        let (admin, receiver) = (app.admin(), Receiver::start());
        let hook = hook_to(&admin, &receiver.url);
        let first = hook.data()["secret"].as_str().unwrap().to_owned();
        let rotated = admin.post(&format!("{}/rotate-secret", path_of(&hook)), &json!({"overlapHours": 1})).expect(200);
        let second = rotated.data()["secret"].as_str().unwrap().to_owned();
        assert_ne!(first, second);
        assert_eq!(rotated.data()["previousSecretEndsAt"], "2023-03-14T09:00:00+07:00");
        let signed = |secrets: [&str; 3]| {
            let last = receiver.messages().pop().unwrap();
            (secrets.map(|secret| last.signatures_by(secret)), last.header("webhook-signature").split(' ').count())
        };
        let nobody = "whsec_AAAA";
        change_something(&admin, "Một");
        deliver(&app);
        assert_eq!(signed([&first, &second, nobody]), ([1, 1, 0], 2));
        app.clock.advance(3601);
        let admin = app.log_in("quan-tri@so.example");
        change_something(&admin, "Hai");
        deliver(&app);
        assert_eq!(signed([&first, &second, nobody]), ([0, 1, 0], 1));

        let third = admin.post(&format!("{}/rotate-secret", path_of(&hook)), &json!({"overlapHours": 0})).expect(200);
        assert_eq!(third.data()["previousSecretEndsAt"], json!(null));
        change_something(&admin, "Ba");
        deliver(&app);
        assert_eq!(signed([&second, third.data()["secret"].as_str().unwrap(), nobody]), ([0, 1, 0], 1));
        admin.post(&format!("{}/rotate-secret", path_of(&hook)), &json!({"overlapHours": 169})).expect(422);
    }

    fn what_answers_with_a_secret_takes_no_idempotency_key(app) {
        let admin = app.admin();
        let key = [("idempotency-key", "mot-lan")];
        let write = json!({"name": "x", "url": "https://cong-tinh.example/"});
        admin.json("POST", WEBHOOKS, &key, &write).expect(400);
        let hook = admin.post(WEBHOOKS, &write).expect(201);
        admin.json("POST", &format!("{}/rotate-secret", path_of(&hook)), &key, &json!({})).expect(400);
    }
}

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

/// Secrets of webhooks, in every form in which somebody could use them, and the address, which may be one.
#[test]
fn a_secret_is_in_no_backup_no_log_and_no_later_answer() {
    let log = Log::default();
    let written = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing_subscriber::filter::LevelFilter::TRACE).with_ansi(false);
    subscriber.with_writer(move || written.clone()).init();
    for db in [Db::Sqlite, Db::Postgres] {
        let app = TestApp::start(db);
        let (admin, receiver) = (app.admin(), Receiver::answering(Answer::Status(410)));
        let url = format!("{}&nang-luc=bi-mat-cua-ho", receiver.url);
        let hook = hook_to(&admin, &url);
        let rotated = admin.post(&format!("{}/rotate-secret", path_of(&hook)), &json!({})).expect(200);
        let moved = json!({"url": format!("{url}-moi")});
        let edited = admin.patch(&path_of(&hook), &rotated.etag(), &moved).expect(200);
        change_something(&admin, "Một");
        deliver(&app);
        deliveries(&admin, &hook);
        let secrets = [&hook, &rotated].map(|answer| answer.data()["secret"].as_str().unwrap().to_owned());
        assert!(edited.data().get("secret").is_none() && now_of(&admin, &hook).data().get("secret").is_none());
        let answers = [
            now_of(&admin, &hook).bytes,
            admin.get(WEBHOOKS).expect(200).bytes,
            admin.get(&format!("{}/deliveries", path_of(&hook))).expect(200).bytes,
            admin.get("/api/v1/editorial/audit-log?limit=100").expect(200).bytes,
        ];
        let backup = backup::of(app.api.app.store().url());
        assert!(backup::holds(&backup, b"bi-mat-cua-ho"), "the backup holds the webhook");
        for secret in &secrets {
            let text = secret.strip_prefix("whsec_").unwrap();
            let bytes = STANDARD.decode(text).unwrap();
            assert_eq!(bytes.len(), 32);
            for form in [text.as_bytes(), &bytes] {
                assert!(!backup::holds(&backup, form), "a secret is in the backup");
                assert!(!backup::holds(&log.0.lock().unwrap(), form), "a secret is in the log");
                assert!(answers.iter().all(|answer| !backup::holds(answer, form)), "a secret is told again");
            }
        }
        let audit = String::from_utf8(answers[3].clone()).unwrap();
        assert!(audit.contains("webhook.rotateSecret") && !audit.contains("bi-mat-cua-ho"), "{audit}");
        let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
        assert!(logged.contains("a webhook was turned off"), "the log is read");
        assert!(!logged.contains("bi-mat-cua-ho"), "the address is in the log");
    }
}
