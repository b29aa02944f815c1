//! Logging in, staying in, and logging out.
//!
//! A session begins with a password ([`log_in`]) and is carried on by refresh tokens ([`refresh`]): each is
//! good once, and gives the next. Whoever brings a spent one either raced itself, and gets the very same
//! next one for ten seconds, or found somebody else's: then the whole session ends, since nobody can say
//! which of the two is its owner. A session that is not carried on for a week is over, and every session
//! is over after a month.
//!
//! An access token only says who its bearer was when it was signed; that the session still holds is asked
//! by each transaction that acts.

use bantin_domain::{
    audit::Entry,
    id::Id,
    listing::{PageRequest, Slice},
    policy::{Actor, Credential, Permission, Resource, Session},
    time::Timestamp,
    user::{Email, User},
};
pub use bantin_persistence::accounts::{Account, sessions::StoredSession};
use bantin_persistence::{
    Desk, Tx,
    accounts::{self, sessions},
    audit,
};

pub(crate) use self::keys::{Keys, load_keys, load_or_make_keys};
pub use self::{
    keys::{list_keys, retire_key, rotate_keys},
    password::{PasswordChange, change_password},
};
use self::{password::Proven, throttle::Subjects};
use crate::{
    app::{Act, App, Caller, Origin},
    auth::opaque::{Opaque, OpaqueKind},
    error::AppError,
};

mod keys;
mod password;
pub(crate) mod throttle;

/// How long an access token is good, in seconds.
pub const ACCESS_SECONDS: i64 = 600;
/// How long a session lasts at most, in seconds: 30 days.
pub const SESSION_SECONDS: i64 = 30 * 24 * 60 * 60;
/// For how long a client that races itself gets the same next token, in seconds.
const RACE_SECONDS: i64 = 10;

/// What a login gives, and a refresh.
pub struct LoggedIn {
    /// A signed access token.
    pub access_token: String,
    /// For how many seconds.
    pub expires_in: i64,
    /// What the session is carried on with.
    pub refresh_token: Opaque,
    /// The account.
    pub account: Account,
}

/// Logs in with an address and a password.
///
/// An unknown address costs the same work as a known one and gets the same answer, so that nobody
/// learns by trying who has an account.
///
/// # Errors
/// [`AppError::Unauthenticated`] whatever was wrong; [`AppError::RateLimited`] after too many failures.
pub async fn log_in(app: &App, origin: Origin, email: String, password: String) -> Result<LoggedIn, AppError> {
    let subjects = Subjects::of(app, &email, origin.address);
    let email = Email::parse(&email).ok();
    let account = app
        .system(move |tx| {
            throttle::take(tx, &subjects)?;
            Ok(match email {
                Some(email) => accounts::find_by_email(tx, &email)?,
                None => None,
            })
        })
        .await?;
    let tried = account.as_ref().map(|account| account.user.id);
    match password::prove(app, account, password).await {
        Ok(Some(proven)) => begin(app, origin, subjects, proven).await,
        Ok(None) => {
            note_failure(app, origin, "logInFailed", tried).await?;
            Err(AppError::Unauthenticated)
        }
        Err(error) => {
            app.system(move |tx| throttle::give_back(tx, &subjects)).await?;
            Err(error)
        }
    }
}

async fn begin(app: &App, origin: Origin, subjects: Subjects, proven: Proven) -> Result<LoggedIn, AppError> {
    let session: Id<Session> = app.sources().ids.next();
    let refresh_token = Opaque::generate(app.sources().entropy.as_ref(), OpaqueKind::Refresh)?;
    let (digest, keeper) = (refresh_token.digest(), app.clone());
    let account = app
        .system(move |tx| {
            // While the hash was computed the account may have been shut out, or given another password.
            // The lock makes whoever does that next wait, and end this session too.
            let user = proven.account.user.id;
            accounts::lock_user(tx, user)?;
            let account = accounts::find_user(tx, user)?
                .filter(|now| !now.user.disabled && now.password_hash == proven.account.password_hash)
                .ok_or(AppError::Unauthenticated)?;
            if let Some(hash) = &proven.renewed {
                accounts::renew_hash(tx, user, hash)?;
            }
            throttle::forgive(tx, &subjects)?;
            let who = keeper.who(Some(user), Some(Credential::Session(session)), origin);
            let (begun, expires_at) = (tx.now(), tx.now().plus_seconds(SESSION_SECONDS));
            let network = who.network.clone();
            let stored =
                StoredSession { id: session, user, created_at: begun, refreshed_at: None, expires_at, network };
            sessions::insert(tx, &stored)?;
            sessions::insert_refresh(tx, &digest, session, refresh_until(begun, expires_at))?;
            audit::append(tx, keeper.sources().ids.next(), &who, Entry::new("logIn", Resource::User, user.uuid()))?;
            Ok(account)
        })
        .await?;
    logged_in(app, session, refresh_token, account)
}

fn logged_in(app: &App, session: Id<Session>, refresh_token: Opaque, account: Account) -> Result<LoggedIn, AppError> {
    let access_token = app.sign(account.user.id, session, ACCESS_SECONDS)?;
    Ok(LoggedIn { access_token, expires_in: ACCESS_SECONDS, refresh_token, account })
}

/// Until when a refresh token is good: until the session has idled too long, or is over anyway.
fn refresh_until(now: Timestamp, session_ends: Timestamp) -> Timestamp {
    now.plus_seconds(sessions::IDLE_SECONDS).min(session_ends)
}

