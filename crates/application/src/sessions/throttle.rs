//! How often somebody may try a password.
//!
//! Each try is counted before the password is looked at, and taken back when it was right: so a hundred
//! tries at once are a hundred tries. An account has ten; from then on each costs a pause, of two seconds
//! first and of twice as long after every further failure, to a quarter of an hour. A pause and not a
//! lock, or anybody could lock an editor out; who is logged in already goes on by refreshing, which is
//! not counted here. A network has a hundred, and gets one back every 36 seconds.
//!
//! Accounts are counted by the address that was typed, whether or not there is such an account, so the
//! count tells nobody. What is kept is a digest that cannot be reversed without the secret key.

use std::net::IpAddr;

use bantin_persistence::{
    Tx,
    accounts::failures::{self, Failures, KEPT_SECONDS},
};

use crate::{
    app::{AddressPolicy, App},
    error::AppError,
};

/// How many wrong passwords in a row cost an account nothing.
const FREE_TRIES: i64 = 10;
/// The first pause, in seconds.
const FIRST_PAUSE: i64 = 2;
/// The longest, in seconds.
const LONGEST_PAUSE: i64 = 15 * 60;
/// How many failures a network may have at once.
const NETWORK_TRIES: i64 = 100;
/// After how many seconds it gets one back: a hundred an hour.
const NETWORK_SECONDS: i64 = 36;
const MICROS: i64 = 1_000_000;

/// Who tries: an account, from a network.
#[derive(Clone, Copy)]
pub(crate) struct Subjects {
    account: [u8; 32],
    network: Option<[u8; 32]>,
}

impl Subjects {
    /// Whoever tries to log in with an address, spelt in whatever case.
    pub(crate) fn of(app: &App, email: &str, from: Option<IpAddr>) -> Self {
        let digest = |purpose, text: &str| *app.secret_key().derive(purpose, text.as_bytes());
        let network = from.and_then(|address| AddressPolicy::Network.kept(address));
        Self {
            account: digest("login-account", &email.trim().to_lowercase()),
            network: network.map(|network| digest("login-network", &network)),
        }
    }
}

/// Counts a try, or says how long to wait before the next.
///
/// # Errors
/// [`AppError::RateLimited`]; nothing was counted.
pub(crate) fn take(tx: &mut Tx<'_>, subjects: &Subjects) -> Result<(), AppError> {
    let now = tx.now().as_micros();
    count(tx, &subjects.account, |known| try_account(known, now))?;
    match &subjects.network {
        Some(network) => count(tx, network, |known| try_network(known, now)),
        None => Ok(()),
    }
}

/// Takes a try back that was right, and with it all that were wrong before: for the account, not for the
/// network, where somebody else may be guessing.
pub(crate) fn forgive(tx: &mut Tx<'_>, subjects: &Subjects) -> Result<(), AppError> {
    failures::clear(tx, &subjects.account)?;
    match &subjects.network {
        Some(network) => uncount(tx, network),
        None => Ok(()),
    }
}

/// Takes a try back that was never made, since there was no room to look at the password.
pub(crate) fn give_back(tx: &mut Tx<'_>, subjects: &Subjects) -> Result<(), AppError> {
    uncount(tx, &subjects.account)?;
    match &subjects.network {
        Some(network) => uncount(tx, network),
        None => Ok(()),
    }
}

fn count(tx: &mut Tx<'_>, subject: &[u8; 32], judge: impl FnOnce(Tally) -> Result<Tally, i64>) -> Result<(), AppError> {
    let known = failures::lock(tx, subject)?;
    let known = Tally { count: known.count, last: known.last_at.as_micros() };
    let tally = judge(known).map_err(|micros| AppError::RateLimited(seconds(micros)))?;
    let last_at = bantin_domain::time::Timestamp::from_micros(tally.last).unwrap_or(tx.now());
    Ok(failures::set(tx, subject, Failures { count: tally.count, last_at })?)
}

fn uncount(tx: &mut Tx<'_>, subject: &[u8; 32]) -> Result<(), AppError> {
    let known = failures::lock(tx, subject)?;
    Ok(failures::set(tx, subject, Failures { count: (known.count - 1).max(0), ..known })?)
}

