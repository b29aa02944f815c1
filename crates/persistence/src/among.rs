//! `column.among(ids)`: the rows with one of these ids; and the same with names out of a closed list, and with numbers.
//!
//! diesel's `eq_any` writes one placeholder a value, which makes a statement of its own for every number of
//! them; so diesel keeps none of these prepared, and each is written, parsed and planned anew. Here the values
//! travel as one, and the statement is always the same:
//!
//! | PostgreSQL | SQLite |
//! | --- | --- |
//! | `column = ANY($1)`, an array | `column IN (SELECT unhex(value) FROM json_each(?))`, a JSON list |
//! | | `column IN (SELECT value FROM json_each(?))` for names and numbers |

use std::io::Write;

use bantin_domain::named::Named;
use diesel::{
    AppearsOnTable, Expression, QueryResult, SelectableExpression,
    expression::{AsExpression, ValidGrouping, is_aggregate},
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{BigInt, Bool, HasSqlType},
    sqlite::Sqlite,
};
use uuid::Uuid;

use crate::{
    connection::MultiBackend,
    sql_types::{Key, sql},
};

/// Asks for rows by many ids at once.
pub trait AmongExt: Expression<SqlType = sql::Identity> + Sized {
    /// Whether it is one of these.
    fn among<T: 'static>(self, ids: impl IntoIterator<Item = Key<T>>) -> Among<Self, Identities> {
        Among { column: self, values: Identities(ids.into_iter().map(|Key(id)| id.uuid()).collect()) }
    }
}

impl<E: Expression<SqlType = sql::Identity>> AmongExt for E {}

/// Asks for rows by several names at once.
pub trait AmongNamesExt: Expression<SqlType = sql::Named> + Sized {
    /// Whether it is one of these.
    fn among_names<N: Named>(self, names: &[N]) -> Among<Self, Names> {
        Among { column: self, values: Names(names.iter().map(|name| name.name()).collect()) }
    }
}

impl<E: Expression<SqlType = sql::Named>> AmongNamesExt for E {}

/// Asks for rows by several numbers at once.
pub trait AmongNumbersExt: Expression<SqlType = BigInt> + Sized {
    /// Whether it is one of these.
    fn among_numbers(self, numbers: &[i64]) -> Among<Self, Numbers> {
        Among { column: self, values: Numbers(numbers.to_vec()) }
    }
}

impl<E: Expression<SqlType = BigInt>> AmongNumbersExt for E {}

/// Whether a column is one of some values.
#[derive(Debug, Clone, QueryId)]
pub struct Among<E, V> {
    column: E,
    values: V,
}

/// Ids as one value.
#[derive(Debug, Clone, AsExpression, QueryId)]
#[diesel(sql_type = sql::Identities)]
pub struct Identities(pub(crate) Vec<Uuid>);

/// Names as one value.
#[derive(Debug, Clone, AsExpression, QueryId)]
#[diesel(sql_type = sql::Names)]
pub struct Names(Vec<&'static str>);

/// Numbers as one value.
#[derive(Debug, Clone, AsExpression, QueryId)]
#[diesel(sql_type = sql::Numbers)]
pub struct Numbers(Vec<i64>);

impl<E: Expression, V> Expression for Among<E, V> {
    type SqlType = Bool;
}

impl<E: ValidGrouping<()>, V> ValidGrouping<()> for Among<E, V> {
    type IsAggregate = is_aggregate::No;
}

impl<E: AppearsOnTable<T>, V, T> AppearsOnTable<T> for Among<E, V> {}
impl<E: SelectableExpression<T>, V, T> SelectableExpression<T> for Among<E, V> {}

/// How values travel as one.
pub trait AsOne {
    /// As what.
    type SqlType;
    /// How SQLite takes one of them out of the list.
    const TAKEN_OUT: &'static str;
}

impl AsOne for Identities {
    type SqlType = sql::Identities;
    const TAKEN_OUT: &'static str = "unhex(value)";
}

impl AsOne for Names {
    type SqlType = sql::Names;
    const TAKEN_OUT: &'static str = "value";
}

impl AsOne for Numbers {
    type SqlType = sql::Numbers;
    const TAKEN_OUT: &'static str = "value";
}

impl<E, V> QueryFragment<MultiBackend> for Among<E, V>
where
    E: QueryFragment<MultiBackend>,
    V: AsOne + ToSql<V::SqlType, MultiBackend>,
    MultiBackend: HasSqlType<V::SqlType>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        let is_postgres = matches!(out.backend(), MultiBackend::Postgres(_));
        if is_postgres {
            out.push_sql(" = ANY(");
        } else {
            out.push_sql(" IN (SELECT ");
            out.push_sql(V::TAKEN_OUT);
            out.push_sql(" FROM json_each(");
        }
        out.push_bind_param::<V::SqlType, _>(&self.values)?;
        out.push_sql(if is_postgres { ")" } else { "))" });
        Ok(())
    }
}

