//! The synonyms of the search for the desk.

use actix_web::{get, put, web::Data};
use bantin_application::search;

use super::{view::SynonymListView, write::SynonymListWrite};
use crate::{
    Api,
    directory::NoQuery,
    extract::{Caller, IfMatch, JsonBody},
    problem::Problem,
    reply::Desk,
};

/// Read the synonyms
///
/// Which words mean the same to the search: abbreviations and their long forms.
#[utoipa::path(tag = "editorial search")]
#[get("/synonyms")]
pub async fn editorial_get_synonyms(
    caller: Caller,
    api: Data<Api>,
    _: NoQuery,
) -> Result<Desk<SynonymListView>, Problem> {
    let list = api.app.desk(caller.who, |desk, actor| search::synonyms(desk, &actor)).await?;
    let version = list.version;
    Ok(Desk::one(list.into(), version))
}

/// Replace the synonyms
///
/// Puts a list in place of the one that is there. It holds from the next search on.
#[utoipa::path(tag = "editorial search", params(IfMatch), request_body = SynonymListWrite)]
#[put("/synonyms")]
pub async fn replace_synonyms(
    caller: Caller,
    api: Data<Api>,
    version: IfMatch,
    _: NoQuery,
    write: JsonBody<SynonymListWrite>,
) -> Result<Desk<SynonymListView>, Problem> {
    let groups = write.0.parse()?;
    let list = api.app.write(caller.who, move |act| search::edit_synonyms(act, version.0, groups)).await?;
    let version = list.version;
    Ok(Desk::one(list.into(), version))
}
