//! What search engines are told: sitemaps, robots, and the head of pages.

use std::collections::BTreeMap;

use bantin_application::{AppError, sitemaps};
use bantin_domain::{policy::Role, time::SiteZone};
use bantin_tests::{Answer, Client, both, content};
use serde_json::{Value, json};

fn text(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.bytes).unwrap()
}

/// Says where the front end is.
fn with_front_end(editor: &Client) {
    let site = editor.get("/api/v1/editorial/site").expect(200);
    let patterns = json!({
        "article": "/{locale}/{category}/{slug}", "event": "/su-kien/{slug}", "category": "/{slug}", "person": "/p/{slug}",
        "speech": "/phat-bieu/{slug}", "tag": "/the/{slug}",
    });
    let change = json!({"webUrl": "https://web.example", "urlPatterns": patterns, "locales": ["vi", "en"]});
    editor.patch("/api/v1/editorial/site", &site.etag(), &change).expect(200);
}

fn published(editor: &Client, collection: &str, write: Value) -> Answer {
    let draft = content::made(editor, collection, &write);
    content::publish(editor, collection, &draft)
}

fn article(section: &str, title: &str, others: Value) -> Value {
    let mut write = json!({"title": title, "categoryId": section, "body": {"format": "text", "value": "Nội dung."}});
    write.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
    write
}

