//! Published events, and those of their attendees whom an editor made public.
//!
//! An event decides when its speeches are seen: whenever it is published or withdrawn, their windows
//! follow in the same transaction. Its attendees are copied beside its row, and leave with it.

use bantin_domain::{
    body::Body,
    category::{Category, CategoryId, CategorySummary},
    content::{Content, Group, Publication, Relation, Translation, Window},
    event::{Event, EventId, EventKind, EventStatus, Organiser, PublishedEvent, Span, Venue, When},
    id::Id,
    kind::{Kind, Ref},
    listing::{Cursor, PageRequest, Slice, SortKey, Start},
    locale::Locale,
    media::Media,
    organisation::OrganisationId,
    person::PersonId,
    text::sort_key,
    time::{Date, SiteZone, Timestamp},
    url::WebUrl,
};
use diesel::prelude::*;
use uuid::Uuid;

use super::{Lookup, PublicContent, attendees, introduced::Directory, relations, speeches, unseen};
use crate::{
    categories,
    changes::NewChange,
    connection::MultiBackend,
    error::StoreError,
    schema::{public_events, public_links, public_speeches},
    slugs,
    sql_types::{Day, Instant, Json, Key, Name},
    store::{PublicReader, Tx},
};

/// A row without its text, which lists leave out.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = public_events, check_for_backend(MultiBackend), treat_none_as_default_value = false)]
struct EventRow {
    id: Key<Event>,
    locale: String,
    group_id: Key<Group>,
    slug: String,
    revision: i64,
    title: String,
    title_sort: Vec<u8>,
    kind: Name<EventKind>,
    status: Name<EventStatus>,
    starts_on: Day,
    ends_on: Day,
    starts_at: Option<Instant>,
    ends_at: Option<Instant>,
    timezone: String,
    venue: Json<Option<Venue>>,
    online_url: Option<String>,
    organisers: Json<Vec<Organiser>>,
    summary: Option<String>,
    category_id: Option<Key<Category>>,
    cover_id: Option<Key<Media>>,
    published_at: Instant,
    updated_at: Instant,
    visible_from: Instant,
    visible_until: Instant,
}

/// The zone in which the days of an event are counted. Publishing has put the site's where the
/// editor said none; UTC is left for what no publication can be.
fn zone_of(event: &Event) -> Result<SiteZone, StoreError> {
    let zone = event.timezone.clone().map_or_else(|| SiteZone::parse("UTC"), Ok);
    zone.map_err(|fault| StoreError::Corrupt {
        table: "public_events",
        column: "timezone",
        id: event.slug.to_string(),
        reason: fault.message,
    })
}

impl PublicContent for Event {
    fn insert_row(tx: &mut Tx<'_>, publication: &Publication<Self>, window: Window) -> Result<(), StoreError> {
        let event = &publication.content;
        let zone = zone_of(event)?;
        let (starts_on, ends_on) = event.span.days(&zone);
        let (starts_at, ends_at) = match event.span {
            Span::Days { .. } => (None, None),
            Span::Times { start, end } => (Some(Instant(start)), end.map(Instant)),
        };
        let row = EventRow {
            id: Key(publication.id),
            locale: event.locale.to_string(),
            group_id: Key(publication.group),
            slug: event.slug.to_string(),
            revision: publication.revision,
            title: event.title.to_string(),
            title_sort: sort_key(event.title.as_str()),
            kind: Name(event.kind),
            status: Name(event.status),
            starts_on: Day(starts_on),
            ends_on: Day(ends_on),
            starts_at,
            ends_at,
            timezone: zone.name().to_owned(),
            venue: Json(event.venue.clone()),
            online_url: event.online_url.as_ref().map(|url| url.as_str().to_owned()),
            organisers: Json(event.organisers.clone()),
            summary: event.summary.as_ref().map(ToString::to_string),
            category_id: event.category_id.map(Key),
            cover_id: event.cover_id.map(Key),
            published_at: Instant(publication.published_at),
            updated_at: Instant(publication.updated_at),
            visible_from: Instant(window.from),
            visible_until: Instant(window.until),
        };
        diesel::insert_into(public_events::table)
            .values((row, public_events::body.eq(Json(event.body.clone()))))
            .execute(tx.conn)?;
        attendees::copy(tx, publication.id)
    }

