//! The query language of the list of events.

use bantin_tests::{
    Client, TestApp, both, content,
    lists::{adds, costs, refusal, slugs, statements, walk},
    seed::SeedPage,
};
use serde_json::{Value, json};

const LIST: &str = "/api/v1/events";

struct Calendar {
    department: String,
    section: String,
    speaker: String,
}

/// Six events around 14/03/2023, and one in another language. Two begin on one day, the later one first known.
fn calendar(app: &TestApp) -> Calendar {
    let chief = app.chief_editor();
    let section = content::category(&chief, "Hoạt động");
    let below = content::made(&chief, "categories", &json!({"name": "Cấp huyện", "parentId": section})).id();
    let department = content::made(&chief, "organisations", &json!({"name": "Sở KH&CN"})).id();
    let speaker = content::made(&chief, "people", &json!({"displayName": "Tầng Phú An"})).id();
    let events = [
        // Held by the department under two names: one row all the same.
        json!({"title": "Ánh sáng", "kind": "workshop", "startsOn": "2022-06-01", "endsOn": "2022-06-03", "status": "held",
            "organisers": [{"organisationId": department, "name": "Sở"}, {"organisationId": department}], "categoryId": below}),
        json!({"title": "Trưng bày", "kind": "exhibition", "startsOn": "2022-12-01", "endsOn": "2023-03-31"}),
        json!({"title": "Buổi chiều", "kind": "conference", "startsAt": "2023-02-28T14:00:00+07:00",
            "organisers": [{"organisationId": department}], "categoryId": section}),
        json!({"title": "An Giang", "kind": "conference", "startsAt": "2023-02-28T07:30:00+07:00", "status": "cancelled",
            "organisers": [{"organisationId": department}], "categoryId": below}),
        json!({"title": "Hôm nay", "kind": "meeting", "startsOn": "2023-03-14", "categoryId": section}),
        json!({"title": "Ngày mai", "kind": "workshop", "startsOn": "2023-03-15", "endsOn": "2023-03-16"}),
    ];
    let mut last = String::new();
    for event in events {
        app.clock.advance(60);
        last = content::publish(&chief, "events", &content::made(&chief, "events", &event)).id();
    }
    let english = json!({"title": "Tomorrow", "kind": "workshop", "startsOn": "2023-03-15", "locale": "en", "translationOf": last});
    content::publish(&chief, "events", &content::made(&chief, "events", &english));
    let held = chief.get("/api/v1/events/anh-sang").expect(200).id();
    for (title, role) in [("Khai mạc", "speaker"), ("Tham luận", "coSpeakers")] {
        let who = json!({"personId": speaker, "name": "Tầng Phú An"});
        let who = if role == "speaker" { who } else { json!([who]) };
        let speech = json!({"eventId": held, "kind": "opening", "title": title, role: who});
        content::publish(&chief, "speeches", &content::made(&chief, "speeches", &speech));
    }
    Calendar { department, section, speaker }
}

fn publish(chief: &Client, event: &Value) {
    content::publish(chief, "events", &content::made(chief, "events", event));
}

