//! The steps of the workflow: who may take which, two pairs of eyes, and a rehearsal that changes nothing.

use bantin_domain::{policy::Role, time::Clock};
use bantin_persistence::{StoreError, changes};
use bantin_tests::{Answer, Client, Db, TestApp, both, content};
use serde_json::{Value, json};

fn step(client: &Client, item: &Answer, action: &str, body: &Value) -> Answer {
    client.post_at(&format!("/api/v1/editorial/articles/{}/actions/{action}", item.id()), &item.etag(), body)
}

fn four_eyes(db: Db) {
    let app = TestApp::start_with(db, |settings| settings.four_eyes = true);
    let (chief, other) = (app.chief_editor(), app.user(Role::ChiefEditor, "pho-tong-bien-tap@so.example"));
    let section = content::category(&chief, "Tin");
    let draft = content::article(&chief, &section, "Một tin");
    assert!(!draft.data()["allowedActions"].as_array().unwrap().contains(&json!("publish")));
    let refused = step(&chief, &draft, "publish", &json!({})).expect(409);
    assert_eq!((&refused.json["code"], &refused.json["state"]), (&json!("wrong_state"), &json!("draft")));
    let submitted = step(&chief, &draft, "submit", &json!({})).expect(200);
    assert!(
        !submitted.data()["allowedActions"].as_array().unwrap().contains(&json!("approve")),
        "nobody is told they can"
    );
    assert_eq!(step(&chief, &submitted, "approve", &json!({})).expect(409).json["code"], "four_eyes");
    // Whoever mends it while it is in review has written it too.
    let path = format!("/api/v1/editorial/articles/{}", draft.id());
    let mended = other.patch(&path, &submitted.etag(), &json!({"byline": "P.K"})).expect(200);
    assert_eq!(mended.data()["state"], "inReview");
    for writer in [&chief, &other] {
        assert_eq!(step(writer, &mended, "approve", &json!({})).expect(409).json["code"], "four_eyes");
        assert_eq!(step(writer, &mended, "publish", &json!({})).expect(409).json["code"], "wrong_state");
    }
    let third = app.editor();
    let approved = step(&third, &mended, "approve", &json!({})).expect(200);
    assert_eq!(approved.data()["state"], "approved");
    app.anonymous().get("/api/v1/articles/mot-tin").expect(404);
    step(&chief, &approved, "publish", &json!({})).expect(200);
    app.anonymous().get("/api/v1/articles/mot-tin").expect(200);
}

#[test]
fn nobody_approves_what_they_wrote_where_four_eyes_are_asked_for_on_sqlite() {
    four_eyes(Db::Sqlite);
}

#[test]
fn nobody_approves_what_they_wrote_where_four_eyes_are_asked_for_on_postgres() {
    four_eyes(Db::Postgres);
}

/// What a step could have left behind: the item, its history, the audit log, the change log.
fn traces(app: &TestApp, admin: &Client, item: &Answer) -> (Value, Value, Value, i64) {
    let total = |path: &str| admin.get(&format!("{path}?count=exact")).expect(200).json["page"]["total"].clone();
    let read = admin.get(&format!("/api/v1/editorial/articles/{}", item.id())).expect(200);
    let head = app.api.app.store().public::<_, StoreError>(changes::head).unwrap();
    (read.data().clone(), read.data()["revision"].clone(), total("/api/v1/editorial/audit-log"), head)
}

/// Every step of the workflow but a purge, after which there is nothing left to look at.
const STEPS: [&str; 12] = [
    "edit",
    "assign",
    "submit",
    "approve",
    "request-changes",
    "publish",
    "schedule",
    "unschedule",
    "unpublish",
    "archive",
    "restore",
    "trash",
];

/// Whether the public sees something of an item of the desk.
fn is_seen(item: &Answer) -> bool {
    !item.data()["public"].is_null() && item.data()["state"] != "scheduled"
}

