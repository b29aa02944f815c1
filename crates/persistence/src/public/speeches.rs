//! Published speeches.
//!
//! A speech is seen only with its event, so a row has two windows: its own, and the one that readers
//! ask for, which is its own cut to that of the event. Whatever moves either one rewrites the second
//! here, for the row and for its links.

use bantin_domain::{
    body::Body,
    content::{Content, Group, Publication, Relation, Translation, Window},
    event::{Event, EventId},
    id::Id,
    kind::{ChangeKind, Kind, Ref, Target},
    listing::{Cursor, PageRequest, Slice, SortKey, Start},
    locale::Locale,
    organisation::OrganisationId,
    person::PersonId,
    speech::{PublishedSpeech, Speaker, Speech, SpeechId, SpeechKind},
    text::sort_key,
    time::Timestamp,
    url::WebUrl,
};
use diesel::prelude::*;
use uuid::Uuid;

use super::{Lookup, PublicContent, events, introduced::Directory, relations, set_links_window, unseen};
use crate::{
    changes::NewChange,
    connection::MultiBackend,
    due,
    error::StoreError,
    schema::{items, public_links, public_speeches},
    slugs,
    sql_types::{Instant, Json, Key, Name},
    store::{PublicReader, Tx},
};

/// A row without its text, which lists leave out.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = public_speeches, check_for_backend(MultiBackend), treat_none_as_default_value = false)]
struct SpeechRow {
    id: Key<Speech>,
    locale: String,
    group_id: Key<Group>,
    event_id: Key<Event>,
    position: i64,
    slug: String,
    revision: i64,
    title: String,
    title_sort: Vec<u8>,
    kind: Name<SpeechKind>,
    speaker: Json<Option<Speaker>>,
    co_speakers: Json<Vec<Speaker>>,
    summary: Option<String>,
    starts_at: Option<Instant>,
    duration_minutes: Option<i64>,
    video_url: Option<String>,
    published_at: Instant,
    updated_at: Instant,
    own_from: Instant,
    own_until: Instant,
    visible_from: Instant,
    visible_until: Instant,
}

impl PublicContent for Speech {
    fn effective_window(tx: &mut Tx<'_>, publication: &Publication<Self>) -> Result<Window, StoreError> {
        Ok(publication.window.cut_to(events::window(tx, publication.content.event_id)?))
    }

    fn insert_row(tx: &mut Tx<'_>, publication: &Publication<Self>, window: Window) -> Result<(), StoreError> {
        let speech = &publication.content;
        let row = SpeechRow {
            id: Key(publication.id),
            locale: speech.locale.to_string(),
            group_id: Key(publication.group),
            event_id: Key(speech.event_id),
            position: publication.position,
            slug: speech.slug.to_string(),
            revision: publication.revision,
            title: speech.title.to_string(),
            title_sort: sort_key(speech.title.as_str()),
            kind: Name(speech.kind),
            speaker: Json(speech.speaker.clone()),
            co_speakers: Json(speech.co_speakers.clone()),
            summary: speech.summary.as_ref().map(ToString::to_string),
            starts_at: speech.starts_at.map(Instant),
            duration_minutes: speech.duration_minutes.map(i64::from),
            video_url: speech.video_url.as_ref().map(|url| url.as_str().to_owned()),
            published_at: Instant(publication.published_at),
            updated_at: Instant(publication.updated_at),
            own_from: Instant(publication.window.from),
            own_until: Instant(publication.window.until),
            visible_from: Instant(window.from),
            visible_until: Instant(window.until),
        };
        diesel::insert_into(public_speeches::table)
            .values((row, public_speeches::body.eq(Json(speech.body.clone()))))
            .execute(tx.conn)?;
        Ok(())
    }

    fn set_row_window(tx: &mut Tx<'_>, id: SpeechId, window: Window) -> Result<Window, StoreError> {
        let event = public_speeches::table
            .find(Key(id))
            .select(public_speeches::event_id)
            .first::<Key<bantin_domain::event::Event>>(tx.conn)?;
        let effective = window.cut_to(events::window(tx, event.0)?);
        diesel::update(public_speeches::table.find(Key(id)))
            .set((
                public_speeches::own_from.eq(Instant(window.from)),
                public_speeches::own_until.eq(Instant(window.until)),
                public_speeches::visible_from.eq(Instant(effective.from)),
                public_speeches::visible_until.eq(Instant(effective.until)),
            ))
            .execute(tx.conn)?;
        Ok(effective)
    }

