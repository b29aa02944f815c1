//! What meets a revocation: nothing is done by rights that somebody was already told are gone.
//!
//! An act that runs is held open by the test, inside its transaction, and the revocation is sent meanwhile.
//! On PostgreSQL the one then waits for the other, which the database itself tells ([`Waiting`]); nothing
//! here is left to chance or to time. SQLite has one writer, so that there the order is given.

use std::{
    sync::mpsc::{Receiver, Sender, channel},
    thread::{ScopedJoinHandle, scope, yield_now},
};

use bantin_application::{
    Act, App, AppError,
    app::{Caller, Shown},
    users,
};
use bantin_domain::policy::{Role, RoleName};
use bantin_persistence::accounts;
use bantin_tests::{Answer, Client, Db, TestApp, app::PASSWORD, both};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_query, sql_types::BigInt};
use serde_json::{Value, json};

const EMAIL: &str = "nguoi-viet@so.example";
const TAGS: &str = "/api/v1/editorial/tags";

/// Counts who waits for a lock in the database of an app.
struct Waiting(PgConnection);

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

impl Waiting {
    fn at(app: &TestApp) -> Self {
        let bantin_application::DatabaseUrl::Postgres(url) = app.api.app.store().url() else {
            panic!("only PostgreSQL has writers that wait for each other");
        };
        Self(PgConnection::establish(url).unwrap())
    }

    fn count(&mut self) -> i64 {
        let waiting = "SELECT count(*) AS count FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        sql_query(waiting).get_result::<Count>(&mut self.0).unwrap().count
    }

    /// Returns when somebody waits for a lock; fails when `other` was through without having to wait.
    fn until_blocked<T>(&mut self, other: &ScopedJoinHandle<'_, T>) {
        while self.count() == 0 {
            assert!(!other.is_finished(), "it did not wait for what runs");
            yield_now();
        }
    }
}

/// Both ends of an act that is held open: it says that it has begun, and goes on when it is told.
struct Hold {
    begun: Sender<()>,
    go_on: Receiver<()>,
}

fn hold() -> (Hold, Receiver<()>, Sender<()>) {
    let (begun, has_begun) = channel();
    let (let_go, go_on) = channel();
    (Hold { begun, go_on }, has_begun, let_go)
}

impl Hold {
    fn wait(&self) {
        self.begun.send(()).unwrap();
        self.go_on.recv().unwrap();
    }
}

fn caller(app: &TestApp, client: &Client) -> Caller {
    app.api.app.verify(client.token().unwrap()).unwrap()
}

/// Runs an act of somebody to its end.
fn run<T: Send + 'static>(
    app: &TestApp,
    caller: Caller,
    act: impl FnOnce(&mut Act<'_, '_>) -> Result<T, AppError> + Send + 'static,
) -> Result<T, AppError> {
    let program: &App = &app.api.app;
    app.wait(program.write(caller, act))
}

/// Everything that takes rights away, each with what it is to the session that the act came through.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Revocation {
    LogOut,
    EndSession,
    EndOthers,
    Password,
    Reset,
    Disable,
    AnotherRole,
    Sections,
    EditedRole,
}

const ALL: [Revocation; 9] = [
    Revocation::LogOut,
    Revocation::EndSession,
    Revocation::EndOthers,
    Revocation::Password,
    Revocation::Reset,
    Revocation::Disable,
    Revocation::AnotherRole,
    Revocation::Sections,
    Revocation::EditedRole,
];

/// Somebody who may make tags, through two sessions, and the admin.
struct Cast {
    admin: Client,
    writer: Client,
    second: Client,
    id: String,
    session: String,
    link: Value,
    section: String,
}

fn cast(app: &TestApp) -> Cast {
    let admin = app.admin();
    let permissions: Vec<Value> =
        ["tag:read", "tag:create"].map(|one| json!({"permission": one, "scope": "any"})).into();
    let role = json!({"name": "tagger", "title": "Người gắn thẻ", "permissions": permissions});
    admin.post("/api/v1/editorial/roles", &role).expect(201);
    let added = users::add(&app.api.app, EMAIL, "Người viết", RoleName::parse("tagger").unwrap(), PASSWORD);
    let id = app.wait(added).unwrap().id.to_string();
    let writer = app.log_in(EMAIL);
    let sessions = writer.get("/api/v1/auth/sessions").expect(200);
    let session = sessions.data()[0]["id"].as_str().unwrap().to_owned();
    let second = app.log_in(EMAIL);
    let link =
        admin.post(&format!("/api/v1/editorial/users/{id}/reset"), &json!({})).expect(200).data()["token"].clone();
    let section = bantin_tests::content::category(&admin, "Tin");
    Cast { admin, writer, second, id, session, link, section }
}

