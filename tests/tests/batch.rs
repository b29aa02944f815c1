//! Many writes in one request and one transaction.

use bantin_domain::policy::Role;
use bantin_tests::{Answer, Client, both, content};
use serde_json::{Value, json};

const BATCH: &str = "/api/v1/editorial/batch";
/// Ids as a client makes them.
const ONE: &str = "01900000-0000-7000-8000-0000000000a1";
const TWO: &str = "01900000-0000-7000-8000-0000000000a2";

fn send(client: &Client, atomic: bool, operations: Vec<Value>) -> Answer {
    client.post(BATCH, &json!({"atomic": atomic, "operations": operations}))
}

fn statuses(answer: &Answer) -> Vec<u64> {
    answer.json["results"].as_array().unwrap().iter().map(|one| one["status"].as_u64().unwrap()).collect()
}

/// Making an article with an id of the client's.
fn creation(section: &str, id: &str, title: &str) -> Value {
    json!({"method": "POST", "path": "/articles", "body": {
        "id": id, "title": title, "categoryId": section, "body": {"format": "text", "value": title},
    }})
}

both! {
    fn a_later_operation_builds_on_an_earlier_one(app) {
        let chief = app.chief_editor();
        let section = content::category(&chief, "Tin");
        let done = send(&chief, true, vec![
            creation(&section, ONE, "Một tin"),
            json!({"method": "PATCH", "path": format!("/articles/{ONE}"), "ifMatch": "\"1\"", "body": {"byline": "P.K"}}),
            json!({"method": "POST", "path": format!("/api/v1/editorial/articles/{ONE}/actions/publish"), "ifMatch": "\"2\""}),
            json!({"method": "POST", "path": "/tags", "body": {"name": "Sơ kết"}}),
            json!({"method": "PATCH", "path": format!("/categories/{section}"), "ifMatch": "\"1\"", "body": {"name": "Tin tức"}}),
        ]).expect(200);
        assert_eq!(statuses(&done), [201, 200, 200, 201, 200]);
        let first = &done.json["results"][0];
        assert_eq!(first["headers"], json!({"etag": "\"1\"", "location": format!("https://tin.example/api/v1/editorial/articles/{ONE}")}));
        assert_eq!(first["body"]["data"]["title"], "Một tin");
        assert_eq!(done.json["results"][2]["body"]["data"]["state"], "published");
        let read = app.anonymous().get(&format!("/api/v1/articles/{ONE}")).expect(200);
        assert_eq!((&read.data()["byline"], &read.data()["category"]["name"]), (&json!("P.K"), &json!("Tin tức")));
    }

    fn each_operation_has_its_own_result_and_a_refused_one_leaves_nothing(app) {
        let chief = app.chief_editor();
        let section = content::category(&chief, "Tin");
        let done = send(&chief, false, vec![
            creation(&section, ONE, "Một tin"),
            json!({"method": "PATCH", "path": format!("/articles/{ONE}"), "ifMatch": "\"9\"", "body": {"byline": "x"}}),
            json!({"method": "POST", "path": "/articles", "body": {"title": "Thiếu mục", "slug": "??"}}),
            creation(&section, ONE, "Trùng"),
            json!({"method": "DELETE", "path": format!("/articles/{TWO}"), "ifMatch": "\"1\""}),
            json!({"method": "DELETE", "path": format!("/articles/{ONE}")}),
            json!({"method": "POST", "path": "/articles", "body": {"titel": "Tin"}}),
            creation(&section, TWO, "Tin sau"),
        ]).expect(200);
        assert_eq!(statuses(&done), [201, 412, 422, 409, 404, 428, 400, 201]);
        let body = |n: usize| done.json["results"][n]["body"].clone();
        assert_eq!((&body(1)["code"], &body(1)["version"]), (&json!("stale"), &json!(1)));
        assert_eq!(body(2)["errors"][0]["pointer"], "/slug", "pointers are into the operation's own document");
        assert_eq!((&body(3)["code"], &body(6)["code"]), (&json!("id_taken"), &json!("unknown_member")));
        assert!(body(4)["requestId"].is_string());
        let list = chief.get("/api/v1/editorial/articles").expect(200);
        assert_eq!(list.data().as_array().unwrap().len(), 2);
        assert_eq!(chief.get(&format!("/api/v1/editorial/articles/{ONE}")).expect(200).data()["byline"], Value::Null);
    }

    fn an_atomic_batch_is_done_whole_or_not_at_all(app) {
        let admin = app.admin();
        let section = content::category(&admin, "Tin");
        let entries = |admin: &Client| admin.get("/api/v1/editorial/audit-log?count=exact").expect(200).json["page"]["total"].clone();
        let before = entries(&admin);
        let refused = send(&admin, true, vec![
            creation(&section, ONE, "Một tin"),
            json!({"method": "POST", "path": format!("/articles/{ONE}/actions/publish"), "ifMatch": "\"1\""}),
            json!({"method": "POST", "path": "/articles", "body": {"title": "Tin", "categoryId": TWO, "body": {"format": "text", "value": "a"}}}),
        ]).expect(422);
        assert_eq!((&refused.json["operation"], refused.header("content-type")), (&json!(2), Some("application/problem+json")));
        assert_eq!(refused.faults().1, [("/operations/2/body/categoryId".to_owned(), "unknown_reference".to_owned())]);
        admin.get(&format!("/api/v1/editorial/articles/{ONE}")).expect(404);
        app.anonymous().get(&format!("/api/v1/articles/{ONE}")).expect(404);
        assert_eq!(entries(&admin), before);
        // What cannot even be read is refused before anything is done, in the same words.
        let unread = send(&admin, true, vec![creation(&section, ONE, "Một tin"), json!({"method": "POST", "path": "/tags", "body": {"nmae": 1}})]).expect(400);
        assert_eq!((&unread.json["operation"], unread.faults().1), (&json!(1), vec![("/operations/1/body/nmae".to_owned(), "unknown_member".to_owned())]));
    }

    fn every_operation_asks_for_its_own_permission(app) {
        let (chief, author) = (app.chief_editor(), app.author());
        let section = content::category(&chief, "Tin");
        let theirs = content::article(&chief, &section, "Của họ");
        let done = send(&author, false, vec![
            creation(&section, ONE, "Của tôi"),
            json!({"method": "POST", "path": format!("/articles/{ONE}/actions/publish"), "ifMatch": "\"1\""}),
            json!({"method": "PATCH", "path": format!("/articles/{}", theirs.id()), "ifMatch": "\"1\"", "body": {"byline": "x"}}),
            json!({"method": "PATCH", "path": format!("/categories/{section}"), "ifMatch": "\"1\"", "body": {"name": "x"}}),
        ]).expect(200);
        assert_eq!(statuses(&done), [201, 403, 404, 403]);
        app.user(Role::Integrator, "may@so.example").post(BATCH, &json!({"operations": [creation(&section, TWO, "x")]})).expect(200);
        app.anonymous().post(BATCH, &json!({"operations": [creation(&section, TWO, "x")]})).expect(401);
        chief.get(&format!("/api/v1/editorial/articles/{TWO}")).expect(404);
    }

    fn what_a_batch_cannot_do_is_refused(app) {
        let chief = app.chief_editor();
        for (method, path) in [
            ("POST", "/batch"), ("POST", "/media"), ("POST", "articles"), ("PUT", "/articles"), ("POST", "/users"), ("POST", "//articles"),
            ("POST", "/api/v1/auth/login"), ("POST", "/articles/../tags"), ("DELETE", "/site"), ("POST", ""),
        ] {
            let done = send(&chief, false, vec![json!({"method": method, "path": path, "body": {}})]).expect(200);
            assert_eq!((statuses(&done), &done.json["results"][0]["body"]["code"]), (vec![400], &json!("unknown_operation")), "{method} {path}");
        }
        let query = send(&chief, false, vec![json!({"method": "PATCH", "path": format!("/articles/{ONE}?dryRun=true"), "ifMatch": "\"1\"", "body": {}})]).expect(200);
        assert_eq!(query.json["results"][0]["body"]["code"], "unknown_parameter");
        assert_eq!(send(&chief, false, Vec::new()).expect(422).faults().1, [("/operations".to_owned(), "required".to_owned())]);
        let many = vec![json!({"method": "POST", "path": "/tags", "body": {}}); 101];
        assert_eq!(send(&chief, false, many).expect(422).faults().1, [("/operations".to_owned(), "too_long".to_owned())]);
        let doubled = br#"{"operations": [{"method": "POST", "path": "/tags", "body": {"name": "a", "name": "b"}}]}"#;
        chief.send("POST", BATCH, &[("content-type", "application/json")], Some(doubled)).expect(400);
    }

    fn an_event_is_written_whole_in_one_batch(app) {
        let chief = app.chief_editor();
        let speech = |id: &str, title: &str| json!({"method": "POST", "path": "/speeches", "body": {"id": id, "eventId": ONE, "kind": "report", "title": title}});
        let third = "01900000-0000-7000-8000-0000000000a3";
        let done = send(&chief, true, vec![
            json!({"method": "POST", "path": "/events", "body": {"id": ONE, "title": "Hội nghị", "kind": "conference", "startsOn": "2023-02-28"}}),
            speech(TWO, "Báo cáo một"),
            speech(third, "Báo cáo hai"),
            json!({"method": "PUT", "path": format!("/events/{ONE}/programme"), "ifMatch": "\"1\"", "body": {"speechIds": [third, TWO]}}),
            json!({"method": "POST", "path": format!("/events/{ONE}/attendees"), "body": {"kind": "person", "role": "chair", "name": "Tầng Phú An", "visibility": "public"}}),
            json!({"method": "POST", "path": format!("/events/{ONE}/actions/publish"), "ifMatch": "\"2\"", "body": {"with": ["speeches"]}}),
        ]).expect(200);
        assert_eq!(statuses(&done), [201, 201, 201, 200, 201, 200], "{}", done.json);
        let programme = app.anonymous().get(&format!("/api/v1/events/{ONE}/programme")).expect(200);
        let titles: Vec<&Value> = programme.data()["speeches"].as_array().unwrap().iter().map(|one| &one["title"]).collect();
        assert_eq!(titles, ["Báo cáo hai", "Báo cáo một"]);
        assert_eq!(app.anonymous().get(&format!("/api/v1/events/{ONE}/attendees")).expect(200).data()[0]["name"], "Tầng Phú An");
    }

    fn a_batch_that_comes_twice_is_done_once(app) {
        let chief = app.chief_editor();
        let section = content::category(&chief, "Tin");
        let mut write = creation(&section, ONE, "Một tin");
        write["body"].as_object_mut().unwrap().remove("id");
        let body = json!({"operations": [write]});
        let again = || chief.json("POST", BATCH, &[("idempotency-key", "lo-1")], &body).expect(200);
        let (first, second) = (again(), again());
        assert_eq!(first.bytes, second.bytes);
        assert_eq!(chief.get("/api/v1/editorial/articles").expect(200).data().as_array().unwrap().len(), 1);
    }
}
