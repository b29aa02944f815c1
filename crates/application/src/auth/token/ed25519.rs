//! The cryptography that the JWT library is given: Ed25519 and nothing else.
//!
//! Of its two ready-made providers one brings RSA code with an unmended timing fault, the other a C
//! library. Ours has one algorithm, so a token cannot talk the library into another one.

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, EncodingKey,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{Error, ErrorKind},
    signature::{self, Signer, Verifier},
};

use super::TokenError;

/// Signs with the 32-byte seed that an `EncodingKey` of the Ed family holds, and verifies with the
/// 32-byte point that a `DecodingKey` of that family holds. The key utilities, which only serve to
/// make JWKs out of private keys, answer errors.
pub(super) static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: make_signer,
    verifier_factory: make_verifier,
    key_utils: KeyUtils {
        rsa_pub_components_from_private_key: |_| Err(unsupported()),
        rsa_pub_components_from_public_key: |_| Err(unsupported()),
        ec_pub_components_from_private_key: |_, _| Err(unsupported()),
        ed_pub_components_from_private_key: |_, _| Err(unsupported()),
        compute_digest: |_, _| Err(unsupported()),
    },
};

fn unsupported() -> Error {
    ErrorKind::UnsupportedAlgorithm.into()
}

fn malformed() -> Error {
    ErrorKind::InvalidEddsaKey.into()
}

fn make_signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>, Error> {
    if *algorithm != Algorithm::EdDSA || key.family() != AlgorithmFamily::Ed {
        return Err(unsupported());
    }
    let seed = key.as_bytes().try_into().map_err(|_| malformed())?;
    Ok(Box::new(Ed25519Signer(SigningKey::from_bytes(seed))))
}

fn make_verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    if *algorithm != Algorithm::EdDSA || key.family() != AlgorithmFamily::Ed {
        return Err(unsupported());
    }
    let point = key.try_get_as_bytes()?.try_into().map_err(|_| malformed())?;
    Ok(Box::new(Ed25519Verifier(VerifyingKey::from_bytes(point).map_err(|_| malformed())?)))
}

struct Ed25519Signer(SigningKey);

impl Signer<Vec<u8>> for Ed25519Signer {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(self.0.sign(message).to_bytes().to_vec())
    }
}

impl JwtSigner for Ed25519Signer {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

struct Ed25519Verifier(VerifyingKey);

impl Verifier<Vec<u8>> for Ed25519Verifier {
    /// Strictly: one signature of a message is accepted in one spelling only, and none of a weak key.
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let signature = Signature::from_slice(signature).map_err(|_| signature::Error::new())?;
        self.0.verify_strict(message, &signature).map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Ed25519Verifier {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

/// Whether what is installed signs, verifies, and refuses an altered message.
pub(super) fn test_provider() -> Result<(), TokenError> {
    // Not a key of anybody's: it never leaves this function.
    let pair = SigningKey::from_bytes(&[1; 32]);
    let (private, public) =
        (EncodingKey::from_ed_der(pair.as_bytes()), DecodingKey::from_ed_der(pair.verifying_key().as_bytes()));
    let signature = jsonwebtoken::crypto::sign(b"self-test", &private, Algorithm::EdDSA);
    let signature = signature.map_err(|_| TokenError::SelfTest)?;
    let verifies = |message: &[u8]| jsonwebtoken::crypto::verify(&signature, message, &public, Algorithm::EdDSA);
    match (verifies(b"self-test"), verifies(b"self-tesu")) {
        (Ok(true), Ok(false)) => Ok(()),
        _ => Err(TokenError::SelfTest),
    }
}
