//! What both worlds are told, and what only one is told between the acts.

use bantin_tests::{Answer, content};
use serde_json::{Value, json};

use crate::twins::world::{SECRET_PHONE, World, secret};

/// Secrets that something public refers to, in the world that has them.
#[derive(Default)]
pub struct Secrets {
    person: String,
    organisation: String,
    picture: String,
    event: String,
    page: String,
    user: String,
}

/// What both worlds show.
pub struct Shown {
    section: String,
    other_section: String,
    article: String,
    untranslated: String,
    event: String,
    speech: String,
    page: String,
    person: String,
    withdrawn: String,
    expired: String,
    withdrawn_event: String,
    withdrawn_page: String,
}

impl World {
    /// Tells the whole story.
    pub fn tell(&mut self) {
        let sections = ["Tin", "Tin hoạt động"].map(|name| self.made("categories", &json!({"name": name})).id());
        for tag in ["cá tra", "lúa", "rút"] {
            self.made("tags", &json!({"name": tag}));
        }
        let secrets = self.secretly(|world| world.hide_beforehand(&sections[0]));
        self.pass(60);
        let shown = self.show(sections, &secrets);
        self.secretly(|world| world.hide_behind(&shown, &secrets));
        // What was scheduled comes into sight and goes out of it, and the tokens of the links end.
        self.pass(3_600);
        self.withdraw(&shown);
        self.secretly(|world| world.work_on(&shown));
        self.pass(86_400);
        self.pass(60);
    }

    /// Does something only where there are secrets.
    fn secretly<T: Default>(&mut self, act: impl FnOnce(&mut Self) -> T) -> T {
        if !self.has_secrets {
            return T::default();
        }
        self.in_secret = true;
        let done = act(self);
        self.in_secret = false;
        done
    }

    /// What lies on the desk before anything is public.
    fn hide_beforehand(&mut self, section: &str) -> Secrets {
        let user =
            json!({"email": format!("{}@mat.example", secret("email")), "name": secret("user"), "role": "author"});
        let user = self.hidden("users", &user).id();
        let role = json!({"name": secret("role"), "title": secret("title"), "permissions": []});
        self.hidden("roles", &role);
        let organisation = json!({"name": secret("organisation"), "shortName": secret("short"), "url": format!("https://{}.example/", secret("url"))});
        let organisation = self.hidden("organisations", &organisation).id();
        let picture = content::picture(&self.admin, &secret("alt"), &secret("caption"));
        self.note("media", &picture);
        let person = json!({
            "displayName": secret("person"), "familyName": secret("family"), "givenName": secret("given"),
            "aliases": [secret("alias")], "biography": secret("biography"), "academicTitle": secret("academic"),
            "photoId": picture.id(), "positions": [{"position": secret("post"), "organisationId": organisation}],
        });
        let person = self.hidden("people", &person).id();
        self.hidden("tags", &json!({"name": secret("tag")}));
        let event = json!({
            "title": secret("event"), "summary": secret("eventsummary"), "kind": "conference", "startsOn": "2023-02-27",
            "venue": {"name": secret("venue"), "address": secret("address")}, "onlineUrl": format!("https://{}.example/", secret("online")),
            "organisers": [{"organisationId": organisation}], "categoryId": section, "coverId": picture.id(), "body": text("eventbody"),
        });
        let event = self.hidden("events", &event).id();
        self.hidden("speeches", &speech(&event, "speech", &person, &organisation));
        self.attend(&event, &guest("attendee", "public", &person, &organisation));
        let page = self.hidden("pages", &json!({"title": secret("page"), "body": text("pagebody")})).id();
        let secrets = Secrets { person, organisation, picture: picture.id(), event, page, user };
        for (title, steps) in [
            ("draft", &[] as &[(&str, Value)]),
            ("review", &[("submit", json!({}))]),
            ("approved", &[("submit", json!({})), ("approve", json!({}))]),
            ("refused", &[("submit", json!({})), ("request-changes", json!({"reason": secret("reason")}))]),
            (
                "scheduled",
                &[("schedule", json!({"at": "2031-01-01T00:00:00+07:00", "until": "2032-01-01T00:00:00+07:00"}))],
            ),
            ("archived", &[("archive", json!({}))]),
            ("restored", &[("archive", json!({})), ("restore", json!({}))]),
        ] {
            let mut article = article(title, section, &secrets);
            // What is planned may show nothing that is not.
            if title == "scheduled" {
                article["eventIds"] = json!([]);
            }
            let article = self.hidden("articles", &article);
            for (step, action) in steps {
                self.step("articles", &article.id(), step, action);
            }
        }
        self.trash("articles", &article("trashed", section, &secrets));
        self.trash("pages", &json!({"title": secret("trashedpage"), "body": text("trashedpagebody")}));
        self.trash("events", &json!({"title": secret("trashedevent"), "kind": "other", "startsOn": "2023-02-27"}));
        let coming = json!({"title": secret("scheduledevent"), "kind": "seminar", "startsOn": "2023-03-01"});
        let coming = self.hidden("events", &coming).id();
        self.hidden("speeches", &speech(&coming, "scheduledspeech", &secrets.person, &secrets.organisation));
        self.step("events", &coming, "schedule", &json!({"at": "2031-01-01T00:00:00+07:00", "with": ["speeches"]}));
        secrets
    }