    fn delete_row(tx: &mut Tx<'_>, id: SpeechId) -> Result<(), StoreError> {
        diesel::delete(public_speeches::table.find(Key(id))).execute(tx.conn)?;
        Ok(())
    }

    /// The places of the others in the programme follow.
    fn follow(tx: &mut Tx<'_>, id: SpeechId, _window: Window) -> Result<Vec<NewChange>, StoreError> {
        let event = items::table
            .filter(items::id.eq(Key(Id::<()>::new(id.uuid()))))
            .select(items::parent_id)
            .first::<Option<Key<()>>>(tx.conn)
            .optional()?;
        let Some(event) = event.flatten().map(|key| EventId::new(key.0.uuid())) else {
            return Ok(Vec::new());
        };
        let window = events::window(tx, event)?;
        let mut changes = follow_event(tx, event, window)?;
        // Its own change is told by who publishes it.
        changes.retain(|change| change.target != Target::new(Kind::Speech, id));
        Ok(changes)
    }
}

/// Lets the speeches of an event follow it: each is seen while both its own window and the event's
/// are open, and they stand in the order of the desk. What comes back says which of them thereby came
/// into sight, went out of it, or stands elsewhere.
///
/// Places are counted among what was published: a gap would tell of a draft in between.
///
/// # Errors
/// When the database fails.
pub(super) fn follow_event(tx: &mut Tx<'_>, event: EventId, window: Window) -> Result<Vec<NewChange>, StoreError> {
    let now = tx.now();
    let rows = public_speeches::table
        .inner_join(items::table.on(items::id.eq(public_speeches::id)))
        .filter(public_speeches::event_id.eq(Key(event)))
        .order((items::position.asc(), public_speeches::id.asc()))
        .select(SpeechRow::as_select())
        .load(tx.conn)?;
    let mut changes = Vec::new();
    for (place, row) in (1_i64..).zip(rows) {
        let was = Window { from: row.visible_from.0, until: row.visible_until.0 };
        let is = Window { from: row.own_from.0, until: row.own_until.0 }.cut_to(window);
        if was == is && row.position == place {
            continue;
        }
        diesel::update(public_speeches::table.find(row.id))
            .set((
                public_speeches::visible_from.eq(Instant(is.from)),
                public_speeches::visible_until.eq(Instant(is.until)),
                public_speeches::position.eq(place),
            ))
            .execute(tx.conn)?;
        let id = row.id.0.uuid();
        set_links_window(tx, id, is)?;
        due::note(tx, Target::new(Kind::Speech, row.id.0), is)?;
        let kind = match (was.contains(now), is.contains(now)) {
            (false, true) => ChangeKind::Created,
            (true, false) => ChangeKind::Deleted,
            (true, true) if place != row.position => ChangeKind::Updated,
            (true, true) | (false, false) => continue,
        };
        let slug = relations::stored_slug("public_speeches", id, &row.slug)?;
        if kind == ChangeKind::Created {
            slugs::make_current(tx, Kind::Speech, &slug, id)?;
        }
        changes.push(NewChange {
            kind,
            target: Target::new(Kind::Speech, row.id.0),
            locale: Some(relations::stored_locale("public_speeches", id, &row.locale)?),
            slug: Some(slug),
            previous_slug: None,
            at: now,
        });
    }
    Ok(changes)
}

/// Which speeches a reader asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpeechFilter {
    /// In this language; `None` is all.
    pub locale: Option<Locale>,
    /// Of this sort.
    pub kind: Option<SpeechKind>,
    /// Given at this event.
    pub event: Option<EventId>,
    /// Given by this person, alone or with others.
    pub person: Option<PersonId>,
    /// Given by somebody from this organisation.
    pub organisation: Option<OrganisationId>,
}

type Rows<'a> = public_speeches::BoxedQuery<'a, MultiBackend>;

fn visible<'a>(now: Timestamp) -> Rows<'a> {
    public_speeches::table
        .filter(public_speeches::visible_from.le(Instant(now)))
        .filter(public_speeches::visible_until.gt(Instant(now)))
        .into_boxed::<MultiBackend>()
}

fn filtered<'a>(filter: &SpeechFilter, now: Timestamp) -> Rows<'a> {
    let mut query = visible(now);
    if let Some(locale) = &filter.locale {
        query = query.filter(public_speeches::locale.eq(locale.to_string()));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(public_speeches::kind.eq(Name(kind)));
    }
    if let Some(event) = filter.event {
        query = query.filter(public_speeches::event_id.eq(Key(event)));
    }
    let links = [
        filter.person.map(|id| (vec![Relation::Speaker, Relation::CoSpeaker], id.uuid())),
        filter.organisation.map(|id| (vec![Relation::Organisation], id.uuid())),
    ];
    for (ways, target) in links.into_iter().flatten() {
        let linked = public_links::table
            .filter(public_links::target_id.eq(Key(Id::<()>::new(target))))
            .filter(public_links::relation.eq_any(ways.into_iter().map(Name).collect::<Vec<_>>()))
            .filter(public_links::source_kind.eq(Name(Kind::Speech)))
            .select(public_links::source_id);
        query = query.filter(public_speeches::id.eq_any(linked));
    }
    query
}

