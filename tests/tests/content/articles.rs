//! Articles: written at the desk, read by everybody.

use bantin_tests::{Db, TestApp, both, content};
use serde_json::json;

both! {
    fn a_draft_is_seen_by_nobody_and_an_article_by_everybody(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Hoạt động KH&CN");
        let draft = content::article(&editor, &section, "Hội nghị tổng kết");
        assert_eq!(draft.data()["state"], "draft");
        assert_eq!(draft.data()["slug"], "hoi-nghi-tong-ket");
        assert_eq!(draft.data()["allowedActions"], json!(["edit", "assign", "submit", "publish", "schedule", "archive", "trash"]));
        assert_eq!(draft.etag(), "\"1\"");

        let public = app.anonymous();
        let path = format!("/api/v1/articles/{}", draft.id());
        assert_eq!(public.get(&path).expect(404).json["code"], "not_found");
        public.get("/api/v1/articles/hoi-nghi-tong-ket").expect(404);
        assert_eq!(public.get("/api/v1/articles").expect(200).data(), &json!([]));

        let published = content::publish(&editor, "articles", &draft);
        assert_eq!(published.data()["state"], "published");
        assert_eq!(published.data()["hasUnpublishedChanges"], false);
        assert_eq!(published.data()["public"]["slug"], "hoi-nghi-tong-ket");

        let read = public.get("/api/v1/articles/hoi-nghi-tong-ket").expect(200);
        assert_eq!(read.data()["publishedAt"], "2023-03-14T08:00:00+07:00");
        assert_eq!(read.data()["body"], json!({"format": "html", "value": "<p>Hội nghị tổng kết, nội dung.</p>"}));
        assert_eq!(read.data()["category"]["slug"], "hoat-dong-kh-cn");
        assert_eq!(read.header("content-language"), Some("vi"));
        assert_eq!(public.get(&path).expect(200).data(), read.data());
        let list = public.get("/api/v1/articles").expect(200);
        assert_eq!(list.data()[0]["id"], draft.data()["id"]);
        assert_eq!(list.data()[0].get("body"), None, "lists leave the text out");
    }

    fn what_is_known_already_is_not_sent_again(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let draft = content::article(&editor, &section, "Một tin");
        content::publish(&editor, "articles", &draft);
        let public = app.anonymous();
        let first = public.get("/api/v1/articles/mot-tin").expect(200);
        let again = public.send("GET", "/api/v1/articles/mot-tin", &[("if-none-match", &first.etag())], None).expect(304);
        assert!(again.bytes.is_empty());
        let head = public.send("HEAD", "/api/v1/articles/mot-tin", &[], None).expect(200);
        assert_eq!((head.bytes.len(), head.etag()), (0, first.etag()));
    }

    fn an_edit_waits_for_its_publication(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let draft = content::article(&editor, &section, "Bản đầu");
        let published = content::publish(&editor, "articles", &draft);
        app.clock.advance(60);
        let path = format!("/api/v1/editorial/articles/{}", draft.id());
        let edited = editor.patch(&path, &published.etag(), &json!({"title": "Bản hai", "byline": "P.K"})).expect(200);
        assert_eq!((edited.data()["state"].as_str(), edited.data()["hasUnpublishedChanges"].as_bool()), (Some("draft"), Some(true)));
        let public = app.anonymous();
        assert_eq!(public.get("/api/v1/articles/ban-dau").expect(200).data()["title"], "Bản đầu");
        content::publish(&editor, "articles", &edited);
        let read = public.get("/api/v1/articles/ban-dau").expect(200);
        assert_eq!((&read.data()["title"], &read.data()["byline"]), (&json!("Bản hai"), &json!("P.K")));
        assert_eq!(read.data()["publishedAt"], "2023-03-14T08:00:00+07:00", "the date shown is that of the first publication");
        assert_eq!(read.data()["updatedAt"], "2023-03-14T08:01:00+07:00");
    }

    fn a_withdrawn_article_is_gone_and_its_old_slug_leads_on(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let draft = content::article(&editor, &section, "Tên cũ");
        let published = content::publish(&editor, "articles", &draft);
        let path = format!("/api/v1/editorial/articles/{}", draft.id());
        let renamed = editor.patch(&path, &published.etag(), &json!({"slug": "ten-moi"})).expect(200);
        let public = app.anonymous();
        public.get("/api/v1/articles/ten-cu").expect(200);
        public.get("/api/v1/articles/ten-moi").expect(404);
        let published = content::publish(&editor, "articles", &renamed);
        let moved = public.get("/api/v1/articles/ten-cu?body=text").expect(301);
        assert_eq!(moved.header("location"), Some("https://tin.example/api/v1/articles/ten-moi?body=text"));
        editor.post_at(&format!("{path}/actions/unpublish"), &published.etag(), &json!({})).expect(200);
        for gone in ["ten-cu", "ten-moi", &draft.id()] {
            assert_eq!(public.get(&format!("/api/v1/articles/{gone}")).expect(410).json["code"], "gone");
        }
        let other = content::article(&editor, &section, "Tên cũ");
        assert_eq!(other.data()["slug"], "ten-cu-2", "a slug that was public is never given to another");
    }

    fn what_was_withdrawn_comes_back_with_its_old_date_and_its_correction(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let published = content::publish(&editor, "articles", &content::article(&editor, &section, "Một tin"));
        let path = format!("/api/v1/editorial/articles/{}", published.id());
        let withdrawn = editor.post_at(&format!("{path}/actions/unpublish"), &published.etag(), &json!({})).expect(200);
        app.clock.advance(300);
        content::publish_with(&editor, "articles", &withdrawn, &json!({"correction": "Số liệu đã được sửa."}));
        let read = app.anonymous().get("/api/v1/articles/mot-tin").expect(200);
        assert_eq!(read.data()["publishedAt"], "2023-03-14T08:00:00+07:00", "old news does not come back as new");
        assert_eq!(read.data()["corrections"], json!([{"at": "2023-03-14T08:05:00+07:00", "text": "Số liệu đã được sửa."}]));
        assert_eq!(read.data()["correctedAt"], "2023-03-14T08:05:00+07:00");
    }

    fn a_date_lies_in_the_past_and_may_be_said_again_by_whoever_edits(app) {
        let chief = app.chief_editor();
        let section = content::category(&chief, "Tin");
        let write = |date: &str| json!({"title": "Tin", "categoryId": section, "publishedAt": date, "body": {"format": "text", "value": "Tin"}});
        let pinned = chief.post("/api/v1/editorial/articles", &write("2099-01-01T00:00:00+07:00")).expect(422);
        assert_eq!(pinned.faults(), ("out_of_range".to_owned(), vec![("/publishedAt".to_owned(), "out_of_range".to_owned())]));
        let dated = chief.post("/api/v1/editorial/articles", &write("2020-01-01T00:00:00+07:00")).expect(201);
        let editor = app.editor();
        editor.post("/api/v1/editorial/articles", &write("2020-01-01T00:00:00+07:00")).expect(403);
        let path = format!("/api/v1/editorial/articles/{}", dated.id());
        editor.patch(&path, &dated.etag(), &json!({"publishedAt": dated.data()["publishedAt"], "byline": "P.K"})).expect(200);
    }

    fn an_action_needs_no_document_and_ignores_no_parameter(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let draft = content::article(&editor, &section, "Một tin");
        let path = format!("/api/v1/editorial/articles/{}/actions/publish", draft.id());
        let refused = editor.post_at(&format!("{path}?dryrun=true"), &draft.etag(), &json!({})).expect(400);
        assert_eq!(refused.faults(), ("unknown_parameter".to_owned(), vec![("dryrun".to_owned(), "unknown_parameter".to_owned())]));
        app.anonymous().get("/api/v1/articles/mot-tin").expect(404);
        editor.send("POST", &path, &[("if-match", &draft.etag())], None).expect(200);
        app.anonymous().get("/api/v1/articles/mot-tin").expect(200);
    }

    fn an_article_is_written_in_a_language_of_the_site(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let body = json!({"format": "text", "value": "Tin"});
        let write = |locale: &str| json!({"title": "Tin", "categoryId": section, "locale": locale, "body": body});
        let refused = editor.post("/api/v1/editorial/articles", &write("fr")).expect(422);
        assert_eq!(refused.faults(), ("invalid_locale".to_owned(), vec![("/locale".to_owned(), "invalid_locale".to_owned())]));
        editor.post("/api/v1/editorial/articles", &write("en")).expect(201);
    }

    fn two_editors_do_not_overwrite_each_other(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let draft = content::article(&editor, &section, "Một tin");
        let path = format!("/api/v1/editorial/articles/{}", draft.id());
        editor.patch(&path, &draft.etag(), &json!({"byline": "A"})).expect(200);
        let late = editor.patch(&path, &draft.etag(), &json!({"byline": "B"})).expect(412);
        assert_eq!(late.json["code"], "stale");
        assert_eq!(editor.json("PATCH", &path, &[], &json!({"byline": "B"})).expect(428).json["code"], "precondition_required");
        assert_eq!(editor.get(&path).expect(200).data()["byline"], "A");
    }

    fn writing_back_what_was_read_changes_nothing(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let value = "<h2>Đầu đề</h2><p>Một <strong>hai</strong> <a href=\"https://so.example/\">ba</a></p><ul><li>bốn</li></ul>";
        let draft = editor.post("/api/v1/editorial/articles", &json!({"title": "Tin", "categoryId": section, "body": {"format": "html", "value": value}})).expect(201);
        let path = format!("/api/v1/editorial/articles/{}", draft.id());
        for format in ["html", "markdown", "blocks"] {
            let read = editor.get(&format!("{path}?body={format}")).expect(200);
            let same = editor.patch(&path, &draft.etag(), &json!({"body": read.data()["body"]})).expect(200);
            assert_eq!(same.etag(), draft.etag(), "{format}");
        }
    }

    fn what_the_sanitizer_took_out_is_said(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let value = "<p onclick=\"x()\">Tin</p><script>alert(1)</script>";
        let made = editor.post("/api/v1/editorial/articles", &json!({"title": "Tin", "categoryId": section, "body": {"format": "html", "value": value}})).expect(201);
        let warnings: Vec<(&str, &str)> = made.json["warnings"].as_array().unwrap().iter().map(|one| (one["code"].as_str().unwrap(), one["removed"].as_str().unwrap())).collect();
        assert!(warnings.contains(&("removed_element", "<script>")), "{warnings:?}");
        assert!(warnings.iter().any(|(code, _)| *code == "removed_attribute"), "{warnings:?}");
        content::publish(&editor, "articles", &made);
        let html = app.anonymous().get("/api/v1/articles/tin").expect(200);
        assert_eq!(html.data()["body"]["value"], "<p>Tin</p>");
    }

    fn pages_go_on_where_the_last_one_ended(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        for n in 1..=5 {
            app.clock.advance(60);
            content::publish(&editor, "articles", &content::article(&editor, &section, &format!("Tin số {n}")));
        }
        let public = app.anonymous();
        let slugs = |answer: &bantin_tests::Answer| -> Vec<String> {
            answer.data().as_array().unwrap().iter().map(|one| one["slug"].as_str().unwrap().to_owned()).collect()
        };
        let first = public.get("/api/v1/articles?limit=2&count=exact").expect(200);
        assert_eq!(slugs(&first), ["tin-so-5", "tin-so-4"]);
        assert_eq!((&first.json["page"]["total"], &first.json["page"]["pages"]), (&json!(5), &json!(3)));
        // What appears meanwhile on top neither repeats nor hides a row below.
        app.clock.advance(60);
        content::publish(&editor, "articles", &content::article(&editor, &section, "Tin số 6"));
        let cursor = first.json["page"]["next"].as_str().unwrap();
        let second = public.get(&format!("/api/v1/articles?limit=2&cursor={cursor}")).expect(200);
        assert_eq!(slugs(&second), ["tin-so-3", "tin-so-2"]);
        let back = second.json["page"]["previous"].as_str().unwrap();
        assert_eq!(slugs(&public.get(&format!("/api/v1/articles?limit=2&cursor={back}")).expect(200)), ["tin-so-5", "tin-so-4"]);
        let by_number = public.get("/api/v1/articles?limit=2&page=2").expect(200);
        assert_eq!(slugs(&by_number), ["tin-so-4", "tin-so-3"]);
        let other = public.get(&format!("/api/v1/articles?filter[category]=tin&cursor={cursor}")).expect(400);
        assert_eq!(other.json["code"], "invalid_cursor");
        assert_eq!(slugs(&public.get("/api/v1/articles?filter[category]=tin&limit=1").expect(200)), ["tin-so-6"]);
        assert_eq!(public.get("/api/v1/articles?filter[category]=khong-co").expect(200).data(), &json!([]));
    }
}

#[test]
fn the_two_databases_have_the_same_migrations() {
    let names = |side: &str| {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations").join(side);
        let mut names: Vec<String> =
            std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
    // Both can really be started: a kit that never ran one of them would be green for nothing.
    for db in [Db::Sqlite, Db::Postgres] {
        TestApp::start(db).anonymous().get("/livez").expect(200);
    }
}
