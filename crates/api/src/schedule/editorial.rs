//! The schedule for the desk.

use actix_web::{get, web::Data};
use bantin_application::schedule;

use super::{query::ScheduleParameters, view::ScheduleEntryView};
use crate::{Api, directory::whole, extract::Caller, problem::Problem, reply::Desk};

/// Read the schedule
///
/// What will come into the public's sight and what will go out of it, in the order in which it will happen. An item
/// that comes and goes stands there twice. Only what the caller may read.
#[utoipa::path(tag = "editorial schedule", params(ScheduleParameters))]
#[get("/schedule")]
pub async fn editorial_get_schedule(
    caller: Caller,
    api: Data<Api>,
    query: ScheduleParameters,
) -> Result<Desk<Vec<ScheduleEntryView>>, Problem> {
    let all = api.app.desk(caller.who, move |desk, actor| schedule::list(desk, &actor, &query.0)).await?;
    Ok(Desk::list(all.into_iter().map(|one| ScheduleEntryView::new(one, &api.render)).collect(), whole(), None))
}
