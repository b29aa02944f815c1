//! The search: finds what is public, whatever marks are typed, and nothing else.

use bantin_application::search::refresh;
use bantin_domain::{
    content::Window,
    id::Id,
    kind::{Kind, Target},
    locale::Locale,
    search::{Field, Texts},
    time::Timestamp,
};
use bantin_persistence::{StoreError, search::Document};
use bantin_tests::{Answer, Client, both, content, quality::encoded, seed::SeedPage};
use serde_json::{Value, json};

/// What a search answers.
fn search(client: &Client, text: &str, more: &str) -> Answer {
    client.get(&format!("/api/v1/search?q={}{more}", encoded(text))).expect(200)
}

/// The titles, or names, of what a search finds, best first.
fn titles(client: &Client, text: &str) -> Vec<String> {
    names(&search(client, text, ""))
}

fn names(answer: &Answer) -> Vec<String> {
    let name = |hit: &Value| {
        let item = &hit["item"];
        item["title"].as_str().or(item["name"].as_str()).unwrap().to_owned()
    };
    answer.data().as_array().unwrap().iter().map(name).collect()
}

fn suggestions(client: &Client, text: &str) -> Vec<String> {
    let answer = client.get(&format!("/api/v1/search/suggest?q={}", encoded(text))).expect(200);
    answer.data().as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap().to_owned()).collect()
}

fn statements(answer: &Answer) -> u64 {
    let timing = answer.header("server-timing").expect("an answer that was made, not kept");
    timing.split('"').nth(1).unwrap().parse().unwrap()
}

/// A published article with a body.
fn news(client: &Client, section: &str, title: &str, body: &str) -> Answer {
    let write =
        json!({"title": title, "categoryId": section, "body": {"format": "html", "value": format!("<p>{body}</p>")}});
    content::publish(client, "articles", &content::made(client, "articles", &write))
}

