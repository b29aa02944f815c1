//! Adding gains to sums: one table like the other.

use bantin_domain::{
    time::Date,
    visits::{Folded, ReferrerHost, ViewCount},
};
use diesel::{prelude::*, upsert::excluded};
use std::collections::{BTreeMap, BTreeSet};

use super::rows::{CategoryRow, DayRow, DeviceRow, HourRow, ItemDayRow, ItemHourRow, ItemTotalRow, ReferrerRow};
use crate::{
    VisitsTx,
    connection::DbConnection,
    error::StoreError,
    schema_visits::{categories, days, devices, hours, item_days, item_hours, item_totals, referrers},
    sql_types::Day,
};

/// How many rows one statement writes on PostgreSQL. It takes 65,535 parameters, a row six at most.
const ROWS_AT_ONCE: usize = 2_000;

/// So many sites that readers came from are told apart on a day. Anybody can make up names of sites, and
/// each would be a row.
const MOST_HOSTS: usize = 1_000;
/// Came from nowhere that was told.
pub(crate) const NO_HOST: &str = "";
/// Came from a site beyond [`MOST_HOSTS`].
pub(crate) const OTHER_HOSTS: &str = "*";

/// Adds rows to a table, or to the sums of those that are there. A macro, because the columns of each
/// table are types of their own, and the two databases must be asked in different ways.
macro_rules! add {
    ($conn:expr, $rows:expr => $table:ident($($key:ident),+): $($sum:ident),+) => {{
        let rows: Vec<_> = $rows;
        let sums = ($($table::$sum.eq($table::$sum + excluded($table::$sum)),)+);
        match $conn {
            DbConnection::Postgres(conn) => {
                for some in rows.chunks(ROWS_AT_ONCE) {
                    diesel::insert_into($table::table)
                        .values(some)
                        .on_conflict(($($table::$key),+))
                        .do_update()
                        .set(sums)
                        .execute(conn)?;
                }
            }
            DbConnection::Sqlite(conn) => {
                for row in &rows {
                    diesel::insert_into($table::table)
                        .values(row)
                        .on_conflict(($($table::$key),+))
                        .do_update()
                        .set(sums)
                        .execute(conn)?;
                }
            }
        }
    }};
}

impl VisitsTx<'_> {
    /// Adds what a ledger has decided to every sum.
    pub(super) fn add_sums(&mut self, folded: &mut Folded) -> Result<(), StoreError> {
        use std::mem::take;
        let items = take(&mut folded.items);
        let mut totals = BTreeMap::new();
        for ((item, _), views) in &items {
            *totals.entry(*item).or_default() += views;
        }
        let referrers = self.bounded(take(&mut folded.referrers))?;
        let days = take(&mut folded.days);
        add!(self.conn, days.into_iter().map(DayRow::from).collect() => days(day): page_views, other_views, visits, visitors, carried);
        let hours = take(&mut folded.hours);
        add!(self.conn, hours.into_iter().map(HourRow::from).collect() => hours(hour): page_views, visits);
        add!(self.conn, items.into_iter().map(ItemDayRow::from).collect() => item_days(item, day): page_views);
        let item_hours = take(&mut folded.item_hours);
        add!(self.conn, item_hours.into_iter().map(ItemHourRow::from).collect() => item_hours(hour, item): page_views);
        add!(self.conn, totals.into_iter().map(ItemTotalRow::from).collect() => item_totals(item): page_views);
        self.add_referrers(referrers)?;
        self.add_devices(take(&mut folded.devices).into_iter().map(DeviceRow::from).collect())?;
        self.add_categories(take(&mut folded.categories).into_iter().map(CategoryRow::from).collect())
    }

    pub(super) fn add_referrers(&mut self, rows: Vec<ReferrerRow>) -> Result<(), StoreError> {
        add!(self.conn, rows => referrers(day, host): page_views, visits);
        Ok(())
    }

    pub(super) fn add_devices(&mut self, rows: Vec<DeviceRow>) -> Result<(), StoreError> {
        add!(self.conn, rows => devices(day, device): page_views, visits);
        Ok(())
    }

    pub(super) fn add_categories(&mut self, rows: Vec<CategoryRow>) -> Result<(), StoreError> {
        add!(self.conn, rows => categories(day, category): page_views, visits);
        Ok(())
    }

    /// The gains of sites, with those beyond the first [`MOST_HOSTS`] of a day in one row.
    fn bounded(
        &mut self,
        gains: BTreeMap<(Date, Option<ReferrerHost>), ViewCount>,
    ) -> Result<Vec<ReferrerRow>, StoreError> {
        let mut known: BTreeMap<Date, BTreeSet<String>> = BTreeMap::new();
        let mut sums: BTreeMap<(Date, String), ViewCount> = BTreeMap::new();
        for ((day, host), gain) in gains {
            let mut name = host.map_or(NO_HOST.to_owned(), |host| host.as_str().to_owned());
            if name != NO_HOST {
                let hosts = match known.entry(day) {
                    std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
                    std::collections::btree_map::Entry::Vacant(unread) => unread.insert(self.hosts_of(day)?),
                };
                if hosts.len() < MOST_HOSTS {
                    hosts.insert(name.clone());
                } else if !hosts.contains(&name) {
                    OTHER_HOSTS.clone_into(&mut name);
                }
            }
            let sum = sums.entry((day, name)).or_default();
            sum.page_views += gain.page_views;
            sum.visits += gain.visits;
        }
        Ok(sums.into_iter().map(ReferrerRow::from).collect())
    }

    fn hosts_of(&mut self, day: Date) -> Result<BTreeSet<String>, StoreError> {
        let hosts: Vec<String> =
            referrers::table.filter(referrers::day.eq(Day(day))).select(referrers::host).load(self.conn)?;
        Ok(hosts.into_iter().collect())
    }
}
