//! Hits that a front end reports: late, again, and not always right.

use bantin_domain::time::Clock;
use bantin_persistence::connection::{Access, Opener};
use bantin_tests::{Answer, Client, TestApp, both};
use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

const BATCH: &str = "/api/v1/editorial/visits/batch";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

/// A view of a path, so many seconds ago.
fn seen(app: &TestApp, path: &str, ago: i64) -> Value {
    let time = app.clock.now().plus_seconds(-ago).to_utc_text();
    json!({"path": path, "address": "203.0.113.7", "userAgent": FIREFOX, "time": time})
}

/// The same reader, at this moment.
fn look(app: &TestApp, path: &str) {
    let headers = [("content-type", "application/json"), ("x-forwarded-for", "203.0.113.7"), ("user-agent", FIREFOX)];
    let hit = json!({"path": path}).to_string();
    app.anonymous().send("POST", "/api/v1/visits", &headers, Some(hit.as_bytes())).expect(200);
    app.wait(app.api.visits.settle()).unwrap();
}

fn report(client: &Client, items: &[Value]) -> Answer {
    client.post(BATCH, &json!({"items": items})).expect(200)
}

/// What became of each hit, or why it did not.
fn outcomes(answer: &Answer) -> Vec<String> {
    let outcomes = answer.data()["outcomes"].as_array().unwrap();
    let word = |row: &Value| row["reason"].as_str().or(row["outcome"].as_str()).unwrap().to_owned();
    outcomes.iter().map(word).collect()
}

fn how_many(answer: &Answer, what: &str) -> usize {
    outcomes(answer).iter().filter(|outcome| *outcome == what).count()
}

/// Page views and visits of all days.
fn counted(app: &TestApp, admin: &Client) -> (i64, i64) {
    app.wait(app.api.visits.settle()).unwrap();
    let report = admin.get("/api/v1/editorial/stats?from=2023-03-13&to=2023-03-14").expect(200);
    let sum =
        |member: &str| report.data()["rows"].as_array().unwrap().iter().map(|row| row[member].as_i64().unwrap()).sum();
    (sum("pageViews"), sum("visits"))
}

