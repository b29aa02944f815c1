//! Making, reading, changing and deleting webhooks.

use bantin_domain::policy::Role;
use bantin_tests::{both, content};
use serde_json::{Value, json};

use crate::webhooks::{WEBHOOKS, deliver, deliveries, hook_to, hook_with, now_of, path_of, receiver::Receiver};

both! {
    fn a_webhook_is_made_read_changed_and_deleted_like_everything_else(app) {
        let admin = app.admin();
        let made = hook_to(&admin, "https://cong-tinh.example/tin");
        assert!(made.header("location").unwrap().ends_with(&path_of(&made)));
        assert_eq!(made.data()["types"], json!(["*"]));
        assert_eq!(made.data()["allowedActions"], json!(["edit", "delete", "ping", "rotateSecret"]));

        let read = now_of(&admin, &made);
        assert_eq!(read.data()["url"], "https://cong-tinh.example/tin");
        assert_eq!(read.data()["enabled"], true);
        let listed = admin.get(WEBHOOKS).expect(200);
        assert_eq!(listed.data(), &json!([read.data()]));

        let edited = admin.patch(&path_of(&made), &read.etag(), &json!({"types": ["article.*", "*.deleted"]})).expect(200);
        assert_eq!(edited.data()["types"], json!(["article.*", "*.deleted"]));
        assert_eq!(edited.data()["name"], read.data()["name"]);
        let stale = admin.patch(&path_of(&made), &read.etag(), &json!({"name": "Khác"})).expect(412);
        assert_eq!(stale.json["code"], "stale");
        let merged = format!("{}?merge=fields", path_of(&made));
        admin.patch(&merged, &read.etag(), &json!({"name": "Khác"})).expect(200);
        admin.json("PATCH", &path_of(&made), &[], &json!({})).expect(428);

        admin.delete(&path_of(&made), "\"1\"").expect(412);
        admin.delete(&path_of(&made), &now_of(&admin, &made).etag()).expect(204);
        admin.get(&path_of(&made)).expect(404);
    }

    fn every_fault_of_a_write_is_named(app) {
        let admin = app.admin();
        let bad = admin.post(WEBHOOKS, &json!({
            "name": "", "url": "ftp://a.example/", "types": ["article.updated", "book.*"], "locales": ["Vietnamese"],
            "categoryIds": ["x"],
        })).expect(422);
        let places: Vec<String> = bad.faults().1.into_iter().map(|(pointer, code)| format!("{pointer} {code}")).collect();
        let expected = ["/name required", "/url invalid_url", "/types/1 unknown_event_type", "/categoryIds/0 invalid_id", "/locales/0 invalid_locale"];
        assert_eq!(places, expected);
        let without = admin.post(WEBHOOKS, &json!({"types": [], "categoryIds": [content::NOBODY]})).expect(422).faults().1;
        let places: Vec<&str> = without.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(places, ["/name", "/url", "/types", "/categoryIds/0"]);
    }

    fn webhooks_are_for_who_administers_them(app) {
        let admin = app.admin();
        let made = hook_to(&admin, "https://cong-tinh.example/");
        for (role, email) in [(Role::ChiefEditor, "a@so.example"), (Role::Editor, "b@so.example"), (Role::Author, "c@so.example")] {
            let client = app.user(role, email);
            client.get(WEBHOOKS).expect(403);
            client.get(&path_of(&made)).expect(403);
            client.get(&format!("{}/deliveries", path_of(&made))).expect(403);
            client.send("POST", &format!("{}/ping", path_of(&made)), &[], None).expect(403);
            client.post(WEBHOOKS, &json!({"name": "x", "url": "https://a.example/"})).expect(403);
            client.delete(&path_of(&made), &made.etag()).expect(403);
        }
        app.anonymous().get(WEBHOOKS).expect(401);
    }

    fn a_ping_arrives_and_says_what_came_of_it(app) {
        let (admin, receiver) = (app.admin(), Receiver::start());
        let hook = hook_with(&admin, &receiver.url, &json!({"enabled": false}));
        assert_eq!(hook.data()["disabledReason"], "byHand");
        let ping = format!("{}/ping", path_of(&hook));
        let key = [("idempotency-key", "mot-lan")];
        let made = admin.send("POST", &ping, &key, None).expect(201);
        let again = admin.send("POST", &ping, &key, None).expect(201);
        assert_eq!(made.id(), again.id(), "the same key is the same ping");
        deliver(&app);
        let [message] = receiver.messages().try_into().expect("one message");
        assert_eq!(message.id(), made.id());
        assert_eq!(message.path, "/tin?khoa=mot");
        assert_eq!(message.json()["type"], "ping");
        assert_eq!(message.signatures_by(hook.data()["secret"].as_str().unwrap()), 1);
        let path = made.header("location").unwrap().split("tin.example").nth(1).unwrap().to_owned();
        let delivery = admin.get(&path).expect(200);
        assert_eq!(delivery.data()["state"], "delivered");
        assert_eq!(delivery.data()["status"], 204);
        assert_eq!(delivery.data()["attempts"], 1);
        assert!(delivery.data()["latencyMs"].is_u64());
    }

    fn what_a_webhook_missed_while_it_was_off_is_not_sent_and_can_be_read_from_the_log(app) {
        let (admin, receiver) = (app.admin(), Receiver::start());
        let hook = hook_to(&admin, &receiver.url);
        content::category(&admin, "Một");
        let off = admin.patch(&path_of(&hook), &hook.etag(), &json!({"enabled": false})).expect(200);
        content::category(&admin, "Hai");
        deliver(&app);
        assert_eq!(receiver.messages().len(), 0);
        let changes = admin.get(&format!("/api/v1/changes?after={}", off.data()["seq"])).expect(200);
        assert_eq!(changes.data().as_array().unwrap().len(), 2, "what it missed");
        admin.patch(&path_of(&hook), &off.etag(), &json!({"enabled": true})).expect(200);
        content::category(&admin, "Ba");
        deliver(&app);
        let slugs: Vec<Value> = receiver.messages().iter().map(|message| message.json()["data"]["slug"].clone()).collect();
        assert_eq!(slugs, ["ba"]);
    }

    fn deliveries_are_listed_by_page_and_by_state(app) {
        let (admin, receiver) = (app.admin(), Receiver::start());
        let hook = hook_to(&admin, &receiver.url);
        for name in ["Một", "Hai", "Ba"] {
            content::category(&admin, name);
        }
        deliver(&app);
        let list = format!("{}/deliveries", path_of(&hook));
        let mut read = Vec::new();
        let mut next = format!("{list}?limit=2");
        loop {
            let page = admin.get(&next).expect(200);
            read.extend(page.data().as_array().unwrap().iter().map(|one| one["seq"].as_i64().unwrap()));
            match page.json["page"]["next"].as_str() {
                Some(cursor) => next = format!("{list}?limit=2&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(read.len(), 3);
        assert!(read.is_sorted_by(|one, next| one > next), "newest first: {read:?}");
        assert_eq!(admin.get(&format!("{list}?filter[state]=pending")).expect(200).data(), &json!([]));
        assert_eq!(admin.get(&format!("{list}?filter[state]=delivered")).expect(200).data().as_array().unwrap().len(), 3);
        admin.get(&format!("{list}?filter[state]=flown")).expect(400);
        let other = hook_to(&admin, &receiver.url);
        let foreign = format!("{}/deliveries/{}", path_of(&other), deliveries(&admin, &hook)[0]["id"].as_str().unwrap());
        admin.get(&foreign).expect(404);
        admin.send("POST", &format!("{foreign}/redeliver"), &[], None).expect(404);
    }

    fn deliveries_are_forgotten_thirty_days_after_their_end(app) {
        let (admin, receiver) = (app.admin(), Receiver::start());
        let hook = hook_to(&admin, &receiver.url);
        content::category(&admin, "Một");
        deliver(&app);
        app.clock.advance(30 * 24 * 60 * 60 - 60);
        app.tidy();
        let admin = app.log_in("quan-tri@so.example");
        assert_eq!(deliveries(&admin, &hook).len(), 1);
        app.clock.advance(120);
        app.tidy();
        assert_eq!(deliveries(&admin, &hook).len(), 0);
    }
}
