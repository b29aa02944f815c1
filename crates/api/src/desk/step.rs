//! What a step of the workflow says.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use bantin_application::workflow::Step;
use bantin_domain::{
    text::Prose,
    time::Timestamp,
    violation::{Fault, Violations},
};
use serde::Deserialize;
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        ObjectBuilder, Type,
        path::{Parameter, ParameterIn},
    },
};

use crate::{
    extract::path_parameter,
    patch::{self, Patch},
    problem::Problem,
};

/// What a step says. Each member belongs to some of the steps; with another step it is refused.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = StepWrite)]
pub struct StepWrite {
    /// `assign`: who goes on with it; `null` is nobody.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub assignee_id: Patch<String>,
    /// `request-changes`, where it is required, and `unpublish`: why.
    pub reason: Option<String>,
    /// `publish`: tells the public what was wrong in what it could read before.
    pub correction: Option<String>,
    /// `schedule`: from when the public sees it. May be left out for what is public, to set its end only.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<String>,
    /// `schedule`: until when; absent is for ever.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<String>,
    /// `submit`, `approve`, `publish` and `schedule`: what goes along in the same transaction: `speeches` of
    /// an event; `events` and `events.speeches` of an article.
    pub with: Vec<String>,
}

/// `{action}` of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathStep {
    /// See [`Step::Assign`].
    Assign,
    /// See [`Step::Submit`].
    Submit,
    /// See [`Step::Approve`].
    Approve,
    /// See [`Step::RequestChanges`].
    RequestChanges,
    /// See [`Step::Publish`].
    Publish,
    /// See [`Step::Schedule`].
    Schedule,
    /// See [`Step::Unschedule`].
    Unschedule,
    /// See [`Step::Unpublish`].
    Unpublish,
    /// See [`Step::Archive`].
    Archive,
    /// See [`Step::Restore`].
    Restore,
}

impl PathStep {
    const ALL: [(&'static str, Self); 10] = [
        ("assign", Self::Assign),
        ("submit", Self::Submit),
        ("approve", Self::Approve),
        ("request-changes", Self::RequestChanges),
        ("publish", Self::Publish),
        ("schedule", Self::Schedule),
        ("unschedule", Self::Unschedule),
        ("unpublish", Self::Unpublish),
        ("archive", Self::Archive),
        ("restore", Self::Restore),
    ];

    /// The step with that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, step)| step)
    }

    /// The members that the step knows.
    fn members(self) -> &'static [&'static str] {
        match self {
            Self::Assign => &["assigneeId"],
            Self::Submit | Self::Approve => &["with"],
            Self::RequestChanges | Self::Unpublish => &["reason"],
            Self::Publish => &["correction", "with"],
            Self::Schedule => &["at", "until", "with"],
            Self::Unschedule | Self::Archive | Self::Restore => &[],
        }
    }
}

impl FromRequest for PathStep {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.match_info().get("action").and_then(Self::parse).ok_or_else(Problem::not_found))
    }
}

impl IntoParams for PathStep {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let names = Self::ALL.map(|(name, _)| name);
        let mut parameter = path_parameter("action", "The step of the workflow.", None);
        parameter.schema = Some(ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).build().into());
        vec![parameter]
    }
}

impl StepWrite {
    /// Parses what a step says; `along` are the names that `with` may hold.
    ///
    /// # Errors
    /// 400 for a member that the step does not know, 422 with each fault.
    pub fn parse(self, step: PathStep, along: &[&str]) -> Result<(Step, Vec<String>), Problem> {
        self.refuse_strangers(step)?;
        let mut faults = Violations::new();
        for (n, name) in self.with.iter().enumerate().filter(|(_, name)| !along.contains(&name.as_str())) {
            let expected = if along.is_empty() {
                "nothing goes along here".to_owned()
            } else {
                format!("must be one of {}", along.join(", "))
            };
            faults.add(format!("/with/{n}"), Fault::new("unknown_reference", format!("{name:?}: {expected}")));
        }
        let reason = self.reason.and_then(|text| faults.take("/reason", Prose::parse(&text)));
        let step = match step {
            PathStep::Assign => {
                if !self.assignee_id.is_said() {
                    faults.add("/assigneeId", Fault::new("required", "say who goes on with it, or null"));
                }
                Some(Step::Assign { assignee: self.assignee_id.parse("/assigneeId", &mut faults, patch::id).or(None) })
            }
            PathStep::Submit => Some(Step::Submit),
            PathStep::Approve => Some(Step::Approve),
            PathStep::RequestChanges => {
                if reason.is_none() && faults.is_empty() {
                    faults.add("/reason", Fault::new("required", "say what has to change"));
                }
                reason.map(|reason| Step::RequestChanges { reason })
            }
            PathStep::Publish => Some(Step::Publish {
                correction: self.correction.and_then(|text| faults.take("/correction", Prose::parse(&text))),
            }),
            PathStep::Schedule => Some(Step::Schedule {
                at: self.at.and_then(|text| faults.take("/at", Timestamp::parse(&text))),
                until: self.until.and_then(|text| faults.take("/until", Timestamp::parse(&text))),
            }),
            PathStep::Unschedule => Some(Step::Unschedule),
            PathStep::Unpublish => Some(Step::Unpublish { reason }),
            PathStep::Archive => Some(Step::Archive),
            PathStep::Restore => Some(Step::Restore),
        };
        match step {
            Some(step) if faults.is_empty() => Ok((step, self.with)),
            _ => Err(faults.into()),
        }
    }

    fn refuse_strangers(&self, step: PathStep) -> Result<(), Problem> {
        let said = [
            ("assigneeId", self.assignee_id.is_said()),
            ("reason", self.reason.is_some()),
            ("correction", self.correction.is_some()),
            ("at", self.at.is_some()),
            ("until", self.until.is_some()),
            ("with", !self.with.is_empty()),
        ];
        let known = step.members();
        match said.into_iter().find(|(member, is_said)| *is_said && !known.contains(member)) {
            None => Ok(()),
            Some((member, _)) => {
                Err(Problem::malformed(Some(format!("/{member}")), "unknown_member", "this step knows no such member"))
            }
        }
    }
}
