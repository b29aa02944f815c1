//! Sessions: begun by a password, carried on by refresh tokens, ended everywhere at once.

use bantin_domain::policy::Role;
use bantin_persistence::accounts;
use bantin_tests::{Answer, Client, Db, TestApp, app::PASSWORD, both, node::Node};
use serde_json::{Value, json};

const DAY: i64 = 24 * 60 * 60;
const EMAIL: &str = "tac-gia@so.example";
const NEW_PASSWORD: &str = "mot-cau-khac-han-cho-de-nho";

/// Logs in and tells both tokens.
fn tokens(app: &TestApp) -> (String, String) {
    tokens_of(&app.anonymous().post("/api/v1/auth/login", &json!({"email": EMAIL, "password": PASSWORD})).expect(200))
}

fn tokens_of(answer: &Answer) -> (String, String) {
    let text = |name: &str| answer.data()[name].as_str().unwrap().to_owned();
    (text("accessToken"), text("refreshToken"))
}

fn refresh(client: &Client, token: &str) -> Answer {
    client.post("/api/v1/auth/refresh", &json!({"refreshToken": token}))
}

fn me(client: &Client, token: &str) -> Answer {
    client.with_token(token).get("/api/v1/auth/me")
}

/// The acts that the audit log knows of an account, oldest first.
fn acts(app: &TestApp, user: &str) -> Vec<Value> {
    let admin = app.user(Role::Admin, "kiem-tra@so.example");
    let path = format!("/api/v1/editorial/audit-log?limit=100&filter[resourceId]={user}");
    let mut entries = admin.get(&path).expect(200).data().as_array().unwrap().clone();
    entries.reverse();
    entries
}

fn names(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect()
}

