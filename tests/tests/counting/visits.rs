//! Counting visits over HTTP: what is answered is counted, once, and nothing else is.

use std::sync::Arc;

use bantin_application::visits::{VisitCounter, VisitSettings};
use bantin_domain::visits::Exclusion;
use bantin_tests::{Answer, Client, TestApp, both, content, content::NOBODY, seed::SeedPage};
use serde_json::{Value, json};

const VISITS: &str = "/api/v1/visits";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
const CHROME: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 Safari/537.36";
const HIT: &str = "0190aaaa-0000-7000-8000-000000000001";

/// Somebody whose requests come through the proxy that the app trusts.
fn visitor(app: &TestApp, address: &str, agent: &str, hit: &Value) -> Answer {
    let headers = [("content-type", "application/json"), ("x-forwarded-for", address), ("user-agent", agent)];
    app.anonymous().send("POST", VISITS, &headers, Some(hit.to_string().as_bytes())).expect(200)
}

/// Page views, visits and visitors of the day, visitors online, and all visits ever, once all hits are folded.
fn counted(app: &TestApp) -> [i64; 5] {
    app.wait(app.api.visits.settle()).unwrap();
    let stats = app.anonymous().get("/api/v1/stats").expect(200);
    let number = |pointer: &str| stats.data().pointer(pointer).and_then(Value::as_i64).unwrap();
    ["/today/pageViews", "/today/visits", "/today/visitors", "/online/value", "/total/value"].map(number)
}

/// A published article.
fn published(client: &Client) -> String {
    let section = content::category(client, "Tin");
    content::publish(client, "articles", &content::article(client, &section, "Một tin")).id()
}

