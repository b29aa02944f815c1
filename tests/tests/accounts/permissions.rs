//! The policy, seen from outside: for each role, state and operation, what the server answers is what the
//! policy's table and the workflow's say, and an item offers exactly what it then lets its reader do.

use bantin_application::{roles, users};
use bantin_domain::{
    id::Id,
    kind::UserId,
    named::Named,
    policy::{Actor, Credential, Resource, Role, Subject, Verb},
    workflow::{Action, Standing, State},
};
use bantin_tests::{Answer, Client, TestApp, app::PASSWORD, both, content, content::NOBODY};
use serde_json::{Value, json};

#[test]
fn the_page_of_permissions_is_what_the_policy_says() {
    let page = include_str!("../../../docs/permissions.md");
    assert_eq!(page, roles::document(), "run: cargo run -p bantin-cli -- permissions >docs/permissions.md");
    let names = Role::ALL.iter().map(|role| format!(" {role} |")).collect::<String>();
    assert!(page.contains(&format!("| permission |{names}\n")), "every role that ships has its column");
}

/// Somebody of the desk, as they show themselves and as the policy sees them.
struct Member {
    what: &'static str,
    email: String,
    client: Client,
    actor: Actor,
}

/// One of each role: of editors one in the section and one elsewhere, of authors one who made the items and
/// one who did not.
struct Staff {
    section: String,
    members: Vec<Member>,
}

const AUTHOR: &str = "author of it";

impl Staff {
    fn of(app: &TestApp) -> Self {
        let admin = app.admin();
        let section = content::category(&admin, "Tin");
        let below =
            admin.post("/api/v1/editorial/categories", &json!({"name": "Dưới", "parentId": section})).expect(201);
        let elsewhere = content::category(&admin, "Nơi khác");
        let members = [
            ("admin", Role::Admin, None),
            ("chief editor", Role::ChiefEditor, None),
            ("editor everywhere", Role::Editor, None),
            ("editor of the section above", Role::Editor, Some(section)),
            ("editor of another section", Role::Editor, Some(elsewhere)),
            (AUTHOR, Role::Author, None),
            ("another author", Role::Author, None),
            ("integrator", Role::Integrator, None),
        ];
        let members = members.into_iter().enumerate().map(|(n, (what, role, section))| {
            let email = format!("nguoi-{n}@so.example");
            let user = app.wait(users::add(&app.api.app, &email, "Người thử", role, PASSWORD)).unwrap().id;
            if let Some(section) = &section {
                let path = format!("/api/v1/editorial/users/{user}");
                admin.patch(&path, "\"1\"", &json!({"categoryIds": [section]})).expect(200);
            }
            let actor = Actor {
                user,
                through: Credential::Session(Id::new(user.uuid())),
                role: role.into(),
                permissions: role.permissions(),
                categories: section.map(|id| vec![id.parse().unwrap()]),
                four_eyes: false,
            };
            Member { what, client: app.log_in(&email), email, actor }
        });
        Self { members: members.collect(), section: below.id() }
    }

    /// Lets two minutes pass, and everybody log in again: no limit on requests is reached, and no token ends.
    fn pause(&mut self, app: &TestApp) {
        app.clock.advance(120);
        for member in &mut self.members {
            member.client = app.log_in(&member.email);
        }
    }

    fn called(&self, what: &str) -> &Member {
        self.members.iter().find(|member| member.what == what).unwrap()
    }

    /// What the policy asks about what the author made; in the section, and so also in the one above.
    fn subject(&self, resource: Resource, is_in_section: bool) -> Subject {
        let above = self.called("editor of the section above").actor.categories.clone().unwrap();
        let categories = if is_in_section { [vec![self.section.parse().unwrap()], above].concat() } else { Vec::new() };
        Subject { resource, owner: Some(self.author()), categories }
    }

    fn author(&self) -> UserId {
        self.called(AUTHOR).actor.user
    }
}

