//! Time that stands still, ids that count, and random bytes that are the same in every run: what a
//! test sees needs no redaction.

use std::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering},
};

use bantin_application::auth::entropy::{Entropy, EntropyError};
use bantin_domain::{
    id::IdSource,
    time::{Clock, Timestamp},
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// 2023-03-14T08:00:00+07:00, the morning on which the seed page was posted.
pub const MORNING: &str = "2023-03-14T08:00:00+07:00";

/// A clock that moves only when it is told to.
pub struct FrozenClock(Mutex<Timestamp>);

impl Default for FrozenClock {
    fn default() -> Self {
        Self(Mutex::new(Timestamp::parse(MORNING).unwrap()))
    }
}

impl FrozenClock {
    /// Moves the hand on.
    pub fn advance(&self, seconds: i64) {
        let mut now = self.0.lock().unwrap();
        *now = now.plus_seconds(seconds);
    }

    /// Puts the hand at an instant.
    pub fn set(&self, text: &str) {
        *self.0.lock().unwrap() = Timestamp::parse(text).unwrap();
    }
}

impl Clock for FrozenClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// UUIDs that count: `01900000-0000-7000-8000-000000000001`, and so on.
#[derive(Default)]
pub struct CountedIds(AtomicU64);

impl IdSource for CountedIds {
    fn next_uuid(&self) -> Uuid {
        let n = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(n))
    }
}

/// Bytes that look random and are the same in every run.
#[derive(Default)]
pub struct CountedEntropy(AtomicU64);

impl Entropy for CountedEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        for chunk in bytes.chunks_mut(32) {
            let n = self.0.fetch_add(1, Ordering::Relaxed);
            chunk.copy_from_slice(&Sha256::digest(n.to_be_bytes())[..chunk.len()]);
        }
        Ok(())
    }
}
