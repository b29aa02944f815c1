//! The keys that sign access tokens, while the program runs: read, rotated, retired.

use std::sync::{Arc, PoisonError, RwLock};

use bantin_domain::{
    audit::{AuditField, Entry},
    named::Named,
    policy::Resource,
    time::Timestamp,
    violation::{Fault, Violations},
};
use bantin_persistence::{
    Store, StoreError, Tx,
    accounts::signing_keys::{self, StoredKey},
    audit,
};
use tokio::sync::Mutex;

use crate::{
    app::{App, Origin},
    auth::{
        entropy::Entropy,
        key_ring::{KeyRing, KeyRingError, KeyState, PublicKey, SigningKey},
        secret_key::SecretKey,
        token,
    },
    error::AppError,
};

/// How long nobody who names an unknown key makes us look for it again, in seconds.
const LOOK_AGAIN_SECONDS: i64 = 1;

impl Named for KeyState {
    const ALL: &'static [Self] = &[Self::Next, Self::Active, Self::Previous];
    fn name(self) -> &'static str {
        self.as_str()
    }
}

/// The ring as this node knows it.
pub(crate) struct Keys {
    ring: RwLock<Arc<KeyRing>>,
    /// When somebody last made us look for a key; held while we look, so that others wait for what is found.
    looked_at: Mutex<Option<Timestamp>>,
}

impl Keys {
    /// A ring that was just read.
    pub(crate) fn new(ring: KeyRing) -> Self {
        Self { ring: RwLock::new(Arc::new(ring)), looked_at: Mutex::new(None) }
    }

    /// The ring.
    pub(crate) fn ring(&self) -> Arc<KeyRing> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes a ring that was read again.
    pub(crate) fn set(&self, ring: KeyRing) {
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
    }

    /// Reads the ring again where a token names a key that is not in it: another node may have rotated it
    /// a moment ago. At most once a second, whatever is sent; the ring is read again every few seconds
    /// anyway, and holds the key to come, so an honest token waits for this only after two turns.
    pub(crate) async fn catch_up(&self, app: &App, token: &str) {
        let Some(kid) = token::kid_of(token) else { return };
        if self.ring().knows(&kid) {
            return;
        }
        let mut looked_at = self.looked_at.lock().await;
        let now = app.sources().clock.now();
        let just_now = looked_at.is_some_and(|at| at <= now && now < at.plus_seconds(LOOK_AGAIN_SECONDS));
        if just_now || self.ring().knows(&kid) {
            return;
        }
        *looked_at = Some(now);
        let keeper = app.clone();
        match tokio::task::spawn_blocking(move || keeper.reload_keys()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(?error, "the signing keys could not be read again"),
            Err(error) => tracing::error!(%error, "reading the signing keys again panicked"),
        }
    }
}

/// Reads the ring, or makes the first one. Nodes that start at once agree, since they take turns.
pub(crate) fn load_or_make_keys(
    store: &Store,
    secret_key: &SecretKey,
    entropy: &dyn Entropy,
) -> Result<KeyRing, AppError> {
    if store.desk(|desk| Ok::<_, StoreError>(signing_keys::list::<KeyState>(desk)?.is_empty()))? {
        let active = SigningKey::generate(entropy)?;
        let next = SigningKey::generate(entropy)?;
        store.write(|tx| {
            signing_keys::lock(tx)?;
            if signing_keys::list::<KeyState>(tx)?.is_empty() {
                let keys = [
                    sealed(&active, KeyState::Active, secret_key, entropy)?,
                    sealed(&next, KeyState::Next, secret_key, entropy)?,
                ];
                signing_keys::replace(tx, &keys)?;
            }
            Ok::<_, AppError>(())
        })?;
    }
    load_keys(store, secret_key)
}

/// Reads the ring.
pub(crate) fn load_keys(store: &Store, secret_key: &SecretKey) -> Result<KeyRing, AppError> {
    let stored = store.desk(signing_keys::list::<KeyState>)?;
    ring(&stored, secret_key)
}

