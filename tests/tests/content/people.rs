//! People: who is public, in which order, under which letter, and what they appeared at.

use bantin_tests::{
    Client, both,
    client::Answer,
    content::{category, publish},
    lists::each,
};
use serde_json::{Value, json};

const DESK: &str = "/api/v1/editorial/people";

fn person(client: &Client, name: &str, listed: bool) -> Answer {
    client.post(DESK, &json!({"displayName": name, "listed": listed})).expect(201)
}

fn written_by(client: &Client, title: &str, author: &str) -> Answer {
    let section = category(client, title);
    let body = json!({"format": "text", "value": "Nội dung."});
    let write = json!({"title": title, "categoryId": section, "body": body, "authorIds": [author]});
    client.post("/api/v1/editorial/articles", &write).expect(201)
}

fn names(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|one| one["displayName"].as_str().unwrap()).collect()
}

both! {
    fn a_name_is_split_and_an_editor_may_correct_the_split(app) {
        let editor = app.chief_editor();
        let made = person(&editor, "TS. Nguyễn Văn Ánh", false);
        let parts = |answer: &Answer| ["academicTitle", "familyName", "middleName", "givenName"].map(|part| answer.data()[part].clone());
        assert_eq!(parts(&made), [json!("TS."), json!("Nguyễn"), json!("Văn"), json!("Ánh")]);
        let path = format!("{DESK}/{}", made.id());
        let corrected = editor.patch(&path, &made.etag(), &json!({"familyName": "Nguyễn Văn", "middleName": null})).expect(200);
        assert_eq!(parts(&corrected), [json!("TS."), json!("Nguyễn Văn"), Value::Null, json!("Ánh")]);
    }

    fn lists_are_by_given_name_and_pages_meet_without_a_gap(app) {
        let (editor, anybody) = (app.chief_editor(), app.anonymous());
        for name in ["Lê Đức", "Trần Ân", "Vũ An", "Bùi Án", "Phan Dũng"] {
            person(&editor, name, true);
        }
        let expected = ["Vũ An", "Bùi Án", "Trần Ân", "Phan Dũng", "Lê Đức"];
        assert_eq!(names(&anybody.get("/api/v1/people").expect(200).json), expected);
        let mut path = "/api/v1/people?limit=2".to_owned();
        let mut seen = Vec::new();
        let last = loop {
            let page = anybody.get(&path).expect(200);
            seen.extend(names(&page.json).into_iter().map(ToOwned::to_owned));
            match page.json["page"]["next"].as_str() {
                Some(next) => path = format!("/api/v1/people?limit=2&cursor={next}"),
                None => break page,
            }
        };
        assert_eq!(seen, expected);
        let back = last.json["page"]["previous"].as_str().unwrap();
        let before = anybody.get(&format!("/api/v1/people?limit=2&cursor={back}")).expect(200);
        assert_eq!(names(&before.json), ["Trần Ân", "Phan Dũng"]);
    }

    fn the_index_knows_the_letters_of_the_alphabet(app) {
        let (editor, anybody) = (app.chief_editor(), app.anonymous());
        for (name, listed) in [("Lê Đức", true), ("Trần Ân", true), ("Vũ An", true), ("Bùi Án", true), ("Phan Dũng", true), ("Lý Ẩn", false)] {
            person(&editor, name, listed);
        }
        let index = anybody.get("/api/v1/people/index").expect(200);
        let expected = [("A", 2), ("Â", 1), ("D", 1), ("Đ", 1)].map(|(initial, count)| json!({"initial": initial, "count": count}));
        assert_eq!(*index.data(), json!(expected));
        let of_a = anybody.get("/api/v1/people?filter[initial]=%C3%A1").expect(200);
        assert_eq!(names(&of_a.json), ["Vũ An", "Bùi Án"], "á asks for A");
        assert_eq!(anybody.get("/api/v1/people?filter[initial]=An").expect(400).faults().1[0].0, "filter[initial]");
    }

    fn somebody_is_public_while_something_public_shows_them_or_they_are_listed(app) {
        let (editor, anybody) = (app.chief_editor(), app.anonymous());
        let author = person(&editor, "Trần Ân", false);
        let draft = written_by(&editor, "Hội nghị", &author.id());
        anybody.get("/api/v1/people/tran-an").expect(404);
        assert_eq!(anybody.get("/api/v1/people?count=exact").expect(200).json["page"]["total"], 0);
        let published = publish(&editor, "articles", &draft);
        anybody.get("/api/v1/people/tran-an").expect(200);
        assert_eq!(names(&anybody.get("/api/v1/people").expect(200).json), ["Trần Ân"]);
        let withdraw = format!("/api/v1/editorial/articles/{}/actions/unpublish", draft.id());
        editor.post_at(&withdraw, &published.etag(), &json!({})).expect(200);
        anybody.get(&format!("/api/v1/people/{}", author.id())).expect(404);
        editor.patch(&format!("{DESK}/{}", author.id()), &author.etag(), &json!({"listed": true})).expect(200);
        anybody.get("/api/v1/people/tran-an").expect(200);
    }

    fn appearances_are_what_somebody_publicly_wrote_newest_first(app) {
        let (editor, anybody) = (app.chief_editor(), app.anonymous());
        let author = person(&editor, "Trần Ân", true).id();
        for title in ["Một", "Hai"] {
            publish(&editor, "articles", &written_by(&editor, title, &author));
            app.clock.advance(60);
        }
        written_by(&editor, "Nháp", &author);
        let answer = anybody.get("/api/v1/people/tran-an/appearances?count=exact").expect(200);
        let shown: Vec<(&str, &str, &str)> = answer.data().as_array().unwrap().iter()
            .map(|one| (one["type"].as_str().unwrap(), one["role"].as_str().unwrap(), one["slug"].as_str().unwrap()))
            .collect();
        assert_eq!(shown, [("article", "author", "hai"), ("article", "author", "mot")]);
        assert_eq!(answer.json["page"]["total"], 2);
        anybody.get("/api/v1/people/khong-ai/appearances").expect(404);
    }

    fn a_speech_is_an_appearance_of_everybody_who_gave_it_and_names_its_event(app) {
        let (editor, anybody) = (app.chief_editor(), app.anonymous());
        let (first, second) = (person(&editor, "Trần Ân", false).id(), person(&editor, "Lê Đức", false).id());
        let event = json!({"title": "Hội nghị", "kind": "conference", "startsOn": "2023-02-28"});
        let event = editor.post("/api/v1/editorial/events", &event).expect(201);
        let speech = json!({
            "eventId": event.id(), "kind": "report", "title": "Báo cáo",
            "speaker": {"personId": first, "name": "Ông Trần Ân"}, "coSpeakers": [{"personId": second, "name": "Lê Đức"}],
        });
        let speech = editor.post("/api/v1/editorial/speeches", &speech).expect(201);
        publish(&editor, "events", &event);
        publish(&editor, "speeches", &speech);
        for (slug, role) in [("tran-an", "speaker"), ("le-duc", "coSpeaker")] {
            let shown = anybody.get(&format!("/api/v1/people/{slug}/appearances")).expect(200).data()[0].clone();
            assert_eq!((&shown["type"], &shown["role"], &shown["slug"]), (&json!("speech"), &json!(role), &json!("bao-cao")));
            assert_eq!(shown["event"]["startsOn"], "2023-02-28");
        }
    }

    fn appearances_of_all_sorts_are_one_list_in_which_nothing_comes_twice(app) {
        let (editor, anybody) = (app.chief_editor(), app.anonymous());
        let who = person(&editor, "Trần Ân", false).id();
        let event = json!({"title": "Hội nghị", "kind": "conference", "startsOn": "2023-02-28"});
        let event = editor.post("/api/v1/editorial/events", &event).expect(201);
        publish(&editor, "events", &event);
        for n in 0..3 {
            // Who speaks is among those who speak with them, and twice at that.
            let speech = json!({
                "eventId": event.id(), "kind": "report", "title": format!("Báo cáo {n}"), "speaker": {"personId": who, "name": "Trần Ân"},
                "coSpeakers": [{"personId": who, "position": "Chủ nhiệm"}, {"personId": who, "position": "Thư ký"}],
            });
            app.clock.advance(60);
            publish(&editor, "speeches", &editor.post("/api/v1/editorial/speeches", &speech).expect(201));
            app.clock.advance(60);
            publish(&editor, "articles", &written_by(&editor, &format!("Bài {n}"), &who));
        }
        let list = "/api/v1/people/tran-an/appearances";
        let slugs = |answer: &Answer| each(answer, "slug");
        let all = slugs(&anybody.get(&format!("{list}?locale=vi")).expect(200));
        assert_eq!(all, ["bai-2", "bao-cao-2", "bai-1", "bao-cao-1", "bai-0", "bao-cao-0"]);
        let first = anybody.get(&format!("{list}?limit=4&count=exact&locale=*")).expect(200);
        assert_eq!((slugs(&first), &first.json["page"]["total"]), (all[..4].to_vec(), &json!(6)));
        let next = first.json["page"]["next"].as_str().unwrap();
        let rest = anybody.get(&format!("{list}?limit=4&locale=*&cursor={next}")).expect(200);
        assert_eq!((slugs(&rest), &rest.json["page"]["next"]), (all[4..].to_vec(), &Value::Null));
        let previous = rest.json["page"]["previous"].as_str().unwrap();
        assert_eq!(slugs(&anybody.get(&format!("{list}?limit=4&locale=*&cursor={previous}")).expect(200)), all[..4]);
        assert_eq!(slugs(&anybody.get(&format!("{list}?limit=4&page=2")).expect(200)), all[4..]);
    }

    fn an_old_address_leads_to_the_new_one_and_a_rename_shows_at_once(app) {
        let (editor, anybody) = (app.chief_editor(), app.anonymous());
        let made = person(&editor, "Trần Ân", true);
        editor.patch(&format!("{DESK}/{}", made.id()), &made.etag(), &json!({"displayName": "Trần Ẩn", "slug": "tran-an-so"})).expect(200);
        assert!(anybody.get("/api/v1/people/tran-an").expect(301).header("location").unwrap().ends_with("/api/v1/people/tran-an-so"));
        let moved = anybody.get("/api/v1/people/tran-an/appearances").expect(301);
        assert!(moved.header("location").unwrap().ends_with("/api/v1/people/tran-an-so/appearances"));
        assert_eq!(anybody.get("/api/v1/people/tran-an-so").expect(200).data()["displayName"], "Trần Ẩn");
    }

    fn who_was_public_is_gone_when_deleted_and_who_never_was_leaves_nothing_behind(app) {
        let (editor, anybody) = (app.chief_editor(), app.anonymous());
        for (name, slug, listed, status) in [("Lê Đức", "le-duc", true, 410), ("Lý Ẩn", "ly-an", false, 404)] {
            let made = person(&editor, name, listed);
            editor.delete(&format!("{DESK}/{}", made.id()), &made.etag()).expect(204);
            anybody.get(&format!("/api/v1/people/{slug}")).expect(status);
            anybody.get(&format!("/api/v1/people/{}", made.id())).expect(status);
        }
    }

    fn every_fault_of_a_write_is_named_with_its_place(app) {
        let editor = app.chief_editor();
        let unknown = "01900000-0000-7000-8000-00000000ffff";
        let post = json!({"position": "Giám đốc", "organisationId": unknown, "from": "2023-01-02", "to": "2023-01-01"});
        let refused = editor.post(DESK, &json!({"displayName": "X", "positions": [post]})).expect(422);
        assert_eq!(refused.faults().1, [("/positions/0/to".to_owned(), "ends_before_start".to_owned())]);
        let post = json!({"position": "Giám đốc", "organisationId": unknown});
        let refused = editor.post(DESK, &json!({"displayName": "X", "photoId": unknown, "positions": [post]})).expect(422);
        let mut faults = refused.faults().1;
        faults.sort();
        let expected = ["/photoId", "/positions/0/organisationId"].map(|pointer| (pointer.to_owned(), "unknown_reference".to_owned()));
        assert_eq!(faults, expected);
        assert_eq!(editor.post(DESK, &json!({"biography": "?"})).expect(422).faults().1, [("/displayName".to_owned(), "required".to_owned())]);
    }

    fn an_author_of_an_article_cannot_be_deleted(app) {
        let editor = app.chief_editor();
        let made = person(&editor, "Trần Ân", false);
        let draft = written_by(&editor, "Hội nghị", &made.id());
        let refused = editor.delete(&format!("{DESK}/{}", made.id()), &made.etag()).expect(409);
        assert_eq!(refused.json["uses"], json!([{"type": "article", "id": draft.id(), "title": "Hội nghị"}]));
    }
}
