//! Instants, local days and the clock.
//!
//! An instant is UTC with microseconds, because that is what PostgreSQL keeps: one more digit and a
//! value read back would differ from the value written. Day boundaries are those of the site's zone.

use std::fmt;

use jiff::{civil, tz::TimeZone};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::violation::Fault;

mod observance;

pub use observance::Observance;

/// A day of the calendar, without a time or a zone.
pub type Date = civil::Date;

/// An instant, in UTC, to the microsecond. Years 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(jiff::Timestamp::UNIX_EPOCH);

    /// The instant `micros` microseconds after the Unix epoch; `None` beyond the calendar.
    pub fn from_micros(micros: i64) -> Option<Self> {
        jiff::Timestamp::from_microsecond(micros).ok().map(Self)
    }

    /// Microseconds since the Unix epoch.
    pub fn as_micros(self) -> i64 {
        self.0.as_microsecond()
    }

    /// The instant `seconds` later (or earlier), held at the ends of the calendar.
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(self.0))
    }

    /// The last instant before this one: a microsecond.
    #[must_use]
    pub fn minus_a_moment(self) -> Self {
        Self::from_micros(self.as_micros().saturating_sub(1)).unwrap_or(self)
    }

    /// Parses RFC 3339 with an offset, the only form of the contract for an instant.
    ///
    /// # Errors
    /// `invalid_date` for anything else: no offset, a day that is not in the calendar (31/02), the
    /// year 0 or before, and fractions finer than a microsecond are cut, not rounded up.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let fault =
            || Fault::new("invalid_date", "must be an RFC 3339 time with an offset, such as 2023-02-28T07:30:00+07:00");
        let looks_right = text.len() <= 40
            && text.as_bytes().first().is_some_and(u8::is_ascii_digit)
            && text.get(10..11) == Some("T");
        if !looks_right || text.contains('[') {
            return Err(fault());
        }
        let instant: jiff::Timestamp = text.parse().map_err(|_| fault())?;
        let cut = Self::from_micros(instant.as_microsecond()).ok_or_else(fault)?;
        if cut < Self::from_micros(FIRST_MICROS).ok_or_else(fault)? { Err(fault()) } else { Ok(cut) }
    }

    /// The local day on which the instant falls in `zone`.
    pub fn day_in(self, zone: &SiteZone) -> Date {
        self.0.to_zoned(zone.0.clone()).date()
    }

    /// The day and the time of day that the clocks of `zone` show at that instant: for people to read.
    pub fn on_clocks_in(self, zone: &SiteZone) -> civil::DateTime {
        self.0.to_zoned(zone.0.clone()).datetime()
    }

    /// RFC 3339 in UTC with exactly six fractional digits: sorts as text, and is what SQLite stores.
    pub fn to_utc_text(self) -> String {
        format!("{:.6}", self.0)
    }

    /// RFC 3339 with the offset that `zone` has at that instant; fractions only where there are any.
    pub fn to_text_in(self, zone: &SiteZone) -> String {
        self.0.display_with_offset(zone.0.to_offset(self.0)).to_string()
    }
}

/// 0001-01-02T00:00:00Z: the year 0 and whatever is before it is a data-entry fault, never a date.
const FIRST_MICROS: i64 = -62_135_510_400_000_000;

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_utc_text())
    }
}
impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(|fault| serde::de::Error::custom(fault.message))
    }
}

/// Parses `YYYY-MM-DD`.
///
/// # Errors
/// `invalid_date` for another form, a day that is not in the calendar, and the year 0.
pub fn parse_date(text: &str) -> Result<Date, Fault> {
    let fault = || Fault::new("invalid_date", "must be a day that exists, as YYYY-MM-DD");
    if text.len() != 10 || !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        return Err(fault());
    }
    let date: Date = text.parse().map_err(|_| fault())?;
    if date.year() < 1 { Err(fault()) } else { Ok(date) }
}

/// The site's time zone: where its days begin, and whose offset its times show.
#[derive(Clone, PartialEq, Eq)]
pub struct SiteZone(TimeZone);

impl SiteZone {
    /// The zone with an IANA name such as `Asia/Ho_Chi_Minh`.
    ///
    /// # Errors
    /// `invalid_timezone` for a name that the bundled database does not know.
    pub fn parse(name: &str) -> Result<Self, Fault> {
        TimeZone::get(name)
            .map(Self)
            .map_err(|_| Fault::new("invalid_timezone", "must be an IANA time zone such as Asia/Ho_Chi_Minh"))
    }

    /// The zone's IANA name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The first instant of `day`. Where the clocks are put forward over midnight, the first that exists.
    pub fn start_of(&self, day: Date) -> Timestamp {
        let zoned = day.to_zoned(self.0.clone()).map(|zoned| zoned.timestamp());
        Timestamp(zoned.unwrap_or(jiff::Timestamp::UNIX_EPOCH))
    }
}

impl Serialize for SiteZone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
impl<'de> Deserialize<'de> for SiteZone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(|fault| serde::de::Error::custom(fault.message))
    }
}

impl fmt::Debug for SiteZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where "now" comes from: the machine in production, a frozen hand in tests.
pub trait Clock: Send + Sync {
    /// The present instant, already cut to microseconds.
    fn now(&self) -> Timestamp;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_keeps_microseconds_and_shows_the_sites_offset() {
        let zone = SiteZone::parse("Asia/Ho_Chi_Minh").unwrap();
        let time = Timestamp::parse("2023-03-14T01:00:00.123456789Z").unwrap();
        assert_eq!(time.to_utc_text(), "2023-03-14T01:00:00.123456Z");
        assert_eq!(time.to_text_in(&zone), "2023-03-14T08:00:00.123456+07:00");
        assert_eq!(
            Timestamp::parse("2023-03-14T08:00:00+07:00").unwrap().to_text_in(&zone),
            "2023-03-14T08:00:00+07:00"
        );
    }

    #[test]
    fn the_day_begins_at_17_00_utc_in_viet_nam() {
        let zone = SiteZone::parse("Asia/Ho_Chi_Minh").unwrap();
        let day = parse_date("2023-02-28").unwrap();
        assert_eq!(zone.start_of(day).to_utc_text(), "2023-02-27T17:00:00.000000Z");
        assert_eq!(zone.start_of(day).day_in(&zone), day);
        assert_eq!(
            Timestamp::from_micros(zone.start_of(day).as_micros() - 1).unwrap().day_in(&zone),
            parse_date("2023-02-27").unwrap()
        );
    }

    #[test]
    fn days_and_times_that_do_not_exist_are_refused() {
        for text in
            ["-0001-11-30", "0000-01-01", "2023-02-31", "2023-2-3", "28/02/2023", "", "2023-13-01", "２０２３-01-01"]
        {
            assert_eq!(parse_date(text).unwrap_err().code, "invalid_date", "{text}");
        }
        for text in [
            "-000001-11-30T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+07:00",
            "2023-02-31T00:00:00Z",
            "2023-02-28",
            "2023-02-28T07:30:00",
            "2023-02-28 07:30:00Z",
            "2023-02-28T07:30:00+07:00[Asia/Ho_Chi_Minh]",
            "2023-02-28T25:00:00Z",
            "",
        ] {
            assert_eq!(Timestamp::parse(text).unwrap_err().code, "invalid_date", "{text}");
        }
    }
}
