//! Each test makes a batch whose members it knows: the first act waits until the others have queued.

use std::{fs, path::Path, sync::atomic::AtomicBool, thread::ScopedJoinHandle};

use diesel::{RunQueryDsl, connection::SimpleConnection, result::Error as DieselError, sql_query, sql_types::BigInt};

use super::*;
use crate::connection::{Access, DatabaseUrl};

/// A database with notes, and the writer under test.
struct Notes {
    url: DatabaseUrl,
    group: GroupCommit,
    _folder: tempfile::TempDir,
}

type Answer = Result<(), StoreError>;

impl Notes {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("notes.db"));
        let opener = Opener::new(url.clone(), Access::Write);
        let shape = "CREATE TABLE notes (id INTEGER PRIMARY KEY, answers INTEGER REFERENCES notes (id))";
        opener.open().unwrap().batch_execute(shape).unwrap();
        let mut group = GroupCommit::new(opener, Duration::from_secs(60), Arc::default());
        // However slow the machine of the test is, it does not split a batch.
        group.bounds.work = Duration::from_secs(60);
        Self { url, group, _folder: folder }
    }

    /// Whether another connection sees a note: so it was committed.
    fn holds(&self, id: usize) -> bool {
        self.number(&format!("SELECT count(*) AS number FROM notes WHERE id = {id}")) == 1
    }

    fn count(&self) -> i64 {
        self.number("SELECT count(*) AS number FROM notes")
    }

    fn number(&self, query: &str) -> i64 {
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = BigInt)]
            number: i64,
        }
        let conn = &mut Opener::new(self.url.clone(), Access::Read).open().unwrap();
        sql_query(query).get_result::<Row>(conn).unwrap().number
    }

    fn commits(&self) -> u64 {
        self.group.commits.load(Ordering::Relaxed)
    }

    /// Runs a batch: its acts in the order of their numbers, from 0, and then `check` on the thread of
    /// each as soon as it has its answer. Says who was answered what; `None` is a panic.
    fn batch(
        &self,
        size: usize,
        act: impl Fn(&mut DbConnection, usize) -> Answer + Sync,
        check: impl Fn(usize) + Sync,
    ) -> Vec<Option<Answer>> {
        let (act, check, gathered) = (&act, &check, &AtomicBool::new(false));
        thread::scope(|scope| {
            let mut threads: Vec<ScopedJoinHandle<'_, Answer>> = Vec::new();
            for number in 0..size {
                threads.push(scope.spawn(move || {
                    let answer = self.group.write(|conn| {
                        while !gathered.load(Ordering::SeqCst) {
                            thread::yield_now();
                        }
                        act(conn, number)
                    });
                    check(number);
                    answer
                }));
                // The next comes when this one has the turn, or its place in the queue.
                while self.group.lock().free.is_some() || self.group.lock().waiting.len() < number {
                    thread::yield_now();
                }
            }
            gathered.store(true, Ordering::SeqCst);
            threads.into_iter().map(|thread| thread.join().ok()).collect()
        })
    }
}

fn note(conn: &mut DbConnection, id: usize) -> Answer {
    Ok(conn.batch_execute(&format!("INSERT INTO notes (id) VALUES ({id})"))?)
}

/// An error of the act's own.
fn refuse() -> Answer {
    Err(DieselError::NotFound.into())
}

fn is_refused(answer: &Option<Answer>) -> bool {
    matches!(answer, Some(Err(StoreError::Database(DieselError::NotFound))))
}

fn is_unavailable(answer: &Option<Answer>) -> bool {
    matches!(answer, Some(Err(StoreError::Unavailable(_))))
}

#[test]
fn who_meets_shares_one_commit_and_returns_after_it() {
    let notes = Notes::new();
    let answers = notes.batch(16, note, |number| assert!(notes.holds(number), "{number} was answered too early"));
    assert!(answers.iter().all(|answer| matches!(answer, Some(Ok(())))));
    assert_eq!((notes.count(), notes.commits()), (16, 1));
}

