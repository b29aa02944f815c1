//! The numbers of the widget as they go out, written once for all who get them at a time.
//!
//! Every hit is answered with them: written anew for each, they would cost as much as the rest of it.

use std::sync::{Mutex, PoisonError};

use actix_web::web::Bytes;
use bantin_application::visits::Edition;

use super::{StatsBody, StatsView};
use crate::Api;

/// The numbers that went out last.
#[derive(Debug, Default)]
pub struct Numbers(Mutex<Option<(Edition, Bytes)>>);

impl Numbers {
    /// The body of `GET /stats` as of now.
    ///
    /// # Errors
    /// When it cannot be written as JSON: a fault of ours.
    pub fn now(&self, api: &Api) -> Result<Bytes, serde_json::Error> {
        let edition = api.visits.edition();
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, numbers)) = last.as_ref().filter(|(shown, _)| *shown == edition) {
            return Ok(numbers.clone());
        }
        let numbers = Bytes::from(serde_json::to_vec(&StatsBody { data: StatsView::now(api) })?);
        *last = Some((edition, numbers.clone()));
        Ok(numbers)
    }
}
