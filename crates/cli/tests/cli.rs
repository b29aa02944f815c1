//! The binary as a shell sees it: what it prints, how it ends, and what it serves in between.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a panic here is a failing test")]

mod audit;
mod durability;
mod guide;
mod kit;

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt};

use bantin_tests::postgres;
use diesel::{Connection, RunQueryDsl, SqliteConnection, sql_query};
use kit::{Folder, Server};

const PASSWORD: &str = "vien-da-cuoi-len-thac";

#[test]
fn settings_come_from_flags_then_the_environment_then_the_file() {
    let folder = Folder::new();
    fs::write(folder.path().join("bantin.toml"), "listen = '127.0.0.1:3'\nworkers = 3\nlog = 'warn'\n").unwrap();
    let shown = folder
        .bantin("config --listen 127.0.0.1:1")
        .env("BANTIN_LISTEN", "127.0.0.1:2")
        .env("BANTIN_WORKERS", "2")
        .succeeds();
    for line in [
        "listen = \"127.0.0.1:1\"  # flag",
        "workers = 2  # environment",
        "log = \"warn\"  # bantin.toml",
        "data_dir = \"data\"  # default",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}\n{shown}");
    }
}

#[test]
fn another_settings_file_is_read_where_it_is_named() {
    let folder = Folder::new();
    fs::write(folder.path().join("bantin.toml"), "workers = 3\n").unwrap();
    fs::write(folder.path().join("other.toml"), "workers = 4\n").unwrap();
    assert!(folder.bantin("--config other.toml config").succeeds().contains("workers = 4  # other.toml"));
    assert!(folder.bantin("config").env("BANTIN_CONFIG", "other.toml").succeeds().contains("workers = 4"));
}

#[test]
fn a_setting_that_is_not_known_is_refused_by_name() {
    let folder = Folder::new();
    let line = folder.bantin("serve").env("BANTIN_TRUSTED_PROXY", "10.0.0.0/8").fails_with_one_line();
    assert_eq!(line, "bantin: BANTIN_TRUSTED_PROXY is no setting; the nearest is BANTIN_TRUSTED_PROXIES");
    assert!(folder.is_empty(), "a start that is refused leaves nothing");
}

#[test]
fn a_database_that_cannot_be_reached_is_told_in_one_line_without_its_password() {
    let folder = Folder::new();
    folder.make_secret_key();
    for command in ["serve", "migrate", "user list"] {
        let line = folder
            .bantin(command)
            .env("BANTIN_DATABASE_URL", "postgres://bantin:s3cret@127.0.0.1:1/bantin")
            .env("BANTIN_LISTEN", "127.0.0.1:0")
            .env("BANTIN_METRICS_LISTEN", "off")
            .fails_with_one_line();
        assert!(line.starts_with("bantin: the database cannot be reached: "), "{command}: {line}");
        assert!(!line.contains("s3cret"), "{line}");
    }
}

#[test]
fn over_postgresql_the_secret_key_must_be_given() {
    let folder = Folder::new();
    let database = postgres_database();
    let line = folder.bantin("user list").env("BANTIN_DATABASE_URL", database.url()).fails_with_one_line();
    assert!(line.contains("secret.key"), "{line}");
    folder.make_secret_key();
    assert_eq!(folder.bantin("user list").env("BANTIN_DATABASE_URL", database.url()).succeeds(), "");
}

#[test]
fn the_document_is_printed_alike_each_time_and_depends_on_no_setting() {
    let folder = Folder::new();
    let printed = folder.bantin("openapi").succeeds();
    let document: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert!(document["paths"]["/api/v1/articles"]["get"].is_object());
    assert_eq!(folder.bantin("openapi").env("BANTIN_DATABASE_URL", "nonsense").succeeds(), printed);
    assert!(folder.is_empty(), "it touches no database");
}

