//! Guessing passwords: slowed down by account and by network, told apart by nothing that an attacker
//! sends, and never a way to lock anybody out.

use bantin_application::auth::password::HashParameters;
use bantin_domain::{policy::Role, user::Email};
use bantin_persistence::accounts;
use bantin_tests::{Answer, Client, TestApp, app::PASSWORD, both, node::Node};
use serde_json::{Value, json};

const EMAIL: &str = "tac-gia@so.example";
const WRONG: &str = "sai-mat-khau-roi";

/// A login from an address: the peer is a proxy that the settings trust.
fn from(client: &Client, address: &str, email: &str, password: &str) -> Answer {
    client.json(
        "POST",
        "/api/v1/auth/login",
        &[("x-forwarded-for", address)],
        &json!({"email": email, "password": password}),
    )
}

fn log_in(app: &TestApp, email: &str, password: &str) -> Answer {
    from(&app.anonymous(), "203.0.113.9", email, password)
}

/// All that a client can tell an answer by.
fn seen(answer: &Answer) -> (u16, Value, Vec<(String, String)>) {
    let mut json = answer.json.clone();
    json["requestId"].take();
    let mut headers = answer.headers.clone();
    headers.retain(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()));
    headers.sort();
    (answer.status, json, headers)
}

fn account(app: &TestApp) -> accounts::Account {
    let email = Email::parse(EMAIL).unwrap();
    app.api.app.store().desk(|desk| accounts::find_by_email(desk, &email)).unwrap().unwrap()
}