both! {
    fn a_session_is_carried_on_by_exchanging_the_token_for_the_next(app) {
        app.author();
        let (_, first) = tokens(&app);
        assert!(first.starts_with("btnr_"));
        app.clock.advance(601);
        let answer = refresh(&app.anonymous(), &first).expect(200);
        let (access, second) = tokens_of(&answer);
        assert_ne!(first, second);
        assert_eq!((answer.data()["expiresIn"].as_i64(), &answer.data()["user"]["email"]), (Some(600), &json!(EMAIL)));
        assert_eq!(answer.header("cache-control"), Some("private, no-store"));
        me(&app.anonymous(), &access).expect(200);
        app.clock.advance(601);
        refresh(&app.anonymous(), &second).expect(200);
    }

    fn a_client_that_races_itself_gets_the_same_next_token_for_ten_seconds(app) {
        app.author();
        let (_, first) = tokens(&app);
        let (_, second) = tokens_of(&refresh(&app.anonymous(), &first).expect(200));
        app.clock.advance(10);
        let (access, again) = tokens_of(&refresh(&app.anonymous(), &first).expect(200));
        assert_eq!(again, second);
        me(&app.anonymous(), &access).expect(200);
    }

    fn a_spent_token_that_comes_later_ends_the_whole_session(app) {
        let user = app.author().get("/api/v1/auth/me").expect(200).id();
        let (access, first) = tokens(&app);
        let other = app.log_in(EMAIL);
        let (_, second) = tokens_of(&refresh(&app.anonymous(), &first).expect(200));
        app.clock.advance(11);
        let mut refused = refresh(&app.anonymous(), &first).expect(401).json;
        refresh(&app.anonymous(), &second).expect(401);
        me(&app.anonymous(), &access).expect(401);
        other.get("/api/v1/auth/me").expect(200);
        let mut nonsense = refresh(&app.anonymous(), "btnr_x").expect(401).json;
        nonsense["requestId"].take();
        refused["requestId"].take();
        assert_eq!(refused, nonsense, "nobody learns why a token is refused");
        let entries = acts(&app, &user);
        assert_eq!(names(&entries).iter().filter(|name| **name == "user.refreshTokenReused").count(), 1);
    }

    fn nodes_that_are_asked_at_once_exchange_a_token_once(app) {
        app.author();
        let (_, first) = tokens(&app);
        let node = Node::beside(&app);
        let clients = [app.anonymous(), node.anonymous()];
        let answers: Vec<Answer> = std::thread::scope(|scope| {
            let asked: Vec<_> = (0..8).map(|n| { let (client, first) = (&clients[n % 2], &first); scope.spawn(move || refresh(client, first)) }).collect();
            asked.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let (access, second) = tokens_of(&answers[0]);
        for answer in answers {
            assert_eq!(tokens_of(&answer.expect(200)).1, second);
        }
        me(&clients[1], &access).expect(200);
        app.clock.advance(60);
        // One that was exchanged twice would have a brother that nobody knows of.
        let (_, third) = tokens_of(&refresh(&clients[0], &second).expect(200));
        app.clock.advance(60);
        refresh(&clients[1], &third).expect(200);
    }

    fn a_session_that_is_not_carried_on_for_a_week_is_over(app) {
        app.author();
        let (_, token) = tokens(&app);
        app.clock.advance(7 * DAY - 1);
        let (_, token) = tokens_of(&refresh(&app.anonymous(), &token).expect(200));
        app.clock.advance(7 * DAY);
        refresh(&app.anonymous(), &token).expect(401);
        let sessions = app.log_in(EMAIL).get("/api/v1/auth/sessions").expect(200);
        assert_eq!(sessions.data().as_array().unwrap().len(), 1, "one that nobody can carry on is not shown");
    }

    fn every_session_is_over_a_month_after_its_login(app) {
        app.author();
        let (_, mut token) = tokens(&app);
        for _ in 0..5 {
            app.clock.advance(6 * DAY - 1);
            token = tokens_of(&refresh(&app.anonymous(), &token).expect(200)).1;
        }
        let (access, token) = tokens_of(&refresh(&app.anonymous(), &token).expect(200));
        app.clock.advance(4);
        me(&app.anonymous(), &access).expect(200);
        app.clock.advance(1);
        me(&app.anonymous(), &access).expect(401);
        refresh(&app.anonymous(), &token).expect(401);
    }

    fn what_ends_a_session_ends_it_on_every_node_at_the_next_request(app) {
        app.author();
        let node = Node::beside(&app);
        let (access, token) = tokens(&app);
        me(&node.anonymous(), &access).expect(200);
        app.anonymous().with_token(&access).send("POST", "/api/v1/auth/logout", &[], None).expect(204);
        me(&node.anonymous(), &access).expect(401);
        refresh(&node.anonymous(), &token).expect(401);
    }

    fn one_sees_and_ends_ones_own_sessions_only(app) {
        let mine = app.author();
        let second = app.log_in(EMAIL);
        let third = app.log_in(EMAIL);
        let stranger = app.editor();
        let sessions = mine.get("/api/v1/auth/sessions").expect(200).data().as_array().unwrap().clone();
        assert_eq!(sessions.len(), 3);
        assert_eq!(sessions.iter().map(|one| one["current"].as_bool().unwrap()).collect::<Vec<_>>(), [false, false, true]);
        assert_eq!(sessions[0]["network"], "127.0.0.0/24");
        assert!(!sessions.iter().any(|one| one.to_string().contains("btnr_")));
        let first_page = mine.get("/api/v1/auth/sessions?limit=2&count=exact").expect(200);
        assert_eq!((first_page.data()[1]["id"].clone(), first_page.json["page"]["total"].as_i64()), (sessions[1]["id"].clone(), Some(3)));
        let next = first_page.json["page"]["next"].as_str().unwrap().to_owned();
        assert_eq!(mine.get(&format!("/api/v1/auth/sessions?limit=2&cursor={next}")).expect(200).data()[0]["id"], sessions[2]["id"]);

        let newest = format!("/api/v1/auth/sessions/{}", sessions[0]["id"].as_str().unwrap());
        stranger.send("DELETE", &newest, &[], None).expect(404);
        third.get("/api/v1/auth/me").expect(200);
        mine.send("DELETE", &newest, &[], None).expect(204);
        third.get("/api/v1/auth/me").expect(401);
        mine.send("DELETE", &newest, &[], None).expect(404);
        second.get("/api/v1/auth/me").expect(200);
        mine.send("DELETE", "/api/v1/auth/sessions", &[], None).expect(204);
        second.get("/api/v1/auth/me").expect(401);
        mine.get("/api/v1/auth/me").expect(200);
        stranger.get("/api/v1/auth/me").expect(200);
    }

    fn the_own_account_says_what_one_may_do(app) {
        let author = app.author().get("/api/v1/auth/me").expect(200);
        assert_eq!((&author.data()["role"], &author.data()["categoryIds"], &author.data()["email"]), (&json!("author"), &Value::Null, &json!(EMAIL)));
        let permissions = author.data()["permissions"].as_array().unwrap();
        assert!(permissions.contains(&json!({"permission": "article:edit", "scope": "own"})));
        assert!(!permissions.iter().any(|one| one["permission"] == "article:publish"));
    }

    fn another_password_ends_all_other_sessions_and_all_links(app) {
        let admin = app.admin();
        let mine = app.author();
        let (access, token) = tokens(&app);
        let user = mine.get("/api/v1/auth/me").expect(200).id();
        let link = admin.json("POST", &format!("/api/v1/editorial/users/{user}/reset"), &[], &json!({})).expect(200);
        let write = |current: &str, new: &str| mine.json("PUT", "/api/v1/auth/password", &[], &json!({"currentPassword": current, "newPassword": new}));
        let wrong = write("sai-mat-khau-roi", NEW_PASSWORD).expect(403);
        assert_eq!(wrong.json["code"], "wrong_password");
        assert_eq!(write(PASSWORD, "ngan").expect(422).faults(), ("too_short".to_owned(), vec![("/newPassword".to_owned(), "too_short".to_owned())]));
        me(&app.anonymous(), &access).expect(200);
        write(PASSWORD, NEW_PASSWORD).expect(204);
        mine.get("/api/v1/auth/me").expect(200);
        me(&app.anonymous(), &access).expect(401);
        refresh(&app.anonymous(), &token).expect(401);
        let accept = json!({"token": link.data()["token"], "password": NEW_PASSWORD});
        assert_eq!(app.anonymous().post("/api/v1/auth/accept", &accept).expect(422).faults().0, "invalid_link");
        app.anonymous().post("/api/v1/auth/login", &json!({"email": EMAIL, "password": PASSWORD})).expect(401);
        app.anonymous().post("/api/v1/auth/login", &json!({"email": EMAIL, "password": NEW_PASSWORD})).expect(200);
        let entries = acts(&app, &user);
        let changed = entries.iter().find(|entry| entry["action"] == "user.changePassword").unwrap();
        assert_eq!(changed["fields"], json!([{"field": "password"}]));
        assert!(names(&entries).contains(&"user.changePasswordFailed"));
    }

    fn answers_that_carry_a_secret_take_no_key(app) {
        let admin = app.admin();
        let key = [("idempotency-key", "k")];
        let user = admin.get("/api/v1/auth/me").expect(200).id();
        for path in ["/api/v1/auth/login", "/api/v1/auth/refresh", "/api/v1/editorial/users", &format!("/api/v1/editorial/users/{user}/reset")] {
            let refused = admin.json("POST", path, &key, &json!({})).expect(400);
            assert_eq!(refused.faults().1[0].0, "Idempotency-Key", "{path}");
        }
    }

    fn who_has_not_logged_in_yet_may_send_four_kilobytes(app) {
        let long = "a".repeat(5_000);
        for path in ["/api/v1/auth/login", "/api/v1/auth/refresh", "/api/v1/auth/accept"] {
            app.anonymous().post(path, &json!({"refreshToken": long, "token": long, "password": long})).expect(413);
        }
    }

    fn what_is_good_for_nothing_any_more_is_forgotten(app) {
        app.author();
        let (_, token) = tokens(&app);
        let digest = bantin_application::auth::opaque::digest(&token);
        let store = app.api.app.store();
        let known = || store.desk(|desk| accounts::sessions::find_refresh(desk, &digest)).unwrap();
        app.clock.advance(7 * DAY - 1);
        store.write(accounts::sessions::forget_old).unwrap();
        assert!(known().is_some());
        app.clock.advance(54 * DAY);
        store.write(accounts::sessions::forget_old).unwrap();
        assert_eq!(known(), None);
        refresh(&app.anonymous(), &token).expect(401);
        app.log_in(EMAIL).get("/api/v1/auth/me").expect(200);
    }

    fn a_refresh_that_is_not_committed_leaves_the_token_as_it_was(app) {
        app.author();
        let (_, first) = tokens(&app);
        // A node that dies in the transaction has done nothing: here its last statement is refused.
        let digest = bantin_application::auth::opaque::digest(&first);
        let died = app.api.app.store().write(|tx| {
            accounts::sessions::spend_refresh(tx, &digest)?;
            Err::<(), bantin_persistence::StoreError>(bantin_persistence::StoreError::Unavailable("died".to_owned()))
        });
        assert!(died.is_err());
        app.clock.advance(60);
        refresh(&app.anonymous(), &first).expect(200);
    }
}

#[test]
fn no_secret_that_was_given_stands_in_the_database() {
    let app = TestApp::start(Db::Sqlite);
    let admin = app.admin();
    app.author();
    let (access, token) = tokens(&app);
    let (_, second) = tokens_of(&refresh(&app.anonymous(), &token).expect(200));
    let invited = json!({"email": "moi@so.example", "name": "Người mới", "role": "author"});
    let link = admin.post("/api/v1/editorial/users", &invited).expect(201);
    let link = link.data()["invitation"]["token"].as_str().unwrap().to_owned();
    app.anonymous()
        .post("/api/v1/auth/login", &json!({"email": "ai-do@so.example", "password": NEW_PASSWORD}))
        .expect(401);
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(&app.folder).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap_or_default());
    }
    let holds = |secret: &str| bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
    assert!(holds(EMAIL), "the database was not read");
    for secret in [&access, &token, &second, &link, PASSWORD, NEW_PASSWORD, "ai-do@so.example"] {
        assert!(!holds(secret), "{secret}");
    }
}
