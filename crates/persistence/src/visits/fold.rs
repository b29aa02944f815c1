//! Folding: from the journal into the tables.
//!
//! What is stored of the visitors and hit ids at hand is recalled into a [`Ledger`], which decides;
//! what it says is added to the tables. Nothing is kept in memory between two transactions, so it
//! does not matter which node folds next, or whether this one knows that its commit succeeded.

use std::collections::{BTreeMap, BTreeSet};

use bantin_domain::{
    id::Id,
    time::{Date, Timestamp},
    visits::{Exclusion, Folded, Ledger, Outcome, RecordedHit, Visitor, VisitorKey},
};
use diesel::{connection::SimpleConnection, prelude::*, sql_types::Bool};
use uuid::Uuid;

use super::{
    Node, record,
    rows::{HitIdRow, NodeRow, PresenceRow, VisitorRow},
    upsert,
};
use crate::{
    VisitsTx,
    among::AmongExt,
    connection::DbConnection,
    error::StoreError,
    schema_visits::{hit_ids, journal, presence, visitors},
    sql_types::{Day, Instant, Key},
};

/// How many batches one transaction folds: enough to share the commit among many hits, few enough
/// that a hit which comes meanwhile does not wait long.
pub const FOLD_BATCHES: i64 = 16;

/// How many keys one query asks for.
const KEYS_AT_ONCE: usize = 500;

/// How far the clocks of two nodes may be apart for a hit id of the one to be known to the other at midnight.
const CLOCKS_APART_SECONDS: i64 = 60;

/// The advisory lock under which one node at a time folds: "visits" in ASCII.
const FOLD_LOCK: &str = "SELECT pg_try_advisory_xact_lock(130195279934579) AS mine";

/// How far a transaction came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoldProgress {
    /// Another node is folding at this moment.
    Busy,
    /// This many hits were folded and there is more in the journal.
    Partly(FoldTally),
    /// The journal is empty.
    Done(FoldTally),
}

/// What was folded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FoldTally {
    /// Hits that became page views.
    pub page_views: i64,
    /// Hits that did not, by reason.
    pub excluded: Vec<(Exclusion, u64)>,
}

#[derive(QueryableByName)]
struct Lock {
    #[diesel(sql_type = Bool)]
    mine: bool,
}

#[derive(Queryable)]
struct Batch {
    seq: i64,
    node: Key<Node>,
    number: i64,
    hits: Vec<u8>,
}

/// The UTC day of an instant, counted from the epoch. A hit id of the last 24 hours is under the
/// day of a hit or the one before it, whatever the local clocks do.
pub(super) fn utc_day(at: Timestamp) -> i64 {
    at.as_micros().div_euclid(24 * 60 * 60 * 1_000_000)
}

