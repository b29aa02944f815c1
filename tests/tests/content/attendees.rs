//! Attendees: rows of the event with versions of their own, and personal data that never becomes public.

use bantin_tests::{Answer, Client, both, content};
use serde_json::{Value, json};

fn event(client: &Client) -> Answer {
    client
        .post("/api/v1/editorial/events", &json!({"title": "Hội nghị", "kind": "conference", "startsOn": "2023-02-28"}))
        .expect(201)
}

fn list_path(event: &Answer) -> String {
    format!("/api/v1/editorial/events/{}/attendees", event.id())
}

fn delegate(name: &str, visibility: &str) -> Value {
    json!({"kind": "person", "role": "delegate", "name": name, "visibility": visibility})
}

fn enter(client: &Client, event: &Answer, write: &Value) -> Answer {
    client.post(&list_path(event), write).expect(201)
}

fn names(answer: &Answer) -> Vec<(String, i64)> {
    let row = |row: &Value| (row["name"].as_str().unwrap().to_owned(), row["order"].as_i64().unwrap());
    answer.data().as_array().unwrap().iter().map(row).collect()
}

fn numbered(names: &[&str]) -> Vec<(String, i64)> {
    names.iter().zip(1..).map(|(name, n)| ((*name).to_owned(), n)).collect()
}

