//! Every answer that is not the one asked for: an RFC 9457 problem, the same shape for all.
//!
//! This is the one place where a refusal becomes a status and a code. What a fault of ours says goes
//! to the log with the request's id, never into the answer.

use crate::rate_limit::Limited;
use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use bantin_application::{
    AppError, Blocker,
    precondition::{ChangedField, Staleness},
};
use bantin_domain::{
    named::Named,
    time::SiteZone,
    violation::{Fault, Violation, Violations},
};
use serde::Serialize;
use utoipa::{
    IntoResponses, PartialSchema, ToSchema,
    openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder, ResponsesBuilder},
};

/// The media type of every problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// How many faults an answer names at most. A list of a hundred thousand bad values fits into a request;
/// naming each would make an answer thirty times as large.
const MOST_ERRORS: usize = 100;

/// What went wrong, for programs (`status`, `code`) and for people (`title`, `detail`).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Always `about:blank`: `code` says which problem it is.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The status in words.
    pub title: String,
    /// The status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What is wrong, and what to do about it.
    pub detail: String,
    /// Stable and made for programs: `not_found`, `stale`, `slug_taken`, ...
    pub code: String,
    /// The id under which the log knows this request.
    pub request_id: Option<String>,
    /// Each fault of the input, to a hundred of them.
    pub errors: Vec<FaultBody>,
    /// With `wrong_state`: the state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// With `wrong_state`: what the caller can do from there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_actions: Option<Vec<String>>,
    /// With `in_use`: what refers to the resource, at most twenty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uses: Option<Vec<UseBody>>,
    /// With `stale`: the version that is stored now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// With `stale`: what others changed since the version that you read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<ChangeBody>>,
    /// In a batch: the number of the operation that failed, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<usize>,
    /// Where to begin anew, for who has followed the change log and comes back too late.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
}

/// A member that somebody changed since you read the resource.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ProblemChange)]
pub struct ChangeBody {
    /// Its name.
    pub field: String,
    /// Who changed it last; `null` where it was the program itself.
    pub by: Option<ChangerBody>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: String,
}

/// Who changed something.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ProblemChanger)]
pub struct ChangerBody {
    /// The account.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// As shown to colleagues.
    pub name: String,
}

/// One fault of an input: where, which rule, in words.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ProblemError)]
pub struct FaultBody {
    /// RFC 6901 pointer into the request document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The query parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// Stable and made for programs: `required`, `too_long`, `invalid_date`, ...
    pub code: String,
    /// In words.
    pub message: String,
}

/// Something that refers to a resource.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ProblemUse)]
pub struct UseBody {
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its identity.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Its title or name.
    pub title: String,
}

/// A refusal on its way out.
#[derive(Debug, Clone)]
pub struct Problem {
    body: Box<ProblemBody>,
    location: Option<String>,
    retry_after: Option<u32>,
    allow: Option<String>,
    limited: Option<Limited>,
    cause: Option<String>,
    stale: Option<Box<Staleness>>,
}

