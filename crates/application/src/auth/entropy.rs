//! Where random bytes come from: a parameter, like the clock and the ids.
//!
//! Keys, nonces, salts and bearer secrets are all drawn through one [`Entropy`], so that a test can
//! count the bytes it hands out and compare whole values, and so that nothing else in the crate can
//! draw from a weaker source by accident.

/// The system could not give random bytes. Nothing secret may be made then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system has no random bytes to give")]
pub struct EntropyError;

/// A source of bytes that nobody can guess.
pub trait Entropy: Send + Sync {
    /// Fills all of `bytes`.
    ///
    /// # Errors
    /// When the source failed. What `bytes` holds then must not be used.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError>;
}

/// The operating system's own source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(bytes).map_err(|_| EntropyError)
    }
}

/// The sources of the tests of this module and its siblings.
#[cfg(test)]
pub(crate) mod counted {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::{Entropy, EntropyError};

    /// Gives 0, 1, 2, ... and begins again after 255.
    #[derive(Default)]
    pub(crate) struct CountedEntropy(AtomicU8);

    impl Entropy for CountedEntropy {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
            bytes.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed));
            Ok(())
        }
    }

    /// Never has any.
    pub(crate) struct NoEntropy;

    impl Entropy for NoEntropy {
        fn fill(&self, _: &mut [u8]) -> Result<(), EntropyError> {
            Err(EntropyError)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_source_never_gives_the_same_twice() {
        let (mut first, mut second) = ([0; 32], [0; 32]);
        SystemEntropy.fill(&mut first).unwrap();
        SystemEntropy.fill(&mut second).unwrap();
        assert_ne!(first, [0; 32]);
        assert_ne!(first, second);
    }
}
