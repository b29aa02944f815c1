//! A change that was published is told, also when the server is killed before it could say a word: after the
//! commit, while it is being told, and before the answer was noted. What is told twice has the same id.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Read, Write},
    net::TcpListener,
    sync::{Arc, Mutex},
};

use bantin_tests::postgres;
use serde_json::{Value, json};

use super::wait_until;
use crate::kit::{Folder, Server};

const PASSWORD: &str = "vien-da-cuoi-len-thac";
/// How often the server is killed, on each database.
const KILLS: usize = 3;
/// How many changes are made before each kill.
const CHANGES: usize = 12;

#[test]
fn what_was_published_is_told_though_the_server_is_killed_on_sqlite() {
    check(&[]);
}

#[test]
fn what_was_published_is_told_though_the_server_is_killed_on_postgresql() {
    let name = "bantin_cli_empty";
    postgres::cluster().template(name, |_| ());
    let database = postgres::cluster().create_database_from_template(name);
    check(&[("BANTIN_DATABASE_URL", database.url())]);
}

fn check(settings: &[(&str, &str)]) {
    let folder = Folder::new();
    folder.make_secret_key();
    let add = "user add --email quan-tri@so.example --name Quan-tri --role admin --password-stdin";
    settings.iter().fold(folder.bantin(add), |run, (name, value)| run.env(name, value)).says(PASSWORD);
    let settings =
        [settings, &[("BANTIN_WEBHOOKS_ALLOW_PRIVATE", "true"), ("BANTIN_RATE_LIMIT_EDITORIAL", "0")]].concat();
    let receiver = Receiver::start();
    let mut made = 0;
    for kill in 0..KILLS {
        let mut server = folder.serve_with("serve", &settings);
        let token = log_in(&server);
        if kill == 0 {
            write(
                &server,
                &token,
                "webhooks",
                &json!({"name": "Cổng tỉnh", "url": receiver.url, "types": ["category.*"]}),
            );
        }
        for _ in 0..CHANGES {
            made += 1;
            write(&server, &token, "categories", &json!({"name": format!("Mục {made}")}));
        }
        // Now at once, so that nothing is told yet; now when telling has begun.
        wait_until(|| receiver.heard().len() >= kill * CHANGES / 2);
        server.end_by("KILL");
    }
    let _server = folder.serve_with("serve", &settings);
    let told =
        |receiver: &Receiver| -> BTreeSet<String> { receiver.heard().into_iter().map(|(_, name)| name).collect() };
    let expected: BTreeSet<String> = (1..=made).map(|n| format!("muc-{n}")).collect();
    wait_until(|| told(&receiver) == expected);
    let mut ids = BTreeMap::new();
    for (id, name) in receiver.heard() {
        assert_eq!(*ids.entry(name.clone()).or_insert(id.clone()), id, "{name} was told under two ids");
    }
}

fn log_in(server: &Server) -> String {
    let answer = write(server, "", "../auth/login", &json!({"email": "quan-tri@so.example", "password": PASSWORD}));
    format!("Bearer {}", answer["data"]["accessToken"].as_str().unwrap())
}

fn write(server: &Server, token: &str, collection: &str, body: &Value) -> Value {
    let url = match collection.strip_prefix("../") {
        Some(path) => format!("{}/api/v1/{path}", server.base()),
        None => format!("{}/api/v1/editorial/{collection}", server.base()),
    };
    let request = ureq::post(&url).header("content-type", "application/json");
    let request = if token.is_empty() { request } else { request.header("authorization", token) };
    let mut answer = request.send(body.to_string()).unwrap();
    serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap()
}

/// Somebody who is told, and acknowledges two of three.
struct Receiver {
    url: String,
    /// The id of each message, and the slug that it tells of.
    heard: Arc<Mutex<Vec<(String, String)>>>,
}

impl Receiver {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let heard = Arc::<Mutex<Vec<(String, String)>>>::default();
        let kept = Arc::clone(&heard);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                // One message, which ends where its document does.
                let (mut text, mut part) = (String::new(), [0; 4096]);
                while !text.ends_with('}') {
                    match stream.read(&mut part) {
                        Ok(0) | Err(_) => break,
                        Ok(read) => text.push_str(&String::from_utf8_lossy(&part[..read])),
                    }
                }
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let Ok(message) = serde_json::from_str::<Value>(body) else { continue };
                let id = head.lines().find_map(|line| line.strip_prefix("webhook-id: ")).unwrap_or_default();
                let mut heard = kept.lock().unwrap();
                heard.push((id.to_owned(), message["data"]["slug"].as_str().unwrap_or_default().to_owned()));
                let status = if heard.len() % 3 == 0 { 422 } else { 204 };
                let _ = stream.write_all(format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n").as_bytes());
            }
        });
        Self { url, heard }
    }

    fn heard(&self) -> Vec<(String, String)> {
        self.heard.lock().unwrap().clone()
    }
}
