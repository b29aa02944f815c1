//! Standing pages: a tree in the editors' order.

use bantin_tests::{Answer, Client, both, content};
use serde_json::{Value, json};

fn page(client: &Client, title: &str, more: Value) -> Answer {
    let mut write = json!({"title": title, "body": {"format": "html", "value": format!("<p>{title}.</p>")}});
    write.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.post("/api/v1/editorial/pages", &write).expect(201)
}

fn slugs(answer: &Answer) -> Vec<String> {
    answer.data().as_array().unwrap().iter().map(|row| row["slug"].as_str().unwrap().to_owned()).collect()
}

both! {
    fn pages_stand_in_the_editors_order(app) {
        let editor = app.chief_editor();
        for (title, order) in [("Liên hệ", 20), ("Giới thiệu", 10), ("Sơ đồ", 20)] {
            content::publish(&editor, "pages", &page(&editor, title, json!({"order": order})));
        }
        page(&editor, "Nháp", json!({"order": 1}));
        let public = app.anonymous();
        let whole = public.get("/api/v1/pages").expect(200);
        assert_eq!(slugs(&whole), ["gioi-thieu", "lien-he", "so-do"]);
        assert_eq!(whole.data()[0].get("body"), None);
        let first = public.get("/api/v1/pages?limit=2&count=exact").expect(200);
        assert_eq!(first.json["page"]["total"], 3);
        let next = public.get(&format!("/api/v1/pages?limit=2&cursor={}", first.json["page"]["next"].as_str().unwrap())).expect(200);
        assert_eq!(slugs(&next), ["so-do"]);
        let read = public.get("/api/v1/pages/lien-he").expect(200);
        assert_eq!((&read.data()["type"], &read.data()["body"]["value"]), (&json!("page"), &json!("<p>Liên hệ.</p>")));
    }

    fn the_page_above_is_named_while_it_is_public(app) {
        let editor = app.chief_editor();
        let above = page(&editor, "Giới thiệu", json!({}));
        let below = page(&editor, "Lịch sử", json!({"parentId": above.id()}));
        content::publish(&editor, "pages", &below);
        let public = app.anonymous();
        let parent = || public.get("/api/v1/pages/lich-su").expect(200).data()["parentId"].clone();
        assert_eq!(parent(), Value::Null);
        let published = content::publish(&editor, "pages", &above);
        assert_eq!(parent(), json!(above.id()));
        let path = format!("/api/v1/editorial/pages/{}/actions/unpublish", above.id());
        editor.post_at(&path, &published.etag(), &json!({"reason": "cũ"})).expect(200);
        assert_eq!(parent(), Value::Null);
        public.get("/api/v1/pages/gioi-thieu").expect(410);
    }

    fn a_page_cannot_stand_below_itself(app) {
        let editor = app.chief_editor();
        let top = page(&editor, "Trên", json!({}));
        let middle = page(&editor, "Giữa", json!({"parentId": top.id()}));
        let bottom = page(&editor, "Dưới", json!({"parentId": middle.id()}));
        let path = format!("/api/v1/editorial/pages/{}", top.id());
        for parent in [&top, &middle, &bottom] {
            let refused = editor.patch(&path, &top.etag(), &json!({"parentId": parent.id()})).expect(422);
            assert_eq!(refused.faults().1, [("/parentId".to_owned(), "cycle".to_owned())]);
        }
        assert_eq!(editor.get(&path).expect(200).etag(), top.etag(), "a refusal writes nothing");
        let lost = json!({"title": "Lạc", "body": {"format": "text", "value": "a"}, "parentId": "01900000-0000-7000-8000-00000000dead"});
        let refused = editor.post("/api/v1/editorial/pages", &lost).expect(422);
        assert_eq!(refused.faults().1, [("/parentId".to_owned(), "unknown_reference".to_owned())]);
    }

    fn a_page_without_a_text_cannot_be_published(app) {
        let editor = app.chief_editor();
        let empty = editor.post("/api/v1/editorial/pages", &json!({"title": "Trống", "body": {"format": "html", "value": ""}})).expect(201);
        let path = format!("/api/v1/editorial/pages/{}/actions/publish", empty.id());
        let refused = editor.post_at(&path, &empty.etag(), &json!({})).expect(422);
        assert_eq!(refused.faults(), ("not_publishable".to_owned(), vec![("/body".to_owned(), "required".to_owned())]));
    }
}
