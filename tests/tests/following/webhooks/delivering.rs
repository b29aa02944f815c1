//! What is told, to whom, in which order, and how often.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use bantin_tests::{Db, TestApp, both, content};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::webhooks::{
    change_something, courier, deliver, deliveries, hook_to, hook_with, path_of,
    receiver::{Answer, Receiver},
};

fn types(receiver: &Receiver) -> Vec<String> {
    receiver.messages().iter().map(|message| message.json()["type"].as_str().unwrap().to_owned()).collect()
}

both! {
    fn a_change_is_told_as_the_log_shows_it_and_signed(app) {
        let (admin, receiver) = (app.admin(), Receiver::start());
        let hook = hook_to(&admin, &receiver.url);
        let section = content::category(&admin, "Tin");
        let article = content::article(&admin, &section, "Hội nghị tổng kết");
        content::publish(&admin, "articles", &article);
        deliver(&app);
        let rows = admin.get("/api/v1/changes").expect(200);
        // Of several resources there is no order: they are told side by side.
        let mut messages = receiver.messages();
        messages.sort_by_key(|message| message.seq());
        let told: Vec<Value> = messages.iter().map(|message| message.json()["data"].clone()).collect();
        assert!(told.len() >= 2);
        assert_eq!(&Value::from(told), rows.data());
        let secret = hook.data()["secret"].as_str().unwrap();
        for message in &messages {
            assert_eq!(message.signatures_by(secret), 1, "{message:?}");
            assert_eq!(message.header("content-type"), "application/json");
            let json = message.json();
            assert_eq!(json["type"], format!("{}.{}", json["data"]["type"].as_str().unwrap(), json["data"]["kind"].as_str().unwrap()));
            assert_eq!(json["timestamp"], json["data"]["at"]);
        }
        let forged = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        assert_eq!(messages[0].signatures_by(forged), 0);
        deliver(&app);
        assert_eq!(receiver.messages().len(), messages.len(), "what was acknowledged is not sent again");
    }

    fn nothing_is_told_of_a_draft(app) {
        let admin = app.admin();
        let section = content::category(&admin, "Tin");
        let receiver = Receiver::start();
        hook_to(&admin, &receiver.url);
        content::article(&admin, &section, "Bản nháp");
        deliver(&app);
        assert_eq!(types(&receiver), Vec::<String>::new());
    }

    fn a_webhook_is_told_of_what_it_asked_for(app) {
        let admin = app.admin();
        let [news, events] = ["Tin", "Sự kiện"].map(|name| content::category(&admin, name));
        let below = admin.post("/api/v1/editorial/categories", &json!({"name": "Tin tỉnh", "parentId": news})).expect(201).id();
        let everything = Receiver::start();
        hook_to(&admin, &everything.url);
        let of_section = Receiver::start();
        hook_with(&admin, &of_section.url, &json!({"types": ["article.*"], "categoryIds": [news]}));
        let english = Receiver::start();
        hook_with(&admin, &english.url, &json!({"types": ["article.created"], "locales": ["en"]}));
        let departures = Receiver::start();
        hook_with(&admin, &departures.url, &json!({"types": ["*.deleted"]}));

        for (section, title) in [(&news, "Trong mục"), (&below, "Trong mục con"), (&events, "Ngoài mục")] {
            content::publish(&admin, "articles", &content::article(&admin, section, title));
        }
        let foreign = content::made(&admin, "articles", &json!({
            "title": "In English", "categoryId": events, "locale": "en", "body": {"format": "text", "value": "a"},
        }));
        let shown = content::publish(&admin, "articles", &foreign);
        admin.post_at(&format!("/api/v1/editorial/articles/{}/actions/unpublish", shown.id()), &shown.etag(), &json!({})).expect(200);
        deliver(&app);
        let slugs = |receiver: &Receiver| -> Vec<String> {
            receiver.messages().iter().map(|one| one.json()["data"]["slug"].as_str().unwrap_or_default().to_owned()).collect()
        };
        let mut of_news = slugs(&of_section);
        of_news.sort();
        assert_eq!(of_news, ["trong-muc", "trong-muc-con"]);
        assert_eq!(slugs(&english), ["in-english"]);
        assert_eq!(types(&departures), ["article.deleted"]);
        assert!(types(&everything).len() >= 5);
    }

    fn a_webhook_of_a_section_is_told_of_what_leaves_it_and_of_no_draft(app) {
        let admin = app.admin();
        let [here, there] = ["Đây", "Đó"].map(|name| content::category(&admin, name));
        let [of_here, of_there] = [Receiver::start(), Receiver::start()];
        for (receiver, section) in [(&of_here, &here), (&of_there, &there)] {
            hook_with(&admin, &receiver.url, &json!({"types": ["article.*", "speech.*", "event.*"], "categoryIds": [section]}));
        }
        let step = |collection: &str, item: &bantin_tests::Answer, action: &str| {
            let item = admin.get(&format!("/api/v1/editorial/{collection}/{}", item.id())).expect(200);
            admin.post_at(&format!("/api/v1/editorial/{collection}/{}/actions/{action}", item.id()), &item.etag(), &json!({})).expect(200)
        };
        let to_there = |collection: &str, item: &bantin_tests::Answer| {
            let path = format!("/api/v1/editorial/{collection}/{}", item.id());
            admin.patch(&path, &item.etag(), &json!({"categoryId": there})).expect(200)
        };
        let told = |receiver: &Receiver| -> Vec<String> {
            deliver(&app);
            types(receiver)
        };

        // Only the draft ever stood there.
        let drafted = content::publish(&admin, "articles", &content::article(&admin, &here, "Nháp"));
        to_there("articles", &drafted);
        step("articles", &drafted, "unpublish");
        assert_eq!(told(&of_here), ["article.created", "article.deleted"]);
        assert_eq!(told(&of_there), Vec::<String>::new());

        // What moves away is told of to both, and from then on to those who have it.
        let moved = content::publish(&admin, "articles", &content::article(&admin, &here, "Chuyển"));
        to_there("articles", &moved);
        step("articles", &moved, "publish");
        assert_eq!(told(&of_here)[2..], ["article.created", "article.updated"]);
        assert_eq!(told(&of_there), ["article.updated"]);
        step("articles", &moved, "unpublish");
        assert_eq!(told(&of_here).len(), 4);
        assert_eq!(told(&of_there), ["article.updated", "article.deleted"]);

        // A speech stands where its event does.
        let event = content::publish(&admin, "events", &content::made(&admin, "events", &json!({
            "title": "Hội nghị", "kind": "conference", "startsOn": "2023-03-20", "categoryId": here,
        })));
        content::publish(&admin, "speeches", &content::made(&admin, "speeches", &json!({
            "eventId": event.id(), "kind": "opening", "title": "Khai mạc", "speaker": {"name": "A"},
        })));
        to_there("events", &event);
        step("events", &event, "unpublish");
        let mut gone = told(&of_here).split_off(4);
        gone.sort();
        assert_eq!(gone, ["event.created", "event.deleted", "speech.created", "speech.deleted"]);
        assert_eq!(told(&of_there).len(), 2);
    }

    fn a_webhook_is_told_of_what_time_brings_about(app) {
        let admin = app.admin();
        let section = content::category(&admin, "Tin");
        let receiver = Receiver::start();
        hook_with(&admin, &receiver.url, &json!({"types": ["article.*"]}));
        let article = content::article(&admin, &section, "Hẹn giờ");
        let at = json!({"at": "2023-03-14T09:00:00+07:00", "until": "2023-03-14T10:00:00+07:00"});
        admin.post_at(&format!("/api/v1/editorial/articles/{}/actions/schedule", article.id()), &article.etag(), &at).expect(200);
        deliver(&app);
        assert_eq!(types(&receiver), Vec::<String>::new());
        for (seconds, expected) in [(3601, vec!["article.created"]), (3600, vec!["article.created", "article.deleted"])] {
            app.clock.advance(seconds);
            app.tidy();
            deliver(&app);
            assert_eq!(types(&receiver), expected);
        }
    }

    fn a_later_change_of_a_resource_waits_for_the_earlier_one_and_delays_no_other(app) {
        let admin = app.admin();
        let stubborn = change_something(&admin, "Mục khó");
        let failing = Arc::new(AtomicBool::new(true));
        let (told, wanted) = (Arc::clone(&failing), stubborn.clone());
        let receiver = Receiver::behaving(move |message, _| {
            let is_it = message.json()["data"]["id"] == wanted.as_str();
            Answer::Status(if is_it && told.load(Ordering::SeqCst) { 422 } else { 200 })
        });
        let hook = hook_to(&admin, &receiver.url);
        let section = admin.get(&format!("/api/v1/editorial/categories/{stubborn}")).expect(200);
        let first = admin.patch(&format!("/api/v1/editorial/categories/{stubborn}"), &section.etag(), &json!({"name": "Một"})).expect(200);
        admin.patch(&format!("/api/v1/editorial/categories/{stubborn}"), &first.etag(), &json!({"name": "Hai"})).expect(200);
        let easy = change_something(&admin, "Mục dễ");
        deliver(&app);
        let about = |id: &str| -> Vec<i64> {
            receiver.messages().iter().filter(|one| one.json()["data"]["id"] == id).map(|one| one.seq()).collect()
        };
        let tried = about(&stubborn);
        assert_eq!(tried.len(), 1, "the second is not sent before the first is acknowledged");
        assert!(!about(&easy).is_empty(), "another resource is told all the same");
        failing.store(false, Ordering::SeqCst);
        app.clock.advance(3600);
        deliver(&app);
        let told = about(&stubborn);
        assert_eq!(told[..2], [tried[0], tried[0]], "the first once more");
        assert!(told[1..].is_sorted_by(|one, next| one < next), "{told:?}");
        assert!(told.len() >= 3);
        let admin = app.log_in("quan-tri@so.example");
        let ids: Vec<String> = receiver.messages().iter().filter(|one| one.seq() == tried[0]).map(|one| one.id().to_owned()).collect();
        assert_eq!(ids[0], ids[1], "every attempt has the same id");
        assert!(deliveries(&admin, &hook).iter().all(|one| one["state"] == "delivered"));
    }

    fn something_is_sent_again_by_hand_under_the_same_id(app) {
        let (admin, receiver) = (app.admin(), Receiver::start());
        let hook = hook_to(&admin, &receiver.url);
        change_something(&admin, "Một");
        deliver(&app);
        let delivery = deliveries(&admin, &hook).remove(0);
        let again = format!("{}/deliveries/{}/redeliver", path_of(&hook), delivery["id"].as_str().unwrap());
        let waiting = admin.send("POST", &again, &[], None).expect(200);
        assert_eq!(waiting.data()["state"], "pending");
        deliver(&app);
        let messages = receiver.messages();
        let of_it: Vec<_> = messages.iter().filter(|one| one.id() == delivery["id"]).collect();
        assert_eq!(of_it.len(), 2);
        assert_eq!(of_it[0].body, of_it[1].body);
        admin.patch(&path_of(&hook), &hook.etag(), &json!({"enabled": false})).expect(200);
        assert_eq!(admin.send("POST", &again, &[], None).expect(422).faults().1, [("/enabled".to_owned(), "disabled".to_owned())]);
    }

    fn an_answer_is_kept_to_its_first_kilobyte(app) {
        let admin = app.admin();
        let receiver = Receiver::answering(Answer::Says(200, [b"nh\0 \xff", [b'a'; 5_000].as_slice()].concat()));
        let hook = hook_to(&admin, &receiver.url);
        change_something(&admin, "Một");
        deliver(&app);
        let answer = deliveries(&admin, &hook)[0]["answer"].as_str().unwrap().to_owned();
        assert!(answer.starts_with("nh\u{fffd} \u{fffd}aaa"), "{answer}");
        assert_eq!(answer.chars().count(), 1024);
    }
}

