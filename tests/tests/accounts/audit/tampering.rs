//! The chain: what was sealed cannot be changed unnoticed, whoever does it.

use bantin_application::audit::{
    self, Report,
    chain::{Anchor, Tampering},
};
use bantin_domain::{
    audit::{AuditField, Entry},
    id::Id,
    kind::Kind,
};
use bantin_persistence::audit::{self as log, Who};
use bantin_tests::{Client, Db, TestApp, both};
use serde_json::json;
use uuid::Uuid;

use crate::audit::{direct::Direct, entries};

fn tags(client: &Client, names: std::ops::Range<usize>) {
    for n in names {
        client.post("/api/v1/editorial/tags", &json!({"name": format!("thẻ {n}")})).expect(201);
    }
}

fn verify(app: &TestApp, anchor: Option<Anchor>) -> Report {
    audit::verify(&app.api.app, anchor).unwrap()
}

/// A log with some sealed entries, and the database under it, disarmed.
fn sealed_log(app: &TestApp) -> (Anchor, Direct) {
    tags(&app.admin(), 0..8);
    audit::seal(&app.api.app).unwrap();
    let report = verify(app, None);
    assert_eq!((report.fault, report.unsealed), (None, 0));
    assert!(report.head.seq >= 8);
    let mut direct = Direct::to(app);
    direct.disarm();
    (report.head, direct)
}

#[track_caller]
fn fault(app: &TestApp, anchor: Option<Anchor>) -> (i64, Option<String>, Tampering) {
    let fault = verify(app, anchor).fault.expect("something is wrong");
    (fault.seq, fault.id, fault.what)
}