/// A kind of content: where it is, what makes one, and what an edit says.
struct Matter {
    resource: Resource,
    collection: &'static str,
    write: Value,
    is_in_section: bool,
}

impl Matter {
    /// An item of the author's in a state. Its steps are the admin's.
    fn brought_to(&self, state: State, staff: &Staff) -> Answer {
        let (author, admin) = (&staff.called(AUTHOR).client, &staff.called("admin").client);
        let mut item = content::made(author, self.collection, &self.write);
        let path = self.path(&item);
        let steps: &[(&str, Value)] = match state {
            State::Draft | State::Trashed => &[],
            State::InReview => &[("submit", json!({}))],
            State::ChangesRequested => &[("submit", json!({})), ("request-changes", json!({"reason": "Ngắn quá"}))],
            State::Approved => &[("submit", json!({})), ("approve", json!({}))],
            State::Scheduled => &[("schedule", json!({"at": LATER}))],
            State::Published => &[("publish", json!({}))],
            State::Archived => &[("archive", json!({}))],
        };
        for (step, body) in steps {
            item = admin.post_at(&format!("{path}/actions/{step}"), &item.etag(), body).expect(200);
        }
        if state == State::Trashed {
            admin.delete(&path, &item.etag()).expect(204);
            item = admin.get(&path).expect(200);
        }
        assert_eq!(item.data()["state"], state.name());
        item
    }

    fn path(&self, item: &Answer) -> String {
        format!("/api/v1/editorial/{}/{}", self.collection, item.id())
    }

    /// Does something with an item.
    fn act(&self, client: &Client, item: &Answer, action: Action) -> Answer {
        let (path, tag) = (self.path(item), item.etag());
        let body = match action {
            Action::Edit => return client.patch(&path, &tag, &json!({"title": "Tên mới"})),
            Action::Trash => return client.delete(&path, &tag),
            Action::Purge => return client.delete(&format!("{path}?purge=true"), &tag),
            Action::Assign => json!({"assigneeId": null}),
            Action::RequestChanges => json!({"reason": "Viết lại"}),
            // Of what is public only the end is set.
            Action::Schedule if item.data()["state"] == "published" => json!({"until": LATER}),
            Action::Schedule => json!({"at": LATER}),
            _ => json!({}),
        };
        client.post_at(&format!("{path}/actions/{}", action.name()), &tag, &body)
    }
}

/// An instant after every test.
const LATER: &str = "2024-01-01T08:00:00+07:00";

/// The permission that an action asks for, as the page of permissions says.
fn verb_of(action: Action) -> Verb {
    match action {
        Action::Edit | Action::Assign | Action::Submit => Verb::Edit,
        Action::Approve | Action::RequestChanges => Verb::Approve,
        Action::Publish | Action::Schedule | Action::Unschedule | Action::Unpublish => Verb::Publish,
        Action::Archive | Action::Restore | Action::Trash => Verb::Trash,
        Action::Purge => Verb::Purge,
    }
}

/// What the table and the workflow say that an action answers.
fn expected(actor: &Actor, subject: &Subject, state: State, action: Action) -> u16 {
    let standing = Standing {
        state,
        is_public: matches!(state, State::Scheduled | State::Published),
        has_news: false,
        may_approve: actor.can(Verb::Approve, subject),
        may_publish: actor.can(Verb::Publish, subject),
    };
    let withdraws = standing.is_public && matches!(action, Action::Archive | Action::Trash);
    if !actor.can(verb_of(action), subject) || (withdraws && !actor.can(Verb::Publish, subject)) {
        refusal(actor, subject)
    } else if standing.after(action).is_none() {
        409
    } else if matches!(action, Action::Trash | Action::Purge) {
        204
    } else {
        200
    }
}

/// Who may see it is told that they may not; to who may not it is not there.
fn refusal(actor: &Actor, subject: &Subject) -> u16 {
    if actor.can(Verb::Read, subject) { 403 } else { 404 }
}

