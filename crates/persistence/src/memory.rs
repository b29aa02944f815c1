//! What nearly every public answer needs and hardly anybody changes, kept in memory: the sections; and what a search
//! goes by, the synonyms and the site's menus.
//!
//! What is kept has the version that it was read with. Whoever needs it asks the database, inside the transaction of
//! the answer, for a version *other* than that: no row means that what is kept is what stands there. So nothing is ever
//! old, whoever wrote and on whichever node, and an answer still is of one snapshot; what is saved is reading the rows
//! and parsing them again.
//!
//! Only readers learn. What a transaction reads that also writes may never be committed, and another one would then
//! give the same version to something else.

use std::sync::{Arc, PoisonError, RwLock, atomic::AtomicI64};

use bantin_domain::{category::Category, site::SiteContent};

use crate::search::synonyms::StoredGroup;

/// What one store keeps.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) sections: Remembered<[Category]>,
    pub(crate) synonyms: Remembered<[StoredGroup]>,
    pub(crate) site: Remembered<SiteContent>,
    /// The place of the newest document that a search has met: there are about as many. What a search is asked by
    /// depends on it, and no answer does.
    pub(crate) newest_document: AtomicI64,
}

/// A value with its version.
#[derive(Debug)]
pub(crate) struct Remembered<T: ?Sized>(RwLock<Option<(i64, Arc<T>)>>);

impl<T: ?Sized> Default for Remembered<T> {
    fn default() -> Self {
        Self(RwLock::new(None))
    }
}

impl<T: ?Sized> Remembered<T> {
    /// The newest that was learnt.
    pub(crate) fn recall(&self) -> Option<(i64, Arc<T>)> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps what was read, unless somebody with a later snapshot has been here.
    pub(crate) fn learn(&self, version: i64, value: &Arc<T>) {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref().is_none_or(|(newest, _)| *newest < version) {
            *kept = Some((version, value.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_older_snapshot_saw_replaces_nothing() {
        let kept = Remembered::<str>::default();
        kept.learn(2, &Arc::from("new"));
        kept.learn(1, &Arc::from("old"));
        assert_eq!(kept.recall(), Some((2, Arc::from("new"))));
        kept.learn(3, &Arc::from("newer"));
        assert_eq!(kept.recall(), Some((3, Arc::from("newer"))));
    }
}
