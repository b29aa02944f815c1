//! Waiting for changes. A stream of the test kit ends by itself after a moment.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use bantin_domain::{
    kind::{ChangeKind, Kind, Target},
    site::SITE_ID,
};
use bantin_persistence::{StoreError, changes};
use bantin_tests::{Answer, TestApp, app::STREAMS, both, content};
use serde_json::Value;

const STREAM: &str = "/api/v1/changes/stream";

/// The events of a stream: number and what it says.
fn events(answer: &Answer) -> Vec<(i64, Value)> {
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    let text = std::str::from_utf8(&answer.bytes).unwrap();
    let event = |block: &str| {
        let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let id = field("id")?.parse().unwrap();
        assert_eq!(field("event"), Some("change"));
        Some((id, serde_json::from_str(field("data")?).unwrap()))
    };
    text.split("\n\n").filter_map(event).collect()
}

both! {
    fn a_stream_tells_what_the_log_tells_from_where_its_reader_was(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        content::publish(&editor, "articles", &content::article(&editor, &section, "Một"));
        let everybody = app.anonymous();
        let log = everybody.get("/api/v1/changes").expect(200);
        let told = events(&everybody.get(&format!("{STREAM}?after=0")).expect(200));
        assert_eq!(told.iter().map(|(_, row)| row).collect::<Vec<_>>(), log.data().as_array().unwrap().iter().collect::<Vec<_>>());
        assert_eq!(told.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [1, 2]);
        content::publish(&editor, "articles", &content::article(&editor, &section, "Hai"));
        let again = everybody.send("GET", &format!("{STREAM}?after=0"), &[("last-event-id", "2")], None).expect(200);
        assert_eq!(events(&again).iter().map(|(id, _)| *id).collect::<Vec<_>>(), [3], "the header goes before the address");
        assert!(events(&everybody.get(STREAM).expect(200)).is_empty(), "from now on");
    }

    fn a_change_reaches_who_waits_for_it(app) {
        let editor = app.chief_editor();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                // It comes again until it is told, as a browser does.
                let mut last = 0;
                loop {
                    let answer = app.anonymous().send("GET", STREAM, &[("last-event-id", &last.to_string())], None).expect(200);
                    let told = events(&answer);
                    last = told.last().map_or(last, |(id, _)| *id);
                    if let Some((_, row)) = told.into_iter().find(|(_, row)| row["slug"] == "moi") {
                        return row;
                    }
                }
            });
            content::category(&editor, "Mới");
            assert_eq!(waiting.join().unwrap()["kind"], "created");
        });
    }

    fn what_cannot_be_told_is_refused_before_the_stream_begins(app) {
        let everybody = app.anonymous();
        let named = |refused: Answer| refused.expect(400).json["errors"][0]["parameter"].as_str().unwrap().to_owned();
        assert_eq!(named(everybody.get(&format!("{STREAM}?after=1"))), "after");
        for number in ["1", "x"] {
            let refused = everybody.send("GET", &format!("{STREAM}?after=0"), &[("last-event-id", number)], None);
            assert!(refused.json["detail"].as_str().unwrap().starts_with("The header Last-Event-ID: "), "{}", refused.json);
            assert_eq!(named(refused), "Last-Event-ID");
        }
        everybody.get(&format!("{STREAM}?types=news")).expect(400);
        assert_eq!(everybody.send("HEAD", STREAM, &[], None).expect(200).bytes.len(), 0);
    }

    fn a_reader_that_takes_nothing_loses_its_place_and_then_its_connection(app) {
        log_much(&app);
        // More than the system keeps for them on the way.
        let mut idle: Vec<TcpStream> = (0..STREAMS.places).map(|_| open(&app)).collect();
        assert_eq!(app.anonymous().get(&format!("{STREAM}?after=0")).status, 503, "all places are taken");
        let begun = Instant::now();
        let mut status = 503;
        while status == 503 && begun.elapsed() < Duration::from_secs(30) {
            status = app.anonymous().get(STREAM).status;
        }
        assert_eq!(status, 200);
        if cfg!(target_os = "linux") {
            while !idle.is_empty() && begun.elapsed() < Duration::from_secs(30) {
                idle.retain_mut(|reader| !is_cut_off(reader));
                app.anonymous().get(STREAM).expect(200);
            }
            assert!(idle.is_empty(), "{} readers hold their connections", idle.len());
        }
    }
}

/// Whether the other side is not there any more. Whoever reads nothing learns it when they say something.
fn is_cut_off(reader: &mut TcpStream) -> bool {
    reader.set_nonblocking(true).unwrap();
    match reader.write_all(b"\r\n") {
        Ok(()) => false,
        Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
    }
}

/// Thirty thousand changes: some ten megabytes of events.
fn log_much(app: &TestApp) {
    let target = Target::new(Kind::Site, SITE_ID);
    let written = app.api.app.store().write::<_, StoreError>(|tx| {
        let change = changes::NewChange {
            kind: ChangeKind::Updated,
            target,
            locale: None,
            slug: None,
            previous_slug: None,
            at: tx.now(),
        };
        changes::append(tx, &vec![change; 30_000])
    });
    written.unwrap();
}

/// Asks for everything, reads the beginning of the answer, and no more.
fn open(app: &TestApp) -> TcpStream {
    let mut stream = TcpStream::connect(app.base.strip_prefix("http://").unwrap()).unwrap();
    stream.write_all(format!("GET {STREAM}?after=0 HTTP/1.1\r\nhost: tin.example\r\n\r\n").as_bytes()).unwrap();
    let mut begin = [0; 12];
    stream.read_exact(&mut begin).unwrap();
    assert_eq!(&begin, b"HTTP/1.1 200");
    stream
}
