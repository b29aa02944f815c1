//! The database goes away and comes back: 503 meanwhile, and no restart.

use bantin_tests::{TestApp, content};
use serde_json::json;

#[test]
fn a_lost_database_answers_503_and_its_return_needs_no_restart() {
    let (app, relay) = TestApp::start_behind_relay();
    let editor = app.chief_editor();
    let section = content::category(&editor, "Tin");
    let draft = content::article(&editor, &section, "Trước khi đứt dây");
    content::publish(&editor, "articles", &draft);
    let public = app.anonymous();

    relay.cut();
    let lost = public.get("/api/v1/articles").expect(503);
    assert_eq!((lost.json["code"].as_str(), lost.header("retry-after")), (Some("unavailable"), Some("1")));
    public.get("/readyz").expect(503);
    public.get("/livez").expect(200);
    editor
        .post(
            "/api/v1/editorial/articles",
            &json!({"title": "Mất", "categoryId": section, "body": {"format": "text", "value": "Mất"}}),
        )
        .expect(503);
    public.post("/api/v1/visits", &json!({"path": "/"})).expect(503);

    relay.mend();
    assert_eq!(public.get("/api/v1/articles/truoc-khi-dut-day").expect(200).data()["title"], "Trước khi đứt dây");
    let drafts = editor.get("/api/v1/editorial/articles").expect(200);
    assert_eq!(drafts.data().as_array().unwrap().len(), 1, "what was answered 503 was not written");
    content::article(&editor, &section, "Sau khi nối lại");
}