/// Two nodes over one database, each with a courier, while an editor changes things and the receiver fails every
/// third time: every change is heard, of each resource in order, and what is heard twice has the same id.
#[test]
fn two_nodes_tell_everything_in_order_and_twice_only_under_the_same_id() {
    let app = TestApp::start(Db::Postgres);
    let other = app.another_node();
    let admin = app.admin();
    let receiver = Receiver::behaving(|_, n| Answer::Status(if n % 3 == 2 { 500 } else { 200 }));
    let hook = hook_with(&admin, &receiver.url, &json!({"types": ["category.*"]}));
    let begun = hook.data()["seq"].as_i64().unwrap();
    let couriers = [courier(&app), courier(&other)];
    let sections: Vec<String> = (0..4).map(|n| change_something(&admin, &format!("Mục {n}"))).collect();
    for round in 0..6 {
        std::thread::scope(|scope| {
            for courier in &couriers {
                scope.spawn(|| courier.deliver_due().unwrap());
            }
            for section in &sections {
                let path = format!("/api/v1/editorial/categories/{section}");
                let now = admin.get(&path).expect(200);
                admin.patch(&path, &now.etag(), &json!({"description": format!("Lần {round}")})).expect(200);
            }
        });
    }
    for _ in 0..60 {
        app.clock.advance(30);
        std::thread::scope(|scope| {
            for courier in &couriers {
                scope.spawn(|| courier.deliver_due().unwrap());
            }
        });
    }
    let expected: Vec<i64> = (begun + 1..=begun + 4 + 24).collect();
    let (mut ids, mut last) = (HashMap::new(), BTreeMap::new());
    for message in receiver.messages() {
        let (seq, resource) = (message.seq(), message.json()["data"]["id"].to_string());
        assert_eq!(*ids.entry(seq).or_insert(message.id().to_owned()), message.id(), "{seq} came under two ids");
        let before = last.insert(resource, seq).unwrap_or(0);
        assert!(before <= seq, "{before} was told before {seq}");
    }
    let mut heard: Vec<i64> = ids.into_keys().collect();
    heard.sort_unstable();
    assert_eq!(heard, expected);
    let admin = app.log_in("quan-tri@so.example");
    let pending = deliveries(&admin, &hook).into_iter().filter(|one| one["state"] != "delivered").count();
    assert_eq!(pending, 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    /// Whatever the receiver answers, in the end it has heard every change, and of each resource in order.
    #[test]
    fn whatever_a_receiver_answers_it_hears_everything_in_order(
        answers in prop::collection::vec(prop::sample::select(vec![200, 204, 299, 301, 404, 429, 500, 503]), 1..20),
        acts in prop::collection::vec(0..3_usize, 1..8),
    ) {
        let app = TestApp::start(Db::Sqlite);
        let admin = app.admin();
        let receiver = Receiver::behaving(move |_, n| Answer::Status(answers.get(n).copied().unwrap_or(200)));
        let hook = hook_to(&admin, &receiver.url);
        let sections = [0, 1, 2].map(|n| change_something(&admin, &format!("Mục {n}")));
        for (n, act) in acts.iter().enumerate() {
            let path = format!("/api/v1/editorial/categories/{}", sections[*act]);
            let now = admin.get(&path).expect(200);
            admin.patch(&path, &now.etag(), &json!({"description": format!("Lần {n}")})).expect(200);
            deliver(&app);
        }
        let waits = || deliveries(&app.log_in("quan-tri@so.example"), &hook).iter().any(|one| one["state"] == "pending");
        // An answer that fails holds up one delivery; nineteen of them are fewer than a day's attempts.
        for pause in [1; 60].into_iter().chain([600; 130]) {
            app.clock.advance(pause);
            deliver(&app);
            if pause > 1 && !waits() {
                break;
            }
        }
        let mut acknowledged = BTreeMap::<String, i64>::new();
        for message in receiver.messages() {
            let (seq, resource) = (message.seq(), message.json()["data"]["id"].to_string());
            let before = acknowledged.insert(resource, seq).unwrap_or(0);
            prop_assert!(before <= seq);
        }
        for delivery in deliveries(&app.log_in("quan-tri@so.example"), &hook) {
            prop_assert_eq!(&delivery["state"], "delivered");
        }
    }
}
