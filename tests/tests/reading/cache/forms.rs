//! In which forms an answer is given.

use std::io::Read;

use bantin_tests::{TestApp, both, content};

use crate::cache::{added, essence, wire};

fn long_article(app: &TestApp) {
    let editor = app.chief_editor();
    let section = content::category(&editor, "Tin");
    let body = serde_json::json!({"format": "text", "value": "Hội nghị tổng kết khoa học và công nghệ. ".repeat(200)});
    let write = serde_json::json!({"title": "Một tin", "categoryId": section, "body": body});
    content::publish(&editor, "articles", &editor.post("/api/v1/editorial/articles", &write).expect(201));
    app.clock.advance(10);
}

const PATH: &str = "/api/v1/articles/mot-tin";

fn decoded(coding: &str, bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    match coding {
        "gzip" => flate2::read::GzDecoder::new(bytes).read_to_end(&mut text).unwrap(),
        _ => brotli::Decompressor::new(bytes, 4_096).read_to_end(&mut text).unwrap(),
    };
    text
}

both! {
    fn a_hit_is_what_the_miss_was(app) {
        long_article(&app);
        let public = app.anonymous();
        for path in [PATH, "/api/v1/articles", "/api/v1/categories", "/api/v1/site"] {
            let miss = public.get(path).expect(200);
            let hit = public.get(path).expect(200);
            assert_eq!(essence(&hit), essence(&miss), "{path}");
            assert!(miss.header("server-timing").unwrap().starts_with("sql;desc=\""), "{path}");
            assert_eq!(hit.header("server-timing"), None, "it cost nothing");
            assert_ne!(hit.header("x-request-id"), miss.header("x-request-id"));
            for (name, value) in [
                ("access-control-allow-origin", "*"),
                ("cache-control", "public, max-age=10, s-maxage=30, stale-while-revalidate=30"),
                ("x-content-type-options", "nosniff"),
            ] {
                assert_eq!(hit.header(name), Some(value), "{path}");
            }
            assert!(hit.header("access-control-expose-headers").unwrap().contains("ETag"));
            assert!(hit.header("surrogate-key").unwrap().len() <= 2_048);
        }
    }

    fn head_and_304_come_out_of_memory_too(app) {
        long_article(&app);
        let public = app.anonymous();
        let whole = public.get(PATH).expect(200);
        let date = whole.header("last-modified").unwrap().to_owned();
        let counted = added(&app, || {
            let head = public.send("HEAD", PATH, &[], None).expect(200);
            assert_eq!((head.bytes.len(), head.etag()), (0, whole.etag()));
            for tag in [whole.etag(), format!("W/{}", whole.etag()), whole.etag().replacen("\"", "\"x\", \"", 1), "*".to_owned()] {
                let known = public.send("GET", PATH, &[("if-none-match", &tag)], None).expect(304);
                assert_eq!((known.bytes.len(), known.etag()), (0, whole.etag()));
                for name in ["cache-control", "vary", "last-modified", "surrogate-key", "access-control-allow-origin"] {
                    assert_eq!(known.header(name), whole.header(name), "{name}");
                }
            }
            public.send("GET", PATH, &[("if-modified-since", &date)], None).expect(304);
            public.send("GET", PATH, &[("if-modified-since", "Tue, 14 Mar 2023 00:00:00 GMT")], None).expect(200);
            public.send("GET", PATH, &[("if-modified-since", &date), ("if-none-match", "\"x\"")], None).expect(200);
        });
        assert_eq!(counted, (8, 0));
    }

    fn who_comes_first_may_hold_it_already(app) {
        long_article(&app);
        let tag = app.another_node().anonymous().get(PATH).expect(200).etag();
        let public = app.anonymous();
        assert_eq!(added(&app, || public.send("GET", PATH, &[("if-none-match", &tag)], None).expect(304)), (0, 1));
        assert_eq!(public.get(PATH).expect(200).etag(), tag, "and the next one gets all of it");
    }

    fn the_date_moves_when_anything_that_is_shown_does(app) {
        long_article(&app);
        let (editor, public) = (app.admin(), app.anonymous());
        let before = public.get(PATH).expect(200).header("last-modified").unwrap().to_owned();
        let sections = editor.get("/api/v1/editorial/categories").expect(200);
        let section = sections.data()[0]["id"].as_str().unwrap();
        let path = format!("/api/v1/editorial/categories/{section}");
        let read = editor.get(&path).expect(200);
        editor.patch(&path, &read.etag(), &serde_json::json!({"name": "Thời sự"})).expect(200);
        app.clock.advance(10);
        let renamed = public.send("GET", PATH, &[("if-modified-since", &before)], None).expect(200);
        assert_eq!(renamed.data()["category"]["name"], "Thời sự");
        let after = renamed.header("last-modified").unwrap();
        public.send("GET", PATH, &[("if-modified-since", after)], None).expect(304);
    }

    fn who_read_between_two_changes_of_one_second_is_told_of_the_second(app) {
        let at = |ms: &str| app.clock.set(&format!("2023-03-14T09:00:{ms}+07:00"));
        at("00.100");
        let (editor, public) = (app.chief_editor(), app.anonymous());
        let section = content::category(&editor, "Tin");
        let first = content::publish(&editor, "articles", &content::article(&editor, &section, "Một tin"));
        at("00.200");
        let date = |answer: &bantin_tests::Answer| answer.header("last-modified").unwrap().to_owned();
        let before = date(&public.get(PATH).expect(200));
        public.send("GET", PATH, &[("if-modified-since", &before)], None).expect(200);
        at("00.300");
        let path = format!("/api/v1/editorial/articles/{}", first.id());
        let written = editor.patch(&path, &first.etag(), &serde_json::json!({"summary": "Hai"})).expect(200);
        content::publish(&editor, "articles", &written);
        at("00.400");
        let between = public.send("GET", PATH, &[("if-modified-since", &before)], None).expect(200);
        assert_eq!((between.data()["summary"].as_str(), date(&between)), (Some("Hai"), before.clone()));
        // However long that is kept, and on a node that makes it anew.
        at("05.000");
        let other = app.another_node();
        other.api.watch.look();
        for reader in [public, other.anonymous()] {
            reader.send("GET", PATH, &[("if-modified-since", &before)], None).expect(200);
        }
        let later = date(&other.anonymous().get(PATH).expect(200));
        assert_eq!((before.as_str(), later.as_str()), ("Tue, 14 Mar 2023 02:00:00 GMT", "Tue, 14 Mar 2023 02:00:01 GMT"));
        other.anonymous().send("GET", PATH, &[("if-modified-since", &later)], None).expect(304);
    }

    fn who_asks_again_gets_a_smaller_form(app) {
        long_article(&app);
        let plain = wire::ask(&app.base, PATH, &[]);
        for (coding, accepted) in [("br", "gzip, br"), ("gzip", "gzip;q=0.5, br;q=0")] {
            let ask = |more: &[(&str, &str)]| {
                let headers: Vec<_> = [("Accept-Encoding", accepted)].iter().chain(more).copied().collect();
                wire::ask(&app.base, PATH, &headers)
            };
            let first = ask(&[]);
            assert_eq!((first.header("content-encoding"), &first.body), (None, &plain.body), "the first is sent plain");
            // It is made on another thread; until it is there, whoever asks gets the plain one.
            let small = (0..10_000).map(|_| ask(&[])).find(|answer| answer.header("content-encoding").is_some()).unwrap();
            assert_eq!(small.header("content-encoding"), Some(coding));
            assert!(small.body.len() * 2 <= plain.body.len());
            assert_eq!(decoded(coding, &small.body), plain.body);
            let tag = plain.header("etag").unwrap().replacen('"', "", 1).replace('"', "");
            assert_eq!(small.header("etag"), Some(format!("\"{tag}-{coding}\"").as_str()));
            assert!(small.header("vary").unwrap().contains("Accept-Encoding"));
            for held in [plain.header("etag").unwrap(), small.header("etag").unwrap()] {
                assert_eq!(ask(&[("If-None-Match", held)]).status, 304, "{held}");
                assert_eq!(wire::ask(&app.base, PATH, &[("If-None-Match", held)]).status, 304, "{held}");
            }
        }
    }
}