#[test]
fn who_was_added_logs_in_and_who_was_disabled_does_not() {
    let folder = Folder::new();
    let mut server = folder.serve("serve");
    assert!(server.printed().contains("bantin user add"), "nobody can administer a new site");
    let add = "user add --email Quan.Tri@so.example --name Trị --role admin --password-stdin";
    assert_eq!(folder.bantin(add).says(&format!("{PASSWORD}\n")), "added quan.tri@so.example (admin)\n");
    assert_eq!(server.log_in("quan.tri@so.example", PASSWORD), 200);
    assert_eq!(server.log_in("quan.tri@so.example", "another-password-altogether"), 401);

    let other = "một mật khẩu hoàn toàn khác";
    folder.bantin("user set-password --email quan.tri@so.example --password-stdin").says(other);
    assert_eq!(server.log_in("quan.tri@so.example", PASSWORD), 401);
    assert_eq!(server.log_in("quan.tri@so.example", other), 200);

    folder.bantin("user add --email other@so.example --name Khác --role admin --password-stdin").says(other);
    folder.bantin("user set-role --email quan.tri@so.example --role author").succeeds();
    folder.bantin("user disable --email quan.tri@so.example").succeeds();
    let list = folder.bantin("user list").succeeds();
    assert!(list.contains("quan.tri@so.example  author  disabled  Trị\n"), "{list}");
    assert_eq!(server.log_in("quan.tri@so.example", other), 401);

    assert_eq!(server.end_by("TERM"), Some(0));
    for secret in [PASSWORD, other, "quan.tri@so.example"] {
        assert!(!server.log().contains(secret), "{}", server.log());
    }
}

#[test]
fn the_last_admin_stays_and_a_new_password_lets_in_again() {
    let folder = Folder::new();
    let add = |email: &str, role: &str| {
        folder
            .bantin(&format!("user add --email {email} --name Admin --role {role} --password-stdin"))
            .says("vien-da-cuoi-len-thac")
    };
    add("one@so.example", "admin");
    let line = folder.bantin("user disable --email one@so.example").fails_with_one_line();
    assert!(line.contains("last admin"), "{line}");
    folder.bantin("user set-role --email one@so.example --role editor").fails_with_one_line();
    add("two@so.example", "admin");
    folder.bantin("user disable --email one@so.example").succeeds();
    folder.bantin("user set-password --email one@so.example --password-stdin").says("vien-da-cuoi-len-doc");
    let server = folder.serve("serve");
    assert_eq!(server.log_in("one@so.example", "vien-da-cuoi-len-doc"), 200);
}

#[test]
fn each_fault_of_an_account_has_a_line_of_its_own() {
    let folder = Folder::new();
    let mut add = folder.bantin("user add --email nobody --name A --role author --password-stdin");
    let lines = add.fails("short");
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("bantin: /email: ") && lines[1].starts_with("bantin: /password: "), "{lines:?}");
    let unknown = folder.bantin("user disable --email nobody@so.example").fails_with_one_line();
    assert_eq!(unknown, "bantin: there is no account with that address");
}

#[test]
fn keys_take_turns_and_the_one_that_signs_cannot_be_retired() {
    let folder = Folder::new();
    let before = kit::keys(&folder.bantin("keys list").succeeds());
    assert_eq!(before.values().map(String::as_str).collect::<Vec<_>>().len(), 2);
    let next = before.iter().find(|(_, state)| *state == "next").unwrap().0.clone();
    let after = kit::keys(&folder.bantin("keys rotate").succeeds());
    assert_eq!(after[&next], "active");
    let line = folder.bantin(&format!("keys retire {next}")).fails_with_one_line();
    assert!(line.contains("active"), "{line}");
    assert_eq!(
        folder.bantin("keys retire nope").fails_with_one_line(),
        "bantin: /kid: no key of the ring has this kid"
    );
    let previous = after.iter().find(|(_, state)| *state == "previous").unwrap().0.clone();
    let left = kit::keys(&folder.bantin(&format!("keys retire {previous}")).succeeds());
    assert!(!left.contains_key(&previous) && left.len() == 2);
}