/// Takes a step, whether or not it can be taken. Of what is seen only the end can be set.
fn any_step(client: &Client, item: &Answer, action: &str, n: u64, at: &str) -> Answer {
    let path = format!("/api/v1/editorial/articles/{}", item.id());
    match action {
        "edit" => client.patch(&path, &item.etag(), &json!({"title": format!("Tên {n}")})),
        "trash" => client.delete(&path, &item.etag()),
        "assign" => step(client, item, action, &json!({"assigneeId": null})),
        "request-changes" => step(client, item, action, &json!({"reason": "Viết lại"})),
        "schedule" if is_seen(item) => step(client, item, action, &json!({"until": at})),
        "schedule" => step(client, item, action, &json!({"at": at})),
        _ => step(client, item, action, &json!({})),
    }
}

/// Walks through the workflow at random, and holds each step against what was offered before it and what everybody
/// sees after it.
fn walk(app: &TestApp, section: &str, seed: u64) {
    let mut chief = app.log_in("tong-bien-tap@so.example");
    let mut item = content::article(&chief, section, &format!("Bài {seed}"));
    let path = format!("/api/v1/editorial/articles/{}", item.id());
    let public = format!("/api/v1/articles/{}", item.id());
    let (mut dice, mut was_seen, mut shown) = (seed, false, None);
    for n in 0..60 {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (pick, offered) = ((dice >> 33) as usize, item.data()["allowedActions"].as_array().unwrap().clone());
        let action = match pick % 3 {
            0 => STEPS[pick / 3 % STEPS.len()],
            _ => offered[pick / 3 % offered.len()].as_str().unwrap(),
        };
        if action != "purge" {
            let case = format!("seed {seed}, step {n}: {action} in {}", item.data()["state"]);
            let soon = app.clock.now().plus_seconds(30).to_utc_text();
            let answer = any_step(&chief, &item, action, n, &soon);
            let after = chief.get(&path).expect(200);
            if offered.contains(&json!(action)) {
                assert!([200, 204].contains(&answer.status), "{case}: {}", answer.json);
                assert_eq!(after.data()["version"], item.data()["version"].as_i64().unwrap() + 1, "{case}");
            } else {
                assert_eq!(
                    (answer.status, &answer.json["code"], &answer.json["state"]),
                    (409, &json!("wrong_state"), &item.data()["state"]),
                    "{case}"
                );
                assert_eq!((&answer.json["allowedActions"], after.data()), (&json!(offered), item.data()), "{case}");
            }
        }
        if pick % 7 == 0 {
            app.clock.advance(60);
            chief = app.log_in("tong-bien-tap@so.example");
        }
        item = chief.get(&path).expect(200);
        let seen = app.anonymous().get(&public);
        was_seen |= is_seen(&item);
        let expected = if is_seen(&item) {
            200
        } else if was_seen {
            410
        } else {
            404
        };
        assert_eq!(seen.status, expected, "seed {seed}, step {n}: after {action} it is {}", item.data());
        if item.data()["state"] == "published" {
            assert_eq!(seen.data()["title"], item.data()["title"]);
            shown = Some(seen.data()["title"].clone());
        } else if seen.status == 200 {
            assert_eq!(Some(&seen.data()["title"]), shown.as_ref(), "the next version is being written");
        }
    }
}

