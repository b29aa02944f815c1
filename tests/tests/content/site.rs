//! The site: its texts, the banner of the day, menus that lead only to what is public.

use bantin_persistence::{StoreError, changes};
use bantin_tests::{Answer, Client, both, content};
use serde_json::{Value, json};

const DESK: &str = "/api/v1/editorial/site";
const PUBLIC: &str = "/api/v1/site";

/// Changes the site as it is now.
fn edit(client: &Client, write: &Value) -> Answer {
    let version = client.get(DESK).expect(200).etag();
    client.patch(DESK, &version, write)
}

fn main_menu(items: Value) -> Value {
    json!({"menus": {"main": items}})
}

fn labels(menu: &Value) -> Vec<&str> {
    menu.as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap()).collect()
}

both! {
    fn a_new_site_says_what_it_must(app) {
        let site = app.anonymous().get(PUBLIC).expect(200);
        let data = site.data();
        assert_eq!((&data["name"], &data["agency"]), (&json!("Bantin"), &json!("Bantin")));
        assert_eq!((&data["defaultLocale"], &data["locales"]), (&json!("vi"), &json!(["vi", "en"])));
        assert_eq!(data["timezone"], "Asia/Ho_Chi_Minh");
        assert_eq!((&data["banner"], &data["webUrl"]), (&Value::Null, &Value::Null));
        assert_eq!(data["contact"], json!({"address": null, "phone": null, "email": null}));
        assert_eq!(data["menus"], json!({"main": []}));
        assert_eq!(data["feeds"][0]["url"], "https://tin.example/feeds/articles.rss");
        assert_eq!(site.header("content-language"), Some("vi"));
    }

    fn texts_are_answered_in_the_language_asked_for(app) {
        let chief = app.chief_editor();
        edit(&chief, &json!({
            "name": {"vi": "Sở Khoa học và Công nghệ", "en": "Department of Science"},
            "contact": {"address": {"vi": "Long Xuyên"}, "email": "vanthu@so.example"},
        })).expect(200);
        let english = app.anonymous().get(&format!("{PUBLIC}?locale=en")).expect(200);
        assert_eq!(english.data()["name"], "Department of Science");
        assert_eq!(english.data()["contact"]["address"], "Long Xuyên", "what is not translated falls back");
        assert_eq!(english.header("content-language"), Some("en"));
        let unknown = app.anonymous().get(&format!("{PUBLIC}?locale=fr")).expect(200);
        assert_eq!((unknown.data()["name"].as_str(), unknown.header("content-language")), (Some("Sở Khoa học và Công nghệ"), Some("vi")));
        app.anonymous().get(&format!("{PUBLIC}?lang=en")).expect(400);
    }

    fn the_banner_of_the_day_changes_at_midnight_of_the_sites_zone(app) {
        let chief = app.chief_editor();
        edit(&chief, &json!({"banners": [
            {"text": "Mừng Xuân", "from": "2023-03-01", "until": "2023-03-02"},
            {"text": "Ngày thường"},
        ]})).expect(200);
        let banner = || app.anonymous().get(PUBLIC).expect(200).data()["banner"].clone();
        app.clock.set("2023-02-28T23:59:59+07:00");
        assert_eq!(banner()["text"], "Ngày thường");
        app.clock.set("2023-03-01T00:00:00+07:00");
        assert_eq!(banner(), json!({"text": "Mừng Xuân", "from": "2023-03-01", "until": "2023-03-02"}));
        app.clock.set("2023-03-02T23:59:59+07:00");
        assert_eq!(banner()["text"], "Mừng Xuân");
        app.clock.set("2023-03-03T00:00:00+07:00");
        assert_eq!(banner()["text"], "Ngày thường");
    }

    fn a_menu_leads_only_to_what_is_public(app) {
        let chief = app.chief_editor();
        let category = content::category(&chief, "Tin tức");
        let article = content::article(&chief, &category, "Chưa công bố");
        let leads = |kind: &str, id: &str| json!({"type": kind, "id": id});
        edit(&chief, &main_menu(json!([
            {"label": "Tin", "target": leads("category", &category)},
            {"label": "Bài", "target": leads("article", &article.id()), "children": [{"label": "Bên dưới", "url": "/x"}]},
            {"label": {"vi": "Ngoài", "en": "Outside"}, "url": "https://example.org/"},
        ]))).expect(200);
        let menu = |query: &str| app.anonymous().get(&format!("{PUBLIC}{query}")).expect(200).data()["menus"]["main"].clone();
        assert_eq!(labels(&menu("")), ["Tin", "Ngoài"]);
        assert_eq!(menu("")[0]["target"], json!({"type": "category", "id": category, "slug": "tin-tuc"}));
        content::publish(&chief, "articles", &article);
        assert_eq!(labels(&menu("?locale=en")), ["Tin", "Bài", "Outside"]);
        assert_eq!(menu("")[1]["children"][0], json!({"label": "Bên dưới", "target": null, "url": "/x", "children": []}));
    }

    fn what_a_menu_leads_to_becomes_public_and_cannot_be_deleted(app) {
        let (chief, anybody) = (app.chief_editor(), app.anonymous());
        let person = chief.post("/api/v1/editorial/people", &json!({"displayName": "Lư Hoàng Khải"})).expect(201);
        let path = format!("/api/v1/people/{}", person.id());
        anybody.get(&path).expect(404);
        edit(&chief, &main_menu(json!([{"label": "Giám đốc", "target": {"type": "person", "id": person.id()}}]))).expect(200);
        anybody.get(&path).expect(200);
        let refused = chief.delete(&format!("/api/v1/editorial/people/{}", person.id()), &person.etag()).expect(409);
        assert_eq!((&refused.json["code"], &refused.json["uses"][0]["type"]), (&json!("in_use"), &json!("site")));
        edit(&chief, &json!({"menus": {"main": null}})).expect(200);
        assert_ne!(anybody.get(&path).status, 200);
    }

    fn a_change_is_logged_together_with_what_it_brings_into_sight_and_takes_out_of_it(app) {
        let chief = app.chief_editor();
        let person = chief.post("/api/v1/editorial/people", &json!({"displayName": "Lư Hoàng Khải"})).expect(201).id();
        let logged = || app.api.app.store().public::<_, StoreError>(changes::head).unwrap();
        let logged_by = |write: Value| {
            let before = logged();
            edit(&chief, &write).expect(200);
            logged() - before
        };
        let item = json!({"label": "Giám đốc", "target": {"type": "person", "id": person}});
        assert_eq!(logged_by(json!({"agency": "Sở"})), 1);
        assert_eq!(logged_by(json!({"agency": "Sở"})), 0, "nothing changed");
        assert_eq!(logged_by(main_menu(json!([item]))), 2, "the site, and the person who appears");
        assert_eq!(logged_by(main_menu(json!([{"label": "Mục", "children": [item]}]))), 1, "the person was public already");
        assert_eq!(logged_by(main_menu(json!([]))), 2, "the site, and the person who disappears");
    }

    fn every_fault_of_a_write_is_pointed_at(app) {
        let chief = app.chief_editor();
        let page = "00000000-0000-7000-8000-000000000000";
        let faults = |write: &Value, status| edit(&chief, write).expect(status).faults().1;
        let fault = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
        assert_eq!(
            faults(&main_menu(json!([{"label": "x", "children": [{"label": "y", "target": {"type": "page", "id": page}}]}])), 422),
            [fault("/menus/main/0/children/0/target/id", "unknown_reference")]
        );
        assert_eq!(
            faults(&json!({"name": null, "defaultLocale": "x", "webUrl": "javascript:alert(1)"}), 422),
            [fault("/defaultLocale", "invalid_locale"), fault("/webUrl", "invalid_url")]
        );
        assert_eq!(faults(&json!({"name": null}), 422), [fault("/name", "required")]);
        assert_eq!(faults(&json!({"locales": ["en"]}), 422), [fault("/defaultLocale", "unknown_reference")]);
        assert_eq!(faults(&json!({"agency": {"fr": "x"}}), 422), [fault("/agency/fr", "unknown_reference")]);
        assert_eq!(
            faults(&json!({"banners": [{"text": "x", "from": "2023-03-02", "until": "2023-03-01"}]}), 422),
            [fault("/banners/0/until", "ends_before_start")]
        );
        assert_eq!(edit(&chief, &json!({"colour": "red"})).expect(400).json["code"], "unknown_member");
        assert_eq!(chief.get(DESK).expect(200).etag(), "\"1\"", "nothing of it was written");
    }

    fn what_was_read_can_be_written_back_and_changes_nothing(app) {
        let chief = app.chief_editor();
        let category = content::category(&chief, "Tin tức");
        edit(&chief, &json!({
            "name": {"vi": "Sở"}, "banners": [{"text": {"en": "x"}, "from": "2023-03-01"}], "webUrl": "https://so.example",
            "previewUrl": "https://so.example/xem?token={token}", "urlPatterns": {"article": "/{locale}/{slug}"},
            "menus": {"main": [{"label": "Tin", "target": {"type": "category", "id": category}}], "footer": []},
            "contact": {"phone": "0296 3852 000"},
        })).expect(200);
        let read = chief.get(DESK).expect(200);
        let mut write = read.data().clone();
        for own in ["version", "updatedAt", "allowedActions"] {
            write.as_object_mut().unwrap().remove(own);
        }
        let again = chief.patch(DESK, &read.etag(), &write).expect(200);
        assert_eq!((again.data(), again.etag()), (read.data(), read.etag()));
    }

    fn who_may_not_edit_the_site_does_not_and_a_stale_write_is_refused(app) {
        let (author, chief) = (app.author(), app.chief_editor());
        app.anonymous().get(DESK).expect(401);
        author.patch(DESK, "\"1\"", &json!({"agency": "x"})).expect(403);
        chief.patch(DESK, "\"1\"", &json!({"agency": "Sở"})).expect(200);
        chief.patch(DESK, "\"1\"", &json!({"agency": "Phòng"})).expect(412);
        assert_eq!(app.anonymous().get(PUBLIC).expect(200).data()["agency"], "Sở");
    }
}
