//! The chain that makes the log tamper-evident. Nothing here reads or writes anything.
//!
//! The seal of an entry is
//!
//! ```text
//! SHA-256( "bantin.audit.v1" 0x00 ‖ seal of the entry before, 32 bytes ‖ column ‖ column ‖ ... )
//! ```
//!
//! with 32 zero bytes before the first. The columns are those of [`RawEntry::columns`], in that order:
//! id, at, actor_id, session_id, action, resource, resource_id, version, fields, network, request_id.
//! Each is one byte 0 where it is null, else one byte 1, the length in 8 bytes (big-endian), and the
//! bytes: ids as their 16, everything else as its text (`at` as `2023-03-14T01:00:00.000000Z`). No two
//! entries have the same encoding. A change of it is another domain tag, so that no old seal is taken
//! for a new one.
//!
//! Whoever changes an entry, takes one away or puts it elsewhere breaks the chain there. Whoever can
//! write the whole table can also forge all seals from there on, or cut the log off: against that helps
//! only an [`Anchor`] that was kept elsewhere.

use std::{fmt, str::FromStr};

use bantin_persistence::audit::sealing::RawEntry;
use sha2::{Digest, Sha256};

const DOMAIN: &[u8] = b"bantin.audit.v1\0";

/// The seal of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hash([u8; 32]);

impl Hash {
    /// What the first entry is chained to.
    pub const GENESIS: Self = Self([0; 32]);

    /// The seal in a column; `None` for what is none.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The seal of the entry that comes after the one with this seal.
    #[must_use]
    pub fn then(&self, entry: &RawEntry) -> Self {
        let mut hash = Sha256::new();
        hash.update(DOMAIN);
        hash.update(self.0);
        for column in entry.columns() {
            match column {
                None => hash.update([0]),
                Some(bytes) => {
                    hash.update([1]);
                    hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
                    hash.update(bytes);
                }
            }
        }
        Self(hash.finalize().into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

/// Bytes in hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A sealed entry by its number and its seal. Kept elsewhere, it shows later that the log up to it is
/// still the one it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// The number.
    pub seq: i64,
    /// The seal.
    pub hash: Hash,
}

impl FromStr for Anchor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = || {
            let (seq, digits) = text.split_once(':')?;
            let seq = seq.parse().ok().filter(|seq| *seq > 0)?;
            let digits = Some(digits).filter(|digits| digits.len() == 64)?;
            let nibble = |digit: char| digit.to_digit(16).and_then(|value| u8::try_from(value).ok());
            let nibbles: Vec<u8> = digits.chars().map(nibble).collect::<Option<_>>()?;
            let bytes: Vec<u8> =
                nibbles.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, nibble| byte << 4 | nibble)).collect();
            Some(Self { seq, hash: Hash::from_slice(&bytes)? })
        };
        parsed().ok_or_else(|| "must be SEQ:HASH, as `bantin audit verify` prints the head".to_owned())
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, self.hash)
    }
}

/// The first thing that is wrong with the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The number at which it was found.
    pub seq: i64,
    /// The entry that was found there.
    pub id: Option<String>,
    /// What is wrong.
    pub what: Tampering,
}

/// What can be wrong with a sealed entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tampering {
    /// No entry has the number.
    Missing,
    /// The entry says something else than when it was sealed, or another one was put in its place.
    Altered,
    /// The entry was sealed at another place.
    OutOfOrder,
    /// The entry says what it said, but its seal was changed.
    Hash,
    /// The entry fits the ones before, but is not the one that the anchor names: everything up to it was
    /// written anew.
    Rewritten,
    /// The log ends before the entry that the anchor names.
    Truncated,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.what {
            Tampering::Missing => "is missing",
            Tampering::Altered => "was altered",
            Tampering::OutOfOrder => "stands in the wrong order",
            Tampering::Hash => "has another hash than it was sealed with",
            Tampering::Rewritten => "is not the one that the anchor names: the log up to it was rewritten",
            Tampering::Truncated => "is named by the anchor, but the log ends before it",
        };
        match &self.id {
            Some(id) => write!(f, "entry {} (id {id}) {what}", self.seq),
            None => write!(f, "entry {} {what}", self.seq),
        }
    }
}

/// Walks along the chain.
#[derive(Debug)]
pub struct Verifier {
    last: Anchor,
    anchor: Option<Anchor>,
}

impl Verifier {
    /// One that stands before the first entry.
    pub fn new(anchor: Option<Anchor>) -> Self {
        Self { last: Anchor { seq: 0, hash: Hash::GENESIS }, anchor }
    }

    /// The last entry that was found right.
    pub fn last(&self) -> Anchor {
        self.last
    }

    /// Goes on over the entries that come next.
    ///
    /// # Errors
    /// The first fault.
    pub fn walk(&mut self, entries: &[RawEntry]) -> Result<(), Fault> {
        let mut rest = entries;
        while let Some((entry, after)) = rest.split_first() {
            let seq = self.last.seq + 1;
            if entry.seq != Some(seq) {
                return Err(Fault { seq, id: None, what: Tampering::Missing });
            }
            let fault = |what| Fault { seq, id: Some(name(&entry.id)), what };
            let hash = self.last.hash.then(entry);
            let stored = entry.hash.as_deref().and_then(Hash::from_slice);
            if stored != Some(hash) {
                return Err(fault(reason(entry, hash, stored, entries, after)));
            }
            self.last = Anchor { seq, hash };
            if self.anchor.is_some_and(|anchor| anchor.seq == seq && anchor.hash != hash) {
                return Err(fault(Tampering::Rewritten));
            }
            rest = after;
        }
        Ok(())
    }

    /// Says that there is nothing more.
    ///
    /// # Errors
    /// [`Tampering::Truncated`] where the anchor was not reached.
    pub fn end(&self) -> Result<(), Fault> {
        match self.anchor {
            Some(anchor) if anchor.seq > self.last.seq => {
                Err(Fault { seq: anchor.seq, id: None, what: Tampering::Truncated })
            }
            _ => Ok(()),
        }
    }
}

/// What became of an entry whose seal does not fit, as far as those around it tell.
fn reason(entry: &RawEntry, hash: Hash, stored: Option<Hash>, around: &[RawEntry], after: &[RawEntry]) -> Tampering {
    let sealed = |entry: &RawEntry| entry.hash.as_deref().and_then(Hash::from_slice);
    // It fits behind another one: there it was sealed.
    let fits_elsewhere = around.iter().filter_map(sealed).any(|before| Some(before.then(entry)) == stored);
    // The next one goes on from what the seal should be: nothing but the seal was touched.
    let is_gone_on_from = after.first().is_some_and(|next| sealed(next) == Some(hash.then(next)));
    match (fits_elsewhere, is_gone_on_from) {
        (true, _) => Tampering::OutOfOrder,
        (false, true) => Tampering::Hash,
        (false, false) => Tampering::Altered,
    }
}

/// An id as people read it, or its bytes where it is none.
fn name(id: &[u8]) -> String {
    uuid::Uuid::from_slice(id).map_or_else(|_| hex(id), |id| id.to_string())
}

#[cfg(test)]
mod tests;
