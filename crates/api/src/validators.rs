//! Whether a client holds an answer already: entity tags and dates.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_web::http::header::{HeaderMap, HttpDate, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use bantin_domain::time::Timestamp;

use crate::cache::coding::Coding;

/// Whether a client that sends these headers holds the answer with this tag (without its quotes), which
/// was modified then. A tag says more than a date: where it sends both, only the tag is asked.
pub fn is_known(headers: &HeaderMap, tag: &str, modified: Option<SystemTime>) -> bool {
    let mut tags = headers.get_all(IF_NONE_MATCH).peekable();
    if tags.peek().is_some() {
        return tags
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|one| names(one, tag));
    }
    let since = headers.get(IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok()?.parse::<HttpDate>().ok());
    matches!((since, modified), (Some(since), Some(modified)) if modified <= SystemTime::from(since))
}

/// Whether one tag of a list names an answer, in whichever coding it was sent. A weak one does, too: a proxy
/// that compresses makes a tag weak.
fn names(one: &str, tag: &str) -> bool {
    let one = one.trim();
    let inner = one.trim_start_matches("W/").trim_matches('"');
    one == "*"
        || inner.strip_prefix(tag).is_some_and(|rest| {
            rest.is_empty() || Coding::ALL.iter().any(|coding| rest.strip_prefix('-') == Some(coding.name()))
        })
}

/// Whole seconds: HTTP dates have no finer ones.
pub fn whole_seconds(at: Timestamp) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(u64::try_from(at.as_micros() / 1_000_000).unwrap_or(0))
}

/// The date of an answer that was begun at `begun` and shows what changed last at `changed`.
///
/// A second has room for two changes, and who read between them holds a date that says nothing. So an
/// answer never bears the second in which it was made, but the one before: any later change has a later
/// date.
pub fn date_of(changed: Timestamp, begun: Timestamp) -> SystemTime {
    whole_seconds(changed).min(whole_seconds(begun.plus_seconds(-1)))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::EPOCH.plus_seconds(1_700_000_000 + seconds)
    }

    fn known(name: &str, value: &str) -> bool {
        let request = TestRequest::default().insert_header((name, value)).to_http_request();
        is_known(request.headers(), "abc", Some(whole_seconds(at(0))))
    }

    #[test]
    fn a_tag_is_known_in_every_coding_and_in_no_other_spelling() {
        for value in ["\"abc\"", "W/\"abc\"", "\"x\", \"abc-gzip\"", "\"abc-br\"", "*"] {
            assert!(known("if-none-match", value), "{value}");
        }
        for value in ["\"ab\"", "\"abcd\"", "\"abc-\"", "\"abc-zstd\"", "\"abc-gzip-br\"", ""] {
            assert!(!known("if-none-match", value), "{value}");
        }
    }

    #[test]
    fn a_date_is_asked_only_where_there_is_no_tag() {
        let date = |seconds| HttpDate::from(whole_seconds(at(seconds))).to_string();
        assert!(known("if-modified-since", &date(0)));
        assert!(known("if-modified-since", &date(60)));
        assert!(!known("if-modified-since", &date(-1)));
        assert!(!known("if-modified-since", "yesterday"));
        let both = TestRequest::default()
            .insert_header(("if-modified-since", date(0)))
            .insert_header(("if-none-match", "\"x\""))
            .to_http_request();
        assert!(!is_known(both.headers(), "abc", Some(whole_seconds(at(0)))));
    }

    #[test]
    fn who_read_between_two_changes_of_one_second_asks_again_in_vain_for_neither() {
        let second = at(0).as_micros();
        let changed = Timestamp::from_micros(second + 100_000).unwrap();
        let begun = Timestamp::from_micros(second + 200_000).unwrap();
        let again = Timestamp::from_micros(second + 300_000).unwrap();
        assert!(date_of(changed, begun) < date_of(again, at(60)));
        assert_eq!(date_of(changed, at(60)), date_of(changed, at(61)), "and from then on it stands still");
    }
}
