//! Passwords: what may be chosen, how it is kept, how a candidate is checked.
//!
//! The rules are those of NIST SP 800-63B-4: at least fifteen characters, no rule on which ones,
//! common ones refused. A password is brought to NFKC once, here, so that the same one typed on
//! another keyboard (composed or decomposed marks) is the same; it is changed in no other way, and
//! every character counts to the last.
//!
//! Everything here is synchronous. [`hash`] and [`verify`] take tens of milliseconds and megabytes:
//! they must run on the blocking pool and under a permit, or a handful of logins would stall every
//! other request of the worker and a flood of them would exhaust the memory.

use std::fmt;

use argon2::{
    Algorithm, Argon2, Params, PasswordVerifier, Version,
    password_hash::{
        self, CustomizedPasswordHasher,
        phc::{self, Output, ParamsString, Salt},
    },
};
use bantin_domain::violation::Fault;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::{
    common_password,
    entropy::{Entropy, EntropyError},
};

/// The fewest characters (code points after NFKC) of a password.
pub const SHORTEST: usize = 15;
/// The most characters of a password.
pub const LONGEST: usize = 128;
/// The most bytes that are looked at, before anything is done with them.
const MOST_BYTES: usize = 1024;
/// How much longer NFKC can make a text: U+FDFA, three bytes, becomes 33.
const NFKC_GROWTH: usize = 11;
const SALT_BYTES: usize = 16;
const OUTPUT_BYTES: usize = 32;

/// A password that somebody may choose. Wiped from memory on drop, never printed.
pub struct Password(Zeroizing<String>);

impl Password {
    /// Parses a password that is about to be chosen. `names` are what belongs to the account and a
    /// guesser tries first: the site's name, the person's name and e-mail address.
    ///
    /// # Errors
    /// `too_short` and `too_long` by characters, `too_common` for one that is on the list of common
    /// ones, or made of one of those, of runs or of `names` and little else.
    pub fn parse(text: &str, names: &[&str]) -> Result<Self, Fault> {
        let too_long = || Fault::new("too_long", format!("must have at most {LONGEST} characters"));
        let password = normalised(text).ok_or_else(too_long)?;
        let characters = password.chars().count();
        if characters < SHORTEST {
            return Err(Fault::new("too_short", format!("must have at least {SHORTEST} characters")));
        }
        if characters > LONGEST {
            return Err(too_long());
        }
        if common_password::is_common(&password, names) {
            return Err(Fault::new(
                "too_common",
                "must not be a common password, a run of keys, or made of your names",
            ));
        }
        Ok(Self(password))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// `text` in NFKC, or `None` when it is too long to be looked at.
fn normalised(text: &str) -> Option<Zeroizing<String>> {
    if text.len() > MOST_BYTES {
        return None;
    }
    // Room for all of it at once: a string that grows leaves copies of its beginning behind.
    let mut normal = Zeroizing::new(String::with_capacity(text.len() * NFKC_GROWTH));
    normal.extend(text.nfkc());
    Some(normal)
}

/// What one hash costs: memory, passes and lanes of Argon2id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashParameters {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl HashParameters {
    /// 19 MiB, two passes, one lane: the least that OWASP recommends, and our floor and default.
    pub const DEFAULT: Self = Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 };
    /// The most that a hash may cost, in the settings or in the database: a hash imported with
    /// 4 GiB in it would otherwise take the machine down at the next login.
    const CEILING: Self = Self { memory_kib: 256 * 1024, passes: 10, lanes: 4 };

    /// The parameters of the settings.
    ///
    /// # Errors
    /// `out_of_range` below [`HashParameters::DEFAULT`] and above 256 MiB, 10 passes and 4 lanes.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, Fault> {
        let chosen = Self { memory_kib, passes, lanes };
        if chosen.within(Self::DEFAULT, Self::CEILING) {
            Ok(chosen)
        } else {
            Err(Fault::new(
                "out_of_range",
                "must be 19456 to 262144 KiB of memory, 2 to 10 passes and 1 to 4 lanes of Argon2id",
            ))
        }
    }

    /// As cheap as Argon2 allows, for tests. Not in a production build: the settings of one cannot
    /// go below the floor.
    #[cfg(any(test, feature = "test-support"))]
    pub const fn for_tests() -> Self {
        Self { memory_kib: 8, passes: 1, lanes: 1 }
    }

    fn within(self, least: Self, most: Self) -> bool {
        (least.memory_kib..=most.memory_kib).contains(&self.memory_kib)
            && (least.passes..=most.passes).contains(&self.passes)
            && (least.lanes..=most.lanes).contains(&self.lanes)
    }

    fn weaker_than(self, wanted: Self) -> bool {
        self.memory_kib < wanted.memory_kib || self.passes < wanted.passes
    }

    fn to_argon2(self) -> Result<Params, HashError> {
        Params::new(self.memory_kib, self.passes, self.lanes, Some(OUTPUT_BYTES)).map_err(|_| HashError::Failed)
    }
}

impl Default for HashParameters {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A password's Argon2id hash, with its salt and parameters inside. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash {
    phc: phc::PasswordHash,
    parameters: HashParameters,
}

/// A stored hash that is none of ours: not Argon2id, cut short, or with parameters beyond the caps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored password hash is not an acceptable Argon2id hash")]
pub struct NotAHash;

