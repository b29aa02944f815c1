//! Failed logins, counted by subject: an account or a network, known by a digest only.

use bantin_domain::time::Timestamp;
use diesel::prelude::*;

use crate::{connection::DbConnection, error::StoreError, schema::login_failures, sql_types::Instant, store::Tx};

/// How long a count is kept after its last failure, in seconds: a day.
pub const KEPT_SECONDS: i64 = 24 * 60 * 60;

/// Failures of one subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    /// How many.
    pub count: i64,
    /// When the last one was.
    pub last_at: Timestamp,
}

/// The failures of a subject, held until the transaction ends: whoever tries at the same moment waits
/// and counts on from what this one leaves.
///
/// # Errors
/// When the database fails.
pub fn lock(tx: &mut Tx<'_>, subject: &[u8; 32]) -> Result<Failures, StoreError> {
    let none = (
        login_failures::subject.eq(subject.to_vec()),
        login_failures::failures.eq(0_i64),
        login_failures::last_at.eq(Instant(tx.now())),
    );
    match &mut *tx.conn {
        DbConnection::Postgres(conn) => {
            diesel::insert_into(login_failures::table).values(none).on_conflict_do_nothing().execute(conn)?
        }
        DbConnection::Sqlite(conn) => {
            diesel::insert_into(login_failures::table).values(none).on_conflict_do_nothing().execute(conn)?
        }
    };
    diesel::update(login_failures::table.find(subject.to_vec()))
        .set(login_failures::failures.eq(login_failures::failures))
        .execute(tx.conn)?;
    let row = login_failures::table
        .find(subject.to_vec())
        .select((login_failures::failures, login_failures::last_at))
        .first::<(i64, Instant)>(tx.conn)
        .optional()?;
    // A row that was just forgotten for its age is as good as one that counts nothing.
    Ok(row.map_or(Failures { count: 0, last_at: tx.now() }, |(count, last_at)| Failures { count, last_at: last_at.0 }))
}

/// Writes the failures of a subject that is locked.
///
/// # Errors
/// When the database fails.
pub fn set(tx: &mut Tx<'_>, subject: &[u8; 32], failures: Failures) -> Result<(), StoreError> {
    diesel::update(login_failures::table.find(subject.to_vec()))
        .set((login_failures::failures.eq(failures.count), login_failures::last_at.eq(Instant(failures.last_at))))
        .execute(tx.conn)?;
    Ok(())
}

/// Counts a subject's failures from none again. The row stays: who is about to [`lock`] it finds it.
///
/// # Errors
/// When the database fails.
pub fn clear(tx: &mut Tx<'_>, subject: &[u8; 32]) -> Result<(), StoreError> {
    let none = Failures { count: 0, last_at: tx.now() };
    set(tx, subject, none)
}

/// Forgets failures of more than a day ago.
///
/// # Errors
/// When the database fails.
pub fn forget_old(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let old = Instant(tx.now().plus_seconds(-KEPT_SECONDS));
    diesel::delete(login_failures::table.filter(login_failures::last_at.le(old))).execute(tx.conn)?;
    Ok(())
}
