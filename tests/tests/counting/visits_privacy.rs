//! Who looked is in no log and in no file, whatever became of the hit.

use std::{
    io::Write,
    path::Path,
    sync::{Arc, Mutex},
};

use bantin_tests::{Db, TestApp, backup};
use serde_json::json;

const VISITS: &str = "/api/v1/visits";
const ADDRESSES: [&str; 2] = ["203.0.113.77", "2001:db8:4d5a:77aa:1:2:3:4"];
const NETWORK: &str = "2001:db8:4d5a:77aa";
const READER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0 dauvet";
const PROGRAM: &str = "dauvet-crawler/1.0";

/// What is logged, kept in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn finds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// Hits of every fate: counted, left out, refused, limited, and while nothing can be counted.
fn visit(app: &TestApp) {
    let send = |address: &str, agent: &str, body: &str| {
        let headers = [("content-type", "text/plain"), ("x-forwarded-for", address), ("user-agent", agent)];
        app.anonymous().send("POST", VISITS, &headers, Some(body.as_bytes())).status
    };
    let referrer = json!({"path": "/", "referrer": format!("http://{}/nha", ADDRESSES[0])}).to_string();
    for address in ADDRESSES {
        for agent in [READER, PROGRAM] {
            assert_eq!(send(address, agent, r#"{"path": "/gioi-thieu"}"#), 200);
            assert_eq!(send(address, agent, &referrer), 200);
            assert_eq!(send(address, agent, r#"{"articleId": "0190aaaa-0000-7000-8000-000000000001"}"#), 404);
            assert_eq!(send(address, agent, r#"{"path": "#), 400);
        }
    }
    while send(ADDRESSES[0], READER, "{}") != 429 {}
    app.wait(app.api.visits.settle()).unwrap();
    app.api.visits.shut_down();
    assert_eq!(send(ADDRESSES[1], READER, r#"{"path": "/"}"#), 503);
}

fn everything_in(folder: &Path, found: &mut Vec<u8>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { everything_in(&path, found) } else { found.extend(std::fs::read(path).unwrap()) }
    }
}

#[test]
fn neither_address_nor_user_agent_is_in_a_log_or_a_file() {
    let log = Log::default();
    let writer = log.clone();
    // All that any library has to say; but not the client of this test, which is no part of the program.
    tracing_subscriber::fmt()
        .with_env_filter("trace,ureq=off,ureq_proto=off")
        .with_writer(move || writer.clone())
        .init();
    let mut files = Vec::new();
    for db in [Db::Sqlite, Db::Postgres] {
        let app = TestApp::start(db);
        visit(&app);
        everything_in(&app.folder, &mut files);
        files.extend(backup::of(app.api.app.store().url()));
    }
    let log = log.0.lock().unwrap();
    assert!(finds(&log, VISITS.as_bytes()), "nothing was logged: the search would be no good");
    assert!(finds(&files, b"SQLite format 3"), "no file was read");
    for trace in [ADDRESSES[0], NETWORK, "dauvet"] {
        assert!(!finds(&log, trace.as_bytes()), "{trace} was logged");
        assert!(!finds(&files, trace.as_bytes()), "{trace} was written");
    }
}