both! {
    fn however_an_item_came_where_it_is_it_offers_exactly_what_can_be_done(app) {
        let section = content::category(&app.chief_editor(), "Tin");
        for seed in 1..=6 {
            walk(&app, &section, seed);
        }
    }

    fn a_rehearsal_says_what_would_come_of_it_and_changes_nothing(app) {
        let admin = app.admin();
        let section = content::category(&admin, "Tin");
        let draft = content::article(&admin, &section, "Một tin");
        let before = traces(&app, &admin, &draft);
        let publish = format!("/api/v1/editorial/articles/{}/actions/publish", draft.id());
        let rehearsed = admin.post_at(&format!("{publish}?dryRun=true"), &draft.etag(), &json!({})).expect(200);
        assert_eq!(traces(&app, &admin, &draft), before);
        app.anonymous().get("/api/v1/articles/mot-tin").expect(404);
        let done = admin.post_at(&publish, &draft.etag(), &json!({})).expect(200);
        assert_eq!((rehearsed.json, rehearsed.headers.iter().find(|(name, _)| name == "etag").cloned()), (done.json.clone(), Some(("etag".to_owned(), done.etag()))));
        admin.post_at(&format!("{publish}?dryRun=maybe"), &done.etag(), &json!({})).expect(400);
    }

    fn a_rehearsal_gives_the_same_reasons(app) {
        let admin = app.admin();
        let section = content::category(&admin, "Tin");
        let event = content::event(&admin, "Hội nghị");
        let write = json!({
            "title": "Một tin", "categoryId": section, "eventIds": [event.id()],
            "body": {"format": "html", "value": ""},
        });
        let draft = content::made(&admin, "articles", &write);
        let before = traces(&app, &admin, &draft);
        let publish = format!("/api/v1/editorial/articles/{}/actions/publish", draft.id());
        let reasons = |path: &str| admin.post_at(path, &draft.etag(), &json!({})).expect(422).faults();
        let rehearsed = reasons(&format!("{publish}?dryRun=true"));
        assert_eq!(rehearsed.0, "not_publishable");
        let codes: Vec<(&str, &str)> = rehearsed.1.iter().map(|(pointer, code)| (pointer.as_str(), code.as_str())).collect();
        assert!(codes.contains(&("/body", "required")) && codes.contains(&("/eventIds/0", "unpublished_relation")), "{codes:?}");
        assert_eq!(reasons(&publish), rehearsed);
        assert_eq!(traces(&app, &admin, &draft), before);
    }

    fn each_thing_that_keeps_an_item_from_the_public_is_named_at_once(app) {
        let chief = app.chief_editor();
        let section = content::category(&chief, "Tin");
        let (silent, told) = (content::picture(&chief, "", ""), content::picture(&chief, "Hội trường", ""));
        let [draft, trashed] = ["Sắp tới", "Đã bỏ"].map(|title| content::event(&chief, title));
        let image = |media: &Answer, alt: &str| json!({"id": format!("b{}", media.id()), "type": "image", "mediaId": media.id(), "alt": alt});
        let body = json!({"format": "blocks", "value": [image(&told, "Hội trường"), image(&silent, "")]});
        let write = json!({
            "title": "Một tin", "categoryId": section, "coverId": silent.id(), "eventIds": [draft.id(), trashed.id()], "body": body,
        });
        let made = content::made(&chief, "articles", &write);
        chief.delete(&format!("/api/v1/editorial/events/{}", trashed.id()), &trashed.etag()).expect(204);
        let reasons = |item: &Answer, action: &str, body: &Value| {
            let refused = step(&chief, item, action, body).expect(422);
            let (code, faults) = refused.faults();
            assert_eq!(code, "not_publishable");
            let mut faults: Vec<String> = faults.into_iter().map(|(place, code)| format!("{place} {code}")).collect();
            faults.sort_unstable();
            faults
        };
        // What lies in the trash is as good as not there, and so not public either.
        let all = [
            "/body/images/1 missing_alt", "/coverId missing_alt", "/eventIds/0 unpublished_relation", "/eventIds/1 unknown_reference",
            "/eventIds/1 unpublished_relation",
        ];
        for (action, body) in [("publish", json!({})), ("publish?dryRun=true", json!({})), ("schedule", json!({"at": "2023-03-14T09:00:00+07:00"}))] {
            assert_eq!(reasons(&made, action, &body), all, "{action}");
        }
        let path = format!("/api/v1/editorial/articles/{}", made.id());
        let mended = json!({"coverId": told.id(), "eventIds": [], "body": {"format": "blocks", "value": [image(&told, "Hội trường")]}});
        let mended = chief.patch(&path, &made.etag(), &mended).expect(200);
        step(&chief, &mended, "publish", &json!({})).expect(200);
    }

    fn who_is_asked_to_go_on_with_an_item_works_at_the_desk(app) {
        let (admin, author) = (app.admin(), app.author());
        let section = content::category(&admin, "Tin");
        let draft = content::article(&admin, &section, "Một tin");
        let me = author.get("/api/v1/auth/me").expect(200).id();
        let assigned = step(&admin, &draft, "assign", &json!({"assigneeId": me})).expect(200);
        assert_eq!((&assigned.data()["assigneeId"], &assigned.data()["state"]), (&json!(me), &json!("draft")));
        assert_eq!((&assigned.data()["revision"], assigned.etag()), (&draft.data()["revision"], "\"2\"".to_owned()), "nothing was written in it");
        let log = admin.get(&format!("/api/v1/editorial/articles/{}/log", draft.id())).expect(200);
        assert_eq!(log.data()[0]["fields"], json!([{"field": "assigneeId", "from": null, "to": me}]));
        admin.patch(&format!("/api/v1/editorial/users/{me}"), "\"1\"", &json!({"disabled": true})).expect(200);
        for nobody in [me.as_str(), content::NOBODY] {
            let refused = step(&admin, &assigned, "assign", &json!({"assigneeId": nobody})).expect(422);
            assert_eq!(refused.faults().1, [("/assigneeId".to_owned(), "unknown_reference".to_owned())], "{nobody}");
        }
        let nobody = step(&admin, &assigned, "assign", &json!({"assigneeId": null})).expect(200);
        assert_eq!(nobody.data()["assigneeId"], Value::Null);
    }

    fn a_step_that_leads_nowhere_says_from_where_and_what_does(app) {
        let chief = app.chief_editor();
        let section = content::category(&chief, "Tin");
        let draft = content::article(&chief, &section, "Một tin");
        for action in ["approve", "request-changes", "unschedule", "unpublish", "restore"] {
            let body = if action == "request-changes" { json!({"reason": "x"}) } else { json!({}) };
            let refused = step(&chief, &draft, action, &body).expect(409);
            assert_eq!((&refused.json["code"], &refused.json["state"]), (&json!("wrong_state"), &json!("draft")), "{action}");
            assert_eq!(refused.json["allowedActions"], draft.data()["allowedActions"], "{action}");
        }
        chief.post_at(&format!("/api/v1/editorial/articles/{}/actions/explode", draft.id()), &draft.etag(), &json!({})).expect(404);
        assert_eq!(step(&chief, &draft, "archive", &json!({"reason": "x"})).expect(400).json["code"], "unknown_member");
    }

    fn an_author_hands_in_and_an_editor_sends_back_or_approves(app) {
        let (author, editor) = (app.author(), app.editor());
        let section = content::category(&app.chief_editor(), "Tin");
        let draft = content::article(&author, &section, "Một tin");
        let submitted = step(&author, &draft, "submit", &json!({})).expect(200);
        let path = format!("/api/v1/editorial/articles/{}", draft.id());
        assert_eq!(author.patch(&path, &submitted.etag(), &json!({"byline": "x"})).expect(409).json["state"], "inReview");
        step(&author, &submitted, "approve", &json!({})).expect(403);
        let back = step(&editor, &submitted, "request-changes", &json!({"reason": "Thiếu nguồn."})).expect(200);
        let mended = author.patch(&path, &back.etag(), &json!({"byline": "T.G"})).expect(200);
        assert_eq!(mended.data()["state"], "changesRequested");
        let again = step(&author, &mended, "submit", &json!({})).expect(200);
        let approved = step(&editor, &again, "approve", &json!({})).expect(200);
        let voided = editor.patch(&path, &approved.etag(), &json!({"byline": "B.T"})).expect(200);
        assert_eq!(voided.data()["state"], "draft", "what was approved is not what stands there now");
    }
}