#[test]
fn sqlite_is_served_by_one_process_at_a_time() {
    let folder = Folder::new();
    let mut first = folder.serve("serve");
    let line = folder.bantin("serve").fails_with_one_line();
    assert!(line.starts_with(&format!("bantin: process {} already serves sqlite:", first.id())), "{line}");
    assert_eq!(first.end_by("INT"), Some(0));
    assert_eq!(folder.serve("serve").end_by("TERM"), Some(0));
}

#[test]
fn an_address_that_is_taken_is_told_in_one_line() {
    let folder = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let line = folder.bantin("serve --metrics-listen off").env("BANTIN_LISTEN", &address).fails_with_one_line();
    assert!(line.starts_with(&format!("bantin: cannot listen on {address}: ")), "{line}");
    let line = folder.bantin("serve --listen 127.0.0.1:0").env("BANTIN_METRICS_LISTEN", &address).fails_with_one_line();
    assert!(line.starts_with(&format!("bantin: cannot listen on {address} for metrics: ")), "{line}");
}

#[test]
fn a_database_that_is_newer_than_the_program_is_refused() {
    let folder = Folder::new();
    assert!(folder.bantin("migrate").succeeds().lines().all(|line| line.starts_with("applied ")));
    let mut database = SqliteConnection::establish(folder.path().join("data/bantin.db").to_str().unwrap()).unwrap();
    sql_query("INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231235959')")
        .execute(&mut database)
        .unwrap();
    for command in ["serve --listen 127.0.0.1:0 --metrics-listen off", "migrate", "migrate --status", "user list"] {
        let line = folder.bantin(command).fails_with_one_line();
        assert!(line.contains("newer than this program") && line.contains("29991231235959"), "{command}: {line}");
    }
}

#[test]
fn a_status_changes_nothing_and_a_start_that_may_not_migrate_refuses() {
    let folder = Folder::new();
    assert!(folder.bantin("migrate --status").fails_with_one_line().contains("there is no database"));
    assert!(folder.is_empty());
    let line = folder.bantin("user list --auto-migrate false").fails_with_one_line();
    assert!(line.contains("bantin migrate"), "{line}");
    assert!(folder.bantin("migrate --status").succeeds().lines().all(|line| line.starts_with("pending ")));
    folder.bantin("migrate").succeeds();
    assert!(folder.bantin("migrate --status").succeeds().lines().all(|line| line.starts_with("applied ")));
    assert_eq!(folder.bantin("user list --auto-migrate false").succeeds(), "");
}

#[test]
fn what_the_program_makes_is_for_its_owner_only() {
    let folder = Folder::new();
    folder.bantin("user list").succeeds();
    let mode = |path: &str| fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("data"), 0o700);
    assert_eq!(mode("data/secret.key"), 0o600);
}

#[test]
fn the_metrics_answer_on_a_listener_of_their_own() {
    let folder = Folder::new();
    let mut server = folder.serve_with("serve", &[("BANTIN_METRICS_LISTEN", "127.0.0.1:0")]);
    let text = kit::get(&format!("{}/metrics", server.metrics.as_ref().unwrap())).1;
    assert!(text.contains("\nbantin_page_views_total 0\n"), "{text}");
    assert_eq!(server.get("/metrics").0, 404, "not where the public is");
    assert_eq!(server.end_by("TERM"), Some(0));
}

#[test]
fn the_demo_serves_its_content_and_shows_its_passwords_once() {
    let folder = Folder::new();
    check_demo(&folder, &[]);
}

#[test]
fn the_demo_runs_on_postgresql_too() {
    let folder = Folder::new();
    folder.make_secret_key();
    let database = postgres_database();
    check_demo(&folder, &[("BANTIN_DATABASE_URL", database.url())]);
}

