//! Reading the log over HTTP.

use bantin_tests::{Answer, Client, TestApp, both, content};
use serde_json::{Value, json};

use crate::changes::LOG;

/// Three articles, the second withdrawn: what the log says of them, with its section first.
fn told(app: &TestApp) -> Client {
    let editor = app.chief_editor();
    let section = content::category(&editor, "Tin");
    for title in ["Một", "Hai", "Ba"] {
        let published = content::publish(&editor, "articles", &content::article(&editor, &section, title));
        if title == "Hai" {
            let path = format!("/api/v1/editorial/articles/{}/actions/unpublish", published.id());
            editor.post_at(&path, &published.etag(), &json!({})).expect(200);
        }
    }
    editor
}

fn lines(answer: &Answer) -> Vec<String> {
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let rows = answer.data().as_array().unwrap();
    rows.iter()
        .map(|row| format!("{} {} {} {}", row["seq"], word(&row["kind"]), word(&row["type"]), word(&row["slug"])))
        .collect()
}

both! {
    fn the_log_is_read_page_by_page_to_its_end(app) {
        told(&app);
        let everybody = app.anonymous();
        let first = everybody.get(&format!("{LOG}?limit=3")).expect(200);
        assert_eq!(lines(&first), ["1 created category tin", "2 created article mot", "3 created article hai"]);
        assert_eq!(first.json["page"], json!({"next": 3, "head": 5}));
        let rest = everybody.get(&format!("{LOG}?after=3&limit=3")).expect(200);
        assert_eq!(lines(&rest), ["4 deleted article hai", "5 created article ba"]);
        assert_eq!(rest.json["page"], json!({"next": 5, "head": 5}));
        let end = everybody.get(&format!("{LOG}?after=5")).expect(200);
        assert_eq!((lines(&end).len(), &end.json["page"]), (0, &json!({"next": 5, "head": 5})));
    }

    fn who_follows_some_kinds_reads_past_the_others(app) {
        told(&app);
        let everybody = app.anonymous();
        let sections = everybody.get(&format!("{LOG}?types=category,tag")).expect(200);
        assert_eq!(lines(&sections), ["1 created category tin"]);
        assert_eq!(sections.json["page"]["next"], 5, "nothing more is to be read before the next change");
        let article = everybody.get(&format!("{LOG}?types=article&after=1&limit=1")).expect(200);
        assert_eq!((lines(&article), &article.json["page"]["next"]), (vec!["2 created article mot".to_owned()], &json!(2)));
    }

    fn a_row_says_where_its_resource_is_read(app) {
        let editor = told(&app);
        let everybody = app.anonymous();
        let row = everybody.get(&format!("{LOG}?after=4")).expect(200).data()[0].clone();
        let href = row["href"].as_str().unwrap().strip_prefix("https://tin.example").unwrap();
        assert_eq!(everybody.get(href).expect(200).data()["slug"], "ba");
        assert_eq!((&row["locale"], &row["previousSlug"], &row["at"]), (&json!("vi"), &Value::Null, &json!("2023-03-14T08:00:00+07:00")));
        let read = editor.get(&format!("/api/v1/editorial/articles/{}", row["id"].as_str().unwrap())).expect(200);
        let path = format!("/api/v1/editorial/articles/{}", read.id());
        content::publish(&editor, "articles", &editor.patch(&path, &read.etag(), &json!({"slug": "bon"})).expect(200));
        let row = everybody.get(&format!("{LOG}?after=5")).expect(200).data()[0].clone();
        assert_eq!((&row["kind"], &row["slug"], &row["previousSlug"]), (&json!("moved"), &json!("bon"), &json!("ba")));
    }

    fn what_an_instant_brought_about_is_there_as_soon_as_it_has_passed(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let article = content::article(&editor, &section, "Tin");
        let plan = json!({"at": "2023-03-14T08:10:00+07:00", "until": "2023-03-14T08:20:00+07:00"});
        editor.post_at(&format!("/api/v1/editorial/articles/{}/actions/schedule", article.id()), &article.etag(), &plan).expect(200);
        let everybody = app.anonymous();
        let page = |after: i64| everybody.get(&format!("{LOG}?after={after}")).expect(200);
        assert_eq!(page(0).json["page"]["head"], 1, "nobody sees it yet");
        app.clock.set("2023-03-14T08:10:00+07:00");
        let come = page(1);
        assert_eq!((lines(&come), &come.data()[0]["at"]), (vec!["2 created article tin".to_owned()], &json!("2023-03-14T08:10:00+07:00")));
        app.clock.set("2023-03-14T09:00:00+07:00");
        let gone = page(2);
        assert_eq!((lines(&gone), &gone.data()[0]["at"]), (vec!["3 deleted article tin".to_owned()], &json!("2023-03-14T08:20:00+07:00")));
        assert_eq!(page(3).json["page"]["head"], 3, "it is told once");
    }

    fn a_poll_that_finds_nothing_new_is_a_304_until_something_changes(app) {
        let editor = told(&app);
        let everybody = app.anonymous();
        let path = format!("{LOG}?after=5");
        let first = everybody.get(&path).expect(200);
        assert_eq!(first.header("cache-control"), Some("public, no-cache"));
        let again = || everybody.send("GET", &path, &[("if-none-match", &first.etag())], None);
        again().expect(304);
        content::category(&editor, "Mới");
        assert_eq!(lines(&again().expect(200)), ["6 created category moi"]);
    }

    fn a_number_that_was_not_given_out_is_refused(app) {
        told(&app);
        let everybody = app.anonymous();
        everybody.get(&format!("{LOG}?after=5")).expect(200);
        let refused = everybody.get(&format!("{LOG}?after=6")).expect(400);
        assert_eq!(refused.faults(), ("invalid_parameter".to_owned(), vec![("after".to_owned(), "invalid_parameter".to_owned())]));
        for query in ["after=-1", "limit=1001", "types=news", "since=1", "after=1&after=2"] {
            everybody.get(&format!("{LOG}?{query}")).expect(400);
        }
    }
}
