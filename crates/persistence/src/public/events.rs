//! Published events, and those of their attendees whom an editor made public.
//!
//! An event decides when its speeches are seen: whenever it is published or withdrawn, their windows
//! follow in the same transaction. Its attendees are copied beside its row, and leave with it.

use std::sync::Arc;

use bantin_domain::{
    article::ArticleId,
    body::Body,
    category::{Category, CategorySummary},
    content::{Content, Group, Publication, Relation, Translation, Window, end_of_time},
    event::{Event, EventId, EventKind, EventStatus, Organiser, PublishedEvent, Span, Venue},
    id::Id,
    kind::{Kind, Ref},
    locale::Locale,
    media::Media,
    text::sort_key,
    time::{Date, SiteZone, Timestamp},
    url::WebUrl,
};
use diesel::prelude::*;
use uuid::Uuid;

use super::{
    Lookup, PublicContent, attendees,
    introduced::Directory,
    relations::{self, BySource},
    speeches, unseen,
};
use crate::{
    among::AmongExt,
    categories,
    changes::NewChange,
    connection::MultiBackend,
    error::StoreError,
    schema::{public_events, public_links},
    slugs,
    sql_types::{Day, Instant, Json, Key, Name},
    store::{PublicReader, Tx},
};

mod list;

pub use self::list::{EventFilter, fitting, list};

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

/// A row, with its text where that was asked for.
#[derive(Queryable)]
struct ListedRow {
    event: EventRow,
    body: Option<Json<Body>>,
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

    /// Its first day, as lists without a filter sort it too: its hour would put two events of one day in another
    /// order there than here.
    fn sort_at(publication: &Publication<Self>) -> Timestamp {
        match zone_of(&publication.content) {
            Ok(zone) => as_instant(publication.content.span.days(&zone).0),
            Err(_) => publication.published_at,
        }
    }
}

/// A local day as its links sort it: days come in the same order as these instants, whatever the zone.
fn as_instant(day: Date) -> Timestamp {
    let midnight = SiteZone::parse("UTC").map(|utc| utc.start_of(day)).unwrap_or(Timestamp::EPOCH);
    // The last day of the calendar has no instant.
    if day == Date::MAX { end_of_time() } else { midnight }
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

/// When an event was published: never, as far as a sort knows, where it has no public row.
///
/// # Errors
/// When the database fails.
pub(super) fn published_at(tx: &mut Tx<'_>, id: EventId) -> Result<Timestamp, StoreError> {
    let found = public_events::table.find(Key(id)).select(public_events::published_at);
    Ok(found.first::<Instant>(tx.conn).optional()?.map_or(Timestamp::EPOCH, |at| at.0))
}

/// What of an event is wanted beside the members of its own row. What is not costs no statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventParts {
    /// Its text, with the media that it shows.
    pub body: bool,
    /// Its section, which its address on the front end is made of too.
    pub category: bool,
    /// Who holds it.
    pub organisers: bool,
    /// Its cover and its attachments.
    pub media: bool,
    /// The same in other languages.
    pub translations: bool,
}

impl EventParts {
    /// Everything.
    pub const WHOLE: Self = Self { body: true, category: true, organisers: true, media: true, translations: true };
    /// Everything but the text: what lists show.
    pub const LISTED: Self = Self { body: false, ..Self::WHOLE };
    /// Nothing but its own row.
    pub const ROW: Self = Self { body: false, category: false, organisers: false, media: false, translations: false };
}

/// One event, whole. Asked for in another language, its sibling answers where there is one.
///
/// # Errors
/// When the database fails.
pub fn find(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Event>,
    locale: Option<&Locale>,
) -> Result<Lookup<PublishedEvent>, StoreError> {
    find_parts(reader, reference, locale, EventParts::WHOLE)
}

/// Of one event what is wanted: see [`find`].
///
/// # Errors
/// When the database fails.
pub fn find_parts(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Event>,
    locale: Option<&Locale>,
    parts: EventParts,
) -> Result<Lookup<PublishedEvent>, StoreError> {
    let now = reader.now();
    let by_id = |id: EventId| visible(now).filter(public_events::id.eq(Key(id)));
    let asked = match reference {
        Ref::Id(id) => by_id(*id),
        Ref::Slug(slug) => visible(now).filter(public_events::slug.eq(slug.to_string())),
    };
    let Some(mut found) = first(reader, asked, parts.body)? else {
        let id = match reference {
            Ref::Id(id) => return unseen(reader, Event::KIND, id.uuid()),
            Ref::Slug(slug) => slugs::holder(reader, Event::KIND, slug)?,
        };
        let Some(id) = id else { return Ok(Lookup::Missing) };
        return match first(reader, by_id(Id::new(id)), false)? {
            Some(ListedRow { event: row, .. }) => {
                Ok(Lookup::Moved(relations::stored_slug("public_events", id, &row.slug)?))
            }
            None => unseen(reader, Event::KIND, id),
        };
    };
    if let Some(locale) = locale.filter(|locale| locale.as_str() != found.event.locale) {
        let siblings = visible(now)
            .filter(public_events::group_id.eq(found.event.group_id))
            .filter(public_events::locale.eq(locale.to_string()));
        found = first(reader, siblings, parts.body)?.unwrap_or(found);
    }
    let mut events = with_relations(reader, vec![found], parts)?;
    Ok(events.pop().map_or(Lookup::Missing, Lookup::Found))
}

