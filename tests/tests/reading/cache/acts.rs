//! Whatever happens at the desk, what is kept is what would be answered: random acts, and after each of
//! them every address is asked on a node that keeps answers and on one that keeps none.

use std::collections::BTreeMap;

use bantin_domain::time::{SiteZone, Timestamp};
use bantin_tests::{Answer, Client, TestApp, both, content};
use serde_json::{Value, json};

use crate::cache::{OF_THE_REQUEST, added, wire};

/// How many acts follow each other in a run.
const ACTS: usize = 100;
/// So many there are of each kind: few enough that each act is about something that is shown somewhere.
const MOST_OF_A_KIND: usize = 3;

/// Chance that is the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap() % bound
    }

    fn one_of<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// A site that somebody works on.
struct Desk<'a> {
    app: &'a TestApp,
    editor: Client,
    chance: Chance,
    /// What there is: the ids, by collection.
    made: BTreeMap<&'static str, Vec<String>>,
    titles: usize,
    /// How many acts were not refused.
    done: usize,
}

const KINDS: [&str; 8] = ["articles", "events", "speeches", "pages", "people", "organisations", "categories", "tags"];

impl<'a> Desk<'a> {
    fn of(app: &'a TestApp, seed: u64) -> Self {
        let editor = app.admin();
        let site = editor.get("/api/v1/editorial/site").expect(200);
        editor.patch("/api/v1/editorial/site", &site.etag(), &json!({"locales": ["vi", "en"]})).expect(200);
        let mut desk = Self { app, editor, chance: Chance(seed), made: BTreeMap::new(), titles: 0, done: 0 };
        for kind in ["categories", "people", "organisations", "tags", "articles", "events", "speeches", "pages"] {
            for _ in 0..2 {
                desk.make(kind);
                desk.step(kind, "publish");
            }
        }
        let picture = content::picture(&desk.editor, "Hội trường", "Toàn cảnh").id();
        desk.made.entry("media").or_default().push(picture);
        desk
    }

    fn title(&mut self) -> String {
        self.titles += 1;
        format!("{} {}", self.chance.one_of(&["Hội nghị", "Tập huấn", "Đề tài", "Thông báo"]), self.titles)
    }

    /// One of a collection, if there is any.
    fn some(&mut self, collection: &str) -> Option<String> {
        let there = self.made.get(collection)?;
        Some(there[self.chance.below(there.len())].clone())
    }

    /// One of a collection, or none: as a list.
    fn perhaps(&mut self, collection: &str) -> Vec<String> {
        if self.chance.below(2) == 0 { Vec::new() } else { self.some(collection).into_iter().collect() }
    }

    fn members(&mut self, kind: &str) -> Value {
        let title = self.title();
        match kind {
            "articles" => json!({
                "title": title,
                "categoryId": self.some("categories"),
                "authorIds": self.perhaps("people"),
                "eventIds": self.perhaps("events"),
                "tags": if self.chance.below(2) == 0 { vec![] } else { vec!["Khoa học"] },
                "coverId": self.perhaps("media").first(),
                "body": {"format": "text", "value": title},
            }),
            "events" => json!({
                "title": title,
                "kind": "conference",
                "startsOn": self.chance.one_of(&["2023-02-28", "2023-03-14", "2023-03-15"]),
                "organisers": self.perhaps("organisations").iter().map(|id| json!({"organisationId": id})).collect::<Vec<_>>(),
                "categoryId": self.perhaps("categories").first(),
            }),
            "speeches" => json!({
                "title": title,
                "kind": "report",
                "speaker": self.perhaps("people").first().map(|id| json!({"personId": id, "name": title})),
            }),
            "pages" => json!({"title": title, "body": {"format": "text", "value": title}}),
            "people" => json!({"displayName": title, "listed": self.chance.below(2) == 0}),
            "organisations" => json!({"name": title, "listed": self.chance.below(2) == 0}),
            "categories" => json!({"name": title, "parentId": self.perhaps("categories").first()}),
            _ => json!({"name": title}),
        }
    }

    fn note(&mut self, answer: &Answer) {
        self.done += usize::from(answer.status < 300);
    }