#[test]
fn a_batch_ends_when_it_is_full() {
    let mut notes = Notes::new();
    notes.group.bounds.acts = 4;
    notes.batch(16, note, |_| ());
    assert_eq!((notes.count(), notes.commits()), (16, 4));

    notes.group.bounds.work = Duration::ZERO;
    notes.batch(3, |conn, number| note(conn, 100 + number), |_| ());
    assert_eq!((notes.count(), notes.commits()), (19, 7));
}

#[test]
fn of_64_threads_that_write_at_will_every_row_that_was_acknowledged_is_there() {
    let notes = Notes::new();
    thread::scope(|scope| {
        for thread in 0..64 {
            let notes = &notes;
            scope.spawn(move || {
                for n in 0..20 {
                    let id = thread * 100 + n;
                    let answer = notes.group.write(|conn| {
                        note(conn, id)?;
                        if id % 7 == 0 { refuse() } else { Ok(()) }
                    });
                    assert_eq!((answer.is_ok(), notes.holds(id)), (id % 7 != 0, id % 7 != 0), "{id}");
                }
            });
        }
    });
    let kept = (0..64).flat_map(|thread| (0..20).map(move |n| thread * 100 + n)).filter(|id| id % 7 != 0).count();
    assert_eq!(usize::try_from(notes.count()).unwrap(), kept);
    assert!(notes.commits() < 64 * 20, "nobody has ever shared a commit");
}

#[test]
fn an_act_that_is_refused_leaves_nothing_and_is_told_after_the_others_are_safe() {
    let notes = Notes::new();
    let act = |conn: &mut DbConnection, number| {
        note(conn, number)?;
        if number == 2 {
            // Long enough for the one before to be answered, if it were answered before the commit.
            (0..20).for_each(|_| assert!(!notes.holds(0), "the batch is open"));
        }
        if number == 1 { refuse() } else { Ok(()) }
    };
    let answers = notes.batch(3, act, |_| assert!(notes.holds(0), "told of what could still be lost"));
    assert!(is_refused(&answers[1]));
    assert!(matches!((&answers[0], &answers[2]), (Some(Ok(())), Some(Ok(())))));
    assert_eq!((notes.count(), notes.holds(1), notes.commits()), (2, false, 1));
}

#[test]
fn an_act_that_panics_inside_a_savepoint_of_its_own_leaves_nothing() {
    let notes = Notes::new();
    let act = |conn: &mut DbConnection, number| {
        note(conn, number)?;
        if number == 1 {
            let (outcome, _) = in_savepoint(conn, |conn| -> Answer {
                note(conn, 100)?;
                panic!("a bug")
            });
            resume_unwind(outcome.unwrap_err());
        }
        Ok(())
    };
    let answers = notes.batch(3, act, |_| ());
    assert!(answers[1].is_none(), "the panic must go on");
    assert!(matches!((&answers[0], &answers[2]), (Some(Ok(())), Some(Ok(())))));
    assert_eq!((notes.count(), notes.holds(1), notes.holds(100)), (2, false, false));
    notes.group.write(|conn| note(conn, 9)).unwrap();
}

#[test]
fn a_savepoint_inside_an_act_that_is_rolled_back_leaves_the_act_as_it_was() {
    let notes = Notes::new();
    let act = |conn: &mut DbConnection, number| {
        note(conn, number)?;
        let (tried, ended) = in_savepoint(conn, |conn| note(conn, 0).and_then(|()| note(conn, 100)));
        assert!(tried.unwrap().is_err() && ended.is_ok(), "note 0 is there");
        Ok(())
    };
    let answers = notes.batch(3, act, |_| ());
    assert!(answers.iter().all(|answer| matches!(answer, Some(Ok(())))));
    assert_eq!((notes.count(), notes.holds(100)), (3, false));
}

