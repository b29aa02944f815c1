//! Feeds of articles: RSS, Atom and JSON Feed, byte for byte.

use bantin_tests::{Answer, Client, both, content};
use serde_json::{Value, json};

fn text(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.bytes).unwrap()
}

/// Publishes an article with more members than a title.
fn published(editor: &Client, section: &str, title: &str, others: Value) -> Answer {
    let mut write = json!({"title": title, "categoryId": section, "body": {"format": "html", "value": "<p>Nội <b>dung</b> &amp; ảnh.</p>"}});
    write.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
    let draft = content::made(editor, "articles", &write);
    content::publish(editor, "articles", &draft)
}

/// The text between two marks.
fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("no {start} in {text}"));
    rest.split_once(end).unwrap_or_else(|| panic!("no {end} in {text}")).0
}

both! {
    fn rss_has_every_element_that_readers_look_for(app) {
        let editor = app.admin();
        let section = content::category(&editor, "Hoạt động KH&CN");
        let picture = content::picture(&editor, "Toàn cảnh \"hội nghị\"", "Chú thích");
        let article = published(&editor, &section, "Tổng kết <2023> ]]> & xa hơn", json!({
            "summary": "Sáng 14/3, 5 < 6.", "byline": "P.K", "coverId": picture.id(), "tags": ["Chuyển đổi số"],
        }));
        let feed = app.anonymous().get("/feeds/articles.rss?content=full").expect(200);
        assert_eq!(feed.header("content-type"), Some("application/rss+xml; charset=utf-8"));
        assert_eq!(feed.header("content-language"), Some("vi"));
        let document = text(&feed);
        assert!(document.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?><rss version=\"2.0\" "), "{document}");
        let id = article.id();
        let item = between(document, "<item>", "</item>");
        let media = format!("https://tin.example/api/v1/media/{}/original", picture.id());
        let expected = format!(
            "<title>Tổng kết &lt;2023&gt; ]]&gt; &amp; xa hơn</title>\
             <link>https://tin.example/api/v1/articles/tong-ket-2023-xa-hon/print</link>\
             <description><![CDATA[Sáng 14/3, 5 &lt; 6.]]></description>\
             <category>Hoạt động KH&amp;CN</category><category>Chuyển đổi số</category>\
             <guid isPermaLink=\"false\">urn:uuid:{id}</guid>\
             <pubDate>Tue, 14 Mar 2023 08:00:00 +0700</pubDate>\
             <content:encoded><![CDATA[<p>Nội <strong>dung</strong> &amp; ảnh.</p>]]></content:encoded>\
             <media:content fileSize=\"{}\" height=\"1\" medium=\"image\" type=\"image/png\" url=\"{media}\" width=\"1\">\
             <media:description type=\"plain\">Toàn cảnh &quot;hội nghị&quot;</media:description></media:content>\
             <dc:creator>P.K</dc:creator>",
            content::png().len(),
        );
        assert_eq!(item, expected);
        let channel = between(document, "<channel>", "<item>");
        assert!(channel.contains(
            "<atom:link href=\"https://tin.example/feeds/articles.rss?content=full\" rel=\"self\" type=\"application/rss+xml\">"
        ), "{channel}");
        assert!(channel.contains("<language>vi</language>"));
        let summary = app.anonymous().get("/feeds/articles.rss").expect(200);
        assert!(!text(&summary).contains("content:encoded"), "the text is left out unless it is asked for");
    }

    fn atom_names_everything_by_its_uuid_and_says_its_language(app) {
        let editor = app.admin();
        let section = content::category(&editor, "Tin");
        let article = published(&editor, &section, "Một tin", json!({"byline": "P.K"}));
        let feed = app.anonymous().get("/feeds/articles.atom").expect(200);
        assert_eq!(feed.header("content-type"), Some("application/atom+xml; charset=utf-8"));
        let document = text(&feed);
        assert!(document.contains("xml:lang=\"vi\""), "{document}");
        let entry = between(document, "<entry>", "</entry>");
        assert_eq!(entry, format!(
            "<title>Một tin</title><id>urn:uuid:{}</id><updated>2023-03-14T08:00:00+07:00</updated>\
             <author><name>P.K</name></author><category term=\"Tin\"/>\
             <link href=\"https://tin.example/api/v1/articles/mot-tin/print\" rel=\"alternate\" hreflang=\"vi\" type=\"text/html\"/>\
             <published>2023-03-14T08:00:00+07:00</published>",
            article.id()
        ));
        let head = between(document, "<feed", "<entry>");
        let id = between(head, "<id>", "</id>").to_owned();
        assert!(id.starts_with("urn:uuid:"), "{id}");
        assert!(head.contains("<link href=\"https://tin.example/feeds/articles.atom\" rel=\"self\" type=\"application/atom+xml\"/>"));
        let full = app.anonymous().get("/feeds/articles.atom?content=full&limit=5").expect(200);
        assert!(text(&full).contains("<content type=\"html\">&lt;p&gt;Nội &lt;strong&gt;dung"), "{}", text(&full));
        assert_eq!(between(text(&full), "<id>", "</id>"), id, "the same feed, in another form");
        let other = app.anonymous().get(&format!("/feeds/categories/{section}.atom")).expect(200);
        assert_ne!(between(text(&other), "<id>", "</id>"), id);
        assert!(text(&other).contains("<title>Tin – "), "{}", text(&other));
    }

    fn json_feed_leads_on_to_its_next_page(app) {
        let editor = app.admin();
        let section = content::category(&editor, "Tin");
        for n in 1..=3 {
            published(&editor, &section, &format!("Tin {n}"), json!({"summary": format!("Tóm tắt {n}")}));
            app.clock.advance(60);
        }
        let public = app.anonymous();
        let feed = public.get("/feeds/articles.json?limit=2&filter[category]=tin").expect(200);
        assert_eq!(feed.header("content-type"), Some("application/feed+json"));
        assert_eq!(feed.json["version"], "https://jsonfeed.org/version/1.1");
        let titles = |feed: &Answer| -> Vec<String> {
            feed.json["items"].as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(titles(&feed), ["Tin 3", "Tin 2"]);
        assert_eq!(feed.json["items"][0]["content_text"], "Tóm tắt 3");
        let next = feed.json["next_url"].as_str().unwrap();
        let path = next.strip_prefix("https://tin.example").unwrap();
        let rest = public.get(path).expect(200);
        assert_eq!(titles(&rest), ["Tin 1"]);
        assert_eq!(rest.json.get("next_url"), None);
        assert_eq!(rest.json["feed_url"].as_str(), Some(next));
    }

    fn a_feed_takes_what_the_list_takes_and_refuses_the_rest_by_name(app) {
        let editor = app.admin();
        let section = content::category(&editor, "Tin");
        content::category(&editor, "Khác");
        published(&editor, &section, "Hội nghị khoa học", json!({"tags": ["số hoá"]}));
        let public = app.anonymous();
        let count = |path: &str| text(&public.get(path).expect(200)).matches("<item>").count();
        for (path, found) in [
            ("/feeds/articles.rss?filter[tag]=so-hoa", 1),
            ("/feeds/articles.rss?filter[category]=khac", 0),
            ("/feeds/articles.rss?q=hoi%20nghi", 1),
            ("/feeds/articles.rss?filter[year]=2022", 0),
            ("/feeds/articles.rss?locale=en", 0),
            ("/feeds/articles.rss?sort=title", 1),
            ("/feeds/categories/tin.rss", 1),
            ("/feeds/categories/khac.rss", 0),
            ("/feeds/tags/so-hoa.rss", 1),
        ] {
            assert_eq!(count(path), found, "{path}");
        }
        for (path, fault) in [
            ("/feeds/articles.rss?fields=title", "fields"),
            ("/feeds/articles.rss?count=exact", "count"),
            ("/feeds/articles.rss?content=all", "content"),
            ("/feeds/articles.rss?limit=101", "limit"),
            ("/feeds/articles.rss?filter[colour]=red", "filter[colour]"),
            ("/feeds/articles.rss?month=2023-03", "month"),
            ("/feeds/articles.atom?month=2023-13", "month"),
            ("/feeds/articles.atom?through=5", "through"),
            ("/feeds/articles.atom?mark=0123456789abcdef", "mark"),
            ("/feeds/articles.atom?month=2023-03&mark=x", "mark"),
            ("/feeds/articles.atom?month=2023-03&filter[tag]=so-hoa", "month"),
            ("/feeds/tags/so-hoa.atom?month=2023-03", "month"),
            ("/feeds/tags/so-hoa.rss?filter[tag]=x", "filter[tag]"),
        ] {
            assert_eq!(public.get(path).expect(400).faults().1[0].0, fault, "{path}");
        }
        for path in ["/feeds/articles.xml", "/feeds/tags/nothing.rss", "/feeds/people/nobody.atom", "/feeds/tags/so-hoa"] {
            public.get(path).expect(404);
        }
        let allowed = public.send("POST", "/feeds/articles.rss", &[], Some(b"")).expect(405);
        assert_eq!(allowed.header("allow"), Some("GET, HEAD, OPTIONS"));
    }

    fn what_changed_is_in_the_feed_at_once_and_what_did_not_is_not_sent_again(app) {
        let editor = app.admin();
        let section = content::category(&editor, "Tin");
        published(&editor, &section, "Một tin", json!({}));
        app.clock.advance(60);
        let public = app.anonymous();
        for path in ["/feeds/articles.rss", "/feeds/articles.atom", "/feeds/articles.json", "/feeds/categories/tin.atom"] {
            let first = public.get(path).expect(200);
            let again = public.send("GET", path, &[("if-none-match", &first.etag())], None).expect(304);
            assert!(again.bytes.is_empty());
            let date = first.header("last-modified").unwrap().to_owned();
            public.send("GET", path, &[("if-modified-since", &date)], None).expect(304);
            public.send("GET", path, &[("accept", "text/html")], None).expect(200);
            assert!(first.header("cache-control").unwrap().starts_with("public"));
        }
        let before = public.get("/feeds/articles.rss").expect(200);
        published(&editor, &section, "Tin nữa", json!({}));
        let after = public.get("/feeds/articles.rss").expect(200);
        assert_ne!(before.etag(), after.etag());
        assert!(text(&after).contains("<title>Tin nữa</title>"));
        let renamed = editor.get(&format!("/api/v1/editorial/categories/{section}")).expect(200);
        editor.patch(&format!("/api/v1/editorial/categories/{section}"), &renamed.etag(), &json!({"name": "Thời sự"})).expect(200);
        assert!(text(&public.get("/feeds/articles.rss").expect(200)).contains("<category>Thời sự</category>"));
    }

    fn what_was_withdrawn_stands_in_the_atom_feed_until_it_comes_back(app) {
        let editor = app.admin();
        let section = content::category(&editor, "Tin");
        let article = published(&editor, &section, "Một tin", json!({}));
        app.clock.advance(60);
        let unpublish = format!("/api/v1/editorial/articles/{}/actions/unpublish", article.id());
        let withdrawn = editor.post_at(&unpublish, &article.etag(), &json!({})).expect(200);
        let public = app.anonymous();
        let tombstone = format!(
            "<at:deleted-entry ref=\"urn:uuid:{}\" when=\"2023-03-14T08:01:00+07:00\">", article.id()
        );
        for path in ["/feeds/articles.atom", "/feeds/categories/tin.atom"] {
            let feed = public.get(path).expect(200);
            assert!(text(&feed).contains(&tombstone), "{}", text(&feed));
            assert!(text(&feed).contains("xmlns:at=\"http://purl.org/atompub/tombstones/1.0\""));
        }
        assert!(!text(&public.get("/feeds/articles.atom?locale=en").expect(200)).contains("deleted-entry"));
        assert!(!text(&public.get("/feeds/articles.rss").expect(200)).contains(&article.id()));
        content::publish(&editor, "articles", &withdrawn);
        assert!(!text(&public.get("/feeds/articles.atom").expect(200)).contains("deleted-entry"));
    }

    fn who_follows_the_archive_meets_every_article(app) {
        let editor = app.admin();
        let section = content::category(&editor, "Tin");
        let mut all = Vec::new();
        for (n, date) in ["2022-12-31T23:30:00+07:00", "2023-01-01T00:00:00+07:00", "2023-01-15T08:00:00+07:00"].iter().enumerate() {
            all.push(published(&editor, &section, &format!("Tin cũ {n}"), json!({"publishedAt": date})).id());
        }
        all.push(published(&editor, &section, "Tin mới", json!({})).id());
        let public = app.anonymous();
        for start in ["/feeds/articles.atom", "/feeds/categories/tin.atom"] {
            let newest = public.get(&format!("{start}?limit=1")).expect(200);
            assert!(!text(&newest).contains("fh:archive"), "the newest document is none of the archive");
            let mut met: Vec<String> = Vec::new();
            let mut documents = Vec::new();
            let mut at = link(text(&newest), "prev-archive");
            while let Some(path) = at {
                let document = public.get(&path).expect(200);
                let document = text(&document);
                assert!(document.contains("<fh:archive>"), "{document}");
                assert_eq!(link(document, "current").unwrap(), start);
                assert_eq!(link(document, "next-archive"), documents.last().cloned());
                assert_eq!(between(document, "<id>", "</id>"), between(text(&newest), "<id>", "</id>"));
                met.extend(all.iter().filter(|id| document.contains(id.as_str())).cloned());
                at = link(document, "prev-archive");
                documents.push(path);
            }
            let months: Vec<&str> = documents.iter().map(|path| path.split_once('&').unwrap().1).collect();
            assert_eq!(months, ["month=2023-03&through=1", "month=2023-01&through=2", "month=2022-12&through=1"]);
            met.sort_unstable();
            let mut expected = all.clone();
            expected.sort_unstable();
            assert_eq!(met, expected);
        }
    }

    fn a_document_of_the_archive_whose_articles_are_others_has_another_address(app) {
        let editor = app.admin();
        let section = content::category(&editor, "Tin");
        let mut articles: Vec<Answer> = Vec::new();
        for title in ["A", "B", "C"] {
            articles.push(published(&editor, &section, title, json!({})));
            app.clock.advance(60);
        }
        let public = app.anonymous();
        let newest = || link(text(&public.get("/feeds/articles.atom?limit=1").expect(200)), "prev-archive").unwrap();
        let moves_to = |old: &str| -> String {
            let location = public.get(old).expect(301).header("location").unwrap().to_owned();
            location.strip_prefix("https://tin.example").unwrap().to_owned()
        };
        let held = newest();
        assert!(text(&public.get(&held).expect(200)).contains(&articles[1].id()));
        assert_eq!(moves_to("/feeds/articles.atom?month=2023-03"), held, "who counts for themselves is led there");
        // As many as before, and yet others.
        let unpublish = format!("/api/v1/editorial/articles/{}/actions/unpublish", articles[1].id());
        editor.post_at(&unpublish, &articles[1].etag(), &json!({})).expect(200);
        let fourth = published(&editor, &section, "D", json!({}));
        let now = newest();
        assert_ne!(now, held);
        assert_eq!(moves_to(&held), now);
        let document = public.get(&now).expect(200);
        assert!(text(&document).contains(&fourth.id()) && !text(&document).contains(&articles[1].id()));
        assert_eq!(link(text(&document), "self").unwrap(), now);
        // The same articles, and one of them says something else.
        app.clock.advance(60);
        let path = format!("/api/v1/editorial/articles/{}", articles[0].id());
        let edited = editor.patch(&path, &articles[0].etag(), &json!({"title": "A, sửa"})).expect(200);
        assert_eq!(newest(), now, "a draft changes nothing");
        content::publish(&editor, "articles", &edited);
        assert_ne!(newest(), now);
        // Fewer than the address says.
        let id = fourth.id();
        let withdrawn = editor.post_at(&format!("/api/v1/editorial/articles/{id}/actions/unpublish"), &fourth.etag(), &json!({}));
        withdrawn.expect(200);
        assert_eq!(moves_to(&now), newest());
    }

    fn a_section_says_what_left_it_and_nothing_of_what_never_stood_there(app) {
        let editor = app.admin();
        let [news, law] = ["Tin", "Luật"].map(|name| content::category(&editor, name));
        let below = editor.post("/api/v1/editorial/categories", &json!({"name": "Tin tỉnh", "parentId": news})).expect(201).id();
        let elsewhere = |section: &str| json!({"categoryId": section});
        let patch = |article: &Answer, change: &Value| {
            let article = editor.get(&format!("/api/v1/editorial/articles/{}", article.id())).expect(200);
            editor.patch(&format!("/api/v1/editorial/articles/{}", article.id()), &article.etag(), change).expect(200)
        };
        let unpublish = |article: &Answer| {
            let path = format!("/api/v1/editorial/articles/{}/actions/unpublish", article.id());
            editor.post_at(&path, &article.etag(), &json!({})).expect(200);
        };
        let withdrawn = published(&editor, &below, "Rút", json!({}));
        let moved = published(&editor, &news, "Chuyển", json!({}));
        let within = published(&editor, &news, "Chuyển xuống", json!({}));
        let drafted = published(&editor, &news, "Nháp ở mục khác", json!({}));
        app.clock.advance(60);
        unpublish(&withdrawn);
        content::publish(&editor, "articles", &patch(&moved, &elsewhere(&law)));
        content::publish(&editor, "articles", &patch(&within, &elsewhere(&below)));
        // Where the draft would go is nobody's business.
        unpublish(&patch(&drafted, &elsewhere(&law)));
        app.clock.advance(60);
        content::publish(&editor, "articles", &patch(&moved, &json!({"title": "Chuyển rồi"})));
        let gone = |path: &str| -> Vec<String> {
            let feed = app.anonymous().get(path).expect(200);
            let mut names: Vec<String> = text(&feed).split("<at:deleted-entry ref=\"urn:uuid:").skip(1).map(|rest| {
                assert!(rest.contains("when=\"2023-03-14T08:01:00+07:00\""), "{rest}");
                rest.split('"').next().unwrap().to_owned()
            }).collect();
            names.sort();
            names
        };
        let ids = |articles: &[&Answer]| -> Vec<String> {
            let mut ids: Vec<String> = articles.iter().map(|article| article.id()).collect();
            ids.sort();
            ids
        };
        assert_eq!(gone("/feeds/categories/tin.atom"), ids(&[&withdrawn, &moved, &drafted]));
        assert_eq!(gone("/feeds/articles.atom?filter[category]=tin"), ids(&[&withdrawn, &moved, &drafted]));
        assert_eq!(gone("/feeds/categories/tin-tinh.atom"), ids(&[&withdrawn]));
        assert_eq!(gone("/feeds/categories/luat.atom"), ids(&[]));
        assert_eq!(gone("/feeds/articles.atom"), ids(&[&withdrawn, &drafted]));
        content::publish(&editor, "articles", &patch(&moved, &elsewhere(&news)));
        assert_eq!(gone("/feeds/categories/tin.atom"), ids(&[&withdrawn, &drafted]), "it came back");
    }

    fn a_feed_costs_the_same_statements_whatever_it_holds(app) {
        let editor = app.admin();
        let section = content::category(&editor, "Tin");
        published(&editor, &section, "Tin đầu", json!({"tags": ["a"]}));
        let public = app.anonymous();
        let costs = || [
            "/feeds/articles.rss?content=full".to_owned(),
            "/feeds/articles.atom".to_owned(),
            link(text(&public.get("/feeds/categories/tin.atom?limit=1").expect(200)), "prev-archive").unwrap(),
            "/sitemaps/articles-2023-03.xml".to_owned(),
            "/sitemap.xml".to_owned(),
        ].map(|path| {
            let timing = public.get(&path).expect(200).header("server-timing").unwrap().to_owned();
            between(&timing, "sql;desc=\"", "\"").parse::<u32>().unwrap()
        });
        // What the site says of itself is read once.
        public.get("/feeds/articles.json").expect(200);
        let before = costs();
        for n in 0..12 {
            published(&editor, &section, &format!("Tin {n}"), json!({"tags": ["a", format!("b{n}")]}));
        }
        assert_eq!(costs(), before);
        assert!(before.iter().all(|statements| *statements <= 20), "{before:?}");
    }

    fn an_old_slug_leads_on_in_feeds_too(app) {
        let editor = app.admin();
        let section = content::category(&editor, "Tên cũ");
        let known = editor.get(&format!("/api/v1/editorial/categories/{section}")).expect(200);
        editor.patch(&format!("/api/v1/editorial/categories/{section}"), &known.etag(), &json!({"slug": "ten-moi"})).expect(200);
        let public = app.anonymous();
        let moved = public.get("/feeds/categories/ten-cu.atom?limit=3").expect(301);
        assert_eq!(moved.header("location"), Some("https://tin.example/feeds/categories/ten-moi.atom?limit=3"));
        let moved = public.get("/feeds/categories/ten-cu.ics").expect(301);
        assert_eq!(moved.header("location"), Some("https://tin.example/feeds/categories/ten-moi.ics"));
    }

    fn a_draft_is_in_no_feed(app) {
        let editor = app.admin();
        let section = content::category(&editor, "Tin");
        let draft = content::article(&editor, &section, "Bản nháp");
        let public = app.anonymous();
        for ending in ["rss", "atom", "json"] {
            let feed = public.get(&format!("/feeds/articles.{ending}?content=full")).expect(200);
            assert!(!text(&feed).contains(&draft.id()) && !text(&feed).contains("nháp"));
        }
    }
}

/// The path and query of a link of an Atom feed.
fn link(document: &str, relation: &str) -> Option<String> {
    let end = document.find(&format!("\" rel=\"{relation}\""))?;
    let start = document[..end].rfind("href=\"").unwrap() + "href=\"".len();
    let address = document[start..end].replace("&amp;", "&");
    Some(address.strip_prefix("https://tin.example").unwrap().to_owned())
}
