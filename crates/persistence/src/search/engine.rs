//! What the engine is asked: which documents hold these terms. Terms are bound as a value, each in
//! quotation marks of the engine's own, and consist of letters and digits: nothing that a reader types
//! is ever read as a query language.

use std::{collections::HashSet, sync::atomic::Ordering};

use bantin_domain::{
    category::{Category, CategoryId},
    id::Id,
    kind::{Kind, Target},
    locale::Locale,
    named::Named,
    search::{Keys, MAX_CANDIDATES, Query, Spans, StoredTexts, Variant, Word},
    time::Timestamp,
};
use diesel::{
    prelude::*,
    query_builder::BoxedSqlQuery,
    sql_query,
    sql_types::{BigInt, Binary, Nullable, Text},
};
use uuid::Uuid;

use crate::{
    among::{AmongNumbersExt, Identities},
    connection::MultiBackend,
    error::StoreError,
    prepared::{KeptExt, TypedExt},
    schema::{search_documents, search_texts, search_words},
    sql_types::{Instant, Key, Name, sql},
    store::PublicReader,
};

/// Which documents are looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Of these kinds.
    pub kinds: Vec<Kind>,
    /// In this language, or in none.
    pub locale: Option<Locale>,
    /// In one of these sections.
    pub categories: Option<Vec<CategoryId>>,
    /// Of this instant or later.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
    /// The people and tags that menus lead to: see [`Settings`](super::settings::Settings).
    pub in_menus: Vec<Uuid>,
}

/// A document that holds the terms, with what it is ranked by.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Its place in the order of time.
    pub place: i64,
    /// Whose it is.
    pub target: Target,
    /// Its section.
    pub category: Option<CategoryId>,
    /// What it is sorted by.
    pub sort_at: Timestamp,
    /// Its words.
    pub keys: Keys,
}

/// The candidates for a query, and whether these are all there are.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Candidates {
    /// The documents.
    pub rows: Vec<Candidate>,
    /// Whether there are no more.
    pub are_all: bool,
}

/// How much of a query a document must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// All words.
    All,
    /// Any of them.
    Any,
}

/// Where a document must have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Title,
    Text,
}

impl Column {
    fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Text => "text",
        }
    }
}

/// Any of these ways, of which all words, of which any term.
type Terms = Vec<Vec<Vec<String>>>;

/// A document by its title, for a suggestion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Titled {
    /// Whose it is.
    pub target: Target,
    /// What it is called.
    pub title: String,
}

/// The columns of a candidate, in this order.
const COLUMNS: &str = "d.place, d.kind, d.resource_id, d.category_id, d.sort_at, d.keys";
type ColumnTypes = (BigInt, sql::Named, sql::Identity, Nullable<sql::Identity>, sql::Instant, Binary);
type Row = (i64, Name<Kind>, Key<()>, Option<Key<Category>>, Instant, Vec<u8>);

fn candidate((place, kind, resource, category, sort_at, keys): Row) -> Candidate {
    Candidate {
        place,
        target: Target::new(kind.0, resource.0),
        category: category.map(|id| id.0),
        sort_at: sort_at.0,
        keys: Keys::from_bytes(keys),
    }
}

