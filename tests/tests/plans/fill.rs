//! So much that reading all of it, or sorting all of it, would be seen in any plan: a hundred thousand articles with
//! what belongs to them. One of each sort is made over HTTP, and SQL makes the others like it.

use bantin_application::DatabaseUrl;
use bantin_domain::search::{Field, Texts};
use bantin_tests::{
    TestApp,
    content::{self, made},
    seed::SeedPage,
};
use diesel::{Connection, PgConnection, SqliteConnection, connection::SimpleConnection};
use serde_json::json;
use uuid::Uuid;

/// The numbers that stand for things of a sort. One number is one id, one address, one instant and one day.
pub const ARTICLES: (u32, u32) = (1, 100_000);
pub const EVENTS: (u32, u32) = (100_001, 120_000);
pub const SPEECHES: (u32, u32) = (120_001, 170_000);
pub const PEOPLE: (u32, u32) = (170_001, 190_000);
pub const TAGS: (u32, u32) = (190_001, 195_000);
pub const CATEGORIES: (u32, u32) = (195_001, 195_200);
pub const ORGANISATIONS: (u32, u32) = (195_201, 196_200);
pub const PAGES: (u32, u32) = (196_201, 198_000);
pub const MEDIA: (u32, u32) = (198_001, 200_000);

/// The title of every article.
const TITLE: &str = "Tin vắn";

/// The id of a number.
pub fn id(number: u32) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8001_0000_0000_0000 | u128::from(number))
}

/// What a number stands for, in each dialect; all that follows is the same in both.
const POSTGRES_NUMBERS: &str = "\
    CREATE TABLE numbers (n integer PRIMARY KEY, id uuid, slug text, sort bytea, at timestamptz, day date, midnight timestamptz); \
    INSERT INTO numbers SELECT n, ('01900000-0000-7000-8001-' || lpad(to_hex(n), 12, '0'))::uuid, 'so-' || n, \
        convert_to(lpad((n::bigint * 7919 % 200003)::text, 8, '0'), 'UTF8'), \
        timestamptz '2011-01-01T00:00:00Z' + n % 100000 * interval '64 minutes', date '1996-02-04' + n % 20000 / 2, \
        (date '1996-02-04' + n % 20000 / 2)::timestamp AT TIME ZONE 'UTC' FROM generate_series(1, 200000) n; \
    ANALYZE numbers;";
const SQLITE_NUMBERS: &str = "\
    CREATE TABLE numbers (n INTEGER PRIMARY KEY, id BLOB, slug TEXT, sort BLOB, at TEXT, day TEXT, midnight TEXT) STRICT; \
    WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 200000) \
    INSERT INTO numbers SELECT n, unhex(printf('01900000000070008001%012x', n)), 'so-' || n, \
        CAST(printf('%08d', n * 7919 % 200003) AS BLOB), \
        strftime('%Y-%m-%dT%H:%M:%S.000000Z', 1293840000 + n % 100000 * 3840, 'unixepoch'), \
        date('1996-02-04', '+' || (n % 20000 / 2) || ' days'), \
        date('1996-02-04', '+' || (n % 20000 / 2) || ' days') || 'T00:00:00.000000Z' FROM counted; \
    ANALYZE numbers;";

