//! How much there is of each kind, counted no further than anybody needs to know.

use bantin_domain::kind::Kind;
use diesel::{RunQueryDsl, sql_query, sql_types::BigInt};

use crate::{
    connection::MultiBackend,
    error::StoreError,
    prepared::{KeptExt, TypedExt},
    store::PublicReader,
};

/// How many rows of each of these kinds the public may be shown, `most` at most: those that hide for now are counted too.
/// One statement for all kinds, since it walks an index of each and no further than `most`.
///
/// # Errors
/// When the database fails.
pub fn extents(reader: &mut PublicReader<'_>, kinds: &[Kind], most: u32) -> Result<Vec<u64>, StoreError> {
    let counted = kinds.iter().enumerate().filter_map(|(place, kind)| {
        let table = table_of(*kind)?;
        Some(format!(
            "SELECT CAST({place} AS bigint), count(*) FROM (SELECT id FROM {table} ORDER BY id LIMIT {most}) {table}"
        ))
    });
    let statement = sql_query(counted.collect::<Vec<_>>().join(" UNION ALL ")).into_boxed::<MultiBackend>();
    let rows = statement.typed::<(BigInt, BigInt)>().kept().load::<(i64, i64)>(reader.conn()?)?;
    let of = |place: usize| rows.iter().find(|(at, _)| usize::try_from(*at) == Ok(place));
    Ok((0..kinds.len()).map(|place| of(place).map_or(0, |(_, count)| count.unsigned_abs())).collect())
}

fn table_of(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Event => "public_events",
        Kind::Speech => "public_speeches",
        Kind::Page => "public_pages",
        Kind::Category => "categories",
        Kind::Tag => "tags",
        Kind::Person => "people",
        Kind::Organisation => "organisations",
        _ => return None,
    })
}
