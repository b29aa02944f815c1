//! Sections: a tree that is always public, and what moving, renaming and deleting do to it.

use std::sync::Arc;

use bantin_domain::category::Category;
use bantin_persistence::{StoreError, categories};
use bantin_tests::{
    both,
    content::{article, category, publish},
    node::Node,
};
use serde_json::{Value, json};

const DESK: &str = "/api/v1/editorial/categories";

fn slugs(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|one| one["slug"].as_str().unwrap()).collect()
}

both! {
    fn the_tree_is_in_the_editors_order_and_then_by_name(app) {
        let editor = app.chief_editor();
        for (name, order) in [("Ứng dụng", 1), ("Ăn sạch", 1), ("Ao cá", 1), ("Thông báo", 0)] {
            editor.post(DESK, &json!({"name": name, "order": order})).expect(201);
        }
        let tree = app.anonymous().get("/api/v1/categories").expect(200);
        assert_eq!(slugs(&tree.json), ["thong-bao", "ao-ca", "an-sach", "ung-dung"]);
    }

    fn a_section_shows_the_way_down_to_it_and_what_is_below(app) {
        let editor = app.chief_editor();
        let top = category(&editor, "Tin tức");
        let middle = editor.post(DESK, &json!({"name": "Hoạt động", "parentId": top})).expect(201).id();
        editor.post(DESK, &json!({"name": "Cấp huyện", "parentId": middle})).expect(201);
        let answer = app.anonymous().get("/api/v1/categories/hoat-dong").expect(200);
        assert_eq!(answer.data()["path"], json!([{"slug": "tin-tuc", "name": "Tin tức"}, {"slug": "hoat-dong", "name": "Hoạt động"}]));
        assert_eq!(answer.data()["children"][0]["slug"], "cap-huyen");
        assert_eq!(answer.data()["children"][0]["path"][2]["slug"], "cap-huyen");
    }

    fn a_section_cannot_be_put_below_itself(app) {
        let editor = app.chief_editor();
        let top = category(&editor, "Tin tức");
        let below = editor.post(DESK, &json!({"name": "Hoạt động", "parentId": top})).expect(201).id();
        let lowest = editor.post(DESK, &json!({"name": "Cấp huyện", "parentId": below})).expect(201).id();
        for parent in [&top, &below, &lowest] {
            let refused = editor.patch(&format!("{DESK}/{top}"), "\"1\"", &json!({"parentId": parent})).expect(422);
            assert_eq!(refused.faults().1, [("/parentId".to_owned(), "cycle".to_owned())]);
        }
        let unknown = "01900000-0000-7000-8000-00000000ffff";
        let refused = editor.patch(&format!("{DESK}/{top}"), "\"1\"", &json!({"parentId": unknown})).expect(422);
        assert_eq!(refused.faults().1, [("/parentId".to_owned(), "unknown_reference".to_owned())]);
    }

    fn a_section_that_moves_takes_the_articles_in_it_and_below_it_along(app) {
        let (editor, anybody) = (app.chief_editor(), app.anonymous());
        let (old, new) = (category(&editor, "Tin tức"), category(&editor, "Thông báo"));
        let moving = editor.post(DESK, &json!({"name": "Hoạt động", "parentId": old})).expect(201).id();
        let below = editor.post(DESK, &json!({"name": "Cấp huyện", "parentId": moving})).expect(201).id();
        for (section, title) in [(&moving, "Hội nghị"), (&below, "Tập huấn"), (&old, "Ở lại")] {
            publish(&editor, "articles", &article(&editor, section, title));
        }
        let found = |section: &str| {
            let list = anybody.get(&format!("/api/v1/articles?filter[category]={section}")).expect(200);
            let mut titles: Vec<String> = slugs(&list.json).into_iter().map(ToOwned::to_owned).collect();
            titles.sort();
            titles
        };
        assert_eq!(found("tin-tuc"), ["hoi-nghi", "o-lai", "tap-huan"]);
        editor.patch(&format!("{DESK}/{moving}"), "\"1\"", &json!({"parentId": new})).expect(200);
        assert_eq!(found("tin-tuc"), ["o-lai"]);
        assert_eq!(found("thong-bao"), ["hoi-nghi", "tap-huan"]);
        assert_eq!(found("hoat-dong"), ["hoi-nghi", "tap-huan"]);
        assert_eq!(found("cap-huyen"), ["tap-huan"]);
    }

    fn an_old_address_leads_to_the_new_one_with_its_query(app) {
        let (editor, anybody) = (app.chief_editor(), app.anonymous());
        let id = category(&editor, "Thông báo");
        editor.patch(&format!("{DESK}/{id}"), "\"1\"", &json!({"slug": "thong-cao"})).expect(200);
        let moved = anybody.get("/api/v1/categories/thong-bao?locale=en").expect(301);
        assert!(moved.header("location").unwrap().ends_with("/api/v1/categories/thong-cao?locale=en"));
        editor.post(DESK, &json!({"name": "Khác", "slug": "thong-bao"})).expect(409);
        anybody.get("/api/v1/categories/khong-co").expect(404);
    }

    fn a_section_answers_in_another_language_where_it_is_named_in_it(app) {
        let (editor, anybody) = (app.chief_editor(), app.anonymous());
        let english = json!({"en": {"name": "News", "slug": "news"}});
        editor.post(DESK, &json!({"name": "Tin tức", "translations": english})).expect(201);
        let answer = anybody.get("/api/v1/categories/news?locale=en").expect(200);
        assert_eq!((answer.data()["name"].as_str(), answer.data()["slug"].as_str()), (Some("News"), Some("news")));
        assert_eq!(anybody.get("/api/v1/categories/tin-tuc?locale=vi").expect(200).data()["name"], "Tin tức");
    }

    fn what_is_in_use_is_not_deleted_and_what_was_deleted_is_gone(app) {
        let (editor, anybody) = (app.chief_editor(), app.anonymous());
        let (used, free) = (category(&editor, "Tin tức"), category(&editor, "Thông báo"));
        let draft = article(&editor, &used, "Hội nghị");
        let refused = editor.delete(&format!("{DESK}/{used}"), "\"1\"").expect(409);
        assert_eq!((refused.json["code"].as_str(), refused.json["uses"][0]["id"].as_str()), (Some("in_use"), Some(draft.id().as_str())));
        editor.delete(&format!("{DESK}/{free}"), "\"1\"").expect(204);
        anybody.get("/api/v1/categories/thong-bao").expect(410);
        anybody.get(&format!("/api/v1/categories/{free}")).expect(410);
    }

    fn an_edit_says_which_version_it_means(app) {
        let editor = app.chief_editor();
        let id = category(&editor, "Tin tức");
        let path = format!("{DESK}/{id}");
        editor.json("PATCH", &path, &[], &json!({"order": 3})).expect(428);
        assert_eq!(editor.patch(&path, "\"1\"", &json!({"order": 3})).expect(200).etag(), "\"2\"");
        editor.patch(&path, "\"1\"", &json!({"order": 4})).expect(412);
        editor.send("DELETE", &path, &[], None).expect(428);
        editor.delete(&path, "\"1\"").expect(412);
        // Saying again what is so changes nothing, the version included.
        assert_eq!(editor.patch(&path, "\"2\"", &json!({"order": 3, "name": "Tin tức"})).expect(200).etag(), "\"2\"");
    }

    fn every_node_sees_each_change_at_once_and_reads_nothing_anew_before_it(app) {
        let (editor, node) = (app.chief_editor(), Node::beside(&app));
        let read = || -> Arc<[Category]> { node.app.store().public::<_, StoreError>(categories::all).unwrap() };
        let names = || read().iter().map(|one| one.content.name.to_string()).collect::<Vec<_>>();
        assert_eq!(names(), Vec::<String>::new());
        let id = category(&editor, "Tin tức");
        assert_eq!(names(), ["Tin tức"]);
        let path = format!("{DESK}/{id}");
        editor.patch(&path, "\"1\"", &json!({"name": "Thông báo"})).expect(200);
        assert_eq!(names(), ["Thông báo"]);
        editor.patch(&path, "\"1\"", &json!({"name": "Thông cáo"})).expect(412);
        assert!(Arc::ptr_eq(&read(), &read()));
        let before = read();
        // Renaming and making another in one act, which fails as a whole.
        let acts = json!({"atomic": true, "operations": [
            {"method": "PATCH", "path": format!("/categories/{id}"), "ifMatch": "\"2\"", "body": {"name": "Thông cáo"}},
            {"method": "POST", "path": "/categories", "body": {"name": ""}},
        ]});
        editor.post("/api/v1/editorial/batch", &acts).expect(422);
        assert!(Arc::ptr_eq(&read(), &before));
        editor.delete(&path, "\"2\"").expect(204);
        assert_eq!(names(), Vec::<String>::new());
    }

    fn only_the_desk_makes_sections(app) {
        app.anonymous().post(DESK, &json!({"name": "Tin tức"})).expect(401);
        app.author().post(DESK, &json!({"name": "Tin tức"})).expect(403);
        assert_eq!(slugs(&app.anonymous().get("/api/v1/categories").expect(200).json), Vec::<&str>::new());
    }
}
