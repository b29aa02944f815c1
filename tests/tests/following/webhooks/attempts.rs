//! What is kept of each attempt, what a receiver that is busy may ask for, and the numbers of it all.

use std::collections::BTreeMap;

use bantin_domain::webhook::{DeliveryFault, DeliveryState, DisabledReason};
use bantin_tests::{Answer as Reply, Client, both};
use serde_json::{Value, json};

use crate::webhooks::{
    change_something, courier, deliver, deliveries, hook_to, now_of, path_of,
    receiver::{Answer, Receiver},
};

fn path_to(hook: &Reply, delivery: &Value) -> String {
    format!("{}/deliveries/{}", path_of(hook), delivery["id"].as_str().unwrap())
}

/// What came of each attempt of a delivery: number, status, error, answer.
fn log_of(admin: &Client, hook: &Reply, delivery: &Value) -> Vec<(i64, Value, Value, Value)> {
    let detail = admin.get(&path_to(hook, delivery)).expect(200);
    let log = detail.data()["attemptLog"].as_array().unwrap();
    let told = |one: &Value| {
        (one["number"].as_i64().unwrap(), one["status"].clone(), one["error"].clone(), one["answer"].clone())
    };
    log.iter().map(told).collect()
}

both! {
    fn every_attempt_is_kept_with_what_came_of_it(app) {
        let admin = app.admin();
        let receiver = Receiver::behaving(|_, n| match n {
            0 => Answer::Says(500, b"hong".to_vec()),
            1 => Answer::Close,
            _ => Answer::Says(200, b"xong".to_vec()),
        });
        let hook = hook_to(&admin, &receiver.url);
        change_something(&admin, "Một");
        for _ in 0..3 {
            deliver(&app);
            app.clock.advance(60);
        }
        let delivery = deliveries(&admin, &hook).remove(0);
        assert_eq!((&delivery["state"], &delivery["attempts"]), (&json!("delivered"), &json!(3)));
        assert!(delivery.get("attemptLog").is_none(), "a list shows the last attempt");
        assert_eq!(log_of(&admin, &hook, &delivery), [
            (1, json!(500), json!("status"), json!("hong")),
            (2, json!(null), json!("protocol"), json!(null)),
            (3, json!(200), json!(null), json!("xong")),
        ]);
        let detail = admin.get(&path_to(&hook, &delivery)).expect(200);
        let log = detail.data()["attemptLog"].as_array().unwrap();
        let at: Vec<&str> = log.iter().map(|one| one["at"].as_str().unwrap()).collect();
        assert_eq!(at, ["2023-03-14T08:00:00+07:00", "2023-03-14T08:01:00+07:00", "2023-03-14T08:02:00+07:00"]);
        assert_eq!(detail.data()["body"], delivery["body"]);
    }

    fn of_very_many_attempts_the_newest_are_kept(app) {
        let (admin, receiver) = (app.admin(), Receiver::start());
        let hook = hook_to(&admin, &receiver.url);
        change_something(&admin, "Một");
        deliver(&app);
        let delivery = deliveries(&admin, &hook).remove(0);
        for _ in 0..101 {
            admin.send("POST", &format!("{}/redeliver", path_to(&hook, &delivery)), &[], None).expect(200);
            deliver(&app);
        }
        let numbers: Vec<i64> = log_of(&admin, &hook, &delivery).into_iter().map(|(number, ..)| number).collect();
        assert_eq!(numbers, (3..=102).collect::<Vec<_>>());
        admin.delete(&path_of(&hook), &now_of(&admin, &hook).etag()).expect(204);
    }

    fn a_receiver_that_asks_for_time_is_given_it(app) {
        let admin = app.admin();
        let receiver = Receiver::behaving(|_, n| if n == 0 { Answer::Later(503, "7200") } else { Answer::Status(204) });
        let hook = hook_to(&admin, &receiver.url);
        change_something(&admin, "Một");
        deliver(&app);
        assert_eq!(deliveries(&admin, &hook)[0]["nextAttemptAt"], "2023-03-14T10:00:00+07:00");
        // The webhook as a whole for an hour: then another message asks whether it is well.
        assert_eq!(now_of(&admin, &hook).data()["restsUntil"], "2023-03-14T09:00:00+07:00");
        change_something(&admin, "Hai");
        let mut heard = Vec::new();
        for seconds in [3_599, 1, 3_599, 1] {
            app.clock.advance(seconds);
            deliver(&app);
            heard.push(receiver.messages().len());
        }
        assert_eq!(heard, [1, 2, 2, 3]);
    }

    fn time_may_be_asked_for_by_a_date_and_up_to_the_end_of_the_day(app) {
        let admin = app.admin();
        for (status, asked, expected) in [
            (429, "Tue, 14 Mar 2023 03:00:00 GMT", Some("2023-03-14T10:00:00+07:00")),
            (503, "1000000", Some("2023-03-15T08:00:00+07:00")),
            // No reason to hurry, and of an answer that is not about being busy no reason to wait.
            (503, "0", None),
            (500, "7200", None),
        ] {
            let hook = hook_to(&admin, &Receiver::answering(Answer::Later(status, asked)).url);
            change_something(&admin, asked);
            deliver(&app);
            let next = deliveries(&admin, &hook).pop().unwrap()["nextAttemptAt"].as_str().unwrap().to_owned();
            match expected {
                Some(expected) => assert_eq!(next, expected, "{asked}"),
                None => assert!(("2023-03-14T08:00:01".."2023-03-14T08:00:06").contains(&next.as_str()), "{next}"),
            }
            admin.delete(&path_of(&hook), &now_of(&admin, &hook).etag()).expect(204);
        }
    }

    fn what_a_node_did_and_what_waits_is_counted(app) {
        let admin = app.admin();
        let good = Receiver::start();
        hook_to(&admin, &good.url);
        hook_to(&admin, &Receiver::answering(Answer::Status(410)).url);
        hook_to(&admin, &Receiver::answering(Answer::Close).url);
        change_something(&admin, "Một");
        let courier = courier(&app);
        courier.deliver_due().unwrap();
        let metrics = courier.metrics();
        assert_eq!(metrics.attempts, BTreeMap::from([
            (None, 1), (Some(DeliveryFault::Status), 1), (Some(DeliveryFault::Protocol), 1),
        ]));
        assert_eq!(metrics.ended, BTreeMap::from([(DeliveryState::Delivered, 1), (DeliveryState::Failed, 1)]));
        assert_eq!(metrics.turned_off, BTreeMap::from([(DisabledReason::Gone, 1)]));
        assert_eq!((metrics.backlog.deliveries, metrics.backlog.oldest), (1, Some(app.api.app.sources().clock.now())));
    }
}
