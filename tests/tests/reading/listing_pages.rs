//! The query language of the list of standing pages.

use bantin_tests::{
    Client, both, content,
    lists::{each, refusal, slugs, statements, walk},
};
use serde_json::{Value, json};

const LIST: &str = "/api/v1/pages";

fn page(chief: &Client, title: &str, order: usize, more: Value) -> String {
    let mut write =
        json!({"title": title, "order": order, "body": {"format": "text", "value": format!("{title}, nội dung")}});
    write.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    content::publish(chief, "pages", &content::made(chief, "pages", &write)).id()
}

both! {
    fn every_filter_means_what_it_says(app) {
        let chief = app.chief_editor();
        let about = page(&chief, "Giới thiệu", 10, json!({}));
        let history = page(&chief, "Lịch sử", 2, json!({"parentId": about}));
        page(&chief, "Sơ đồ", 1, json!({"parentId": about}));
        page(&chief, "Liên hệ", 20, json!({}));
        page(&chief, "About", 10, json!({"locale": "en", "translationOf": about}));
        let public = app.anonymous();
        for (query, expected) in [
            (String::new(), vec!["so-do", "lich-su", "gioi-thieu", "lien-he"]),
            ("sort=-order".to_owned(), vec!["lien-he", "gioi-thieu", "lich-su", "so-do"]),
            (format!("filter[parent]={about}"), vec!["so-do", "lich-su"]),
            ("filter[parent]=gioi-thieu&sort=-order&locale=*".to_owned(), vec!["lich-su", "so-do"]),
            ("filter[parent]=lien-he".to_owned(), vec![]),
            ("filter[parent]=khong-co".to_owned(), vec![]),
            (format!("filter[id][in]={about},{history}"), vec!["lich-su", "gioi-thieu"]),
            (format!("filter[id]={history}&filter[parent]={about}"), vec!["lich-su"]),
            ("filter[slug]=lien-he".to_owned(), vec!["lien-he"]),
            ("filter[slug][in]=about,lien-he&locale=*".to_owned(), vec!["about", "lien-he"]),
            ("filter[locale]=en".to_owned(), vec!["about"]),
            ("q=lich%20su".to_owned(), vec!["lich-su"]),
            ("q=lich%20su&filter[parent]=gioi-thieu".to_owned(), vec!["lich-su"]),
            ("q=lich%20su&filter[slug]=lien-he".to_owned(), vec![]),
        ] {
            assert_eq!(slugs(&public, LIST, &query), expected, "{query}");
        }
    }

    fn nothing_is_below_a_page_that_is_not_public(app) {
        let chief = app.chief_editor();
        let draft = json!({"title": "Bản nháp", "body": {"format": "text", "value": "Kín"}});
        let above = content::made(&chief, "pages", &draft);
        page(&chief, "Lịch sử", 1, json!({"parentId": above.id()}));
        let public = app.anonymous();
        let below = || ["ban-nhap", &above.id()].map(|parent| slugs(&public, LIST, &format!("filter[parent]={parent}")));
        assert_eq!(below(), [Vec::<String>::new(), Vec::new()]);
        content::publish(&chief, "pages", &above);
        assert_eq!(below(), [["lich-su"], ["lich-su"]]);
    }

    fn what_is_not_offered_is_refused_with_what_is(app) {
        let public = app.anonymous();
        for (query, parameter, message) in [
            ("sort=title", "sort", "must be one of order, or one of them after a minus"),
            ("filter[parents]=a", "filter[parents]", "is unknown; did you mean filter[parent]?"),
            ("filter[parent][null]=true", "filter[parent][null]", "is no operator of filter[parent]; there is eq"),
            ("include=children", "include", "children is unknown; there are cover, attachments"),
            ("fields=parent", "fields", "parent is unknown; did you mean parentId?"),
        ] {
            assert_eq!(refusal(&public, LIST, query), (parameter.to_owned(), message.to_owned()), "{query}");
        }
    }

    fn pages_neither_skip_nor_repeat_in_any_order_while_rows_are_inserted(app) {
        let chief = app.chief_editor();
        let above = page(&chief, "Giới thiệu", 0, json!({}));
        for n in 0..10 {
            page(&chief, "Trang", n % 4, json!({"parentId": above}));
        }
        let public = app.anonymous();
        for query in ["", "sort=-order&locale=*", "filter[parent]=gioi-thieu", "filter[parent]=gioi-thieu&sort=-order"] {
            walk(&public, LIST, query, |seen| {
                page(&chief, "Trang mới", seen % 5, json!({"parentId": above}));
            });
        }
    }

    fn fields_leave_out_what_was_not_asked_for_and_its_statements(app) {
        let chief = app.chief_editor();
        let above = page(&chief, "Giới thiệu", 1, json!({}));
        page(&chief, "Lịch sử", 2, json!({"parentId": above}));
        let public = app.anonymous();
        let whole = public.get(&format!("{LIST}/lich-su")).expect(200);
        let every: Vec<&str> = whole.data().as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(public.get(&format!("{LIST}/lich-su?fields={}", every.join(","))).expect(200).data(), whole.data());
        assert_eq!(public.get(&format!("{LIST}/lich-su?include=cover,attachments")).expect(200).data(), whole.data());
        let some = public.get(&format!("{LIST}?fields=parentId,body&filter[slug]=lich-su")).expect(200);
        assert_eq!(some.data(), &json!([{
            "id": whole.id(), "type": "page", "locale": "vi", "slug": "lich-su", "parentId": above, "body": whole.data()["body"],
        }]));
        let cost = |query: &str| {
            let answer = public.get(&format!("{LIST}?{query}")).expect(200);
            (each(&answer, "id").len(), statements(&answer))
        };
        // The rows, and then: the pages above, media, translations. What the site says is known by now.
        assert_eq!((cost("fields=title"), cost(""), cost("limit=1")), ((2, 1), (2, 4), (1, 4)));
        assert_eq!((cost("fields=parentId"), cost("fields=cover"), cost("fields=body")), ((2, 2), (2, 2), (2, 2)));
    }
}
