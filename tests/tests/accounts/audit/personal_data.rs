//! Personal data of attendees: who sees it, who writes it, and that reading it is an act.

use bantin_domain::{
    named::Named,
    policy::{Role, Verb},
};
use bantin_tests::{Answer, Client, TestApp, both, content};
use serde_json::{Value, json};

use crate::audit::{actions_since, direct::Direct, entries};

const EMAIL: &str = "tam@rieng-tu.example";

fn list_path(event: &Answer) -> String {
    format!("/api/v1/editorial/events/{}/attendees", event.id())
}

fn guest(name: &str) -> Value {
    json!({"kind": "person", "role": "guest", "name": name})
}

fn guest_with_data(name: &str) -> Value {
    let mut guest = guest(name);
    guest["email"] = json!(EMAIL);
    guest["phone"] = json!("0912 345 678");
    guest["notes"] = json!("ăn chay");
    guest
}

/// Somebody who edits every event and may not see personal data.
fn editor_without_personal_data(app: &TestApp) -> Client {
    let editor = app.editor();
    let mut permissions = Role::Editor.permissions();
    permissions.retain(|one| one.verb != Verb::PersonalData);
    let permissions = serde_json::to_string(&permissions).unwrap();
    let role = Role::Editor.name();
    Direct::to(app).run(&format!("UPDATE roles SET permissions = '{permissions}' WHERE name = '{role}'")).unwrap();
    editor
}

fn personal(view: &Value) -> [&Value; 4] {
    [&view["email"], &view["phone"], &view["notes"], &view["personalDataHidden"]]
}

const HIDDEN: [&Value; 4] = [&Value::Null, &Value::Null, &Value::Null, &Value::Bool(true)];

