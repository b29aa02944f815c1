//! What a header may say, and the keys it may name.

use super::*;

#[test]
fn row_1_no_algorithm_or_one_that_is_not_ours() {
    for alg in ["none", "None", "nOnE", "", "eddsa", "EDDSA", "Ed25519", "HS256", "RS256", "ES256", "PS512", "ES256K"] {
        let header = with(good_header(), "alg", json!(alg));
        refuses("1", &forge_header(&header));
        let unsigned = format!("{}.{}.", encode(header.to_string()), encode(good_claims().to_string()));
        refuses("1", &unsigned);
    }
    refuses("1", &forge_header(with(good_header(), "alg", None)));
    for alg in [json!(null), json!(["EdDSA"]), json!(1), json!({ "alg": "EdDSA" })] {
        refuses("1", &forge_header(with(good_header(), "alg", alg)));
    }
}

#[test]
fn rows_2_and_3_hmac_with_a_key_that_an_attacker_has() {
    let public = *signing_key(1).public_key().as_bytes();
    let der = [&hex("302a300506032b6570032100"), public.as_slice()].concat();
    let base64 = base64::engine::general_purpose::STANDARD.encode(&der);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{base64}\n-----END PUBLIC KEY-----\n");
    let ring = KeyRing::new(signing_key(1), None, vec![]).unwrap();
    let set: Value = serde_json::from_str(&ring.jwks_json()).unwrap();
    let jwk = set["keys"][0].to_string();
    let known =
        [&public as &[u8], &der, pem.as_bytes(), pem.trim().as_bytes(), jwk.as_bytes(), encode(public).as_bytes()]
            .map(<[u8]>::to_vec);
    let weak = [b"".to_vec(), b"secret".to_vec(), signing_key(1).kid().as_bytes().to_vec()];
    for key in known.iter().chain(&weak) {
        for alg in ["HS256", "EdDSA"] {
            refuses("2, 3", &forge_hs256(&with(good_header(), "alg", json!(alg)), key));
        }
    }
}

#[test]
fn row_4_a_signature_of_another_key_under_the_same_kid() {
    refuses("4", &forge(good_header(), good_claims(), 9));
    refuses("4", &forge(good_header(), good_claims(), 2)); // a key of the ring, but not the one that is named
}

#[test]
fn row_5_a_kid_that_is_not_in_the_ring() {
    let own = signing_key(1).kid().to_owned();
    for kid in [
        json!(""),
        json!("../../dev/null"),
        json!("' OR 1=1"),
        json!("0123456789abcdef"),
        json!(own.to_uppercase()),
        json!(format!("{own} ")),
        json!(format!("{own}\0")),
        json!("k".repeat(5000)),
        json!("k".repeat(1 << 20)),
        json!(null),
        json!(1),
        json!([own]),
    ] {
        refuses("5", &forge_header(with(good_header(), "kid", kid)));
    }
    refuses("5", &forge_header(with(good_header(), "kid", None)));
    refuses("5", &forge(with(good_header(), "kid", json!(signing_key(9).kid())), good_claims(), 9));
}

#[test]
fn rows_6_7_and_26_a_header_that_says_more_than_ours() {
    let x = encode(signing_key(9).public_key().as_bytes());
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": x });
    for (name, value) in [
        ("jwk", jwk.clone()),
        ("jwk", json!(null)),
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/cert.pem")),
        ("x5c", json!(["MIIB"])),
        ("x5t", json!("AAAA")),
        ("x5t#S256", json!("AAAA")),
        ("crit", json!(["exp"])),
        ("crit", json!(["unknown"])),
        ("crit", json!([])),
        ("crit", json!(null)),
        ("b64", json!(false)),
        ("cty", json!("JWT")),
        ("zip", json!("DEF")),
        ("enc", json!("A256GCM")),
        ("url", json!("https://tin.example")),
        ("nonce", json!("x")),
        ("unknown", json!(1)),
        ("", json!(null)),
    ] {
        refuses("6, 7, 26", &forge_header(with(good_header(), name, value.clone())));
        refuses("6", &forge(with(good_header(), name, value), good_claims(), 9));
    }
}

#[test]
fn row_8_another_type_of_token() {
    for typ in ["JWT", "jwt", "refresh+jwt", "AT+JWT", "application/at+jwt", "at+jwt ", ""] {
        refuses("8", &forge_header(with(good_header(), "typ", json!(typ))));
    }
    refuses("8", &forge_header(with(good_header(), "typ", None)));
    refuses("8", &forge_header(with(good_header(), "typ", json!(null))));
}

#[test]
fn row_12_a_key_that_was_retired() {
    let ring = KeyRing::new(signing_key(1), Some(signing_key(2)), vec![]).unwrap().rotate(signing_key(3)).unwrap();
    let token = good();
    assert_eq!(verify(&token, &ring.verifying_keys(), &issuer(), at(NOW)), Ok(claims()), "previous still verifies");
    let ring = ring.retire(signing_key(1).kid()).unwrap();
    assert_eq!(verify(&token, &ring.verifying_keys(), &issuer(), at(NOW)), Err(TokenRefused::Invalid));
}
