//! What a client is willing to read: `Accept`, on every operation.

use bantin_tests::{
    Answer, Client,
    app::DESK_ORIGIN,
    both, content,
    content::{NOBODY, path_with},
    contract::{is_public, operations},
};
use serde_json::{Value, json};

/// What nobody answers in.
const ODD: &str = "image/x-nothing, application/xml;q=0.5";

fn asked(client: &Client, method: &str, path: &str, accept: &str) -> Answer {
    client.send(method, path, &[("accept", accept)], (method != "GET").then_some(b"{}"))
}

/// What an operation answers in when it succeeds.
fn media_types(operation: &Value) -> Vec<String> {
    let responses = operation["responses"].as_object().unwrap().iter().filter(|(status, _)| status.starts_with('2'));
    let contents = responses.filter_map(|(_, response)| response.get("content")?.as_object());
    contents.flat_map(|content| content.keys().cloned()).collect()
}

fn is_refused(answer: &Answer) -> bool {
    assert_eq!(answer.status == 406, answer.json["code"] == "not_acceptable", "{}", answer.request);
    answer.status == 406
}

both! {
    fn every_operation_refuses_who_takes_nothing_of_what_it_answers_in(app) {
        let (editor, public) = (app.admin(), app.anonymous());
        let mut tried = 0;
        for (method, path, operation) in operations().filter(|(_, path, _)| path.starts_with("/api/v1/")) {
            let types = media_types(operation);
            // What answers without a body answers whatever is said.
            if types.is_empty() {
                continue;
            }
            let client = if is_public(operation) { &public } else { &editor };
            let path = path_with(path, NOBODY);
            let refused = asked(client, &method, &path, ODD);
            assert!(is_refused(&refused), "{}: {}", refused.request, refused.status);
            assert_eq!(refused.header("content-type"), Some("application/problem+json"), "{}", refused.request);
            for accept in types.iter().map(String::as_str).chain(["*/*", "nonsense", &format!("{}/*", types[0].split('/').next().unwrap())]) {
                let taken = asked(client, &method, &path, accept);
                assert!(!is_refused(&taken), "{} takes {accept}", taken.request);
            }
            tried += 1;
        }
        assert!(tried > 90, "{tried}");
    }

    fn a_refusal_is_shared_with_the_origins_that_an_answer_is(app) {
        let anonymous = app.anonymous();
        let shared = |answer: Answer, status: u16, origin: Option<&str>| {
            assert_eq!(answer.header("access-control-allow-origin"), origin, "{} {status}", answer.request);
            let exposed = answer.header("access-control-expose-headers").unwrap_or_default().to_ascii_lowercase();
            assert_eq!(exposed.contains("x-request-id"), origin.is_some(), "{}", answer.request);
            assert_eq!(answer.expect(status).header("content-type"), Some("application/problem+json"));
        };
        let elsewhere = [("origin", "https://front.example")];
        for path in ["/api/v1/articles?lmit=2", "/api/v1/articles?limit=0", "/api/v1/search?q=a&x=1", "/feeds/articles.rss?x=1", "/api/v1/site?x"] {
            shared(anonymous.send("GET", path, &elsewhere, None), 400, Some("*"));
        }
        shared(anonymous.send("GET", "/api/v1/articles", &[elsewhere[0], ("accept", "text/html")], None), 406, Some("*"));
        shared(anonymous.send("GET", "/api/v1/nothing", &elsewhere, None), 404, Some("*"));
        shared(anonymous.send("DELETE", "/api/v1/articles", &elsewhere, None), 405, Some("*"));
        let (desk, path) = (app.chief_editor(), "/api/v1/editorial/articles?lmit=2");
        shared(desk.send("GET", path, &[("origin", DESK_ORIGIN)], None), 400, Some(DESK_ORIGIN));
        assert_eq!(desk.send("GET", path, &elsewhere, None).expect(400).header("access-control-allow-origin"), None);
        // What stands at the root refuses, too.
        for path in ["/livez?x=1", "/sitemap.xml?x=1", "/robots.txt?x=1"] {
            anonymous.get(path).expect(400);
        }
        anonymous.get("/nothing").expect(404);
    }

    fn who_shows_no_token_learns_nothing_but_that(app) {
        assert_eq!(asked(&app.anonymous(), "GET", "/api/v1/editorial/articles", ODD).status, 401);
    }

    fn nothing_is_done_for_who_cannot_read_what_came_of_it(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let write = json!({"title": "Một tin", "categoryId": section, "body": {"format": "text", "value": "Tin"}});
        let headers = [("content-type", "application/json"), ("accept", "text/html")];
        let refused = editor.json("POST", "/api/v1/editorial/articles", &headers[1..], &write).expect(406);
        assert!(refused.json["detail"].as_str().unwrap().contains("application/json"), "{}", refused.json);
        assert_eq!(editor.get("/api/v1/editorial/articles").expect(200).data(), &json!([]));
    }

    fn a_kept_answer_is_given_to_who_takes_it_and_to_nobody_else(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        content::publish(&editor, "articles", &content::article(&editor, &section, "Một tin"));
        let public = app.anonymous();
        for (path, own, other) in [
            ("/api/v1/articles/mot-tin", "application/json", "text/html"),
            ("/api/v1/articles/mot-tin/print", "text/html", "application/json"),
        ] {
            // Cold: a refusal is kept for nobody.
            assert!(is_refused(&asked(&public, "GET", path, other)), "{path}");
            let made = public.get(path).expect(200);
            let hits = app.api.cache.metrics().hits;
            let given = asked(&public, "GET", path, own).expect(200);
            assert_eq!((given.bytes, app.api.cache.metrics().hits), (made.bytes.clone(), hits + 1), "{path}");
            for accept in [other, &format!("{own};q=0, */*"), "*/*;q=0"] {
                assert!(is_refused(&asked(&public, "GET", path, accept)), "{path} {accept}");
            }
assert_eq!(asked(&public, "HEAD", path, other).status, 406, "{path}");
            assert_eq!(asked(&public, "GET", path, "text/plain, */*;q=0.1").expect(200).bytes, made.bytes, "{path}");
            assert_eq!(asked(&public, "GET", path, "*; q=.2").expect(200).bytes, made.bytes, "what cannot be read was not said");
        }
    }

    fn feeds_and_keys_at_the_root_are_for_whoever_asks(app) {
        for path in ["/.well-known/jwks.json", "/livez"] {
            asked(&app.anonymous(), "GET", path, "application/json;q=0.5, text/plain").expect(200);
        }
    }
}
