//! The whole public side, page by page.

use bantin_tests::{Answer, both, content, contract};
use serde_json::{Value, json};

const SNAPSHOT: &str = "/api/v1/changes/snapshot";

fn lines(answer: &Answer) -> (Value, Vec<Value>) {
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let body = std::str::from_utf8(&answer.bytes).unwrap();
    let mut lines = body.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let page = lines.next().unwrap();
    contract::fits("SnapshotPage", &page);
    let records: Vec<Value> = lines.collect();
    records.iter().for_each(|record| contract::fits("Record", record));
    (page, records)
}

both! {
    fn what_is_public_is_in_it_once_and_nothing_else(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let seen = content::made(&editor, "people", &json!({"displayName": "Lư Khải"})).id();
        content::made(&editor, "people", &json!({"displayName": "Không Ai Biết"}));
        content::article(&editor, &section, "Bản nháp");
        let write = json!({"title": "Tin", "categoryId": section, "authorIds": [seen], "body": {"format": "text", "value": "Tin"}});
        let article = content::publish(&editor, "articles", &content::made(&editor, "articles", &write)).id();
        let everybody = app.anonymous();
        let (page, records) = lines(&everybody.get(SNAPSHOT).expect(200));
        let head = everybody.get("/api/v1/changes").expect(200).json["page"]["head"].clone();
        assert_eq!(page, json!({"seq": head, "next": null}));
        let ids: Vec<&Value> = records.iter().map(|record| &record["id"]).collect();
        assert_eq!(ids, [&json!("00000000-0000-0000-0000-000000000000"), &json!(section), &json!(seen), &json!(article)]);
        let record = &records[3];
        assert_eq!((&record["type"], &record["locale"], &record["slug"]), (&json!("article"), &json!("vi"), &json!("tin")));
        assert_eq!(record["relations"]["authors"], json!([seen]));
        assert_eq!(record["relations"]["category"], json!([section]));
        assert_eq!(record["members"]["title"], "Tin");
        assert_eq!(record["members"]["body"]["format"], "blocks");
        // In small pages it is the same.
        let (mut path, mut paged) = (format!("{SNAPSHOT}?limit=1"), Vec::new());
        loop {
            let (page, records) = lines(&everybody.get(&path).expect(200));
            assert_eq!(page["seq"], head);
            paged.extend(records);
            let Some(cursor) = page["next"].as_str() else { break };
            path = format!("{SNAPSHOT}?limit=1&cursor={cursor}");
        }
        assert_eq!(paged, records);
    }

    fn a_record_holds_no_name_of_anything_else(app) {
        let editor = app.chief_editor();
        let named = ["Mục Một", "Người Hai", "Đơn vị Ba", "Hội nghị Bốn", "Thẻ Năm"];
        let section = content::category(&editor, named[0]);
        let person = content::made(&editor, "people", &json!({"displayName": named[1]})).id();
        let organisation = content::made(&editor, "organisations", &json!({"name": named[2]})).id();
        let event = json!({"title": named[3], "kind": "conference", "startsOn": "2023-02-28", "organisers": [{"organisationId": organisation}]});
        let event = content::publish(&editor, "events", &content::made(&editor, "events", &event)).id();
        let speech = json!({"eventId": event, "kind": "report", "title": "Báo cáo", "speaker": {"personId": person, "position": "Giám đốc", "organisationId": organisation}});
        content::publish(&editor, "speeches", &content::made(&editor, "speeches", &speech));
        let article = json!({"title": "Tin", "categoryId": section, "authorIds": [person], "eventIds": [event], "tags": [named[4]], "body": {"format": "text", "value": "Tin"}});
        content::publish(&editor, "articles", &content::made(&editor, "articles", &article));
        let (_, records) = lines(&app.anonymous().get(SNAPSHOT).expect(200));
        for name in named {
            let saying: Vec<&Value> = records.iter().filter(|record| record.to_string().contains(name)).collect();
            assert_eq!(saying.len(), 1, "{name}: {saying:#?}");
        }
        let speech = records.iter().find(|record| record["type"] == "speech").unwrap();
        assert_eq!(speech["members"]["speaker"]["personId"], person);
        assert_eq!(speech["relations"]["organisations"], json!([organisation]));
    }

    fn of_resources_that_are_named_those_that_are_public_are_given(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let shown = content::publish(&editor, "articles", &content::article(&editor, &section, "Tin")).id();
        let draft = content::article(&editor, &section, "Bản nháp").id();
        let (page, records) =
            lines(&app.anonymous().get(&format!("{SNAPSHOT}?ids={shown},{draft},{section},{}", content::NOBODY)).expect(200));
        assert_eq!(page["next"], Value::Null);
        assert_eq!(records.iter().map(|record| &record["id"]).collect::<Vec<_>>(), [&json!(section), &json!(shown)]);
    }

    fn the_site_is_in_it_in_each_of_its_languages(app) {
        let admin = app.admin();
        let section = content::category(&admin, "Tin");
        let label = json!({"vi": "Tin", "en": "News"});
        admin.patch("/api/v1/editorial/site", &admin.get("/api/v1/editorial/site").expect(200).etag(), &json!({
            "name": {"vi": "Bản tin", "en": "The bulletin"},
            "contact": {"address": {"vi": "Số 1", "en": "No. 1"}},
            "banners": [{"text": {"vi": "Xuân", "en": "Spring"}}],
            "menus": {"main": [{"label": label, "target": {"type": "category", "id": section}, "children": []}]},
        })).expect(200);
        let everybody = app.anonymous();
        let (_, records) = lines(&everybody.get(SNAPSHOT).expect(200));
        let members = &records[0]["members"];
        let said = |one: &Value| ["name", "agency", "banner", "contact", "feeds"].map(|member| one[member].clone());
        for (locale, record) in [("vi", members), ("en", &members["translations"]["en"])] {
            let site = everybody.get(&format!("/api/v1/site?locale={locale}")).expect(200);
            assert_eq!(said(record), said(site.data()), "{locale}");
            assert_eq!(record["menus"]["main"][0]["label"], label[locale]);
            assert_eq!(record["menus"]["main"][0]["target"], json!({"type": "category", "id": section}));
        }
        assert_eq!(members["translations"].as_object().unwrap().len(), 1, "its own language is not among the others");
    }

    fn the_banner_of_the_day_is_in_it_and_its_coming_and_going_in_the_log(app) {
        let admin = app.admin();
        let site = admin.get("/api/v1/editorial/site").expect(200);
        let banners = json!([
            {"text": "Xuân", "from": "2023-03-16", "until": "2023-03-17"},
            {"text": "Tết", "from": "2023-03-15", "until": "2023-03-17"},
        ]);
        admin.patch("/api/v1/editorial/site", &site.etag(), &json!({"banners": banners})).expect(200);
        let everybody = app.anonymous();
        let begun = everybody.get("/api/v1/changes").expect(200).json["page"]["head"].as_i64().unwrap();
        let mut shown = Vec::new();
        // Over the days from 14 to 19 March, half a day at a time.
        for _ in 0..10 {
            let (_, records) = lines(&everybody.get(SNAPSHOT).expect(200));
            let site = everybody.get("/api/v1/site").expect(200);
            assert_eq!(records[0]["members"]["banner"], site.data()["banner"]);
            shown.push(records[0]["members"]["banner"]["text"].as_str().unwrap_or("-").to_owned());
            app.clock.advance(12 * 60 * 60);
        }
        assert_eq!(shown, ["-", "-", "Tết", "Tết", "Xuân", "Xuân", "Xuân", "Xuân", "-", "-"]);
        let rows = everybody.get(&format!("/api/v1/changes?after={begun}")).expect(200);
        let told: Vec<(&str, &str, &str)> = rows.data().as_array().unwrap().iter()
            .map(|row| ["kind", "type", "at"].map(|member| row[member].as_str().unwrap()).into())
            .collect();
        assert_eq!(told, [
            ("updated", "site", "2023-03-15T00:00:00+07:00"),
            ("updated", "site", "2023-03-16T00:00:00+07:00"),
            ("updated", "site", "2023-03-18T00:00:00+07:00"),
        ]);
    }

    fn a_banner_that_is_planned_anew_is_told_of_once(app) {
        let admin = app.admin();
        for from in ["2023-03-15", "2023-03-16"] {
            let site = admin.get("/api/v1/editorial/site").expect(200);
            admin.patch("/api/v1/editorial/site", &site.etag(), &json!({"banners": [{"text": "Xuân", "from": from}]})).expect(200);
        }
        let everybody = app.anonymous();
        let begun = everybody.get("/api/v1/changes").expect(200).json["page"]["head"].as_i64().unwrap();
        // A start in between notes the same again.
        let node = bantin_tests::node::Node::beside(&app);
        app.clock.advance(5 * 24 * 60 * 60);
        let rows = node.anonymous().get(&format!("/api/v1/changes?after={begun}")).expect(200);
        let at: Vec<&str> = rows.data().as_array().unwrap().iter().map(|row| row["at"].as_str().unwrap()).collect();
        assert_eq!(at, ["2023-03-16T00:00:00+07:00"]);
    }

    fn a_cursor_that_nobody_gave_is_refused(app) {
        let everybody = app.anonymous();
        assert_eq!(everybody.get(&format!("{SNAPSHOT}?cursor=abc")).expect(400).faults().0, "invalid_cursor");
        for query in ["limit=0", "limit=1001", "ids=x", "ids=", "since=1"] {
            everybody.get(&format!("{SNAPSHOT}?{query}")).expect(400);
        }
    }
}
