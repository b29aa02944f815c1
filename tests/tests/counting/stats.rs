//! Reading the statistics over HTTP.

use bantin_tests::{Answer, Client, TestApp, both, content};
use serde_json::{Value, json};

const VISITS: &str = "/api/v1/visits";
const BATCH: &str = "/api/v1/editorial/visits/batch";
const BASELINE: &str = "/api/v1/editorial/stats/baseline";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

/// A published article in a section.
fn article(client: &Client, section: &str, title: &str) -> Answer {
    content::publish(client, "articles", &content::article(client, section, title))
}

/// So many readers look at something, each from an address of their own.
fn read(app: &TestApp, hit: &Value, readers: u8) {
    for n in 1..=readers {
        let address = format!("198.51.100.{n}");
        let headers = [("content-type", "application/json"), ("x-forwarded-for", &address), ("user-agent", FIREFOX)];
        app.anonymous().send("POST", VISITS, &headers, Some(hit.to_string().as_bytes())).expect(200);
    }
    app.wait(app.api.visits.settle()).unwrap();
}

/// (title, page views) of a ranking.
fn ranked(app: &TestApp, query: &str) -> Vec<(String, i64)> {
    let answer = app.anonymous().get(&format!("/api/v1/stats/articles{query}")).expect(200);
    let row = |row: &Value| (row["article"]["title"].as_str().unwrap().to_owned(), row["pageViews"].as_i64().unwrap());
    answer.data().as_array().unwrap().iter().map(row).collect()
}

fn of(rows: &[(&str, i64)]) -> Vec<(String, i64)> {
    rows.iter().map(|(title, views)| ((*title).to_owned(), *views)).collect()
}

/// (key, page views, visits) of a report.
fn report(client: &Client, query: &str) -> Vec<(Option<String>, i64, i64)> {
    let answer = client.get(&format!("/api/v1/editorial/stats?{query}")).expect(200);
    let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
    let number = |value: &Value| value.as_i64().unwrap();
    let row = |row: &Value| (text(&row["key"]), number(&row["pageViews"]), number(&row["visits"]));
    answer.data()["rows"].as_array().unwrap().iter().map(row).collect()
}

