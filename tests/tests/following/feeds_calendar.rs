//! Calendars, byte for byte.

use bantin_tests::{Answer, Client, both, content};
use serde_json::{Value, json};

fn text(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.bytes).unwrap()
}

fn published(editor: &Client, write: Value) -> Answer {
    let draft = content::made(editor, "events", &write);
    content::publish(editor, "events", &draft)
}

/// The lines of a calendar as they were before they were folded. Fails for what RFC 5545 does not let pass.
fn unfolded(calendar: &str) -> Vec<String> {
    assert!(calendar.ends_with("\r\n"), "the last line ends, too");
    assert!(!calendar.replace("\r\n", "").contains(['\r', '\n']), "lines end with CRLF and nothing else");
    assert!(calendar.split("\r\n").all(|line| line.len() <= 75), "a line has 75 octets at most:\n{calendar}");
    calendar.replace("\r\n ", "").trim_end_matches("\r\n").split("\r\n").map(ToOwned::to_owned).collect()
}

/// The lines of each event.
fn events(calendar: &str) -> Vec<Vec<String>> {
    let lines = unfolded(calendar);
    let begins = lines.iter().enumerate().filter(|(_, line)| *line == "BEGIN:VEVENT").map(|(n, _)| n);
    begins.map(|n| lines[n + 1..].iter().take_while(|line| *line != "END:VEVENT").cloned().collect()).collect()
}

fn value<'l>(lines: &'l [String], name: &str) -> &'l str {
    let line = lines.iter().find(|line| line.starts_with(&format!("{name}:")) || line.starts_with(&format!("{name};")));
    line.unwrap_or_else(|| panic!("no {name} in {lines:#?}"))
}

