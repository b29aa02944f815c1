//! The key that wraps the secrets kept in the database.
//!
//! It lies in a file of its own, so that a leaked database or backup does not hand out the signing
//! keys inside it. Lose the file and those keys are lost too: new ones are made and every session
//! has to sign in again, but no content is touched.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Read, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::entropy::{Entropy, EntropyError};

/// The length of the key, and of the file that holds it.
const KEY_BYTES: usize = 32;
/// XChaCha20's nonce is long enough to be drawn at random for every sealing.
const NONCE_BYTES: usize = 24;
/// The first byte of everything sealed. Another cipher would get another number.
const VERSION: u8 = 1;

/// 32 random bytes. Wiped from memory on drop, never printed, never compared.
pub struct SecretKey(Zeroizing<[u8; KEY_BYTES]>);

/// Why the key file cannot be used. Names the file, never its content.
#[derive(Debug, thiserror::Error)]
pub enum SecretKeyError {
    /// It is missing, or the system refused to read it.
    #[error("the secret key file {path} cannot be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It could not be written.
    #[error("the secret key file {path} cannot be created")]
    NotCreated {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Somebody else on the machine can read or write it, so it may no longer be a secret.
    #[error("the secret key file {path} has mode {mode:03o}: only its owner may have access (chmod 600)")]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is not a key of ours: cut short, or another file altogether.
    #[error("the secret key file {path} must hold exactly {KEY_BYTES} bytes")]
    WrongLength {
        /// The file.
        path: PathBuf,
    },
    /// No new key could be drawn.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// Why a secret could not be sealed or opened. Says no more, so that it teaches an attacker nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The random nonce could not be drawn, or the plaintext is too long for the cipher.
    #[error("the secret could not be sealed")]
    NotSealed,
    /// It was sealed with another key or for another purpose, or was altered since.
    #[error("the sealed secret cannot be opened with this key")]
    NotOpened,
}

impl SecretKey {
    /// Reads the key file at `path`.
    ///
    /// # Errors
    /// When the file is missing, open to others than its owner, or not exactly 32 bytes long.
    pub fn read(path: &Path) -> Result<Self, SecretKeyError> {
        let unreadable = |source| SecretKeyError::Unreadable { path: path.to_owned(), source };
        let file = File::open(path).map_err(unreadable)?;
        // Asked of the opened file, not of the path, which could name another file a moment later.
        let mode = file.metadata().map_err(unreadable)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(SecretKeyError::Exposed { path: path.to_owned(), mode });
        }
        // One byte more than a key tells a longer file apart without reading all of it; the capacity
        // keeps the bytes from being copied about in memory.
        let mut bytes = Zeroizing::new(Vec::with_capacity(2 * KEY_BYTES));
        file.take(KEY_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        let key: [u8; KEY_BYTES] =
            bytes.as_slice().try_into().map_err(|_| SecretKeyError::WrongLength { path: path.to_owned() })?;
        Ok(Self(Zeroizing::new(key)))
    }

