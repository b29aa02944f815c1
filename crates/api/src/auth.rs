//! Logging in, staying in, and logging out.

use crate::routes::Routes;
use actix_web::{
    Error, HttpMessage, HttpRequest, ResponseError,
    body::{BoxBody, MessageBody},
    delete,
    dev::{ServiceRequest, ServiceResponse},
    get,
    http::{
        StatusCode,
        header::{AUTHORIZATION, HeaderValue},
    },
    middleware::Next,
    post, put,
    web::Data,
};
use bantin_application::{
    AppError,
    app::Caller,
    auth::bearer::read_bearer,
    sessions::{self, PasswordChange},
    users,
};
use bantin_domain::policy::Session;

use self::{
    view::{LoginView, MeView, SessionView},
    write::{Accept, Login, NoRepeat, PasswordWrite, Refresh, SmallBody},
};
use crate::{
    Api,
    directory::NoQuery,
    extract::{LoggedIn, PathId, origin},
    list::{Filter, List, ListQuery},
    problem::Problem,
    rate_limit::Standing,
    reply::{Desk, NoContent},
};

pub mod view;
pub mod write;

/// The routes.
pub fn routes(config: &mut Routes<'_, '_>) {
    config
        .service(log_in)
        .service(refresh)
        .service(log_out)
        .service(get_me)
        .service(change_password)
        .service(list_sessions)
        .service(end_session)
        .service(end_other_sessions)
        .service(accept);
}

