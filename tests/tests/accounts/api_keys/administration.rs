//! Looking after keys.

use bantin_domain::policy::Role;
use bantin_tests::{Client, TestApp, app::PASSWORD, both, content};
use serde_json::{Value, json};

use crate::api_keys::{KEYS, TAGS, any, code, give, path_of, program, rotate, secret_of};

/// Somebody with a role of these permissions.
fn holder(app: &TestApp, admin: &Client, role: &str, permissions: &Value) -> Client {
    admin
        .post("/api/v1/editorial/roles", &json!({"name": role, "title": "Vai", "permissions": permissions}))
        .expect(201);
    let name = bantin_domain::policy::RoleName::parse(role).unwrap();
    let email = format!("{role}@so.example");
    app.wait(bantin_application::users::add(&app.api.app, &email, "Người giữ", name, PASSWORD)).unwrap();
    app.log_in(&email)
}

both! {
    fn a_key_is_given_read_changed_and_revoked(app) {
        let admin = app.admin();
        let section = content::category(&admin, "Tin");
        let made = admin.post(KEYS, &json!({
            "name": "Cổng thông tin tỉnh",
            "permissions": [{"permission": "article:read", "scope": "inCategories"}],
            "categoryIds": [section],
            "networks": ["203.0.113.0/24", "::ffff:198.51.100.7"],
            "quota": 1200,
            "expiresAt": "2024-03-14T08:00:00+07:00",
        })).expect(201);
        assert_eq!(made.header("location"), Some(format!("https://tin.example{}", path_of(&made)).as_str()));
        let secret = secret_of(&made);
        assert!(secret.starts_with("btn_") && secret.ends_with(made.data()["ending"].as_str().unwrap()));
        let read = admin.get(&path_of(&made)).expect(200);
        let mut shown = made.data().clone();
        shown.as_object_mut().unwrap().remove("secret");
        assert_eq!(read.data(), &shown);
        assert_eq!(shown["state"], "active");
        assert_eq!(shown["networks"], json!(["203.0.113.0/24", "198.51.100.7"]));
        assert_eq!((&shown["quota"], &shown["lastUsedAt"]), (&json!(1200), &Value::Null));
        assert_eq!((&shown["givenBy"]["name"], &shown["needsReview"]), (&json!("Người thử"), &json!(false)));
        assert_eq!(shown["allowedActions"], json!(["edit", "rotate", "revoke"]));

        let write = json!({"name": "Cổng mới", "permissions": [], "categoryIds": null, "networks": null, "quota": null, "expiresAt": null});
        let edited = admin.patch(&path_of(&made), "\"1\"", &write).expect(200);
        assert_eq!((&edited.data()["name"], &edited.data()["version"]), (&json!("Cổng mới"), &json!(2)));
        for member in ["categoryIds", "networks", "quota", "expiresAt"] {
            assert_eq!(edited.data()[member], Value::Null, "{member}");
        }
        assert_eq!(admin.patch(&path_of(&made), "\"2\"", &write).expect(200).data()["version"], 2, "nothing changed");
        admin.patch(&path_of(&made), "\"1\"", &json!({"name": "Trễ"})).expect(412);
        admin.send("PATCH", &path_of(&made), &[("content-type", "application/json")], Some(b"{}")).expect(428);

        admin.delete(&path_of(&made), "\"1\"").expect(412);
        admin.delete(&path_of(&made), "\"2\"").expect(204);
        let gone = admin.get(&path_of(&made)).expect(200);
        assert_eq!((&gone.data()["state"], &gone.data()["allowedActions"]), (&json!("revoked"), &json!([])));
        for again in [
            admin.delete(&path_of(&made), &gone.etag()),
            admin.patch(&path_of(&made), &gone.etag(), &json!({"name": "Sống lại"})),
            admin.post(&format!("{}/rotate", path_of(&made)), &json!({})),
        ] {
            assert_eq!((again.status, code(&again)), (409, "revoked"), "{}", again.request);
        }
    }

    fn every_fault_of_a_key_is_named_with_its_place(app) {
        let admin = app.admin();
        let refused = |write: Value| admin.post(KEYS, &write).expect(422).faults().1;
        let fault = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
        assert_eq!(refused(json!({})), [fault("/name", "required")]);
        assert_eq!(
            refused(json!({"name": "x", "networks": ["203.0.113.7/24", "here"], "quota": 0, "expiresAt": "soon"})),
            [fault("/networks/0", "invalid_network"), fault("/networks/1", "invalid_network"), fault("/quota", "out_of_range"), fault("/expiresAt", "invalid_date")]
        );
        let permissions = json!([
            {"permission": "article:edit", "scope": "own"},
            {"permission": "apiKey:administer", "scope": "any"},
        ]);
        assert_eq!(
            refused(json!({"name": "x", "permissions": permissions, "categoryIds": [content::NOBODY], "expiresAt": "2023-03-14T08:00:00+07:00"})),
            [fault("/permissions/0/scope", "invalid_scope"), fault("/permissions/1/permission", "not_for_keys"), fault("/categoryIds/0", "unknown_reference"), fault("/expiresAt", "in_the_past")]
        );
        let limited = json!([{"permission": "article:edit", "scope": "inCategories"}]);
        assert_eq!(refused(json!({"name": "x", "permissions": limited})), [fault("/categoryIds", "required")]);
        let made = give(&admin, &[], json!({}));
        for hours in [-1, 169, i64::MAX] {
            let answer = admin.post(&format!("{}/rotate", path_of(&made)), &json!({"overlapHours": hours})).expect(422);
            assert_eq!(answer.faults().1, [fault("/overlapHours", "out_of_range")]);
        }
    }

    fn what_answers_with_a_secret_takes_no_idempotency_key(app) {
        let admin = app.admin();
        let key = [("idempotency-key", "mot-lan")];
        admin.json("POST", KEYS, &key, &json!({"name": "x"})).expect(400);
        let made = give(&admin, &[], json!({}));
        admin.json("POST", &format!("{}/rotate", path_of(&made)), &key, &json!({})).expect(400);
        assert_eq!(admin.get(KEYS).expect(200).data().as_array().unwrap().len(), 1);
    }

    fn keys_are_paged_and_filtered_by_their_state(app) {
        let admin = app.admin();
        let mut ids = Vec::new();
        for n in 0..5 {
            let more = if n == 1 { json!({"expiresAt": "2023-03-14T08:05:00+07:00"}) } else { json!({}) };
            let made = give(&admin, &[], more);
            if n == 3 {
                admin.delete(&path_of(&made), "\"1\"").expect(204);
            }
            ids.push(made.id());
            app.clock.advance(1);
        }
        app.clock.advance(300);
        let list = |query: &str| -> Vec<String> {
            let answer = admin.get(&format!("{KEYS}?{query}")).expect(200);
            answer.data().as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(list(""), ids);
        assert_eq!(list("filter[state]=expired"), [ids[1].clone()]);
        assert_eq!(list("filter[state]=revoked"), [ids[3].clone()]);
        assert_eq!(list("filter[state]=active"), [&ids[..1], &ids[2..3], &ids[4..]].concat());
        let first = admin.get(&format!("{KEYS}?limit=2&count=exact")).expect(200);
        assert_eq!(first.json["page"]["total"], 5);
        let cursor = first.json["page"]["next"].as_str().unwrap();
        assert_eq!(list(&format!("limit=2&cursor={cursor}")), ids[2..4]);
        admin.get(&format!("{KEYS}?filter[state]=asleep")).expect(400);
    }

    fn only_who_looks_after_keys_sees_that_there_are_any(app) {
        let admin = app.admin();
        let made = give(&admin, &[], json!({}));
        for role in [Role::ChiefEditor, Role::Editor, Role::Author, Role::Integrator] {
            let somebody = app.user(role, &format!("{role}@so.example"));
            for answer in [
                somebody.get(KEYS),
                somebody.get(&path_of(&made)),
                somebody.post(KEYS, &json!({"name": "x"})),
                somebody.patch(&path_of(&made), "\"1\"", &json!({"name": "x"})),
                somebody.post(&format!("{}/rotate", path_of(&made)), &json!({})),
                somebody.delete(&path_of(&made), "\"1\""),
            ] {
                assert_eq!((answer.status, code(&answer)), (403, "forbidden"), "{role}: {}", answer.request);
            }
        }
        admin.get(&format!("{KEYS}/{}", content::NOBODY)).expect(404);
    }

    fn nobody_rises_by_looking_after_keys(app) {
        let admin = app.admin();
        let (mine, other) = (content::category(&admin, "Tin"), content::category(&admin, "Nơi khác"));
        let permissions = json!([
            {"permission": "apiKey:administer", "scope": "any"},
            {"permission": "tag:read", "scope": "any"},
            {"permission": "article:edit", "scope": "inCategories"},
        ]);
        let keeper = holder(&app, &admin, "keeper", &permissions);
        let me = keeper.get("/api/v1/auth/me").expect(200).id();
        let account = format!("/api/v1/editorial/users/{me}");
        admin.patch(&account, "\"1\"", &json!({"categoryIds": [mine]})).expect(200);
        let in_sections = |sections: &[&String]| json!({
            "name": "x", "permissions": [{"permission": "article:edit", "scope": "inCategories"}], "categoryIds": sections,
        });

        let weak = give(&keeper, &["tag:read"], json!({}));
        keeper.post(KEYS, &in_sections(&[&mine])).expect(201);
        for write in [json!({"name": "x", "permissions": any(&["tag:edit"])}), json!({"name": "x", "permissions": any(&["article:edit"])}), in_sections(&[&mine, &other])] {
            keeper.post(KEYS, &write).expect(403);
        }
        keeper.patch(&path_of(&weak), "\"1\"", &json!({"permissions": any(&["tag:read", "user:administer"])})).expect(403);

        // A rotation would hand them the secret of what may do more than they.
        let strong = give(&admin, &["tag:read", "tag:edit"], json!({}));
        keeper.post(&format!("{}/rotate", path_of(&strong)), &json!({})).expect(403);
        keeper.patch(&path_of(&strong), "\"1\"", &json!({"permissions": []})).expect(403);
        assert_eq!(keeper.get(&path_of(&strong)).expect(200).data()["allowedActions"], json!(["revoke"]));
        program(&app, &strong).get(TAGS).expect(200);
        keeper.delete(&path_of(&strong), "\"1\"").expect(204);
        program(&app, &strong).get(TAGS).expect(401);
    }

    fn a_key_outlives_the_rights_of_who_gave_it_and_is_shown_for_a_look(app) {
        let admin = app.admin();
        let keeper = holder(&app, &admin, "keeper", &any(&["apiKey:administer", "tag:read"]));
        let account = format!("/api/v1/editorial/users/{}", keeper.get("/api/v1/auth/me").expect(200).id());
        let made = give(&keeper, &["tag:read"], json!({}));
        let needs_review = || admin.get(&path_of(&made)).expect(200).data()["needsReview"].clone();
        assert_eq!(needs_review(), false);
        admin.patch("/api/v1/editorial/roles/keeper", "\"1\"", &json!({"permissions": any(&["apiKey:administer"])})).expect(200);
        assert_eq!(needs_review(), true, "they could not give it any more");
        admin.patch("/api/v1/editorial/roles/keeper", "\"2\"", &json!({"permissions": any(&["apiKey:administer", "tag:read"])})).expect(200);
        assert_eq!(needs_review(), false);
        admin.patch(&account, "\"1\"", &json!({"disabled": true})).expect(200);
        let shown = admin.get(&path_of(&made)).expect(200);
        assert_eq!((&shown.data()["needsReview"], &shown.data()["givenBy"]["disabled"]), (&json!(true), &json!(true)));
        program(&app, &made).get(TAGS).expect(200);
        admin.delete(&path_of(&made), "\"1\"").expect(204);
        assert_eq!(needs_review(), false, "what has ended needs none");
    }

    fn what_is_done_to_a_key_and_by_it_is_logged(app) {
        let admin = app.admin();
        let me = admin.get("/api/v1/auth/me").expect(200).id();
        let made = give(&admin, &["tag:read", "tag:create"], json!({}));
        admin.patch(&path_of(&made), "\"1\"", &json!({"quota": 60})).expect(200);
        let rotated = rotate(&admin, &made, &json!({}));
        let tag = program(&app, &rotated).post(TAGS, &json!({"name": "từ máy"})).expect(201);
        admin.delete(&path_of(&made), "\"3\"").expect(204);
        let log = |query: &str| admin.get(&format!("/api/v1/editorial/audit-log?{query}")).expect(200);
        let actions = |query: &str| -> Vec<String> {
            log(query).data().as_array().unwrap().iter().rev().map(|one| one["action"].as_str().unwrap().to_owned()).collect()
        };
        let id = made.id();
        assert_eq!(actions(&format!("filter[resourceId]={id}")), ["apiKey.create", "apiKey.edit", "apiKey.rotate", "apiKey.revoke"]);
        let edit = log("filter[action]=apiKey.edit").data()[0].clone();
        assert_eq!(edit["fields"], json!([{"field": "quota", "from": null, "to": 60}]));
        assert_eq!(edit["actor"], json!({"kind": "user", "id": me, "name": "Người thử", "givenBy": null}));

        assert_eq!(actions(&format!("filter[key]={id}")), ["tag.create"]);
        let entry = log(&format!("filter[resourceId]={}", tag.id())).data()[0].clone();
        assert_eq!(entry["actor"], json!({"kind": "key", "id": id, "name": "Cổng thông tin tỉnh", "givenBy": me}));
        assert!(actions(&format!("filter[actor]={me}")).contains(&"tag.create".to_owned()), "they answer for it");
        admin.get("/api/v1/editorial/audit-log?filter[key]=x").expect(400);
    }

    fn when_a_key_was_last_used_is_noted_beside_the_requests(app) {
        let admin = app.admin();
        let made = give(&admin, &["tag:read"], json!({}));
        let last_used = || admin.get(&path_of(&made)).expect(200).data()["lastUsedAt"].clone();
        let caller = program(&app, &made);
        app.clock.advance(10);
        caller.get(TAGS).expect(200);
        app.clock.advance(5);
        caller.get("/api/v1/site").expect(200);
        assert_eq!(last_used(), Value::Null, "no read waits for a write");
        app.tidy();
        assert_eq!(last_used(), "2023-03-14T08:00:15+07:00", "a public read is a use, too");
        assert_eq!(admin.get(&path_of(&made)).expect(200).etag(), "\"1\"", "nobody's edit is stale for that");
        app.clock.advance(60);
        caller.post(TAGS, &json!({"name": "không được"})).expect(403);
        app.tidy();
        assert_eq!(last_used(), "2023-03-14T08:01:15+07:00");
        admin.patch(&path_of(&made), "\"1\"", &json!({"name": "Tên mới"})).expect(200);
        assert_eq!(last_used(), "2023-03-14T08:01:15+07:00", "an edit does not take it back");
    }
}
