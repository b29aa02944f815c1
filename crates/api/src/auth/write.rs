//! What comes in of sessions. None of it is ever printed.

use std::{
    future::{Ready, ready},
    pin::Pin,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use serde::{Deserialize, de::DeserializeOwned};
use utoipa::ToSchema;

use crate::{
    extract::{expect_type, parse, read},
    problem::Problem,
};

/// The largest document that is read of who has not shown yet who they are: a password of the longest kind
/// fits in any spelling of JSON.
const MOST_BYTES: usize = 4 * 1024;

/// An address and a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LoginWrite)]
pub struct Login {
    /// The address of the account.
    pub email: String,
    /// Its password.
    pub password: String,
}

/// What carries a session on.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = RefreshWrite)]
pub struct Refresh {
    /// The newest refresh token of the session.
    pub refresh_token: String,
}

/// The current password and another.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PasswordWrite {
    /// The password that is good now.
    pub current_password: String,
    /// The one from now on: 15 to 128 characters, any of them, none of the common ones.
    pub new_password: String,
}

/// A one-time link, and the password that its bearer chooses.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AcceptWrite)]
pub struct Accept {
    /// The token of the link.
    pub token: String,
    /// 15 to 128 characters, any of them, none of the common ones.
    pub password: String,
}

/// A small JSON document.
pub struct SmallBody<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for SmallBody<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            expect_type(&request, &["application/json"])?;
            let bytes = read(&request, payload, MOST_BYTES).await?;
            parse(&bytes).map(Self)
        })
    }
}

/// Refuses an `Idempotency-Key` where the answer carries a secret: it would have to be kept to be given again.
#[derive(Debug)]
pub struct NoRepeat;

impl FromRequest for NoRepeat {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match request.headers().contains_key("idempotency-key") {
            false => Ok(Self),
            true => Err(Problem::parameter(
                "Idempotency-Key",
                "invalid_parameter",
                "must not be sent here: the answer carries a secret and is never kept",
            )),
        })
    }
}