both! {
    fn what_is_reported_of_a_reader_who_read_on_meanwhile_counts_as_it_would_have(app) {
        let admin = app.admin();
        look(&app, "/bay-gio");
        let reloads: Vec<_> = (0..10).map(|n| seen(&app, "/same", 9_000 - n)).collect();
        assert_eq!(how_many(&report(&admin, &reloads), "reload"), 9);
        assert_eq!(counted(&app, &admin), (2, 2));
        let run: Vec<_> = (0..6).map(|n| seen(&app, "/same", 5 * 3_600 - n * 300)).collect();
        assert_eq!(how_many(&report(&admin, &run), "counted"), 6);
        assert_eq!(counted(&app, &admin), (8, 3), "six views of one visit");
        assert_eq!(how_many(&report(&admin, &run), "counted"), 0);
        assert_eq!(counted(&app, &admin), (8, 3));
    }

    fn what_is_reported_again_without_names_counts_nothing_again(app) {
        let admin = app.admin();
        // From 07:00 to 08:00: up to thirty views of a page in an hour of the clock.
        let hits: Vec<_> = (0..80).map(|n| seen(&app, "/r", 3_599 - n * 44)).collect();
        let first = report(&admin, &hits);
        assert_eq!((how_many(&first, "counted"), how_many(&first, "capped")), (30, 50));
        let before = counted(&app, &admin);
        assert_eq!(how_many(&report(&admin, &hits), "counted"), 0);
        look(&app, "/r");
        assert_eq!(how_many(&report(&admin, &hits), "counted"), 0);
        assert_eq!(counted(&app, &admin).0, before.0 + 1);
    }

    fn two_servers_that_report_the_same_minute_count_no_reload_twice(app) {
        let admin = app.admin();
        report(&admin, &[seen(&app, "/r", 300), seen(&app, "/s", 200)]);
        let others = report(&admin, &[seen(&app, "/r", 295), seen(&app, "/r", 294), seen(&app, "/t", 250)]);
        assert_eq!(outcomes(&others), ["reload", "reload", "counted"]);
        assert_eq!(counted(&app, &admin), (3, 1));
    }

    fn a_request_with_a_name_counts_once_and_has_one_answer(app) {
        let admin = app.admin();
        let send = |items: &[Value], key: &str| {
            let body = json!({"items": items}).to_string();
            let headers = [("content-type", "application/json"), ("idempotency-key", key)];
            admin.send("POST", BATCH, &headers, Some(body.as_bytes()))
        };
        // Nobody's: told apart by nothing else.
        let hits: Vec<_> = (0..3)
            .map(|n| {
                let mut hit = seen(&app, "/r", 300 + n);
                hit["doNotTrack"] = json!(true);
                hit
            })
            .collect();
        let first = send(&hits, "mot").expect(200);
        assert_eq!(outcomes(&first), ["counted", "counted", "counted"]);
        assert_eq!(send(&hits, "mot").expect(200).json, first.json);
        assert_eq!(counted(&app, &admin), (3, 0));
        assert_eq!(send(&hits[1..], "mot").expect(422).json["code"], "idempotency_mismatch");
        assert_eq!(outcomes(&send(&hits, "hai").expect(200)), ["counted", "counted", "counted"], "another request");
        assert_eq!(counted(&app, &admin), (6, 0));
        // The answer was lost before it could be kept.
        let mut database = Opener::new(app.api.app.store().url().clone(), Access::Migrate).open().unwrap();
        database.batch_execute("DELETE FROM idempotency_keys").unwrap();
        assert_eq!(outcomes(&send(&hits, "mot").expect(200)), ["duplicate", "duplicate", "duplicate"]);
        assert_eq!(counted(&app, &admin), (6, 0));
        app.author().send("POST", BATCH, &[("content-type", "application/json"), ("idempotency-key", "mot")], Some(b"{\"items\": []}")).expect(403);
    }

    fn what_is_json_of_the_right_shape_is_answered_hit_by_hit_and_anything_else_as_a_whole(app) {
        let admin = app.admin();
        let with = |member: &str, value: Value| {
            let mut item = seen(&app, "/r", 60);
            item[member] = value;
            item
        };
        let without = |member: &str| {
            let mut item = seen(&app, "/r", 60);
            item.as_object_mut().unwrap().remove(member);
            item
        };
        for (item, reason, pointer) in [
            (without("time"), "required", "/items/0/time"),
            (without("address"), "required", "/items/0/address"),
            (without("path"), "required", "/items/0"),
            (with("time", json!("hom qua")), "invalid_date", "/items/0/time"),
            (with("address", json!("nha.example")), "invalid_address", "/items/0/address"),
            (with("path", json!("r")), "invalid_path", "/items/0/path"),
        ] {
            let told = report(&admin, std::slice::from_ref(&item));
            let expected = json!({"outcome": "refused", "reason": reason, "pointer": pointer});
            assert_eq!(told.data()["outcomes"], json!([expected]), "{item}");
        }
        assert_eq!(outcomes(&report(&admin, &[without("time"), seen(&app, "/r", 60)])), ["required", "counted"]);
        let garbage = [with("time", json!(7)), with("ip", json!("203.0.113.7")), with("doNotTrack", json!("no")), json!("x")];
        for item in garbage {
            admin.post(BATCH, &json!({"items": [seen(&app, "/s", 60), item]})).expect(400);
        }
        assert_eq!(counted(&app, &admin), (1, 1));
        let refused = app.anonymous().post("/api/v1/visits", &json!({})).expect(422);
        assert_eq!(refused.json["detail"], "The document: say exactly one of articleId, eventId, speechId, pageId and path.");
    }
}
