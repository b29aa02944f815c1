//! Accounts for who looks after them. There is no deleting: an account that ever acted is who it was.

use actix_web::{HttpRequest, get, patch, post, web::Data};
use bantin_application::users::{self, UserFilter};
use bantin_domain::{policy::RoleName, user::User};

use super::{
    view::{ColleagueView, InvitedUserView, LinkView},
    write::{InvitationWrite, UserWrite},
};
use crate::{
    Api,
    auth::write::NoRepeat,
    directory::NoQuery,
    extract::{Caller, EditMatch, JsonBody, PathId},
    list::{Filter, List, ListQuery},
    problem::Problem,
    reply::{Created, Desk},
};

/// The accounts.
#[derive(Debug, Clone)]
pub struct Users;

impl List for Users {
    const NAME: &'static str = "users";
    const FILTERS: &'static [Filter] = &[
        Filter::text("role", "Those with this role."),
        Filter::text("disabled", "`true`: those that are shut out; `false`: those that are not."),
    ];
    const HAS_LOCALE: bool = false;
}

/// List the accounts
///
/// Oldest first. `email` is shown to who may administer accounts, and is `null` for others.
#[utoipa::path(tag = "editorial users", params(ListQuery<Users>))]
#[get("/users")]
pub async fn list_users(
    caller: Caller,
    api: Data<Api>,
    query: ListQuery<Users>,
    request: HttpRequest,
) -> Result<Desk<Vec<ColleagueView>>, Problem> {
    let flag = |text: &str| match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    };
    let filter = UserFilter {
        role: query.parsed("role", |name| RoleName::parse(name).ok(), "the name of a role")?,
        disabled: query.parsed("disabled", flag, "true or false")?,
    };
    let page = query.page.clone();
    let slice = api.app.desk(caller.who, move |desk, actor| users::page(desk, &actor, &filter, &page)).await?;
    let (page, links) = query.describe(&slice, &request);
    let views = slice.rows.into_iter().map(|one| ColleagueView::new(one, &api.render));
    Ok(Desk::list(views.collect(), page, links))
}

/// Invite somebody
///
/// Makes an account without a password, and a link by which its owner chooses one. Hand `invitation.token`
/// over: it is shown once, good once and for an hour, and redeemed at `POST /api/v1/auth/accept`. Nobody
/// gives a role that may do more than they may themselves.
#[utoipa::path(tag = "editorial users", request_body = InvitationWrite)]
#[post("/users")]
pub async fn invite_user(
    caller: Caller,
    api: Data<Api>,
    _no_key: NoRepeat,
    write: JsonBody<InvitationWrite>,
) -> Result<Created<InvitedUserView>, Problem> {
    let new = write.0.parse()?;
    let (made, link) = api.app.write_rights(caller.who, move |act| users::invite(act, new)).await?;
    let version = made.account.version;
    let view = InvitedUserView {
        colleague: ColleagueView::new(made, &api.render),
        invitation: LinkView::new(&link, &api.render),
    };
    Ok(Created::at(api.render.address("editorial/users", &view.colleague.user.id), view, version))
}

/// Read an account
///
/// Its role, its sections, and whether it may log in.
#[utoipa::path(tag = "editorial users", params(PathId<User>))]
#[get("/users/{id}")]
pub async fn get_user(
    caller: Caller,
    api: Data<Api>,
    id: PathId<User>,
    _query: NoQuery,
) -> Result<Desk<ColleagueView>, Problem> {
    let found = api.app.desk(caller.who, move |desk, actor| users::get(desk, &actor, id.0)).await?;
    let version = found.account.version;
    Ok(Desk::one(ColleagueView::new(found, &api.render), version))
}

/// Change an account
///
/// A merge patch. Who is shut out, or gets another role, loses all sessions at once, on every node. The last
/// admin can be neither shut out nor given another role: 422 `last_admin`. Nobody
/// touches an account that may do more than they may themselves.
#[utoipa::path(tag = "editorial users", params(PathId<User>, EditMatch), request_body = UserWrite)]
#[patch("/users/{id}")]
pub async fn update_user(
    caller: Caller,
    api: Data<Api>,
    id: PathId<User>,
    version: EditMatch,
    write: JsonBody<UserWrite>,
) -> Result<Desk<ColleagueView>, Problem> {
    let changes = write.0.parse()?;
    let edited = api.app.write_rights(caller.who, move |act| users::edit(act, id.0, version.0, changes)).await?;
    let version = edited.account.version;
    Ok(Desk::one(ColleagueView::new(edited, &api.render), version))
}

/// Make a link to choose another password
///
/// Hand the token over: it is shown once, good once and for an hour, and redeemed at
/// `POST /api/v1/auth/accept`. Links that were made before are void; the current password stays good until
/// the link is redeemed.
#[utoipa::path(tag = "editorial users", params(PathId<User>))]
#[post("/users/{id}/reset")]
pub async fn reset_user(
    caller: Caller,
    api: Data<Api>,
    id: PathId<User>,
    _no_key: NoRepeat,
) -> Result<Desk<LinkView>, Problem> {
    let link = api.app.write_rights(caller.who, move |act| users::reset(act, id.0)).await?;
    Ok(Desk::plain(LinkView::new(&link, &api.render)))
}
