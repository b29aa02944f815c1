//! `docs/integrators.md`, done as it stands there: its blocks are run one after the other by bash, against the demo that
//! its first block starts, and must print what the page shows. In the end the mirror holds what is public.
//!
//! It needs bash, curl and Python, as its readers do.

mod readme;

use std::{
    collections::BTreeMap,
    fs::{self, File},
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
};

use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection, sql_query,
    sql_types::Text,
};
use serde_json::Value;

use crate::kit::{self, Folder, Server};

const PAGE: &str = include_str!("../../../../docs/integrators.md");
const WEBHOOKS: &str = include_str!("../../../../docs/webhooks.md");

/// Where the page says that Bantin answers, and where its reader takes webhooks. Only these are exchanged, and the
/// passwords that its reader pastes.
const ADDRESS: &str = "http://127.0.0.1:8080";
const PORT: &str = "9000";
/// How the first block starts what the others talk to.
const START: &str = "cargo run --release -- ";
/// What stands between what two blocks print.
const END: &str = "--- the end of a block ---";
/// What stands in the page for what is different each time.
const ANYTHING: char = '…';

#[test]
fn the_guide_for_integrators_does_what_it_says_on_sqlite() {
    let folder = Folder::new();
    let file = folder.path().join("data/bantin.db");
    check(&folder, &[], |statements| {
        let mut database = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
        database.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
        database.batch_execute(statements).unwrap();
    });
}

#[test]
fn the_guide_for_integrators_does_what_it_says_on_postgresql() {
    let folder = Folder::new();
    folder.make_secret_key();
    let database = super::postgres_database();
    check(&folder, &[("BANTIN_DATABASE_URL", database.url())], |statements| {
        PgConnection::establish(database.url()).unwrap().batch_execute(statements).unwrap();
    });
}

/// Follows the page; `execute` does something to the database behind the server's back.
fn check(folder: &Folder, settings: &[(&str, &str)], execute: impl FnOnce(&str)) {
    let blocks = blocks(PAGE);
    let (start, guide) = blocks.split_first().unwrap();
    let (variables, command) = start.text.trim().split_once(START).unwrap();
    let variables = variables.split_whitespace().map(|pair| pair.split_once('=').unwrap());
    let server = folder.serve_with(command, &[settings, &variables.collect::<Vec<_>>()].concat());

    let desk = folder.path().join("desk");
    fs::create_dir(&desk).unwrap();
    for (name, text) in guide.iter().filter_map(|block| Some((block.name("python")?, &block.text))) {
        fs::write(desk.join(name), text).unwrap();
        assert!(name != "verify.py" || WEBHOOKS.contains(text), "docs/webhooks.md verifies otherwise");
    }
    let commands: Vec<&Block> = guide.iter().filter(|block| block.language == "sh").collect();
    let printed = run(&desk, &script(&commands, &server));
    let mut shown = guide.iter().skip_while(|block| block.language != "sh").peekable();
    let mut printed = printed.split(END);
    while let Some(block) = shown.next() {
        if block.language == "sh" {
            let printed = printed.next().unwrap().trim();
            let expected = shown.next_if(|next| next.language == "text").map_or("", |next| next.text.trim());
            assert!(is_shown(expected, printed), "the page shows\n{expected}\nand there came\n{printed}");
        }
    }
    is_the_public_side(&desk, &server);

    // As the housekeeper leaves the log when all but the last row is old.
    let last = server.json("/api/v1/changes?limit=1")["page"]["head"].as_i64().unwrap() - 1;
    execute(&format!(
        "INSERT INTO settings (name, value) VALUES ('changes_forgotten', '{last}'); DELETE FROM changes \
         WHERE seq <= {last} AND NOT (kind = 'created' AND resource_kind IN ('person', 'organisation', 'tag'))"
    ));
    let mut mirror = SqliteConnection::establish(desk.join("mirror.db").to_str().unwrap()).unwrap();
    mirror.batch_execute("UPDATE place SET seq = 1; DELETE FROM record WHERE type = 'article'").unwrap();
    assert_eq!(server.get("/api/v1/changes?after=1").0, 410);
    let printed = run(&desk, &format!("python3 mirror.py {} mirror.db", server.base()));
    assert!(printed.contains("beginning anew\nsnapshot: "), "{printed}");
    is_the_public_side(&desk, &server);
}

/// Something fenced.
#[derive(Debug)]
struct Block {
    /// The first word behind the fence.
    language: String,
    /// The second.
    file: Option<String>,
    text: String,
}

impl Block {
    /// Under which name its reader saves it, if it is of that language.
    fn name(&self, language: &str) -> Option<&str> {
        self.file.as_deref().filter(|_| self.language == language)
    }
}