/// A page of speeches: those of one event in its order, those of all events last published first.
///
/// # Errors
/// When the database fails.
pub fn list(
    reader: &mut PublicReader<'_>,
    filter: &SpeechFilter,
    page: &PageRequest,
) -> Result<Slice<PublishedSpeech>, StoreError> {
    let now = reader.now();
    let total = match page.count {
        true => Some(filtered(filter, now).count().get_result::<i64>(reader.conn)?.unsigned_abs()),
        false => None,
    };
    let (cursor, backwards) = match &page.start {
        Start::After(cursor) => (Some(cursor), false),
        Start::Before(cursor) => (Some(cursor), true),
        Start::First | Start::Page(_) => (None, false),
    };
    let in_order = filter.event.is_some();
    let ascending = in_order != backwards;
    let rows = filtered(filter, now).limit(i64::from(page.limit) + 1).offset(i64::from(page.offset().unwrap_or(0)));
    let rows = match in_order {
        true => by_position(rows, cursor, ascending),
        false => by_publication(rows, cursor, ascending),
    };
    let rows = rows.select(SpeechRow::as_select()).load(reader.conn)?;
    let slice = Slice::cut(rows, page, total, |row| {
        let key = if in_order { SortKey::Number(row.position) } else { SortKey::Instant(row.published_at.0) };
        Cursor { key, id: row.id.0.uuid() }
    });
    let (next, previous, total) = (slice.next, slice.previous, slice.total);
    let rows = with_relations(reader, slice.rows.into_iter().map(|row| (row, None)).collect())?;
    Ok(Slice { rows, next, previous, total })
}

fn by_position<'a>(rows: Rows<'a>, cursor: Option<&Cursor>, ascending: bool) -> Rows<'a> {
    use public_speeches::{id, position};
    let rows = match cursor {
        Some(Cursor { key: SortKey::Number(at), id: row }) => {
            let row = Key(Id::<Speech>::new(*row));
            let tie = position.eq(*at);
            match ascending {
                true => rows.filter(position.gt(*at).or(tie.and(id.gt(row)))),
                false => rows.filter(position.lt(*at).or(tie.and(id.lt(row)))),
            }
        }
        _ => rows,
    };
    match ascending {
        true => rows.order((position.asc(), id.asc())),
        false => rows.order((position.desc(), id.desc())),
    }
}

fn by_publication<'a>(rows: Rows<'a>, cursor: Option<&Cursor>, ascending: bool) -> Rows<'a> {
    use public_speeches::{id, published_at};
    let rows = match cursor {
        Some(Cursor { key: SortKey::Instant(at), id: row }) => {
            let (at, row) = (Instant(*at), Key(Id::<Speech>::new(*row)));
            let tie = published_at.eq(at);
            match ascending {
                true => rows.filter(published_at.gt(at).or(tie.and(id.gt(row)))),
                false => rows.filter(published_at.lt(at).or(tie.and(id.lt(row)))),
            }
        }
        _ => rows,
    };
    match ascending {
        true => rows.order((published_at.asc(), id.asc())),
        false => rows.order((published_at.desc(), id.desc())),
    }
}

/// Every visible speech of an event in its order, without texts: a programme is one answer.
///
/// # Errors
/// When the database fails.
pub fn programme(reader: &mut PublicReader<'_>, event: EventId) -> Result<Vec<PublishedSpeech>, StoreError> {
    let rows = by_position(visible(reader.now()).filter(public_speeches::event_id.eq(Key(event))), None, true)
        .select(SpeechRow::as_select())
        .load(reader.conn)?;
    with_relations(reader, rows.into_iter().map(|row| (row, None)).collect())
}