fn check_demo(folder: &Folder, settings: &[(&str, &str)]) {
    let mut first = folder.serve_with("demo", settings);
    let count = |server: &Server, path: &str| server.json(path)["page"]["total"].as_u64().unwrap();
    assert_eq!(count(&first, "/api/v1/articles?count=exact&locale=vi&limit=1"), 120);
    assert_eq!(count(&first, "/api/v1/articles?count=exact&locale=en&limit=1"), 10);
    assert_eq!(count(&first, "/api/v1/events?count=exact&locale=vi&limit=1"), 46);

    let newest = &first.json("/api/v1/articles?limit=1")["data"][0];
    assert_eq!(newest["publishedAt"], "2025-05-19T09:00:00+07:00");
    let event = newest["events"][0]["slug"].as_str().unwrap();
    let programme = first.json(&format!("/api/v1/events/{event}/programme"));
    let speech = &programme["data"]["speeches"][0];
    assert!(speech["speaker"]["personId"].is_string() && speech["speaker"]["position"].is_string(), "{speech}");
    let attendees = first.json(&format!("/api/v1/events/{event}/attendees"));
    assert!(!attendees["data"].as_array().unwrap().is_empty());

    let translated = first.json("/api/v1/articles/salt-water-comes-early-floating-buoys-text-six-hours-ahead");
    assert_eq!(translated["data"]["translations"][0]["locale"], "vi");
    let menu = first.json("/api/v1/site")["data"]["menus"]["main"].clone();
    assert_eq!(menu[0]["children"][0]["target"]["slug"], "hoat-dong-khcn");

    let printed = first.printed();
    let credentials = kit::credentials(&printed);
    assert_eq!(credentials.len(), 5, "{printed}");
    for (email, password) in &credentials {
        assert!(password.len() >= 20 && printed.matches(password.as_str()).count() <= 2);
        assert_eq!(first.log_in(email, password), 200, "{email}");
        assert!(!first.log().contains(password.as_str()) && !first.log().contains(email.as_str()));
    }
    assert_eq!(first.end_by("TERM"), Some(0));

    let mut again = folder.serve_with("demo", settings);
    assert!(again.printed().contains("shown at the first start"), "{}", again.printed());
    assert!(kit::credentials(&again.printed()).is_empty());
    assert_eq!(count(&again, "/api/v1/articles?count=exact&locale=vi&limit=1"), 120);
    assert_eq!(again.log_in(&credentials[0].0, &credentials[0].1), 200);
    assert_eq!(again.end_by("TERM"), Some(0));
}

#[test]
fn the_demo_does_not_touch_what_others_have_made() {
    let folder = Folder::new();
    folder.bantin("user add --email ai@so.example --name A --role admin --password-stdin").says(PASSWORD);
    let mut demo = folder.bantin("demo --listen 127.0.0.1:0 --metrics-listen off --log error");
    let line = demo.fails_with_one_line();
    assert!(line.contains("holds what the demo has not made"), "{line}");
    assert_eq!(folder.bantin("user list").succeeds().lines().count(), 1);
}

#[test]
fn a_demo_that_was_interrupted_before_its_content_was_there_begins_anew() {
    let folder = Folder::new();
    let admin = "user add --email admin@demo.bantin.example --name A --role admin --password-stdin";
    folder.bantin(admin).says(PASSWORD);
    let mut demo = folder.serve("demo");
    assert_eq!(demo.json("/api/v1/articles?count=exact&locale=vi&limit=1")["page"]["total"], 120);
    let credentials = kit::credentials(&demo.printed());
    assert_eq!(demo.log_in(&credentials[0].0, &credentials[0].1), 200);
    assert_eq!(demo.end_by("TERM"), Some(0));
}

/// An empty database on the private server.
fn postgres_database() -> postgres::Database {
    postgres::cluster().template("bantin_cli_empty", |_| ());
    postgres::cluster().create_database_from_template("bantin_cli_empty")
}
