//! Where now, new ids and random bytes come from in production: this machine. Tests bring their own.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use bantin_application::{app::Sources, auth::entropy::SystemEntropy};
use bantin_domain::{
    id::IdSource,
    time::{Clock, Timestamp},
};
use uuid::Uuid;

/// The machine's own.
pub fn of_this_machine() -> Sources {
    Sources { clock: Arc::new(SystemClock), ids: Arc::new(TimeOrderedIds), entropy: Arc::new(SystemEntropy) }
}

/// The machine's clock, cut to the microseconds that both databases keep.
struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else takes the time from")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_micros()).ok().and_then(Timestamp::from_micros).unwrap_or(Timestamp::EPOCH)
    }
}

/// UUIDv7: in the order of their time, and within a millisecond in the order in which they were given
/// out, so that new rows stand at the end of an index.
struct TimeOrderedIds;

impl IdSource for TimeOrderedIds {
    #[expect(clippy::disallowed_methods, reason = "this is the source that everybody else takes ids from")]
    fn next_uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_in_the_order_in_which_they_were_given_out() {
        let ids: Vec<Uuid> = (0..1000).map(|_| TimeOrderedIds.next_uuid()).collect();
        assert!(ids.is_sorted_by(|one, other| one < other));
    }
}
