//! What somebody publicly spoke at or wrote.

use bantin_domain::{
    article::Article,
    content::Relation,
    event::{Event, EventSummary},
    id::Id,
    kind::{Kind, Target},
    listing::{Cursor, PageRequest, Slice, SortKey, Start},
    locale::Locale,
    person::{Appearance, Part, PersonId},
    speech::Speech,
    time::Timestamp,
};
use diesel::{dsl::exists, prelude::*};
use std::collections::HashMap;
use uuid::Uuid;

use crate::{
    among::AmongExt,
    connection::MultiBackend,
    error::StoreError,
    public::relations::{stored_locale, stored_slug},
    schema::{public_articles, public_events, public_links, public_speeches},
    sql_types::{Day, Instant, Key, Name},
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
    use public_links::{sort_at, source_id};
    let now = Instant(reader.now());
    let query = || {
        let mut query = public_links::table
            .filter(public_links::target_id.eq(Key(Id::<()>::new(person.uuid()))))
            .filter(public_links::relation.eq_any(RELATIONS.map(Name)))
            .filter(public_links::visible_from.le(now))
            .filter(public_links::visible_until.gt(now))
            .into_boxed::<MultiBackend>();
        if let Some(locale) = locale {
            query = query.filter(public_links::locale.eq(locale.to_string()));
        }
        query
    };
    let total = match page.count {
        // Who is named twice in one programme item still appeared once.
        true => Some(
            query()
                .select(diesel::dsl::count(source_id).aggregate_distinct())
                .get_result::<i64>(reader.conn)?
                .unsigned_abs(),
        ),
        false => None,
    };
    let rows = match &page.start {
        Start::After(Cursor { key: SortKey::Instant(at), id }) => {
            let (at, id) = (Instant(*at), Key(Id::<()>::new(*id)));
            query().filter(sort_at.lt(at).or(sort_at.eq(at).and(source_id.lt(id))))
        }
        Start::Before(Cursor { key: SortKey::Instant(at), id }) => {
            let (at, id) = (Instant(*at), Key(Id::<()>::new(*id)));
            query().filter(sort_at.gt(at).or(sort_at.eq(at).and(source_id.gt(id))))
        }
        _ => query(),
    };
    let rows = match page.start {
        Start::Before(_) => rows.order((sort_at.asc(), source_id.asc())),
        _ => rows.order((sort_at.desc(), source_id.desc())),
    };
    let found = rows
        .select((source_id, public_links::source_kind, sort_at))
        .distinct()
        .limit(i64::from(page.limit) + 1)
        .offset(i64::from(page.offset().unwrap_or(0)))
        .load::<(Key<()>, Name<Kind>, Instant)>(reader.conn)?;
    let slice = Slice::cut(found, page, total, |(id, _, at)| Cursor { key: SortKey::Instant(at.0), id: id.0.uuid() });
    let dates: HashMap<Uuid, Timestamp> = slice.rows.iter().map(|(id, _, at)| (id.0.uuid(), at.0)).collect();
    let mut shown = articles(reader, &dates)?;
    shown.extend(speeches(reader, person, &dates)?);
    Ok(Slice {
        rows: slice.rows.iter().filter_map(|(id, _, _)| shown.remove(&id.0.uuid())).collect(),
        next: slice.next,
        previous: slice.previous,
        total: slice.total,
    })
}

const RELATIONS: [Relation; 3] = [Relation::Author, Relation::Speaker, Relation::CoSpeaker];

/// Those of `dates` that are articles, by id.
fn articles(
    reader: &mut PublicReader<'_>,
    dates: &HashMap<Uuid, Timestamp>,
) -> Result<HashMap<Uuid, Appearance>, StoreError> {
    let rows = public_articles::table
        .filter(public_articles::id.among(keys::<Article>(dates)))
        .select((public_articles::id, public_articles::locale, public_articles::slug, public_articles::title))
        .load::<(Key<Article>, String, String, String)>(reader.conn)?;
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
        .load::<((Key<Speech>, String, String, String, bool), (Key<Event>, String, String, Day))>(reader.conn)?;
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
