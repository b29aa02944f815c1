//! Tests of the password rules and hashes, all with parameters that cost next to nothing.

use proptest::prelude::*;

use super::*;
use crate::auth::entropy::counted::{CountedEntropy, NoEntropy};

const CHEAP: HashParameters = HashParameters::for_tests();
const GOOD: &str = "Hai con mèo ngủ trên mái";

fn parse(text: &str) -> Password {
    Password::parse(text, &[]).unwrap()
}

fn hashed(text: &str) -> PasswordHash {
    hash(&parse(text), &CHEAP, &CountedEntropy::default()).unwrap()
}

fn code(text: &str) -> &'static str {
    Password::parse(text, &[]).unwrap_err().code
}

#[test]
fn length_is_counted_in_characters_after_normalisation() {
    assert_eq!(code("mười bốn chữ đ"), "too_short"); // 14 characters, 20 bytes
    assert!(Password::parse("mười lăm chữ đó", &[]).is_ok());
    let longest = "đường về nhà có hoa ".repeat(7).chars().take(128).collect::<String>();
    assert!(longest.len() > 128 && Password::parse(&longest, &[]).is_ok());
    assert_eq!(code(&format!("{longest}x")), "too_long");
    assert_eq!(code(""), "too_short");
    // One character that NFKC makes eighteen of.
    assert_eq!(Password::parse("\u{fdfa}", &[]).unwrap().0.chars().count(), 18);
    assert_eq!(code(&"\u{fdfa}".repeat(8)), "too_long");
    assert_eq!(code(&"x".repeat(1 << 20)), "too_long");
}

#[test]
fn nothing_but_length_and_commonness_is_asked() {
    for good in ["chỉ toàn chữ thường thôi", "           q    v    k", "830194726510384", "🦆🐈🌧🍜📚🦆🌧🍜🐈📚🌧🦆🍜📚🐈"]
    {
        assert!(Password::parse(good, &[]).is_ok(), "{good}");
    }
    assert_eq!(code("passwordpassword"), "too_common");
    assert_eq!(Password::parse("tranthikieu12345", &["Trần Thị Kiều"]).unwrap_err().code, "too_common");
}

#[test]
fn the_normal_form_fits_in_the_room_made_for_it() {
    let capacity = normalised(&"\u{fdfa}".repeat(341)).unwrap();
    assert!(capacity.len() <= 341 * 3 * NFKC_GROWTH && capacity.capacity() == 341 * 3 * NFKC_GROWTH);
}

#[test]
fn a_password_matches_itself_in_either_normal_form_and_nothing_else() {
    let stored = hashed(GOOD);
    let decomposed: String = GOOD.nfd().collect();
    assert_ne!(decomposed, GOOD);
    assert_eq!(verify(GOOD, &stored, &CHEAP), Ok(Verdict::Match));
    assert_eq!(verify(&decomposed, &stored, &CHEAP), Ok(Verdict::Match));
    for other in ["", "Hai con mèo ngủ trên má", "Hai con mèo ngủ trên mái ", "hai con mèo ngủ trên mái"]
    {
        assert_eq!(verify(other, &stored, &CHEAP), Ok(Verdict::Mismatch), "{other}");
    }
}

#[test]
fn every_character_counts_to_the_last() {
    let long: String = "một hai ba bốn năm sáu bảy tám chín mười ".repeat(4).chars().take(127).collect();
    let stored = hashed(&format!("{long}x"));
    assert_eq!(verify(&format!("{long}x"), &stored, &CHEAP), Ok(Verdict::Match));
    assert_eq!(verify(&format!("{long}y"), &stored, &CHEAP), Ok(Verdict::Mismatch));
    assert_eq!(verify(&long, &stored, &CHEAP), Ok(Verdict::Mismatch));
}

#[test]
fn an_oversized_candidate_is_a_mismatch() {
    assert_eq!(verify(&"x".repeat(1025), &hashed(GOOD), &CHEAP), Ok(Verdict::Mismatch));
    assert_eq!(verify(&"x".repeat(1 << 20), &dummy_hash(&CHEAP).unwrap(), &CHEAP), Ok(Verdict::Mismatch));
}

#[test]
fn a_hash_survives_the_database() {
    let stored = hashed(GOOD);
    let text = stored.to_phc();
    assert!(text.starts_with("$argon2id$v=19$m=8,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$"), "{text}");
    assert_eq!(PasswordHash::parse(&text), Ok(stored));
}

#[test]
fn two_hashes_of_one_password_differ_and_none_is_made_without_salt() {
    let entropy = CountedEntropy::default();
    let first = hash(&parse(GOOD), &CHEAP, &entropy).unwrap();
    assert_ne!(first.to_phc(), hash(&parse(GOOD), &CHEAP, &entropy).unwrap().to_phc());
    assert_eq!(hash(&parse(GOOD), &CHEAP, &NoEntropy), Err(HashError::Entropy(EntropyError)));
}

