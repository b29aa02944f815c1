//! Speeches: public only with their event, in the order of its programme, with their speakers as
//! introduced that day.

use bantin_tests::{Answer, Client, both, content};
use serde_json::{Value, json};

fn event(client: &Client, title: &str) -> Answer {
    client
        .post("/api/v1/editorial/events", &json!({"title": title, "kind": "conference", "startsOn": "2023-02-28"}))
        .expect(201)
}

fn speech(client: &Client, event: &Answer, title: &str, more: Value) -> Answer {
    let mut write = json!({"eventId": event.id(), "kind": "presentation", "title": title});
    write.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.post("/api/v1/editorial/speeches", &write).expect(201)
}

fn orders(client: &Client, event: &Answer) -> Vec<(String, i64)> {
    let list = client.get(&format!("/api/v1/editorial/speeches?filter[event]={}", event.id())).expect(200);
    let mut rows: Vec<(String, i64)> = list
        .data()
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["title"].as_str().unwrap().to_owned(), row["order"].as_i64().unwrap()))
        .collect();
    rows.sort_by_key(|(_, order)| *order);
    rows
}

fn titles(answer: &Answer) -> Vec<String> {
    answer.data().as_array().unwrap().iter().map(|row| row["title"].as_str().unwrap().to_owned()).collect()
}

