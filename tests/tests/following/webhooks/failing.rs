//! When nobody listens: trying for a day, leaving an ill host alone, giving up with a notice.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use bantin_tests::{Answer as Reply, Client, TestApp, both};
use serde_json::json;

use crate::webhooks::{
    change_something, deliver, deliveries, hook_to, now_of, path_of,
    receiver::{Answer, Receiver},
};

const DAY: i64 = 24 * 60 * 60;

/// The administrator, logged in anew: time has passed.
fn again(app: &TestApp) -> Client {
    app.log_in("quan-tri@so.example")
}

/// The acts that the audit log knows of a webhook, oldest first, with who did them.
fn acts(admin: &Client, hook: &Reply) -> Vec<(String, bool)> {
    let path = format!("/api/v1/editorial/audit-log?limit=100&filter[resourceId]={}", hook.id());
    let mut acts: Vec<(String, bool)> = admin
        .get(&path)
        .expect(200)
        .data()
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["action"].as_str().unwrap().to_owned(), entry["actor"].is_null()))
        .collect();
    acts.reverse();
    acts
}

both! {
    fn a_webhook_that_fails_for_a_day_is_turned_off_with_a_notice(app) {
        let admin = app.admin();
        let receiver = Receiver::answering(Answer::Says(503, b"bao tri".to_vec()));
        let hook = hook_to(&admin, &receiver.url);
        change_something(&admin, "Một");
        deliver(&app);
        let delivery = deliveries(&admin, &hook).remove(0);
        assert_eq!(delivery["state"], "pending");
        assert_eq!((&delivery["status"], &delivery["error"], &delivery["answer"]), (&json!(503), &json!("status"), &json!("bao tri")));
        assert_eq!(now_of(&admin, &hook).data()["failingSince"], "2023-03-14T08:00:00+07:00");
        for _ in 0..50 {
            app.clock.advance(DAY / 48);
            deliver(&app);
        }
        let admin = again(&app);
        let off = now_of(&admin, &hook);
        assert_eq!((&off.data()["enabled"], &off.data()["disabledReason"]), (&json!(false), &json!("failing")));
        assert!(off.data()["disabledAt"].as_str().unwrap() >= "2023-03-15T08:00:00+07:00");
        assert_ne!(off.etag(), hook.etag(), "an edit of what was read before is stale");
        assert_eq!(acts(&admin, &hook), [("webhook.create".to_owned(), false), ("webhook.disable".to_owned(), true)]);
        assert!(deliveries(&admin, &hook).iter().all(|one| one["state"] == "failed"));
        let tried = receiver.messages().len();
        assert!((20..=60).contains(&tried), "{tried}");
        app.clock.advance(DAY);
        deliver(&app);
        assert_eq!(receiver.messages().len(), tried, "nothing is sent to who was given up");
    }

    fn who_answers_410_is_turned_off_at_once(app) {
        let admin = app.admin();
        let receiver = Receiver::answering(Answer::Status(410));
        let hook = hook_to(&admin, &receiver.url);
        for name in ["Một", "Hai", "Ba"] {
            change_something(&admin, name);
        }
        deliver(&app);
        assert_eq!(now_of(&admin, &hook).data()["disabledReason"], "gone");
        assert!(deliveries(&admin, &hook).iter().all(|one| one["state"] == "failed"));
        assert_eq!(acts(&admin, &hook).last().unwrap(), &("webhook.disable".to_owned(), true));
        let on = admin.patch(&path_of(&hook), &now_of(&admin, &hook).etag(), &json!({"enabled": true})).expect(200);
        assert_eq!((&on.data()["disabledReason"], &on.data()["failingSince"]), (&json!(null), &json!(null)));
    }

    fn what_was_turned_off_while_it_waited_is_given_up(app) {
        let admin = app.admin();
        let receiver = Receiver::answering(Answer::Status(500));
        let hook = hook_to(&admin, &receiver.url);
        change_something(&admin, "Một");
        deliver(&app);
        admin.patch(&path_of(&hook), &hook.etag(), &json!({"enabled": false})).expect(200);
        let delivery = deliveries(&admin, &hook).remove(0);
        assert_eq!((&delivery["state"], &delivery["error"]), (&json!("failed"), &json!("disabled")));
        let tried = receiver.messages().len();
        app.clock.advance(3600);
        deliver(&app);
        assert_eq!(receiver.messages().len(), tried);
    }

    fn an_ill_host_is_asked_by_one_message_at_a_time_until_it_is_well(app) {
        let admin = app.admin();
        let is_well = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&is_well);
        let receiver = Receiver::behaving(move |_, _| Answer::Status(if told.load(Ordering::SeqCst) { 200 } else { 503 }));
        let hook = hook_to(&admin, &receiver.url);
        change_something(&admin, "Mục 0");
        deliver(&app);
        for n in 1..30 {
            change_something(&admin, &format!("Mục {n}"));
        }
        let before = receiver.messages().len();
        app.clock.advance(120);
        deliver(&app);
        assert_eq!(receiver.messages().len(), before + 1, "one asks for all the others");
        is_well.store(true, Ordering::SeqCst);
        for _ in 0..20 {
            app.clock.advance(20);
            deliver(&app);
        }
        assert!(deliveries(&admin, &hook).iter().all(|one| one["state"] == "delivered"));
        assert_eq!(now_of(&admin, &hook).data()["failingSince"], json!(null));
    }

    fn an_answer_that_is_about_one_message_delays_no_other(app) {
        let admin = app.admin();
        let receiver = Receiver::behaving(|message, _| Answer::Status(if message.body.contains("muc-3") { 422 } else { 200 }));
        let hook = hook_to(&admin, &receiver.url);
        for n in 0..6 {
            change_something(&admin, &format!("Mục {n}"));
        }
        deliver(&app);
        let states: Vec<String> = deliveries(&admin, &hook).iter().map(|one| one["state"].as_str().unwrap().to_owned()).collect();
        assert_eq!(states, ["delivered", "delivered", "delivered", "pending", "delivered", "delivered"]);
    }

    fn a_ping_that_fails_is_not_tried_again_and_turns_nothing_off(app) {
        let admin = app.admin();
        let receiver = Receiver::answering(Answer::Status(410));
        let hook = hook_to(&admin, &receiver.url);
        let ping = admin.send("POST", &format!("{}/ping", path_of(&hook)), &[], None).expect(201);
        deliver(&app);
        let delivery = admin.get(&format!("{}/deliveries/{}", path_of(&hook), ping.id())).expect(200);
        assert_eq!((&delivery.data()["state"], &delivery.data()["status"]), (&json!("failed"), &json!(410)));
        assert_eq!(now_of(&admin, &hook).data()["enabled"], true);
    }

    fn what_is_no_answer_is_told_as_what_it_is(app) {
        let admin = app.admin();
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        for (url, error) in [
            (format!("http://{nobody}/"), "unreachable"),
            ("http://khong-co.invalid/".to_owned(), "unresolved"),
            (Receiver::answering(Answer::Close).url, "protocol"),
            (Receiver::answering(Answer::ManyHeaders).url, "protocol"),
            (Receiver::start().url.replace("http:", "https:"), "tls"),
        ] {
            let hook = hook_to(&admin, &url);
            admin.send("POST", &format!("{}/ping", path_of(&hook)), &[], None).expect(201);
            deliver(&app);
            let delivery = deliveries(&admin, &hook).pop().unwrap();
            assert_eq!((&delivery["error"], &delivery["status"]), (&json!(error), &json!(null)), "{url}");
        }
    }
}
