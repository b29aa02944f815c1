//! One text in several languages: how the items know of each other, which of them an address answers, and what a
//! list shows. The rules are the same for all four kinds of content, and so is the test.

use bantin_tests::{
    both,
    client::{Answer, Client},
    content::{self, made, publish},
};
use serde_json::{Value, json};

/// A kind of content, as it is written in Vietnamese.
struct Matter {
    collection: &'static str,
    write: Value,
}

impl Matter {
    fn all(chief: &Client) -> [Self; 4] {
        let section = content::category(chief, "Tin");
        let host = publish(chief, "events", &content::event(chief, "Hội nghị")).id();
        let body = json!({"format": "text", "value": "Nội dung"});
        [
            ("articles", json!({"title": "Nội dung tin", "categoryId": section, "body": body})),
            ("events", json!({"title": "Nội dung hội thảo", "kind": "workshop", "startsOn": "2023-02-28"})),
            ("speeches", json!({"title": "Nội dung báo cáo", "kind": "report", "eventId": host})),
            ("pages", json!({"title": "Nội dung giới thiệu", "body": body})),
        ]
        .map(|(collection, write)| Self { collection, write })
    }

    /// What says the same in English.
    fn in_english(&self, of: &Answer) -> Value {
        let mut write = self.write.clone();
        (write["title"], write["locale"], write["translationOf"]) =
            (json!(format!("English {}", self.collection)), json!("en"), json!(of.id()));
        write
    }

    fn path(&self, reference: &str) -> String {
        format!("/api/v1/{}/{reference}", self.collection)
    }
}

/// What tells a translation from another: the members that all kinds show of one.
fn linked(answer: &Answer) -> Vec<[Value; 4]> {
    let translations = answer.data()["translations"].as_array().unwrap();
    translations.iter().map(|one| ["id", "locale", "slug", "title"].map(|member| one[member].clone())).collect()
}

fn itself(answer: &Answer) -> [Value; 4] {
    ["id", "locale", "slug", "title"].map(|member| answer.data()[member].clone())
}

