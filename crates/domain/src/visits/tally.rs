//! What hits add up to.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{Device, Exclusion, RecordedHit, ReferrerHost, Viewed, Visitor, VisitorKey};
use crate::{
    category::CategoryId,
    kind::Target,
    time::{Date, SiteZone, Timestamp},
};

const MICROS_OF_AN_HOUR: i64 = 60 * 60 * 1_000_000;

/// An hour of the site's days, counted from the first hour of 1970 as its clocks showed it. One number,
/// so that a range of hours is a range of a key. Where clocks are put back, two hours are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalHour(pub i64);

impl LocalHour {
    const HOURS: i64 = 24;
    const FIRST_DAY: Date = Date::constant(1970, 1, 1);

    /// The hour of a day, 0 to 23.
    pub fn of(day: Date, hour: i8) -> Self {
        let days = day.duration_since(Self::FIRST_DAY).as_hours() / Self::HOURS;
        Self(days * Self::HOURS + i64::from(hour))
    }

    /// The hour of an instant. On the two days of a year on which clocks are put back or forth, an hour
    /// stands in for another.
    pub fn at(instant: Timestamp, zone: &SiteZone) -> Self {
        let day = instant.day_in(zone);
        Self::of(day, Self::hour_since(zone.start_of(day), instant))
    }

    /// Which hour it is of a day, given when that began: for who knows that already.
    pub fn hour_since(begin: Timestamp, instant: Timestamp) -> i8 {
        i8::try_from((instant.as_micros() - begin.as_micros()) / MICROS_OF_AN_HOUR).unwrap_or_default().min(23)
    }

    /// Its day; `None` beyond the calendar.
    pub fn day(self) -> Option<Date> {
        let days = jiff::Span::new().try_days(self.0.div_euclid(Self::HOURS)).ok()?;
        Self::FIRST_DAY.checked_add(days).ok()
    }

    /// Which hour of its day.
    pub fn hour(self) -> i8 {
        i8::try_from(self.0.rem_euclid(Self::HOURS)).unwrap_or_default()
    }
}

/// Page views, and the visits that began with one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ViewCount {
    /// Page views.
    pub page_views: i64,
    /// Visits that began.
    pub visits: i64,
}

impl ViewCount {
    fn add(&mut self, new_visit: bool) {
        self.page_views += 1;
        self.visits += i64::from(new_visit);
    }
}

/// What a day gains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DayCount {
    /// Page views, all of them.
    pub page_views: i64,
    /// Those of no item.
    pub other_views: i64,
    /// Visits that began.
    pub visits: i64,
    /// Distinct visitors.
    pub visitors: i64,
    /// Visits of the day before that went on over midnight.
    pub carried: i64,
}

impl DayCount {
    /// Adds what the day gained.
    pub fn add(&mut self, gain: &Self) {
        self.page_views += gain.page_views;
        self.other_views += gain.other_views;
        self.visits += gain.visits;
        self.visitors += gain.visitors;
        self.carried += gain.carried;
    }
}

/// What a ledger decided, to be added to the tables in the transaction that takes its hits away.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Folded {
    /// To be added to each day.
    pub days: BTreeMap<Date, DayCount>,
    /// To be added to each hour.
    pub hours: BTreeMap<LocalHour, ViewCount>,
    /// To be added to each site that readers came from on a day; `None` is nowhere that was told.
    pub referrers: BTreeMap<(Date, Option<ReferrerHost>), ViewCount>,
    /// To be added to each sort of device of a day.
    pub devices: BTreeMap<(Date, Device), ViewCount>,
    /// To be added to each section of a day; `None` is what stands in none.
    pub categories: BTreeMap<(Date, Option<CategoryId>), ViewCount>,
    /// Page views to be added to each item's day.
    pub items: BTreeMap<(Target, Date), i64>,
    /// Page views to be added to each item's hour.
    pub item_hours: BTreeMap<(LocalHour, Target), i64>,
    /// Visitors that are new or changed, as they are now.
    pub visitors: BTreeMap<VisitorKey, Visitor>,
    /// Hit ids that are new.
    pub hit_ids: BTreeMap<Uuid, Timestamp>,
    /// How many visitors more or fewer were last seen in a second.
    pub presence: BTreeMap<i64, i64>,
    /// How many hits were not counted, by reason.
    pub excluded: BTreeMap<Exclusion, u64>,
}

impl Folded {
    /// Adds a page view wherever it counts.
    pub(super) fn add(&mut self, hit: &RecordedHit, new_visit: bool, new_visitor: bool) {
        let hour = LocalHour::of(hit.day, hit.hour);
        let day = self.days.entry(hit.day).or_default();
        day.page_views += 1;
        day.visits += i64::from(new_visit);
        day.visitors += i64::from(new_visitor);
        day.carried += i64::from(new_visitor && !new_visit);
        match hit.viewed {
            Viewed::Item(item) => {
                *self.items.entry((item, hit.day)).or_default() += 1;
                *self.item_hours.entry((hour, item)).or_default() += 1;
            }
            Viewed::Path(_) => day.other_views += 1,
        }
        self.hours.entry(hour).or_default().add(new_visit);
        self.referrers.entry((hit.day, hit.referrer.clone())).or_default().add(new_visit);
        self.devices.entry((hit.day, hit.device)).or_default().add(new_visit);
        self.categories.entry((hit.day, hit.category)).or_default().add(new_visit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_one_number_that_knows_its_day() {
        for (day, hour) in [("1970-01-01", 0), ("2023-03-14", 23), ("1969-12-31", 23), ("2024-02-29", 7)] {
            let day = crate::time::parse_date(day).unwrap();
            let number = LocalHour::of(day, hour);
            assert_eq!((number.day(), number.hour()), (Some(day), hour));
            assert_eq!(LocalHour::of(day.tomorrow().unwrap(), 0).0 - LocalHour::of(day, 0).0, 24);
        }
    }
}
