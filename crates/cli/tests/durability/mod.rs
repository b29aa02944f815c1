//! Acknowledged means kept: the server is killed under load, as often as the machine of a hosted CI
//! has time for, and what it had answered is there when it starts again.

mod publishing;
mod telling;

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bantin_tests::postgres;
use serde_json::json;
use uuid::Uuid;

use crate::kit::{Folder, Server};

/// How often the server is killed, on each database.
const KILLS: usize = 5;
/// How many hits are sent between two kills, at least.
const HITS: usize = 150;
const CLIENTS: usize = 8;

#[test]
fn no_acknowledged_visit_is_lost_or_counted_twice_by_kill_9_on_sqlite() {
    check(&[]);
}

#[test]
fn no_acknowledged_visit_is_lost_or_counted_twice_by_kill_9_on_postgresql() {
    let name = "bantin_cli_empty";
    postgres::cluster().template(name, |_| ());
    let database = postgres::cluster().create_database_from_template(name);
    check(&[("BANTIN_DATABASE_URL", database.url())]);
}

fn check(settings: &[(&str, &str)]) {
    let folder = Folder::new();
    folder.make_secret_key();
    // Every hit that was begun: each is sent again until it is acknowledged, under the same id.
    let unknown: Mutex<Vec<Uuid>> = Mutex::default();
    let next = AtomicUsize::new(0);
    for _ in 0..KILLS {
        let mut server = folder.serve_with("serve", settings);
        let base = server.base().to_owned();
        let killed = AtomicBool::new(false);
        let acknowledged = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| {
                    while !killed.load(Ordering::SeqCst) {
                        let retried = unknown.lock().unwrap().pop();
                        let hit =
                            retried.unwrap_or_else(|| Uuid::from_u128(1 + next.fetch_add(1, Ordering::SeqCst) as u128));
                        if send(&base, hit) {
                            acknowledged.fetch_add(1, Ordering::SeqCst);
                        } else {
                            unknown.lock().unwrap().push(hit);
                        }
                    }
                });
            }
            wait_until(|| acknowledged.load(Ordering::SeqCst) >= HITS);
            server.end_by("KILL");
            killed.store(true, Ordering::SeqCst);
        });
    }
    // What nobody had an answer for is sent once more; now every hit was acknowledged.
    let server = folder.serve_with("serve", settings);
    for hit in unknown.into_inner().unwrap() {
        assert!(send(server.base(), hit));
    }
    let sent = next.into_inner();
    wait_until(|| views(&server) >= sent);
    assert_eq!(views(&server), sent);
}

/// Sends a hit; whether it was acknowledged. Each time it comes from another visitor, so that nothing but its id
/// says that it was sent before.
fn send(base: &str, hit: Uuid) -> bool {
    static VISITORS: AtomicUsize = AtomicUsize::new(0);
    let visitor = VISITORS.fetch_add(1, Ordering::SeqCst);
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let answer = agent
        .post(&format!("{base}/api/v1/visits"))
        .header("content-type", "application/json")
        .header("user-agent", &format!("Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/120.0 {visitor}"))
        .send(json!({"path": "/", "hitId": hit}).to_string());
    answer.is_ok_and(|answer| answer.status() == 200)
}

fn views(server: &Server) -> usize {
    let views = server.json("/api/v1/stats")["data"]["today"]["pageViews"].as_u64().unwrap();
    usize::try_from(views).unwrap()
}

/// Waits for what must come, looking again and again; fails after a minute.
fn wait_until(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it did not come about in a minute");
        std::thread::yield_now();
    }
}