    /// Reads the key file at `path`, making it first when there is none.
    ///
    /// The file appears whole, with mode 0600, or not at all: it is written beside its place, synced
    /// and then renamed without overwriting. Two nodes that start at once thus end with one key, and
    /// a power cut never leaves half of one.
    ///
    /// # Errors
    /// As [`SecretKey::read`], and when the file cannot be written.
    pub fn read_or_create(path: &Path, entropy: &dyn Entropy) -> Result<Self, SecretKeyError> {
        if path.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            let mut key = Zeroizing::new([0; KEY_BYTES]);
            entropy.fill(key.as_mut_slice())?;
            match create(path, key.as_slice()) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(SecretKeyError::NotCreated { path: path.to_owned(), source }),
                Ok(()) => {}
            }
        }
        Self::read(path)
    }

    /// Seals `plaintext` for `purpose`: version byte, random nonce, ciphertext with its tag.
    ///
    /// The purpose is authenticated with it, so that a secret copied into another column of the
    /// database does not open there.
    ///
    /// # Errors
    /// [`SecretError::NotSealed`] when there is no randomness.
    pub fn seal(&self, entropy: &dyn Entropy, purpose: &str, plaintext: &[u8]) -> Result<Vec<u8>, SecretError> {
        let mut nonce = [0; NONCE_BYTES];
        entropy.fill(&mut nonce).map_err(|_| SecretError::NotSealed)?;
        let ciphertext = self
            .cipher()
            .encrypt(&XNonce::from(nonce), Payload { msg: plaintext, aad: purpose.as_bytes() })
            .map_err(|_| SecretError::NotSealed)?;
        Ok([&[VERSION], nonce.as_slice(), ciphertext.as_slice()].concat())
    }

    /// Opens what [`SecretKey::seal`] made for the same purpose.
    ///
    /// # Errors
    /// [`SecretError::NotOpened`] for another key, another purpose, another version, or a single
    /// altered bit.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SecretError> {
        let (version, rest) = sealed.split_first().ok_or(SecretError::NotOpened)?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(SecretError::NotOpened)?;
        if *version != VERSION {
            return Err(SecretError::NotOpened);
        }
        self.cipher()
            .decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: purpose.as_bytes() })
            .map(Zeroizing::new)
            .map_err(|_| SecretError::NotOpened)
    }

    /// 32 bytes that follow from the key, the purpose and the input, and that nobody without the key
    /// can tell from random ones: the same on every node, without anything being stored.
    ///
    /// HMAC-SHA256 twice, as HKDF does: first a key of the purpose's own is made, so that an input of
    /// one purpose never gives what it gives for another.
    pub fn derive(&self, purpose: &str, input: &[u8]) -> Zeroizing<[u8; 32]> {
        let own = mac(&self.0, purpose.as_bytes());
        mac(&own, input)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.0).into())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

fn mac(key: &[u8; KEY_BYTES], input: &[u8]) -> Zeroizing<[u8; 32]> {
    // A key that is shorter than a block is padded with zeros, says RFC 2104.
    let mut block = Zeroizing::new([0; 64]);
    block.iter_mut().zip(key).for_each(|(place, byte)| *place = *byte);
    let mut mac = Hmac::<Sha256>::new((&*block).into());
    mac.update(input);
    Zeroizing::new(mac.finalize().into_bytes().into())
}