/// The documents in sight that have what a query needs. Of more than [`MAX_CANDIDATES`], those that
/// have it in the title as it was typed come first, then those that have it anywhere as it was typed,
/// then those that have it in the title with other marks, the newest before the others each time.
///
/// # Errors
/// When the database fails.
pub fn candidates(
    reader: &mut PublicReader<'_>,
    query: &Query,
    need: Need,
    scope: &Scope,
) -> Result<Candidates, StoreError> {
    let terms = |exact| match need {
        Need::All => query.terms(exact),
        Need::Any => query.any_word(exact),
    };
    let all = load(reader, Column::Text, &match_all(&terms(false)), scope, MAX_CANDIDATES + 1)?;
    if all.len() <= MAX_CANDIDATES {
        return Ok(Candidates { rows: all, are_all: true });
    }
    let mut better = Vec::new();
    if query.has_marks() {
        better.push((Column::Title, true));
        better.push((Column::Text, true));
    }
    better.push((Column::Title, false));
    let newest: Vec<i64> = all.iter().map(|row| row.place).collect();
    let mut chosen: Vec<i64> = Vec::with_capacity(MAX_CANDIDATES);
    let mut seen: HashSet<i64> = HashSet::with_capacity(MAX_CANDIDATES);
    for (column, exact) in better {
        if chosen.len() < MAX_CANDIDATES {
            let places = places(reader, column, &match_all(&terms(exact)), scope, MAX_CANDIDATES)?;
            chosen.extend(places.into_iter().filter(|place| seen.insert(*place)));
        }
    }
    chosen.extend(newest.into_iter().filter(|place| seen.insert(*place)));
    chosen.truncate(MAX_CANDIDATES);
    // Most of the better ones are among the newest, whose words are here already.
    let chosen: HashSet<i64> = chosen.into_iter().collect();
    let mut rows: Vec<Candidate> = all.into_iter().filter(|row| chosen.contains(&row.place)).collect();
    let here: HashSet<i64> = rows.iter().map(|row| row.place).collect();
    rows.extend(at_places(reader, &chosen.difference(&here).copied().collect::<Vec<_>>())?);
    Ok(Candidates { rows, are_all: false })
}

/// Whether any document in sight has one of these folded words.
///
/// # Errors
/// When the database fails.
pub fn has_any(reader: &mut PublicReader<'_>, folded: &[String], scope: &Scope) -> Result<bool, StoreError> {
    let word = Word { exact: None, folded: folded.to_vec() };
    let query = Query { variants: vec![Variant { words: vec![word], phrases: Vec::new(), weight: 1.0 }] };
    Ok(!places(reader, Column::Text, &match_all(&query.terms(false)), scope, 1)?.is_empty())
}

/// Those of these folded words that any document ever had.
///
/// # Errors
/// When the database fails.
pub fn known_words(reader: &mut PublicReader<'_>, words: &[String]) -> Result<Vec<String>, StoreError> {
    let known = search_words::table.filter(search_words::word.eq_any(words)).order(search_words::word);
    Ok(known.select(search_words::word).load(reader.conn()?)?)
}

/// The newest documents whose title has all words of a query, the last one perhaps only begun.
///
/// # Errors
/// When the database fails.
pub fn titles_starting(
    reader: &mut PublicReader<'_>,
    query: &Query,
    scope: &Scope,
    limit: usize,
) -> Result<Vec<Titled>, StoreError> {
    let expression = Expression { terms: &query.terms(false), is_open: true };
    let Some(query) = newest(reader, "d.kind, d.resource_id, d.title", Column::Title, &expression, scope, limit) else {
        return Ok(Vec::new());
    };
    let rows: Vec<(Name<Kind>, Key<()>, String)> = query
        .typed::<(sql::Named, sql::Identity, Text)>()
        .kept()
        .planned_anew_if(has_many(reader))
        .load(reader.conn()?)?;
    Ok(rows.into_iter().map(|(kind, id, title)| Titled { target: Target::new(kind.0, id.0), title }).collect())
}

/// The texts of documents, and where their words stand.
///
/// # Errors
/// When the database fails.
pub fn texts(reader: &mut PublicReader<'_>, places: &[i64]) -> Result<Vec<(i64, StoredTexts, Spans)>, StoreError> {
    let rows = search_texts::table
        .filter(search_texts::place.among_numbers(places))
        .select((search_texts::place, search_texts::texts, search_texts::spans))
        .kept()
        .load::<(i64, Vec<u8>, Vec<u8>)>(reader.conn()?)?;
    let stored = |(place, texts, spans)| (place, StoredTexts::from_bytes(texts), Spans::from_bytes(spans));
    Ok(rows.into_iter().map(stored).collect())
}

/// What is looked for, before it is written in an engine's own way.
struct Expression<'a> {
    terms: &'a Terms,
    /// Whether the last word is only the beginning of one.
    is_open: bool,
}

fn match_all(terms: &Terms) -> Expression<'_> {
    Expression { terms, is_open: false }
}

