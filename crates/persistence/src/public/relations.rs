//! What public content refers to, for a whole page of it at once: one statement per relation,
//! however many rows the page has.

use std::collections::HashMap;

use bantin_domain::{
    content::{Relation, Translation},
    event::{Event, EventSummary},
    id::Id,
    locale::Locale,
    media::Media,
    named::Named,
    organisation::{Organisation, OrganisationSummary},
    person::{Person, PersonSummary},
    tag::{Tag, TagSummary},
    text::Slug,
};
use diesel::{
    AppearsOnTable, QueryResult,
    backend::Backend,
    expression::{ValidGrouping, is_aggregate},
    prelude::*,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::Bool,
};
use uuid::Uuid;

use crate::{
    among::{AmongExt, AmongNamesExt},
    error::StoreError,
    media::{MediaRow, into_media},
    prepared::KeptExt,
    schema::{media, organisations, people, public_events, public_links, tags},
    sql_types::{Day, Instant, Key, Name},
    store::PublicReader,
    written::Written,
};

/// Values by the id of the content that refers to them, in its order.
pub type BySource<T> = HashMap<Uuid, Vec<T>>;

/// Passes a slug out of a column on.
///
/// # Errors
/// [`StoreError::Corrupt`], naming the row: only our own code writes slugs.
pub fn stored_slug(table: &'static str, id: Uuid, slug: &str) -> Result<Slug, StoreError> {
    Slug::parse(slug).map_err(|fault| StoreError::Corrupt {
        table,
        column: "slug",
        id: id.to_string(),
        reason: fault.message,
    })
}

/// Passes a locale out of a column on.
///
/// # Errors
/// [`StoreError::Corrupt`], naming the row.
pub fn stored_locale(table: &'static str, id: Uuid, locale: &str) -> Result<Locale, StoreError> {
    Locale::parse(locale).map_err(|fault| StoreError::Corrupt {
        table,
        column: "locale",
        id: id.to_string(),
        reason: fault.message,
    })
}

fn keys(ids: &[Uuid]) -> impl Iterator<Item = Key<()>> {
    ids.iter().map(|id| Key(Id::new(*id)))
}

/// Whether a link is of one of these sorts. Written with their names in it and not as a list of values, which
/// diesel would not keep prepared.
pub(super) struct IsOneOf<'r>(pub &'r [Relation]);

impl Expression for IsOneOf<'_> {
    type SqlType = Bool;
}
impl ValidGrouping<()> for IsOneOf<'_> {
    type IsAggregate = is_aggregate::No;
}
impl<T> AppearsOnTable<T> for IsOneOf<'_> {}
impl QueryId for IsOneOf<'_> {
    type QueryId = ();
    // What is written differs with the sorts.
    const HAS_STATIC_QUERY_ID: bool = false;
}
// For either database on its own too, as diesel asks of what stands inside of a statement.
impl<DB: Backend> QueryFragment<DB> for IsOneOf<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let names: Vec<String> = self.0.iter().map(|relation| format!("'{}'", relation.name())).collect();
        out.push_sql(&format!("public_links.relation IN ({})", names.join(", ")));
        Ok(())
    }
}

/// Whether a link is the first of its source to its target in its way. A list that is read along the links of a
/// target would otherwise have a row as often as it names that target: an organisation may hold an event twice,
/// under two names.
pub(super) fn is_first() -> Written {
    Written::new(
        "NOT EXISTS (SELECT 1 FROM public_links earlier WHERE earlier.source_id = public_links.source_id \
         AND earlier.relation = public_links.relation AND earlier.position < public_links.position \
         AND earlier.target_id = public_links.target_id)",
    )
}

fn gather<T>(rows: impl IntoIterator<Item = Result<(Uuid, T), StoreError>>) -> Result<BySource<T>, StoreError> {
    let mut by_source: BySource<T> = HashMap::new();
    for row in rows {
        let (source, value) = row?;
        by_source.entry(source).or_default().push(value);
    }
    Ok(by_source)
}

/// The tags of each source.
///
/// # Errors
/// When the database fails.
pub fn tags_of(reader: &mut PublicReader<'_>, sources: &[Uuid]) -> Result<BySource<TagSummary>, StoreError> {
    let rows = public_links::table
        .inner_join(tags::table.on(tags::id.eq(public_links::target_id)))
        .filter(public_links::source_id.among(keys(sources)))
        .filter(public_links::relation.eq(Name(Relation::Tag)))
        .order((public_links::source_id, public_links::position))
        .select((public_links::source_id, tags::id, tags::slug, tags::name))
        .kept()
        .load::<(Key<()>, Key<Tag>, String, String)>(reader.conn)?;
    gather(rows.into_iter().map(|(source, id, slug, name)| {
        Ok((source.0.uuid(), TagSummary { id: id.0, slug: stored_slug("tags", id.0.uuid(), &slug)?, name }))
    }))
}

/// The people whom each source refers to in one of these ways. A visible source makes them public.
///
/// # Errors
/// When the database fails.
pub fn people_of(
    reader: &mut PublicReader<'_>,
    sources: &[Uuid],
    relations: &[Relation],
) -> Result<BySource<PersonSummary>, StoreError> {
    let rows = public_links::table
        .inner_join(people::table.on(people::id.eq(public_links::target_id)))
        .filter(public_links::source_id.among(keys(sources)))
        .filter(public_links::relation.among_names(relations))
        .order((public_links::source_id, public_links::position))
        .select((public_links::source_id, people::id, people::slug, people::display_name))
        .kept()
        .load::<(Key<()>, Key<Person>, String, String)>(reader.conn)?;
    gather(rows.into_iter().map(|(source, id, slug, name)| {
        Ok((source.0.uuid(), PersonSummary { id: id.0, slug: stored_slug("people", id.0.uuid(), &slug)?, name }))
    }))
}