impl PasswordHash {
    /// Reads a stored hash, a PHC string.
    ///
    /// # Errors
    /// [`NotAHash`] for what [`hash`] never makes: another algorithm or version, a salt or an
    /// output of another length, parameters missing, unknown or above the caps.
    pub fn parse(text: &str) -> Result<Self, NotAHash> {
        let phc = phc::PasswordHash::new(text).map_err(|_| NotAHash)?;
        let cost = |name| phc.params.get_decimal(name).ok_or(NotAHash);
        let parameters = HashParameters { memory_kib: cost("m")?, passes: cost("t")?, lanes: cost("p")? };
        let least = HashParameters { memory_kib: Params::MIN_M_COST * parameters.lanes.min(4), passes: 1, lanes: 1 };
        let ours = phc.algorithm == Algorithm::Argon2id.ident()
            && phc.version == Some(Version::V0x13.into())
            && phc.params.iter().count() == 3
            && phc.salt.is_some_and(|salt| salt.len() == SALT_BYTES)
            && phc.hash.is_some_and(|output| output.len() == OUTPUT_BYTES)
            && parameters.within(least, HashParameters::CEILING);
        if ours { Ok(Self { phc, parameters }) } else { Err(NotAHash) }
    }

    /// The PHC string, for the database.
    pub fn to_phc(&self) -> String {
        self.phc.to_string()
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// Why nothing could be hashed. It is the server's fault, never the candidate's: answer 503.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// There is no salt.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The memory that the parameters ask for is not to be had now.
    #[error("there is not enough memory to hash a password")]
    OutOfMemory,
    /// The library refused parameters that were checked before: a fault of ours.
    #[error("the password could not be hashed")]
    Failed,
}

impl From<password_hash::Error> for HashError {
    fn from(error: password_hash::Error) -> Self {
        match error {
            password_hash::Error::OutOfMemory => Self::OutOfMemory,
            _ => Self::Failed,
        }
    }
}

/// Hashes a password that was just chosen. Slow by design; see the module.
///
/// # Errors
/// When the salt or the memory is not to be had.
pub fn hash(
    password: &Password,
    parameters: &HashParameters,
    entropy: &dyn Entropy,
) -> Result<PasswordHash, HashError> {
    salted(&password.0, parameters, entropy)
}

/// Hashes a password anew that [`verify`] has just found to be the stored one: what was allowed when it
/// was chosen is not judged again.
///
/// # Errors
/// As [`hash`].
pub fn rehash(proven: &str, parameters: &HashParameters, entropy: &dyn Entropy) -> Result<PasswordHash, HashError> {
    let password = normalised(proven).ok_or(HashError::Failed)?;
    salted(&password, parameters, entropy)
}

fn salted(password: &str, parameters: &HashParameters, entropy: &dyn Entropy) -> Result<PasswordHash, HashError> {
    let mut salt = [0; SALT_BYTES];
    entropy.fill(&mut salt)?;
    let phc: phc::PasswordHash =
        argon2().hash_password_customized(password.as_bytes(), &salt, None, None, parameters.to_argon2()?)?;
    Ok(PasswordHash { phc, parameters: *parameters })
}

/// What checking a candidate found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the password.
    Match,
    /// It is the password, but its hash is weaker than the settings now ask: hash it anew and store
    /// that.
    MatchNeedsRehash,
    /// It is not.
    Mismatch,
}

/// Checks what somebody gave as their password. Slow by design; see the module.
///
/// A candidate that was never allowed (too short, too common) is simply not the password. One of more
/// than 1 KiB is not even hashed: that is quicker, but tells only what its sender knows already.
///
/// # Errors
/// When the memory is not to be had. It must not be answered like a mismatch, or a busy server would
/// tell people that they forgot their passwords.
pub fn verify(candidate: &str, stored: &PasswordHash, wanted: &HashParameters) -> Result<Verdict, HashError> {
    let Some(candidate) = normalised(candidate) else {
        return Ok(Verdict::Mismatch);
    };
    match argon2().verify_password(candidate.as_bytes(), &stored.phc) {
        Ok(()) if stored.parameters.weaker_than(*wanted) => Ok(Verdict::MatchNeedsRehash),
        Ok(()) => Ok(Verdict::Match),
        Err(password_hash::Error::PasswordInvalid) => Ok(Verdict::Mismatch),
        Err(error) => Err(error.into()),
    }
}

/// The hash of nobody's password, to [`verify`] against when there is no such account.
///
/// The work is that of a real check with `parameters`, and nothing matches, so neither the answer nor
/// its time tells whether the account exists. (An account whose hash still has other parameters is
/// told apart until its owner signs in again and the hash is renewed.)
///
/// # Errors
/// Never, with parameters that were made by [`HashParameters`].
pub fn dummy_hash(parameters: &HashParameters) -> Result<PasswordHash, HashError> {
    let phc = phc::PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(parameters.to_argon2()?)?,
        salt: Some(Salt::new(&[0; SALT_BYTES]).map_err(|_| HashError::Failed)?),
        hash: Some(Output::new(&[0; OUTPUT_BYTES]).map_err(|_| HashError::Failed)?),
    };
    Ok(PasswordHash { phc, parameters: *parameters })
}

fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

#[cfg(test)]
mod tests;