both! {
    fn ten_failures_are_free_and_each_further_one_costs_a_longer_pause(app) {
        app.author();
        for _ in 0..10 {
            log_in(&app, EMAIL, WRONG).expect(401);
        }
        for pause in [2, 4, 8, 16] {
            let refused = log_in(&app, EMAIL, PASSWORD).expect(429);
            assert_eq!((refused.json["code"].as_str(), refused.header("retry-after")), (Some("rate_limited"), Some(pause.to_string().as_str())));
            app.clock.advance(pause - 1);
            log_in(&app, EMAIL, PASSWORD).expect(429);
            app.clock.advance(1);
            log_in(&app, EMAIL, WRONG).expect(401);
        }
        app.clock.advance(32);
        log_in(&app, EMAIL, PASSWORD).expect(200);
        for _ in 0..10 {
            log_in(&app, EMAIL, WRONG).expect(401);
        }
        log_in(&app, EMAIL, WRONG).expect(429);
    }

    fn an_unknown_account_is_answered_as_a_known_one_to_the_last_byte(app) {
        app.author();
        app.user(Role::Author, "nghi-viec@so.example");
        app.wait(bantin_application::users::disable(&app.api.app, "nghi-viec@so.example")).unwrap();
        for _ in 0..12 {
            let known = seen(&log_in(&app, EMAIL, WRONG));
            assert_eq!(seen(&log_in(&app, "khong-ai@so.example", WRONG)), known);
            assert_eq!(seen(&log_in(&app, "nghi-viec@so.example", PASSWORD)), known);
            assert_eq!(seen(&log_in(&app, "khong phai dia chi", WRONG)), known);
        }
        assert_eq!(log_in(&app, EMAIL, WRONG).status, 429);
    }

    fn no_spelling_and_no_header_begins_the_count_anew(app) {
        app.author();
        let spellings = [EMAIL.to_owned(), EMAIL.to_uppercase(), format!("  {EMAIL} "), "Tac-Gia@So.Example".to_owned()];
        for n in 0..10 {
            let address = format!("198.51.{n}.7");
            from(&app.anonymous(), &address, &spellings[n % spellings.len()], WRONG).expect(401);
        }
        let body = json!({"email": EMAIL, "password": PASSWORD});
        for header in ["forwarded", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip"] {
            app.anonymous().json("POST", "/api/v1/auth/login", &[(header, "6.6.6.6")], &body).expect(429);
        }
        for spelling in spellings {
            log_in(&app, &spelling, PASSWORD).expect(429);
        }
    }

    fn a_network_that_tries_many_accounts_is_slowed_down_whatever_it_says_of_itself(app) {
        app.author();
        for n in 0..100 {
            // The last address is the one that the proxy saw; what stands before it, anybody can write.
            let address = format!("6.6.6.{n}, 203.0.113.{n}");
            from(&app.anonymous(), &address, &format!("ai-do-{n}@so.example"), WRONG).expect(401);
        }
        let refused = from(&app.anonymous(), "203.0.113.200", EMAIL, PASSWORD).expect(429);
        assert_eq!(refused.header("retry-after"), Some("36"));
        from(&app.anonymous(), "203.0.114.200", EMAIL, PASSWORD).expect(200);
        app.clock.advance(36);
        from(&app.anonymous(), "203.0.113.200", EMAIL, PASSWORD).expect(200);
        from(&app.anonymous(), "203.0.113.200", "ai-do@so.example", WRONG).expect(401);
        from(&app.anonymous(), "203.0.113.200", EMAIL, PASSWORD).expect(429);
    }

    fn all_addresses_of_an_ipv6_household_are_one_network(app) {
        for n in 0..100 {
            from(&app.anonymous(), &format!("2001:db8:1:2::{n:x}"), &format!("ai-do-{n}@so.example"), WRONG).expect(401);
        }
        from(&app.anonymous(), "2001:db8:1:2:ffff::1", EMAIL, WRONG).expect(429);
        from(&app.anonymous(), "2001:db8:1:3::1", EMAIL, WRONG).expect(401);
    }

    fn whoever_floods_an_account_does_not_lock_its_owner_out(app) {
        app.author();
        let answer = log_in(&app, EMAIL, PASSWORD).expect(200);
        let mine = Client::new(&app.base, Some(answer.data()["accessToken"].as_str().unwrap().to_owned()));
        let token = json!({"refreshToken": answer.data()["refreshToken"]});
        for _ in 0..11 {
            from(&app.anonymous(), "198.51.100.66", EMAIL, WRONG);
        }
        log_in(&app, EMAIL, PASSWORD).expect(429);
        mine.get("/api/v1/auth/me").expect(200);
        let carried_on = from_refresh(&app, &token).expect(200);
        assert!(carried_on.data()["accessToken"].is_string());
        app.clock.advance(2);
        log_in(&app, EMAIL, PASSWORD).expect(200);
    }

    fn a_hundred_tries_at_once_are_not_one(app) {
        app.author();
        let node = Node::beside(&app);
        let clients = [app.anonymous(), node.anonymous()];
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..40).map(|n| { let client = &clients[n % 2]; scope.spawn(move || from(client, "203.0.113.9", EMAIL, WRONG).status) }).collect();
            tries.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let refused = statuses.iter().filter(|status| **status == 401).count();
        assert_eq!((refused, statuses.iter().filter(|status| **status == 429).count()), (10, 30), "{statuses:?}");
    }

    fn tries_of_the_current_password_count_like_logins(app) {
        let mine = app.author();
        let write = |current: &str| mine.json("PUT", "/api/v1/auth/password", &[], &json!({"currentPassword": current, "newPassword": "mot-cau-khac-han-cho-de-nho"}));
        for _ in 0..10 {
            write(WRONG).expect(403);
        }
        write(PASSWORD).expect(429);
        app.clock.advance(2);
        write(PASSWORD).expect(204);
    }

    fn logins_are_in_the_audit_log_without_what_was_typed(app) {
        let admin = app.admin();
        app.author();
        log_in(&app, EMAIL, WRONG).expect(401);
        log_in(&app, "mat-khau-go-nham-o-day@so.example", WRONG).expect(401);
        let user = account(&app).user.id.to_string();
        let log = admin.get("/api/v1/editorial/audit-log?limit=100").expect(200);
        let entries: Vec<&Value> = log.data().as_array().unwrap().iter().filter(|entry| entry["action"].as_str().unwrap().starts_with("user.logIn")).collect();
        let shown = |entry: &Value| (entry["action"].as_str().unwrap().to_owned(), entry["resourceId"].clone(), entry["actor"]["id"].clone(), entry["network"].clone());
        let failed = |id: Value| ("user.logInFailed".to_owned(), id, Value::Null, json!("203.0.113.0/24"));
        assert_eq!(shown(entries[0]), failed(Value::Null));
        assert_eq!(shown(entries[1]), failed(json!(user)));
        assert_eq!(shown(entries[2]), ("user.logIn".to_owned(), json!(user), json!(user), json!("127.0.0.0/24")));
        assert!(entries.iter().all(|entry| entry["requestId"].is_string()));
        let text = log.json.to_string();
        assert!(!text.contains("go-nham") && !text.contains(WRONG) && !text.contains(EMAIL), "{text}");
    }

    fn a_login_hashes_the_password_anew_where_hashes_cost_more_by_now(app) {
        app.author();
        let before = account(&app).password_hash.unwrap();
        log_in(&app, EMAIL, PASSWORD).expect(200);
        assert_eq!(account(&app).password_hash.unwrap(), before);
        let node = Node::with_hashing(&app, HashParameters::DEFAULT);
        from(&node.anonymous(), "203.0.113.9", EMAIL, WRONG).expect(401);
        assert_eq!(account(&app).password_hash.unwrap(), before, "only who knows it can have it hashed anew");
        from(&node.anonymous(), "203.0.113.9", EMAIL, PASSWORD).expect(200);
        let after = account(&app);
        assert!(after.password_hash.as_deref().unwrap().contains("m=19456,t=2,p=1"));
        from(&node.anonymous(), "203.0.113.9", EMAIL, PASSWORD).expect(200);
        assert_eq!(account(&app).password_hash, after.password_hash);
        log_in(&app, EMAIL, PASSWORD).expect(200);
    }
}

fn from_refresh(app: &TestApp, token: &Value) -> Answer {
    app.anonymous().json("POST", "/api/v1/auth/refresh", &[("x-forwarded-for", "198.51.100.66")], token)
}