/// The organisations whom each source refers to in one of these ways.
///
/// # Errors
/// When the database fails.
pub fn organisations_of(
    reader: &mut PublicReader<'_>,
    sources: &[Uuid],
    relations: &[Relation],
) -> Result<BySource<OrganisationSummary>, StoreError> {
    let rows = public_links::table
        .inner_join(organisations::table.on(organisations::id.eq(public_links::target_id)))
        .filter(public_links::source_id.among(keys(sources)))
        .filter(public_links::relation.among_names(relations))
        .order((public_links::source_id, public_links::position))
        .select((public_links::source_id, organisations::id, organisations::slug, organisations::name))
        .kept()
        .load::<(Key<()>, Key<Organisation>, String, String)>(reader.conn)?;
    gather(rows.into_iter().map(|(source, id, slug, name)| {
        Ok((
            source.0.uuid(),
            OrganisationSummary { id: id.0, slug: stored_slug("organisations", id.0.uuid(), &slug)?, name },
        ))
    }))
}

/// The visible events that each source reports.
///
/// # Errors
/// When the database fails.
pub fn events_of(reader: &mut PublicReader<'_>, sources: &[Uuid]) -> Result<BySource<EventSummary>, StoreError> {
    let now = Instant(reader.now());
    let rows = public_links::table
        .inner_join(public_events::table.on(public_events::id.eq(public_links::target_id)))
        .filter(public_links::source_id.among(keys(sources)))
        .filter(public_links::relation.eq(Name(Relation::Event)))
        .filter(public_events::visible_from.le(now))
        .filter(public_events::visible_until.gt(now))
        .order((public_links::source_id, public_links::position))
        .select((
            public_links::source_id,
            public_events::id,
            public_events::slug,
            public_events::title,
            public_events::starts_on,
        ))
        .kept()
        .load::<(Key<()>, Key<Event>, String, String, Day)>(reader.conn)?;
    gather(rows.into_iter().map(|(source, id, slug, title, day)| {
        let slug = stored_slug("public_events", id.0.uuid(), &slug)?;
        Ok((source.0.uuid(), EventSummary { id: id.0, slug, title, starts_on: day.0 }))
    }))
}

/// The pictures and files of each source: its cover, what its text shows, what it offers to download.
///
/// # Errors
/// When the database fails.
pub fn media_of(reader: &mut PublicReader<'_>, sources: &[Uuid]) -> Result<BySource<(Relation, Media)>, StoreError> {
    media_shown(reader, sources, media_relations(true, true))
}

/// The ways in which content refers to media, for what of it is wanted: its text, and its own pictures and files.
pub fn media_relations(body: bool, media: bool) -> &'static [Relation] {
    match (body, media) {
        (true, true) => &[Relation::Cover, Relation::Body, Relation::Attachment],
        (true, false) => &[Relation::Body],
        (false, true) => &[Relation::Cover, Relation::Attachment],
        (false, false) => &[],
    }
}

/// The pictures and files that each source shows in these ways.
///
/// # Errors
/// When the database fails.
pub fn media_shown(
    reader: &mut PublicReader<'_>,
    sources: &[Uuid],
    relations: &[Relation],
) -> Result<BySource<(Relation, Media)>, StoreError> {
    if relations.is_empty() {
        return Ok(BySource::new());
    }
    let rows = public_links::table
        .inner_join(media::table.on(media::id.eq(public_links::target_id)))
        .filter(public_links::source_id.among(keys(sources)))
        .filter(public_links::relation.among_names(relations))
        .order((public_links::source_id, public_links::position))
        .select((public_links::source_id, public_links::relation, MediaRow::as_select()))
        .kept()
        .load::<(Key<()>, Name<Relation>, MediaRow)>(reader.conn)?;
    gather(rows.into_iter().map(|(source, relation, row)| Ok((source.0.uuid(), (relation.0, into_media(row)?)))))
}

/// The media of one source, told apart: cover, shown in the text, to download.
pub fn sorted_media(all: Vec<(Relation, Media)>) -> (Option<Media>, Vec<Media>, Vec<Media>) {
    let (mut cover, mut body, mut attachments) = (None, Vec::new(), Vec::new());
    for (relation, media) in all {
        match relation {
            Relation::Cover => cover = Some(media),
            Relation::Attachment => attachments.push(media),
            _ => body.push(media),
        }
    }
    (cover, body, attachments)
}

/// Gathers the other visible languages of a page of content: `rows` are (group, id, locale, slug,
/// title) of every visible member of the groups on the page.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn translations(
    table: &'static str,
    rows: Vec<(Uuid, Uuid, String, String, String)>,
) -> Result<BySource<Translation>, StoreError> {
    gather(rows.into_iter().map(|(group, id, locale, slug, title)| {
        let (locale, slug) = (stored_locale(table, id, &locale)?, stored_slug(table, id, &slug)?);
        Ok((group, Translation { id, locale, slug, title }))
    }))
}