type Rows<'a> = public_events::BoxedQuery<'a, MultiBackend>;

fn visible<'a>(now: Timestamp) -> Rows<'a> {
    public_events::table
        .filter(public_events::visible_from.le(Instant(now)))
        .filter(public_events::visible_until.gt(Instant(now)))
        .into_boxed::<MultiBackend>()
}

fn load(reader: &mut PublicReader<'_>, rows: Rows<'_>, with_body: bool) -> Result<Vec<ListedRow>, StoreError> {
    if with_body {
        let rows = rows.select((EventRow::as_select(), public_events::body)).load::<(_, _)>(reader.conn()?)?;
        return Ok(rows.into_iter().map(|(event, body)| ListedRow { event, body: Some(body) }).collect());
    }
    let rows = rows.select(EventRow::as_select()).load(reader.conn()?)?;
    Ok(rows.into_iter().map(|event| ListedRow { event, body: None }).collect())
}

fn first(reader: &mut PublicReader<'_>, rows: Rows<'_>, with_body: bool) -> Result<Option<ListedRow>, StoreError> {
    Ok(load(reader, rows.limit(1), with_body)?.pop())
}

/// Those of these events that can be seen now, without their texts, in no order.
///
/// # Errors
/// When the database fails.
pub fn some(reader: &mut PublicReader<'_>, ids: &[EventId]) -> Result<Vec<PublishedEvent>, StoreError> {
    some_parts(reader, ids, EventParts::LISTED)
}

/// Of these events what is wanted: see [`some`].
///
/// # Errors
/// When the database fails.
pub fn some_parts(
    reader: &mut PublicReader<'_>,
    ids: &[EventId],
    parts: EventParts,
) -> Result<Vec<PublishedEvent>, StoreError> {
    let wanted = visible(reader.now()).filter(public_events::id.among(ids.iter().copied().map(Key)));
    let rows = load(reader, wanted, parts.body)?;
    with_relations(reader, rows, parts)
}

/// The articles that report each of these events and can be seen now, the newest first.
///
/// # Errors
/// When the database fails.
pub fn reports(reader: &mut PublicReader<'_>, events: &[EventId]) -> Result<Vec<(EventId, ArticleId)>, StoreError> {
    let now = Instant(reader.now());
    let rows = public_links::table
        .filter(public_links::target_id.among(events.iter().copied().map(Key)))
        .filter(public_links::relation.eq(Name(Relation::Event)))
        .filter(public_links::source_kind.eq(Name(Kind::Article)))
        .filter(public_links::visible_from.le(now))
        .filter(public_links::visible_until.gt(now))
        .order((public_links::sort_at.desc(), public_links::source_id.desc()))
        .select((public_links::target_id, public_links::source_id))
        .load::<(Key<()>, Key<()>)>(reader.conn()?)?;
    Ok(rows.into_iter().map(|(event, article)| (Id::new(event.0.uuid()), Id::new(article.0.uuid()))).collect())
}

/// Joins a page of rows with the summaries of what they refer to, in a constant number of statements.
fn with_relations(
    reader: &mut PublicReader<'_>,
    rows: Vec<ListedRow>,
    parts: EventParts,
) -> Result<Vec<PublishedEvent>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = rows.iter().map(|one| one.event.id.0.uuid()).collect();
    let sections = if parts.category { categories::all(reader)? } else { Arc::from([]) };
    let wanted: &[Relation] = if parts.organisers { &[Relation::Organiser] } else { &[] };
    let named = relations::named(reader, &ids, wanted)?;
    let directory = Directory::of(named.people, named.organisations);
    let mut media = relations::media_shown(reader, &ids, relations::media_relations(parts.body, parts.media))?;
    let translations = match parts.translations {
        true => translations(reader, rows.iter().map(|one| one.event.group_id).collect())?,
        false => BySource::new(),
    };
    rows.into_iter()
        .map(|ListedRow { event: row, body }| {
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
                body: body.map(|body| body.0),
                body_media,
                category: row.category_id.and_then(|category| CategorySummary::of(&sections, category.0, &locale)),
                locale,
                cover,
                attachments,
                published_at: row.published_at.0,
                updated_at: row.updated_at.0,
                revision: row.revision,
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

fn translations(reader: &mut PublicReader<'_>, groups: Vec<Key<Group>>) -> Result<BySource<Translation>, StoreError> {
    let rows = visible(reader.now())
        .filter(public_events::group_id.among(groups))
        .order((public_events::group_id, public_events::locale))
        .select((
            public_events::group_id,
            public_events::id,
            public_events::locale,
            public_events::slug,
            public_events::title,
        ))
        .load::<(Key<Group>, Key<Event>, String, String, String)>(reader.conn()?)?;
    relations::translations(
        "public_events",
        rows.into_iter()
            .map(|(group, id, locale, slug, title)| (group.0.uuid(), id.0.uuid(), locale, slug, title))
            .collect(),
    )
}
