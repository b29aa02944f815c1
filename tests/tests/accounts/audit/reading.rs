//! Reading the log: who may, and which part of it.

use bantin_application::audit;
use bantin_domain::policy::Role;
use bantin_tests::{Answer, both, content};
use serde_json::{Value, json};

const LOG: &str = "/api/v1/editorial/audit-log";

fn actions(answer: &Answer) -> Vec<&str> {
    answer.data().as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect()
}

both! {
    fn an_act_is_told_with_who_what_when_and_from_where(app) {
        let admin = app.admin();
        let section = content::category(&admin, "Tin");
        let draft = content::article(&admin, &section, "Tên cũ");
        let path = format!("/api/v1/editorial/articles/{}", draft.id());
        let edited = admin.patch(&path, &draft.etag(), &json!({"title": "Tên mới", "byline": "P.K"})).expect(200);
        let entry = &admin.get(&format!("{LOG}?limit=1")).expect(200).data()[0].clone();
        let me = admin.get("/api/v1/auth/me").expect(200).json["data"]["id"].clone();
        assert_eq!((&entry["action"], &entry["resource"]), (&json!("article.edit"), &json!("article")));
        assert_eq!((&entry["resourceId"], &entry["version"]), (&json!(draft.id()), &json!(2)));
        assert_eq!((&entry["actor"]["name"], &entry["network"]), (&json!("Người thử"), &json!("127.0.0.0/24")));
        assert!(me.is_null() || entry["actor"]["id"] == me);
        assert_eq!((&entry["at"], &entry["seq"]), (&json!("2023-03-14T08:00:00+07:00"), &Value::Null));
        assert_eq!(entry["requestId"].as_str(), edited.header("x-request-id"));
        let fields: Vec<Value> = entry["fields"].as_array().unwrap().clone();
        assert!(fields.contains(&json!({"field": "title", "from": "Tên cũ", "to": "Tên mới"})), "{fields:?}");
        assert!(fields.contains(&json!({"field": "byline", "from": null, "to": "P.K"})), "{fields:?}");
        audit::seal(&app.api.app).unwrap();
        let sealed = admin.get(&format!("{LOG}?limit=1")).expect(200);
        assert!(sealed.data()[0]["seq"].as_i64().unwrap() > 0);
    }

    fn the_log_is_filtered_and_paged_newest_first(app) {
        let admin = app.admin();
        for n in 0..5 {
            admin.post("/api/v1/editorial/tags", &json!({"name": format!("thẻ {n}")})).expect(201);
        }
        app.clock.advance(60);
        let section = content::category(&admin, "Tin");
        let draft = content::article(&admin, &section, "Một tin");
        let get = |filter: &str| admin.get(&format!("{LOG}?{filter}")).expect(200);
        assert_eq!(actions(&get("limit=2")), ["article.create", "category.create"]);
        assert_eq!(actions(&get("filter[action]=tag.create")), ["tag.create"; 5]);
        assert_eq!(actions(&get("filter[resource]=category")), ["category.create"]);
        assert_eq!(actions(&get(&format!("filter[resourceId]={}", draft.id()))), ["article.create"]);
        assert_eq!(actions(&get("filter[from]=2023-03-14T08:01:00%2B07:00")).len(), 2);
        assert_eq!(actions(&get("filter[resource]=tag&filter[to]=2023-03-14T08:01:00%2B07:00")).len(), 5);
        assert_eq!(get("filter[resource]=tag&count=exact").json["page"]["total"], 5);
        let other = app.user(Role::Admin, "khac@so.example");
        other.post("/api/v1/editorial/tags", &json!({"name": "khác"})).expect(201);
        let actor = get("filter[action]=tag.create&limit=1").data()[0]["actor"]["id"].as_str().unwrap().to_owned();
        assert_eq!(actions(&get(&format!("filter[action]=tag.create&filter[actor]={actor}"))), ["tag.create"]);

        let mut seen = Vec::new();
        let mut next = Some(String::new());
        while let Some(cursor) = next {
            let page = get(&format!("filter[resource]=tag&limit=2{cursor}"));
            seen.extend(page.data().as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap().to_owned()));
            next = page.json["page"]["next"].as_str().map(|cursor| format!("&cursor={cursor}"));
        }
        assert_eq!(seen.len(), 6);
        assert!(seen.is_sorted_by(|newer, older| newer > older));
        for wrong in ["filter[resource]=nothing", "filter[actor]=x", "filter[from]=yesterday", "filter[who]=x", "sort=at"] {
            admin.get(&format!("{LOG}?{wrong}")).expect(400);
        }
    }

    fn only_who_may_read_the_log_reads_it(app) {
        for client in [app.chief_editor(), app.editor(), app.author()] {
            client.get(LOG).expect(403);
        }
        app.anonymous().get(LOG).expect(401);
        app.admin().get(LOG).expect(200);
    }

    fn an_item_tells_its_own_log_to_who_may_read_the_item(app) {
        let (admin, chief, author) = (app.admin(), app.chief_editor(), app.author());
        let section = content::category(&chief, "Tin");
        let theirs = content::article(&chief, &section, "Của người khác");
        let mine = content::article(&author, &section, "Của tôi");
        let log = |id: &str| format!("/api/v1/editorial/articles/{id}/log");
        let path = format!("/api/v1/editorial/articles/{}", mine.id());
        author.patch(&path, &mine.etag(), &json!({"byline": "P.K"})).expect(200);
        let told = author.get(&log(&mine.id())).expect(200);
        assert_eq!(actions(&told), ["article.edit", "article.create"], "and nothing of any other item");
        assert_eq!(told.data()[0]["network"], Value::Null, "from where somebody works is not everybody's business");
        assert_eq!(admin.get(&log(&mine.id())).expect(200).data()[0]["network"], "127.0.0.0/24");
        assert_eq!(actions(&author.get(&format!("{}?limit=1", log(&mine.id()))).expect(200)), ["article.edit"]);
        author.get(&log(&theirs.id())).expect(404);
        author.get(&log(content::NOBODY)).expect(404);
        // An id of another kind names nothing here.
        chief.get(&format!("/api/v1/editorial/events/{}/log", theirs.id())).expect(404);
        chief.get(&format!("/api/v1/editorial/tags/{}/log", theirs.id())).expect(404);
        for (collection, made) in [
            ("events", content::event(&chief, "Hội nghị")),
            ("pages", content::made(&chief, "pages", &json!({"title": "Giới thiệu", "body": {"format": "text", "value": "a"}}))),
        ] {
            let told = chief.get(&format!("/api/v1/editorial/{collection}/{}/log", made.id())).expect(200);
            assert_eq!(actions(&told).len(), 1, "{collection}");
        }
    }
}
