//! What can be asked of the statistics.

use crate::{
    named::named_enum,
    time::{Date, SiteZone, Timestamp},
    visits::LocalHour,
};

named_enum! {
    /// How far back "most read" looks.
    pub enum Window {
        /// This hour and the 23 before it.
        Day = "24h",
        /// Today and the six days before it.
        Week = "7d",
        /// Today and the 29 days before it.
        Month = "30d",
    }
}

named_enum! {
    /// By what visits are told apart.
    pub enum Breakdown {
        /// By local day.
        Day = "day",
        /// By local hour.
        Hour = "hour",
        /// By section.
        Category = "category",
        /// By the site that readers came from.
        Referrer = "referrer",
        /// By sort of device.
        Device = "device",
    }
}

/// Where a window begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// With an hour.
    Hour(LocalHour),
    /// With a day.
    Day(Date),
}

impl Window {
    /// Where the window begins that ends now.
    pub fn since(self, now: Timestamp, zone: &SiteZone) -> Since {
        let today = now.day_in(zone);
        let days_before = |days: i64| Since::Day(today.saturating_sub(jiff::Span::new().days(days)));
        match self {
            Self::Day => Since::Hour(LocalHour(LocalHour::at(now, zone).0 - 23)),
            Self::Week => days_before(6),
            Self::Month => days_before(29),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse_date;

    #[test]
    fn windows_end_with_this_hour_or_with_today() {
        let zone = SiteZone::parse("Asia/Ho_Chi_Minh").unwrap();
        let now = Timestamp::parse("2023-03-01T00:59:59+07:00").unwrap();
        let day = |text| parse_date(text).unwrap();
        assert_eq!(Window::Day.since(now, &zone), Since::Hour(LocalHour::of(day("2023-02-28"), 1)));
        assert_eq!(Window::Week.since(now, &zone), Since::Day(day("2023-02-23")));
        assert_eq!(Window::Month.since(now, &zone), Since::Day(day("2023-01-31")));
    }
}
