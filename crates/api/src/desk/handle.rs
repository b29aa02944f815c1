//! What the handlers of every kind of content do.

use actix_web::HttpRequest;
use bantin_application::{
    Act, AppError, content,
    workflow::{self, Step},
};
use bantin_domain::{content::DeskItem, id::Id};

use super::{DeskKind, PathStep, StepWrite, lists::item_filter};
use crate::{
    Api, Render,
    body::BodyFormat,
    extract::{Caller, DryRun, EditMatch, IfMatch},
    list::{List, ListQuery, Sparse},
    problem::Problem,
    read::ReadQuery,
    reply::{Created, Desk, NoContent},
};

/// What a request does inside its transaction, with the answer that it makes there.
pub type Work<R> = Box<dyn FnOnce(&mut Act<'_, '_>, &Render) -> Result<R, AppError> + Send>;

/// A page of items. Their texts are left out unless they are asked for.
///
/// # Errors
/// 400 for what cannot be asked, and those of the use case.
pub async fn list<C: DeskKind, L: List>(
    api: &Api,
    caller: Caller,
    query: ListQuery<L>,
    request: &HttpRequest,
) -> Result<Desk<Vec<Sparse<C::View>>>, Problem> {
    let filter = item_filter(&query, api.app.settings().zone.clone())?;
    let (page, render) = (query.page.clone(), api.render.clone());
    let format = query.body.unwrap_or(BodyFormat::Blocks);
    let slice = api
        .app
        .desk(caller.who, move |desk, actor| {
            let mut slice = content::list::<C>(desk, &actor, filter, &page)?;
            let items = std::mem::take(&mut slice.rows);
            let views = C::views(desk, items, format, &render)?;
            Ok((slice.map(|_: DeskItem<C>| ()), views))
        })
        .await?;
    let (page, links) = query.describe(&slice.0, request);
    let fields = query.fields.without_text();
    Ok(Desk::list(slice.1.into_iter().map(|view| fields.of_one(view)).collect(), page, links))
}

/// One item.
///
/// # Errors
/// Those of the use case.
pub async fn read<C: DeskKind>(
    api: &Api,
    caller: Caller,
    id: Id<C>,
    query: ReadQuery,
) -> Result<Desk<C::View>, Problem> {
    let render = api.render.clone();
    let format = query.body.unwrap_or(BodyFormat::Blocks);
    api.app
        .desk(caller.who, move |desk, actor| {
            let found = content::get::<C>(desk, &actor, id)?;
            let version = found.item.version;
            Ok(Desk::one(only(C::views(desk, vec![found], format, &render)?)?, version))
        })
        .await
        .map_err(Into::into)
}

/// Makes an item.
///
/// # Errors
/// Those of the use case.
pub async fn create<C: DeskKind>(api: &Api, caller: Caller, write: C::Write) -> Result<Created<C::View>, Problem> {
    api.perform(caller, creation::<C>(write)?).await
}

/// What making an item does inside its transaction.
///
/// # Errors
/// 422 with each fault of the write.
pub fn creation<C: DeskKind>(write: C::Write) -> Result<Work<Created<C::View>>, Problem> {
    let (birth, write, warnings) = C::parse(write)?;
    Ok(Box::new(move |act, render| {
        let made = C::create(act, birth, write)?;
        let at = render.address(&format!("editorial/{}", C::COLLECTION), &made.item.id.to_string());
        let (view, version) = show(act, made, render)?;
        Ok(Created::at(at, view, version).warned(warnings))
    }))
}

/// Changes an item.
///
/// # Errors
/// Those of the use case.
pub async fn update<C: DeskKind>(
    api: &Api,
    caller: Caller,
    id: Id<C>,
    precondition: EditMatch,
    write: C::Write,
) -> Result<Desk<C::View>, Problem> {
    api.perform(caller, change(id, precondition, write)?).await
}

/// What changing an item does inside its transaction.
///
/// # Errors
/// 422 with each fault of the write.
pub fn change<C: DeskKind>(
    id: Id<C>,
    precondition: EditMatch,
    write: C::Write,
) -> Result<Work<Desk<C::View>>, Problem> {
    let (write, warnings) = C::parse_patch(write)?;
    Ok(Box::new(move |act, render| {
        let edited = C::edit(act, id, precondition.0, write)?;
        let (view, version) = show(act, edited, render)?;
        Ok(Desk::one(view, version).warned(warnings))
    }))
}

/// Takes a step of the workflow with an item, or says what would come of it.
///
/// # Errors
/// Those of the use case.
pub async fn take_step<C: DeskKind>(
    api: &Api,
    caller: Caller,
    target: (Id<C>, IfMatch),
    (step, write): (PathStep, StepWrite),
    dry_run: DryRun,
) -> Result<Desk<C::View>, Problem> {
    let work = a_step(target, step, write)?;
    if dry_run.0 {
        let render = api.render.clone();
        return Ok(api.app.rehearse(caller.who, move |act| work(act, &render)).await?);
    }
    api.perform(caller, work).await
}

/// What a step of the workflow does inside its transaction.
///
/// # Errors
/// 400 and 422 with each fault of the write.
pub fn a_step<C: DeskKind>(
    (id, version): (Id<C>, IfMatch),
    step: PathStep,
    write: StepWrite,
) -> Result<Work<Desk<C::View>>, Problem> {
    let (step, with) = write.parse(step, C::ALONG)?;
    Ok(Box::new(move |act, render| {
        let taken = C::take_step(act, id, version.0, &step, &with)?;
        let (view, version) = show(act, taken, render)?;
        Ok(Desk::one(view, version))
    }))
}

/// Puts an item in the trash, or takes it out of it for ever.
///
/// # Errors
/// Those of the use case.
pub async fn discard<C: DeskKind>(
    api: &Api,
    caller: Caller,
    id: Id<C>,
    version: IfMatch,
    for_ever: bool,
) -> Result<NoContent, Problem> {
    api.perform(caller, removal(id, version, for_ever)).await
}

/// What removing an item does inside its transaction.
pub fn removal<C: DeskKind>(id: Id<C>, version: IfMatch, for_ever: bool) -> Work<NoContent> {
    Box::new(move |act, _| {
        if for_ever {
            workflow::purge(act, id, version.0)?;
        } else {
            let _ = C::take_step(act, id, version.0, &Step::Trash, &[])?;
        }
        Ok(NoContent)
    })
}

/// The view of an item inside its transaction, and the version for `If-Match`.
pub fn show<C: DeskKind>(
    act: &mut Act<'_, '_>,
    item: DeskItem<C>,
    render: &Render,
) -> Result<(C::View, i64), AppError> {
    let version = item.item.version;
    Ok((only(C::views(act.tx, vec![item], BodyFormat::Blocks, render)?)?, version))
}

fn only<T>(views: Vec<T>) -> Result<T, AppError> {
    views.into_iter().next().ok_or_else(|| AppError::Internal("an item has no view".to_owned()))
}
