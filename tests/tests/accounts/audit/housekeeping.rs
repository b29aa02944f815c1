//! What the program does by itself: settling what came due, emptying the trash.

use bantin_application::housekeeper;
use bantin_domain::time::Timestamp;
use bantin_persistence::{StoreError, changes};
use bantin_tests::{Answer, Client, TestApp, both, content};
use serde_json::json;

use crate::audit::{actions_since, entries};

fn head(app: &TestApp) -> i64 {
    app.api.app.store().public::<_, StoreError>(changes::head).unwrap()
}

fn told_since(app: &TestApp, seq: i64) -> Vec<(String, Timestamp)> {
    let logged = app.api.app.store().public(|reader| changes::after(reader, seq, 100)).unwrap();
    logged.into_iter().map(|one| (format!("{} {}", one.change.kind, one.change.target.kind), one.change.at)).collect()
}

fn schedule(client: &Client, draft: &Answer, at: &str, until: &str) {
    let path = format!("/api/v1/editorial/articles/{}/actions/schedule", draft.id());
    client.post_at(&path, &draft.etag(), &json!({"at": at, "until": until})).expect(200);
}

fn trash(client: &Client, item: &Answer) {
    client.delete(&format!("/api/v1/editorial/articles/{}", item.id()), &item.etag()).expect(204);
}

const DAY: i64 = 24 * 60 * 60;

both! {
    fn what_comes_due_is_told_once_however_many_nodes_there_are(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let (at, until) = ("2023-03-14T09:00:00+07:00", "2023-03-14T10:00:00+07:00");
        schedule(&editor, &content::article(&editor, &section, "Một tin"), at, until);
        let begun = head(&app);
        app.tidy();
        assert_eq!(told_since(&app, begun), [], "it is not yet due");
        let twice = || {
            std::thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| housekeeper::tick(&app.api.app).unwrap());
                }
            });
        };
        // Ten minutes late: the change is told with the instant of the schedule.
        app.clock.set("2023-03-14T09:10:00+07:00");
        twice();
        let come = ("created article".to_owned(), Timestamp::parse(at).unwrap());
        assert_eq!(told_since(&app, begun), std::slice::from_ref(&come));
        app.anonymous().get("/api/v1/articles/mot-tin").expect(200);
        app.clock.set("2023-03-14T10:00:00+07:00");
        twice();
        assert_eq!(told_since(&app, begun), [come, ("deleted article".to_owned(), Timestamp::parse(until).unwrap())]);
        app.anonymous().get("/api/v1/articles/mot-tin").expect(410);
    }

    fn what_lay_in_the_trash_long_enough_is_purged_by_nobody(app) {
        let admin = app.admin();
        let section = content::category(&admin, "Tin");
        let draft = content::article(&admin, &section, "Một tin");
        trash(&admin, &draft);
        let begun = entries(&app).len();
        app.clock.advance(30 * DAY - 1);
        app.tidy();
        assert_eq!(actions_since(&app, begun), Vec::<String>::new(), "not a second early");
        app.clock.advance(1);
        app.tidy();
        app.tidy();
        let entry = entries(&app).pop().unwrap();
        assert_eq!(actions_since(&app, begun), ["article.purge"]);
        assert_eq!((entry.actor, entry.resource_id.unwrap().to_string()), (None, draft.id()));
        let admin = app.log_in("quan-tri@so.example");
        admin.get(&format!("/api/v1/editorial/articles/{}", draft.id())).expect(404);
        let again = json!({"id": draft.id(), "title": "Một tin", "categoryId": section, "body": {"format": "text", "value": "a"}});
        assert_eq!(admin.post("/api/v1/editorial/articles", &again).expect(409).json["code"], "id_taken");
    }

    fn what_something_refers_to_outlives_its_time_in_the_trash(app) {
        let admin = app.admin();
        let event = content::event(&admin, "Hội nghị");
        let said = json!({"eventId": event.id(), "kind": "report", "title": "Báo cáo"});
        let speech = content::made(&admin, "speeches", &said);
        let (event, speech) =
            (format!("/api/v1/editorial/events/{}", event.id()), format!("/api/v1/editorial/speeches/{}", speech.id()));
        let discard = |client: &Client, path: &str| client.delete(path, &client.get(path).expect(200).etag()).expect(204);
        discard(&admin, &event);
        let begun = entries(&app).len();
        app.clock.advance(31 * DAY);
        app.tidy();
        assert_eq!(actions_since(&app, begun), Vec::<String>::new(), "a speech is still of this event");
        let admin = app.log_in("quan-tri@so.example");
        discard(&admin, &speech);
        let begun = entries(&app).len();
        app.clock.advance(31 * DAY);
        app.tidy();
        assert_eq!(actions_since(&app, begun), ["speech.purge", "event.purge"]);
    }
}
