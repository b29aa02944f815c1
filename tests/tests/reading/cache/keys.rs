//! Who gets the same answer.

use bantin_tests::{both, content, wire::UNKEYED};
use serde_json::json;

use crate::cache::{added, essence, wire};

/// What only one request at a time may say: it wins over what the others say of the same.
const ALONE: [(&str, &str); 2] = [("accept", "application/json;q=0.3, text/html"), ("cache-control", "no-cache")];

both! {
    fn a_header_that_is_not_in_the_key_changes_no_byte(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        content::publish(&editor, "articles", &content::article(&editor, &section, "Một tin"));
        let (public, plain) = (app.anonymous(), app.another_node());
        plain.api.watch.look();
        app.clock.advance(10);
        for (limit, (name, value)) in (1..).zip(UNKEYED.into_iter().chain(ALONE)) {
            for path in [format!("/api/v1/articles?limit={limit}"), format!("/api/v1/articles/mot-tin?body=html&x={limit}")] {
                let path = path.replace(&format!("&x={limit}"), "");
                let expected = essence(&plain.anonymous().get(&path));
                let poisoned = essence(&public.send("GET", &path, &[(name, value)], None));
                assert_eq!(poisoned, expected, "{name} at {path}, who came first");
                assert_eq!(essence(&public.get(&path)), expected, "{name} at {path}, who came after");
            }
        }
    }

    fn what_asks_for_the_same_is_kept_once(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        for n in 0..3 {
            content::publish(&editor, "articles", &content::article(&editor, &section, &format!("Tin {n}")));
        }
        let public = app.anonymous();
        let spellings = [
            "/api/v1/articles?limit=2&filter[category]=tin&count=exact",
            "/api/v1/articles?filter%5Bcategory%5D=tin&count=exact&limit=2",
            "/api/v1/articles?count=exact&&limit=%32&filter%5bcategory%5d=t%69n&",
        ];
        let mut answers = Vec::new();
        assert_eq!(added(&app, || answers.extend(spellings.map(|path| essence(&public.get(path).expect(200))))), (2, 1));
        assert!(answers[0].1.iter().any(|(name, value)| name == "link" && value.contains("cursor=")));
        assert!(answers.iter().all(|answer| *answer == answers[0]), "its links, too, are those of nobody in particular");
    }

    fn each_language_has_its_own_list(app) {
        let editor = app.chief_editor();
        let site = editor.get("/api/v1/editorial/site").expect(200);
        editor.patch("/api/v1/editorial/site", &site.etag(), &json!({"locales": ["vi", "en"]})).expect(200);
        let section = content::category(&editor, "Tin");
        content::publish(&editor, "articles", &content::article(&editor, &section, "Một tin"));
        let english = json!({"title": "News", "locale": "en", "categoryId": section, "body": {"format": "text", "value": "News"}});
        content::publish(&editor, "articles", &editor.post("/api/v1/editorial/articles", &english).expect(201));
        let public = app.anonymous();
        let list = |language: &str| {
            let answer = public.send("GET", "/api/v1/articles", &[("accept-language", language)], None).expect(200);
            assert!(answer.header("vary").unwrap().contains("Accept-Language"));
            answer.data()[0]["title"].as_str().unwrap().to_owned()
        };
        for _ in 0..2 {
            assert_eq!(list("en-GB, vi;q=0.5"), "News");
            assert_eq!(list("vi-VN"), "Một tin");
            assert_eq!(list("fr"), "Một tin");
        }
        // French is answered in the site's language, and so is who says nothing: one answer.
        assert_eq!(added(&app, || public.get("/api/v1/articles").expect(200)), (1, 0));
        // A text that is asked for by name is in its own language, whoever asks.
        let read = |language: &str| {
            let answer = public.send("GET", "/api/v1/articles/news", &[("accept-language", language)], None).expect(200);
            assert!(!answer.header("vary").unwrap().contains("Accept-Language"));
        };
        assert_eq!(added(&app, || ["vi", "en", "fr"].map(read)), (2, 1));
    }

    fn nothing_that_is_private_is_kept(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let draft = content::article(&editor, &section, "Một tin");
        let path = format!("/api/v1/editorial/articles/{}", draft.id());
        let held = app.api.cache.metrics().entries;
        for path in [path.as_str(), "/api/v1/editorial/articles", "/api/v1/auth/me"] {
            let answer = editor.get(path).expect(200);
            assert_eq!(answer.header("cache-control"), Some("private, no-store"));
            assert_eq!(answer.header("surrogate-key"), None);
        }
        for path in ["/livez", "/openapi.json", "/api/v1/articles/khong-co", "/api/v1/articles?colour=red"] {
            app.anonymous().get(path);
        }
        // Who shows a token is answered for himself, with the same bytes.
        let (shown, plain) = (editor.get("/api/v1/articles").expect(200), app.anonymous());
        assert_eq!(app.api.cache.metrics().entries, held);
        let public = plain.get("/api/v1/articles");
        assert_eq!((public.bytes, public.headers.len()), (shown.bytes, shown.headers.len()));
        assert_eq!(added(&app, || editor.get("/api/v1/articles").expect(200)), (0, 1));
    }

    fn what_is_answered_to_who_shows_credentials_is_kept_by_no_cache_on_the_way(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        content::publish(&editor, "articles", &content::article(&editor, &section, "Một tin"));
        let public = app.anonymous();
        let key = public.with_token("btn_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
        for path in ["/api/v1/articles", "/api/v1/articles/mot-tin", "/api/v1/articles/khong-co", "/api/v1/articles?lmit=1", "/feeds/articles.rss", "/api/v1/search?q=tin", "/api/v1/changes"] {
            for _ in 0..2 {
                for reader in [&key, &editor, &key] {
                    assert_eq!(reader.get(path).header("cache-control"), Some("private, no-store"), "{path}");
                }
                let open = public.get(path);
                assert_ne!(open.header("cache-control"), Some("private, no-store"), "{path}");
                assert_eq!(open.bytes.is_empty(), editor.get(path).bytes.is_empty(), "{path}");
            }
        }
        let tag = public.get("/api/v1/articles").etag();
        let known = key.send("GET", "/api/v1/articles", &[("if-none-match", &tag)], None).expect(304);
        assert_eq!(known.header("cache-control"), Some("private, no-store"));
    }

    fn an_address_in_another_spelling_is_the_same_address(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        for n in 0..2 {
            content::publish(&editor, "articles", &content::article(&editor, &section, &format!("Tin {n}")));
        }
        for (path, spelt) in [
            ("/api/v1/articles?limit=1", "/api/v1/%61rticles?limit=1"),
            ("/api/v1/articles/tin-1", "/api/v1/articles/tin%2D1"),
            ("/feeds/articles.rss", "/feeds/articles%2erss"),
        ] {
            let ask = |path: &str| {
                let answer = wire::ask(&app.base, path, &[]);
                let of = |name| answer.header(name).map(ToOwned::to_owned);
                (answer.status, of("etag"), of("link"), answer.body)
            };
            let mut answers = Vec::new();
            assert_eq!(added(&app, || answers.extend([spelt, path].map(ask))), (1, 1), "{path}");
            assert_eq!(answers[0], answers[1], "{path}");
        }
        // It is no way around what stands at the door.
        for path in ["/api/v1/%65ditorial/articles", "/%61pi/v1/editorial/articles"] {
            assert_eq!(wire::ask(&app.base, path, &[]).status, 401, "{path}");
        }
        assert_eq!(wire::ask(&app.base, "/api/v1/%61rticles?lmit=1", &[]).status, 400);
    }

    fn every_answer_has_an_id_of_its_own(app) {
        let ids: std::collections::BTreeSet<String> = (0..5)
            .map(|_| wire::ask(&app.base, "/api/v1/site", &[]).header("x-request-id").unwrap().to_owned())
            .collect();
        assert_eq!(ids.len(), 5);
        assert!(ids.iter().all(|id| id.parse::<uuid::Uuid>().is_ok()));
    }
}
