//! The negative table of the token rules: everything that must never pass for an access token. The
//! rows that need the session store, the password or the routes are tested where those are.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::Signer;
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::*;
use crate::auth::key_ring::{
    KeyRing, PublicKey,
    fixtures::{misnamed, signing_key},
};

mod claims;
mod header;
mod text;

const NOW: i64 = 1_700_000_000;
const USER: Uuid = Uuid::from_u128(0x018f_0000_0000_7000_8000_0000_0000_00aa);
const SESSION: Uuid = Uuid::from_u128(0x018f_0000_0000_7000_8000_0000_0000_00bb);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000).unwrap()
}

fn issuer() -> Issuer {
    Issuer { issuer: "https://tin.example".to_owned(), audience: "https://tin.example/api".to_owned() }
}

fn keys() -> VerifyingKeys {
    KeyRing::new(signing_key(1), Some(signing_key(2)), vec![]).unwrap().verifying_keys()
}

fn claims() -> AccessClaims {
    issuer().claims(USER, SESSION, Uuid::from_u128(7), at(NOW), 600)
}

fn good() -> String {
    sign(&signing_key(1), &claims()).unwrap()
}

fn check(token: &str) -> Result<AccessClaims, TokenRefused> {
    verify(token, &keys(), &issuer(), at(NOW))
}

fn good_header() -> Value {
    json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": signing_key(1).kid() })
}

fn good_claims() -> Value {
    serde_json::to_value(claims()).unwrap()
}

/// `object` with the member `name` set to `value`, or taken out.
fn with(object: Value, name: &str, value: impl Into<Option<Value>>) -> Value {
    let mut object = object;
    let members = object.as_object_mut().unwrap();
    match value.into() {
        Some(value) => members.insert(name.to_owned(), value),
        None => members.remove(name),
    };
    object
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token of any two texts, signed with the key of `seed`: what somebody with the key could make.
fn forge(header: impl ToString, claims: impl ToString, seed: u8) -> String {
    let message = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
    let signature = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]).sign(message.as_bytes());
    format!("{message}.{}", encode(signature.to_bytes()))
}

fn forge_header(header: impl ToString) -> String {
    forge(header, good_claims(), 1)
}

fn forge_claims(claims: impl ToString) -> String {
    forge(good_header(), claims, 1)
}

fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0; 64];
    if key.len() > 64 {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize().into()
}

fn forge_hs256(header: &Value, key: &[u8]) -> String {
    let message = format!("{}.{}", encode(header.to_string()), encode(good_claims().to_string()));
    let signature = hmac_sha256(key, message.as_bytes());
    format!("{message}.{}", encode(signature))
}

#[track_caller]
fn refuses(row: &str, token: &str) {
    assert_eq!(check(token), Err(TokenRefused::Invalid), "row {row}: {token:.300}");
}

#[test]
fn a_token_of_ours_is_accepted() {
    assert_eq!(check(&good()), Ok(claims()));
    assert_eq!(check(&forge(good_header(), good_claims(), 1)), Ok(claims()), "the forger of these tests works");
    let next = sign(&signing_key(2), &claims()).unwrap();
    assert_eq!(check(&next), Ok(claims()), "the key that another node made active a moment ago");
}

#[test]
fn installing_twice_is_harmless() {
    assert_eq!((install(), install()), (Ok(()), Ok(())));
    assert_eq!(ed25519::test_provider(), Ok(()));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "asks the library itself, behind the back of `verify`")]
fn the_provider_knows_no_other_algorithm() {
    install().unwrap();
    let secret = (EncodingKey::from_secret(b"secret"), DecodingKey::from_secret(b"secret"));
    let header = Header::new(Algorithm::HS256);
    assert!(jsonwebtoken::encode(&header, &claims(), &secret.0).is_err());
    let token = forge_hs256(&json!({ "alg": "HS256" }), b"secret");
    assert!(jsonwebtoken::decode::<Value>(&token, &secret.1, &Validation::new(Algorithm::HS256)).is_err());
    let cut = EncodingKey::from_ed_der(&[1; 31]);
    assert!(jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims(), &cut).is_err());
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

proptest! {
    #[test]
    fn what_was_signed_is_what_is_read(user: u128, session: u128, jti: u128, age in -5i64..600, seconds in 600i64..=900) {
        let made = issuer().claims(Uuid::from_u128(user), Uuid::from_u128(session), Uuid::from_u128(jti), at(NOW - age), seconds);
        let token = sign(&signing_key(2), &made).unwrap();
        prop_assert_eq!(check(&token), Ok(made));
    }

    #[test]
    fn no_text_at_all_is_a_token(text in "\\PC*|[A-Za-z0-9_.-]{0,300}") {
        prop_assert_eq!(check(&text), Err(TokenRefused::Invalid));
    }
}
