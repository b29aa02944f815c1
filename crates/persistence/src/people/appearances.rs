//! What somebody publicly spoke at or wrote.

use bantin_domain::{
    article::Article,
    content::Relation,
    event::{Event, EventSummary},
    id::Id,
    kind::{Kind, Target},
    listing::{Cursor, PageRequest, Slice, SortKey, Start},
    locale::Locale,
    named::Named,
    person::{Appearance, Part, PersonId},
    speech::Speech,
    time::Timestamp,
};
use diesel::{
    dsl::exists,
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text},
};
use std::collections::HashMap;
use uuid::Uuid;

use crate::{
    among::{AmongExt, AmongNamesExt},
    connection::MultiBackend,
    error::StoreError,
    public::relations::{stored_locale, stored_slug},
    schema::{public_articles, public_events, public_links, public_speeches},
    sql_types::{Day, Instant, Key, Name, sql},
    store::PublicReader,
};

/// A page of a person's appearances, newest first. Whether the person is public the caller has asked.
///
/// # Errors
/// When the database fails.
pub fn list(
    reader: &mut PublicReader<'_>,
    person: PersonId,
    locale: Option<&Locale>,
    page: &PageRequest,
) -> Result<Slice<Appearance>, StoreError> {
    let total = match page.count {
        true => Some(count(reader, person, locale)?),
        false => None,
    };
    let found = newest(reader, person, locale, page)?;
    let slice = Slice::cut(found, page, total, |row| Cursor {
        key: SortKey::Instant(row.sort_at.0),
        id: row.source_id.0.uuid(),
    });
    let dates: HashMap<Uuid, Timestamp> =
        slice.rows.iter().map(|row| (row.source_id.0.uuid(), row.sort_at.0)).collect();
    let mut shown = articles(reader, &dates)?;
    shown.extend(speeches(reader, person, &dates)?);
    Ok(Slice {
        rows: slice.rows.iter().filter_map(|row| shown.remove(&row.source_id.0.uuid())).collect(),
        next: slice.next,
        previous: slice.previous,
        total: slice.total,
    })
}

/// In which ways somebody appears, in what.
const WAYS: [(Relation, Kind); 3] =
    [(Relation::Author, Kind::Article), (Relation::Speaker, Kind::Speech), (Relation::CoSpeaker, Kind::Speech)];

/// In how many things somebody appears. Who is named twice in one still appeared once.
fn count(reader: &mut PublicReader<'_>, person: PersonId, locale: Option<&Locale>) -> Result<u64, StoreError> {
    let now = Instant(reader.now());
    let mut query = public_links::table
        .filter(public_links::target_id.eq(Key(Id::<()>::new(person.uuid()))))
        .filter(public_links::relation.among_names(&WAYS.map(|(relation, _)| relation)))
        .filter(public_links::visible_from.le(now))
        .filter(public_links::visible_until.gt(now))
        .into_boxed::<MultiBackend>();
    if let Some(locale) = locale {
        query = query.filter(public_links::locale.eq(locale.to_string()));
    }
    let sources = query.select(diesel::dsl::count(public_links::source_id).aggregate_distinct());
    Ok(sources.get_result::<i64>(reader.conn()?)?.unsigned_abs())
}

/// Something in which somebody appears.
#[derive(QueryableByName)]
#[diesel(table_name = public_links, check_for_backend(MultiBackend))]
struct AppearanceRow {
    source_id: Key<()>,
    sort_at: Instant,
}

/// The newest in each way are read along the index of what is linked to a target, and the newest of them are the
/// page. All ways at once no index has in order: everything that somebody ever wrote would be sorted for each page.
fn newest(
    reader: &mut PublicReader<'_>,
    person: PersonId,
    locale: Option<&Locale>,
    page: &PageRequest,
) -> Result<Vec<AppearanceRow>, StoreError> {
    let (limit, offset) = (i64::from(page.limit) + 1, i64::from(page.offset().unwrap_or(0)));
    // SQLite numbers values by where they first stand, so they are bound in that order.
    let mut statement = sql_query("SELECT source_id, sort_at FROM (")
        .into_boxed::<MultiBackend>()
        .bind::<sql::Identity, _>(Key(Id::<()>::new(person.uuid())))
        .bind::<sql::Instant, _>(Instant(reader.now()));
    let mut bound = 2;
    let mut place = || {
        bound += 1;
        format!("${bound}")
    };
    let mut conditions = "target_id = $1 AND visible_from <= $2 AND visible_until > $2".to_owned();
    if let Some(locale) = locale {
        conditions += &format!(" AND locale = {}", place());
        statement = statement.bind::<Text, _>(locale.to_string());
    }
    let (cursor, direction, comparison) = match &page.start {
        Start::After(cursor) => (Some(cursor), "DESC", "<"),
        Start::Before(cursor) => (Some(cursor), "ASC", ">"),
        Start::First | Start::Page(_) | Start::Behind(_) => (None, "DESC", "<"),
    };
    if let Some(Cursor { key: SortKey::Instant(at), id }) = cursor {
        conditions += &format!(" AND (sort_at, source_id) {comparison} ({}, {})", place(), place());
        statement = statement.bind::<sql::Instant, _>(Instant(*at)).bind::<sql::Identity, _>(Key(Id::<()>::new(*id)));
    }
    let (order, most) = (format!("ORDER BY sort_at {direction}, source_id {direction}"), place());
    let ways = WAYS.map(|(relation, kind)| {
        let (relation, kind) = (relation.name(), kind.name());
        format!(
            "SELECT * FROM (SELECT source_id, sort_at FROM public_links WHERE relation = '{relation}' \
             AND source_kind = '{kind}' AND {conditions} AND {IS_FIRST} {order} LIMIT {most}) {relation}"
        )
    });
    let ways = ways.join(" UNION ALL ");
    statement = statement.bind::<BigInt, _>(offset + limit).bind::<BigInt, _>(limit).bind::<BigInt, _>(offset);
    let statement = statement.sql(format!("{ways}) appeared {order} LIMIT {} OFFSET {}", place(), place()));
    Ok(statement.load(reader.conn()?)?)
}

