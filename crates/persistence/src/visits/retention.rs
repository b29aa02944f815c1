//! What is finer than anybody will ask for again, and how it goes without changing a total.
//!
//! | table | after | becomes |
//! | --- | --- | --- |
//! | the hours of an item | two days | nothing: the item's day has the same views |
//! | the hours of the site | the retention | nothing: the day has the same views |
//! | sites, devices and sections by day | the retention | one row for the month, under its first day |
//! | days, and the days of an item | never | |

use bantin_domain::{
    time::Date,
    visits::{LocalHour, ViewCount},
};
use diesel::prelude::*;
use std::collections::BTreeMap;

use super::rows::{CategoryRow, DeviceRow, ReferrerRow};
use crate::{
    VisitsTx,
    error::StoreError,
    schema_visits::{categories, devices, hours, item_hours, referrers},
    sql_types::Day,
};

/// The hours of items are kept for the last 24 of them, and a day more for a hit that comes late.
const ITEM_HOURS: i64 = 48;

/// Adds the rows of a month up by what is not their day, under its first one, and says how many days
/// other than that one there were. A macro, because the columns of each table are types of their own.
macro_rules! add_month_up {
    ($tx:expr, $month:expr, $table:ident as $row:ident by $by:ident, $add:ident) => {{
        let (first, next) = $month;
        let is_of_month = $table::day.ge(Day(first)).and($table::day.lt(Day(next)));
        let later = $table::table.filter($table::day.gt(Day(first))).filter($table::day.lt(Day(next)));
        let is_daily: bool = diesel::select(diesel::dsl::exists(later)).get_result($tx.conn)?;
        if is_daily {
            let rows: Vec<$row> = $table::table.filter(is_of_month).select($table::all_columns).load($tx.conn)?;
            diesel::delete($table::table.filter(is_of_month)).execute($tx.conn)?;
            let mut sums = BTreeMap::new();
            for row in rows {
                let (_, sum) = sums.entry(key_of(&row.$by)).or_insert((row.$by, ViewCount::default()));
                sum.page_views += row.page_views;
                sum.visits += row.visits;
            }
            let rows = sums.into_values().map(|($by, ViewCount { page_views, visits })| $row {
                day: Day(first),
                $by,
                page_views,
                visits,
            });
            $tx.$add(rows.collect())?;
        }
        is_daily
    }};
}

/// What rows are told apart by; columns have no order of their own.
fn key_of(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}")
}

impl VisitsTx<'_> {
    /// Lets go of what has become too fine, at most one month of it, and says whether there is more.
    /// Nothing happens while another node folds: then this is for that one.
    ///
    /// # Errors
    /// When the database fails.
    pub fn coarsen(&mut self, today: Date, keep_days: u32) -> Result<bool, StoreError> {
        if !self.take_fold_lock()? {
            return Ok(false);
        }
        let oldest_hour = LocalHour::of(today, 0).0 - ITEM_HOURS;
        diesel::delete(item_hours::table.filter(item_hours::hour.lt(oldest_hour))).execute(self.conn)?;
        let kept = today.checked_sub(jiff::Span::new().days(i64::from(keep_days)));
        let Ok(kept) = kept.map(Date::first_of_month) else { return Ok(false) };
        diesel::delete(hours::table.filter(hours::hour.lt(LocalHour::of(kept, 0).0))).execute(self.conn)?;
        // Every counted hit has a device, so no other table begins earlier.
        let oldest = devices::table.order(devices::day).select(devices::day).first::<Day>(self.conn).optional()?;
        let Some(oldest) = oldest else { return Ok(false) };
        let mut month = oldest.0.first_of_month();
        while month < kept {
            let Ok(next) = month.last_of_month().tomorrow() else { break };
            if self.add_month_up((month, next))? {
                return Ok(true);
            }
            month = next;
        }
        Ok(false)
    }

    /// Says whether there was anything to add up.
    fn add_month_up(&mut self, month: (Date, Date)) -> Result<bool, StoreError> {
        let by_host = add_month_up!(self, month, referrers as ReferrerRow by host, add_referrers);
        let by_device = add_month_up!(self, month, devices as DeviceRow by device, add_devices);
        let by_category = add_month_up!(self, month, categories as CategoryRow by category, add_categories);
        Ok(by_host || by_device || by_category)
    }
}
