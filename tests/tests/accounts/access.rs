//! Who may do what, from where: every operation of the document is public or asks for a token, and no
//! spelling of an address, no header and no other origin changes that.

use bantin_domain::policy::Role;
use bantin_tests::{
    Answer, Client, TestApp,
    app::DESK_ORIGIN,
    both, content,
    content::{NOBODY, path_with},
    contract::{DOCUMENT, METHODS, is_public, operations},
    seed::SeedPage,
};
use serde_json::json;

/// What nobody may call without a token: method and path.
fn protected() -> Vec<(String, String)> {
    let all = operations().filter(|(_, _, operation)| !is_public(operation));
    all.map(|(method, path, _)| (method, path_with(path, NOBODY))).collect()
}

/// Every protected operation refuses this client in the same way.
#[track_caller]
fn refused_everywhere(client: &Client, code: &str) {
    let protected = protected();
    assert!(protected.len() > 50);
    for (method, path) in protected {
        // With a version and a document that are no good: who may not come in learns nothing of them.
        let headers = [("if-match", "nonsense"), ("content-type", "text/html")];
        let answer = client.send(&method, &path, &headers, (method != "GET").then_some(b"{"));
        assert_eq!((answer.status, answer.json["code"].as_str()), (401, Some(code)), "{}", answer.request);
        assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"invalid_token\""), "{}", answer.request);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{}", answer.request);
    }
}

fn is_under_auth_or_desk(path: &str) -> bool {
    path.starts_with("/api/v1/auth/") || path.starts_with("/api/v1/editorial/")
}

#[test]
fn nothing_of_the_desk_is_declared_public_and_nothing_else_is_protected() {
    for (method, path, operation) in operations() {
        // Who brings a password, a refresh token or a one-time link shows who they are by that.
        let proves_itself = ["/api/v1/auth/login", "/api/v1/auth/refresh", "/api/v1/auth/accept"].contains(&path);
        let expected = !is_under_auth_or_desk(path) || proves_itself;
        assert_eq!(is_public(operation), expected, "{method} {path}");
    }
}

