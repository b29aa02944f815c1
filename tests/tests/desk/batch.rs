//! Many writes in one request and one transaction.

use bantin_domain::policy::Role;
use bantin_tests::{Answer, Client, both, content, contract::operations};
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

/// The files in a folder, or the file itself.
fn files_below(path: std::path::PathBuf) -> Vec<std::path::PathBuf> {
    match std::fs::read_dir(&path) {
        Ok(entries) => entries.flat_map(|entry| files_below(entry.unwrap().path())).collect(),
        Err(_) => vec![path],
    }
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

    fn every_write_of_the_desk_is_done_in_a_batch_or_refused_with_a_reason(app) {
        let admin = app.admin();
        // By itself only: what carries bytes or a secret, what takes turns, what has a transaction of its own.
        let alone = [
            ("POST", "/batch"), ("POST", "/media"), ("POST", "/users"), ("PATCH", "/users/{id}"), ("POST", "/users/{id}/reset"),
            ("POST", "/roles"), ("PATCH", "/roles/{name}"), ("DELETE", "/roles/{name}"), ("POST", "/{collection}/{id}/preview-links"),
            ("PUT", "/stats/baseline"), ("POST", "/visits/batch"), ("POST", "/webhooks"), ("PATCH", "/webhooks/{id}"),
            ("DELETE", "/webhooks/{id}"), ("POST", "/webhooks/{id}/rotate-secret"), ("POST", "/webhooks/{id}/ping"),
            ("POST", "/webhooks/{id}/deliveries/{deliveryId}/redeliver"), ("POST", "/api-keys"), ("PATCH", "/api-keys/{id}"),
            ("DELETE", "/api-keys/{id}"), ("POST", "/api-keys/{id}/rotate"),
        ];
        let mut found = Vec::new();
        for (method, template, _) in operations().filter(|(method, path, _)| method != "GET" && path.starts_with("/api/v1/editorial/")) {
            let below = template.strip_prefix("/api/v1/editorial").unwrap();
            for collection in if below.starts_with("/{collection}") { vec!["articles", "events", "speeches", "pages"] } else { vec![""] } {
                let path = below.replace("{collection}", collection).replace("{action}", "publish").replace("{n}", "1");
                let path = content::path_with(&path, content::NOBODY);
                let done = send(&admin, false, vec![json!({"method": method, "path": path, "ifMatch": "\"1\"", "body": {}})]).expect(200);
                let result = &done.json["results"][0];
                let code = result["body"]["code"].as_str().unwrap_or_default();
                if alone.contains(&(method.as_str(), below)) {
                    assert_eq!((result["status"].as_u64(), code), (Some(400), "not_in_a_batch"), "{method} {path}");
                } else {
                    assert!(!["unknown_operation", "not_in_a_batch"].contains(&code), "{method} {path}: {result}");
                    assert!(result["status"].as_u64().unwrap() < 500, "{method} {path}: {result}");
                }
                found.push((method.clone(), below));
            }
        }
        assert!(alone.iter().all(|(method, path)| found.contains(&((*method).to_owned(), *path))), "{found:?}");
    }

    fn the_attendees_of_an_event_are_replaced_changed_and_taken_out_in_a_batch(app) {
        let chief = app.chief_editor();
        let event = content::event(&chief, "Hội nghị");
        let list = format!("/events/{}/attendees", event.id());
        let empty = chief.get(&format!("/api/v1/editorial{list}")).expect(200);
        let guest = |name: &str| json!({"kind": "person", "role": "guest", "name": name});
        let put = json!({"method": "PUT", "path": list, "ifMatch": empty.etag(), "body": {"items": [guest("Một"), guest("Hai")]}});
        let done = send(&chief, true, vec![put.clone()]).expect(200);
        let result = &done.json["results"][0];
        let read = chief.get(&format!("/api/v1/editorial{list}")).expect(200);
        assert_eq!((&result["body"]["data"], &result["headers"]["etag"]), (read.data(), &json!(read.etag())), "as the list is read");
        let (one, two) = (read.data()[0]["id"].as_str().unwrap(), read.data()[1]["id"].as_str().unwrap());
        let done = send(&chief, false, vec![
            put,
            json!({"method": "PATCH", "path": format!("{list}/{one}"), "ifMatch": "\"1\"", "body": {"name": "Một Mốt"}}),
            json!({"method": "DELETE", "path": format!("{list}/{two}"), "ifMatch": "\"1\""}),
            json!({"method": "PUT", "path": list, "body": {"items": []}}),
        ]).expect(200);
        assert_eq!(statuses(&done), [412, 200, 204, 428]);
        let read = chief.get(&format!("/api/v1/editorial{list}")).expect(200);
        assert_eq!((read.data().as_array().unwrap().len(), &read.data()[0]["name"]), (1, &json!("Một Mốt")));
    }

    fn a_picture_is_described_and_deleted_in_a_batch_and_its_bytes_go_with_the_commit(app) {
        let chief = app.chief_editor();
        let (kept, gone) = (content::picture(&chief, "Một", ""), content::picture(&chief, "Hai", ""));
        let original = |picture: &Answer| format!("/api/v1/editorial/media/{}/original", picture.id());
        let delete = |picture: &Answer| json!({"method": "DELETE", "path": format!("/media/{}", picture.id()), "ifMatch": picture.etag()});
        // Taken back: the row is there, and so are the bytes.
        send(&chief, true, vec![delete(&gone), json!({"method": "POST", "path": "/tags", "body": {"name": ""}})]).expect(422);
        chief.get(&original(&gone)).expect(200);
        let describe = json!({"method": "PATCH", "path": format!("/media/{}", kept.id()), "ifMatch": kept.etag(), "body": {"alt": "Hội trường"}});
        let done = send(&chief, false, vec![describe, delete(&gone), delete(&gone)]).expect(200);
        assert_eq!(statuses(&done), [200, 204, 404]);
        assert_eq!(done.json["results"][0]["body"]["data"]["alt"], "Hội trường");
        assert_eq!(std::fs::read_dir(app.folder.join("media")).unwrap().flat_map(|entry| files_below(entry.unwrap().path())).count(), 1);
        chief.get(&original(&kept)).expect(200);
    }

    fn what_is_said_of_an_item_and_its_revisions_can_be_part_of_a_batch(app) {
        let admin = app.admin();
        let section = content::category(&admin, "Tin");
        let draft = content::article(&admin, &section, "Tên một");
        let item = format!("/articles/{}", draft.id());
        let link = admin.post(&format!("/api/v1/editorial{item}/preview-links"), &json!({})).expect(201);
        let done = send(&admin, true, vec![
            json!({"method": "PATCH", "path": item, "ifMatch": "\"1\"", "body": {"title": "Tên hai"}}),
            json!({"method": "POST", "path": format!("{item}/comments"), "body": {"text": "Xem lại tên."}}),
            json!({"method": "PATCH", "path": format!("{item}/revisions/1"), "body": {"label": "bản đầu"}}),
            json!({"method": "POST", "path": format!("{item}/revisions/1/restore"), "ifMatch": "\"2\""}),
            json!({"method": "DELETE", "path": format!("{item}/preview-links/{}", link.id())}),
            json!({"method": "PUT", "path": "/synonyms", "ifMatch": admin.get("/api/v1/editorial/synonyms").expect(200).etag(), "body": {"items": []}}),
        ]).expect(200);
        assert_eq!(statuses(&done), [200, 201, 200, 200, 204, 200], "{}", done.json);
        assert_eq!(admin.get(&format!("/api/v1/editorial{item}")).expect(200).data()["title"], "Tên một");
        assert_eq!(admin.get(&format!("/api/v1/editorial{item}/comments")).expect(200).data()[0]["text"], "Xem lại tên.");
        for wrong in ["0", "01", "x"] {
            let done = send(&admin, false, vec![json!({"method": "PATCH", "path": format!("{item}/revisions/{wrong}"), "body": {"label": "x"}})]).expect(200);
            assert_eq!(statuses(&done), [404], "{wrong}");
        }
    }

    fn what_others_changed_meanwhile_is_told_with_the_site_s_time(app) {
        let chief = app.chief_editor();
        let section = content::category(&chief, "Tin");
        app.clock.advance(60);
        let path = format!("/categories/{section}");
        chief.patch(&format!("/api/v1/editorial{path}"), "\"1\"", &json!({"name": "Tin tức"})).expect(200);
        let late = json!({"method": "PATCH", "path": path, "ifMatch": "\"1\"", "body": {"name": "Khác"}});
        let one = send(&chief, false, vec![late.clone()]).expect(200).json["results"][0]["body"].clone();
        let all = send(&chief, true, vec![late]).expect(412).json;
        for problem in [one, all] {
            let change = problem["changes"].as_array().unwrap().iter().find(|change| change["field"] == "name").unwrap();
            assert_eq!(change["at"], "2023-03-14T08:01:00+07:00");
        }
    }

    fn what_a_batch_cannot_do_is_refused(app) {
        let chief = app.chief_editor();
        for (method, path) in [
            ("POST", "articles"), ("PUT", "/articles"), ("POST", "//articles"), ("DELETE", "/synonyms"), ("PUT", "/media"),
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
