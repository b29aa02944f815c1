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

    fn a_cursor_that_nobody_gave_is_refused(app) {
        let everybody = app.anonymous();
        assert_eq!(everybody.get(&format!("{SNAPSHOT}?cursor=abc")).expect(400).faults().0, "invalid_cursor");
        for query in ["limit=0", "limit=1001", "ids=x", "ids=", "since=1"] {
            everybody.get(&format!("{SNAPSHOT}?{query}")).expect(400);
        }
    }
}
