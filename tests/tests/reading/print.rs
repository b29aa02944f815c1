//! The page that people print for the file cabinet.

use bantin_tests::{Answer, Client, both, content, seed, seed::SeedPage};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

fn published(editor: &Client, title: &str, members: Value) -> Answer {
    let section = content::category(editor, "Tin");
    let mut write = json!({"title": title, "categoryId": section, "body": {"format": "text", "value": "Nội dung."}});
    write.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    content::publish(editor, "articles", &content::made(editor, "articles", &write))
}

fn page(client: &Client, slug: &str) -> (Answer, String) {
    let answer = client.get(&format!("/api/v1/articles/{slug}/print")).expect(200);
    let html = String::from_utf8(answer.bytes.clone()).unwrap();
    (answer, html)
}

/// Publishes an article with other members, and a word on it to the public.
fn correct(editor: &Client, article: &Answer, members: &Value, correction: &str) {
    let path = format!("/api/v1/editorial/articles/{}", article.id());
    let edited = editor.patch(&path, &article.etag(), members).expect(200);
    content::publish_with(editor, "articles", &edited, &json!({"correction": correction}));
}

/// What stands between two marks.
fn between<'h>(html: &'h str, begin: &str, end: &str) -> &'h str {
    let (_, rest) = html.split_once(begin).unwrap_or_else(|| panic!("no {begin} in {html}"));
    rest.split_once(end).unwrap().0
}

