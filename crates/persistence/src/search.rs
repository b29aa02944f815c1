//! What is searched: one document for each public resource, kept in step in the transaction that
//! changes it.
//!
//! A document is made of what the public tables say, and of nothing else (`sources`): so making it
//! anew needs no more than to know which, and what is not public has none. Names of tags, people,
//! organisations and pictures stand in the documents of others; a rename marks those as stale, and
//! [`reindex_stale`] makes them anew within a minute.
//!
//! The engine ([`engine`]) is FTS5 on SQLite and a GIN index of text vectors on PostgreSQL. Both are
//! asked for the same and nothing more: which documents hold these terms, newest first. What they are
//! worth is decided in `bantin_domain::search`.

use bantin_domain::{
    category::CategoryId,
    content::Window,
    event::Event,
    id::Id,
    kind::{Kind, Target},
    locale::Locale,
    search::Texts,
    speech::Speech,
    time::Timestamp,
};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text},
};
use uuid::Uuid;

use crate::{
    connection::DbConnection,
    error::StoreError,
    schema::{public_links, public_speeches, search_documents, search_stale, search_texts},
    sql_types::{Instant, Key, Name},
    store::{PublicReader, Tx},
};

pub mod engine;
pub mod items;
pub mod settings;
mod sources;
pub mod synonyms;

/// What is kept of a resource so that it is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Whose.
    pub target: Target,
    /// In which language; `None` is found in all.
    pub locale: Option<Locale>,
    /// In which section.
    pub category: Option<CategoryId>,
    /// What it is sorted by: when it was published, or when it happens.
    pub sort_at: Timestamp,
    /// When it can be seen.
    pub window: Window,
    /// What it says.
    pub texts: Texts,
}

/// Brings the document of a resource in step with what the public tables say now; one that is not
/// public any more has none.
///
/// # Errors
/// When the database fails.
pub fn index(tx: &mut Tx<'_>, target: Target) -> Result<(), StoreError> {
    let was_called = remove(tx, target)?;
    let document = sources::document(tx, target)?;
    if let Some(document) = &document {
        insert(tx, document)?;
    }
    let is_called = document.as_ref().map(|document| document.texts.title());
    if is_directory(target.kind) && was_called.is_some() && was_called.as_deref() != is_called {
        mark(tx, target)?;
    }
    if target.kind == Kind::Event {
        // Its speeches stand where it stands, in the same section and at the same time.
        let speeches = public_speeches::table
            .filter(public_speeches::event_id.eq(Key(Id::<Event>::new(target.id))))
            .select(public_speeches::id)
            .load::<Key<Speech>>(tx.conn)?;
        for speech in speeches {
            mark(tx, Target::new(Kind::Speech, speech.0))?;
        }
    }
    Ok(())
}

/// Takes the document of a resource away, and says what the resource was called in it.
///
/// # Errors
/// When the database fails.
pub fn remove(tx: &mut Tx<'_>, target: Target) -> Result<Option<String>, StoreError> {
    let mine = search_documents::table.filter(search_documents::resource_id.eq(key(target.id)));
    let found = mine.select((search_documents::place, search_documents::title)).first(tx.conn).optional()?;
    let Some((place, title)) = found else {
        return Ok(None);
    };
    // On PostgreSQL the rows that refer to it leave with it; a virtual table knows no such rule.
    if let DbConnection::Sqlite(conn) = &mut *tx.conn {
        sql_query("DELETE FROM search_index WHERE rowid = ?").bind::<BigInt, _>(place).execute(conn)?;
    }
    diesel::delete(search_documents::table.find::<i64>(place)).execute(tx.conn)?;
    Ok(Some(title))
}

/// Writes a document of a resource that has none. For content use [`index`], which knows what to write.
///
/// # Errors
/// When the database fails.
pub fn insert(tx: &mut Tx<'_>, document: &Document) -> Result<(), StoreError> {
    let indexed = document.texts.index();
    let place = free_place(tx, document)?;
    diesel::insert_into(search_documents::table)
        .values((
            search_documents::place.eq(place),
            search_documents::kind.eq(Name(document.target.kind)),
            search_documents::resource_id.eq(key(document.target.id)),
            search_documents::locale.eq(document.locale.as_ref().map(ToString::to_string)),
            search_documents::category_id.eq(document.category.map(|id| key(id.uuid()))),
            search_documents::sort_at.eq(Instant(document.sort_at)),
            search_documents::visible_from.eq(Instant(document.window.from)),
            search_documents::visible_until.eq(Instant(document.window.until)),
            search_documents::title.eq(document.texts.title()),
            search_documents::keys.eq(indexed.keys.as_bytes()),
        ))
        .execute(tx.conn)?;
    diesel::insert_into(search_texts::table)
        .values((
            search_texts::place.eq(place),
            search_texts::texts.eq(indexed.texts.as_bytes()),
            search_texts::spans.eq(indexed.spans.as_bytes()),
        ))
        .execute(tx.conn)?;
    match &mut *tx.conn {
        DbConnection::Sqlite(conn) => {
            sql_query("INSERT INTO search_index (rowid, title, text) VALUES (?, ?, ?)")
                .bind::<BigInt, _>(place)
                .bind::<Text, _>(indexed.title_terms.join(" "))
                .bind::<Text, _>(indexed.terms.join(" "))
                .execute(conn)?;
            sql_query("INSERT OR IGNORE INTO search_words (word) SELECT value FROM json_each(?)")
                .bind::<Text, _>(json(&indexed.words))
                .execute(conn)?;
        }
        DbConnection::Postgres(conn) => {
            sql_query(
                "INSERT INTO search_index (place, title, text) VALUES ($1, \
                 array_to_tsvector(ARRAY(SELECT json_array_elements_text($2::json))), \
                 array_to_tsvector(ARRAY(SELECT json_array_elements_text($3::json))))",
            )
            .bind::<BigInt, _>(place)
            .bind::<Text, _>(json(&indexed.title_terms))
            .bind::<Text, _>(json(&indexed.terms))
            .execute(conn)?;
            sql_query(
                "INSERT INTO search_words (word) SELECT json_array_elements_text($1::json) ON CONFLICT DO NOTHING",
            )
            .bind::<Text, _>(json(&indexed.words))
            .execute(conn)?;
        }
    }
    Ok(())
}

