//! What appears and disappears by itself: never early, never late, and without any worker.

use bantin_domain::named::Named;
use bantin_persistence::{StoreError, changes};
use bantin_tests::{Answer, Client, TestApp, both, content, contract::operations, quality::encoded, seed::SeedPage};
use serde_json::{Value, json};

/// Five minutes after the morning on which everything begins: a token lives longer than that.
const SOON: &str = "2023-03-14T08:05:00+07:00";
const LATER: &str = "2023-03-14T08:08:00+07:00";

fn path(collection: &str, id: &str) -> String {
    format!("/api/v1/editorial/{collection}/{id}")
}

fn step(client: &Client, collection: &str, item: &Answer, action: &str, body: &Value) -> Answer {
    client.post_at(&format!("{}/actions/{action}", path(collection, &item.id())), &item.etag(), body)
}

fn read(client: &Client, collection: &str, item: &Answer) -> Answer {
    client.get(&path(collection, &item.id())).expect(200)
}

/// What everybody can read, by address, but for the ids of the requests.
fn everything_public(app: &TestApp, also: &[String]) -> Vec<(String, u16, Value)> {
    let public = app.anonymous();
    let is_moving = |path: &str| path.contains("/stats") || path.contains("/auth/");
    let lists = operations()
        .filter(|(method, path, _)| {
            method == "GET" && path.starts_with("/api/v1/") && !path.contains('{') && !is_moving(path)
        })
        .filter(|(_, path, _)| !path.starts_with("/api/v1/editorial"))
        .map(|(_, path, _)| path.to_owned());
    let search = ["tin", "hoi nghi", "Tầng Phú An"].map(|words| format!("/api/v1/search?q={}", encoded(words)));
    lists
        .chain(search)
        .chain(also.iter().cloned())
        .map(|path| {
            let mut answer = public.get(&path);
            if let Some(problem) = answer.json.as_object_mut() {
                problem.remove("requestId");
            }
            (path, answer.status, answer.json)
        })
        .collect()
}

/// The rows of the change log after a number: when, what, of which kind, under which slug.
fn told(app: &TestApp, after: i64) -> Vec<String> {
    let rows = app.api.app.store().public(|reader| changes::after(reader, after, 1000)).unwrap();
    rows.iter()
        .map(|row| {
            let change = &row.change;
            let slug = change.slug.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("{} {} {} {slug}", change.at.to_utc_text(), change.kind.name(), change.target.kind)
        })
        .collect()
}

fn head(app: &TestApp) -> i64 {
    app.api.app.store().public::<_, StoreError>(changes::head).unwrap()
}