    fn make(&mut self, kind: &'static str) {
        if self.made.get(kind).is_some_and(|made| made.len() >= MOST_OF_A_KIND) {
            return self.edit(kind);
        }
        let mut members = self.members(kind);
        if kind == "speeches" {
            members["eventId"] = json!(self.some("events"));
        }
        if kind == "articles" && self.chance.below(4) == 0 {
            members["locale"] = json!("en");
            members["translationOf"] = json!(self.some("articles"));
        }
        let answer = self.editor.post(&format!("/api/v1/editorial/{kind}"), &members);
        self.note(&answer);
        if answer.status == 201 {
            self.made.entry(kind).or_default().push(answer.id());
        }
    }

    fn read(&mut self, kind: &str) -> Option<(String, Answer)> {
        let path = format!("/api/v1/editorial/{kind}/{}", self.some(kind)?);
        let read = self.editor.get(&path);
        (read.status == 200).then_some((path, read))
    }

    fn edit(&mut self, kind: &'static str) {
        let members = self.members(kind);
        if let Some((path, read)) = self.read(kind) {
            let answer = self.editor.patch(&path, &read.etag(), &members);
            self.note(&answer);
        }
    }

    fn step(&mut self, kind: &str, action: &str) {
        let body = match action {
            "schedule" => {
                let zone = SiteZone::parse("Asia/Ho_Chi_Minh").unwrap();
                let at = |seconds| self.app.api.app.sources().clock.now().plus_seconds(seconds).to_text_in(&zone);
                json!({"at": at(30), "until": at(90)})
            }
            _ => json!({}),
        };
        if let Some((path, read)) = self.read(kind) {
            let answer = self.editor.post_at(&format!("{path}/actions/{action}"), &read.etag(), &body);
            self.note(&answer);
        }
    }

    fn attend(&mut self) {
        let Some(event) = self.some("events") else { return };
        let write = json!({
            "kind": "person",
            "name": self.title(),
            "role": "delegate",
            "personId": self.perhaps("people").first(),
            "visibility": "public",
        });
        self.editor.post(&format!("/api/v1/editorial/events/{event}/attendees"), &write);
    }

    fn change_the_site(&mut self) {
        let section = self.some("categories");
        let write = json!({
            "name": self.title(),
            "menus": {"main": [{"label": "Mục", "target": {"type": "category", "id": section}}]},
            "banners": [{"text": "Chào mừng", "from": "2023-03-14", "until": "2023-03-14"}],
        });
        let site = self.editor.get("/api/v1/editorial/site").expect(200);
        let answer = self.editor.patch("/api/v1/editorial/site", &site.etag(), &write);
        self.note(&answer);
    }

    /// Does something. Much of it is refused from where things stand: that is no act, either.
    fn act(&mut self) -> String {
        let kind = *self.chance.one_of(&KINDS);
        let content = KINDS[self.chance.below(4)];
        let directory = KINDS[4 + self.chance.below(4)];
        let what = self.chance.below(20);
        match what {
            0 | 1 => self.make(kind),
            2 | 3 => self.edit(kind),
            4 | 5 => self.edit(directory),
            6..=10 => self.step(content, "publish"),
            11 => self.step(content, "unpublish"),
            12 | 13 => {
                self.step(content, "unpublish");
                self.step(content, "schedule");
            }
            14 => self.attend(),
            15 => self.change_the_site(),
            16..=18 => self.app.clock.advance(i64::try_from(self.chance.below(60)).unwrap()),
            _ => {
                if let Some((path, read)) = self.read(kind) {
                    let answer = self.editor.delete(&path, &read.etag());
                    self.note(&answer);
                }
            }
        }
        format!("{what} {kind} {content}")
    }