    fn set_row_window(tx: &mut Tx<'_>, id: EventId, window: Window) -> Result<Window, StoreError> {
        diesel::update(public_events::table.find(Key(id)))
            .set((
                public_events::visible_from.eq(Instant(window.from)),
                public_events::visible_until.eq(Instant(window.until)),
            ))
            .execute(tx.conn)?;
        Ok(window)
    }

    fn delete_row(tx: &mut Tx<'_>, id: EventId) -> Result<(), StoreError> {
        diesel::delete(public_events::table.find(Key(id))).execute(tx.conn)?;
        Ok(())
    }

    fn follow(tx: &mut Tx<'_>, id: EventId, window: Window) -> Result<Vec<NewChange>, StoreError> {
        speeches::follow_event(tx, id, window)
    }

    fn sort_at(publication: &Publication<Self>) -> Timestamp {
        match (publication.content.span, zone_of(&publication.content)) {
            (Span::Times { start, .. }, _) => start,
            (Span::Days { first, .. }, Ok(zone)) => zone.start_of(first),
            (Span::Days { .. }, Err(_)) => publication.published_at,
        }
    }
}

/// When an event can be seen: never where it has no public row.
///
/// # Errors
/// When the database fails.
pub(super) fn window(tx: &mut Tx<'_>, id: EventId) -> Result<Window, StoreError> {
    let found = public_events::table
        .find(Key(id))
        .select((public_events::visible_from, public_events::visible_until))
        .first::<(Instant, Instant)>(tx.conn)
        .optional()?;
    Ok(found.map_or_else(Window::never, |(from, until)| Window { from: from.0, until: until.0 }))
}

/// Which events a reader asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// In this language; `None` is all.
    pub locale: Option<Locale>,
    /// Of this sort.
    pub kind: Option<EventKind>,
    /// So certain.
    pub status: Option<EventStatus>,
    /// In this section or below it.
    pub category: Option<CategoryId>,
    /// Held by this organisation.
    pub organisation: Option<OrganisationId>,
    /// Where this person speaks.
    pub person: Option<PersonId>,
    /// To come, going on or over on this local day.
    pub when: Option<(When, Date)>,
}

type Rows<'a> = public_events::BoxedQuery<'a, MultiBackend>;

fn visible<'a>(now: Timestamp) -> Rows<'a> {
    public_events::table
        .filter(public_events::visible_from.le(Instant(now)))
        .filter(public_events::visible_until.gt(Instant(now)))
        .into_boxed::<MultiBackend>()
}

fn filtered<'a>(filter: &EventFilter, now: Timestamp) -> Rows<'a> {
    let mut query = visible(now);
    if let Some(locale) = &filter.locale {
        query = query.filter(public_events::locale.eq(locale.to_string()));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(public_events::kind.eq(Name(kind)));
    }
    if let Some(status) = filter.status {
        query = query.filter(public_events::status.eq(Name(status)));
    }
    let links = [
        filter.category.map(|id| (Relation::Section, id.uuid())),
        filter.organisation.map(|id| (Relation::Organiser, id.uuid())),
    ];
    for (relation, target) in links.into_iter().flatten() {
        let linked = public_links::table
            .filter(public_links::target_id.eq(Key(Id::<()>::new(target))))
            .filter(public_links::relation.eq(Name(relation)))
            .filter(public_links::source_kind.eq(Name(Kind::Event)))
            .select(public_links::source_id);
        query = query.filter(public_events::id.eq_any(linked));
    }
    if let Some(person) = filter.person {
        let spoken = public_links::table
            .inner_join(public_speeches::table.on(public_speeches::id.eq(public_links::source_id)))
            .filter(public_links::target_id.eq(Key(Id::<()>::new(person.uuid()))))
            .filter(public_links::relation.eq_any([Name(Relation::Speaker), Name(Relation::CoSpeaker)]))
            .filter(public_speeches::visible_from.le(Instant(now)))
            .filter(public_speeches::visible_until.gt(Instant(now)))
            .select(public_speeches::event_id);
        query = query.filter(public_events::id.eq_any(spoken));
    }
    match filter.when {
        None => query,
        Some((When::Upcoming, day)) => query.filter(public_events::starts_on.gt(Day(day))),
        Some((When::Ongoing, day)) => {
            query.filter(public_events::starts_on.le(Day(day))).filter(public_events::ends_on.ge(Day(day)))
        }
        Some((When::Past, day)) => query.filter(public_events::ends_on.lt(Day(day))),
    }
}