/// Records that somebody did not show who they are. Whom they tried is told by the account's id, where
/// there is such an account: the address that was typed may be anything, somebody's password too.
async fn note_failure(app: &App, origin: Origin, act: &'static str, tried: Option<Id<User>>) -> Result<(), AppError> {
    let (who, id) = (app.who(None, None, origin), app.sources().ids.next());
    let entry = Entry::new(act, Resource::User, tried.map(Id::uuid));
    app.system(move |tx| Ok(audit::append(tx, id, &who, entry)?)).await
}

/// Carries a session on: exchanges a refresh token for the next one, and gives a new access token.
///
/// All of it is one transaction, so a node that dies in it has either done nothing or left a next token
/// that the client gets by asking again.
///
/// # Errors
/// [`AppError::Unauthenticated`] for a token that is good for nothing, whyever.
pub async fn refresh(app: &App, origin: Origin, token: &str) -> Result<LoggedIn, AppError> {
    let token = Opaque::parse(OpaqueKind::Refresh, token).ok_or(AppError::Unauthenticated)?;
    let keeper = app.clone();
    // Ending the session of a token that came twice is a result, not an error: an error would undo it.
    let carried = app.system(move |tx| carry_on(tx, &keeper, origin, &token)).await?;
    let (session, next, account) = carried.ok_or(AppError::Unauthenticated)?;
    logged_in(app, session, next, account)
}

fn carry_on(
    tx: &mut Tx<'_>,
    app: &App,
    origin: Origin,
    token: &Opaque,
) -> Result<Option<(Id<Session>, Opaque, Account)>, AppError> {
    let digest = token.digest();
    let Some(known) = sessions::find_refresh(tx, &digest)? else { return Ok(None) };
    // Of two who bring the token at once, the second reads it behind the lock, and finds it spent.
    sessions::lock(tx, known.session)?;
    let (token_now, session) = (sessions::find_refresh(tx, &digest)?, sessions::find_live(tx, known.session)?);
    let (Some(known), Some(session)) = (token_now, session) else { return Ok(None) };
    let account = accounts::find_user(tx, session.user)?.filter(|account| !account.user.disabled);
    let Some(account) = account else { return Ok(None) };
    let next = token.successor(app.secret_key());
    let who = app.who(Some(session.user), Some(Credential::Session(session.id)), origin);
    match known.spent_at {
        None if known.expires_at <= tx.now() => return Ok(None),
        None => {
            let until = refresh_until(tx.now(), session.expires_at);
            sessions::spend_refresh(tx, &digest)?;
            sessions::insert_refresh(tx, &next.digest(), session.id, until)?;
            sessions::carried_on(tx, session.id, who.network.as_deref())?;
        }
        Some(spent_at) if tx.now() <= spent_at.plus_seconds(RACE_SECONDS) => {}
        Some(_) => {
            sessions::end(tx, session.user, session.id)?;
            let stranger = audit::Who { user: None, ..who };
            let entry = Entry::new("refreshTokenReused", Resource::User, session.user.uuid());
            audit::append(tx, app.sources().ids.next(), &stranger, entry)?;
            return Ok(None);
        }
    }
    Ok(Some((session.id, next, account)))
}

/// The session that somebody acts through. A key has none: neither to end nor to look at.
pub(crate) fn session_of(actor: &Actor) -> Result<Id<Session>, AppError> {
    match actor.through {
        Credential::Session(session) => Ok(session),
        Credential::Key(_) => Err(AppError::Forbidden),
    }
}

/// Ends the caller's session.
///
/// # Errors
/// When the database fails.
pub fn log_out(act: &mut Act<'_, '_>) -> Result<(), AppError> {
    let (user, session) = (act.actor.user, session_of(&act.actor)?);
    sessions::end(act.tx, user, session)?;
    act.record(Entry::new("logOut", Resource::User, user.uuid()));
    Ok(())
}

/// Ends one of the caller's sessions.
///
/// # Errors
/// [`AppError::NotFound`] for one that is somebody else's, or over.
pub fn end(act: &mut Act<'_, '_>, session: Id<Session>) -> Result<(), AppError> {
    let user = act.actor.user;
    if !sessions::end(act.tx, user, session)? {
        return Err(AppError::NotFound);
    }
    act.record(Entry::new("endSession", Resource::User, user.uuid()));
    Ok(())
}

/// Ends all of the caller's sessions but the one through which they ask.
///
/// # Errors
/// When the database fails.
pub fn end_others(act: &mut Act<'_, '_>) -> Result<(), AppError> {
    let (user, session) = (act.actor.user, session_of(&act.actor)?);
    sessions::end_all(act.tx, user, Some(session))?;
    act.record(Entry::new("endOtherSessions", Resource::User, user.uuid()));
    Ok(())
}

/// A page of the caller's sessions, newest first.
///
/// # Errors
/// When the database fails.
pub fn list(desk: &mut Desk<'_>, actor: &Actor, page: &PageRequest) -> Result<Slice<StoredSession>, AppError> {
    Ok(sessions::list_live(desk, actor.user, page)?)
}

/// Who the caller is, and what they may do.
pub struct Me {
    /// The account.
    pub account: Account,
    /// What its role may do.
    pub permissions: Vec<Permission>,
}

/// Who the caller is, and what they may do.
///
/// # Errors
/// [`AppError::Unauthenticated`] when the session does not hold any more.
pub async fn me(app: &App, caller: Caller) -> Result<Me, AppError> {
    app.desk(caller, move |desk, actor| {
        let account = accounts::find_user(desk, actor.user)?.ok_or(AppError::Unauthenticated)?;
        Ok(Me { account, permissions: actor.permissions })
    })
    .await
}
