//! The journal: what was acknowledged and is not counted yet.
//!
//! A batch is one row, so that a commit costs the same for one hit and for a thousand. Rows of a node are written by
//! one thread of it, one after the other: so whoever sees one sees those before it, and a number says how far the
//! tables hold what the node has taken.

use bantin_domain::{id::Id, visits::RecordedHit};
use diesel::{
    dsl::sql,
    prelude::*,
    result::{DatabaseErrorKind, Error as DieselError},
    sql_types::BigInt,
};

use super::{Node, corrupt, record};
use crate::{
    HitsTx, among::AmongNumbersExt, error::StoreError, prepared::KeptExt, schema_visits::journal, sql_types::Key,
};

/// How many bytes of the journal are counted in one transaction, but for the rest of the last batch: some twenty
/// thousand hits. Enough to share its cost, few enough to be held in memory.
const PIECE_BYTES: i64 = 2 * 1024 * 1024;
/// How many batches at most.
const PIECE_BATCHES: i64 = 4_096;

/// Which batch of which node. Numbers of a node rise; one is never used for other hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchId {
    /// The node that took the hits.
    pub node: Id<Node>,
    /// Its number.
    pub number: i64,
}

/// A piece of the journal: batches one after the other, whichever nodes they are of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) batches: Vec<Batch>,
    /// Whether nothing came after them.
    pub(super) is_last: bool,
}

/// A batch as it was journalled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Batch {
    pub(super) seq: i64,
    pub(super) id: BatchId,
    pub(super) hits: Vec<RecordedHit>,
}

impl HitsTx<'_> {
    /// Journals a batch.
    ///
    /// # Errors
    /// When it could not be written. If the connection is lost while the transaction commits, nobody
    /// knows whether it was: send the batch again by [`HitsTx::append_again`].
    pub fn append(&mut self, batch: BatchId, hits: &[RecordedHit]) -> Result<(), StoreError> {
        self.insert(batch, hits).map_err(StoreError::from)
    }

    /// Journals a batch that may already have been committed, and perhaps counted since. It is not asked for
    /// whether it was: if it stands there a second time, its number says so to who counts.
    ///
    /// # Errors
    /// When it could not be written. [`AppendAgainError::Kept`] if it was there already: then this
    /// transaction must end without a trace, and the batch is safe.
    pub fn append_again(&mut self, batch: BatchId, hits: &[RecordedHit]) -> Result<(), AppendAgainError> {
        match self.insert(batch, hits) {
            Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Err(AppendAgainError::Kept),
            inserted => Ok(inserted.map_err(StoreError::from)?),
        }
    }

    fn insert(&mut self, batch: BatchId, hits: &[RecordedHit]) -> Result<(), DieselError> {
        diesel::insert_into(journal::table)
            .values((
                journal::node.eq(Key(batch.node)),
                journal::batch.eq(batch.number),
                journal::hits.eq(record::write_hits(hits)),
            ))
            .kept()
            .execute(self.conn)
            .map(drop)
    }

    /// The oldest piece behind a place.
    ///
    /// # Errors
    /// When the database fails, or a batch cannot be read.
    pub(super) fn after(&mut self, place: i64) -> Result<Piece, StoreError> {
        let lengths: Vec<(i64, i64)> = journal::table
            .filter(journal::seq.gt(place))
            .order(journal::seq)
            .limit(PIECE_BATCHES)
            .select((journal::seq, sql::<BigInt>("CAST(length(hits) AS bigint)")))
            .load(self.conn)?;
        let mut bytes = 0;
        let fit = lengths.iter().take_while(|(_, length)| {
            let is_room_left = bytes < PIECE_BYTES;
            bytes += length;
            is_room_left
        });
        let (count, through) = fit.fold((0, None), |(count, _), (seq, _)| (count + 1, Some(*seq)));
        let is_last = count == lengths.len() && lengths.len() < usize::try_from(PIECE_BATCHES).unwrap_or(usize::MAX);
        let rows: Vec<(i64, Key<Node>, i64, Vec<u8>)> = journal::table
            .filter(journal::seq.gt(place))
            .filter(journal::seq.le(through.unwrap_or(i64::MIN)))
            .order(journal::seq)
            .select((journal::seq, journal::node, journal::batch, journal::hits))
            .load(self.conn)?;
        let read = |(seq, node, number, hits): (i64, Key<Node>, i64, Vec<u8>)| {
            let hits = record::read_hits(&hits).ok_or_else(|| corrupt("hits.journal", "hits", seq))?;
            Ok(Batch { seq, id: BatchId { node: node.0, number }, hits })
        };
        Ok(Piece { batches: rows.into_iter().map(read).collect::<Result<_, StoreError>>()?, is_last })
    }

    /// Takes batches out that the tables hold.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) fn remove(&mut self, seqs: &[i64]) -> Result<(), StoreError> {
        // One by one and not by range: on PostgreSQL a row of another node may come to light in between.
        diesel::delete(journal::table.filter(journal::seq.among_numbers(seqs))).execute(self.conn)?;
        Ok(())
    }
}

/// Why a batch was not written again.
#[derive(Debug, thiserror::Error)]
pub enum AppendAgainError {
    /// The first attempt succeeded after all.
    #[error("the batch is in the journal already")]
    Kept,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