impl Problem {
    /// A problem with this status, code and sentence.
    pub fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self {
            body: Box::new(ProblemBody {
                kind: "about:blank",
                title: status.canonical_reason().unwrap_or("Error").to_owned(),
                status: status.as_u16(),
                detail: detail.into(),
                code: code.to_owned(),
                request_id: None,
                errors: Vec::new(),
                state: None,
                allowed_actions: None,
                uses: None,
                version: None,
                changes: None,
                operation: None,
                snapshot: None,
            }),
            location: None,
            retry_after: None,
            allow: None,
            limited: None,
            cause: None,
            stale: None,
        }
    }

    /// The same problem, saying which limit was met.
    #[must_use]
    pub fn limited_by(mut self, limit: Limited) -> Self {
        self.limited = Some(limit);
        self
    }

    /// 404: there is none, or none that the caller may know of.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "There is no such resource.")
    }

    /// 410: there was one.
    pub fn gone() -> Self {
        Self::new(StatusCode::GONE, "gone", "This was public once and is not any more.")
    }

    /// 410: what came next in the change log is not kept any more; a snapshot is where to begin anew.
    pub fn forgotten(snapshot: String) -> Self {
        let mut problem =
            Self::new(StatusCode::GONE, "gone", "The change log is not kept for so long. Begin anew with a snapshot.");
        problem.body.snapshot = Some(snapshot);
        problem
    }

    /// 301: it is found under another address now.
    pub fn moved(location: String) -> Self {
        Self {
            location: Some(location),
            ..Self::new(StatusCode::MOVED_PERMANENTLY, "moved", "This is found under another address now.")
        }
    }

    /// 405, naming the methods that there are.
    pub fn method_not_allowed(allow: String) -> Self {
        let detail = format!("This address knows {allow} only.");
        Self { allow: Some(allow), ..Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail) }
    }

    /// 400: the document is not what the schema says.
    pub fn malformed(pointer: Option<String>, code: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let top = if code == "unknown_member" { "unknown_member" } else { "malformed_json" };
        Self::new(StatusCode::BAD_REQUEST, top, message.clone()).with(FaultBody {
            pointer,
            parameter: None,
            code: code.to_owned(),
            message,
        })
    }

    /// 400: a query parameter is unknown or does not fit.
    pub fn parameter(name: &str, code: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let stop = if message.ends_with(['?', '.']) { "" } else { "." };
        Self::new(StatusCode::BAD_REQUEST, code, format!("The query parameter {name}: {message}{stop}"))
            .with(FaultBody { pointer: None, parameter: Some(name.to_owned()), code: code.to_owned(), message })
    }

    /// 400: a header does not fit.
    pub fn header(name: &str, code: &str, message: impl Into<String>) -> Self {
        let mut problem = Self::parameter(name, code, message);
        problem.body.detail = problem.body.detail.replacen("query parameter", "header", 1);
        problem
    }

    /// 401, with the challenge that HTTP asks for.
    pub fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "This needs a valid access token: POST /api/v1/auth/login gives one.",
        )
    }

    /// 403: that is about a login, and an API key has none.
    pub fn session_required() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "session_required",
            "An API key has no session and no password. This needs the access token of a login.",
        )
    }

    /// 408: the document did not arrive in time.
    pub fn too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "too_slow", "The document did not arrive in time. Send it again.")
    }

    /// 406: the client takes nothing of what the operation answers in.
    pub fn not_acceptable(media_types: &[String]) -> Self {
        let types = media_types.join(" or ");
        Self::new(
            StatusCode::NOT_ACCEPTABLE,
            "not_acceptable",
            format!("This answers in {types}, which your Accept excludes."),
        )
    }

    /// 413.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
    }

    /// 415.
    pub fn unsupported(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
    }

    /// 428: a write of something that may have changed must say which version it means.
    pub fn precondition_required() -> Self {
        Self::new(
            StatusCode::PRECONDITION_REQUIRED,
            "precondition_required",
            "Send If-Match with the version you read, so that nobody's edit is lost.",
        )
    }

    /// 412: somebody else was faster.
    pub fn stale() -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "stale",
            "The resource was changed since you read it. Read it again and repeat your change.",
        )
    }

    /// 503: come again in so many seconds.
    pub fn unavailable(cause: impl Into<String>) -> Self {
        Self {
            retry_after: Some(1),
            cause: Some(cause.into()),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "A part of the service cannot be reached now. Try again shortly.",
            )
        }
    }

    /// 500: a fault of ours; `cause` goes to the log only.
    pub fn internal(cause: impl Into<String>) -> Self {
        Self {
            cause: Some(cause.into()),
            ..Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "Something went wrong on our side. Give the request id to who runs this service.",
            )
        }
    }

    /// 422 with every fault named.
    pub fn invalid(violations: Vec<Violation>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Some values break a rule; each is named in errors.")
            .with_all(violations)
    }

    fn with(mut self, fault: FaultBody) -> Self {
        self.body.errors.push(fault);
        self
    }

    fn with_all(mut self, violations: Vec<Violation>) -> Self {
        // One fault names the problem; several share the general code.
        if let ([only], "invalid") = (violations.as_slice(), self.body.code.as_str()) {
            self.body.code = only.code.to_owned();
            let place = if only.pointer.is_empty() { "The document" } else { &only.pointer };
            self.body.detail = format!("{place}: {}.", only.message.trim_end_matches('.'));
        }
        if violations.len() > MOST_ERRORS {
            self.body.detail =
                format!("{} The first {MOST_ERRORS} of {} are named.", self.body.detail, violations.len());
        }
        self.body.errors.extend(violations.into_iter().take(MOST_ERRORS).map(|violation| FaultBody {
            pointer: Some(violation.pointer),
            parameter: None,
            code: violation.code.to_owned(),
            message: violation.message,
        }));
        self
    }

    /// The problem of an operation of an atomic batch: its faults are named by their place in the batch.
    #[must_use]
    pub fn of_operation(mut self, n: usize) -> Self {
        self.body.operation = Some(n);
        for pointer in self.body.errors.iter_mut().filter_map(|fault| fault.pointer.as_mut()) {
            *pointer = format!("/operations/{n}/body{pointer}");
        }
        self
    }

    /// The stable code, for the access log.
    pub fn code(&self) -> &str {
        &self.body.code
    }

    /// What happened inside, for the log only.
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        match error {
            AppError::NotFound => Self::not_found(),
            AppError::Gone => Self::gone(),
            AppError::Unauthenticated => Self::unauthenticated(),
            AppError::TokenExpired => {
                Self::new(StatusCode::UNAUTHORIZED, "token_expired", "The access token has expired. Log in again.")
            }
            AppError::AddressNotAllowed => Self::new(
                StatusCode::FORBIDDEN,
                "address_not_allowed",
                "This API key may not be used from where you are. Whoever gave it can allow your network.",
            ),
            AppError::Forbidden => Self::new(
                StatusCode::FORBIDDEN,
                "forbidden",
                "The permissions of your role, or of your API key, do not include that.",
            ),
            AppError::Invalid(violations) => Self::invalid(violations.into_vec()),
            AppError::Blocked(blocker) => blocker.into(),
            AppError::Stale(staleness) => {
                let mut problem = Self::stale();
                problem.body.version = (staleness.version > 0).then_some(staleness.version);
                problem.body.changes = Some(Vec::new());
                problem.stale = Some(staleness);
                problem
            }
            AppError::IdempotencyMismatch => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_mismatch",
                "That Idempotency-Key came with another body before. Use a new key for a new request.",
            ),
            AppError::NotPublishable(reasons) => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "not_publishable",
                "This cannot be published as it is; each reason is named in errors.",
            )
            .with_all(reasons),
            AppError::TooLarge(detail) => Self::too_large(detail),
            AppError::UnsupportedMedia(detail) => Self::unsupported(detail),
            AppError::RateLimited(seconds) => Self {
                retry_after: Some(seconds),
                ..Self::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "rate_limited",
                    "Too many tries. Wait as long as Retry-After says.",
                )
            },
            AppError::Unavailable(cause) => Self::unavailable(cause),
            AppError::Internal(cause) => Self::internal(cause),
        }
    }
}

