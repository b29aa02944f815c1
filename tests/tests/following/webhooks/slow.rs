//! Receivers that take their time: each holds its own place, for ten seconds, and nobody else's.

use std::{
    thread,
    time::{Duration, Instant},
};

use bantin_tests::{Db, TestApp};
use serde_json::json;

use crate::webhooks::{
    change_something, courier, deliveries, hook_to,
    receiver::{Answer, Receiver},
};

#[test]
fn who_never_reads_drips_or_never_ends_frees_its_place_and_delays_nobody() {
    for db in [Db::Sqlite, Db::Postgres] {
        let app = TestApp::start(db);
        let admin = app.admin();
        let slow = [Receiver::deaf(), Receiver::answering(Answer::NeverRead), Receiver::answering(Answer::Drip)];
        let hooks = slow.each_ref().map(|receiver| hook_to(&admin, &receiver.url));
        let endless = hook_to(&admin, &Receiver::answering(Answer::Endless).url);
        let good = Receiver::start();
        let good_hook = hook_to(&admin, &good.url);
        for n in 0..12 {
            change_something(&admin, &format!("Mục {n}"));
        }
        let courier = courier(&app);
        let begun = Instant::now();
        let delivering = thread::spawn(move || courier.deliver_due());
        while deliveries(&admin, &good_hook).iter().filter(|one| one["state"] == "delivered").count() < 12 {
            assert!(!delivering.is_finished(), "the slow ones were waited for");
            thread::sleep(Duration::from_millis(20));
        }
        for hook in &hooks {
            assert!(deliveries(&admin, hook).iter().all(|one| one["state"] == "pending" && one["error"].is_null()));
        }
        delivering.join().unwrap().unwrap();
        // Ten seconds, and as much again for a machine that is busy: nobody waited for the end of ten gigabytes.
        assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
        for hook in &hooks {
            let tried: Vec<_> = deliveries(&admin, hook).into_iter().filter(|one| one["attempts"] == 1).collect();
            assert!((1..=4).contains(&tried.len()), "no more places than one host has: {}", tried.len());
            assert!(tried.iter().all(|one| one["error"] == "timeout"), "{tried:?}");
        }
        for one in deliveries(&admin, &endless) {
            assert_eq!((&one["state"], &one["answer"]), (&json!("delivered"), &json!("a".repeat(1024))));
        }
    }
}
