//! What the claims may say.

use super::*;

#[test]
fn row_9_times_that_are_not_whole_numbers() {
    for name in ["exp", "iat"] {
        refuses("9", &forge_claims(with(good_claims(), name, None)));
        for value in
            [json!(null), json!("1700000600"), json!([1_700_000_600]), json!({}), json!(true), json!(1_700_000_600.0)]
        {
            refuses("9", &forge_claims(with(good_claims(), name, value)));
        }
        for number in [
            "1e99",
            "1.7e9",
            "-1",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775808",
            "1e9999",
            "NaN",
            "01700000600",
        ] {
            let text = good_claims()
                .to_string()
                .replace(&format!("{:?}:{}", name, claims_time(name)), &format!("{name:?}:{number}"));
            assert_ne!(text, good_claims().to_string());
            refuses("9", &forge_claims(text));
        }
    }
}

fn claims_time(name: &str) -> i64 {
    if name == "exp" { claims().exp } else { claims().iat }
}

#[test]
fn row_10_a_token_is_over_in_the_second_that_exp_names() {
    let token = good();
    let seen_at = |seconds| verify(&token, &keys(), &issuer(), at(seconds));
    assert_eq!(seen_at(NOW + 599), Ok(claims()));
    let last_moment = Timestamp::from_micros((NOW + 600) * 1_000_000 - 1).unwrap();
    assert_eq!(verify(&token, &keys(), &issuer(), last_moment), Ok(claims()));
    for late in [600, 601, 659, 661, 86_400] {
        assert_eq!(seen_at(NOW + late), Err(TokenRefused::Expired), "{late}");
    }
}

#[test]
fn an_expired_token_that_is_wrong_otherwise_is_just_invalid() {
    let late = at(NOW + 5000);
    for token in [forge(good_header(), good_claims(), 9), forge_claims(with(good_claims(), "aud", json!("other")))] {
        assert_eq!(verify(&token, &keys(), &issuer(), late), Err(TokenRefused::Invalid));
    }
}

#[test]
fn row_11_members_that_are_there_twice() {
    let (header, claims) = (good_header().to_string(), good_claims().to_string());
    for (name, value) in good_claims().as_object().unwrap() {
        refuses("11", &forge_claims(claims.replacen('{', &format!("{{{name:?}:{value},"), 1)));
        refuses("11", &forge_claims(claims.replacen('{', &format!("{{{name:?}:null,"), 1)));
    }
    // The same name in another spelling of the string.
    refuses("11", &forge_claims(claims.replacen('{', "{\"\\u0065xp\":9999999999,", 1)));
    for (name, value) in good_header().as_object().unwrap() {
        refuses("11", &forge_header(header.replacen('{', &format!("{{{name:?}:{value},"), 1)));
    }
}

#[test]
fn row_13_a_token_of_another_environment_with_the_same_key() {
    let staging = Issuer { issuer: "https://thu.example".to_owned(), audience: "https://thu.example/api".to_owned() };
    let token = sign(&signing_key(1), &staging.claims(USER, SESSION, USER, at(NOW), 600)).unwrap();
    refuses("13", &token);
    assert!(verify(&token, &keys(), &staging, at(NOW)).is_ok());
}

#[test]
fn row_16_claims_that_ours_do_not_have() {
    for (name, value) in [
        ("nbf", json!(NOW + 3600)),
        ("nbf", json!(NOW - 3600)),
        ("nbf", json!("999")),
        ("nbf", json!(null)),
        ("role", json!("admin")),
        ("scope", json!("")),
        ("client_id", json!("x")),
        ("EXP", json!(1)),
    ] {
        refuses("16", &forge_claims(with(good_claims(), name, value)));
    }
}

#[test]
fn row_17_issued_in_the_future() {
    let issued = |ahead| sign(&signing_key(1), &issuer().claims(USER, SESSION, USER, at(NOW + ahead), 600)).unwrap();
    assert!(check(&issued(5)).is_ok());
    for ahead in [6, 60, 3600] {
        refuses("17", &issued(ahead));
    }
}

#[test]
fn rows_18_and_19_for_or_from_somebody_else() {
    for (name, right) in [("aud", issuer().audience), ("iss", issuer().issuer)] {
        refuses("18, 19", &forge_claims(with(good_claims(), name, None)));
        for wrong in [
            json!(""),
            json!("https://other.example"),
            json!(format!("{right}/")),
            json!(right.to_uppercase()),
            json!(format!(" {right}")),
            json!([right]),
            json!([right, "https://other.example"]),
            json!(["https://other.example"]),
            json!([]),
            json!({ "url": right }),
            json!(null),
            json!(1),
        ] {
            refuses("18, 19", &forge_claims(with(good_claims(), name, wrong)));
        }
    }
}

#[test]
fn rows_20_and_21_ids_that_are_missing_or_in_another_spelling() {
    for name in ["sub", "sid", "jti"] {
        refuses("20, 21", &forge_claims(with(good_claims(), name, None)));
        let simple = USER.simple().to_string();
        for wrong in [
            json!(""),
            json!("1"),
            json!(simple),
            json!(USER.braced().to_string()),
            json!(USER.urn().to_string()),
            json!(USER.to_string().to_uppercase()),
            json!(format!("{USER} ")),
            json!([USER]),
            json!(USER.as_bytes()),
            json!(1),
            json!(null),
        ] {
            refuses("20, 21", &forge_claims(with(good_claims(), name, wrong)));
        }
    }
}

#[test]
fn a_lifetime_that_we_never_give_is_refused_even_with_a_good_signature() {
    for (iat, exp) in [
        (NOW, NOW + MOST_LIFETIME_SECONDS + 1),
        (NOW, i64::MAX),
        (i64::MIN, NOW + 600),
        (i64::MIN, i64::MAX),
        (NOW, NOW),
        (NOW + 1, NOW),
    ] {
        let odd = AccessClaims { iat, exp, ..claims() };
        assert_eq!(sign(&signing_key(1), &odd), Err(TokenError::Lifetime), "{iat} {exp}");
        refuses("lifetime", &forge_claims(serde_json::to_value(&odd).unwrap()));
    }
}