impl Cast {
    fn revoke(&self, app: &TestApp, what: Revocation) -> Answer {
        let user = format!("/api/v1/editorial/users/{}", self.id);
        let change = |write: Value| self.admin.patch(&user, "\"1\"", &write).expect(200);
        let new = "mot-cau-khac-han-cho-de-nho";
        match what {
            Revocation::LogOut => self.writer.send("POST", "/api/v1/auth/logout", &[], None).expect(204),
            Revocation::EndSession => {
                self.second.send("DELETE", &format!("/api/v1/auth/sessions/{}", self.session), &[], None).expect(204)
            }
            Revocation::EndOthers => self.second.send("DELETE", "/api/v1/auth/sessions", &[], None).expect(204),
            Revocation::Password => {
                let write = json!({"currentPassword": PASSWORD, "newPassword": new});
                self.second.json("PUT", "/api/v1/auth/password", &[], &write).expect(204)
            }
            Revocation::Reset => {
                app.anonymous().post("/api/v1/auth/accept", &json!({"token": self.link, "password": new})).expect(204)
            }
            Revocation::Disable => change(json!({"disabled": true})),
            Revocation::AnotherRole => change(json!({"role": "author"})),
            Revocation::Sections => change(json!({"categoryIds": [self.section]})),
            Revocation::EditedRole => {
                self.admin.patch("/api/v1/editorial/roles/tagger", "\"1\"", &json!({"permissions": []})).expect(200)
            }
        }
    }

    /// What the writer can do through the first session once it is done.
    fn expect_revoked(&self, what: Revocation) {
        let status = self.writer.post(TAGS, &json!({"name": "sau"})).status;
        let expected = match what {
            Revocation::Sections => 201,
            Revocation::EditedRole => 404,
            _ => 401,
        };
        assert_eq!(status, expected, "{what:?}");
    }
}

#[test]
fn a_revocation_is_acknowledged_when_no_act_of_before_runs_any_more() {
    for what in ALL {
        let app = &TestApp::start(Db::Postgres);
        let mut waiting = Waiting::at(app);
        let cast = &cast(app);
        let caller = caller(app, &cast.writer);
        let (held, has_begun, let_go) = hold();
        scope(|threads| {
            // Dropped with a failure, so that what is held open ends, too.
            let let_go = let_go;
            let act = threads.spawn(move || {
                run(app, caller, move |_| {
                    held.wait();
                    Ok(())
                })
            });
            has_begun.recv().unwrap();
            let revocation = threads.spawn(move || cast.revoke(app, what));
            waiting.until_blocked(&revocation);
            let_go.send(()).unwrap();
            act.join().unwrap().unwrap_or_else(|error| panic!("{what:?} stopped what had begun before: {error:?}"));
            revocation.join().unwrap();
        });
        cast.expect_revoked(what);
    }
}

#[test]
fn the_end_of_a_key_is_acknowledged_when_no_act_by_it_runs_any_more() {
    const KEYS: &str = "/api/v1/editorial/api-keys";
    let app = &TestApp::start(Db::Postgres);
    let mut waiting = Waiting::at(app);
    let admin = &app.admin();
    for what in ["revoke", "rotate", "edit"] {
        let permissions = json!([{"permission": "tag:create", "scope": "any"}]);
        let made = admin.post(KEYS, &json!({"name": "Cổng tỉnh", "permissions": permissions})).expect(201);
        let path = &format!("{KEYS}/{}", made.id());
        let program = app.anonymous().with_token(made.data()["secret"].as_str().unwrap());
        let caller = caller(app, &program);
        let (held, has_begun, let_go) = hold();
        scope(|threads| {
            let let_go = let_go;
            let act = threads.spawn(move || {
                run(app, caller, move |_| {
                    held.wait();
                    Ok(())
                })
            });
            has_begun.recv().unwrap();
            let revocation = threads.spawn(move || match what {
                "revoke" => admin.delete(path, "\"1\"").expect(204),
                "rotate" => admin.post(&format!("{path}/rotate"), &json!({"overlapHours": 0})).expect(200),
                _ => admin.patch(path, "\"1\"", &json!({"permissions": []})).expect(200),
            });
            waiting.until_blocked(&revocation);
            let_go.send(()).unwrap();
            act.join().unwrap().unwrap_or_else(|error| panic!("{what} stopped what had begun before: {error:?}"));
            revocation.join().unwrap();
        });
        let expected = if what == "edit" { 404 } else { 401 };
        program.post(TAGS, &json!({"name": "sau"})).expect(expected);
    }
}

