//! How telling goes, in numbers, for who runs the service: what this node has done since it started, and what waits.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use bantin_domain::webhook::{DeliveryFault, DeliveryState, DisabledReason};
pub use bantin_persistence::webhooks::log::Backlog;
use bantin_persistence::webhooks::sending::Attempt;

use super::outcome::Settled;

/// The numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CourierMetrics {
    /// Attempts of this node, by why they did not count; none is of those that were acknowledged.
    pub attempts: BTreeMap<Option<DeliveryFault>, u64>,
    /// Deliveries that ended with an attempt of this node, by how.
    pub ended: BTreeMap<DeliveryState, u64>,
    /// Webhooks that this node turned off, by why.
    pub turned_off: BTreeMap<DisabledReason, u64>,
    /// What waits, of all nodes together, when it was last looked at.
    pub backlog: Backlog,
}

/// Where they are counted.
#[derive(Debug, Default)]
pub(super) struct Tally(Mutex<CourierMetrics>);

impl Tally {
    /// Counts an attempt, and what it led to.
    pub fn count(&self, attempt: &Attempt, settled: Settled) {
        self.change(|metrics| {
            *metrics.attempts.entry(attempt.fault).or_default() += 1;
            if let Some(state) = settled.ended {
                *metrics.ended.entry(state).or_default() += 1;
            }
            if let Some(reason) = settled.turned_off {
                *metrics.turned_off.entry(reason).or_default() += 1;
            }
        });
    }

    /// Notes what waits.
    pub fn note(&self, backlog: Backlog) {
        self.change(|metrics| metrics.backlog = backlog);
    }

    /// The numbers as they are.
    pub fn read(&self) -> CourierMetrics {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut CourierMetrics)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
