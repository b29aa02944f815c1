//! One operation of a batch: read and parsed before the transaction, done inside it.

use actix_web::http::StatusCode;
use bantin_application::{
    Act, AppError, Precondition, attendees, events, idempotency::KeptAnswer, media, previews, search, site,
};
use bantin_domain::{
    article::Article,
    event::{Event, EventId},
    id::Id,
    page::Page,
    speech::Speech,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    directory,
    write::{Document, Method, OperationWrite},
};
use crate::{
    Render,
    attendees::{
        editorial::WholeList,
        view::DeskAttendeeView,
        write::{AttendeeListWrite, AttendeeWrite},
    },
    comments::{editorial as comments, write::CommentWrite},
    desk::{self, DeskKind, PathStep, StepWrite, Work},
    events::write::ProgrammeWrite,
    extract::{self, EditMatch, IfMatch},
    media::{view::DeskMediaView, write::MediaWrite},
    problem::Problem,
    reply::{Created, Desk, Kept, NoContent},
    revisions::{editorial as revisions, path::parse_number, write::RevisionWrite},
    search::{view::SynonymListView, write::SynonymListWrite},
    site::{view::DeskSiteView, write::SiteWrite},
};

/// What an operation does inside the transaction, and the answer that it would have by itself.
pub type Prepared = Work<KeptAnswer>;

/// Prepares an act whose answer can be kept.
pub fn prepared<R: Kept>(
    act: impl FnOnce(&mut Act<'_, '_>, &Render) -> Result<R, AppError> + Send + 'static,
) -> Prepared {
    Box::new(move |inner, render| act(inner, render)?.keep())
}

/// An operation as it came in.
pub struct Operation {
    /// Its method.
    pub method: Method,
    path: String,
    query: String,
    if_match: Option<String>,
    body: Option<Document>,
}

/// Prepares an operation.
///
/// # Errors
/// What it would answer by itself to what it says: 400, 404, 412, 422, 428.
pub fn prepare((method, write): (Method, OperationWrite)) -> Result<Prepared, Problem> {
    let operation = Operation::of(method, write);
    let path = operation.path.clone();
    let steps: Vec<&str> = path.split('/').collect();
    if let Some(reason) = reason_against(operation.method, &steps) {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "not_in_a_batch", reason));
    }
    match steps.as_slice() {
        ["events", event, "attendees", rest @ ..] => attendee(operation, event, rest),
        ["events", event, "programme"] => programme(operation, event),
        ["articles", rest @ ..] => content::<Article>(operation, rest),
        ["events", rest @ ..] => content::<Event>(operation, rest),
        ["speeches", rest @ ..] => content::<Speech>(operation, rest),
        ["pages", rest @ ..] => content::<Page>(operation, rest),
        ["categories", rest @ ..] => directory::category(operation, rest),
        ["tags", rest @ ..] => directory::tag(operation, rest),
        ["people", rest @ ..] => directory::person(operation, rest),
        ["organisations", rest @ ..] => directory::organisation(operation, rest),
        ["media", rest @ ..] => media_texts(operation, rest),
        ["site"] => the_site(operation),
        ["synonyms"] => the_synonyms(operation),
        _ => Err(operation.unknown()),
    }
}

/// Why a write of the desk cannot be one of many, if it cannot.
fn reason_against(method: Method, steps: &[&str]) -> Option<&'static str> {
    match (method, steps) {
        (Method::Post, ["media"]) => Some("A picture is uploaded by itself: a batch holds JSON, and no bytes."),
        (Method::Post, [_, _, "preview-links"]) => {
            Some("A preview link is made by itself: its token is told once, and the results of a batch are kept.")
        }
        (Method::Put, ["stats", "baseline"]) => {
            Some("The baseline is set by itself: the statistics have a transaction of their own.")
        }
        (Method::Post, ["visits", "batch"]) => {
            Some("Visits are sent by themselves: they are counted in a transaction of their own.")
        }
        (Method::Post, ["batch"]) => Some("A batch holds no other batch."),
        (_, ["users" | "roles" | "api-keys", ..]) => {
            Some("Accounts, roles and API keys are changed one by one: whoever changes them takes turns.")
        }
        (_, ["webhooks", ..]) => {
            Some("Webhooks are changed one by one: a secret is told once, and the results of a batch are kept.")
        }
        _ => None,
    }
}

