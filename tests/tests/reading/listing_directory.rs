//! The query language of the directory: people, organisations, tags, sections, and the media of the desk.

use bantin_tests::{Answer, Client, TestApp, both, content};
use serde_json::{Value, json};

/// Six people under four letters, two organisations, two tags, all listed or shown.
fn directory(app: &TestApp) -> Client {
    let chief = app.chief_editor();
    let department = content::made(&chief, "organisations", &json!({"name": "Sở KH&CN", "listed": true})).id();
    content::made(&chief, "organisations", &json!({"name": "Đài Truyền hình", "parentId": department, "listed": true}));
    content::made(&chief, "organisations", &json!({"name": "Ẩn", "parentId": department}));
    for (name, post) in [
        ("Lê Đức", Some("Giám đốc")),
        ("Trần Ân", None),
        ("Vũ An", Some("Trưởng phòng")),
        ("Bùi Án", None),
        ("Phan Dũng", None),
    ] {
        let posts: Vec<Value> =
            post.iter().map(|post| json!({"position": post, "organisationId": department})).collect();
        content::made(&chief, "people", &json!({"displayName": name, "positions": posts, "listed": true}));
    }
    content::made(&chief, "people", &json!({"displayName": "Lý Ẩn"}));
    let section = content::category(&chief, "Tin");
    content::made(&chief, "categories", &json!({"name": "Cấp huyện", "parentId": section}));
    let article = json!({"title": "Tin", "categoryId": section, "tags": ["Đo lường", "An toàn"], "body": {"format": "text", "value": "Tin"}});
    content::publish(&chief, "articles", &content::made(&chief, "articles", &article));
    content::made(&chief, "tags", &json!({"name": "Chưa dùng"}));
    chief
}

fn slugs(answer: &Answer) -> Vec<String> {
    answer.data().as_array().unwrap().iter().map(|one| one["slug"].as_str().unwrap().to_owned()).collect()
}

fn names(value: &Value) -> Vec<String> {
    let mut names: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
    names.sort_unstable();
    names
}

fn statements(answer: &Answer) -> u64 {
    let timing = answer.header("server-timing").expect("an answer that was made, not kept");
    timing.split('"').nth(1).unwrap().parse().unwrap()
}