    /// What everybody may read.
    fn show(&mut self, [section, other_section]: [String; 2], secrets: &Secrets) -> Shown {
        let organisation = self.made("organisations", &json!({"name": "Sở Khoa học và Công nghệ"})).id();
        let mut below = json!({"name": "Trung tâm Ứng dụng", "listed": true});
        let mut person = json!({
            "displayName": "Tầng Phú An", "familyName": "Tầng", "middleName": "Phú", "givenName": "An",
            "positions": [{"position": "Giám đốc", "organisation": "Một đơn vị"}],
        });
        if self.has_secrets {
            below["parentId"] = json!(secrets.organisation);
            person["positions"][0]["organisationId"] = json!(secrets.organisation);
        }
        self.made("organisations", &below);
        let person = self.made("people", &person).id();
        self.made("people", &json!({"displayName": "Lê Văn Tám", "listed": true, "biography": "Kỹ sư."}));
        self.align();
        let picture = content::picture(&self.admin, "Hội trường", "Quang cảnh");
        self.note("media", &picture);
        let picture = picture.id();

        let conference = json!({
            "title": "Hội nghị tổng kết", "kind": "conference", "status": "held", "startsOn": "2023-02-28", "summary": "Nhìn lại một năm.",
            "organisers": [{"organisationId": organisation}], "categoryId": section, "coverId": picture, "body": plain("Chương trình."),
        });
        let event = self.made("events", &conference).id();
        let mut speeches = Vec::new();
        for (n, title) in ["Khai mạc", "Báo cáo"].into_iter().enumerate() {
            if self.has_secrets {
                let mut first = speech(&event, &format!("speech{n}"), &secrets.person, &secrets.organisation);
                first["order"] = json!(1);
                self.hidden("speeches", &first);
                self.attend(&event, &guest(&format!("guest{n}"), "private", &secrets.person, &secrets.organisation));
            }
            let speaker = json!({"personId": person, "name": "Tầng Phú An", "position": "Giám đốc"});
            let write = json!({"eventId": event, "kind": "report", "title": title, "speaker": speaker, "body": plain("Thưa các đồng chí.")});
            speeches.push(self.made("speeches", &write).id());
            let mut delegate =
                json!({"kind": "person", "role": "delegate", "name": format!("Đại biểu {n}"), "visibility": "public"});
            if self.has_secrets {
                delegate["personId"] = json!(secrets.person);
                delegate["organisationId"] = json!(secrets.organisation);
                delegate["email"] = json!(format!("{}@mat.example", secret("delegate")));
                delegate["phone"] = json!(SECRET_PHONE);
                delegate["notes"] = json!(secret("notes"));
            }
            self.align();
            self.attend(&event, &delegate);
        }
        self.publish("events", &event, &json!({}));
        for speech in &speeches {
            self.publish("speeches", speech, &json!({}));
        }
        let speech = speeches[0].clone();
        self.shown(
            "events",
            &json!({"title": "Ngày hội", "kind": "exhibition", "startsOn": "2023-05-18", "categoryId": other_section}),
        );
        self.shown(
            "events",
            &json!({"title": "Dài ngày", "kind": "seminar", "startsOn": "2023-03-10", "endsOn": "2023-03-20"}),
        );
        let withdrawn_event =
            self.shown("events", &json!({"title": "Sẽ rút", "kind": "other", "startsOn": "2023-03-01"})).id();

        let report = json!({
            "title": "An Giang tổng kết năm", "summary": "Tóm tắt.", "categoryId": section, "byline": "P.K", "tags": ["cá tra", "lúa"],
            "authorIds": [person], "eventIds": [withdrawn_event, event], "coverId": picture, "body": plain("Bài viết về khoa học."),
            "citations": [{"number": "71/2019/QĐ-UBND", "title": "Quyết định"}], "featuredUntil": "2030-01-01T00:00:00+07:00",
        });
        let article = self.shown("articles", &report).id();
        let english = json!({"title": "An Giang reviews the year", "locale": "en", "translationOf": article, "categoryId": section, "body": plain("News.")});
        self.shown("articles", &english);
        let mut untranslated = String::new();
        for n in 1..=5 {
            let written = format!("202{n}-01-01T00:30:00+07:00");
            let article = json!({"title": format!("Tin số {n}"), "categoryId": other_section, "publishedAt": written, "tags": ["lúa"], "body": plain("Một tin ngắn.")});
            let article = if n < 4 {
                article
            } else {
                json!({"title": article["title"], "categoryId": section, "body": article["body"]})
            };
            untranslated = self.shown("articles", &article).id();
        }
        let renamed =
            self.shown("articles", &json!({"title": "Tên cũ", "categoryId": section, "body": plain("Đổi tên.")})).id();
        self.edit("articles", &renamed, &json!({"slug": "ten-moi"}));
        self.publish("articles", &renamed, &json!({"correction": "Tên đã đổi."}));
        let withdrawn = self
            .shown(
                "articles",
                &json!({"title": "Sẽ rút lại", "categoryId": section, "tags": ["rút"], "body": plain("Rút.")}),
            )
            .id();
        let expired =
            self.made("articles", &json!({"title": "Sẽ hết hạn", "categoryId": section, "body": plain("Hạn.")})).id();
        let soon = json!({"at": "2023-03-14T08:20:00+07:00", "until": "2023-03-14T08:40:00+07:00"});
        self.step("articles", &expired, "schedule", &soon);
        let coming =
            self.made("articles", &json!({"title": "Sẽ hiện", "categoryId": section, "body": plain("Hiện.")})).id();
        self.step("articles", &coming, "schedule", &json!({"at": "2023-03-14T08:30:00+07:00"}));
        let withdrawn_page = self.shown("pages", &json!({"title": "Sẽ rút trang", "body": plain("Rút.")})).id();
        let page = self
            .shown("pages", &json!({"title": "Giới thiệu", "parentId": withdrawn_page, "body": plain("Về Sở.")}))
            .id();
        self.shown("pages", &json!({"title": "Lịch sử", "parentId": page, "body": plain("Từ năm 1977.")}));

        let to = |label: &str, kind: &str, id: &str| json!({"label": label, "target": {"type": kind, "id": id}});
        let mut site = json!({
            "banners": [{"text": "Mừng Xuân"}], "menus": {"main": [to("Tin", "category", &section), to("Giới thiệu", "page", &page)]},
            "webUrl": "https://so.example", "urlPatterns": {"article": "/{locale}/{category}/{slug}"},
        });
        if self.has_secrets {
            site["banners"] = json!([{"text": secret("banner"), "from": "2031-01-01"}, {"text": "Mừng Xuân"}]);
            site["menus"]["main"] =
                json!([to(&secret("menu"), "page", &secrets.page), site["menus"]["main"][0], site["menus"]["main"][1]]);
            site["previewUrl"] = json!(format!("https://{}.example/?token={{token}}", secret("preview")));
        }
        self.align();
        let version = self.admin.get("/api/v1/editorial/site").expect(200).etag();
        self.admin.patch("/api/v1/editorial/site", &version, &site).expect(200);
        self.app.clock.advance(3);
        Shown {
            section,
            other_section,
            article,
            untranslated,
            event,
            speech,
            page,
            person,
            withdrawn,
            expired,
            withdrawn_event,
            withdrawn_page,
        }
    }

