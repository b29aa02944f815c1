//! What a calendar has to say of a zone: its offsets while the calendar's events happen.

use jiff::{
    civil,
    tz::{Offset, TimeZone},
};

use super::{SiteZone, Timestamp};

/// More changes of the clock than any calendar of a century needs.
const MOST: usize = 250;

/// An offset, from when it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observance {
    /// What the clocks showed when it began, still by the offset before.
    pub begins: civil::DateTime,
    /// The offset before, in seconds east of UTC.
    pub from: i32,
    /// This offset.
    pub to: i32,
    /// Whether it is that of the summer.
    pub is_daylight: bool,
    /// What it is called, `+07` where it has no name.
    pub name: String,
}

impl SiteZone {
    /// The offset in force at `first`, and every change of it up to `last`.
    pub fn observances(&self, first: Timestamp, last: Timestamp) -> Vec<Observance> {
        let zone: &TimeZone = &self.0;
        let began = zone.preceding(first.0).next().map(|transition| transition.timestamp());
        let later = zone.following(first.0).map(|transition| transition.timestamp()).take_while(|at| *at <= last.0);
        let changes = began.into_iter().chain(later).take(MOST);
        let mut all: Vec<Observance> = changes.map(|at| observance(zone, at)).collect();
        if began.is_none() {
            let always = observance(zone, first.0);
            // Where nothing is known of a time before, it held then, too.
            all.insert(0, Observance { begins: civil::date(1970, 1, 1).at(0, 0, 0, 0), from: always.to, ..always });
        }
        all
    }
}

/// The offset that holds from an instant on.
fn observance(zone: &TimeZone, at: jiff::Timestamp) -> Observance {
    let before = at.saturating_sub(jiff::SignedDuration::from_secs(1)).unwrap_or(at);
    let was: Offset = zone.to_offset(before);
    let info = zone.to_offset_info(at);
    Observance {
        begins: was.to_datetime(at),
        from: was.seconds(),
        to: info.offset().seconds(),
        is_daylight: info.dst().is_dst(),
        name: info.abbreviation().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(zone: &str, first: &str, last: &str) -> Vec<(String, i32, i32, bool)> {
        let at = |text: &str| Timestamp::parse(text).unwrap();
        let all = SiteZone::parse(zone).unwrap().observances(at(first), at(last));
        all.into_iter().map(|one| (one.begins.to_string(), one.from, one.to, one.is_daylight)).collect()
    }

    #[test]
    fn viet_nam_has_one_offset_since_1975() {
        let seven = 7 * 3600;
        assert_eq!(
            of("Asia/Ho_Chi_Minh", "2000-01-01T00:00:00Z", "2099-01-01T00:00:00Z"),
            [("1975-06-13T00:00:00".to_owned(), 8 * 3600, seven, false)]
        );
    }

    #[test]
    fn where_the_clocks_change_each_change_is_said() {
        assert_eq!(
            of("Europe/Berlin", "2023-02-01T00:00:00Z", "2023-12-01T00:00:00Z"),
            [
                ("2022-10-30T03:00:00".to_owned(), 7200, 3600, false),
                ("2023-03-26T02:00:00".to_owned(), 3600, 7200, true),
                ("2023-10-29T03:00:00".to_owned(), 7200, 3600, false),
            ]
        );
    }

    #[test]
    fn a_zone_whose_clocks_never_changed_has_one_offset_for_ever() {
        assert_eq!(
            of("UTC", "2023-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
            [("1970-01-01T00:00:00".to_owned(), 0, 0, false)]
        );
    }
}