both! {
    fn every_filter_means_what_it_says(app) {
        let Calendar { department, section, speaker } = calendar(&app);
        let public = app.anonymous();
        let id = |slug: &str| public.get(&format!("{LIST}/{slug}")).expect(200).id();
        let (light, province) = (id("anh-sang"), id("an-giang"));
        let of_one_day = {
            let mut ids = [(province.clone(), "an-giang"), (id("buoi-chieu"), "buoi-chieu")];
            ids.sort();
            ids.map(|(_, slug)| slug)
        };
        let [low, high] = of_one_day;
        for (query, expected) in [
            (String::new(), vec!["ngay-mai", "hom-nay", high, low, "trung-bay", "anh-sang"]),
            ("sort=startsOn".to_owned(), vec!["anh-sang", "trung-bay", low, high, "hom-nay", "ngay-mai"]),
            (format!("filter[id]={light}"), vec!["anh-sang"]),
            (format!("filter[id][in]={light},{province}"), vec!["an-giang", "anh-sang"]),
            ("filter[slug]=hom-nay".to_owned(), vec!["hom-nay"]),
            ("filter[slug][in]=hom-nay,tomorrow,khong-co".to_owned(), vec!["hom-nay"]),
            ("filter[slug][in]=hom-nay,tomorrow&locale=*".to_owned(), vec!["tomorrow", "hom-nay"]),
            ("filter[locale]=en".to_owned(), vec!["tomorrow"]),
            ("filter[kind]=conference".to_owned(), vec![high, low]),
            ("filter[kind]=conference&filter[status]=cancelled".to_owned(), vec!["an-giang"]),
            ("filter[status]=held".to_owned(), vec!["anh-sang"]),
            (format!("filter[category]={section}"), vec!["hom-nay", high, low, "anh-sang"]),
            ("filter[category]=cap-huyen".to_owned(), vec!["an-giang", "anh-sang"]),
            (format!("filter[organisation]={department}"), vec![high, low, "anh-sang"]),
            ("filter[organisation]=so-kh-cn&filter[category]=cap-huyen&sort=startsOn&locale=*".to_owned(), vec!["anh-sang", "an-giang"]),
            (format!("filter[person]={speaker}"), vec!["anh-sang"]),
            ("filter[person]=tang-phu-an&filter[organisation]=so-kh-cn&filter[when]=past".to_owned(), vec!["anh-sang"]),
            (format!("filter[person]={}", content::NOBODY), vec![]),
            ("filter[person]=khong-co".to_owned(), vec![]),
            ("filter[when]=upcoming".to_owned(), vec!["ngay-mai"]),
            ("filter[when]=upcoming&locale=*&sort=startsOn&filter[kind]=workshop".to_owned(), {
                let mut ids = [(id("ngay-mai"), "ngay-mai"), (id("tomorrow"), "tomorrow")];
                ids.sort();
                ids.map(|(_, slug)| slug).to_vec()
            }),
            ("filter[when]=ongoing".to_owned(), vec!["hom-nay", "trung-bay"]),
            ("filter[when]=ongoing&sort=startsOn&locale=*".to_owned(), vec!["trung-bay", "hom-nay"]),
            (format!("filter[when]=ongoing&filter[category]={section}"), vec!["hom-nay"]),
            ("filter[when]=past".to_owned(), vec![high, low, "anh-sang"]),
            (format!("filter[when]=past&filter[organisation]={department}&filter[category]={section}&sort=startsOn"), vec!["anh-sang", low, high]),
            ("filter[startsOn]=2023-02-28".to_owned(), vec![high, low]),
            ("filter[startsOn][lt]=2023-02-28".to_owned(), vec!["trung-bay", "anh-sang"]),
            ("filter[startsOn][lte]=2022-12-01".to_owned(), vec!["trung-bay", "anh-sang"]),
            ("filter[startsOn][gt]=2023-02-28".to_owned(), vec!["ngay-mai", "hom-nay"]),
            ("filter[startsOn][gte]=2023-02-28&filter[startsOn][lt]=2023-03-14".to_owned(), vec![high, low]),
            (format!("filter[startsOn]=2023-02-28&filter[category]={section}"), vec![high, low]),
            (format!("filter[startsOn][gt]=2022-06-01&filter[organisation]={department}"), vec![high, low]),
            (format!("filter[startsOn][lte]=9999-12-31&filter[organisation]={department}"), vec![high, low, "anh-sang"]),
            ("filter[endsOn]=2022-06-03".to_owned(), vec!["anh-sang"]),
            ("filter[endsOn][lt]=2023-02-28".to_owned(), vec!["anh-sang"]),
            ("filter[endsOn][lte]=2023-02-28".to_owned(), vec![high, low, "anh-sang"]),
            ("filter[endsOn][gt]=2023-03-14".to_owned(), vec!["ngay-mai", "trung-bay"]),
            ("filter[endsOn][gte]=2023-03-14&sort=startsOn".to_owned(), vec!["trung-bay", "hom-nay", "ngay-mai"]),
            ("filter[endsOn][gte]=2024-01-01".to_owned(), vec![]),
            // A month: what begins before its end and ends after its beginning.
            ("filter[startsOn][lte]=2023-02-28&filter[endsOn][gte]=2023-02-01&sort=startsOn".to_owned(), vec!["trung-bay", low, high]),
            (format!("filter[endsOn][gte]=2023-02-28&filter[category]={section}"), vec!["hom-nay", high, low]),
            ("sort=updatedAt&filter[updatedAt][gt]=2023-03-14T08:04:00%2B07:00".to_owned(), vec!["hom-nay", "ngay-mai"]),
            ("sort=-updatedAt&filter[updatedAt]=2023-03-14&locale=en".to_owned(), vec!["tomorrow"]),
            ("sort=title".to_owned(), vec!["an-giang", "anh-sang", "buoi-chieu", "hom-nay", "ngay-mai", "trung-bay"]),
            (format!("sort=-title&filter[id][in]={light},{province}"), vec!["anh-sang", "an-giang"]),
        ] {
            assert_eq!(slugs(&public, LIST, &query), expected, "{query}");
        }
    }

    fn what_is_not_offered_is_refused_with_what_is(app) {
        let public = app.anonymous();
        for (query, parameter, message) in [
            ("filter[kind]=party", "filter[kind]", "must be one of conference, workshop, seminar, training, ceremony, meeting, contest, exhibition, other"),
            ("filter[kind][in]=meeting,other", "filter[kind][in]", "is no operator of filter[kind]; there is eq"),
            ("filter[when]=soon", "filter[when]", "must be one of upcoming, ongoing, past"),
            ("filter[startsOn]=2023", "filter[startsOn]", "must be a day such as 2023-02-28 or 28/02/2023"),
            ("filter[endsOn][gt]=2023-02-28T07:30:00%2B07:00", "filter[endsOn][gt]", "must be a day such as 2023-02-28 or 28/02/2023"),
            ("filter[startOn]=2023-02-28", "filter[startOn]", "is unknown; did you mean filter[startsOn]?"),
            ("filter[person]=Nobody!", "filter[person]", "must be an id or a slug"),
            ("sort=endsOn", "sort", "must be one of startsOn, updatedAt, title, or one of them after a minus"),
            ("sort=title&filter[when]=past", "filter[when]", "goes with sort=startsOn, up or down; sort=title goes with filter[id], filter[slug], filter[locale]"),
            ("include=organiser", "include", "organiser is unknown; did you mean organisers?"),
            ("fields=title&include=category", "include", "category adds to category, which fields leaves out"),
            ("q=hoi&sort=title", "sort", "goes without q, whose best match comes first"),
            ("body=text", "body", "is the form of a text that fields does not ask for"),
        ] {
            assert_eq!(refusal(&public, LIST, query), (parameter.to_owned(), message.to_owned()), "{query}");
        }
    }

    fn pages_neither_skip_nor_repeat_in_any_order_while_rows_are_inserted(app) {
        let chief = app.chief_editor();
        let section = content::category(&chief, "Tin");
        let department = content::made(&chief, "organisations", &json!({"name": "Sở"})).id();
        let event = |title: String, day: usize, hour: usize| json!({
            "title": title, "kind": "meeting", "startsAt": format!("2023-02-{day:02}T{hour:02}:00:00+07:00"), "categoryId": section,
            "organisers": [{"organisationId": department}, {"name": "Huyện"}, {"organisationId": department, "name": "Sở ấy"}],
        });
        // Days, titles and minutes of publishing that several share: then only the id decides, not the hour.
        for n in 0..11 {
            if n % 3 == 0 {
                app.clock.advance(60);
            }
            publish(&chief, &event(format!("Họp {}", n % 4), 10 + n % 4, 20 - n));
        }
        let public = app.anonymous();
        for query in [
            "sort=startsOn", "sort=-startsOn&locale=*", "sort=updatedAt", "sort=-updatedAt", "sort=title", "sort=-title&locale=*",
            "filter[category]=tin", "filter[organisation]=so&sort=startsOn", "filter[organisation]=so&filter[category]=tin&locale=*",
            "filter[kind]=meeting&filter[when]=past",
        ] {
            walk(&public, LIST, query, |seen| publish(&chief, &event("Họp 2".to_owned(), if seen % 8 == 0 { 10 } else { 13 }, seen % 20)));
        }
    }

    fn fields_leave_out_what_was_not_asked_for_and_its_statements(app) {
        calendar(&app);
        let public = app.anonymous();
        let whole = public.get(&format!("{LIST}/anh-sang")).expect(200);
        let some = public.get(&format!("{LIST}/anh-sang?fields=title,organisers")).expect(200);
        for (name, value) in some.data().as_object().unwrap() {
            assert_eq!(value, &whole.data()[name], "{name}");
        }
        assert_eq!(some.data().as_object().unwrap().len(), 6);
        let every: Vec<&str> = whole.data().as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(public.get(&format!("{LIST}/anh-sang?fields={}", every.join(","))).expect(200).data(), whole.data());
        assert_eq!(public.get(LIST).expect(200).data()[0].get("body"), None);
        let cost = |query: &str| statements(&public.get(&format!("{LIST}?{query}")).expect(200));
        // The rows, and then: sections, organisers, media, translations. What the site says is known by now.
        assert_eq!((cost("fields=title"), cost("limit=50")), (1, 5));
        for field in ["organisers", "cover", "category", "links", "attachments", "body"] {
            assert_eq!(cost(&format!("fields={field}")), 2, "{field}");
        }
    }

    fn includes_add_to_what_is_shown_and_take_nothing_away(app) {
        let chief = app.chief_editor();
        let page = SeedPage::write(&chief);
        page.publish(&chief);
        let public = app.anonymous();
        let event = format!("{LIST}/{}", page.event.id());
        let plain = public.get(&event).expect(200);
        let names = "category,cover,organisers,speeches,attendees,articles";
        let more = public.get(&format!("{event}?include={names}")).expect(200);
        let (plain, more) = (plain.data(), more.data());
        let read = |path: String| public.get(&path).expect(200).data().clone();
        adds(&plain["category"], &more["category"], &read(format!("/api/v1/categories/{}", page.section)), &[]);
        adds(&plain["organisers"][0], &more["organisers"][0], &read(format!("/api/v1/organisations/{}", page.department.id())), &[]);
        assert_eq!(more["speeches"], read(format!("{event}/programme"))["speeches"]);
        assert_eq!(more["attendees"], read(format!("{event}/attendees")));
        assert_eq!(more["articles"], read(format!("/api/v1/articles?filter[event]={}", page.event.id())));
        assert_eq!(more["articles"].as_array().map(Vec::len), Some(1));
        for (name, value) in plain.as_object().unwrap().iter().filter(|(name, _)| !["category", "organisers"].contains(&name.as_str())) {
            assert_eq!(&more[name], value, "{name}");
        }
        // What is asked for is a list where there is nothing too.
        publish(&chief, &json!({"title": "Trống", "kind": "other", "startsOn": "2023-04-01"}));
        let empty = read(format!("{LIST}/trong?fields=title&include=speeches,attendees,articles"));
        assert_eq!((&empty["speeches"], &empty["attendees"], &empty["articles"]), (&json!([]), &json!([]), &json!([])));
    }

    fn what_is_not_public_is_not_included(app) {
        let chief = app.chief_editor();
        let section = content::category(&chief, "Tin");
        let event = content::publish(&chief, "events", &content::event(&chief, "Hội nghị"));
        let article = json!({"title": "Nháp", "categoryId": section, "eventIds": [event.id()], "body": {"format": "text", "value": "Nháp"}});
        content::made(&chief, "articles", &article);
        content::made(&chief, "speeches", &json!({"eventId": event.id(), "kind": "opening", "title": "Nháp"}));
        let attendee = json!({"kind": "person", "name": "Nguyễn Kín", "role": "delegate", "visibility": "private"});
        content::made(&chief, &format!("events/{}/attendees", event.id()), &attendee);
        let read = app.anonymous().get(&format!("{LIST}/hoi-nghi?include=speeches,attendees,articles")).expect(200);
        let read = read.data();
        assert_eq!((&read["speeches"], &read["attendees"], &read["articles"]), (&json!([]), &json!([]), &json!([])));
    }

    fn an_answer_costs_the_same_for_one_row_as_for_many(app) {
        let chief = app.chief_editor();
        let page = SeedPage::write(&chief);
        page.publish(&chief);
        for n in 0..3 {
            publish(&chief, &json!({
                "title": format!("Họp {n}"), "kind": "meeting", "startsOn": "2023-04-01", "categoryId": page.section, "coverId": page.picture.id(),
                "organisers": [{"organisationId": page.department.id()}],
            }));
        }
        let public = app.anonymous();
        for query in [
            // The event with a programme comes first: where nothing is found, nothing is asked about it.
            "sort=startsOn&include=category,cover,organisers,speeches,attendees,articles".to_owned(),
            format!("filter[category]={}&filter[organisation]={}", page.section, page.department.id()),
            "filter[endsOn][gte]=2023-01-01&fields=title,body".to_owned(),
        ] {
            let (one, all, rows) = costs(&public, LIST, &query);
            assert_eq!((one, rows), (all, 4), "{query}");
        }
    }

    fn a_list_is_searched_within_its_filters(app) {
        calendar(&app);
        let public = app.anonymous();
        assert_eq!(slugs(&public, LIST, "q=anh%20sang"), ["anh-sang"]);
        assert_eq!(slugs(&public, LIST, "q=anh%20sang&filter[when]=upcoming"), Vec::<String>::new());
        assert_eq!(slugs(&public, LIST, "q=anh%20sang&filter[when]=past&filter[organisation]=so-kh-cn"), ["anh-sang"]);
    }
}
