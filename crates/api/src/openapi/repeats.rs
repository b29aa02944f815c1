//! `Idempotency-Key`: which operations take it is decided where requests of the desk are read, so it is said here of
//! all of them.

use utoipa::openapi::{
    ObjectBuilder, Required, Type,
    path::{Operation, ParameterBuilder, ParameterIn},
};

/// What answers with a secret, which is kept nowhere and so cannot be given again.
const WITH_SECRETS: [&str; 7] = [
    "inviteUser",
    "resetUser",
    "createPreviewLink",
    "createApiKey",
    "rotateApiKey",
    "createWebhook",
    "rotateWebhookSecret",
];

/// Says of a `POST` of the desk that it may come again.
pub fn declare(method: &str, path: &str, operation: &mut Operation) {
    let has_secret = operation.operation_id.as_deref().is_some_and(|id| WITH_SECRETS.contains(&id));
    if method != "POST" || !path.starts_with("/api/v1/editorial/") || has_secret {
        return;
    }
    let key = ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "Your name for this request: sent again within 24 hours with the same body, it takes effect once and has \
             the answer of the first time; with another body it is 422 `idempotency_mismatch`.",
        ))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(200)).build()))
        .build();
    operation.parameters.get_or_insert_default().push(key.into());
}
