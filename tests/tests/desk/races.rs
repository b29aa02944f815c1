//! Acts that meet: whoever comes second sees what the first one did.

use std::sync::atomic::{AtomicU64, Ordering};

use bantin_domain::policy::Role;
use bantin_tests::{Answer, Client, both, content};
use serde_json::json;

/// Sends requests at once, one thread each.
fn at_once(acts: Vec<Box<dyn FnOnce() -> Answer + Send>>) -> Vec<u16> {
    let start = std::sync::Barrier::new(acts.len());
    std::thread::scope(|scope| {
        let wait = || start.wait();
        let threads: Vec<_> = acts
            .into_iter()
            .map(|act| {
                scope.spawn(move || {
                    wait();
                    act().status
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn act(client: &Client, act: impl FnOnce(Client) -> Answer + Send + 'static) -> Box<dyn FnOnce() -> Answer + Send> {
    let client = client.clone();
    Box::new(move || act(client))
}

/// How many edits are sent: each of them reads first, and sets only what it has read.
const EDITS: usize = 10_000;
/// How many clients edit at once.
const EDITORS: usize = 16;
/// How many articles they edit.
const EDITED: usize = 20;

/// Adds one to the count that an article keeps in its summary, by compare and set: whether that was
/// accepted.
fn count_up(client: &Client, path: &str) -> bool {
    let read = client.get(path).expect(200);
    let count: u64 = read.data()["summary"].as_str().unwrap().parse().unwrap();
    let edited = client.patch(path, &read.etag(), &json!({"summary": (count + 1).to_string()}));
    match edited.status {
        200 => true,
        412 => false,
        other => panic!("{other}: {}", edited.json),
    }
}

both! {
    fn sections_moved_below_each_other_at_once_never_make_a_circle(app) {
        let editor = app.chief_editor();
        for round in 0..5 {
            let ids: Vec<String> = (0..4).map(|n| content::category(&editor, &format!("Mục {round} {n}"))).collect();
            let moves = (0..4)
                .map(|n| {
                    let (path, parent) = (format!("/api/v1/editorial/categories/{}", ids[n]), ids[(n + 1) % 4].clone());
                    act(&editor, move |client| client.patch(&path, "\"1\"", &json!({"parentId": parent})))
                })
                .collect();
            let mut statuses = at_once(moves);
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 200, 200, 422], "one of them would close the circle");
            app.anonymous().get(&format!("/api/v1/categories/{}", ids[0])).expect(200);
        }
    }

    fn attendees_that_are_added_at_once_stand_in_one_order(app) {
        let editor = app.chief_editor();
        let event = editor
            .post("/api/v1/editorial/events", &json!({"title": "Hội nghị", "kind": "conference", "startsOn": "2023-02-28"}))
            .expect(201);
        let path = format!("/api/v1/editorial/events/{}/attendees", event.id());
        let adds = (0..12)
            .map(|n| {
                let path = path.clone();
                act(&editor, move |client| client.post(&path, &json!({"kind": "person", "role": "delegate", "name": format!("Người {n}")})))
            })
            .collect();
        assert_eq!(at_once(adds), [201; 12]);
        let list = editor.get(&path).expect(200);
        let orders: Vec<i64> = list.data().as_array().unwrap().iter().map(|one| one["order"].as_i64().unwrap()).collect();
        assert_eq!(orders, (1..=12).collect::<Vec<_>>());
    }

    fn of_one_version_there_is_one_edit(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let draft = content::article(&editor, &section, "Một tin");
        let path = format!("/api/v1/editorial/articles/{}", draft.id());
        for version in 1..=5 {
            let edits = (0..6)
                .map(|n| {
                    let (path, tag) = (path.clone(), format!("\"{version}\""));
                    act(&editor, move |client| client.patch(&path, &tag, &json!({"byline": format!("{version} {n}")})))
                })
                .collect();
            let mut statuses = at_once(edits);
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 412, 412, 412, 412, 412]);
        }
    }

    fn what_is_being_referred_to_is_not_deleted_meanwhile(app) {
        let editor = app.chief_editor();
        for round in 0..5 {
            let section = content::category(&editor, &format!("Mục {round}"));
            let mut acts: Vec<_> = (0..4)
                .map(|n| {
                    let section = section.clone();
                    let body = json!({"format": "text", "value": "Tin"});
                    act(&editor, move |client| {
                        client.post("/api/v1/editorial/articles", &json!({"title": format!("Tin {n}"), "categoryId": section, "body": body}))
                    })
                })
                .collect();
            let path = format!("/api/v1/editorial/categories/{section}");
            acts.push(act(&editor, move |client| client.delete(&path, "\"1\"")));
            let statuses = at_once(acts);
            let made = statuses[..4].iter().filter(|status| **status == 201).count();
            match statuses[4] {
                204 => assert_eq!(made, 0, "an article stands in a section that is gone: {statuses:?}"),
                409 => assert!(made > 0, "{statuses:?}"),
                other => panic!("{other}: {statuses:?}"),
            }
        }
    }

    fn no_edit_is_ever_lost(app) {
        let chief = app.chief_editor();
        let section = content::category(&chief, "Tin");
        let paths: Vec<String> = (0..EDITED)
            .map(|n| {
                let body = json!({"format": "text", "value": "Tin"});
                let write = json!({"title": format!("Tin {n}"), "summary": "0", "categoryId": section, "body": body});
                format!("/api/v1/editorial/articles/{}", chief.post("/api/v1/editorial/articles", &write).expect(201).id())
            })
            .collect();
        let clients: Vec<Client> = (0..EDITORS).map(|n| app.user(Role::ChiefEditor, &format!("bien-tap-{n}@so.example"))).collect();
        let accepted: Vec<AtomicU64> = (0..EDITED).map(|_| AtomicU64::new(0)).collect();
        std::thread::scope(|scope| {
            for (n, client) in clients.iter().enumerate() {
                let (paths, accepted) = (&paths, &accepted);
                scope.spawn(move || {
                    // Each walks through the articles in steps of its own, so that they meet again and again.
                    for edit in 0..EDITS / EDITORS {
                        let article = (n + edit * (2 * n + 1)) % EDITED;
                        if count_up(client, &paths[article]) {
                            accepted[article].fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        let total: u64 = accepted.iter().map(|count| count.load(Ordering::Relaxed)).sum();
        assert!(total > 0 && total <= (EDITS / EDITORS * EDITORS) as u64);
        for (path, count) in paths.iter().zip(&accepted) {
            let read = chief.get(path).expect(200);
            let count = count.load(Ordering::Relaxed);
            assert_eq!(read.data()["summary"], count.to_string(), "an edit that was accepted is missing");
            assert_eq!(read.etag(), format!("\"{}\"", count + 1), "each made one version");
        }
    }
}
