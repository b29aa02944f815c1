//! A backup, as whoever runs the service makes one: for what must not be in it.

use std::{path::Path, process::Command};

use bantin_persistence::connection::DatabaseUrl;
use diesel::{Connection, SqliteConnection, connection::SimpleConnection};

/// The bytes of a backup of everything: on SQLite a copy of each file, the hits before the visits, on PostgreSQL what `pg_dump` writes.
pub fn of(url: &DatabaseUrl) -> Vec<u8> {
    match url {
        DatabaseUrl::Sqlite(content) => {
            let (hits, visits) = (url.hits_file().unwrap(), url.visits_file().unwrap());
            [content.as_path(), &hits, &visits].map(copy).concat()
        }
        DatabaseUrl::Postgres(url) => dump(url),
    }
}

fn copy(file: &Path) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    let mut database = SqliteConnection::establish(&file.to_string_lossy()).unwrap();
    // Whoever used it last may still be writing its log back.
    database.batch_execute(&format!("PRAGMA busy_timeout = 5000; VACUUM INTO '{}'", copy.display())).unwrap();
    std::fs::read(copy).unwrap()
}

fn dump(url: &str) -> Vec<u8> {
    let find = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/postgres")).arg("find").output().unwrap();
    let programs = String::from_utf8(find.stdout).unwrap();
    let output = Command::new(Path::new(programs.trim()).join("pg_dump")).arg(url).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Whether something is found in bytes, as it is or in hexadecimal, as PostgreSQL writes what is no text.
pub fn holds(bytes: &[u8], what: &[u8]) -> bool {
    let hex: String = what.iter().map(|byte| format!("{byte:02x}")).collect();
    [what, hex.as_bytes()].iter().any(|needle| bytes.windows(needle.len()).any(|window| window == *needle))
}