    /// The next version of everything that is public, and what the desk says about it.
    fn hide_behind(&mut self, shown: &Shown, secrets: &Secrets) {
        let mut next = article("next", &shown.other_section, secrets);
        next["slug"] = json!(secret("nextslug"));
        self.edit("articles", &shown.article, &next);
        self.step("articles", &shown.article, "assign", &json!({"assigneeId": secrets.user}));
        self.step("articles", &shown.article, "submit", &json!({}));
        for (what, body) in
            [("comments", json!({"text": secret("comment")})), ("preview-links", json!({"maxViews": 3}))]
        {
            self.admin.post(&format!("/api/v1/editorial/articles/{}/{what}", shown.article), &body).expect(201);
        }
        let mut english = article("translation", &shown.section, secrets);
        english["locale"] = json!("en");
        english["translationOf"] = json!(shown.untranslated);
        self.hidden("articles", &english);
        let event = json!({
            "title": secret("nextevent"), "slug": secret("nexteventslug"), "startsOn": "2023-02-26", "status": "cancelled", "kind": "meeting",
            "organisers": [{"organisationId": secrets.organisation}], "categoryId": shown.other_section, "coverId": secrets.picture,
        });
        self.edit("events", &shown.event, &event);
        self.hidden("speeches", &speech(&shown.event, "latespeech", &secrets.person, &secrets.organisation));
        self.attend(&shown.event, &guest("late", "public", &secrets.person, &secrets.organisation));
        let next = json!({"title": secret("nextspeech"), "speaker": {"personId": secrets.person, "name": secret("nextspeaker")}});
        self.edit("speeches", &shown.speech, &next);
        self.edit(
            "pages",
            &shown.page,
            &json!({"title": secret("nextpage"), "slug": secret("nextpageslug"), "coverId": secrets.picture}),
        );
        self.hidden("pages", &json!({"title": secret("child"), "parentId": shown.page, "body": text("childbody")}));
        let more = json!({"displayName": secret("another"), "positions": [{"position": secret("anotherpost"), "organisation": "Một đơn vị"}]});
        self.hidden("people", &more);
        let of = json!({"title": secret("about"), "categoryId": shown.section, "authorIds": [shown.person], "eventIds": [shown.event], "tags": ["lúa"], "body": text("aboutbody")});
        self.hidden("articles", &of);
    }

