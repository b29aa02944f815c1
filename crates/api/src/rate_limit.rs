//! Rate limits: how often somebody may ask.
//!
//! A [`Limiter`] has a bucket for everybody who comes: full, it holds a minute's worth, and it fills at the
//! rate of the limit. Buckets are kept in the memory of the node, and no more than `MOST_BUCKETS` of
//! them: one that is pushed out was not used for a while, and would have filled meanwhile.
//!
//! Who somebody is, is never taken from what a request says of itself, but from its
//! [`client_address`](crate::access::client_address), which a header can move only through a trusted
//! proxy. Somebody with an IPv6 address has a whole network of them: so it is the /64 that counts.

use std::{
    hash::{BuildHasher, Hash, RandomState},
    net::IpAddr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use actix_web::{HttpResponse, ResponseError, http::header::HeaderName};
use bantin_application::{AppError, api_keys::KnownKey, bounded::Bounded};
use bantin_domain::{api_key::Quota, time::Timestamp};

use crate::problem::Problem;

/// So many buckets a limiter keeps: a few megabytes.
const MOST_BUCKETS: usize = 100_000;
/// Over how long a limit is counted.
const WINDOW_SECONDS: i64 = 60;
const MICROS: i64 = 1_000_000;

/// One visitor may send a tenth of what a network may.
const VISITORS_SHARE: u32 = 10;
/// Logins of all together, a minute: each costs a core some twenty milliseconds, and readers need it too.
const LOGINS: u32 = 1_200;
/// All networks together may send what so many of them may.
const NETWORKS_AT_ONCE: u32 = 500;

/// The fields of the IETF's draft, as the contract names them.
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// How many requests a minute are let through; 0 is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitSettings {
    /// Hits of one network, a /24 or a /64; of one visitor a tenth of it, of all five hundred times as many.
    pub visits: u32,
    /// Public reads of one network.
    pub public: u32,
    /// Requests of one account of the desk.
    pub editorial: u32,
    /// Requests of one API key that has no quota of its own.
    pub keys: u32,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self { visits: 1_200, public: 3_000, editorial: 600, keys: 6_000 }
    }
}

/// The limits of this node.
#[derive(Debug, Default)]
pub struct Limits {
    /// On hits.
    pub visits: Option<VisitLimits>,
    /// On public reads: by [`network_of`] the client.
    pub public: Option<Limiter>,
    /// On the desk: by the account.
    pub editorial: Option<Limiter>,
    /// On API keys, at the desk and for public reads: by the key.
    pub keys: KeyLimits,
    /// On logins, of all together. Those of an account and of a network are counted in the database.
    pub logins: Option<Limiter>,
}

impl Limits {
    /// The limits that the settings ask for.
    pub fn new(settings: LimitSettings) -> Self {
        let limiter = |name, per_minute| (per_minute > 0).then(|| Limiter::new(name, per_minute));
        Self {
            visits: (settings.visits > 0).then(|| VisitLimits::new(settings.visits)),
            public: limiter("public", settings.public),
            editorial: limiter("editorial", settings.editorial),
            logins: limiter("logins", LOGINS),
            keys: KeyLimits { limiter: Limiter::new("key", settings.keys), usual: settings.keys },
        }
    }
}

/// The limits on API keys, each its own.
#[derive(Debug)]
pub struct KeyLimits {
    limiter: Limiter,
    usual: u32,
}

impl Default for KeyLimits {
    fn default() -> Self {
        Self { limiter: Limiter::new("key", 0), usual: 0 }
    }
}

impl KeyLimits {
    /// Takes one from the bucket of a key, and says how many are left; nothing where there is no limit.
    ///
    /// # Errors
    /// [`Limited`] when it is empty.
    pub fn take(&self, key: KnownKey, now: Timestamp) -> Result<Option<Standing>, Limited> {
        let per_minute = key.quota.map_or(self.usual, Quota::per_minute);
        (per_minute > 0).then(|| self.limiter.take_of(&key.id, per_minute, now)).transpose()
    }
}

