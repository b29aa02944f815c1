//! The audit log: sealing it, showing that nobody has touched it, and reading it.
//!
//! Entries are appended by [`crate::App::write`] in the transaction of what they tell of, without a
//! number, so that no write waits for another's. [`seal`] numbers them a moment later, in portions, by
//! one node at a time, and chains each to the one before: see [`chain`]. What was sealed and is then
//! changed, taken away or moved is found by [`verify`].

pub mod chain;

use bantin_domain::{
    id::Id,
    listing::{PageRequest, Slice},
    policy::{Actor, Read, Resource, Subject, Verb},
    time::Timestamp,
};
pub use bantin_persistence::audit::{LogFilter, Logged};
use bantin_persistence::{
    Desk, StoreError,
    audit::{
        self,
        sealing::{self, RawEntry},
    },
    public::PublicContent,
};
use serde_json::{Value, json};

use self::chain::{Anchor, Fault, Hash, Verifier, hex};
use crate::{app::App, content, error::AppError};

/// How many entries are sealed in one transaction, and read at once.
const PORTION: u32 = 1_000;

/// Seals what was appended, and says how many entries that were. Blocks. Where another node is at it,
/// nothing is done: that one takes what there is.
///
/// # Errors
/// When the database fails; what was sealed stays sealed.
pub fn seal(app: &App) -> Result<u64, AppError> {
    let mut sealed = 0;
    loop {
        // A cheap look first: on a quiet site nothing is written.
        if app.store().desk(|desk| sealing::unsealed(desk, 1))?.is_empty() {
            return Ok(sealed);
        }
        let portion = app.store().write(seal_portion)?;
        sealed += portion;
        if portion == 0 {
            return Ok(sealed);
        }
    }
}

fn seal_portion(tx: &mut bantin_persistence::Tx<'_>) -> Result<u64, AppError> {
    if !sealing::take_turn(tx)? {
        return Ok(0);
    }
    let (mut seq, mut hash) = match sealing::head(tx)? {
        None => (0, Hash::GENESIS),
        // A head that is no hash was tampered with: to go on from nothing would hide it.
        Some((seq, hash)) => (seq, Hash::from_slice(&hash).ok_or_else(|| broken_head(seq))?),
    };
    let entries = sealing::unsealed(tx, PORTION)?;
    for entry in &entries {
        seq += 1;
        hash = hash.then(entry);
        sealing::seal(tx, entry, seq, hash.as_bytes())?;
    }
    Ok(u64::try_from(entries.len()).unwrap_or(u64::MAX))
}

fn broken_head(seq: i64) -> AppError {
    AppError::Internal(format!("entry {seq} of the audit log has no valid hash; see `bantin audit verify`"))
}

/// What a look through the whole log found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The last entry that is right; its number is how many are.
    pub head: Anchor,
    /// The first thing that is wrong.
    pub fault: Option<Fault>,
    /// How many entries wait to be sealed.
    pub unsealed: u64,
    /// For how many seconds the oldest of them has.
    pub oldest_unsealed: Option<i64>,
}

/// Reads the whole log, a portion at a time, and computes every seal anew. Blocks.
///
/// # Errors
/// When the database fails. A log that is not right is no error: see [`Report::fault`].
pub fn verify(app: &App, anchor: Option<Anchor>) -> Result<Report, AppError> {
    let mut verifier = Verifier::new(anchor);
    let fault = walk(app, &mut verifier)?;
    let (tail, now) = app.store().desk(|desk| Ok::<_, StoreError>((sealing::tail(desk)?, desk.now())))?;
    let seconds = |oldest: Timestamp| ((now.as_micros() - oldest.as_micros()) / 1_000_000).max(0);
    let oldest_unsealed = tail.oldest.map(seconds);
    Ok(Report { head: verifier.last(), fault, unsealed: tail.entries, oldest_unsealed })
}

fn walk(app: &App, verifier: &mut Verifier) -> Result<Option<Fault>, AppError> {
    // Below every number: one that nobody gave out is found, too.
    let mut after = -i64::MAX;
    loop {
        // Each portion in a snapshot of its own: what is sealed does not change, and a transaction that is
        // open for the whole walk would keep the database from tidying up.
        let portion = app.store().desk(|desk| sealing::sealed_after(desk, after, PORTION))?;
        if portion.is_empty() {
            return Ok(verifier.end().err());
        }
        if let Err(fault) = verifier.walk(&portion) {
            return Ok(Some(fault));
        }
        after = verifier.last().seq;
    }
}

/// Gives every sealed entry after a number to `take`, in order, as one JSON object each. Blocks.
///
/// # Errors
/// When the database fails.
pub fn export(app: &App, after: i64, mut take: impl FnMut(&Value)) -> Result<(), AppError> {
    let mut after = after;
    loop {
        let portion = app.store().desk(|desk| sealing::sealed_after(desk, after, PORTION))?;
        for entry in &portion {
            after = entry.seq.unwrap_or(after).max(after);
            take(&exported(entry));
        }
        if portion.is_empty() {
            return Ok(());
        }
    }
}

/// An entry with everything that its seal is made of.
fn exported(entry: &RawEntry) -> Value {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let id = |bytes: &[u8]| uuid::Uuid::from_slice(bytes).map_or_else(|_| hex(bytes), |id| id.to_string());
    json!({
        "seq": entry.seq,
        "hash": entry.hash.as_deref().map(hex),
        "id": id(&entry.id),
        "at": text(&entry.at),
        "actorId": entry.actor_id.as_deref().map(id),
        "sessionId": entry.session_id.as_deref().map(id),
        "action": text(&entry.action),
        "resource": text(&entry.resource),
        "resourceId": entry.resource_id.as_deref().map(id),
        "version": entry.version.as_deref().and_then(|digits| text(digits).parse::<i64>().ok()),
        "fields": serde_json::from_slice(&entry.fields).unwrap_or_else(|_| Value::from(text(&entry.fields))),
        "network": entry.network.as_deref().map(text),
        "requestId": entry.request_id.as_deref().map(id),
    })
}

/// A page of the log, newest first.
///
/// # Errors
/// [`AppError::Forbidden`].
pub fn list(
    desk: &mut Desk<'_>,
    actor: &Actor,
    filter: &LogFilter,
    page: &PageRequest,
) -> Result<Slice<Logged>, AppError> {
    // That there is a log is no secret.
    if !reads_the_log(actor) {
        return Err(AppError::Forbidden);
    }
    Ok(audit::list(desk, filter, page)?)
}

/// What was done to an item, newest first. From where is told only to who may read the log as a whole.
///
/// # Errors
/// [`AppError::NotFound`] where there is no item that the caller may see.
pub fn list_of_item<C: PublicContent>(
    desk: &mut Desk<'_>,
    actor: &Actor,
    id: Id<C>,
    page: &PageRequest,
) -> Result<Slice<Logged>, AppError> {
    let item = content::find(desk, id)?;
    let subject = content::subject_of(desk, Some(item.created_by), &item.content)?;
    let _ = actor.may::<Read>(&subject)?;
    let filter = LogFilter { resource: Some(C::KIND.into()), resource_id: Some(id.uuid()), ..LogFilter::default() };
    let slice = audit::list(desk, &filter, page)?;
    let tells_from_where = reads_the_log(actor);
    Ok(slice.map(|entry| Logged { network: entry.network.filter(|_| tells_from_where), ..entry }))
}

fn reads_the_log(actor: &Actor) -> bool {
    actor.can(Verb::Read, &Subject::of(Resource::AuditLog))
}
