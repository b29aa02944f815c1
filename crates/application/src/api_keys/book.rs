//! What a node remembers of keys: which secrets are good, how many requests each key may make, and when each
//! was last used.
//!
//! Nothing is permitted from memory: whether a key is good, and for what, is read by the transaction that
//! acts. The book is asked only how often somebody may come, which must cost no statement; it is a second old
//! at most, and a node reads it anew at once after its own writes. Uses are kept here until the housekeeper
//! writes them down, once a minute, so that no read waits for a write.

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use bantin_domain::{
    api_key::{ApiKeyId, Network, Quota},
    policy::{Actor, Credential, Role},
    time::Timestamp,
};
use bantin_persistence::{
    StoreError,
    api_keys::shown::{self, GoodKey, LiveSecret},
};

use super::KeyDigest;
use crate::{app::App, error::AppError};

/// How old the book may be, in seconds.
const READ_AGAIN_SECONDS: i64 = 1;

/// A key that a node knows, as far as requests are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownKey {
    /// Its identity.
    pub id: ApiKeyId,
    /// How many requests it may make; `None` is what the settings say of every key.
    pub quota: Option<Quota>,
}

/// The book of one node.
#[derive(Default)]
pub(crate) struct Book {
    secrets: RwLock<Arc<HashMap<[u8; 32], LiveSecret>>>,
    /// Since when it is as it is; `None` where it must be read again.
    fresh_since: Mutex<Option<Timestamp>>,
    /// Held by who reads it; who comes meanwhile goes by what there is.
    reading: tokio::sync::Mutex<()>,
    uses: Mutex<BTreeMap<ApiKeyId, Timestamp>>,
}

impl Book {
    /// Reads the book again where it is older than a second.
    pub(crate) async fn catch_up(&self, app: &App) {
        let now = app.sources().clock.now();
        let is_fresh = |since: Timestamp| since <= now && now < since.plus_seconds(READ_AGAIN_SECONDS);
        if locked(&self.fresh_since).is_some_and(is_fresh) {
            return;
        }
        let Ok(_reading) = self.reading.try_lock() else { return };
        // Before it is read: what is written meanwhile is not in it, and asks for another look.
        *locked(&self.fresh_since) = Some(now);
        match app.look_up(|desk| Ok(shown::live(desk)?)).await {
            Ok(live) => {
                let known = live.into_iter().map(|secret| (secret.digest, secret)).collect();
                *self.secrets.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(known);
            }
            Err(error) => tracing::warn!(%error, "the API keys could not be read; going by those of before"),
        }
    }

    /// Says that a key was written on this node.
    pub(crate) fn forget(&self) {
        *locked(&self.fresh_since) = None;
    }

    /// The key with that secret, if it is good now and from there.
    pub(crate) fn find(&self, digest: &KeyDigest, address: IpAddr, now: Timestamp) -> Option<KnownKey> {
        let secrets = self.secrets.read().unwrap_or_else(PoisonError::into_inner).clone();
        let secret = secrets.get(digest.as_bytes())?;
        let is_good = secret.ends_at.is_none_or(|end| end > now) && admits(secret.networks.as_deref(), Some(address));
        is_good.then_some(KnownKey { id: secret.key, quota: secret.quota })
    }

    /// Who acts by a key that was just read.
    ///
    /// # Errors
    /// [`AppError::Unauthenticated`] where there is none, [`AppError::AddressNotAllowed`].
    pub(crate) fn admit(
        &self,
        key: Option<GoodKey>,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Actor, AppError> {
        let key = key.ok_or(AppError::Unauthenticated)?;
        if !admits(key.networks.as_deref(), address) {
            // Somebody has the secret who should not, or a program was moved: either way it is worth a look.
            tracing::warn!(key.id = %key.id, "an API key was shown from an address that it is not allowed from");
            return Err(AppError::AddressNotAllowed);
        }
        self.note_use(key.id, now);
        Ok(Actor {
            user: key.given_by,
            through: Credential::Key(key.id),
            role: Role::Integrator.into(),
            permissions: key.permissions,
            categories: key.categories,
            four_eyes: false,
        })
    }

    /// Remembers that a key was used.
    pub(crate) fn note_use(&self, key: ApiKeyId, at: Timestamp) {
        let mut uses = locked(&self.uses);
        let last = uses.entry(key).or_insert(at);
        *last = at.max(*last);
    }

    /// Takes out what was used since it was last asked.
    fn take_uses(&self) -> BTreeMap<ApiKeyId, Timestamp> {
        std::mem::take(&mut *locked(&self.uses))
    }
}

/// Whether a key may be used from an address. Who hides theirs is nowhere.
fn admits(networks: Option<&[Network]>, address: Option<IpAddr>) -> bool {
    let is_within =
        |networks: &[Network]| address.is_some_and(|address| networks.iter().any(|network| network.contains(address)));
    networks.is_none_or(is_within)
}

/// Writes down when keys were last used. Blocks.
///
/// # Errors
/// When the database fails; what was to be written is tried again the next time.
pub(crate) fn write_uses(app: &App) -> Result<(), AppError> {
    let uses = app.api_keys().take_uses();
    if uses.is_empty() {
        return Ok(());
    }
    let written = app.store().write(|tx| {
        uses.iter().try_for_each(|(key, at)| shown::note_use(tx, *key, *at))?;
        Ok::<_, StoreError>(())
    });
    written.inspect_err(|_| uses.iter().for_each(|(key, at)| app.api_keys().note_use(*key, *at)))?;
    Ok(())
}

/// A value behind a lock that somebody may have left in a panic: none of ours is ever half changed.
fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
