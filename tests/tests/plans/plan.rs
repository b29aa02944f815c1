//! The plan of a statement, and what is wrong with it.

use std::fmt::Write;

use bantin_application::DatabaseUrl;
use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection, sql_query,
    sql_types::Text,
};

use crate::recorder::{Statement, Value};

/// Tables that hold little however much is published.
const SMALL: [&str; 8] =
    ["site", "settings", "synonyms", "due", "change_head", "categories", "category_tree", "archive_months"];

/// What is not judged, by how it begins, and why.
const APART: [(&str, &str); 4] = [
    ("SELECT CAST(0 AS bigint), count(*) FROM", "it counts as far as a second sitemap begins"),
    ("SELECT people.initial FROM people", "it counts all people, and is no page of them"),
    ("SELECT public_links.target_id, public_links.source_id FROM public_links", "few articles report an event"),
    ("SELECT source_id, sort_at FROM (SELECT * FROM (", "of three pages, each in order, it makes one"),
];

/// Whether it asks what stands behind fifty thousand others: no page does ([`bantin_domain::listing::MAX_OFFSET`]), but
/// a kind of which there are more has a second sitemap.
fn is_of_a_second_sitemap(statement: &Statement) -> bool {
    let is_deep = |offset: &String| offset.parse().is_ok_and(|offset: u64| offset >= 50_000);
    statement.text.contains(" OFFSET ") && statement.values.last().is_some_and(is_deep)
}

/// The most rows that a step of a plan may read: a page of a hundred, for each the newest forty of what it shares
/// with others, and the thousand that a search ranks.
const MOST_READ: f64 = 4_100.0;
/// The most rows that may be sorted.
const MOST_SORTED: f64 = 2_000.0;

/// Whoever can be asked for plans.
pub enum Planner {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

#[derive(QueryableByName)]
struct PostgresPlan {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    plan: String,
}

#[derive(QueryableByName)]
struct SqliteStep {
    #[diesel(sql_type = Text, column_name = "detail")]
    step: String,
}

impl Planner {
    pub fn of(url: &DatabaseUrl) -> Self {
        match url {
            DatabaseUrl::Postgres(url) => Self::Postgres(PgConnection::establish(url).unwrap()),
            DatabaseUrl::Sqlite(file) => {
                let mut conn = SqliteConnection::establish(&file.to_string_lossy()).unwrap();
                for (schema, file) in [("visits", url.visits_file()), ("hits", url.hits_file())] {
                    conn.batch_execute(&format!("ATTACH DATABASE '{}' AS {schema}", file.unwrap().display())).unwrap();
                }
                Self::Sqlite(conn)
            }
        }
    }