fn ids(list: &Answer) -> Vec<String> {
    list.data().as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

both! {
    fn a_text_and_its_translation_know_of_each_other_while_both_are_public(app) {
        let (chief, public) = (app.chief_editor(), app.anonymous());
        for matter in Matter::all(&chief) {
            let case = matter.collection;
            let vietnamese = publish(&chief, case, &made(&chief, case, &matter.write));
            let draft = made(&chief, case, &matter.in_english(&vietnamese));
            let read = |of: &Answer| public.get(&matter.path(&of.id())).expect(200);
            assert_eq!(linked(&read(&vietnamese)), Vec::<[Value; 4]>::new(), "{case}: a draft is no translation");

            let english = publish(&chief, case, &draft);
            let (one, other) = (read(&vietnamese), read(&english));
            assert_eq!((linked(&one), linked(&other)), (vec![itself(&other)], vec![itself(&one)]), "{case}");
            let link = one.data()["translations"][0]["links"]["self"].as_str().unwrap();
            assert!(link.ends_with(&matter.path(other.data()["slug"].as_str().unwrap())), "{case}: {link}");

            let path = format!("/api/v1/editorial/{case}/{}/actions/unpublish", english.id());
            chief.post_at(&path, &english.etag(), &json!({})).expect(200);
            assert_eq!(linked(&read(&vietnamese)), Vec::<[Value; 4]>::new(), "{case}: what was withdrawn is none either");
            public.get(&matter.path(&english.id())).expect(410);
        }
    }

    fn an_address_answers_its_sibling_in_the_language_that_is_asked_for_or_else_itself(app) {
        let (chief, public) = (app.chief_editor(), app.anonymous());
        for matter in Matter::all(&chief) {
            let case = matter.collection;
            let vietnamese = publish(&chief, case, &made(&chief, case, &matter.write));
            let draft = made(&chief, case, &matter.in_english(&vietnamese));
            let slug = |item: &Answer| item.data()["public"]["slug"].as_str().unwrap().to_owned();
            let answered = |reference: &str, locale: &str| {
                let answer = public.get(&matter.path(&format!("{reference}?locale={locale}"))).expect(200);
                assert_eq!(answer.header("content-language").unwrap(), answer.data()["locale"], "{case}");
                answer.id()
            };
            for reference in [vietnamese.id(), slug(&vietnamese)] {
                assert_eq!(answered(&reference, "en"), vietnamese.id(), "{case}: nobody sees a draft");
            }
            let english = publish(&chief, case, &draft);
            for reference in [vietnamese.id(), slug(&vietnamese), english.id(), slug(&english)] {
                assert_eq!(answered(&reference, "en"), english.id(), "{case} {reference}");
                assert_eq!(answered(&reference, "vi"), vietnamese.id(), "{case} {reference}");
            }
            // An address names one item: what a browser would rather read does not change which.
            let answer = public.send("GET", &matter.path(&slug(&vietnamese)), &[("accept-language", "en")], None).expect(200);
            assert_eq!(answer.id(), vietnamese.id(), "{case}");
            assert_eq!(answered(&vietnamese.id(), "fr"), vietnamese.id(), "{case}: there is none in French");
            public.get(&matter.path(&format!("{}?locale=!", vietnamese.id()))).expect(400);
        }
    }

    fn a_list_says_in_which_language_it_is(app) {
        let public = app.anonymous();
        for path in ["articles", "events", "speeches", "pages", "tags", "categories", "articles/archive", "stats/articles", "search?q=tin", "search/suggest?q=tin"] {
            let path = format!("/api/v1/{path}{}", if path.contains('?') { "&" } else { "?" });
            let spoken = |query: &str, accept: &str| {
                let answer = public.send("GET", &format!("{path}{query}"), &[("accept-language", accept)], None).expect(200);
                answer.header("content-language").map(ToOwned::to_owned)
            };
            for (query, accept, expected) in [("", "", "vi"), ("locale=en", "vi", "en"), ("locale=EN-us", "vi", "en"), ("", "en-GB, fr", "en"), ("locale=vi-VN", "en", "vi")] {
                for _ in 0..2 {
                    assert_eq!(spoken(query, accept).as_deref(), Some(expected), "{path}{query} {accept}");
                }
            }
        }
        assert_eq!(public.get("/api/v1/articles?locale=*").expect(200).header("content-language"), None);
    }

    fn a_language_that_the_site_lacks_is_refused_by_lists_and_claimed_by_nothing(app) {
        let (chief, public) = (app.chief_editor(), app.anonymous());
        let section = content::category(&chief, "Tin");
        content::publish(&chief, "articles", &content::article(&chief, &section, "Một tin"));
        for (path, parameter) in [
            ("articles?locale=fr", "locale"), ("articles?filter[locale]=fr", "filter[locale]"), ("events?locale=xx", "locale"), ("speeches?locale=fr-FR", "locale"),
            ("pages?locale=fr", "locale"), ("tags?locale=fr", "locale"), ("categories?locale=fr", "locale"), ("articles/archive?locale=fr", "locale"), ("search?q=tin&locale=fr", "locale"),
        ] {
            let refused = public.get(&format!("/api/v1/{path}")).expect(400);
            let fault = &refused.json["errors"][0];
            assert_eq!((&refused.json["code"], &fault["parameter"]), (&json!("invalid_parameter"), &json!(parameter)), "{path}");
            assert!(fault["message"].as_str().unwrap().ends_with("is no language of this site; there are vi, en"), "{path} {fault}");
        }
        for path in [&format!("categories/{section}"), "articles/mot-tin", "site"] {
            let answer = public.get(&format!("/api/v1/{path}?locale=fr")).expect(200);
            assert_eq!(answer.header("content-language"), Some("vi"), "{path}");
            assert!([&json!("vi"), &Value::Null].contains(&&answer.data()["locale"]), "{path}");
        }
    }

    fn one_text_is_asked_for_by_its_language_without_a_region(app) {
        let (chief, public) = (app.chief_editor(), app.anonymous());
        for matter in Matter::all(&chief) {
            let vietnamese = publish(&chief, matter.collection, &made(&chief, matter.collection, &matter.write));
            let english = publish(&chief, matter.collection, &made(&chief, matter.collection, &matter.in_english(&vietnamese)));
            for locale in ["en-US", "EN", "en-gb"] {
                let answer = public.get(&matter.path(&format!("{}?locale={locale}", vietnamese.id()))).expect(200);
                assert_eq!((answer.id(), answer.header("content-language")), (english.id(), Some("en")), "{}", matter.collection);
            }
        }
    }

    fn a_cursor_is_of_the_language_in_which_its_list_was_read(app) {
        let (chief, public) = (app.chief_editor(), app.anonymous());
        let section = content::category(&chief, "Tin");
        for n in 0..3 {
            let vietnamese = publish(&chief, "articles", &content::article(&chief, &section, &format!("Tin {n}")));
            let english = json!({"title": format!("News {n}"), "locale": "en", "translationOf": vietnamese.id(), "categoryId": section, "body": {"format": "text", "value": "News"}});
            publish(&chief, "articles", &made(&chief, "articles", &english));
        }
        let list = |query: &str, accept: &str| public.send("GET", &format!("/api/v1/articles?limit=1{query}"), &[("accept-language", accept)], None);
        let cursor = |answer: Answer| format!("&cursor={}", answer.expect(200).json["page"]["next"].as_str().unwrap());
        let (vietnamese, english) = (cursor(list("", "")), cursor(list("", "en")));
        for (cursor, query, accept) in [(&vietnamese, "", "en"), (&vietnamese, "&locale=en", ""), (&english, "", "vi"), (&english, "&locale=*", "en")] {
            assert_eq!(list(&format!("{query}{cursor}"), accept).expect(400).json["code"], "invalid_cursor", "{query} {accept}");
        }
        // The same list, however its language was chosen.
        for (cursor, query, accept) in [(&vietnamese, "", "fr"), (&vietnamese, "&locale=vi", "en"), (&english, "&locale=en-US", ""), (&english, "", "en-GB")] {
            list(&format!("{query}{cursor}"), accept).expect(200);
        }
    }

    fn a_list_is_in_one_language_and_falls_back_to_no_other(app) {
        let (chief, public) = (app.chief_editor(), app.anonymous());
        for matter in Matter::all(&chief) {
            let case = matter.collection;
            let list = |query: &str, accept: &str| {
                let answer = public.send("GET", &format!("/api/v1/{case}{query}"), &[("accept-language", accept)], None).expect(200);
                assert_eq!(answer.header("vary").unwrap().contains("Accept-Language"), !query.contains("locale"), "{case}{query}");
                ids(&answer)
            };
            let before = list("?locale=vi", "");
            let vietnamese = publish(&chief, case, &made(&chief, case, &matter.write));
            assert_eq!(list("?locale=en", "vi"), Vec::<String>::new(), "{case}");
            let english = publish(&chief, case, &made(&chief, case, &matter.in_english(&vietnamese))).id();
            let vietnamese = vietnamese.id();
            for (query, accept, expected) in [
                ("?locale=en", "vi", vec![&english]),
                ("?locale=vi", "en", vec![&vietnamese]),
                ("?locale=*", "en", vec![&english, &vietnamese]),
                ("", "en;q=0.8, vi;q=0.2", vec![&english]),
                ("", "en-GB, fr", vec![&english]),
                ("", "fr, ja", vec![&vietnamese]),
                ("", "", vec![&vietnamese]),
            ] {
                let mut found = list(query, accept);
                found.retain(|id| !before.contains(id));
                found.sort();
                let mut expected = expected;
                expected.sort();
                assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{case}{query} {accept}");
            }
        }
    }

    fn there_is_one_item_for_each_language_and_one_address_for_each_item(app) {
        let chief = app.chief_editor();
        for matter in Matter::all(&chief) {
            let case = matter.collection;
            let editorial = format!("/api/v1/editorial/{case}");
            let vietnamese = publish(&chief, case, &made(&chief, case, &matter.write));
            let mut english = matter.in_english(&vietnamese);
            english["slug"] = vietnamese.data()["public"]["slug"].clone();
            assert_eq!(chief.post(&editorial, &english).expect(409).json["code"], "slug_taken", "{case}");
            english.as_object_mut().unwrap().remove("slug");
            let first = chief.post(&editorial, &english).expect(201);
            assert_eq!(chief.post(&editorial, &english).expect(409).json["code"], "translation_taken", "{case}");
            let mut own = matter.write.clone();
            own["translationOf"] = json!(vietnamese.id());
            assert_eq!(chief.post(&editorial, &own).expect(409).json["code"], "translation_taken", "{case}");
            // The group is the same whichever of its items is named.
            own["translationOf"] = json!(first.id());
            chief.post(&editorial, &own).expect(409);
        }
    }
}
