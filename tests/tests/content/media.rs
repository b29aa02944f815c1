//! Pictures: what is taken for one, who sees it and when, and how its bytes come back.

use bantin_persistence::{StoreError, changes};
use bantin_tests::{Answer, Client, TestApp, both, content};
use serde_json::{Value, json};

const DESK: &str = "/api/v1/editorial/media";

/// The least that is a PNG of 2 by 1 pixels; its checksums are not looked at.
fn png() -> Vec<u8> {
    let header = b"\0\0\0\x0dIHDR\0\0\0\x02\0\0\0\x01\x08\x02\0\0\0crc.";
    [b"\x89PNG\r\n\x1a\n", header.as_slice(), b"\0\0\0\x06IDATpixelscrc.", b"\0\0\0\0IENDcrc."].concat()
}

/// A PNG that is as long as it is told to be.
fn long_png(length: usize) -> Vec<u8> {
    let rest = length - png().len() - 12;
    let chunk = [&u32::try_from(rest).unwrap().to_be_bytes(), b"IDAT".as_slice(), &vec![0; rest], b"crc."].concat();
    let (start, end) = (&png()[..33], &png()[33..]);
    [start, &chunk, end].concat()
}

/// One part of a form: its name, what it calls its file, its bytes.
type Part<'a> = (&'a str, Option<&'a str>, &'a [u8]);

/// A form as a browser sends it, every part of it called a page.
fn form(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file, bytes) in parts {
        let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        let head =
            format!("--X\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\nContent-Type: text/html\r\n\r\n");
        body.extend([head.as_bytes(), bytes, b"\r\n"].concat());
    }
    body.extend(b"--X--\r\n");
    body
}

fn send(client: &Client, body: &[u8]) -> Answer {
    client.send("POST", DESK, &[("content-type", "multipart/form-data; boundary=X")], Some(body))
}

fn upload(client: &Client) -> Answer {
    send(client, &form(&[("file", Some("ảnh.png"), &png()), ("alt", None, "Hội nghị".as_bytes())])).expect(201)
}

/// An article that shows a picture as its cover.
fn article_with_cover(client: &Client, media: &str) -> Answer {
    let category = content::category(client, "Tin tức");
    let article = content::article(client, &category, "Hội nghị tổng kết");
    client
        .patch(&format!("/api/v1/editorial/articles/{}", article.id()), &article.etag(), &json!({"coverId": media}))
        .expect(200)
}

fn public(media: &Answer) -> String {
    format!("/api/v1/media/{}", media.id())
}

fn original(media: &Answer) -> String {
    format!("{}/original", public(media))
}

/// What lies in the folder of media, at any depth.
fn files(app: &TestApp) -> usize {
    let folders = std::fs::read_dir(app.folder.join("media")).map(|folders| folders.flatten().collect::<Vec<_>>());
    folders.unwrap_or_default().iter().map(|folder| std::fs::read_dir(folder.path()).unwrap().count()).sum()
}