impl VisitsTx<'_> {
    /// Folds the oldest [`FOLD_BATCHES`] of the journal, whichever nodes they are of.
    ///
    /// # Errors
    /// When the database fails, or a batch cannot be read; nothing is folded then, and nothing lost.
    pub fn fold(&mut self) -> Result<FoldProgress, StoreError> {
        if !self.take_fold_lock()? {
            return Ok(FoldProgress::Busy);
        }
        let batches: Vec<Batch> = journal::table
            .order(journal::seq)
            .limit(FOLD_BATCHES)
            .select((journal::seq, journal::node, journal::batch, journal::hits))
            .load(self.conn)?;
        if batches.is_empty() {
            return Ok(FoldProgress::Done(FoldTally::default()));
        }
        let mut hits = Vec::new();
        for batch in &batches {
            hits.extend(record::read_hits(&batch.hits).ok_or_else(|| corrupt("visits.journal", "hits", batch.seq))?);
        }
        let (_, tally) = self.decide(&hits)?;
        self.remove(&batches)?;
        let is_full = i64::try_from(batches.len()).is_ok_and(|length| length == FOLD_BATCHES);
        Ok(if is_full { FoldProgress::Partly(tally) } else { FoldProgress::Done(tally) })
    }

    /// Counts hits at once, past the journal, and says what became of each: for who needs to know and
    /// sends many at a time. `None` while another node folds.
    ///
    /// # Errors
    /// When the database fails; nothing is counted then.
    pub fn count_now(&mut self, hits: &[RecordedHit]) -> Result<Option<(Vec<Outcome>, FoldTally)>, StoreError> {
        if self.take_fold_lock()? { self.decide(hits).map(Some) } else { Ok(None) }
    }

    fn decide(&mut self, hits: &[RecordedHit]) -> Result<(Vec<Outcome>, FoldTally), StoreError> {
        let mut ledger = Ledger::default();
        self.recall(&mut ledger, hits)?;
        let outcomes = hits.iter().map(|hit| ledger.take(hit)).collect();
        let folded = ledger.close();
        let tally = FoldTally {
            page_views: folded.days.values().map(|day| day.page_views).sum(),
            excluded: folded.excluded.iter().map(|(reason, hits)| (*reason, *hits)).collect(),
        };
        self.store(folded)?;
        Ok((outcomes, tally))
    }

    /// On SQLite the transaction itself is the lock.
    pub(super) fn take_fold_lock(&mut self) -> Result<bool, StoreError> {
        match self.conn {
            DbConnection::Postgres(conn) => {
                // Every look-up of this transaction goes by a primary key. Left to itself the server may
                // keep the plan of a time when the table was empty, and read all of it each time.
                conn.batch_execute("SET LOCAL enable_seqscan = off")?;
                Ok(diesel::sql_query(FOLD_LOCK).get_result::<Lock>(conn)?.mine)
            }
            DbConnection::Sqlite(_) => Ok(true),
        }
    }

    fn recall(&mut self, ledger: &mut Ledger, hits: &[RecordedHit]) -> Result<(), StoreError> {
        let mut keys: BTreeSet<(Date, VisitorKey)> = BTreeSet::new();
        let mut named: BTreeSet<(i64, Uuid)> = BTreeSet::new();
        let today = utc_day(self.now().plus_seconds(CLOCKS_APART_SECONDS));
        for hit in hits {
            if let Some(visitor) = hit.visitor {
                keys.insert((hit.day, visitor.today));
                keys.extend(visitor.yesterday.and_then(|key| Some((hit.day.yesterday().ok()?, key))));
            }
            if let Some(hit_id) = hit.hit_id {
                // Of a hit that is reported late, a later one with its id may be stored already.
                named.extend((utc_day(hit.at) - 1..=today.max(utc_day(hit.at))).map(|day| (day, hit_id)));
            }
        }
        let keys: Vec<_> = keys.into_iter().collect();
        for of_day in keys.chunk_by(|one, next| one.0 == next.0) {
            for some in of_day.chunks(KEYS_AT_ONCE) {
                self.recall_visitors(ledger, some)?;
            }
        }
        let named: Vec<_> = named.into_iter().collect();
        for of_day in named.chunk_by(|one, next| one.0 == next.0) {
            for some in of_day.chunks(KEYS_AT_ONCE) {
                self.recall_hit_ids(ledger, some)?;
            }
        }
        Ok(())
    }

    /// The keys are all of one day.
    fn recall_visitors(&mut self, ledger: &mut Ledger, keys: &[(Date, VisitorKey)]) -> Result<(), StoreError> {
        let Some((day, _)) = keys.first().copied() else { return Ok(()) };
        let keys: Vec<Vec<u8>> = keys.iter().map(|(_, key)| key.0.to_vec()).collect();
        let of_day = visitors::table.filter(visitors::day.eq(Day(day)));
        let wanted = of_day.filter(visitors::visitor.eq_any(keys)).select(visitors::all_columns);
        let rows: Vec<VisitorRow> = match self.conn {
            // Told which database it is, diesel sends the keys as one array, and keeps the statement prepared.
            DbConnection::Postgres(conn) => wanted.load(conn)?,
            DbConnection::Sqlite(conn) => wanted.load(conn)?,
        };
        for row in rows {
            let key = row.visitor.try_into().map_err(|_| corrupt("visits.visitors", "visitor", day))?;
            let recent = record::read_recent(&row.recent).ok_or_else(|| corrupt("visits.visitors", "recent", day))?;
            let (last_view, last_seen) = (row.last_view.0, row.last_seen.0);
            ledger.recall_visitor(VisitorKey(key), Visitor { day, last_view, last_seen, recent, moved: row.moved });
        }
        Ok(())
    }

    /// The hit ids are all looked up under one day.
    fn recall_hit_ids(&mut self, ledger: &mut Ledger, named: &[(i64, Uuid)]) -> Result<(), StoreError> {
        let Some((day, _)) = named.first().copied() else { return Ok(()) };
        let keys = named.iter().map(|(_, hit_id)| Key::<RecordedHit>(Id::new(*hit_id)));
        let rows: Vec<(Key<RecordedHit>, Instant)> = hit_ids::table
            .filter(hit_ids::utc_day.eq(day))
            .filter(hit_ids::hit_id.among(keys))
            .select((hit_ids::hit_id, hit_ids::at))
            .load(self.conn)?;
        for (hit_id, at) in rows {
            ledger.recall_hit_id(hit_id.0.uuid(), at.0);
        }
        Ok(())
    }

    fn store(&mut self, mut folded: Folded) -> Result<(), StoreError> {
        self.add_sums(&mut folded)?;
        let visitors: Vec<_> = folded.visitors.into_iter().map(VisitorRow::from).collect();
        let hit_ids: Vec<_> = folded.hit_ids.into_iter().map(HitIdRow::from).collect();
        // A second that nobody is present in any more may have been forgotten: only rows that are
        // still there are taken from, and a gain comes first, so that a row never goes below zero.
        let (gains, losses): (Vec<_>, Vec<_>) =
            folded.presence.into_iter().map(PresenceRow::from).partition(|row| row.visitors > 0);
        upsert::visitors(self.conn, &visitors)?;
        upsert::hit_ids(self.conn, &hit_ids)?;
        upsert::presence(self.conn, &gains)?;
        for PresenceRow { second, visitors } in losses {
            diesel::update(presence::table.find(second))
                .set(presence::visitors.eq(presence::visitors + visitors))
                .execute(self.conn)?;
        }
        Ok(())
    }

    /// Takes the folded batches out of the journal and notes that they were there.
    fn remove(&mut self, batches: &[Batch]) -> Result<(), StoreError> {
        let seqs: Vec<i64> = batches.iter().map(|batch| batch.seq).collect();
        diesel::delete(journal::table.filter(journal::seq.eq_any(seqs))).execute(self.conn)?;
        let mut folded_through: BTreeMap<Uuid, i64> = BTreeMap::new();
        for batch in batches {
            let last = folded_through.entry(batch.node.0.uuid()).or_insert(batch.number);
            *last = batch.number.max(*last);
        }
        for (node, folded_through) in folded_through {
            let row = NodeRow { node: Key(Id::new(node)), folded_through, folded_at: Instant(self.now()) };
            upsert::node(self.conn, &row)?;
        }
        Ok(())
    }
}

fn corrupt(table: &'static str, column: &'static str, id: impl ToString) -> StoreError {
    StoreError::Corrupt { table, column, id: id.to_string(), reason: "cut short or of another version".to_owned() }
}
