//! API keys: giving them, changing them, and ending them.
//!
//! | module | is about |
//! | --- | --- |
//! | here | what administrators do with keys |
//! | [`secret`] | what a program shows, and what is known of it without asking anybody |
//! | `book` | what a node remembers of keys: how many requests each may make, and when each was used |
//!
//! Nobody gives a key what they may not do themselves, and nobody touches one that may do more than they: a
//! rotation counts as touching, since whoever holds the secret acts by the key. But whoever looks after keys
//! may end any of them; to take rights away raises nobody. A key outlives the rights of who gave it, and their
//! account: a portal must not go dark because somebody left. It is then shown as one that needs a look.
//!
//! Every act here that writes changes who may do what: [`crate::App::write_rights`] runs it.

use bantin_domain::{
    api_key::{ApiKey, ApiKeyId, KeyState, Network, Quota},
    audit::{AuditField, Entry},
    category::CategoryId,
    change::Change,
    listing::{PageRequest, Slice},
    policy::{Actor, Administer, Credential, Granted, Permission, Resource, Subject},
    text::Label,
    time::Timestamp,
    violation::{Fault, Violations},
};
pub use bantin_persistence::api_keys::{Giver, KeyFilter, SecretDigests, StoredApiKey};
use bantin_persistence::{Desk, Tx, api_keys, categories};
use serde_json::{Value, json};

use crate::{
    app::Act,
    auth::opaque::{Opaque, OpaqueKind},
    error::{AppError, Blocker},
    precondition::Precondition,
    rank,
};

pub(crate) mod book;
pub mod secret;

pub use self::{book::KnownKey, secret::KeyDigest};

/// How many keys there may be that have not been ended: each node remembers all of them.
const MOST: i64 = 1_000;
/// How many last letters of a secret are kept, for people.
const ENDING_LETTERS: usize = 4;

/// What a write says of a key.
#[derive(Debug, Default)]
pub struct KeyChanges {
    /// Required.
    pub name: Change<Label>,
    /// None when absent.
    pub permissions: Change<Vec<Permission>>,
    /// The sections that permissions `inCategories` are limited to.
    pub categories: Change<Vec<CategoryId>>,
    /// From anywhere when absent.
    pub networks: Change<Vec<Network>>,
    /// What the settings say when absent.
    pub quota: Change<Quota>,
    /// Never when absent.
    pub expires_at: Change<Timestamp>,
}

/// A key as it is shown to who looks after keys.
pub struct DeskKey {
    /// The key.
    pub key: StoredApiKey,
    /// Whether it is good now.
    pub state: KeyState,
    /// Who gave it.
    pub giver: Giver,
    /// Whether somebody should look at it: who gave it is shut out, or could not give it any more.
    pub needs_review: bool,
    /// What the reader can do to it, by the names of the contract.
    pub allowed_actions: Vec<&'static str>,
}

impl DeskKey {
    fn to(actor: &Actor, (key, giver): (StoredApiKey, Giver), now: Timestamp) -> Self {
        let state = key.state(now);
        let covers = |who: &Actor| expect_rank(who, &key.content).is_ok();
        let may_touch = state != KeyState::Revoked && covers(actor);
        let actions = [("edit", may_touch), ("rotate", may_touch), ("revoke", state != KeyState::Revoked)];
        let needs_review = state == KeyState::Active && (giver.disabled || !covers(&acting(&giver, key.id)));
        let allowed = actions.into_iter().filter(|(_, can_be)| *can_be).map(|(action, _)| action);
        Self { state, needs_review, allowed_actions: allowed.collect(), giver, key }
    }
}

