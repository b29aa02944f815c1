//! How our own values stand in a column, on either database.
//!
//! | value | PostgreSQL | SQLite |
//! | --- | --- | --- |
//! | [`Key`] | `uuid` | 16-byte `BLOB` |
//! | [`Instant`] | `timestamptz`, microseconds | `TEXT`, `2023-03-14T01:00:00.000000Z` |
//! | [`Day`] | `date` | `TEXT`, `2023-03-14` |
//! | [`Name`] of a closed list | `text` | `TEXT` |
//! | [`Json`] | `text` | `TEXT` |
//!
//! Both spellings of a time and of a day sort in time's order, so a comparison means the same on
//! both. JSON is text and not `jsonb`, because a revision must come back byte for byte as written.

use bantin_domain::{
    id::Id,
    named::Named,
    time::{self, Date, Timestamp},
};
use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    pg::Pg,
    query_builder::QueryId,
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{HasSqlType, SqlType},
    sqlite::Sqlite,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::connection::MultiBackend;

/// The SQL types that the schema names.
pub mod sql {
    use super::{QueryId, SqlType};

    /// An identity: see [`bantin_domain::id::Id`].
    #[derive(Debug, Clone, Copy, SqlType, QueryId)]
    #[diesel(postgres_type(oid = 2950, array_oid = 2951), sqlite_type(name = "Binary"))]
    pub struct Identity;

    /// Some identities: an array, or a JSON list of hexadecimal digits.
    #[derive(Debug, Clone, Copy, SqlType, QueryId)]
    #[diesel(postgres_type(oid = 2951, array_oid = 0), sqlite_type(name = "Text"))]
    pub struct Identities;

    /// Some names: an array, or a JSON list.
    #[derive(Debug, Clone, Copy, SqlType, QueryId)]
    #[diesel(postgres_type(oid = 1009, array_oid = 0), sqlite_type(name = "Text"))]
    pub struct Names;

    /// Some numbers: an array, or a JSON list.
    #[derive(Debug, Clone, Copy, SqlType, QueryId)]
    #[diesel(postgres_type(oid = 1016, array_oid = 0), sqlite_type(name = "Text"))]
    pub struct Numbers;

    /// An instant in UTC with microseconds.
    #[derive(Debug, Clone, Copy, SqlType, QueryId)]
    #[diesel(postgres_type(oid = 1184, array_oid = 1185), sqlite_type(name = "Text"))]
    pub struct Instant;

    /// A local day.
    #[derive(Debug, Clone, Copy, SqlType, QueryId)]
    #[diesel(postgres_type(oid = 1082, array_oid = 1182), sqlite_type(name = "Text"))]
    pub struct Day;

    /// A value out of a closed list, stored by its name in the contract.
    #[derive(Debug, Clone, Copy, SqlType, QueryId)]
    #[diesel(postgres_type(oid = 25, array_oid = 1009), sqlite_type(name = "Text"))]
    pub struct Named;

    /// A JSON document, kept as the text that was written.
    #[derive(Debug, Clone, Copy, SqlType, QueryId)]
    #[diesel(postgres_type(oid = 25, array_oid = 1009), sqlite_type(name = "Text"))]
    pub struct Document;
}

/// An [`Id`] as a column. The wrapper is ours, so that diesel's traits may be implemented for it
/// here and the domain stays free of them; rows hold it, nothing above this crate sees it.
#[derive(AsExpression, FromSqlRow)]
#[diesel(sql_type = sql::Identity)]
pub struct Key<T: 'static>(pub Id<T>);

/// A [`Timestamp`] as a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql::Instant)]
pub struct Instant(pub Timestamp);

/// A [`Date`] as a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql::Day)]
pub struct Day(pub Date);

/// A value out of a closed list as a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql::Named)]
pub struct Name<E: Named + 'static>(pub E);

/// What can be kept as a document.
pub trait Storable: std::fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static {}
impl<T: std::fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static> Storable for T {}

/// A document as a column: written by serde and read back by serde.
#[derive(Debug, Clone, PartialEq, Eq, Default, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql::Document)]
pub struct Json<T: Storable>(pub T);