/// The directory.
const DIRECTORY: &str = "\
    INSERT INTO categories (id, version, parent_id, position, slug, name, name_sort, translations, created_at, updated_at) \
    SELECT s.id, 1, CASE WHEN s.n > 195020 THEN t.id END, s.n, s.slug, 'Mục ' || s.n, s.sort, '{}', s.at, s.at \
    FROM numbers s JOIN numbers t ON t.n = 195001 + s.n % 20 WHERE s.n BETWEEN 195001 AND 195200; \
    INSERT INTO tags (id, version, slug, name, name_folded, name_sort, translations, created_at, updated_at) \
    SELECT id, 1, slug, 'thẻ ' || n, 'the ' || n, sort, '{}', at, at FROM numbers WHERE n BETWEEN 190001 AND 195000; \
    INSERT INTO people (id, version, slug, display_name, name_sort, initial, aliases, positions, listed, created_at, updated_at) \
    SELECT id, 1, slug, 'Người ' || n, sort, substr('ABCDĐEGHIKLMNOPQRSTU', 1 + n % 20, 1), '[]', '[]', n % 100 = 0, at, at \
    FROM numbers WHERE n BETWEEN 170001 AND 190000; \
    INSERT INTO organisations (id, version, slug, name, name_sort, initial, parent_id, listed, created_at, updated_at) \
    SELECT s.id, 1, s.slug, 'Đơn vị ' || s.n, s.sort, substr('ABCDĐEGHIKLMNOPQRSTU', 1 + s.n % 20, 1), \
        CASE WHEN s.n > 195220 THEN t.id END, s.n % 5 = 0, s.at, s.at \
    FROM numbers s JOIN numbers t ON t.n = 195201 + s.n % 20 WHERE s.n BETWEEN 195201 AND 196200; \
    INSERT INTO person_posts (organisation_id, person_id) \
    SELECT t.id, s.id FROM numbers s JOIN numbers t ON t.n = 195201 + s.n % 1000 WHERE s.n BETWEEN 170001 AND 190000; \
    INSERT INTO media (id, version, kind, file_name, mime_type, bytes, sha256, alt, created_by, created_at, updated_at) \
    SELECT s.id, 1, m.kind, m.file_name, m.mime_type, m.bytes, m.sha256, m.alt, m.created_by, s.at, s.at \
    FROM numbers s CROSS JOIN media m WHERE s.n BETWEEN 198001 AND 200000;";

/// What is published. ARTICLE and so on are the addresses of those that were made over HTTP.
const CONTENT: &str = "\
    INSERT INTO public_articles (id, locale, group_id, slug, revision, title, title_sort, summary, byline, category_id, \
        citations, corrections, featured_until, published_at, updated_at, visible_from, visible_until, body) \
    SELECT s.id, CASE WHEN s.n % 50 = 0 THEN 'en' ELSE 'vi' END, g.id, s.slug, 1, m.title, s.sort, m.summary, m.byline, t.id, \
        m.citations, m.corrections, CASE WHEN s.n % 1000 = 999 THEN m.visible_until END, s.at, s.at, s.at, m.visible_until, m.body \
    FROM numbers s JOIN numbers g ON g.n = CASE WHEN s.n % 50 = 0 THEN s.n - 1 ELSE s.n END \
    JOIN numbers t ON t.n = 195001 + s.n % 200 JOIN public_articles m ON m.slug = 'ARTICLE' WHERE s.n BETWEEN 1 AND 100000; \
    INSERT INTO public_events (id, locale, group_id, slug, revision, title, title_sort, kind, status, starts_on, ends_on, \
        timezone, venue, organisers, category_id, published_at, updated_at, visible_from, visible_until, body) \
    SELECT s.id, 'vi', s.id, s.slug, 1, 'Họp ' || s.n, s.sort, CASE WHEN s.n % 1000 = 1 THEN 'exhibition' ELSE 'meeting' END, \
        CASE WHEN s.n % 1000 = 2 THEN 'cancelled' ELSE 'held' END, s.day, s.day, m.timezone, m.venue, '[]', t.id, s.at, s.at, \
        s.at, m.visible_until, m.body \
    FROM numbers s JOIN numbers t ON t.n = 195001 + s.n % 200 JOIN public_events m ON m.slug = 'EVENT' \
    WHERE s.n BETWEEN 100001 AND 120000; \
    INSERT INTO public_speeches (id, locale, group_id, event_id, position, slug, revision, title, title_sort, kind, speaker, \
        co_speakers, starts_at, published_at, updated_at, own_from, own_until, visible_from, visible_until, body, \
        programme_sort) \
    SELECT s.id, 'vi', s.id, t.id, 1 + (s.n - 120001) / 20000, s.slug, 1, 'Bài ' || s.n, s.sort, \
        CASE WHEN s.n % 1000 = 3 THEN 'closing' ELSE 'report' END, m.speaker, m.co_speakers, \
        CASE WHEN s.n % 4 = 3 THEN s.at END, s.at, s.at, s.at, m.visible_until, s.at, m.visible_until, m.body, s.sort \
    FROM numbers s JOIN numbers t ON t.n = 100001 + s.n % 20000 JOIN public_speeches m ON m.slug = 'SPEECH' \
    WHERE s.n BETWEEN 120001 AND 170000; \
    INSERT INTO public_attendees (id, event_id, position, kind, organisation, role) \
    SELECT s.id, t.id, 1 + s.n % 3, 'unit', 'Đơn vị ' || s.n, 'delegate' FROM numbers s \
    JOIN numbers t ON t.n = 100001 + s.n % 20000 WHERE s.n BETWEEN 120001 AND 170000; \
    INSERT INTO public_pages (id, locale, group_id, slug, revision, parent_id, position, title, title_sort, published_at, \
        updated_at, visible_from, visible_until, body) \
    SELECT s.id, 'vi', s.id, s.slug, 1, CASE WHEN s.n > 196210 THEN t.id END, s.n, 'Trang ' || s.n, s.sort, s.at, s.at, s.at, \
        m.visible_until, m.body \
    FROM numbers s JOIN numbers t ON t.n = 196201 + s.n % 10 JOIN public_articles m ON m.slug = 'ARTICLE' \
    WHERE s.n BETWEEN 196201 AND 198000; \
    INSERT INTO changes (seq, at, kind, resource_kind, resource_id, locale, slug, tags) \
    SELECT h.seq + s.n, s.at, 'updated', 'article', s.id, 'vi', s.slug, '[]' FROM numbers s CROSS JOIN change_head h \
    WHERE s.n BETWEEN 1 AND 20000; \
    UPDATE change_head SET seq = seq + 20000; \
    DELETE FROM settings WHERE name = 'archive_zone';";

