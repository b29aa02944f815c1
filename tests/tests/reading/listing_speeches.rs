//! The query language of the list of speeches.

use bantin_tests::{
    Client, TestApp, both, content,
    lists::{adds, costs, each, refusal, slugs, statements, walk},
    seed::SeedPage,
};
use serde_json::{Value, json};

const LIST: &str = "/api/v1/speeches";

struct Programme {
    event: String,
    speaker: String,
    department: String,
}

fn publish(chief: &Client, speech: &Value) -> String {
    content::publish(chief, "speeches", &content::made(chief, "speeches", speech)).id()
}

/// Three speeches at one event and one at another, which was published before.
fn programme(app: &TestApp) -> Programme {
    let chief = app.chief_editor();
    let speaker = content::made(&chief, "people", &json!({"displayName": "Tầng Phú An"})).id();
    let department = content::made(&chief, "organisations", &json!({"name": "Sở KH&CN"})).id();
    let drafts = ["Hội nghị", "Hội thảo"].map(|title| content::event(&chief, title));
    let other = content::publish(&chief, "events", &drafts[1]).id();
    app.clock.advance(60);
    let event = content::publish(&chief, "events", &drafts[0]).id();
    let director = json!({"personId": speaker, "name": "Tầng Phú An", "organisationId": department});
    let from_there = json!({"name": "Lê Văn Tám", "organisationId": department});
    let drafts = [
        json!({"eventId": event, "kind": "opening", "title": "Khai mạc", "speaker": director, "startsAt": "2023-02-28T07:30:00+07:00"}),
        // The department speaks twice, and the director with another: one row all the same.
        json!({"eventId": event, "kind": "report", "title": "Báo cáo", "speaker": from_there, "coSpeakers": [director], "startsAt": "2023-02-28T08:00:00+07:00"}),
        json!({"eventId": event, "kind": "discussion", "title": "Thảo luận"}),
        json!({"eventId": other, "kind": "opening", "title": "Đón tiếp", "startsAt": "2023-02-28T07:00:00+07:00"}),
    ]
    .map(|speech| content::made(&chief, "speeches", &speech));
    for draft in &drafts {
        app.clock.advance(60);
        content::publish(&chief, "speeches", draft);
    }
    let english = json!({"eventId": event, "kind": "opening", "title": "Opening", "locale": "en", "translationOf": drafts[0].id()});
    publish(&chief, &english);
    Programme { event, speaker, department }
}

