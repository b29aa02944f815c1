//! Loads articles straight into the tables that the public reads, in big transactions: over HTTP a
//! million would take a night. The desk's side stays empty, since nothing that is measured here reads it.

use std::sync::Arc;

use bantin_domain::{
    article::{Article, Citation},
    body::{Body, BodyInput},
    category::CategoryId,
    content::{Correction, Group, Relation, Window, end_of_time},
    id::Id,
    kind::{Kind, SlugState, Target},
    locale::Locale,
    search::{Field, Texts},
    text::{folded_key, sort_key},
    time::{Clock, Timestamp},
};
use bantin_persistence::{
    Store, StoreError, StoreSettings,
    connection::{Access, DbConnection, Opener},
    schema::{categories, public_articles, public_links, slugs, tags},
    search::{self, Document},
    sql_types::{Instant, Json, Key, Name},
};
use diesel::{connection::SimpleConnection, prelude::*};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    Result,
    database::Database,
    generated::{Generator, Text},
};

const CATEGORIES: usize = 8;
const TAGS: usize = 200;
const TAGS_OF_ONE: usize = 2;
/// How many articles one transaction holds.
const AT_ONCE: usize = 2_000;

/// Where in time the first article stands, in microseconds: 2012.
const BEGIN: i64 = 1_325_376_000_000_000;
/// And how long it takes to the last: fourteen years.
const SPAN: i64 = 14 * 365 * 86_400_000_000;

/// Loads so many articles, and the documents of the search unless they are to be left out.
pub fn fill(database: &Database, count: usize, with_search: bool) -> Result<()> {
    let generator = Generator::new()?;
    let mut conn = Opener::new(database.url.parse()?, Access::Write).open()?;
    if let DbConnection::Postgres(conn) = &mut conn {
        conn.batch_execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")?;
    }
    in_transaction(&mut conn, directory)?;
    for first in (0..count).step_by(AT_ONCE) {
        in_transaction(&mut conn, |conn| {
            (first..count.min(first + AT_ONCE)).try_for_each(|number| insert(conn, &generator, number, count))
        })?;
    }
    if with_search {
        index(database, &generator, count)?;
    }
    conn.batch_execute("ANALYZE")?;
    Ok(())
}

/// The address of an article.
pub fn slug_of(number: usize) -> String {
    format!("bai-so-{number}")
}

/// No store is open yet, so nobody else writes.
fn in_transaction(conn: &mut DbConnection, work: impl FnOnce(&mut DbConnection) -> Result<()>) -> Result<()> {
    conn.batch_execute("BEGIN")?;
    work(conn)?;
    conn.batch_execute("COMMIT")?;
    Ok(())
}

fn id(kind: u128, number: usize) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | kind << 48 | number as u128)
}

fn key(kind: u128, number: usize) -> Key<()> {
    Key(Id::new(id(kind, number)))
}

const ARTICLE: u128 = 1;
const CATEGORY: u128 = 2;
const TAG: u128 = 3;

fn published_at(number: usize, count: usize) -> Result<Timestamp> {
    let at = BEGIN + SPAN / i64::try_from(count)? * i64::try_from(number)?;
    Ok(Timestamp::from_micros(at).ok_or("beyond the calendar")?)
}

fn directory(conn: &mut DbConnection) -> Result<()> {
    let at = Instant(published_at(0, 1)?);
    for number in 0..CATEGORIES {
        let name = format!("Chuyên mục {number}");
        diesel::insert_into(categories::table)
            .values((
                categories::id.eq(key(CATEGORY, number)),
                categories::version.eq(1_i64),
                categories::parent_id.eq(None::<Key<()>>),
                categories::position.eq(i64::try_from(number)?),
                categories::slug.eq(format!("chuyen-muc-{number}")),
                categories::name.eq(&name),
                categories::name_sort.eq(sort_key(&name)),
                categories::translations.eq(Json(Map::<String, Value>::new())),
                categories::created_at.eq(at),
                categories::updated_at.eq(at),
            ))
            .execute(conn)?;
        slug(conn, Kind::Category, &format!("chuyen-muc-{number}"), key(CATEGORY, number))?;
    }
    for number in 0..TAGS {
        let name = format!("thẻ {number}");
        diesel::insert_into(tags::table)
            .values((
                tags::id.eq(key(TAG, number)),
                tags::version.eq(1_i64),
                tags::slug.eq(format!("the-{number}")),
                tags::name.eq(&name),
                tags::name_folded.eq(folded_key(&name)),
                tags::name_sort.eq(sort_key(&name)),
                tags::translations.eq(Json(Map::<String, Value>::new())),
                tags::created_at.eq(at),
                tags::updated_at.eq(at),
            ))
            .execute(conn)?;
        slug(conn, Kind::Tag, &format!("the-{number}"), key(TAG, number))?;
    }
    Ok(())
}