/// Gives a key. The secret is shown to nobody again.
///
/// # Errors
/// [`AppError::Invalid`]; [`AppError::Forbidden`] also for permissions that the caller does not have.
pub fn create(act: &mut Act<'_, '_>, changes: KeyChanges) -> Result<(DeskKey, Opaque), AppError> {
    let granted = may_administer(&act.actor)?;
    if api_keys::count(act.tx)? >= MOST {
        return Err(fault("", "too_many", &format!("there are {MOST} keys; revoke one first")));
    }
    let content = changed(act, None, changes)?;
    expect_rank(&act.actor, &content)?;
    let (id, now) = (act.new_id(), act.tx.now());
    let secret = Opaque::generate(act.app.sources().entropy.as_ref(), OpaqueKind::ApiKey)?;
    let key = StoredApiKey {
        id,
        content,
        secrets: digests(&secret, None),
        revoked_at: None,
        last_used_at: None,
        created_by: act.actor.user,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    api_keys::insert(act.tx, &granted, &key)?;
    act.record(entry("create", &key).with_all(differences(None, Some(&key))));
    Ok((shown(act, id)?, secret))
}

/// Changes a key. A write that changes nothing writes nothing.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Stale`], [`AppError::Invalid`], [`Blocker::Revoked`];
/// [`AppError::Forbidden`] also for permissions that the caller does not have, be they there before or after.
pub fn edit(
    act: &mut Act<'_, '_>,
    id: ApiKeyId,
    precondition: Precondition,
    changes: KeyChanges,
) -> Result<DeskKey, AppError> {
    let granted = may_administer(&act.actor)?;
    let before = lock_live(act.tx, id)?;
    expect_rank(&act.actor, &before.content)?;
    precondition.check(act.tx, id.uuid(), before.version)?;
    let content = changed(act, Some(&before.content), changes)?;
    expect_rank(&act.actor, &content)?;
    let after = StoredApiKey { content, version: before.version + 1, updated_at: act.tx.now(), ..before.clone() };
    let fields = differences(Some(&before), Some(&after));
    if !fields.is_empty() {
        precondition.merge(act.tx, id.uuid(), before.version, &fields)?;
        api_keys::save(act.tx, &granted, &after)?;
        act.record(entry("edit", &after).with_all(fields));
    }
    shown(act, id)
}

/// Gives a key another secret. The one before is good for so many seconds more, so that a program can change
/// over without a request that is refused; one that was still on its way out ends at once.
///
/// # Errors
/// [`AppError::NotFound`], [`Blocker::Revoked`]; [`AppError::Forbidden`] also for a key that may do more than
/// the caller.
pub fn rotate(act: &mut Act<'_, '_>, id: ApiKeyId, overlap_seconds: i64) -> Result<(DeskKey, Opaque), AppError> {
    let granted = may_administer(&act.actor)?;
    let before = lock_live(act.tx, id)?;
    expect_rank(&act.actor, &before.content)?;
    let secret = Opaque::generate(act.app.sources().entropy.as_ref(), OpaqueKind::ApiKey)?;
    let now = act.tx.now();
    let previous = (overlap_seconds > 0).then(|| (before.secrets.current, now.plus_seconds(overlap_seconds)));
    let after =
        StoredApiKey { secrets: digests(&secret, previous), version: before.version + 1, updated_at: now, ..before };
    api_keys::save(act.tx, &granted, &after)?;
    act.record(entry("rotate", &after).with(AuditField::hidden("secret")));
    Ok((shown(act, id)?, secret))
}

/// Ends a key for ever. Its row stays, so that the audit log can name it.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Forbidden`], [`AppError::Stale`], [`Blocker::Revoked`].
pub fn revoke(act: &mut Act<'_, '_>, id: ApiKeyId, version: i64) -> Result<(), AppError> {
    let granted = may_administer(&act.actor)?;
    let before = lock_live(act.tx, id)?;
    Precondition::from(version).check(act.tx, id.uuid(), before.version)?;
    let now = act.tx.now();
    let after = StoredApiKey { revoked_at: Some(now), version: version + 1, updated_at: now, ..before };
    api_keys::save(act.tx, &granted, &after)?;
    act.record(entry("revoke", &after).with(AuditField::changed("revoked", false, true)));
    Ok(())
}

/// One key, also one that has ended.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Forbidden`].
pub fn get(desk: &mut Desk<'_>, actor: &Actor, id: ApiKeyId) -> Result<DeskKey, AppError> {
    let _granted = may_administer(actor)?;
    let found = api_keys::find(desk, id)?.ok_or(AppError::NotFound)?;
    Ok(DeskKey::to(actor, found, desk.now()))
}

/// A page of the keys, oldest first.
///
/// # Errors
/// [`AppError::Forbidden`].
pub fn page(
    desk: &mut Desk<'_>,
    actor: &Actor,
    filter: &KeyFilter,
    page: &PageRequest,
) -> Result<Slice<DeskKey>, AppError> {
    let _granted = may_administer(actor)?;
    let now = desk.now();
    Ok(api_keys::page(desk, filter, page)?.map(|found| DeskKey::to(actor, found, now)))
}

/// What a key is after a write; `None` stands for one that is not there yet.
fn changed(act: &mut Act<'_, '_>, current: Option<&ApiKey>, changes: KeyChanges) -> Result<ApiKey, AppError> {
    let mut faults = Violations::new();
    let name = changes.name.required(current.map(|key| key.name.clone()), "/name", &mut faults);
    if let Change::Set(permissions) = &changes.permissions {
        for (n, permission) in permissions.iter().enumerate() {
            if let Err(fault) = ApiKey::expect_grantable(*permission) {
                let member = if fault.code == "invalid_scope" { "scope" } else { "permission" };
                faults.add(format!("/permissions/{n}/{member}"), fault);
            }
        }
    }
    if let Change::Set(sections) = &changes.categories {
        let known = categories::all(&mut act.tx.public())?;
        for (n, _) in sections.iter().enumerate().filter(|(_, id)| !known.iter().any(|known| known.id == **id)) {
            faults.add(format!("/categoryIds/{n}"), Fault::new("unknown_reference", "there is no such section"));
        }
    }
    if let Change::Set(end) = &changes.expires_at
        && *end <= act.tx.now()
    {
        faults.add("/expiresAt", Fault::new("in_the_past", "must be in the future; to end a key now, revoke it"));
    }
    let Some(name) = name.filter(|_| faults.is_empty()) else { return Err(faults.into()) };
    let content = ApiKey {
        name,
        permissions: changes.permissions.or_default(current.map(|key| key.permissions.clone()).unwrap_or_default()),
        categories: changes.categories.or(current.and_then(|key| key.categories.clone())),
        networks: changes.networks.or(current.and_then(|key| key.networks.clone())),
        quota: changes.quota.or(current.and_then(|key| key.quota)),
        expires_at: changes.expires_at.or(current.and_then(|key| key.expires_at)),
    };
    content.check()?;
    Ok(content)
}

/// Refuses to give, or to touch, what may do more than somebody.
fn expect_rank(actor: &Actor, key: &ApiKey) -> Result<(), AppError> {
    rank::expect(actor, &key.permissions, key.categories.as_deref())
}

/// Who gave a key, as the policy would see them if they acted now.
fn acting(giver: &Giver, key: ApiKeyId) -> Actor {
    Actor {
        user: giver.id,
        through: Credential::Key(key),
        role: giver.role.clone(),
        permissions: giver.permissions.clone(),
        categories: giver.categories.clone(),
        four_eyes: false,
    }
}

/// What is kept of a new secret, beside that of the one before.
fn digests(secret: &Opaque, previous: Option<([u8; 32], Timestamp)>) -> SecretDigests {
    // They are of the checksum, so they tell nothing of the secret's own bits.
    let letters: Vec<char> = secret.expose().chars().collect();
    let ending = letters.iter().skip(letters.len().saturating_sub(ENDING_LETTERS)).collect();
    SecretDigests { current: secret.digest(), ending, previous }
}

/// What the audit log says of an act on a key.
fn entry(act: &'static str, key: &StoredApiKey) -> Entry {
    Entry::new(act, Resource::ApiKey, key.id.uuid()).at(key.version)
}

fn differences(before: Option<&StoredApiKey>, after: Option<&StoredApiKey>) -> Vec<AuditField> {
    let told = |key: Option<&StoredApiKey>| {
        key.map_or(Value::Null, |key| {
            let ApiKey { name, permissions, categories, networks, quota, expires_at } = &key.content;
            json!({
                "name": name.as_str(), "permissions": permissions, "categoryIds": categories, "networks": networks,
                "quota": quota.map(Quota::per_minute), "expiresAt": expires_at,
            })
        })
    };
    AuditField::between(&told(before), &told(after), &[])
}

fn fault(pointer: &str, code: &'static str, message: &str) -> AppError {
    let mut faults = Violations::new();
    faults.add(pointer, Fault::new(code, message));
    faults.into()
}

fn may_administer(actor: &Actor) -> Result<Granted<Administer>, AppError> {
    // That there are keys is no secret, so who may not look at them is told so.
    actor.may::<Administer>(&subject()).map_err(|_| AppError::Forbidden)
}

fn lock_live(tx: &mut Tx<'_>, id: ApiKeyId) -> Result<StoredApiKey, AppError> {
    let (key, _) = api_keys::lock(tx, id)?.ok_or(AppError::NotFound)?;
    if key.revoked_at.is_some() { Err(AppError::Blocked(Blocker::Revoked)) } else { Ok(key) }
}

fn shown(act: &mut Act<'_, '_>, id: ApiKeyId) -> Result<DeskKey, AppError> {
    let actor = act.actor.clone();
    get(act.tx, &actor, id)
}

fn subject() -> Subject {
    Subject::of(Resource::ApiKey)
}