impl Expression<'_> {
    /// `text : (("khoa" AND "hoc") OR ("kh" AND "cn"))`, or for `"ho"*` where the last word is open.
    fn for_sqlite(&self, column: Column) -> String {
        let ways = self.write(" AND ", " OR ", |term, open| format!("\"{term}\"{}", if open { "*" } else { "" }));
        format!("{} : ({ways})", column.name())
    }

    /// `(('khoa' & 'hoc') | ('kh' & 'cn'))`.
    fn for_postgres(&self) -> String {
        self.write(" & ", " | ", |term, open| format!("'{term}'{}", if open { ":*" } else { "" }))
    }

    fn write(&self, and: &str, or: &str, term: impl Fn(&str, bool) -> String) -> String {
        let ways = self.terms.iter().map(|words| {
            let last = words.len().saturating_sub(1);
            let words = words.iter().enumerate().map(|(n, terms)| {
                let open = self.is_open && n == last;
                format!("({})", terms.iter().map(|one| term(one, open)).collect::<Vec<_>>().join(or))
            });
            format!("({})", words.collect::<Vec<_>>().join(and))
        });
        ways.collect::<Vec<_>>().join(or)
    }
}

/// A statement in the making.
type Asked<'a> = BoxedSqlQuery<'a, MultiBackend, diesel::query_builder::SqlQuery>;

/// A statement with its values, numbered: both databases know `$1`.
struct Statement<'a> {
    query: Asked<'a>,
    bound: usize,
}

impl Statement<'_> {
    fn sql(mut self, text: &str) -> Self {
        self.query = self.query.sql(text);
        self
    }

    /// Writes `$n` and counts it.
    fn place(mut self) -> Self {
        self.bound += 1;
        let place = format!("${}", self.bound);
        self.sql(&place)
    }

    fn text(mut self, value: String) -> Self {
        self.query = self.query.bind::<Text, _>(value);
        self.place()
    }

    fn number(mut self, value: i64) -> Self {
        self.query = self.query.bind::<BigInt, _>(value);
        self.place()
    }

    fn instant(mut self, value: Timestamp) -> Self {
        self.query = self.query.bind::<sql::Instant, _>(Instant(value));
        self.place()
    }

    fn identity(mut self, value: CategoryId) -> Self {
        self.query = self.query.bind::<sql::Identity, _>(Key::<()>(Id::new(value.uuid())));
        self.place()
    }

    fn identities(mut self, values: &[Uuid]) -> Self {
        self.query = self.query.bind::<sql::Identities, _>(Identities(values.to_vec()));
        self.place()
    }

    /// Leaves out the people and tags that the public does not see now, as `people` and `tags` say it: they have
    /// documents all the time, and are public only while something visible shows them, while a menu leads to them,
    /// or, of people, while they are listed. It is the statement that decides it: what is taken off afterwards would
    /// have taken places among the first thousand, and so be told from what is not there.
    fn in_sight(self, reader: &PublicReader<'_>, in_menus: &[Uuid]) -> Self {
        // OFFSET 0 keeps PostgreSQL from reading all links that there are, to look each target up among them.
        let mut statement = self
            .sql(" AND (d.kind NOT IN ('person', 'tag') OR EXISTS (SELECT 1 FROM public_links l WHERE l.target_id = d.resource_id AND l.visible_from <= ")
            .instant(reader.now())
            .sql(" AND l.visible_until > ")
            .instant(reader.now())
            .sql(" LIMIT 1 OFFSET 0) OR EXISTS (SELECT 1 FROM people p WHERE p.id = d.resource_id AND p.listed LIMIT 1 OFFSET 0)");
        if !in_menus.is_empty() {
            statement = match reader.is_sqlite {
                true => statement
                    .sql(" OR d.resource_id IN (SELECT unhex(value) FROM json_each(")
                    .identities(in_menus)
                    .sql("))"),
                false => statement.sql(" OR d.resource_id = ANY(").identities(in_menus).sql(")"),
            };
        }
        statement.sql(")")
    }
}

/// The newest documents in sight that match, `limit` of them at most.
fn load(
    reader: &mut PublicReader<'_>,
    column: Column,
    expression: &Expression<'_>,
    scope: &Scope,
    limit: usize,
) -> Result<Vec<Candidate>, StoreError> {
    let Some(query) = newest(reader, COLUMNS, column, expression, scope, limit) else { return Ok(Vec::new()) };
    let query = query.typed::<ColumnTypes>().kept().planned_anew_if(has_many(reader));
    let rows = query.load::<Row>(reader.conn()?)?;
    if let (Some(memory), Some((newest, ..))) = (reader.memory, rows.first()) {
        memory.newest_document.fetch_max(*newest, Ordering::Relaxed);
    }
    Ok(rows.into_iter().map(candidate).collect())
}

