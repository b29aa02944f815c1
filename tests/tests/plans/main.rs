//! Reading costs what it shows, however much there is: every pair of a filter and an order that the allow-lists name,
//! every single thing and all that belongs to one is asked for among a hundred thousand articles, and what the
//! database was really asked for it is read along an index, on both databases, by planners that are told nothing.
//!
//! | file | is about |
//! | --- | --- |
//! | `fill` | the hundred thousand, by SQL |
//! | `questions` | what is asked |
//! | `recorder` | which statements that makes, with their values |
//! | `plan` | how the database runs them, and what is wrong with that |
//! | `costs` | how many there are |

mod costs;
mod fill;
mod plan;
mod questions;
mod recorder;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, PoisonError},
};

use bantin_tests::{Db, TestApp, app::sqlite_copy, wire::Wire};

use crate::{plan::Planner, recorder::Statement};

/// There is one recorder.
static TURN: Mutex<()> = Mutex::new(());

/// With how many different values a statement is looked at.
const MOST_VALUES: usize = 4;

/// The statements that all questions make, each with the question that made it first.
fn statements_of_all_questions(wire: &mut Wire) -> HashMap<Statement, String> {
    let mut made: HashMap<Statement, String> = HashMap::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut ask = |path: &str| {
        recorder::take();
        let answer = wire.get(&if path.starts_with('/') { path.to_owned() } else { format!("/api/v1/{path}") });
        assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.bytes));
        // No question reads the journal of the hits: who counts them does, beside all questions, and reads all of it.
        for statement in recorder::take().into_iter().filter(|made| !made.text.contains(r#""hits"."journal""#)) {
            let times = known.entry(statement.text.clone()).or_default();
            if *times < MOST_VALUES && !made.contains_key(&statement) {
                *times += 1;
                made.insert(statement, path.to_owned());
            }
        }
        answer
    };
    for path in questions::others() {
        ask(&path);
    }
    for path in questions::lists() {
        let page = ask(&path);
        if let Some(next) = page.json["page"]["next"].as_str() {
            ask(&format!("{path}&cursor={next}"));
        }
    }
    made
}

/// Fails where a planner would read or sort a whole table.
fn judge(planner: &mut Planner, made: &HashMap<Statement, String>) {
    let mut complaints: Vec<String> = made
        .iter()
        .filter_map(|(statement, path)| {
            let complaint = planner.complaint(statement)?;
            Some(format!("{path}\n{} {:?}\n{complaint}\n", statement.text, statement.values))
        })
        .collect();
    complaints.sort();
    assert!(complaints.is_empty(), "{} are costly:\n{}", complaints.len(), complaints.join("\n"));
}

fn every_question_is_read_along_an_index(db: Db) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    recorder::listen();
    let app = TestApp::start(db);
    fill::fill(&app);
    // Keeps no answers, so that each is made; and counts the archive anew.
    let node = app.another_node();
    fill::analyse(&app);
    let mut wire = Wire::to(&node.base);
    let mut made = statements_of_all_questions(&mut wire);
    let quote = if db == Db::Sqlite { '`' } else { '"' };
    made.retain(|statement, _| !statement.is_foreign(quote));
    assert!(made.len() > 500, "{} statements were made", made.len());
    judge(&mut Planner::of(app.api.app.store().url()), &made);
    costs::check(&mut wire);
    if db == Db::Sqlite {
        // Which nobody may ever have told to look at what it holds.
        let folder = tempfile::tempdir().unwrap();
        judge(&mut Planner::of(&sqlite_copy(folder.path())), &made);
    }
}

#[test]
fn every_question_is_read_along_an_index_on_sqlite() {
    every_question_is_read_along_an_index(Db::Sqlite);
}

#[test]
fn every_question_is_read_along_an_index_on_postgres() {
    every_question_is_read_along_an_index(Db::Postgres);
}