both! {
    fn an_event_has_every_property_that_calendars_look_for(app) {
        let editor = app.admin();
        let section = content::category(&editor, "Khoa học, công nghệ");
        let event = published(&editor, json!({
            "title": "Hội nghị tổng kết; đợt 1, năm 2023", "kind": "conference", "status": "confirmed",
            "startsAt": "2023-04-01T08:00:00+07:00", "endsAt": "2023-04-01T11:30:00+07:00", "categoryId": section,
            "venue": {"name": "Hội trường UBND huyện", "address": "Số 1, đường A", "latitude": 10.5, "longitude": 105.25},
            "onlineUrl": "https://meet.example/a?b=1,2", "organisers": [{"name": "Phòng Kinh tế"}],
            "summary": "Dòng một.\nDòng hai \\ hết.",
        }));
        let speech = content::made(&editor, "speeches", &json!({
            "eventId": event.id(), "kind": "report", "title": "Báo cáo chuyên đề", "startsAt": "2023-04-01T08:30:00+07:00",
            "speaker": {"name": "Nguyễn Văn A", "honorific": "TS.", "position": "Giám đốc", "organisation": "Sở KH&CN"},
        }));
        content::publish(&editor, "speeches", &speech);
        let calendar = app.anonymous().get("/feeds/events.ics").expect(200);
        assert_eq!(calendar.header("content-type"), Some("text/calendar; charset=utf-8"));
        let lines = unfolded(text(&calendar));
        assert_eq!(lines[0..4], ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Bantin//Bantin//EN", "CALSCALE:GREGORIAN"]);
        let zone = lines.iter().position(|line| line == "BEGIN:VTIMEZONE").unwrap();
        assert_eq!(lines[zone..zone + 8], [
            "BEGIN:VTIMEZONE", "TZID:Asia/Ho_Chi_Minh", "BEGIN:STANDARD", "DTSTART:19750613T000000",
            "TZOFFSETFROM:+0800", "TZOFFSETTO:+0700", "TZNAME:+07", "END:STANDARD",
        ]);
        let found = events(text(&calendar));
        assert_eq!(found.len(), 1);
        let address = format!("https://tin.example/api/v1/events/{}", event.data()["slug"].as_str().unwrap());
        let description = "Dòng một.\\nDòng hai \\\\ hết.\\n\\nĐơn vị tổ chức: Phòng Kinh tế\\n\\nChương trình:\\n\
            08:30 Báo cáo chuyên đề – TS. Nguyễn Văn A (Giám đốc\\, Sở KH&CN)\\n\\n";
        assert_eq!(found[0], [
            format!("UID:{}", event.id()),
            "DTSTAMP:20230314T010000Z".to_owned(),
            "LAST-MODIFIED:20230314T010000Z".to_owned(),
            "CREATED:20230314T010000Z".to_owned(),
            "SEQUENCE:0".to_owned(),
            "DTSTART;TZID=Asia/Ho_Chi_Minh:20230401T080000".to_owned(),
            "DTEND;TZID=Asia/Ho_Chi_Minh:20230401T113000".to_owned(),
            "SUMMARY;LANGUAGE=vi:Hội nghị tổng kết\\; đợt 1\\, năm 2023".to_owned(),
            "STATUS:CONFIRMED".to_owned(),
            format!("DESCRIPTION;LANGUAGE=vi:{description}{address}"),
            "LOCATION;LANGUAGE=vi:Hội trường UBND huyện\\, Số 1\\, đường A".to_owned(),
            "GEO:10.5;105.25".to_owned(),
            "CATEGORIES:Khoa học\\, công nghệ".to_owned(),
            "CONFERENCE;VALUE=URI:https://meet.example/a?b=1,2".to_owned(),
            format!("URL:{address}"),
        ]);
        let saved = app.anonymous().get(&format!("/feeds/events/{}.ics", event.id())).expect(200);
        assert_eq!(events(text(&saved)), found);
        assert_eq!(saved.header("content-disposition").unwrap(), format!("attachment; filename=\"{}.ics\"", event.data()["slug"].as_str().unwrap()));
    }

    fn an_event_of_days_ends_on_the_day_after_its_last(app) {
        let editor = app.admin();
        published(&editor, json!({"title": "Hội thi", "kind": "contest", "startsOn": "2023-02-27", "endsOn": "2023-02-28"}));
        let found = events(text(&app.anonymous().get("/feeds/events.ics").expect(200)));
        assert_eq!(value(&found[0], "DTSTART"), "DTSTART;VALUE=DATE:20230227");
        assert_eq!(value(&found[0], "DTEND"), "DTEND;VALUE=DATE:20230301");
        assert_eq!(value(&found[0], "STATUS"), "STATUS:TENTATIVE");
    }

    fn what_is_cancelled_stays_under_its_name_with_a_higher_sequence(app) {
        let editor = app.admin();
        let event = published(&editor, json!({"title": "Hội thảo", "kind": "workshop", "startsOn": "2023-05-01"}));
        let public = app.anonymous();
        let before = events(text(&public.get("/feeds/events.ics").expect(200)));
        app.clock.advance(60);
        let path = format!("/api/v1/editorial/events/{}", event.id());
        let edited = editor.patch(&path, &event.etag(), &json!({"status": "cancelled", "slug": "ten-khac"})).expect(200);
        assert_eq!(events(text(&public.get("/feeds/events.ics").expect(200))), before, "not before it is published");
        content::publish(&editor, "events", &edited);
        let after = events(text(&public.get("/feeds/events.ics").expect(200)));
        assert_eq!(value(&after[0], "STATUS"), "STATUS:CANCELLED");
        assert_eq!(value(&after[0], "UID"), value(&before[0], "UID"));
        let sequence = |lines: &[String]| value(lines, "SEQUENCE")["SEQUENCE:".len()..].parse::<u32>().unwrap();
        assert!(sequence(&after[0]) > sequence(&before[0]));
        assert_eq!(value(&after[0], "LAST-MODIFIED"), "LAST-MODIFIED:20230314T010100Z");
    }

    fn a_calendar_takes_the_filters_of_the_list_and_reaches_400_days_back(app) {
        let editor = app.admin();
        let section = content::category(&editor, "Tin");
        for (title, day) in [("Xưa", "2022-02-06"), ("Gần", "2022-02-07"), ("Mới", "2023-06-01")] {
            published(&editor, json!({"title": title, "kind": "meeting", "startsOn": day, "categoryId": section}));
        }
        published(&editor, json!({"title": "Thi", "kind": "contest", "startsOn": "2023-06-02"}));
        let public = app.anonymous();
        let titles = |path: &str| -> Vec<String> {
            let found = events(text(&public.get(path).expect(200)));
            found.iter().map(|lines| value(lines, "SUMMARY").rsplit(':').next().unwrap().to_owned()).collect()
        };
        assert_eq!(titles("/feeds/events.ics"), ["Thi", "Mới", "Gần"]);
        assert_eq!(titles("/feeds/events.ics?from=2000-01-01"), ["Thi", "Mới", "Gần", "Xưa"]);
        assert_eq!(titles("/feeds/events.ics?filter[kind]=contest"), ["Thi"]);
        assert_eq!(titles("/feeds/events.ics?filter[when]=past"), ["Gần"]);
        assert_eq!(titles("/feeds/categories/tin.ics"), ["Mới", "Gần"]);
        assert_eq!(titles("/feeds/events.ics?locale=en"), Vec::<String>::new());
        for (path, fault) in [
            ("/feeds/events.ics?limit=5", "limit"),
            ("/feeds/events.ics?page=1", "page"),
            ("/feeds/events.ics?from=gestern", "from"),
            ("/feeds/events.ics?filter[updatedAt]=2023-01-01", "filter[updatedAt]"),
            ("/feeds/categories/tin.ics?filter[category]=tin", "filter[category]"),
        ] {
            assert_eq!(public.get(path).expect(400).faults().1[0].0, fault, "{path}");
        }
        public.get("/feeds/events/khong-co.ics").expect(404);
    }

    fn an_event_elsewhere_brings_the_zone_that_its_hours_are_meant_in(app) {
        let editor = app.admin();
        published(&editor, json!({
            "title": "Messe", "kind": "exhibition", "startsAt": "2023-03-26T12:00:00+02:00", "timezone": "Europe/Berlin",
        }));
        let calendar = app.anonymous().get("/feeds/events.ics").expect(200);
        let lines = unfolded(text(&calendar));
        assert_eq!(value(&events(text(&calendar))[0], "DTSTART"), "DTSTART;TZID=Europe/Berlin:20230326T120000");
        assert!(lines.contains(&"TZID:Europe/Berlin".to_owned()) && lines.contains(&"TZID:Asia/Ho_Chi_Minh".to_owned()));
        let summer = lines.iter().position(|line| line == "BEGIN:DAYLIGHT").unwrap();
        assert_eq!(lines[summer + 1..summer + 4], ["DTSTART:20230326T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200"]);
    }

    fn a_calendar_is_not_sent_again_until_its_programme_changes(app) {
        let editor = app.admin();
        let event = published(&editor, json!({"title": "Hội thảo", "kind": "workshop", "startsOn": "2023-05-01"}));
        app.clock.advance(60);
        let path = format!("/feeds/events/{}.ics", event.id());
        let public = app.anonymous();
        let first = public.get(&path).expect(200);
        public.send("GET", &path, &[("if-none-match", &first.etag())], None).expect(304);
        let speech = content::made(&editor, "speeches", &json!({
            "eventId": event.id(), "kind": "opening", "title": "Khai mạc", "speaker": {"name": "Trần B"},
        }));
        content::publish(&editor, "speeches", &speech);
        let second = public.send("GET", &path, &[("if-none-match", &first.etag())], None).expect(200);
        assert!(unfolded(text(&second)).iter().any(|line| line.contains("Khai mạc – Trần B")));
        assert_eq!(value(&events(text(&second))[0], "LAST-MODIFIED"), "LAST-MODIFIED:20230314T010100Z");
    }
}
