//! Many readers, few answers; and no database.

use std::time::Duration;

use bantin_api::cache::CacheSettings;
use bantin_tests::{TestApp, both, content};

use crate::cache::{added, wire};

/// How many ask at once.
const READERS: usize = 1_000;

both! {
    fn a_stampede_on_a_cold_page_makes_one_answer(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        content::publish(&editor, "articles", &content::article(&editor, &section, "Một tin"));
        let counted = added(&app, || {
            let waiting: Vec<_> = (0..READERS).map(|_| wire::begin(&app.base, "/api/v1/articles", &[])).collect();
            let answers: Vec<_> = waiting.into_iter().map(wire::end).collect();
            assert!(answers.iter().all(|answer| answer.status == 200 && answer.body == answers[0].body));
        });
        assert_eq!(counted, (u64::try_from(READERS).unwrap() - 1, 1));
    }

    fn only_what_must_be_made_counts_against_the_limit(app) {
        let node = app.another_node_limited(3);
        let public = node.anonymous();
        for limit in 1..=3 {
            public.get(&format!("/api/v1/articles?limit={limit}")).expect(200);
        }
        let refused = public.get("/api/v1/articles?limit=4").expect(429);
        assert_eq!(refused.json["code"], "rate_limited");
        assert_eq!(refused.header("ratelimit-policy"), Some("\"public\";q=3;w=60"));
        assert!(refused.header("retry-after").is_some() && refused.header("ratelimit").is_some());
        assert_eq!(refused.header("access-control-allow-origin"), Some("*"), "a script can read it");
        for _ in 0..5 {
            public.get("/api/v1/articles?limit=3").expect(200);
        }
        public.send("GET", "/api/v1/articles?limit=4", &[("x-forwarded-for", "203.0.113.9")], None).expect(200);
        node.clock.advance(60);
        public.get("/api/v1/articles?limit=5").expect(200);
    }

    fn it_takes_no_more_room_than_it_was_given(app) {
        let node = app.another_node_with(&CacheSettings { bytes: 512 * 1024, ..CacheSettings::default() });
        let public = node.anonymous();
        for limit in 1..=100 {
            public.get(&format!("/api/v1/articles?limit={limit}")).expect(200);
        }
        let metrics = node.api.cache.metrics();
        assert!(metrics.entries > 10 && metrics.entries < 100, "{metrics:?}");
        assert!(metrics.bytes <= 512 * 1024, "{metrics:?}");
    }
}

#[test]
fn while_the_database_is_away_what_is_kept_is_served_and_nothing_else() {
    let (app, relay) = TestApp::start_behind_relay();
    let public = app.anonymous();
    let hasty = app.another_node_with(&CacheSettings { stale_for: Duration::ZERO, ..CacheSettings::default() });
    let before = public.get("/api/v1/articles").expect(200);
    relay.cut();
    app.api.watch.look();
    assert_eq!(public.get("/api/v1/articles").expect(200).bytes, before.bytes);
    assert_eq!(public.get("/api/v1/articles?limit=1").expect(503).json["code"], "unavailable");
    hasty.anonymous().get("/api/v1/articles").expect(503);
    relay.mend();
    app.api.watch.look();
    assert_eq!(
        added(&app, || public.get("/api/v1/articles").expect(200)),
        (0, 1),
        "anything may have changed meanwhile"
    );
    assert_eq!(added(&app, || public.get("/api/v1/articles").expect(200)), (1, 0));
}
