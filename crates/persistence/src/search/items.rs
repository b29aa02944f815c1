//! What an answer shows of what was found: one statement for each kind that is among it.

use std::collections::HashMap;

use bantin_domain::{
    article::Article,
    category::{Category, CategoryId},
    event::{Event, EventKind, EventStatus, EventSummary},
    id::Id,
    kind::{Kind, Target},
    locale::Locale,
    page::Page,
    person::Person,
    search::found::{FoundItem, FoundWhat},
    speech::{Speaker, Speech, SpeechKind},
    tag::Tag,
    text::Slug,
};
use diesel::prelude::*;
use uuid::Uuid;

use crate::{
    among::AmongExt,
    error::StoreError,
    people,
    prepared::KeptExt,
    public::relations::{stored_locale, stored_slug},
    schema::{people as people_table, public_articles, public_events, public_pages, public_speeches},
    sql_types::{Day, Instant, Json, Key, Name},
    store::PublicReader,
    tags,
};

/// Those of `targets` that the public sees now, by identity.
///
/// # Errors
/// When the database fails.
pub fn load(reader: &mut PublicReader<'_>, targets: &[Target]) -> Result<HashMap<Uuid, FoundItem>, StoreError> {
    let mut found = Vec::new();
    found.extend(articles(reader, &of_kind(targets, Kind::Article))?);
    found.extend(events(reader, &of_kind(targets, Kind::Event))?);
    found.extend(speeches(reader, &of_kind(targets, Kind::Speech))?);
    found.extend(pages(reader, &of_kind(targets, Kind::Page))?);
    found.extend(persons(reader, &of_kind(targets, Kind::Person))?);
    found.extend(tagged(reader, &of_kind(targets, Kind::Tag))?);
    Ok(found.into_iter().map(|item| (item.target.id, item)).collect())
}

fn of_kind<T>(targets: &[Target], kind: Kind) -> Vec<Key<T>> {
    targets.iter().filter(|target| target.kind == kind).map(|target| Key(Id::new(target.id))).collect()
}

/// What every kind of content has.
fn item(
    table: &'static str,
    target: Target,
    (locale, slug, title, summary): (String, String, String, Option<String>),
    category: Option<CategoryId>,
    what: FoundWhat,
) -> Result<FoundItem, StoreError> {
    Ok(FoundItem {
        target,
        locale: Some(stored_locale(table, target.id, &locale)?),
        slug: stored_slug(table, target.id, &slug)?,
        title,
        summary,
        category,
        what,
    })
}

fn articles(reader: &mut PublicReader<'_>, ids: &[Key<Article>]) -> Result<Vec<FoundItem>, StoreError> {
    use public_articles as row;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let now = Instant(reader.now());
    let rows = row::table
        .filter(row::id.among(ids.iter().copied()))
        .filter(row::visible_from.le(now))
        .filter(row::visible_until.gt(now))
        .select((
            row::id,
            (row::locale, row::slug, row::title, row::summary),
            (row::category_id, row::byline, row::published_at),
        ))
        .kept()
        .load::<(Key<Article>, Names, (Key<Category>, Option<String>, Instant))>(reader.conn()?)?;
    rows.into_iter()
        .map(|(id, names, (category, byline, at))| {
            let what = FoundWhat::Article { byline, published_at: at.0 };
            item("public_articles", Target::new(Kind::Article, id.0), names, Some(category.0), what)
        })
        .collect()
}

/// Language, address, title, summary.
type Names = (String, String, String, Option<String>);

fn events(reader: &mut PublicReader<'_>, ids: &[Key<Event>]) -> Result<Vec<FoundItem>, StoreError> {
    use public_events as row;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let now = Instant(reader.now());
    let rows = row::table
        .filter(row::id.among(ids.iter().copied()))
        .filter(row::visible_from.le(now))
        .filter(row::visible_until.gt(now))
        .select((
            row::id,
            (row::locale, row::slug, row::title, row::summary),
            (row::category_id, row::kind, row::status, row::starts_on, row::ends_on),
        ))
        .kept()
        .load::<(Key<Event>, Names, (Option<Key<Category>>, Name<EventKind>, Name<EventStatus>, Day, Day))>(
            reader.conn()?,
        )?;
    rows.into_iter()
        .map(|(id, names, (category, kind, status, starts_on, ends_on))| {
            let what = FoundWhat::Event { kind: kind.0, status: status.0, starts_on: starts_on.0, ends_on: ends_on.0 };
            item("public_events", Target::new(Kind::Event, id.0), names, category.map(|id| id.0), what)
        })
        .collect()
}

