//! Logging in, and the keys that sign what a login gives.

use bantin_domain::{
    id::Id,
    named::Named,
    policy::Session,
    user::{Email, User},
    violation::{Fault, Violations},
};
use bantin_persistence::{
    Store, StoreError, Tx,
    accounts::{self, Account, StoredKey},
};

use crate::{
    app::{App, Caller},
    auth::{
        entropy::Entropy,
        key_ring::{KeyRing, KeyRingError, KeyState, PublicKey, SigningKey},
        password::{self, PasswordHash, Verdict},
        secret_key::SecretKey,
    },
    error::AppError,
};

/// How long an access token is good, in seconds.
pub const ACCESS_SECONDS: i64 = 600;
/// How long a session lasts at most, in seconds: 30 days.
const SESSION_SECONDS: i64 = 30 * 24 * 60 * 60;

impl Named for KeyState {
    const ALL: &'static [Self] = &[Self::Next, Self::Active, Self::Previous];
    fn name(self) -> &'static str {
        self.as_str()
    }
}

/// What a login gives.
#[derive(Debug)]
pub struct LoggedIn {
    /// A signed access token.
    pub access_token: String,
    /// For how many seconds.
    pub expires_in: i64,
    /// The account.
    pub user: User,
}

/// Logs in with an address and a password.
///
/// An unknown address costs the same work as a known one and gets the same answer, so that nobody
/// learns by trying who has an account.
///
/// # Errors
/// [`AppError::Unauthenticated`] whatever was wrong.
pub async fn log_in(app: &App, email: String, password: String) -> Result<LoggedIn, AppError> {
    let account = match Email::parse(&email) {
        Ok(email) => app.look_up(move |desk| Ok(accounts::find_by_email(desk, &email)?)).await?,
        Err(_) => None,
    };
    let account = prove(app, account, password).await?;
    let session: Id<Session> = app.sources().ids.next();
    let user = account.user.clone();
    let owner = user.id;
    let proven = account.password_hash;
    app.system(move |tx| {
        // While the hash was computed the account may have been shut out, or given another password. The
        // lock makes whoever does that next wait, and end this session too.
        accounts::lock_user(tx, owner)?;
        let now = accounts::find_user(tx, owner)?.ok_or(AppError::Unauthenticated)?;
        if now.user.disabled || now.password_hash != proven {
            return Err(AppError::Unauthenticated);
        }
        let expires_at = tx.now().plus_seconds(SESSION_SECONDS);
        Ok(accounts::insert_session(tx, session, owner, expires_at)?)
    })
    .await?;
    Ok(LoggedIn { access_token: app.sign(user.id, session, ACCESS_SECONDS)?, expires_in: ACCESS_SECONDS, user })
}

/// Passes the account on if the password is its own.
async fn prove(app: &App, account: Option<Account>, candidate: String) -> Result<Account, AppError> {
    let hashing = app.settings().hashing;
    app.hash(move || {
        let stored = account
            .as_ref()
            .filter(|account| !account.user.disabled)
            .and_then(|account| account.password_hash.as_deref())
            .and_then(|phc| PasswordHash::parse(phc).ok());
        let failed = |error: password::HashError| AppError::Unavailable(error.to_string());
        let (hash, known) = match stored {
            Some(hash) => (hash, true),
            None => (password::dummy_hash(&hashing).map_err(failed)?, false),
        };
        let verdict = password::verify(&candidate, &hash, &hashing).map_err(failed)?;
        match account {
            Some(account) if known && verdict != Verdict::Mismatch => Ok(account),
            _ => Err(AppError::Unauthenticated),
        }
    })
    .await
}

/// Ends the caller's session.
///
/// # Errors
/// [`AppError::Unauthenticated`] when it has ended before.
pub async fn log_out(app: &App, caller: Caller) -> Result<(), AppError> {
    app.write(caller, move |act| Ok(accounts::end_session(act.tx, caller.session)?)).await
}

/// The caller's own account.
///
/// # Errors
/// [`AppError::Unauthenticated`] when the session does not hold any more.
pub async fn me(app: &App, caller: Caller) -> Result<User, AppError> {
    app.desk(caller, move |desk, actor| {
        accounts::find_user(desk, actor.user)?.map(|account| account.user).ok_or(AppError::Unauthenticated)
    })
    .await
}

/// Reads the ring, or makes the first one. Nodes that start at once agree, since they take turns.
pub(crate) fn load_or_make_keys(
    store: &Store,
    secret_key: &SecretKey,
    entropy: &dyn Entropy,
) -> Result<KeyRing, AppError> {
    if store.desk(|desk| Ok::<_, StoreError>(accounts::signing_keys::<KeyState>(desk)?.is_empty()))? {
        let active = SigningKey::generate(entropy)?;
        let next = SigningKey::generate(entropy)?;
        store.write(|tx| {
            accounts::lock_signing_keys(tx)?;
            if accounts::signing_keys::<KeyState>(tx)?.is_empty() {
                let keys = [
                    sealed(&active, KeyState::Active, secret_key, entropy)?,
                    sealed(&next, KeyState::Next, secret_key, entropy)?,
                ];
                accounts::replace_signing_keys(tx, &keys)?;
            }
            Ok::<_, AppError>(())
        })?;
    }
    load_keys(store, secret_key)
}

/// Reads the ring.
pub(crate) fn load_keys(store: &Store, secret_key: &SecretKey) -> Result<KeyRing, AppError> {
    let stored = store.desk(accounts::signing_keys::<KeyState>)?;
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
    app.system(|tx| Ok(accounts::signing_keys::<KeyState>(tx)?.into_iter().map(|key| (key.kid, key.state)).collect()))
        .await
}

/// Gives the ring a turn: next signs from now on, active still verifies, a new key is published.
///
/// # Errors
/// When the database fails.
pub async fn rotate_keys(app: &App) -> Result<(), AppError> {
    change_keys(app, |ring, entropy| {
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
    change_keys(app, move |ring, _| match ring.retire(&kid) {
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
    change: impl FnOnce(&KeyRing, &dyn Entropy) -> Result<(KeyRing, Option<SigningKey>), AppError> + Send + 'static,
) -> Result<(), AppError> {
    let (entropy, keeper) = (app.sources().entropy.clone(), app.clone());
    app.system(move |tx: &mut Tx<'_>| {
        accounts::lock_signing_keys(tx)?;
        let stored = accounts::signing_keys::<KeyState>(tx)?;
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
        Ok(accounts::replace_signing_keys(tx, &keys)?)
    })
    .await?;
    app.reload_keys()
}
