//! What the writers of feeds share: dates as mail writes them, names that last, and what XML cannot carry.

use bantin_domain::time::{SiteZone, Timestamp};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// A document of which nothing is left that XML 1.0 has no way to write, not even escaped: control characters
/// and two code points that are none. Taken out of the finished document, so that no member can be forgotten:
/// with one such character in one title, no reader would get the feed at all.
pub fn without_forbidden(document: &str) -> String {
    document.chars().filter(|letter| is_allowed(*letter)).collect()
}

/// What XML 1.0 calls a `Char`, but the carriage return, which every parser takes for a line feed anyway.
fn is_allowed(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

/// A date as RFC 822 has it, in four digits of the year and with the offset of the site:
/// `Tue, 14 Mar 2023 08:00:00 +0700`.
pub fn rfc822(at: Timestamp, zone: &SiteZone) -> String {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let name = |names: &[&'static str], nth: i8| {
        usize::try_from(nth).ok().and_then(|nth| names.get(nth)).copied().unwrap_or_default()
    };
    let clock = at.on_clocks_in(zone);
    let stamp = at.to_text_in(zone);
    let offset = stamp.get(stamp.len().saturating_sub(6)..).unwrap_or_default().replace(':', "");
    format!(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} {offset}",
        name(&DAYS, clock.weekday().to_monday_zero_offset()),
        clock.day(),
        name(&MONTHS, clock.month() - 1),
        clock.year(),
        clock.hour(),
        clock.minute(),
        clock.second(),
    )
}

/// RFC 3339 with the offset of the site, to the second: there are readers that take no finer time for one.
pub fn to_the_second(at: Timestamp, zone: &SiteZone) -> String {
    let micros = at.as_micros();
    Timestamp::from_micros(micros - micros.rem_euclid(1_000_000)).unwrap_or(at).to_text_in(zone)
}

/// The name of a resource for ever, wherever it is found: `urn:uuid:…`.
pub fn urn(id: Uuid) -> String {
    format!("urn:uuid:{id}")
}

/// A UUID (version 8) that is always the same for the same text.
pub fn uuid_of(text: &str) -> Uuid {
    let digest = Sha256::digest(text);
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(byte, digit)| *byte = digit);
    Builder::from_custom_bytes(bytes).into_uuid()
}

/// Plain text where HTML is expected.
pub fn as_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// An address in which every letter that RFC 3986 allows in none is percent-encoded.
pub fn as_uri(address: &str) -> String {
    let mut uri = String::with_capacity(address.len());
    for byte in address.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'()*+,;=%".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone() -> SiteZone {
        SiteZone::parse("Asia/Ho_Chi_Minh").unwrap()
    }

    #[test]
    fn a_date_is_written_as_mail_writes_it() {
        let written = |text: &str| rfc822(Timestamp::parse(text).unwrap(), &zone());
        assert_eq!(written("2023-03-14T01:00:00Z"), "Tue, 14 Mar 2023 08:00:00 +0700");
        assert_eq!(written("2023-12-31T17:00:00.5Z"), "Mon, 01 Jan 2024 00:00:00 +0700");
        assert_eq!(written("2024-02-29T16:59:59Z"), "Thu, 29 Feb 2024 23:59:59 +0700");
        let new_york = SiteZone::parse("America/New_York").unwrap();
        assert_eq!(
            rfc822(Timestamp::parse("2023-07-04T12:00:00Z").unwrap(), &new_york),
            "Tue, 04 Jul 2023 08:00:00 -0400"
        );
    }

    #[test]
    fn a_time_is_cut_to_the_second_and_never_rounded_up() {
        let cut = |text: &str| to_the_second(Timestamp::parse(text).unwrap(), &zone());
        assert_eq!(cut("2023-03-14T00:59:59.999999Z"), "2023-03-14T07:59:59+07:00");
        assert_eq!(cut("1969-12-31T23:59:59.5Z"), "1970-01-01T07:59:59+08:00");
    }

    #[test]
    fn what_xml_cannot_carry_is_left_out_and_nothing_else() {
        assert_eq!(without_forbidden("a\u{0}\u{1}\u{8}\u{b}\u{c}\u{1f}\r\u{fffe}\u{ffff}b"), "ab");
        let kept = "Hội nghị\t\n ]]> <&> \u{202e}\u{200d}👩‍🔬\u{1f1fb}\u{1f1f3}\u{7f}\u{85}\u{10ffff}";
        assert_eq!(without_forbidden(kept), kept);
    }

    #[test]
    fn a_name_is_always_the_same_for_the_same_text() {
        assert_eq!(uuid_of("articles vi"), uuid_of("articles vi"));
        assert_ne!(uuid_of("articles vi"), uuid_of("articles en"));
        assert_eq!(uuid_of("x").get_version_num(), 8);
    }

    #[test]
    fn an_address_has_only_letters_that_an_address_may_have() {
        assert_eq!(as_uri("https://a.vn/f?filter[tag]=đo&q=a%20b"), "https://a.vn/f?filter%5Btag%5D=%C4%91o&q=a%20b");
    }
}
