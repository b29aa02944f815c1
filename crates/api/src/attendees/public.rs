//! Attendees for everybody: those whom an editor made public.

use actix_web::{HttpRequest, get, web::Data};
use bantin_application::attendees;
use bantin_domain::event::Event;

use super::view::AttendeeView;
use crate::{
    Api,
    extract::PathRef,
    list::{Filter, List, ListQuery},
    problem::Problem,
    reply::{Public, found},
};

/// The public list of an event's attendees.
#[derive(Debug, Clone)]
pub struct Attendees;

impl List for Attendees {
    const NAME: &'static str = "attendees";
    const FILTERS: &'static [Filter] = &[];
    const HAS_LOCALE: bool = false;
}

/// List the attendees of an event
///
/// Those whom an editor made public, in order, as of the event's last publication. `personId` is `null`
/// while that person is not public: being an attendee alone makes nobody public.
#[utoipa::path(tag = "events", params(PathRef<Event>, ListQuery<Attendees>), security(()))]
#[get("/events/{ref}/attendees")]
pub async fn list_attendees(
    api: Data<Api>,
    reference: PathRef<Event>,
    query: ListQuery<Attendees>,
    request: HttpRequest,
) -> Result<Public<Vec<AttendeeView>>, Problem> {
    let page = query.page.clone();
    let lookup = api.app.public(move |reader| attendees::public_list(reader, &reference.0, &page)).await?;
    let slice = found(lookup, &request, |slug| format!("{}/attendees", api.render.address("events", slug.as_str())))?;
    let (page, links) = query.describe(&slice, &request);
    Ok(Public::list(slice.rows.into_iter().map(Into::into).collect(), page, links))
}
