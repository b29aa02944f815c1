//! Hashing passwords is the one costly thing that anybody may ask for: a flood of logins takes the places that
//! there are for it, and nothing else.

use std::{
    future::Future,
    sync::mpsc,
    task::{Context, Waker},
    time::Duration,
};

use bantin_application::AppError;
use bantin_tests::{Db, TestApp, app::PASSWORD};
use serde_json::json;

/// As many as may be hashed at once: one on each core.
fn places() -> usize {
    std::thread::available_parallelism().unwrap().get()
}

#[test]
fn who_goes_away_gives_no_place_back_before_the_hash_is_made() {
    let app = TestApp::start_with(Db::Sqlite, |settings| settings.wait = Duration::from_millis(100));
    let author = app.author();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _inside = runtime.enter();
    let (begun, begins) = mpsc::channel();
    let mut ends = Vec::new();
    for _ in 0..places() {
        let (end, ended) = mpsc::channel::<()>();
        let begun = begun.clone();
        let mut hash = Box::pin(app.api.app.hash(move || {
            begun.send(()).unwrap();
            let _ = ended.recv();
            Ok(())
        }));
        assert!(hash.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        ends.push(end);
        // Nobody waits for it any more: the client has gone away, and the work goes on.
    }
    for _ in 0..places() {
        begins.recv().unwrap();
    }
    assert!(matches!(runtime.block_on(app.api.app.hash(|| Ok(()))), Err(AppError::Unavailable(_))));
    let login = json!({"email": "tac-gia@so.example", "password": PASSWORD});
    let refused = app.anonymous().post("/api/v1/auth/login", &login).expect(503);
    assert_eq!((refused.json["code"].as_str(), refused.header("retry-after").is_some()), (Some("unavailable"), true));
    // Who has come in already, and who only reads, waits for nothing.
    author.get("/api/v1/editorial/articles").expect(200);
    app.anonymous().get("/api/v1/articles").expect(200);

    drop(ends);
    runtime.block_on(app.api.app.hash(|| Ok(()))).unwrap();
    app.anonymous().post("/api/v1/auth/login", &login).expect(200);
}