    /// Takes back what was public.
    fn withdraw(&mut self, shown: &Shown) {
        self.step("articles", &shown.withdrawn, "unpublish", &json!({}));
        self.step("events", &shown.withdrawn_event, "unpublish", &json!({}));
        self.step("pages", &shown.withdrawn_page, "unpublish", &json!({}));
        self.app.clock.advance(3);
    }

    /// What becomes of it at the desk afterwards.
    fn work_on(&mut self, shown: &Shown) {
        self.edit(
            "articles",
            &shown.withdrawn,
            &json!({"title": secret("afterwards"), "slug": secret("afterwardsslug"), "body": text("afterwardsbody")}),
        );
        self.step("articles", &shown.withdrawn, "archive", &json!({}));
        self.edit("articles", &shown.expired, &json!({"title": secret("again"), "tags": [secret("againtag")]}));
        self.step("articles", &shown.expired, "schedule", &json!({"at": "2031-01-01T00:00:00+07:00"}));
        self.edit("events", &shown.withdrawn_event, &json!({"title": secret("back"), "slug": secret("backslug")}));
        self.step("events", &shown.withdrawn_event, "schedule", &json!({"at": "2031-01-01T00:00:00+07:00"}));
        self.bin("pages", &shown.withdrawn_page);
    }

    fn hidden(&mut self, collection: &'static str, write: &Value) -> Answer {
        let was_in_secret = std::mem::replace(&mut self.in_secret, true);
        let made = content::made(&self.admin, collection, write);
        self.note(collection, &made);
        self.in_secret = was_in_secret;
        made
    }

    fn trash(&mut self, collection: &'static str, write: &Value) {
        let made = self.hidden(collection, write);
        self.bin(collection, &made.id());
    }

    fn bin(&self, collection: &str, id: &str) {
        let path = format!("/api/v1/editorial/{collection}/{id}");
        let version = self.admin.get(&path).expect(200).etag();
        self.admin.delete(&path, &version).expect(204);
    }

    fn attend(&self, event: &str, guest: &Value) {
        content::made(&self.admin, &format!("events/{event}/attendees"), guest);
    }
}

fn plain(text: &str) -> Value {
    json!({"format": "text", "value": text})
}

fn text(place: &str) -> Value {
    plain(&format!("{} khoa học", secret(place)))
}

fn article(title: &str, section: &str, secrets: &Secrets) -> Value {
    json!({
        "title": secret(title), "summary": secret(&format!("{title}summary")), "byline": secret(&format!("{title}byline")), "categoryId": section,
        "tags": [secret(&format!("{title}tag")), "lúa"], "authorIds": [secrets.person], "eventIds": [secrets.event], "coverId": secrets.picture,
        "body": text(&format!("{title}body")), "citations": [{"number": secret(&format!("{title}number")), "title": secret(&format!("{title}citation"))}],
        "publishedAt": "2022-06-01T08:00:00+07:00", "featuredUntil": "2030-01-01T00:00:00+07:00",
    })
}

fn speech(event: &str, title: &str, person: &str, organisation: &str) -> Value {
    let speaker = json!({"personId": person, "name": secret(&format!("{title}speaker")), "position": secret(&format!("{title}position")), "organisationId": organisation});
    json!({"eventId": event, "kind": "opening", "title": secret(title), "summary": secret(&format!("{title}summary")), "speaker": speaker, "body": text(&format!("{title}body"))})
}

fn guest(name: &str, visibility: &str, person: &str, organisation: &str) -> Value {
    json!({
        "kind": "person", "role": "guest", "name": secret(name), "position": secret(&format!("{name}position")), "organisation": secret(&format!("{name}unit")),
        "personId": person, "organisationId": organisation, "visibility": visibility, "email": format!("{}@mat.example", secret(&format!("{name}email"))),
        "phone": SECRET_PHONE, "notes": secret(&format!("{name}notes")),
    })
}
