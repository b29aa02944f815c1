//! How what became of hits goes out.

use bantin_domain::{named::Named, visits::Outcome};
use serde::Serialize;
use utoipa::ToSchema;

/// What became of a batch.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VisitOutcomes)]
pub struct OutcomesView {
    /// What became of each hit, in the order of the request.
    pub outcomes: Vec<OutcomeView>,
}

/// What became of a hit of a batch.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = VisitOutcome)]
pub struct OutcomeView {
    /// `counted`; `excluded`, which is final; or `refused`, which a mended hit may not be.
    outcome: &'static str,
    /// Why: a reason such as `declaredBot`, `reload` or `late`, or the code of an error.
    reason: Option<String>,
    /// The member at fault, as a pointer into the request.
    pointer: Option<String>,
}

impl OutcomeView {
    pub(super) fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Counted { .. } => Self { outcome: "counted", reason: None, pointer: None },
            Outcome::Excluded(reason) => {
                Self { outcome: "excluded", reason: Some(reason.name().to_owned()), pointer: None }
            }
        }
    }

    pub(super) fn refused(pointer: String, code: &str) -> Self {
        Self { outcome: "refused", reason: Some(code.to_owned()), pointer: Some(pointer) }
    }
}
