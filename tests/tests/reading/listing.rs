//! The query language of public lists, shown on articles: filters, orders, pages, fields and includes.

use bantin_tests::{Answer, Client, TestApp, both, content, seed::SeedPage};
use serde_json::{Value, json};

/// What a test of filters finds.
struct Newsroom {
    chief: Client,
    section: String,
    below: String,
    author: String,
    event: String,
}

/// Five articles: one of the last minutes of 2022 and one of the first of 2023 as An Giang counts, one on the
/// front page, and one in two languages.
fn newsroom(app: &TestApp) -> Newsroom {
    let chief = app.chief_editor();
    let section = content::category(&chief, "Hoạt động");
    let below = content::made(&chief, "categories", &json!({"name": "Cấp huyện", "parentId": section})).id();
    let other = content::category(&chief, "Thông báo");
    let author = content::made(&chief, "people", &json!({"displayName": "Tầng Phú An"})).id();
    let event = content::publish(&chief, "events", &content::event(&chief, "Hội nghị")).id();
    let articles = [
        json!({"title": "Ánh sáng", "categoryId": section, "tags": ["khoa học"], "authorIds": [author], "publishedAt": "2022-12-31T23:30:00+07:00"}),
        json!({"title": "An Giang", "categoryId": below, "eventIds": [event], "publishedAt": "2023-01-01T00:30:00+07:00"}),
        json!({"title": "Đổi mới", "categoryId": other, "tags": ["khoa học"], "featuredUntil": "2023-03-14T09:00:00+07:00", "publishedAt": "2023-02-28T12:00:00+07:00"}),
        json!({"title": "Báo cáo", "categoryId": other}),
    ];
    let mut last = String::new();
    for mut article in articles {
        app.clock.advance(60);
        article["body"] = json!({"format": "text", "value": "Nội dung"});
        last = content::publish(&chief, "articles", &content::made(&chief, "articles", &article)).id();
    }
    let english = json!({"title": "Report", "categoryId": other, "locale": "en", "translationOf": last, "body": {"format": "text", "value": "Text"}, "summary": "In short"});
    content::publish(&chief, "articles", &content::made(&chief, "articles", &english));
    Newsroom { chief, section, below, author, event }
}

fn slugs(answer: &Answer) -> Vec<String> {
    answer.data().as_array().unwrap().iter().map(|one| one["slug"].as_str().unwrap().to_owned()).collect()
}

fn list(client: &Client, query: &str) -> Vec<String> {
    slugs(&client.get(&format!("/api/v1/articles?{query}")).expect(200))
}

fn refusal(client: &Client, query: &str) -> (String, String, String) {
    let answer = client.get(&format!("/api/v1/articles?{query}")).expect(400);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let error = &answer.json["errors"][0];
    (text(&answer.json["code"]), text(&error["parameter"]), text(&error["message"]))
}

fn statements(answer: &Answer) -> u64 {
    let timing = answer.header("server-timing").expect("an answer that was made, not kept");
    timing.split('"').nth(1).unwrap().parse().unwrap()
}