/// A page of events, the latest day first.
///
/// # Errors
/// When the database fails.
pub fn list(
    reader: &mut PublicReader<'_>,
    filter: &EventFilter,
    page: &PageRequest,
) -> Result<Slice<PublishedEvent>, StoreError> {
    use public_events::{id, starts_on};
    let now = reader.now();
    let total = match page.count {
        true => Some(filtered(filter, now).count().get_result::<i64>(reader.conn)?.unsigned_abs()),
        false => None,
    };
    let rows = filtered(filter, now);
    let rows = match &page.start {
        Start::After(Cursor { key: SortKey::Day(day), id: row }) => {
            let (day, row) = (Day(*day), Key(Id::<Event>::new(*row)));
            rows.filter(starts_on.lt(day).or(starts_on.eq(day).and(id.lt(row))))
        }
        Start::Before(Cursor { key: SortKey::Day(day), id: row }) => {
            let (day, row) = (Day(*day), Key(Id::<Event>::new(*row)));
            rows.filter(starts_on.gt(day).or(starts_on.eq(day).and(id.gt(row))))
        }
        _ => rows,
    };
    let rows = match page.start {
        Start::Before(_) => rows.order((starts_on.asc(), id.asc())),
        _ => rows.order((starts_on.desc(), id.desc())),
    };
    let rows = rows
        .limit(i64::from(page.limit) + 1)
        .offset(i64::from(page.offset().unwrap_or(0)))
        .select(EventRow::as_select())
        .load(reader.conn)?;
    let slice = Slice::cut(rows, page, total, |row| Cursor { key: SortKey::Day(row.starts_on.0), id: row.id.0.uuid() });
    let (next, previous, total) = (slice.next, slice.previous, slice.total);
    let rows = with_relations(reader, slice.rows.into_iter().map(|row| (row, None)).collect())?;
    Ok(Slice { rows, next, previous, total })
}

/// One event with its text. Asked for in another language, its sibling answers where there is one.
///
/// # Errors
/// When the database fails.
pub fn find(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Event>,
    locale: Option<&Locale>,
) -> Result<Lookup<PublishedEvent>, StoreError> {
    let now = reader.now();
    let first = |reader: &mut PublicReader<'_>, rows: Rows<'_>| {
        rows.select((EventRow::as_select(), public_events::body))
            .first::<(EventRow, Json<Body>)>(reader.conn)
            .optional()
    };
    let by_id = |id: EventId| visible(now).filter(public_events::id.eq(Key(id)));
    let asked = match reference {
        Ref::Id(id) => by_id(*id),
        Ref::Slug(slug) => visible(now).filter(public_events::slug.eq(slug.to_string())),
    };
    let Some(mut found) = first(reader, asked)? else {
        let id = match reference {
            Ref::Id(id) => return unseen(reader, Event::KIND, id.uuid()),
            Ref::Slug(slug) => slugs::holder(reader, Event::KIND, slug)?,
        };
        let Some(id) = id else { return Ok(Lookup::Missing) };
        return match first(reader, by_id(Id::new(id)))? {
            Some((row, _)) => Ok(Lookup::Moved(relations::stored_slug("public_events", id, &row.slug)?)),
            None => unseen(reader, Event::KIND, id),
        };
    };
    if let Some(locale) = locale.filter(|locale| locale.as_str() != found.0.locale) {
        let siblings = visible(now)
            .filter(public_events::group_id.eq(found.0.group_id))
            .filter(public_events::locale.eq(locale.to_string()));
        found = first(reader, siblings)?.unwrap_or(found);
    }
    let (row, body) = found;
    let mut events = with_relations(reader, vec![(row, Some(body.0))])?;
    Ok(events.pop().map_or(Lookup::Missing, Lookup::Found))
}