/// One speech with its text. Asked for in another language, its sibling answers where there is one.
///
/// # Errors
/// When the database fails.
pub fn find(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Speech>,
    locale: Option<&Locale>,
) -> Result<Lookup<PublishedSpeech>, StoreError> {
    let now = reader.now();
    let first = |reader: &mut PublicReader<'_>, rows: Rows<'_>| {
        rows.select((SpeechRow::as_select(), public_speeches::body))
            .first::<(SpeechRow, Json<Body>)>(reader.conn)
            .optional()
    };
    let by_id = |id: SpeechId| visible(now).filter(public_speeches::id.eq(Key(id)));
    let asked = match reference {
        Ref::Id(id) => by_id(*id),
        Ref::Slug(slug) => visible(now).filter(public_speeches::slug.eq(slug.to_string())),
    };
    let Some(mut found) = first(reader, asked)? else {
        let id = match reference {
            Ref::Id(id) => return unseen(reader, Speech::KIND, id.uuid()),
            Ref::Slug(slug) => slugs::holder(reader, Speech::KIND, slug)?,
        };
        let Some(id) = id else { return Ok(Lookup::Missing) };
        return match first(reader, by_id(Id::new(id)))? {
            Some((row, _)) => Ok(Lookup::Moved(relations::stored_slug("public_speeches", id, &row.slug)?)),
            None => unseen(reader, Speech::KIND, id),
        };
    };
    if let Some(locale) = locale.filter(|locale| locale.as_str() != found.0.locale) {
        let siblings = visible(now)
            .filter(public_speeches::group_id.eq(found.0.group_id))
            .filter(public_speeches::locale.eq(locale.to_string()));
        found = first(reader, siblings)?.unwrap_or(found);
    }
    let (row, body) = found;
    let mut speeches = with_relations(reader, vec![(row, Some(body.0))])?;
    Ok(speeches.pop().map_or(Lookup::Missing, Lookup::Found))
}

/// Joins a page of rows with the summaries of what they refer to, in one statement per relation.
fn with_relations(
    reader: &mut PublicReader<'_>,
    rows: Vec<(SpeechRow, Option<Body>)>,
) -> Result<Vec<PublishedSpeech>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = rows.iter().map(|(row, _)| row.id.0.uuid()).collect();
    let groups: Vec<Key<Group>> = rows.iter().map(|(row, _)| row.group_id).collect();
    let mut events = relations::events_of(reader, &ids)?;
    let people = relations::people_of(reader, &ids, &[Relation::Speaker, Relation::CoSpeaker])?;
    let organisations = relations::organisations_of(reader, &ids, &[Relation::Organisation])?;
    let directory = Directory::of(people, organisations);
    let mut media = relations::media_of(reader, &ids)?;
    let translations = translations(reader, groups)?;
    rows.into_iter()
        .map(|(row, body)| {
            let id = row.id.0.uuid();
            let (_, body_media, attachments) = relations::sorted_media(media.remove(&id).unwrap_or_default());
            let event = events.remove(&id).and_then(|mut events| events.pop());
            Ok(PublishedSpeech {
                id: row.id.0,
                locale: relations::stored_locale("public_speeches", id, &row.locale)?,
                slug: relations::stored_slug("public_speeches", id, &row.slug)?,
                kind: row.kind.0,
                title: row.title,
                order: row.position,
                speaker: row.speaker.0.map(|speaker| directory.introduce(speaker)),
                co_speakers: row.co_speakers.0.into_iter().map(|speaker| directory.introduce(speaker)).collect(),
                summary: row.summary,
                body,
                body_media,
                starts_at: row.starts_at.map(|at| at.0),
                duration_minutes: row.duration_minutes,
                attachments,
                video_url: row
                    .video_url
                    .map(|url| WebUrl::parse(&url).map_err(|fault| corrupt("video_url", id, fault.message)))
                    .transpose()?,
                event: event.ok_or_else(|| corrupt("visible_until", id, "seen without its event".to_owned()))?,
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

fn corrupt(column: &'static str, id: Uuid, reason: String) -> StoreError {
    StoreError::Corrupt { table: "public_speeches", column, id: id.to_string(), reason }
}

fn translations(
    reader: &mut PublicReader<'_>,
    groups: Vec<Key<Group>>,
) -> Result<relations::BySource<Translation>, StoreError> {
    let rows = visible(reader.now())
        .filter(public_speeches::group_id.eq_any(groups))
        .order((public_speeches::group_id, public_speeches::locale))
        .select((
            public_speeches::group_id,
            public_speeches::id,
            public_speeches::locale,
            public_speeches::slug,
            public_speeches::title,
        ))
        .load::<(Key<Group>, Key<Speech>, String, String, String)>(reader.conn)?;
    relations::translations(
        "public_speeches",
        rows.into_iter()
            .map(|(group, id, locale, slug, title)| (group.0.uuid(), id.0.uuid(), locale, slug, title))
            .collect(),
    )
}