both! {
    fn the_most_read_come_first_in_their_section_and_below_it(app) {
        let editor = app.chief_editor();
        let above = content::category(&editor, "Khoa học");
        let below = editor.post("/api/v1/editorial/categories", &json!({"name": "Nông nghiệp", "parentId": above})).expect(201).id();
        let aside = content::category(&editor, "Thông báo");
        for (section, title, readers) in [(&above, "Một", 1), (&below, "Ba", 3), (&aside, "Bốn", 4), (&aside, "Không", 0)] {
            let id = article(&editor, section, title).id();
            read(&app, &json!({"articleId": id}), readers);
        }
        assert_eq!(ranked(&app, ""), of(&[("Bốn", 4), ("Ba", 3), ("Một", 1)]));
        assert_eq!(ranked(&app, "?window=24h&limit=1"), of(&[("Bốn", 4)]));
        assert_eq!(ranked(&app, &format!("?window=30d&filter[category]={above}")), of(&[("Ba", 3), ("Một", 1)]));
        assert_eq!(ranked(&app, "?filter[category]=nong-nghiep"), of(&[("Ba", 3)]));
        assert_eq!(ranked(&app, "?filter[category]=khong-co"), of(&[]));
        assert_eq!(ranked(&app, "?locale=en"), of(&[]));
        assert_eq!(ranked(&app, "?locale=*").len(), 3);
    }

    fn a_window_ends_now_and_the_ranking_is_a_minute_old_at_most(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let (old, new) = (article(&editor, &section, "Cũ").id(), article(&editor, &section, "Mới").id());
        read(&app, &json!({"articleId": old}), 2);
        app.clock.advance(24 * 60 * 60);
        read(&app, &json!({"articleId": new}), 1);
        assert_eq!(ranked(&app, "?window=24h"), of(&[("Mới", 1)]));
        assert_eq!(ranked(&app, "?window=7d"), of(&[("Cũ", 2), ("Mới", 1)]));
        app.clock.advance(59);
        read(&app, &json!({"articleId": new}), 1);
        assert_eq!(ranked(&app, "?window=24h"), of(&[("Mới", 1)]), "not worked out again yet");
        app.clock.advance(1);
        assert_eq!(ranked(&app, "?window=24h"), of(&[("Mới", 2)]));
        app.clock.advance(8 * 24 * 60 * 60);
        assert_eq!((ranked(&app, "?window=7d"), ranked(&app, "?window=30d").len()), (of(&[]), 2));
    }

    fn what_is_withdrawn_is_ranked_no_more_at_once_and_comes_back_with_its_views(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let shown = article(&editor, &section, "Một");
        let id = shown.id();
        read(&app, &json!({"articleId": id}), 2);
        assert_eq!(ranked(&app, ""), of(&[("Một", 2)]));
        let path = format!("/api/v1/editorial/articles/{id}/actions/unpublish");
        let withdrawn = editor.post_at(&path, &shown.etag(), &json!({})).expect(200);
        assert_eq!(ranked(&app, ""), of(&[]));
        assert_eq!(ranked(&app, &format!("?ids={id}")), of(&[]));
        app.anonymous().get(&format!("/api/v1/articles/{id}/stats")).expect(410);
        content::publish(&editor, "articles", &withdrawn);
        app.clock.advance(60);
        assert_eq!(ranked(&app, ""), of(&[("Một", 2)]));
    }

    fn articles_that_are_named_come_in_that_order_with_their_views_ever(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let (one, two) = (article(&editor, &section, "Một").id(), article(&editor, &section, "Hai").id());
        read(&app, &json!({"articleId": two}), 2);
        app.clock.advance(40 * 24 * 60 * 60);
        read(&app, &json!({"articleId": two}), 1);
        let ids = format!("?ids={one},{two},{}", content::NOBODY);
        assert_eq!(ranked(&app, &ids), of(&[("Một", 0), ("Hai", 3)]));
        assert_eq!(ranked(&app, &format!("{ids}&window=24h")), of(&[("Một", 0), ("Hai", 1)]));
        for query in ["?ids=x", "?ids=", "?window=1d", "?limit=0", "?page=2", &format!("{ids}&limit=3"), &format!("?ids={one},{two},{one}")] {
            app.anonymous().get(&format!("/api/v1/stats/articles{query}")).expect(400);
        }
    }

    fn an_article_has_its_days_under_every_name_it_had(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let shown = article(&editor, &section, "Một tin");
        read(&app, &json!({"articleId": shown.id()}), 3);
        app.clock.advance(2 * 24 * 60 * 60);
        let editor = app.log_in("tong-bien-tap@so.example");
        let path = format!("/api/v1/editorial/articles/{}", shown.id());
        let renamed = editor.patch(&path, &shown.etag(), &json!({"slug": "ten-moi"})).expect(200);
        content::publish(&editor, "articles", &renamed);
        read(&app, &json!({"articleId": shown.id()}), 1);
        let stats = app.anonymous().get("/api/v1/articles/ten-moi/stats?from=2023-03-13").expect(200);
        let days: Vec<_> = stats.data()["days"].as_array().unwrap().iter().map(|day| (day["day"].as_str().unwrap(), day["pageViews"].as_i64().unwrap())).collect();
        assert_eq!(days, [("2023-03-13", 0), ("2023-03-14", 3), ("2023-03-15", 0), ("2023-03-16", 1)]);
        assert_eq!((&stats.data()["total"], stats.data()["articleId"].as_str()), (&json!(4), Some(shown.id().as_str())));
        let moved = app.anonymous().get("/api/v1/articles/mot-tin/stats?from=2023-03-13").expect(301);
        assert_eq!(moved.header("location"), Some("https://tin.example/api/v1/articles/ten-moi/stats?from=2023-03-13"));
        app.anonymous().get("/api/v1/articles/khong-co/stats").expect(404);
        for query in ["from=2023-03-17", "from=2021-01-01", "to=hom-nay", "day=1"] {
            app.anonymous().get(&format!("/api/v1/articles/ten-moi/stats?{query}")).expect(400);
        }
    }

    fn public_statistics_may_be_kept_a_moment_and_are_told_by_a_tag(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let id = article(&editor, &section, "Một").id();
        read(&app, &json!({"articleId": id}), 1);
        for path in ["/api/v1/stats".to_owned(), "/api/v1/stats/articles".to_owned(), format!("/api/v1/articles/{id}/stats")] {
            let answer = app.anonymous().get(&path).expect(200);
            assert!(answer.header("cache-control").unwrap().starts_with("public, max-age="), "{path}");
            app.anonymous().send("GET", &path, &[("if-none-match", &answer.etag())], None).expect(304);
        }
        assert_eq!(app.anonymous().get("/api/v1/stats").expect(200).header("cache-control"), Some("public, max-age=5"));
        app.anonymous().get("/api/v1/stats?fields=online").expect(400);
    }

    fn a_widget_on_every_page_is_answered_out_of_memory_until_there_are_new_numbers(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let id = article(&editor, &section, "Một").id();
        read(&app, &json!({"articleId": id}), 1);
        app.api.watch.look();
        for path in ["/api/v1/stats".to_owned(), "/api/v1/stats/articles?ids=".to_owned() + &id, format!("/api/v1/articles/{id}/stats")] {
            let ask = || app.anonymous().get(&path).expect(200);
            let hits = || app.api.cache.metrics().hits;
            // Hits are folded in the background for a moment after the first: then the numbers are new ones.
            let first = ask();
            let before = hits();
            let again: Vec<Answer> = (0..20).map(|_| ask()).collect();
            assert!(hits() > before, "{path} was never answered out of memory");
            assert!(again.iter().all(|answer| answer.bytes == first.bytes && answer.etag() == first.etag()), "{path}");
            read(&app, &json!({"articleId": id}), 2);
            assert_ne!(ask().bytes, first.bytes, "{path} shows numbers of the past");
            app.clock.advance(60);
        }
    }

    fn who_has_left_is_offline_though_the_numbers_are_kept(app) {
        read(&app, &json!({"path": "/"}), 1);
        let online = || app.anonymous().get("/api/v1/stats").expect(200).data()["online"]["value"].clone();
        assert_eq!((online(), online()), (json!(1), json!(1)));
        app.clock.advance(300);
        assert_eq!(online(), 0);
        assert_eq!(app.anonymous().post(VISITS, &json!({"path": "/", "hitId": content::NOBODY})).expect(200).data()["online"]["value"], 0);
    }

    fn what_is_withdrawn_leaves_a_kept_ranking_at_once(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let shown = article(&editor, &section, "Một");
        let id = shown.id();
        read(&app, &json!({"articleId": id}), 1);
        app.api.watch.look();
        let days = || app.anonymous().get(&format!("/api/v1/articles/{id}/stats"));
        for _ in 0..3 {
            assert_eq!(ranked(&app, ""), of(&[("Một", 1)]));
            days().expect(200);
        }
        editor.post_at(&format!("/api/v1/editorial/articles/{id}/actions/unpublish"), &shown.etag(), &json!({})).expect(200);
        assert_eq!(ranked(&app, ""), of(&[]));
        days().expect(410);
    }

    fn the_desk_sees_days_hours_sections_sites_and_devices_and_all_add_up(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let id = article(&editor, &section, "Một").id();
        read(&app, &json!({"articleId": id, "referrer": "https://tim.example/?q=x"}), 2);
        app.clock.advance(60 * 60);
        read(&app, &json!({"path": "/gioi-thieu"}), 1);
        let editor = app.log_in("tong-bien-tap@so.example");
        let day = |text: &str| Some(text.to_owned());
        assert_eq!(report(&editor, "from=2023-03-13"), [(day("2023-03-13"), 0, 0), (day("2023-03-14"), 3, 3)]);
        assert_eq!(
            report(&editor, "by=hour"),
            [(day("2023-03-14T08:00:00+07:00"), 2, 2), (day("2023-03-14T09:00:00+07:00"), 1, 1)]
        );
        assert_eq!(report(&editor, "by=category"), [(Some(section), 2, 2), (None, 1, 1)]);
        assert_eq!(report(&editor, "by=referrer"), [(day("tim.example"), 2, 2), (None, 1, 1)]);
        assert_eq!(report(&editor, "by=device"), [(day("desktop"), 3, 3)]);
        let whole = editor.get("/api/v1/editorial/stats?by=category").expect(200);
        assert_eq!((&whole.data()["total"], &whole.data()["rows"][0]["label"]), (&json!({"pageViews": 3, "visits": 3}), &json!("Tin")));
        assert_eq!(whole.header("cache-control"), Some("private, no-store"));
        for query in ["by=minute", "from=2023-03-15", "by=hour&from=2022-12-01", "format=xml", "by=day&by=day", "q=x"] {
            editor.get(&format!("/api/v1/editorial/stats?{query}")).expect(400);
        }
        app.anonymous().get("/api/v1/editorial/stats").expect(401);
    }

    fn a_spreadsheet_gets_a_table_that_it_reads_and_does_not_run(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "=HYPERLINK(\"http://evil.example\")");
        let id = article(&editor, &section, "Một").id();
        read(&app, &json!({"articleId": id}), 1);
        let table = editor.get("/api/v1/editorial/stats?by=category&format=csv").expect(200);
        assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8"));
        assert_eq!(table.header("content-disposition"), Some("attachment; filename=\"visits-category-2023-02-13-2023-03-14.csv\""));
        let expected = format!(
            "\u{feff}category,label,pageViews,visits,visitors\r\n{section},\"'=HYPERLINK(\"\"http://evil.example\"\")\",1,1,\r\n"
        );
        assert_eq!(String::from_utf8(table.bytes).unwrap(), expected);
        let accepted = editor.send("GET", "/api/v1/editorial/stats?from=2023-03-14", &[("accept", "text/csv")], None).expect(200);
        assert_eq!(
            String::from_utf8(accepted.bytes).unwrap(),
            "\u{feff}day,label,pageViews,visits,visitors\r\n2023-03-14,2023-03-14,1,1,1\r\n"
        );
    }

    fn a_portal_that_moves_in_brings_its_number_along(app) {
        let admin = app.admin();
        read(&app, &json!({"path": "/"}), 2);
        let before = admin.get(BASELINE).expect(200);
        assert_eq!((&before.data()["visits"], &before.data()["setBy"], before.etag().as_str()), (&json!(0), &Value::Null, "\"1\""));
        let brought = json!({"visits": 7_448_251, "since": "2011-06-01T00:00:00+07:00"});
        let set = admin.put(BASELINE, &before.etag(), &brought).expect(200);
        assert_eq!((&set.data()["visits"], set.etag().as_str()), (&json!(7_448_251), "\"2\""));
        let total = app.anonymous().get("/api/v1/stats").expect(200).data()["total"].clone();
        assert_eq!(total, json!({"value": 7_448_253, "visits": 2, "baseline": 7_448_251, "since": "2011-06-01T00:00:00+07:00"}));
        assert_eq!(admin.get(BASELINE).expect(200).data()["since"], "2011-06-01T00:00:00+07:00");

        assert_eq!(admin.put(BASELINE, &before.etag(), &brought).expect(412).json["code"], "stale");
        admin.send("PUT", BASELINE, &[("content-type", "application/json")], Some(b"{\"visits\": 9}")).expect(428);
        let (code, faults) = admin.put(BASELINE, &set.etag(), &json!({"visits": 7_448_250})).expect(422).faults();
        assert_eq!((code.as_str(), faults), ("out_of_range", vec![("/visits".to_owned(), "out_of_range".to_owned())]));
        admin.put(BASELINE, &set.etag(), &json!({"visits": 7_448_251, "since": "2023-03-15T00:00:00+07:00"})).expect(422);
        admin.put(BASELINE, &set.etag(), &json!({"visits": "viel"})).expect(400);
        assert_eq!(app.anonymous().get("/api/v1/stats").expect(200).data()["total"]["value"], 7_448_253);
    }

    fn only_who_looks_after_the_statistics_may_set_or_report_them(app) {
        let author = app.author();
        author.put(BASELINE, "\"1\"", &json!({"visits": 9})).expect(403);
        author.post(BATCH, &json!({"items": [{"path": "/", "address": "203.0.113.7", "userAgent": FIREFOX, "time": "2023-03-14T07:00:00+07:00"}]})).expect(403);
        app.anonymous().post(BATCH, &json!({"items": []})).expect(401);
        app.anonymous().get(BASELINE).expect(401);
        assert_eq!(app.anonymous().get("/api/v1/stats").expect(200).data()["total"]["value"], 0);
    }

    fn a_front_end_reports_what_it_has_seen_and_hears_what_became_of_each(app) {
        let admin = app.admin();
        let section = content::category(&admin, "Tin");
        let shown = article(&admin, &section, "Một").id();
        let draft = content::article(&admin, &section, "Nháp").id();
        let seen = |time: &str, more: Value| {
            let mut item = json!({"address": "203.0.113.7", "userAgent": FIREFOX, "time": time, "articleId": shown});
            let members = item.as_object_mut().unwrap();
            for (name, value) in more.as_object().unwrap() {
                if value.is_null() { members.remove(name); } else { members.insert(name.clone(), value.clone()); }
            }
            item
        };
        let hit_id = "0190aaaa-0000-7000-8000-000000000001";
        let batch = json!({"items": [
            seen("2023-03-14T07:59:00+07:00", json!({"hitId": hit_id})),
            seen("2023-03-14T07:59:10+07:00", json!({})),
            seen("2023-03-13T08:00:00+07:00", json!({})),
            seen("2023-03-14T07:00:00+07:00", json!({"userAgent": "Googlebot/2.1"})),
            seen("2023-03-14T07:00:00+07:00", json!({"userAgent": ""})),
            seen("2023-03-13T07:59:59+07:00", json!({})),
            seen("2023-03-14T09:00:00+07:00", json!({})),
            seen("hom qua", json!({})),
            seen("2023-03-14T07:00:00+07:00", json!({"address": "nha.example"})),
            seen("2023-03-14T07:00:00+07:00", json!({"articleId": draft})),
            seen("2023-03-14T07:00:00+07:00", json!({"articleId": null})),
            seen("2023-03-14T07:00:00+07:00", json!({"address": "2001:db8::1", "doNotTrack": true})),
        ]});
        let outcomes = |answer: Answer| -> Vec<(String, Option<String>, Option<String>)> {
            let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
            let row = |row: &Value| (text(&row["outcome"]).unwrap(), text(&row["reason"]), text(&row["pointer"]));
            answer.data()["outcomes"].as_array().unwrap().iter().map(row).collect()
        };
        let told = outcomes(admin.post(BATCH, &batch).expect(200));
        let counted = || ("counted".to_owned(), None, None);
        let excluded = |reason: &str| ("excluded".to_owned(), Some(reason.to_owned()), None);
        let refused = |code: &str, pointer: &str| ("refused".to_owned(), Some(code.to_owned()), Some(pointer.to_owned()));
        assert_eq!(told, [
            counted(), excluded("reload"), counted(), excluded("declaredBot"), excluded("emptyUserAgent"),
            refused("out_of_range", "/items/5/time"), refused("out_of_range", "/items/6/time"),
            refused("invalid_date", "/items/7/time"), refused("invalid_address", "/items/8/address"),
            refused("not_found", "/items/9/articleId"), refused("required", "/items/10"), counted(),
        ]);
        let again = outcomes(admin.post(BATCH, &json!({"items": [batch["items"][0]]})).expect(200));
        assert_eq!(again, [excluded("duplicate")]);
        app.wait(app.api.visits.settle()).unwrap();
        let stats = app.anonymous().get("/api/v1/stats").expect(200);
        assert_eq!((&stats.data()["total"]["visits"], &stats.data()["today"]["pageViews"]), (&json!(2), &json!(2)));
        assert_eq!(ranked(&app, ""), of(&[("Một", 3)]));

        for items in [json!([]), json!(vec![seen("2023-03-14T07:00:00+07:00", json!({})); 1_001])] {
            admin.post(BATCH, &json!({"items": items})).expect(422);
        }
        admin.post(BATCH, &json!({"items": [{"path": "/", "ip": "203.0.113.7"}]})).expect(400);
    }
}