both! {
    fn a_scheduled_article_is_seen_from_its_instant_on_and_not_a_moment_before(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let draft = content::article(&editor, &section, "Một tin");
        let addresses = ["mot-tin", &draft.id()].map(|name| format!("/api/v1/articles/{name}"));
        let before = everything_public(&app, &addresses);
        let scheduled = step(&editor, "articles", &draft, "schedule", &json!({"at": SOON, "until": LATER})).expect(200);
        assert_eq!((&scheduled.data()["state"], &scheduled.data()["public"]["visibleUntil"]), (&json!("scheduled"), &json!(LATER)));
        for seconds in [0, 299] {
            app.clock.set("2023-03-14T08:00:00+07:00");
            app.clock.advance(seconds);
            assert_eq!(everything_public(&app, &addresses), before, "after {seconds} s");
            assert_eq!(read(&editor, "articles", &draft).data()["state"], "scheduled");
        }
        app.clock.advance(1);
        let seen = app.anonymous().get(&addresses[0]).expect(200);
        assert_eq!((&seen.data()["publishedAt"], &seen.data()["updatedAt"]), (&json!(SOON), &json!(SOON)));
        assert_eq!(app.anonymous().get("/api/v1/articles").expect(200).data()[0]["id"], draft.data()["id"]);
        let at_desk = read(&editor, "articles", &draft);
        assert_eq!((&at_desk.data()["state"], at_desk.etag()), (&json!("published"), scheduled.etag()));
        app.clock.advance(179);
        app.anonymous().get(&addresses[0]).expect(200);
        app.clock.advance(1);
        // Nobody has settled anything yet, and nothing waits for that.
        for address in &addresses {
            app.anonymous().get(address).expect(410);
        }
        assert_eq!(app.anonymous().get("/api/v1/articles").expect(200).data(), &json!([]));
        assert_eq!(read(&editor, "articles", &draft).data()["state"], "draft");
        content::publish(&editor, "articles", &content::article(&editor, &section, "Tin khác"));
        for address in &addresses {
            app.anonymous().get(address).expect(410);
        }
    }

    fn what_came_and_went_before_anybody_settled_it_is_gone_and_what_never_came_is_unknown(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let write = |collection: &str, title: &str| match collection {
            "articles" => content::article(&editor, &section, title),
            "events" => content::event(&editor, title),
            _ => content::made(&editor, "pages", &json!({"title": title, "body": {"format": "text", "value": "Trang"}})),
        };
        let window = json!({"at": SOON, "until": LATER});
        let mut addresses = Vec::new();
        for collection in ["articles", "events", "pages"] {
            let (seen, cancelled) = (write(collection, "Được thấy"), write(collection, "Bị huỷ"));
            step(&editor, collection, &seen, "schedule", &window).expect(200);
            let planned = step(&editor, collection, &cancelled, "schedule", &window).expect(200);
            step(&editor, collection, &planned, "unschedule", &json!({})).expect(200);
            for (status, slug, item) in [(410, "duoc-thay", seen), (404, "bi-huy", cancelled)] {
                addresses.extend([slug, &item.id()].map(|name| (status, format!("/api/v1/{collection}/{name}"))));
            }
        }
        for (_, address) in &addresses {
            app.anonymous().get(address).expect(404);
        }
        app.clock.set(LATER);
        for settled in [false, true] {
            for (status, address) in &addresses {
                assert_eq!(app.anonymous().get(address).status, *status, "{address}, settled: {settled}");
            }
            app.tidy();
        }
    }

    fn a_list_by_state_tells_what_time_has_done_before_anybody_settled_it(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let write = |title: &str| content::article(&editor, &section, title);
        let scheduled = write("Sẽ thấy");
        step(&editor, "articles", &scheduled, "schedule", &json!({"at": SOON, "until": LATER})).expect(200);
        let ending = content::publish(&editor, "articles", &write("Sẽ hết"));
        step(&editor, "articles", &ending, "schedule", &json!({"until": LATER})).expect(200);
        content::publish(&editor, "articles", &write("Mãi mãi"));
        let edited = content::publish(&editor, "articles", &write("Đang sửa"));
        editor.patch(&path("articles", &edited.id()), &edited.etag(), &json!({"byline": "P.K"})).expect(200);
        step(&editor, "articles", &write("Chờ duyệt"), "submit", &json!({})).expect(200);
        let listed = |states: &str| {
            let list = editor.get(&format!("/api/v1/editorial/articles?filter[state][in]={states}&count=exact")).expect(200);
            let rows = list.data().as_array().unwrap();
            assert!(rows.iter().all(|row| states.split(',').any(|state| row["state"] == state)), "{states}: {}", list.json);
            assert_eq!(list.json["page"]["total"], rows.len());
            let mut titles: Vec<String> = rows.iter().map(|row| row["title"].as_str().unwrap().to_owned()).collect();
            titles.sort_unstable();
            titles
        };
        let by_state = || ["draft", "scheduled", "published", "inReview", "published,inReview", "draft,scheduled", "draft,published", "scheduled,published"].map(listed);
        let at = |instant: &str, expected: [&[&str]; 4]| {
            app.clock.set(instant);
            for settled in [false, true] {
                let [draft, scheduled, published, in_review, rest @ ..] = by_state();
                assert_eq!([&draft, &scheduled, &published, &in_review], expected.map(<[&str]>::to_vec).each_ref(), "{instant}, settled: {settled}");
                let both = |one: &[String], other: &[String]| {
                    let mut all = [one, other].concat();
                    all.sort_unstable();
                    all
                };
                assert_eq!(rest, [both(&published, &in_review), both(&draft, &scheduled), both(&draft, &published), both(&scheduled, &published)]);
                app.tidy();
            }
        };
        at("2023-03-14T08:04:59+07:00", [&["Đang sửa"], &["Sẽ thấy"], &["Mãi mãi", "Sẽ hết"], &["Chờ duyệt"]]);
        at(SOON, [&["Đang sửa"], &[], &["Mãi mãi", "Sẽ hết", "Sẽ thấy"], &["Chờ duyệt"]]);
        at(LATER, [&["Sẽ hết", "Sẽ thấy", "Đang sửa"], &[], &["Mãi mãi"], &["Chờ duyệt"]]);
    }

    fn the_change_log_tells_of_it_once_with_the_instant(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let draft = content::article(&editor, &section, "Một tin");
        step(&editor, "articles", &draft, "schedule", &json!({"at": SOON, "until": LATER})).expect(200);
        let begun = head(&app);
        let another = |title: &str| content::publish(&editor, "articles", &content::article(&editor, &section, title));
        app.clock.advance(310);
        another("Hai");
        assert_eq!(told(&app, begun), [
            "2023-03-14T01:05:00.000000Z created article mot-tin",
            "2023-03-14T01:05:10.000000Z created article hai",
        ]);
        app.clock.advance(200);
        another("Ba");
        another("Bốn");
        assert_eq!(told(&app, begun)[2..], [
            "2023-03-14T01:08:00.000000Z deleted article mot-tin",
            "2023-03-14T01:08:30.000000Z created article ba",
            "2023-03-14T01:08:30.000000Z created article bon",
        ]);
    }

    fn a_schedule_is_moved_and_called_off(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let draft = content::article(&editor, &section, "Một tin");
        let scheduled = step(&editor, "articles", &draft, "schedule", &json!({"at": SOON})).expect(200);
        assert!(scheduled.data()["allowedActions"].as_array().unwrap().contains(&json!("unschedule")));
        let edit = editor.patch(&path("articles", &draft.id()), &scheduled.etag(), &json!({"byline": "x"})).expect(409);
        assert_eq!(edit.json["state"], "scheduled");
        let moved = step(&editor, "articles", &scheduled, "schedule", &json!({"at": LATER})).expect(200);
        app.clock.set(SOON);
        app.anonymous().get("/api/v1/articles/mot-tin").expect(404);
        let off = step(&editor, "articles", &moved, "unschedule", &json!({})).expect(200);
        assert_eq!((&off.data()["state"], &off.data()["public"]), (&json!("approved"), &Value::Null));
        app.clock.set(LATER);
        assert_eq!(app.anonymous().get("/api/v1/articles/mot-tin").expect(404).json["code"], "not_found", "never seen, so never known");
        let editor = app.log_in("tong-bien-tap@so.example");
        let past = step(&editor, "articles", &off, "schedule", &json!({"at": SOON})).expect(422);
        assert_eq!(past.faults().1, [("/at".to_owned(), "out_of_range".to_owned())]);
        let turned = step(&editor, "articles", &off, "schedule", &json!({"at": "2024-01-02T00:00:00Z", "until": "2024-01-01T00:00:00Z"})).expect(422);
        assert_eq!(turned.faults().1, [("/until".to_owned(), "ends_before_start".to_owned())]);
        let without = step(&editor, "articles", &off, "schedule", &json!({"until": "2024-01-01T00:00:00Z"})).expect(422);
        assert_eq!(without.faults().1, [("/at".to_owned(), "required".to_owned())]);
    }

    fn of_something_public_only_the_end_is_scheduled(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let published = content::publish(&editor, "articles", &content::article(&editor, &section, "Một tin"));
        let refused = step(&editor, "articles", &published, "schedule", &json!({"at": SOON})).expect(409);
        assert_eq!(refused.json["code"], "already_public");
        assert!(published.data()["allowedActions"].as_array().unwrap().contains(&json!("schedule")), "its end");
        let ending = step(&editor, "articles", &published, "schedule", &json!({"until": SOON})).expect(200);
        assert_eq!((&ending.data()["state"], &ending.data()["public"]["visibleUntil"]), (&json!("published"), &json!(SOON)));
        app.clock.advance(299);
        app.anonymous().get("/api/v1/articles/mot-tin").expect(200);
        app.clock.advance(1);
        app.anonymous().get("/api/v1/articles/mot-tin").expect(410);
        let gone = read(&editor, "articles", &published);
        assert_eq!((&gone.data()["state"], &gone.data()["public"]), (&json!("draft"), &Value::Null));
        // It comes back with its old date.
        let back = content::publish(&editor, "articles", &gone);
        assert_eq!(back.data()["public"]["publishedAt"], "2023-03-14T08:00:00+07:00");
        app.anonymous().get("/api/v1/articles/mot-tin").expect(200);
    }

    fn an_event_takes_its_speeches_and_its_people_along(app) {
        let editor = app.chief_editor();
        let page = SeedPage::write(&editor);
        let people = || app.anonymous().get("/api/v1/people").expect(200).data().as_array().unwrap().len();
        let also: Vec<String> = page.speeches.iter().map(|speech| format!("/api/v1/speeches/{}", speech.id()))
            .chain([format!("/api/v1/events/{}/programme", page.event.id()), format!("/api/v1/people/{}", page.director.id())])
            .collect();
        let before = everything_public(&app, &also);
        step(&editor, "events", &page.event, "schedule", &json!({"at": SOON, "until": LATER, "with": ["speeches"]})).expect(200);
        app.clock.advance(299);
        assert_eq!(everything_public(&app, &also), before);
        assert_eq!(people(), 0);
        app.clock.advance(1);
        let programme = app.anonymous().get(&format!("/api/v1/events/{}/programme", page.event.id())).expect(200);
        assert_eq!(programme.data()["speeches"].as_array().unwrap().len(), 7);
        assert_eq!(people(), 1, "whoever speaks in public is public");
        app.anonymous().get(&format!("/api/v1/speeches/{}", page.speeches[0].id())).expect(200);
        app.clock.set(LATER);
        assert_eq!(people(), 0);
        for address in &also {
            assert_ne!(app.anonymous().get(address).status, 200, "{address}");
        }
    }

    fn who_comes_and_goes_with_several_at_one_instant_is_told_of_once(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let author = editor.post("/api/v1/editorial/people", &json!({"displayName": "Tầng Phú An"})).expect(201);
        for title in ["Một tin", "Hai tin", "Ba tin"] {
            let write = json!({"title": title, "categoryId": section, "authorIds": [author.id()], "tags": ["dừa sáp"],
                "body": {"format": "text", "value": "Tin"}});
            let draft = content::made(&editor, "articles", &write);
            step(&editor, "articles", &draft, "schedule", &json!({"at": SOON, "until": LATER})).expect(200);
        }
        app.clock.set(LATER);
        let log = app.anonymous().get("/api/v1/changes?limit=1000&types=person,tag,article").expect(200);
        let told = |kind: &str, of: &str| {
            log.data().as_array().unwrap().iter().filter(|row| row["kind"] == kind && row["type"] == of).count()
        };
        for kind in ["created", "deleted"] {
            assert_eq!([told(kind, "article"), told(kind, "person"), told(kind, "tag")], [3, 1, 1], "{kind}");
        }
    }

    fn somebody_whom_only_a_scheduled_article_shows_comes_and_goes_with_it(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let person = content::made(&editor, "people", &json!({"displayName": "Tầng Phú An"}));
        let write = json!({"title": "Một tin", "categoryId": section, "authorIds": [person.id()], "body": {"format": "text", "value": "Tin"}});
        let draft = content::made(&editor, "articles", &write);
        step(&editor, "articles", &draft, "schedule", &json!({"at": SOON, "until": LATER})).expect(200);
        let begun = head(&app);
        let address = format!("/api/v1/people/{}", person.id());
        app.clock.advance(299);
        app.anonymous().get(&address).expect(404);
        app.clock.advance(1);
        app.anonymous().get(&address).expect(200);
        app.clock.set(LATER);
        assert_ne!(app.anonymous().get(&address).status, 200);
        content::publish(&editor, "articles", &content::article(&editor, &section, "Hai"));
        let of_the_person: Vec<String> = told(&app, begun).into_iter().filter(|row| row.contains(" person ")).collect();
        assert_eq!(of_the_person, [
            "2023-03-14T01:05:00.000000Z created person tang-phu-an",
            "2023-03-14T01:08:00.000000Z deleted person tang-phu-an",
        ]);
    }

    fn the_desk_reads_what_will_happen_in_its_order(app) {
        let (editor, author) = (app.chief_editor(), app.author());
        let section = content::category(&editor, "Tin");
        let [one, two] = ["Một", "Hai"].map(|title| content::article(&editor, &section, title));
        let event = content::event(&editor, "Hội nghị");
        let public = content::publish(&editor, "articles", &content::article(&editor, &section, "Đang xem"));
        step(&editor, "articles", &one, "schedule", &json!({"at": LATER})).expect(200);
        step(&editor, "articles", &two, "schedule", &json!({"at": SOON, "until": "2023-03-20T00:00:00+07:00"})).expect(200);
        step(&editor, "events", &event, "schedule", &json!({"at": "2023-03-15T08:00:00+07:00"})).expect(200);
        step(&editor, "articles", &public, "schedule", &json!({"until": "2023-03-16T00:00:00+07:00"})).expect(200);
        let plan = |query: &str| -> Vec<String> {
            let answer = editor.get(&format!("/api/v1/editorial/schedule{query}")).expect(200);
            let text = |one: &Value, name: &str| one[name].as_str().unwrap_or("null").to_owned();
            answer.data().as_array().unwrap().iter().map(|one| format!("{} {} {}", text(one, "at"), text(one, "what"), text(one, "title"))).collect()
        };
        let all = [
            "2023-03-14T08:05:00+07:00 appears Hai",
            "2023-03-14T08:08:00+07:00 appears Một",
            "2023-03-15T08:00:00+07:00 appears Hội nghị",
            "2023-03-16T00:00:00+07:00 disappears Đang xem",
            "2023-03-20T00:00:00+07:00 disappears Hai",
        ];
        assert_eq!(plan(""), all);
        assert_eq!(plan("?limit=2"), all[..2]);
        assert_eq!(plan("?to=2023-03-15"), all[..3], "the whole of the day");
        assert_eq!(plan("?from=2023-03-15&to=2023-03-15"), all[2..3]);
        assert_eq!(plan("?types=event"), all[2..3]);
        assert_eq!(plan("?from=2023-03-14T08:08:00%2B07:00&types=article"), [all[1], all[3], all[4]]);
        assert_eq!(author.get("/api/v1/editorial/schedule").expect(200).data(), &json!([]), "an author reads their own");
        app.clock.set(SOON);
        assert_eq!(plan(""), all[1..], "what has happened is planned no longer");
        editor.get("/api/v1/editorial/schedule?form=2023-03-14").expect(400);
    }

    fn old_addresses_lead_on_for_ever_and_never_in_a_circle(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let mut item = content::publish(&editor, "articles", &content::article(&editor, &section, "a"));
        let public = app.anonymous();
        let leads = |slug: &str| {
            let answer = public.get(&format!("/api/v1/articles/{slug}"));
            match answer.status {
                301 => answer.header("location").unwrap().rsplit('/').next().unwrap().to_owned(),
                status => status.to_string(),
            }
        };
        let mut rename = |slug: &str| {
            let edited = editor.patch(&path("articles", &item.id()), &item.etag(), &json!({"slug": slug})).expect(200);
            item = content::publish(&editor, "articles", &edited);
        };
        rename("b");
        rename("c");
        assert_eq!([leads("a"), leads("b"), leads("c")], ["c", "c", "200"]);
        rename("a");
        assert_eq!([leads("a"), leads("b"), leads("c")], ["200", "a", "a"]);
        rename("b");
        assert_eq!([leads("a"), leads("b"), leads("c")], ["b", "200", "b"]);
        let other = editor.post("/api/v1/editorial/articles", &json!({"title": "x", "slug": "c", "categoryId": section, "body": {"format": "text", "value": "x"}})).expect(409);
        assert_eq!(other.json["code"], "slug_taken");
    }
}