#[test]
fn an_act_that_meets_a_running_revocation_waits_for_it_and_sees_it() {
    let app = &TestApp::start(Db::Postgres);
    let mut waiting = Waiting::at(app);
    let cast = &cast(app);
    let caller = caller(app, &cast.writer);
    let (held, has_begun, let_go) = hold();
    let (outcome, made) = scope(|threads| {
        let let_go = let_go;
        let revocation = threads.spawn(move || {
            app.wait(app.api.app.system(move |tx| {
                let Shown::Token { user, .. } = caller.shown else { panic!("the writer logged in") };
                accounts::disable(tx, user)?;
                held.wait();
                Ok(())
            }))
        });
        has_begun.recv().unwrap();
        let act = threads.spawn(|| cast.writer.post(TAGS, &json!({"name": "khi đang bị khoá"})).status);
        waiting.until_blocked(&act);
        let_go.send(()).unwrap();
        (revocation.join().unwrap(), act.join().unwrap())
    });
    outcome.unwrap();
    assert_eq!(made, 401);
    assert_eq!(cast.admin.get(TAGS).expect(200).data(), &json!([]));
}

#[test]
fn acts_of_one_session_run_side_by_side() {
    let app = &TestApp::start(Db::Postgres);
    let caller = caller(app, &app.author());
    let holds: Vec<_> = (0..3).map(|_| hold()).collect();
    scope(|threads| {
        let mut ends = Vec::new();
        for (held, has_begun, let_go) in holds {
            let act = threads.spawn(move || {
                run(app, caller, move |_| {
                    held.wait();
                    Ok(())
                })
            });
            // It is in its transaction while those before are in theirs.
            has_begun.recv().unwrap();
            ends.push((act, let_go));
        }
        for (act, let_go) in ends {
            let_go.send(()).unwrap();
            act.join().unwrap().unwrap();
        }
    });
}

both! {
    fn who_ends_one_session_many_times_at_once_gets_an_answer_each_time(app) {
        let writer = app.author();
        let statuses: Vec<u16> = scope(|threads| {
            let all: Vec<_> = (0..8)
                .map(|n| {
                    let writer = &writer;
                    threads.spawn(move || match n % 4 {
                        0 => writer.send("POST", "/api/v1/auth/logout", &[], None).status,
                        1 => writer.send("DELETE", "/api/v1/auth/sessions", &[], None).status,
                        2 => writer.post(TAGS, &json!({"name": format!("thẻ {n}")})).status,
                        _ => {
                            let write = json!({"currentPassword": PASSWORD, "newPassword": "mot-cau-khac-han-cho-de-nho"});
                            writer.json("PUT", "/api/v1/auth/password", &[], &write).status
                        }
                    })
                })
                .collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(statuses.iter().all(|status| [201, 204, 401, 403].contains(status)), "{statuses:?}");
        assert_eq!(writer.get("/api/v1/auth/me").status, 401);
    }

    fn a_revocation_that_was_acknowledged_is_seen_by_every_act_that_begins_later(app) {
        for (n, role) in [Role::Author, Role::Editor, Role::ChiefEditor].into_iter().enumerate() {
            let email = format!("lan-{n}@so.example");
            let writer = app.user(role, &email);
            let made: Vec<u16> = scope(|threads| {
                let acts: Vec<_> = (0..6).map(|k| {
                    let writer = &writer;
                    threads.spawn(move || writer.post(TAGS, &json!({"name": format!("thẻ {n} {k}")})).status)
                }).collect();
                writer.send("POST", "/api/v1/auth/logout", &[], None).expect(204);
                // Begun when the answer was there.
                writer.post(TAGS, &json!({"name": "sau"})).expect(401);
                acts.into_iter().map(|act| act.join().unwrap()).collect()
            });
            assert!(made.iter().all(|status| [201, 401].contains(status)), "{made:?}");
        }
    }
}
