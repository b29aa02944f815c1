//! A mirror that follows the change log is the public side.
//!
//! Editors do whatever editors do, at random and all at once, on one database: publish, withdraw, plan, translate,
//! rename, move, while the clock goes on. A mirror knows nothing but `docs/changes.md`: it takes a snapshot while they
//! work, follows the log, and is killed again and again. When the editors are done and it has read the log to its end, it
//! holds what a snapshot taken then holds, record by record, and that is what everybody reads.
//!
//! How many acts there are is said by `BANTIN_TEST_ACTS`; a release is tried with 5,000.

mod editor;
mod follower;
mod reader;

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
};

use bantin_domain::{
    kind::{ChangeKind, Target},
    policy::Role,
};
use bantin_persistence::changes;
use bantin_tests::{Db, TestApp};

use crate::mirror::{
    editor::{Editor, Known},
    follower::Follower,
};

const EDITORS: usize = 8;
/// As far as the machine of a hosted CI has time.
const ACTS: usize = 600;

#[expect(clippy::disallowed_methods, reason = "no setting of the program: how long a test may take")]
fn acts() -> usize {
    std::env::var("BANTIN_TEST_ACTS").ok().map_or(ACTS, |acts| acts.parse().unwrap())
}

fn a_mirror_is_the_public_side(db: Db) {
    let app = TestApp::start(db);
    // SQLite has one node.
    let other = (db == Db::Postgres).then(|| app.another_node());
    let bases: Vec<String> = std::iter::once(&app).chain(&other).map(|node| node.base.clone()).collect();
    let known = Known::begin(&app.user(Role::Admin, "truoc@so.example"));
    let (todo, is_done) = (AtomicUsize::new(acts()), AtomicBool::new(false));
    let mut follower = Follower::new(&bases, 1);
    thread::scope(|scope| {
        let editors: Vec<_> = (0..EDITORS)
            .map(|n| {
                let mut editor = Editor::new(&app, &bases[n % bases.len()], n, &known);
                let todo = &todo;
                scope.spawn(move || {
                    while todo.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
                        editor.act();
                    }
                    editor.accepted
                })
            })
            .collect();
        let (follower, is_done) = (&mut follower, &is_done);
        let following = scope.spawn(move || {
            while !is_done.load(Ordering::Relaxed) {
                follower.go_on();
            }
        });
        let ended: Vec<_> = editors.into_iter().map(thread::ScopedJoinHandle::join).collect();
        is_done.store(true, Ordering::Relaxed);
        following.join().unwrap();
        let accepted: usize = ended.into_iter().map(|editor| editor.unwrap()).sum();
        eprintln!("{accepted} writes took effect");
        assert!(accepted > acts() / 3, "nearly everything was refused: {accepted}");
    });
    follower.catch_up();
    let fresh = Follower::snapshot_of(&bases[0]);
    follower.is_like(&fresh);
    eprintln!("{} records, {} kills", fresh.len(), follower.kills);
    reader::reads_the_same(&app.anonymous(), &fresh);
    the_log_tells_each_coming_and_going_once(&app);
    assert!(fresh.len() > 30, "too little is public to say anything: {}", fresh.len());
    assert!(follower.kills > 5, "it was hardly ever killed");
}

/// The numbers have no gap, and what is told of a resource makes sense: nothing comes that is there, and nothing goes or
/// changes that is not.
fn the_log_tells_each_coming_and_going_once(app: &TestApp) {
    let all = app.api.app.store().public(|reader| changes::after(reader, 0, u32::MAX)).unwrap();
    let mut seen: BTreeMap<Target, bool> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (logged, seq) in all.iter().zip(1..) {
        assert_eq!(logged.seq, seq, "the log has a gap");
        let is_seen = seen.entry(logged.change.target).or_default();
        // What everybody always sees is told of for the first time when it changes.
        let fits = match logged.change.kind {
            ChangeKind::Created => !*is_seen,
            ChangeKind::Deleted => *is_seen,
            ChangeKind::Updated | ChangeKind::Moved => {
                *is_seen || logged.change.target.kind == bantin_domain::kind::Kind::Site
            }
        };
        if !fits {
            let of_it = |other: &&changes::LoggedChange| other.change.target == logged.change.target;
            wrong.push((logged.clone(), all.iter().filter(of_it).cloned().collect::<Vec<_>>()));
        }
        *is_seen = logged.change.kind != ChangeKind::Deleted;
    }
    assert!(
        wrong.is_empty(),
        "{} of {}, each with all of its rows: {:#?}",
        wrong.len(),
        all.len(),
        &wrong[..wrong.len().min(10)]
    );
}

#[test]
fn a_mirror_is_the_public_side_on_sqlite() {
    a_mirror_is_the_public_side(Db::Sqlite);
}

#[test]
fn a_mirror_is_the_public_side_on_postgresql_with_two_nodes() {
    a_mirror_is_the_public_side(Db::Postgres);
}
