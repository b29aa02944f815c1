//! `Idempotency-Key`: the name under which a `POST` of the desk may come again.
//!
//! The key stands for the whole request, so the body is read here, before its handler does, and its
//! digest goes along with the key; the handler then finds the body as if nobody had touched it.

use actix_web::{
    Error, HttpMessage,
    body::{BoxBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::Method,
    middleware::Next,
    web::Bytes,
};
use bantin_application::idempotency::RepeatKey;
use sha2::{Digest, Sha256};

use crate::{extract, problem::Problem};

const HEADER: &str = "idempotency-key";
/// The largest body of the desk: a picture with its texts.
const MOST_BYTES: usize = 11 * 1024 * 1024;

/// Wraps the routes of the desk.
///
/// # Errors
/// Those of what it wraps.
pub async fn read<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match repeat_key(&mut request).await {
        Ok(Some(key)) => {
            request.extensions_mut().insert(key);
        }
        Ok(None) => {}
        Err(problem) => return Ok(request.error_response(problem).map_into_boxed_body()),
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

async fn repeat_key(request: &mut ServiceRequest) -> Result<Option<RepeatKey>, Problem> {
    let mut values = request.headers().get_all(HEADER);
    let (first, second) = (values.next(), values.next());
    // Who shows no token is turned away before anything of theirs is read.
    let is_stranger = !request.headers().contains_key("authorization");
    let Some(value) = first.filter(|_| request.method() == Method::POST && !is_stranger) else {
        return Ok(None);
    };
    let key = value.to_str().ok().filter(|key| (1..=200).contains(&key.len()) && second.is_none());
    let key = key.ok_or_else(|| {
        Problem::parameter("Idempotency-Key", "invalid_parameter", "must be one value of 1 to 200 visible characters")
    })?;
    let (key, route) = (key.to_owned(), format!("{} {}", request.method(), request.uri()));
    let payload = request.take_payload();
    let body = extract::read(request.request(), payload, MOST_BYTES).await?;
    let digest = Sha256::digest(&body).into();
    request.set_payload(whole(body));
    Ok(Some(RepeatKey { route, key, digest }))
}

/// A body that was read, as a payload again.
fn whole(body: Bytes) -> Payload {
    Payload::from(body)
}
