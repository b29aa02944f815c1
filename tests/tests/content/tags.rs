//! Tags: one per name, and public only while something visible carries them.

use bantin_tests::{
    Client, both,
    client::Answer,
    content::{category, publish},
};
use serde_json::{Value, json};

const DESK: &str = "/api/v1/editorial/tags";

fn tagged(client: &Client, title: &str, tags: &[&str]) -> Answer {
    let section = category(client, title);
    let body = json!({"format": "text", "value": "Nội dung."});
    let write = json!({"title": title, "categoryId": section, "body": body, "tags": tags});
    client.post("/api/v1/editorial/articles", &write).expect(201)
}

fn names(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

both! {
    fn a_tag_is_found_however_its_name_is_typed(app) {
        let editor = app.chief_editor();
        let first = tagged(&editor, "Một", &["Chuyển giao", "chuyen giao", "Đo lường"]);
        assert_eq!(first.data()["tags"], json!(["Chuyển giao", "Đo lường"]));
        let second = tagged(&editor, "Hai", &["DO LUONG"]);
        assert_eq!(second.data()["tags"], json!(["Đo lường"]));
        assert_eq!(names(&editor.get(DESK).expect(200).json), ["Chuyển giao", "Đo lường"]);
        assert_eq!(editor.post(DESK, &json!({"name": "đo lường"})).expect(409).json["code"], "name_taken");
    }

    fn a_tag_is_public_only_while_something_public_carries_it(app) {
        let (editor, anybody) = (app.chief_editor(), app.anonymous());
        let draft = tagged(&editor, "Một", &["Đo lường"]);
        assert_eq!(names(&anybody.get("/api/v1/tags").expect(200).json), Vec::<&str>::new());
        anybody.get("/api/v1/tags/do-luong").expect(404);
        let published = publish(&editor, "articles", &draft);
        assert_eq!(anybody.get("/api/v1/tags?count=exact").expect(200).json["page"]["total"], 1);
        assert_eq!(anybody.get("/api/v1/tags/do-luong").expect(200).data()["name"], "Đo lường");
        let withdraw = format!("/api/v1/editorial/articles/{}/actions/unpublish", draft.id());
        editor.post_at(&withdraw, &published.etag(), &json!({})).expect(200);
        anybody.get("/api/v1/tags/do-luong").expect(404);
    }

    fn an_author_may_make_a_tag_but_not_change_one(app) {
        let author = app.author();
        let tag = author.post(DESK, &json!({"name": "Đo lường"})).expect(201);
        author.patch(&format!("{DESK}/{}", tag.id()), &tag.etag(), &json!({"name": "Khác"})).expect(403);
    }

    fn an_address_that_was_chosen_is_refused_where_another_tag_has_it(app) {
        let editor = app.chief_editor();
        editor.post(DESK, &json!({"name": "Đo lường"})).expect(201);
        let refused = editor.post(DESK, &json!({"name": "Cân đong", "slug": "do-luong"})).expect(409);
        assert_eq!(refused.faults(), ("slug_taken".to_owned(), vec![("/slug".to_owned(), "slug_taken".to_owned())]));
    }

    fn a_tag_in_use_is_not_deleted_and_one_that_nobody_saw_leaves_nothing_behind(app) {
        let (editor, anybody) = (app.chief_editor(), app.anonymous());
        tagged(&editor, "Một", &["Đo lường"]);
        let used = editor.get(DESK).expect(200).json["data"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(editor.delete(&format!("{DESK}/{used}"), "\"1\"").expect(409).json["code"], "in_use");
        let free = editor.post(DESK, &json!({"name": "Bão"})).expect(201);
        editor.delete(&format!("{DESK}/{}", free.id()), &free.etag()).expect(204);
        anybody.get("/api/v1/tags/bao").expect(404);
        assert_eq!(editor.post(DESK, &json!({"name": "Báo"})).expect(201).data()["slug"], "bao");
    }
}
