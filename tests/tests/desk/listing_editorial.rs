//! The lists of the desk: any condition, with any other, in any order.

use bantin_application::{DatabaseUrl, content::ItemFilter};
use bantin_domain::{
    article::Article,
    criteria::{Criteria, Criterion, ItemField, ItemSort, Test},
    kind::Ref,
    listing::{Order, PageRequest},
    policy::Sight,
    text::Slug,
};
use bantin_persistence::{StoreError, items, statements};
use bantin_tests::{Answer, Client, TestApp, both, content, quality::encoded};
use diesel::{Connection, PgConnection, SqliteConnection, connection::SimpleConnection};
use serde_json::{Value, json};

/// What a test of filters finds.
struct Desk {
    chief: Client,
    author: Client,
    section: String,
    below: String,
    writer: String,
    event: String,
    chief_id: String,
    author_id: String,
}

fn step(client: &Client, collection: &str, item: &Answer, action: &str, body: &Value) -> Answer {
    let path = format!("/api/v1/editorial/{collection}/{}/actions/{action}", item.id());
    client.post_at(&path, &item.etag(), body).expect(200)
}

/// Seven articles, a minute apart, in as many states; one of another user, one in another language.
fn desk(app: &TestApp) -> Desk {
    let (chief, author) = (app.chief_editor(), app.author());
    let id_of = |client: &Client| client.get("/api/v1/auth/me").expect(200).id();
    let (chief_id, author_id) = (id_of(&chief), id_of(&author));
    let section = content::category(&chief, "Hoạt động");
    let below = content::made(&chief, "categories", &json!({"name": "Cấp huyện", "parentId": section})).id();
    let other = content::category(&chief, "Thông báo");
    let writer = content::made(&chief, "people", &json!({"displayName": "Tầng Phú An"})).id();
    let event = content::publish(&chief, "events", &content::event(&chief, "Đại hội")).id();
    let write = |client: &Client, title: &str, more: Value| {
        app.clock.advance(60);
        let mut article = json!({"title": title, "categoryId": other, "body": {"format": "text", "value": "Nội dung"}});
        article.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        content::made(client, "articles", &article)
    };
    let draft = write(&chief, "Hội nghị tổng kết", json!({"categoryId": section, "tags": ["khoa học"]}));
    step(&chief, "articles", &draft, "assign", &json!({"assigneeId": author_id}));
    let published = write(
        &chief,
        "Đổi mới 100%",
        json!({"categoryId": below, "authorIds": [writer], "featuredUntil": "2023-04-01T00:00:00+07:00"}),
    );
    content::publish(&chief, "articles", &published);
    let dated = write(
        &chief,
        "Ánh sáng",
        json!({"eventIds": [event], "publishedAt": "2022-12-31T23:30:00+07:00", "tags": ["khoa học", "đo lường"]}),
    );
    content::publish(&chief, "articles", &dated);
    let scheduled = write(&chief, "Hội thảo đo lường", json!({}));
    step(&chief, "articles", &scheduled, "schedule", &json!({"at": "2023-03-20T08:00:00+07:00"}));
    step(&author, "articles", &write(&author, "Tác giả_viết", json!({})), "submit", &json!({}));
    let trashed = write(&chief, "Bỏ đi", json!({}));
    chief.delete(&format!("/api/v1/editorial/articles/{}", trashed.id()), &trashed.etag()).expect(204);
    write(&chief, "Report", json!({"locale": "en"}));
    Desk { chief, author, section, below, writer, event, chief_id, author_id }
}

fn slugs(answer: &Answer) -> Vec<String> {
    answer.data().as_array().unwrap().iter().map(|one| one["slug"].as_str().unwrap().to_owned()).collect()
}

fn list(client: &Client, collection: &str, query: &str) -> Vec<String> {
    slugs(&client.get(&format!("/api/v1/editorial/{collection}?{query}")).expect(200))
}

/// The articles, in the order of their making.
const ALL: [&str; 6] = ["hoi-nghi-tong-ket", "doi-moi-100", "anh-sang", "hoi-thao-do-luong", "tac-gia-viet", "report"];

/// Those of the articles in that order, last changed first.
fn newest(slugs: &[&str]) -> Vec<String> {
    slugs.iter().rev().map(ToString::to_string).collect()
}

/// All but these.
fn but(slugs: &[&str]) -> Vec<&'static str> {
    ALL.into_iter().filter(|one| !slugs.contains(one)).collect()
}