/// Tries every action of every member on items in these states.
fn try_all(app: &TestApp, staff: &mut Staff, matter: &Matter, states: &[State]) {
    for state in states {
        staff.pause(app);
        let staff = &*staff;
        let mut item = matter.brought_to(*state, staff);
        let subject = staff.subject(matter.resource, matter.is_in_section);
        for Member { what, client, actor, .. } in &staff.members {
            let case = format!("{} in {state}: {what}", matter.collection);
            let is_seen = actor.can(Verb::Read, &subject);
            let path = matter.path(&item);
            let read = client.get(&path).expect(if is_seen { 200 } else { 404 });
            for more in ["revisions", "log"] {
                client.get(&format!("{path}/{more}")).expect(if is_seen { 200 } else { 404 });
            }
            let listed =
                client.get(&format!("/api/v1/editorial/{}?filter[state]={state}", matter.collection)).expect(200);
            let ids: Vec<&Value> = listed.data().as_array().unwrap().iter().map(|one| &one["id"]).collect();
            assert_eq!(ids.contains(&&json!(item.id())), is_seen, "{case} in the list");
            let mut done = Vec::new();
            for action in Action::ALL {
                let answer = matter.act(client, &item, *action);
                let expected = expected(actor, &subject, *state, *action);
                assert_eq!(answer.status, expected, "{case}: {action}\n{}", String::from_utf8_lossy(&answer.bytes));
                if answer.status < 300 {
                    done.push(action.name());
                    item = matter.brought_to(*state, staff);
                }
            }
            if is_seen {
                assert_eq!(read.data()["allowedActions"], json!(done), "{case}");
            }
        }
    }
}

