//! Tests of the keys and their turns.

use serde_json::Value;

use super::{fixtures::signing_key as key, *};
use crate::auth::entropy::{
    SystemEntropy,
    counted::{CountedEntropy, NoEntropy},
};

fn states(ring: &KeyRing) -> Vec<(String, &'static str)> {
    ring.states().map(|(key, state)| (key.kid().to_owned(), state.as_str())).collect()
}

fn kid(seed: u8) -> String {
    key(seed).kid().to_owned()
}

#[test]
fn the_kid_is_the_beginning_of_the_public_keys_sha_256() {
    // RFC 8032, 7.1, test 1: this seed has the public key d75a9801...
    let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    let seed: Vec<u8> = (0..32).map(|at| u8::from_str_radix(&seed[2 * at..2 * at + 2], 16).unwrap()).collect();
    let key = SigningKey::from_seed(&seed.try_into().unwrap());
    assert_eq!(key.public_key().as_bytes()[..4], [0xd7, 0x5a, 0x98, 0x01]);
    assert_eq!(key.kid(), "21fe31dfa154a261");
}

#[test]
fn a_generated_key_uses_all_of_its_randomness() {
    let key = SigningKey::generate(&CountedEntropy::default()).unwrap();
    assert_eq!(key.seed().to_vec(), (0..32).collect::<Vec<u8>>());
    assert_eq!(SigningKey::generate(&NoEntropy).unwrap_err(), EntropyError);
}

#[test]
fn a_sealed_key_opens_only_with_its_secret_key() {
    let folder = tempfile::tempdir().unwrap();
    let secret = |name| SecretKey::read_or_create(&folder.path().join(name), &SystemEntropy).unwrap();
    let sealed = key(1).seal(&secret("a"), &SystemEntropy).unwrap();
    assert_eq!(SigningKey::open(&secret("a"), &sealed).unwrap().kid(), key(1).kid());
    assert_eq!(SigningKey::open(&secret("b"), &sealed).unwrap_err(), SecretError::NotOpened);
    let other = secret("a").seal(&SystemEntropy, "webhook", key(1).seed()).unwrap();
    assert_eq!(SigningKey::open(&secret("a"), &other).unwrap_err(), SecretError::NotOpened);
    let short = secret("a").seal(&SystemEntropy, "signing-key", &[1; 31]).unwrap();
    assert_eq!(SigningKey::open(&secret("a"), &short).unwrap_err(), SecretError::NotOpened);
}

#[test]
fn a_rotation_moves_every_key_one_turn_on() {
    let ring = KeyRing::new(key(1), Some(key(2)), vec![]).unwrap();
    let ring = ring.rotate(key(3)).unwrap();
    assert_eq!(states(&ring), [(kid(3), "next"), (kid(2), "active"), (kid(1), "previous")]);
    let ring = ring.rotate(key(4)).unwrap();
    assert_eq!(states(&ring), [(kid(4), "next"), (kid(3), "active"), (kid(2), "previous"), (kid(1), "previous")]);
    assert_eq!(ring.active().kid(), kid(3));
}

#[test]
fn a_key_never_signs_before_it_was_published() {
    let ring = KeyRing::new(key(1), None, vec![]).unwrap().rotate(key(2)).unwrap();
    assert_eq!(states(&ring), [(kid(2), "next"), (kid(1), "active")]);
}

#[test]
fn a_key_has_one_turn_at_a_time() {
    let ring = KeyRing::new(key(1), Some(key(2)), vec![]).unwrap();
    for seed in [1, 2] {
        assert_eq!(ring.rotate(key(seed)).unwrap_err(), KeyRingError::DuplicateKey);
    }
    let previous = vec![key(1).public_key().clone()];
    assert_eq!(KeyRing::new(key(1), None, previous).unwrap_err(), KeyRingError::DuplicateKey);
}

#[test]
fn any_key_but_the_active_one_can_be_retired() {
    let ring = KeyRing::new(key(1), Some(key(2)), vec![key(3).public_key().clone()]).unwrap();
    assert_eq!(ring.retire(&kid(1)).unwrap_err(), KeyRingError::ActiveKey);
    assert_eq!(ring.retire(&kid(9)).unwrap_err(), KeyRingError::UnknownKey);
    assert_eq!(states(&ring.retire(&kid(2)).unwrap()), [(kid(1), "active"), (kid(3), "previous")]);
    let ring = ring.retire(&kid(3)).unwrap();
    assert_eq!(states(&ring), [(kid(2), "next"), (kid(1), "active")]);
    assert!(ring.verifying_keys().find(&kid(3)).is_none());
    assert!(!ring.jwks_json().contains(&kid(3)));
}

#[test]
fn every_key_of_the_ring_verifies_under_its_own_name_only() {
    let ring = KeyRing::new(key(1), Some(key(2)), vec![key(3).public_key().clone()]).unwrap();
    let keys = ring.verifying_keys();
    for seed in 1..=3 {
        assert_eq!(keys.find(&kid(seed)).unwrap(), key(seed).public_key());
        assert!(keys.find(&kid(seed).to_uppercase()).is_none() && keys.find(&kid(seed)[..15]).is_none());
    }
    assert!(keys.find("").is_none());
}

#[test]
fn the_key_set_has_public_members_only() {
    let ring = KeyRing::new(key(1), Some(key(2)), vec![key(3).public_key().clone()]).unwrap();
    let set: Value = serde_json::from_str(&ring.jwks_json()).unwrap();
    assert_eq!(set.as_object().unwrap().len(), 1);
    let keys = set["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 3);
    for (published, seed) in keys.iter().zip([2, 1, 3]) {
        let members: Vec<&String> = published.as_object().unwrap().keys().collect();
        assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x"]);
        assert_eq!(published["kid"], kid(seed));
        let x = URL_SAFE_NO_PAD.decode(published["x"].as_str().unwrap()).unwrap();
        assert_eq!(x, key(seed).public_key().as_bytes());
        assert!(!ring.jwks_json().contains(&URL_SAFE_NO_PAD.encode(key(seed).seed())));
    }
}

#[test]
fn weak_and_malformed_public_keys_are_refused() {
    let mut identity = [0; 32];
    identity[0] = 1;
    for weak in [identity, [0; 32], [2; 32]] {
        assert_eq!(PublicKey::from_bytes(&weak), Err(KeyRingError::WeakKey), "{weak:?}");
    }
    assert_eq!(PublicKey::from_bytes(key(1).public_key().as_bytes()).as_ref(), Ok(key(1).public_key()));
}

#[test]
fn a_key_state_survives_the_database() {
    for state in [KeyState::Next, KeyState::Active, KeyState::Previous] {
        assert_eq!(state.as_str().parse(), Ok(state));
    }
    assert_eq!("retired".parse::<KeyState>(), Err(KeyRingError::UnknownState));
}

#[test]
fn a_private_key_is_never_printed() {
    let ring = KeyRing::new(key(1), Some(key(2)), vec![]).unwrap();
    let printed = format!("{ring:?}");
    assert!(printed.contains(&format!("SigningKey({}, ..)", kid(1))), "{printed}");
    assert!(!printed.contains("1, 1, 1, 1") && !printed.contains("0101"), "{printed}");
}