both! {
    fn the_index_leads_to_sitemaps_that_lead_to_everything(app) {
        let editor = app.admin();
        with_front_end(&editor);
        let section = content::category(&editor, "Tin");
        let picture = content::picture(&editor, "Ảnh", "");
        let vietnamese = published(&editor, "articles", article(&section, "Một tin & hơn", json!({"coverId": picture.id()})));
        published(&editor, "articles", article(&section, "Some news", json!({"locale": "en", "translationOf": vietnamese.id()})));
        published(&editor, "articles", article(&section, "Tin cũ", json!({"publishedAt": "2022-12-31T23:30:00+07:00"})));
        published(&editor, "events", json!({"title": "Hội nghị", "kind": "conference", "startsOn": "2023-02-28"}));
        let public = app.anonymous();
        let index = public.get("/sitemap.xml").expect(200);
        assert_eq!(index.header("content-type"), Some("application/xml; charset=utf-8"));
        let at = "<lastmod>2023-03-14T08:00:00+07:00</lastmod>";
        let sitemap = |name: &str, at: &str| format!("<sitemap><loc>https://tin.example/sitemaps/{name}.xml</loc>{at}</sitemap>");
        assert_eq!(text(&index), format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{}{}{}{}</sitemapindex>",
            sitemap("articles-2023-03", at), sitemap("articles-2022-12", at), sitemap("events", ""), sitemap("categories", ""),
        ));
        let march = public.get("/sitemaps/articles-2023-03.xml").expect(200);
        let (news, tin) = ("https://web.example/en/tin/some-news", "https://web.example/vi/tin/mot-tin-hon");
        let languages = format!(
            "<xhtml:link rel=\"alternate\" hreflang=\"en\" href=\"{news}\"/><xhtml:link rel=\"alternate\" hreflang=\"vi\" href=\"{tin}\"/>"
        );
        assert!(text(&march).contains(&format!("<url><loc>{news}</loc>{at}{languages}</url>")), "{}", text(&march));
        let image = format!("<image:image><image:loc>https://tin.example/api/v1/media/{}/original</image:loc></image:image>", picture.id());
        assert!(text(&march).contains(&format!("<url><loc>{tin}</loc>{at}{languages}{image}</url>")), "{}", text(&march));
        assert_eq!(text(&march).matches("<url>").count(), 2);
        let december = public.get("/sitemaps/articles-2022-12.xml").expect(200);
        assert!(text(&december).contains("<loc>https://web.example/vi/tin/tin-cu</loc>"));
        assert!(text(&public.get("/sitemaps/events.xml").expect(200)).contains("<loc>https://web.example/su-kien/hoi-nghi</loc>"));
        for path in ["/sitemaps/articles-2023-04.xml", "/sitemaps/pages.xml", "/sitemaps/x.xml", "/sitemaps/articles-2023-03"] {
            public.get(path).expect(404);
        }
    }

    fn what_has_no_hour_and_what_has_no_text_is_found_too(app) {
        let editor = app.admin();
        with_front_end(&editor);
        let section = content::category(&editor, "Tin");
        published(&editor, "articles", article(&section, "Một tin", json!({"tags": ["Số hoá"]})));
        let event = published(&editor, "events", json!({"title": "Hội nghị", "kind": "conference", "startsOn": "2023-02-28"}));
        for (title, starts) in [("Khai mạc", json!("2023-02-28T08:00:00+07:00")), ("Bế mạc", Value::Null)] {
            published(&editor, "speeches", json!({
                "eventId": event.id(), "kind": "report", "title": title, "startsAt": starts, "speaker": {"name": "A"},
            }));
        }
        let public = app.anonymous();
        let index = public.get("/sitemap.xml").expect(200);
        for (name, addresses) in [("speeches", vec!["phat-bieu/khai-mac", "phat-bieu/be-mac"]), ("tags", vec!["the/so-hoa"])] {
            assert!(text(&index).contains(&format!("/sitemaps/{name}.xml</loc>")), "{}", text(&index));
            let sitemap = public.get(&format!("/sitemaps/{name}.xml")).expect(200);
            assert_eq!(text(&sitemap).matches("<url>").count(), addresses.len(), "{}", text(&sitemap));
            for address in addresses {
                assert!(text(&sitemap).contains(&format!("<loc>https://web.example/{address}</loc>")), "{}", text(&sitemap));
            }
        }
        public.get("/sitemaps/speeches-2.xml").expect(404);
    }

    fn what_is_too_much_for_one_sitemap_goes_on_in_the_next(app) {
        let editor = app.admin();
        let sections = ["Một", "Hai", "Ba", "Bốn", "Năm"].map(|name| content::category(&editor, name));
        for n in 0..5 {
            published(&editor, "articles", article(&sections[0], &format!("Tin {n}"), json!({"tags": [format!("Thẻ {n}")]})));
            published(&editor, "events", json!({"title": format!("Hội nghị {n}"), "kind": "conference", "startsOn": "2023-02-28"}));
        }
        let zone = SiteZone::parse("Asia/Ho_Chi_Minh").unwrap();
        app.api.app.store().public(|reader| {
            let mut met = BTreeMap::new();
            for (sheet, _) in sitemaps::index(reader, &zone, 2)? {
                let located = sitemaps::sheet(reader, sheet, &zone, 2)?;
                assert!((1..=2).contains(&located.len()), "{}: {}", sheet.name(), located.len());
                for one in located {
                    assert_eq!(met.insert(one.id, sheet.name()), None, "stands twice");
                }
            }
            let counts: Vec<usize> = ["articles-2023-03", "events", "categories", "tags"].iter().flat_map(|part| {
                let on = |name: String| met.values().filter(|sheet| **sheet == name).count();
                [on((*part).to_owned()), on(format!("{part}-2")), on(format!("{part}-3")), on(format!("{part}-4"))]
            }).collect();
            assert_eq!(counts, [2, 2, 1, 0].repeat(4), "{met:?}");
            Ok::<_, AppError>(())
        }).unwrap();
    }

    fn a_sitemap_changes_with_what_stands_in_it(app) {
        let editor = app.admin();
        with_front_end(&editor);
        let section = content::category(&editor, "Tin");
        let tin = published(&editor, "articles", article(&section, "Một tin", json!({})));
        app.clock.advance(60);
        let public = app.anonymous();
        let path = "/sitemaps/articles-2023-03.xml";
        let first = public.get(path).expect(200);
        public.send("GET", path, &[("if-none-match", &first.etag())], None).expect(304);
        let edited = editor.patch(&format!("/api/v1/editorial/articles/{}", tin.id()), &tin.etag(), &json!({"title": "Tin khác"})).expect(200);
        assert_eq!(public.get(path).expect(200).etag(), first.etag(), "a draft changes nothing");
        let again = content::publish(&editor, "articles", &edited);
        assert!(text(&public.get(path).expect(200)).contains("<lastmod>2023-03-14T08:01:00+07:00</lastmod>"));
        assert!(text(&public.get("/sitemap.xml").expect(200)).contains("<lastmod>2023-03-14T08:01:00+07:00</lastmod>"));
        editor.post_at(&format!("/api/v1/editorial/articles/{}/actions/unpublish", tin.id()), &again.etag(), &json!({})).expect(200);
        public.get(path).expect(404);
        assert!(!text(&public.get("/sitemap.xml").expect(200)).contains("articles-"));
    }

    fn the_news_are_those_of_yesterday_and_today(app) {
        let editor = app.admin();
        let section = content::category(&editor, "Tin");
        published(&editor, "articles", article(&section, "Hôm kia", json!({"publishedAt": "2023-03-12T23:59:59+07:00"})));
        published(&editor, "articles", article(&section, "Hôm qua", json!({"publishedAt": "2023-03-13T00:00:00+07:00"})));
        published(&editor, "articles", article(&section, "Hôm <nay>", json!({})));
        let public = app.anonymous();
        let news = public.get("/sitemap-news.xml").expect(200);
        assert!(text(&news).contains(
            "<news:language>vi</news:language></news:publication><news:publication_date>2023-03-14T08:00:00+07:00\
             </news:publication_date><news:title>Hôm &lt;nay&gt;</news:title>"
        ), "{}", text(&news));
        assert!(text(&news).contains("<news:title>Hôm qua</news:title>"));
        assert_eq!(text(&news).matches("<url>").count(), 2);
        // Nothing is published, and yet at midnight it is another day.
        app.clock.set("2023-03-15T00:00:00+07:00");
        let later = public.get("/sitemap-news.xml").expect(200);
        assert_eq!(text(&later).matches("<url>").count(), 1);
        // A sitemap must have an address, and without news it has the front page.
        app.clock.set("2023-03-16T00:00:00+07:00");
        let none = public.get("/sitemap-news.xml").expect(200);
        assert!(text(&none).ends_with("\"><url><loc>https://tin.example</loc></url></urlset>"), "{}", text(&none));
        with_front_end(&app.user(Role::Admin, "sau@so.example"));
        assert!(text(&public.get("/sitemap-news.xml").expect(200)).contains("<url><loc>https://web.example</loc></url>"));
    }

    fn robots_are_told_where_the_sitemaps_are(app) {
        let robots = app.anonymous().get("/robots.txt").expect(200);
        assert_eq!(robots.header("content-type"), Some("text/plain; charset=utf-8"));
        assert_eq!(text(&robots), "User-agent: *\nDisallow: /api/v1/auth/\nDisallow: /api/v1/editorial/\nDisallow: /api/v1/preview/\n\n\
            Sitemap: https://tin.example/sitemap.xml\nSitemap: https://tin.example/sitemap-news.xml\n");
    }

    fn the_head_of_an_article_is_ready_to_be_pasted(app) {
        let editor = app.admin();
        with_front_end(&editor);
        let section = content::category(&editor, "Tin");
        let picture = content::picture(&editor, "Toàn cảnh", "");
        let title = "Tin </script><script>alert(1)</script> & \"hơn\"";
        published(&editor, "articles", article(&section, title, json!({
            "summary": "Tóm tắt", "coverId": picture.id(), "tags": ["số hoá"], "byline": "P.K", "slug": "tin",
        })));
        let public = app.anonymous();
        let read = public.get("/api/v1/articles/tin?include=head&fields=title").expect(200);
        let head = &read.data()["head"];
        assert_eq!(head["canonical"], "https://web.example/vi/tin/tin");
        assert_eq!(head["description"], "Tóm tắt");
        assert!(head["title"].as_str().unwrap().starts_with(title));
        let said = |property: &str| -> Vec<&str> {
            let all = head["openGraph"].as_array().unwrap().iter().filter(|one| one["property"] == property);
            all.map(|one| one["content"].as_str().unwrap()).collect()
        };
        assert_eq!(said("og:type"), ["article"]);
        assert_eq!(said("og:title"), [title]);
        assert_eq!(said("og:url"), ["https://web.example/vi/tin/tin"]);
        assert_eq!(said("og:locale"), ["vi_VN"]);
        assert_eq!(said("og:image"), [format!("https://tin.example/api/v1/media/{}/original", picture.id())]);
        assert_eq!(said("article:tag"), ["số hoá"]);
        assert_eq!(said("article:published_time"), ["2023-03-14T08:00:00+07:00"]);
        let script = head["jsonLd"].as_str().unwrap();
        assert!(!script.contains(['<', '>', '&']), "{script}");
        let graph: Value = serde_json::from_str(script).unwrap();
        let (news, crumbs, agency) = (&graph["@graph"][0], &graph["@graph"][1], &graph["@graph"][2]);
        assert_eq!((&news["@type"], &news["headline"]), (&json!("NewsArticle"), &json!(title)));
        assert_eq!(news["author"], json!([{"@type": "Person", "name": "P.K"}]));
        assert_eq!(news["publisher"], json!({"@id": agency["@id"]}));
        assert_eq!(agency["@type"], "GovernmentOrganization");
        let items = crumbs["itemListElement"].as_array().unwrap();
        let ways: Vec<(i64, &str)> = items.iter().map(|one| (one["position"].as_i64().unwrap(), one["item"].as_str().unwrap())).collect();
        assert_eq!(ways, [(1, "https://web.example"), (2, "https://web.example/tin"), (3, "https://web.example/vi/tin/tin")]);
        assert_eq!(public.get("/api/v1/articles/tin").expect(200).data().get("head"), None);
        let list = public.get("/api/v1/articles?include=head").expect(200);
        assert_eq!(&list.data()[0]["head"], head);
    }

    fn the_head_of_an_event_names_who_speaks(app) {
        let editor = app.admin();
        with_front_end(&editor);
        let person = editor.post("/api/v1/editorial/people", &json!({"displayName": "Nguyễn Văn A"})).expect(201);
        let event = published(&editor, "events", json!({
            "title": "Hội nghị", "kind": "conference", "status": "cancelled", "startsAt": "2023-04-01T08:00:00+07:00",
            "venue": {"name": "Hội trường"}, "onlineUrl": "https://meet.example/a",
        }));
        for title in ["Khai mạc", "Bế mạc"] {
            published(&editor, "speeches", json!({
                "eventId": event.id(), "kind": "opening", "title": title, "durationMinutes": 15,
                "speaker": {"personId": person.id(), "position": "Giám đốc"},
            }));
        }
        let public = app.anonymous();
        let read = public.get("/api/v1/events/hoi-nghi?include=head").expect(200);
        assert_eq!(read.data().get("speeches"), None, "the head needs the programme, the answer was not asked for it");
        let script = read.data()["head"]["jsonLd"].as_str().unwrap();
        let graph: Value = serde_json::from_str(script).unwrap();
        let event = &graph["@graph"][0];
        let speaker = json!({
            "@type": "Person", "name": "Nguyễn Văn A", "url": "https://web.example/p/nguyen-van-a", "jobTitle": "Giám đốc",
        });
        assert_eq!((&event["@type"], &event["startDate"]), (&json!("Event"), &json!("2023-04-01T08:00:00+07:00")));
        assert_eq!(event["eventStatus"], "https://schema.org/EventCancelled");
        assert_eq!(event["eventAttendanceMode"], "https://schema.org/MixedEventAttendanceMode");
        assert_eq!(event["performer"], json!([speaker]), "each speaker once");
        assert_eq!(event["subEvent"][1]["performer"], json!([speaker]));
        assert_eq!((&event["subEvent"][0]["name"], &event["subEvent"][0]["duration"]), (&json!("Khai mạc"), &json!("PT15M")));
        assert_eq!(graph["@graph"][1]["@type"], "BreadcrumbList");
        let both = public.get("/api/v1/events/hoi-nghi?include=head,speeches").expect(200);
        assert_eq!(both.data()["speeches"].as_array().unwrap().len(), 2);
    }

    fn what_search_engines_read_counts_against_the_limit_of_public_reads(app) {
        let node = app.another_node_limited(2);
        let public = node.anonymous();
        for _ in 0..2 {
            public.get("/robots.txt").expect(200);
        }
        for path in ["/robots.txt", "/sitemap.xml", "/sitemap-news.xml", "/sitemaps/events.xml", "/api/v1/articles"] {
            let refused = public.get(path).expect(429);
            assert_eq!(refused.header("ratelimit-policy"), Some("\"public\";q=2;w=60"), "{path}");
        }
        public.get("/livez").expect(200);
        public.send("GET", "/sitemap.xml", &[("x-forwarded-for", "203.0.113.9")], None).expect(200);
        public.get("/sitemap.xml").expect(200);
    }
}
