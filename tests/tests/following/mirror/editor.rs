//! Editors who do something at random: what cannot be done from where things stand is refused, and that is fine.

use std::{collections::BTreeMap, sync::Mutex};

use bantin_domain::policy::Role;
use bantin_domain::time::Clock;
use bantin_tests::{Answer, Client, TestApp, content};
use serde_json::{Value, json};

/// Numbers that look random and are the same in every run.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// A number below another.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(end).unwrap()).unwrap()
    }
}

/// What there is, by collection: everybody works on everything.
pub struct Known(Mutex<BTreeMap<&'static str, Vec<String>>>);

impl Known {
    /// The directory, and something of each kind of content.
    pub fn begin(client: &Client) -> Self {
        let known = Self(Mutex::default());
        for n in 0..4 {
            known.note("categories", content::category(client, &format!("Mục {n}")));
            known.note("media", content::picture(client, &format!("Ảnh {n}"), "Chú thích").id());
            let organisation = json!({"name": format!("Đơn vị {n}"), "listed": n == 0});
            known.note("organisations", content::made(client, "organisations", &organisation).id());
        }
        for n in 0..6 {
            let person = json!({
                "displayName": format!("Người {n}"), "listed": n == 0, "photoId": known.one("media", n),
                "positions": [{"position": "Giám đốc", "organisationId": known.one("organisations", n)}],
            });
            known.note("people", content::made(client, "people", &person).id());
            known.note("tags", content::made(client, "tags", &json!({"name": format!("Thẻ {n}")})).id());
        }
        for n in 0..3 {
            let event = content::event(client, &format!("Hội nghị {n}"));
            known.note("events", content::publish(client, "events", &event).id());
        }
        known
    }

    fn note(&self, collection: &'static str, id: String) {
        self.0.lock().unwrap().entry(collection).or_default().push(id);
    }

    fn one(&self, collection: &str, n: usize) -> Option<String> {
        let known = self.0.lock().unwrap();
        let ids = known.get(collection)?;
        ids.get(n % ids.len()).cloned()
    }
}

const CONTENT: [&str; 4] = ["articles", "events", "speeches", "pages"];
const DIRECTORY: [&str; 5] = ["categories", "people", "organisations", "tags", "media"];

/// Somebody of the desk.
pub struct Editor<'a> {
    app: &'a TestApp,
    known: &'a Known,
    base: String,
    email: String,
    client: Client,
    dice: Dice,
    number: usize,
    done: usize,
    /// How many of the writes took effect.
    pub accepted: usize,
}

impl<'a> Editor<'a> {
    pub fn new(app: &'a TestApp, base: &str, number: usize, known: &'a Known) -> Self {
        let email = format!("bien-tap-{number}@so.example");
        let client = app.user(Role::Admin, &email);
        let client = Client::new(base, client.token().map(ToOwned::to_owned));
        let dice = Dice::new(100 + u64::try_from(number).unwrap());
        Self { app, known, base: base.to_owned(), email, client, dice, number, done: 0, accepted: 0 }
    }

    /// Does something.
    pub fn act(&mut self) {
        self.done += 1;
        match self.dice.below(30) {
            0..=3 => self.make(),
            4..=8 => self.edit_and_publish(),
            9..=12 => self.step("publish", json!({})),
            13..=15 => self.plan(),
            16 => self.end(),
            17..=18 => self.step("unpublish", json!({})),
            19 => {
                let action = if self.chance() { "archive" } else { "restore" };
                self.step(action, json!({}));
            }
            20 => self.trash(),
            21 => self.translate(),
            22..=24 => self.change_directory(),
            25 => self.attend(),
            26 => self.order_programme(),
            27 => self.change_site(),
            28 => self.change_directory(),
            // Now and then a day goes by.
            _ if self.dice.below(6) == 0 => self.app.clock.advance(24 * 60 * 60),
            _ => self.app.clock.advance(i64::try_from(1 + self.dice.below(50)).unwrap()),
        }
    }

    /// Sends something; whose token has run out logs in again. A conflict with another editor is no fault.
    fn send(&mut self, ask: impl Fn(&Client) -> Answer) -> Answer {
        let mut answer = ask(&self.client);
        // Another editor may let a day go by while this one logs in.
        for _ in 0..10 {
            if answer.status != 401 {
                break;
            }
            let client = self.app.log_in(&self.email);
            self.client = Client::new(&self.base, client.token().map(ToOwned::to_owned));
            answer = ask(&self.client);
        }
        let is_fine = matches!(answer.status, 200 | 201 | 204 | 404 | 409 | 412 | 422);
        assert!(is_fine, "{}: {}", answer.request, String::from_utf8_lossy(&answer.bytes));
        self.accepted += usize::from(answer.status < 300 && !answer.request.starts_with("GET"));
        answer
    }