fn ring(stored: &[StoredKey<KeyState>], secret_key: &SecretKey) -> Result<KeyRing, AppError> {
    let internal = |what: &str, kid: &str| AppError::Internal(format!("signing key {kid}: {what}"));
    let (mut active, mut next, mut previous) = (None, None, Vec::new());
    for key in stored {
        let opened = || {
            SigningKey::open(secret_key, &key.sealed_private_key)
                .ok()
                .filter(|opened| opened.kid() == key.kid)
                .ok_or_else(|| internal("cannot be opened with this secret key file", &key.kid))
        };
        match key.state {
            KeyState::Active => active = Some(opened()?),
            KeyState::Next => next = Some(opened()?),
            KeyState::Previous => {
                let bytes: &[u8; 32] = key
                    .public_key
                    .as_slice()
                    .try_into()
                    .map_err(|_| internal("the public half is not 32 bytes", &key.kid))?;
                previous.push(PublicKey::from_bytes(bytes).map_err(|error| internal(&error.to_string(), &key.kid))?);
            }
        }
    }
    let active = active.ok_or_else(|| internal("no key signs", "-"))?;
    KeyRing::new(active, next, previous).map_err(|error| internal(&error.to_string(), "-"))
}

fn sealed(
    key: &SigningKey,
    state: KeyState,
    secret_key: &SecretKey,
    entropy: &dyn Entropy,
) -> Result<StoredKey<KeyState>, AppError> {
    Ok(StoredKey {
        kid: key.kid().to_owned(),
        state,
        public_key: key.public_key().as_bytes().to_vec(),
        sealed_private_key: key.seal(secret_key, entropy).map_err(|error| AppError::Internal(error.to_string()))?,
    })
}

/// The keys and their turns, for who looks after them.
///
/// # Errors
/// When the database fails.
pub async fn list_keys(app: &App) -> Result<Vec<(String, KeyState)>, AppError> {
    app.system(|tx| Ok(signing_keys::list::<KeyState>(tx)?.into_iter().map(|key| (key.kid, key.state)).collect())).await
}

/// Gives the ring a turn: next signs from now on, active still verifies, a new key is published.
///
/// # Errors
/// When the database fails.
pub async fn rotate_keys(app: &App) -> Result<(), AppError> {
    change_keys(app, "rotateKeys", |ring, entropy| {
        let new_key = SigningKey::generate(entropy)?;
        let rotated = ring.rotate(new_key.clone()).map_err(|error| AppError::Internal(error.to_string()))?;
        Ok((rotated, Some(new_key)))
    })
    .await
}

/// Takes a key out of the ring: tokens that it signed are refused from now on.
///
/// # Errors
/// [`AppError::Invalid`] for the key that signs, and for one that is not there.
pub async fn retire_key(app: &App, kid: String) -> Result<(), AppError> {
    change_keys(app, "retireKey", move |ring, _| match ring.retire(&kid) {
        Ok(left) => Ok((left, None)),
        Err(error) => {
            let mut faults = Violations::new();
            let code = if matches!(error, KeyRingError::ActiveKey) { "active_key" } else { "unknown_reference" };
            faults.add("/kid", Fault::new(code, error.to_string()));
            Err(faults.into())
        }
    })
    .await
}

async fn change_keys(
    app: &App,
    act: &'static str,
    change: impl FnOnce(&KeyRing, &dyn Entropy) -> Result<(KeyRing, Option<SigningKey>), AppError> + Send + 'static,
) -> Result<(), AppError> {
    let (entropy, keeper) = (app.sources().entropy.clone(), app.clone());
    app.system(move |tx: &mut Tx<'_>| {
        signing_keys::lock(tx)?;
        let stored = signing_keys::list::<KeyState>(tx)?;
        let secret_key = keeper.secret_key();
        let (changed, new_key) = change(&ring(&stored, secret_key)?, entropy.as_ref())?;
        let new_key = new_key.map(|key| sealed(&key, KeyState::Next, secret_key, entropy.as_ref())).transpose()?;
        let keys: Vec<StoredKey<KeyState>> = changed
            .states()
            .filter_map(|(key, state)| {
                let known = stored.iter().chain(new_key.iter()).find(|stored| stored.kid == key.kid())?;
                Some(StoredKey { state, ..known.clone() })
            })
            .collect();
        let names = |keys: &[StoredKey<KeyState>]| -> Vec<String> {
            keys.iter().map(|key| format!("{} {}", key.kid, key.state.as_str())).collect()
        };
        let entry = Entry::new(act, Resource::Site, None);
        let entry = entry.with(AuditField::changed("signingKeys", names(&stored), names(&keys)));
        let who = keeper.who(None, None, Origin::default());
        audit::append(tx, keeper.sources().ids.next(), &who, entry)?;
        Ok(signing_keys::replace(tx, &keys)?)
    })
    .await?;
    app.reload_keys()
}
