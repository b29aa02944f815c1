//! The snippet of `docs/visits.js`, in a browser, on a page of another origin than Bantin's.
//!
//! Chromium is needed to try it (`BANTIN_TEST_BROWSER` names another one that takes its flags). It is no part of
//! what builds or runs Bantin, so where there is none these tests say so and try nothing.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
    sync::{Arc, Condvar, Mutex},
    time::{Duration, Instant},
};

use bantin_tests::{Db, TestApp, content};
use serde_json::Value;

const SNIPPET: &str = include_str!("../../../docs/visits.js");
/// As a reader's browser says it; a headless one says that it is a program, and is not counted.
const READER: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 Safari/537.36";
const PAGE: &str = "/tin/mot-tin";
/// A browser begins slowly on a busy machine.
const PATIENT: Duration = Duration::from_secs(60);

/// A request that came.
#[derive(Debug, Clone)]
struct Asked {
    line: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Asked {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn hit(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A server of a few fixed answers: the newspaper's own site, or a Bantin that is out of order.
struct Site {
    base: String,
    log: Arc<Log>,
}

#[derive(Default)]
struct Log {
    asked: Mutex<Vec<Asked>>,
    grew: Condvar,
}

impl Site {
    /// `answer` gets a request and how many came before it to the same place; `None` is no answer at all.
    fn serve(answer: impl Fn(&Asked, usize) -> Option<String> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let kept = Arc::<Log>::default();
        let (log, answer) = (kept.clone(), Arc::new(answer));
        // Ends with the process: it waits for connections that nobody opens any more.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (log, answer) = (log.clone(), answer.clone());
                std::thread::spawn(move || {
                    let mut reader = BufReader::new(stream);
                    while let Some(request) = read(&mut reader) {
                        let before = {
                            let mut asked = log.asked.lock().unwrap();
                            let before = asked.iter().filter(|one| one.line == request.line).count();
                            asked.push(request.clone());
                            log.grew.notify_all();
                            before
                        };
                        let Some(answer) = answer(&request, before) else {
                            // Until the client gives up.
                            let _ = reader.read(&mut [0]);
                            return;
                        };
                        if reader.get_mut().write_all(answer.as_bytes()).is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Self { base, log: kept }
    }

    /// The first so many requests, once they have come.
    fn wait_for(&self, many: usize) -> Vec<Asked> {
        let asked = self.log.asked.lock().unwrap();
        let (asked, late) = self.log.grew.wait_timeout_while(asked, PATIENT, |asked| asked.len() < many).unwrap();
        assert!(!late.timed_out(), "only these came: {asked:#?}");
        asked.clone()
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let mut asked = Asked { line: line.trim().to_owned(), headers, body: String::new() };
    let mut body = vec![0; asked.header("content-length").unwrap_or("0").parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    asked.body = String::from_utf8(body).ok()?;
    Some(asked)
}

fn answer(status: &str, headers: &str, body: &str) -> Option<String> {
    Some(format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len()))
}

/// The newspaper: one page with the snippet, `more` behind it, and the snippet itself.
fn newspaper(api: &str, attributes: &str, more: &'static str) -> Site {
    let page = format!(
        "<!doctype html><html lang=vi><title>Một tin</title><p>Một tin\
         <script src=/visits.js data-api={api} {attributes}></script>{more}"
    );
    Site::serve(move |asked, _| match asked.line.split(' ').nth(1).unwrap_or_default() {
        "/visits.js" => answer("200 OK", "content-type: text/javascript\r\n", SNIPPET),
        PAGE => answer("200 OK", "content-type: text/html; charset=utf-8\r\n", &page),
        _ => answer("200 OK", "content-type: text/html\r\n", "<!doctype html><title>Trang khác</title>"),
    })
}

#[expect(clippy::disallowed_methods, reason = "which browser there is; no setting of the program")]
fn browser() -> Option<String> {
    let named = std::env::var("BANTIN_TEST_BROWSER").ok();
    let known = ["chromium", "chromium-browser", "google-chrome", "chrome"].map(ToOwned::to_owned);
    let found = named.into_iter().chain(known).find(|name| Command::new(name).arg("--version").output().is_ok());
    if found.is_none() {
        eprintln!("there is no Chromium: the snippet is not tried");
    }
    found
}

/// A reader's browser. Closed when it is dropped.
struct Reader {
    browser: Child,
    _home: tempfile::TempDir,
}

impl Reader {
    /// Opens the page.
    fn of(browser: &str, site: &Site) -> Self {
        let home = tempfile::tempdir().unwrap();
        let browser = Command::new(browser)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            // With it, a headless browser stays open.
            .arg("--remote-debugging-port=0")
            .arg(format!("--user-data-dir={}", home.path().display()))
            .arg(format!("--user-agent={READER}"))
            .arg(format!("{}{PAGE}", site.base))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Its own group, since it is many processes.
            .process_group(0)
            .spawn()
            .unwrap();
        Self { browser, _home: home }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let group = format!("-{}", self.browser.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.browser.wait();
    }
}

#[test]
fn the_snippet_is_25_lines_that_need_nothing_else() {
    assert!(SNIPPET.lines().count() <= 25);
    assert!(!SNIPPET.contains("import") && !SNIPPET.contains("require(") && !SNIPPET.contains("Storage"));
    assert!(SNIPPET.contains("sendBeacon") && SNIPPET.contains("keepalive"));
}

#[test]
fn a_reader_of_another_origin_is_counted_once_and_without_a_preflight() {
    let Some(browser) = browser() else { return };
    let app = TestApp::start(Db::Sqlite);
    let editor = app.chief_editor();
    let section = content::category(&editor, "Tin");
    let article = content::publish(&editor, "articles", &content::article(&editor, &section, "Một tin")).id();
    let site = newspaper(&app.base, &format!("data-kind=article data-id={article}"), "");
    let _reader = Reader::of(&browser, &site);
    let begun = Instant::now();
    let stats = loop {
        app.wait(app.api.visits.settle()).unwrap();
        let stats = app.api.visits.stats();
        if stats.today.page_views > 0 {
            break stats;
        }
        assert!(begun.elapsed() < PATIENT, "nobody was counted");
    };
    assert_eq!((stats.today.page_views, stats.today.visitors, stats.visits), (1, 1, 1));
    assert_eq!(stats.today.other_views, 0, "it is a view of the article");
}

#[test]
fn what_is_told_to_come_again_comes_again_under_the_same_name() {
    let Some(browser) = browser() else { return };
    let shared = "access-control-allow-origin: *\r\naccess-control-expose-headers: Retry-After\r\n";
    let bantin = Site::serve(move |_, before| match before {
        0 => answer("503 Service Unavailable", &format!("{shared}retry-after: 1\r\n"), "{}"),
        1 => answer("429 Too Many Requests", &format!("{shared}retry-after: 3\r\n"), "{}"),
        _ => answer("200 OK", shared, "{}"),
    });
    let site = newspaper(&bantin.base, "", "");
    let _reader = Reader::of(&browser, &site);
    let hits = bantin.wait_for(3);
    for hit in &hits {
        assert_eq!(hit.line, "POST /api/v1/visits HTTP/1.1", "a browser asked for leave first");
        assert_eq!(hit.header("content-type"), Some("text/plain;charset=UTF-8"));
        assert_eq!((hit.header("cookie"), hit.hit()["path"].as_str()), (None, Some(PAGE)));
        assert_eq!(hit.hit()["hitId"], hits[0].hit()["hitId"]);
    }
    let id: uuid::Uuid = hits[0].hit()["hitId"].as_str().unwrap().parse().unwrap();
    assert_eq!((id.get_version_num(), id.get_variant()), (4, uuid::Variant::RFC4122));
}

#[test]
fn who_leaves_before_there_is_an_answer_sends_a_beacon_under_the_same_name() {
    let Some(browser) = browser() else { return };
    let bantin = Site::serve(|_, before| if before == 0 { None } else { answer("200 OK", "", "{}") });
    let site =
        newspaper(&bantin.base, "", "<script>setTimeout(function () { location.href = '/khac'; }, 500)</script>");
    let _reader = Reader::of(&browser, &site);
    let hits = bantin.wait_for(2);
    assert_eq!(hits[0].body, hits[1].body);
}