    /// Every address there is.
    fn addresses(&self) -> Vec<String> {
        let mut paths: Vec<String> = [
            "articles",
            "articles?limit=2",
            "articles?filter[category]=hoi-nghi-1",
            "articles?filter[tag]=khoa-hoc",
            "articles?locale=*",
            "events",
            "events?filter[when]=upcoming",
            "events?filter[when]=past",
            "speeches",
            "pages",
            "people",
            "people/index",
            "organisations",
            "categories",
            "tags",
            "site",
        ]
        .map(ToOwned::to_owned)
        .to_vec();
        for (collection, ids) in &self.made {
            for id in ids {
                paths.push(format!("{collection}/{id}"));
                match *collection {
                    "people" => {
                        paths.push(format!("people/{id}/appearances"));
                        paths.push(format!("articles?filter[author]={id}"));
                    }
                    "events" => {
                        paths.push(format!("events/{id}/programme"));
                        paths.push(format!("events/{id}/attendees"));
                        paths.push(format!("articles?filter[event]={id}"));
                        paths.push(format!("speeches?filter[event]={id}"));
                    }
                    "articles" => paths.push(format!("articles/{id}?locale=en")),
                    "categories" => paths.push(format!("articles?filter[category]={id}")),
                    _ => {}
                }
            }
        }
        paths.iter().map(|path| format!("/api/v1/{path}")).collect()
    }
}

/// What two answers have in common that say the same: not the date, since that of an answer which is kept
/// may be a second older than that of the same answer made anew, and not the id of the request, which stands
/// in the body of a problem.
fn essence(mut answer: wire::Bare) -> (u16, BTreeMap<String, String>, Vec<u8>) {
    answer.headers.retain(|name, _| !OF_THE_REQUEST.contains(&name.as_str()) && name != "last-modified");
    let body = if answer.status == 200 { answer.body } else { Vec::new() };
    (answer.status, answer.headers, body)
}

fn micros(date: &str) -> Timestamp {
    let date: actix_web::http::header::HttpDate = date.parse().unwrap();
    let since = std::time::SystemTime::from(date).duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap()).unwrap()
}

fn work(app: &TestApp, seed: u64) {
    let mut desk = Desk::of(app, seed);
    let plain = app.another_node();
    let mut dates: BTreeMap<(String, &str), Timestamp> = BTreeMap::new();
    let mut acts = Vec::new();
    for _ in 0..ACTS {
        acts.push(desk.act());
        plain.api.watch.look();
        for path in desk.addresses() {
            let language = *desk.chance.one_of(&["vi", "en"]);
            let ask = |base: &str| wire::ask(base, &path, &[("Accept-Language", language)]);
            let (kept, expected) = (ask(&app.base), ask(&plain.base));
            if let Some(date) = kept.header("last-modified").map(micros) {
                let before = dates.insert((path.clone(), language), date);
                assert!(before.is_none_or(|before| before <= date), "{path} became older, seed {seed}, after {acts:?}");
            }
            assert_eq!(essence(kept), essence(expected), "{path} in {language}, seed {seed}, after {acts:?}");
        }
    }
    assert!(desk.done > ACTS / 2, "only {} acts did anything", desk.done);
}

