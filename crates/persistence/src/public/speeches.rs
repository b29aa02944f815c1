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
    locale::Locale,
    speech::{PublishedSpeech, Speaker, Speech, SpeechId, SpeechKind},
    text::sort_key,
    time::Timestamp,
    url::WebUrl,
};
use diesel::prelude::*;
use uuid::Uuid;

use super::{
    Lookup, PublicContent, events,
    introduced::Directory,
    relations::{self, BySource},
    set_links_window, unseen,
};
use crate::{
    among::AmongExt,
    changes::NewChange,
    connection::MultiBackend,
    due,
    error::StoreError,
    schema::{items, public_speeches},
    slugs,
    sql_types::{Instant, Json, Key, Name},
    store::{PublicReader, Tx},
};

mod list;

pub use self::list::{SpeechFilter, fitting, list};

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
    programme_sort: Vec<u8>,
}

/// A row, with its text where that was asked for.
#[derive(Queryable)]
struct ListedRow {
    speech: SpeechRow,
    body: Option<Json<Body>>,
}

/// The ways in which a speech refers to who gives it.
pub(super) const SPEAKS: &[Relation] = &[Relation::Speaker, Relation::CoSpeaker];

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
            programme_sort: programme_sort(
                events::published_at(tx, speech.event_id)?,
                speech.event_id,
                publication.position,
            ),
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

