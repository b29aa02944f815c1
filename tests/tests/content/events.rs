//! Events and their programmes: written at the desk, read by everybody.

use bantin_tests::{Answer, Client, both, content};
use serde_json::{Value, json};

/// A draft event on one day.
fn event_on(client: &Client, title: &str, day: &str) -> Answer {
    event(client, &json!({"title": title, "kind": "conference", "startsOn": day}))
}

fn event(client: &Client, write: &Value) -> Answer {
    client.post("/api/v1/editorial/events", write).expect(201)
}

/// A draft speech at the end of an event's programme.
fn speech(client: &Client, event: &Answer, title: &str) -> Answer {
    let write = json!({
        "eventId": event.id(), "kind": "report", "title": title,
        "speaker": {"name": "Lê Văn Tám", "position": "Giám đốc", "organisation": "Sở KH&CN"},
    });
    client.post("/api/v1/editorial/speeches", &write).expect(201)
}

fn publish_all(client: &Client, event: &Answer) -> Answer {
    content::publish_with(client, "events", event, &json!({"with": ["speeches"]}))
}

fn reread(client: &Client, collection: &str, item: &Answer) -> Answer {
    client.get(&format!("/api/v1/editorial/{collection}/{}", item.id())).expect(200)
}

/// One member of each row.
fn each<'a>(rows: &'a Value, member: &str) -> Vec<&'a Value> {
    rows.as_array().unwrap().iter().map(|row| &row[member]).collect()
}