/// Failures, and the microsecond of the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tally {
    count: i64,
    last: i64,
}

/// One more try of an account at `now`, or the microseconds to wait.
fn try_account(known: Tally, now: i64) -> Result<Tally, i64> {
    let passed = (now - known.last).max(0);
    let count = if passed >= KEPT_SECONDS * MICROS { 0 } else { known.count };
    let wait = pause(count) * MICROS - passed;
    if wait > 0 { Err(wait) } else { Ok(Tally { count: count + 1, last: now }) }
}

/// How long to wait after so many failures, in seconds.
fn pause(failures: i64) -> i64 {
    match failures - FREE_TRIES {
        ..0 => 0,
        doubled => FIRST_PAUSE << doubled.min(20),
    }
    .min(LONGEST_PAUSE)
}

/// One more try from a network at `now`, or the microseconds to wait.
fn try_network(known: Tally, now: i64) -> Result<Tally, i64> {
    let step = NETWORK_SECONDS * MICROS;
    let passed = (now - known.last).max(0);
    let left = (known.count - passed / step).max(0);
    if left >= NETWORK_TRIES {
        return Err(step - passed % step);
    }
    // What has passed of the next one's time is not lost by trying.
    let last = if left == 0 { now } else { now - passed % step };
    Ok(Tally { count: left + 1, last })
}

/// Whole seconds, one at least.
fn seconds(micros: i64) -> u32 {
    u32::try_from((micros + MICROS - 1) / MICROS).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NONE: Tally = Tally { count: 0, last: 0 };

    /// How many tries somebody gets who tries as often as they can for so many seconds.
    fn tries(seconds: i64, judge: fn(Tally, i64) -> Result<Tally, i64>) -> usize {
        let mut tally = NONE;
        let ticks = (0..seconds * 4).map(|quarter| quarter * MICROS / 4);
        ticks.filter(|now| judge(tally, *now).map(|after| tally = after).is_ok()).count()
    }

    #[test]
    fn ten_failures_cost_nothing_and_each_further_one_twice_as_long_a_pause() {
        assert_eq!([9, 10, 11, 12, 18, 19, 40].map(pause), [0, 2, 4, 8, 512, 900, 900]);
        assert_eq!(pause(i64::MAX - 20), 900);
    }

    #[test]
    fn whoever_never_stops_guessing_gets_a_hundred_tries_a_day_at_one_account() {
        assert_eq!(tries(4, try_account), 10);
        assert_eq!(tries(9, try_account), 12);
        assert!(tries(24 * 60 * 60, try_account) < 120);
    }

    #[test]
    fn a_network_has_a_hundred_tries_and_then_a_hundred_an_hour() {
        assert_eq!(tries(30, try_network), 100);
        assert_eq!(tries(60 * 60 + 30, try_network), 200);
    }

    #[test]
    fn failures_of_yesterday_are_forgotten() {
        let known = Tally { count: 40, last: 0 };
        assert_eq!(try_account(known, 899 * MICROS), Err(MICROS));
        assert_eq!(try_account(known, KEPT_SECONDS * MICROS).map(|after| after.count), Ok(1));
    }

    #[test]
    fn a_clock_that_is_put_back_lengthens_no_pause() {
        assert_eq!(try_account(Tally { count: 10, last: 3_600 * MICROS }, 0), Err(2 * MICROS));
        assert_eq!(try_network(Tally { count: 100, last: 3_600 * MICROS }, 0), Err(36 * MICROS));
    }

    proptest! {
        #[test]
        fn whoever_waits_as_long_as_they_are_told_may_try(count in 0..10_000i64, passed in 0..100_000_000_000i64) {
            for judge in [try_account, try_network] {
                let known = Tally { count, last: 0 };
                if let Err(wait) = judge(known, passed) {
                    prop_assert!(wait > 0 && wait <= LONGEST_PAUSE * MICROS);
                    // A network may owe more than one; each wait pays one back.
                    let _ = judge(known, passed + wait);
                    if count <= NETWORK_TRIES {
                        prop_assert!(judge(known, passed + wait).is_ok());
                    }
                }
            }
        }
    }
}