fn speeches(reader: &mut PublicReader<'_>, ids: &[Key<Speech>]) -> Result<Vec<FoundItem>, StoreError> {
    use public_speeches as row;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let now = Instant(reader.now());
    let rows = row::table
        .inner_join(public_events::table.on(public_events::id.eq(row::event_id)))
        .filter(row::id.among(ids.iter().copied()))
        .filter(row::visible_from.le(now))
        .filter(row::visible_until.gt(now))
        .select((
            row::id,
            (row::locale, row::slug, row::title, row::summary),
            (row::kind, row::speaker),
            (public_events::id, public_events::slug, public_events::title, public_events::starts_on),
        ))
        .kept()
        .load::<(Key<Speech>, Names, (Name<SpeechKind>, Json<Option<Speaker>>), (Key<Event>, String, String, Day))>(
            reader.conn()?,
        )?;
    rows.into_iter()
        .map(|(id, names, (kind, speaker), (event, slug, title, day))| {
            let slug = stored_slug("public_events", event.0.uuid(), &slug)?;
            let event = EventSummary { id: event.0, slug, title, starts_on: day.0 };
            let speaker = speaker.0.and_then(|speaker| speaker.name).map(|name| name.to_string());
            let what = FoundWhat::Speech { kind: kind.0, speaker, event };
            item("public_speeches", Target::new(Kind::Speech, id.0), names, None, what)
        })
        .collect()
}

fn pages(reader: &mut PublicReader<'_>, ids: &[Key<Page>]) -> Result<Vec<FoundItem>, StoreError> {
    use public_pages as row;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let now = Instant(reader.now());
    let rows = row::table
        .filter(row::id.among(ids.iter().copied()))
        .filter(row::visible_from.le(now))
        .filter(row::visible_until.gt(now))
        .select((row::id, (row::locale, row::slug, row::title, row::summary)))
        .kept()
        .load::<(Key<Page>, Names)>(reader.conn()?)?;
    rows.into_iter()
        .map(|(id, names)| item("public_pages", Target::new(Kind::Page, id.0), names, None, FoundWhat::Page))
        .collect()
}

fn persons(reader: &mut PublicReader<'_>, ids: &[Key<Person>]) -> Result<Vec<FoundItem>, StoreError> {
    let ids: Vec<Id<Person>> = ids.iter().map(|id| id.0).collect();
    let public = people::public_among(reader, &ids)?;
    if public.is_empty() {
        return Ok(Vec::new());
    }
    let titles: HashMap<Uuid, Option<String>> = people_table::table
        .filter(people_table::id.among(public.iter().map(|one| Key(one.id))))
        .select((people_table::id, people_table::academic_title))
        .kept()
        .load::<(Key<Person>, Option<String>)>(reader.conn()?)?
        .into_iter()
        .map(|(id, title)| (id.0.uuid(), title))
        .collect();
    let entry = |person: bantin_domain::person::PersonSummary| {
        let academic_title = titles.get(&person.id.uuid()).cloned().flatten();
        named(Target::new(Kind::Person, person.id), person.slug, person.name, FoundWhat::Person { academic_title })
    };
    Ok(public.into_iter().map(entry).collect())
}

fn tagged(reader: &mut PublicReader<'_>, ids: &[Key<Tag>]) -> Result<Vec<FoundItem>, StoreError> {
    let ids: Vec<Id<Tag>> = ids.iter().map(|id| id.0).collect();
    let public = tags::public_among(reader, &ids)?;
    Ok(public
        .into_iter()
        .map(|tag| named(Target::new(Kind::Tag, tag.id), tag.slug, tag.name, FoundWhat::Tag))
        .collect())
}

/// An entry of the directory, which has no language of its own.
fn named(target: Target, slug: Slug, title: String, what: FoundWhat) -> FoundItem {
    FoundItem { target, locale: None::<Locale>, slug, title, summary: None, category: None, what }
}
