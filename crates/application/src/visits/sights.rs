//! Whether the public can see an item, asked for each hit and hardly ever of the database.
//!
//! What is kept is the item's public row: from when to when it can be seen, and in which section it
//! stands. So an item comes into sight and goes out of it on time by itself, and the change log says what
//! else happens to it (see [`crate::change_watch`] for the rules that make this right).

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use bantin_domain::{
    category::CategoryId,
    kind::{Kind, Target},
};
use bantin_persistence::{changes, stats};
use tokio::sync::Semaphore;

use super::locked;
use crate::{
    App, AppError,
    bounded::Bounded,
    change_watch::{ChangeWatch, News},
};

/// So many items are known at once: a few megabytes.
const MOST_SIGHTS: usize = 50_000;
/// That an item cannot be seen is believed for so long only. A row that says from when on it can be seen
/// may come without a change, since nothing the public sees has changed by it.
const UNSEEN_FOR: Duration = Duration::from_secs(1);
/// So many look-ups go on at once: hits on made-up items must not take all the places of the readers.
const LOOK_UPS: usize = 2;

/// Where a hit on an item belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The section in which the item stands.
    pub category: Option<CategoryId>,
}

/// What is known of the items that are looked at.
pub struct Sights {
    app: App,
    watch: ChangeWatch,
    known: Arc<Mutex<Known>>,
    look_ups: Semaphore,
}

struct Known {
    rows: Bounded<Target, Row>,
    /// The head of the log up to which every row has been dropped that changed.
    heard: i64,
}

#[derive(Clone, Copy)]
struct Row {
    sight: Option<stats::Sight>,
    read: Instant,
}

impl Sights {
    /// Knows nothing yet.
    pub fn new(app: App, watch: ChangeWatch) -> Self {
        let known = Arc::new(Mutex::new(Known { rows: Bounded::new(MOST_SIGHTS), heard: 0 }));
        let told = Arc::clone(&known);
        watch.subscribe(move |news| locked(&told).hear(news));
        Self { app, watch, known, look_ups: Semaphore::new(LOOK_UPS) }
    }

    /// Where a hit on an item belongs; `None` if the public cannot see it now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of(&self, target: Target) -> Result<Option<Seen>, AppError> {
        if let Some(seen) = self.remembered(target) {
            return Ok(seen);
        }
        // Only fails when it is closed, which nobody does.
        let _place = self.look_ups.acquire().await.map_err(|error| AppError::Internal(error.to_string()))?;
        if let Some(seen) = self.remembered(target) {
            return Ok(seen);
        }
        let read = Instant::now();
        let (sight, head) =
            self.app.public(move |reader| Ok((stats::sight(reader, target)?, changes::head(reader)?))).await?;
        let mut known = locked(&self.known);
        if self.watch.known_head().is_some() && head >= known.heard {
            known.rows.insert(target, Row { sight, read });
        }
        Ok(self.seen(sight))
    }

    fn remembered(&self, target: Target) -> Option<Option<Seen>> {
        self.watch.known_head()?;
        let row = *locked(&self.known).rows.get(&target)?;
        let seen = self.seen(row.sight);
        (seen.is_some() || row.read.elapsed() < UNSEEN_FOR).then_some(seen)
    }

    fn seen(&self, sight: Option<stats::Sight>) -> Option<Seen> {
        let now = self.app.sources().clock.now();
        sight.filter(|sight| sight.window.contains(now)).map(|sight| Seen { category: sight.category })
    }
}

impl Known {
    fn hear(&mut self, news: &News<'_>) {
        match news {
            News::Changed { changes, head } => {
                for logged in *changes {
                    self.rows.remove(&logged.change.target);
                }
                // A speech is seen with its event, and stands in its section.
                if changes.iter().any(|logged| logged.change.target.kind == Kind::Event) {
                    self.rows.retain(|target, _| target.kind != Kind::Speech);
                }
                self.heard = *head;
            }
            News::Anything { head, .. } => {
                self.rows.clear();
                self.heard = *head;
            }
            News::Silence => self.rows.clear(),
            // The window of each row says it by itself.
            News::Coming { .. } => {}
        }
    }
}