/// A place in the order of time that no other document has: the second, and twenty bits of the id. Two
/// of one second that share these bits stand one behind the other.
fn free_place(tx: &mut Tx<'_>, document: &Document) -> Result<i64, StoreError> {
    let low = i64::try_from(document.target.id.as_u128() & 0xf_ffff).unwrap_or(0);
    let mut place = (document.sort_at.as_micros().div_euclid(1_000_000) << 20) | low;
    while diesel::select(diesel::dsl::exists(search_documents::table.find(place))).get_result(tx.conn)? {
        place += 1;
    }
    Ok(place)
}

/// Gives a document another window, when what its resource belongs to moved its own.
///
/// # Errors
/// When the database fails.
pub fn set_window(tx: &mut Tx<'_>, resource: Uuid, window: Window) -> Result<(), StoreError> {
    diesel::update(search_documents::table.filter(search_documents::resource_id.eq(key(resource))))
        .set((
            search_documents::visible_from.eq(Instant(window.from)),
            search_documents::visible_until.eq(Instant(window.until)),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Notes that a document has to be made anew: its own, or, where the name of a tag, person,
/// organisation or picture changed, those of everything that shows it.
///
/// # Errors
/// When the database fails.
pub fn mark(tx: &mut Tx<'_>, target: Target) -> Result<(), StoreError> {
    let row = (search_stale::kind.eq(Name(target.kind)), search_stale::resource_id.eq(key(target.id)));
    let insert = diesel::insert_into(search_stale::table).values(row);
    match &mut *tx.conn {
        DbConnection::Postgres(conn) => insert.on_conflict_do_nothing().execute(conn)?,
        DbConnection::Sqlite(conn) => insert.on_conflict_do_nothing().execute(conn)?,
    };
    Ok(())
}

/// Whether anything has to be made anew.
///
/// # Errors
/// When the database fails.
pub fn is_stale(reader: &mut PublicReader<'_>) -> Result<bool, StoreError> {
    let first = search_stale::table.select(search_stale::resource_id).first::<Key<()>>(reader.conn()?).optional()?;
    Ok(first.is_some())
}

/// Makes up to `limit` documents anew, and says how many there were. Call it under the lock of the
/// change log, as publishing is: two nodes at once would do it twice, and stand in each other's way.
///
/// # Errors
/// When the database fails.
pub fn reindex_stale(tx: &mut Tx<'_>, limit: u32) -> Result<usize, StoreError> {
    let stale = search_stale::table
        .order(search_stale::resource_id)
        .limit(i64::from(limit))
        .select((search_stale::kind, search_stale::resource_id))
        .load::<(Name<Kind>, Key<()>)>(tx.conn)?;
    for (kind, id) in &stale {
        let target = Target::new(kind.0, id.0);
        diesel::delete(search_stale::table.find(*id)).execute(tx.conn)?;
        mark_what_shows(tx, target)?;
        index(tx, target)?;
    }
    Ok(stale.len())
}

/// Marks all that shows an entry of the directory. Content stands in no document but its own.
fn mark_what_shows(tx: &mut Tx<'_>, target: Target) -> Result<(), StoreError> {
    if !is_directory(target.kind) {
        return Ok(());
    }
    let sources = public_links::table
        .filter(public_links::target_id.eq(key(target.id)))
        .select((public_links::source_kind, public_links::source_id))
        .distinct()
        .load::<(Name<Kind>, Key<()>)>(tx.conn)?;
    for (kind, id) in sources {
        mark(tx, Target::new(kind.0, id.0))?;
    }
    Ok(())
}

/// Whether the names of this kind stand in the documents of others.
fn is_directory(kind: Kind) -> bool {
    matches!(kind, Kind::Person | Kind::Tag | Kind::Organisation | Kind::Media)
}

fn key(id: Uuid) -> Key<()> {
    Key(Id::new(id))
}

fn json(words: &[String]) -> String {
    serde_json::Value::from(words.to_vec()).to_string()
}