both! {
    fn a_hit_on_what_is_public_is_counted(app) {
        let editor = app.chief_editor();
        let page = SeedPage::write(&editor);
        page.publish(&editor);
        assert_eq!(counted(&app), [0; 5]);
        for (member, id) in [("articleId", page.article.id()), ("eventId", page.event.id()), ("speechId", page.speeches[0].id())] {
            app.anonymous().post(VISITS, &json!({member: id})).expect(200);
        }
        app.anonymous().post(VISITS, &json!({"path": "/gioi-thieu?a=b", "referrer": "https://tim.example/"})).expect(200);
        assert_eq!(counted(&app), [4, 1, 1, 1, 1], "four views of one visit by one visitor");
    }

    fn an_answer_to_a_hit_has_the_numbers_and_is_kept_by_nobody(app) {
        let answer = app.anonymous().post(VISITS, &json!({"path": "/"})).expect(200);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let stats = answer.data();
        assert_eq!((&stats["online"]["windowSeconds"], &stats["timezone"]), (&json!(300), &json!("Asia/Ho_Chi_Minh")));
        assert_eq!((&stats["total"]["baseline"], &stats["total"]["since"]), (&json!(0), &json!("2023-03-14T08:00:00+07:00")));
        app.wait(app.api.visits.settle()).unwrap();
        assert_eq!(app.anonymous().get("/api/v1/stats").expect(200).data()["total"]["value"], 1);
    }

    fn a_hit_that_is_sent_again_counts_once(app) {
        for _ in 0..3 {
            app.anonymous().post(VISITS, &json!({"path": "/", "hitId": HIT})).expect(200);
            app.clock.advance(60);
        }
        assert_eq!(counted(&app)[0], 1);
        app.clock.advance(24 * 60 * 60);
        app.anonymous().post(VISITS, &json!({"path": "/", "hitId": HIT})).expect(200);
        assert_eq!(counted(&app), [1, 1, 1, 1, 2], "a day later it is another hit, of another day");
    }

    fn visits_end_after_half_an_hour_and_presence_after_five_minutes(app) {
        let article = published(&app.chief_editor());
        let look = || app.anonymous().post(VISITS, &json!({"articleId": article})).expect(200);
        look();
        app.clock.advance(20);
        look();
        assert_eq!(counted(&app)[0], 1, "looked at again within half a minute");
        app.clock.advance(29 * 60);
        look();
        assert_eq!(counted(&app), [2, 1, 1, 1, 1]);
        app.clock.advance(301);
        assert_eq!(counted(&app)[3], 0);
        app.clock.advance(25 * 60);
        look();
        assert_eq!(counted(&app), [3, 2, 1, 1, 2]);
    }

    fn visitors_are_told_apart_by_address_and_program(app) {
        let hit = json!({"path": "/"});
        for (address, agent) in [
            ("198.51.100.7", FIREFOX), ("198.51.100.7", CHROME), ("198.51.100.8", FIREFOX), ("198.51.100.7", FIREFOX),
            ("2001:db8:1:2::1", FIREFOX), ("2001:db8:1:2:ffff::9", FIREFOX), ("2001:db8:1:3::1", FIREFOX),
        ] {
            visitor(&app, address, agent, &hit);
            app.clock.advance(1);
        }
        let [_, visits, visitors, online, total] = counted(&app);
        assert_eq!([visits, visitors, online, total], [5; 4], "an IPv6 network of 64 bits is one visitor");
    }

    fn a_beacon_is_plain_text(app) {
        let send = |kind: &str| app.anonymous().send("POST", VISITS, &[("content-type", kind)], Some(br#"{"path": "/"}"#));
        send("text/plain;charset=UTF-8").expect(200);
        send("text/html").expect(415);
        send("application/x-www-form-urlencoded").expect(415);
        assert_eq!(counted(&app)[0], 1);
    }

    fn any_site_may_send_hits_and_read_the_numbers_but_never_with_credentials(app) {
        let origin = ("origin", "https://trang-tin.example");
        let sent = app.anonymous().send("POST", VISITS, &[origin, ("content-type", "text/plain")], Some(br#"{"path": "/"}"#)).expect(200);
        let refused = app.anonymous().send("POST", VISITS, &[origin, ("content-type", "text/plain")], Some(b"{}")).expect(422);
        let read = app.anonymous().send("GET", "/api/v1/stats", &[origin], None).expect(200);
        for answer in [sent, refused, read] {
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{}", answer.request);
            assert_eq!(answer.header("access-control-allow-credentials"), None, "{}", answer.request);
            let exposed = answer.header("access-control-expose-headers").unwrap();
            assert!(exposed.contains("Retry-After"), "a script must see when to come again: {exposed}");
        }
        let asked = [origin, ("access-control-request-method", "POST"), ("access-control-request-headers", "content-type")];
        let allowed = app.anonymous().send("OPTIONS", VISITS, &asked, None).expect(200);
        assert_eq!(allowed.header("access-control-allow-origin"), Some("*"));
        assert_eq!(counted(&app)[0], 1);
    }

    fn what_nobody_can_see_has_no_visits(app) {
        let editor = app.chief_editor();
        let page = SeedPage::write(&editor);
        for (member, id) in [
            ("articleId", page.article.id()), ("eventId", page.event.id()), ("speechId", page.speeches[0].id()), ("pageId", NOBODY.to_owned()),
        ] {
            app.anonymous().post(VISITS, &json!({member: id})).expect(404);
        }
        let published = page.publish(&editor);
        app.anonymous().post(VISITS, &json!({"eventId": page.article.id()})).expect(404);
        let path = format!("/api/v1/editorial/articles/{}/actions/unpublish", page.article.id());
        editor.post_at(&path, &published.etag(), &json!({})).expect(200);
        app.anonymous().post(VISITS, &json!({"articleId": page.article.id()})).expect(404);
        assert_eq!(counted(&app), [0; 5]);
    }

    fn garbage_is_refused_and_counts_nothing(app) {
        let article = published(&app.chief_editor());
        let malformed = [
            json!([]), json!({"path": 7}), json!({"path": "/", "hitId": 1}), json!({"path": "/", "ip": "198.51.100.7"}),
            json!({"path": "/", "userAgent": "x"}), json!({"path": "/", "at": "2023-03-14T08:00:00Z"}),
        ];
        let wrong = [
            json!({}), json!({"articleId": "x"}), json!({"articleId": null}), json!({"articleId": article, "path": "/"}),
            json!({"articleId": article, "eventId": article}), json!({"path": ""}), json!({"path": "gioi-thieu"}), json!({"path": "https://x.example/"}),
            json!({"path": format!("/{}", "a".repeat(1_024))}), json!({"path": "/", "hitId": "1"}), json!({"path": "/", "referrer": "x".repeat(1_025)}),
        ];
        for (hit, status) in malformed.iter().map(|hit| (hit, 400)).chain(wrong.iter().map(|hit| (hit, 422))) {
            let refused = app.anonymous().post(VISITS, hit).expect(status);
            assert_eq!(refused.header("content-type"), Some("application/problem+json"), "{hit}");
        }
        app.anonymous().send("POST", VISITS, &[("content-type", "text/plain")], Some(b"\xff{")).expect(400);
        let long = json!({"path": "/", "referrer": "x".repeat(2_048)});
        assert_eq!(app.anonymous().post(VISITS, &long).expect(413).json["code"], "too_large");
        assert_eq!(counted(&app), [0; 5]);
    }

    fn what_is_no_reader_is_answered_alike_and_not_counted(app) {
        let hit = json!({"path": "/"});
        let body = hit.to_string();
        let shape = |answer: &Answer| {
            let mut headers: Vec<String> = answer.headers.iter().map(|(name, _)| name.clone()).collect();
            headers.sort();
            (answer.status, headers, answer.json.clone())
        };
        let mut answers = Vec::new();
        for headers in [
            [("user-agent", "Mozilla/5.0 (compatible; Googlebot/2.1)"), ("x-a", "b")],
            [("user-agent", "coccocbot-web/1.0"), ("x-a", "b")],
            [("user-agent", ""), ("x-a", "b")],
            [("user-agent", FIREFOX), ("sec-purpose", "prefetch;prerender")],
            [("user-agent", FIREFOX), ("purpose", "prefetch")],
        ] {
            let headers = [("content-type", "application/json"), headers[0], headers[1]];
            answers.push(app.anonymous().send("POST", VISITS, &headers, Some(body.as_bytes())).expect(200));
        }
        assert_eq!(counted(&app), [0; 5]);
        // The numbers may be a moment behind, so that a first hit is not in its own answer either.
        let reader = app.anonymous().post(VISITS, &hit).expect(200);
        assert!(answers.iter().all(|answer| shape(answer).0 == shape(&reader).0 && shape(answer).1 == shape(&reader).1));
        assert_eq!(counted(&app)[0], 1);
    }

    fn a_counter_that_starts_again_goes_on_where_the_last_one_ended(app) {
        let article = published(&app.chief_editor());
        for address in ["198.51.100.7", "198.51.100.8", "198.51.100.9"] {
            visitor(&app, address, FIREFOX, &json!({"articleId": article}));
        }
        let before = counted(&app);
        app.api.visits.shut_down();
        let refused = app.anonymous().post(VISITS, &json!({"articleId": article})).expect(503);
        assert_eq!((refused.header("retry-after"), &refused.json["code"]), (Some("1"), &json!("unavailable")));
        let settings = VisitSettings::in_zone(app.api.render.zone().clone());
        let again = Arc::new(VisitCounter::start(app.api.app.store().clone(), settings, app.api.app.sources().clone()).unwrap());
        app.wait(again.settle()).unwrap();
        let stats = again.stats();
        assert_eq!([stats.today.page_views, stats.today.visits, stats.today.visitors, stats.online, stats.total], before);
        again.shut_down();
    }

    fn a_hit_with_a_token_of_the_desk_is_answered_alike_and_not_counted(app) {
        let editor = app.editor();
        editor.post(VISITS, &json!({"path": "/"})).expect(200);
        assert_eq!(counted(&app), [0; 5]);
        assert_eq!(app.api.visits.metrics().excluded[&Exclusion::Editor], 1);
        editor.with_token("not.a.token").post(VISITS, &json!({"path": "/"})).expect(200);
        assert_eq!(counted(&app)[0], 1, "a token that does not hold is none");
    }

    fn hits_that_come_too_often_are_told_when_to_come_again(app) {
        let hit = json!({"path": "/"}).to_string();
        let send = |address: &str| {
            let headers = [("content-type", "application/json"), ("x-forwarded-for", address), ("user-agent", FIREFOX)];
            app.anonymous().send("POST", VISITS, &headers, Some(hit.as_bytes()))
        };
        for _ in 0..120 {
            send("198.51.100.7").expect(200);
        }
        let refused = send("198.51.100.7").expect(429);
        assert_eq!((refused.header("retry-after"), &refused.json["code"]), (Some("1"), &json!("rate_limited")));
        assert_eq!(refused.header("ratelimit"), Some("\"visitor\";r=0;t=1"));
        assert_eq!(refused.header("ratelimit-policy"), Some("\"visitor\";q=120;w=60"));
        send("198.51.100.8").expect(200);
        // What stands left of the address that our proxy saw was written by the client.
        for (n, spoofed) in ["6.6.6.6", "10.0.0.1", "::1", "198.51.100.8", "unknown"].iter().enumerate() {
            send(&format!("{spoofed}, 198.51.100.7")).expect(429);
            let headers = [("content-type", "application/json"), ("x-forwarded-for", "198.51.100.7"), ("user-agent", FIREFOX), ("forwarded", "for=6.6.6.6"), ("x-real-ip", "6.6.6.6")];
            app.anonymous().send("POST", &format!("{VISITS}{}", "?".repeat(n % 2)), &headers, Some(hit.as_bytes())).expect(429);
        }
        assert_eq!(app.api.limits.visits.as_ref().unwrap().refused(), [("visitor", 11), ("network", 0), ("all", 0)]);
        app.clock.advance(1);
        send("198.51.100.7").expect(200);
        app.wait(app.api.visits.settle()).unwrap();
        assert_eq!(app.api.visits.metrics().page_views, 2);
    }

    fn what_was_withdrawn_or_ended_has_no_more_visits_though_it_was_asked_for_before(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let shown = content::publish(&editor, "articles", &content::article(&editor, &section, "Một tin"));
        let hit = json!({"articleId": shown.id()});
        app.api.watch.look();
        for address in ["198.51.100.7", "198.51.100.8"] {
            visitor(&app, address, FIREFOX, &hit);
        }
        let path = format!("/api/v1/editorial/articles/{}/actions/unpublish", shown.id());
        let withdrawn = editor.post_at(&path, &shown.etag(), &json!({})).expect(200);
        app.api.watch.look();
        app.anonymous().post(VISITS, &hit).expect(404);
        content::publish(&editor, "articles", &withdrawn);
        app.api.watch.look();
        app.anonymous().post(VISITS, &hit).expect(200);
        assert_eq!(counted(&app)[0], 3);
    }

    fn a_speech_goes_out_of_sight_with_its_event(app) {
        let editor = app.chief_editor();
        let page = SeedPage::write(&editor);
        page.publish(&editor);
        app.api.watch.look();
        let hit = json!({"speechId": page.speeches[0].id()});
        app.anonymous().post(VISITS, &hit).expect(200);
        let path = format!("/api/v1/editorial/events/{}", page.event.id());
        let event = editor.get(&path).expect(200);
        editor.post_at(&format!("{path}/actions/unpublish"), &event.etag(), &json!({})).expect(200);
        app.api.watch.look();
        app.anonymous().post(VISITS, &hit).expect(404);
    }

    fn who_asks_not_to_be_tracked_is_a_page_view_and_nobody(app) {
        for header in ["sec-gpc", "dnt"] {
            let headers = [("content-type", "application/json"), (header, "1")];
            app.anonymous().send("POST", VISITS, &headers, Some(br#"{"path": "/"}"#)).expect(200);
        }
        assert_eq!(counted(&app), [2, 0, 0, 0, 0]);
    }
}
