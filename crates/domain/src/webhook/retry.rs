//! When a delivery is tried again, and for how long.
//!
//! The pauses grow twofold and each is drawn at random up to its length ("full jitter"), so that a receiver
//! that comes back is not met by everything that waited at once.

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

/// For how many seconds a delivery waits that failed so many times, at least one. `chance` is any number.
pub fn pause(attempts: u32, chance: u64) -> i64 {
    drawn(FIRST, attempts, LONGEST, chance)
}

/// For how many seconds a webhook is left alone whose host failed so many times in a row.
///
/// Without it everything that waits would be tried once, ten seconds each, while nobody is there.
pub fn rest(failures: u32, chance: u64) -> i64 {
    drawn(1, failures, LONGEST_REST, chance)
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

    proptest! {
        #[test]
        fn a_pause_is_never_none_and_never_longer_than_an_hour(attempts: u32, chance: u64) {
            prop_assert!((1..=LONGEST).contains(&pause(attempts, chance)));
            prop_assert!((1..=LONGEST_REST).contains(&rest(attempts, chance)));
        }
    }

    #[test]
    fn the_longest_pause_doubles_with_each_failure() {
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