both! {
    fn who_has_no_token_gets_401_wherever_one_is_asked_for(app) {
        refused_everywhere(&app.anonymous(), "unauthenticated");
    }

    fn public_operations_ask_for_no_token(app) {
        for (method, path, _) in operations().filter(|(_, _, operation)| is_public(operation)) {
            let answer = app.anonymous().send(&method, &path_with(path, NOBODY), &[], (method != "GET").then_some(b"{}"));
            assert!(![401, 403].contains(&answer.status), "{}: {}", answer.request, answer.status);
        }
    }

    fn a_token_that_is_none_of_ours_opens_nothing(app) {
        let editor = app.chief_editor();
        let token = editor.token().unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let (header, claims) = signed.split_once('.').unwrap();
        refused_everywhere(&editor.with_token("garbage"), "unauthenticated");
        let me = |token: &str| editor.with_token(token).get("/api/v1/auth/me");
        me(token).expect(200);
        // alg none, with and without a signature; another's claims; a signature cut short.
        let unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0";
        let others = claims.chars().rev().collect::<String>();
        for forged in [
            format!("{unsigned}.{claims}."),
            format!("{unsigned}.{claims}.{signature}"),
            format!("{header}.{others}.{signature}"),
            format!("{header}.{claims}.{}", &signature[..signature.len() - 4]),
            format!("{token}."),
            format!("{token} {token}"),
            "x".repeat(20_000),
        ] {
            assert!([400, 401, 431].contains(&me(&forged).status), "{forged}");
        }
        for scheme in ["Basic", "Token", "Bearer:"] {
            let header = format!("{scheme} {token}");
            app.anonymous().send("GET", "/api/v1/auth/me", &[("authorization", &header)], None).expect(401);
        }
        app.anonymous().get(&format!("/api/v1/auth/me?access_token={token}")).expect(401);
        app.anonymous().send("GET", "/api/v1/auth/me", &[("cookie", &format!("access_token={token}"))], None).expect(401);
    }

    fn a_token_is_good_for_ten_minutes(app) {
        let editor = app.chief_editor();
        app.clock.advance(599);
        editor.get("/api/v1/auth/me").expect(200);
        app.clock.advance(1);
        refused_everywhere(&editor, "token_expired");
    }

    fn a_session_that_was_ended_opens_nothing(app) {
        let editor = app.chief_editor();
        let other = app.log_in("tong-bien-tap@so.example");
        editor.send("POST", "/api/v1/auth/logout", &[], None).expect(204);
        let ground = app.admin();
        let section = content::category(&ground, "Tin");
        let draft = content::article(&ground, &section, "Một tin");
        for (method, path, _) in operations().filter(|(_, _, operation)| !is_public(operation)) {
            if method == "GET" {
                editor.get(&path_with(path, NOBODY)).expect(401);
            }
        }
        let write = json!({"title": "Lén", "categoryId": section, "body": {"format": "text", "value": "a"}});
        editor.post("/api/v1/editorial/articles", &write).expect(401);
        editor.patch(&format!("/api/v1/editorial/articles/{}", draft.id()), &draft.etag(), &json!({"byline": "x"})).expect(401);
        editor.post_at(&format!("/api/v1/editorial/articles/{}/actions/publish", draft.id()), &draft.etag(), &json!({})).expect(401);
        editor.delete(&format!("/api/v1/editorial/categories/{section}"), "\"1\"").expect(401);
        editor.send("POST", "/api/v1/auth/logout", &[], None).expect(401);
        other.get("/api/v1/auth/me").expect(200);
    }

    fn a_wrong_login_does_not_say_what_was_wrong(app) {
        app.author();
        let try_with = |email: &str, password: &str| {
            let mut json = app.anonymous().post("/api/v1/auth/login", &json!({"email": email, "password": password})).expect(401).json;
            json["requestId"].take();
            json
        };
        let known = try_with("tac-gia@so.example", "sai-mat-khau-roi");
        assert_eq!(known["code"], "unauthenticated");
        for (email, password) in [("khong-ai@so.example", "sai-mat-khau-roi"), ("no address", "x"), ("", ""), ("a\0@so.example", "\0")] {
            assert_eq!(try_with(email, password), known, "{email}");
        }
    }

    fn the_desk_shares_with_its_own_origin_only(app) {
        let editor = app.chief_editor();
        let ask = |origin: &str| editor.send("GET", "/api/v1/editorial/articles", &[("origin", origin)], None).expect(200);
        let asked = ask(DESK_ORIGIN);
        assert_eq!(asked.header("access-control-allow-origin"), Some(DESK_ORIGIN));
        assert!(asked.header("access-control-expose-headers").unwrap().to_ascii_lowercase().contains("etag"));
        assert!(asked.header("vary").unwrap().to_ascii_lowercase().contains("origin"));
        for path in ["/api/v1/editorial/articles", "/api/v1/auth/me", "/api/v1/auth/login"] {
            let answer = preflight(&app, path, DESK_ORIGIN, "PATCH", "authorization,content-type,if-match,idempotency-key");
            assert_eq!(answer.header("access-control-allow-origin"), Some(DESK_ORIGIN), "{path}");
            let methods = answer.header("access-control-allow-methods").unwrap();
            assert!(["GET", "POST", "PUT", "PATCH", "DELETE"].iter().all(|method| methods.contains(method)), "{methods}");
            for other in others() {
                let answer = preflight(&app, path, other, "GET", "authorization");
                assert_eq!(answer.header("access-control-allow-origin"), None, "{other} at {path}");
            }
        }
        for other in others() {
            assert_eq!(ask(other).header("access-control-allow-origin"), None, "{other}");
            let refused = app.anonymous().send("GET", "/api/v1/editorial/articles", &[("origin", other)], None).expect(401);
            assert_eq!(refused.header("access-control-allow-origin"), None, "{other}");
        }
        let refused = app.anonymous().send("GET", "/api/v1/auth/me", &[("origin", DESK_ORIGIN)], None).expect(401);
        assert_eq!(refused.header("access-control-allow-origin"), Some(DESK_ORIGIN), "the desk can read why it was refused");
    }

    fn the_public_side_shares_with_everybody_and_without_credentials(app) {
        let public = app.anonymous();
        for origin in ["https://anything.example", "null", DESK_ORIGIN] {
            let from = [("origin", origin), ("content-type", "application/json")];
            let mut answers: Vec<Answer> = operations()
                .filter(|(method, path, _)| method == "GET" && path.starts_with("/api/v1/") && !is_under_auth_or_desk(path))
                .map(|(_, path, _)| public.send("GET", &path_with(path, NOBODY), &from[..1], None))
                .collect();
            answers.push(public.send("POST", "/api/v1/visits", &from, Some(br#"{"path": "/"}"#)).expect(200));
            answers.push(public.send("POST", "/api/v1/visits", &from, Some(b"{")).expect(400));
            answers.push(preflight(&app, "/api/v1/visits", origin, "POST", "content-type"));
            answers.push(preflight(&app, "/api/v1/articles", origin, "GET", "if-none-match"));
            for answer in answers {
                assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{} from {origin}", answer.request);
                assert_eq!(answer.header("access-control-allow-credentials"), None, "{}", answer.request);
            }
        }
    }

    fn another_method_is_answered_with_those_that_there_are(app) {
        let (editor, public) = (app.chief_editor(), app.anonymous());
        for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
            for method in METHODS.iter().filter(|method| item.get(**method).is_none()) {
                for client in [&editor, &public] {
                    let answer = client.send(&method.to_uppercase(), &path_with(path, NOBODY), &[], None).expect(405);
                    let allowed = answer.header("allow").unwrap_or_default().to_owned();
                    let known: Vec<String> = METHODS.iter().filter(|known| item.get(**known).is_some()).map(|known| known.to_uppercase()).collect();
                    assert!(known.iter().all(|known| allowed.split(", ").any(|one| one == known)), "{}: Allow: {allowed}", answer.request);
                    assert_eq!(answer.json["code"], "method_not_allowed", "{}", answer.request);
                }
            }
        }
    }

    fn an_unknown_address_is_a_problem_like_any_other(app) {
        for path in ["/", "/nothing", "/api", "/api/v1", "/api/v2/articles", "/api/v1/nothing", "/api/v1/editorial", "/api/v1/editorial/nothing", "/api/v1/auth/register"] {
            for method in ["GET", "POST", "DELETE", "OPTIONS", "TRACE"] {
                let answer = app.anonymous().send(method, path, &[], None).expect(404);
                assert_eq!((answer.json["code"].as_str(), answer.header("content-type")), (Some("not_found"), Some("application/problem+json")));
            }
        }
    }

    fn no_spelling_of_an_address_goes_around_the_door(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Kín");
        for spelling in [
            "//api/v1/editorial/categories", "/api//v1/editorial/categories", "/api/v1//editorial/categories", "/api/v1/editorial//categories",
            "/api/v1/editorial/categories/", "/api/v1/editorial/categories//", "/api/v1/editorial/categories/?", "/api/v1/./editorial/categories",
            "/api/v1/%2e/editorial/categories", "/api/v1/articles/../editorial/categories", "/api/v1/articles/%2e%2e/editorial/categories",
            "/api/v1/articles/..%2feditorial/categories", "/api/v1/editorial%2fcategories", "/api/v1/%65ditorial/categories",
            "/api/v1/editorial/%63ategories", "/API/V1/EDITORIAL/CATEGORIES", "/api/v1/Editorial/categories", "/api/v1/editorial;x/categories",
            "/api/v1/editorial/categories;x", "/api/v1/editorial/categories;x=1/", "/api/v1/editorial/categories%00", "/api/v1/editorial/categories%20",
            "/api/v1/editorial/categories.json", "/api/v1/editorial/categories%3f", "/api/v1/%2565ditorial/categories", "/api/v1/site/../editorial/categories",
        ] {
            let answer = app.anonymous().get(spelling);
            assert!([400, 401, 404].contains(&answer.status), "{spelling}: {}", answer.status);
            assert!(!String::from_utf8_lossy(&answer.bytes).contains(&section), "{spelling}");
            let write = app.anonymous().post(spelling, &json!({"name": "Lén"}));
            assert!([400, 401, 404, 405].contains(&write.status), "{spelling}: {}", write.status);
        }
        assert_eq!(editor.get("/api/v1/editorial/categories").expect(200).data().as_array().unwrap().len(), 1);
    }

    fn head_is_get_without_the_body(app) {
        let editor = app.chief_editor();
        let page = SeedPage::write(&editor);
        page.publish(&editor);
        let public = app.anonymous();
        let existing = ["articles", "events", "speeches", "people", "organisations", "categories", "media"].map(|kind| {
            let id = match kind {
                "articles" => page.article.id(),
                "events" => page.event.id(),
                "speeches" => page.speeches[0].id(),
                "people" => page.director.id(),
                "organisations" => page.department.id(),
                "categories" => page.section.clone(),
                _ => page.picture.id(),
            };
            format!("/api/v1/{kind}/{id}")
        });
        let documented = operations().filter(|(method, path, _)| method == "GET" && !is_under_auth_or_desk(path));
        let paths = documented.map(|(_, path, _)| path_with(path, NOBODY)).chain(existing);
        for path in paths.chain([format!("/api/v1/media/{}/original", page.picture.id()), "/openapi.json".to_owned(), "/docs/".to_owned()]) {
            let (get, head) = (public.get(&path), public.send("HEAD", &path, &[], None));
            let shown = |answer: &Answer| {
                let mut headers = answer.headers.clone();
                headers.retain(|(name, _)| !["x-request-id", "date", "server-timing"].contains(&name.as_str()));
                // The id in a problem has one length, whichever it is.
                headers.sort();
                (answer.status, headers)
            };
            assert_eq!(shown(&get), shown(&head), "{path}");
            // A stream says nothing before there is something to say.
            let says_something = !get.bytes.is_empty() || path.ends_with("/stream");
            assert!(head.bytes.is_empty() && says_something, "{path}");
        }
    }

    fn no_header_and_no_parameter_changes_the_method(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let path = format!("/api/v1/editorial/categories/{section}");
        for name in ["x-http-method-override", "x-http-method", "x-method-override"] {
            let headers = [(name, "DELETE"), ("if-match", "\"1\"")];
            editor.send("GET", &path, &headers, None).expect(200);
            editor.send("POST", &path, &headers, Some(b"{}")).expect(405);
        }
        let form = [("content-type", "application/x-www-form-urlencoded"), ("if-match", "\"1\"")];
        editor.send("POST", &format!("{path}?_method=DELETE"), &form, Some(b"_method=DELETE")).expect(405);
        editor.send("GET", &format!("{path}?_method=DELETE"), &form[1..], None);
        editor.get(&path).expect(200);
    }

    fn an_author_works_on_own_drafts_and_nothing_else(app) {
        let (chief, author) = (app.chief_editor(), app.author());
        let other = app.user(Role::Author, "tac-gia-khac@so.example");
        let section = content::category(&chief, "Tin");
        let draft = content::article(&author, &section, "Tin của tôi");
        let path = format!("/api/v1/editorial/articles/{}", draft.id());
        author.patch(&path, &draft.etag(), &json!({"byline": "T.G"})).expect(200);
        author.post_at(&format!("{path}/actions/publish"), "\"2\"", &json!({})).expect(403);
        app.anonymous().get(&format!("/api/v1/articles/{}", draft.id())).expect(404);

        other.get(&path).expect(404);
        other.patch(&path, "\"2\"", &json!({"byline": "x"})).expect(404);
        for action in ["publish", "unpublish"] {
            other.post_at(&format!("{path}/actions/{action}"), "\"2\"", &json!({})).expect(404);
        }
        assert_eq!(other.get("/api/v1/editorial/articles").expect(200).data(), &json!([]));
        assert_eq!(chief.get(&path).expect(200).data()["byline"], "T.G");

        author.patch("/api/v1/editorial/site", "\"1\"", &json!({"name": "Của tôi"})).expect(403);
        author.post("/api/v1/editorial/categories", &json!({"name": "Mục mới"})).expect(403);
        author.patch(&format!("/api/v1/editorial/categories/{section}"), "\"1\"", &json!({"name": "Khác"})).expect(403);
        author.delete(&format!("/api/v1/editorial/categories/{section}"), "\"1\"").expect(403);
    }
}

/// What a browser asks before it sends a request to another origin.
fn preflight(app: &TestApp, path: &str, origin: &str, method: &str, headers: &str) -> Answer {
    let asked =
        [("origin", origin), ("access-control-request-method", method), ("access-control-request-headers", headers)];
    app.anonymous().send("OPTIONS", path, &asked, None)
}

/// Origins that are not the desk's, however much they look like it.
fn others() -> [&'static str; 8] {
    [
        "null",
        "https://evil.example",
        "http://desk.example",
        "https://desk.example:8443",
        "https://desk.example.evil.example",
        "https://evil-desk.example",
        "https://evil.example/?https://desk.example",
        "https://sub.desk.example",
    ]
}