    fn any(&mut self, collection: &str) -> Option<String> {
        let n = self.dice.below(1_000_003);
        self.known.one(collection, n)
    }

    fn content(&mut self) -> (&'static str, Option<String>) {
        // Articles most of all.
        let collection = CONTENT.get(self.dice.below(7)).copied().unwrap_or("articles");
        (collection, self.any(collection))
    }

    fn chance(&mut self) -> bool {
        self.dice.below(2) == 0
    }

    /// A few of a collection.
    fn some(&mut self, collection: &str) -> Vec<String> {
        let many = self.dice.below(3);
        let mut some: Vec<String> = (0..many).filter_map(|_| self.any(collection)).collect();
        some.sort();
        some.dedup();
        some
    }

    fn body(&mut self) -> Value {
        match self.any("media").filter(|_| self.dice.below(3) == 0) {
            Some(media) => json!({"format": "blocks", "value": [
                {"type": "paragraph", "text": format!("Nội dung {}.", self.done)},
                {"type": "image", "mediaId": media, "alt": "Ảnh"},
            ]}),
            None => json!({"format": "text", "value": format!("Nội dung {}.", self.done)}),
        }
    }

    /// What an article or an event refers to.
    fn written(&mut self, collection: &str) -> Value {
        let mut write = json!({"body": self.body(), "summary": format!("Tóm tắt {}", self.done)});
        match collection {
            "articles" => {
                write["authorIds"] = json!(self.some("people"));
                write["eventIds"] = json!(self.some("events"));
                write["coverId"] = json!(self.any("media").filter(|_| self.chance()));
                let tag = format!("Thẻ {}", self.dice.below(6));
                write["tags"] = json!([tag]);
                write["categoryId"] = json!(self.any("categories"));
            }
            "events" => {
                let organisers: Vec<Value> =
                    self.some("organisations").into_iter().map(|id| json!({"organisationId": id})).collect();
                write["organisers"] = json!(organisers);
            }
            "speeches" => {
                write["speaker"] = match self.any("people").filter(|_| self.chance()) {
                    Some(person) => json!({"personId": person, "position": "Giám đốc"}),
                    None => json!({"name": "Một đại biểu", "organisationId": self.any("organisations")}),
                };
            }
            _ => write["parentId"] = json!(self.any("pages").filter(|_| self.chance())),
        }
        write
    }

    fn make(&mut self) {
        let (collection, _) = self.content();
        let mut write = self.written(collection);
        write["title"] = json!(format!("Bài {} của {}", self.done, self.number));
        match collection {
            "events" => {
                write["kind"] = json!("conference");
                write["startsOn"] = json!("2023-02-28");
            }
            "speeches" => {
                write["kind"] = json!("report");
                write["eventId"] = json!(self.any("events"));
                write["order"] = json!(1 + self.dice.below(4));
            }
            _ => {}
        }
        let path = format!("/api/v1/editorial/{collection}");
        let made = self.send(|client| client.post(&path, &write));
        if made.status == 201 {
            self.known.note(collection, made.id());
            if self.dice.below(4) > 0 {
                let path = format!("{path}/{}/actions/publish", made.id());
                self.send(|client| client.post_at(&path, &made.etag(), &json!({})));
            }
        }
    }

    /// Reads something of the desk and does something to it as it was read.
    fn with(&mut self, collection: &str, id: &str, then: impl Fn(&Client, &str, &Answer) -> Answer) -> Option<Answer> {
        let path = format!("/api/v1/editorial/{collection}/{id}");
        let read = self.send(|client| client.get(&path));
        (read.status == 200).then(|| self.send(|client| then(client, &path, &read)))
    }

    fn edit_and_publish(&mut self) {
        let (collection, Some(id)) = self.content() else { return };
        let mut write = self.written(collection);
        if self.chance() {
            write["title"] = json!(format!("Sửa {} của {}", self.done, self.number));
        }
        if self.chance() {
            write["slug"] = json!(format!("dia-chi-{}-{}", self.number, self.done));
        }
        let edited = self.with(collection, &id, |client, path, read| client.patch(path, &read.etag(), &write));
        if edited.is_some_and(|edited| edited.status == 200) && self.dice.below(4) > 0 {
            let with = if collection == "events" { json!({"with": ["speeches"]}) } else { json!({}) };
            self.with(collection, &id, |client, path, read| {
                client.post_at(&format!("{path}/actions/publish"), &read.etag(), &with)
            });
        }
    }

    fn step(&mut self, action: &str, say: Value) {
        let (collection, Some(id)) = self.content() else { return };
        self.with(collection, &id, |client, path, read| {
            client.post_at(&format!("{path}/actions/{action}"), &read.etag(), &say)
        });
    }

    fn later(&mut self, seconds: usize) -> String {
        let from_now = i64::try_from(1 + self.dice.below(seconds)).unwrap();
        self.app.clock.now().plus_seconds(from_now).to_utc_text()
    }

