//! What public content refers to, for a whole page of it at once: one statement for whatever has a name, and one for
//! media, however many rows the page has.

use std::collections::HashMap;

use bantin_domain::{
    content::{Relation, Translation},
    event::EventSummary,
    id::Id,
    locale::Locale,
    media::Media,
    named::Named,
    organisation::OrganisationSummary,
    person::PersonSummary,
    tag::TagSummary,
    text::Slug,
};
use diesel::{
    AppearsOnTable, QueryResult,
    backend::Backend,
    expression::{ValidGrouping, is_aggregate},
    prelude::*,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_query,
    sql_types::{BigInt, Bool, Nullable, Text},
};
use uuid::Uuid;

use crate::{
    among::{AmongExt, AmongNamesExt, Identities},
    connection::MultiBackend,
    error::StoreError,
    media::{MediaRow, into_media},
    prepared::{KeptExt, TypedExt},
    schema::{media, public_links},
    sql_types::{Day, Instant, Key, Name, sql},
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

/// What content refers to that has a name and an address.
#[derive(Debug, Default)]
pub struct NamedThings {
    /// Tags.
    pub tags: BySource<TagSummary>,
    /// People. A visible source makes them public.
    pub people: BySource<PersonSummary>,
    /// Organisations.
    pub organisations: BySource<OrganisationSummary>,
    /// Events that can be seen.
    pub events: BySource<EventSummary>,
}

/// Where the things of a relation stand, and what their name is there.
fn table_of(relation: Relation) -> Option<NamedTable> {
    match relation {
        Relation::Tag => Some(NamedTable::Tags),
        Relation::Author | Relation::Speaker | Relation::CoSpeaker => Some(NamedTable::People),
        Relation::Organiser | Relation::Organisation => Some(NamedTable::Organisations),
        Relation::Event => Some(NamedTable::Events),
        _ => None,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NamedTable {
    Tags,
    People,
    Organisations,
    Events,
}

impl NamedTable {
    const ALL: [Self; 4] = [Self::Tags, Self::People, Self::Organisations, Self::Events];

    /// The table, its column with the name, and the one with the day.
    fn sql(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Tags => ("tags", "name", "CAST(NULL AS date)"),
            Self::People => ("people", "display_name", "CAST(NULL AS date)"),
            Self::Organisations => ("organisations", "name", "CAST(NULL AS date)"),
            Self::Events => ("public_events", "title", "t.starts_on"),
        }
    }
}

type NamedTypes = (sql::Identity, sql::Named, BigInt, sql::Identity, Text, Text, Nullable<sql::Day>);
pub(super) type NamedRow = (Key<()>, Name<Relation>, i64, Key<()>, String, String, Option<Day>);

/// What each source refers to in these ways, of whatever has a name and an address: one statement for all of it,
/// since a trip to the database costs more than the rows that it brings.
///
/// # Errors
/// When the database fails.
pub fn named(
    reader: &mut PublicReader<'_>,
    sources: &[Uuid],
    relations: &[Relation],
) -> Result<NamedThings, StoreError> {
    // For one, SQLite need not lay out a table of those that are asked for.
    let among = match (reader.is_sqlite, sources) {
        (_, [_]) => "= $1",
        (false, _) => "= ANY($1)",
        (true, _) => "IN (SELECT unhex(value) FROM json_each($1))",
    };
    let asked = named_rows(among, relations, "$2", "$2");
    if asked.is_empty() {
        return Ok(NamedThings::default());
    }
    let asked = sql_query(asked).into_boxed::<MultiBackend>();
    let mut asked = match sources {
        [one] => asked.bind::<sql::Identity, _>(Key(Id::<()>::new(*one))),
        many => asked.bind::<sql::Identities, _>(Identities(many.to_vec())),
    };
    if relations.contains(&Relation::Event) {
        asked = asked.bind::<sql::Instant, _>(Instant(reader.now()));
    }
    things(asked.typed::<NamedTypes>().kept().load::<NamedRow>(reader.conn()?)?)
}

/// The query that [`named`] asks: the links of the sources `among` which are searched, in these ways, and where they
/// lead. What hides is left out, as of an instant that is written as `from` and `until`.
pub(super) fn named_rows(among: &str, relations: &[Relation], from: &str, until: &str) -> String {
    let mut parts = Vec::new();
    for table in NamedTable::ALL {
        let wanted = relations.iter().filter(|relation| table_of(**relation) == Some(table));
        let wanted: Vec<String> = wanted.map(|relation| format!("'{}'", relation.name())).collect();
        if wanted.is_empty() {
            continue;
        }
        let (name, title, day) = table.sql();
        let seen = match table {
            NamedTable::Events => format!(" AND t.visible_from <= {from} AND t.visible_until > {until}"),
            _ => String::new(),
        };
        parts.push(format!(
            "SELECT l.source_id, l.relation, l.position, t.id, t.slug, t.{title} AS name, {day} AS day \
             FROM public_links l JOIN {name} t ON t.id = l.target_id WHERE l.source_id {among} AND l.relation IN ({}){seen}",
            wanted.join(", ")
        ));
    }
    parts.join(" UNION ALL ")
}

/// What these rows say, each in the order of its content: the tables came one after the other.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub(super) fn things(mut rows: Vec<NamedRow>) -> Result<NamedThings, StoreError> {
    rows.sort_by_key(|row| row.2);
    let mut things = NamedThings::default();
    for (source, relation, _, id, slug, name, day) in rows {
        let (source, id) = (source.0.uuid(), id.0.uuid());
        let Some(table) = table_of(relation.0) else { continue };
        let slug = stored_slug(table.sql().0, id, &slug)?;
        match table {
            NamedTable::Tags => add(&mut things.tags, source, TagSummary { id: Id::new(id), slug, name }),
            NamedTable::People => add(&mut things.people, source, PersonSummary { id: Id::new(id), slug, name }),
            NamedTable::Organisations => {
                add(&mut things.organisations, source, OrganisationSummary { id: Id::new(id), slug, name });
            }
            NamedTable::Events => {
                let Some(Day(starts_on)) = day else { continue };
                add(&mut things.events, source, EventSummary { id: Id::new(id), slug, title: name, starts_on });
            }
        }
    }
    Ok(things)
}

fn add<T>(by_source: &mut BySource<T>, source: Uuid, value: T) {
    by_source.entry(source).or_default().push(value);
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
        .load::<(Key<()>, Name<Relation>, MediaRow)>(reader.conn()?)?;
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
