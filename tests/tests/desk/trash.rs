//! The trash: out of sight, not out of the world, until somebody purges it.

use bantin_tests::{Answer, Client, both, content};
use serde_json::{Value, json};

const ID: &str = "01900000-0000-7000-8000-0000000000a1";

fn path(item: &Answer) -> String {
    format!("/api/v1/editorial/articles/{}", item.id())
}

/// Puts an article in the trash and reads it there.
fn trash(client: &Client, item: &Answer) -> Answer {
    client.delete(&path(item), &item.etag()).expect(204);
    client.get(&path(item)).expect(200)
}

fn ids(list: &Answer) -> Vec<Value> {
    list.data().as_array().unwrap().iter().map(|one| one["id"].clone()).collect()
}

both! {
    fn what_is_deleted_lies_in_the_trash_and_comes_back_as_a_draft(app) {
        let chief = app.chief_editor();
        let section = content::category(&chief, "Tin");
        let published = content::publish(&chief, "articles", &content::article(&chief, &section, "Một tin"));
        let trashed = trash(&chief, &published);
        assert_eq!((&trashed.data()["state"], &trashed.data()["trashedAt"]), (&json!("trashed"), &json!("2023-03-14T08:00:00+07:00")));
        assert_eq!(trashed.data()["allowedActions"], json!(["restore"]));
        assert_eq!(ids(&chief.get("/api/v1/editorial/articles").expect(200)), Vec::<Value>::new());
        assert_eq!(ids(&chief.get("/api/v1/editorial/articles?filter[state]=trashed").expect(200)), [json!(published.id())]);
        app.anonymous().get("/api/v1/articles/mot-tin").expect(410);
        let edit = chief.patch(&path(&trashed), &trashed.etag(), &json!({"byline": "x"})).expect(409);
        assert_eq!((&edit.json["code"], &edit.json["state"], &edit.json["allowedActions"]), (&json!("wrong_state"), &json!("trashed"), &json!(["restore"])));
        chief.delete(&path(&trashed), &trashed.etag()).expect(409);
        let restored = chief.post_at(&format!("{}/actions/restore", path(&trashed)), &trashed.etag(), &json!({})).expect(200);
        assert_eq!((&restored.data()["state"], &restored.data()["trashedAt"], &restored.data()["public"]), (&json!("draft"), &Value::Null, &Value::Null));
        app.anonymous().get("/api/v1/articles/mot-tin").expect(410);
        content::publish(&chief, "articles", &restored);
        app.anonymous().get("/api/v1/articles/mot-tin").expect(200);
    }

    fn a_purge_is_a_permission_of_its_own_and_gives_no_id_back(app) {
        let (admin, chief) = (app.admin(), app.chief_editor());
        let section = content::category(&admin, "Tin");
        let write = json!({"id": ID, "title": "Một tin", "categoryId": section, "body": {"format": "text", "value": "Tin"}});
        let draft = content::made(&admin, "articles", &write);
        let purge = format!("{}?purge=true", path(&draft));
        let early = admin.delete(&purge, &draft.etag()).expect(409);
        assert_eq!((&early.json["code"], &early.json["state"]), (&json!("wrong_state"), &json!("draft")));
        let trashed = trash(&admin, &draft);
        chief.delete(&purge, &trashed.etag()).expect(403);
        admin.delete(&purge, "\"1\"").expect(412);
        assert!(trashed.data()["allowedActions"].as_array().unwrap().contains(&json!("purge")));
        // Whatever belongs to it goes along.
        admin.post(&format!("{}/comments", path(&draft)), &json!({"text": "Thôi."})).expect(201);
        admin.delete(&purge, &trashed.etag()).expect(204);
        admin.get(&path(&draft)).expect(404);
        admin.get(&format!("{}/comments", path(&draft))).expect(404);
        assert_eq!(ids(&admin.get("/api/v1/editorial/articles?filter[state]=trashed").expect(200)), Vec::<Value>::new());
        let again = admin.post("/api/v1/editorial/articles", &write).expect(409);
        assert_eq!((&again.json["code"], again.faults().1), (&json!("id_taken"), vec![("/id".to_owned(), "id_taken".to_owned())]));
    }

    fn a_purged_address_is_free_again_only_if_the_public_never_knew_it(app) {
        let admin = app.admin();
        let section = content::category(&admin, "Tin");
        let write = |slug: &str| json!({"title": "Tin", "slug": slug, "categoryId": section, "body": {"format": "text", "value": "Tin"}});
        let known = content::publish(&admin, "articles", &content::made(&admin, "articles", &write("da-dang")));
        let unknown = content::made(&admin, "articles", &write("chua-dang"));
        for item in [&known, &unknown] {
            let trashed = trash(&admin, item);
            admin.delete(&format!("{}?purge=true", path(item)), &trashed.etag()).expect(204);
        }
        app.anonymous().get("/api/v1/articles/da-dang").expect(410);
        app.anonymous().get(&format!("/api/v1/articles/{}", known.id())).expect(410);
        app.anonymous().get("/api/v1/articles/chua-dang").expect(404);
        assert_eq!(admin.post("/api/v1/editorial/articles", &write("da-dang")).expect(409).json["code"], "slug_taken");
        let second = content::publish(&admin, "articles", &content::made(&admin, "articles", &write("chua-dang")));
        assert_eq!(app.anonymous().get("/api/v1/articles/chua-dang").expect(200).data()["id"], json!(second.id()));
    }

    fn what_something_else_refers_to_is_not_purged(app) {
        let admin = app.admin();
        let event = content::event(&admin, "Hội nghị");
        let speech = content::made(&admin, "speeches", &json!({"eventId": event.id(), "kind": "opening", "title": "Khai mạc"}));
        let desk = format!("/api/v1/editorial/events/{}", event.id());
        admin.delete(&desk, &event.etag()).expect(204);
        let trashed = admin.get(&desk).expect(200);
        let refused = admin.delete(&format!("{desk}?purge=true"), &trashed.etag()).expect(409);
        assert_eq!(refused.json["code"], "in_use");
        assert_eq!(refused.json["uses"], json!([{"type": "speech", "id": speech.id(), "title": "Khai mạc"}]));
        admin.get(&desk).expect(200);
    }
}
