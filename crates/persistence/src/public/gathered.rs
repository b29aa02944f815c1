//! What one row refers to, gathered in columns of that row: each a JSON list, so that one statement brings all of it.
//!
//! For a single resource nearly all of the time goes into the trips to PostgreSQL, and not into the rows that they
//! bring. For a page of many it would be the other way round, and [`relations`](super::relations) reads them by the
//! page.
//!
//! A column is written as text with `{now}` in it where the instant of the reader is to stand: see [`write`].

use bantin_domain::{
    content::{Relation, Translation},
    id::Id,
    locale::Locale,
    media::{Media, MediaKind},
    named::Named,
    text::Slug,
    time::{Date, Timestamp},
};
use diesel::{QueryResult, query_builder::AstPass};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    listing::unseen_by_planner,
    relations::{NamedRow, named_rows},
};
use crate::{
    connection::MultiBackend,
    error::StoreError,
    media::{self, MediaRow, into_media},
    sql_types::{Day, Instant, Key, Name, sql},
};

/// How a database writes JSON.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spelling {
    gather: &'static str,
    list: &'static str,
    /// An id, which one database has as such and the other as bytes.
    id: &'static str,
    /// Bytes as hexadecimal digits.
    bytes: &'static str,
    end: &'static str,
}

impl Spelling {
    /// That of the database at the other end.
    pub(super) fn of(backend: &MultiBackend) -> Self {
        match backend {
            // A document is text: see `sql_types`.
            MultiBackend::Postgres(_) => Self {
                gather: "json_agg",
                list: "json_build_array",
                id: "{}",
                bytes: "encode({}, 'hex')",
                end: ")::text",
            },
            MultiBackend::Sqlite(_) => {
                Self { gather: "json_group_array", list: "json_array", id: "hex({})", bytes: "hex({})", end: ")" }
            }
        }
    }

    fn bytes(self, column: &str) -> String {
        self.bytes.replace("{}", column)
    }

    fn id(self, column: &str) -> String {
        self.id.replace("{}", column)
    }

    /// All rows of a query, each as a list.
    fn all(self, columns: &[String], from: &str) -> String {
        let Self { gather, list, end, .. } = self;
        format!("(SELECT {gather}({list}({})) {from}{end}", columns.join(", "))
    }
}

/// Writes a column, with the instant of the reader wherever it says `{now}`.
pub(super) fn write<'b>(out: &mut AstPass<'_, 'b, MultiBackend>, column: &str, now: &'b Instant) -> QueryResult<()> {
    let mut pieces = column.split("{now}");
    out.push_sql(pieces.next().unwrap_or_default());
    for piece in pieces {
        unseen_by_planner(out, "timestamptz", |out| out.push_bind_param::<sql::Instant, _>(now))?;
        out.push_sql(piece);
    }
    Ok(())
}

/// The column of what has a name: see [`relations::named`](super::relations::named).
pub(super) fn named_column(spelling: Spelling, source: &str, relations: &[Relation]) -> String {
    let rows = named_rows(&format!("= {source}"), relations, "{now}", "{now}");
    if rows.is_empty() {
        return "NULL".to_owned();
    }
    let columns = ["relation".into(), "position".into(), spelling.id("id"), "slug".into(), "name".into(), "day".into()];
    spelling.all(&columns, &format!("FROM ({rows}) AS named"))
}

/// One line of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct NamedLine {
    relation: Relation,
    position: i64,
    id: Uuid,
    slug: String,
    name: String,
    day: Option<Date>,
}

impl NamedLine {
    /// As if it had been read as a row.
    pub(super) fn of(self, source: Uuid) -> NamedRow {
        let Self { relation, position, id, slug, name, day } = self;
        (Key(Id::new(source)), Name(relation), position, Key(Id::new(id)), slug, name, day.map(Day))
    }
}