impl ToSql<sql::Identities, MultiBackend> for Identities {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((sql::Identities, self));
        Ok(IsNull::No)
    }
}

impl ToSql<sql::Names, MultiBackend> for Names {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((sql::Names, self));
        Ok(IsNull::No)
    }
}

impl ToSql<sql::Numbers, MultiBackend> for Numbers {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((sql::Numbers, self));
        Ok(IsNull::No)
    }
}

impl HasSqlType<sql::Identities> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        MultiBackend::lookup_sql_type::<sql::Identities>(lookup)
    }
}

impl HasSqlType<sql::Names> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        MultiBackend::lookup_sql_type::<sql::Names>(lookup)
    }
}

impl HasSqlType<sql::Numbers> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        MultiBackend::lookup_sql_type::<sql::Numbers>(lookup)
    }
}

/// The types of `uuid`, `text` and `bigint` in PostgreSQL's catalogue.
const UUID: i32 = 2950;
const TEXT: i32 = 25;
const BIGINT: i32 = 20;

impl ToSql<sql::Identities, Pg> for Identities {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        write_array(out, UUID, self.0.iter().map(|id| id.as_bytes().as_slice()))
    }
}

impl ToSql<sql::Names, Pg> for Names {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        write_array(out, TEXT, self.0.iter().map(|name| name.as_bytes()))
    }
}

impl ToSql<sql::Numbers, Pg> for Numbers {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let numbers: Vec<[u8; 8]> = self.0.iter().map(|number| number.to_be_bytes()).collect();
        write_array(out, BIGINT, numbers.iter().map(<[u8; 8]>::as_slice))
    }
}

/// As many elements PostgreSQL takes an array to have whose values it does not know yet (`estimate_array_length`).
const TAKEN_TO_HAVE: usize = 10;

/// The binary form of an array of one dimension: dimensions, whether there are NULLs, the type of an element,
/// length, lower bound; then each element after its length (PostgreSQL's `array_send`).
///
/// One with few elements names them again until they are [`TAKEN_TO_HAVE`], which asks for the same rows. A
/// prepared statement is planned once and for all only if that plan looks no dearer than those for the values at
/// hand; and for an array of one it always does, so that every answer about a single article would have each of
/// its statements planned anew. That took two thirds of its time.
fn write_array<'v>(
    out: &mut impl Write,
    of: i32,
    values: impl ExactSizeIterator<Item = &'v [u8]> + Clone,
) -> serialize::Result {
    let length = if values.len() == 0 { 0 } else { values.len().max(TAKEN_TO_HAVE) };
    for number in [1, 0, of, i32::try_from(length)?, 1] {
        out.write_all(&number.to_be_bytes())?;
    }
    for value in values.cycle().take(length) {
        out.write_all(&i32::try_from(value.len())?.to_be_bytes())?;
        out.write_all(value)?;
    }
    Ok(IsNull::No)
}

impl ToSql<sql::Identities, Sqlite> for Identities {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        let mut buffer = Uuid::encode_buffer();
        let mut list = String::with_capacity(2 + 35 * self.0.len());
        for id in &self.0 {
            list.push_str(if list.is_empty() { "[\"" } else { "\",\"" });
            list.push_str(id.simple().encode_lower(&mut buffer));
        }
        list.push_str(if list.is_empty() { "[]" } else { "\"]" });
        out.set_value(list);
        Ok(IsNull::No)
    }
}

impl ToSql<sql::Names, Sqlite> for Names {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}

impl ToSql<sql::Numbers, Sqlite> for Numbers {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The length of an array that is sent, and its elements.
    fn sent(numbers: &[i64]) -> (i32, Vec<i64>) {
        let mut bytes = Vec::new();
        let numbers: Vec<[u8; 8]> = numbers.iter().map(|number| number.to_be_bytes()).collect();
        write_array(&mut bytes, BIGINT, numbers.iter().map(<[u8; 8]>::as_slice)).unwrap();
        let length = i32::from_be_bytes(bytes[12..16].try_into().unwrap());
        let elements = bytes[20..].chunks(12).map(|one| i64::from_be_bytes(one[4..].try_into().unwrap()));
        (length, elements.collect())
    }

    #[test]
    fn a_short_array_is_as_long_as_one_that_is_not_known() {
        assert_eq!(sent(&[7]), (10, vec![7; 10]));
        assert_eq!(sent(&[1, 2, 3, 4]), (10, vec![1, 2, 3, 4, 1, 2, 3, 4, 1, 2]));
    }

    #[test]
    fn a_long_array_and_an_empty_one_say_what_they_hold() {
        let many: Vec<i64> = (1..=11).collect();
        assert_eq!(sent(&many), (11, many));
        assert_eq!(sent(&[]), (0, Vec::new()));
    }
}
