//! One at a time: of all who ask for the same thing that is not kept, one has it made, and the others wait
//! for what comes of it. A thousand readers of a page that was just published cost as much as one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::watch;

use super::entry::Entry;

/// What came of it.
#[derive(Clone)]
pub enum Landing {
    /// An answer for all.
    Shared(Arc<Entry>),
    /// An answer that is nobody else's: each is to ask for himself.
    Alone,
}

type Arrival = watch::Receiver<Option<Landing>>;

/// What is being made.
#[derive(Default)]
pub struct Flights(Arc<Mutex<HashMap<Box<[u8]>, Arrival>>>);

/// Whose turn it is.
pub enum Turn {
    /// Ours.
    Lead(Lead),
    /// Another's: this is where it arrives.
    Follow(Follow),
}

/// The one who makes it. Dropped without a landing (the handler failed, the client went away), the next who
/// asks is the one.
pub struct Lead {
    flights: Arc<Mutex<HashMap<Box<[u8]>, Arrival>>>,
    key: Box<[u8]>,
    tell: watch::Sender<Option<Landing>>,
}

/// One who waits.
pub struct Follow(Arrival);

impl Flights {
    /// Joins those who ask for a key.
    pub fn join(&self, key: &[u8]) -> Turn {
        let mut flights = locked(&self.0);
        if let Some(arrival) = flights.get(key) {
            return Turn::Follow(Follow(arrival.clone()));
        }
        let (tell, arrival) = watch::channel(None);
        flights.insert(key.into(), arrival);
        Turn::Lead(Lead { flights: Arc::clone(&self.0), key: key.into(), tell })
    }
}

impl Lead {
    /// Tells all who wait.
    pub fn land(self, landing: Landing) {
        self.tell.send_replace(Some(landing));
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        locked(&self.flights).remove(&self.key);
    }
}

impl Follow {
    /// Waits for what comes of it; `None` where nothing did. Not for ever: then everybody is alone.
    pub async fn landed(mut self, patience: Duration) -> Option<Landing> {
        match tokio::time::timeout(patience, self.0.wait_for(Option::is_some)).await {
            Ok(Ok(landing)) => landing.clone(),
            Ok(Err(_)) => None,
            Err(_) => Some(Landing::Alone),
        }
    }
}

fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lead(flights: &Flights) -> Lead {
        match flights.join(b"key") {
            Turn::Lead(lead) => lead,
            Turn::Follow(_) => panic!("somebody leads already"),
        }
    }

    fn follow(flights: &Flights) -> Follow {
        match flights.join(b"key") {
            Turn::Lead(_) => panic!("nobody leads"),
            Turn::Follow(follow) => follow,
        }
    }

    #[actix_web::test]
    async fn all_who_wait_are_told_once_it_has_landed() {
        let flights = Flights::default();
        let first = lead(&flights);
        let waiting: Vec<_> = (0..3).map(|_| follow(&flights)).collect();
        first.land(Landing::Alone);
        for one in waiting {
            assert!(matches!(one.landed(Duration::from_secs(60)).await, Some(Landing::Alone)));
        }
        drop(lead(&flights));
    }

    #[actix_web::test]
    async fn where_the_first_fails_the_next_has_its_turn() {
        let flights = Flights::default();
        let first = lead(&flights);
        let waiting = follow(&flights);
        drop(first);
        assert!(waiting.landed(Duration::from_secs(60)).await.is_none());
        drop(lead(&flights));
    }

    #[actix_web::test]
    async fn nobody_waits_for_ever() {
        let flights = Flights::default();
        let _first = lead(&flights);
        assert!(matches!(follow(&flights).landed(Duration::ZERO).await, Some(Landing::Alone)));
    }
}
