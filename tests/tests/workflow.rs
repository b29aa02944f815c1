//! The steps of the workflow: who may take which, two pairs of eyes, and a rehearsal that changes nothing.

use bantin_domain::policy::Role;
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

both! {
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
