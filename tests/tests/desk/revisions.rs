//! The history of content: every save is a revision, which can be read, named, compared and restored.

use bantin_tests::{Answer, Client, both, content};
use serde_json::{Value, json};

/// An article that was saved three times; the first save is public.
fn history(editor: &Client) -> (String, Answer) {
    let section = content::category(editor, "Tin");
    let html = |value: &str| json!({"format": "html", "value": value});
    let write = json!({
        "title": "Hội nghị tổng kết", "categoryId": section, "tags": ["KH&CN"],
        "body": html("<p>Sáng 28/02, Sở tổ chức hội nghị.</p><p>Tham dự có <strong>50</strong> đại biểu.</p>"),
    });
    let published = content::publish(editor, "articles", &content::made(editor, "articles", &write));
    let path = format!("/api/v1/editorial/articles/{}", published.id());
    let second = json!({
        "title": "Hội nghị sơ kết",
        "body": html("<p>Sáng 28/02, Sở tổ chức hội nghị.</p><p>Tham dự có <strong>70</strong> đại biểu.</p><p>Tin: P.K</p>"),
    });
    let edited = editor.patch(&path, &published.etag(), &second).expect(200);
    let edited =
        editor.patch(&path, &edited.etag(), &json!({"byline": "P.K", "tags": ["KH&CN", "Sơ kết"]})).expect(200);
    (format!("{path}/revisions"), edited)
}

fn numbers(list: &Answer) -> Vec<i64> {
    list.data().as_array().unwrap().iter().map(|one| one["number"].as_i64().unwrap()).collect()
}

/// The field of that name in a difference.
fn field<'a>(diff: &'a Answer, name: &str) -> &'a Value {
    diff.data()["fields"].as_array().unwrap().iter().find(|one| one["field"] == name).unwrap()
}

/// One side of a list of pieces.
fn side(pieces: &Value, without: &str, member: &str) -> String {
    let pieces = pieces.as_array().unwrap().iter().filter(|piece| piece["op"] != without);
    pieces.map(|piece| piece[member].as_str().unwrap()).collect()
}

