//! Accounts over the API: who may look after them, how somebody comes in, and how fast they are out.

use bantin_application::app::AddressPolicy;
use bantin_domain::policy::Role;
use bantin_tests::{Answer, Client, Db, TestApp, app::PASSWORD, both, content, node::Node};
use serde_json::{Value, json};

const USERS: &str = "/api/v1/editorial/users";
const NEW_EMAIL: &str = "moi@so.example";
const NEW_PASSWORD: &str = "mot-cau-khac-han-cho-de-nho";

fn path(id: &str) -> String {
    format!("{USERS}/{id}")
}

/// The id of who somebody is.
fn id_of(client: &Client) -> String {
    client.get("/api/v1/auth/me").expect(200).id()
}

fn invite(client: &Client, role: &str) -> Answer {
    client.post(USERS, &json!({"email": NEW_EMAIL, "name": "Người mới", "role": role}))
}

fn reset(client: &Client, id: &str) -> Answer {
    client.post(&format!("{USERS}/{id}/reset"), &json!({}))
}

fn accept(app: &TestApp, token: &Value, password: &str) -> Answer {
    app.anonymous().post("/api/v1/auth/accept", &json!({"token": token, "password": password}))
}

fn log_in(app: &TestApp, email: &str, password: &str) -> Answer {
    app.anonymous().post("/api/v1/auth/login", &json!({"email": email, "password": password}))
}

/// Changes an account as it stands now.
fn change(client: &Client, id: &str, body: &Value) -> Answer {
    let tag = client.get(&path(id)).expect(200).etag();
    client.patch(&path(id), &tag, body)
}

/// Somebody with a role that was made for the test.
fn with_role(app: &TestApp, admin: &Client, name: &str, permissions: &[(&str, &str)], email: &str) -> Client {
    let permissions: Vec<Value> =
        permissions.iter().map(|(permission, scope)| json!({"permission": permission, "scope": scope})).collect();
    admin
        .post("/api/v1/editorial/roles", &json!({"name": name, "title": "Vai thử", "permissions": permissions}))
        .expect(201);
    app.wait(bantin_application::users::add(
        &app.api.app,
        email,
        "Người thử",
        bantin_domain::policy::RoleName::parse(name).unwrap(),
        PASSWORD,
    ))
    .unwrap();
    app.log_in(email)
}

/// What the log keeps of where an admin logged in from.
fn kept_of_an_address(db: Db, policy: AddressPolicy) -> Value {
    let app = TestApp::start_with(db, |settings| settings.audit_addresses = policy);
    let log = app.admin().get("/api/v1/editorial/audit-log?filter[action]=user.logIn").expect(200);
    log.data()[0]["network"].clone()
}

#[test]
fn the_log_keeps_of_an_address_what_the_settings_say() {
    for db in [Db::Sqlite, Db::Postgres] {
        assert_eq!(kept_of_an_address(db, AddressPolicy::Full), "127.0.0.1");
        assert_eq!(kept_of_an_address(db, AddressPolicy::Network), "127.0.0.0/24");
        assert_eq!(kept_of_an_address(db, AddressPolicy::None), Value::Null);
    }
}