/// Joins a page of rows with the summaries of what they refer to, in one statement per relation.
fn with_relations(
    reader: &mut PublicReader<'_>,
    rows: Vec<(EventRow, Option<Body>)>,
) -> Result<Vec<PublishedEvent>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = rows.iter().map(|(row, _)| row.id.0.uuid()).collect();
    let groups: Vec<Key<Group>> = rows.iter().map(|(row, _)| row.group_id).collect();
    let sections = categories::all(reader)?;
    let organisations = relations::organisations_of(reader, &ids, &[Relation::Organiser])?;
    let directory = Directory::of(relations::BySource::new(), organisations);
    let mut media = relations::media_of(reader, &ids)?;
    let translations = translations(reader, groups)?;
    rows.into_iter()
        .map(|(row, body)| {
            let id = row.id.0.uuid();
            let (cover, body_media, attachments) = relations::sorted_media(media.remove(&id).unwrap_or_default());
            let locale = relations::stored_locale("public_events", id, &row.locale)?;
            Ok(PublishedEvent {
                id: row.id.0,
                slug: relations::stored_slug("public_events", id, &row.slug)?,
                title: row.title,
                kind: row.kind.0,
                status: row.status.0,
                starts_on: row.starts_on.0,
                ends_on: row.ends_on.0,
                starts_at: row.starts_at.map(|at| at.0),
                ends_at: row.ends_at.map(|at| at.0),
                timezone: row.timezone,
                venue: row.venue.0,
                online_url: row.online_url.map(|url| stored_url(id, &url)).transpose()?,
                organisers: row.organisers.0.into_iter().filter_map(|one| directory.announce(one)).collect(),
                summary: row.summary,
                body,
                body_media,
                category: row.category_id.and_then(|category| CategorySummary::of(&sections, category.0, &locale)),
                locale,
                cover,
                attachments,
                published_at: row.published_at.0,
                updated_at: row.updated_at.0,
                translations: translations
                    .get(&row.group_id.0.uuid())
                    .map(|group| group.iter().filter(|one| one.id != id).cloned().collect())
                    .unwrap_or_default(),
            })
        })
        .collect()
}

fn stored_url(id: Uuid, url: &str) -> Result<WebUrl, StoreError> {
    WebUrl::parse(url).map_err(|fault| StoreError::Corrupt {
        table: "public_events",
        column: "online_url",
        id: id.to_string(),
        reason: fault.message,
    })
}

fn translations(
    reader: &mut PublicReader<'_>,
    groups: Vec<Key<Group>>,
) -> Result<relations::BySource<Translation>, StoreError> {
    let rows = visible(reader.now())
        .filter(public_events::group_id.eq_any(groups))
        .order((public_events::group_id, public_events::locale))
        .select((
            public_events::group_id,
            public_events::id,
            public_events::locale,
            public_events::slug,
            public_events::title,
        ))
        .load::<(Key<Group>, Key<Event>, String, String, String)>(reader.conn)?;
    relations::translations(
        "public_events",
        rows.into_iter()
            .map(|(group, id, locale, slug, title)| (group.0.uuid(), id.0.uuid(), locale, slug, title))
            .collect(),
    )
}
