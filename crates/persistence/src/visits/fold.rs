//! Folding: from the journal into the tables.
//!
//! What is stored of the visitors and hit ids at hand is recalled into a [`Ledger`], which decides; what it says is
//! added to the tables. On PostgreSQL that is one transaction, and nothing is kept in memory between two of them: it
//! does not matter which node folds next, or whether this one knows that its commit succeeded.
//!
//! On SQLite nobody else folds. There, what was decided may wait in memory while many hits come ([`Pending`]): a
//! visitor who reads ten pages is then one row and not ten, and the pages of the file that hold the visitors are not
//! written anew twice a second, which held up the journal. The hits that it was made of stay in the journal until it
//! is written, so a crash loses the decisions and not the hits: whoever decides next, decides alike.

use std::collections::{BTreeMap, BTreeSet};

use bantin_domain::{
    id::Id,
    time::{Date, Timestamp},
    visits::{Exclusion, Folded, Ledger, Outcome, RecordedHit, Visitor, VisitorKey},
};
use diesel::{
    connection::SimpleConnection,
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Binary, Bool},
};
use uuid::Uuid;

use super::{
    Figures, Node, corrupt,
    journal::{Batch, Piece},
    record,
    rows::{HitIdRow, NodeRow, PresenceRow, VisitorRow},
    upsert,
};
use crate::{
    Store, VisitsTx,
    among::AmongExt,
    connection::DbConnection,
    error::StoreError,
    schema_visits::{hit_ids, nodes, presence, visitors},
    sql_types::{Day, Instant, Key, sql},
};

/// How many keys one query asks for.
const KEYS_AT_ONCE: usize = 1_000;

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

/// How far each node is folded, and whether that has grown.
type FoldedThrough = BTreeMap<Uuid, (i64, bool)>;

/// What was decided and stands in no table yet. On PostgreSQL there never is any between two transactions.
#[derive(Debug, Default)]
pub struct Pending {
    ledger: Ledger,
    folded_through: FoldedThrough,
    /// The batches of the journal that it was made of, in order.
    seqs: Vec<i64>,
}

impl Pending {
    /// Adds what is decided to numbers that were read from the tables.
    pub fn add_to(&self, figures: &mut Figures) {
        let days = self.ledger.days();
        figures.visits += days.values().map(|day| day.visits).sum::<i64>();
        if let Some(gain) = days.get(&figures.day) {
            figures.of_day.add(gain);
        }
        let mut presence = self.ledger.presence();
        for (second, visitors) in &figures.presence {
            *presence.entry(*second).or_default() += visitors;
        }
        figures.presence = presence.into_iter().collect();
    }

    /// How many visitors and hit ids it holds: what it takes of the memory.
    pub fn size(&self) -> usize {
        self.ledger.size()
    }
}

/// The UTC day of an instant, counted from the epoch. A hit id of the last 24 hours is under the
/// day of a hit or the one before it, whatever the local clocks do.
pub(super) fn utc_day(at: Timestamp) -> i64 {
    at.as_micros().div_euclid(24 * 60 * 60 * 1_000_000)
}

impl Store {
    /// Folds the oldest piece of the journal that is not decided yet, whichever nodes it is of. What was decided and
    /// waits is written with it, unless it may wait on: `may_wait` says so, of all that waits and of how many hits
    /// were new. Nothing waits on PostgreSQL.
    ///
    /// # Errors
    /// When the database fails, or a batch cannot be read; nothing is lost then, and nothing will be counted twice.
    pub fn fold_visits(
        &self,
        pending: &mut Pending,
        may_wait: impl FnOnce(&Pending, usize) -> bool,
    ) -> Result<FoldProgress, StoreError> {
        // After an error it is begun anew: the journal still has all that it was made of.
        let mut decided = std::mem::take(pending);
        let folded = self.visits(|tx| {
            if !tx.take_fold_lock()? {
                return Ok(None);
            }
            // Under the lock: what is read before it may have been folded by another node since.
            let piece = self.hits(|journal| journal.after(decided.seqs.last().copied().unwrap_or(i64::MIN)))?;
            let hits = tx.decide_piece(&mut decided, &piece)?;
            if tx.is_alone() && may_wait(&decided, hits) {
                return Ok(Some((decided, Vec::new(), FoldTally::default(), piece.is_last)));
            }
            let seqs = std::mem::take(&mut decided.seqs);
            let tally = tx.write(decided, piece.is_last)?;
            Ok::<_, StoreError>(Some((Pending::default(), seqs, tally, piece.is_last)))
        })?;
        let Some((waiting, written, tally, is_last)) = folded else { return Ok(FoldProgress::Busy) };
        *pending = waiting;
        if !written.is_empty() {
            self.hits(|journal| journal.remove(&written))?;
        }
        Ok(if is_last { FoldProgress::Done(tally) } else { FoldProgress::Partly(tally) })
    }
}

