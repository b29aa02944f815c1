//! The change log: what the public sees differently, without a gap, and nothing else.

mod kept;
mod read;
mod snapshot;
mod stream;

use bantin_domain::{kind::ChangeKind, named::Named};
use bantin_persistence::{StoreError, changes};
use bantin_tests::{TestApp, both, content};
use serde_json::json;

/// The address of the log.
const LOG: &str = "/api/v1/changes";

/// What was logged since: kind of change, kind of resource, slug. The numbers have no gap.
fn since(app: &TestApp, seq: i64) -> Vec<String> {
    let logged = app.api.app.store().public(|reader| changes::after(reader, seq, 1000)).unwrap();
    for (change, expected) in logged.iter().zip(seq + 1..) {
        assert_eq!(change.seq, expected);
    }
    let line = |change: &changes::NewChange| {
        let slug = change.slug.as_ref().map(ToString::to_string).unwrap_or_default();
        let from = change.previous_slug.as_ref().map(|slug| format!(" from {slug}")).unwrap_or_default();
        format!("{} {} {slug}{from}", change.kind, change.target.kind)
    };
    logged.iter().map(|one| line(&one.change)).collect()
}

fn head(app: &TestApp) -> i64 {
    app.api.app.store().public::<_, StoreError>(changes::head).unwrap()
}