    fn plan(&mut self) {
        let mut say = json!({"at": self.later(60)});
        if self.chance() {
            say["until"] = json!(
                self.app.clock.now().plus_seconds(61 + i64::try_from(self.dice.below(60)).unwrap()).to_utc_text()
            );
        }
        self.step("schedule", say);
    }

    fn end(&mut self) {
        let until = self.later(60);
        self.step("schedule", json!({"until": until}));
    }

    fn trash(&mut self) {
        let (collection, Some(id)) = self.content() else { return };
        self.with(collection, &id, |client, path, read| client.delete(path, &read.etag()));
    }

    fn translate(&mut self) {
        let collection = ["articles", "pages"][self.dice.below(2)];
        let Some(id) = self.any(collection) else { return };
        let mut write = json!({"title": format!("News {} of {}", self.done, self.number), "locale": "en", "translationOf": id, "body": self.body()});
        if collection == "articles" {
            write["categoryId"] = json!(self.any("categories"));
        }
        let path = format!("/api/v1/editorial/{collection}");
        let made = self.send(|client| client.post(&path, &write));
        if made.status == 201 {
            self.known.note(collection, made.id());
            let path = format!("{path}/{}/actions/publish", made.id());
            self.send(|client| client.post_at(&path, &made.etag(), &json!({})));
        }
    }

    fn change_directory(&mut self) {
        let collection = DIRECTORY[self.dice.below(DIRECTORY.len())];
        let Some(id) = self.any(collection) else { return };
        let (name, slug) = (format!("Tên {} {}", self.number, self.done), format!("ten-{}-{}", self.number, self.done));
        let say = match (collection, self.dice.below(3)) {
            ("media", _) => json!({"caption": name}),
            ("people", 0) => json!({"displayName": name}),
            ("people", 1) => json!({"listed": self.chance(), "photoId": self.any("media")}),
            ("people", _) => {
                json!({"slug": slug, "positions": [{"position": "Phó", "organisationId": self.any("organisations")}]})
            }
            ("organisations", 0) => json!({"listed": self.chance()}),
            ("organisations" | "categories", 1) => json!({"parentId": self.any(collection).filter(|_| self.chance())}),
            (_, 2) => json!({"slug": slug}),
            _ => json!({"name": name}),
        };
        self.with(collection, &id, |client, path, read| client.patch(path, &read.etag(), &say));
    }

    fn attend(&mut self) {
        let Some(event) = self.any("events") else { return };
        let guest = json!({
            "kind": "person", "role": "delegate", "visibility": "public", "name": format!("Khách {}", self.done),
            "personId": self.any("people"), "organisationId": self.any("organisations"),
        });
        self.send(|client| client.post(&format!("/api/v1/editorial/events/{event}/attendees"), &guest));
    }

    fn order_programme(&mut self) {
        let Some(event) = self.any("events") else { return };
        let list =
            self.send(|client| client.get(&format!("/api/v1/editorial/speeches?filter[event]={event}&limit=100")));
        let Some(speeches) = list.data().as_array().filter(|_| list.status == 200) else { return };
        let mut ids: Vec<Value> = speeches.iter().map(|speech| speech["id"].clone()).collect();
        ids.reverse();
        self.with("events", &event, |client, path, read| {
            client.put(&format!("{path}/programme"), &read.etag(), &json!({"speechIds": ids}))
        });
    }

    fn change_site(&mut self) {
        let (collection, target) = self.content();
        let kind = ["article", "event", "speech", "page"][CONTENT.iter().position(|one| *one == collection).unwrap()];
        let person = self.any("people").filter(|_| self.chance());
        let mut main: Vec<Value> = target
            .map(|id| json!({"label": "Nội dung", "target": {"type": kind, "id": id}, "children": []}))
            .into_iter()
            .collect();
        let person = person.map(|id| json!({"label": "Người", "target": {"type": "person", "id": id}, "children": []}));
        match main.first_mut().filter(|_| self.chance()) {
            Some(above) => above["children"] = json!(Vec::from_iter(person)),
            None => main.extend(person),
        }
        let name = json!({"vi": format!("Trang {}", self.done), "en": format!("Page {}", self.done)});
        let say = json!({"name": name, "menus": {"main": main}, "banners": self.banners()});
        let read = self.send(|client| client.get("/api/v1/editorial/site"));
        self.send(|client| client.patch("/api/v1/editorial/site", &read.etag(), &say));
    }

    /// Two banners that begin and end about these days.
    fn banners(&mut self) -> Value {
        let mut day = |first: usize, days: usize| format!("2023-03-{}", first + self.dice.below(days));
        let spans = [(day(10, 6), day(16, 4)), (day(12, 6), day(18, 4))];
        let banner = |(from, until)| json!({"text": format!("Từ {from} đến {until}"), "from": from, "until": until});
        spans.map(banner).into_iter().collect()
    }
}
