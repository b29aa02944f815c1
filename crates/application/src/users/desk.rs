//! Accounts over the API.
//!
//! Who looks after accounts cannot thereby rise: nobody gives a role, or touches an account, that may do
//! more than they may themselves. A reset counts as touching, since whoever holds the link is that account
//! from then on. The same holds for who writes roles.
//!
//! Every act here that writes changes who may do what: [`crate::App::write_rights`] runs it.

use std::sync::Arc;

use bantin_domain::{
    audit::{AuditField, Entry},
    category::CategoryId,
    change::Change,
    id::Id,
    listing::{PageRequest, Slice},
    policy::{Actor, Administer, Granted, Resource, RoleName, Subject, Verb},
    text::Name,
    user::{Email, User},
    violation::{Fault, Violations},
};
use bantin_persistence::{
    Desk,
    accounts::{self, Account, UserFilter},
    categories,
    roles::{self, StoredRole},
};
use serde::Serialize;

use super::{
    expect_role, keep_an_admin,
    links::{self, OneTimeLink},
};
use crate::{app::Act, error::AppError, precondition::Precondition, rank};

/// An account, how much of it the reader is shown, and what they can do to it.
pub struct Colleague {
    /// The account.
    pub account: Account,
    /// Whether the reader may know its address.
    pub shows_email: bool,
    /// By the names of the contract: `edit`, `reset`.
    pub allowed_actions: Vec<&'static str>,
}

impl Colleague {
    /// An account as it is shown to who may read accounts. Nothing can be done to one that may do more than
    /// the reader, and no link is made for one that is shut out.
    fn to(actor: &Actor, account: Account, roles: &[StoredRole]) -> Self {
        let administers = actor.can(Verb::Administer, &subject());
        let role = roles.iter().find(|role| role.name == account.user.role);
        let permissions = role.map(|role| role.permissions.as_slice()).unwrap_or_default();
        let may = administers && rank::expect(actor, permissions, account.categories.as_deref()).is_ok();
        let actions = [("edit", true), ("reset", !account.user.disabled)];
        let allowed = actions.into_iter().filter(|(_, can_be)| may && *can_be).map(|(action, _)| action);
        Self { shows_email: administers, allowed_actions: allowed.collect(), account }
    }
}

/// An account that is about to be made.
pub struct NewUser {
    /// What its owner logs in with.
    pub email: Email,
    /// As shown to colleagues.
    pub name: Name,
    /// What they may do.
    pub role: RoleName,
    /// The sections that their permissions are limited to.
    pub categories: Option<Vec<CategoryId>>,
}

/// What an administrator says of an account.
#[derive(Default)]
pub struct UserChanges {
    /// As shown to colleagues.
    pub name: Change<Name>,
    /// What they may do.
    pub role: Change<RoleName>,
    /// The sections that their permissions are limited to; none is no limit.
    pub categories: Change<Vec<CategoryId>>,
    /// Whether they are shut out.
    pub disabled: Change<bool>,
}

/// A page of the accounts, oldest first.
///
/// # Errors
/// [`AppError::Forbidden`].
pub fn page(
    desk: &mut Desk<'_>,
    actor: &Actor,
    filter: &UserFilter,
    page: &PageRequest,
) -> Result<Slice<Colleague>, AppError> {
    may_read(actor)?;
    let roles = roles::list(desk)?;
    Ok(accounts::page_of_users(desk, filter, page)?.map(|account| Colleague::to(actor, account, &roles)))
}

/// One account.
///
/// # Errors
/// [`AppError::Forbidden`], [`AppError::NotFound`].
pub fn get(desk: &mut Desk<'_>, actor: &Actor, id: Id<User>) -> Result<Colleague, AppError> {
    may_read(actor)?;
    let account = find(desk, id)?;
    Ok(Colleague::to(actor, account, &roles::list(desk)?))
}

/// Makes an account, and the link by which its owner chooses a password.
///
/// # Errors
/// [`AppError::Forbidden`], [`AppError::Invalid`] for a role or a section that does not exist,
/// [`crate::Blocker::EmailTaken`].
pub fn invite(act: &mut Act<'_, '_>, new: NewUser) -> Result<(Colleague, OneTimeLink), AppError> {
    let granted = administer(act)?;
    expect_references(act, Some(&new.role), new.categories.as_deref())?;
    expect_rank(act, &new.role, new.categories.as_deref())?;
    let user = User { id: act.new_id(), email: new.email, name: new.name, role: new.role, disabled: false };
    accounts::invite(act.tx, &granted, &user, new.categories.as_deref())?;
    let account = find(act.tx, user.id)?;
    let link = links::make(act, &account)?;
    let entry = Entry::new("create", Resource::User, user.id.uuid()).at(account.version);
    act.record(entry.with(AuditField::hidden("email")).with_all(fields(None, &account)));
    let roles = roles::list(act.tx)?;
    Ok((Colleague::to(&act.actor, account, &roles), link))
}

/// Makes a link by which the owner of an account chooses another password.
///
/// # Errors
/// [`AppError::Forbidden`], [`AppError::NotFound`], [`AppError::Invalid`] for an account that is shut out.
pub fn reset(act: &mut Act<'_, '_>, id: Id<User>) -> Result<OneTimeLink, AppError> {
    let _granted = administer(act)?;
    let account = find(act.tx, id)?;
    expect_rank(act, &account.user.role, account.categories.as_deref())?;
    if account.user.disabled {
        let mut faults = Violations::new();
        faults.add("/disabled", Fault::new("disabled", "the account is shut out; let it in first"));
        return Err(faults.into());
    }
    let link = links::make(act, &account)?;
    act.record(Entry::new("makeLink", Resource::User, id.uuid()));
    Ok(link)
}

