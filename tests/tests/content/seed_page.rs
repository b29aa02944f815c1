//! The seed page, whole: written at the desk over HTTP, read back from the public side, and none of it
//! seen before it is published.

use bantin_tests::{
    Client, both, content,
    seed::{AGENCY, BANNER, CAPTION, DECISION, SECTION, SeedPage, TITLE},
};
use serde_json::{Value, json};

const SLUG: &str = "hoi-nghi-tong-ket-hoat-dong-kh-cn-cap-huyen";

/// What the site says of itself on every page.
fn dress_site(client: &Client) {
    let version = client.get("/api/v1/editorial/site").expect(200).etag();
    let write = json!({"agency": AGENCY, "banners": [{"text": BANNER, "from": "2023-01-01", "until": "2023-03-31"}]});
    client.patch("/api/v1/editorial/site", &version, &write).expect(200);
}

/// One member of each row.
fn each(rows: &Value, member: &str) -> Vec<Value> {
    rows.as_array().unwrap().iter().map(|row| row[member].clone()).collect()
}

both! {
    fn nothing_of_it_is_seen_before_it_is_published(app) {
        let editor = app.chief_editor();
        let page = SeedPage::write(&editor);
        let public = app.anonymous();
        for list in ["articles", "events", "speeches", "people", "organisations", "tags"] {
            assert_eq!(public.get(&format!("/api/v1/{list}")).expect(200).data(), &json!([]), "{list}");
        }
        let mut paths = vec![
            format!("articles/{}", page.article.id()),
            format!("articles/{}", page.article.data()["slug"].as_str().unwrap()),
            format!("people/{}", page.director.id()),
            format!("organisations/{}", page.department.id()),
            format!("media/{}", page.picture.id()),
            format!("media/{}/original", page.picture.id()),
        ];
        for part in ["", "/programme", "/attendees"] {
            paths.push(format!("events/{}{part}", page.event.id()));
            paths.push(format!("events/{SLUG}{part}"));
        }
        paths.extend(page.speeches.iter().map(|speech| format!("speeches/{}", speech.id())));
        for path in paths {
            public.get(&format!("/api/v1/{path}")).expect(404);
        }
        public.post("/api/v1/visits", &json!({"articleId": page.article.id()})).expect(404);
    }

    fn the_site_shows_agency_banner_and_section(app) {
        let editor = app.chief_editor();
        dress_site(&editor);
        SeedPage::write(&editor);
        let site = app.anonymous().get("/api/v1/site").expect(200);
        assert_eq!((&site.data()["agency"], &site.data()["banner"]["text"]), (&json!(AGENCY), &json!(BANNER)));
        let sections = app.anonymous().get("/api/v1/categories").expect(200);
        assert_eq!((&sections.data()[0]["name"], &sections.data()[0]["slug"]), (&json!(SECTION), &json!("hoat-dong-khoa-hoc-cong-nghe")));
        app.clock.set("2023-04-01T00:00:00+07:00");
        assert_eq!(app.anonymous().get("/api/v1/site").expect(200).data()["banner"], Value::Null, "the season is over");
    }

    fn the_article_is_read_as_it_stood_on_the_page(app) {
        let editor = app.chief_editor();
        let page = SeedPage::write(&editor);
        page.publish(&editor);
        let list = app.anonymous().get("/api/v1/articles?filter[category]=hoat-dong-khoa-hoc-cong-nghe").expect(200);
        let slug = list.data()[0]["slug"].as_str().unwrap().to_owned();
        let read = app.anonymous().get(&format!("/api/v1/articles/{slug}")).expect(200);
        let article = read.data();
        assert_eq!((&article["title"], &article["byline"], &article["authors"]), (&json!(TITLE), &json!("P.K"), &json!([])));
        assert_eq!(article["publishedAt"], "2023-03-14T08:00:00+07:00", "posted on 14/03/2023");
        assert_eq!((&article["category"]["name"], &article["locale"]), (&json!(SECTION), &json!("vi")));
        assert_eq!((&article["citations"][0]["number"], &article["citations"][0]["url"]), (&json!(DECISION), &Value::Null));
        assert_eq!(article["events"], json!([{
            "id": page.event.id(), "slug": SLUG, "title": "Hội nghị tổng kết hoạt động KH&CN cấp huyện", "startsOn": "2023-02-28",
        }]));
        let html = article["body"]["value"].as_str().unwrap();
        assert_eq!(html.matches("<p>").count(), 3, "{html}");
        assert!(html.contains(&format!("<figcaption>{CAPTION}</figcaption>")), "{html}");
        assert!(html.contains(&format!("https://tin.example/api/v1/media/{}/original", page.picture.id())), "{html}");
        let blocks = app.anonymous().get(&format!("/api/v1/articles/{slug}?body=blocks")).expect(200);
        assert_eq!(each(&blocks.data()["body"]["value"], "type"), ["paragraph", "paragraph", "image", "paragraph"]);
        let picture = app.anonymous().get(&format!("/api/v1/media/{}", page.picture.id())).expect(200);
        assert_eq!((&picture.data()["caption"], &picture.data()["mimeType"]), (&json!(CAPTION), &json!("image/png")));
        let bytes = app.anonymous().get(&format!("/api/v1/media/{}/original", page.picture.id())).expect(200);
        assert_eq!(bytes.bytes, content::png());
    }

    fn the_conference_is_read_with_its_programme_and_who_was_there(app) {
        let editor = app.chief_editor();
        let page = SeedPage::write(&editor);
        page.publish(&editor);
        let public = app.anonymous();
        let event = public.get(&format!("/api/v1/events/{SLUG}")).expect(200);
        assert_eq!((&event.data()["startsOn"], &event.data()["endsOn"]), (&json!("2023-02-28"), &json!("2023-02-28")));
        assert_eq!((&event.data()["kind"], &event.data()["status"]), (&json!("conference"), &json!("held")));
        assert_eq!(event.data()["organisers"][0]["name"], AGENCY);

        let programme = public.get(&format!("/api/v1/events/{SLUG}/programme")).expect(200);
        let speeches = &programme.data()["speeches"];
        assert_eq!(programme.data()["event"]["id"], page.event.data()["id"]);
        assert_eq!(each(speeches, "kind"), ["opening", "report", "presentation", "presentation", "presentation", "discussion", "closing"]);
        assert_eq!(each(speeches, "order"), [1, 2, 3, 4, 5, 6, 7]);
        let speaker = |n: usize| {
            let speaker = &speeches[n]["speaker"];
            [&speaker["name"], &speaker["position"], &speaker["organisation"]].map(|text| text.as_str().unwrap_or("-").to_owned())
        };
        assert_eq!(speaker(0), ["Tầng Phú An", "Giám đốc", "Sở KH&CN"]);
        assert_eq!(speaker(1), ["-", "Đại diện", "Sở KH&CN An Giang"], "nobody is named for the department's report");
        assert_eq!(speaker(2), ["Ngô Hồng Duy Anh", "Phó Trưởng phòng", "Phòng Kinh tế - Hạ tầng huyện Chợ Mới"]);
        assert_eq!(speaker(3), ["Ngô Thị Ngọc Anh", "Phó Trưởng phòng", "Phòng Kinh tế thành phố Long Xuyên"]);
        assert_eq!(speaker(4), ["Trần Phú Vinh", "Giám đốc", "Trung tâm Ứng dụng tiến bộ KH&CN An Giang"]);
        assert_eq!(speeches[5]["speaker"], Value::Null, "a discussion has no speaker");
        assert_eq!((&speeches[6]["speaker"]["name"], &speeches[6]["speaker"]["slug"]), (&json!("Tầng Phú Anh"), &json!("tang-phu-an")));

        let attendees = public.get(&format!("/api/v1/events/{SLUG}/attendees")).expect(200);
        assert_eq!(each(attendees.data(), "kind"), ["delegation", "delegation", "delegation", "unit", "delegation"]);
        assert!(each(attendees.data(), "name").iter().all(Value::is_null), "delegations came without names");
        assert_eq!(attendees.data()[0]["organisation"], "Ban Giám đốc Sở KH&CN");
        assert_eq!((&attendees.data()[3]["position"], &attendees.data()[3]["headcount"]), (&json!("Trưởng phòng"), &json!(11)));
        assert_eq!(attendees.data()[4]["headcount"], Value::Null, "not counted");
    }

    fn who_took_part_becomes_public_with_it(app) {
        let editor = app.chief_editor();
        let page = SeedPage::write(&editor);
        page.publish(&editor);
        let public = app.anonymous();
        assert_eq!(each(public.get("/api/v1/people").expect(200).data(), "displayName"), ["Tầng Phú An"]);
        assert_eq!(each(public.get("/api/v1/organisations").expect(200).data(), "name"), [AGENCY]);
        let appearances = public.get("/api/v1/people/tang-phu-an/appearances").expect(200);
        assert_eq!(appearances.data().as_array().unwrap().len(), 2, "the opening and the closing address");
    }

    fn its_readers_are_counted(app) {
        let editor = app.chief_editor();
        let page = SeedPage::write(&editor);
        page.publish(&editor);
        let public = app.anonymous();
        for target in [json!({"articleId": page.article.id()}), json!({"eventId": page.event.id()})] {
            public.post("/api/v1/visits", &target).expect(200);
        }
        app.wait(app.api.visits.settle()).unwrap();
        let stats = public.get("/api/v1/stats").expect(200);
        assert_eq!((&stats.data()["online"]["value"], &stats.data()["total"]["value"]), (&json!(1), &json!(1)));
        assert_eq!(stats.data()["today"]["pageViews"], 2);
    }
}