/// What refers to what: the kind and the table of the source, the relation and its place, the kind of the target, its
/// number as the source's makes it, and which sources have it.
type Link = (&'static str, &'static str, &'static str, u8, &'static str, &'static str, &'static str);
const LINKS: [Link; 15] = [
    ("article", "public_articles", "category", 0, "category", "195001 + s.n % 200", "true"),
    ("article", "public_articles", "section", 1, "category", "195001 + s.n % 200", "true"),
    ("article", "public_articles", "section", 2, "category", "195001 + (195001 + s.n % 200) % 20", "s.n % 200 > 19"),
    ("article", "public_articles", "tag", 3, "tag", "190001 + s.n % 5000", "true"),
    // One tag that every other article has, and one author of a tenth of all.
    ("article", "public_articles", "tag", 4, "tag", "195000", "s.n % 2 = 1"),
    ("article", "public_articles", "author", 5, "person", "170001 + s.n % 1000", "s.n % 10 = 0"),
    ("article", "public_articles", "author", 6, "person", "171001", "s.n % 10 = 1"),
    ("article", "public_articles", "event", 7, "event", "100001 + s.n % 20000", "s.n % 5 = 0"),
    ("article", "public_articles", "cover", 8, "media", "198001 + s.n % 2000", "s.n % 3 = 0"),
    ("event", "public_events", "organiser", 0, "organisation", "195201 + s.n % 1000", "true"),
    ("event", "public_events", "category", 1, "category", "195001 + s.n % 200", "true"),
    ("event", "public_events", "section", 2, "category", "195001 + s.n % 200", "true"),
    ("speech", "public_speeches", "event", 0, "event", "100001 + s.n % 20000", "true"),
    ("speech", "public_speeches", "speaker", 1, "person", "170001 + s.n % 1000", "s.n % 2 = 0"),
    ("speech", "public_speeches", "organisation", 2, "organisation", "195201 + s.n % 1000", "true"),
];

fn links() -> String {
    let one = |(kind, table, relation, place, target_kind, target, which): &Link| {
        let at = if *kind == "event" { "s.midnight" } else { "s.at" };
        format!(
            "INSERT INTO public_links (source_id, source_kind, relation, position, target_kind, target_id, locale, sort_at, \
                 visible_from, visible_until) \
             SELECT s.id, '{kind}', '{relation}', {place}, '{target_kind}', t.id, p.locale, {at}, p.visible_from, \
                 p.visible_until \
             FROM numbers s JOIN {table} p ON p.id = s.id JOIN numbers t ON t.n = {target} WHERE {which};"
        )
    };
    LINKS.iter().map(one).collect()
}

