//! Every operation that writes, with a call of it that succeeds and the entries that it must leave.

use bantin_tests::{Answer, app::PASSWORD, content};
use serde_json::{Value, json};

use super::{World, at};

/// An operation, a call of it that succeeds, and the entries that it leaves.
pub type Case = (&'static str, fn(&World) -> Answer, &'static [&'static str]);

pub const CONTENT: &[Case] = &[
    (
        "POST /articles",
        |w| {
            w.now();
            w.article()
        },
        &["article.create"],
    ),
    ("PATCH /articles/{id}", |w| w.edited("articles", &w.article(), &json!({"byline": "P.K"})), &["article.edit"]),
    ("DELETE /articles/{id}", |w| w.deleted("articles", &w.article()), &["article.trash"]),
    ("POST /articles/{id}/actions/{action}", |w| w.submitted("articles", &w.article()), &["article.submit"]),
    (
        "POST /events",
        |w| {
            w.now();
            w.event()
        },
        &["event.create"],
    ),
    ("PATCH /events/{id}", |w| w.edited("events", &w.event(), &json!({"title": "Khác"})), &["event.edit"]),
    ("DELETE /events/{id}", |w| w.deleted("events", &w.event()), &["event.trash"]),
    ("POST /events/{id}/actions/{action}", |w| w.submitted("events", &w.event()), &["event.submit"]),
    (
        "PUT /events/{id}/programme",
        |w| {
            let event = w.event();
            let speech = |title| {
                content::made(&w.admin, "speeches", &json!({"eventId": event.id(), "kind": "report", "title": title}))
                    .id()
            };
            let ids = [speech(w.name("Một")), speech(w.name("Hai"))];
            let now = w.admin.get(&at("events", &event)).expect(200);
            let order: Vec<Value> = ids.iter().rev().map(|id| json!(id)).collect();
            w.now().put(&format!("{}/programme", at("events", &event)), &now.etag(), &json!({"speechIds": order}))
        },
        &["event.setProgramme"],
    ),
    (
        "POST /speeches",
        |w| {
            let event = w.event();
            w.now().post(
                "/api/v1/editorial/speeches",
                &json!({"eventId": event.id(), "kind": "report", "title": "Báo cáo"}),
            )
        },
        &["speech.create"],
    ),
    ("PATCH /speeches/{id}", |w| w.edited("speeches", &w.speech(), &json!({"title": "Khác"})), &["speech.edit"]),
    ("DELETE /speeches/{id}", |w| w.deleted("speeches", &w.speech()), &["speech.trash"]),
    ("POST /speeches/{id}/actions/{action}", |w| w.submitted("speeches", &w.speech()), &["speech.submit"]),
    (
        "POST /pages",
        |w| {
            w.now();
            w.page()
        },
        &["page.create"],
    ),
    ("PATCH /pages/{id}", |w| w.edited("pages", &w.page(), &json!({"title": "Khác"})), &["page.edit"]),
    ("DELETE /pages/{id}", |w| w.deleted("pages", &w.page()), &["page.trash"]),
    ("POST /pages/{id}/actions/{action}", |w| w.submitted("pages", &w.page()), &["page.submit"]),
    (
        "PATCH /{collection}/{id}/revisions/{n}",
        |w| {
            let path = format!("{}/revisions/1", at("articles", &w.article()));
            w.now().json("PATCH", &path, &[], &json!({"label": "gửi giám đốc"}))
        },
        &["article.labelRevision"],
    ),
    (
        "POST /{collection}/{id}/revisions/{n}/restore",
        |w| {
            let article = w.article();
            let edited = w.edited("articles", &article, &json!({"byline": "P.K"})).expect(200);
            let path = format!("{}/revisions/1/restore", at("articles", &article));
            w.now().send("POST", &path, &[("if-match", &edited.etag())], None)
        },
        &["article.restoreRevision"],
    ),
    (
        "POST /{collection}/{id}/comments",
        |w| {
            let path = format!("{}/comments", at("articles", &w.article()));
            w.now().post(&path, &json!({"text": "Xem lại"}))
        },
        &["article.comment"],
    ),
    ("POST /{collection}/{id}/preview-links", |w| w.preview(&w.article()), &["article.createPreviewLink"]),
    (
        "DELETE /{collection}/{id}/preview-links/{linkId}",
        |w| {
            let article = w.article();
            let link = w.preview(&article).expect(201);
            w.now().send("DELETE", &format!("{}/preview-links/{}", at("articles", &article), link.id()), &[], None)
        },
        &["article.revokePreviewLink"],
    ),
    (
        "POST /batch",
        |w| {
            let write = |name: String| json!({"method": "POST", "path": "/tags", "body": {"name": name}});
            let operations = [write(w.name("thẻ")), write(w.name("thẻ"))];
            w.now().post("/api/v1/editorial/batch", &json!({"atomic": true, "operations": operations}))
        },
        &["tag.create", "tag.create"],
    ),
];

pub const ATTENDEES: &[Case] = &[
    ("POST /events/{id}/attendees", |w| w.attendee(&w.event()), &["attendee.create"]),
    (
        "PUT /events/{id}/attendees",
        |w| {
            let path = format!("{}/attendees", at("events", &w.event()));
            let empty = w.admin.get(&path).expect(200);
            let items =
                json!({"items": [{"kind": "person", "role": "guest", "name": "Khách", "email": "k@so.example"}]});
            w.now().put(&path, &empty.etag(), &items)
        },
        &["attendee.create", "attendee.read"],
    ),
    (
        "PATCH /events/{id}/attendees/{attendeeId}",
        |w| {
            let event = w.event();
            let made = w.attendee(&event).expect(201);
            let path = format!("{}/attendees/{}", at("events", &event), made.id());
            w.now().patch(&path, &made.etag(), &json!({"name": "Khác"}))
        },
        &["attendee.edit"],
    ),
    (
        "DELETE /events/{id}/attendees/{attendeeId}",
        |w| {
            let event = w.event();
            let made = w.attendee(&event).expect(201);
            w.now().delete(&format!("{}/attendees/{}", at("events", &event), made.id()), &made.etag())
        },
        &["attendee.delete"],
    ),
];

pub const DIRECTORY: &[Case] = &[
    (
        "POST /categories",
        |w| {
            w.now();
            w.entry("categories")
        },
        &["category.create"],
    ),
    (
        "PATCH /categories/{id}",
        |w| w.edited("categories", &w.entry("categories"), &json!({"name": "Khác"})),
        &["category.edit"],
    ),
    ("DELETE /categories/{id}", |w| w.deleted("categories", &w.entry("categories")), &["category.delete"]),
    (
        "POST /tags",
        |w| {
            w.now();
            w.entry("tags")
        },
        &["tag.create"],
    ),
    ("PATCH /tags/{id}", |w| w.edited("tags", &w.entry("tags"), &json!({"name": "khác"})), &["tag.edit"]),
    ("DELETE /tags/{id}", |w| w.deleted("tags", &w.entry("tags")), &["tag.delete"]),
    (
        "POST /people",
        |w| {
            w.now();
            w.entry("people")
        },
        &["person.create"],
    ),
    (
        "PATCH /people/{id}",
        |w| w.edited("people", &w.entry("people"), &json!({"displayName": "Lê Khác"})),
        &["person.edit"],
    ),
    ("DELETE /people/{id}", |w| w.deleted("people", &w.entry("people")), &["person.delete"]),
    (
        "POST /organisations",
        |w| {
            w.now();
            w.entry("organisations")
        },
        &["organisation.create"],
    ),
    (
        "PATCH /organisations/{id}",
        |w| w.edited("organisations", &w.entry("organisations"), &json!({"name": "Khác"})),
        &["organisation.edit"],
    ),
    ("DELETE /organisations/{id}", |w| w.deleted("organisations", &w.entry("organisations")), &["organisation.delete"]),
    ("POST /media", |w| content::picture(w.now(), "Một", "Hai"), &["media.create"]),
    (
        "PATCH /media/{id}",
        |w| w.edited("media", &content::picture(&w.admin, "Một", "Hai"), &json!({"alt": "Khác"})),
        &["media.edit"],
    ),
    ("DELETE /media/{id}", |w| w.deleted("media", &content::picture(&w.admin, "Một", "Hai")), &["media.delete"]),
    (
        "PATCH /site",
        |w| {
            let site = w.admin.get("/api/v1/editorial/site").expect(200);
            w.now().patch("/api/v1/editorial/site", &site.etag(), &json!({"name": {"vi": "Sở"}}))
        },
        &["site.edit"],
    ),
    (
        "PUT /synonyms",
        |w| {
            let list = w.admin.get("/api/v1/editorial/synonyms").expect(200);
            w.now().put("/api/v1/editorial/synonyms", &list.etag(), &json!({"items": [{"terms": ["HN", "hội nghị"]}]}))
        },
        &["site.editSynonyms"],
    ),
    (
        "PUT /stats/baseline",
        |w| {
            let baseline = w.admin.get("/api/v1/editorial/stats/baseline").expect(200);
            w.now().put("/api/v1/editorial/stats/baseline", &baseline.etag(), &json!({"visits": 1000}))
        },
        &["statistics.setBaseline"],
    ),
];

pub const ADMINISTRATION: &[Case] = &[
    ("POST /users", |w| w.invited(), &["user.create"]),
    (
        "PATCH /users/{id}",
        |w| w.edited("users", &w.invited().expect(201), &json!({"disabled": true})),
        &["user.disable"],
    ),
    (
        "POST /users/{id}/reset",
        |w| {
            let path = format!("{}/reset", at("users", &w.invited().expect(201)));
            w.now().send("POST", &path, &[], None)
        },
        &["user.makeLink"],
    ),
    ("POST /roles", |w| w.role(), &["role.create"]),
    (
        "PATCH /roles/{name}",
        |w| {
            let role = w.role().expect(201);
            let path = format!("/api/v1/editorial/roles/{}", role.data()["name"].as_str().unwrap());
            w.now().patch(&path, &role.etag(), &json!({"title": "Khác"}))
        },
        &["role.edit"],
    ),
    (
        "DELETE /roles/{name}",
        |w| {
            let role = w.role().expect(201);
            let path = format!("/api/v1/editorial/roles/{}", role.data()["name"].as_str().unwrap());
            w.now().delete(&path, &role.etag())
        },
        &["role.delete"],
    ),
    ("POST /webhooks", |w| w.webhook(), &["webhook.create"]),
    (
        "PATCH /webhooks/{id}",
        |w| w.edited("webhooks", &w.webhook().expect(201), &json!({"types": ["article.*"]})),
        &["webhook.edit"],
    ),
    ("DELETE /webhooks/{id}", |w| w.deleted("webhooks", &w.webhook().expect(201)), &["webhook.delete"]),
    (
        "POST /webhooks/{id}/rotate-secret",
        |w| {
            let path = format!("{}/rotate-secret", at("webhooks", &w.webhook().expect(201)));
            w.now().post(&path, &json!({}))
        },
        &["webhook.rotateSecret"],
    ),
    (
        "POST /webhooks/{id}/ping",
        |w| {
            let path = format!("{}/ping", at("webhooks", &w.webhook().expect(201)));
            w.now().send("POST", &path, &[], None)
        },
        &["webhook.ping"],
    ),
    (
        "POST /webhooks/{id}/deliveries/{deliveryId}/redeliver",
        |w| {
            let hook = at("webhooks", &w.webhook().expect(201));
            let ping = w.admin.send("POST", &format!("{hook}/ping"), &[], None).expect(201);
            w.now().send("POST", &format!("{hook}/deliveries/{}/redeliver", ping.id()), &[], None)
        },
        &["webhook.redeliver"],
    ),
];

/// And of keys, which a key does nothing with.
pub const KEYS: &[Case] = &[
    ("POST /api-keys", |w| w.api_key(), &["apiKey.create"]),
    (
        "PATCH /api-keys/{id}",
        |w| w.edited("api-keys", &w.api_key().expect(201), &json!({"quota": 60})),
        &["apiKey.edit"],
    ),
    ("DELETE /api-keys/{id}", |w| w.deleted("api-keys", &w.api_key().expect(201)), &["apiKey.revoke"]),
    (
        "POST /api-keys/{id}/rotate",
        |w| {
            let path = format!("{}/rotate", at("api-keys", &w.api_key().expect(201)));
            w.now().post(&path, &json!({}))
        },
        &["apiKey.rotate"],
    ),
];

pub const SESSIONS: &[Case] = &[
    ("POST /auth/login", |w| w.log_in(), &["user.logIn"]),
    (
        "POST /auth/logout",
        |w| {
            let somebody = w.somebody();
            w.now();
            somebody.send("POST", "/api/v1/auth/logout", &[], None)
        },
        &["user.logOut"],
    ),
    (
        "PUT /auth/password",
        |w| {
            let somebody = w.somebody();
            w.now();
            let write = json!({"currentPassword": PASSWORD, "newPassword": "mot-mat-khau-rat-khac"});
            somebody.json("PUT", "/api/v1/auth/password", &[], &write)
        },
        &["user.changePassword"],
    ),
    (
        "DELETE /auth/sessions/{id}",
        |w| {
            let somebody = w.somebody();
            let session =
                somebody.get("/api/v1/auth/sessions").expect(200).data()[0]["id"].as_str().unwrap().to_owned();
            w.now();
            somebody.send("DELETE", &format!("/api/v1/auth/sessions/{session}"), &[], None)
        },
        &["user.endSession"],
    ),
    (
        "DELETE /auth/sessions",
        |w| {
            let somebody = w.somebody();
            w.now();
            somebody.send("DELETE", "/api/v1/auth/sessions", &[], None)
        },
        &["user.endOtherSessions"],
    ),
    (
        "POST /auth/accept",
        |w| {
            let invited = w.invited().expect(201);
            w.now();
            let accept = json!({"token": invited.data()["invitation"]["token"], "password": "mot-mat-khau-rat-moi"});
            w.app.anonymous().post("/api/v1/auth/accept", &accept)
        },
        &["user.acceptInvitation"],
    ),
];

/// What writes and is no act that anybody must answer for.
pub const EXCEPTIONS: &[(&str, &str)] = &[
    ("POST /auth/refresh", "carries on the session that a login began, every few minutes; its misuse is an entry"),
    ("POST /visits/batch", "counts readers, of whom nothing may be kept"),
];
