//! Whether a client holds an answer already: entity tags and dates.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_web::http::header::{HeaderMap, HttpDate, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use bantin_domain::time::Timestamp;

use crate::cache::coding::Coding;

/// When an answer was modified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Modified {
    /// From which second on it has been as it is. `If-Modified-Since` is held against this.
    pub since: SystemTime,
    /// What it says of that.
    pub said: SystemTime,
}

impl Modified {
    /// Of an answer that was begun at `begun` and shows what changed last at `changed`.
    ///
    /// A second has room for two changes, and who read between them holds a date that says nothing. So a change
    /// counts from the next full second on, and an answer that is made before that says the second in which it was
    /// made: whoever holds that date asks again, and is never told that nothing has changed. Neither date ever
    /// moves back.
    pub fn of(changed: Timestamp, begun: Timestamp) -> Self {
        let since = second(changed.as_micros().saturating_add(999_999));
        Self { since, said: since.min(second(begun.as_micros())) }
    }

    /// Whether the second of the change was not over yet.
    pub fn is_early(&self) -> bool {
        self.said < self.since
    }
}

/// Whole seconds: HTTP dates have no finer ones.
fn second(micros: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(u64::try_from(micros / 1_000_000).unwrap_or(0))
}

/// Whether a client that sends these headers holds the answer with this tag (without its quotes), which
/// was modified then. A tag says more than a date: where it sends both, only the tag is asked.
pub fn is_known(headers: &HeaderMap, tag: &str, modified: Option<Modified>) -> bool {
    let mut tags = headers.get_all(IF_NONE_MATCH).peekable();
    if tags.peek().is_some() {
        return tags
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|one| names(one, tag));
    }
    let since = headers.get(IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok()?.parse::<HttpDate>().ok());
    matches!((since, modified), (Some(since), Some(modified)) if modified.since <= SystemTime::from(since))
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

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::EPOCH.plus_seconds(1_700_000_000 + seconds)
    }

    fn known(name: &str, value: &str) -> bool {
        let request = TestRequest::default().insert_header((name, value)).to_http_request();
        is_known(request.headers(), "abc", Some(Modified::of(at(0), at(0))))
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
        let date = |seconds| HttpDate::from(second(at(seconds).as_micros())).to_string();
        assert!(known("if-modified-since", &date(0)));
        assert!(known("if-modified-since", &date(60)));
        assert!(!known("if-modified-since", &date(-1)));
        assert!(!known("if-modified-since", "yesterday"));
        let both = TestRequest::default()
            .insert_header(("if-modified-since", date(0)))
            .insert_header(("if-none-match", "\"x\""))
            .to_http_request();
        assert!(!is_known(both.headers(), "abc", Some(Modified::of(at(0), at(0)))));
    }

    #[test]
    fn who_read_between_two_changes_of_one_second_is_never_told_that_nothing_changed() {
        let ms = |ms: i64| Timestamp::from_micros(at(0).as_micros() + ms * 1_000).unwrap();
        let knows = |holds: Modified, is: Modified| {
            let date = HttpDate::from(holds.said).to_string();
            let request = TestRequest::default().insert_header(("if-modified-since", date)).to_http_request();
            is_known(request.headers(), "abc", Some(is))
        };
        let (first, second) = (Modified::of(ms(100), ms(200)), Modified::of(ms(300), ms(400)));
        assert!(first.is_early() && !knows(first, second), "read in the same second");
        assert!(!knows(first, Modified::of(ms(300), ms(5_000))), "or long after");
        let (later, third) = (Modified::of(ms(300), ms(1_100)), Modified::of(ms(1_200), ms(1_300)));
        assert!(!later.is_early() && knows(later, later) && knows(later, Modified::of(ms(300), ms(60_000))));
        assert!(!knows(later, third), "changed in the second whose date the answer before it says");
        assert!(first.said <= second.said && second.said <= later.said && later.said <= third.said);
    }
}
