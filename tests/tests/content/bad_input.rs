//! Bad input: named at each fault, answered with 4xx, and nothing of it written.

use bantin_tests::{
    Answer, Client, TestApp, both, content,
    content::{NOBODY, path_with},
    contract::{is_public, operations},
    spoil::{self, writes},
};
use serde_json::{Value, json};

/// A desk with something on it, and all that could change by a write that should have been refused.
struct Ground {
    editor: Client,
    section: String,
    before: Vec<Value>,
}

/// Every list of the desk, and the site: what is written shows there.
fn everything(editor: &Client) -> Vec<Value> {
    let lists = operations()
        .filter(|(method, path, _)| method == "GET" && path.starts_with("/api/v1/editorial/") && !path.contains('{'))
        // Of who came and went the log tells too.
        .filter(|(_, path, _)| !path.ends_with("/audit-log") && !path.ends_with("/users"));
    lists.map(|(_, path, _)| editor.get(path).expect(200).json).collect()
}

impl Ground {
    fn of(app: &TestApp) -> Self {
        let editor = app.admin();
        let section = content::category(&editor, "Tin");
        content::article(&editor, &section, "Một tin");
        content::event(&editor, "Hội nghị");
        let before = everything(&editor);
        Self { editor, section, before }
    }

    /// Sends a document to one of the addresses that take one, with all that it needs beside it.
    fn send(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        let headers = [("content-type", "application/json"), ("if-match", "\"1\"")];
        self.editor.send(method, &path_with(path, NOBODY), &headers, Some(body))
    }

    fn post(&self, collection: &str, write: &Value) -> Answer {
        self.editor.post(&format!("/api/v1/editorial/{collection}"), write)
    }

    /// What is wrong with an article that has this member.
    fn article_with(&self, member: &str, value: Value) -> Answer {
        let mut write = json!({"title": "Tin", "categoryId": self.section, "body": {"format": "text", "value": "a"}});
        write[member] = value;
        self.post("articles", &write)
    }

    /// Fails when anything was written since.
    #[track_caller]
    fn is_unchanged(&self) {
        assert_eq!(everything(&self.editor), self.before);
    }
}

/// An answer is a problem that names this place with this code.
#[track_caller]
fn names(answer: &Answer, status: u16, place: &str, code: &str) {
    let answer = answer.clone().expect(status);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{}", answer.request);
    let (_, faults) = answer.faults();
    assert!(
        faults.contains(&(place.to_owned(), code.to_owned())),
        "{}: no {code} at {place} in {faults:?}",
        answer.request
    );
}

/// A body is read whole before its form is known, so what does not fit in it is named by its place there
/// only when it breaks a rule, not when it breaks the schema.
fn is_in_a_body(place: &str) -> bool {
    place == "/body" || place.starts_with("/body/")
}

