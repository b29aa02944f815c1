//! When a delivery is tried again, and for how long.
//!
//! The pauses grow twofold and each is drawn at random up to its length ("full jitter"), so that a receiver
//! that comes back is not met by everything that waited at once.
//!
//! A receiver may ask for more time (`Retry-After`), and never for less. What it asked this about waits for as long
//! as it says, until the delivery is given up. The webhook as a whole is left alone for an hour at most: a number that
//! somebody mistyped must not silence it for a day.

use crate::time::Timestamp;

/// For how long a delivery is tried, in seconds: a day.
pub const GIVE_UP_AFTER: i64 = 24 * 60 * 60;
/// For how long nothing may be acknowledged before the webhook is turned off.
pub const DISABLE_AFTER: i64 = GIVE_UP_AFTER;

/// The longest pause after the first failure, in seconds.
const FIRST: i64 = 5;
/// The longest pause of all.
const LONGEST: i64 = 60 * 60;
/// The longest pause in which nothing is sent to a webhook at all, since its host failed again and again.
const LONGEST_REST: i64 = 5 * 60;

/// When a receiver asks to be tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// After so many seconds.
    Seconds(u32),
    /// Not before an instant.
    At(Timestamp),
}

impl RetryAfter {
    /// For how many seconds it is to be left alone, whether for this message or as a whole.
    fn seconds(self, now: Timestamp) -> i64 {
        let seconds = match self {
            Self::Seconds(seconds) => seconds.into(),
            // Up to the second that was asked for: no part of it is too early.
            Self::At(at) => at.as_micros().saturating_sub(now.as_micros()).saturating_add(999_999) / 1_000_000,
        };
        seconds.clamp(0, GIVE_UP_AFTER)
    }
}

/// Whether an answer may say when to come again: 429 and 503.
pub fn may_ask(status: u16) -> bool {
    matches!(status, 429 | 503)
}

/// For how many seconds a delivery waits that failed so many times, at least one. `chance` is any number.
pub fn pause(attempts: u32, asked_for: Option<RetryAfter>, now: Timestamp, chance: u64) -> i64 {
    let ours = drawn(FIRST, attempts, LONGEST, chance);
    asked_for.map_or(ours, |asked| asked.seconds(now).max(ours))
}

/// For how many seconds a webhook is left alone whose host failed so many times in a row.
///
/// Without it everything that waits would be tried once, ten seconds each, while nobody is there.
pub fn rest(failures: u32, asked_for: Option<RetryAfter>, now: Timestamp, chance: u64) -> i64 {
    let ours = drawn(1, failures, LONGEST_REST, chance);
    asked_for.map_or(ours, |asked| asked.seconds(now).min(LONGEST).max(ours))
}

fn drawn(first: i64, times: u32, longest: i64, chance: u64) -> i64 {
    let doublings = times.saturating_sub(1).min(16);
    let most = first.saturating_mul(1 << doublings).clamp(1, longest);
    let drawn = chance % most.unsigned_abs();
    1 + i64::try_from(drawn).unwrap_or(0)
}

/// Whether an answer says that the host is ill, rather than that this one message is not wanted.
pub fn is_ill(status: Option<u16>) -> bool {
    status.is_none_or(|status| status >= 500 || matches!(status, 408 | 425 | 429))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000).unwrap()
    }

    proptest! {
        #[test]
        fn a_pause_is_never_none_and_never_longer_than_an_hour_unless_it_was_asked_for(attempts: u32, chance: u64) {
            prop_assert!((1..=LONGEST).contains(&pause(attempts, None, at(0), chance)));
            prop_assert!((1..=LONGEST_REST).contains(&rest(attempts, None, at(0), chance)));
        }

        #[test]
        fn who_asks_for_more_time_is_given_it_up_to_a_day_and_who_asks_for_less_is_not(
            attempts: u32, chance: u64, seconds: u32, now in -100_000..100_000_i64,
        ) {
            let (asked, now) = (i64::from(seconds), at(now));
            for asked_for in [RetryAfter::Seconds(seconds), RetryAfter::At(now.plus_seconds(asked))] {
                let expected = asked.min(GIVE_UP_AFTER).max(pause(attempts, None, now, chance));
                prop_assert_eq!(pause(attempts, Some(asked_for), now, chance), expected);
                let expected = asked.min(LONGEST).max(rest(attempts, None, now, chance));
                prop_assert_eq!(rest(attempts, Some(asked_for), now, chance), expected);
            }
        }
    }

    #[test]
    fn an_instant_that_has_passed_asks_for_nothing() {
        assert_eq!(pause(1, Some(RetryAfter::At(at(-1))), at(0), 0), 1);
    }

    #[test]
    fn the_longest_pause_doubles_with_each_failure() {
        let pause = |attempts, chance| pause(attempts, None, at(0), chance);
        let longest = |attempts| (0..LONGEST.unsigned_abs()).map(|chance| pause(attempts, chance)).max().unwrap();
        assert_eq!([1, 2, 3, 4].map(longest), [5, 10, 20, 40]);
        assert_eq!(longest(30), LONGEST);
    }

    #[test]
    fn a_day_of_failures_is_some_dozens_of_attempts_and_not_thousands() {
        // Half of each pause, which is what chance gives on the whole.
        let mut waited = 0;
        let attempts = (1..).take_while(|attempt| {
            let most = FIRST.saturating_mul(1 << attempt.min(&16)).min(LONGEST);
            waited += most / 2;
            waited < GIVE_UP_AFTER
        });
        let attempts = attempts.count();
        assert!((20..100).contains(&attempts), "{attempts}");
    }

    #[test]
    fn an_answer_about_the_message_says_nothing_of_the_host() {
        for (status, ill) in [(None, true), (Some(500), true), (Some(503), true), (Some(429), true), (Some(422), false)]
        {
            assert_eq!(is_ill(status), ill, "{status:?}");
        }
    }
}