// Written out, because derives would ask the same of `T`, though no `T` is held.
impl<T> std::fmt::Debug for Key<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&self.0, f)
    }
}
impl<T> Clone for Key<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Key<T> {}
impl<T> PartialEq for Key<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Key<T> {}
impl<T> std::hash::Hash for Key<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// What the multi connection asks of a value: to be bound and read through the database that is at
/// the other end.
macro_rules! through_either {
    ([$($generic:tt)*] $value:ty => $sql:path) => {
        impl<$($generic)*> ToSql<$sql, MultiBackend> for $value {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
                out.set_value(($sql, self));
                Ok(IsNull::No)
            }
        }
        impl<$($generic)*> FromSql<$sql, MultiBackend> for $value {
            fn from_sql(raw: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                raw.from_sql::<Self, $sql>()
            }
        }
    };
}
through_either!([T: 'static] Key<T> => sql::Identity);
through_either!([] Instant => sql::Instant);
through_either!([] Day => sql::Day);
through_either!([E: Named + 'static] Name<E> => sql::Named);
through_either!([T: Storable] Json<T> => sql::Document);

macro_rules! known_to_both {
    ($($sql:path),+) => {$(
        impl HasSqlType<$sql> for MultiBackend {
            fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
                MultiBackend::lookup_sql_type::<$sql>(lookup)
            }
        }
    )+};
}
known_to_both!(sql::Identity, sql::Instant, sql::Day, sql::Named, sql::Document);

// --- ids ---

impl<T> ToSql<sql::Identity, Pg> for Key<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        std::io::Write::write_all(out, self.0.uuid().as_bytes())?;
        Ok(IsNull::No)
    }
}
impl<T> ToSql<sql::Identity, Sqlite> for Key<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.uuid().as_bytes().to_vec());
        Ok(IsNull::No)
    }
}
impl<T> FromSql<sql::Identity, Pg> for Key<T> {
    fn from_sql(raw: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(Id::new(uuid::Uuid::from_slice(raw.as_bytes())?)))
    }
}
impl<T> FromSql<sql::Identity, Sqlite> for Key<T> {
    fn from_sql(mut raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(Id::new(uuid::Uuid::from_slice(raw.read_blob())?)))
    }
}

// --- instants ---

/// PostgreSQL counts microseconds from 2000-01-01T00:00:00Z, we from 1970.
const PG_EPOCH_MICROS: i64 = 946_684_800_000_000;

impl ToSql<sql::Instant, Pg> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        std::io::Write::write_all(out, &(self.0.as_micros() - PG_EPOCH_MICROS).to_be_bytes())?;
        Ok(IsNull::No)
    }
}
impl ToSql<sql::Instant, Sqlite> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.to_utc_text());
        Ok(IsNull::No)
    }
}
impl FromSql<sql::Instant, Pg> for Instant {
    fn from_sql(raw: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let micros = i64::from_be_bytes(raw.as_bytes().try_into()?);
        Timestamp::from_micros(micros.saturating_add(PG_EPOCH_MICROS))
            .map(Self)
            .ok_or_else(|| "an instant beyond the calendar".into())
    }
}
impl FromSql<sql::Instant, Sqlite> for Instant {
    fn from_sql(mut raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Timestamp::parse(raw.read_text()).map(Self).map_err(|fault| fault.message.into())
    }
}

// --- days ---

/// The day from which PostgreSQL counts.
const PG_EPOCH_DAY: Date = jiff::civil::date(2000, 1, 1);

impl ToSql<sql::Day, Pg> for Day {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let days = self.0.duration_since(PG_EPOCH_DAY).as_hours() / 24;
        std::io::Write::write_all(out, &i32::try_from(days)?.to_be_bytes())?;
        Ok(IsNull::No)
    }
}
impl ToSql<sql::Day, Sqlite> for Day {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.to_string());
        Ok(IsNull::No)
    }
}
impl FromSql<sql::Day, Pg> for Day {
    fn from_sql(raw: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let days = i32::from_be_bytes(raw.as_bytes().try_into()?);
        Ok(Self(PG_EPOCH_DAY.checked_add(jiff::Span::new().try_days(days)?)?))
    }
}
impl FromSql<sql::Day, Sqlite> for Day {
    fn from_sql(mut raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        time::parse_date(raw.read_text()).map(Self).map_err(|fault| fault.message.into())
    }
}

// --- named values ---

impl<E: Named + 'static> ToSql<sql::Named, Pg> for Name<E> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        std::io::Write::write_all(out, self.0.name().as_bytes())?;
        Ok(IsNull::No)
    }
}
impl<E: Named + 'static> ToSql<sql::Named, Sqlite> for Name<E> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.name());
        Ok(IsNull::No)
    }
}
impl<E: Named + 'static> FromSql<sql::Named, Pg> for Name<E> {
    fn from_sql(raw: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        named(std::str::from_utf8(raw.as_bytes())?)
    }
}
impl<E: Named + 'static> FromSql<sql::Named, Sqlite> for Name<E> {
    fn from_sql(mut raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        named(raw.read_text())
    }
}

fn named<E: Named + 'static>(name: &str) -> deserialize::Result<Name<E>> {
    E::from_name(name).map(Name).ok_or_else(|| format!("{name:?} is not a known value").into())
}

// --- documents ---

impl<T: Storable> ToSql<sql::Document, Pg> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        serde_json::to_writer(out, &self.0)?;
        Ok(IsNull::No)
    }
}
impl<T: Storable> ToSql<sql::Document, Sqlite> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}
impl<T: Storable> FromSql<sql::Document, Pg> for Json<T> {
    fn from_sql(raw: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(serde_json::from_slice(raw.as_bytes())?))
    }
}
impl<T: Storable> FromSql<sql::Document, Sqlite> for Json<T> {
    fn from_sql(mut raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        // As bytes: whether they are UTF-8 takes the usual check longer than all else of reading a long text that
        // is mostly not ASCII.
        Ok(Self(serde_json::from_str(simdutf8::basic::from_utf8(raw.read_blob())?)?))
    }
}
