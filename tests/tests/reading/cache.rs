//! The response cache: it answers fast what it would answer anyway.

mod acts;
mod forms;
mod keys;
mod load;
mod wire;

use bantin_tests::{Answer, TestApp};

/// The headers that are of one request, and not of the answer.
const OF_THE_REQUEST: [&str; 4] = ["date", "x-request-id", "server-timing", "connection"];

/// What is the same in every answer to the same question: status, headers, bytes.
fn essence(answer: &Answer) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let of_the_answer = |(name, _): &&(String, String)| !OF_THE_REQUEST.contains(&name.as_str());
    let mut headers: Vec<_> = answer.headers.iter().filter(of_the_answer).cloned().collect();
    headers.sort();
    (answer.status, headers, answer.bytes.clone())
}

/// How many public reads were answered out of memory so far, and how many not.
fn counts(app: &TestApp) -> (u64, u64) {
    let metrics = app.api.cache.metrics();
    (metrics.hits, metrics.misses)
}

/// How many of them some work added.
fn added<T>(app: &TestApp, work: impl FnOnce() -> T) -> (u64, u64) {
    let before = counts(app);
    work();
    let after = counts(app);
    (after.0 - before.0, after.1 - before.1)
}
