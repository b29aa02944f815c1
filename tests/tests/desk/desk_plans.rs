//! What every editor opens costs what it shows: the last changed, those in a state, one's own, what waits for
//! somebody are each read along an index, in the order in which they are shown.

use bantin_tests::{
    both,
    plans::{Dialects, plans},
};

/// So many items that to read all of them would cost more than any index. One in a hundred is a draft, and one in a
/// thousand waits for somebody.
const POSTGRES_FILL: &str = "\
    INSERT INTO users (id, email, name, role, version, created_at, updated_at) VALUES \
        ('01900000-0000-7000-8000-0000000000a1', 'a@so.example', 'A', 'admin', 1, now(), now()); \
    INSERT INTO items (id, kind, locale, group_id, state, version, revision, slug, title, title_sort, position, corrections, \
        has_unpublished_changes, created_by, assignee_id, created_at, updated_by, updated_at, title_folded) \
    SELECT gen_random_uuid(), 'article', 'vi', gen_random_uuid(), CASE WHEN n % 100 = 0 THEN 'draft' ELSE 'published' END, \
        1, 1, n, n, ''::bytea, 0, '[]', false, '01900000-0000-7000-8000-0000000000a1', \
        CASE WHEN n % 1000 = 1 THEN '01900000-0000-7000-8000-0000000000a1'::uuid END, \
        timestamptz '2020-01-01', '01900000-0000-7000-8000-0000000000a1', \
        timestamptz '2020-01-01' + n * interval '1 minute', n FROM generate_series(1, 20000) n; \
    INSERT INTO revisions (item_id, number, content, created_by, created_at) \
    SELECT id, 1, '{}', created_by, created_at FROM items; \
    ANALYZE";
const SQLITE_FILL: &str = "\
    INSERT INTO users (id, email, name, role, version, created_at, updated_at) VALUES \
        (x'019000000000700080000000000000a1', 'a@so.example', 'A', 'admin', 1, '2020-01-01', '2020-01-01'); \
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 20000) \
    INSERT INTO items (id, kind, locale, group_id, state, version, revision, slug, title, title_sort, position, corrections, \
        has_unpublished_changes, created_by, assignee_id, created_at, updated_by, updated_at, title_folded) \
    SELECT randomblob(16), 'article', 'vi', randomblob(16), CASE WHEN n % 100 = 0 THEN 'draft' ELSE 'published' END, \
        1, 1, n, n, x'', 0, '[]', 0, x'019000000000700080000000000000a1', \
        CASE WHEN n % 1000 = 1 THEN x'019000000000700080000000000000a1' END, \
        '2020-01-01', x'019000000000700080000000000000a1', \
        strftime('%Y-%m-%dT%H:%M:%S.000000Z', 1577836800 + n * 60, 'unixepoch'), n FROM numbers; \
    INSERT INTO revisions (item_id, number, content, created_by, created_at) \
    SELECT id, 1, '{}', created_by, created_at FROM items; \
    ANALYZE";

/// What is asked, and the index that finds it.
const ASKED: [(&str, &str); 6] = [
    ("true", "items_by_update"),
    ("(items.updated_at, items.id) < ('2020-01-10T00:00:00.000000Z', USER)", "items_by_update"),
    ("items.state = 'draft'", "items_by_state"),
    (
        "items.state = 'draft' AND (items.updated_at, items.id) < ('2020-01-10T00:00:00.000000Z', USER)",
        "items_by_state",
    ),
    ("items.assignee_id = USER", "items_by_assignee"),
    ("items.created_by = OTHER", "items_by_maker"),
];

fn page(condition: &str, [user, other]: &[&str; 2]) -> String {
    format!(
        "SELECT items.*, revisions.content FROM items \
         INNER JOIN revisions ON revisions.item_id = items.id AND revisions.number = items.revision \
         WHERE items.kind = 'article' AND (1 = 1 AND ({})) AND items.state <> 'trashed' \
         ORDER BY items.updated_at DESC, items.id DESC LIMIT 21 OFFSET 0",
        condition.replace("USER", user).replace("OTHER", other)
    )
}

both! {
    fn a_page_reads_its_own_items_and_no_others(app) {
        let fill = Dialects { postgres: POSTGRES_FILL, sqlite: SQLITE_FILL };
        let ids = Dialects {
            postgres: ["'01900000-0000-7000-8000-0000000000a1'", "'01900000-0000-7000-8000-0000000000a2'"],
            sqlite: ["x'019000000000700080000000000000a1'", "x'019000000000700080000000000000a2'"],
        };
        let asked = ASKED.iter().map(|(condition, _)| *condition);
        let plans = plans(app.api.app.store().url(), &fill, &ids, asked, page);
        for ((condition, index), plan) in ASKED.iter().zip(plans) {
            assert!(plan.contains(index), "{condition} does not use {index}:\n{plan}");
            for costly in ["Seq Scan", "Sort", "SCAN", "TEMP B-TREE"] {
                assert!(!plan.contains(costly), "{condition}:\n{plan}");
            }
        }
    }
}
