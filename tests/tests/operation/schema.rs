//! The shape of the databases: the same on both sides, and the one that diesel was told.

use std::collections::BTreeSet;

use bantin_application::{DatabaseUrl, migrate};
use bantin_tests::{app, postgres};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query, sql_types};

/// (table, column, whether it may be null), without what the migrations keep for themselves.
type Shape = BTreeSet<(String, String, bool)>;

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = sql_types::Text)]
    table_name: String,
    #[diesel(sql_type = sql_types::Text)]
    column_name: String,
    #[diesel(sql_type = sql_types::Bool)]
    nullable: bool,
}

fn shape(columns: Vec<Column>) -> Shape {
    columns
        .into_iter()
        .filter(|column| !column.table_name.starts_with("__diesel") && !column.table_name.starts_with("sqlite_"))
        // The index of the search is of a shape of its own on each side, and FTS5 keeps tables beside it.
        .filter(|column| !column.table_name.starts_with("search_index"))
        .map(|column| (column.table_name, column.column_name, column.nullable))
        .collect()
}

fn of_postgres(url: &str) -> Shape {
    let mut conn = PgConnection::establish(url).unwrap();
    shape(
        sql_query(
            "SELECT table_name::text, column_name::text, is_nullable = 'YES' AS nullable FROM information_schema.columns \
             WHERE table_schema IN ('public', 'visits', 'hits')",
        )
        .load(&mut conn)
        .unwrap(),
    )
}

fn of_sqlite(folder: &std::path::Path) -> Shape {
    let file = |name: &str| {
        let mut conn = SqliteConnection::establish(&folder.join(name).to_string_lossy()).unwrap();
        sql_query(
            "SELECT t.name AS table_name, c.name AS column_name, c.\"notnull\" = 0 AS nullable \
             FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'",
        )
        .load::<Column>(&mut conn)
        .unwrap()
    };
    shape(["bantin.db", "bantin-visits.db", "bantin-hits.db"].into_iter().flat_map(file).collect())
}

/// What `table!` says, read from the source.
fn of_diesel() -> Shape {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/persistence/src");
    let mut shape = Shape::new();
    for file in ["schema.rs", "schema_visits.rs"] {
        let mut table = String::new();
        for line in std::fs::read_to_string(folder.join(file)).unwrap().lines().map(str::trim) {
            if let Some((head, "{")) =
                line.rsplit_once(' ').filter(|(head, _)| head.ends_with(')') && head.contains(" ("))
            {
                table = head.split(" (").next().unwrap().rsplit('.').next().unwrap().to_owned();
            } else if let Some((column, kind)) = line.trim_end_matches(',').split_once(" -> ") {
                shape.insert((table.clone(), column.to_owned(), kind.starts_with("Nullable")));
            }
        }
    }
    shape
}

#[test]
fn both_databases_have_the_shape_that_diesel_was_told() {
    let folder = tempfile::tempdir().unwrap();
    app::sqlite_copy(folder.path());
    let database = app::postgres_copy();
    let (sqlite, postgres, diesel) = (of_sqlite(folder.path()), of_postgres(database.url()), of_diesel());
    assert!(diesel.len() > 200, "the source was not understood");
    assert_eq!(sqlite.symmetric_difference(&diesel).collect::<Vec<_>>(), Vec::<&(String, String, bool)>::new());
    assert_eq!(postgres.symmetric_difference(&diesel).collect::<Vec<_>>(), Vec::<&(String, String, bool)>::new());
}

#[test]
fn several_nodes_may_start_at_once_on_an_empty_database() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite: DatabaseUrl = format!("sqlite:{}", folder.path().join("bantin.db").display()).parse().unwrap();
    postgres::cluster().template("bantin_empty", |_| {});
    let database = postgres::cluster().create_database_from_template("bantin_empty");
    let postgres: DatabaseUrl = database.url().parse().unwrap();
    for url in [sqlite, postgres] {
        let applied: usize = std::thread::scope(|scope| {
            let nodes: Vec<_> = (0..4).map(|_| scope.spawn(|| migrate::migrate(&url).unwrap().len())).collect();
            nodes.into_iter().map(|node| node.join().unwrap()).sum()
        });
        let status = migrate::status(&url).unwrap();
        assert!(status.pending.is_empty());
        assert_eq!(applied, status.applied.len(), "each migration was applied once: {url}");
    }
}

#[test]
fn every_migration_can_be_taken_back() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let downs = |side: &str| {
        let mut folders: Vec<_> =
            std::fs::read_dir(root.join(side)).unwrap().map(|entry| entry.unwrap().path()).collect();
        folders.sort();
        folders.reverse();
        folders.iter().map(|folder| std::fs::read_to_string(folder.join("down.sql")).unwrap()).collect::<String>()
    };
    let database = app::postgres_copy();
    diesel::connection::SimpleConnection::batch_execute(
        &mut PgConnection::establish(database.url()).unwrap(),
        &downs("postgres"),
    )
    .unwrap();
    assert_eq!(of_postgres(database.url()), Shape::new());

    let folder = tempfile::tempdir().unwrap();
    app::sqlite_copy(folder.path());
    let mut conn = SqliteConnection::establish(&folder.path().join("bantin.db").to_string_lossy()).unwrap();
    let attach = ["visits", "hits"].map(|name| {
        format!("ATTACH DATABASE '{}' AS {name};", folder.path().join(format!("bantin-{name}.db")).display())
    });
    diesel::connection::SimpleConnection::batch_execute(&mut conn, &(attach.concat() + &downs("sqlite"))).unwrap();
    assert_eq!(of_sqlite(folder.path()), Shape::new());
}

#[test]
fn a_database_newer_than_the_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = app::sqlite_copy(folder.path());
    let database = app::postgres_copy();
    let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')";
    sql_query(newer)
        .execute(&mut SqliteConnection::establish(&folder.path().join("bantin.db").to_string_lossy()).unwrap())
        .unwrap();
    sql_query(newer).execute(&mut PgConnection::establish(database.url()).unwrap()).unwrap();
    for url in [sqlite, database.url().parse().unwrap()] {
        let refused = migrate::migrate(&url).unwrap_err().to_string();
        assert!(refused.contains("29990101000000") && refused.contains("newer"), "{refused}");
    }
}
