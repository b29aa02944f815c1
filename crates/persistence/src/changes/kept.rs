//! How long the change log is kept.
//!
//! What is older than the retention is forgotten, oldest first, in portions. Who has not read so far by then begins
//! anew with a snapshot, so the log says up to which number it is whole.
//!
//! Two things are kept for longer. The newest [`NEWEST`] changes, however old: a quiet site does not send its
//! mirrors away, and a node that starts can say when what it shows last changed. And that a person, an organisation
//! or a tag came into sight: an address that the public knew is never given to another (`directory::leave_slugs`),
//! and for those only the log remembers.

use bantin_domain::{
    kind::{ChangeKind, Kind},
    time::Timestamp,
};
use diesel::prelude::*;

use super::head;
use crate::{
    error::StoreError,
    schema::{changes, settings},
    sql_types::{Instant, Name},
    store::{PublicReader, Tx},
};

/// So many of the newest changes are kept, however old they are.
const NEWEST: i64 = 1_000;
/// So many are forgotten in one transaction.
const AT_ONCE: i64 = 1_000;
/// Where the number is kept up to which the log is forgotten.
const FORGOTTEN: &str = "changes_forgotten";

/// The number after which every change is kept.
///
/// # Errors
/// When the database fails.
pub fn kept_after(reader: &mut PublicReader<'_>) -> Result<i64, StoreError> {
    let text = settings::table.find(FORGOTTEN).select(settings::value).first::<String>(reader.conn()?).optional()?;
    let Some(text) = text else { return Ok(0) };
    text.parse().map_err(|_| StoreError::Corrupt {
        table: "settings",
        column: "value",
        id: FORGOTTEN.to_owned(),
        reason: "is no number".to_owned(),
    })
}

/// Whether there is something to forget of the time before an instant.
///
/// # Errors
/// When the database fails.
pub fn is_old(reader: &mut PublicReader<'_>, before: Timestamp) -> Result<bool, StoreError> {
    Ok(!old(reader, before, 1)?.is_empty())
}

/// Forgets a portion of what was logged before an instant. Says whether there was anything. Call it under the lock of
/// the change log: two that forget at once would both write down how far they came.
///
/// # Errors
/// When the database fails.
pub fn forget(tx: &mut Tx<'_>, before: Timestamp) -> Result<bool, StoreError> {
    let Some(last) = old(&mut tx.public(), before, AT_ONCE)?.pop() else { return Ok(false) };
    let told = settings::table.find(FORGOTTEN);
    if diesel::update(told).set(settings::value.eq(last.to_string())).execute(tx.conn)? == 0 {
        diesel::insert_into(settings::table)
            .values((settings::name.eq(FORGOTTEN), settings::value.eq(last.to_string())))
            .execute(tx.conn)?;
    }
    let remembers = changes::kind
        .eq(Name(ChangeKind::Created))
        .and(changes::resource_kind.eq_any([Kind::Person, Kind::Organisation, Kind::Tag].map(Name)));
    diesel::delete(changes::table.filter(changes::seq.le(last)).filter(diesel::dsl::not(remembers)))
        .execute(tx.conn)?;
    Ok(true)
}

/// The numbers of the oldest changes, as long as they are of the time before an instant.
fn old(reader: &mut PublicReader<'_>, before: Timestamp, most: i64) -> Result<Vec<i64>, StoreError> {
    let (begin, end) = (kept_after(reader)?, head(reader)? - NEWEST);
    let rows = changes::table
        .filter(changes::seq.gt(begin))
        .filter(changes::seq.le(end))
        .order(changes::seq)
        .limit(most)
        .select((changes::seq, changes::at))
        .load::<(i64, Instant)>(reader.conn()?)?;
    Ok(rows.into_iter().take_while(|(_, at)| at.0 < before).map(|(seq, _)| seq).collect())
}