/// Whether a link is the first of its source to its target: who is named twice in one thing appears once.
const IS_FIRST: &str = "NOT EXISTS (SELECT 1 FROM public_links earlier WHERE earlier.source_id = public_links.source_id \
    AND earlier.target_id = public_links.target_id AND earlier.relation IN ('author', 'speaker', 'coSpeaker') \
    AND (earlier.relation, earlier.position) < (public_links.relation, public_links.position))";

/// Those of `dates` that are articles, by id.
fn articles(
    reader: &mut PublicReader<'_>,
    dates: &HashMap<Uuid, Timestamp>,
) -> Result<HashMap<Uuid, Appearance>, StoreError> {
    let rows = public_articles::table
        .filter(public_articles::id.among(keys::<Article>(dates)))
        .select((public_articles::id, public_articles::locale, public_articles::slug, public_articles::title))
        .load::<(Key<Article>, String, String, String)>(reader.conn()?)?;
    rows.into_iter()
        .map(|(key, locale, slug, title)| {
            let id = key.0.uuid();
            let appearance = Appearance {
                part: Part::Author,
                target: Target::new(Kind::Article, key.0),
                locale: stored_locale("public_articles", id, &locale)?,
                slug: stored_slug("public_articles", id, &slug)?,
                title,
                at: dates.get(&id).copied().unwrap_or(Timestamp::EPOCH),
                event: None,
            };
            Ok((id, appearance))
        })
        .collect()
}

/// Those of `dates` that are speeches, by id, each with its event. A speech is visible only while its
/// event is, so there always is one.
fn speeches(
    reader: &mut PublicReader<'_>,
    person: PersonId,
    dates: &HashMap<Uuid, Timestamp>,
) -> Result<HashMap<Uuid, Appearance>, StoreError> {
    let gave_it = public_links::table
        .filter(public_links::source_id.eq(public_speeches::id))
        .filter(public_links::target_id.eq(Key(Id::<()>::new(person.uuid()))))
        .filter(public_links::relation.eq(Name(Relation::Speaker)));
    let rows = public_speeches::table
        .inner_join(public_events::table.on(public_events::id.eq(public_speeches::event_id)))
        .filter(public_speeches::id.among(keys::<Speech>(dates)))
        .select((
            (
                public_speeches::id,
                public_speeches::locale,
                public_speeches::slug,
                public_speeches::title,
                exists(gave_it),
            ),
            (public_events::id, public_events::slug, public_events::title, public_events::starts_on),
        ))
        .load::<((Key<Speech>, String, String, String, bool), (Key<Event>, String, String, Day))>(reader.conn()?)?;
    rows.into_iter()
        .map(|((key, locale, slug, title, gave_it), (event, event_slug, event_title, starts_on))| {
            let id = key.0.uuid();
            let event_slug = stored_slug("public_events", event.0.uuid(), &event_slug)?;
            let appearance = Appearance {
                part: if gave_it { Part::Speaker } else { Part::CoSpeaker },
                target: Target::new(Kind::Speech, key.0),
                locale: stored_locale("public_speeches", id, &locale)?,
                slug: stored_slug("public_speeches", id, &slug)?,
                title,
                at: dates.get(&id).copied().unwrap_or(Timestamp::EPOCH),
                event: Some(EventSummary { id: event.0, slug: event_slug, title: event_title, starts_on: starts_on.0 }),
            };
            Ok((id, appearance))
        })
        .collect()
}

fn keys<T>(dates: &HashMap<Uuid, Timestamp>) -> Vec<Key<T>> {
    dates.keys().map(|id| Key(Id::new(*id))).collect()
}
