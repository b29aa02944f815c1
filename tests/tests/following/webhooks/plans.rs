//! Looking for what is due costs what is due, and not what lies in the log of deliveries.

use bantin_tests::{
    both,
    plans::{Dialects, plans},
};

/// Two webhooks, and so many deliveries that have ended that reading all of them would cost more than any index.
const POSTGRES_FILL: &str = "\
    INSERT INTO webhooks (id, name, url, types, sealed_secret, seq, failures, version, created_at, updated_at) \
    SELECT ('01900000-0000-7000-8000-0000000000a' || n)::uuid, 'x', 'https://a.example/', '[]', '', 0, 0, 1, now(), now() FROM generate_series(1, 2) n; \
    INSERT INTO webhook_deliveries (id, webhook_id, seq, event_type, resource_id, body, state, attempts, created_at, due_at, give_up_at, fence, finished_at) \
    SELECT gen_random_uuid(), '01900000-0000-7000-8000-0000000000a1', n, 'tag.created', gen_random_uuid(), '', 'delivered', 1, \
           timestamptz '2020-01-01' + n * interval '1 minute', now(), now(), 1, CASE WHEN n % 100 = 0 THEN NULL ELSE timestamptz '2020-01-01' + n * interval '1 minute' END \
    FROM generate_series(1, 20000) n; ANALYZE webhooks; ANALYZE webhook_deliveries";
const SQLITE_FILL: &str = "\
    INSERT INTO webhooks (id, name, url, types, sealed_secret, seq, failures, version, created_at, updated_at) \
    VALUES (x'019000000000700080000000000000a1', 'x', 'https://a.example/', '[]', x'', 0, 0, 1, '2020', '2020'); \
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 20000) \
    INSERT INTO webhook_deliveries (id, webhook_id, seq, event_type, resource_id, body, state, attempts, created_at, due_at, give_up_at, fence, finished_at) \
    SELECT randomblob(16), x'019000000000700080000000000000a1', n, 'tag.created', randomblob(16), '', 'delivered', 1, \
           strftime('%Y-%m-%dT%H:%M:%S.000000Z', 1577836800 + n * 60, 'unixepoch'), '2020', '2020', 1, \
           CASE WHEN n % 100 = 0 THEN NULL ELSE strftime('%Y-%m-%dT%H:%M:%S.000000Z', 1577836800 + n * 60, 'unixepoch') END FROM numbers; ANALYZE";

/// What is asked twice a second and more, and when the log is read and forgotten; and what finds it.
const ASKED: [(&str, &str); 6] = [
    (
        "SELECT id FROM webhooks WHERE EXISTS (SELECT 1 FROM webhook_deliveries WHERE webhook_deliveries.webhook_id = webhooks.id \
         AND finished_at IS NULL AND due_at <= '2020-01-01T00:00:00.000000Z')",
        "webhook_deliveries_",
    ),
    (
        "SELECT id FROM webhook_deliveries WHERE webhook_id = HOOK AND finished_at IS NULL AND due_at <= '2021-01-01T00:00:00.000000Z' \
         AND NOT EXISTS (SELECT 1 FROM webhook_deliveries AS earlier WHERE earlier.webhook_id = webhook_deliveries.webhook_id \
         AND earlier.resource_id = webhook_deliveries.resource_id AND earlier.finished_at IS NULL AND earlier.seq < webhook_deliveries.seq) \
         ORDER BY seq, id LIMIT 4",
        "webhook_deliveries_waiting",
    ),
    (
        "SELECT id FROM webhook_deliveries WHERE webhook_id = HOOK ORDER BY created_at DESC, id DESC LIMIT 21",
        "webhook_deliveries_by_webhook",
    ),
    (
        "SELECT id FROM webhook_deliveries WHERE finished_at < '2020-01-02T00:00:00.000000Z'",
        "webhook_deliveries_finished",
    ),
    ("SELECT count(*) FROM webhook_deliveries WHERE finished_at IS NULL", "webhook_deliveries_"),
    (
        "SELECT created_at FROM webhook_deliveries WHERE finished_at IS NULL ORDER BY created_at LIMIT 1",
        "webhook_deliveries_",
    ),
];

both! {
    fn what_is_due_is_found_without_reading_what_has_ended(app) {
        let fill = Dialects { postgres: POSTGRES_FILL, sqlite: SQLITE_FILL };
        let hook = Dialects {
            postgres: "'01900000-0000-7000-8000-0000000000a1'",
            sqlite: "x'019000000000700080000000000000a1'",
        };
        let asked = ASKED.iter().map(|(question, _)| *question);
        let plans = plans(app.api.app.store().url(), &fill, &hook, asked, |asked, hook| asked.replace("HOOK", hook));
        for ((question, index), plan) in ASKED.iter().zip(plans) {
            assert!(plan.contains(index), "{question} does not use {index}:\n{plan}");
            for costly in ["Seq Scan on webhook_deliveries", "SCAN webhook_deliveries\n"] {
                assert!(!plan.contains(costly), "{question}:\n{plan}");
            }
        }
    }
}