/// Wraps what asks for a token, with what cannot be asked without I/O.
///
/// Before: where a token names a key that is not known here, the keys are read again. After: who is refused
/// for a document, a version or an address has not always been asked yet whether the session holds, since
/// only transactions ask; if it does not, that is all they are told. And who shows an API key is told how
/// many requests they have left.
///
/// # Errors
/// Those of what it wraps.
pub async fn guard<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let token = read_bearer(request.headers().get_all(AUTHORIZATION).map(|value| value.as_bytes()));
    let (Some(api), Ok(Some(token))) = (request.app_data::<Data<Api>>().cloned(), token) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    api.app.catch_up_with_keys_of(token).await;
    let caller = api.app.verify(token).map(|caller| Caller { origin: origin(request.request(), &api), ..caller });
    let mut response = next.call(request).await?.map_into_boxed_body();
    // Who asks too often has been told all there is to tell, and shall not cost a transaction for it.
    let told_all = [StatusCode::UNAUTHORIZED, StatusCode::TOO_MANY_REQUESTS].contains(&response.status());
    if let Ok(caller) = caller
        && response.status().is_client_error()
        && !told_all
        && let Err(error @ (AppError::Unauthenticated | AppError::AddressNotAllowed)) =
            api.app.desk(caller, |_, _| Ok(())).await
    {
        let (request, _) = response.into_parts();
        return Ok(ServiceResponse::new(request, Problem::from(error).error_response()));
    }
    let standing = response.request().extensions().get::<Standing>().copied();
    for (name, value) in standing.into_iter().filter(|_| !told_all).flat_map(Standing::fields) {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

/// The caller's own sessions.
#[derive(Debug, Clone)]
pub struct Sessions;

impl List for Sessions {
    const NAME: &'static str = "sessions";
    const FILTERS: &'static [Filter] = &[];
    const HAS_LOCALE: bool = false;
}

/// Log in
///
/// The same answer whatever was wrong: nobody learns from it who has an account. After ten wrong passwords
/// for an account each further one is followed by a pause, of 2 seconds first and of twice as long every
/// time, to 15 minutes; a network has a hundred failures and gets one back every 36 seconds. A login in a
/// pause answers 429 with `Retry-After`.
#[utoipa::path(tag = "auth", request_body = Login, security(()))]
#[post("/login")]
pub async fn log_in(
    api: Data<Api>,
    request: HttpRequest,
    _no_key: NoRepeat,
    login: SmallBody<Login>,
) -> Result<Desk<LoginView>, Problem> {
    if let Some(logins) = &api.limits.logins {
        logins.take(&(), api.app.sources().clock.now()).map_err(AppError::from)?;
    }
    let Login { email, password } = login.0;
    let logged_in = sessions::log_in(&api.app, origin(&request, &api), email, password).await?;
    Ok(Desk::plain(LoginView::new(logged_in, &api.render)))
}

/// Carry a session on
///
/// Exchanges the refresh token for the next one and a new access token. A token is good once: whoever
/// brings a spent one within ten seconds has raced itself and gets the same next one; later, somebody
/// else has it too, and the whole session ends. A session that is not carried on for 7 days is over, and
/// every session is over 30 days after its login.
#[utoipa::path(tag = "auth", request_body = Refresh, security(()))]
#[post("/refresh")]
pub async fn refresh(
    api: Data<Api>,
    request: HttpRequest,
    _no_key: NoRepeat,
    token: SmallBody<Refresh>,
) -> Result<Desk<LoginView>, Problem> {
    let carried_on = sessions::refresh(&api.app, origin(&request, &api), &token.0.refresh_token).await?;
    Ok(Desk::plain(LoginView::new(carried_on, &api.render)))
}

/// Log out
///
/// Ends the session; its tokens are refused from now on, everywhere.
#[utoipa::path(tag = "auth")]
#[post("/logout")]
pub async fn log_out(caller: LoggedIn, api: Data<Api>) -> Result<NoContent, Problem> {
    api.app.write_rights(caller.who, sessions::log_out).await?;
    Ok(NoContent)
}

/// Read the own account
///
/// Who the token says you are, and what you may do now.
#[utoipa::path(tag = "auth")]
#[get("/me")]
pub async fn get_me(caller: LoggedIn, api: Data<Api>, _query: NoQuery) -> Result<Desk<MeView>, Problem> {
    let me = sessions::me(&api.app, caller.who).await?;
    Ok(Desk::plain(MeView::new(me, &api.render)))
}

/// Choose another password
///
/// All your other sessions end, and one-time links are void. 403 `wrong_password` when `currentPassword` is
/// not; tries are counted like those of a login.
#[utoipa::path(tag = "auth", request_body = PasswordWrite)]
#[put("/password")]
pub async fn change_password(
    caller: LoggedIn,
    api: Data<Api>,
    write: SmallBody<PasswordWrite>,
) -> Result<NoContent, Problem> {
    let PasswordWrite { current_password, new_password } = write.0;
    match sessions::change_password(&api.app, caller.who, current_password, &new_password).await? {
        PasswordChange::Done => Ok(NoContent),
        PasswordChange::WrongPassword => Err(Problem::new(
            StatusCode::FORBIDDEN,
            "wrong_password",
            "That is not your current password; nothing was changed.",
        )),
    }
}

/// List the own sessions
///
/// Those that have not ended, newest first.
#[utoipa::path(tag = "auth", params(ListQuery<Sessions>))]
#[get("/sessions")]
pub async fn list_sessions(
    caller: LoggedIn,
    api: Data<Api>,
    query: ListQuery<Sessions>,
    request: HttpRequest,
) -> Result<Desk<Vec<SessionView>>, Problem> {
    let (page, current) = (query.page.clone(), caller.session);
    let slice = api.app.desk(caller.who, move |desk, actor| sessions::list(desk, &actor, &page)).await?;
    let (page, links) = query.describe(&slice, &request);
    let views = slice.rows.into_iter().map(|one| SessionView::new(one, current, &api.render)).collect();
    Ok(Desk::list(views, page, links))
}

/// End one of the own sessions
///
/// Its tokens are refused from now on, everywhere. The session through which you ask may be ended too.
#[utoipa::path(tag = "auth", params(PathId<Session>))]
#[delete("/sessions/{id}")]
pub async fn end_session(caller: LoggedIn, api: Data<Api>, id: PathId<Session>) -> Result<NoContent, Problem> {
    api.app.write_rights(caller.who, move |act| sessions::end(act, id.0)).await?;
    Ok(NoContent)
}

/// End all other sessions
///
/// All but the one through which you ask.
#[utoipa::path(tag = "auth")]
#[delete("/sessions")]
pub async fn end_other_sessions(caller: LoggedIn, api: Data<Api>) -> Result<NoContent, Problem> {
    api.app.write_rights(caller.who, sessions::end_others).await?;
    Ok(NoContent)
}

/// Accept an invitation, or set a forgotten password
///
/// With the token of a one-time link that an administrator handed over. It is good once and for an hour; a
/// token that is not good, whyever, is 422 `invalid_link`. All sessions of the account end, and nobody is
/// logged in by it.
#[utoipa::path(tag = "auth", request_body = Accept, security(()))]
#[post("/accept")]
pub async fn accept(api: Data<Api>, request: HttpRequest, write: SmallBody<Accept>) -> Result<NoContent, Problem> {
    let Accept { token, password } = write.0;
    users::accept(&api.app, origin(&request, &api), &token, &password).await?;
    Ok(NoContent)
}
