//! What can be done with roles: named sets of permissions, kept as data.
//!
//! Every transaction of the desk reads what its actor may do anew, so that a changed role bites in the
//! next request, on every node. Nobody gives a role what they may not do themselves, or writes one that
//! may do more than they: see `rank`. Who is limited to some sections gives nothing `inCategories`, since
//! others have the role in theirs.
//!
//! Every act here that writes changes who may do what: [`crate::App::write_rights`] runs it.

use bantin_domain::{
    audit::{AuditField, Entry},
    change::Change,
    named::Named,
    policy::{self, Actor, Administer, Granted, Permission, Resource, Role, RoleName, Subject, Verb},
    text::Label,
    violation::Violations,
};
pub use bantin_persistence::roles::StoredRole;
use bantin_persistence::{Desk, StoreError, Tx, roles};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    app::Act,
    directory,
    error::{AppError, Blocker},
    precondition::Precondition,
    rank,
};

/// What a write says about a role.
#[derive(Debug, Default)]
pub struct RoleChanges {
    /// Required.
    pub title: Change<Label>,
    /// None when absent.
    pub permissions: Change<Vec<Permission>>,
}

/// Makes a role.
///
/// # Errors
/// [`AppError::Invalid`], [`AppError::Forbidden`] also for permissions that the caller does not have,
/// [`Blocker::NameTaken`].
pub fn create(act: &mut Act<'_, '_>, name: RoleName, changes: RoleChanges) -> Result<StoredRole, AppError> {
    let granted = may_administer(&act.actor)?;
    let (title, permissions) = changed(None, changes)?;
    rank::expect(&act.actor, &permissions, None)?;
    if roles::find(act.tx, &name)?.is_some() {
        return Err(AppError::Blocked(Blocker::NameTaken));
    }
    let now = act.tx.now();
    let role = StoredRole { name, title, permissions, version: 1, created_at: now, updated_at: now };
    roles::insert(act.tx, &granted, &role)?;
    act.record(entry("create", &role, role.version).with_all(differences(None, Some(&role))));
    Ok(role)
}

/// Changes a role, one that ships like any other but for the admin's. A write that changes nothing writes
/// nothing.
///
/// # Errors
/// [`AppError::Stale`], [`AppError::NotFound`], [`AppError::Invalid`], [`AppError::Forbidden`] also for
/// permissions that the caller does not have, be they there before or after, [`Blocker::ShippedRole`] for
/// the admin's.
pub fn edit(
    act: &mut Act<'_, '_>,
    name: &RoleName,
    version: i64,
    changes: RoleChanges,
) -> Result<StoredRole, AppError> {
    let granted = may_administer(&act.actor)?;
    let role = find(act.tx, name)?;
    check_version(act.tx, &role, version)?;
    if name.is_admin() {
        return Err(AppError::Blocked(Blocker::ShippedRole));
    }
    rank::expect(&act.actor, &role.permissions, None)?;
    let (title, permissions) = changed(Some(&role), changes)?;
    if title == role.title && permissions == role.permissions {
        return Ok(role);
    }
    rank::expect(&act.actor, &permissions, None)?;
    let edited = StoredRole { title, permissions, version: version + 1, updated_at: act.tx.now(), ..role.clone() };
    roles::save(act.tx, &granted, &edited)?;
    act.record(entry("edit", &role, edited.version).with_all(differences(Some(&role), Some(&edited))));
    Ok(edited)
}

/// Deletes a role that was made here and that nobody has.
///
/// # Errors
/// [`AppError::Stale`], [`AppError::NotFound`], [`AppError::Forbidden`] also for one that may do more than
/// the caller, [`Blocker::ShippedRole`],
/// [`Blocker::InUse`] with the accounts that have it.
pub fn delete(act: &mut Act<'_, '_>, name: &RoleName, version: i64) -> Result<(), AppError> {
    let granted = may_administer(&act.actor)?;
    let role = find(act.tx, name)?;
    check_version(act.tx, &role, version)?;
    if is_shipped(name) {
        return Err(AppError::Blocked(Blocker::ShippedRole));
    }
    rank::expect(&act.actor, &role.permissions, None)?;
    let holders = roles::holders(act.tx, name)?;
    directory::refuse_if_used(holders.into_iter().map(|(id, person)| (Resource::User, id.uuid(), person)))?;
    roles::delete(act.tx, &granted, name, version)?;
    act.record(entry("delete", &role, version + 1).with_all(differences(Some(&role), None)));
    Ok(())
}

/// One role.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Forbidden`].
pub fn get(desk: &mut Desk<'_>, actor: &Actor, name: &RoleName) -> Result<StoredRole, AppError> {
    may_read(actor)?;
    find(desk, name)
}

/// Every role, in the order of their names.
///
/// # Errors
/// [`AppError::Forbidden`].
pub fn list(desk: &mut Desk<'_>, actor: &Actor) -> Result<Vec<StoredRole>, AppError> {
    may_read(actor)?;
    Ok(roles::list(desk)?)
}

/// Whether a role ships with the program: whoever deletes it would find it again after the next start.
pub fn is_shipped(name: &RoleName) -> bool {
    Role::from_name(name.as_str()).is_some()
}

/// What the caller can do to a role, by the names of the contract: nothing to one that may do more than they.
pub fn allowed_actions(actor: &Actor, role: &StoredRole) -> Vec<&'static str> {
    let may = actor.can(Verb::Administer, &subject()) && rank::expect(actor, &role.permissions, None).is_ok();
    let actions = [("edit", !role.name.is_admin()), ("delete", !is_shipped(&role.name))];
    actions.into_iter().filter(|(_, can_be)| may && *can_be).map(|(action, _)| action).collect()
}