both! {
    fn every_filter_with_every_operator_means_what_it_says(app) {
        let Desk { chief, section, below, writer, event, chief_id, author_id, .. } = &desk(&app);
        let id = |slug: &str| chief.get(&format!("/api/v1/editorial/articles?filter[slug]={slug}")).expect(200).data()[0]["id"].as_str().unwrap().to_owned();
        let (draft, light) = (id("hoi-nghi-tong-ket"), id("anh-sang"));
        let minute = |n: u32| format!("2023-03-14T08:{n:02}:00%2B07:00");
        let made_by_author = vec!["tac-gia-viet"];
        for (query, expected) in [
            (String::new(), ALL.to_vec()),
            (format!("filter[id]={draft}"), vec!["hoi-nghi-tong-ket"]),
            (format!("filter[id][ne]={draft}"), but(&["hoi-nghi-tong-ket"])),
            (format!("filter[id][in]={draft},{light}"), vec!["hoi-nghi-tong-ket", "anh-sang"]),
            (format!("filter[id][nin]={draft},{light}"), but(&["hoi-nghi-tong-ket", "anh-sang"])),
            ("filter[slug]=report".to_owned(), vec!["report"]),
            ("filter[slug][ne]=report".to_owned(), but(&["report"])),
            ("filter[slug][in]=report,anh-sang,khong-co".to_owned(), vec!["anh-sang", "report"]),
            ("filter[slug][nin]=report,anh-sang".to_owned(), but(&["anh-sang", "report"])),
            ("filter[slug][contains]=do-lu".to_owned(), vec!["hoi-thao-do-luong"]),
            ("filter[slug][startsWith]=hoi-".to_owned(), vec!["hoi-nghi-tong-ket", "hoi-thao-do-luong"]),
            ("filter[title]=Ánh sáng".to_owned(), vec!["anh-sang"]),
            ("filter[title]=anh%20sang".to_owned(), vec![]),
            ("filter[title][ne]=Ánh sáng".to_owned(), but(&["anh-sang"])),
            ("filter[title][in]=Ánh sáng,Report".to_owned(), vec!["anh-sang", "report"]),
            ("filter[title][nin]=Ánh sáng,Report".to_owned(), but(&["anh-sang", "report"])),
            ("filter[locale]=en".to_owned(), vec!["report"]),
            ("filter[locale][ne]=en".to_owned(), but(&["report"])),
            ("filter[locale][in]=en,vi".to_owned(), ALL.to_vec()),
            ("filter[locale][nin]=en,fr".to_owned(), but(&["report"])),
            ("filter[state]=inReview".to_owned(), made_by_author.clone()),
            ("filter[state][ne]=published".to_owned(), but(&["doi-moi-100", "anh-sang"])),
            ("filter[state][in]=published,scheduled".to_owned(), vec!["doi-moi-100", "anh-sang", "hoi-thao-do-luong"]),
            ("filter[state][nin]=draft,inReview".to_owned(), vec!["doi-moi-100", "anh-sang", "hoi-thao-do-luong"]),
            ("filter[state]=trashed".to_owned(), vec!["bo-di"]),
            ("filter[state][in]=trashed,inReview".to_owned(), vec!["tac-gia-viet", "bo-di"]),
            ("filter[trash]=only".to_owned(), vec!["bo-di"]),
            ("filter[trash]=with&filter[state][in]=draft,trashed".to_owned(), vec!["hoi-nghi-tong-ket", "bo-di", "report"]),
            ("filter[trash]=only&filter[state]=draft".to_owned(), vec![]),
            ("filter[public]=true".to_owned(), vec!["doi-moi-100", "anh-sang"]),
            ("filter[public]=false".to_owned(), but(&["doi-moi-100", "anh-sang"])),
            ("filter[public][ne]=true".to_owned(), but(&["doi-moi-100", "anh-sang"])),
            ("filter[featured]=true".to_owned(), vec!["doi-moi-100"]),
            ("filter[featured][ne]=true".to_owned(), but(&["doi-moi-100"])),
            (format!("filter[assignee]={author_id}"), vec!["hoi-nghi-tong-ket"]),
            (format!("filter[assignee][ne]={author_id}"), but(&["hoi-nghi-tong-ket"])),
            (format!("filter[assignee][in]={author_id},{chief_id}"), vec!["hoi-nghi-tong-ket"]),
            ("filter[assignee][null]=true".to_owned(), but(&["hoi-nghi-tong-ket"])),
            ("filter[assignee][null]=false".to_owned(), vec!["hoi-nghi-tong-ket"]),
            (format!("filter[createdBy]={author_id}"), made_by_author.clone()),
            (format!("filter[createdBy][nin]={author_id}"), but(&["tac-gia-viet"])),
            (format!("filter[category]={section}"), vec!["hoi-nghi-tong-ket", "doi-moi-100"]),
            (format!("filter[category]={below}"), vec!["doi-moi-100"]),
            ("filter[category]=hoat-dong".to_owned(), vec!["hoi-nghi-tong-ket", "doi-moi-100"]),
            ("filter[category][ne]=hoat-dong".to_owned(), but(&["hoi-nghi-tong-ket", "doi-moi-100"])),
            ("filter[category][in]=cap-huyen,khong-co".to_owned(), vec!["doi-moi-100"]),
            ("filter[category][null]=true".to_owned(), vec![]),
            ("filter[tag]=khoa-hoc".to_owned(), vec!["hoi-nghi-tong-ket", "anh-sang"]),
            ("filter[tag][ne]=khoa-hoc".to_owned(), but(&["hoi-nghi-tong-ket", "anh-sang"])),
            ("filter[tag][in]=do-luong,khong-co".to_owned(), vec!["anh-sang"]),
            ("filter[tag][nin]=do-luong".to_owned(), but(&["anh-sang"])),
            ("filter[tag][null]=true".to_owned(), but(&["hoi-nghi-tong-ket", "anh-sang"])),
            ("filter[tag][null]=false&filter[tag][nin]=do-luong".to_owned(), vec!["hoi-nghi-tong-ket"]),
            (format!("filter[event]={event}"), vec!["anh-sang"]),
            ("filter[event]=dai-hoi".to_owned(), vec!["anh-sang"]),
            ("filter[event][null]=true".to_owned(), but(&["anh-sang"])),
            (format!("filter[author]={writer}"), vec!["doi-moi-100"]),
            ("filter[author][ne]=tang-phu-an".to_owned(), but(&["doi-moi-100"])),
            ("filter[publishedAt]=2022-12-31".to_owned(), vec!["anh-sang"]),
            ("filter[publishedAt][ne]=2022-12-31".to_owned(), but(&["anh-sang"])),
            ("filter[publishedAt][lt]=2023-03-14".to_owned(), vec!["anh-sang"]),
            ("filter[publishedAt][gte]=2023-03-14".to_owned(), vec!["doi-moi-100", "hoi-thao-do-luong"]),
            ("filter[publishedAt][in]=2022-12-31,2023-03-20".to_owned(), vec!["anh-sang", "hoi-thao-do-luong"]),
            ("filter[publishedAt][null]=true".to_owned(), vec!["hoi-nghi-tong-ket", "tac-gia-viet", "report"]),
            ("filter[year]=2022".to_owned(), vec!["anh-sang"]),
            ("filter[year][nin]=2022,2021".to_owned(), but(&["anh-sang"])),
            (format!("filter[createdAt]={}", minute(1)), vec!["hoi-nghi-tong-ket"]),
            (format!("filter[createdAt][gt]={}&filter[createdAt][lte]={}", minute(1), minute(3)), vec!["doi-moi-100", "anh-sang"]),
            (format!("filter[updatedAt][lt]={}", minute(2)), vec!["hoi-nghi-tong-ket"]),
            ("filter[updatedAt]=2023-03-14".to_owned(), ALL.to_vec()),
            ("filter[updatedAt][nin]=2023-03-14,2023-03-15".to_owned(), vec![]),
        ] {
            let query: String = query.split_inclusive('=').map(|part| if part.is_ascii() { part.to_owned() } else { encoded(part) }).collect();
            let path = format!("/api/v1/editorial/articles?{query}");
            let answer = chief.get(&format!("{path}&count=exact")).expect(200);
            assert_eq!(slugs(&answer), newest(&expected), "{query}");
            assert_eq!(answer.json["page"]["total"], expected.len(), "{query}");
        }
    }

    fn a_text_is_found_whatever_its_marks_and_case_and_its_signs_mean_themselves(app) {
        let Desk { chief, .. } = desk(&app);
        for (query, expected) in [
            ("contains]=hoi%20nghi", vec!["hoi-nghi-tong-ket"]),
            ("contains]=H%E1%BB%98I", vec!["hoi-nghi-tong-ket", "hoi-thao-do-luong"]),
            ("contains]=Ho%CC%A3%CC%82i", vec!["hoi-nghi-tong-ket", "hoi-thao-do-luong"]),
            ("contains]=do%20luong", vec!["hoi-thao-do-luong"]),
            ("contains]=%C4%91", vec!["doi-moi-100", "hoi-thao-do-luong"]),
            ("contains]=d", vec!["doi-moi-100", "hoi-thao-do-luong"]),
            ("contains]=nghi%20t", vec!["hoi-nghi-tong-ket"]),
            ("contains]=%25", vec!["doi-moi-100"]),
            ("contains]=100%25", vec!["doi-moi-100"]),
            ("contains]=_", vec!["tac-gia-viet"]),
            ("contains]=a_v", vec!["tac-gia-viet"]),
            ("contains]=o_ng", vec![]),
            ("contains]=%5C", vec![]),
            ("startsWith]=doi", vec!["doi-moi-100"]),
            ("startsWith]=%C4%90%E1%BB%95i", vec!["doi-moi-100"]),
            ("startsWith]=moi", vec![]),
            ("startsWith]=%25", vec![]),
        ] {
            assert_eq!(list(&chief, "articles", &format!("filter[title][{query}")), newest(&expected), "{query}");
        }
    }

    fn alternatives_are_groups_of_which_one_must_be_met(app) {
        let Desk { chief, author_id, .. } = &desk(&app);
        for (query, expected) in [
            ("filter[or][0][state]=inReview&filter[or][1][tag]=do-luong".to_owned(), vec!["anh-sang", "tac-gia-viet"]),
            (format!("filter[or][0][state]=draft&filter[or][0][tag]=khoa-hoc&filter[or][7][createdBy]={author_id}"), vec!["hoi-nghi-tong-ket", "tac-gia-viet"]),
            ("filter[state]=published&filter[or][0][tag]=khoa-hoc&filter[or][1][title][contains]=moi".to_owned(), vec!["doi-moi-100", "anh-sang"]),
            ("filter[or][0][tag]=khoa-hoc&filter[or][0][tag][ne]=do-luong".to_owned(), vec!["hoi-nghi-tong-ket"]),
            ("filter[or][0][tag]=khong-co".to_owned(), vec![]),
            ("filter[or][0][state]=trashed".to_owned(), vec![]),
            ("filter[trash]=with&filter[or][0][state]=trashed&filter[or][1][public]=true".to_owned(), vec!["doi-moi-100", "anh-sang", "bo-di"]),
            ("filter%5Bor%5D%5B0%5D%5Bassignee%5D%5Bnull%5D=false&filter%5Bor%5D%5B1%5D%5Blocale%5D=en".to_owned(), vec!["hoi-nghi-tong-ket", "report"]),
        ] {
            let answer = chief.get(&format!("/api/v1/editorial/articles?{query}&count=exact")).expect(200);
            assert_eq!(slugs(&answer), newest(&expected), "{query}");
            assert_eq!(answer.json["page"]["total"], expected.len(), "{query}");
        }
    }

    fn what_cannot_be_asked_is_refused_with_what_can(app) {
        let chief = app.chief_editor();
        for (collection, query, code, parameter, message) in [
            ("articles", "filter[titel]=a", "unknown_parameter", "filter[titel]", "is unknown; did you mean filter[title]?"),
            ("articles", "filter[assigne]=a", "unknown_parameter", "filter[assigne]", "is unknown; did you mean filter[assignee]?"),
            ("articles", "filter[startsOn]=2023-01-01", "unknown_parameter", "filter[startsOn]", "is unknown; did you mean filter[state]?"),
            ("articles", "filter[or][0][tags]=a", "unknown_parameter", "filter[or][0][tags]", "is unknown; did you mean filter[or][0][tag]?"),
            ("articles", "filter[state]=drafts", "invalid_parameter", "filter[state]", "must be one of draft, inReview, changesRequested, approved, scheduled, published, archived, trashed"),
            ("articles", "filter[state][contains]=dr", "invalid_parameter", "filter[state][contains]", "is no operator of filter[state]; there is eq, ne, in, nin"),
            ("articles", "filter[assignee]=an", "invalid_parameter", "filter[assignee]", "must be an id"),
            ("articles", "filter[trash]=yes", "invalid_parameter", "filter[trash]", "must be one of with, only"),
            ("articles", "filter[trash][ne]=with", "invalid_parameter", "filter[trash][ne]", "is no operator of filter[trash]; there is eq"),
            ("articles", "filter[tag]=a&filter[tag]=b", "invalid_parameter", "filter[tag]", "is given twice"),
            ("articles", "filter[createdAt]=hom-qua", "invalid_parameter", "filter[createdAt]", "must be a day such as 2023-02-28 or 28/02/2023, or a time with its offset such as 2023-02-28T07:30:00+07:00, where an address has %2B for the +"),
            ("articles", "locale=vi", "unknown_parameter", "locale", "is unknown; did you mean page?"),
            ("articles", "sort=titel", "invalid_parameter", "sort", "cannot be titel; did you mean title?"),
            ("articles", "sort=startsOn", "invalid_parameter", "sort", "must be one of updatedAt, createdAt, title, publishedAt, or one of them after a minus"),
            ("articles", "fields=tittle", "invalid_parameter", "fields", "tittle is unknown; did you mean title?"),
            ("articles", "fields=title&body=html", "invalid_parameter", "body", "is the form of a text that fields does not ask for"),
            ("events", "filter[kind]=party", "invalid_parameter", "filter[kind]", "must be one of conference, workshop, seminar, training, ceremony, meeting, contest, exhibition, other"),
            ("events", "filter[when]=now", "invalid_parameter", "filter[when]", "must be one of upcoming, ongoing, past"),
            ("pages", "filter[parent][gt]=a", "invalid_parameter", "filter[parent][gt]", "is no operator of filter[parent]; there is eq, ne, in, nin, null"),
        ] {
            let answer = chief.get(&format!("/api/v1/editorial/{collection}?{query}")).expect(400);
            let error = &answer.json["errors"][0];
            assert_eq!((&answer.json["code"], &error["parameter"], &error["message"]), (&json!(code), &json!(parameter), &json!(message)), "{query}");
        }
        // The public has fewer words for its questions.
        app.anonymous().get("/api/v1/articles?filter[title][contains]=a").expect(400);
        app.anonymous().get("/api/v1/articles?filter[or][0][tag]=a").expect(400);
    }

    fn who_may_read_only_their_own_sees_those_whatever_is_asked(app) {
        let Desk { author, chief_id, author_id, .. } = &desk(&app);
        for (query, expected) in [
            (String::new(), vec!["tac-gia-viet"]),
            (format!("filter[createdBy]={chief_id}"), vec![]),
            (format!("filter[createdBy][in]={chief_id},{author_id}"), vec!["tac-gia-viet"]),
            (format!("filter[assignee]={author_id}"), vec![]),
            ("filter[public]=true".to_owned(), vec![]),
            ("filter[trash]=with&filter[state][ne]=draft".to_owned(), vec!["tac-gia-viet"]),
            ("filter[or][0][state][in]=draft,published,scheduled,trashed&filter[or][1][public]=true".to_owned(), vec![]),
            (format!("filter[or][0][createdBy]={chief_id}&filter[or][1][title][contains]=a"), vec!["tac-gia-viet"]),
            ("filter[title][contains]=hoi".to_owned(), vec![]),
        ] {
            let answer = author.get(&format!("/api/v1/editorial/articles?{query}&count=exact")).expect(200);
            assert_eq!(slugs(&answer), expected, "{query}");
            assert_eq!(answer.json["page"]["total"], expected.len(), "{query}");
        }
    }

    fn what_is_public_and_on_the_front_page_is_decided_when_it_is_asked(app) {
        desk(&app);
        app.clock.set("2023-03-20T07:59:59+07:00");
        let chief = app.log_in("tong-bien-tap@so.example");
        assert_eq!(list(&chief, "articles", "filter[public]=true&sort=createdAt"), ["doi-moi-100", "anh-sang"]);
        app.clock.set("2023-03-20T08:00:00+07:00");
        assert_eq!(list(&chief, "articles", "filter[public]=true&sort=createdAt"), ["doi-moi-100", "anh-sang", "hoi-thao-do-luong"]);
        assert_eq!(list(&chief, "articles", "filter[or][0][state]=scheduled"), [""; 0]);
        assert_eq!(list(&chief, "articles", "filter[featured]=true"), ["doi-moi-100"]);
        app.clock.set("2023-04-01T00:00:00+07:00");
        let chief = app.log_in("tong-bien-tap@so.example");
        assert_eq!(list(&chief, "articles", "filter[featured]=true"), [""; 0]);
    }

    fn orders_go_both_ways_and_what_has_no_value_comes_after_every_value(app) {
        let Desk { chief, .. } = desk(&app);
        for (sort, expected) in [
            ("createdAt", ALL.to_vec()),
            ("-updatedAt", ALL.into_iter().rev().collect()),
            ("title", vec!["anh-sang", "doi-moi-100", "hoi-nghi-tong-ket", "hoi-thao-do-luong", "report", "tac-gia-viet"]),
            ("publishedAt", vec!["anh-sang", "doi-moi-100", "hoi-thao-do-luong", "hoi-nghi-tong-ket", "tac-gia-viet", "report"]),
        ] {
            let back = sort.strip_prefix('-').map_or_else(|| format!("-{sort}"), ToOwned::to_owned);
            assert_eq!(list(&chief, "articles", &format!("sort={sort}")), expected, "{sort}");
            assert_eq!(list(&chief, "articles", &format!("sort={back}")), expected.into_iter().rev().collect::<Vec<_>>(), "{back}");
        }
    }

    fn pages_neither_skip_nor_repeat_in_any_order_while_rows_are_inserted(app) {
        let chief = app.chief_editor();
        let section = content::category(&chief, "Tin");
        let made = |n: u32| {
            // Titles and minutes that are shared by several, and some that are not public: then only the id decides.
            if n.is_multiple_of(3) {
                app.clock.advance(60);
            }
            let article = json!({"title": format!("Tin {}", n % 4), "categoryId": section, "body": {"format": "text", "value": "Tin"}});
            let article = content::made(&chief, "articles", &article);
            if n.is_multiple_of(2) {
                content::publish(&chief, "articles", &article);
            }
            let day = format!("2023-02-{:02}", 1 + n % 5);
            content::made(&chief, "events", &json!({"title": format!("Hội {}", n % 4), "kind": "conference", "startsOn": day}));
        };
        (0..9).for_each(made);
        let orders = ["updatedAt", "createdAt", "title", "publishedAt"].map(|sort| ("articles", sort));
        for (collection, sort) in orders.into_iter().chain([("events", "startsOn"), ("events", "title")]) {
            for sort in [sort.to_owned(), format!("-{sort}")] {
                let path = format!("/api/v1/editorial/{collection}?sort={sort}&filter[or][0][title][contains]=tin&filter[or][1][title][startsWith]=hoi");
                let ids = |answer: &Answer| -> Vec<Value> { answer.data().as_array().unwrap().iter().map(|one| one["id"].clone()).collect() };
                let all = ids(&chief.get(&format!("{path}&limit=100")).expect(200));
                let mut page = chief.get(&format!("{path}&limit=4")).expect(200);
                let mut forwards = ids(&page);
                made(7);
                while let Some(next) = page.json["page"]["next"].as_str() {
                    page = chief.get(&format!("{path}&limit=4&cursor={next}")).expect(200);
                    forwards.extend(ids(&page));
                }
                let old = |ids: &[Value]| ids.iter().filter(|id| all.contains(id)).cloned().collect::<Vec<_>>();
                assert_eq!(old(&forwards), all, "{sort}");
                let mut seen = forwards.clone();
                seen.sort_by_key(Value::to_string);
                seen.dedup();
                assert_eq!(seen.len(), forwards.len(), "{sort}: nothing twice");
                let mut backwards = ids(&page);
                while let Some(previous) = page.json["page"]["previous"].as_str() {
                    page = chief.get(&format!("{path}&limit=4&cursor={previous}")).expect(200);
                    backwards.splice(0..0, ids(&page));
                }
                assert_eq!(old(&backwards), all, "{sort} backwards");
            }
        }
        let next = chief.get("/api/v1/editorial/articles?limit=2").expect(200).json["page"]["next"].as_str().unwrap().to_owned();
        for other in ["sort=updatedAt", "filter[state]=draft", "filter[or][0][state]=draft"] {
            let refused = chief.get(&format!("/api/v1/editorial/articles?limit=2&cursor={next}&{other}")).expect(400);
            assert_eq!(refused.json["code"], "invalid_cursor", "{other}");
        }
    }

    fn members_are_those_that_are_asked_for_and_a_text_only_then(app) {
        let Desk { chief, .. } = desk(&app);
        let one = |query: &str| chief.get(&format!("/api/v1/editorial/articles?filter[slug]=anh-sang&{query}")).expect(200).data()[0].clone();
        let names = |value: &Value| {
            let mut names: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
            names.sort_unstable();
            names
        };
        assert_eq!(names(&one("fields=title,state")), ["id", "locale", "slug", "state", "title", "type"]);
        let whole = one("");
        assert!(whole.get("body").is_none() && whole["tags"] == json!(["khoa học", "đo lường"]) && whole["version"].is_number());
        assert_eq!(one("fields=body")["body"]["format"], "blocks");
        assert_eq!(one("fields=title,body&body=text")["body"], json!({"format": "text", "value": "Nội dung"}));
        let read = chief.get(&format!("/api/v1/editorial/articles/{}", whole["id"].as_str().unwrap())).expect(200);
        let mut expected = read.data().clone();
        expected.as_object_mut().unwrap().remove("body");
        assert_eq!(whole, expected, "a list shows what the item itself shows");
    }

    fn events_speeches_and_pages_have_filters_of_their_own(app) {
        let chief = app.chief_editor();
        let made = |collection: &str, write: Value| {
            app.clock.advance(60);
            content::made(&chief, collection, &write)
        };
        let department = made("organisations", json!({"name": "Sở KH&CN"})).id();
        let speaker = made("people", json!({"displayName": "Trần Ân"})).id();
        made("events", json!({"title": "Đã qua", "kind": "training", "startsOn": "2023-03-01", "endsOn": "2023-03-02", "status": "held"}));
        let ongoing = made("events", json!({"title": "Đang họp", "kind": "conference", "startsAt": "2023-03-14T07:00:00+07:00", "organisers": [{"organisationId": department}]}));
        made("events", json!({"title": "Sắp tới", "kind": "conference", "startsOn": "2023-03-20"}));
        let talk = |title: &str, kind: &str, more: Value| {
            let mut speech = json!({"eventId": ongoing.id(), "kind": kind, "title": title});
            speech.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            made("speeches", speech)
        };
        talk("Khai mạc", "opening", json!({"speaker": {"position": "Giám đốc", "organisationId": department, "organisation": "Sở"}}));
        let report = talk("Báo cáo", "report", json!({"coSpeakers": [{"personId": speaker, "name": "Trần Ân"}]}));
        let above = made("pages", json!({"title": "Giới thiệu", "body": {"format": "text", "value": "Trang"}}));
        made("pages", json!({"title": "Cơ cấu", "parentId": above.id(), "body": {"format": "text", "value": "Trang"}}));
        for (collection, query, expected) in [
            ("events", "filter[kind]=conference", vec!["dang-hop", "sap-toi"]),
            ("events", "filter[kind][ne]=conference", vec!["da-qua"]),
            ("events", "filter[status][in]=held,planned", vec!["da-qua", "dang-hop", "sap-toi"]),
            ("events", "filter[status][nin]=held", vec!["dang-hop", "sap-toi"]),
            ("events", "filter[when]=past", vec!["da-qua"]),
            ("events", "filter[when]=ongoing", vec!["dang-hop"]),
            ("events", "filter[when][nin]=ongoing,past", vec!["sap-toi"]),
            ("events", "filter[startsOn]=2023-03-14", vec!["dang-hop"]),
            ("events", "filter[startsOn][gt]=2023-03-01&filter[startsOn][lt]=2023-03-20", vec!["dang-hop"]),
            ("events", "filter[endsOn][lte]=2023-03-14", vec!["da-qua", "dang-hop"]),
            ("events", "filter[endsOn][in]=2023-03-02,2023-03-20", vec!["da-qua", "sap-toi"]),
            ("events", "filter[organisation]=so-kh-cn", vec!["dang-hop"]),
            ("events", "filter[organisation][null]=true", vec!["da-qua", "sap-toi"]),
            ("events", "filter[person]=tran-an", vec!["dang-hop"]),
            ("events", "filter[person][ne]=tran-an", vec!["da-qua", "sap-toi"]),
            ("events", "filter[category][null]=true", vec!["da-qua", "dang-hop", "sap-toi"]),
            ("events", "filter[or][0][when]=past&filter[or][1][kind]=conference&filter[or][1][startsOn][gt]=2023-03-14", vec!["da-qua", "sap-toi"]),
            ("speeches", "filter[event]=dang-hop", vec!["khai-mac", "bao-cao"]),
            ("speeches", "filter[event][ne]=dang-hop", vec![]),
            ("speeches", "filter[kind]=report", vec!["bao-cao"]),
            ("speeches", "filter[person]=tran-an", vec!["bao-cao"]),
            ("speeches", "filter[person][null]=true", vec!["khai-mac"]),
            ("speeches", "filter[organisation]=so-kh-cn", vec!["khai-mac"]),
            ("pages", "filter[parent]=gioi-thieu", vec!["co-cau"]),
            ("pages", "filter[parent]=khong-co", vec![]),
            ("pages", "filter[parent][null]=true", vec!["gioi-thieu"]),
            ("pages", "filter[title][contains]=CO", vec!["co-cau"]),
        ] {
            assert_eq!(list(&chief, collection, &format!("sort=createdAt&{query}")), expected, "{collection} {query}");
        }
        assert_eq!(list(&chief, "pages", &format!("filter[parent]={}", above.id())), ["co-cau"]);
        assert_eq!(list(&chief, "events", "sort=-startsOn"), ["sap-toi", "dang-hop", "da-qua"]);
        let path = format!("/api/v1/editorial/events/{}/programme", ongoing.id());
        let opening = chief.get("/api/v1/editorial/speeches?filter[slug]=khai-mac").expect(200).data()[0]["id"].clone();
        let event = chief.get(&format!("/api/v1/editorial/events/{}", ongoing.id())).expect(200);
        chief.put(&path, &event.etag(), &json!({"speechIds": [report.id(), opening]})).expect(200);
        assert_eq!(list(&chief, "speeches", "filter[event]=dang-hop&sort=order"), ["bao-cao", "khai-mac"]);
        // A speech is seen with its event and not without it.
        content::publish(&chief, "speeches", &chief.get(&format!("/api/v1/editorial/speeches/{}", report.id())).expect(200));
        assert_eq!(list(&chief, "speeches", "filter[public]=true"), [""; 0]);
        content::publish(&chief, "events", &chief.get(&format!("/api/v1/editorial/events/{}", ongoing.id())).expect(200));
        assert_eq!(list(&chief, "speeches", "filter[public]=true"), ["bao-cao"]);
    }

    fn a_page_of_any_length_costs_one_statement_whatever_is_asked(app) {
        let chief = app.chief_editor();
        let section = content::category(&chief, "Tin");
        for n in 0..6 {
            content::article(&chief, &section, &format!("Tin {n}"));
        }
        let sections = ["a", "b", "tin"].map(|slug| Ref::Slug(Slug::parse(slug).unwrap()));
        let asked = |field| Criterion { field, test: Test::Referring(sections.to_vec()), holds: true };
        let filter = ItemFilter {
            criteria: Criteria { all: vec![asked(ItemField::Category)], any: vec![vec![asked(ItemField::Category)], vec![asked(ItemField::Tag)]] },
            trash: None,
            sight: Sight::All,
            order: Order { by: ItemSort::Title, descending: false },
            zone: app.api.app.settings().zone.clone(),
        };
        for limit in [1, 6] {
            let page = PageRequest { limit, ..PageRequest::first() };
            app.api.app.store().desk(|desk| {
                let before = statements::run_by_this_thread();
                assert_eq!(items::list::<Article>(desk, &filter, &page)?.rows.len(), usize::try_from(limit).unwrap());
                assert_eq!(statements::run_by_this_thread() - before, 1);
                Ok::<(), StoreError>(())
            }).unwrap();
        }
    }

    fn what_was_stored_before_lists_asked_for_it_is_filled_in_at_the_next_start(app) {
        let chief = app.chief_editor();
        let event = content::event(&chief, "Đại hội");
        content::made(&chief, "speeches", &json!({"eventId": event.id(), "kind": "report", "title": "Báo cáo"}));
        let forget = "UPDATE items SET title_folded = NULL, form = NULL, status = NULL, starts_on = NULL, ends_on = NULL";
        match app.api.app.store().url() {
            DatabaseUrl::Postgres(url) => PgConnection::establish(url).unwrap().batch_execute(forget).unwrap(),
            DatabaseUrl::Sqlite(file) => SqliteConnection::establish(&file.to_string_lossy()).unwrap().batch_execute(forget).unwrap(),
        }
        let asked = [
            ("events", "filter[title][contains]=dai&filter[kind]=conference&filter[status]=planned&filter[startsOn]=2023-02-28&filter[endsOn]=2023-02-28"),
            ("speeches", "filter[title][startsWith]=bao&filter[kind]=report"),
        ];
        let found = || asked.map(|(collection, query)| list(&chief, collection, query).len());
        assert_eq!(found(), [0, 0]);
        app.api.app.store().write(items::complete).unwrap();
        assert_eq!(found(), [1, 1]);
    }

    fn the_document_names_each_filter_with_each_operator_and_the_groups_once(app) {
        let document = app.anonymous().get("/openapi.json").expect(200).json;
        let parameters = document["paths"]["/api/v1/editorial/events"]["get"]["parameters"].as_array().unwrap().clone();
        let named = |name: &str| parameters.iter().filter(|one| one["name"] == name).count();
        for name in [
            "filter[title]", "filter[title][contains]", "filter[title][startsWith]", "filter[startsOn][gte]", "filter[assignee][null]",
            "filter[state][nin]", "filter[trash]", "filter[or]", "sort", "fields", "body",
        ] {
            assert_eq!(named(name), 1, "{name}");
        }
        assert_eq!((named("filter[trash][ne]"), named("filter[state][contains]"), named("locale")), (0, 0, 0));
    }
}