/// The limits on hits: on a visitor, on a network, and on all.
#[derive(Debug)]
pub struct VisitLimits {
    visitor: Limiter,
    network: Limiter,
    all: Limiter,
    refused: [AtomicU64; 3],
}

impl VisitLimits {
    fn new(per_network: u32) -> Self {
        Self {
            visitor: Limiter::new("visitor", (per_network / VISITORS_SHARE).max(1)),
            network: Limiter::new("network", per_network),
            all: Limiter::new("all", per_network.saturating_mul(NETWORKS_AT_ONCE)),
            refused: Default::default(),
        }
    }

    /// Takes a hit's place in all three, or says which has none left. Who is refused by the first takes
    /// nothing from the others: one busy visitor does not use up a network.
    ///
    /// # Errors
    /// [`Limited`].
    pub fn take(&self, client: IpAddr, user_agent: &str, now: Timestamp) -> Result<(), Limited> {
        let [of_visitor, of_network, of_all] = &self.refused;
        taken(self.visitor.take(&(household_of(client), user_agent), now), of_visitor)?;
        taken(self.network.take(&network_of(client), now), of_network)?;
        taken(self.all.take(&(), now), of_all)
    }

    /// How many hits each limit refused so far, by its name.
    pub fn refused(&self) -> [(&'static str, u64); 3] {
        let [of_visitor, of_network, of_all] = self.refused.each_ref().map(|count| count.load(Ordering::Relaxed));
        [(self.visitor.name, of_visitor), (self.network.name, of_network), (self.all.name, of_all)]
    }
}

/// Counts who is refused.
fn taken(place: Result<(), Limited>, refused: &AtomicU64) -> Result<(), Limited> {
    place.inspect_err(|_| {
        refused.fetch_add(1, Ordering::Relaxed);
    })
}

/// The network of an address: the /24 of IPv4, the /64 of IPv6. An IPv4 address is the same through an
/// IPv6 socket.
pub fn network_of(client: IpAddr) -> u128 {
    match client.to_canonical() {
        IpAddr::V4(address) => u128::from(address.to_ipv6_mapped()) & !0xff,
        IpAddr::V6(address) => u128::from(address) & (u128::MAX << 64),
    }
}

/// The address of IPv4, and of IPv6 the /64.
fn household_of(client: IpAddr) -> u128 {
    match client.to_canonical() {
        IpAddr::V4(address) => u128::from(address.to_ipv6_mapped()),
        IpAddr::V6(_) => network_of(client),
    }
}

/// A limit on everybody alike.
#[derive(Debug)]
pub struct Limiter {
    name: &'static str,
    per_minute: u32,
    hasher: RandomState,
    /// When each bucket that is not full will be, in microseconds; who it is of, only as a hash.
    full_at: Mutex<Bounded<u64, i64>>,
}

impl Limiter {
    /// A limit of so many a minute, under a name for who is refused.
    pub fn new(name: &'static str, per_minute: u32) -> Self {
        let full_at = Mutex::new(Bounded::new(MOST_BUCKETS));
        Self { name, per_minute: per_minute.max(1), hasher: RandomState::new(), full_at }
    }

    /// Takes one from the bucket of `who`.
    ///
    /// # Errors
    /// [`Limited`] when it is empty.
    pub fn take(&self, who: &impl Hash, now: Timestamp) -> Result<(), Limited> {
        self.take_of(who, self.per_minute, now).map(drop)
    }

