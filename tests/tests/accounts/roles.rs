//! Roles over the API: what is changed holds in the next request, nobody rises by writing one, and none is
//! taken away from who has it.

use bantin_application::users;
use bantin_domain::policy::{Role, RoleName};
use bantin_tests::{Answer, Client, Db, TestApp, app::PASSWORD, both, content};
use serde_json::{Value, json};

const ROLES: &str = "/api/v1/editorial/roles";

/// `article:publish any` and the like, as they are sent.
fn permissions(list: &[&str]) -> Value {
    let parts = list.iter().map(|one| one.split_once(' ').unwrap());
    parts.map(|(permission, scope)| json!({"permission": permission, "scope": scope})).collect()
}

fn role(admin: &Client, name: &str, list: &[&str]) -> Answer {
    admin.post(ROLES, &json!({"name": name, "title": "Vai", "permissions": permissions(list)})).expect(201)
}

/// Somebody with a role that does not ship: the account's id, and a client.
fn holder(app: &TestApp, role: &str, email: &str) -> (String, Client) {
    let added = users::add(&app.api.app, email, "Người thử", RoleName::parse(role).unwrap(), PASSWORD);
    (app.wait(added).unwrap().id.to_string(), app.log_in(email))
}

/// Somebody whose permissions are limited to a section.
fn limited(app: &TestApp, admin: &Client, role: &str, email: &str, section: &str) -> Client {
    let (id, client) = holder(app, role, email);
    admin.patch(&format!("/api/v1/editorial/users/{id}"), "\"1\"", &json!({"categoryIds": [section]})).expect(200);
    client
}

/// Adding and taking away a permission, asked of one node and done at another.
fn a_change_bites_at_once(here: &TestApp, there: &TestApp) {
    let admin = here.admin();
    role(&admin, "section-maker", &["category:read any"]);
    let (_, client) = holder(here, "section-maker", "muc@so.example");
    let client = Client::new(&there.base, client.token().map(ToOwned::to_owned));
    let make = |name: &str| client.post("/api/v1/editorial/categories", &json!({"name": name}));
    let allow = |version: &str, list: &[&str]| {
        admin.patch(&format!("{ROLES}/section-maker"), version, &json!({"permissions": permissions(list)})).expect(200)
    };
    make("Một").expect(403);
    allow("\"1\"", &["category:read any", "category:create any"]);
    make("Hai").expect(201);
    allow("\"2\"", &["category:read any"]);
    make("Ba").expect(403);
    allow("\"3\"", &[]);
    client.get("/api/v1/editorial/categories").expect(404);
}

#[test]
fn a_changed_role_bites_in_the_next_request_on_every_node() {
    let first = TestApp::start(Db::Postgres);
    let second = first.another_node();
    a_change_bites_at_once(&first, &second);
}

#[test]
fn a_changed_role_bites_in_the_next_request_on_a_single_node() {
    let only = TestApp::start(Db::Sqlite);
    a_change_bites_at_once(&only, &only);
}

