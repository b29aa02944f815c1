//! Nobody reaches through a webhook what only this server can reach. The spellings are all tried in the
//! domain's own tests; here it is that they are asked for, when a webhook is written and when it is called.

use bantin_api::webhooks;
use bantin_application::{App, Settings, webhooks::courier::Courier};
use bantin_domain::webhook::Reach;
use bantin_tests::{Db, TestApp};
use serde_json::json;

use crate::webhooks::{
    WEBHOOKS, change_something, deliver, deliveries, hook_to, path_of,
    receiver::{Answer, Receiver},
};

const DATABASES: [Db; 2] = [Db::Sqlite, Db::Postgres];

fn public_only(settings: &mut Settings) {
    settings.reach = Reach::Public;
}

#[test]
fn a_private_address_is_refused_when_a_webhook_is_written() {
    for db in DATABASES {
        let app = TestApp::start_with(db, public_only);
        let admin = app.admin();
        let hook = hook_to(&admin, "https://cong-tinh.example/");
        for url in [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://[::ffff:127.0.0.1]/",
            "https://[64:ff9b::127.0.0.1]/",
            "https://１６９.２５４.１６９.２５４/",
            "https://localhost/",
            "https://metadata.google.internal/",
            "http://cong-tinh.example/",
            "https://cong-tinh.example:22/",
        ] {
            let refused = [("/url".to_owned(), "forbidden_address".to_owned())];
            assert_eq!(
                admin.post(WEBHOOKS, &json!({"name": "x", "url": url})).expect(422).faults().1,
                refused,
                "{url}"
            );
            let edited = admin.patch(&path_of(&hook), &hook.etag(), &json!({"url": url})).expect(422);
            assert_eq!(edited.faults().1, refused, "{url}");
        }
    }
}

#[test]
fn a_private_address_is_refused_when_it_is_called_whenever_it_came_in() {
    for db in DATABASES {
        let app = TestApp::start(db);
        let (admin, receiver) = (app.admin(), Receiver::start());
        let by_number = hook_to(&admin, &receiver.url);
        let by_name = hook_to(&admin, &receiver.url.replace("127.0.0.1", "localhost"));
        change_something(&admin, "Một");
        // The setting was changed since.
        let mut settings = app.api.app.settings().clone();
        public_only(&mut settings);
        let strict = App::start(settings, app.api.app.sources().clone()).unwrap();
        Courier::new(strict, webhooks::shown(app.api.render.clone())).deliver_due().unwrap();
        for hook in [&by_number, &by_name] {
            let delivery = deliveries(&admin, hook).remove(0);
            assert_eq!((&delivery["error"], &delivery["state"]), (&json!("forbiddenAddress"), &json!("pending")));
        }
        assert_eq!(receiver.messages().len(), 0, "nobody was called");
    }
}

#[test]
fn a_name_is_called_by_the_address_that_it_stands_for() {
    let app = TestApp::start(Db::Sqlite);
    let (admin, receiver) = (app.admin(), Receiver::start());
    let hook = hook_to(&admin, &receiver.url.replace("127.0.0.1", "localhost"));
    change_something(&admin, "Một");
    deliver(&app);
    assert_eq!(deliveries(&admin, &hook)[0]["state"], "delivered");
    assert!(receiver.messages()[0].header("host").starts_with("localhost:"));
}

#[test]
fn what_is_neither_public_nor_private_is_refused_where_private_networks_are_allowed_too() {
    let app = TestApp::start(Db::Sqlite);
    let admin = app.admin();
    for url in ["http://169.254.169.254/latest/", "http://[fe80::1]/", "http://[fd00:ec2::254]/", "http://0/"] {
        admin.post(WEBHOOKS, &json!({"name": "x", "url": url})).expect(422);
    }
}

#[test]
fn a_redirect_is_an_answer_and_leads_nowhere() {
    for db in DATABASES {
        let app = TestApp::start(db);
        let (admin, canary) = (app.admin(), Receiver::start());
        let hook = hook_to(&admin, &Receiver::answering(Answer::Redirect(canary.url.clone())).url);
        change_something(&admin, "Một");
        deliver(&app);
        let delivery = deliveries(&admin, &hook).remove(0);
        assert_eq!((&delivery["status"], &delivery["error"]), (&json!(307), &json!("status")));
        assert_eq!(canary.messages().len(), 0);
    }
}