both! {
    fn words_are_found_with_and_without_marks_and_the_marks_that_were_typed_come_first(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        news(&editor, &section, "Báo chí viết về tỉnh", "Nhiều tờ báo.");
        news(&editor, &section, "Phòng chống thiên tai", "Cơn bão số 5 đổ bộ.");
        news(&editor, &section, "Chuyện khác", "Không có gì.");
        let public = app.anonymous();
        assert_eq!(titles(&public, "bão"), ["Phòng chống thiên tai", "Báo chí viết về tỉnh"]);
        assert_eq!(titles(&public, "BAO"), ["Báo chí viết về tỉnh", "Phòng chống thiên tai"], "the title weighs more");
        assert_eq!(titles(&public, "thien tai"), ["Phòng chống thiên tai"]);
        assert_eq!(titles(&public, "bão thiên"), ["Phòng chống thiên tai"], "all words");
    }

    fn đ_and_its_look_alikes_composition_and_tone_placement_do_not_matter(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        news(&editor, &section, "Đo lường và hoà giải", "Tin.");
        let public = app.anonymous();
        for text in ["đo lường", "do luong", "Ðo lường", "ðo LƯỜNG", "hòa giải", "hoà giải", "Ho\u{300}a gia\u{309}i", "hoa\u{a0}giai"] {
            assert_eq!(titles(&public, text), ["Đo lường và hoà giải"], "{text}");
        }
    }

    fn words_in_the_order_that_was_typed_come_first(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        news(&editor, &section, "Một", "Chế phẩm sinh học mới.");
        news(&editor, &section, "Hai", "Các em học sinh tham quan.");
        let public = app.anonymous();
        assert_eq!(titles(&public, "sinh học"), ["Một", "Hai"]);
        assert_eq!(titles(&public, "học sinh"), ["Hai", "Một"]);
        assert_eq!(titles(&public, "\"học sinh\""), ["Hai"], "who quotes wants that and nothing else");
        assert_eq!(titles(&public, "\"học tham\""), [""; 0]);
    }

    fn numbers_of_documents_and_days_are_found_as_they_are_written(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        news(&editor, &section, "Quyết định", "Theo Quyết định 71/2019/QĐ-UBND ngày 28/02/2023.");
        news(&editor, &section, "Rải rác", "Có 71 người, năm 2019, qd, ubnd, 28 xã, tháng 02, năm 2023.");
        let public = app.anonymous();
        for text in ["71/2019/QĐ-UBND", "71/2019/qd-ubnd", "28/02/2023", "28-2-2023", "2023-02-28"] {
            assert_eq!(titles(&public, text), ["Quyết định"], "{text}");
        }
        assert_eq!(titles(&public, "71/2019"), ["Quyết định", "Rải rác"], "a part of a number is its words");
    }

    fn drafts_and_what_was_withdrawn_or_is_still_to_come_are_not_found_nor_counted(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let draft = content::article(&editor, &section, "Bí mật canhgac");
        let public = app.anonymous();
        let nothing = |when: &str| {
            for text in ["canhgac", "bi mat", "canhgaz"] {
                let answer = search(&public, text, "&facets=true&count=exact");
                assert_eq!(answer.data(), &json!([]), "{when}: {text}");
                assert_eq!(answer.json["facets"], json!({"type": [], "category": [], "year": []}), "{when}: {text}");
                assert_eq!(answer.json["page"]["total"], 0, "{when}: {text}");
            }
            assert_eq!(suggestions(&public, "canh"), [""; 0], "{when}");
        };
        nothing("a draft");
        let published = content::publish(&editor, "articles", &draft);
        assert_eq!(titles(&public, "canhgac"), ["Bí mật canhgac"]);
        assert_eq!(titles(&public, "canhgaz"), ["Bí mật canhgac"], "one letter off");
        app.clock.advance(-60);
        nothing("before its time");
        app.clock.advance(60);
        let path = format!("/api/v1/editorial/articles/{}/actions/unpublish", draft.id());
        editor.post_at(&path, &published.etag(), &json!({})).expect(200);
        nothing("withdrawn");
    }

    fn an_edit_is_found_from_its_publication_on(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let published = news(&editor, &section, "Tên ban đầu", "Tin.");
        let path = format!("/api/v1/editorial/articles/{}", published.id());
        let edited = editor.patch(&path, &published.etag(), &json!({"title": "Tựa khác"})).expect(200);
        let public = app.anonymous();
        assert_eq!((titles(&public, "ban đầu").len(), titles(&public, "tựa khác").len()), (1, 0));
        content::publish(&editor, "articles", &edited);
        assert_eq!((titles(&public, "ban đầu").len(), titles(&public, "tựa khác").len()), (0, 1));
    }

    fn an_event_its_speeches_its_captions_and_who_spoke_are_found_and_go_together(app) {
        let editor = app.chief_editor();
        let page = SeedPage::write(&editor);
        page.publish(&editor);
        refresh(&app.api.app).unwrap();
        let public = app.anonymous();
        let kinds = |text: &str| -> Vec<String> {
            let answer = search(&public, text, "");
            answer.data().as_array().unwrap().iter().map(|hit| hit["type"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(kinds("ngo hong duy anh"), ["speech"]);
        assert_eq!(kinds("quang cảnh buổi tổng kết"), ["article"], "a caption");
        assert!(kinds("hội nghị tổng kết cấp huyện").contains(&"event".to_owned()));
        assert_eq!(kinds("Tầng Phú An").first().map(String::as_str), Some("person"));
        assert_eq!(names(&search(&public, "Ban Giám đốc Sở", "&types=event")).len(), 1, "a public attendee");
        let event = editor.get(&format!("/api/v1/editorial/events/{}", page.event.id())).expect(200);
        let path = format!("/api/v1/editorial/events/{}/actions/unpublish", page.event.id());
        editor.post_at(&path, &event.etag(), &json!({})).expect(200);
        assert_eq!(kinds("\"ngo hong duy anh\""), [""; 0], "a speech is seen only with its event");
        assert_eq!(search(&public, "Tầng Phú An", "&types=person").data(), &json!([]), "nothing shows him any more");
    }

    fn a_rename_is_found_everywhere_after_the_refresh(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let person = content::made(&editor, "people", &json!({"displayName": "Lê Văn Tám"}));
        let write = json!({
            "title": "Một bài", "categoryId": section, "authorIds": [person.id()], "tags": ["cá tra"],
            "body": {"format": "text", "value": "Nội dung."},
        });
        content::publish(&editor, "articles", &content::made(&editor, "articles", &write));
        let public = app.anonymous();
        assert_eq!(titles(&public, "văn tám"), ["Lê Văn Tám", "Một bài"]);
        assert_eq!(titles(&public, "cá tra"), ["Một bài"]);
        editor.patch(&format!("/api/v1/editorial/people/{}", person.id()), &person.etag(), &json!({"displayName": "Lê Thị Chín"})).expect(200);
        let tag = public.get("/api/v1/tags/ca-tra").expect(200).id();
        editor.patch(&format!("/api/v1/editorial/tags/{tag}"), "\"1\"", &json!({"name": "cá basa"})).expect(200);
        assert_eq!(titles(&public, "thị chín"), ["Lê Thị Chín"], "the person at once");
        assert!(refresh(&app.api.app).unwrap() > 0);
        assert_eq!(titles(&public, "thị chín"), ["Lê Thị Chín", "Một bài"]);
        assert_eq!(titles(&public, "cá basa"), ["Một bài"]);
        assert_eq!(titles(&public, "\"văn tám\""), [""; 0]);
        assert_eq!(refresh(&app.api.app).unwrap(), 0, "done is done");
    }

    fn people_are_found_only_while_they_are_public(app) {
        let editor = app.chief_editor();
        let hidden = content::made(&editor, "people", &json!({"displayName": "Trần Ẩn Danh"}));
        let public = app.anonymous();
        let answer = search(&public, "trần ẩn danh", "&facets=true");
        assert_eq!((answer.data(), &answer.json["page"]["total"]), (&json!([]), &json!(0)));
        assert_eq!(answer.json["facets"]["type"], json!([]));
        assert_eq!(suggestions(&public, "trần"), [""; 0]);
        let path = format!("/api/v1/editorial/people/{}", hidden.id());
        editor.patch(&path, &hidden.etag(), &json!({"listed": true})).expect(200);
        assert_eq!(titles(&public, "tran an danh"), ["Trần Ẩn Danh"]);
        assert_eq!(suggestions(&public, "trần ẩ"), ["Trần Ẩn Danh"]);
    }

    fn hidden_people_and_tags_take_no_place_among_the_candidates(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        for title in ["Trịnh Hoài Đức", "Họ Trịnh", "Trịnh – Nguyễn"] {
            news(&editor, &section, title, "Chúa Trịnh.");
        }
        content::made(&editor, "people", &json!({"displayName": "Trịnh Công Khai", "listed": true}));
        let write = json!({"title": "Một bài", "categoryId": section, "tags": ["trịnh trọng"], "body": {"format": "text", "value": "Tin."}});
        content::publish(&editor, "articles", &content::made(&editor, "articles", &write));
        let public = app.anonymous();
        // What is asked for twice is kept, and what is kept would prove nothing.
        let ask = |turn: &str| -> Vec<_> {
            ["search?q=Tr%E1%BB%8Bnh&facets=true", "search?q=trinh&types=person", "search/suggest?q=tr%E1%BB%8Bnh", "search?q=trinp"]
                .map(|path| {
                    let answer = public.get(&format!("/api/v1/{path}&limit={turn}")).expect(200);
                    (answer.data().clone(), answer.json["page"]["total"].clone(), answer.json["totalIsExact"].clone(), answer.json["facets"].clone(), statements(&answer))
                })
                .into()
        };
        // The first question of all reads the site, too.
        ask("49");
        let before = ask("50");
        assert_eq!(before[0].1, 5, "three titles, a name, a tag of an article");
        app.api.app.store().write(|tx| {
            for n in 0..1_130_u32 {
                let kind = if n % 10 == 0 { Kind::Tag } else { Kind::Person };
                let mut texts = Texts::default();
                texts.add(Field::Title, format!("Trịnh Kín {n} trinq"));
                let target = Target::new(kind, Id::<()>::new(uuid::Uuid::from_u128(u128::from(n + 1) << 20)));
                let (sort_at, window) = (tx.now(), Window::from(Timestamp::EPOCH));
                bantin_persistence::search::insert(tx, &Document { target, locale: None, category: None, sort_at, window, texts })?;
            }
            Ok::<_, StoreError>(())
        }).unwrap();
        for (after, before) in ask("51").into_iter().zip(before) {
            assert_eq!(after, before);
        }
    }

    fn somebody_whom_only_a_menu_leads_to_is_found_while_it_does(app) {
        let editor = app.admin();
        let section = content::category(&editor, "Tin");
        let person = content::made(&editor, "people", &json!({"displayName": "Trần Ẩn Danh"}));
        let tag = content::made(&editor, "tags", &json!({"name": "trần nhà"}));
        let above = news(&editor, &section, "Trên", "Tin.");
        let path = "/api/v1/editorial/site";
        let version = editor.get(path).expect(200).etag();
        let entry = |kind: &str, id: String| json!({"label": "Mục", "target": {"type": kind, "id": id}});
        let mut first = entry("article", above.id());
        first["children"] = json!([entry("person", person.id())]);
        let menu = json!({"menus": {"main": [first, entry("tag", tag.id())]}});
        let public = app.anonymous();
        assert_eq!((titles(&public, "ẩn danh").len(), suggestions(&public, "trần").len()), (0, 0));
        editor.patch(path, &version, &menu).expect(200);
        assert_eq!(titles(&public, "ẩn danh"), ["Trần Ẩn Danh"]);
        assert_eq!(suggestions(&public, "trần"), ["trần nhà", "Trần Ẩn Danh"]);
        let withdraw = format!("/api/v1/editorial/articles/{}/actions/unpublish", above.id());
        editor.post_at(&withdraw, &above.etag(), &json!({})).expect(200);
        assert_eq!(titles(&public, "ẩn danh"), [""; 0], "what stands above them is not shown any more");
        assert_eq!(suggestions(&public, "trần"), ["trần nhà"]);
    }

    fn results_are_narrowed_by_kind_section_and_year_and_counted(app) {
        let editor = app.chief_editor();
        let above = content::made(&editor, "categories", &json!({"name": "Trên"})).id();
        let below = content::made(&editor, "categories", &json!({"name": "Dưới", "parentId": above})).id();
        let write = |title: &str, section: &str, at: &str| json!({
            "title": title, "categoryId": section, "publishedAt": at, "body": {"format": "text", "value": "khoa học"},
        });
        for one in [write("Một", &above, "2022-01-01T00:30:00+07:00"), write("Hai", &below, "2021-12-31T23:30:00+07:00")] {
            content::publish(&editor, "articles", &content::made(&editor, "articles", &one));
        }
        let mut event = json!({"title": "Ngày khoa học", "kind": "other", "startsOn": "2022-05-18", "categoryId": below});
        event["summary"] = json!("khoa học");
        content::publish(&editor, "events", &content::made(&editor, "events", &event));
        let public = app.anonymous();
        let answer = search(&public, "khoa học", "&facets=true");
        assert_eq!(names(&answer), ["Ngày khoa học", "Một", "Hai"]);
        let count = |value: &str, label: &str, count: u64| json!({"value": value, "label": label, "count": count});
        assert_eq!(answer.json["facets"], json!({
            "type": [count("article", "article", 2), count("event", "event", 1)],
            "category": [count("tren", "Trên", 3), count("duoi", "Dưới", 2)],
            "year": [count("2022", "2022", 2), count("2021", "2021", 1)],
        }));
        let found = |more: &str| names(&search(&public, "khoa học", more));
        assert_eq!(found("&types=event"), ["Ngày khoa học"]);
        assert_eq!(found("&filter[category]=duoi"), ["Ngày khoa học", "Hai"]);
        assert_eq!(found("&filter[year]=2021"), ["Hai"], "the year is that of the site's zone");
        assert_eq!(found("&filter[category]=khong-co"), [""; 0]);
        assert_eq!(search(&public, "khoa học", "").json["facets"], Value::Null, "facets are counted when asked for");
        assert_eq!(search(&public, "khoa học", "&locale=en").data(), &json!([]));
    }

    fn pages_of_results_follow_each_other(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        for title in ["Tin một", "Tin hai", "Tin ba"] {
            app.clock.advance(60);
            news(&editor, &section, title, "Nội dung.");
        }
        let public = app.anonymous();
        let first = search(&public, "tin", "&limit=2");
        assert_eq!(names(&first), ["Tin ba", "Tin hai"], "of equals the newest first");
        assert_eq!((&first.json["page"]["total"], &first.json["totalIsExact"]), (&json!(3), &json!(true)));
        let next = first.json["page"]["next"].as_str().unwrap().to_owned();
        let second = search(&public, "tin", &format!("&limit=2&cursor={next}"));
        assert_eq!((names(&second), &second.json["page"]["next"]), (vec!["Tin một".to_owned()], &Value::Null));
        let previous = second.json["page"]["previous"].as_str().unwrap();
        assert_eq!(names(&search(&public, "tin", &format!("&limit=2&cursor={previous}"))), names(&first));
        assert_eq!(names(&search(&public, "tin", "&limit=2&page=2")), ["Tin một"]);
        let other = public.get(&format!("/api/v1/search?q=khac&limit=2&cursor={next}")).expect(400);
        assert_eq!(other.json["code"], "invalid_cursor");
    }

    fn nothing_that_a_reader_types_is_syntax(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        news(&editor, &section, "Mật ong NEAR rừng", "Nội dung AND gì đó.");
        let public = app.anonymous();
        for text in [
            "\"", "\"\"\"\"", "*", "mật*", "title:mật", "{title} : mật", "^mật", "-ong", "(", "((((", ")", "mật NEAR ong",
            "NEAR(mật ong, 5)", "mật AND ong", "OR", "NOT", "' OR 1=1 --", "mật & ong | !", "ong:*", "<->", "\\", "%", "_",
            "👩\u{200d}🔬", "กำ ข้าว", "Ⓐ", "한국", "\u{e000}", "mật\u{200b}ong", "'::tsquery", "$1", "?",
        ] {
            search(&public, text, "&facets=true");
            public.get(&format!("/api/v1/search/suggest?q={}", encoded(text))).expect(200);
        }
        assert_eq!(titles(&public, "mật NEAR ong"), ["Mật ong NEAR rừng"]);
        assert_eq!(titles(&public, "(ong) \"mật ong\" -rừng"), ["Mật ong NEAR rừng"]);
        for path in ["search", "search/suggest"] {
            for text in ["%00".to_owned(), "%ff".to_owned(), "a".repeat(501), "%C4%91".repeat(501), "((((".repeat(2_500)] {
                let refused = public.get(&format!("/api/v1/{path}?q={text}")).expect(400);
                assert_eq!(refused.json["errors"][0]["parameter"], "q", "{path}");
            }
            assert_eq!(public.get(&format!("/api/v1/{path}")).expect(200).data(), &json!([]));
            search(&public, &"ong ".repeat(125), "");
        }
    }

    fn an_unknown_parameter_is_named_with_the_nearest(app) {
        let public = app.anonymous();
        for (query, parameter) in [
            ("query=a", "query"), ("q=a&type=article", "type"), ("q=a&types=articles", "types"), ("q=a&types=article,article", "types"),
            ("q=a&types=tag", "types"), ("q=a&facets=1", "facets"), ("q=a&filter[year]=23", "filter[year]"), ("q=a&q=b", "q"),
            ("q=a&filter[tag]=x", "filter[tag]"), ("q=a&sort=title", "sort"),
        ] {
            let refused = public.get(&format!("/api/v1/search?{query}")).expect(400);
            assert_eq!(refused.json["errors"][0]["parameter"], parameter, "{query}");
        }
    }

    fn a_highlight_shows_the_original_with_marks_and_no_other_markup(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        news(&editor, &section, "Đo <b>lường</b> & \"chuẩn\"", "Trạm đo lường &lt;script&gt;alert(1)&lt;/script&gt;.");
        let answer = search(&app.anonymous(), "do luong", "");
        assert_eq!(answer.data()[0]["highlights"], json!([
            {"field": "title", "html": "<mark>Đo</mark> &lt;b&gt;<mark>lường</mark>&lt;/b&gt; &amp; &quot;chuẩn&quot;"},
            {"field": "body", "html": "Trạm <mark>đo</mark> <mark>lường</mark> &lt;script&gt;alert(1)&lt;/script&gt;."},
        ]));
        assert_eq!(answer.data()[0]["item"]["category"]["slug"], "tin");
        assert_eq!(answer.data()[0]["type"], answer.data()[0]["item"]["type"]);
    }

    fn suggestions_begin_as_it_was_typed(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let write = json!({"title": "Hội nghị tổng kết", "categoryId": section, "tags": ["hội thảo"], "body": {"format": "text", "value": "Tin."}});
        content::publish(&editor, "articles", &content::made(&editor, "articles", &write));
        news(&editor, &section, "Tổng kết hội nghị", "Tin.");
        news(&editor, &section, "Hỏi đáp", "Tin.");
        let public = app.anonymous();
        let begins = suggestions(&public, "hội");
        assert_eq!(begins.len(), 4);
        assert_eq!(&begins[2..], ["Hỏi đáp", "Tổng kết hội nghị"]);
        assert_eq!(suggestions(&public, "hoi ngh"), ["Hội nghị tổng kết", "Tổng kết hội nghị"]);
        assert_eq!(suggestions(&public, "hội th"), ["hội thảo"]);
        assert_eq!(suggestions(&public, "nghị hội"), ["Tổng kết hội nghị", "Hội nghị tổng kết"]);
        assert_eq!(suggestions(&public, ""), [""; 0]);
    }

    fn a_synonym_of_several_words_is_found_and_marked_only_as_a_phrase(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        news(&editor, &section, "Hội nghị của nhân dân", "Đồng bào đồng lòng. Ủy viên bàn về bản tin: uy tín của dân, nhãn hiệu.");
        news(&editor, &section, "Phiên họp", "Kỳ họp của HĐND và UBND tỉnh, bàn việc dân.");
        news(&editor, &section, "Kỳ họp", "Hội đồng nhân dân và Uỷ ban nhân dân tỉnh; nhân dân trong hội.");
        let public = app.anonymous();
        for (text, marks) in [
            ("HĐND", [("Phiên họp", "<mark>HĐND</mark>"), ("Kỳ họp", "<mark>Hội</mark> <mark>đồng</mark> <mark>nhân</mark> <mark>dân</mark>")]),
            ("UBND", [("Phiên họp", "<mark>UBND</mark>"), ("Kỳ họp", "<mark>Uỷ</mark> <mark>ban</mark> <mark>nhân</mark> <mark>dân</mark>")]),
        ] {
            let answer = search(&public, text, "");
            assert_eq!(names(&answer), marks.map(|(title, _)| title), "{text}: as it was typed comes first");
            assert_eq!(answer.json["page"]["total"], 2, "{text}");
            for (hit, (_, mark)) in answer.data().as_array().unwrap().iter().zip(marks) {
                let html = hit["highlights"][0]["html"].as_str().unwrap();
                assert!(html.contains(mark), "{text}: {html}");
                assert_eq!(html.matches("<mark>").count(), mark.matches("<mark>").count(), "{text}: {html}");
            }
        }
        assert!(titles(&public, "hội đồng nhân dân").contains(&"Phiên họp".to_owned()), "the other way round too");
    }

    fn synonyms_are_edited_as_a_list_and_hold_at_once(app) {
        let chief = app.admin();
        let section = content::category(&chief, "Tin");
        news(&chief, &section, "Ủy ban nhân dân tỉnh họp", "Tin.");
        let public = app.anonymous();
        for _ in 0..3 {
            // From the second time on it is kept.
            assert_eq!(titles(&public, "UBND"), ["Ủy ban nhân dân tỉnh họp"], "some are there from the start");
        }
        let path = "/api/v1/editorial/synonyms";
        let list = chief.get(path).expect(200);
        let write = json!({"items": [{"terms": ["họp", "nhóm bàn"]}]});
        let replaced = chief.put(path, &list.etag(), &write).expect(200);
        assert_eq!(replaced.data(), &json!({"version": 2, "items": [{"terms": ["họp", "nhóm bàn"]}]}));
        assert_eq!(titles(&public, "nhóm bàn"), ["Ủy ban nhân dân tỉnh họp"]);
        assert_eq!(titles(&public, "UBND"), [""; 0]);
        chief.put(path, &list.etag(), &write).expect(412);
        let refused = chief.put(path, &replaced.etag(), &json!({"items": [{"terms": ["một"]}, {"terms": ["a", "A"]}]})).expect(422);
        assert_eq!(refused.faults().1, [("/items/0/terms".to_owned(), "out_of_range".to_owned()), ("/items/1/terms/1".to_owned(), "duplicate".to_owned())]);
        app.author().put(path, &replaced.etag(), &write).expect(403);
        public.get(path).expect(401);
    }

    fn beyond_a_thousand_the_total_is_at_least_and_titles_with_the_typed_marks_still_win(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let old = news(&editor, &section, "Mạ", "Xi mạ kim loại.");
        let at = Timestamp::parse("2023-03-14T09:00:00+07:00").unwrap();
        app.api.app.store().write(|tx| {
            for n in 0..1_100_u32 {
                let mut texts = Texts::default();
                texts.add(Field::Title, "Mà");
                let target = Target::new(Kind::Article, Id::<()>::new(uuid::Uuid::from_u128(u128::from(n) << 20)));
                let window = Window::from(Timestamp::EPOCH);
                let locale = Some(Locale::vietnamese());
                bantin_persistence::search::insert(tx, &Document { target, locale, category: None, sort_at: at, window, texts })?;
            }
            Ok::<_, StoreError>(())
        }).unwrap();
        let answer = search(&app.anonymous(), "mạ", "&limit=1");
        assert_eq!(answer.data()[0]["item"]["id"], old.data()["id"], "though a thousand newer ones fit without marks");
        assert_eq!((&answer.json["page"]["total"], &answer.json["totalIsExact"]), (&json!(1000), &json!(false)));
    }
}