both! {
    fn each_act_that_the_public_sees_is_one_row(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let begun = head(&app);
        let draft = content::article(&editor, &section, "Tên cũ");
        assert_eq!(since(&app, begun), Vec::<String>::new(), "a draft is nobody's business");
        let published = content::publish(&editor, "articles", &draft);
        let path = format!("/api/v1/editorial/articles/{}", draft.id());
        let edited = editor.patch(&path, &published.etag(), &json!({"byline": "P.K"})).expect(200);
        let published = content::publish(&editor, "articles", &edited);
        let renamed = editor.patch(&path, &published.etag(), &json!({"slug": "ten-moi"})).expect(200);
        let published = content::publish(&editor, "articles", &renamed);
        editor.post_at(&format!("{path}/actions/unpublish"), &published.etag(), &json!({})).expect(200);
        assert_eq!(
            since(&app, begun),
            ["created article ten-cu", "updated article ten-cu", "moved article ten-moi from ten-cu", "deleted article ten-moi"]
        );
    }

    fn a_speech_comes_into_sight_with_its_event(app) {
        let editor = app.chief_editor();
        let event = editor
            .post("/api/v1/editorial/events", &json!({"title": "Hội nghị", "kind": "conference", "startsOn": "2023-02-28"}))
            .expect(201);
        let begun = head(&app);
        let speech = editor
            .post("/api/v1/editorial/speeches", &json!({"eventId": event.id(), "kind": "opening", "title": "Khai mạc"}))
            .expect(201);
        content::publish(&editor, "speeches", &speech);
        assert_eq!(since(&app, begun), Vec::<String>::new(), "its event is not public, so nobody sees it");
        app.anonymous().get("/api/v1/speeches/khai-mac").expect(404);
        let event = editor.get(&format!("/api/v1/editorial/events/{}", event.id())).expect(200);
        let event = content::publish(&editor, "events", &event);
        assert_eq!(since(&app, begun), ["created event hoi-nghi", "created speech khai-mac"]);
        let begun = head(&app);
        editor
            .post_at(&format!("/api/v1/editorial/events/{}/actions/unpublish", event.id()), &event.etag(), &json!({}))
            .expect(200);
        let mut gone = since(&app, begun);
        gone.sort();
        assert_eq!(gone, ["deleted event hoi-nghi", "deleted speech khai-mac"]);
    }

    fn people_come_into_sight_with_what_shows_them(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let person = editor.post("/api/v1/editorial/people", &json!({"displayName": "Lư Hoàng Khải"})).expect(201);
        let begun = head(&app);
        let draft = editor
            .post(
                "/api/v1/editorial/articles",
                &json!({"title": "Tin", "categoryId": section, "authorIds": [person.id()], "body": {"format": "text", "value": "Tin"}}),
            )
            .expect(201);
        app.anonymous().get("/api/v1/people/lu-hoang-khai").expect(404);
        let published = content::publish(&editor, "articles", &draft);
        app.anonymous().get("/api/v1/people/lu-hoang-khai").expect(200);
        assert_eq!(since(&app, begun), ["created person lu-hoang-khai", "created article tin"]);
        let begun = head(&app);
        let path = format!("/api/v1/editorial/articles/{}/actions/unpublish", draft.id());
        editor.post_at(&path, &published.etag(), &json!({})).expect(200);
        app.anonymous().get("/api/v1/people/lu-hoang-khai").expect(404);
        assert_eq!(since(&app, begun), ["deleted article tin", "deleted person lu-hoang-khai"]);
    }

    fn a_portrait_comes_into_sight_with_who_is_on_it(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let (photo, other) = (content::picture(&editor, "Ảnh", "Chân dung").id(), content::picture(&editor, "Ảnh", "Khác").id());
        let person = content::made(&editor, "people", &json!({"displayName": "Lư Hoàng Khải", "photoId": photo}));
        let begun = head(&app);
        let write = json!({"title": "Tin", "categoryId": section, "authorIds": [person.id()], "body": {"format": "text", "value": "Tin"}});
        let draft = content::made(&editor, "articles", &write);
        content::publish(&editor, "articles", &draft);
        assert_eq!(since(&app, begun), ["created person lu-hoang-khai", "created media ", "created article tin"]);
        let begun = head(&app);
        let path = format!("/api/v1/editorial/people/{}", person.id());
        editor.patch(&path, &person.etag(), &json!({"photoId": other})).expect(200);
        let mut told = since(&app, begun);
        told.sort();
        assert_eq!(told, ["created media ", "deleted media ", "updated person lu-hoang-khai"]);
        app.anonymous().get(&format!("/api/v1/media/{photo}")).expect(404);
    }

    fn an_article_changes_when_an_event_that_it_reports_goes_and_comes_again(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let event = content::publish(&editor, "events", &content::event(&editor, "Hội nghị"));
        let write = json!({"title": "Tin", "categoryId": section, "eventIds": [event.id()], "body": {"format": "text", "value": "Tin"}});
        content::publish(&editor, "articles", &content::made(&editor, "articles", &write));
        let begun = head(&app);
        let path = format!("/api/v1/editorial/events/{}/actions/unpublish", event.id());
        let gone = editor.post_at(&path, &event.etag(), &json!({})).expect(200);
        assert_eq!(since(&app, begun), ["deleted event hoi-nghi", "updated article tin"]);
        let begun = head(&app);
        content::publish(&editor, "events", &gone);
        assert_eq!(since(&app, begun), ["created event hoi-nghi", "updated article tin"]);
    }

    fn a_text_changes_when_a_translation_of_it_comes(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let text = content::publish(&editor, "articles", &content::article(&editor, &section, "Tin"));
        let begun = head(&app);
        let write = json!({"title": "News", "locale": "en", "translationOf": text.id(), "categoryId": section, "body": {"format": "text", "value": "News"}});
        let translation = content::made(&editor, "articles", &write);
        assert_eq!(since(&app, begun), Vec::<String>::new(), "nobody sees it yet");
        content::publish(&editor, "articles", &translation);
        assert_eq!(since(&app, begun), ["created article news", "updated article tin"]);
    }

    fn an_event_changes_when_somebody_who_attended_it_becomes_public(app) {
        let editor = app.chief_editor();
        let person = content::made(&editor, "people", &json!({"displayName": "Lư Hoàng Khải"}));
        let event = content::event(&editor, "Hội nghị");
        let guest = json!({"kind": "person", "role": "delegate", "visibility": "public", "name": "Ông Khải", "personId": person.id()});
        editor.post(&format!("/api/v1/editorial/events/{}/attendees", event.id()), &guest).expect(201);
        let event = editor.get(&format!("/api/v1/editorial/events/{}", event.id())).expect(200);
        content::publish(&editor, "events", &event);
        let begun = head(&app);
        editor.patch(&format!("/api/v1/editorial/people/{}", person.id()), &person.etag(), &json!({"listed": true})).expect(200);
        assert_eq!(since(&app, begun), ["created person lu-hoang-khai", "updated event hoi-nghi"]);
    }

    fn a_rename_is_one_row_whoever_shows_the_name(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let person = content::made(&editor, "people", &json!({"displayName": "Lư Hoàng Khải"}));
        let write = json!({"title": "Tin", "categoryId": section, "authorIds": [person.id()], "body": {"format": "text", "value": "Tin"}});
        content::publish(&editor, "articles", &content::made(&editor, "articles", &write));
        let begun = head(&app);
        editor.patch(&format!("/api/v1/editorial/people/{}", person.id()), &person.etag(), &json!({"displayName": "Lư Khải"})).expect(200);
        assert_eq!(since(&app, begun), ["updated person lu-hoang-khai"]);
    }

    fn who_stands_in_a_menu_below_a_page_comes_into_sight_with_it(app) {
        let (editor, admin) = (app.chief_editor(), app.admin());
        let person = content::made(&editor, "people", &json!({"displayName": "Lư Hoàng Khải"})).id();
        let page = content::made(&editor, "pages", &json!({"title": "Giới thiệu", "body": {"format": "text", "value": "Sở."}}));
        let below = json!({"label": "Giám đốc", "target": {"type": "person", "id": person}, "children": []});
        let entry = json!({"label": "Giới thiệu", "target": {"type": "page", "id": page.id()}, "children": [below]});
        let site = admin.get("/api/v1/editorial/site").expect(200);
        admin.patch("/api/v1/editorial/site", &site.etag(), &json!({"menus": {"main": [entry]}})).expect(200);
        app.anonymous().get(&format!("/api/v1/people/{person}")).expect(404);
        let begun = head(&app);
        content::publish(&editor, "pages", &page);
        app.anonymous().get(&format!("/api/v1/people/{person}")).expect(200);
        assert_eq!(since(&app, begun), ["created person lu-hoang-khai", "created page gioi-thieu", "updated site "]);
    }
}

#[test]
fn every_kind_of_change_has_its_name_in_the_contract() {
    assert_eq!(
        ChangeKind::ALL.iter().map(|kind| kind.name()).collect::<Vec<_>>(),
        ["created", "updated", "deleted", "moved"]
    );
}