both! {
    fn paper_has_what_the_article_says(app) {
        let editor = app.admin();
        let site = editor.get("/api/v1/editorial/site").expect(200);
        let names = json!({"name": "Cổng thông tin KH&CN", "agency": seed::AGENCY});
        editor.patch("/api/v1/editorial/site", &site.etag(), &names).expect(200);
        let seeded = SeedPage::write(&editor);
        let report = seeded.publish(&editor);
        app.clock.advance(60);
        let members = json!({"coverId": seeded.picture.id()});
        correct(&editor, &report, &members, "Số liệu <b>đã</b> được sửa.");
        let (answer, html) = page(&app.anonymous(), &seeded.article.id());
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(answer.header("content-language"), Some("vi"));
        assert!(html.starts_with("<!DOCTYPE html><html lang=\"vi\"><head><meta charset=\"utf-8\">"), "{html}");
        assert!(between(&html, "<title>", "</title>").ends_with(" – Cổng thông tin KH&amp;CN"), "{html}");
        assert_eq!(between(&html, "<p class=\"agency\">", "</p>"), seed::AGENCY);
        assert_eq!(between(&html, "<h1>", "</h1>"), seed::TITLE.replace('&', "&amp;"));
        assert_eq!(between(&html, "<nav class=\"sections\" aria-label=\"Chuyên mục\">", "</nav>"), format!("<ol><li>{}</li></ol>", seed::SECTION));
        assert_eq!(between(&html, "<p class=\"date\">", "</p>"), "<time datetime=\"2023-03-14T08:00:00+07:00\">Thứ Ba, ngày 14 tháng 3 năm 2023, 08:00</time>");
        let figure = between(&html, "<figure class=\"cover\"", "</figure>");
        let picture = format!("https://tin.example/api/v1/media/{}/original", seeded.picture.id());
        assert!(figure.contains(&format!("<img src=\"{picture}\" alt=\"Các đại biểu ngồi kín hội trường\" width=\"1\" height=\"1\">")), "{figure}");
        assert!(figure.contains(seed::CAPTION), "{figure}");
        let text = app.anonymous().get(&format!("/api/v1/articles/{}?body=html", seeded.article.id())).expect(200);
        assert!(html.contains(text.data()["body"]["value"].as_str().unwrap()), "the text is the same HTML");
        let citations = between(&html, "<section class=\"citations\">", "</section>");
        assert!(citations.contains(&format!("<cite>{}</cite>", seed::DECISION)), "{citations}");
        let corrections = between(&html, "<section class=\"corrections\">", "</section>");
        assert!(corrections.contains("08:01</time>: Số liệu &lt;b&gt;đã&lt;/b&gt; được sửa."), "{corrections}");
        let address = text.data()["links"]["self"].as_str().unwrap();
        assert!(html.contains(&format!("<link rel=\"canonical\" href=\"{address}\">")), "{html}");
        assert!(between(&html, "<footer><p>Nguồn: ", "</footer>").contains(&format!("<a href=\"{address}\">{address}</a>")), "{html}");
        assert!(!html.contains("<script") && !html.contains(" style="), "{html}");
    }

    fn another_language_is_printed_in_its_own_words(app) {
        let editor = app.admin();
        let site = editor.get("/api/v1/editorial/site").expect(200);
        let front = json!({"locales": ["vi", "en"], "webUrl": "https://angiang.example", "urlPatterns": {"article": "/{locale}/{slug}"}});
        editor.patch("/api/v1/editorial/site", &site.etag(), &front).expect(200);
        let root = published(&editor, "Một tin", json!({}));
        let section = root.data()["categoryId"].clone();
        let english = json!({
            "title": "News", "categoryId": section, "locale": "en", "translationOf": root.id(), "publishedAt": "2023-01-05T01:00:00Z",
            "body": {"format": "text", "value": "Text."}, "citations": [{"number": "71/2019/QĐ-UBND", "url": "https://van-ban.example/71"}],
        });
        content::publish(&editor, "articles", &content::made(&editor, "articles", &english));
        let public = app.anonymous();
        let (_, html) = page(&public, "news");
        assert!(html.contains("<html lang=\"en\">") && html.contains(">Thursday, 5 January 2023, 08:00</time>"), "{html}");
        assert!(html.contains("<link rel=\"canonical\" href=\"https://angiang.example/en/news\">"), "{html}");
        assert!(html.contains("<cite>71/2019/QĐ-UBND</cite> <a href=\"https://van-ban.example/71\">"), "{html}");
        let sibling = public.get("/api/v1/articles/mot-tin/print?locale=en").expect(200);
        assert_eq!(String::from_utf8(sibling.bytes).unwrap(), html);
    }

    fn nothing_that_an_editor_writes_is_markup_unless_it_is_the_text(app) {
        let editor = app.chief_editor();
        let evil = "</title><script>alert('1')</script><img src=x onerror=\"alert(2)\">";
        let author = content::made(&editor, "people", &json!({"displayName": "<i>An</i>"})).id();
        let picture = content::picture(&editor, "\"><script>alert(3)</script>", "<b>Chú thích</b>").id();
        published(&editor, evil, json!({
            "slug": "hiem", "summary": evil, "authorIds": [author], "coverId": picture, "attachmentIds": [picture],
            "citations": [{"number": "1</cite><script>", "title": evil}],
            "body": {"format": "html", "value": format!("<p>Chữ</p>{evil}<style>p{{color:red}}</style>")},
        }));
        let (_, html) = page(&app.anonymous(), "hiem");
        assert!(!html.contains("<script") && !html.contains("onerror=\"") && !html.contains("<i>") && !html.contains("<b>"), "{html}");
        assert_eq!(html.matches("<style>").count(), 1, "{html}");
        assert!(html.contains("&lt;/title&gt;&lt;script&gt;alert('1')&lt;/script&gt;"), "{html}");
        assert!(html.contains("alt=\"&quot;&gt;&lt;script&gt;alert(3)&lt;/script&gt;\""), "{html}");
    }

    fn a_browser_may_show_the_style_and_our_pictures_and_nothing_else(app) {
        let editor = app.chief_editor();
        published(&editor, "Một tin", json!({}));
        let (answer, html) = page(&app.anonymous(), "mot-tin");
        let digest = STANDARD.encode(Sha256::digest(between(&html, "<style>", "</style>")));
        assert_eq!(answer.header("content-security-policy").unwrap(), format!(
            "default-src 'none'; style-src 'sha256-{digest}'; img-src https://tin.example/api/v1/media/; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }

    fn it_is_kept_and_known_like_any_public_answer(app) {
        let editor = app.chief_editor();
        let author = content::made(&editor, "people", &json!({"displayName": "Tầng Phú An"}));
        let article = published(&editor, "Một tin", json!({"authorIds": [author.id()]}));
        let public = app.anonymous();
        let path = "/api/v1/articles/mot-tin/print";
        let first = public.get(path).expect(200);
        for name in ["etag", "last-modified", "cache-control", "surrogate-key"] {
            assert!(first.header(name).is_some(), "{name}");
        }
        let hits = app.api.cache.metrics().hits;
        let again = public.get(path).expect(200);
        assert_eq!((again.bytes, again.headers.len()), (first.bytes.clone(), first.headers.len() - 1), "all but what it cost");
        assert_eq!(app.api.cache.metrics().hits, hits + 1);
        let known = public.send("GET", path, &[("if-none-match", &first.etag())], None).expect(304);
        assert!(known.bytes.is_empty());
        let since = first.header("last-modified").unwrap().to_owned();
        public.send("GET", path, &[("if-modified-since", &since)], None).expect(304);
        assert_eq!(public.send("HEAD", path, &[], None).expect(200).bytes.len(), 0);
        // Whatever it shows is a change of it: who wrote it, how it is corrected.
        editor.patch(&format!("/api/v1/editorial/people/{}", author.id()), &author.etag(), &json!({"displayName": "Tầng An"})).expect(200);
        assert!(page(&public, "mot-tin").1.contains(">Tầng An</span>"));
        correct(&editor, &article, &json!({"summary": "Tóm tắt."}), "Đã sửa.");
        assert!(page(&public, "mot-tin").1.contains("Đã sửa."));
    }

    fn it_is_found_where_the_article_is(app) {
        let editor = app.chief_editor();
        let article = published(&editor, "Tên cũ", json!({}));
        let path = format!("/api/v1/editorial/articles/{}", article.id());
        let renamed = editor.patch(&path, &article.etag(), &json!({"slug": "ten-moi"})).expect(200);
        let renamed = content::publish(&editor, "articles", &renamed);
        let public = app.anonymous();
        let moved = public.get("/api/v1/articles/ten-cu/print?locale=vi").expect(301);
        assert_eq!(moved.header("location"), Some("https://tin.example/api/v1/articles/ten-moi/print?locale=vi"));
        public.get("/api/v1/articles/khong-co/print").expect(404);
        public.get("/api/v1/articles/ten-moi/print?body=text").expect(400);
        let draft = content::article(&editor, article.data()["categoryId"].as_str().unwrap(), "Bản thảo");
        public.get(&format!("/api/v1/articles/{}/print", draft.id())).expect(404);
        editor.post_at(&format!("{path}/actions/unpublish"), &renamed.etag(), &json!({})).expect(200);
        public.get("/api/v1/articles/ten-moi/print").expect(410);
    }
}