/// Where a speech stands among those of all events, read downwards: those of the event that was published last come
/// first, in the order of its programme. The event stands in between, so that two which were published at once do not
/// mix.
fn programme_sort(event_published: Timestamp, event: EventId, position: i64) -> Vec<u8> {
    let published = u64::try_from(event_published.as_micros()).unwrap_or(0);
    let lacking = u32::MAX - u32::try_from(position).unwrap_or(u32::MAX);
    [&published.to_be_bytes()[..], event.uuid().as_bytes(), &lacking.to_be_bytes()].concat()
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
    let published_at = events::published_at(tx, event)?;
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
        let sort = programme_sort(published_at, event, place);
        if was == is && row.position == place && row.programme_sort == sort {
            continue;
        }
        diesel::update(public_speeches::table.find(row.id))
            .set((
                public_speeches::visible_from.eq(Instant(is.from)),
                public_speeches::visible_until.eq(Instant(is.until)),
                public_speeches::position.eq(place),
                public_speeches::programme_sort.eq(sort),
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

/// What of a speech is wanted beside the members of its own row and its event, without which it is never seen.
/// What is not costs no statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpeechParts {
    /// Its text, with the media that it shows.
    pub body: bool,
    /// Who gives it.
    pub speakers: bool,
    /// Its attachments.
    pub media: bool,
    /// The same in other languages.
    pub translations: bool,
}

impl SpeechParts {
    /// Everything.
    pub const WHOLE: Self = Self { body: true, speakers: true, media: true, translations: true };
    /// Everything but the text: what lists show.
    pub const LISTED: Self = Self { body: false, ..Self::WHOLE };
}

type Rows<'a> = public_speeches::BoxedQuery<'a, MultiBackend>;

fn visible<'a>(now: Timestamp) -> Rows<'a> {
    public_speeches::table
        .filter(public_speeches::visible_from.le(Instant(now)))
        .filter(public_speeches::visible_until.gt(Instant(now)))
        .into_boxed::<MultiBackend>()
}

fn load(reader: &mut PublicReader<'_>, rows: Rows<'_>, with_body: bool) -> Result<Vec<ListedRow>, StoreError> {
    if with_body {
        let rows = rows.select((SpeechRow::as_select(), public_speeches::body)).load::<(_, _)>(reader.conn()?)?;
        return Ok(rows.into_iter().map(|(speech, body)| ListedRow { speech, body: Some(body) }).collect());
    }
    let rows = rows.select(SpeechRow::as_select()).load(reader.conn()?)?;
    Ok(rows.into_iter().map(|speech| ListedRow { speech, body: None }).collect())
}

fn first(reader: &mut PublicReader<'_>, rows: Rows<'_>, with_body: bool) -> Result<Option<ListedRow>, StoreError> {
    Ok(load(reader, rows.limit(1), with_body)?.pop())
}

/// Of these speeches what is wanted, of those that can be seen now, in no order.
///
/// # Errors
/// When the database fails.
pub fn some_parts(
    reader: &mut PublicReader<'_>,
    ids: &[SpeechId],
    parts: SpeechParts,
) -> Result<Vec<PublishedSpeech>, StoreError> {
    let wanted = visible(reader.now()).filter(public_speeches::id.among(ids.iter().copied().map(Key)));
    let rows = load(reader, wanted, parts.body)?;
    with_relations(reader, rows, parts)
}

/// Every visible speech of an event in its order, without texts: a programme is one answer.
///
/// # Errors
/// When the database fails.
pub fn programme(reader: &mut PublicReader<'_>, event: EventId) -> Result<Vec<PublishedSpeech>, StoreError> {
    programmes(reader, &[event])
}

/// Every visible speech of these events, without texts, those of one event in its order.
///
/// # Errors
/// When the database fails.
pub fn programmes(reader: &mut PublicReader<'_>, events: &[EventId]) -> Result<Vec<PublishedSpeech>, StoreError> {
    let wanted = visible(reader.now())
        .filter(public_speeches::event_id.among(events.iter().copied().map(Key)))
        .order((public_speeches::event_id, public_speeches::position, public_speeches::id));
    let rows = load(reader, wanted, false)?;
    with_relations(reader, rows, SpeechParts::LISTED)
}

/// One speech, whole. Asked for in another language, its sibling answers where there is one.
///
/// # Errors
/// When the database fails.
pub fn find(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Speech>,
    locale: Option<&Locale>,
) -> Result<Lookup<PublishedSpeech>, StoreError> {
    find_parts(reader, reference, locale, SpeechParts::WHOLE)
}

/// Of one speech what is wanted: see [`find`].
///
/// # Errors
/// When the database fails.
pub fn find_parts(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Speech>,
    locale: Option<&Locale>,
    parts: SpeechParts,
) -> Result<Lookup<PublishedSpeech>, StoreError> {
    let now = reader.now();
    let by_id = |id: SpeechId| visible(now).filter(public_speeches::id.eq(Key(id)));
    let asked = match reference {
        Ref::Id(id) => by_id(*id),
        Ref::Slug(slug) => visible(now).filter(public_speeches::slug.eq(slug.to_string())),
    };
    let Some(mut found) = first(reader, asked, parts.body)? else {
        let id = match reference {
            Ref::Id(id) => return unseen(reader, Speech::KIND, id.uuid()),
            Ref::Slug(slug) => slugs::holder(reader, Speech::KIND, slug)?,
        };
        let Some(id) = id else { return Ok(Lookup::Missing) };
        return match first(reader, by_id(Id::new(id)), false)? {
            Some(ListedRow { speech: row, .. }) => {
                Ok(Lookup::Moved(relations::stored_slug("public_speeches", id, &row.slug)?))
            }
            None => unseen(reader, Speech::KIND, id),
        };
    };
    if let Some(locale) = locale.filter(|locale| locale.as_str() != found.speech.locale) {
        let siblings = visible(now)
            .filter(public_speeches::group_id.eq(found.speech.group_id))
            .filter(public_speeches::locale.eq(locale.to_string()));
        found = first(reader, siblings, parts.body)?.unwrap_or(found);
    }
    let mut speeches = with_relations(reader, vec![found], parts)?;
    Ok(speeches.pop().map_or(Lookup::Missing, Lookup::Found))
}

/// Joins a page of rows with the summaries of what they refer to, in a constant number of statements.
fn with_relations(
    reader: &mut PublicReader<'_>,
    rows: Vec<ListedRow>,
    parts: SpeechParts,
) -> Result<Vec<PublishedSpeech>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = rows.iter().map(|one| one.speech.id.0.uuid()).collect();
    let wanted: &[Relation] = match parts.speakers {
        true => &[Relation::Event, Relation::Speaker, Relation::CoSpeaker, Relation::Organisation],
        false => &[Relation::Event],
    };
    let mut named = relations::named(reader, &ids, wanted)?;
    let directory = Directory::of(named.people, named.organisations);
    let mut media = relations::media_shown(reader, &ids, relations::media_relations(parts.body, parts.media))?;
    let translations = match parts.translations {
        true => translations(reader, rows.iter().map(|one| one.speech.group_id).collect())?,
        false => BySource::new(),
    };
    rows.into_iter()
        .map(|ListedRow { speech: row, body }| {
            let id = row.id.0.uuid();
            let (_, body_media, attachments) = relations::sorted_media(media.remove(&id).unwrap_or_default());
            let event = named.events.remove(&id).and_then(|mut events| events.pop());
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
                body: body.map(|body| body.0),
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

fn translations(reader: &mut PublicReader<'_>, groups: Vec<Key<Group>>) -> Result<BySource<Translation>, StoreError> {
    let rows = visible(reader.now())
        .filter(public_speeches::group_id.among(groups))
        .order((public_speeches::group_id, public_speeches::locale))
        .select((
            public_speeches::group_id,
            public_speeches::id,
            public_speeches::locale,
            public_speeches::slug,
            public_speeches::title,
        ))
        .load::<(Key<Group>, Key<Speech>, String, String, String)>(reader.conn()?)?;
    relations::translations(
        "public_speeches",
        rows.into_iter()
            .map(|(group, id, locale, slug, title)| (group.0.uuid(), id.0.uuid(), locale, slug, title))
            .collect(),
    )
}