both! {
    fn people_and_tags_are_found_by_their_names(app) {
        directory(&app);
        let public = app.anonymous();
        for (query, found) in [
            ("people?q=vu an", vec!["vu-an"]),
            ("people?q=%C4%91%E1%BB%A9c", vec!["le-duc"]),
            ("people?q=le duc", vec!["le-duc"]),
            ("people?q=an&limit=2", vec!["bui-an", "vu-an"]),
            ("people?q=%C3%A2n&limit=1", vec!["tran-an"]),
            ("people?q=an&filter[initial]=%C3%82", vec!["tran-an"]),
            ("people?q=an&filter[organisation]=so-kh-cn", vec!["vu-an"]),
            ("people?q=ly", vec![]),
            ("tags?q=luong", vec!["do-luong"]),
            ("tags?q=chua dung", vec![]),
        ] {
            let answer = public.get(&format!("/api/v1/{}", query.replace(' ', "%20"))).expect(200);
            let mut slugs = slugs(&answer);
            let mut expected = found.clone();
            if !query.contains("limit") {
                slugs.sort_unstable();
                expected.sort_unstable();
            }
            assert_eq!(slugs, expected, "{query}");
        }
        let first = public.get("/api/v1/people?q=an&limit=2").expect(200);
        let next = first.json["page"]["next"].as_str().unwrap();
        let rest = public.get(&format!("/api/v1/people?q=an&limit=2&cursor={next}")).expect(200);
        assert_eq!(slugs(&rest), ["tran-an"]);
    }

    fn every_filter_and_order_means_what_it_says(app) {
        let chief = directory(&app);
        let id = |collection: &str, slug: &str| {
            chief.get(&format!("/api/v1/editorial/{collection}?filter[slug]={slug}")).expect(200).data()[0]["id"].as_str().unwrap().to_owned()
        };
        let (duc, an) = (id("people", "le-duc"), id("people", "vu-an"));
        let (department, hidden) = (id("organisations", "so-kh-cn"), id("organisations", "an"));
        let measuring = id("tags", "do-luong");
        // What everybody sees, and what the desk sees beside it.
        for (collection, query, public, more) in [
            ("people", String::new(), vec!["vu-an", "bui-an", "tran-an", "phan-dung", "le-duc"], vec!["ly-an"]),
            ("people", "sort=name".to_owned(), vec!["vu-an", "bui-an", "tran-an", "phan-dung", "le-duc"], vec!["ly-an"]),
            ("people", "sort=-name&filter[slug][in]=le-duc,vu-an,phan-dung".to_owned(), vec!["le-duc", "phan-dung", "vu-an"], vec![]),
            ("people", format!("filter[id]={duc}"), vec!["le-duc"], vec![]),
            ("people", format!("filter[id][in]={duc},{an}"), vec!["vu-an", "le-duc"], vec![]),
            ("people", format!("filter[id][in]={duc},{an}&filter[slug]=vu-an"), vec!["vu-an"], vec![]),
            ("people", "filter[slug]=khong-ai".to_owned(), vec![], vec![]),
            ("people", "filter[slug]=ly-an".to_owned(), vec![], vec!["ly-an"]),
            ("people", "filter[organisation]=so-kh-cn".to_owned(), vec!["vu-an", "le-duc"], vec![]),
            ("people", format!("filter[organisation]={department}&sort=-name"), vec!["le-duc", "vu-an"], vec![]),
            ("people", "filter[organisation]=so-kh-cn&filter[initial]=%C4%90".to_owned(), vec!["le-duc"], vec![]),
            ("people", "filter[organisation]=dai-truyen-hinh".to_owned(), vec![], vec![]),
            ("people", "filter[initial]=A".to_owned(), vec!["vu-an", "bui-an"], vec![]),
            ("people", "filter[initial]=%C3%82".to_owned(), vec!["tran-an"], vec!["ly-an"]),
            ("people", "filter[initial]=D".to_owned(), vec!["phan-dung"], vec![]),
            ("organisations", "sort=-name".to_owned(), vec!["so-kh-cn", "dai-truyen-hinh"], vec!["an"]),
            ("organisations", "filter[organisation]=so-kh-cn".to_owned(), vec!["dai-truyen-hinh"], vec!["an"]),
            ("organisations", format!("filter[id][in]={department},{hidden}"), vec!["so-kh-cn"], vec!["an"]),
            ("organisations", "filter[initial]=%C4%90".to_owned(), vec!["dai-truyen-hinh"], vec![]),
            ("organisations", "filter[slug][in]=an,so-kh-cn".to_owned(), vec!["so-kh-cn"], vec!["an"]),
            ("tags", String::new(), vec!["an-toan", "do-luong"], vec!["chua-dung"]),
            ("tags", "sort=-name".to_owned(), vec!["do-luong", "an-toan"], vec!["chua-dung"]),
            ("tags", format!("filter[id]={measuring}"), vec!["do-luong"], vec![]),
            ("tags", "filter[slug][in]=an-toan,chua-dung".to_owned(), vec!["an-toan"], vec!["chua-dung"]),
        ] {
            let seen = app.anonymous().get(&format!("/api/v1/{collection}?{query}&count=exact")).expect(200);
            assert_eq!(slugs(&seen), public, "{collection} {query}");
            assert_eq!(seen.json["page"]["total"], public.len(), "{collection} {query}");
            let at_desk = chief.get(&format!("/api/v1/editorial/{collection}?{query}&count=exact")).expect(200);
            assert_eq!(at_desk.json["page"]["total"], public.len() + more.len(), "{collection} {query}");
            let mut expected: Vec<&str> = public.iter().copied().chain(more).collect();
            let mut found = slugs(&at_desk);
            expected.sort_unstable();
            found.sort_unstable();
            assert_eq!(found, expected, "{collection} {query} at the desk");
        }
    }

    fn an_editor_finds_people_organisations_tags_and_media_by_a_part_of_their_name(app) {
        let chief = directory(&app);
        content::picture(&chief, "Ảnh", "");
        let asked = |path: &str| chief.get(&format!("/api/v1/editorial/{path}")).expect(200);
        for (path, expected) in [
            ("people?filter[displayName][contains]=an", vec!["vu-an", "bui-an", "tran-an", "ly-an", "phan-dung"]),
            ("people?filter[displayName][startsWith]=PHAN", vec!["phan-dung"]),
            ("people?filter[displayName][startsWith]=an", vec![]),
            ("people?filter[displayName][contains]=%C4%91%E1%BB%A9c", vec!["le-duc"]),
            ("people?filter[displayName][contains]=an&filter[organisation]=so-kh-cn", vec!["vu-an"]),
            ("people?filter[displayName][contains]=an&filter[slug][in]=tran-an,le-duc", vec!["tran-an"]),
            ("people?filter[displayName][contains]=an&filter[displayName][startsWith]=l", vec!["ly-an"]),
            ("people?filter[displayName][contains]=%25", vec![]),
            ("organisations?filter[name][contains]=kh%26cn", vec!["so-kh-cn"]),
            ("organisations?filter[name][startsWith]=dai", vec!["dai-truyen-hinh"]),
            ("tags?filter[name][contains]=luong", vec!["do-luong"]),
            ("tags?filter[name][startsWith]=a", vec!["an-toan"]),
        ] {
            let found = asked(&format!("{path}&count=exact"));
            assert_eq!((slugs(&found), &found.json["page"]["total"]), (expected.iter().map(ToString::to_string).collect(), &json!(expected.len())), "{path}");
        }
        let first = asked("people?filter[displayName][contains]=an&limit=3");
        let next = first.json["page"]["next"].as_str().unwrap();
        assert_eq!(slugs(&asked(&format!("people?filter[displayName][contains]=an&limit=3&cursor={next}"))), ["ly-an", "phan-dung"]);
        let name = asked("media").data()[0]["fileName"].as_str().unwrap().to_uppercase();
        let part = bantin_tests::quality::encoded(&name[..4]);
        assert_eq!(asked(&format!("media?filter[fileName][startsWith]={part}")).data().as_array().unwrap().len(), 1, "{name}");
        assert_eq!(asked("media?filter[fileName][contains]=khong-co").data(), &json!([]));
        let refused = chief.get("/api/v1/editorial/people?filter[displayName][contains]=").expect(400);
        assert_eq!(refused.json["errors"][0]["parameter"], "filter[displayName][contains]");
        app.anonymous().get("/api/v1/people?filter[displayName][contains]=an").expect(400);
    }

    fn what_is_not_offered_is_refused_with_what_is(app) {
        let (public, chief) = (app.anonymous(), app.chief_editor());
        for (client, path, parameter, message) in [
            (&public, "people?filter[organization]=a", "filter[organization]", "is unknown; did you mean filter[organisation]?"),
            (&public, "people?filter[initial]=An", "filter[initial]", "must be one letter, or #"),
            (&public, "people?filter[initial][in]=A,B", "filter[initial][in]", "is no operator of filter[initial]; there is eq"),
            (&public, "people?filter[id]=an", "filter[id]", "must be an id"),
            (&public, "people?sort=nam", "sort", "cannot be nam; did you mean name?"),
            (&public, "people?sort=updatedAt", "sort", "must be one of name, or one of them after a minus"),
            (&public, "people?fields=curriculum", "fields", "curriculum is unknown; there are id, type, slug, displayName, familyName, middleName, givenName, academicTitle, aliases, positions, biography, photo, links"),
            (&public, "people/vu-an?locale=vi", "locale", "is unknown; there are fields"),
            (&public, "people/vu-an?body=html", "body", "is unknown; there are fields"),
            (&public, "organisations?filter[parent]=a", "filter[parent]", "is unknown; there are limit, cursor, page, count, sort, fields, filter[id], filter[id][in], filter[slug], filter[slug][in], filter[organisation], filter[initial]"),
            (&public, "tags?filter[name]=a", "filter[name]", "is unknown; did you mean filter[id]?"),
            (&public, "tags/a?fields=nam", "fields", "nam is unknown; did you mean name?"),
            (&public, "categories?fields=child", "fields", "child is unknown; did you mean children?"),
            (&public, "categories?sort=name", "sort", "is unknown; there are locale, fields"),
            (&chief, "editorial/tags?locale=vi", "locale", "is unknown; did you mean page?"),
            (&chief, "editorial/media?sort=name", "sort", "must be one of createdAt, or one of them after a minus"),
            (&chief, "editorial/media?fields=file", "fields", "file is unknown; did you mean alt?"),
        ] {
            let answer = client.get(&format!("/api/v1/{path}")).expect(400);
            let error = &answer.json["errors"][0];
            assert_eq!((&error["parameter"], &error["message"]), (&json!(parameter), &json!(message)), "{path}");
        }
    }

    fn pages_neither_skip_nor_repeat_in_either_order_while_rows_are_inserted(app) {
        let chief = app.chief_editor();
        let section = content::category(&chief, "Tin");
        let tagged = content::article(&chief, &section, "Tin");
        // Names that several people share: then only the id decides.
        let made = |n: u32| {
            content::made(&chief, "people", &json!({"displayName": format!("Trần {}", ["An", "Ân", "Đức"][n as usize % 3]), "listed": true, "slug": format!("p-{n}")}));
            content::made(&chief, "organisations", &json!({"name": format!("Sở {}", n % 3), "listed": true, "slug": format!("o-{n}")}));
            content::made(&chief, "tags", &json!({"name": format!("Thẻ {n}")}));
            content::picture(&chief, "Ảnh", "");
        };
        (0..8).for_each(made);
        drop(tagged);
        let mut inserted = 8;
        for list in ["people", "organisations", "editorial/people", "editorial/organisations", "editorial/tags", "editorial/media"] {
            let sort = if list.ends_with("media") { "createdAt" } else { "name" };
            for sort in [sort.to_owned(), format!("-{sort}")] {
                let path = format!("/api/v1/{list}?sort={sort}");
                let ids = |answer: &Answer| -> Vec<Value> { answer.data().as_array().unwrap().iter().map(|one| one["id"].clone()).collect() };
                let all = ids(&chief.get(&format!("{path}&limit=100")).expect(200));
                let mut page = chief.get(&format!("{path}&limit=3")).expect(200);
                let mut forwards = ids(&page);
                made(inserted);
                inserted += 1;
                while let Some(next) = page.json["page"]["next"].as_str() {
                    page = chief.get(&format!("{path}&limit=3&cursor={next}")).expect(200);
                    forwards.extend(ids(&page));
                }
                let old = |ids: &[Value]| ids.iter().filter(|id| all.contains(id)).cloned().collect::<Vec<_>>();
                assert_eq!(old(&forwards), all, "{list} {sort}");
                let mut backwards = ids(&page);
                while let Some(previous) = page.json["page"]["previous"].as_str() {
                    page = chief.get(&format!("{path}&limit=3&cursor={previous}")).expect(200);
                    backwards.splice(0..0, ids(&page));
                }
                assert_eq!(old(&backwards), all, "{list} {sort} backwards");
            }
        }
    }

    fn fields_leave_out_what_was_not_asked_for_and_what_is_left_out_costs_nothing(app) {
        let chief = directory(&app);
        let photo = content::picture(&chief, "Chân dung", "").id();
        let person = chief.get("/api/v1/editorial/people?filter[slug]=vu-an").expect(200).data()[0].clone();
        let path = format!("/api/v1/editorial/people/{}", person["id"].as_str().unwrap());
        chief.patch(&path, &format!("\"{}\"", person["version"]), &json!({"photoId": photo})).expect(200);
        let public = app.anonymous();
        let read = |path: &str| public.get(&format!("/api/v1/{path}")).expect(200);
        assert_eq!(names(&read("people?fields=displayName").data()[0]), ["displayName", "id", "slug", "type"]);
        assert_eq!(names(read("people/vu-an?fields=positions,links").data()), ["id", "links", "positions", "slug", "type"]);
        assert_eq!(read("people/vu-an?fields=positions").data()["positions"], read("people/vu-an").data()["positions"]);
        assert_eq!(names(&read("organisations?fields=name").data()[0]), ["id", "name", "slug", "type"]);
        assert_eq!(names(read("organisations/dai-truyen-hinh?fields=parent").data()), ["id", "parent", "slug", "type"]);
        assert_eq!(names(&read("tags?fields=name").data()[0]), ["id", "locale", "name", "slug", "type"]);
        assert_eq!(names(read("tags/do-luong?fields=links").data()), ["id", "links", "locale", "slug", "type"]);
        let tree = read("categories?fields=name,children");
        for section in [&tree.data()[0], &tree.data()[0]["children"][0]] {
            assert_eq!(names(section), ["children", "id", "locale", "name", "slug", "type"], "of each section");
        }
        assert_eq!(names(read("categories/tin?fields=order").data()), ["id", "locale", "order", "slug", "type"]);
        let cost = |path: &str| statements(&read(path));
        // The picture; the organisations of posts, with the menus that may show some.
        assert_eq!(cost("people?limit=2") - cost("people?limit=2&fields=positions"), 1);
        assert!(cost("people?limit=3&fields=positions") > cost("people?limit=3&fields=displayName"));
        assert!(cost("organisations?limit=2") > cost("organisations?limit=2&fields=name"));
        assert_eq!(cost("people?limit=1&sort=name"), cost("people?limit=5&sort=name"));
        for (list, fields, expected) in [
            ("people", "displayName,listed", vec!["displayName", "id", "listed", "slug", "type"]),
            ("organisations", "version", vec!["id", "slug", "type", "version"]),
            ("tags", "translations", vec!["id", "slug", "translations", "type"]),
            ("media", "fileName,allowedActions", vec!["allowedActions", "fileName", "id"]),
        ] {
            assert_eq!(names(&chief.get(&format!("/api/v1/editorial/{list}?fields={fields}")).expect(200).data()[0]), expected, "{list}");
        }
    }

    fn the_index_counts_what_the_filter_by_letter_lists(app) {
        let chief = directory(&app);
        for name in ["Ông Ổn", "Hà Ơn", "Lê Ưng", "Ngô Uyên", "Đỗ Ê", "Mai Em", "Lưu Ất", "Phan Ăn"] {
            content::made(&chief, "people", &json!({"displayName": name, "listed": true}));
        }
        let public = app.anonymous();
        let index = public.get("/api/v1/people/index").expect(200);
        let letters: Vec<&str> = index.data().as_array().unwrap().iter().map(|one| one["initial"].as_str().unwrap()).collect();
        assert_eq!(letters, ["A", "Ă", "Â", "D", "Đ", "E", "Ê", "Ô", "Ơ", "U", "Ư"]);
        for letter in index.data().as_array().unwrap() {
            let name = bantin_tests::quality::encoded(letter["initial"].as_str().unwrap());
            let listed = public.get(&format!("/api/v1/people?filter[initial]={name}&count=exact")).expect(200);
            assert_eq!(listed.json["page"]["total"], letter["count"], "{letter}");
        }
    }

    fn who_leaves_a_post_for_good_is_no_longer_listed_with_the_organisation(app) {
        let chief = directory(&app);
        let person = chief.get("/api/v1/editorial/people?filter[slug]=vu-an").expect(200).data()[0].clone();
        let path = format!("/api/v1/editorial/people/{}", person["id"].as_str().unwrap());
        let organisation = person["positions"][0]["organisationId"].as_str().unwrap().to_owned();
        let listed = || slugs(&app.anonymous().get("/api/v1/people?filter[organisation]=so-kh-cn").expect(200));
        assert_eq!(listed(), ["vu-an", "le-duc"]);
        let posts = json!({"positions": [{"position": "Chuyên viên", "organisationId": organisation}, {"position": "Phó phòng", "organisationId": organisation}]});
        let twice = chief.patch(&path, "\"1\"", &posts).expect(200);
        assert_eq!(listed(), ["vu-an", "le-duc"], "two posts are one person");
        let gone = chief.patch(&path, &twice.etag(), &json!({"positions": []})).expect(200);
        assert_eq!(listed(), ["le-duc"]);
        chief.delete(&path, &gone.etag()).expect(204);
        assert_eq!(listed(), ["le-duc"]);
    }
}