impl Operation {
    fn of(method: Method, write: OperationWrite) -> Self {
        let (path, query) = write.path.split_once('?').unwrap_or((&write.path, ""));
        let below = path.strip_prefix("/api/v1/editorial").unwrap_or(path);
        // Without its slash it is no path, and so none that is known.
        let path = below.strip_prefix('/').unwrap_or_default().to_owned();
        Self { method, path, query: query.to_owned(), if_match: write.if_match, body: write.body }
    }

    /// The document of a write; whoever sends none is told as by itself.
    pub fn document<T: DeserializeOwned>(self) -> Result<T, Problem> {
        match self.body {
            None => extract::parse(b""),
            Some(body) => read(body),
        }
    }

    /// An id out of its path. What is no id names nothing.
    pub fn id<T>(text: &str) -> Result<Id<T>, Problem> {
        text.parse().map_err(|_| Problem::not_found())
    }

    /// The version that it means.
    pub fn version(&self) -> Result<IfMatch, Problem> {
        let tag = self.if_match.as_deref().ok_or_else(Problem::precondition_required)?;
        extract::version(tag).map(IfMatch).ok_or_else(Problem::stale)
    }

    /// The version that an edit was made against, and whether it may be merged.
    pub fn precondition(&self) -> Result<Precondition, Problem> {
        let merge = self.is_told("merge=fields")?;
        Ok(Precondition { version: self.version()?.0, merge })
    }

    /// Whether the query says this; anything else in it is refused.
    fn is_told(&self, what: &str) -> Result<bool, Problem> {
        match self.query.as_str() {
            "" => Ok(false),
            told if told == what => Ok(true),
            _ => Err(Problem::parameter("path", "unknown_parameter", format!("knows no query but ?{what} here"))),
        }
    }

    /// Refuses any query.
    pub fn no_query(&self) -> Result<(), Problem> {
        match self.query.as_str() {
            "" => Ok(()),
            _ => Err(Problem::parameter("path", "unknown_parameter", "knows no query here")),
        }
    }

    /// The refusal of what a batch cannot do.
    pub fn unknown(&self) -> Problem {
        let detail = "There is no such write at the desk; the paths are those below /api/v1/editorial.";
        Problem::new(StatusCode::BAD_REQUEST, "unknown_operation", detail)
    }
}

fn read<T: DeserializeOwned>(body: Document) -> Result<T, Problem> {
    let bytes = serde_json::to_vec(&Value::Object(body.0));
    extract::parse(&bytes.map_err(|error| Problem::internal(error.to_string()))?)
}

fn content<C: DeskKind>(operation: Operation, rest: &[&str]) -> Result<Prepared, Problem> {
    match (operation.method, rest) {
        (Method::Post, []) => {
            operation.no_query()?;
            Ok(prepared(desk::creation::<C>(operation.document()?)?))
        }
        (Method::Patch, [id]) => {
            let (id, precondition) = (Operation::id::<C>(id)?, EditMatch(operation.precondition()?));
            Ok(prepared(desk::change(id, precondition, operation.document()?)?))
        }
        (Method::Delete, [id]) => {
            let (id, for_ever) = (Operation::id::<C>(id)?, operation.is_told("purge=true")?);
            Ok(prepared(desk::removal(id, operation.version()?, for_ever)))
        }
        (Method::Post, [id, "actions", step]) => {
            operation.no_query()?;
            let step = PathStep::parse(step).ok_or_else(Problem::not_found)?;
            let target = (Operation::id::<C>(id)?, operation.version()?);
            // All members of a step are optional, so that its document is too.
            let write: StepWrite = operation.body.map(read).transpose()?.unwrap_or_default();
            Ok(prepared(desk::a_step(target, step, write)?))
        }
        (Method::Post, [id, "comments"]) => {
            operation.no_query()?;
            let id = Operation::id::<C>(id)?;
            Ok(prepared(comments::saying(id, operation.document::<CommentWrite>()?.parse()?)))
        }
        (Method::Patch, [id, "revisions", number]) => {
            operation.no_query()?;
            let (id, number) = (Operation::id::<C>(id)?, revision(number)?);
            Ok(prepared(revisions::naming(id, number, operation.document::<RevisionWrite>()?.parse()?)))
        }
        (Method::Post, [id, "revisions", number, "restore"]) => {
            operation.no_query()?;
            let (id, number) = (Operation::id::<C>(id)?, revision(number)?);
            Ok(prepared(revisions::restoring(id, number, operation.version()?)))
        }
        (Method::Delete, [id, "preview-links", link]) => {
            operation.no_query()?;
            let (id, link) = (Operation::id::<C>(id)?, Operation::id(link)?);
            Ok(prepared(move |act, _| {
                previews::revoke(act, id, link)?;
                Ok(NoContent)
            }))
        }
        _ => Err(operation.unknown()),
    }
}