    /// What is wrong with the plan of a statement, if anything is.
    pub fn complaint(&mut self, statement: &Statement) -> Option<String> {
        let bare = statement.text.replace(['"', '`'], "");
        if APART.iter().any(|(beginning, _)| bare.starts_with(beginning)) || is_of_a_second_sitemap(statement) {
            return None;
        }
        match self {
            Self::Postgres(conn) => {
                let plan = postgres_plan(conn, statement);
                let mut wrong = Vec::new();
                judge(&plan, &mut wrong);
                let mut shown = String::new();
                show(&plan, 0, &mut shown);
                (!wrong.is_empty()).then(|| format!("{}\n{shown}", wrong.join("; ")))
            }
            Self::Sqlite(conn) => {
                let plan = sqlite_plan(conn, statement);
                let wrong = plan.iter().filter(|step| is_costly(step, &plan, &statement.text));
                let wrong = wrong.cloned().collect::<Vec<_>>();
                (!wrong.is_empty()).then(|| format!("{}\n  {}", wrong.join("; "), plan.join("\n  ")))
            }
        }
    }
}

/// What PostgreSQL does when it has met the statement often enough to keep one plan for all values, if it does, with
/// how many rows each step really met.
fn postgres_plan(conn: &mut PgConnection, statement: &Statement) -> serde_json::Value {
    let values: Vec<String> = statement.values.iter().map(|shown| in_postgres(&Value::read(shown))).collect();
    let execute = match values.is_empty() {
        true => "EXECUTE asked".to_owned(),
        false => format!("EXECUTE asked ({})", values.join(", ")),
    };
    conn.batch_execute(&format!("PREPARE asked AS {}", statement.text))
        .unwrap_or_else(|error| panic!("{error}: {statement:?}"));
    for _ in 0..5 {
        conn.batch_execute(&format!("EXPLAIN {execute}")).unwrap_or_else(|error| panic!("{error}: {statement:?}"));
    }
    let explained = sql_query(format!("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {execute}"));
    let plan: serde_json::Value =
        serde_json::from_str(&explained.get_result::<PostgresPlan>(conn).unwrap().plan).unwrap();
    conn.batch_execute("DEALLOCATE asked").unwrap();
    plan[0]["Plan"].clone()
}

fn in_postgres(value: &Value) -> String {
    match value {
        Value::Text(text) => quoted(text),
        Value::Number(number) => number.clone(),
        Value::Flag(flag) => flag.to_string(),
        Value::Instant(at) => quoted(&at.to_utc_text()),
        Value::Bytes(bytes) => format!("'\\x{}'", hex(bytes)),
        Value::Id(id) => quoted(&id.to_string()),
        Value::Ids(ids) => format!("'{{{}}}'", ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")),
        Value::Texts(texts) => {
            let texts = texts.iter().map(|text| format!("\"{}\"", text.replace('"', "\\\"")));
            quoted(&format!("{{{}}}", texts.collect::<Vec<_>>().join(",")))
        }
        Value::Numbers(numbers) => format!("'{{{}}}'", numbers.join(",")),
    }
}

/// How many rows a step has read or made: those that it kept and those that it threw away.
fn met(step: &serde_json::Value) -> f64 {
    let number = |name: &str| step[name].as_f64().unwrap_or(0.0);
    let thrown = number("Rows Removed by Filter") + number("Rows Removed by Index Recheck");
    (number("Actual Rows") + thrown) * number("Actual Loops")
}

fn judge(step: &serde_json::Value, wrong: &mut Vec<String>) {
    let (sort, table) = (step["Node Type"].as_str().unwrap(), step["Relation Name"].as_str().unwrap_or_default());
    let is_small = SMALL.contains(&table);
    if sort == "Seq Scan" && !is_small {
        wrong.push(format!("reads all of {table}"));
    } else if sort.contains("Scan") && !is_small && met(step) > MOST_READ {
        wrong.push(format!("reads {} rows of {table}", met(step)));
    }
    let below = step["Plans"].as_array().map_or(&[] as &[_], Vec::as_slice);
    if sort == "Sort" && below.iter().any(|step| met(step) > MOST_SORTED) {
        wrong.push(format!("sorts {} rows", met(&below[0])));
    }
    below.iter().for_each(|step| judge(step, wrong));
}

fn show(step: &serde_json::Value, depth: usize, out: &mut String) {
    let text = |name: &str| step[name].as_str().unwrap_or_default();
    writeln!(
        out,
        "  {:depth$}{} {} {} ({} of {} expected, {} thrown away, {} times) {} {}",
        "",
        text("Node Type"),
        text("Relation Name"),
        text("Index Name"),
        step["Actual Rows"],
        step["Plan Rows"],
        step["Rows Removed by Filter"],
        step["Actual Loops"],
        text("Index Cond"),
        text("Filter"),
        depth = 2 * depth
    )
    .unwrap();
    for below in step["Plans"].as_array().into_iter().flatten() {
        show(below, depth + 1, out);
    }
}

/// What SQLite does, which looks at the values too.
fn sqlite_plan(conn: &mut SqliteConnection, statement: &Statement) -> Vec<String> {
    let explained = sql_query(format!("EXPLAIN QUERY PLAN {}", filled(statement)));
    let steps = explained.load::<SqliteStep>(conn).unwrap_or_else(|error| panic!("{error}: {statement:?}"));
    steps.into_iter().map(|row| row.step).collect()
}

/// The statement with its values in their places.
fn filled(statement: &Statement) -> String {
    let values: Vec<String> = statement.values.iter().map(|shown| in_sqlite(&Value::read(shown))).collect();
    let (mut out, mut next, mut letters) = (String::new(), 0, statement.text.chars().peekable());
    while let Some(letter) = letters.next() {
        if !"?$".contains(letter) {
            out.push(letter);
            continue;
        }
        let mut place = String::new();
        while let Some(digit) = letters.next_if(char::is_ascii_digit) {
            place.push(digit);
        }
        next += 1;
        out += &values[place.parse().unwrap_or(next) - 1];
    }
    out
}

fn in_sqlite(value: &Value) -> String {
    let list = |texts: Vec<String>| quoted(&serde_json::to_string(&texts).unwrap());
    match value {
        Value::Text(text) => quoted(text),
        Value::Number(number) => number.clone(),
        Value::Flag(flag) => u8::from(*flag).to_string(),
        Value::Instant(at) => quoted(&at.to_utc_text()),
        Value::Bytes(bytes) => format!("x'{}'", hex(bytes)),
        Value::Id(id) => format!("x'{}'", id.simple()),
        Value::Ids(ids) => list(ids.iter().map(|id| id.simple().to_string()).collect()),
        Value::Texts(texts) => list(texts.clone()),
        Value::Numbers(numbers) => format!("'[{}]'", numbers.join(",")),
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What finds few rows: those with these ids or addresses, the languages of one thing, what one thing refers to, the
/// programme of an event; and the events that end on a later day, where SQLite has seen that there are few. They may
/// be sorted.
const FEW: [&str; 6] =
    ["(id=?)", "(slug=?)", "(group_id=?)", "(source_id=?", "(event_id=?)", "public_events_by_end_of_all (ends_on>?)"];

/// What one thing refers to, found by [`FEW`] steps of its own and read once more to be gathered.
const GATHERED: &str = "SCAN named";

/// Whether a step of a plan of SQLite's reads or sorts a whole table.
fn is_costly(step: &str, plan: &[String], text: &str) -> bool {
    let is_small = |read: &str| SMALL.contains(&read.split(' ').nth(1).unwrap_or_default());
    let is_sorted = plan.iter().any(|step| step.contains("TEMP B-TREE"));
    if step.starts_with("SCAN ") {
        // In the order of an index, or of the table itself, and no further than the page goes.
        let is_in_order = text.contains("ORDER BY") && text.contains("LIMIT") && !is_sorted;
        return !(is_small(step)
            || step.contains("VIRTUAL TABLE")
            || step == "SCAN CONSTANT ROW"
            || step == GATHERED
            || is_in_order);
    }
    let leads = |step: &str| is_small(step) || FEW.iter().any(|few| step.contains(few));
    step.contains("TEMP B-TREE") && !plan.first().is_some_and(|first| leads(first))
}