impl From<Blocker> for Problem {
    fn from(blocker: Blocker) -> Self {
        let conflict = |code, detail: &str| Self::new(StatusCode::CONFLICT, code, detail);
        let at = |problem: Self, pointer: &str| {
            let (code, message) = (problem.body.code.clone(), problem.body.detail.clone());
            problem.with(FaultBody { pointer: Some(pointer.to_owned()), parameter: None, code, message })
        };
        match blocker {
            Blocker::SlugTaken => at(conflict("slug_taken", "Another resource has, or had, that slug."), "/slug"),
            Blocker::EmailTaken => at(conflict("email_taken", "Another account has that address."), "/email"),
            Blocker::NameTaken => {
                at(conflict("name_taken", "Another one has that name, marks and case aside."), "/name")
            }
            Blocker::TranslationTaken => {
                at(conflict("translation_taken", "That text already exists in that language."), "/locale")
            }
            Blocker::IdTaken => at(conflict("id_taken", "A resource with that id exists."), "/id"),
            Blocker::AlreadyPublic => {
                at(conflict("already_public", "The public sees it now; withdraw it first, or set only its end."), "/at")
            }
            Blocker::Revoked => conflict("revoked", "That key was revoked, for ever. Give another one."),
            Blocker::InProgress => Self {
                retry_after: Some(1),
                ..conflict("request_in_progress", "The same request is being worked on. Ask again shortly.")
            },
            Blocker::FourEyes => {
                conflict("four_eyes", "Nobody approves what they made or wrote last. Ask somebody else.")
            }
            Blocker::InUse(uses) => {
                let mut problem = conflict("in_use", "Other resources refer to it; change them first.");
                problem.body.uses = Some(
                    uses.into_iter()
                        .map(|(kind, id, title)| UseBody { kind: kind.name().to_owned(), id: id.to_string(), title })
                        .collect(),
                );
                problem
            }
            Blocker::ShippedRole => conflict(
                "shipped_role",
                "That role ships with the program: it is not deleted, and the admin's is not changed either.",
            ),
            Blocker::WrongState { state, allowed } => {
                let mut problem = conflict("wrong_state", "That cannot be done from the state in which the item is.");
                problem.body.state = Some(state.name().to_owned());
                problem.body.allowed_actions = Some(allowed.iter().map(|action| action.name().to_owned()).collect());
                problem
            }
        }
    }
}