/// Whether there are so many documents that a plan which is good for a rare word is ruinous for a common one: among
/// 100,000 a search for the commonest took 0.9 s by the plan for all words, and 2 ms by its own. Among few, to make a
/// plan takes longer than to follow any.
fn has_many(reader: &PublicReader<'_>) -> bool {
    const MANY: i64 = 10_000;
    reader.memory.is_none_or(|memory| memory.newest_document.load(Ordering::Relaxed) > MANY)
}

/// The same, only where they are.
fn places(
    reader: &mut PublicReader<'_>,
    column: Column,
    expression: &Expression<'_>,
    scope: &Scope,
    limit: usize,
) -> Result<Vec<i64>, StoreError> {
    let Some(query) = newest(reader, "d.place", column, expression, scope, limit) else { return Ok(Vec::new()) };
    Ok(query.typed::<BigInt>().kept().planned_anew_if(has_many(reader)).load(reader.conn()?)?)
}

/// The documents at these places, in no order.
fn at_places(reader: &mut PublicReader<'_>, places: &[i64]) -> Result<Vec<Candidate>, StoreError> {
    use search_documents::{category_id, keys, kind, place, resource_id, sort_at};
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let rows = search_documents::table
        .filter(place.among_numbers(places))
        .select((place, kind, resource_id, category_id, sort_at, keys))
        .kept()
        .load::<Row>(reader.conn()?)?;
    Ok(rows.into_iter().map(candidate).collect())
}

/// The statement for them; `None` where none can match.
///
/// The index leads: it is read from the newest on, and reading stops when there are enough. (CROSS JOIN
/// is how SQLite is told so; for PostgreSQL it is a plain join.)
fn newest(
    reader: &PublicReader<'_>,
    columns: &str,
    column: Column,
    expression: &Expression<'_>,
    scope: &Scope,
    limit: usize,
) -> Option<Asked<'static>> {
    if expression.terms.is_empty() || scope.kinds.is_empty() || scope.categories.as_ref().is_some_and(Vec::is_empty) {
        return None;
    }
    let now = reader.now();
    let statement = Statement { query: sql_query(format!("SELECT {columns}")).into_boxed(), bound: 0 };
    let (statement, order) = match reader.is_sqlite {
        true => (
            statement
                .sql(" FROM search_index CROSS JOIN search_documents d ON d.place = search_index.rowid WHERE search_index MATCH ")
                .text(expression.for_sqlite(column)),
            "search_index.rowid",
        ),
        false => (
            statement
                .sql(" FROM search_index f JOIN search_documents d ON d.place = f.place WHERE f.")
                .sql(column.name())
                .sql(" @@ ")
                .text(expression.for_postgres())
                .sql("::tsquery"),
            "f.place",
        ),
    };
    let kinds: Vec<String> = scope.kinds.iter().map(|kind| format!("'{}'", kind.name())).collect();
    let mut statement = statement.sql(&format!(" AND d.kind IN ({}) AND d.visible_from <= ", kinds.join(", ")));
    statement = statement.instant(now).sql(" AND d.visible_until > ").instant(now);
    if scope.kinds.iter().any(|kind| matches!(kind, Kind::Person | Kind::Tag)) {
        statement = statement.in_sight(reader, &scope.in_menus);
    }
    if let Some(locale) = &scope.locale {
        statement = statement.sql(" AND (d.locale IS NULL OR d.locale = ").text(locale.to_string()).sql(")");
    }
    for (n, id) in scope.categories.iter().flatten().enumerate() {
        statement = statement.sql(if n == 0 { " AND d.category_id IN (" } else { ", " }).identity(*id);
    }
    if scope.categories.is_some() {
        statement = statement.sql(")");
    }
    if let Some(from) = scope.from {
        statement = statement.sql(" AND d.sort_at >= ").instant(from);
    }
    if let Some(until) = scope.until {
        statement = statement.sql(" AND d.sort_at < ").instant(until);
    }
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Some(statement.sql(&format!(" ORDER BY {order} DESC LIMIT ")).number(limit).query)
}