impl VisitsTx<'_> {
    /// Decides about a piece of the journal, but for the batches that were folded before: their transaction was
    /// committed, and whoever ran it died before they left the journal. Says how many hits that were.
    fn decide_piece(&mut self, pending: &mut Pending, piece: &Piece) -> Result<usize, StoreError> {
        self.recall_nodes(&mut pending.folded_through, piece)?;
        let mut hits = Vec::new();
        for Batch { seq, id, hits: of_batch } in &piece.batches {
            pending.seqs.push(*seq);
            let through = pending.folded_through.entry(id.node.uuid()).or_insert((i64::MIN, false));
            if id.number > through.0 {
                *through = (id.number, true);
                hits.extend_from_slice(of_batch);
            }
        }
        self.recall(&mut pending.ledger, &hits)?;
        for hit in &hits {
            // What became of it is in the sums.
            let _ = pending.ledger.take(hit);
        }
        Ok(hits.len())
    }

    /// Writes what is decided, and how far the tables hold what each node has taken.
    fn write(&mut self, pending: Pending, is_last: bool) -> Result<FoldTally, StoreError> {
        let Pending { ledger, folded_through, .. } = pending;
        if is_last {
            self.forget_nodes(&folded_through)?;
        }
        let tally = self.store(ledger.close())?;
        for (node, (folded_through, _)) in folded_through.into_iter().filter(|(_, (_, has_more))| *has_more) {
            let row = NodeRow { node: Key(Id::new(node)), folded_through, folded_at: Instant(self.now()) };
            upsert::node(self.conn, &row)?;
        }
        Ok(tally)
    }

    /// Whether nobody else writes these tables: a file of SQLite belongs to one process.
    fn is_alone(&self) -> bool {
        matches!(self.conn, DbConnection::Sqlite(_))
    }

    /// Forgets how far nodes of old are folded, but for those that the journal still has batches of. A batch is
    /// sent again within seconds, if at all.
    fn forget_nodes(&mut self, of_journal: &FoldedThrough) -> Result<(), StoreError> {
        let a_day_ago = Instant(self.now().plus_seconds(-24 * 60 * 60));
        let old: Vec<Key<Node>> =
            nodes::table.filter(nodes::folded_at.lt(a_day_ago)).select(nodes::node).load(self.conn)?;
        for node in old.into_iter().filter(|node| !of_journal.contains_key(&node.0.uuid())) {
            diesel::delete(nodes::table.find(node)).execute(self.conn)?;
        }
        Ok(())
    }

    /// How far the nodes of a piece are folded.
    fn recall_nodes(&mut self, known: &mut FoldedThrough, piece: &Piece) -> Result<(), StoreError> {
        let nodes = piece.batches.iter().map(|batch| batch.id.node.uuid()).filter(|node| !known.contains_key(node));
        let unknown: BTreeSet<Uuid> = nodes.collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let rows: Vec<(Key<Node>, i64)> = nodes::table
            .filter(nodes::node.among(unknown.into_iter().map(|node| Key::<Node>(Id::new(node)))))
            .select((nodes::node, nodes::folded_through))
            .load(self.conn)?;
        known.extend(rows.into_iter().map(|(node, through)| (node.0.uuid(), (through, false))));
        Ok(())
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
        Ok((outcomes, self.store(ledger.close())?))
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
        let keys: Vec<_> = keys.into_iter().filter(|(_, key)| !ledger.knows(*key)).collect();
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
        let rows: Vec<VisitorRow> = match self.conn {
            // Each key is looked up by itself. Left to plan a list, the server may read the whole day and hold
            // every visitor of it against every key.
            DbConnection::Postgres(conn) => sql_query(
                "SELECT visitors.* FROM unnest($1) AS wanted (visitor), LATERAL (SELECT * FROM visits.visitors \
                 WHERE day = $2 AND visitor = wanted.visitor OFFSET 0) AS visitors",
            )
            .bind::<Array<Binary>, _>(keys)
            .bind::<sql::Day, _>(Day(day))
            .load(conn)?,
            DbConnection::Sqlite(conn) => {
                visitors::table.filter(visitors::day.eq(Day(day))).filter(visitors::visitor.eq_any(keys)).load(conn)?
            }
        };
        for row in rows {
            let key = row.visitor.try_into().map_err(|_| corrupt("visits.visitors", "visitor", day))?;
            let (recent, forgotten) =
                record::read_recent(&row.recent).ok_or_else(|| corrupt("visits.visitors", "recent", day))?;
            let (last_view, last_seen, moved) = (row.last_view.0, row.last_seen.0, row.moved);
            ledger.recall_visitor(VisitorKey(key), Visitor { day, last_view, last_seen, recent, forgotten, moved });
        }
        Ok(())
    }

    /// The hit ids are all looked up under one day.
    fn recall_hit_ids(&mut self, ledger: &mut Ledger, named: &[(i64, Uuid)]) -> Result<(), StoreError> {
        let Some((day, _)) = named.first().copied() else { return Ok(()) };
        let keys = named.iter().map(|(_, hit_id)| Key::<RecordedHit>(Id::new(*hit_id)));
        let rows: Vec<HitIdRow> = match self.conn {
            DbConnection::Postgres(conn) => sql_query(
                "SELECT hit_ids.* FROM unnest($1) AS wanted (hit_id), LATERAL (SELECT * FROM visits.hit_ids \
                 WHERE utc_day = $2 AND hit_id = wanted.hit_id OFFSET 0) AS hit_ids",
            )
            .bind::<Array<sql::Identity>, _>(keys.collect::<Vec<_>>())
            .bind::<BigInt, _>(day)
            .load(conn)?,
            DbConnection::Sqlite(_) => {
                let of_day = hit_ids::table.filter(hit_ids::utc_day.eq(day));
                of_day.filter(hit_ids::hit_id.among(keys)).load(self.conn)?
            }
        };
        for HitIdRow { hit_id, at, .. } in rows {
            ledger.recall_hit_id(hit_id.0.uuid(), at.0);
        }
        Ok(())
    }

    fn store(&mut self, mut folded: Folded) -> Result<FoldTally, StoreError> {
        let tally = FoldTally {
            page_views: folded.days.values().map(|day| day.page_views).sum(),
            excluded: folded.excluded.iter().map(|(reason, hits)| (*reason, *hits)).collect(),
        };
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
        Ok(tally)
    }
}