both! {
    fn whatever_column_of_a_sealed_entry_is_changed_it_is_named(app) {
        let (_, mut direct) = sealed_log(&app);
        direct.run("CREATE TABLE kept AS SELECT * FROM audit_log").unwrap();
        let id = entries(&app).iter().find(|entry| entry.seq == Some(5)).unwrap().id.to_string();
        let other = direct.bytes(&"ab".repeat(16));
        let later = match &direct {
            Direct::Sqlite(_) => "replace(at, 'T', 't')",
            Direct::Postgres(_) => "at + interval '1 microsecond'",
        };
        for (column, value) in [
            ("at", later),
            ("actor_id", "NULL"),
            ("session_id", &other),
            ("action", "action || ' '"),
            ("resource", "'page'"),
            ("resource_id", &other),
            ("version", "version + 1"),
            // Means the same as a document, and is not the same text.
            ("fields", "fields || ' '"),
            ("network", "'203.0.113.0/24'"),
            ("request_id", &other),
        ] {
            direct.run(&format!("UPDATE audit_log SET {column} = {value} WHERE seq = 5")).unwrap();
            assert_eq!(fault(&app, None), (5, Some(id.clone()), Tampering::Altered), "{column}");
            direct.run("DELETE FROM audit_log; INSERT INTO audit_log SELECT * FROM kept").unwrap();
            assert_eq!(verify(&app, None).fault, None, "{column} is as it was");
        }
        let zeros = direct.bytes(&"00".repeat(32));
        direct.run(&format!("UPDATE audit_log SET hash = {zeros} WHERE seq = 5")).unwrap();
        assert_eq!(fault(&app, None), (5, Some(id), Tampering::Hash));
        direct.run("DELETE FROM audit_log; INSERT INTO audit_log SELECT * FROM kept").unwrap();
        direct.run(&format!("UPDATE audit_log SET id = {other} WHERE seq = 5")).unwrap();
        let named = Uuid::from_bytes([0xab; 16]).to_string();
        assert_eq!(fault(&app, None), (5, Some(named), Tampering::Altered));
    }

    fn an_entry_that_is_deleted_moved_or_cut_off_is_missed(app) {
        let (head, mut direct) = sealed_log(&app);
        direct.run("CREATE TABLE kept AS SELECT * FROM audit_log").unwrap();
        let put_back = |direct: &mut Direct| {
            direct.run("DELETE FROM audit_log; INSERT INTO audit_log SELECT * FROM kept").unwrap();
        };
        direct.run("DELETE FROM audit_log WHERE seq = 3").unwrap();
        assert_eq!(fault(&app, None), (3, None, Tampering::Missing));
        put_back(&mut direct);
        direct.run("UPDATE audit_log SET seq = 900 WHERE seq = 3; UPDATE audit_log SET seq = 3 WHERE seq = 4; UPDATE audit_log SET seq = 4 WHERE seq = 900").unwrap();
        let (seq, _, what) = fault(&app, None);
        assert_eq!((seq, what), (3, Tampering::OutOfOrder));
        put_back(&mut direct);
        direct.run("UPDATE audit_log SET seq = 0 WHERE seq = 1").unwrap();
        assert_eq!(fault(&app, None), (1, None, Tampering::Missing));
        put_back(&mut direct);
        direct.run(&format!("DELETE FROM audit_log WHERE seq > {}", head.seq - 2)).unwrap();
        assert_eq!(verify(&app, None).fault, None, "without an anchor nobody can know how long it was");
        assert_eq!(fault(&app, Some(head)), (head.seq, None, Tampering::Truncated));
        // Other entries in place of those that were cut off.
        tags(&app.log_in("quan-tri@so.example"), 20..24);
        audit::seal(&app.api.app).unwrap();
        assert_eq!(verify(&app, None).fault, None);
        let (seq, _, what) = fault(&app, Some(head));
        assert_eq!((seq, what), (head.seq, Tampering::Rewritten));
    }

    fn the_database_itself_refuses_to_change_the_log(app) {
        tags(&app.admin(), 0..3);
        let mut direct = Direct::to(&app);
        let hash = direct.bytes(&"00".repeat(32));
        let mut refuses = |sql: &str| {
            let refusal = direct.run(sql).expect_err(sql).to_string();
            assert!(refusal.contains("append-only"), "{sql}: {refusal}");
        };
        for sealed in [false, true] {
            if sealed {
                audit::seal(&app.api.app).unwrap();
            }
            refuses("DELETE FROM audit_log");
            for change in ["fields = '[]'", "action = 'x'", "actor_id = NULL", "seq = 7", "seq = NULL, hash = NULL"] {
                refuses(&format!("UPDATE audit_log SET {change}"));
            }
            refuses(&format!("UPDATE audit_log SET network = 'x', seq = 99, hash = {hash} WHERE action = 'tag.create'"));
        }
        refuses(&format!("UPDATE audit_log SET seq = 99, hash = {hash} WHERE seq = 1"));
        if matches!(Direct::to(&app), Direct::Postgres(_)) {
            refuses("TRUNCATE audit_log");
        }
        assert_eq!(verify(&app, None).fault, None);
    }

    fn nodes_that_seal_at_once_make_one_chain(app) {
        let admin = app.admin();
        let before = entries(&app).len();
        std::thread::scope(|scope| {
            for writer in 0..3 {
                let admin = admin.clone();
                scope.spawn(move || tags(&admin, writer * 100..writer * 100 + 20));
            }
            for _ in 0..3 {
                scope.spawn(|| (0..30).for_each(|_| assert!(audit::seal(&app.api.app).is_ok())));
            }
        });
        assert!(verify(&app, None).fault.is_none());
        audit::seal(&app.api.app).unwrap();
        let report = verify(&app, None);
        assert_eq!((report.fault, report.unsealed), (None, 0));
        assert_eq!(report.head.seq, i64::try_from(before + 60).unwrap());
    }

    fn what_waits_to_be_sealed_is_reported_with_its_age(app) {
        tags(&app.admin(), 0..2);
        audit::seal(&app.api.app).unwrap();
        let sealed = verify(&app, None).head;
        tags(&app.log_in("quan-tri@so.example"), 2..5);
        app.clock.advance(40);
        let report = verify(&app, None);
        let unsealed = entries(&app).iter().filter(|entry| entry.seq.is_none()).count();
        assert_eq!((report.head, report.unsealed), (sealed, u64::try_from(unsealed).unwrap()));
        assert_eq!((report.oldest_unsealed, report.fault), (Some(40), None));
        assert!(unsealed >= 3);
    }

    fn an_export_gives_every_sealed_entry_once_and_goes_on_where_it_ended(app) {
        tags(&app.admin(), 0..4);
        audit::seal(&app.api.app).unwrap();
        let export = |after| {
            let mut lines = Vec::new();
            audit::export(&app.api.app, after, |entry| lines.push(entry.clone())).unwrap();
            lines
        };
        let all = export(0);
        let numbers: Vec<i64> = all.iter().map(|entry| entry["seq"].as_i64().unwrap()).collect();
        assert_eq!(numbers, (1..=i64::try_from(entries(&app).len()).unwrap()).collect::<Vec<_>>());
        assert_eq!(export(3), all[3..]);
        let last = all.last().unwrap();
        assert_eq!((&last["action"], &last["at"]), (&json!("tag.create"), &json!("2023-03-14T01:00:00.000000Z")));
        assert_eq!(last["hash"].as_str().unwrap(), verify(&app, None).head.hash.to_string());
        assert!(last["fields"].as_array().unwrap().iter().any(|field| field["field"] == "name"), "{last}");
    }
}

/// Whoever changes how an entry is encoded breaks every log that there is.
#[test]
fn a_known_entry_has_its_known_seal_on_both_databases() {
    for db in [Db::Sqlite, Db::Postgres] {
        let app = TestApp::start(db);
        let who = Who { network: Some("192.0.2.0/24".to_owned()), request: Some(Uuid::from_u128(7)), ..Who::default() };
        let entry =
            Entry::new("edit", Kind::Tag, Uuid::from_u128(8)).at(3).with(AuditField::changed("name", "cũ", "mới"));
        app.api.app.store().write(|tx| log::append(tx, Id::new(Uuid::from_u128(9)), &who, entry)).unwrap();
        audit::seal(&app.api.app).unwrap();
        assert_eq!(
            verify(&app, None).head.to_string(),
            "1:46fe03bf74c17e4e776a2cfc2d11c696de37176fca3e4f9a3e5741eafee7d338",
            "{db:?}"
        );
    }
}