both! {
    fn an_upload_is_known_by_its_bytes_and_kept_as_it_came(app) {
        let author = app.author();
        let texts: [Part<'_>; 2] = [("alt", None, "Hội nghị".as_bytes()), ("credit", None, b"")];
        let made = send(&author, &form(&[texts[0], ("file", Some("../../ảnh.html"), &png()), texts[1]])).expect(201);
        let data = made.data();
        assert_eq!((&data["mimeType"], &data["kind"]), (&json!("image/png"), &json!("image")));
        assert_eq!((&data["width"], &data["height"], &data["bytes"]), (&json!(2), &json!(1), &json!(63)));
        assert_eq!(data["fileName"], "ảnh.html.png");
        assert_eq!((&data["alt"], &data["caption"], &data["credit"]), (&json!("Hội nghị"), &Value::Null, &Value::Null));
        assert_eq!(data["variants"], json!({}));
        assert_eq!(made.header("location").unwrap(), format!("https://tin.example{DESK}/{}", made.id()));
        let read = author.get(&format!("{DESK}/{}", made.id())).expect(200);
        assert_eq!((read.data(), read.etag()), (data, "\"1\"".to_owned()));
        let bytes = author.get(&format!("{DESK}/{}/original", made.id())).expect(200);
        assert_eq!((bytes.bytes.as_slice(), bytes.header("cache-control")), (png().as_slice(), Some("private, no-store")));
    }

    fn what_is_no_picture_is_refused_and_leaves_nothing(app) {
        let author = app.author();
        let file = |bytes: &[u8]| form(&[("file", Some("x.jpg"), bytes)]);
        for (bytes, status, code) in [
            (&b"<script>alert(1)</script>"[..], 415, "unsupported_media_type"),
            (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", 415, "unsupported_media_type"),
            (b"GIF89a\x01\0\x01\0", 415, "unsupported_media_type"),
            (b"", 415, "unsupported_media_type"),
            (b"\xff\xd8\xff<html><script>alert(1)</script>", 422, "invalid_image"),
            (&png()[..40], 422, "invalid_image"),
            (&[png(), b"<script>".to_vec()].concat(), 422, "invalid_image"),
        ] {
            let answer = send(&author, &file(bytes)).expect(status);
            assert_eq!(answer.json["code"], code, "{bytes:?}");
        }
        assert_eq!(files(&app), 0);
        assert_eq!(author.get(DESK).expect(200).data(), &json!([]));
    }

    fn a_form_has_one_file_and_no_part_that_is_unknown_or_doubled(app) {
        let author = app.author();
        let picture = png();
        let file: Part<'_> = ("file", Some("x.png"), &picture);
        let faults = |parts: &[Part<'_>], status| send(&author, &form(parts)).expect(status).faults();
        let fault = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
        assert_eq!(faults(&[("alt", None, b"x")], 422).1, fault("/file", "required"));
        assert_eq!(faults(&[file, file], 400).1, fault("/file", "duplicate"));
        assert_eq!(faults(&[("alt", None, b"x"), file, ("alt", None, b"y")], 400).1, fault("/alt", "duplicate"));
        assert_eq!(faults(&[file, ("title", None, b"x")], 400).0, "unknown_member");
        assert_eq!(faults(&[file, ("alt", None, &[b'x'; 501])], 422).1, fault("/alt", "too_long"));
        assert_eq!(faults(&[file, ("caption", None, &[b'x'; 100_000])], 422).1, fault("/caption", "too_long"));
        assert_eq!(faults(&[file, ("credit", None, b"\xff")], 422).1, fault("/credit", "invalid_characters"));
        let whole = form(&[file]);
        for broken in [&b""[..], b"--X", b"no form at all", &whole[..whole.len() - 20]] {
            send(&author, broken).expect(400);
        }
        author.send("POST", DESK, &[("content-type", "image/png")], Some(&picture)).expect(415);
        author.send("POST", DESK, &[("content-type", "multipart/form-data")], Some(&whole)).expect(400);
        assert_eq!(files(&app), 0);
    }

    fn ten_megabytes_are_taken_and_one_byte_more_is_not(app) {
        let author = app.author();
        let most = 10 * 1024 * 1024;
        let made = send(&author, &form(&[("file", Some("x.png"), &long_png(most))])).expect(201);
        assert_eq!(made.data()["bytes"], json!(most));
        let bytes = author.get(&format!("{DESK}/{}/original", made.id())).expect(200).bytes;
        assert!(bytes == long_png(most));
        send(&author, &form(&[("file", Some("x.png"), &long_png(most + 1))])).expect(413);
        assert_eq!(files(&app), 1);
    }

    fn a_picture_is_public_only_while_something_public_shows_it(app) {
        let (chief, anybody) = (app.chief_editor(), app.anonymous());
        let media = upload(&chief);
        let seen = |status| [public(&media), original(&media)].map(|path| anybody.get(&path).expect(status));
        let article = article_with_cover(&chief, &media.id());
        seen(404);
        let published = content::publish(&chief, "articles", &article);
        let [known, bytes] = seen(200);
        assert_eq!(known.data()["url"], format!("https://tin.example{}", original(&media)));
        assert!(known.data().get("version").is_none(), "the desk's members stay at the desk");
        assert_eq!(bytes.bytes, png());
        let unpublish = format!("/api/v1/editorial/articles/{}/actions/unpublish", article.id());
        chief.post_at(&unpublish, &published.etag(), &json!({})).expect(200);
        seen(404);
    }

    fn the_bytes_come_with_headers_that_let_nothing_run_and_everybody_keep_them(app) {
        let (chief, anybody) = (app.chief_editor(), app.anonymous());
        let media = upload(&chief);
        content::publish(&chief, "articles", &article_with_cover(&chief, &media.id()));
        let whole = anybody.get(&original(&media)).expect(200);
        for (name, value) in [
            ("content-type", "image/png"),
            ("content-length", "63"),
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "sandbox; default-src 'none'"),
            ("cache-control", "public, max-age=31536000, immutable"),
            ("content-disposition", "inline; filename=\"_nh.png\"; filename*=UTF-8''%E1%BA%A3nh.png"),
            ("accept-ranges", "bytes"),
        ] {
            assert_eq!(whole.header(name), Some(value), "{name}");
        }
        let again = anybody.send("GET", &original(&media), &[("if-none-match", &whole.etag())], None).expect(304);
        assert_eq!((again.etag(), again.bytes.len()), (whole.etag(), 0));
        let head = anybody.send("HEAD", &original(&media), &[], None).expect(200);
        assert_eq!((head.header("content-length"), head.etag(), head.bytes.len()), (Some("63"), whole.etag(), 0));
    }

    fn a_part_of_the_bytes_can_be_asked_for(app) {
        let (chief, anybody) = (app.chief_editor(), app.anonymous());
        let media = upload(&chief);
        content::publish(&chief, "articles", &article_with_cover(&chief, &media.id()));
        let part = |range: &str| anybody.send("GET", &original(&media), &[("range", range)], None);
        let name = part("bytes=1-3").expect(206);
        assert_eq!((name.bytes.as_slice(), name.header("content-range")), (&b"PNG"[..], Some("bytes 1-3/63")));
        assert_eq!(part("bytes=-4").expect(206).bytes, b"crc.");
        let beyond = part("bytes=63-").expect(416);
        assert_eq!(beyond.header("content-range"), Some("bytes */63"));
        assert_eq!(part("bytes=0-0,5-9").expect(200).bytes, png());
    }

    fn who_uploaded_a_picture_changes_its_texts_and_other_authors_do_not(app) {
        let (author, editor) = (app.author(), app.editor());
        let other = app.user(bantin_domain::policy::Role::Author, "tac-gia-khac@so.example");
        let media = upload(&author);
        let path = format!("{DESK}/{}", media.id());
        other.patch(&path, "\"1\"", &json!({"alt": "x"})).expect(403);
        let changed = author.patch(&path, "\"1\"", &json!({"alt": null, "caption": "Toàn cảnh"})).expect(200);
        assert_eq!((&changed.data()["alt"], &changed.data()["caption"]), (&Value::Null, &json!("Toàn cảnh")));
        assert_eq!(changed.etag(), "\"2\"");
        author.patch(&path, "\"1\"", &json!({"alt": "x"})).expect(412);
        let same = author.patch(&path, "\"2\"", &json!({"caption": "Toàn cảnh"})).expect(200);
        assert_eq!(same.etag(), "\"2\"", "a write that changes nothing writes nothing");
        editor.patch(&path, "\"2\"", &json!({"credit": "P.K"})).expect(200);
        assert_eq!(author.patch(&path, "\"3\"", &json!({"mimeType": "text/html"})).expect(400).json["code"], "unknown_member");
        assert_eq!(author.patch(&path, "\"3\"", &json!({"alt": ""})).expect(422).faults().1[0].0, "/alt");
    }

    fn another_text_is_logged_only_where_the_public_sees_it(app) {
        let chief = app.chief_editor();
        let media = upload(&chief);
        let logged = || app.api.app.store().public::<_, StoreError>(changes::head).unwrap();
        let path = format!("{DESK}/{}", media.id());
        let before = logged();
        chief.patch(&path, "\"1\"", &json!({"alt": "Toàn cảnh"})).expect(200);
        assert_eq!(logged(), before);
        content::publish(&chief, "articles", &article_with_cover(&chief, &media.id()));
        let before = logged();
        chief.patch(&path, "\"2\"", &json!({"alt": "Quang cảnh"})).expect(200);
        assert_eq!(logged(), before + 1);
    }

    fn only_who_may_upload_does(app) {
        send(&app.anonymous(), &form(&[("file", Some("x.png"), &png())])).expect(401);
        let integrator = app.user(bantin_domain::policy::Role::Integrator, "may@so.example");
        // Who may not even see one is told of none, and nothing is read of theirs.
        send(&integrator, b"not even looked at").expect(404);
        assert_eq!(files(&app), 0);
    }

    fn what_is_used_is_not_deleted_and_what_is_not_goes_with_its_bytes(app) {
        let chief = app.chief_editor();
        let media = upload(&chief);
        let path = format!("{DESK}/{}", media.id());
        let article = article_with_cover(&chief, &media.id());
        let refused = chief.delete(&path, "\"1\"").expect(409);
        assert_eq!((&refused.json["code"], &refused.json["uses"][0]["id"]), (&json!("in_use"), &json!(article.id())));
        // The working copy lets it go, what the public sees does not yet.
        let published = content::publish(&chief, "articles", &article);
        let article_path = format!("/api/v1/editorial/articles/{}", article.id());
        let without = chief.patch(&article_path, &published.etag(), &json!({"coverId": null})).expect(200);
        chief.delete(&path, "\"1\"").expect(409);
        content::publish(&chief, "articles", &without);
        assert_eq!(files(&app), 1);
        chief.delete(&path, "\"2\"").expect(412);
        chief.delete(&path, "\"1\"").expect(204);
        assert_eq!(files(&app), 0);
        chief.get(&path).expect(404);
    }

    fn the_desk_pages_through_the_newest_first(app) {
        let author = app.author();
        let made: Vec<String> = (0..3)
            .map(|_| {
                app.clock.advance(1);
                upload(&author).id()
            })
            .collect();
        let ids = |answer: &Answer| -> Vec<String> {
            answer.data().as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
        };
        let first = author.get(&format!("{DESK}?limit=2&count=exact")).expect(200);
        assert_eq!((ids(&first), &first.json["page"]["total"]), (vec![made[2].clone(), made[1].clone()], &json!(3)));
        let next = first.json["page"]["next"].as_str().unwrap();
        let second = author.get(&format!("{DESK}?limit=2&cursor={next}")).expect(200);
        assert_eq!(ids(&second), [made[0].clone()]);
        let previous = second.json["page"]["previous"].as_str().unwrap();
        assert_eq!(ids(&author.get(&format!("{DESK}?limit=2&cursor={previous}")).expect(200)), ids(&first));
        author.get(&format!("{DESK}?filter[kind]=image")).expect(400);
    }

    fn who_may_read_only_their_own_pictures_is_shown_those(app) {
        let admin = app.admin();
        let permissions: Vec<Value> = [("media:read", "own"), ("media:create", "any")].map(|(one, scope)| json!({"permission": one, "scope": scope})).into();
        admin.post("/api/v1/editorial/roles", &json!({"name": "photographer", "title": "Người chụp ảnh", "permissions": permissions})).expect(201);
        let id = app.author().get("/api/v1/auth/me").expect(200).id();
        admin.patch(&format!("/api/v1/editorial/users/{id}"), "\"1\"", &json!({"role": "photographer"})).expect(200);
        let photographer = app.log_in("tac-gia@so.example");
        let foreign = content::picture(&admin, "Của người khác", "");
        let own: Vec<String> = ["Một", "Hai", "Ba"].iter().map(|alt| content::picture(&photographer, alt, "").id()).collect();
        content::picture(&admin, "Của người khác", "");
        let mut seen = Vec::new();
        let mut query = "limit=2&count=exact".to_owned();
        loop {
            let page = photographer.get(&format!("/api/v1/editorial/media?{query}")).expect(200);
            seen.extend(page.data().as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
            assert_eq!(page.json["page"]["total"], 3);
            let Some(next) = page.json["page"]["next"].as_str() else { break };
            query = format!("limit=2&count=exact&cursor={next}");
        }
        seen.sort_unstable();
        assert_eq!(seen, own);
        photographer.get(&format!("/api/v1/editorial/media/{}", foreign.id())).expect(404);
        assert_eq!(admin.get("/api/v1/editorial/media").expect(200).data().as_array().unwrap().len(), 5);
        // Who may not even read their own is told of no list.
        admin.patch("/api/v1/editorial/roles/photographer", "\"1\"", &json!({"permissions": []})).expect(200);
        photographer.get("/api/v1/editorial/media").expect(404);
    }
}