both! {
    fn reading_personal_data_is_an_act_and_reading_the_rest_is_none(app) {
        let chief = app.chief_editor();
        let event = content::event(&chief, "Hội nghị");
        let path = list_path(&event);
        let begun = entries(&app).len();
        chief.post(&path, &guest("Một")).expect(201);
        chief.get(&path).expect(200);
        assert_eq!(actions_since(&app, begun), ["attendee.create"], "nobody has told us anything yet");

        let begun = entries(&app).len();
        let made = chief.post(&path, &guest_with_data("Hai")).expect(201);
        let list = chief.get(&path).expect(200);
        assert_eq!(list.data()[1]["email"], EMAIL);
        assert_eq!(actions_since(&app, begun), ["attendee.create", "attendee.read", "attendee.read"]);
        let read = entries(&app).pop().unwrap();
        assert_eq!(read.resource_id.unwrap().to_string(), event.id(), "of whom it was is not kept, only where");
        assert_eq!((read.fields[0].field.as_str(), &read.fields[0].to), ("rows", &Some(json!(1))));
        assert_eq!(read.request.map(|id| id.to_string()).as_deref(), list.header("x-request-id"));

        let begun = entries(&app).len();
        let one = format!("{path}/{}", made.id());
        chief.patch(&one, &made.etag(), &json!({"name": "Ba"})).expect(200);
        assert_eq!(actions_since(&app, begun), ["attendee.edit", "attendee.read"], "the answer shows it");
        let begun = entries(&app).len();
        chief.put(&path, &chief.get(&path).expect(200).etag(), &json!({"items": []})).expect(200);
        assert_eq!(actions_since(&app, begun)[1..], ["attendee.delete", "attendee.delete"]);
    }

    fn who_may_not_see_personal_data_is_shown_that_it_is_hidden(app) {
        let chief = app.chief_editor();
        let event = content::event(&chief, "Hội nghị");
        let path = list_path(&event);
        let made = chief.post(&path, &guest_with_data("Lê Văn Tám")).expect(201);
        assert_eq!(made.data()["personalDataHidden"], false);
        chief.post(&path, &guest("Không có gì")).expect(201);
        let editor = editor_without_personal_data(&app);
        let begun = entries(&app).len();
        let list = editor.get(&path).expect(200);
        assert_eq!(personal(&list.data()[0]), HIDDEN);
        assert_eq!(personal(&list.data()[1]), HIDDEN, "that there is none is not told either");
        assert_eq!(actions_since(&app, begun), Vec::<String>::new());
        let edited = editor.patch(&format!("{path}/{}", made.id()), &made.etag(), &json!({"name": "Tám"})).expect(200);
        assert_eq!(personal(edited.data()), HIDDEN);
        let author = app.author();
        let own = content::event(&author, "Tập huấn");
        let shown = author.post(&list_path(&own), &guest_with_data("Hai")).expect(201);
        assert_eq!((&shown.data()["email"], &shown.data()["personalDataHidden"]), (&json!(EMAIL), &json!(false)));
    }

    fn who_may_not_see_personal_data_neither_writes_nor_loses_it(app) {
        let chief = app.chief_editor();
        let event = content::event(&chief, "Hội nghị");
        let path = list_path(&event);
        let made = chief.post(&path, &guest_with_data("Lê Văn Tám")).expect(201);
        let one = format!("{path}/{}", made.id());
        let editor = editor_without_personal_data(&app);
        let begun = entries(&app).len();
        for member in ["email", "phone", "notes"] {
            let mut new = guest("Hai");
            new[member] = json!("x@y.example");
            editor.post(&path, &new).expect(403);
            editor.patch(&one, &made.etag(), &json!({member: "x@y.example"})).expect(403);
            editor.patch(&one, &made.etag(), &json!({member: null})).expect(403);
            editor.put(&path, &editor.get(&path).expect(200).etag(), &json!({"items": [new]})).expect(403);
        }
        assert_eq!(actions_since(&app, begun), Vec::<String>::new());
        let mut kept = guest("Đổi tên");
        kept["id"] = json!(made.id());
        let list = editor.put(&path, &editor.get(&path).expect(200).etag(), &json!({"items": [kept, guest("Mới")]})).expect(200);
        assert_eq!(personal(&list.data()[0]), HIDDEN);
        let whole = chief.get(&path).expect(200);
        assert_eq!(whole.data()[0]["name"], "Đổi tên");
        assert_eq!(personal(&whole.data()[0]), [&json!(EMAIL), &json!("0912 345 678"), &json!("ăn chay"), &json!(false)]);
        // The whole row can go: what is personal must always be erasable.
        let now = whole.data()[0]["version"].as_i64().unwrap();
        editor.delete(&one, &format!("\"{now}\"")).expect(204);
    }

    fn no_secret_and_nothing_personal_stands_in_the_log(app) {
        let chief = app.chief_editor();
        let event = content::event(&chief, "Hội nghị");
        let path = list_path(&event);
        let made = chief.post(&path, &guest_with_data("Nguyễn Kín Đáo")).expect(201);
        let one = format!("{path}/{}", made.id());
        let edited = chief.patch(&one, &made.etag(), &json!({"email": "moi@rieng-tu.example", "notes": "dị ứng"})).expect(200);
        chief.get(&path).expect(200);
        chief.put(&path, &chief.get(&path).expect(200).etag(), &json!({"items": [guest_with_data("Trần Kín Đáo")]})).expect(200);
        chief.delete(&one, &edited.etag()).expect(404);
        app.anonymous().post("/api/v1/auth/login", &json!({"email": "ai@so.example", "password": "mat-khau-sai"})).expect(401);
        let section = content::category(&chief, "Tin");
        let article = content::article(&chief, &section, "Một tin");
        let body = json!({"format": "html", "value": "<p>Nội dung dài không ghi vào nhật ký</p>"});
        let article_path = format!("/api/v1/editorial/articles/{}", article.id());
        let edited = chief.patch(&article_path, &article.etag(), &json!({"body": body, "byline": "P.K"})).expect(200);
        content::publish(&chief, "articles", &edited);
        chief.send("POST", "/api/v1/auth/logout", &[], None).expect(204);

        let dump = Direct::to(&app).dump();
        assert!(dump.contains("P.K") && dump.contains("attendee.edit"), "the log is there: {dump}");
        let secrets = [
            "@", "rieng-tu", "0912", "ăn chay", "dị ứng", "Kín Đáo", "mat-khau-sai", "Nội dung dài", bantin_tests::app::PASSWORD, "argon2",
            "eyJ",
        ];
        for secret in secrets {
            assert!(!dump.contains(secret), "{secret}: {dump}");
        }
        // Of the address only the network is kept.
        assert!(dump.contains("127.0.0.0/24") && !dump.contains("127.0.0.1"), "{dump}");
    }
}