fn names(value: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

both! {
    fn every_filter_means_what_it_says(app) {
        let room = newsroom(&app);
        let public = app.anonymous();
        let id = |slug: &str| public.get(&format!("/api/v1/articles/{slug}")).expect(200).id();
        let (light, province) = (id("anh-sang"), id("an-giang"));
        let Newsroom { section, below, author, event, .. } = &room;
        for (query, expected) in [
            (String::new(), vec!["bao-cao", "doi-moi", "an-giang", "anh-sang"]),
            (format!("filter[id]={light}"), vec!["anh-sang"]),
            (format!("filter[id][in]={light},{province}"), vec!["an-giang", "anh-sang"]),
            (format!("filter[id][in]={light},{province}&filter[id][eq]={light}"), vec!["anh-sang"]),
            (format!("filter[id]={}", content::NOBODY), vec![]),
            ("filter[slug]=doi-moi".to_owned(), vec!["doi-moi"]),
            ("filter[slug][in]=doi-moi,anh-sang,khong-co".to_owned(), vec!["doi-moi", "anh-sang"]),
            ("locale=*".to_owned(), vec!["report", "bao-cao", "doi-moi", "an-giang", "anh-sang"]),
            ("filter[locale]=en".to_owned(), vec!["report"]),
            (format!("filter[category]={section}"), vec!["an-giang", "anh-sang"]),
            (format!("filter[category]={below}"), vec!["an-giang"]),
            ("filter[category]=hoat-dong&locale=*".to_owned(), vec!["an-giang", "anh-sang"]),
            ("filter[tag]=khoa-hoc".to_owned(), vec!["doi-moi", "anh-sang"]),
            ("filter[tag][eq]=khoa-hoc&filter[category]=hoat-dong".to_owned(), vec!["anh-sang"]),
            (format!("filter[author]={author}"), vec!["anh-sang"]),
            ("filter[author]=tang-phu-an&filter[tag]=khoa-hoc&filter[category]=thong-bao".to_owned(), vec![]),
            (format!("filter[event]={event}"), vec!["an-giang"]),
            ("filter[event]=hoi-nghi&filter[year]=2023".to_owned(), vec!["an-giang"]),
            ("filter[year]=2022".to_owned(), vec!["anh-sang"]),
            ("filter[year]=2023".to_owned(), vec!["bao-cao", "doi-moi", "an-giang"]),
            ("filter[tag]=khoa-hoc&filter[year]=2022".to_owned(), vec!["anh-sang"]),
            ("filter[publishedAt]=2023-01-01".to_owned(), vec!["an-giang"]),
            ("filter[publishedAt][lt]=2023-01-01".to_owned(), vec!["anh-sang"]),
            ("filter[publishedAt][lte]=2023-01-01".to_owned(), vec!["an-giang", "anh-sang"]),
            ("filter[publishedAt][gt]=2023-01-01".to_owned(), vec!["bao-cao", "doi-moi"]),
            ("filter[publishedAt][gte]=2023-01-01".to_owned(), vec!["bao-cao", "doi-moi", "an-giang"]),
            ("filter[publishedAt][gte]=2022-12-31T16:30:00Z&filter[publishedAt][lt]=2022-12-31T17:30:00Z".to_owned(), vec!["anh-sang"]),
            ("filter[publishedAt][gt]=2022-12-31T16:30:00Z&filter[publishedAt][lte]=2022-12-31T17:30:00Z".to_owned(), vec!["an-giang"]),
            ("filter[publishedAt]=2023-02-28T12:00:00%2B07:00".to_owned(), vec!["doi-moi"]),
            ("filter[publishedAt][gt]=2023-03-01&filter[year]=2022".to_owned(), vec![]),
            ("sort=updatedAt&filter[updatedAt][gt]=2023-03-14T08:01:00%2B07:00".to_owned(), vec!["an-giang", "doi-moi", "bao-cao"]),
            ("sort=-updatedAt&filter[updatedAt]=2023-03-14".to_owned(), vec!["bao-cao", "doi-moi", "an-giang", "anh-sang"]),
            ("sort=updatedAt&filter[updatedAt][lt]=2023-03-14".to_owned(), vec![]),
            ("filter[featured]=true".to_owned(), vec!["doi-moi"]),
            ("filter[featured]=true&locale=*".to_owned(), vec!["doi-moi"]),
            ("filter[featured]=false".to_owned(), vec!["bao-cao", "an-giang", "anh-sang"]),
            ("sort=title".to_owned(), vec!["an-giang", "anh-sang", "bao-cao", "doi-moi"]),
            ("sort=-title&locale=*".to_owned(), vec!["report", "doi-moi", "bao-cao", "anh-sang", "an-giang"]),
            ("sort=publishedAt&filter[tag]=khoa-hoc".to_owned(), vec!["anh-sang", "doi-moi"]),
            (format!("sort=title&filter[id][in]={light},{province}&filter%5Blocale%5D=vi"), vec!["an-giang", "anh-sang"]),
        ] {
            assert_eq!(list(&public, &query), expected, "{query}");
            // A count is of the same rows.
            let counted = public.get(&format!("/api/v1/articles?{query}&count=exact")).expect(200);
            assert_eq!(counted.json["page"]["total"], json!(expected.len()), "{query}");
        }
    }

    fn what_is_not_offered_is_refused_with_what_is(app) {
        let public = app.anonymous();
        for (query, code, parameter, message) in [
            ("filter[tags]=a", "unknown_parameter", "filter[tags]", "is unknown; did you mean filter[tag]?"),
            ("filter[tag][in]=a,b", "invalid_parameter", "filter[tag][in]", "is no operator of filter[tag]; there is eq"),
            ("filter[publishedAt][null]=true", "invalid_parameter", "filter[publishedAt][null]", "is no operator of filter[publishedAt]; there is eq, gt, gte, lt, lte"),
            ("filter[tag]=a&filter%5Btag%5D=a", "invalid_parameter", "filter[tag]", "is given twice"),
            ("filter[id]=abc", "invalid_parameter", "filter[id]", "must be an id"),
            ("filter[featured]=yes", "invalid_parameter", "filter[featured]", "must be true or false"),
            ("filter[year]=23", "invalid_parameter", "filter[year]", "must be a year such as 2023"),
            ("filter[category]=Tin", "invalid_parameter", "filter[category]", "must be an id or a slug"),
            ("sort=name", "invalid_parameter", "sort", "cannot be name; did you mean title?"),
            ("sort=publishedAt,title", "invalid_parameter", "sort", "must be one of publishedAt, updatedAt, title, or one of them after a minus"),
            ("sort=title&filter[tag]=a", "invalid_parameter", "filter[tag]", "goes with sort=publishedAt, up or down; sort=title goes with filter[id], filter[slug], filter[locale]"),
            ("fields=titel", "invalid_parameter", "fields", "titel is unknown; did you mean title?"),
            ("include=author", "invalid_parameter", "include", "author is unknown; did you mean authors?"),
            ("fields=title&include=authors", "invalid_parameter", "include", "authors adds to authors, which fields leaves out"),
            ("q=tin&sort=title", "invalid_parameter", "sort", "goes without q, whose best match comes first"),
        ] {
            assert_eq!(refusal(&public, query), (code.to_owned(), parameter.to_owned(), message.to_owned()), "{query}");
        }
        let refused = public.get("/api/v1/articles/khong-co?fields=titel").expect(400);
        assert_eq!(refused.faults().1, [("fields".to_owned(), "invalid_parameter".to_owned())]);
    }

    fn pages_neither_skip_nor_repeat_in_any_order_while_rows_are_inserted(app) {
        let chief = app.chief_editor();
        let section = content::category(&chief, "Tin");
        // Titles, dates and minutes of publishing that are shared by several: then only the id decides.
        for n in 0..12 {
            if n % 3 == 0 {
                app.clock.advance(60);
            }
            let article = json!({
                "title": format!("Tin {}", n % 4), "categoryId": section, "tags": ["tin"],
                "publishedAt": format!("2023-01-0{}T08:00:00+07:00", 1 + n % 5), "body": {"format": "text", "value": "Tin"},
            });
            content::publish(&chief, "articles", &content::made(&chief, "articles", &article));
        }
        let public = app.anonymous();
        let ids = |answer: &Answer| -> Vec<Value> { answer.data().as_array().unwrap().iter().map(|one| one["id"].clone()).collect() };
        let page = |query: &str, cursor: &Value| match cursor.as_str() {
            Some(cursor) => public.get(&format!("/api/v1/articles?{query}&limit=4&cursor={cursor}")).expect(200),
            None => public.get(&format!("/api/v1/articles?{query}&limit=4")).expect(200),
        };
        for query in [
            "sort=publishedAt", "sort=-publishedAt", "sort=updatedAt", "sort=-updatedAt", "sort=title", "sort=-title", "filter[tag]=tin",
            "sort=publishedAt&filter[tag]=tin", "filter[category]=tin&locale=*", "sort=title&locale=*",
        ] {
            let all = ids(&public.get(&format!("/api/v1/articles?{query}&limit=100")).expect(200));
            let mut first = page(query, &Value::Null);
            let (mut forwards, mut last) = (ids(&first), first.clone());
            // Above the list, below it, and in the middle of it.
            let mut dates = ["2023-03-01", "2023-01-01", "2023-01-03"].iter();
            while last.json["page"]["next"].is_string() {
                if let Some(date) = dates.next() {
                    let date = format!("{date}T00:00:00+07:00");
                    let article = json!({"title": "Tin 2", "categoryId": section, "tags": ["tin"], "publishedAt": date, "body": {"format": "text", "value": "Tin"}});
                    content::publish(&chief, "articles", &content::made(&chief, "articles", &article));
                }
                last = page(query, &last.json["page"]["next"]);
                forwards.extend(ids(&last));
            }
            let seen: Vec<&Value> = forwards.iter().filter(|id| all.contains(id)).collect();
            assert!(seen.iter().copied().eq(&all), "{query} forwards");
            let distinct = forwards.iter().map(Value::to_string).collect::<std::collections::BTreeSet<_>>();
            assert_eq!(distinct.len(), forwards.len(), "{query} repeats");
            let mut backwards = ids(&last);
            first = last;
            while first.json["page"]["previous"].is_string() {
                first = page(query, &first.json["page"]["previous"]);
                backwards = [ids(&first), backwards].concat();
            }
            let now = public.get(&format!("/api/v1/articles?{query}&limit=100&count=exact")).expect(200);
            assert_eq!(now.json["page"]["next"], Value::Null, "the test compares with one page");
            assert!(backwards == ids(&now), "{query} backwards");
        }
    }

    fn a_cursor_is_of_its_order_and_its_filters(app) {
        newsroom(&app);
        let public = app.anonymous();
        let page = public.get("/api/v1/articles?sort=title&limit=1").expect(200);
        let cursor = page.json["page"]["next"].as_str().unwrap();
        let link = page.header("link").unwrap();
        assert_eq!(link, format!("</api/v1/articles?limit=1&sort=title&cursor={cursor}>; rel=\"next\""));
        assert_eq!(list(&public, &format!("sort=title&fields=title&limit=1&cursor={cursor}")), ["anh-sang"]);
        for other in ["sort=-title", "sort=updatedAt", "", "sort=title&filter[locale]=en", "sort=title&locale=*"] {
            assert_eq!(refusal(&public, &format!("{other}&cursor={cursor}")).0, "invalid_cursor", "{other}");
        }
        let numbered = public.get("/api/v1/articles?page=2&limit=1&count=exact").expect(200);
        let link = numbered.header("link").unwrap();
        for relation in ["rel=\"next\"", "rel=\"prev\"", "&page=1>; rel=\"first\"", "&page=4>; rel=\"last\""] {
            assert!(link.contains(relation), "{relation} {link}");
        }
    }

    fn fields_leave_out_what_was_not_asked_for_and_keep_the_rest_as_it_is(app) {
        newsroom(&app);
        let public = app.anonymous();
        let whole = public.get("/api/v1/articles/anh-sang").expect(200);
        let some = public.get("/api/v1/articles/anh-sang?fields=title,authors,summary").expect(200);
        assert_eq!(names(some.data()), ["authors", "id", "locale", "slug", "summary", "title", "type"]);
        for (name, value) in some.data().as_object().unwrap() {
            assert_eq!(value, &whole.data()[name], "{name}");
        }
        assert_ne!(some.etag(), whole.etag());
        let listed = public.get("/api/v1/articles?fields=body&body=text&filter[slug]=anh-sang").expect(200);
        assert_eq!(listed.data(), &json!([{
            "id": whole.id(), "type": "article", "locale": "vi", "slug": "anh-sang", "body": {"format": "text", "value": "Nội dung"},
        }]));
        let links = public.get("/api/v1/articles/anh-sang?fields=links,publishedAt").expect(200);
        assert_eq!((&links.data()["links"], &links.data()["publishedAt"]), (&whole.data()["links"], &whole.data()["publishedAt"]));
        let every = names(whole.data()).join(",");
        assert_eq!(public.get(&format!("/api/v1/articles/anh-sang?fields={every}")).expect(200).data(), whole.data());
    }

    fn what_is_not_shown_costs_no_statement(app) {
        newsroom(&app);
        let public = app.anonymous();
        let cost = |query: &str| statements(&public.get(&format!("/api/v1/articles{query}")).expect(200));
        cost("?fields=slug"); // Whoever comes first also pays for the site, which is kept.
        let (least, all) = (cost("?fields=title"), cost(""));
        // The rows, and then: sections; tags, authors and events, which are asked for together; media; translations.
        assert_eq!((least, all), (1, 5));
        for field in ["authors", "tags", "events", "cover", "translations", "category", "links"] {
            // Of sections that are the remembered ones the rows say so.
            let relations = match field { "translations" => 2, "category" | "links" => 0, _ => 1 };
            assert_eq!(cost(&format!("?fields={field}")), least + relations, "{field}");
        }
        for one in ["", "?fields=title", "?fields=body", "?fields=title&locale=vi"] {
            assert_eq!(cost(&format!("/anh-sang{one}")), 1, "one article comes whole: {one}");
        }
    }

    fn an_answer_costs_the_same_for_one_row_as_for_many(app) {
        let chief = app.chief_editor();
        let page = SeedPage::write(&chief);
        let report = page.publish(&chief);
        for n in 0..4 {
            let article = json!({
                "title": format!("Tin {n}"), "categoryId": page.section, "authorIds": [page.director.id()], "eventIds": [page.event.id()],
                "tags": ["khoa học và công nghệ"], "coverId": page.picture.id(), "body": {"format": "text", "value": "Tin"},
            });
            let article = content::publish(&chief, "articles", &content::made(&chief, "articles", &article));
            let english = json!({"title": "News", "locale": "en", "translationOf": article.id(), "categoryId": page.section, "body": {"format": "text", "value": "News"}});
            content::publish(&chief, "articles", &content::made(&chief, "articles", &english));
        }
        let public = app.anonymous();
        for query in [
            "filter[slug][in]=tin-0,tin-1,tin-2,tin-3".to_owned(),
            format!("filter[tag]={}", page.tag),
            format!("filter[event]={}&filter[category]={}&include=category,cover,authors,attachments", page.event.id(), page.section),
            format!("filter[author]={}&include=events,events.speeches,events.attendees", page.director.id()),
            format!("filter[author]={}&include=translations,related", page.director.id()),
            "fields=title,body".to_owned(),
        ] {
            let cost = |limit: u8| {
                let answer = public.get(&format!("/api/v1/articles?{query}&limit={limit}")).expect(200);
                (answer.data().as_array().unwrap().len(), statements(&answer))
            };
            cost(2); // Whoever comes first also pays for the site, which is kept.
            let ((one, for_one), (many, for_many)) = (cost(1), cost(100));
            assert_eq!(one, 1, "{query}");
            assert!(many > 3, "{query}");
            assert_eq!(for_one, for_many, "{query}");
        }
        assert_eq!(report.data()["state"], "published");
    }

    fn includes_add_to_what_is_shown_and_take_nothing_away(app) {
        let chief = app.chief_editor();
        let page = SeedPage::write(&chief);
        page.publish(&chief);
        let article = json!({
            "title": "Tin", "categoryId": page.section, "authorIds": [page.director.id()], "eventIds": [page.event.id()],
            "tags": ["khoa học và công nghệ"], "body": {"format": "text", "value": "Tin"},
        });
        let article = content::publish(&chief, "articles", &content::made(&chief, "articles", &article));
        let english = json!({"title": "News", "locale": "en", "translationOf": article.id(), "categoryId": page.section, "summary": "Short", "body": {"format": "text", "value": "News"}});
        content::publish(&chief, "articles", &content::made(&chief, "articles", &english));

        let public = app.anonymous();
        let plain = public.get("/api/v1/articles/tin").expect(200);
        let names = "category,cover,authors,attachments,events,events.speeches,events.attendees,translations,related";
        let more = public.get(&format!("/api/v1/articles/tin?include={names}")).expect(200);
        let is_kept = |was: &Value, is: &Value| was.as_object().unwrap().iter().all(|(name, value)| &is[name] == value);
        for member in ["authors", "events", "translations"] {
            assert!(is_kept(&plain.data()[member][0], &more.data()[member][0]), "{member}");
        }
        assert!(is_kept(&plain.data()["category"], &more.data()["category"]));
        assert_eq!(plain.data()["cover"], more.data()["cover"]);

        let same_but = |detail: &Value, linked: &Value, missing: &[&str]| {
            for (name, value) in detail.as_object().unwrap().iter().filter(|(name, _)| !missing.contains(&name.as_str())) {
                assert_eq!(&linked[name], value, "{name}");
            }
        };
        let event = &more.data()["events"][0];
        same_but(public.get(&format!("/api/v1/events/{}", page.event.id())).expect(200).data(), event, &["body"]);
        assert_eq!(event.get("body"), None);
        let programme = public.get(&format!("/api/v1/events/{}/programme", page.event.id())).expect(200);
        assert_eq!(event["speeches"], programme.data()["speeches"]);
        assert_eq!(event["attendees"], *public.get(&format!("/api/v1/events/{}/attendees", page.event.id())).expect(200).data());
        same_but(public.get(&format!("/api/v1/people/{}", page.director.id())).expect(200).data(), &more.data()["authors"][0], &[]);
        same_but(public.get(&format!("/api/v1/categories/{}", page.section)).expect(200).data(), &more.data()["category"], &[]);
        let translation = &more.data()["translations"][0];
        assert_eq!((&translation["summary"], &translation["publishedAt"]), (&json!("Short"), &json!("2023-03-14T08:00:00+07:00")));
        let related = public.get("/api/v1/articles/tin/related").expect(200);
        assert_eq!(more.data()["related"], *related.data());
        assert_eq!(more.data()["related"].as_array().unwrap().len(), 1);

        let only = public.get("/api/v1/articles/tin?include=events.speeches&fields=events").expect(200);
        assert_eq!(names_of(&only.data()["events"][0]), ["id", "slug", "speeches", "startsOn", "title"]);
        assert_eq!(public.get("/api/v1/articles?include=related&fields=title&filter[slug]=tin").expect(200).data()[0]["related"], *related.data());
    }

    fn a_list_is_searched_within_its_filters(app) {
        newsroom(&app);
        let public = app.anonymous();
        assert_eq!(list(&public, "q=noi%20dung").len(), 4);
        assert_eq!(list(&public, "q=noi+dung&filter[tag]=khoa-hoc").len(), 2);
        assert_eq!(list(&public, "q=anh%20sang&filter[category]=hoat-dong"), ["anh-sang"]);
        assert_eq!(list(&public, "q=anh%20sang&filter[category]=thong-bao"), Vec::<String>::new());
        let first = public.get("/api/v1/articles?q=noi%20dung&limit=3&count=exact&fields=title").expect(200);
        assert_eq!((&first.json["page"]["total"], slugs(&first).len()), (&json!(4), 3));
        let next = first.json["page"]["next"].as_str().unwrap();
        let second = public.get(&format!("/api/v1/articles?q=noi%20dung&limit=3&fields=title&cursor={next}")).expect(200);
        let mut all = [slugs(&first), slugs(&second)].concat();
        all.sort();
        assert_eq!(all, ["an-giang", "anh-sang", "bao-cao", "doi-moi"]);
    }

    fn what_leaves_the_front_page_leaves_the_answers_that_are_kept(app) {
        newsroom(&app);
        let public = app.anonymous();
        assert_eq!(list(&public, "filter[featured]=true"), ["doi-moi"]);
        app.api.watch.look();
        assert_eq!(list(&public, "filter[featured]=true"), ["doi-moi"]);
        app.clock.set("2023-03-14T09:00:00+07:00");
        assert_eq!(list(&public, "filter[featured]=true"), Vec::<String>::new());
        assert_eq!(list(&public, "filter[featured]=false").len(), 4);
    }

    fn who_lists_what_they_may_not_see_finds_nothing(app) {
        let room = newsroom(&app);
        let draft = content::article(&room.chief, &room.section, "Bản nháp");
        let public = app.anonymous();
        for query in [format!("filter[id]={}", draft.id()), "filter[slug]=ban-nhap".to_owned(), "q=nhap".to_owned()] {
            assert_eq!(list(&public, &query), Vec::<String>::new(), "{query}");
        }
    }
}

fn names_of(value: &Value) -> Vec<&str> {
    names(value)
}