both! {
    fn an_event_is_read_as_it_was_announced(app) {
        let editor = app.chief_editor();
        let organisation = editor.post("/api/v1/editorial/organisations", &json!({"name": "Sở Khoa học và Công nghệ"})).expect(201);
        let draft = event(&editor, &json!({
            "title": "Hội nghị tổng kết", "kind": "conference", "status": "confirmed",
            // 23:30 of the day before in UTC: the day is the local one.
            "startsAt": "2023-02-27T23:30:00Z", "endsAt": "2023-02-28T11:00:00+07:00",
            "venue": {"name": "Hội trường A", "address": "Long Xuyên", "latitude": 10.38, "longitude": 105.43},
            "onlineUrl": "https://hop.example/tong-ket",
            "organisers": [{"organisationId": organisation.id(), "name": "Sở KH&CN tỉnh"}, {"name": "UBND huyện"}, {"organisationId": organisation.id()}],
            "summary": "Tổng kết năm.", "body": {"format": "html", "value": "<p>Chương trình.</p>"},
        }));
        let public = app.anonymous();
        for path in ["", "/programme", "/attendees"] {
            public.get(&format!("/api/v1/events/{}{path}", draft.id())).expect(404);
        }
        assert_eq!(public.get("/api/v1/events").expect(200).data(), &json!([]));

        content::publish(&editor, "events", &draft);
        let read = public.get("/api/v1/events/hoi-nghi-tong-ket").expect(200);
        let read = read.data();
        assert_eq!((&read["startsOn"], &read["endsOn"]), (&json!("2023-02-28"), &json!("2023-02-28")));
        assert_eq!((&read["startsAt"], &read["endsAt"]), (&json!("2023-02-28T06:30:00+07:00"), &json!("2023-02-28T11:00:00+07:00")));
        assert_eq!((&read["allDay"], &read["timezone"]), (&json!(false), &json!("Asia/Ho_Chi_Minh")));
        assert_eq!((&read["type"], &read["kind"], &read["status"]), (&json!("event"), &json!("conference"), &json!("confirmed")));
        assert_eq!(read["venue"], json!({"name": "Hội trường A", "address": "Long Xuyên", "latitude": 10.38, "longitude": 105.43}));
        assert_eq!(read["organisers"], json!([
            {"organisationId": organisation.id(), "slug": "so-khoa-hoc-va-cong-nghe", "name": "Sở KH&CN tỉnh"},
            {"organisationId": null, "slug": null, "name": "UBND huyện"},
            {"organisationId": organisation.id(), "slug": "so-khoa-hoc-va-cong-nghe", "name": "Sở Khoa học và Công nghệ"},
        ]));
        assert_eq!(read["body"]["value"], "<p>Chương trình.</p>");
        public.get("/api/v1/organisations/so-khoa-hoc-va-cong-nghe").expect(200);
    }

    fn an_event_by_the_day_has_no_hours(app) {
        let editor = app.chief_editor();
        let draft = event(&editor, &json!({"title": "Triển lãm", "kind": "exhibition", "startsOn": "2023-03-01", "endsOn": "2023-03-03"}));
        content::publish(&editor, "events", &draft);
        let read = app.anonymous().get("/api/v1/events/trien-lam").expect(200);
        let read = read.data();
        assert_eq!((&read["startsOn"], &read["endsOn"]), (&json!("2023-03-01"), &json!("2023-03-03")));
        assert_eq!((&read["startsAt"], &read["endsAt"], &read["allDay"]), (&Value::Null, &Value::Null, &json!(true)));
        assert_eq!((&read["venue"], &read["cover"], &read["organisers"]), (&Value::Null, &Value::Null, &json!([])));
    }

    fn a_fault_of_an_event_is_named_where_it_stands(app) {
        let editor = app.chief_editor();
        let refused = |write: Value| editor.post("/api/v1/editorial/events", &write).expect(422).faults().1;
        let with = |member: &str, value: Value| {
            let mut write = json!({"title": "Hội thảo", "kind": "workshop", "startsOn": "2023-03-01"});
            write[member] = value;
            write
        };
        let fault = |place: &str, code: &str| vec![(place.to_owned(), code.to_owned())];
        assert_eq!(refused(with("endsOn", json!("2023-02-28"))), fault("/endsOn", "ends_before_start"));
        assert_eq!(refused(with("kind", json!("party"))), fault("/kind", "invalid_value"));
        assert_eq!(refused(with("startsOn", json!("2023-02-31"))).first(), fault("/startsOn", "invalid_date").first());
        assert_eq!(refused(with("timezone", json!("Saigon"))), fault("/timezone", "invalid_timezone"));
        assert_eq!(refused(with("organisers", json!([{"name": "A"}, {}]))), fault("/organisers/1/name", "required"));
        assert_eq!(refused(with("venue", json!({"name": "A", "latitude": 91}))), fault("/venue/latitude", "out_of_range"));
        let nobody = json!([{"organisationId": "01900000-0000-7000-8000-00000000dead"}]);
        assert_eq!(refused(with("organisers", nobody)), fault("/organisers/0/organisationId", "unknown_reference"));
        assert_eq!(refused(json!({"title": "Hội thảo", "kind": "workshop"})), fault("/startsAt", "required"));
    }

    fn sending_back_what_the_desk_shows_changes_nothing(app) {
        let editor = app.chief_editor();
        for write in [
            json!({"title": "Một", "kind": "meeting", "startsAt": "2023-03-01T08:00:00+07:00", "venue": {"name": "A"}, "organisers": [{"name": "B"}]}),
            json!({"title": "Hai", "kind": "meeting", "startsOn": "2023-03-01", "body": {"format": "text", "value": "Một đoạn."}}),
        ] {
            let draft = event(&editor, &write);
            let path = format!("/api/v1/editorial/events/{}", draft.id());
            let shown = editor.get(&format!("{path}?body=markdown")).expect(200);
            let members = ["title", "slug", "kind", "status", "startsAt", "startsOn", "endsAt", "endsOn", "timezone", "venue", "onlineUrl",
                "organisers", "summary", "body", "categoryId", "coverId", "attachmentIds", "locale"];
            let same: Value = members.iter().map(|member| ((*member).to_owned(), shown.data()[*member].clone())).collect();
            let patched = editor.patch(&path, &shown.etag(), &same).expect(200);
            assert_eq!((patched.etag(), &patched.data()["revision"]), ("\"1\"".to_owned(), &json!(1)));
        }
    }

    fn events_are_listed_the_latest_day_first(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Khoa học");
        for (title, day) in [("Ba", "2023-03-20"), ("Một", "2023-01-05"), ("Hai", "2023-03-14"), ("Hai nữa", "2023-03-14")] {
            let draft = event(&editor, &json!({"title": title, "kind": "seminar", "startsOn": day, "categoryId": section}));
            content::publish(&editor, "events", &draft);
        }
        content::publish(&editor, "events", &event_on(&editor, "Cuối", "2023-12-01"));
        let public = app.anonymous();
        let titles = |query: &str| {
            let list = public.get(&format!("/api/v1/events?{query}")).expect(200);
            each(list.data(), "title").into_iter().map(|title| title.as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(titles(""), ["Cuối", "Ba", "Hai nữa", "Hai", "Một"]);
        assert_eq!(titles("filter[kind]=conference"), ["Cuối"]);
        assert_eq!(titles("filter[category]=khoa-hoc"), ["Ba", "Hai nữa", "Hai", "Một"]);
        assert_eq!(titles("filter[category]=khong-co"), Vec::<String>::new());
        // The clock stands at 2023-03-14.
        assert_eq!(titles("filter[when]=upcoming"), ["Cuối", "Ba"]);
        assert_eq!(titles("filter[when]=ongoing"), ["Hai nữa", "Hai"]);
        assert_eq!(titles("filter[when]=past"), ["Một"]);
        for query in ["filter[when]=soon", "filter[kind]=party", "filter[knd]=seminar"] {
            public.get(&format!("/api/v1/events?{query}")).expect(400);
        }

        // Page by page there and back: a tie on one day is neither skipped nor repeated.
        let first = public.get("/api/v1/events?limit=3").expect(200);
        let second = public.get(&format!("/api/v1/events?limit=3&cursor={}", first.json["page"]["next"].as_str().unwrap())).expect(200);
        assert_eq!(each(second.data(), "title"), ["Hai", "Một"]);
        assert_eq!(second.json["page"]["next"], Value::Null);
        let back = public.get(&format!("/api/v1/events?limit=3&cursor={}", second.json["page"]["previous"].as_str().unwrap())).expect(200);
        assert_eq!(back.data(), first.data());
    }

    fn an_event_is_published_with_its_speeches(app) {
        let editor = app.chief_editor();
        let draft = event_on(&editor, "Hội nghị", "2023-02-28");
        for title in ["Khai mạc", "Báo cáo", "Bế mạc"] {
            speech(&editor, &draft, title);
        }
        let public = app.anonymous();
        publish_all(&editor, &draft);
        let programme = public.get("/api/v1/events/hoi-nghi/programme").expect(200);
        assert_eq!(programme.data()["event"], json!({"id": draft.id(), "slug": "hoi-nghi", "title": "Hội nghị", "startsOn": "2023-02-28"}));
        let speeches = &programme.data()["speeches"];
        assert_eq!(each(speeches, "title"), ["Khai mạc", "Báo cáo", "Bế mạc"]);
        assert_eq!(each(speeches, "order"), [1, 2, 3]);
        assert_eq!(speeches[0]["speaker"]["position"], "Giám đốc");
        assert_eq!(speeches[0].get("body"), None);
        editor.post_at(&format!("/api/v1/editorial/events/{}/actions/publish", draft.id()), "\"2\"", &json!({"with": ["events"]})).expect(422);
    }

    fn an_event_takes_its_speeches_with_it_and_brings_them_back(app) {
        let editor = app.chief_editor();
        let draft = event_on(&editor, "Hội nghị", "2023-02-28");
        speech(&editor, &draft, "Báo cáo");
        speech(&editor, &draft, "Còn viết dở");
        let own = editor.get(&format!("/api/v1/editorial/speeches?filter[event]={}", draft.id())).expect(200);
        assert_eq!(own.data().as_array().unwrap().len(), 2);
        let report = own.data().as_array().unwrap().iter().find(|row| row["slug"] == "bao-cao").unwrap();
        let path = format!("/api/v1/editorial/speeches/{}/actions/publish", report["id"].as_str().unwrap());
        editor.post_at(&path, "\"1\"", &json!({})).expect(200);

        let public = app.anonymous();
        // Never seen yet, so not gone: 410 would tell that it is there.
        public.get("/api/v1/speeches/bao-cao").expect(404);
        assert_eq!(public.get("/api/v1/speeches").expect(200).data(), &json!([]));
        let published = content::publish(&editor, "events", &draft);
        public.get("/api/v1/speeches/bao-cao").expect(200);
        assert_eq!(public.get("/api/v1/events/hoi-nghi/programme").expect(200).data()["speeches"].as_array().unwrap().len(), 1);

        let path = format!("/api/v1/editorial/events/{}/actions/unpublish", draft.id());
        let withdrawn = editor.post_at(&path, &published.etag(), &json!({})).expect(200);
        for gone in ["events/hoi-nghi", "events/hoi-nghi/programme", "events/hoi-nghi/attendees", "speeches/bao-cao"] {
            public.get(&format!("/api/v1/{gone}")).expect(410);
        }
        assert_eq!(public.get("/api/v1/speeches?count=exact").expect(200).json["page"]["total"], 0);
        content::publish(&editor, "events", &withdrawn);
        public.get("/api/v1/speeches/bao-cao").expect(200);
        public.get("/api/v1/speeches/con-viet-do").expect(404);
    }

    fn a_programme_is_put_in_order_as_a_whole(app) {
        let editor = app.chief_editor();
        let draft = event_on(&editor, "Hội nghị", "2023-02-28");
        let ids: Vec<String> = ["Một", "Hai", "Ba"].iter().map(|title| speech(&editor, &draft, title).id()).collect();
        let published = publish_all(&editor, &draft);
        let path = format!("/api/v1/editorial/events/{}/programme", draft.id());
        let put = |version: &str, ids: &[&str]| editor.put(&path, version, &json!({"speechIds": ids}));
        let (one, two, three) = (ids[0].as_str(), ids[1].as_str(), ids[2].as_str());

        assert_eq!(put(&published.etag(), &[one, two]).expect(422).faults().1, [("/speechIds".to_owned(), "incomplete".to_owned())]);
        assert_eq!(put(&published.etag(), &[one, two, three, two]).expect(422).faults().1, [("/speechIds/3".to_owned(), "duplicate".to_owned())]);
        let strange = "01900000-0000-7000-8000-00000000dead";
        assert_eq!(put(&published.etag(), &[one, two, three, strange]).expect(422).faults().1, [("/speechIds/3".to_owned(), "unknown_reference".to_owned())]);
        put("\"1\"", &[three, one, two]).expect(412);
        editor.json("PUT", &path, &[], &json!({"speechIds": [three, one, two]})).expect(428);

        let ordered = put(&published.etag(), &[three, one, two]).expect(200);
        assert_eq!(ordered.data()["hasUnpublishedChanges"], true);
        assert_ne!(ordered.etag(), published.etag());
        let public = app.anonymous();
        let titles = || {
            let programme = public.get("/api/v1/events/hoi-nghi/programme").expect(200);
            each(&programme.data()["speeches"], "title").into_iter().map(|title| title.as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(titles(), ["Một", "Hai", "Ba"], "the public waits for the next publication");
        content::publish(&editor, "events", &ordered);
        assert_eq!(titles(), ["Ba", "Một", "Hai"]);
        let event = reread(&editor, "events", &draft);
        assert_eq!(put(&event.etag(), &[three, one, two]).expect(200).etag(), event.etag(), "the same order writes nothing");
    }

    fn each_speech_asks_for_a_permission_of_its_own(app) {
        let (chief, author) = (app.chief_editor(), app.author());
        let draft = event_on(&author, "Hội nghị", "2023-02-28");
        speech(&author, &draft, "Báo cáo");
        let path = format!("/api/v1/editorial/events/{}/actions/publish", draft.id());
        author.post_at(&path, &draft.etag(), &json!({"with": ["speeches"]})).expect(403);
        app.anonymous().get("/api/v1/events/hoi-nghi").expect(404);
        let elsewhere = event_on(&chief, "Của người khác", "2023-02-28");
        author.get(&format!("/api/v1/editorial/events/{}", elsewhere.id())).expect(404);
        author.put(&format!("/api/v1/editorial/events/{}/programme", elsewhere.id()), "\"1\"", &json!({"speechIds": []})).expect(404);
        app.anonymous().get("/api/v1/editorial/events").expect(401);
    }

    fn an_event_in_another_language_is_found_beside_it(app) {
        let editor = app.chief_editor();
        let draft = event_on(&editor, "Hội nghị", "2023-02-28");
        let translated = event(&editor, &json!({
            "title": "Conference", "kind": "conference", "startsOn": "2023-02-28", "locale": "en", "translationOf": draft.id(),
        }));
        for one in [&draft, &translated] {
            content::publish(&editor, "events", one);
        }
        let public = app.anonymous();
        let read = public.get("/api/v1/events/hoi-nghi?locale=en").expect(200);
        assert_eq!((read.header("content-language"), &read.data()["title"]), (Some("en"), &json!("Conference")));
        let translations = read.data()["translations"].clone();
        assert_eq!(each(&translations, "slug"), ["hoi-nghi"]);
        assert_eq!(each(public.get("/api/v1/events?locale=en").expect(200).data(), "slug"), ["conference"]);
        let twice = json!({"title": "Again", "kind": "conference", "startsOn": "2023-02-28", "locale": "en", "translationOf": draft.id()});
        editor.post("/api/v1/editorial/events", &twice).expect(409);
    }
}
