//! The audit log: every act is in it, nothing that must not be is, nobody can change it unnoticed.

mod coverage;
mod direct;
mod housekeeping;
mod personal_data;
mod plans;
mod reading;
mod tampering;

use bantin_domain::listing::{PageRequest, Start};
use bantin_persistence::{
    StoreError,
    audit::{self, LogFilter, Logged},
};
use bantin_tests::TestApp;

/// The whole log, oldest first.
fn entries(app: &TestApp) -> Vec<Logged> {
    let mut page = PageRequest { limit: 100, start: Start::First, count: false };
    let mut all = Vec::new();
    loop {
        let read = app.api.app.store().desk(|desk| audit::list(desk, &LogFilter::default(), &page));
        let slice: bantin_domain::listing::Slice<Logged> = read.map_err(|error: StoreError| error.to_string()).unwrap();
        all.extend(slice.rows);
        match slice.next {
            Some(next) => page.start = Start::After(next),
            None => break,
        }
    }
    all.reverse();
    all
}

/// What was done since there were so many entries.
fn actions_since(app: &TestApp, begun: usize) -> Vec<String> {
    entries(app).into_iter().skip(begun).map(|entry| entry.action).collect()
}
