//! What whoever runs the service relies on: health, ids of requests, headers that no answer lacks, the
//! documentation, and the keys that others verify our tokens with.

use std::sync::atomic::Ordering;

use bantin_tests::{Answer, both, content, content::NOBODY};
use serde_json::{Value, json};

both! {
    fn the_service_says_whether_it_is_alive_and_whether_it_is_ready(app) {
        let public = app.anonymous();
        for (path, said) in [("/livez", json!({"status": "ok"})), ("/readyz", json!({"status": "ok", "warnings": []}))] {
            let answer = public.get(path).expect(200);
            assert_eq!((&answer.json, answer.header("cache-control")), (&said, Some("no-store")));
        }
        app.api.stopping.store(true, Ordering::Relaxed);
        let stopping = public.get("/readyz").expect(503);
        assert_eq!((stopping.json["code"].as_str(), stopping.header("retry-after")), (Some("unavailable"), Some("1")));
        public.get("/livez").expect(200);
        public.get("/api/v1/articles").expect(200);
        app.api.stopping.store(false, Ordering::Relaxed);
        app.api.visits.shut_down();
        public.post("/api/v1/visits", &json!({"path": "/"})).expect(503);
    }

    fn every_answer_has_an_id_and_headers_that_keep_browsers_safe(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        content::publish(&editor, "articles", &content::article(&editor, &section, "Một tin"));
        let public = app.anonymous();
        let tag = public.get("/api/v1/articles/mot-tin").etag();
        let preflight = [("origin", "https://x.example"), ("access-control-request-method", "GET")];
        let answers: Vec<Answer> = vec![
            public.get("/api/v1/articles").expect(200),
            public.send("GET", "/api/v1/articles/mot-tin", &[("if-none-match", &tag)], None).expect(304),
            public.send("HEAD", "/api/v1/articles", &[], None).expect(200),
            public.send("OPTIONS", "/api/v1/articles", &preflight, None).expect(200),
            public.get("/api/v1/articles?limit=0").expect(400),
            public.get("/api/v1/editorial/articles").expect(401),
            public.get("/nothing").expect(404),
            public.send("DELETE", "/api/v1/articles", &[], None).expect(405),
            editor.post("/api/v1/editorial/tags", &json!({"name": "một"})).expect(201),
            editor.post("/api/v1/editorial/tags", &json!({"name": "Một"})).expect(409),
            editor.post("/api/v1/editorial/tags", &json!({"name": ""})).expect(422),
            editor.send("POST", "/api/v1/editorial/tags", &[], Some(b"{}")).expect(415),
            editor.delete(&format!("/api/v1/editorial/tags/{NOBODY}"), "\"1\"").expect(404),
            public.get("/openapi.json").expect(200),
            public.get("/docs").expect(301),
            public.get("/docs/").expect(200),
            public.get("/livez").expect(200),
            public.get("/.well-known/jwks.json").expect(200),
        ];
        let mut ids = std::collections::BTreeSet::new();
        for answer in &answers {
            let id = answer.header("x-request-id").unwrap_or_default().to_owned();
            assert_eq!(id.len(), 36, "{}", answer.request);
            if answer.header("content-type") == Some("application/problem+json") {
                assert_eq!(answer.json["requestId"], *id, "{}: the id in the answer is that of the log", answer.request);
                assert_eq!(answer.json["status"], answer.status);
            } else {
                assert!(answer.status < 400, "{} is no problem", answer.request);
            }
            assert!(ids.insert(id), "{}: the id of another request", answer.request);
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{}", answer.request);
            assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{}", answer.request);
            let policy = answer.header("content-security-policy").unwrap_or_default();
            assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src"), "{}: {policy}", answer.request);
            assert!(answer.header("cache-control").is_some(), "{}", answer.request);
            assert_eq!(answer.header("server"), None, "{}", answer.request);
            assert_eq!(answer.header("set-cookie"), None, "{}", answer.request);
        }
    }

    fn an_id_that_a_client_made_up_is_not_taken_over(app) {
        let answer = app.anonymous().send("GET", "/livez", &[("x-request-id", "forged")], None).expect(200);
        assert_ne!(answer.header("x-request-id"), Some("forged"));
    }

    fn what_the_desk_answers_is_kept_by_nobody(app) {
        let editor = app.chief_editor();
        let made = editor.post("/api/v1/editorial/tags", &json!({"name": "một"})).expect(201);
        let path = format!("/api/v1/editorial/tags/{}", made.id());
        for answer in [
            editor.get("/api/v1/editorial/tags"),
            editor.get("/api/v1/auth/me"),
            editor.send("GET", &path, &[("if-none-match", &made.etag())], None),
            editor.patch(&path, &made.etag(), &json!({"name": "hai"})),
            editor.delete(&path, "\"2\""),
            made,
        ] {
            assert!([200, 201, 204].contains(&answer.status), "{}: {}", answer.request, answer.status);
            assert_eq!(answer.header("cache-control"), Some("private, no-store"), "{}", answer.request);
        }
    }

    fn the_documentation_needs_nothing_from_elsewhere(app) {
        let public = app.anonymous();
        let page = public.get("/docs/").expect(200);
        assert!(page.header("content-type").unwrap().starts_with("text/html"));
        let html = String::from_utf8(page.bytes).unwrap();
        let assets: Vec<&str> = ["src=\"", "href=\""].iter().flat_map(|attribute| html.split(attribute).skip(1)).map(|rest| rest.split('"').next().unwrap()).collect();
        assert!(assets.len() >= 4, "{html}");
        for asset in assets {
            assert!(!asset.contains("//"), "{asset} is from elsewhere");
            let answer = public.get(&format!("/docs/{}", asset.trim_start_matches("./"))).expect(200);
            assert!(!answer.bytes.is_empty(), "{asset}");
            let text = String::from_utf8_lossy(&answer.bytes);
            assert!(!text.contains("unpkg.com") && !text.contains("cdn.jsdelivr.net"), "{asset} loads from a CDN");
        }
        let start = public.get("/docs/swagger-initializer.js").expect(200);
        assert!(String::from_utf8_lossy(&start.bytes).contains("/openapi.json"));
        assert_eq!(public.get("/docs").expect(301).header("location"), Some("/docs/"));
        for outside in ["/docs/../livez", "/docs/%2e%2e/%2e%2e/etc/passwd", "/docs/nothing.js"] {
            assert!([400, 404].contains(&public.get(outside).status), "{outside}");
        }
    }

    fn the_keys_that_are_shown_are_public_ones(app) {
        let answer = app.anonymous().get("/.well-known/jwks.json").expect(200);
        let keys = answer.json["keys"].as_array().unwrap();
        assert_eq!(keys.len(), 2, "the one that signs and the next");
        for key in keys {
            let mut members: Vec<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
            members.sort_unstable();
            assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x"], "no member of a private key, d above all");
            assert_eq!((&key["kty"], &key["crv"], &key["alg"]), (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA")));
        }
        let token = app.chief_editor().token().unwrap().to_owned();
        let header = token.split('.').next().unwrap();
        let header = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, header).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        assert!(keys.iter().any(|key| key["kid"] == header["kid"]), "a token names one of them");
    }
}

/// Reads from a socket what the server writes to two requests on one connection.
#[test]
fn a_304_writes_no_body_that_the_next_answer_would_be_read_after() {
    use std::io::{Read, Write};

    let app = bantin_tests::TestApp::start(bantin_tests::Db::Sqlite);
    let tag = app.anonymous().get("/api/v1/stats").expect(200).etag();
    let address = app.base.trim_start_matches("http://").to_owned();
    let mut socket = std::net::TcpStream::connect(&address).unwrap();
    let known = format!("GET /api/v1/stats HTTP/1.1\r\nhost: {address}\r\nif-none-match: {tag}\r\n\r\n");
    let last = format!("GET /livez HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    socket.write_all((known + &last).as_bytes()).unwrap();
    let mut answers = String::new();
    socket.read_to_string(&mut answers).unwrap();
    let (head, rest) = answers.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 304"), "{head}");
    assert!(rest.starts_with("HTTP/1.1 200"), "{rest}");
}
