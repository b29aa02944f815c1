//! Visits: the journal that an answer rests on, and the tables that it is folded into.
//!
//! An acknowledged hit is in the [journal](crate::HitsTx::append), as part of a batch of its node. What it
//! counts as is decided when it is [folded](crate::Store::fold_visits): by one node at a time, over the batches
//! of all nodes, in one transaction that also notes how far it holds what each node has taken. Then the
//! batches leave the journal. So after a crash at any moment a hit is in the journal, in the tables, or in
//! both, and in both it is not counted again; and two nodes cannot decide differently.
//!
//! Journal and tables are written by transactions of their own, since on SQLite they are files of their
//! own: no hit waits for the counting of others, however long that takes. Folding writes the tables, and
//! nobody else does; nodes that append write rows of their own. There is nothing over which two of them
//! could deadlock.

mod baseline;
mod fold;
mod journal;
mod record;
mod retention;
mod rows;
mod sums;
mod upsert;

use bantin_domain::{
    time::{Date, Timestamp},
    visits::{DayCount, ONLINE_SECONDS, second_of},
};
use diesel::{dsl::sql, prelude::*, sql_types::BigInt};

pub use self::{
    baseline::Baseline,
    fold::{FoldProgress, FoldTally, Pending},
    journal::{AppendAgainError, BatchId},
};
pub(crate) use self::{
    rows::NO_CATEGORY,
    sums::{NO_HOST, OTHER_HOSTS},
};
use crate::{
    VisitsTx,
    connection::DbConnection,
    error::StoreError,
    schema_visits::{days, hit_ids, origin, presence, salts, visitors},
    sql_types::{Day, Instant},
};

/// A node, as the journal knows it: one run of one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node;

/// The random salt of a day, under which visitors' keys of that day are made.
pub type DaySalt = [u8; 32];

/// What the statistics are computed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Since when visits are counted.
    pub since: Timestamp,
    /// The number that the site brought along.
    pub baseline: i64,
    /// All visits ever, without the baseline.
    pub visits: i64,
    /// The day that was asked for.
    pub day: Date,
    /// Its numbers.
    pub of_day: DayCount,
    /// How many visitors were last seen in each second of the last [`ONLINE_SECONDS`].
    pub presence: Vec<(i64, i64)>,
}

impl VisitsTx<'_> {
    /// The salt of a day: `fresh`, unless the day has one. All nodes get the same.
    ///
    /// # Errors
    /// When it could not be read or written, or is none.
    pub fn salt_of(&mut self, day: Date, fresh: &DaySalt) -> Result<DaySalt, StoreError> {
        let row = (salts::day.eq(Day(day)), salts::salt.eq(fresh.as_slice()));
        match self.conn {
            DbConnection::Postgres(conn) => {
                diesel::insert_into(salts::table).values(row).on_conflict_do_nothing().execute(conn)?
            }
            DbConnection::Sqlite(conn) => diesel::insert_or_ignore_into(salts::table).values(row).execute(conn)?,
        };
        let salt: Vec<u8> = salts::table.find(Day(day)).select(salts::salt).first(self.conn)?;
        salt.try_into().map_err(|_| StoreError::Corrupt {
            table: "visits.salts",
            column: "salt",
            id: day.to_string(),
            reason: "a salt has 32 bytes".to_owned(),
        })
    }

    /// Forgets what may not be kept: salts and keys of days before yesterday, hit ids and presence
    /// that have lost their meaning. Changes no number. Says whether a salt was among it.
    ///
    /// # Errors
    /// When the database fails.
    pub fn forget(&mut self, today: Date, now: Timestamp) -> Result<bool, StoreError> {
        let mut destroyed = 0;
        if let Ok(yesterday) = today.yesterday() {
            destroyed = diesel::delete(salts::table.filter(salts::day.lt(Day(yesterday)))).execute(self.conn)?;
            diesel::delete(visitors::table.filter(visitors::day.lt(Day(yesterday)))).execute(self.conn)?;
        }
        diesel::delete(hit_ids::table.filter(hit_ids::utc_day.lt(fold::utc_day(now) - 1))).execute(self.conn)?;
        // Twice as long as anybody asks for: a hit stamped by a slower clock may still take from it.
        let long_gone = second_of(now) - 2 * ONLINE_SECONDS;
        diesel::delete(presence::table.filter(presence::second.lt(long_gone))).execute(self.conn)?;
        Ok(destroyed > 0)
    }

    /// Says that visits are counted from now on, unless that was said before.
    ///
    /// # Errors
    /// When the database fails.
    pub fn begin_counting(&mut self) -> Result<(), StoreError> {
        let row = (origin::id.eq(1i64), origin::since.eq(Instant(self.now())), origin::baseline.eq(0i64));
        match self.conn {
            DbConnection::Postgres(conn) => {
                diesel::insert_into(origin::table).values(row).on_conflict_do_nothing().execute(conn)?
            }
            DbConnection::Sqlite(conn) => diesel::insert_or_ignore_into(origin::table).values(row).execute(conn)?,
        };
        Ok(())
    }

    /// The numbers as they are folded so far.
    ///
    /// # Errors
    /// When the database fails, or [`VisitsTx::begin_counting`] was never called.
    pub fn figures(&mut self, day: Date, now: Timestamp) -> Result<Figures, StoreError> {
        let (since, baseline) =
            origin::table.find(1i64).select((origin::since, origin::baseline)).first::<(Instant, i64)>(self.conn)?;
        let visits = days::table.select(sql::<BigInt>("CAST(coalesce(sum(visits), 0) AS bigint)")).first(self.conn)?;
        let of_day = days::table
            .find(Day(day))
            .select((days::page_views, days::other_views, days::visits, days::visitors, days::carried))
            .first::<(i64, i64, i64, i64, i64)>(self.conn)
            .optional()?
            .map(|(page_views, other_views, visits, visitors, carried)| DayCount {
                page_views,
                other_views,
                visits,
                visitors,
                carried,
            });
        let presence = presence::table
            .filter(presence::second.gt(second_of(now) - ONLINE_SECONDS))
            .order(presence::second)
            .load(self.conn)?;
        Ok(Figures { since: since.0, baseline, visits, day, of_day: of_day.unwrap_or_default(), presence })
    }
}

fn corrupt(table: &'static str, column: &'static str, id: impl ToString) -> StoreError {
    StoreError::Corrupt { table, column, id: id.to_string(), reason: "cut short or of another version".to_owned() }
}