both! {
    fn what_is_no_json_is_refused_by_every_operation(app) {
        let ground = Ground::of(&app);
        let deep = [vec![b'['; 100_000], vec![b'{'; 100_000], br#"{"title":"#.repeat(50_000)];
        let broken: [&[u8]; 12] = [
            b"", b"{", b"{\"title\":}", b"nul", b"\xff\xfe{\0}\0", b"{\"title\":\"\xff\"}", b"{} {}", b"{},", b"{'title': 1}", b"{\"title\":NaN}",
            b"{\"\\ud800\":1}", b"\xef\xbb\xbf{}",
        ];
        for write in writes() {
            // A visit and whatever proves who somebody is are small: what is deep is too large already.
            let is_small = write.path == "/api/v1/visits" || write.path.starts_with("/api/v1/auth/");
            let deep = deep.iter().map(Vec::as_slice).filter(|_| !is_small);
            // An action without a document says nothing, which is fine.
            let is_action = write.path.contains("/actions/");
            for body in broken.into_iter().chain(deep).filter(|body| !(is_action && body.is_empty())) {
                let answer = ground.send(&write.method, write.path, body).expect(400);
                let shown = String::from_utf8_lossy(&body[..body.len().min(20)]).into_owned();
                assert_eq!(answer.header("content-type"), Some("application/problem+json"));
                let code = answer.json["code"].as_str().unwrap();
                assert!(["malformed_json", "unknown_member"].contains(&code), "{}: {code} for {shown}", answer.request);
            }
            for body in ["[]", "null", "7", "\"x\""] {
                ground.send(&write.method, write.path, body.as_bytes()).expect(400);
            }
        }
        ground.is_unchanged();
    }

    fn a_member_that_no_schema_knows_is_refused_wherever_it_stands(app) {
        let ground = Ground::of(&app);
        let mut tried = 0;
        for write in writes() {
            for spoilt in spoil::unknown_members(write.schema) {
                let answer = ground.send(&write.method, write.path, spoilt.document.to_string().as_bytes());
                if is_in_a_body(&spoilt.pointer) {
                    assert_eq!(answer.expect(400).json["code"], "unknown_member", "{spoilt:?}");
                } else {
                    names(&answer, 400, &spoilt.pointer, "unknown_member");
                }
                tried += 1;
            }
        }
        assert!(tried > 60, "{tried}");
        ground.is_unchanged();
    }

    fn a_value_of_another_type_is_refused_where_it_stands(app) {
        let ground = Ground::of(&app);
        for write in writes() {
            for spoilt in spoil::wrong_types(write.schema) {
                let answer = ground.send(&write.method, write.path, spoilt.document.to_string().as_bytes());
                let (_, faults) = answer.expect(400).faults();
                // A text for all languages or by language is one value, and its fault that of the value.
                let is_place = |(place, code): &(String, String)| {
                    (spoilt.pointer.starts_with(place.as_str()) && !place.is_empty() && code == "invalid_type") || is_in_a_body(place)
                };
                assert!(faults.iter().any(is_place), "{} {}: {spoilt:?}: {faults:?}", write.method, write.path);
            }
        }
        ground.is_unchanged();
    }

    fn what_is_no_id_names_nothing_in_a_path(app) {
        let ground = Ground::of(&app);
        let shouted = NOBODY.replace('-', "").to_uppercase();
        // What is found by a name or by a number has tests of its own.
        let by_id = |path: &str| ["{id}", "{ref}", "{attendeeId}", "{linkId}"].iter().any(|name| path.contains(name));
        for (method, path, operation) in operations().filter(|(_, path, _)| by_id(path)) {
            for id in ["1abc", "+1", "01", "0", "-1", "1e3", "99999999999999999999", "%00", "%ff", "'%20OR%201=1--", "{x}", "..%2f..", &shouted, &"9".repeat(3_000)] {
                let id = id.replace('{', "%7B").replace('}', "%7D");
                let headers = [("content-type", "application/json"), ("if-match", "\"1\"")];
                let body = if path.ends_with("/attendees") && method == "PUT" { "{\"items\":[]}" } else { "{}" };
                let body = if path.ends_with("/programme") && method == "PUT" { "{\"speechIds\":[]}" } else { body };
                let client = if is_public(operation) { &app.anonymous() } else { &ground.editor };
                let answer = client.send(&method, &path_with(path, &id), &headers, (method != "GET").then_some(body.as_bytes()));
                assert_eq!((answer.status, answer.json["code"].as_str()), (404, Some("not_found")), "{}", answer.request);
            }
        }
        ground.is_unchanged();
    }

    fn what_is_no_id_is_refused_in_a_document(app) {
        let ground = Ground::of(&app);
        // What a step of the workflow may say depends on the step; it has tests of its own.
        // And hits that are reported are judged one by one.
        let is_judged_whole = |path: &str| !path.contains("/actions/") && !path.ends_with("/visits/batch");
        let desk = || writes().filter(|write| write.path.starts_with("/api/v1/editorial/") && is_judged_whole(write.path));
        for id in ["", "1", "1abc", "+1", "99999999999999999999", "\u{0}", "01900000000070008000000000000001", "{01900000-0000-7000-8000-000000000001}"] {
            for write in desk() {
                for spoilt in spoil::with_text(write.schema, Some("uuid"), id) {
                    let answer = ground.send(&write.method, write.path, spoilt.document.to_string().as_bytes());
                    // Its own id and its translation group are said at birth, and a patch that names them is refused for that.
                    let is_birth = write.method == "PATCH" && ["/id", "/translationOf"].contains(&spoilt.pointer.as_str());
                    names(&answer, 422, &spoilt.pointer, if is_birth { "immutable" } else { "invalid_id" });
                }
            }
            for member in ["authorIds", "eventIds", "attachmentIds"] {
                names(&ground.article_with(member, json!([NOBODY, id])), 422, &format!("/{member}/1"), "invalid_id");
            }
        }
        ground.is_unchanged();
    }

    fn an_id_that_nothing_has_is_refused_in_a_document(app) {
        let ground = Ground::of(&app);
        for member in ["categoryId", "coverId", "translationOf"] {
            names(&ground.article_with(member, json!(NOBODY)), 422, &format!("/{member}"), "unknown_reference");
        }
        for member in ["authorIds", "eventIds", "attachmentIds"] {
            names(&ground.article_with(member, json!([NOBODY])), 422, &format!("/{member}/0"), "unknown_reference");
        }
        let speech = json!({"eventId": NOBODY, "kind": "report", "title": "Báo cáo"});
        names(&ground.post("speeches", &speech), 422, "/eventId", "unknown_reference");
        ground.is_unchanged();
    }

    fn a_speech_of_another_event_is_no_part_of_a_programme(app) {
        let mut ground = Ground::of(&app);
        let (here, there) = (content::event(&ground.editor, "Đây"), content::event(&ground.editor, "Kia"));
        let foreign = content::made(&ground.editor, "speeches", &json!({"eventId": there.id(), "kind": "report", "title": "Báo cáo"}));
        ground.before = everything(&ground.editor);
        let path = format!("/api/v1/editorial/events/{}/programme", here.id());
        let refused = ground.editor.put(&path, &here.etag(), &json!({"speechIds": [foreign.id()]}));
        names(&refused, 422, "/speechIds/0", "unknown_reference");
        // Somebody else's event is none that an author could put a speech in.
        let speech = json!({"eventId": there.id(), "kind": "report", "title": "Lén"});
        let refused = app.author().post("/api/v1/editorial/speeches", &speech);
        assert!([403, 404, 422].contains(&refused.status), "{}", refused.status);
        ground.is_unchanged();
    }

    fn a_page_that_no_list_has_is_refused(app) {
        let ground = Ground::of(&app);
        let has_pages = |operation: &Value| operation["parameters"].as_array().is_some_and(|all| all.iter().any(|one| one["name"] == "page"));
        let mut tried = 0;
        for (_, path, _) in operations().filter(|(_, path, operation)| has_pages(operation) && !path.contains('{')) {
            let ask = |query: &str| ground.editor.get(&format!("{path}?{query}"));
            for value in ["12345678901234567890", "0", "-1", "1.5", "%2B1", "01", "", "x", "1%00", "%D9%A1"] {
                for parameter in ["page", "limit"] {
                    names(&ask(&format!("{parameter}={value}")), 400, parameter, "invalid_parameter");
                }
            }
            names(&ask("limit=101"), 400, "limit", "invalid_parameter");
            names(&ask("page=502&limit=20"), 400, "page", "invalid_parameter");
            names(&ask("count=yes"), 400, "count", "invalid_parameter");
            for cursor in ["x", "e30", "AAAA", "%00", "bnVsbA", "W10", &"A".repeat(3_000)] {
                assert_eq!(ask(&format!("cursor={cursor}")).expect(400).faults().1[0].0, "cursor", "{path} {cursor}");
            }
            tried += 1;
        }
        assert!(tried >= 10, "{tried}");
    }

    fn hostile_queries_are_answered_or_refused_and_never_a_fault_of_ours(app) {
        let ground = Ground::of(&app);
        let hostile = [
            "'", "''", "\"", "%27%20OR%201=1--", "%27;DROP%20TABLE%20articles;--", "/*", "*/", "--", "%00", "%ff", "%c0%80", "%", "%zz", "\\", "%5c", "%25", "_",
            "[", "]", "[]", "[$ne]", "{}", "$1", "?", "%3f", ":1", "@x", "(select%201)", "%F0%9F%A6%80", "%e1%ba%a1", "%EF%BF%BF", "%ED%A0%80", "1e999", "-0",
            "true", "null", "NaN", "2023-02-31", "-0001-11-30", "99999-01-01", "../../etc/passwd", "%0d%0aX-Evil:%201", "<script>", "${jndi:ldap://x}",
        ];
        for (_, path, operation) in operations().filter(|(method, path, operation)| method == "GET" && is_public(operation) && path.starts_with("/api/")) {
            let path = path_with(path, "tin");
            let known = operation["parameters"].as_array().into_iter().flatten().filter(|one| one["in"] == "query");
            let names: Vec<&str> = known.map(|one| one["name"].as_str().unwrap()).chain(["", "q", "__proto__", "filter", "filter[x][y]", "a[]"]).collect();
            for text in hostile {
                let text = text.replace('"', "%22").replace('{', "%7B").replace('}', "%7D").replace('<', "%3C").replace('>', "%3E").replace('\\', "%5C");
                for name in &names {
                    let answer = app.anonymous().get(&format!("{path}?{name}={text}"));
                    assert!([200, 400, 404].contains(&answer.status), "{}: {}", answer.request, answer.status);
                    assert_eq!(answer.header("x-evil"), None);
                }
                assert!([200, 400, 404].contains(&app.anonymous().get(&format!("{path}?{text}")).status), "{path}?{text}");
            }
        }
        ground.is_unchanged();
    }

    fn nul_is_taken_nowhere(app) {
        let ground = Ground::of(&app);
        let mut codes = std::collections::BTreeSet::new();
        // Hits that are reported are judged one by one.
        let is_judged_whole = |path: &str| !["/actions/", "/roles", "/visits/batch"].iter().any(|other| path.contains(other));
        for write in writes().filter(|write| write.path.starts_with("/api/v1/editorial/") && is_judged_whole(write.path)) {
            // Of a permission that does not exist no scope is looked at.
            let spoilt = spoil::with_text(write.schema, None, "a\u{0}b").into_iter().filter(|one| !one.pointer.ends_with("/scope"));
            for spoilt in spoilt {
                let answer = ground.send(&write.method, write.path, spoilt.document.to_string().as_bytes()).expect(422);
                let (_, faults) = answer.faults();
                let fault = faults.iter().find(|(place, _)| *place == spoilt.pointer);
                let (_, code) = fault.unwrap_or_else(|| panic!("{}: {} is not in {faults:?}", answer.request, spoilt.pointer));
                codes.insert(code.clone());
            }
        }
        for member in ["title", "summary", "byline"] {
            names(&ground.article_with(member, json!("a\u{0}b")), 422, &format!("/{member}"), "invalid_characters");
        }
        names(&ground.article_with("tags", json!(["ok", "\u{0}"])), 422, "/tags/1", "invalid_characters");
        assert!(codes.contains("invalid_characters"), "{codes:?}");
        ground.is_unchanged();
    }

    fn half_a_character_is_no_json(app) {
        let ground = Ground::of(&app);
        for half in ["\\ud800", "\\udc00", "\\ud83d\\ud83d", "a\\udfffb"] {
            let write = format!("{{\"title\":\"{half}\",\"categoryId\":\"{}\",\"body\":{{\"format\":\"text\",\"value\":\"a\"}}}}", ground.section);
            assert_eq!(ground.send("POST", "/api/v1/editorial/articles", write.as_bytes()).expect(400).json["code"], "malformed_json");
        }
        ground.is_unchanged();
    }

    fn a_title_has_at_most_three_hundred_characters(app) {
        let ground = Ground::of(&app);
        names(&ground.article_with("title", json!("ạ".repeat(301))), 422, "/title", "too_long");
        names(&ground.article_with("summary", json!("ạ".repeat(2_001))), 422, "/summary", "too_long");
        names(&ground.post("events", &json!({"title": "ạ".repeat(301), "kind": "other", "startsOn": "2023-01-01"})), 422, "/title", "too_long");
        ground.is_unchanged();
        ground.article_with("title", json!("ạ".repeat(300))).expect(201);
    }

    fn what_must_be_said_is_asked_for_by_name(app) {
        let ground = Ground::of(&app);
        for (collection, required) in [
            ("articles", &["/title", "/body", "/categoryId"][..]),
            ("events", &["/title", "/kind"]),
            ("speeches", &["/eventId", "/kind", "/title"]),
            ("pages", &["/title", "/body"]),
            ("categories", &["/name"]),
            ("tags", &["/name"]),
            ("people", &["/displayName"]),
            ("organisations", &["/name"]),
        ] {
            let refused = ground.post(collection, &json!({}));
            for place in required {
                names(&refused, 422, place, "required");
            }
        }
        for blank in ["", " ", "\u{a0}", "\u{200b}", "\t\n"] {
            let refused = ground.article_with("title", json!(blank)).expect(422);
            assert_eq!(refused.faults().1[0].0, "/title", "{blank:?}");
        }
        names(&ground.article_with("title", json!("")), 422, "/title", "required");
        ground.is_unchanged();
    }

    fn a_slug_is_never_repaired(app) {
        let ground = Ground::of(&app);
        for slug in ["", "Hoa", "hội-nghị", "a b", "-a", "a-", "a--b", "a/b", "a_b", "..", "%20", "a\u{0}", &"a".repeat(161)] {
            names(&ground.article_with("slug", json!(slug)), 422, "/slug", "invalid_slug");
        }
        for slug in ["archive", "index", NOBODY] {
            names(&ground.article_with("slug", json!(slug)), 422, "/slug", "reserved_slug");
        }
        ground.is_unchanged();
    }

    fn all_faults_of_a_document_are_named_at_once(app) {
        let ground = Ground::of(&app);
        let refused = ground.post("articles", &json!({
            "title": "", "slug": "Not A Slug", "categoryId": "x", "publishedAt": "2023-02-31", "coverId": "1abc", "tags": ["ok", "a\u{0}"],
            "citations": [{"number": "", "url": "javascript:alert(1)"}], "locale": "VN!", "body": {"format": "text", "value": "a"},
        }));
        for (place, code) in [
            ("/title", "required"), ("/slug", "invalid_slug"), ("/categoryId", "invalid_id"), ("/publishedAt", "invalid_date"), ("/coverId", "invalid_id"),
            ("/tags/1", "invalid_characters"), ("/citations/0/number", "required"), ("/citations/0/url", "invalid_url"), ("/locale", "invalid_locale"),
        ] {
            names(&refused, 422, place, code);
        }
        assert_eq!(refused.faults().1.len(), 9, "and nothing else");
        ground.is_unchanged();
    }

    fn a_day_that_is_in_no_calendar_is_refused(app) {
        let ground = Ground::of(&app);
        let days = ["-0001-11-30", "2023-02-31", "2023-02-29", "31/02/2023", "2023-2-1", "0000-00-00", "10000-01-01", "2023-13-01", "", "hôm nay"];
        let event = |member: &str, value: &str| ground.post("events", &json!({"title": "Hội thảo", "kind": "workshop", member: value}));
        for day in days {
            names(&event("startsOn", day), 422, "/startsOn", "invalid_date");
            let hour = format!("{day}T08:00:00+07:00");
            names(&event("startsAt", &hour), 422, "/startsAt", "invalid_date");
            names(&ground.article_with("publishedAt", json!(hour)), 422, "/publishedAt", "invalid_date");
        }
        for hour in ["2023-02-28", "2023-02-28T08:00:00", "2023-02-28T25:00:00Z", "2023-02-28T08:00:61Z", "2023-02-28 08:00", "1677628800", "-0001-11-30T00:00:00Z"] {
            names(&event("startsAt", hour), 422, "/startsAt", "invalid_date");
        }
        ground.is_unchanged();
    }

    fn an_event_ends_after_it_starts(app) {
        let ground = Ground::of(&app);
        let event = |span: Value| {
            let mut write = json!({"title": "Hội thảo", "kind": "workshop"});
            write.as_object_mut().unwrap().extend(span.as_object().unwrap().clone());
            ground.post("events", &write)
        };
        names(&event(json!({"startsOn": "2023-03-02", "endsOn": "2023-03-01"})), 422, "/endsOn", "ends_before_start");
        let hours = json!({"startsAt": "2023-03-01T08:00:00+07:00", "endsAt": "2023-03-01T00:59:59Z"});
        names(&event(hours), 422, "/endsAt", "ends_before_start");
        ground.is_unchanged();
    }

    fn a_category_stands_below_no_part_of_itself(app) {
        let mut ground = Ground::of(&app);
        let below = content::made(&ground.editor, "categories", &json!({"name": "Dưới", "parentId": ground.section}));
        ground.before = everything(&ground.editor);
        let path = format!("/api/v1/editorial/categories/{}", ground.section);
        for parent in [&ground.section, &below.id()] {
            names(&ground.editor.patch(&path, "\"1\"", &json!({"parentId": parent})), 422, "/parentId", "cycle");
        }
        ground.is_unchanged();
    }

    fn a_member_is_said_once(app) {
        let ground = Ground::of(&app);
        for (method, path, body) in [
            ("POST", "/api/v1/editorial/tags", r#"{"name": "Một", "name": "Hai"}"#),
            ("POST", "/api/v1/editorial/tags", r#"{"name": "Một", "n\u0061me": "Hai"}"#),
            ("PATCH", "/api/v1/editorial/site", r#"{"contact": {"phone": "1", "phone": "2"}}"#),
            ("PATCH", "/api/v1/editorial/site", r#"{"menus": {"main": [{"label": "a", "label": "b"}]}}"#),
        ] {
            assert_eq!(ground.send(method, path, body.as_bytes()).expect(400).json["code"], "malformed_json", "{body}");
        }
        ground.is_unchanged();
    }

    fn a_document_of_two_megabytes_is_too_large(app) {
        let ground = Ground::of(&app);
        let large = json!({"title": "a".repeat(2 * 1024 * 1024)}).to_string();
        for write in writes() {
            let refused = ground.send(&write.method, write.path, large.as_bytes()).expect(413);
            assert_eq!((refused.json["code"].as_str(), refused.header("content-type")), (Some("too_large"), Some("application/problem+json")));
        }
        ground.is_unchanged();
    }

    fn a_list_without_end_is_refused_in_few_words(app) {
        let ground = Ground::of(&app);
        let million = |element: &str| format!("{{\"tags\":[{}]}}", vec![element; 1_000_000].join(","));
        ground.send("POST", "/api/v1/editorial/articles", million("0").as_bytes()).expect(413);
        for (member, element) in [
            ("tags", json!("")), ("authorIds", json!("")), ("attachmentIds", json!("x")), ("eventIds", json!("")), ("citations", json!({"number": ""})),
        ] {
            let room = 1_000_000 / (element.to_string().len() + 1);
            let refused = ground.article_with(member, json!(vec![element; room / 2])).expect(422);
            assert!(refused.bytes.len() < 100_000, "{member}: {} bytes of an answer", refused.bytes.len());
        }
        let blocks: Vec<Value> = vec![json!({"type": "divider"}); 50_000];
        let refused = ground.article_with("body", json!({"format": "blocks", "value": blocks})).expect(422);
        assert!(refused.bytes.len() < 100_000, "{} bytes of an answer", refused.bytes.len());
        ground.is_unchanged();
    }

    fn nesting_without_end_is_refused_or_flattened(app) {
        let ground = Ground::of(&app);
        let menu = (0..60).fold(json!([]), |children, _| json!([{"label": "a", "children": children}]));
        let version = ground.editor.get("/api/v1/editorial/site").expect(200).etag();
        let refused = ground.editor.patch("/api/v1/editorial/site", &version, &json!({"menus": {"main": menu}}));
        assert!([400, 422].contains(&refused.status), "{}", refused.status);
        let mut list = json!([]);
        for _ in 0..5_000 {
            list = json!([list]);
            if list.to_string().len() > 200 { break; }
        }
        ground.article_with("body", json!({"format": "blocks", "value": list})).expect(400);
        ground.is_unchanged();
        for (open, close) in [("<b>", "</b>"), ("<div>", "</div>"), ("<ul><li>", "</li></ul>"), ("<figure>", "</figure>"), ("<table><tr><td>", "")] {
            for html in [format!("{}a{}", open.repeat(20_000), close.repeat(20_000)), open.repeat(50_000)] {
                let answer = ground.article_with("body", json!({"format": "html", "value": html}));
                assert!([201, 422].contains(&answer.status), "{open}: {}", answer.status);
            }
        }
        let quotes = json!({"format": "markdown", "value": format!("{}a", "> ".repeat(20_000))});
        assert!([201, 422].contains(&ground.article_with("body", quotes).status));
    }

    fn a_document_comes_as_json(app) {
        let ground = Ground::of(&app);
        for write in writes() {
            for given in [None, Some("text/html"), Some("application/xml"), Some("application/x-www-form-urlencoded"), Some("application/jsonp"), Some("text/json")] {
                let mut headers = vec![("if-match", "\"1\"")];
                headers.extend(given.map(|given| ("content-type", given)));
                let answer = ground.editor.send(&write.method, &path_with(write.path, NOBODY), &headers, Some(b"{}")).expect(415);
                assert_eq!(answer.json["code"], "unsupported_media_type");
            }
        }
        ground.is_unchanged();
    }
}