fn blocks(page: &str) -> Vec<Block> {
    let (mut blocks, mut open) = (Vec::new(), None::<Block>);
    for line in page.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(info), None) => {
                let mut words = info.split_whitespace().map(ToOwned::to_owned);
                let language =
                    words.next().unwrap_or_else(|| panic!("a block of the page does not say what it is: {line}"));
                open = Some(Block { language, file: words.next(), text: String::new() });
            }
            (None, Some(block)) => block.text.push_str(&format!("{line}\n")),
            (None, None) => {}
        }
    }
    assert!(open.is_none());
    blocks
}

/// The blocks as their reader pastes them.
fn script(blocks: &[&Block], server: &Server) -> String {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let pasted: String = blocks.iter().map(|block| format!("{}\necho; echo '{END}'\n", block.text)).collect();
    let pasted = pasted.replace(ADDRESS, server.base()).replace(PORT, &port);
    let pasted = kit::credentials(&server.printed()).iter().fold(pasted, |pasted, (email, password)| {
        let role = email.split('@').next().unwrap();
        pasted.replace(&format!("paste the password of {role} here"), password)
    });
    assert!(!pasted.contains("paste the password"), "{pasted}");
    pasted
}

/// What a script prints, which must end well and in time. It prints to files: what it leaves running would hold a
/// pipe open.
fn run(folder: &Path, script: &str) -> String {
    let (printed, faults) = (folder.join("printed.txt"), folder.join("faults.txt"));
    let status = Command::new("timeout")
        .args(["240", "bash", "-e", "-c", script])
        .current_dir(folder)
        .env("NO_PROXY", "127.0.0.1")
        .env("no_proxy", "127.0.0.1")
        .stdin(Stdio::null())
        .stdout(File::create(&printed).unwrap())
        .stderr(File::create(&faults).unwrap())
        .status()
        .unwrap();
    let (printed, faults) = (fs::read_to_string(printed).unwrap(), fs::read_to_string(faults).unwrap());
    assert!(status.success(), "{status}; it needs bash, curl and python3\n{printed}\n{faults}");
    printed
}

/// Whether a text is what is shown of it, line by line.
fn is_shown(shown: &str, text: &str) -> bool {
    shown.lines().count() == text.lines().count()
        && shown.lines().zip(text.lines()).all(|(shown, line)| fits(shown, line))
}

fn fits(shown: &str, line: &str) -> bool {
    let mut parts = shown.split(ANYTHING);
    let (first, last) = (parts.next().unwrap_or_default(), parts.next_back());
    let Some(mut rest) = line.strip_prefix(first) else { return false };
    let Some(last) = last else { return rest.is_empty() };
    for part in parts {
        let Some((_, behind)) = rest.split_once(part) else { return false };
        rest = behind;
    }
    rest.ends_with(last)
}

#[test]
fn what_the_page_leaves_out_may_be_anything_and_nothing_else_may() {
    for (shown, line, fit) in [
        ("304", "304", true),
        ("304", "3040", false),
        ("… created article", "17 created article", true),
        ("… created article", "17 created article a", false),
        ("{\"seq\":…,\"at\":…}", "{\"seq\":1,\"at\":\"x\"}", true),
        ("{\"seq\":…,\"at\":…}", "{\"seq\":1}", false),
    ] {
        assert_eq!(fits(shown, line), fit, "{shown} {line}");
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    json: String,
}

type Records = BTreeMap<(String, String), Value>;

fn records(lines: impl Iterator<Item = String>) -> Records {
    let records = lines.map(|line| serde_json::from_str::<Value>(&line).unwrap());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    records.map(|record| ((text(&record["type"]), text(&record["id"])), record)).collect()
}

/// Holds the mirror against a snapshot, and that against the lists that everybody reads.
fn is_the_public_side(desk: &Path, server: &Server) {
    let mut mirror = SqliteConnection::establish(desk.join("mirror.db").to_str().unwrap()).unwrap();
    let rows: Vec<Row> = sql_query("SELECT json FROM record").load(&mut mirror).unwrap();
    let kept = records(rows.into_iter().map(|row| row.json));
    let (mut public, mut path) = (Records::new(), "/api/v1/changes/snapshot?limit=1000".to_owned());
    loop {
        let (status, text) = server.get(&path);
        assert_eq!(status, 200, "{text}");
        let mut lines = text.split('\n').filter(|line| !line.is_empty()).map(ToOwned::to_owned);
        let page: Value = serde_json::from_str(&lines.next().unwrap()).unwrap();
        public.extend(records(lines));
        let Some(cursor) = page["next"].as_str() else { break };
        path = format!("/api/v1/changes/snapshot?limit=1000&cursor={cursor}");
    }
    assert!(kept == public, "{} records are kept, and {} are public", kept.len(), public.len());
    for (kind, list) in [("article", "articles"), ("event", "events"), ("speech", "speeches"), ("page", "pages")] {
        let total = &server.json(&format!("/api/v1/{list}?locale=*&count=exact&limit=1"))["page"]["total"];
        let mirrored = kept.keys().filter(|(one, _)| one == kind).count();
        assert_eq!(*total, mirrored, "{list}");
    }
}