/// Changes an account. One that is shut out, or gets another role, loses its sessions.
///
/// # Errors
/// [`AppError::Forbidden`], [`AppError::NotFound`], [`AppError::Stale`], [`AppError::Invalid`] for a role or
/// a section that does not exist, and for the last admin.
pub fn edit(
    act: &mut Act<'_, '_>,
    id: Id<User>,
    precondition: Precondition,
    changes: UserChanges,
) -> Result<Colleague, AppError> {
    let granted = administer(act)?;
    let before = find(act.tx, id)?;
    expect_rank(act, &before.user.role, before.categories.as_deref())?;
    precondition.check(act.tx, id.uuid(), before.version)?;
    let given_role = matches!(changes.role, Change::Set(_));
    let given_categories = matches!(changes.categories, Change::Set(_));
    let mut after = changed(&before, changes)?;
    let fields = fields(Some(&before), &after);
    if fields.is_empty() {
        let roles = roles::list(act.tx)?;
        return Ok(Colleague::to(&act.actor, before, &roles));
    }
    let categories = after.categories.as_deref().filter(|_| given_categories);
    expect_references(act, Some(&after.user.role).filter(|_| given_role), categories)?;
    expect_rank(act, &after.user.role, after.categories.as_deref())?;
    precondition.merge(act.tx, id.uuid(), before.version, &fields)?;
    after.version = before.version + 1;
    after.updated_at = act.tx.now();
    accounts::save(act.tx, &granted, &before.user, &after)?;
    let pointer = if after.user.disabled { "/disabled" } else { "/role" };
    keep_an_admin(act.tx, &before.user.role, pointer)?;
    let verb = match (before.user.disabled, after.user.disabled) {
        (false, true) => "disable",
        (true, false) => "enable",
        _ => "edit",
    };
    act.record(Entry::new(verb, Resource::User, id.uuid()).at(after.version).with_all(fields));
    let roles = roles::list(act.tx)?;
    Ok(Colleague::to(&act.actor, after, &roles))
}

fn changed(before: &Account, changes: UserChanges) -> Result<Account, AppError> {
    let mut faults = Violations::new();
    let name = changes.name.required(Some(before.user.name.clone()), "/name", &mut faults);
    let role = changes.role.required(Some(before.user.role.clone()), "/role", &mut faults);
    let disabled = changes.disabled.required(Some(before.user.disabled), "/disabled", &mut faults);
    let (Some(name), Some(role), Some(disabled)) = (name, role, disabled) else { return Err(faults.into()) };
    let user = User { name, role, disabled, ..before.user.clone() };
    Ok(Account { user, categories: changes.categories.or(before.categories.clone()), ..before.clone() })
}

/// The members of an account in which it differs from what it was. A name is somebody's, and is not kept
/// for ever.
fn fields(before: Option<&Account>, after: &Account) -> Vec<AuditField> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Logged<'a> {
        name: &'a str,
        role: &'a str,
        category_ids: Option<&'a [CategoryId]>,
        disabled: bool,
    }
    let logged = |account: &Account| {
        let user = &account.user;
        let (name, role, category_ids) = (user.name.as_str(), user.role.as_str(), account.categories.as_deref());
        serde_json::to_value(Logged { name, role, category_ids, disabled: user.disabled }).unwrap_or_default()
    };
    AuditField::between(&before.map(logged).unwrap_or_default(), &logged(after), &["name"])
}

/// That there are accounts is no secret, so who may not look at them is told so.
fn may_read(actor: &Actor) -> Result<(), AppError> {
    if actor.can(Verb::Read, &subject()) { Ok(()) } else { Err(AppError::Forbidden) }
}

fn administer(act: &Act<'_, '_>) -> Result<Granted<Administer>, AppError> {
    act.actor.may::<Administer>(&subject()).map_err(|_| AppError::Forbidden)
}

fn subject() -> Subject {
    Subject::of(Resource::User)
}

fn find(desk: &mut Desk<'_>, id: Id<User>) -> Result<Account, AppError> {
    accounts::find_user(desk, id)?.ok_or(AppError::NotFound)
}

fn expect_references(
    act: &mut Act<'_, '_>,
    role: Option<&RoleName>,
    sections: Option<&[CategoryId]>,
) -> Result<(), AppError> {
    let mut faults = Violations::new();
    let known = match sections {
        Some(_) => categories::all(&mut act.tx.public())?,
        None => Arc::from([]),
    };
    for (n, section) in sections.unwrap_or_default().iter().enumerate() {
        if !known.iter().any(|known| known.id == *section) {
            faults.add(format!("/categoryIds/{n}"), Fault::new("unknown_reference", "there is no such section"));
        }
    }
    match role.map(|role| expect_role(act.tx, role)) {
        Some(Err(AppError::Invalid(unknown))) => faults.nest("", unknown),
        Some(Err(error)) => return Err(error),
        Some(Ok(())) | None => {}
    }
    Ok(faults.into_result(())?)
}

/// Refuses to give, or to touch, what may do more than the caller.
fn expect_rank(act: &mut Act<'_, '_>, role: &RoleName, categories: Option<&[CategoryId]>) -> Result<(), AppError> {
    let permissions = roles::find(act.tx, role)?.map(|role| role.permissions).unwrap_or_default();
    rank::expect(&act.actor, &permissions, categories)
}
