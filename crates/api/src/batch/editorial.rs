//! Batches for the desk.

use std::sync::{Arc, OnceLock};

use actix_web::{post, web::Data};
use bantin_application::{Act, AppError};

use super::{
    prepare::{Prepared, prepare},
    results::{ResultView, Results},
    write::BatchWrite,
};
use crate::{
    Api, Render,
    extract::{Caller, JsonBody},
    problem::Problem,
};

/// Write many things at once
///
/// Each operation as it would be sent by itself, in their order and in one transaction: a later one may refer to the
/// `id` that an earlier one gave. Not atomic, a refused operation changes nothing, the others stand, and each has its
/// result. Atomic, the first refusal takes everything back and is the answer: `operation` says which one it was, and
/// the pointers of its errors begin with `/operations/n/body`. A batch holds no other batch.
#[utoipa::path(tag = "editorial batch", request_body = BatchWrite)]
#[post("/batch")]
pub async fn run_batch(caller: Caller, api: Data<Api>, write: JsonBody<BatchWrite>) -> Result<Results, Problem> {
    let (atomic, operations) = write.0.parse()?;
    let all: Vec<Result<Prepared, Problem>> = operations.into_iter().map(prepare).collect();
    if !atomic {
        let request = caller.who.origin.request.map(|id| id.to_string()).unwrap_or_default();
        return api.perform(caller, move |act, render| each(act, render, all, &request)).await;
    }
    let mut ready = Vec::with_capacity(all.len());
    for (n, operation) in all.into_iter().enumerate() {
        ready.push(operation.map_err(|problem| problem.of_operation(n))?);
    }
    // The transaction can say why it was refused; this says by which operation.
    let refused = Arc::new(OnceLock::new());
    let told = refused.clone();
    let outcome = api
        .perform(caller, move |act, render| {
            all_or_nothing(act, render, ready).map_err(|(n, error)| {
                let _ = n.map(|n| told.set(n));
                error
            })
        })
        .await;
    outcome.map_err(|problem| match refused.get() {
        Some(n) => problem.of_operation(*n),
        None => problem,
    })
}

/// Does each operation in a savepoint of its own; what was refused before it could be done is a result too.
fn each(
    act: &mut Act<'_, '_>,
    render: &Render,
    all: Vec<Result<Prepared, Problem>>,
    request: &str,
) -> Result<Results, AppError> {
    // One lock for all, and before anything else is locked: two batches that each wait for what the other holds would
    // stand still.
    act.take_turns()?;
    let mut results = Vec::with_capacity(all.len());
    for operation in all {
        let outcome = match operation {
            Err(problem) => Err(problem),
            Ok(operation) => match act.attempt(|act| operation(act, render)) {
                // Not about this operation: the transaction cannot go on.
                Err(error @ (AppError::Unavailable(_) | AppError::Internal(_))) => return Err(error),
                outcome => outcome.map_err(Problem::from),
            },
        };
        results.push(match outcome {
            Ok(answer) => ResultView::done(answer)?,
            Err(problem) => ResultView::refused(problem.told_in(render.zone()), request)?,
        });
    }
    Results::of(results)
}

/// Does all of them, or says which one was refused, and why.
fn all_or_nothing(
    act: &mut Act<'_, '_>,
    render: &Render,
    all: Vec<Prepared>,
) -> Result<Results, (Option<usize>, AppError)> {
    let whole = |error| (None, error);
    act.take_turns().map_err(whole)?;
    let mut results = Vec::with_capacity(all.len());
    for (n, operation) in all.into_iter().enumerate() {
        let answer = operation(act, render).map_err(|error| (Some(n), error))?;
        results.push(ResultView::done(answer).map_err(whole)?);
    }
    Results::of(results).map_err(whole)
}