both! {
    fn every_save_is_a_revision(app) {
        let editor = app.chief_editor();
        let (path, edited) = history(&editor);
        assert_eq!(edited.data()["revision"], 3);
        let list = editor.get(&path).expect(200);
        assert_eq!(numbers(&list), [3, 2, 1], "newest first; publishing is no save");
        let first = &list.data()[2];
        assert_eq!((&first["isPublic"], &first["label"]), (&json!(true), &Value::Null));
        assert_eq!(first["createdAt"], "2023-03-14T08:00:00+07:00");
        assert_eq!(first["createdBy"]["id"], edited.data()["createdBy"]);
        assert!(first.get("content").is_none(), "a list leaves out what they say");
        assert_eq!(list.data()[0]["isPublic"], false);
        // What changes nothing is no save.
        let same = editor.patch(path.trim_end_matches("/revisions"), &edited.etag(), &json!({"byline": "P.K"})).expect(200);
        assert_eq!(same.data()["revision"], 3);
    }

    fn a_history_is_read_page_by_page(app) {
        let editor = app.chief_editor();
        let (path, _) = history(&editor);
        let first = editor.get(&format!("{path}?limit=2&count=exact")).expect(200);
        assert_eq!((numbers(&first), &first.json["page"]["total"]), (vec![3, 2], &json!(3)));
        let next = first.json["page"]["next"].as_str().unwrap();
        let second = editor.get(&format!("{path}?limit=2&cursor={next}")).expect(200);
        assert_eq!((numbers(&second), &second.json["page"]["next"]), (vec![1], &Value::Null));
        let back = second.json["page"]["previous"].as_str().unwrap();
        assert_eq!(numbers(&editor.get(&format!("{path}?limit=2&cursor={back}")).expect(200)), [3, 2]);
        assert_eq!(numbers(&editor.get(&format!("{path}?limit=1&page=3")).expect(200)), [1]);
        editor.get(&format!("{path}?filter[state]=draft")).expect(400);
    }

    fn a_revision_says_what_was_saved_then(app) {
        let editor = app.chief_editor();
        let (path, edited) = history(&editor);
        let first = editor.get(&format!("{path}/1")).expect(200);
        let content = &first.data()["content"];
        assert_eq!(first.data()["number"], 1);
        assert_eq!((&content["title"], &content["slug"]), (&json!("Hội nghị tổng kết"), &json!("hoi-nghi-tong-ket")));
        assert_eq!((&content["byline"], &content["tags"]), (&Value::Null, &json!(["KH&CN"])));
        assert_eq!(content["body"]["format"], "blocks");
        assert_eq!(content["body"]["value"][1]["text"], "Tham dự có <strong>50</strong> đại biểu.");
        assert!(["state", "version", "allowedActions"].iter().all(|member| content.get(member).is_none()), "{content}");
        // The newest says what the item says.
        let newest = editor.get(&format!("{path}/3")).expect(200);
        for (member, value) in newest.data()["content"].as_object().unwrap() {
            assert_eq!(value, &edited.data()[member], "{member}");
        }
    }

    fn a_revision_gets_a_name_and_the_item_stays_at_its_version(app) {
        let editor = app.chief_editor();
        let (path, edited) = history(&editor);
        let named = editor.send("PATCH", &format!("{path}/2"), &[("content-type", "application/json")], Some("{\"label\": \" Bản gửi  Giám đốc \"}".as_bytes()));
        assert_eq!(named.expect(200).data()["label"], "Bản gửi Giám đốc");
        let list = editor.get(&path).expect(200);
        assert_eq!((&list.data()[1]["label"], &list.data()[0]["label"]), (&json!("Bản gửi Giám đốc"), &Value::Null));
        let item = editor.get(path.trim_end_matches("/revisions")).expect(200);
        assert_eq!(item.etag(), edited.etag(), "whoever is editing it loses nothing");
        let patch = |label: Value| editor.json("PATCH", &format!("{path}/2"), &[], &json!({"label": label}));
        assert_eq!(patch(json!("x".repeat(101))).expect(422).faults().1, [("/label".to_owned(), "too_long".to_owned())]);
        assert_eq!(patch(Value::Null).expect(200).data()["label"], Value::Null);
        editor.json("PATCH", &format!("{path}/2"), &[], &json!({"content": {}})).expect(400);
    }

    fn two_revisions_differ_by_field_and_by_word(app) {
        let editor = app.chief_editor();
        let (path, _) = history(&editor);
        let diff = editor.get(&format!("{path}/1/diff/3")).expect(200);
        let names: Vec<&Value> = diff.data()["fields"].as_array().unwrap().iter().map(|one| &one["field"]).collect();
        assert_eq!(names, ["body", "byline", "tags", "title"]);

        let title = field(&diff, "title");
        assert_eq!(title["pieces"], json!([
            {"op": "equal", "text": "Hội nghị "},
            {"op": "delete", "text": "tổng"},
            {"op": "insert", "text": "sơ"},
            {"op": "equal", "text": " kết"},
        ]));
        assert_eq!((side(&title["pieces"], "insert", "text"), title["from"].clone()), ("Hội nghị tổng kết".to_owned(), json!("Hội nghị tổng kết")));
        assert_eq!(field(&diff, "byline")["pieces"], json!([{"op": "insert", "text": "P.K"}]));
        assert_eq!(field(&diff, "tags"), &json!({"type": "value", "field": "tags", "from": ["KH&CN"], "to": ["KH&CN", "Sơ kết"]}));

        let blocks = field(&diff, "body")["blocks"].as_array().unwrap();
        let ops: Vec<&Value> = blocks.iter().map(|one| &one["op"]).collect();
        assert_eq!(ops, ["equal", "change", "insert"]);
        assert_eq!(blocks[1]["pieces"], json!([
            {"op": "equal", "html": "<p>Tham dự có <strong>"},
            {"op": "delete", "html": "50"},
            {"op": "insert", "html": "70"},
            {"op": "equal", "html": "</strong> đại biểu.</p>"},
        ]));
        assert_eq!((&blocks[1]["before"]["text"], &blocks[2]["block"]["text"]), (&json!("Tham dự có <strong>50</strong> đại biểu."), &json!("Tin: P.K")));

        // The other way round it tells the opposite, and nothing of one revision and itself.
        let back = editor.get(&format!("{path}/3/diff/1")).expect(200);
        assert_eq!(field(&back, "body")["blocks"][2]["op"], "delete");
        assert_eq!(editor.get(&format!("{path}/2/diff/2")).expect(200).data(), &json!({"from": 2, "to": 2, "fields": []}));
    }

    fn restoring_is_an_edit_and_leaves_the_public_copy(app) {
        let editor = app.chief_editor();
        let (path, edited) = history(&editor);
        let item = path.trim_end_matches("/revisions").to_owned();
        let published = content::publish(&editor, "articles", &edited);
        editor.json("POST", &format!("{path}/1/restore"), &[], &json!({})).expect(428);
        assert_eq!(editor.post_at(&format!("{path}/1/restore"), &edited.etag(), &json!({})).expect(412).json["code"], "stale");
        let restored = editor.post_at(&format!("{path}/1/restore"), &published.etag(), &json!({})).expect(200);
        assert_ne!(restored.etag(), published.etag());
        let now = editor.get(&item).expect(200);
        assert_eq!((&now.data()["title"], &now.data()["byline"], &now.data()["tags"]), (&json!("Hội nghị tổng kết"), &Value::Null, &json!(["KH&CN"])));
        assert_eq!((&now.data()["revision"], &now.data()["state"]), (&json!(4), &json!("draft")));
        assert_eq!(now.data()["hasUnpublishedChanges"], true);
        assert_eq!(editor.get(&format!("{path}/1/diff/4")).expect(200).data()["fields"], json!([]));
        let list = editor.get(&path).expect(200);
        assert_eq!(numbers(&list), [4, 3, 2, 1]);
        let public: Vec<&Value> = list.data().as_array().unwrap().iter().map(|one| &one["isPublic"]).collect();
        assert_eq!(public, [false, true, false, false]);
        assert_eq!(app.anonymous().get("/api/v1/articles/hoi-nghi-tong-ket").expect(200).data()["title"], "Hội nghị sơ kết");
        // Restoring what is there already writes nothing.
        let again = editor.post_at(&format!("{path}/4/restore"), &now.etag(), &json!({})).expect(200);
        assert_eq!(again.etag(), now.etag());
    }

    fn an_old_address_comes_back_unless_another_has_it_now(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let draft = content::article(&editor, &section, "Tên đầu");
        let item = format!("/api/v1/editorial/articles/{}", draft.id());
        let renamed = editor.patch(&item, &draft.etag(), &json!({"slug": "ten-hai"})).expect(200);
        let restored = editor.post_at(&format!("{item}/revisions/1/restore"), &renamed.etag(), &json!({})).expect(200);
        let now = editor.get(&item).expect(200);
        assert_eq!((&now.data()["slug"], now.etag()), (&json!("ten-dau"), restored.etag()));
        // "ten-hai" was never public, so another may take it.
        let other = content::article(&editor, &section, "Tên hai");
        assert_eq!(other.data()["slug"], "ten-hai");
        editor.post_at(&format!("{item}/revisions/2/restore"), &now.etag(), &json!({})).expect(200);
        assert_eq!(editor.get(&item).expect(200).data()["slug"], "ten-dau");
    }

    fn what_a_revision_refers_to_must_still_be_there(app) {
        let editor = app.admin();
        let section = content::category(&editor, "Tin");
        let person = content::made(&editor, "people", &json!({"displayName": "Lê Thị B"}));
        let write = json!({"title": "Tin", "categoryId": section, "authorIds": [person.id()], "body": {"format": "text", "value": "Tin"}});
        let draft = content::made(&editor, "articles", &write);
        let item = format!("/api/v1/editorial/articles/{}", draft.id());
        let edited = editor.patch(&item, &draft.etag(), &json!({"authorIds": []})).expect(200);
        editor.delete(&format!("/api/v1/editorial/people/{}", person.id()), &person.etag()).expect(204);
        let refused = editor.post_at(&format!("{item}/revisions/1/restore"), &edited.etag(), &json!({})).expect(422);
        assert_eq!(refused.faults().1, [("/authorIds/0".to_owned(), "unknown_reference".to_owned())]);
        assert_eq!(numbers(&editor.get(&format!("{item}/revisions")).expect(200)), [2, 1]);
    }

    fn a_page_cannot_be_put_back_below_itself(app) {
        let editor = app.chief_editor();
        let page = |title: &str, parent: Option<String>| {
            content::made(&editor, "pages", &json!({"title": title, "parentId": parent, "body": {"format": "text", "value": "Về Sở."}}))
        };
        let above = page("Giới thiệu", None);
        let below = page("Cơ cấu", Some(above.id()));
        let path = |page: &Answer| format!("/api/v1/editorial/pages/{}", page.id());
        let freed = editor.patch(&path(&below), &below.etag(), &json!({"parentId": null})).expect(200);
        editor.patch(&path(&above), &above.etag(), &json!({"parentId": below.id()})).expect(200);
        let refused = editor.post_at(&format!("{}/revisions/1/restore", path(&below)), &freed.etag(), &json!({})).expect(422);
        assert_eq!(refused.faults().1, [("/parentId".to_owned(), "cycle".to_owned())]);
    }

    fn who_may_not_date_an_article_back_may_not_by_restoring_either(app) {
        let chief = app.chief_editor();
        let section = content::category(&chief, "Tin");
        let write = json!({"title": "Tin", "categoryId": section, "publishedAt": "2020-01-01T00:00:00+07:00", "body": {"format": "text", "value": "Tin"}});
        let draft = content::made(&chief, "articles", &write);
        let item = format!("/api/v1/editorial/articles/{}", draft.id());
        let edited = chief.patch(&item, &draft.etag(), &json!({"publishedAt": null})).expect(200);
        app.editor().post_at(&format!("{item}/revisions/1/restore"), &edited.etag(), &json!({})).expect(403);
        chief.post_at(&format!("{item}/revisions/1/restore"), &edited.etag(), &json!({})).expect(200);
    }

    fn a_history_is_hidden_from_whom_the_item_is_hidden_from(app) {
        let editor = app.chief_editor();
        let (path, edited) = history(&editor);
        let author = app.author();
        for read in ["", "/1", "/1/diff/2"] {
            assert_eq!(author.get(&format!("{path}{read}")).expect(404).json["code"], "not_found");
        }
        author.json("PATCH", &format!("{path}/1"), &[], &json!({"label": "x"})).expect(404);
        author.post_at(&format!("{path}/1/restore"), &edited.etag(), &json!({})).expect(404);
        app.anonymous().get(&path).expect(401);
        assert_eq!(editor.get(&path).expect(200).data()[2]["label"], Value::Null);
    }

    fn a_revision_that_does_not_exist_is_not_found(app) {
        let editor = app.chief_editor();
        let (path, edited) = history(&editor);
        for nothing in ["/0", "/4", "/-1", "/01", "/+1", "/1e0", "/99999999999999999999", "/x", "/1/diff/4", "/4/diff/1", "/1/diff/x"] {
            editor.get(&format!("{path}{nothing}")).expect(404);
        }
        editor.post_at(&format!("{path}/4/restore"), &edited.etag(), &json!({})).expect(404);
        editor.json("PATCH", &format!("{path}/4"), &[], &json!({"label": "x"})).expect(404);
        // The item of another collection, and a collection that has no history.
        editor.get(&path.replace("/articles/", "/events/")).expect(404);
        editor.get(&path.replace("/articles/", "/tags/")).expect(404);
    }

    fn every_kind_of_content_has_a_history(app) {
        let editor = app.chief_editor();
        let event = content::event(&editor, "Hội nghị");
        let speech = content::made(&editor, "speeches", &json!({"eventId": event.id(), "kind": "opening", "title": "Khai mạc"}));
        let page = content::made(&editor, "pages", &json!({"title": "Giới thiệu", "body": {"format": "text", "value": "Về Sở."}}));
        let writes = [
            ("events", &event, json!({"endsOn": "2023-03-01"}), "endsOn"),
            ("speeches", &speech, json!({"durationMinutes": 15}), "durationMinutes"),
            ("pages", &page, json!({"order": 7}), "order"),
        ];
        for (collection, item, change, member) in writes {
            let path = format!("/api/v1/editorial/{collection}/{}", item.id());
            let edited = editor.patch(&path, &item.etag(), &change).expect(200);
            assert_eq!(numbers(&editor.get(&format!("{path}/revisions")).expect(200)), [2, 1], "{collection}");
            let diff = editor.get(&format!("{path}/revisions/1/diff/2")).expect(200);
            let changed = field(&diff, member);
            assert_eq!((&changed["from"], &changed["to"]), (&item.data()[member], &change[member]), "{collection}");
            editor.post_at(&format!("{path}/revisions/1/restore"), &edited.etag(), &json!({})).expect(200);
            assert_eq!(editor.get(&path).expect(200).data()[member], item.data()[member], "{collection}");
        }
    }
}