#[test]
fn a_weaker_hash_is_renewed_at_the_next_match() {
    let stored = hashed(GOOD);
    for wanted in [HashParameters { memory_kib: 16, ..CHEAP }, HashParameters { passes: 2, ..CHEAP }] {
        assert_eq!(verify(GOOD, &stored, &wanted), Ok(Verdict::MatchNeedsRehash));
        assert_eq!(verify("wrong", &stored, &wanted), Ok(Verdict::Mismatch));
    }
    let stronger = hash(&parse(GOOD), &HashParameters { passes: 2, ..CHEAP }, &CountedEntropy::default()).unwrap();
    assert_eq!(verify(GOOD, &stronger, &CHEAP), Ok(Verdict::Match), "lowered settings weaken no stored hash");
}

#[test]
fn nothing_matches_the_hash_of_nobody() {
    let nobody = dummy_hash(&CHEAP).unwrap();
    assert_eq!(nobody.parameters, CHEAP);
    assert_eq!(PasswordHash::parse(&nobody.to_phc()), Ok(nobody.clone()));
    for candidate in ["", GOOD, "\0"] {
        assert_eq!(verify(candidate, &nobody, &CHEAP), Ok(Verdict::Mismatch));
    }
}

#[test]
fn settings_stay_between_the_floor_and_the_caps() {
    assert_eq!(HashParameters::new(19_456, 2, 1), Ok(HashParameters::DEFAULT));
    assert!(HashParameters::new(262_144, 10, 4).is_ok());
    for (memory, passes, lanes) in
        [(19_455, 2, 1), (19_456, 1, 1), (19_456, 2, 0), (262_145, 2, 1), (19_456, 11, 1), (19_456, 2, 5), (8, 1, 1)]
    {
        assert_eq!(HashParameters::new(memory, passes, lanes).unwrap_err().code, "out_of_range", "{memory} {passes}");
    }
    assert!(dummy_hash(&HashParameters::DEFAULT).is_ok() && dummy_hash(&HashParameters::CEILING).is_ok());
}

#[test]
fn hostile_stored_hashes_are_refused_before_any_work() {
    let good = hashed(GOOD).to_phc();
    assert!(PasswordHash::parse(&good).is_ok());
    for (from, to) in [
        ("m=8", "m=4194304"),
        ("m=8", "m=262145"),
        ("m=8", "m=4294967295"),
        ("m=8", "m=7"),
        ("t=1", "t=11"),
        ("t=1", "t=0"),
        ("p=1", "p=5"),
        ("p=1", "p=2"),
        ("p=1", "p=0"),
        ("p=1", "p=4294967295"),
        ("m=8,t=1,p=1", "m=8,t=1"),
        ("m=8,t=1,p=1", "m=8,t=1,p=1,data=AAAA"),
        ("m=8,t=1,p=1", "m=8,m=8,t=1,p=1"),
        ("$m=8,t=1,p=1", ""),
        ("argon2id", "argon2i"),
        ("argon2id", "argon2d"),
        ("argon2id", "scrypt"),
        ("v=19", "v=16"),
        ("$v=19", ""),
        ("AAECAwQFBgcICQoLDA0ODw", "AAECAwQFBgc"),
    ] {
        let hostile = good.replace(from, to);
        assert_ne!(hostile, good, "{from}");
        assert_eq!(PasswordHash::parse(&hostile), Err(NotAHash), "{hostile}");
    }
    let (without_output, _) = good.rsplit_once('$').unwrap();
    for hostile in ["", "$", "password", without_output, &good[..good.len() - 8], &format!("{good}$x")] {
        assert_eq!(PasswordHash::parse(hostile), Err(NotAHash), "{hostile}");
    }
}

#[test]
fn neither_passwords_nor_hashes_are_printed() {
    assert_eq!(format!("{:?}{:?}", parse(GOOD), hashed(GOOD)), "Password(..)PasswordHash(..)");
    let fault = Password::parse("passwordpassword", &[]).unwrap_err();
    assert!(!format!("{fault:?}").contains("passwordpassword"));
}

proptest! {
    #[test]
    fn whatever_may_be_chosen_can_be_used_to_sign_in(text in "\\PC{0,140}") {
        if let Ok(password) = Password::parse(&text, &["Bản tin"]) {
            let stored = hash(&password, &CHEAP, &CountedEntropy::default()).unwrap();
            prop_assert_eq!(verify(&text, &stored, &CHEAP), Ok(Verdict::Match));
        }
    }

    #[test]
    fn a_stored_hash_of_any_text_is_parsed_or_refused(text in "\\$argon2id\\$v=19\\$m=[0-9]{1,11},t=[0-9]{1,3},p=[0-9]{1,3}\\$.{0,40}") {
        let _ = PasswordHash::parse(&text);
    }
}