both! {
    fn only_whom_an_editor_made_public_is_shown_and_nothing_personal(app) {
        let editor = app.chief_editor();
        let event = event(&editor);
        enter(&editor, &event, &delegate("Giấu Tên", "private"));
        let mut shown = delegate("Lê Văn Tám", "public");
        shown["email"] = json!("tam@bi-mat.example");
        shown["phone"] = json!("0912 345 678");
        shown["notes"] = json!("ăn chay");
        shown["honorific"] = json!("Ông");
        shown["headcount"] = json!(3);
        let made = enter(&editor, &event, &shown);
        assert_eq!((&made.data()["order"], &made.data()["email"]), (&json!(2), &json!("tam@bi-mat.example")));
        enter(&editor, &event, &json!({"kind": "unit", "role": "guest", "organisation": "UBND huyện"}));
        content::publish(&editor, "events", &event);

        let read = app.anonymous().get("/api/v1/events/hoi-nghi/attendees").expect(200);
        assert_eq!(read.data(), &json!([{
            "id": made.id(), "kind": "person", "personId": null, "name": "Lê Văn Tám", "honorific": "Ông", "position": null,
            "organisation": null, "role": "delegate", "headcount": 3, "order": 1,
        }]), "the place of those who are private is not told either");
        for path in ["", "/attendees", "/programme"] {
            let bytes = app.anonymous().get(&format!("/api/v1/events/hoi-nghi{path}")).expect(200).bytes;
            let text = String::from_utf8(bytes).unwrap();
            for secret in ["Giấu", "bi-mat", "0912", "ăn chay"] {
                assert!(!text.contains(secret), "{secret} in {path}");
            }
        }
    }

    fn a_change_of_attendees_waits_for_the_event_and_leaves_its_version_alone(app) {
        let editor = app.chief_editor();
        let event = event(&editor);
        let made = enter(&editor, &event, &delegate("Lê Văn Tám", "public"));
        let published = content::publish(&editor, "events", &event);
        let path = format!("{}/{}", list_path(&event), made.id());
        editor.patch(&path, &made.etag(), &json!({"name": "Lê Văn Chín"})).expect(200);
        let desk = editor.get(&format!("/api/v1/editorial/events/{}", event.id())).expect(200);
        assert_eq!((desk.etag(), &desk.data()["revision"]), (published.etag(), &json!(1)));
        assert_eq!(desk.data()["hasUnpublishedChanges"], true);
        let public = app.anonymous();
        assert_eq!(names(&public.get("/api/v1/events/hoi-nghi/attendees").expect(200)), numbered(&["Lê Văn Tám"]));
        let again = content::publish(&editor, "events", &desk);
        assert_eq!(again.data()["hasUnpublishedChanges"], false);
        assert_eq!(names(&public.get("/api/v1/events/hoi-nghi/attendees").expect(200)), numbered(&["Lê Văn Chín"]));
    }

    fn being_an_attendee_makes_nobody_public(app) {
        let editor = app.chief_editor();
        let person = editor.post("/api/v1/editorial/people", &json!({"displayName": "Lê Văn Tám"})).expect(201);
        let event = event(&editor);
        let mut write = delegate("Lê Văn Tám", "public");
        write["personId"] = json!(person.id());
        enter(&editor, &event, &write);
        content::publish(&editor, "events", &event);
        let public = app.anonymous();
        let shown = || public.get("/api/v1/events/hoi-nghi/attendees").expect(200).data()[0]["personId"].clone();
        public.get("/api/v1/people/le-van-tam").expect(404);
        assert_eq!(shown(), Value::Null);
        let said = json!({"eventId": event.id(), "kind": "report", "title": "Báo cáo", "speaker": {"personId": person.id(), "name": "Tám"}});
        let speech = editor.post("/api/v1/editorial/speeches", &said).expect(201);
        assert_eq!(shown(), Value::Null, "a draft makes nobody public");
        content::publish(&editor, "speeches", &speech);
        assert_eq!(shown(), json!(person.id()));
    }

    fn a_list_replaces_the_list_that_was_read(app) {
        let editor = app.chief_editor();
        let event = event(&editor);
        let path = list_path(&event);
        let empty = editor.get(&path).expect(200);
        assert_eq!(empty.data(), &json!([]));
        let items = json!({"items": [delegate("Một", "public"), delegate("Hai", "private")]});
        editor.json("PUT", &path, &[], &items).expect(428);
        let two = editor.put(&path, &empty.etag(), &items).expect(200);
        assert_eq!(names(&two), numbered(&["Một", "Hai"]));
        editor.put(&path, &empty.etag(), &json!({"items": []})).expect(412);

        let (one, second) = (two.data()[0]["id"].clone(), two.data()[1]["id"].clone());
        let mut kept = delegate("Hai", "private");
        kept["id"] = second.clone();
        let new = editor.put(&path, &two.etag(), &json!({"items": [kept, delegate("Ba", "public")]})).expect(200);
        assert_eq!(names(&new), numbered(&["Hai", "Ba"]));
        assert_eq!((&new.data()[0]["id"], &new.data()[0]["version"]), (&second, &json!(2)));
        assert_eq!(new.data(), editor.get(&path).expect(200).data());
        assert_eq!(new.etag(), editor.get(&path).expect(200).etag());

        let mut stranger = delegate("Một", "public");
        stranger["id"] = one;
        let faulty = json!({"items": [stranger, {"kind": "person", "role": "chair"}, {"kind": "crowd", "role": "chair", "name": "A"}]});
        let refused = editor.put(&path, &new.etag(), &faulty).expect(422);
        assert_eq!(refused.faults().1, [("/items/2/kind".to_owned(), "invalid_value".to_owned())], "what does not parse is told first");
        let faulty = json!({"items": [faulty["items"][0], faulty["items"][1]]});
        assert_eq!(editor.put(&path, &new.etag(), &faulty).expect(422).faults().1, [
            ("/items/0/id".to_owned(), "unknown_reference".to_owned()),
            ("/items/1/name".to_owned(), "required".to_owned()),
        ]);
        assert_eq!(names(&editor.get(&path).expect(200)), numbered(&["Hai", "Ba"]));
    }

    fn an_attendee_is_inserted_moved_and_taken_out(app) {
        let editor = app.chief_editor();
        let event = event(&editor);
        let path = list_path(&event);
        let first = enter(&editor, &event, &delegate("Một", "private"));
        enter(&editor, &event, &delegate("Hai", "private"));
        let mut inserted = delegate("Chen", "private");
        inserted["order"] = json!(1);
        let inserted = enter(&editor, &event, &inserted);
        let listed = || names(&editor.get(&path).expect(200));
        assert_eq!(listed(), numbered(&["Chen", "Một", "Hai"]));
        let one = format!("{path}/{}", inserted.id());
        let moved = editor.patch(&one, &inserted.etag(), &json!({"order": 3})).expect(200);
        assert_eq!((moved.etag(), listed()), ("\"2\"".to_owned(), numbered(&["Một", "Hai", "Chen"])));
        let stays = editor.patch(&one, &moved.etag(), &json!({"order": null, "name": "Chen"})).expect(200);
        assert_eq!(stays.etag(), moved.etag(), "what changes nothing writes nothing");
        editor.delete(&one, &inserted.etag()).expect(412);
        // Its own move of the others touched none of their versions.
        editor.delete(&format!("{path}/{}", first.id()), &first.etag()).expect(204);
        assert_eq!(listed(), numbered(&["Hai", "Chen"]));
        editor.delete(&format!("{path}/{}", first.id()), &first.etag()).expect(404);
    }

    fn what_is_personal_can_be_erased(app) {
        let editor = app.chief_editor();
        let event = event(&editor);
        let mut write = delegate("Lê Văn Tám", "private");
        write["email"] = json!("tam@bi-mat.example");
        write["notes"] = json!("ăn chay");
        let made = enter(&editor, &event, &write);
        let path = format!("{}/{}", list_path(&event), made.id());
        let erased = editor.patch(&path, &made.etag(), &json!({"email": null, "notes": null})).expect(200);
        assert_eq!((&erased.data()["email"], &erased.data()["notes"]), (&Value::Null, &Value::Null));
        let nameless = editor.patch(&path, &erased.etag(), &json!({"name": null})).expect(422);
        assert_eq!(nameless.faults().1, [("/name".to_owned(), "required".to_owned())]);
    }

    fn who_is_an_attendee_stays_in_the_directory(app) {
        let editor = app.chief_editor();
        let person = editor.post("/api/v1/editorial/people", &json!({"displayName": "Lê Văn Tám"})).expect(201);
        let event = event(&editor);
        let mut write = delegate("Lê Văn Tám", "private");
        write["personId"] = json!(person.id());
        let made = enter(&editor, &event, &write);
        let path = format!("/api/v1/editorial/people/{}", person.id());
        assert_eq!(editor.delete(&path, &person.etag()).expect(409).json["code"], "in_use");
        editor.delete(&format!("{}/{}", list_path(&event), made.id()), &made.etag()).expect(204);
        editor.delete(&path, &person.etag()).expect(204);
        let refused = editor.post(&list_path(&event), &write).expect(422);
        assert_eq!(refused.faults().1, [("/personId".to_owned(), "unknown_reference".to_owned())]);
    }

    fn attendees_are_seen_by_who_may_see_their_event(app) {
        let (chief, author) = (app.chief_editor(), app.author());
        let event = event(&chief);
        let made = enter(&chief, &event, &delegate("Một", "private"));
        author.get(&list_path(&event)).expect(404);
        author.post(&list_path(&event), &delegate("Hai", "private")).expect(404);
        author.patch(&format!("{}/{}", list_path(&event), made.id()), &made.etag(), &json!({"name": "X"})).expect(404);
        app.anonymous().get(&list_path(&event)).expect(401);
        let other = chief.post("/api/v1/editorial/events", &json!({"title": "Khác", "kind": "other", "startsOn": "2023-02-28"})).expect(201);
        chief.patch(&format!("{}/{}", list_path(&other), made.id()), &made.etag(), &json!({"name": "X"})).expect(404);
    }
}