/// The addresses of things.
fn slugs() -> String {
    let kinds = [
        ("article", ARTICLES),
        ("event", EVENTS),
        ("speech", SPEECHES),
        ("person", PEOPLE),
        ("tag", TAGS),
        ("category", CATEGORIES),
        ("organisation", ORGANISATIONS),
        ("page", PAGES),
    ];
    let one = |(kind, (first, last))| {
        format!(
            "INSERT INTO slugs (kind, slug, resource_id, state) SELECT '{kind}', slug, id, 'current' FROM numbers \
             WHERE n BETWEEN {first} AND {last};"
        )
    };
    kinds.into_iter().map(one).collect()
}

/// What is found: every article under the same words.
const SEARCH: &str = "\
    INSERT INTO search_documents (place, kind, resource_id, locale, category_id, sort_at, visible_from, visible_until, title, keys) \
    SELECT s.n, 'article', s.id, d.locale, d.category_id, s.at, d.visible_from, d.visible_until, d.title, d.keys \
    FROM numbers s CROSS JOIN search_documents d WHERE s.n BETWEEN 1 AND 100000 AND d.title = 'TITLE'; \
    INSERT INTO search_texts (place, texts, spans) SELECT s.n, t.texts, t.spans FROM numbers s CROSS JOIN search_texts t \
    JOIN search_documents d ON d.place = t.place WHERE s.n BETWEEN 1 AND 100000 AND d.place > 200000 AND d.title = 'TITLE';";
const POSTGRES_INDEX: &str = "\
    INSERT INTO search_index (place, title, text) SELECT s.n, i.title, i.text FROM numbers s CROSS JOIN search_index i \
    JOIN search_documents d ON d.place = i.place WHERE s.n BETWEEN 1 AND 100000 AND d.place > 200000 AND d.title = 'TITLE';";

fn sqlite_index() -> String {
    let mut texts = Texts::default();
    texts.add(Field::Title, TITLE);
    let indexed = texts.index();
    format!(
        "INSERT INTO search_index (rowid, title, text) SELECT n, '{}', '{}' FROM numbers WHERE n BETWEEN 1 AND 100000;",
        indexed.title_terms.join(" "),
        indexed.terms.join(" ")
    )
}

/// Fills the database of an app.
pub fn fill(app: &TestApp) {
    let chief = app.chief_editor();
    let page = SeedPage::write(&chief);
    page.publish(&chief);
    let article = content::publish(&chief, "articles", &content::article(&chief, &page.section, TITLE));
    let standing = json!({"title": "Giới thiệu", "body": {"format": "text", "value": "Giới thiệu"}});
    content::publish(&chief, "pages", &made(&chief, "pages", &standing));
    let slug = |thing: &bantin_tests::Answer| thing.data()["slug"].as_str().unwrap().to_owned();
    let named = |sql: &str| {
        sql.replace("ARTICLE", &slug(&article))
            .replace("EVENT", &slug(&page.event))
            .replace("SPEECH", &slug(&page.speeches[0]))
            .replace("TITLE", TITLE)
    };
    let all = [DIRECTORY, &named(CONTENT), &links(), &slugs(), &named(SEARCH)].concat();
    let insert = match app.api.app.store().url() {
        DatabaseUrl::Postgres(_) => [POSTGRES_NUMBERS, &all, &named(POSTGRES_INDEX)].concat(),
        DatabaseUrl::Sqlite(_) => [SQLITE_NUMBERS, &all, &sqlite_index()].concat(),
    };
    run(app, &format!("BEGIN; {insert} COMMIT"));
}

/// Lets the database look at what it holds, as it does by itself after a while, or when it is told to.
pub fn analyse(app: &TestApp) {
    run(app, "ANALYZE");
}

fn run(app: &TestApp, sql: &str) {
    match app.api.app.store().url() {
        DatabaseUrl::Postgres(url) => PgConnection::establish(url).unwrap().batch_execute(sql).unwrap(),
        DatabaseUrl::Sqlite(file) => {
            let mut conn = SqliteConnection::establish(&file.to_string_lossy()).unwrap();
            let hasty = "PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; PRAGMA busy_timeout = 5000";
            conn.batch_execute(&format!("{hasty}; {sql}")).unwrap();
        }
    }
}
