//! Identities: a UUIDv7 that knows what it names.
//!
//! `Id<Article>` and `Id<Event>` are different types, so an event can never be looked up among the
//! articles by mistake. Ids are made by the application through an [`IdSource`], never by a
//! database, so both databases and every test see the same ones.

use std::{cmp::Ordering, fmt, hash, marker::PhantomData, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// The identity of a `T`.
pub struct Id<T> {
    uuid: Uuid,
    kind: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// The identity that `uuid` names among the `T`s.
    pub const fn new(uuid: Uuid) -> Self {
        Self { uuid, kind: PhantomData }
    }

    /// The bare UUID, for storage and the wire.
    pub const fn uuid(self) -> Uuid {
        self.uuid
    }
}

/// Where new identities come from: UUIDv7 from clock and randomness in production, counted ones in
/// tests, so that a snapshot needs no redaction.
pub trait IdSource: Send + Sync {
    /// A UUID that was never given out before.
    fn next_uuid(&self) -> Uuid;
}

impl dyn IdSource + '_ {
    /// A fresh identity for a `T`.
    pub fn next<T>(&self) -> Id<T> {
        Id::new(self.next_uuid())
    }
}

// Written out, because derives would ask `T: Clone` and so on, though no `T` is held.
impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.uuid.cmp(&other.uuid)
    }
}
impl<T> hash::Hash for Id<T> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.uuid, f)
    }
}
impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.uuid, f)
    }
}
impl<T> FromStr for Id<T> {
    type Err = uuid::Error;

    /// Only the hyphenated form names a resource: a second spelling of one id would be a second
    /// cache key and a second URL for one thing.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() == uuid::fmt::Hyphenated::LENGTH {
            Uuid::try_parse(text).map(Self::new)
        } else {
            Uuid::try_parse("").map(Self::new)
        }
    }
}
impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.uuid.serialize(serializer)
    }
}
impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(Self::new)
    }
}
