//! What no answer may depend on: headers that are in no key of any cache, on every address that anybody may
//! read. Each of them has poisoned somebody's cache once. `cache/keys.rs` takes them one by one on two
//! addresses; here all of them come at once, before and after the answer is kept.

use bantin_tests::{
    Answer, TestApp, both, content,
    contract::{is_public, operations},
    seed::SeedPage,
    wire::{UNKEYED, Wire, essence},
};

/// The addresses of the document that anybody may read and that are no file, with something public in them.
fn addresses(page: &SeedPage) -> Vec<String> {
    let readings = operations().filter(|(method, _, operation)| method == "GET" && is_public(operation));
    let kept = readings.filter(|(_, path, operation)| {
        !path.ends_with("/original") && !operation.to_string().contains("text/event-stream")
    });
    let filled = kept.map(|(_, path, _)| {
        let id = match path.split("/{").next().unwrap().rsplit('/').next().unwrap() {
            "articles" => page.article.id(),
            "events" => page.event.id(),
            "speeches" => page.speeches[0].id(),
            "people" => page.director.id(),
            "organisations" => page.department.id(),
            "categories" => page.section.clone(),
            "tags" => page.tag.clone(),
            "media" => page.picture.id(),
            _ => content::NOBODY.to_owned(),
        };
        content::path_with(path, &id)
    });
    filled.collect()
}

/// A node that has answered nobody yet, and one that never keeps anything.
fn published(app: &TestApp) -> (Vec<String>, Wire, Wire) {
    let editor = app.chief_editor();
    let page = SeedPage::write(&editor);
    page.publish(&editor);
    app.tidy();
    app.clock.advance(60);
    (addresses(&page), Wire::to(&app.base), Wire::to(&app.base))
}

/// Fails where an answer is not the one that was expected, and says with which header that came.
#[track_caller]
fn same(answer: &Answer, expected: &Answer, when: &str) {
    assert_eq!(essence(answer), essence(expected), "{when}: {}", answer.request);
}

both! {
    fn no_header_that_is_not_in_the_key_poisons_a_cold_answer_or_alters_a_warm_one(app) {
        let (addresses, mut poisoner, mut reader) = published(&app);
        let node = app.another_node();
        node.api.watch.look();
        let mut plain = Wire::to(&node.base);
        let mut kept = 0;
        for address in addresses.iter().filter(|address| !address.starts_with("/readyz")) {
            let expected = plain.get(address);
            same(&poisoner.ask("GET", address, &UNKEYED, b""), &expected, "all at once, cold");
            let hits = app.api.cache.metrics().hits;
            same(&reader.get(address), &expected, "who came after");
            // One by one where the answer is kept: a hit is found before any handler looks at a header.
            if app.api.cache.metrics().hits > hits {
                kept += 1;
                for header in UNKEYED {
                    same(&poisoner.ask("GET", address, &[header], b""), &expected, "one, warm");
                }
            }
            same(&reader.get(address), &expected, "who came last");
        }
        assert!(kept > 15, "{kept} of {} addresses are kept", addresses.len());
    }

    fn neither_a_host_nor_an_absolute_address_is_believed(app) {
        let (addresses, mut poisoner, mut reader) = published(&app);
        let node = app.another_node();
        node.api.watch.look();
        let mut plain = Wire::to(&node.base);
        for address in addresses.iter().filter(|address| address.starts_with("/api/v1/")) {
            let expected = plain.get(address);
            for host in ["evil.example", "evil.example:80", "tin.example", "127.0.0.1", "xn--evil.example"] {
                same(&poisoner.ask("GET", address, &[("host", host)], b""), &expected, host);
            }
            let absolute = format!("http://evil.example{address}");
            same(&poisoner.ask("GET", &absolute, &[("host", "evil.example")], b""), &expected, "absolute");
            same(&reader.get(address), &expected, "who came after");
        }
    }

    fn a_token_that_is_none_spoils_nothing_for_those_who_show_none(app) {
        let (addresses, mut poisoner, mut reader) = published(&app);
        let node = app.another_node();
        node.api.watch.look();
        let mut plain = Wire::to(&node.base);
        for address in addresses.iter().filter(|address| address.starts_with("/api/v1/")) {
            let expected = plain.get(address);
            for token in ["Bearer", "Bearer junk", "Basic YTpi", "junk", "Bearer eyJhbGciOiJub25lIn0.e30."] {
                // What is said of it is for whoever showed something: a cache on the way is to keep none of it.
                let (mut shown, mut open) = (essence(&poisoner.ask("GET", address, &[("authorization", token)], b"")), essence(&expected));
                assert!(shown.1.contains(&("cache-control".to_owned(), "private, no-store".to_owned())), "{token} at {address}");
                for headers in [&mut shown.1, &mut open.1] {
                    headers.retain(|(name, _)| name != "cache-control");
                }
                assert_eq!(shown, open, "{token} at {address}");
            }
            same(&reader.get(address), &expected, "who came after");
        }
    }

    fn another_language_is_another_answer_and_no_other_wish_is(app) {
        let (addresses, mut poisoner, mut reader) = published(&app);
        for address in addresses.iter().filter(|address| address.starts_with("/api/v1/")) {
            let expected = reader.get(address);
            for (name, value) in [("accept-language", "xx, yy;q=0.1"), ("accept-language", "evil\u{e9}"), ("accept", "*/*")] {
                same(&poisoner.ask("GET", address, &[(name, value)], b""), &expected, value);
            }
            poisoner.ask("GET", address, &[("accept-language", "en")], b"");
            same(&reader.get(address), &expected, "who came after");
        }
    }
}