/// Writes the roles that ship and are not there yet. Nodes that start at once agree, as the name is the key.
///
/// # Errors
/// When the database fails.
pub(crate) fn ensure(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    roles::ensure_shipped(tx, title)
}

/// The name of a shipped role for people.
fn title(role: Role) -> &'static str {
    match role {
        Role::Admin => "Quản trị",
        Role::ChiefEditor => "Tổng biên tập",
        Role::Editor => "Biên tập viên",
        Role::Author => "Phóng viên",
        Role::Integrator => "Hệ thống liên kết",
    }
}

/// `docs/permissions.md`: the policy of the roles that ship, for people to review like code.
pub fn document() -> String {
    format!("{INTRODUCTION}\n{}", policy::table())
}

const INTRODUCTION: &str = "\
# Who may do what

This table is the policy of the roles that ship, printed by `bantin permissions`. A test fails when this
page is not what the program says, so a change of the policy is read here before it is accepted.

A role is data: a named set of permissions. Every role but `admin` can be changed, and others made beside
them, by `POST /api/v1/editorial/roles`; `admin` may do whatever there is to do, also what a later version
adds. A role that was changed holds in the next request of everybody who has it. Nobody gives a role what
they may not do themselves.

A permission is an action on a kind of resource, as far as its scope reaches:

- `any`: all of them.
- `own`: what the user made.
- `inCategories`: what stands in the sections that the user was given, or below them; for a user without
  such a limit, all of them. A speech stands where its event does. What stands in no section is reached by
  `any` only, and by users without a limit.

An empty cell is a no. What a user may not even read answers 404, as if it were not there; what they may
read and not change answers 403; what cannot be done from the state an item is in answers 409.

Some permissions say more than their names:

- `read` of content is reading it at the desk, drafts and all. What is public everybody reads.
- `trash` archives, trashes and restores content, and deletes what has no trash. Whatever withdraws
  something from the public asks for `publish`, too.
- `content:purge`, `content:backdate` and `content:byline` hold for articles, events, speeches and pages
  alike: taking out of the trash for ever, setting a past publishing date, saying how a text is signed.
- `attendee:personalData` is reading and writing the e-mail address, phone number and notes of attendees;
  all else about them goes by their event.
- `site:edit` covers the site's settings, redirects and synonyms; `statistics:edit` is setting the
  baseline and reporting visits that a front end has seen (`POST /visits/batch`).
";

/// What a role says after a write; `None` stands for one that is not there yet.
fn changed(current: Option<&StoredRole>, changes: RoleChanges) -> Result<(Label, Vec<Permission>), AppError> {
    let mut faults = Violations::new();
    let title = changes.title.required(current.map(|role| role.title.clone()), "/title", &mut faults);
    let mut permissions = match changes.permissions {
        Change::Keep => current.map(|role| role.permissions.clone()).unwrap_or_default(),
        Change::Clear => Vec::new(),
        Change::Set(permissions) => permissions,
    };
    // In one order, so that a role that is written back in another is not changed.
    permissions.sort_unstable();
    match title {
        Some(title) if faults.is_empty() => Ok((title, permissions)),
        _ => Err(faults.into()),
    }
}

/// Refuses a write against another version than the stored one, naming what others changed.
fn check_version(desk: &mut Desk<'_>, role: &StoredRole, version: i64) -> Result<(), AppError> {
    Precondition::from(version).check(desk, log_id(role), role.version).map_err(|error| match error {
        AppError::Stale(mut staleness) => {
            staleness.changes.retain(|change| change.field != NAME);
            AppError::Stale(staleness)
        }
        other => other,
    })
}

/// What the audit log says of an act on a role: always also which, since its id tells nobody.
fn entry(act: &'static str, role: &StoredRole, version: i64) -> Entry {
    let name = role.name.as_str();
    Entry::new(act, Resource::Role, log_id(role)).at(version).with(AuditField::changed(NAME, name, name))
}

const NAME: &str = "name";

/// The id under which the audit log knows a role: made of its name, and of when it was made, so that the
/// history of one that was deleted is not that of another with its name.
fn log_id(role: &StoredRole) -> Uuid {
    let digest = Sha256::digest(format!("role {} {}", role.name, role.created_at.as_micros()));
    digest.first_chunk::<16>().map_or(Uuid::nil(), |bytes| uuid::Builder::from_custom_bytes(*bytes).into_uuid())
}

fn differences(before: Option<&StoredRole>, after: Option<&StoredRole>) -> Vec<AuditField> {
    let told = |role: Option<&StoredRole>| {
        role.map_or(Value::Null, |role| json!({ "title": role.title.as_str(), "permissions": role.permissions }))
    };
    AuditField::between(&told(before), &told(after), &[])
}

/// That there are roles is no secret, so who may not look at them is told so.
fn may_read(actor: &Actor) -> Result<(), AppError> {
    if actor.can(Verb::Read, &subject()) { Ok(()) } else { Err(AppError::Forbidden) }
}

fn may_administer(actor: &Actor) -> Result<Granted<Administer>, AppError> {
    actor.may::<Administer>(&subject()).map_err(|_| AppError::Forbidden)
}

fn find(desk: &mut Desk<'_>, name: &RoleName) -> Result<StoredRole, AppError> {
    roles::find(desk, name)?.ok_or(AppError::NotFound)
}

fn subject() -> Subject {
    Subject::of(Resource::Role)
}
