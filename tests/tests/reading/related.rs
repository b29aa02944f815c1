//! What stands near an article.

use bantin_tests::{Answer, Client, both, content};
use serde_json::{Value, json};

/// An article that is published, with whatever it refers to.
fn published(editor: &Client, section: &str, title: &str, members: Value) -> Answer {
    let mut write = json!({"title": title, "categoryId": section, "body": {"format": "text", "value": title}});
    write.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    content::publish(editor, "articles", &content::made(editor, "articles", &write))
}

/// The titles of what is near an article.
fn near(client: &Client, slug: &str, query: &str) -> Vec<String> {
    let answer = client.get(&format!("/api/v1/articles/{slug}/related{query}")).expect(200);
    answer.data().as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap().to_owned()).collect()
}

fn statements(answer: &Answer) -> String {
    answer.header("server-timing").unwrap().split(',').next().unwrap().to_owned()
}

both! {
    fn what_has_most_in_common_comes_first_and_of_equals_the_newest(app) {
        let editor = app.chief_editor();
        let (news, other) = (content::category(&editor, "Tin"), content::category(&editor, "Khác"));
        let author = content::made(&editor, "people", &json!({"displayName": "Tầng Phú An"})).id();
        let event = content::event(&editor, "Hội nghị");
        content::publish(&editor, "events", &event);
        let dated = |day: &str| format!("2020-01-{day}T08:00:00+07:00");
        published(&editor, &news, "Gốc", json!({
            "tags": ["lúa", "nước"], "authorIds": [author], "eventIds": [event.id()], "publishedAt": dated("01"),
        }));
        for (title, section, members) in [
            ("Không liên quan", &other, json!({"tags": ["xe"]})),
            ("Cùng mục cũ", &news, json!({"publishedAt": dated("02")})),
            ("Cùng mục mới", &news, json!({"publishedAt": dated("03")})),
            ("Cùng tác giả", &other, json!({"authorIds": [author], "publishedAt": dated("01")})),
            ("Một thẻ", &other, json!({"tags": ["lúa"], "publishedAt": dated("01")})),
            ("Hai thẻ cùng mục", &news, json!({"tags": ["nước", "lúa"], "publishedAt": dated("01")})),
            ("Cùng sự kiện", &other, json!({"eventIds": [event.id()], "publishedAt": dated("01")})),
        ] {
            published(&editor, section, title, members);
        }
        let public = app.anonymous();
        assert_eq!(near(&public, "goc", "?limit=20"), [
            "Hai thẻ cùng mục", "Cùng sự kiện", "Một thẻ", "Cùng tác giả", "Cùng mục mới", "Cùng mục cũ",
        ]);
        assert_eq!(near(&public, "goc", "").len(), 5);
        assert_eq!(near(&public, "goc", "?limit=1"), ["Hai thẻ cùng mục"]);
        let answer = public.get("/api/v1/articles/goc/related?limit=1").expect(200);
        assert_eq!(answer.json["page"], json!({"limit": 1, "next": null, "previous": null}));
        assert_eq!(answer.data()[0].get("body"), None, "lists leave the text out");
    }

    fn only_what_can_be_seen_now_is_near(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        published(&editor, &section, "Gốc", json!({}));
        content::article(&editor, &section, "Bản thảo");
        let withdrawn = published(&editor, &section, "Đã rút", json!({}));
        let path = format!("/api/v1/editorial/articles/{}/actions/unpublish", withdrawn.id());
        editor.post_at(&path, &withdrawn.etag(), &json!({})).expect(200);
        let planned = content::article(&editor, &section, "Đã hẹn");
        let path = format!("/api/v1/editorial/articles/{}/actions/schedule", planned.id());
        let window = json!({"at": "2023-03-14T08:05:00+07:00", "until": "2023-03-14T08:08:00+07:00"});
        editor.post_at(&path, &planned.etag(), &window).expect(200);
        let public = app.anonymous();
        assert_eq!(near(&public, "goc", ""), Vec::<String>::new());
        app.clock.set("2023-03-14T08:05:00+07:00");
        assert_eq!(near(&public, "goc", ""), ["Đã hẹn"]);
        app.clock.set("2023-03-14T08:08:00+07:00");
        assert_eq!(near(&public, "goc", ""), Vec::<String>::new());
    }

    fn what_is_to_come_takes_nobodys_place(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        published(&editor, &section, "Gốc", json!({}));
        published(&editor, &section, "Cũ", json!({"publishedAt": "2020-01-01T08:00:00+07:00"}));
        // More than are looked at, and all of them newer.
        for n in 0..45 {
            let planned = content::article(&editor, &section, &format!("Đã hẹn {n}"));
            let path = format!("/api/v1/editorial/articles/{}/actions/schedule", planned.id());
            editor.post_at(&path, &planned.etag(), &json!({"at": "2023-04-01T08:00:00+07:00"})).expect(200);
        }
        assert_eq!(near(&app.anonymous(), "goc", ""), ["Cũ"]);
    }

    fn near_is_what_is_in_the_same_language(app) {
        let editor = app.admin();
        let site = editor.get("/api/v1/editorial/site").expect(200);
        editor.patch("/api/v1/editorial/site", &site.etag(), &json!({"locales": ["vi", "en"]})).expect(200);
        let section = content::category(&editor, "Tin");
        let root = published(&editor, &section, "Gốc", json!({}));
        published(&editor, &section, "Bài khác", json!({}));
        published(&editor, &section, "Root", json!({"locale": "en", "translationOf": root.id()}));
        published(&editor, &section, "Another", json!({"locale": "en"}));
        let public = app.anonymous();
        assert_eq!(near(&public, "goc", ""), ["Bài khác"]);
        assert_eq!(near(&public, "root", ""), ["Another"]);
        assert_eq!(near(&public, "goc", "?locale=en"), ["Another"], "near its translation");
        let spoken = public.send("GET", "/api/v1/articles/goc/related", &[("accept-language", "en")], None).expect(200);
        assert_eq!(spoken.data()[0]["title"], "Bài khác", "an address names one article in one language");
        assert_eq!((spoken.header("content-language"), spoken.header("vary")), (Some("vi"), Some("Accept-Encoding")));
    }

    fn it_is_found_where_the_article_is(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let article = published(&editor, &section, "Tên cũ", json!({}));
        let path = format!("/api/v1/editorial/articles/{}", article.id());
        let renamed = editor.patch(&path, &article.etag(), &json!({"slug": "ten-moi"})).expect(200);
        let renamed = content::publish(&editor, "articles", &renamed);
        let public = app.anonymous();
        let moved = public.get("/api/v1/articles/ten-cu/related?limit=3").expect(301);
        assert_eq!(moved.header("location"), Some("https://tin.example/api/v1/articles/ten-moi/related?limit=3"));
        public.get(&format!("/api/v1/articles/{}/related", article.id())).expect(200);
        public.get("/api/v1/articles/khong-co/related").expect(404);
        editor.post_at(&format!("{path}/actions/unpublish"), &renamed.etag(), &json!({})).expect(200);
        public.get("/api/v1/articles/ten-moi/related").expect(410);
    }

    fn nothing_is_clamped_or_ignored(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        published(&editor, &section, "Gốc", json!({}));
        for query in ["limit=0", "limit=21", "limit=", "limit=2&limit=3", "page=2", "locale=*", "filter[tag]=x"] {
            app.anonymous().get(&format!("/api/v1/articles/goc/related?{query}")).expect(400);
        }
    }

    fn an_answer_costs_as_many_statements_whatever_is_near(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let tags: Vec<String> = (0..10).map(|n| format!("thẻ {n}")).collect();
        published(&editor, &section, "Gốc", json!({"tags": tags}));
        published(&editor, &section, "Một", json!({"tags": tags[..1]}));
        // What is said of the site is read once and kept.
        editor.get("/api/v1/articles").expect(200);
        // A token has its answer made for itself.
        let few = editor.get("/api/v1/articles/mot/related?limit=1").expect(200);
        for n in 0..20 {
            published(&editor, &section, &format!("Bài {n}"), json!({"tags": tags[n % 10..]}));
        }
        let many = editor.get("/api/v1/articles/goc/related?limit=20").expect(200);
        assert_eq!(many.data().as_array().unwrap().len(), 20);
        assert_eq!(statements(&many), statements(&few));
    }

    fn a_change_of_what_is_near_is_seen_at_once(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        published(&editor, &section, "Gốc", json!({}));
        let public = app.anonymous();
        assert_eq!(near(&public, "goc", ""), Vec::<String>::new());
        published(&editor, &section, "Mới", json!({}));
        assert_eq!(near(&public, "goc", ""), ["Mới"]);
    }
}