    /// The same where `who` has a limit of their own, of one a minute at least. A bucket is as full as it was
    /// when another limit is set.
    fn take_of(&self, who: &impl Hash, per_minute: u32, now: Timestamp) -> Result<Standing, Limited> {
        let key = self.hasher.hash_one(who);
        let (now, window) = (now.as_micros(), WINDOW_SECONDS * MICROS);
        // Of more than one a microsecond the clock cannot tell one from the next.
        let one = (window / i64::from(per_minute)).max(1);
        let mut buckets = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        // Never emptier than empty, also when the clock was put back.
        let full_at = buckets.get(&key).map_or(now, |full_at| (*full_at).clamp(now, now + window));
        let later = full_at + one;
        if later > now + window {
            let wait = later - now - window;
            return Err(Limited { name: self.name, per_minute, wait: seconds(wait) });
        }
        buckets.insert(key, later);
        let left = u32::try_from((now + window - later) / one).unwrap_or(u32::MAX).min(per_minute - 1);
        Ok(Standing { name: self.name, per_minute, left, full_in: seconds(later - now) })
    }
}

/// Whole seconds, one at least.
fn seconds(micros: i64) -> u32 {
    u32::try_from((micros + MICROS - 1) / MICROS).unwrap_or(u32::MAX).max(1)
}

/// How somebody stands who was let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    name: &'static str,
    per_minute: u32,
    left: u32,
    full_in: u32,
}

impl Standing {
    /// The fields of the IETF's draft: how many are left, in how many seconds there are all again, and how many
    /// all are.
    pub fn fields(self) -> [(HeaderName, String); 2] {
        let Self { name, per_minute, left, full_in } = self;
        fields(name, per_minute, left, full_in)
    }
}

fn fields(name: &str, per_minute: u32, left: u32, seconds: u32) -> [(HeaderName, String); 2] {
    [
        (RATE_LIMIT, format!("\"{name}\";r={left};t={seconds}")),
        (RATE_LIMIT_POLICY, format!("\"{name}\";q={per_minute};w={WINDOW_SECONDS}")),
    ]
}

/// Somebody asks more often than they may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limited {
    name: &'static str,
    per_minute: u32,
    wait: u32,
}

impl From<Limited> for AppError {
    fn from(limited: Limited) -> Self {
        Self::RateLimited(limited.wait)
    }
}

impl Limited {
    /// 429, with what there is to know: when to come again, and how often.
    pub fn answer(self) -> HttpResponse {
        Problem::from(self).error_response()
    }

    /// The fields of the IETF's draft.
    pub fn fields(self) -> [(HeaderName, String); 2] {
        let Self { name, per_minute, wait } = self;
        fields(name, per_minute, 0, wait)
    }
}

impl From<Limited> for Problem {
    fn from(limited: Limited) -> Self {
        Self::from(AppError::RateLimited(limited.wait)).limited_by(limited)
    }
}

