//! Following the public side: the change log, and the whole of it to begin with.
//!
//! A mirror takes a snapshot and the number of the log that it was begun at, and then reads the log from there on. A
//! snapshot is read in pages, in no common moment: whatever changes meanwhile has a row after that number, so a mirror
//! that reads again what the rows name ends where the public side is. That is why the number is read before the
//! first page.
//!
//! What an instant that passed brought about stands in the log as soon as somebody reads it: [`page`] settles what is
//! due where nobody has done so before.

use bantin_domain::{kind::Kind, time::Timestamp};
use bantin_persistence::{PublicReader, changes, due};
use uuid::Uuid;

pub use bantin_persistence::changes::LogPage;

use crate::{app::App, error::AppError, housekeeper};

mod records;

pub use self::records::Record;

/// What of the log is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    /// What comes after this number.
    pub after: i64,
    /// Of these kinds; of all where none is named.
    pub kinds: Vec<Kind>,
    /// At most so many changes.
    pub most: u32,
}

/// What the log says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// These changes.
    Page(LogPage),
    /// Nothing: what came after that number is forgotten, or is not kept whole.
    Forgotten,
    /// Nothing: there is no such number yet, so it is of another log.
    Beyond {
        /// The newest number.
        head: i64,
    },
}

/// Reads on in the log.
///
/// # Errors
/// When the database fails, and [`AppError::Unavailable`].
pub async fn page(app: &App, asked: Asked) -> Result<Reading, AppError> {
    let once = asked.clone();
    let (reading, due) = app.public(move |reader| Ok((read(reader, &once)?, due::next(reader)?))).await?;
    if due.is_none_or(|at| at > app.sources().clock.now()) {
        return Ok(reading);
    }
    settle(app).await?;
    app.public(move |reader| read(reader, &asked)).await
}

fn read(reader: &mut PublicReader<'_>, asked: &Asked) -> Result<Reading, AppError> {
    if asked.after < changes::kept_after(reader)? {
        return Ok(Reading::Forgotten);
    }
    let page = changes::page(reader, asked.after, &asked.kinds, asked.most)?;
    Ok(if asked.after > page.head { Reading::Beyond { head: page.head } } else { Reading::Page(page) })
}

/// Tells the log what has come due, in the portions in which the housekeeper does.
async fn settle(app: &App) -> Result<(), AppError> {
    for _ in 0..housekeeper::PORTIONS_IN_A_ROW {
        let clock = app.sources().clock.clone();
        let now = clock.now();
        if app.public(|reader| Ok(due::next(reader)?)).await?.is_none_or(|at| at > now) {
            break;
        }
        app.system(move |tx| Ok(housekeeper::settle_portion(tx, clock.as_ref())?)).await?;
    }
    Ok(())
}

/// Where a snapshot goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The number of the log that the snapshot was begun at.
    pub seq: i64,
    /// The kind that is being read.
    pub kind: Kind,
    /// The last one of it that was read, if any was.
    pub after: Option<Uuid>,
}

/// A part of the public side.
#[derive(Debug, Clone, PartialEq)]
pub struct SnapshotPage {
    /// Its records.
    pub records: Vec<Record>,
    /// From where on to read the log once the last page is read.
    pub seq: i64,
    /// Where the next page begins.
    pub next: Option<Place>,
}

/// The kinds of resources in the order of a snapshot: what is referred to comes before what refers to it.
pub const ORDER: [Kind; 10] = [
    Kind::Site,
    Kind::Category,
    Kind::Tag,
    Kind::Media,
    Kind::Organisation,
    Kind::Person,
    Kind::Event,
    Kind::Speech,
    Kind::Article,
    Kind::Page,
];

/// The next page of a snapshot. It may hold fewer records than `most`, and even none, while there is more to come:
/// of the directory all are looked at and those shown that are public.
///
/// # Errors
/// When the database fails, and [`AppError::Unavailable`].
pub async fn snapshot(app: &App, place: Option<Place>, most: u32) -> Result<SnapshotPage, AppError> {
    let zone = app.settings().zone.clone();
    app.public(move |reader| {
        // Before anything else of the snapshot: what changes from here on is told by the log.
        let place = match place {
            Some(place) => place,
            None => Place { seq: changes::head(reader)?, kind: Kind::Site, after: None },
        };
        let (mut records, mut left, mut after) = (Vec::new(), most, place.after);
        for kind in ORDER.into_iter().skip_while(|kind| *kind != place.kind) {
            let ids = records::ids_after(reader, kind, after, left)?;
            records.extend(records::of_kind(reader, kind, &ids, &zone)?);
            left = left.saturating_sub(u32::try_from(ids.len()).unwrap_or(u32::MAX));
            if let (0, Some(last)) = (left, ids.last()) {
                let next = Some(Place { kind, after: Some(*last), ..place });
                return Ok(SnapshotPage { records, seq: place.seq, next });
            }
            after = None;
        }
        Ok(SnapshotPage { records, seq: place.seq, next: None })
    })
    .await
}

/// The records of these resources, as far as the public sees them now.
///
/// # Errors
/// When the database fails, and [`AppError::Unavailable`].
pub async fn records(app: &App, ids: Vec<Uuid>) -> Result<SnapshotPage, AppError> {
    let zone = app.settings().zone.clone();
    app.public(move |reader| {
        let seq = changes::head(reader)?;
        let mut found = Vec::new();
        for kind in ORDER {
            found.extend(records::of_kind(reader, kind, &ids, &zone)?);
        }
        Ok(SnapshotPage { records: found, seq, next: None })
    })
    .await
}

/// Forgets what is older than the log is kept: a portion of it. Says whether there was anything.
///
/// # Errors
/// When the database fails.
pub(crate) fn forget_old(app: &App) -> Result<bool, AppError> {
    const SECONDS_A_DAY: i64 = 24 * 60 * 60;
    let kept_for = i64::from(app.settings().changes_days).saturating_mul(SECONDS_A_DAY);
    let before: Timestamp = app.sources().clock.now().plus_seconds(-kept_for);
    // A cheap look first: the lock would keep everybody who publishes waiting.
    if !app.store().public(|reader| changes::is_old(reader, before))? {
        return Ok(false);
    }
    Ok(app.store().write(|tx| {
        changes::lock(tx)?;
        changes::forget(tx, before)
    })?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use bantin_domain::named::Named;

    use super::*;

    #[test]
    fn a_snapshot_has_every_kind_once() {
        assert_eq!(ORDER.into_iter().collect::<BTreeSet<_>>(), Kind::ALL.iter().copied().collect());
    }
}