both! {
    fn a_new_database_lets_nobody_in(app) {
        assert!(app.wait(bantin_application::users::list(&app.api.app)).unwrap().is_empty(), "there is no account to begin with");
        for name in ["admin", "admin@localhost", "admin@bantin.example", "quan-tri@so.example"] {
            for password in ["", "admin", "password", PASSWORD] {
                assert_eq!(log_in(&app, name, password).status, 401, "{name} {password}");
            }
        }
    }

    fn somebody_is_invited_chooses_a_password_and_logs_in(app) {
        let admin = app.admin();
        let section = content::category(&admin, "Tin");
        let write = json!({"email": " Moi@So.Example", "name": "Người mới", "role": "editor", "categoryIds": [section]});
        let invited = admin.post(USERS, &write).expect(201);
        assert_eq!(invited.header("location"), Some(format!("https://tin.example{}", path(&invited.id())).as_str()));
        let data = invited.data();
        assert_eq!((&data["email"], &data["role"], &data["categoryIds"], &data["pending"], &data["disabled"]), (&json!(NEW_EMAIL), &json!("editor"), &json!([section]), &json!(true), &json!(false)));
        let link = &data["invitation"];
        assert!(link["token"].as_str().unwrap().starts_with("btni_"));
        assert_eq!((&link["purpose"], &link["expiresAt"]), (&json!("invitation"), &json!("2023-03-14T09:00:00+07:00")));
        assert!(!admin.get(&path(&invited.id())).expect(200).json.to_string().contains("btni_"), "it is shown once");
        log_in(&app, NEW_EMAIL, NEW_PASSWORD).expect(401);

        assert_eq!(accept(&app, &link["token"], "ngan").expect(422).faults().1, [("/password".to_owned(), "too_short".to_owned())]);
        let accepted = accept(&app, &link["token"], NEW_PASSWORD).expect(204);
        assert!(accepted.bytes.is_empty(), "nobody is logged in by a link");
        let mine = log_in(&app, NEW_EMAIL, NEW_PASSWORD).expect(200);
        assert_eq!((&mine.data()["user"]["pending"], &mine.data()["user"]["categoryIds"]), (&json!(false), &json!([section])));
        assert_eq!(accept(&app, &link["token"], NEW_PASSWORD).expect(422).faults().1, [("/token".to_owned(), "invalid_link".to_owned())]);
    }

    fn a_link_is_good_for_an_hour_and_only_the_last_one_is(app) {
        let admin = app.admin();
        let first = invite(&admin, "author").expect(201);
        let again = reset(&admin, &first.id()).expect(200);
        assert_eq!(again.data()["purpose"], "invitation");
        accept(&app, &first.data()["invitation"]["token"], NEW_PASSWORD).expect(422);
        app.clock.advance(60 * 60);
        accept(&app, &again.data()["token"], NEW_PASSWORD).expect(422);
        // The admin's own token is over by now, too.
        let admin = app.log_in("quan-tri@so.example");
        let last = reset(&admin, &first.id()).expect(200);
        app.clock.advance(60 * 60 - 1);
        accept(&app, &last.data()["token"], NEW_PASSWORD).expect(204);
    }

    fn of_all_who_bring_a_link_at_once_one_chooses_the_password(app) {
        let admin = app.admin();
        let node = Node::beside(&app);
        let token = invite(&admin, "author").expect(201).data()["invitation"]["token"].clone();
        let clients = [app.anonymous(), node.anonymous()];
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..8)
                .map(|n| {
                    let (client, token) = (&clients[n % 2], &token);
                    let body = json!({"token": token, "password": format!("mat-khau-rieng-cua-nguoi-{n}")});
                    scope.spawn(move || client.post("/api/v1/auth/accept", &body).status)
                })
                .collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let won: Vec<usize> = (0..8).filter(|n| statuses[*n] == 204).collect();
        assert_eq!((won.len(), statuses.iter().filter(|status| **status == 422).count()), (1, 7), "{statuses:?}");
        log_in(&app, NEW_EMAIL, &format!("mat-khau-rieng-cua-nguoi-{}", won[0])).expect(200);
    }

    fn a_reset_ends_all_sessions_and_no_token_that_is_none_is_told_apart(app) {
        let (admin, author) = (app.admin(), app.author());
        let login = log_in(&app, "tac-gia@so.example", PASSWORD).expect(200);
        let link = reset(&admin, &id_of(&author)).expect(200);
        assert_eq!(link.data()["purpose"], "reset");
        author.get("/api/v1/auth/me").expect(200);
        accept(&app, &link.data()["token"], NEW_PASSWORD).expect(204);
        author.get("/api/v1/auth/me").expect(401);
        app.anonymous().post("/api/v1/auth/refresh", &json!({"refreshToken": login.data()["refreshToken"]})).expect(401);
        log_in(&app, "tac-gia@so.example", PASSWORD).expect(401);
        log_in(&app, "tac-gia@so.example", NEW_PASSWORD).expect(200);
        let told = |token: &Value| {
            let mut json = accept(&app, token, NEW_PASSWORD).expect(422).json;
            json["requestId"].take();
            json
        };
        let spent = told(&link.data()["token"]);
        for other in [json!("btni_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"), json!("nonsense"), login.data()["refreshToken"].clone()] {
            assert_eq!(told(&other), spent, "{other}");
        }
    }

    fn an_address_is_shown_only_to_who_administers_accounts(app) {
        let (admin, editor, author) = (app.admin(), app.editor(), app.author());
        let all = admin.get(&format!("{USERS}?count=exact")).expect(200);
        assert_eq!(all.json["page"]["total"], 3);
        assert_eq!(all.data()[0]["email"], "quan-tri@so.example");
        let seen = editor.get(USERS).expect(200);
        assert!(!seen.json.to_string().contains("so.example"));
        assert_eq!((&seen.data()[0]["email"], &seen.data()[0]["name"]), (&Value::Null, &json!("Người thử")));
        assert_eq!(editor.get(&path(&id_of(&author))).expect(200).data()["email"], Value::Null);
        author.get(USERS).expect(403);
        author.get(&path(&id_of(&admin))).expect(403);
        author.get(&path(content::NOBODY)).expect(403);
        admin.get(&path(content::NOBODY)).expect(404);
    }

    fn the_accounts_are_paged_and_filtered(app) {
        let admin = app.admin();
        for n in 0..5 {
            admin.post(USERS, &json!({"email": format!("a{n}@so.example"), "name": "A", "role": if n < 2 { "editor" } else { "author" }})).expect(201);
        }
        let mut seen = Vec::new();
        let mut address = format!("{USERS}?limit=2");
        for _ in 0..3 {
            let page = admin.get(&address).expect(200);
            seen.extend(page.data().as_array().unwrap().iter().map(|user| user["email"].as_str().unwrap().to_owned()));
            address = format!("{USERS}?limit=2&cursor={}", page.json["page"]["next"].as_str().unwrap_or_default());
        }
        assert_eq!(seen, ["quan-tri@so.example", "a0@so.example", "a1@so.example", "a2@so.example", "a3@so.example", "a4@so.example"]);
        assert_eq!(admin.get(&format!("{USERS}?filter[role]=editor")).expect(200).data().as_array().unwrap().len(), 2);
        assert_eq!(admin.get(&format!("{USERS}?filter[disabled]=true")).expect(200).data(), &json!([]));
        admin.get(&format!("{USERS}?filter[disabled]=maybe")).expect(400);
        admin.get(&format!("{USERS}?filter[email]=a0@so.example")).expect(400);
    }

    fn every_fault_of_an_invitation_is_named(app) {
        let admin = app.admin();
        let faults = |body: Value| admin.post(USERS, &body).expect(422).faults().1;
        let places = |faults: Vec<(String, String)>| faults.into_iter().map(|(place, code)| format!("{place} {code}")).collect::<Vec<_>>();
        assert_eq!(places(faults(json!({}))), ["/email required", "/name required", "/role required"]);
        assert_eq!(places(faults(json!({"email": "x", "name": "", "role": "Không"}))), ["/email invalid_email", "/name required", "/role invalid_name"]);
        let unknown = json!({"email": NEW_EMAIL, "name": "A", "role": "nobody", "categoryIds": [content::NOBODY]});
        assert_eq!(places(faults(unknown)), ["/categoryIds/0 unknown_reference", "/role unknown_reference"]);
        for member in ["password", "passwordHash", "id", "disabled", "version", "permissions"] {
            admin.post(USERS, &json!({"email": NEW_EMAIL, "name": "A", "role": "author", member: "x"})).expect(400);
        }
        assert_eq!(admin.get(USERS).expect(200).data().as_array().unwrap().len(), 1, "nothing was made");
        invite(&admin, "author").expect(201);
        assert_eq!(invite(&admin, "author").expect(409).json["code"], "email_taken");
    }

    fn another_role_or_none_bites_in_the_next_request_on_every_node(app) {
        let admin = app.admin();
        let node = Node::beside(&app);
        let chief = app.chief_editor();
        let id = id_of(&chief);
        let there = node.as_seen(&chief);
        there.get("/api/v1/editorial/articles").expect(200);
        let demoted = change(&admin, &id, &json!({"role": "author"})).expect(200);
        assert_eq!(demoted.data()["role"], "author");
        there.get("/api/v1/editorial/articles").expect(401);
        let chief = app.log_in("tong-bien-tap@so.example");
        chief.get(USERS).expect(403);

        change(&admin, &id, &json!({"disabled": true})).expect(200);
        node.as_seen(&chief).get("/api/v1/auth/me").expect(401);
        log_in(&app, "tong-bien-tap@so.example", PASSWORD).expect(401);
        assert_eq!(reset(&admin, &id).expect(422).json["code"], "disabled");
        change(&admin, &id, &json!({"disabled": false})).expect(200);
        node.as_seen(&chief).get("/api/v1/auth/me").expect(401);
        log_in(&app, "tong-bien-tap@so.example", PASSWORD).expect(200);
    }

    fn sections_that_are_taken_away_are_away_in_the_next_request(app) {
        let admin = app.admin();
        let (news, other) = (content::category(&admin, "Tin"), content::category(&admin, "Khác"));
        let editor = app.editor();
        let draft = content::article(&editor, &news, "Một tin");
        let id = id_of(&editor);
        change(&admin, &id, &json!({"categoryIds": [other]})).expect(200);
        editor.patch(&format!("/api/v1/editorial/articles/{}", draft.id()), &draft.etag(), &json!({"byline": "x"})).expect(403);
        assert_eq!(change(&admin, &id, &json!({"categoryIds": null})).expect(200).data()["categoryIds"], Value::Null);
        editor.patch(&format!("/api/v1/editorial/articles/{}", draft.id()), &draft.etag(), &json!({"byline": "x"})).expect(200);
    }

    fn a_link_of_who_is_shut_out_is_void(app) {
        let admin = app.admin();
        let invited = invite(&admin, "author").expect(201);
        change(&admin, &invited.id(), &json!({"disabled": true})).expect(200);
        accept(&app, &invited.data()["invitation"]["token"], NEW_PASSWORD).expect(422);
        change(&admin, &invited.id(), &json!({"disabled": false})).expect(200);
        accept(&app, &invited.data()["invitation"]["token"], NEW_PASSWORD).expect(422);
    }

    fn the_last_admin_stays(app) {
        let admin = app.admin();
        let id = id_of(&admin);
        for body in [json!({"disabled": true}), json!({"role": "author"})] {
            assert_eq!(change(&admin, &id, &body).expect(422).json["code"], "last_admin");
        }
        admin.get("/api/v1/auth/me").expect(200);
        let second = app.user(Role::Admin, "quan-tri-hai@so.example");
        change(&admin, &id_of(&second), &json!({"disabled": true})).expect(200);
        assert_eq!(change(&admin, &id, &json!({"role": "author"})).expect(422).json["code"], "last_admin", "one that is shut out does not count");
    }

    fn of_two_admins_that_shut_each_other_out_at_once_one_stays(app) {
        let node = Node::beside(&app);
        app.user(Role::Admin, "mot@so.example");
        app.user(Role::Admin, "hai@so.example");
        for body in [json!({"disabled": true}), json!({"role": "author"}), json!({"disabled": true})] {
            let admins = [app.log_in("mot@so.example"), node.as_seen(&app.log_in("hai@so.example"))];
            let ids = [id_of(&admins[0]), id_of(&admins[1])];
            let tags = ids.clone().map(|id| admins[0].get(&path(&id)).expect(200).etag());
            let statuses: Vec<u16> = std::thread::scope(|scope| {
                let shut_out = |who: usize, whom: usize| {
                    let (client, address, tag, body) = (&admins[who], path(&ids[whom]), &tags[whom], &body);
                    scope.spawn(move || client.patch(&address, tag, body).status)
                };
                [shut_out(0, 1), shut_out(1, 0)].map(|act| act.join().unwrap()).to_vec()
            });
            assert!(matches!(statuses[..], [200, 401] | [401, 200]), "{statuses:?}");
            let (left, gone) = if statuses[0] == 200 { (&admins[0], &ids[1]) } else { (&admins[1], &ids[0]) };
            change(left, gone, &json!({"disabled": false, "role": "admin"})).expect(200);
        }
    }

    fn nobody_rises_by_looking_after_accounts(app) {
        let admin = app.admin();
        let (author, editor, chief) = (app.author(), app.editor(), app.chief_editor());
        let permissions: Vec<(String, String)> = author.get("/api/v1/auth/me").expect(200).data()["permissions"].as_array().unwrap().iter()
            .map(|one| (one["permission"].as_str().unwrap().to_owned(), one["scope"].as_str().unwrap().to_owned())).collect();
        let mut permissions: Vec<(&str, &str)> = permissions.iter().map(|(permission, scope)| (permission.as_str(), scope.as_str())).collect();
        permissions.extend([("user:read", "any"), ("user:administer", "any")]);
        let keeper = with_role(&app, &admin, "keeper", &permissions, "giu-cua@so.example");
        let me = id_of(&keeper);

        // Up to what they may do themselves.
        let made = invite(&keeper, "author").expect(201);
        change(&keeper, &made.id(), &json!({"name": "Tên khác"})).expect(200);
        reset(&keeper, &id_of(&author)).expect(200);
        // And no further: neither somebody new, nor somebody there, nor themselves.
        for role in ["admin", "chiefEditor", "editor"] {
            keeper.post(USERS, &json!({"email": "x@so.example", "name": "X", "role": role})).expect(403);
            change(&keeper, &made.id(), &json!({"role": role})).expect(403);
            change(&keeper, &me, &json!({"role": role})).expect(403);
        }
        for other in [&admin, &chief, &editor] {
            let id = id_of(other);
            for body in [json!({"name": "Tên khác"}), json!({"role": "author"}), json!({"disabled": true})] {
                change(&keeper, &id, &body).expect(403);
            }
            reset(&keeper, &id).expect(403);
        }
        for weak in [&author, &editor, &chief] {
            invite(weak, "author").expect(403);
            reset(weak, &made.id()).expect(403);
            weak.patch(&path(&made.id()), "\"1\"", &json!({"name": "Tên khác"})).expect(403);
        }
        assert_eq!(admin.get(&path(&id_of(&chief))).expect(200).data()["name"], "Người thử");
    }

    fn an_account_offers_what_its_reader_then_can_do_to_it(app) {
        let admin = app.admin();
        let (author, editor) = (app.author(), app.editor());
        let own: Vec<(&str, &str)> = vec![("user:read", "any"), ("user:administer", "any"), ("article:edit", "own")];
        let keeper = with_role(&app, &admin, "keeper", &own, "giu-cua@so.example");
        let below = with_role(&app, &admin, "below", &own[2..], "duoi@so.example");
        let shut_out = with_role(&app, &admin, "out", &own[2..], "ngoai@so.example");
        let ids = [&admin, &author, &keeper, &below, &shut_out].map(id_of);
        change(&admin, &ids[4], &json!({"disabled": true})).expect(200);
        for (reader, who) in [(&admin, "admin"), (&keeper, "keeper"), (&editor, "editor")] {
            let listed = reader.get(USERS).expect(200);
            for id in &ids {
                let read = reader.get(&path(id)).expect(200);
                let row = listed.data().as_array().unwrap().iter().find(|one| one["id"] == json!(id)).unwrap();
                assert_eq!(row, read.data(), "{who} reads {}", read.data());
                let mut done = Vec::new();
                // What changes nothing asks for the same right.
                let edited = reader.patch(&path(id), &read.etag(), &json!({"name": read.data()["name"]}));
                if edited.status == 200 {
                    assert_eq!(edited.data(), read.data());
                    done.push("edit");
                }
                let reset = reset(reader, id);
                if reset.status == 200 {
                    done.push("reset");
                }
                assert!([200, 403].contains(&edited.status) && [200, 403, 422].contains(&reset.status));
                assert_eq!(read.data()["allowedActions"], json!(done), "{who} at {}", read.data());
            }
        }
        let offered = |client: &Client, id: &String| client.get(&path(id)).expect(200).data()["allowedActions"].clone();
        assert_eq!(ids.each_ref().map(|id| offered(&keeper, id)), [json!([]), json!([]), json!(["edit", "reset"]), json!(["edit", "reset"]), json!(["edit"])]);
        assert_eq!(invite(&admin, "author").expect(201).data()["allowedActions"], json!(["edit", "reset"]));
    }

    fn no_edit_of_an_account_is_lost(app) {
        let admin = app.admin();
        let made = invite(&admin, "author").expect(201);
        let address = path(&made.id());
        admin.json("PATCH", &address, &[], &json!({"name": "A"})).expect(428);
        admin.patch(&address, "\"1\"", &json!({"name": "Tên một"})).expect(200);
        let stale = admin.patch(&address, "\"1\"", &json!({"name": "Tên hai"})).expect(412);
        assert_eq!((&stale.json["version"], &stale.json["changes"][0]["field"]), (&json!(2), &json!("name")));
        let merged = admin.patch(&format!("{address}?merge=fields"), "\"1\"", &json!({"role": "editor"})).expect(200);
        assert_eq!((&merged.data()["name"], &merged.data()["role"], merged.etag()), (&json!("Tên một"), &json!("editor"), "\"3\"".to_owned()));
        admin.patch(&format!("{address}?merge=fields"), "\"1\"", &json!({"name": "Tên hai"})).expect(412);
        assert_eq!(admin.patch(&address, "\"3\"", &json!({"role": "editor"})).expect(200).etag(), "\"3\"", "what changes nothing writes nothing");
        for member in ["email", "id", "password", "pending", "version"] {
            admin.patch(&address, "\"3\"", &json!({member: "x"})).expect(400);
        }
        for member in ["name", "role", "disabled"] {
            assert_eq!(admin.patch(&address, "\"3\"", &json!({member: null})).expect(422).faults().1, [(format!("/{member}"), "required".to_owned())]);
        }
    }

    fn what_is_done_to_an_account_is_logged_without_who_it_is(app) {
        let admin = app.admin();
        let made = invite(&admin, "author").expect(201);
        change(&admin, &made.id(), &json!({"name": "Tên mật", "role": "editor"})).expect(200);
        change(&admin, &made.id(), &json!({"disabled": true})).expect(200);
        let log = admin.get(&format!("/api/v1/editorial/audit-log?filter[resourceId]={}", made.id())).expect(200);
        let entries = log.data().as_array().unwrap();
        assert_eq!(entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect::<Vec<_>>(), ["user.disable", "user.edit", "user.create"]);
        assert_eq!(entries[0]["fields"], json!([{"field": "disabled", "from": false, "to": true}]));
        assert!(entries[1]["fields"].as_array().unwrap().contains(&json!({"field": "role", "from": "author", "to": "editor"})));
        assert!(entries[1]["fields"].as_array().unwrap().contains(&json!({"field": "name"})));
        let text = log.json.to_string();
        assert!(!text.contains("Tên mật") && !text.contains("moi@") && !text.contains("btni_"), "{text}");
    }
}