#[cfg(test)]
mod tests {
    use bantin_domain::id::Id;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000 + millis * 1_000).unwrap()
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_limit_of_more_than_one_a_microsecond_lets_everybody_through() {
        let limiter = Limiter::new("test", 500_000_000);
        let standing = limiter.take_of(&"a", 500_000_000, at(0)).unwrap();
        assert!(standing.left < 500_000_000);
        assert!((0..1_000).all(|_| limiter.take(&"a", at(0)).is_ok()));
    }

    #[test]
    fn a_bucket_holds_a_minutes_worth_and_fills_at_the_rate_of_the_limit() {
        let limiter = Limiter::new("test", 60);
        assert!((0..60).all(|_| limiter.take(&"a", at(0)).is_ok()));
        assert_eq!(limiter.take(&"a", at(0)), Err(Limited { name: "test", per_minute: 60, wait: 1 }));
        assert!(limiter.take(&"b", at(0)).is_ok(), "another has a bucket of their own");
        assert!(limiter.take(&"a", at(999)).is_err());
        assert!(limiter.take(&"a", at(1_000)).is_ok());
        assert!(limiter.take(&"a", at(1_000)).is_err());
        assert_eq!(
            (0..100).filter(|_| limiter.take(&"a", at(61_000 * 10)).is_ok()).count(),
            60,
            "never more than full"
        );
    }

    #[test]
    fn a_clock_that_is_put_back_locks_nobody_out() {
        let limiter = Limiter::new("test", 60);
        assert!((0..60).all(|_| limiter.take(&"a", at(3_600_000)).is_ok()));
        assert_eq!(limiter.take(&"a", at(0)).unwrap_err().wait, 1);
    }

    #[test]
    fn whoever_has_a_network_of_addresses_is_one_all_the_same() {
        assert_eq!(network_of(address("203.0.113.7")), network_of(address("203.0.113.250")));
        assert_ne!(network_of(address("203.0.113.7")), network_of(address("203.0.114.7")));
        assert_eq!(network_of(address("::ffff:203.0.113.7")), network_of(address("203.0.113.7")));
        assert_eq!(network_of(address("2001:db8:1:2::1")), network_of(address("2001:db8:1:2:ffff::9")));
        assert_ne!(network_of(address("2001:db8:1:2::1")), network_of(address("2001:db8:1:3::1")));
        assert_ne!(household_of(address("203.0.113.7")), household_of(address("203.0.113.8")));
    }

    #[test]
    fn one_busy_visitor_does_not_use_up_their_network_nor_one_network_all_the_others() {
        let limits = VisitLimits::new(100);
        let hit = |address: &str, agent: &str| limits.take(address.parse().unwrap(), agent, at(0));
        assert_eq!((0..50).filter(|_| hit("203.0.113.7", "Firefox").is_ok()).count(), 10);
        assert_eq!((0..200).filter(|n| hit("203.0.113.8", &n.to_string()).is_ok()).count(), 90);
        assert_eq!(hit("203.0.113.9", "Firefox").unwrap_err().name, "network");
        assert!(hit("203.0.114.9", "Firefox").is_ok());
        assert_eq!(limits.refused(), [("visitor", 40), ("network", 110 + 1), ("all", 0)]);
    }

    #[test]
    fn who_is_refused_is_told_when_to_come_again_and_how_often() {
        let response = Limited { name: "network", per_minute: 1_200, wait: 7 }.answer();
        let header = |name: &str| response.headers().get(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!(response.status(), 429);
        assert_eq!(header("retry-after"), "7");
        assert_eq!(header("ratelimit"), "\"network\";r=0;t=7");
        assert_eq!(header("ratelimit-policy"), "\"network\";q=1200;w=60");
    }

    #[test]
    fn zero_is_no_limit() {
        let limits = Limits::new(LimitSettings { visits: 0, public: 0, editorial: 1, keys: 0 });
        assert!(limits.visits.is_none() && limits.public.is_none() && limits.editorial.is_some());
        assert_eq!(limits.keys.take(key(1, None), at(0)), Ok(None));
        assert!(limits.keys.take(key(1, Some(5)), at(0)).unwrap().is_some(), "a quota of its own holds all the same");
    }

    fn key(id: u128, quota: Option<i64>) -> KnownKey {
        let quota = quota.map(|number| Quota::parse(number).unwrap());
        KnownKey { id: Id::new(uuid::Uuid::from_u128(id)), quota }
    }

    #[test]
    fn each_key_has_its_own_quota_and_is_told_what_is_left_of_it() {
        let limits = Limits::new(LimitSettings { keys: 3, ..LimitSettings::default() });
        let take = |key, millis| limits.keys.take(key, at(millis)).map(|standing| standing.unwrap().fields());
        let [(_, left), (_, policy)] = take(key(1, Some(2)), 0).unwrap();
        assert_eq!((left.as_str(), policy.as_str()), ("\"key\";r=1;t=30", "\"key\";q=2;w=60"));
        assert_eq!(take(key(1, Some(2)), 0).unwrap()[0].1, "\"key\";r=0;t=60");
        assert_eq!(take(key(1, Some(2)), 0).unwrap_err().wait, 30);
        assert_eq!(take(key(2, None), 0).unwrap()[1].1, "\"key\";q=3;w=60", "what the settings say");
        assert_eq!(take(key(1, Some(2)), 30_000).unwrap()[0].1, "\"key\";r=0;t=60");
        // Twice as many from now on: the bucket is as empty as it was.
        assert_eq!(take(key(1, Some(4)), 30_000).unwrap_err().wait, 15);
    }
}
