//! The signature and the text itself: altered, respelt, cut, or something else altogether.

use super::*;

#[test]
fn row_14_one_flipped_bit_anywhere_in_the_text() {
    let token = good();
    for position in 0..token.len() {
        for bit in 0..7 {
            let mut bytes = token.clone().into_bytes();
            bytes[position] ^= 1 << bit;
            refuses("14", str::from_utf8(&bytes).unwrap());
        }
    }
}

#[test]
fn row_14_one_flipped_bit_anywhere_in_the_decoded_parts() {
    let token = good();
    let parts: Vec<Vec<u8>> = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
    for part in 0..3 {
        for position in 0..parts[part].len() {
            for bit in 0..8 {
                let mut altered = parts.clone();
                altered[part][position] ^= 1 << bit;
                refuses("14", &altered.iter().map(encode).collect::<Vec<_>>().join("."));
            }
        }
    }
}

#[test]
fn row_15_a_signature_in_its_second_spelling() {
    let token = good();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let mut signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    // S + L stands for the same number as S, where L is the order of the group.
    let order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let mut carry = 0;
    for (byte, addend) in signature[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(addend) + carry;
        *byte = (sum & 0xff) as u8;
        carry = sum >> 8;
    }
    assert_eq!(carry, 0);
    refuses("15", &format!("{message}.{}", encode(signature)));
}

#[test]
fn row_15_a_key_under_which_one_signature_fits_every_message() {
    let mut identity = [0; 32];
    identity[0] = 1;
    assert!(PublicKey::from_bytes(&identity).is_err(), "it cannot even get into a ring");
    // R is the identity and S is zero: a lax check accepts it for any message under this key.
    let mut signature = [0; 64];
    signature[0] = 1;
    let token =
        format!("{}.{}.{}", encode(good_header().to_string()), encode(good_claims().to_string()), encode(signature));
    let keys = misnamed(signing_key(1).kid(), &identity);
    assert_eq!(verify(&token, &keys, &issuer(), at(NOW)), Err(TokenRefused::Invalid));
}

#[test]
fn row_22_secrets_of_other_kinds() {
    use crate::auth::{
        entropy::counted::CountedEntropy,
        opaque::{Opaque, OpaqueKind},
    };
    for kind in [OpaqueKind::Refresh, OpaqueKind::Invitation, OpaqueKind::Preview, OpaqueKind::ApiKey] {
        refuses("22", Opaque::generate(&CountedEntropy::default(), kind).unwrap().expose());
    }
}

#[test]
fn rows_24_and_29_another_number_of_segments_or_another_serialisation() {
    let token = good();
    let parts: Vec<&str> = token.split('.').collect();
    let (header, payload, signature) = (parts[0], parts[1], parts[2]);
    for wrong in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "...".to_owned(),
        header.to_owned(),
        format!("{header}.{payload}"),
        format!("{header}.{payload}."),
        format!("{header}..{signature}"),
        format!(".{payload}.{signature}"),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.{signature}"),
        format!("{token}.{signature}.{signature}"),
        json!({ "protected": header, "payload": payload, "signature": signature }).to_string(),
        json!({ "payload": payload, "signatures": [{ "protected": header, "signature": signature }] }).to_string(),
    ] {
        refuses("24", &wrong);
    }
    let jwe = encode(json!({ "alg": "dir", "enc": "A256GCM", "kid": signing_key(1).kid() }).to_string());
    refuses("29", &format!("{jwe}..{payload}.{payload}.{signature}"));
    refuses("29", &format!("{jwe}.{payload}.{signature}"));
}

#[test]
fn claims_and_headers_are_objects_and_nothing_behind_them() {
    let c = claims();
    let array = json!([c.iss, c.aud, c.sub, c.sid, c.jti, c.iat, c.exp]);
    for claims in [array.to_string(), String::new(), "null".to_owned(), "{}".to_owned(), format!("{}x", good_claims())]
    {
        refuses("objects", &forge_claims(claims));
    }
    let kid = signing_key(1).kid().to_owned();
    for header in [json!(["EdDSA", "at+jwt", kid]).to_string(), "{}".to_owned(), format!("{}{{}}", good_header())] {
        refuses("objects", &forge_header(header));
    }
}

#[test]
fn row_25_other_spellings_of_the_same_bytes() {
    // A signature with all of the characters in which the two alphabets differ.
    let token = (0..)
        .map(|n| sign(&signing_key(1), &issuer().claims(USER, SESSION, Uuid::from_u128(n), at(NOW), 600)).unwrap())
        .find(|token| token.rsplit_once('.').is_some_and(|(_, end)| end.contains('-') && end.contains('_')))
        .unwrap();
    assert!(check(&token).is_ok());
    refuses("25", &token.replace('-', "+"));
    refuses("25", &token.replace('_', "/"));
    let parts: Vec<&str> = token.split('.').collect();
    for at in 0..3 {
        for (before, after) in
            [("", "="), ("", "=="), ("", " "), (" ", ""), ("", "\n"), ("\t", ""), ("", "\0"), ("", "%3D")]
        {
            let mut parts: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
            parts[at] = format!("{before}{}{after}", parts[at]);
            refuses("25", &parts.join("."));
        }
    }
    // 64 bytes leave four bits of the last character unused.
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = alphabet.iter().position(|c| token.as_bytes().last() == Some(c)).unwrap();
    assert_eq!(last % 16, 0);
    for spare in 1..16 {
        refuses("25", &format!("{}{}", &token[..token.len() - 1], alphabet[last + spare] as char));
    }
}

#[test]
fn row_27_a_token_longer_than_8_kib() {
    let pad = |length: usize| with(good_claims(), "aud", json!("a".repeat(length)));
    refuses("27", &forge_claims(pad(10_000)));
    refuses("27", &"a".repeat(1 << 20));
    refuses("27", &".".repeat(1 << 20));
    // The limit itself, not only what comes after it: such an audience would be right.
    let wide = |length| Issuer { issuer: issuer().issuer, audience: "a".repeat(length) };
    let token_for = |length| sign(&signing_key(1), &wide(length).claims(USER, SESSION, USER, at(NOW), 600)).unwrap();
    let fits = (5000..6200).rev().find(|length| token_for(*length).len() <= MOST_TOKEN_BYTES).unwrap();
    assert!(verify(&token_for(fits), &keys(), &wide(fits), at(NOW)).is_ok());
    assert!(token_for(fits + 1).len() > MOST_TOKEN_BYTES);
    let refused = verify(&token_for(fits + 1), &keys(), &wide(fits + 1), at(NOW));
    assert_eq!(refused, Err(TokenRefused::Invalid));
}

#[test]
fn row_28_a_header_value_instead_of_a_token() {
    let token = good();
    for wrong in
        [format!("Bearer {token}"), format!("{token} "), format!("{token},{token}"), format!("{token} {token}")]
    {
        refuses("28", &wrong);
    }
}