#[test]
fn a_commit_that_fails_acknowledges_nobody() {
    let notes = Notes::new();
    let act = |conn: &mut DbConnection, number| {
        note(conn, number)?;
        match number {
            1 => Ok(conn
                .batch_execute("PRAGMA defer_foreign_keys = ON; INSERT INTO notes (id, answers) VALUES (100, 999)")?),
            2 => refuse(),
            _ => Ok(()),
        }
    };
    let answers = notes.batch(4, act, |_| ());
    assert!(answers.iter().all(is_unavailable), "{answers:?}");
    assert_eq!((notes.count(), notes.commits()), (0, 0));
    notes.group.write(|conn| note(conn, 9)).unwrap();
    assert_eq!((notes.count(), notes.commits()), (1, 1));
}

#[test]
fn a_transaction_that_the_database_has_ended_acknowledges_nobody() {
    let notes = Notes::new();
    // As a full disk does: the statement fails, and takes the whole transaction with it. Once the act
    // passes that on, once it does not even notice.
    for passes_on in [true, false] {
        let act = |conn: &mut DbConnection, number| {
            note(conn, number)?;
            if number == 1 {
                let failed = sql_query("INSERT OR ROLLBACK INTO notes (id) VALUES (0)").execute(conn).map(drop);
                assert!(failed.is_err());
                return if passes_on { Ok(failed?) } else { Ok(()) };
            }
            Ok(())
        };
        let answers = notes.batch(2, act, |_| ());
        assert!(answers.iter().all(is_unavailable), "{answers:?}");
        assert_eq!(notes.count(), 0);
    }
    // Who had queued behind the lost batch begins another.
    let act = |conn: &mut DbConnection, number| {
        note(conn, number)?;
        if number == 1 { Ok(conn.batch_execute("ROLLBACK")?) } else { Ok(()) }
    };
    let answers = notes.batch(4, act, |_| ());
    assert!(answers[..2].iter().all(is_unavailable), "{answers:?}");
    assert!(answers[2..].iter().all(|answer| matches!(answer, Some(Ok(())))));
    assert_eq!((notes.count(), notes.holds(2), notes.holds(3)), (2, true, true));
}

#[test]
fn who_gets_no_turn_in_time_is_told_so_and_the_turn_is_not_lost() {
    let mut notes = Notes::new();
    notes.group.wait = Duration::from_millis(1);
    notes.group.write(|conn| note(conn, 1)).unwrap();
    notes
        .group
        .write(|conn| {
            thread::scope(|scope| {
                let late = scope.spawn(|| notes.group.write(|conn| note(conn, 2))).join();
                assert!(is_unavailable(&late.ok()));
            });
            note(conn, 3)
        })
        .unwrap();
    notes.group.write(|conn| note(conn, 4)).unwrap();
    assert_eq!((notes.count(), notes.holds(2)), (3, false));
}

#[test]
fn a_database_that_cannot_be_opened_is_tried_again_by_the_next() {
    let notes = Notes::new();
    let DatabaseUrl::Sqlite(file) = &notes.url else { unreachable!() };
    let folder = file.with_file_name("later");
    let url = DatabaseUrl::Sqlite(folder.join("notes.db"));
    let group = GroupCommit::new(Opener::new(url, Access::Write), Duration::from_secs(60), Arc::default());
    assert!(is_unavailable(&Some(group.write(|conn| note(conn, 1)))));
    fs::create_dir(&folder).unwrap();
    group.write(|conn| Ok::<_, StoreError>(conn.batch_execute("CREATE TABLE notes (id INTEGER)")?)).unwrap();
    group.write(|conn| note(conn, 1)).unwrap();
}

#[test]
fn no_constraint_of_ours_is_checked_as_late_as_the_commit() {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/sqlite");
    for folder in fs::read_dir(migrations).unwrap() {
        let file = folder.unwrap().path().join("up.sql");
        let sql = fs::read_to_string(&file).unwrap().to_uppercase();
        assert!(!sql.contains("DEFERRABLE INITIALLY DEFERRED"), "{}", file.display());
    }
}