fn slug(conn: &mut DbConnection, kind: Kind, slug: &str, resource: Key<()>) -> Result<()> {
    diesel::insert_into(slugs::table)
        .values((
            slugs::kind.eq(Name(kind)),
            slugs::slug.eq(slug),
            slugs::resource_id.eq(resource),
            slugs::state.eq(Name(SlugState::Current)),
        ))
        .execute(conn)?;
    Ok(())
}

fn insert(conn: &mut DbConnection, generator: &Generator, number: usize, count: usize) -> Result<()> {
    let Text { title, summary, body } = generator.article(number);
    let body = Body::parse(BodyInput::Text(body)).map_err(|faults| format!("{faults:?}"))?.body;
    let at = published_at(number, count)?;
    diesel::insert_into(public_articles::table)
        .values((
            public_articles::id.eq(key(ARTICLE, number)),
            public_articles::locale.eq(Locale::vietnamese().as_str()),
            public_articles::group_id.eq(Key(Id::<Group>::new(id(ARTICLE, number)))),
            public_articles::slug.eq(slug_of(number)),
            public_articles::revision.eq(1_i64),
            public_articles::title_sort.eq(sort_key(&title)),
            public_articles::title.eq(title),
            public_articles::summary.eq(summary),
            public_articles::byline.eq("P.K"),
            public_articles::category_id.eq(key(CATEGORY, number % CATEGORIES)),
            public_articles::citations.eq(Json(Vec::<Citation>::new())),
            public_articles::corrections.eq(Json(Vec::<Correction>::new())),
            public_articles::published_at.eq(Instant(at)),
            public_articles::updated_at.eq(Instant(at)),
            public_articles::visible_from.eq(Instant(at)),
            public_articles::visible_until.eq(Instant(end_of_time())),
            public_articles::body.eq(Json(body)),
        ))
        .execute(conn)?;
    let category = (Relation::Category, Kind::Category, key(CATEGORY, number % CATEGORIES));
    let tags = (0..TAGS_OF_ONE).map(|one| (Relation::Tag, Kind::Tag, key(TAG, (number * 7 + one * 31) % TAGS)));
    let section = (Relation::Section, Kind::Category, key(CATEGORY, number % CATEGORIES));
    for (position, (relation, kind, target)) in (0_i64..).zip([category].into_iter().chain(tags).chain([section])) {
        diesel::insert_into(public_links::table)
            .values((
                public_links::source_id.eq(key(ARTICLE, number)),
                public_links::source_kind.eq(Name(Kind::Article)),
                public_links::relation.eq(Name(relation)),
                public_links::position.eq(position),
                public_links::target_kind.eq(Name(kind)),
                public_links::target_id.eq(target),
                public_links::locale.eq(Locale::vietnamese().as_str()),
                public_links::sort_at.eq(Instant(at)),
                public_links::visible_from.eq(Instant(at)),
                public_links::visible_until.eq(Instant(end_of_time())),
            ))
            .execute(conn)?;
    }
    slug(conn, Kind::Article, &slug_of(number), key(ARTICLE, number))
}

/// A clock that stands still: nothing that is loaded asks for the time.
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(BEGIN + SPAN).unwrap_or(Timestamp::EPOCH)
    }
}

/// The documents of the search, as publishing writes them.
fn index(database: &Database, generator: &Generator, count: usize) -> Result<()> {
    let settings =
        StoreSettings { url: database.url.parse()?, readers: 1, writers: 1, wait: std::time::Duration::from_secs(60) };
    let store = Store::open(&settings, Arc::new(Still));
    for first in (0..count).step_by(AT_ONCE) {
        let documents = (first..count.min(first + AT_ONCE))
            .map(|number| document(generator, number, count))
            .collect::<Result<Vec<_>>>()?;
        store
            .write(|tx| documents.iter().try_for_each(|document| search::insert(tx, document)))
            .map_err(|error: StoreError| error.to_string())?;
    }
    Ok(())
}

fn document(generator: &Generator, number: usize, count: usize) -> Result<Document> {
    let Text { title, summary, body } = generator.article(number);
    let at = published_at(number, count)?;
    let mut texts = Texts::default();
    texts.add(Field::Title, title);
    texts.add(Field::Summary, summary);
    texts.add(Field::Body, body);
    Ok(Document {
        target: Target::new(Kind::Article, Id::<Article>::new(id(ARTICLE, number))),
        locale: Some(Locale::vietnamese()),
        category: Some(CategoryId::new(id(CATEGORY, number % CATEGORIES))),
        sort_at: at,
        window: Window { from: at, until: end_of_time() },
        texts,
    })
}