both! {
    fn a_role_is_made_read_changed_and_deleted(app) {
        let admin = app.admin();
        let shipped = admin.get(ROLES).expect(200);
        let names: Vec<&str> = shipped.data().as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["admin", "author", "chiefEditor", "editor", "integrator"]);
        assert!(shipped.data().as_array().unwrap().iter().all(|one| one["shipped"] == true));

        let made = role(&admin, "photographer", &["media:edit own", "media:create any", "media:read any"]);
        assert_eq!(made.header("location"), Some("https://tin.example/api/v1/editorial/roles/photographer"));
        assert_eq!((made.etag(), made.data()["shipped"].as_bool()), ("\"1\"".to_owned(), Some(false)));
        assert_eq!(made.data()["allowedActions"], json!(["edit", "delete"]));
        let sorted = permissions(&["media:read any", "media:create any", "media:edit own"]);
        assert_eq!(made.data()["permissions"], sorted);
        let path = format!("{ROLES}/photographer");
        assert_eq!(admin.get(&path).expect(200).data(), made.data());

        let same = admin.patch(&path, "\"1\"", &json!({"permissions": permissions(&["media:create any", "media:edit own", "media:read any"])})).expect(200);
        assert_eq!(same.etag(), "\"1\"", "another order is no other role");
        let edited = admin.patch(&path, "\"1\"", &json!({"title": "Người chụp ảnh"})).expect(200);
        assert_eq!((edited.data()["title"].as_str(), &edited.data()["permissions"]), (Some("Người chụp ảnh"), &sorted));
        admin.delete(&path, "\"2\"").expect(204);
        admin.get(&path).expect(404);
        admin.delete(&path, "\"2\"").expect(404);
    }

    fn what_is_no_role_is_refused_with_the_place_of_each_fault(app) {
        let admin = app.admin();
        let faults = |write: Value| admin.post(ROLES, &write).expect(422).faults();
        let at = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
        assert_eq!(faults(json!({"title": "Vai"})).1, at("/name", "required"));
        assert_eq!(faults(json!({"name": "vai"})).1, at("/title", "required"));
        for name in ["Vai", "vai trò", "1", "", "a/b", &"a".repeat(41)] {
            assert_eq!(faults(json!({"name": name, "title": "Vai"})).1, at("/name", "invalid_name"), "{name}");
        }
        for (list, pointer, code) in [
            (vec!["tag:read any", "tag:fly any"], "/permissions/1/permission", "unknown_permission"),
            (vec!["tag:read all"], "/permissions/0/scope", "invalid_scope"),
            (vec!["tag:edit own"], "/permissions/0/scope", "invalid_scope"),
            (vec!["media:edit inCategories"], "/permissions/0/scope", "invalid_scope"),
            (vec!["tag:read any", "tag:read any"], "/permissions/1", "duplicate"),
            (vec!["media:edit any", "media:edit own"], "/permissions/1", "duplicate"),
        ] {
            let write = json!({"name": "vai", "title": "Vai", "permissions": permissions(&list)});
            assert_eq!(faults(write).1, at(pointer, code), "{list:?}");
        }
        admin.post(ROLES, &json!({"name": "vai", "title": "Vai", "permissions": [{"permission": "tag:read"}]})).expect(400);
        admin.post(ROLES, &json!({"name": "vai", "title": "Vai", "shipped": true})).expect(400);
        assert_eq!(admin.post(ROLES, &json!({"name": "editor", "title": "Vai"})).expect(409).json["code"], "name_taken");
        role(&admin, "vai", &[]);
        let renamed = admin.patch(&format!("{ROLES}/vai"), "\"1\"", &json!({"name": "khac"})).expect(422);
        assert_eq!(renamed.faults().1, at("/name", "read_only"));
    }

    fn a_role_that_ships_stays_and_the_admin_stays_as_it_is(app) {
        let admin = app.admin();
        let code = |answer: Answer| answer.expect(409).json["code"].as_str().unwrap().to_owned();
        let path = format!("{ROLES}/admin");
        assert_eq!(admin.get(&path).expect(200).data()["allowedActions"], json!([]));
        assert_eq!(code(admin.patch(&path, "\"1\"", &json!({"permissions": []}))), "shipped_role");
        assert_eq!(code(admin.delete(&path, "\"1\"")), "shipped_role");
        let path = format!("{ROLES}/author");
        assert_eq!(admin.get(&path).expect(200).data()["allowedActions"], json!(["edit"]));
        assert_eq!(code(admin.delete(&path, "\"1\"")), "shipped_role");
        let author = app.author();
        author.get("/api/v1/editorial/tags").expect(200);
        admin.patch(&path, "\"1\"", &json!({"permissions": []})).expect(200);
        author.get("/api/v1/editorial/tags").expect(404);
    }

    fn a_role_that_somebody_has_is_not_deleted(app) {
        let admin = app.admin();
        role(&admin, "vai", &["tag:read any"]);
        let (one, _) = holder(&app, "vai", "mot@so.example");
        let (other, _) = holder(&app, "vai", "hai@so.example");
        let user = |id: &str| format!("/api/v1/editorial/users/{id}");
        admin.patch(&user(&other), "\"1\"", &json!({"disabled": true})).expect(200);
        let refused = admin.delete(&format!("{ROLES}/vai"), "\"1\"").expect(409);
        assert_eq!(refused.json["code"], "in_use");
        let uses = refused.json["uses"].as_array().unwrap();
        assert!(uses.iter().all(|one| one["type"] == "user" && one["title"] == "Người thử"), "{uses:?}");
        assert_eq!(uses.iter().map(|one| one["id"].as_str().unwrap()).collect::<Vec<_>>(), [&one, &other]);
        for id in [&one, &other] {
            let tag = admin.get(&user(id)).expect(200).etag();
            admin.patch(&user(id), &tag, &json!({"role": "author"})).expect(200);
        }
        admin.delete(&format!("{ROLES}/vai"), "\"1\"").expect(204);
    }

    fn a_role_is_not_taken_away_while_it_is_given(app) {
        let admin = app.admin();
        for round in 0..8 {
            let name = format!("vai-{round}");
            role(&admin, &name, &[]);
            let (id, _) = holder(&app, "author", &format!("nguoi-{round}@so.example"));
            let gives = || admin.patch(&format!("/api/v1/editorial/users/{id}"), "\"1\"", &json!({"role": name}));
            let takes = || admin.delete(&format!("{ROLES}/{name}"), "\"1\"");
            let (given, taken) = std::thread::scope(|scope| {
                let given = scope.spawn(gives);
                let taken = scope.spawn(takes);
                (given.join().unwrap().status, taken.join().unwrap().status)
            });
            let has = admin.get(&format!("/api/v1/editorial/users/{id}")).expect(200).data()["role"].clone();
            match (given, taken) {
                (200, 409) => assert_eq!(has, json!(name)),
                (422, 204) => assert_eq!(has, "author"),
                other => panic!("{other:?}, and the account is {has}"),
            }
        }
    }

    fn nobody_gives_a_role_what_they_may_not_do_themselves(app) {
        let admin = app.admin();
        let section = content::category(&admin, "Tin");
        let own = ["role:read any", "role:administer any", "tag:edit any", "article:edit own", "article:read inCategories"];
        role(&admin, "keeper", &own);
        let (_, keeper) = holder(&app, "keeper", "giu@so.example");
        let make = |client: &Client, name: &str, list: &[&str]| {
            client.post(ROLES, &json!({"name": name, "title": "Vai", "permissions": permissions(list)})).status
        };
        let given = [["tag:edit any"], ["article:edit own"], ["article:read inCategories"], ["article:read own"], ["role:administer any"]];
        for (n, list) in given.iter().enumerate() {
            assert_eq!(make(&keeper, &format!("duoc-{n}"), list), 201, "{list:?}");
        }
        for list in [["tag:create any"], ["article:edit any"], ["article:edit inCategories"], ["article:read any"], ["user:administer any"]] {
            assert_eq!(make(&keeper, "khong", &list), 403, "{list:?}");
        }
        // Not to themselves, either.
        let grown = [own.as_slice(), &["article:publish any"]].concat();
        keeper.patch(&format!("{ROLES}/keeper"), "\"1\"", &json!({"permissions": permissions(&grown)})).expect(403);
        // Who is limited to a section has there what others would have in theirs.
        let bound = limited(&app, &admin, "keeper", "muc@so.example", &section);
        assert_eq!(make(&bound, "muc-1", &["article:read inCategories"]), 403);
        assert_eq!(make(&bound, "muc-2", &["article:edit own"]), 201);
    }

    fn nobody_writes_a_role_that_may_do_more_than_they(app) {
        let admin = app.admin();
        let own = ["role:read any", "role:administer any", "tag:edit any"];
        role(&admin, "keeper", &own);
        role(&admin, "above", &["tag:edit any", "tag:create any"]);
        role(&admin, "below", &["tag:edit any"]);
        let (_, keeper) = holder(&app, "keeper", "giu@so.example");
        for name in ["above", "chiefEditor", "author"] {
            let path = format!("{ROLES}/{name}");
            let before = admin.get(&path).expect(200);
            for write in [json!({"permissions": []}), json!({"permissions": permissions(&["tag:edit any"])}), json!({"title": "Vai khác"})] {
                keeper.patch(&path, &before.etag(), &write).expect(403);
            }
            assert_eq!(admin.get(&path).expect(200).data(), before.data());
        }
        keeper.delete(&format!("{ROLES}/above"), "\"1\"").expect(403);
        assert_eq!(keeper.patch(&format!("{ROLES}/admin"), "\"1\"", &json!({"title": "Vai khác"})).expect(409).json["code"], "shipped_role");
        keeper.patch(&format!("{ROLES}/below"), "\"1\"", &json!({"title": "Vai khác"})).expect(200);
        keeper.delete(&format!("{ROLES}/below"), "\"2\"").expect(204);
        // What they do not have any more they cannot write into a role, though it stood there a moment ago.
        admin.patch(&format!("{ROLES}/keeper"), "\"1\"", &json!({"permissions": permissions(&own[..2])})).expect(200);
        keeper.patch(&format!("{ROLES}/keeper"), "\"2\"", &json!({"permissions": permissions(&own)})).expect(403);
    }

    fn a_role_offers_what_its_reader_then_can_do_to_it(app) {
        let admin = app.admin();
        let own = ["role:read any", "role:administer any", "tag:edit any"];
        role(&admin, "keeper", &own);
        role(&admin, "above", &["tag:edit any", "tag:create any"]);
        let (_, keeper) = holder(&app, "keeper", "giu@so.example");
        for (reader, who) in [(&keeper, "keeper"), (&app.chief_editor(), "chief editor"), (&admin, "admin")] {
            role(&admin, "below", &["tag:edit any"]);
            for name in ["admin", "chiefEditor", "above", "below"] {
                let path = format!("{ROLES}/{name}");
                let read = reader.get(&path);
                if read.status == 403 {
                    continue;
                }
                let mut done = Vec::new();
                let edited = reader.patch(&path, &read.etag(), &json!({"title": read.data()["title"]}));
                if edited.status == 200 {
                    done.push("edit");
                }
                let deleted = reader.delete(&path, &read.etag());
                if deleted.status == 204 {
                    done.push("delete");
                }
                assert_eq!(read.expect(200).data()["allowedActions"], json!(done), "{who} at {name}");
            }
            if admin.get(&format!("{ROLES}/below")).status == 200 {
                admin.delete(&format!("{ROLES}/below"), "\"1\"").expect(204);
            }
        }
    }

    fn who_is_late_learns_what_was_changed_and_by_whom(app) {
        let admin = app.admin();
        role(&admin, "vai", &["tag:read any"]);
        let path = format!("{ROLES}/vai");
        app.clock.advance(60);
        admin.patch(&path, "\"1\"", &json!({"title": "Vai khác"})).expect(200);
        admin.send("DELETE", &path, &[], None).expect(428);
        let refused = admin.patch(&path, "\"1\"", &json!({"permissions": []})).expect(412);
        let changes = refused.json["changes"].as_array().unwrap();
        assert_eq!((changes.len(), &changes[0]["field"], &changes[0]["by"]["name"]), (1, &json!("title"), &json!("Người thử")));
        assert_eq!(changes[0]["at"], "2023-03-14T08:01:00+07:00");
        // Another role of the same name has a history of its own.
        admin.delete(&path, "\"2\"").expect(204);
        app.clock.advance(60);
        role(&admin, "vai", &[]);
        app.clock.advance(60);
        admin.patch(&path, "\"1\"", &json!({"permissions": permissions(&["tag:edit any"])})).expect(200);
        let refused = admin.patch(&path, "\"1\"", &json!({"title": "Vai"})).expect(412);
        let fields: Vec<&Value> = refused.json["changes"].as_array().unwrap().iter().map(|change| &change["field"]).collect();
        assert_eq!(fields, ["permissions"]);
    }

    fn the_log_tells_what_a_role_could_do_before_and_after(app) {
        let admin = app.admin();
        role(&admin, "vai", &["tag:read any"]);
        admin.patch(&format!("{ROLES}/vai"), "\"1\"", &json!({"permissions": permissions(&["tag:edit any"])})).expect(200);
        admin.delete(&format!("{ROLES}/vai"), "\"2\"").expect(204);
        let told = |act: &str| {
            let log = admin.get(&format!("/api/v1/editorial/audit-log?filter[action]=role.{act}")).expect(200);
            let entries = log.data().as_array().unwrap().clone();
            assert_eq!(entries.len(), 1, "{act}");
            let fields = entries[0]["fields"].as_array().unwrap();
            let field = |name: &str| fields.iter().find(|field| field["field"] == name).cloned().unwrap();
            assert_eq!((&field("name")["to"], entries[0]["resource"].as_str()), (&json!("vai"), Some("role")));
            (field("permissions")["from"].clone(), field("permissions")["to"].clone(), entries[0]["resourceId"].clone())
        };
        let (read, edit) = (permissions(&["tag:read any"]), permissions(&["tag:edit any"]));
        let (created, edited, deleted) = (told("create"), told("edit"), told("delete"));
        assert_eq!((&created.0, &created.1), (&Value::Null, &read));
        assert_eq!((&edited.0, &edited.1), (&read, &edit));
        assert_eq!((&deleted.0, &deleted.1), (&edit, &Value::Null));
        assert!(created.2.is_string() && created.2 == edited.2 && edited.2 == deleted.2, "one role, one id");
    }

    fn how_a_text_is_signed_and_dated_asks_for_permissions_of_its_own(app) {
        let admin = app.admin();
        let (section, other) = (content::category(&admin, "Tin"), content::category(&admin, "Khác"));
        let all = ["article:read any", "article:create any", "article:edit any"];
        role(&admin, "plain", &all);
        role(&admin, "signing", &[&all[..], &["content:byline inCategories", "content:backdate own"]].concat());
        let (_, plain) = holder(&app, "plain", "tron@so.example");
        let signing = limited(&app, &admin, "signing", "ky@so.example", &section);
        let write = |section: &str, more: Value| {
            let mut write = json!({"title": "Một tin", "categoryId": section, "body": {"format": "text", "value": "Nội dung"}});
            write.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            write
        };
        let post = |client: &Client, write: Value| client.post("/api/v1/editorial/articles", &write);
        post(&plain, write(&section, json!({"byline": "P.K"}))).expect(403);
        post(&plain, write(&section, json!({"byline": null}))).expect(201);
        post(&signing, write(&section, json!({"byline": "P.K"}))).expect(201);
        post(&signing, write(&other, json!({"byline": "P.K"}))).expect(403);
        // What one makes is one's own.
        let past = json!({"publishedAt": "2020-01-01T08:00:00+07:00"});
        post(&plain, write(&section, past.clone())).expect(403);
        post(&signing, write(&other, past.clone())).expect(201);

        let foreign = post(&admin, write(&section, json!({"byline": "A.B"}))).expect(201);
        let path = format!("/api/v1/editorial/articles/{}", foreign.id());
        plain.patch(&path, "\"1\"", &json!({"byline": "P.K"})).expect(403);
        plain.patch(&path, "\"1\"", &json!({"byline": null})).expect(403);
        plain.patch(&path, "\"1\"", &json!({"byline": "A.B", "summary": "Nói lại"})).expect(200);
        signing.patch(&path, "\"2\"", &past).expect(403);
        signing.patch(&path, "\"2\"", &json!({"byline": "P.K", "categoryId": other})).expect(403);
        let signed = signing.patch(&path, "\"2\"", &json!({"byline": "P.K"})).expect(200);
        assert_eq!((signed.data()["byline"].as_str(), signed.etag()), (Some("P.K"), "\"3\"".to_owned()));
        let elsewhere = post(&admin, write(&other, json!({}))).expect(201);
        let path = format!("/api/v1/editorial/articles/{}", elsewhere.id());
        signing.patch(&path, "\"1\"", &json!({"byline": "P.K", "categoryId": section})).expect(403);
        assert_eq!(admin.get(&path).expect(200).data(), elsewhere.data(), "a refusal writes nothing");
    }

    fn a_directory_entry_is_made_once_however_often_it_is_sent(app) {
        let editor = app.user(Role::ChiefEditor, "tong@so.example");
        let send = |path: &str, write: &Value| {
            let headers = [("idempotency-key", "mot-lan")];
            editor.json("POST", &format!("/api/v1/editorial/{path}"), &headers, write)
        };
        for (path, write, other) in [
            ("categories", json!({"name": "Tin"}), json!({"name": "Khác"})),
            ("tags", json!({"name": "Tin"}), json!({"name": "Khác"})),
            ("people", json!({"displayName": "Tầng Phú An"}), json!({"displayName": "Khác"})),
            ("organisations", json!({"name": "Sở"}), json!({"name": "Khác"})),
        ] {
            let (first, again) = (send(path, &write).expect(201), send(path, &write).expect(201));
            assert_eq!((first.bytes, first.headers.iter().find(|one| one.0 == "location")), (again.bytes, again.headers.iter().find(|one| one.0 == "location")), "{path}");
            assert_eq!(send(path, &other).expect(422).json["code"], "idempotency_mismatch", "{path}");
            let list = editor.get(&format!("/api/v1/editorial/{path}")).expect(200);
            assert_eq!(list.data().as_array().unwrap().len(), 1, "{path}");
        }
    }

    fn a_picture_that_is_sent_twice_lies_there_once(app) {
        let editor = app.chief_editor();
        let head = b"--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n";
        let form = [head.as_slice(), &content::png(), b"\r\n--X--\r\n"].concat();
        let headers = [("content-type", "multipart/form-data; boundary=X"), ("idempotency-key", "mot-lan")];
        let send = || editor.send("POST", "/api/v1/editorial/media", &headers, Some(&form)).expect(201);
        let (first, again) = (send(), send());
        assert_eq!(first.bytes, again.bytes);
        assert_eq!(editor.get("/api/v1/editorial/media").expect(200).data().as_array().unwrap().len(), 1);
        assert_eq!(files_under(&app.folder.join("media")), 1);
        editor.get(&format!("/api/v1/editorial/media/{}/original", first.id())).expect(200);
        editor.delete(&format!("/api/v1/editorial/media/{}", first.id()), &first.etag()).expect(204);
        assert_eq!(files_under(&app.folder.join("media")), 0);
    }
}

fn files_under(folder: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.map(|path| if path.is_dir() { files_under(&path) } else { 1 }).sum()
}
