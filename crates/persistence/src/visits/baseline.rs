//! The number that a site brings along from the system before.

use bantin_domain::{
    kind::UserId,
    policy::{Edit, Granted},
    time::Timestamp,
    user::User,
};
use diesel::prelude::*;

use crate::{
    VisitsTx,
    error::{Conflict, StoreError},
    schema_visits::{baselines, origin},
    sql_types::{Instant, Key},
};

/// What a site brings along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// How many visits.
    pub visits: i64,
    /// Since when they were counted.
    pub since: Timestamp,
    /// Counts every change.
    pub version: i64,
    /// Who said so, and when; nobody, while it is zero from the start.
    pub set: Option<(UserId, Timestamp)>,
}

type Row = (i64, Instant, Key<User>, i64, Instant);

impl VisitsTx<'_> {
    /// What the site brings along.
    ///
    /// # Errors
    /// When the database fails.
    pub fn baseline(&mut self) -> Result<Baseline, StoreError> {
        let last: Option<Row> = baselines::table.order(baselines::version.desc()).first(self.conn).optional()?;
        Ok(match last {
            Some((version, at, by, visits, since)) => {
                Baseline { visits, since: since.0, version, set: Some((by.0, at.0)) }
            }
            None => {
                let (since, visits): (Instant, i64) =
                    origin::table.find(1i64).select((origin::since, origin::baseline)).first(self.conn)?;
                Baseline { visits, since: since.0, version: 1, set: None }
            }
        })
    }

    /// Says what the site brings along, and keeps who said it beside what was said before.
    ///
    /// # Errors
    /// [`Conflict::Stale`] unless `version` is the stored one.
    pub fn set_baseline(
        &mut self,
        granted: &Granted<Edit>,
        version: i64,
        visits: i64,
        since: Timestamp,
    ) -> Result<Baseline, StoreError> {
        // Locks the row, so that of two who write at once the second sees what the first wrote.
        let set = (origin::baseline.eq(visits), origin::since.eq(Instant(since)));
        diesel::update(origin::table.find(1i64)).set(set).execute(self.conn)?;
        if self.baseline()?.version != version {
            return Err(StoreError::Conflict(Conflict::Stale));
        }
        let baseline = Baseline { visits, since, version: version + 1, set: Some((granted.actor(), self.now())) };
        diesel::insert_into(baselines::table)
            .values((
                baselines::version.eq(baseline.version),
                baselines::set_at.eq(Instant(self.now())),
                baselines::set_by.eq(Key(granted.actor())),
                baselines::baseline.eq(visits),
                baselines::since.eq(Instant(since)),
            ))
            .execute(self.conn)?;
        Ok(baseline)
    }
}
