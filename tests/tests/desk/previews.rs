//! Preview links: a draft for whoever was given a link, exactly as publishing would show it.

use bantin_domain::policy::Role;
use bantin_tests::{Answer, Client, both, content, seed::SeedPage};
use serde_json::{Value, json};

/// Makes a link and gives its answer.
fn link(client: &Client, collection: &str, id: &str, wish: &Value) -> Answer {
    client.post(&format!("/api/v1/editorial/{collection}/{id}/preview-links"), wish).expect(201)
}

/// The address that a link opens, below this server.
fn address(link: &Answer) -> String {
    format!("/api/v1/preview/{}", link.data()["token"].as_str().unwrap())
}

/// What an answer says but for the instants at which it was published.
fn without_instants(answer: &Answer) -> Value {
    let mut data = answer.data().clone();
    for member in ["publishedAt", "updatedAt", "speeches"] {
        data.as_object_mut().unwrap().remove(member);
    }
    data
}

both! {
    fn a_preview_shows_exactly_what_publishing_would_show(app) {
        let editor = app.chief_editor();
        let page = SeedPage::write(&editor);
        let standing = content::made(&editor, "pages", &json!({"title": "Giới thiệu", "body": {"format": "text", "value": "Về Sở."}}));
        let public = app.anonymous();
        // The report is shown beside its event, so that is published first.
        content::publish_with(&editor, "events", &page.event, &json!({"with": ["speeches"]}));
        let read = |collection: &str, id: &str| editor.get(&format!("/api/v1/editorial/{collection}/{id}")).expect(200);
        for (collection, id) in [
            ("articles", page.article.id()), ("events", page.event.id()), ("speeches", page.speeches[0].id()), ("pages", standing.id()),
        ] {
            let preview = public.get(&address(&link(&editor, collection, &id, &json!({})))).expect(200);
            assert_eq!(preview.data()["id"], id.as_str());
            let item = read(collection, &id);
            if item.data()["state"] != "published" {
                public.get(&format!("/api/v1/{collection}/{id}")).expect(404);
                content::publish(&editor, collection, &item);
            }
            let published = public.get(&format!("/api/v1/{collection}/{id}")).expect(200);
            assert_eq!(without_instants(&preview), without_instants(&published), "{collection}");
            assert_eq!(preview.header("content-language"), published.header("content-language"));
        }
    }

    fn an_event_is_shown_with_the_drafts_of_its_programme_and_a_speech_with_its_event(app) {
        let editor = app.chief_editor();
        let page = SeedPage::write(&editor);
        let public = app.anonymous();
        let event = public.get(&address(&link(&editor, "events", &page.event.id(), &json!({})))).expect(200);
        let speeches = event.data()["speeches"].as_array().unwrap();
        let orders: Vec<i64> = speeches.iter().map(|one| one["order"].as_i64().unwrap()).collect();
        assert_eq!(orders, (1..=7).collect::<Vec<_>>());
        assert_eq!(speeches[0]["speaker"]["name"], "Tầng Phú An");
        let speech = public.get(&address(&link(&editor, "speeches", &page.speeches[1].id(), &json!({})))).expect(200);
        assert_eq!(speech.data()["event"]["id"], page.event.id().as_str());
        // Nobody else has seen any of it.
        for path in ["/api/v1/events", "/api/v1/speeches", "/api/v1/people", "/api/v1/articles"] {
            assert_eq!(public.get(path).expect(200).data(), &json!([]), "{path}");
        }
        public.get(&format!("/api/v1/events/{}", page.event.id())).expect(404);
        assert_eq!(editor.get(&format!("/api/v1/editorial/events/{}", page.event.id())).expect(200).etag(), page.event.etag());
    }

    fn a_preview_of_something_public_leaves_what_the_public_sees(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let published = content::publish(&editor, "articles", &content::article(&editor, &section, "Bản đầu"));
        let path = format!("/api/v1/editorial/articles/{}", published.id());
        editor.patch(&path, &published.etag(), &json!({"title": "Bản hai", "slug": "ban-hai"})).expect(200);
        let public = app.anonymous();
        let before = public.get("/api/v1/articles/ban-dau").expect(200);
        let preview = public.get(&address(&link(&editor, "articles", &published.id(), &json!({})))).expect(200);
        assert_eq!((&preview.data()["title"], &preview.data()["slug"]), (&json!("Bản hai"), &json!("ban-hai")));
        let pinned = public.get(&address(&link(&editor, "articles", &published.id(), &json!({"revision": 1})))).expect(200);
        assert_eq!(pinned.data()["title"], "Bản đầu");
        assert_eq!(public.get("/api/v1/articles/ban-dau").expect(200).etag(), before.etag());
        public.get("/api/v1/articles/ban-hai").expect(404);
    }

    fn a_pinned_preview_stays_and_another_follows_the_draft(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let draft = content::article(&editor, &section, "Một");
        let (pinned, following) = (
            link(&editor, "articles", &draft.id(), &json!({"revision": 1})),
            link(&editor, "articles", &draft.id(), &json!({})),
        );
        editor.patch(&format!("/api/v1/editorial/articles/{}", draft.id()), &draft.etag(), &json!({"title": "Hai"})).expect(200);
        let public = app.anonymous();
        assert_eq!(public.get(&address(&pinned)).expect(200).data()["title"], "Một");
        assert_eq!(public.get(&address(&following)).expect(200).data()["title"], "Hai");
        let none = editor.post(&format!("/api/v1/editorial/articles/{}/preview-links", draft.id()), &json!({"revision": 9})).expect(422);
        assert_eq!(none.faults().1, [("/revision".to_owned(), "unknown_reference".to_owned())]);
    }

    fn a_link_ends_by_time_by_use_and_by_hand(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let draft = content::article(&editor, &section, "Một tin");
        let public = app.anonymous();
        let short = link(&editor, "articles", &draft.id(), &json!({"expiresIn": 60}));
        assert_eq!(short.data()["expiresAt"], "2023-03-14T08:01:00+07:00");
        let twice = link(&editor, "articles", &draft.id(), &json!({"maxViews": 2}));
        let revoked = link(&editor, "articles", &draft.id(), &json!({}));
        assert_eq!(revoked.data()["expiresAt"], "2023-03-21T08:00:00+07:00", "a week when nobody says");
        app.clock.advance(59);
        public.get(&address(&short)).expect(200);
        app.clock.advance(1);
        assert_eq!(public.get(&address(&short)).expect(410).json["code"], "gone");
        public.get(&address(&twice)).expect(200);
        public.get(&address(&twice)).expect(200);
        public.get(&address(&twice)).expect(410);
        public.get(&address(&revoked)).expect(200);
        let list = format!("/api/v1/editorial/articles/{}/preview-links", draft.id());
        editor.send("DELETE", &format!("{list}/{}", revoked.id()), &[], None).expect(204);
        public.get(&address(&revoked)).expect(410);
        editor.send("DELETE", &format!("{list}/{}", revoked.id()), &[], None).expect(204);
        public.get("/api/v1/preview/btnp_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").expect(404);
        public.get("/api/v1/preview/khong-co").expect(404);
        for wish in [json!({"expiresIn": 0}), json!({"expiresIn": 2_592_001}), json!({"maxViews": 0})] {
            assert_eq!(editor.post(&list, &wish).expect(422).json["code"], "out_of_range", "{wish}");
        }
        assert_eq!(editor.get(&list).expect(200).data().as_array().unwrap().len(), 3);
    }

    fn of_many_who_come_for_the_last_view_one_gets_it(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let draft = content::article(&editor, &section, "Một tin");
        let address = address(&link(&editor, "articles", &draft.id(), &json!({"maxViews": 3})));
        let public = app.anonymous();
        let mut statuses: Vec<u16> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..10).map(|_| scope.spawn(|| public.get(&address).status)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 200, 410, 410, 410, 410, 410, 410, 410]);
        let list = editor.get(&format!("/api/v1/editorial/articles/{}/preview-links", draft.id())).expect(200);
        assert_eq!((&list.data()[0]["views"], &list.data()[0]["maxViews"]), (&json!(3), &json!(3)));
    }

    fn what_lies_in_the_trash_is_gone_for_a_link_too(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let draft = content::article(&editor, &section, "Một tin");
        let made = link(&editor, "articles", &draft.id(), &json!({"maxViews": 1}));
        editor.delete(&format!("/api/v1/editorial/articles/{}", draft.id()), &draft.etag()).expect(204);
        app.anonymous().get(&address(&made)).expect(410);
        let refused = editor.post(&format!("/api/v1/editorial/articles/{}/preview-links", draft.id()), &json!({})).expect(409);
        assert_eq!(refused.json["state"], "trashed");
        // Restored, it is shown again: the refusal was no view.
        let item = editor.get(&format!("/api/v1/editorial/articles/{}", draft.id())).expect(200);
        editor.post_at(&format!("/api/v1/editorial/articles/{}/actions/restore", draft.id()), &item.etag(), &json!({})).expect(200);
        app.anonymous().get(&address(&made)).expect(200);
    }

    fn nobody_keeps_a_preview_and_no_search_engine_lists_it(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let draft = content::article(&editor, &section, "Một tin");
        let address = address(&link(&editor, "articles", &draft.id(), &json!({})));
        let answer = app.anonymous().send("GET", &address, &[("if-none-match", "*"), ("origin", "https://anything.example")], None).expect(200);
        assert_eq!(answer.header("cache-control"), Some("private, no-store"));
        assert_eq!(answer.header("x-robots-tag"), Some("noindex"));
        assert_eq!((answer.header("etag"), answer.header("last-modified")), (None, None));
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert_eq!(app.anonymous().get(&format!("{address}?locale=en")).expect(400).json["code"], "unknown_parameter");
        let text = app.anonymous().get(&format!("{address}?body=text")).expect(200);
        assert_eq!(text.data()["body"], json!({"format": "text", "value": "Một tin, nội dung."}));
    }

    fn a_token_is_said_once_and_stands_nowhere(app) {
        let admin = app.admin();
        let site = admin.get("/api/v1/editorial/site").expect(200);
        admin.patch("/api/v1/editorial/site", &site.etag(), &json!({"previewUrl": "https://so.example/xem?token={token}"})).expect(200);
        let section = content::category(&admin, "Tin");
        let draft = content::article(&admin, &section, "Một tin");
        let path = format!("/api/v1/editorial/articles/{}/preview-links", draft.id());
        let made = link(&admin, "articles", &draft.id(), &json!({}));
        let token = made.data()["token"].as_str().unwrap().to_owned();
        assert!(token.starts_with("btnp_") && token.len() == 48);
        assert_eq!(made.data()["apiUrl"], format!("https://tin.example/api/v1/preview/{token}"));
        assert_eq!(made.data()["webUrl"], format!("https://so.example/xem?token={token}"));
        app.anonymous().get(&address(&made)).expect(200);
        for path in [path.as_str(), "/api/v1/editorial/audit-log", &format!("/api/v1/preview/{token}x")] {
            let answer = admin.get(path);
            assert!(!String::from_utf8_lossy(&answer.bytes).contains(&token), "{}", answer.request);
        }
        let body = br#"{"maxViews": 1}"#;
        let headers = [("content-type", "application/json"), ("idempotency-key", "k-1")];
        let refused = admin.send("POST", &path, &headers, Some(body)).expect(400);
        assert_eq!(refused.faults().1, [("Idempotency-Key".to_owned(), "invalid_parameter".to_owned())]);
        assert_eq!(admin.get(&path).expect(200).data().as_array().unwrap().len(), 1);
        // A token of a preview is none of access.
        admin.with_token(&token).get(&path).expect(401);
    }

    fn links_are_made_and_ended_by_who_may_edit_the_item(app) {
        let (chief, author) = (app.chief_editor(), app.author());
        let other = app.user(Role::Author, "tac-gia-khac@so.example");
        let section = content::category(&chief, "Tin");
        let (mine, theirs) = (content::article(&author, &section, "Của tôi"), content::article(&chief, &section, "Của họ"));
        let made = link(&author, "articles", &mine.id(), &json!({}));
        let path = |item: &Answer| format!("/api/v1/editorial/articles/{}/preview-links", item.id());
        other.get(&path(&mine)).expect(404);
        other.post(&path(&mine), &json!({})).expect(404);
        other.send("DELETE", &format!("{}/{}", path(&mine), made.id()), &[], None).expect(404);
        // The link of one item is none of another's.
        chief.send("DELETE", &format!("{}/{}", path(&theirs), made.id()), &[], None).expect(404);
        app.anonymous().get(&address(&made)).expect(200);
    }
}
