//! The audit log at a console.

use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use serde_json::Value;

use crate::{PASSWORD, kit::Folder};

#[test]
fn the_audit_log_is_sealed_by_the_server_and_a_change_of_it_is_named() {
    let folder = Folder::new();
    folder.bantin("user add --email a@so.example --name A --role admin --password-stdin").says(PASSWORD);
    let before = folder.bantin("audit verify").succeeds();
    assert!(before.starts_with("the audit log is right: no entry is sealed"), "{before}");

    let mut server = folder.serve("serve");
    assert_eq!(server.log_in("a@so.example", PASSWORD), 200);
    assert_eq!(server.end_by("TERM"), Some(0));
    let line = folder.bantin("audit verify").succeeds();
    assert!(line.contains("entries are sealed, none waits to be sealed; head "), "{line}");
    let anchor = line.trim_end().rsplit(' ').next().unwrap();
    folder.bantin(&format!("audit verify --anchor {anchor}")).succeeds();

    let exported = folder.bantin("audit export").succeeds();
    let entries: Vec<Value> = exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = entries.last().unwrap();
    assert_eq!(format!("{}:{}", last["seq"], last["hash"].as_str().unwrap()), anchor);
    assert!(entries.iter().any(|entry| entry["action"] == "user.logIn"), "{exported}");
    assert_eq!(folder.bantin(&format!("audit export --after {}", last["seq"])).succeeds(), "");

    let file = folder.path().join("data/bantin.db");
    let mut conn = SqliteConnection::establish(&file.to_string_lossy()).unwrap();
    conn.batch_execute(
        "DROP TRIGGER audit_log_is_append_only; UPDATE audit_log SET action = 'user.edit' WHERE seq = 1",
    )
    .unwrap();
    drop(conn);
    let line = folder.bantin("audit verify").fails_with_one_line();
    let id = entries[0]["id"].as_str().unwrap();
    assert!(line.starts_with(&format!("bantin: the audit log is broken: entry 1 (id {id}) was altered")), "{line}");
}