both! {
    fn every_filter_means_what_it_says(app) {
        let Programme { event, speaker, department } = programme(&app);
        let public = app.anonymous();
        let id = |slug: &str| public.get(&format!("{LIST}/{slug}")).expect(200).id();
        let (opening, talk) = (id("khai-mac"), id("thao-luan"));
        for (query, expected) in [
            // The event that was published last comes first, and each with its programme.
            (String::new(), vec!["khai-mac", "bao-cao", "thao-luan", "don-tiep"]),
            ("sort=-order".to_owned(), vec!["don-tiep", "thao-luan", "bao-cao", "khai-mac"]),
            (format!("filter[event]={event}"), vec!["khai-mac", "bao-cao", "thao-luan"]),
            (format!("filter[event]={event}&locale=*"), vec!["khai-mac", "bao-cao", "thao-luan", "opening"]),
            ("filter[event]=hoi-nghi&sort=-order".to_owned(), vec!["thao-luan", "bao-cao", "khai-mac"]),
            ("filter[event]=hoi-thao".to_owned(), vec!["don-tiep"]),
            ("filter[event]=khong-co".to_owned(), vec![]),
            (format!("filter[id]={talk}"), vec!["thao-luan"]),
            (format!("filter[id][in]={talk},{opening}&sort=title"), vec!["khai-mac", "thao-luan"]),
            ("filter[slug][in]=don-tiep,khai-mac".to_owned(), vec!["khai-mac", "don-tiep"]),
            ("filter[locale]=en".to_owned(), vec!["opening"]),
            ("filter[kind]=opening".to_owned(), vec!["khai-mac", "don-tiep"]),
            ("filter[kind]=opening&sort=startsAt".to_owned(), vec!["don-tiep", "khai-mac"]),
            (format!("filter[person]={speaker}"), vec!["khai-mac", "bao-cao"]),
            (format!("filter[person]={speaker}&filter[event]={event}&sort=-order"), vec!["bao-cao", "khai-mac"]),
            ("filter[person]=tang-phu-an&sort=-startsAt".to_owned(), vec!["bao-cao", "khai-mac"]),
            ("filter[person]=tang-phu-an&filter[kind]=report".to_owned(), vec!["bao-cao"]),
            (format!("filter[person]={}", content::NOBODY), vec![]),
            (format!("filter[organisation]={department}"), vec!["khai-mac", "bao-cao"]),
            (format!("filter[organisation]={department}&sort=-order&locale=*"), vec!["bao-cao", "khai-mac"]),
            ("filter[organisation]=so-kh-cn&filter[kind]=report".to_owned(), vec!["bao-cao"]),
            ("filter[organisation]=so-kh-cn&filter[event]=hoi-nghi&filter[person]=tang-phu-an".to_owned(), vec!["khai-mac", "bao-cao"]),
            // What has no hour has no place among what has one.
            ("sort=startsAt".to_owned(), vec!["don-tiep", "khai-mac", "bao-cao"]),
            ("sort=-startsAt&locale=*".to_owned(), vec!["bao-cao", "khai-mac", "don-tiep"]),
            ("sort=startsAt&filter[event]=hoi-nghi".to_owned(), vec!["khai-mac", "bao-cao"]),
            ("sort=title".to_owned(), vec!["bao-cao", "don-tiep", "khai-mac", "thao-luan"]),
            ("sort=-title&filter[event]=hoi-nghi".to_owned(), vec!["thao-luan", "khai-mac", "bao-cao"]),
        ] {
            assert_eq!(slugs(&public, LIST, &query), expected, "{query}");
        }
    }

    fn programmes_stay_whole_though_their_events_were_published_at_once(app) {
        let chief = app.chief_editor();
        let events = ["Hội nghị", "Hội thảo"].map(|title| content::event(&chief, title));
        let mut expected = Vec::new();
        for event in &events {
            for n in 1..=5 {
                let title = format!("Bài {n} của {}", event.data()["title"].as_str().unwrap());
                content::made(&chief, "speeches", &json!({"eventId": event.id(), "kind": "report", "title": title}));
            }
        }
        for event in &events {
            content::publish_with(&chief, "events", event, &json!({"with": ["speeches"]}));
        }
        let public = app.anonymous();
        for name in ["hoi-thao", "hoi-nghi"] {
            expected.extend((1..=5).map(|n| format!("bai-{n}-cua-{name}")));
        }
        assert_eq!(slugs(&public, LIST, ""), expected);
        assert_eq!(slugs(&public, LIST, "filter[kind]=report&locale=*"), expected);
        walk(&public, LIST, "", |_| {});
        // A programme in another order is listed so, too.
        let event = chief.get(&format!("/api/v1/editorial/events/{}", events[0].id())).expect(200);
        let ids = each(&public.get(&format!("{LIST}?filter[event]=hoi-nghi&sort=-order")).expect(200), "id");
        let path = format!("/api/v1/editorial/events/{}/programme", event.id());
        chief.put(&path, &event.etag(), &json!({"speechIds": ids})).expect(200);
        content::publish(&chief, "events", &chief.get(&format!("/api/v1/editorial/events/{}", event.id())).expect(200));
        expected[5..].reverse();
        assert_eq!(slugs(&public, LIST, ""), expected);
        expected.reverse();
        assert_eq!(slugs(&public, LIST, "sort=-order"), expected);
    }

    fn what_is_not_offered_is_refused_with_what_is(app) {
        let public = app.anonymous();
        for (query, parameter, message) in [
            ("filter[kind]=song", "filter[kind]", "must be one of opening, report, presentation, discussion, closing, other"),
            ("filter[event][in]=a,b", "filter[event][in]", "is no operator of filter[event]; there is eq"),
            ("filter[persons]=a", "filter[persons]", "is unknown; did you mean filter[person]?"),
            ("sort=publishedAt", "sort", "must be one of order, startsAt, title, or one of them after a minus"),
            ("sort=title&filter[kind]=opening", "filter[kind]", "goes with sort=order or startsAt, up or down; sort=title goes with filter[id], filter[slug], filter[locale], filter[event], filter[person]"),
            ("include=speaker", "include", "speaker is unknown; there are event, speaker.person, attachments"),
            ("fields=title&include=speaker.person", "include", "speaker.person adds to speaker, which fields leaves out"),
        ] {
            assert_eq!(refusal(&public, LIST, query), (parameter.to_owned(), message.to_owned()), "{query}");
        }
    }

    fn pages_neither_skip_nor_repeat_in_any_order_while_rows_are_inserted(app) {
        let chief = app.chief_editor();
        let event = content::publish(&chief, "events", &content::event(&chief, "Hội nghị")).id();
        let department = content::made(&chief, "organisations", &json!({"name": "Sở"})).id();
        let person = content::made(&chief, "people", &json!({"displayName": "Tầng Phú An"})).id();
        let speech = |title: usize, hour: usize| json!({
            "eventId": event, "kind": "presentation", "title": format!("Tham luận {title}"), "startsAt": format!("2023-02-28T{:02}:00:00+07:00", 7 + hour),
            "speaker": {"name": "A", "personId": person, "organisationId": department}, "coSpeakers": [{"name": "B", "organisationId": department}],
        });
        for n in 0..10 {
            if n % 3 == 0 {
                app.clock.advance(60);
            }
            publish(&chief, &speech(n % 4, n % 5));
        }
        let public = app.anonymous();
        for query in [
            "", "sort=-order&locale=*", "filter[event]=hoi-nghi", "filter[event]=hoi-nghi&sort=-order", "filter[organisation]=so",
            "filter[organisation]=so&sort=-order&locale=*", "filter[person]=tang-phu-an", "filter[kind]=presentation&sort=startsAt",
            "sort=-startsAt", "sort=title", "sort=-title&filter[event]=hoi-nghi",
        ] {
            walk(&public, LIST, query, |seen| {
                app.clock.advance(1);
                publish(&chief, &speech(seen % 4, seen % 5));
            });
        }
    }

    fn a_cursor_is_of_one_programme_and_one_order(app) {
        programme(&app);
        let public = app.anonymous();
        let page = public.get(&format!("{LIST}?filter[event]=hoi-nghi&limit=1")).expect(200);
        let cursor = page.json["page"]["next"].as_str().unwrap();
        assert_eq!(each(&public.get(&format!("{LIST}?filter[event]=hoi-nghi&limit=1&cursor={cursor}")).expect(200), "slug"), ["bao-cao"]);
        for other in ["", "filter[event]=hoi-thao", "filter[event]=hoi-nghi&sort=-order", "filter[event]=hoi-nghi&sort=title"] {
            assert_eq!(refusal(&public, LIST, &format!("{other}&cursor={cursor}")).0, "cursor", "{other}");
        }
    }

    fn fields_leave_out_what_was_not_asked_for_and_its_statements(app) {
        programme(&app);
        let public = app.anonymous();
        let whole = public.get(&format!("{LIST}/khai-mac")).expect(200);
        let every: Vec<&str> = whole.data().as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(public.get(&format!("{LIST}/khai-mac?fields={}", every.join(","))).expect(200).data(), whole.data());
        let some = public.get(&format!("{LIST}?fields=speaker,body&body=text&filter[slug]=khai-mac")).expect(200);
        assert_eq!(some.data()[0]["speaker"], whole.data()["speaker"]);
        assert_eq!((some.data()[0].as_object().unwrap().len(), &some.data()[0]["body"]["format"]), (6, &json!("text")));
        let cost = |query: &str| statements(&public.get(&format!("{LIST}?{query}")).expect(200));
        // The rows and their events, with whom people and organisations are asked for; and then: media, translations.
        // What the site says is known by now.
        assert_eq!((cost("fields=title"), cost("")), (2, 4));
        assert_eq!((cost("fields=coSpeakers"), cost("fields=attachments"), cost("fields=body")), (2, 3, 3));
    }

    fn includes_add_to_what_is_shown_and_take_nothing_away(app) {
        let chief = app.chief_editor();
        let page = SeedPage::write(&chief);
        page.publish(&chief);
        let public = app.anonymous();
        let speech = format!("{LIST}/{}", page.speeches[0].id());
        let plain = public.get(&speech).expect(200);
        let more = public.get(&format!("{speech}?include=event,speaker.person,attachments")).expect(200);
        let (plain, more) = (plain.data(), more.data());
        let read = |path: String| public.get(&path).expect(200).data().clone();
        adds(&plain["event"], &more["event"], &read(format!("/api/v1/events/{}", page.event.id())), &["body"]);
        assert_eq!(more["event"].get("body"), None);
        assert_eq!(more["speaker"]["person"], read(format!("/api/v1/people/{}", page.director.id())));
        adds(&plain["speaker"], &more["speaker"], &plain["speaker"], &[]);
        // A speaker whom the directory does not know stays as introduced.
        let unknown = read(format!("{LIST}/{}?include=speaker.person", page.speeches[2].id()));
        assert_eq!((&unknown["speaker"]["name"], unknown["speaker"].get("person")), (&json!("Ngô Hồng Duy Anh"), None));
    }

    fn an_answer_costs_the_same_for_one_row_as_for_many(app) {
        let chief = app.chief_editor();
        let page = SeedPage::write(&chief);
        page.publish(&chief);
        let public = app.anonymous();
        for query in [
            "include=event,speaker.person,attachments".to_owned(),
            format!("filter[event]={}&fields=title,body", page.event.id()),
            format!("filter[organisation]={}", page.department.id()),
            format!("filter[person]={}&sort=title", page.director.id()),
        ] {
            let (one, all, rows) = costs(&public, LIST, &query);
            assert!(rows > 1, "{query}");
            assert_eq!(one, all, "{query}");
        }
    }

    fn a_list_is_searched_within_its_filters(app) {
        programme(&app);
        let public = app.anonymous();
        assert_eq!(slugs(&public, LIST, "q=khai%20mac"), ["khai-mac"]);
        assert_eq!(slugs(&public, LIST, "q=khai%20mac&filter[event]=hoi-thao"), Vec::<String>::new());
        assert_eq!(slugs(&public, LIST, "q=khai%20mac&filter[person]=tang-phu-an&filter[organisation]=so-kh-cn"), ["khai-mac"]);
    }
}
