//! Reading the log costs what it shows, and not what lies before it: every filter that it is read by finds
//! its entries by an index, in the order in which they are shown.

use bantin_tests::{
    both,
    plans::{Dialects, plans},
};

/// So many entries that reading all of them would cost more than any index.
const POSTGRES_FILL: &str = "\
    INSERT INTO audit_log (id, at, actor_id, session_id, action, resource, resource_id, version, fields) \
    SELECT gen_random_uuid(), timestamptz '2020-01-01' + n * interval '1 minute', NULL, \
           CASE WHEN n % 40 = 1 THEN '01900000-0000-7000-8000-0000000000a1' ELSE gen_random_uuid() END, \
           'article.' || (n % 50), CASE WHEN n % 100 = 0 THEN 'tag' ELSE 'article' END, \
           CASE WHEN n % 40 = 0 THEN '01900000-0000-7000-8000-0000000000a1' ELSE gen_random_uuid() END, n, '[]' FROM generate_series(1, 20000) n; \
    ANALYZE audit_log";
const SQLITE_FILL: &str = "\
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 20000) \
    INSERT INTO audit_log (id, at, actor_id, session_id, action, resource, resource_id, version, fields) \
    SELECT randomblob(16), strftime('%Y-%m-%dT%H:%M:%S.000000Z', 1577836800 + n * 60, 'unixepoch'), NULL, \
           CASE WHEN n % 40 = 1 THEN x'019000000000700080000000000000a1' ELSE randomblob(16) END, \
           'article.' || (n % 50), CASE WHEN n % 100 = 0 THEN 'tag' ELSE 'article' END, \
           CASE WHEN n % 40 = 0 THEN x'019000000000700080000000000000a1' ELSE randomblob(16) END, n, '[]' FROM numbers; \
    ANALYZE";

/// What the log can be asked for, and the index that finds it. Each page is in the order of the log.
const ASKED: [(&str, &str); 9] = [
    ("true", "audit_log_by_time"),
    ("at >= '2020-01-03T00:00:00.000000Z' AND at < '2020-01-04T00:00:00.000000Z'", "audit_log_by_time"),
    ("action = 'article.7'", "audit_log_by_action"),
    ("action = 'article.7' AND at < '2020-01-04T00:00:00.000000Z'", "audit_log_by_action"),
    ("actor_id = ACTOR", "audit_log_by_actor"),
    ("actor_id = ACTOR AND at >= '2020-01-03T00:00:00.000000Z'", "audit_log_by_actor"),
    ("session_id = ACTOR", "audit_log_by_session"),
    ("resource = 'tag'", "audit_log_by_kind"),
    ("resource_id = ACTOR", "audit_log_by_item"),
];

fn page(filter: &str, actor: &&str) -> String {
    format!(
        "SELECT audit_log.id, at, action, users.name FROM audit_log LEFT JOIN users ON actor_id = users.id \
         LEFT JOIN api_keys ON session_id = api_keys.id \
         WHERE {} ORDER BY at DESC, audit_log.id DESC LIMIT 21",
        filter.replace("ACTOR", actor)
    )
}

both! {
    fn a_page_of_the_log_reads_its_own_entries_and_no_others(app) {
        let fill = Dialects { postgres: POSTGRES_FILL, sqlite: SQLITE_FILL };
        let actor = Dialects {
            postgres: "'01900000-0000-7000-8000-0000000000a1'",
            sqlite: "x'019000000000700080000000000000a1'",
        };
        let asked = ASKED.iter().map(|(filter, _)| *filter);
        let plans = plans(app.api.app.store().url(), &fill, &actor, asked, page);
        for ((filter, index), plan) in ASKED.iter().zip(plans) {
            assert!(plan.contains(index), "{filter} does not use {index}:\n{plan}");
            for costly in ["Seq Scan on audit_log", "Sort", "SCAN audit_log\n", "TEMP B-TREE"] {
                assert!(!plan.contains(costly), "{filter}:\n{plan}");
            }
        }
    }
}