/// The number of a revision out of a path. What is none names nothing.
fn revision(text: &str) -> Result<i64, Problem> {
    parse_number(text).ok_or_else(Problem::not_found)
}

fn programme(operation: Operation, event: &str) -> Result<Prepared, Problem> {
    if operation.method != Method::Put {
        return Err(operation.unknown());
    }
    operation.no_query()?;
    let (event, version) = (Operation::id::<Event>(event)?, operation.version()?);
    let ids = operation.document::<ProgrammeWrite>()?.parse()?;
    Ok(prepared(move |act, render| {
        let edited = events::set_programme(act, event, version.0, &ids)?;
        let (view, version) = desk::show(act, edited, render)?;
        Ok(Desk::one(view, version))
    }))
}

fn attendee(operation: Operation, event: &str, rest: &[&str]) -> Result<Prepared, Problem> {
    let event: EventId = Operation::id(event)?;
    match (operation.method, rest) {
        (Method::Put, []) => {
            operation.no_query()?;
            let version = operation.version()?;
            let items = operation.document::<AttendeeListWrite>()?.parse()?;
            Ok(prepared(move |act, render| {
                Ok(WholeList::new(attendees::replace(act, event, version.0, items)?, render))
            }))
        }
        (Method::Post, []) => {
            operation.no_query()?;
            let changes = operation.document::<AttendeeWrite>()?.parse()?;
            Ok(prepared(move |act, render| {
                let view = DeskAttendeeView::new(attendees::create(act, event, changes)?, render);
                let at = render.address(&format!("editorial/events/{event}/attendees"), &view.id);
                let version = view.version;
                Ok(Created::at(at, view, version))
            }))
        }
        (Method::Patch, [id]) => {
            let (id, precondition) = (Operation::id(id)?, operation.precondition()?);
            let changes = operation.document::<AttendeeWrite>()?.parse()?;
            Ok(prepared(move |act, render| {
                let view = DeskAttendeeView::new(attendees::edit(act, event, id, precondition, changes)?, render);
                let version = view.version;
                Ok(Desk::one(view, version))
            }))
        }
        (Method::Delete, [id]) => {
            operation.no_query()?;
            let (id, version) = (Operation::id(id)?, operation.version()?);
            Ok(prepared(move |act, _| {
                attendees::delete(act, event, id, version.0)?;
                Ok(NoContent)
            }))
        }
        _ => Err(operation.unknown()),
    }
}

/// The texts of a picture, or its end.
fn media_texts(operation: Operation, rest: &[&str]) -> Result<Prepared, Problem> {
    match (operation.method, rest) {
        (Method::Patch, [id]) => {
            let (id, precondition) = (Operation::id(id)?, operation.precondition()?);
            let changes = operation.document::<MediaWrite>()?.parse()?;
            Ok(prepared(move |act, render| {
                let edited = media::edit(act, id, precondition, changes)?;
                let version = edited.version;
                Ok(Desk::one(DeskMediaView::new(edited, &act.actor, render), version))
            }))
        }
        (Method::Delete, [id]) => {
            operation.no_query()?;
            let (id, version) = (Operation::id(id)?, operation.version()?);
            Ok(prepared(move |act, _| {
                media::delete(act, id, version.0)?;
                Ok(NoContent)
            }))
        }
        _ => Err(operation.unknown()),
    }
}

fn the_synonyms(operation: Operation) -> Result<Prepared, Problem> {
    if operation.method != Method::Put {
        return Err(operation.unknown());
    }
    operation.no_query()?;
    let version = operation.version()?;
    let groups = operation.document::<SynonymListWrite>()?.parse()?;
    Ok(prepared(move |act, _| {
        let list = search::edit_synonyms(act, version.0, groups)?;
        let version = list.version;
        Ok(Desk::one(SynonymListView::from(list), version))
    }))
}

fn the_site(operation: Operation) -> Result<Prepared, Problem> {
    if operation.method != Method::Patch {
        return Err(operation.unknown());
    }
    let precondition = operation.precondition()?;
    let changes = operation.document::<SiteWrite>()?.parse()?;
    Ok(prepared(move |act, render| {
        let site = site::edit(act, precondition, changes)?;
        let version = site.version;
        Ok(Desk::one(DeskSiteView::new(site, &act.actor, render), version))
    }))
}
