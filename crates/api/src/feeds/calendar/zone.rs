//! `VTIMEZONE`: what the hours of a calendar's events mean.

use bantin_domain::time::{Observance, SiteZone, Timestamp};

use super::line::Lines;

/// A zone, as far as the time from `first` to `last` needs it.
pub fn write(zone: &SiteZone, first: Timestamp, last: Timestamp, out: &mut Lines) {
    out.component("VTIMEZONE", |out| {
        out.property("TZID", zone.name());
        for one in zone.observances(first, last) {
            observance(&one, out);
        }
    });
}

fn observance(one: &Observance, out: &mut Lines) {
    out.component(if one.is_daylight { "DAYLIGHT" } else { "STANDARD" }, |out| {
        out.property("DTSTART", &one.begins.strftime("%Y%m%dT%H%M%S").to_string());
        out.property("TZOFFSETFROM", &offset(one.from));
        out.property("TZOFFSETTO", &offset(one.to));
        out.property("TZNAME", &one.name);
    });
}

/// `+0700`; with seconds where there are any.
fn offset(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let all = seconds.unsigned_abs();
    let (hours, minutes, rest) = (all / 3600, all / 60 % 60, all % 60);
    if rest == 0 { format!("{sign}{hours:02}{minutes:02}") } else { format!("{sign}{hours:02}{minutes:02}{rest:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn viet_nam_is_seven_hours_east_and_knows_no_summer_time() {
        let zone = SiteZone::parse("Asia/Ho_Chi_Minh").unwrap();
        let at = |text: &str| Timestamp::parse(text).unwrap();
        let mut out = Lines::default();
        write(&zone, at("2023-01-01T00:00:00Z"), at("2024-01-01T00:00:00Z"), &mut out);
        assert_eq!(
            out.into_text(),
            "BEGIN:VTIMEZONE\r\nTZID:Asia/Ho_Chi_Minh\r\nBEGIN:STANDARD\r\nDTSTART:19750613T000000\r\n\
             TZOFFSETFROM:+0800\r\nTZOFFSETTO:+0700\r\nTZNAME:+07\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
        );
    }

    #[test]
    fn an_offset_has_hours_and_minutes_and_seconds_only_where_it_must() {
        let written = [25_200, -16_200, 0, 25_590].map(offset);
        assert_eq!(written, ["+0700", "-0430", "+0000", "+070630"]);
    }
}