/// The column of pictures and files: see [`relations::media_shown`](super::relations::media_shown).
pub(super) fn media_column(spelling: Spelling, source: &str, relations: &[Relation]) -> String {
    if relations.is_empty() {
        return "NULL".to_owned();
    }
    let columns = [
        "l.relation".to_owned(),
        "l.position".to_owned(),
        spelling.id("m.id"),
        "m.version".to_owned(),
        "m.kind".to_owned(),
        "m.file_name".to_owned(),
        "m.mime_type".to_owned(),
        "m.bytes".to_owned(),
        spelling.bytes("m.sha256"),
        "m.width".to_owned(),
        "m.height".to_owned(),
        "m.alt".to_owned(),
        "m.caption".to_owned(),
        "m.credit".to_owned(),
        spelling.id("m.created_by"),
        "m.created_at".to_owned(),
        "m.updated_at".to_owned(),
    ];
    let names: Vec<String> = relations.iter().map(|relation| format!("'{}'", relation.name())).collect();
    spelling.all(
        &columns,
        &format!(
            "FROM public_links l JOIN media m ON m.id = l.target_id WHERE l.source_id = {source} AND l.relation IN ({})",
            names.join(", ")
        ),
    )
}

/// One line of it: a picture or file, and how it is shown.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct MediaLine {
    relation: Relation,
    position: i64,
    id: Uuid,
    version: i64,
    kind: MediaKind,
    file_name: String,
    mime_type: String,
    bytes: i64,
    sha256: String,
    width: Option<i64>,
    height: Option<i64>,
    alt: String,
    caption: Option<String>,
    credit: Option<String>,
    created_by: Uuid,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// What is shown, in the order of its content.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub(super) fn media_of(mut lines: Vec<MediaLine>) -> Result<Vec<(Relation, Media)>, StoreError> {
    lines.sort_by_key(|line| line.position);
    let shown = |line: MediaLine| {
        let sha256 =
            bytes_of(&line.sha256).ok_or_else(|| media::corrupt("sha256", Key(Id::new(line.id)), "no bytes".into()))?;
        let row = MediaRow {
            id: Key(Id::new(line.id)),
            version: line.version,
            kind: Name(line.kind),
            file_name: line.file_name,
            mime_type: line.mime_type,
            bytes: line.bytes,
            sha256,
            width: line.width,
            height: line.height,
            alt: line.alt,
            caption: line.caption,
            credit: line.credit,
            created_by: Key(Id::new(line.created_by)),
            created_at: Instant(line.created_at),
            updated_at: Instant(line.updated_at),
        };
        Ok((line.relation, into_media(row)?))
    };
    lines.into_iter().map(shown).collect()
}

fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let pairs = (0..digits.len()).step_by(2).map(|at| digits.get(at..at + 2));
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

/// The column of the other members of a group of languages that can be seen.
pub(super) fn translations_column(spelling: Spelling, table: &str) -> String {
    let columns = [spelling.id("t.id"), "t.locale".to_owned(), "t.slug".to_owned(), "t.title".to_owned()];
    spelling.all(
        &columns,
        &format!(
            "FROM {table} t WHERE t.group_id = {table}.group_id AND t.id <> {table}.id \
             AND t.visible_from <= {{now}} AND t.visible_until > {{now}}"
        ),
    )
}

/// One line of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct TranslationLine {
    id: Uuid,
    locale: Locale,
    slug: Slug,
    title: String,
}

/// The translations, by language.
pub(super) fn translations_of(mut lines: Vec<TranslationLine>) -> Vec<Translation> {
    lines.sort_by(|one, other| one.locale.as_str().cmp(other.locale.as_str()));
    let of = |TranslationLine { id, locale, slug, title }| Translation { id, locale, slug, title };
    lines.into_iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_bytes() {
        assert_eq!(bytes_of("00FFa1"), Some(vec![0, 255, 161]));
        assert_eq!((bytes_of("0"), bytes_of("0g"), bytes_of("đđ")), (None, None, None));
    }
}