both! {
    fn what_is_kept_is_what_would_be_answered_whatever_happens(app) {
        let (hits, misses) = added(&app, || work(&app, 0x9e37_79b9_7f4a_7c15));
        assert!(hits > 100 && misses > 100, "both were seen: {hits} hits, {misses} misses");
    }

    fn what_is_scheduled_is_seen_on_time_though_nobody_works(app) {
        let (editor, public) = (app.chief_editor(), app.anonymous());
        let section = content::category(&editor, "Tin");
        let draft = content::article(&editor, &section, "Một tin");
        let listed = || public.get("/api/v1/articles").expect(200).data().as_array().unwrap().len();
        let control = public.get("/api/v1/articles").expect(200).header("cache-control").map(ToOwned::to_owned);
        let path = format!("/api/v1/editorial/articles/{}/actions/schedule", draft.id());
        let window = json!({"at": "2023-03-14T08:01:00+07:00", "until": "2023-03-14T08:02:00+07:00"});
        editor.post_at(&path, &draft.etag(), &window).expect(200);
        assert_eq!(listed(), 0);
        assert_eq!(public.get("/api/v1/articles").expect(200).header("cache-control"), control.as_deref(), "nothing tells of it");
        for (at, expected) in [("08:00:59", 0), ("08:01:00", 1), ("08:01:59", 1), ("08:02:00", 0), ("08:03:00", 0)] {
            app.clock.set(&format!("2023-03-14T{at}+07:00"));
            assert_eq!((listed(), listed()), (expected, expected), "at {at}");
            let read = public.get("/api/v1/articles/mot-tin");
            assert_eq!(read.status == 200, expected == 1, "at {at}: {}", read.status);
        }
    }

    fn a_new_day_changes_what_is_upcoming(app) {
        let (editor, public) = (app.chief_editor(), app.anonymous());
        let write = json!({"title": "Hội nghị", "kind": "conference", "startsOn": "2023-03-15"});
        content::publish(&editor, "events", &editor.post("/api/v1/editorial/events", &write).expect(201));
        let upcoming = || public.get("/api/v1/events?filter[when]=upcoming").expect(200).data().as_array().unwrap().len();
        assert_eq!((upcoming(), upcoming()), (1, 1));
        app.clock.set("2023-03-14T23:59:59+07:00");
        assert_eq!(upcoming(), 1);
        app.clock.set("2023-03-15T00:00:00+07:00");
        assert_eq!(upcoming(), 0);
    }

    fn a_new_name_is_shown_wherever_the_old_one_was(app) {
        let (editor, public) = (app.chief_editor(), app.anonymous());
        let section = content::category(&editor, "Tin");
        let person = content::made(&editor, "people", &json!({"displayName": "Tên cũ"}));
        let write = json!({"title": "Một tin", "categoryId": section, "authorIds": [person.id()], "body": {"format": "text", "value": "Tin"}});
        content::publish(&editor, "articles", &content::made(&editor, "articles", &write));
        let author = || public.get("/api/v1/articles/mot-tin").expect(200).data()["authors"][0]["name"].clone();
        assert_eq!((author(), author()), (json!("Tên cũ"), json!("Tên cũ")));
        let path = format!("/api/v1/editorial/people/{}", person.id());
        editor.patch(&path, &person.etag(), &json!({"displayName": "Tên mới"})).expect(200);
        assert_eq!(author(), "Tên mới");
    }

    fn what_comes_back_into_sight_is_shown_again_where_it_was(app) {
        let (editor, public) = (app.chief_editor(), app.anonymous());
        let section = content::category(&editor, "Tin");
        let event = content::publish(&editor, "events", &content::event(&editor, "Hội nghị"));
        let write = json!({"title": "Một tin", "categoryId": section, "eventIds": [event.id()], "body": {"format": "text", "value": "Tin"}});
        content::publish(&editor, "articles", &content::made(&editor, "articles", &write));
        let reported = || public.get("/api/v1/articles/mot-tin").expect(200).data()["events"].as_array().unwrap().len();
        assert_eq!((reported(), reported()), (1, 1));
        let path = format!("/api/v1/editorial/events/{}/actions/unpublish", event.id());
        let withdrawn = editor.post_at(&path, &event.etag(), &json!({})).expect(200);
        assert_eq!((reported(), reported()), (0, 0));
        content::publish(&editor, "events", &withdrawn);
        assert_eq!(reported(), 1);
    }

    fn what_is_not_touched_is_kept(app) {
        let (editor, public) = (app.chief_editor(), app.anonymous());
        let section = content::category(&editor, "Tin");
        let one = content::publish(&editor, "articles", &content::article(&editor, &section, "Một tin"));
        let other = content::publish(&editor, "articles", &content::article(&editor, &section, "Hai tin"));
        let read = |article: &Answer| public.get(&format!("/api/v1/articles/{}", article.id())).expect(200);
        for article in [&one, &other] {
            read(article);
        }
        let path = format!("/api/v1/editorial/articles/{}", one.id());
        let edited = editor.patch(&path, &one.etag(), &json!({"byline": "P.K"})).expect(200);
        assert_eq!(added(&app, || (read(&one), read(&other))), (2, 0), "an edit shows to nobody");
        content::publish(&editor, "articles", &edited);
        assert_eq!(added(&app, || read(&other)), (1, 0));
        assert_eq!(added(&app, || read(&one)), (0, 1));
    }
}
