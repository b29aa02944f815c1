//! Logging in and out.

use actix_web::{get, post, web::Data};
use bantin_application::sessions;
use bantin_domain::{named::Named, user::User};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    Api,
    extract::{Caller, JsonBody},
    problem::Problem,
    reply::{Desk, NoContent},
};

/// The routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(log_in).service(log_out).service(get_me);
}

/// An address and a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The address of the account.
    email: String,
    /// Its password.
    password: String,
}

/// What a login gives.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Send it as `Authorization: Bearer …`.
    access_token: String,
    /// For how many seconds it is good.
    expires_in: i64,
    /// Who logged in.
    user: UserView,
}

/// An account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserView {
    /// Its identity.
    #[schema(value_type = String, format = Uuid)]
    id: String,
    /// What it logs in with.
    email: String,
    /// As shown to colleagues.
    name: String,
    /// What it may do.
    role: String,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email.as_str().to_owned(),
            name: user.name.to_string(),
            role: user.role.name().to_owned(),
        }
    }
}

/// Log in
///
/// The same answer whatever was wrong: nobody learns from it who has an account.
#[utoipa::path(tag = "auth", request_body = Login, security(()))]
#[post("/login")]
pub async fn log_in(api: Data<Api>, login: JsonBody<Login>) -> Result<Desk<Session>, Problem> {
    let logged_in = sessions::log_in(&api.app, login.0.email, login.0.password).await?;
    Ok(Desk::plain(Session {
        access_token: logged_in.access_token,
        expires_in: logged_in.expires_in,
        user: logged_in.user.into(),
    }))
}

/// Log out
///
/// Ends the session; its tokens are refused from now on, everywhere.
#[utoipa::path(tag = "auth")]
#[post("/logout")]
pub async fn log_out(caller: Caller, api: Data<Api>) -> Result<NoContent, Problem> {
    sessions::log_out(&api.app, caller.0).await?;
    Ok(NoContent)
}

/// Read the own account
///
/// Who the token says you are.
#[utoipa::path(tag = "auth")]
#[get("/me")]
pub async fn get_me(caller: Caller, api: Data<Api>) -> Result<Desk<UserView>, Problem> {
    Ok(Desk::plain(sessions::me(&api.app, caller.0).await?.into()))
}