both! {
    fn a_speech_belongs_to_an_event_that_exists(app) {
        let editor = app.chief_editor();
        let stray = json!({"eventId": "01900000-0000-7000-8000-00000000dead", "kind": "report", "title": "Báo cáo"});
        let refused = editor.post("/api/v1/editorial/speeches", &stray).expect(422);
        assert_eq!(refused.faults().1, [("/eventId".to_owned(), "unknown_reference".to_owned())]);
        let (here, there) = (event(&editor, "Đây"), event(&editor, "Kia"));
        let made = speech(&editor, &here, "Báo cáo", json!({}));
        let path = format!("/api/v1/editorial/speeches/{}", made.id());
        let moved = editor.patch(&path, &made.etag(), &json!({"eventId": there.id()})).expect(422);
        assert_eq!(moved.faults().1, [("/eventId".to_owned(), "immutable".to_owned())]);
    }

    fn a_new_speech_stands_at_the_end_or_where_it_is_put(app) {
        let editor = app.chief_editor();
        let event = event(&editor, "Hội nghị");
        assert_eq!(speech(&editor, &event, "Một", json!({})).data()["order"], 1);
        assert_eq!(speech(&editor, &event, "Hai", json!({})).data()["order"], 2);
        let inserted = speech(&editor, &event, "Chen", json!({"order": 1}));
        assert_eq!(inserted.data()["order"], 1);
        let expected = |names: [&str; 3]| names.iter().zip(1..).map(|(name, n)| ((*name).to_owned(), n)).collect::<Vec<(String, i64)>>();
        assert_eq!(orders(&editor, &event), expected(["Chen", "Một", "Hai"]));
        let path = format!("/api/v1/editorial/speeches/{}", inserted.id());
        let moved = editor.patch(&path, &inserted.etag(), &json!({"order": 99})).expect(200);
        assert_eq!(moved.data()["order"], 3, "beyond the end is the end");
        assert_eq!(orders(&editor, &event), expected(["Một", "Hai", "Chen"]));
        let nought = editor.patch(&path, &moved.etag(), &json!({"order": 0})).expect(422);
        assert_eq!(nought.faults().1, [("/order".to_owned(), "out_of_range".to_owned())]);
    }

    fn the_public_order_tells_nothing_of_drafts(app) {
        let editor = app.chief_editor();
        let event = event(&editor, "Hội nghị");
        let one = speech(&editor, &event, "Một", json!({}));
        let hidden = speech(&editor, &event, "Giấu", json!({}));
        let two = speech(&editor, &event, "Hai", json!({}));
        for speech in [&two, &one] {
            content::publish(&editor, "speeches", speech);
        }
        content::publish(&editor, "events", &event);
        let public = app.anonymous();
        let order = |slug: &str| public.get(&format!("/api/v1/speeches/{slug}")).expect(200).data()["order"].clone();
        assert_eq!((order("mot"), order("hai")), (json!(1), json!(2)));
        content::publish(&editor, "speeches", &hidden);
        assert_eq!((order("mot"), order("giau"), order("hai")), (json!(1), json!(2), json!(3)));
    }

    fn somebody_is_introduced_by_something(app) {
        let editor = app.chief_editor();
        let event = event(&editor, "Hội nghị");
        let write = |speaker: Value| json!({"eventId": event.id(), "kind": "opening", "title": "Khai mạc", "speaker": speaker});
        let refused = editor.post("/api/v1/editorial/speeches", &write(json!({"honorific": "Ông"}))).expect(422);
        assert_eq!(refused.faults().1, [("/speaker".to_owned(), "required".to_owned())]);
        let unknown = json!({"name": "A", "personId": "01900000-0000-7000-8000-00000000dead"});
        let refused = editor.post("/api/v1/editorial/speeches", &write(unknown)).expect(422);
        assert_eq!(refused.faults().1, [("/speaker/personId".to_owned(), "unknown_reference".to_owned())]);
        let nobody = editor.post("/api/v1/editorial/speeches", &write(Value::Null)).expect(201);
        assert_eq!(nobody.data()["speaker"], Value::Null);
    }

    fn a_speaker_stays_as_introduced_when_the_directory_changes(app) {
        let editor = app.chief_editor();
        let person = editor.post("/api/v1/editorial/people", &json!({"displayName": "Lê Văn Tám"})).expect(201);
        let event = event(&editor, "Hội nghị");
        let said = json!({"personId": person.id(), "name": "TS. Lê Văn Tám", "position": "Phó Giám đốc"});
        let draft = speech(&editor, &event, "Tham luận", json!({"speaker": said, "coSpeakers": [{"personId": person.id(), "position": "Đồng tác giả"}]}));
        content::publish(&editor, "speeches", &draft);
        let public = app.anonymous();
        public.get("/api/v1/people/le-van-tam").expect(404);
        let published = content::publish(&editor, "events", &event);
        public.get("/api/v1/people/le-van-tam").expect(200);

        let path = format!("/api/v1/editorial/people/{}", person.id());
        editor.patch(&path, &person.etag(), &json!({"displayName": "Lê Văn Chín"})).expect(200);
        let read = public.get("/api/v1/speeches/tham-luan").expect(200);
        assert_eq!(read.data()["speaker"], json!({
            "personId": person.id(), "slug": "le-van-tam", "name": "TS. Lê Văn Tám", "honorific": null,
            "position": "Phó Giám đốc", "organisation": null, "organisationId": null,
        }));
        assert_eq!(read.data()["coSpeakers"][0]["name"], "Lê Văn Chín", "what was not said that day is the directory's");
        assert_eq!(titles(&public.get("/api/v1/speeches?filter[person]=le-van-tam").expect(200)), ["Tham luận"]);
        assert_eq!(public.get("/api/v1/events?filter[person]=le-van-tam").expect(200).data()[0]["slug"], "hoi-nghi");

        editor.post_at(&format!("/api/v1/editorial/events/{}/actions/unpublish", event.id()), &published.etag(), &json!({})).expect(200);
        public.get("/api/v1/people/le-van-tam").expect(404);
    }

    fn the_speeches_of_an_event_are_listed_in_its_order(app) {
        let editor = app.chief_editor();
        let (first, second) = (event(&editor, "Sáng"), event(&editor, "Chiều"));
        for (event, title) in [(&first, "Một"), (&second, "Khác"), (&first, "Hai"), (&first, "Ba")] {
            content::publish(&editor, "speeches", &speech(&editor, event, title, json!({})));
            app.clock.advance(60);
        }
        for event in [&first, &second] {
            content::publish(&editor, "events", &editor.get(&format!("/api/v1/editorial/events/{}", event.id())).expect(200));
        }
        let public = app.anonymous();
        assert_eq!(titles(&public.get("/api/v1/speeches").expect(200)), ["Khác", "Một", "Hai", "Ba"], "the later event first, each in its order");
        let page = public.get("/api/v1/speeches?filter[event]=sang&limit=2").expect(200);
        assert_eq!(titles(&page), ["Một", "Hai"]);
        let rest = public.get(&format!("/api/v1/speeches?filter[event]=sang&limit=2&cursor={}", page.json["page"]["next"].as_str().unwrap())).expect(200);
        assert_eq!(titles(&rest), ["Ba"]);
        let back = public.get(&format!("/api/v1/speeches?filter[event]=sang&limit=2&cursor={}", rest.json["page"]["previous"].as_str().unwrap())).expect(200);
        assert_eq!(back.data(), page.data());
        assert_eq!(public.get("/api/v1/speeches?filter[event]=khong-co").expect(200).data(), &json!([]));
    }

    fn a_speech_that_moved_is_found_under_its_old_address(app) {
        let editor = app.chief_editor();
        let event = event(&editor, "Hội nghị");
        content::publish(&editor, "events", &event);
        let draft = speech(&editor, &event, "Tên cũ", json!({"body": {"format": "text", "value": "Kính thưa."}}));
        let published = content::publish(&editor, "speeches", &draft);
        let path = format!("/api/v1/editorial/speeches/{}", draft.id());
        let renamed = editor.patch(&path, &published.etag(), &json!({"slug": "ten-moi"})).expect(200);
        content::publish(&editor, "speeches", &renamed);
        let moved = app.anonymous().get("/api/v1/speeches/ten-cu?body=text").expect(301);
        assert_eq!(moved.header("location"), Some("https://tin.example/api/v1/speeches/ten-moi?body=text"));
        let read = app.anonymous().get("/api/v1/speeches/ten-moi?body=text").expect(200);
        assert_eq!(read.data()["body"], json!({"format": "text", "value": "Kính thưa."}));
    }
}
