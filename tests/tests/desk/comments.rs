//! What the desk says to each other about an item.

use bantin_domain::policy::Role;
use bantin_tests::{both, content};
use serde_json::{Value, json};

both! {
    fn what_is_said_about_an_item_stands_there_in_order_with_who_said_it(app) {
        let (chief, editor) = (app.chief_editor(), app.editor());
        let section = content::category(&chief, "Tin");
        let draft = content::article(&chief, &section, "Một tin");
        let path = format!("/api/v1/editorial/articles/{}/comments", draft.id());
        assert_eq!(editor.get(&path).expect(200).data(), &json!([]));
        let said = editor.post(&path, &json!({"text": "Số liệu lấy ở đâu?"})).expect(201);
        assert_eq!(said.data()["text"], "Số liệu lấy ở đâu?");
        assert_eq!(said.data()["author"]["name"], "Người thử");
        assert_eq!(said.data()["createdAt"], "2023-03-14T08:00:00+07:00");
        assert_eq!(said.header("location"), Some(&*format!("https://tin.example{path}")));
        app.clock.advance(1);
        chief.post(&path, &json!({"text": "Ở báo cáo năm.\nTrang 3."})).expect(201);
        let texts: Vec<Value> = chief.get(&path).expect(200).data().as_array().unwrap().iter().map(|one| one["text"].clone()).collect();
        assert_eq!(texts, ["Số liệu lấy ở đâu?", "Ở báo cáo năm.\nTrang 3."]);
        let item = chief.get(&format!("/api/v1/editorial/articles/{}", draft.id())).expect(200);
        assert_eq!(item.etag(), draft.etag(), "a comment changes nothing of the item");
    }

    fn who_may_not_see_the_item_sees_and_says_nothing_about_it(app) {
        let (author, chief) = (app.author(), app.chief_editor());
        let other = app.user(Role::Author, "tac-gia-khac@so.example");
        let section = content::category(&chief, "Tin");
        let draft = content::article(&author, &section, "Của tôi");
        let path = format!("/api/v1/editorial/articles/{}/comments", draft.id());
        other.get(&path).expect(404);
        other.post(&path, &json!({"text": "Lén"})).expect(404);
        // An id of one kind names nothing of another.
        chief.get(&format!("/api/v1/editorial/pages/{}/comments", draft.id())).expect(404);
        chief.get(&format!("/api/v1/editorial/media/{}/comments", draft.id())).expect(404);
        author.post(&path, &json!({"text": "Ghi chú của tôi"})).expect(201);
        assert_eq!(chief.get(&path).expect(200).data().as_array().unwrap().len(), 1);
    }

    fn a_comment_says_something_and_not_too_much(app) {
        let chief = app.chief_editor();
        let section = content::category(&chief, "Tin");
        let draft = content::article(&chief, &section, "Một tin");
        let path = format!("/api/v1/editorial/articles/{}/comments", draft.id());
        let fault = |write: Value| chief.post(&path, &write).expect(422).faults().1;
        assert_eq!(fault(json!({})), [("/text".to_owned(), "required".to_owned())]);
        assert_eq!(fault(json!({"text": "  "}))[0].0, "/text");
        assert_eq!(fault(json!({"text": "á".repeat(2001)})), [("/text".to_owned(), "too_long".to_owned())]);
        chief.post(&path, &json!({"text": "á".repeat(2000)})).expect(201);
    }

    fn the_reason_of_a_request_for_changes_is_a_comment(app) {
        let (author, chief) = (app.author(), app.chief_editor());
        let section = content::category(&chief, "Tin");
        let draft = content::article(&author, &section, "Một tin");
        let path = format!("/api/v1/editorial/articles/{}", draft.id());
        let submitted = author.post_at(&format!("{path}/actions/submit"), &draft.etag(), &json!({})).expect(200);
        let back = format!("{path}/actions/request-changes");
        let silent = chief.post_at(&back, &submitted.etag(), &json!({})).expect(422);
        assert_eq!(silent.faults().1, [("/reason".to_owned(), "required".to_owned())]);
        chief.post_at(&back, &submitted.etag(), &json!({"reason": "Thiếu nguồn."})).expect(200);
        let said = author.get(&format!("{path}/comments")).expect(200);
        assert_eq!(said.data()[0]["text"], "Thiếu nguồn.");
        assert_eq!(author.get(&path).expect(200).data()["state"], "changesRequested");
    }

    fn that_somebody_commented_is_logged_and_what_they_said_is_not(app) {
        let admin = app.admin();
        let section = content::category(&admin, "Tin");
        let draft = content::article(&admin, &section, "Một tin");
        admin.post(&format!("/api/v1/editorial/articles/{}/comments", draft.id()), &json!({"text": "Chuyện riêng."})).expect(201);
        let log = admin.get("/api/v1/editorial/audit-log").expect(200);
        let text = String::from_utf8_lossy(&log.bytes).into_owned();
        assert!(text.contains("article.comment"), "{text}");
        assert!(!text.contains("Chuyện riêng"), "{text}");
    }
}