/// Puts a file with `content` at `path`, unless there is one.
fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new()
        .prefix(".secret-key-")
        .permissions(fs::Permissions::from_mode(0o600))
        .tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|refused| refused.error)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, os::unix::fs::symlink};

    use super::*;
    use crate::auth::entropy::{
        SystemEntropy,
        counted::{CountedEntropy, NoEntropy},
    };

    fn key(byte: u8) -> SecretKey {
        SecretKey(Zeroizing::new([byte; KEY_BYTES]))
    }

    fn write(path: &Path, content: &[u8], mode: u32) {
        fs::write(path, content).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_created_key_is_private_and_reads_back_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        let made = SecretKey::read_or_create(&path, &CountedEntropy::default()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read(&path).unwrap(), (0..32).collect::<Vec<u8>>());
        assert_eq!(*made.0, *SecretKey::read(&path).unwrap().0);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left behind");
    }

    #[test]
    fn an_existing_key_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        write(&path, &[7; 32], 0o600);
        assert_eq!(*SecretKey::read_or_create(&path, &SystemEntropy).unwrap().0, [7; 32]);
        // As when another node wins the race between our look and our write.
        assert_eq!(create(&path, &[8; 32]).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        write(&path, b"short", 0o600);
        assert!(SecretKey::read_or_create(&path, &SystemEntropy).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"short");
    }

    #[test]
    fn nodes_that_start_at_once_share_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        let keys: HashSet<[u8; 32]> = std::thread::scope(|scope| {
            let nodes: Vec<_> =
                (0..8).map(|_| scope.spawn(|| SecretKey::read_or_create(&path, &SystemEntropy).unwrap())).collect();
            nodes.into_iter().map(|node| *node.join().unwrap().0).collect()
        });
        assert_eq!(keys.len(), 1);
    }

    #[test]
    fn a_dangling_link_is_an_error_and_not_a_new_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        symlink(folder.path().join("not-mounted-yet"), &path).unwrap();
        let refused = SecretKey::read_or_create(&path, &SystemEntropy).unwrap_err();
        assert!(matches!(refused, SecretKeyError::Unreadable { .. }));
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        for mode in [0o640, 0o604, 0o660, 0o602, 0o644] {
            write(&path, &[7; 32], mode);
            let refused = SecretKey::read(&path).unwrap_err();
            assert!(matches!(refused, SecretKeyError::Exposed { mode: found, .. } if found == mode), "{mode:o}");
            assert!(refused.to_string().contains(&format!("{mode:o}")), "{refused}");
        }
        write(&path, &[7; 32], 0o400);
        assert!(SecretKey::read(&path).is_ok());
    }

    #[test]
    fn a_file_of_another_length_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        for length in [0, 31, 33, 4096] {
            write(&path, &vec![7; length], 0o600);
            assert!(matches!(SecretKey::read(&path).unwrap_err(), SecretKeyError::WrongLength { .. }), "{length}");
        }
        assert!(matches!(SecretKey::read(&folder.path().join("none")).unwrap_err(), SecretKeyError::Unreadable { .. }));
    }

    #[test]
    fn what_was_sealed_opens_only_with_the_same_key_and_purpose() {
        let sealed = key(1).seal(&SystemEntropy, "signing-key", b"the seed").unwrap();
        assert_eq!(key(1).open("signing-key", &sealed).unwrap().as_slice(), b"the seed");
        assert_eq!(key(1).open("signing-kez", &sealed).unwrap_err(), SecretError::NotOpened);
        assert_eq!(key(2).open("signing-key", &sealed).unwrap_err(), SecretError::NotOpened);
    }

    #[test]
    fn one_altered_bit_or_one_lost_byte_keeps_it_shut() {
        let sealed = key(1).seal(&SystemEntropy, "p", b"x").unwrap();
        for position in 0..sealed.len() {
            for bit in 0..8 {
                let mut altered = sealed.clone();
                altered[position] ^= 1 << bit;
                assert!(key(1).open("p", &altered).is_err(), "byte {position} bit {bit}");
            }
            assert!(key(1).open("p", &sealed[..position]).is_err(), "cut at {position}");
        }
    }

    #[test]
    fn sealing_twice_gives_different_bytes_and_fails_without_randomness() {
        let entropy = CountedEntropy::default();
        let first = key(1).seal(&entropy, "p", b"same").unwrap();
        assert_ne!(first, key(1).seal(&entropy, "p", b"same").unwrap());
        assert_eq!(first[..25], (0..25).map(|n| if n == 0 { 1 } else { n - 1 }).collect::<Vec<u8>>());
        assert_eq!(key(1).seal(&NoEntropy, "p", b"same").unwrap_err(), SecretError::NotSealed);
    }

    #[test]
    fn what_is_derived_follows_from_the_key_the_purpose_and_the_input() {
        let all: HashSet<[u8; 32]> =
            [(1, "a", "b"), (2, "a", "b"), (1, "b", "b"), (1, "a", "a"), (1, "ab", ""), (1, "", "ab")]
                .map(|(byte, purpose, input)| *key(byte).derive(purpose, input.as_bytes()))
                .into();
        assert_eq!(all.len(), 6);
        assert_eq!(key(1).derive("a", b"b"), key(1).derive("a", b"b"));
    }

    #[test]
    fn the_mac_is_hmac_sha_256() {
        // RFC 4231, test case 2 has a shorter key, which the same zeros fill up.
        let mut jefe = [0; KEY_BYTES];
        jefe[..4].copy_from_slice(b"Jefe");
        let expected = [0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e];
        assert_eq!(mac(&jefe, b"what do ya want for nothing?")[..8], expected);
    }

    #[test]
    fn a_key_is_never_printed() {
        assert_eq!(format!("{:?}", key(171)), "SecretKey(..)");
    }
}