both! {
    fn with_an_article_everybody_does_what_the_table_says_and_nothing_else(app) {
        let mut staff = Staff::of(&app);
        let body = json!({"format": "text", "value": "Nội dung"});
        let write = json!({"title": "Một tin", "categoryId": staff.section, "body": body});
        let matter = Matter { resource: Resource::Article, collection: "articles", write, is_in_section: true };
        try_all(&app, &mut staff, &matter, State::ALL);
    }

    fn with_an_event_a_speech_and_a_page_it_is_the_same(app) {
        let mut staff = Staff::of(&app);
        let event = json!({"title": "Hội nghị", "kind": "conference", "startsOn": "2023-02-28", "categoryId": staff.section});
        let host = content::made(&staff.called(AUTHOR).client, "events", &event).id();
        let speech = json!({"eventId": host, "kind": "report", "title": "Báo cáo", "speaker": {"name": "Tầng Phú An"}});
        let page = json!({"title": "Giới thiệu", "body": {"format": "text", "value": "Nội dung"}});
        let states = [State::Draft, State::InReview, State::Published, State::Trashed];
        for (resource, collection, write, is_in_section) in [
            (Resource::Event, "events", event, true),
            (Resource::Speech, "speeches", speech, true),
            (Resource::Page, "pages", page, false),
        ] {
            try_all(&app, &mut staff, &Matter { resource, collection, write, is_in_section }, &states);
        }
    }

    fn with_the_attendees_of_an_event_everybody_does_what_the_table_says_of_the_event(app) {
        let staff = Staff::of(&app);
        let event = json!({"title": "Hội nghị", "kind": "conference", "startsOn": "2023-02-28", "categoryId": staff.section});
        let host = content::made(&staff.called(AUTHOR).client, "events", &event).id();
        let list = format!("/api/v1/editorial/events/{host}/attendees");
        let subject = staff.subject(Resource::Event, true);
        let admin = &staff.called("admin").client;
        for Member { what, client, actor, .. } in &staff.members {
            let may = |verb, good| if actor.can(verb, &subject) { good } else { refusal(actor, &subject) };
            let personal = |good| if actor.can(Verb::PersonalData, &subject) { may(Verb::Edit, good) } else { refusal(actor, &subject) };
            let write = json!({"kind": "person", "name": "Tầng Phú An", "role": "delegate"});
            let known = json!({"kind": "person", "name": "Lê Khởi", "role": "guest", "email": "khoi@so.example"});
            let made = admin.post(&list, &known).expect(201);
            let path = format!("{list}/{}", made.id());

            let read = client.get(&list).expect(may(Verb::Read, 200));
            assert_eq!(client.post(&list, &write).status, may(Verb::Edit, 201), "{what}: create");
            assert_eq!(client.post(&list, &known).status, personal(201), "{what}: create with an e-mail");
            let edited = client.patch(&path, &made.etag(), &json!({"position": "Giám đốc"}));
            assert_eq!(edited.status, may(Verb::Edit, 200), "{what}: edit");
            let tag = format!("\"{}\"", 1 + u8::from(edited.status == 200));
            assert_eq!(client.patch(&path, &tag, &json!({"phone": "0273"})).status, personal(200), "{what}: edit a number");
            let tag = admin.get(&list).expect(200);
            let version = tag.data().as_array().unwrap().iter().find(|one| one["id"] == made.id().as_str()).unwrap()["version"].clone();
            let deleted = client.delete(&path, &format!("\"{version}\""));
            assert_eq!(deleted.status, may(Verb::Edit, 204), "{what}: delete");
            if read.status == 200 {
                let shown = read.data().as_array().unwrap().iter().find(|one| one["id"] == made.id().as_str()).unwrap();
                let done = if deleted.status == 204 { json!(["edit", "delete"]) } else { json!([]) };
                assert_eq!(shown["allowedActions"], done, "{what}");
                assert_eq!(shown["personalDataHidden"], !actor.can(Verb::PersonalData, &subject), "{what}");
            }
        }
    }

    fn who_may_make_something_makes_it_in_their_sections(app) {
        let staff = Staff::of(&app);
        for Member { what, client, actor, .. } in &staff.members {
            let subject = Subject { owner: Some(actor.user), ..staff.subject(Resource::Article, true) };
            let body = json!({"format": "text", "value": "Nội dung"});
            let made = client.post("/api/v1/editorial/articles", &json!({"title": what, "categoryId": staff.section, "body": body}));
            let expected = if actor.can(Verb::Create, &subject) { 201 } else { refusal(actor, &subject) };
            assert_eq!(made.status, expected, "{what}");
        }
    }

    fn in_the_directory_everybody_does_what_the_table_says_and_nothing_else(app) {
        let mut staff = Staff::of(&app);
        for (resource, collection, write, edit) in [
            (Resource::Category, "categories", json!({"name": "Mục"}), json!({"description": "Về"})),
            (Resource::Tag, "tags", json!({"name": "Nhãn"}), json!({"translations": {"en": {"name": "Tag"}}})),
            (Resource::Person, "people", json!({"displayName": "Tầng Phú An"}), json!({"biography": "Về"})),
            (Resource::Organisation, "organisations", json!({"name": "Sở"}), json!({"shortName": "S"})),
            (Resource::Media, "media", Value::Null, json!({"caption": "Về"})),
        ] {
            staff.pause(&app);
            let admin = &staff.called("admin").client;
            let make = |client: &Client, name: &str| match &write {
                Value::Null => picture(client),
                write => {
                    let mut write = write.clone();
                    let member = if resource == Resource::Person { "displayName" } else { "name" };
                    write[member] = json!(format!("{} {name}", write[member].as_str().unwrap()));
                    client.post(&format!("/api/v1/editorial/{collection}"), &write)
                }
            };
            for (n, Member { what, client, actor, .. }) in staff.members.iter().enumerate() {
                let case = format!("{collection}: {what}");
                // Of the directory only media have an owner.
                let owner = (resource == Resource::Media).then_some(staff.author());
                let maker = if owner.is_some() { &staff.called(AUTHOR).client } else { admin };
                let subject = Subject { owner, ..Subject::of(resource) };
                let new = Subject { owner: owner.map(|_| actor.user), ..Subject::of(resource) };
                let entry = make(maker, &format!("{n}")).expect(201);
                let path = format!("/api/v1/editorial/{collection}/{}", entry.id());
                let may = |verb, subject: &Subject, good| if actor.can(verb, subject) { good } else { refusal(actor, subject) };

                let made = make(client, &format!("{n} nữa"));
                assert_eq!(made.status, may(Verb::Create, &new, 201), "{case}: create");
                client.get(&format!("/api/v1/editorial/{collection}")).expect(may(Verb::Read, &subject, 200));
                let read = client.get(&path).expect(may(Verb::Read, &subject, 200));
                let mut done = Vec::new();
                let edited = client.patch(&path, &entry.etag(), &edit);
                assert_eq!(edited.status, may(Verb::Edit, &subject, 200), "{case}: edit");
                if edited.status == 200 {
                    done.push("edit");
                }
                let deleted = client.delete(&path, &admin.get(&path).expect(200).etag());
                assert_eq!(deleted.status, may(Verb::Trash, &subject, 204), "{case}: delete");
                if deleted.status == 204 {
                    done.push("delete");
                }
                if read.status == 200 {
                    assert_eq!(read.data()["allowedActions"], json!(done), "{case}");
                }
            }
        }
    }

    fn the_site_the_roles_and_the_log_are_for_whom_the_table_names(app) {
        let staff = Staff::of(&app);
        let admin = &staff.called("admin").client;
        let may = |actor: &Actor, verb, resource, good| {
            let subject = Subject::of(resource);
            if actor.can(verb, &subject) { good } else { refusal(actor, &subject) }
        };
        for (n, Member { what, client, actor, .. }) in staff.members.iter().enumerate() {
            let read = client.get("/api/v1/editorial/site").expect(may(actor, Verb::Read, Resource::Site, 200));
            let tag = admin.get("/api/v1/editorial/site").expect(200).etag();
            let edited = client.patch("/api/v1/editorial/site", &tag, &json!({"agency": what}));
            assert_eq!(edited.status, may(actor, Verb::Edit, Resource::Site, 200), "{what}");
            if read.status == 200 {
                let expected = if edited.status == 200 { json!(["edit"]) } else { json!([]) };
                assert_eq!(read.data()["allowedActions"], expected, "{what}");
            }

            // That there are roles and a log is no secret.
            let open = |verb, resource, good| if actor.can(verb, &Subject::of(resource)) { good } else { 403 };
            client.get("/api/v1/editorial/audit-log").expect(open(Verb::Read, Resource::AuditLog, 200));
            let (reads, writes) = (open(Verb::Read, Resource::Role, 200), |good| open(Verb::Administer, Resource::Role, good));
            client.get("/api/v1/editorial/roles").expect(reads);
            client.get("/api/v1/editorial/roles/editor").expect(reads);
            let role = json!({"name": format!("role-{n}"), "title": "Vai"});
            assert_eq!(client.post("/api/v1/editorial/roles", &role).status, writes(201), "{what}");
            admin.post("/api/v1/editorial/roles", &json!({"name": format!("other-{n}"), "title": "Vai"})).expect(201);
            let path = format!("/api/v1/editorial/roles/other-{n}");
            client.patch(&path, "\"1\"", &json!({"title": "Khác"})).expect(writes(200));
            let tag = admin.get(&path).expect(200).etag();
            client.delete(&path, &tag).expect(writes(204));
        }
        // Whether a role exists is told only to who may read roles.
        let integrator = &staff.called("integrator").client;
        integrator.get("/api/v1/editorial/roles/nobody").expect(403);
        admin.get("/api/v1/editorial/roles/nobody").expect(404);
        admin.get(&format!("/api/v1/editorial/tags/{NOBODY}")).expect(404);
    }
}

/// Uploads a picture, which may be refused.
fn picture(client: &Client) -> Answer {
    let head =
        b"--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n";
    let form = [head.as_slice(), &content::png(), b"\r\n--X--\r\n"].concat();
    client.send("POST", "/api/v1/editorial/media", &[("content-type", "multipart/form-data; boundary=X")], Some(&form))
}
