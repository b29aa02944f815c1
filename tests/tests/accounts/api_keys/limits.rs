//! How often a key may come, and that no public answer tells whether one was shown.

use bantin_tests::{
    Client, TestApp, both, content,
    wire::{Wire, essence},
};
use serde_json::json;

use crate::api_keys::{TAGS, code, give, path_of, program, rotate, secret_of};

/// The fields that say how a key stands.
fn fields(client: &Client, path: &str) -> (u16, Option<String>, Option<String>) {
    let answer = client.get(path);
    let header = |name| answer.header(name).map(ToOwned::to_owned);
    (answer.status, header("ratelimit"), header("ratelimit-policy"))
}

fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

/// An article that everybody reads.
fn published(app: &TestApp) -> String {
    let chief = app.chief_editor();
    let section = content::category(&chief, "Tin");
    let article = content::article(&chief, &section, "Hội nghị tổng kết");
    content::publish(&chief, "articles", &article);
    article.id()
}

both! {
    fn a_key_has_its_own_quota_and_is_told_what_is_left(app) {
        let admin = app.admin();
        let made = give(&admin, &["tag:read"], json!({"quota": 3}));
        let caller = program(&app, &made);
        let policy = text("\"key\";q=3;w=60");
        assert_eq!(fields(&caller, TAGS), (200, text("\"key\";r=2;t=20"), policy.clone()));
        // Whatever comes of it, a request is one; and both secrets of a key are one key.
        caller.post(TAGS, &json!({"name": "không được"})).expect(403);
        let rotated = program(&app, &rotate(&admin, &made, &json!({})));
        assert_eq!(fields(&rotated, TAGS), (200, text("\"key\";r=0;t=60"), policy.clone()));
        let refused = caller.get(TAGS).expect(429);
        assert_eq!((code(&refused), refused.header("retry-after")), ("rate_limited", Some("20")));
        assert_eq!((refused.header("ratelimit"), refused.header("ratelimit-policy").map(ToOwned::to_owned)), (Some("\"key\";r=0;t=20"), policy));
        program(&app, &give(&admin, &["tag:read"], json!({"quota": 3}))).get(TAGS).expect(200);
        app.clock.advance(20);
        caller.get(TAGS).expect(200);
        caller.get(TAGS).expect(429);
        // Another quota holds from the next request on.
        admin.patch(&path_of(&made), "\"2\"", &json!({"quota": null})).expect(200);
        assert_eq!(fields(&caller, TAGS).2, text("\"key\";q=6000;w=60"), "what the settings say");
    }

    fn a_person_is_told_nothing_of_the_sort(app) {
        assert_eq!(fields(&app.admin(), TAGS), (200, None, None));
    }

    fn a_public_answer_is_the_same_whether_a_key_is_shown_or_not(app) {
        let id = published(&app);
        let made = give(&app.admin(), &["article:read"], json!({}));
        let (good, bad) = (secret_of(&made), "btn_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
        // On a node that keeps answers and on one that does not.
        let other = app.another_node();
        other.api.watch.look();
        for base in [&app.base, &other.base] {
            let mut wire = Wire::to(base);
            for path in ["/api/v1/articles", &format!("/api/v1/articles/{id}"), "/api/v1/site", "/api/v1/search?q=nghi", "/api/v1/changes", "/api/v1/articles/khong-co", "/feeds/articles.rss"] {
                let expected = essence(&wire.get(path));
                for secret in [&good, bad] {
                    let header = format!("Bearer {secret}");
                    for _ in 0..2 {
                        let answer = wire.ask("GET", path, &[("authorization", &header)], b"");
                        let (mut shown, mut open) = (essence(&answer), expected.clone());
                        assert!(shown.1.contains(&("cache-control".to_owned(), "private, no-store".to_owned())), "{path}");
                        for headers in [&mut shown.1, &mut open.1] {
                            headers.retain(|(name, _)| name != "cache-control");
                        }
                        assert_eq!(shown, open, "{path} by {secret}");
                        assert!(answer.header("ratelimit").is_none(), "others may be given it: {path}");
                    }
                }
                assert_eq!(essence(&wire.get(path)), expected, "{path} afterwards");
            }
        }
    }

    fn what_a_key_asks_for_is_kept_for_everybody_and_given_from_what_is_kept(app) {
        let id = published(&app);
        let caller = program(&app, &give(&app.admin(), &[], json!({"quota": 1})));
        let path = format!("/api/v1/articles/{id}");
        let before = app.api.cache.metrics();
        caller.get(&path).expect(200);
        assert_eq!(app.api.cache.metrics().hits, before.hits);
        // The quota is used up; but what lies there costs nothing, and nobody counts it.
        let anonymous = app.anonymous().get(&path).expect(200);
        assert_eq!(caller.get(&path).expect(200).bytes, anonymous.bytes);
        assert_eq!(app.api.cache.metrics().hits, before.hits + 2);
        assert_eq!(code(&caller.get("/api/v1/events").expect(429)), "rate_limited");
    }

    fn a_key_lifts_the_limit_of_its_network_and_counts_against_its_own(app) {
        let admin = app.admin();
        let made = give(&admin, &[], json!({"quota": 4, "networks": ["127.0.0.0/8"]}));
        let (secret, elsewhere) = (secret_of(&made), secret_of(&give(&admin, &[], json!({"networks": ["203.0.113.0/24"]}))));
        let node = app.another_node_limited(2);
        let public = node.anonymous();
        let ask = |client: &Client, n: u32| client.get(&format!("/api/v1/articles?limit={n}")).status;
        let mut n = 0;
        let mut next = |client: &Client| {
            n += 1;
            ask(client, n)
        };
        assert_eq!([next(&public), next(&public), next(&public)], [200, 200, 429]);
        let keyed = public.with_token(&secret);
        assert_eq!([next(&keyed), next(&keyed), next(&keyed), next(&keyed), next(&keyed)], [200, 200, 200, 200, 429]);
        // One that is good for nothing is as good as none, whyever.
        let revoked = give(&admin, &[], json!({}));
        admin.delete(&path_of(&revoked), "\"1\"").expect(204);
        app.clock.advance(1);
        for secret in [&elsewhere, &secret_of(&revoked), "btn_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"] {
            assert_eq!(next(&public.with_token(secret)), 429, "{secret}");
        }
        app.clock.advance(60);
        assert_eq!(next(&public.with_token(&elsewhere)), 200);
        assert_eq!(next(&keyed), 200);
    }
}