impl ChangeBody {
    fn new(change: &ChangedField, zone: &SiteZone) -> Self {
        let by = change.by.as_ref().map(|user| ChangerBody { id: user.id.to_string(), name: user.name.to_string() });
        Self { field: change.field.clone(), by, at: change.at.to_text_in(zone) }
    }
}

impl From<Violations> for Problem {
    fn from(violations: Violations) -> Self {
        Self::invalid(violations.into_vec())
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self::new(StatusCode::BAD_REQUEST, fault.code, fault.message)
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.body.code)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.body.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        if let Some(location) = &self.location {
            response.insert_header((header::LOCATION, location.as_str()));
            // An address that moved has moved for good, and may be remembered as long as an answer.
            response.insert_header((header::CACHE_CONTROL, "public, max-age=10, s-maxage=30"));
        }
        if let Some(seconds) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        for (name, value) in self.limited.into_iter().flat_map(Limited::fields) {
            response.insert_header((name, value));
        }
        if let Some(allow) = &self.allow {
            response.insert_header((header::ALLOW, allow.as_str()));
        }
        if self.status_code() == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\""));
        }
        // The middleware that knows the request's id writes it in; it reads the problem from here.
        response.extensions_mut().insert(self.clone());
        response.content_type(PROBLEM_JSON).json(&*self.body)
    }
}

impl Problem {
    /// The problem of the request with that id.
    #[must_use]
    pub fn with_request_id(mut self, id: &str) -> Self {
        self.body.request_id = Some(id.to_owned());
        self
    }

    /// The same problem with its times as the site has them: who refuses knows no zone.
    #[must_use]
    pub fn told_in(mut self, zone: &SiteZone) -> Self {
        if let Some(stale) = self.stale.take() {
            self.body.changes = Some(stale.changes.iter().map(|change| ChangeBody::new(change, zone)).collect());
        }
        self
    }

    /// The body with the request's id in it.
    pub fn to_json(&self, request_id: &str) -> Vec<u8> {
        let body = ProblemBody { request_id: Some(request_id.to_owned()), ..(*self.body).clone() };
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

impl IntoResponses for Problem {
    fn responses() -> std::collections::BTreeMap<String, RefOr<Response>> {
        let problem = |description: &str| {
            ResponseBuilder::new()
                .description(description)
                .content(PROBLEM_JSON, ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build())
                .build()
        };
        ResponsesBuilder::new()
            .response("4XX", problem("The request cannot be served as it is; `code` says why."))
            .response("5XX", problem("The service has a fault or no room now; 503 comes with Retry-After."))
            .build()
            .into()
    }
}

/// The schemas that problems need, for the document.
pub fn schemas() -> Vec<(String, RefOr<utoipa::openapi::Schema>)> {
    let mut schemas = vec![("Problem".to_owned(), ProblemBody::schema())];
    ProblemBody::schemas(&mut schemas);
    schemas
}
