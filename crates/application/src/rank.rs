//! Nobody gives what they do not have, and nobody touches who has more.
//!
//! Whoever looks after accounts or roles would otherwise become whoever they like: by giving themselves a
//! role, by writing more into the one that they have, or by resetting the password of an admin.

use bantin_domain::{
    category::CategoryId,
    policy::{Actor, Permission, Scope},
};

use crate::error::AppError;

/// Refuses permissions, limited to these sections, that the actor does not have.
///
/// # Errors
/// [`AppError::Forbidden`].
pub(crate) fn expect(
    actor: &Actor,
    permissions: &[Permission],
    sections: Option<&[CategoryId]>,
) -> Result<(), AppError> {
    let covered = permissions.iter().all(|wanted| covers(actor, wanted, sections));
    if covered { Ok(()) } else { Err(AppError::Forbidden) }
}

/// Whether the actor may do all that a permission, limited to these sections, lets somebody do.
fn covers(actor: &Actor, wanted: &Permission, sections: Option<&[CategoryId]>) -> bool {
    let within = |mine: &[CategoryId]| sections.is_some_and(|theirs| theirs.iter().all(|one| mine.contains(one)));
    let mut mine = actor.permissions.iter().filter(|one| (one.resource, one.verb) == (wanted.resource, wanted.verb));
    mine.any(|mine| match (mine.scope, wanted.scope) {
        (Scope::Any, _) | (Scope::Own, Scope::Own) => true,
        (Scope::InCategories, Scope::InCategories) => actor.categories.as_deref().is_none_or(within),
        (Scope::InCategories, Scope::Own) => actor.categories.is_none(),
        // Also where the actor has no limit now: one that they are given later must hold.
        (Scope::InCategories, Scope::Any) | (Scope::Own, _) => false,
    })
}

#[cfg(test)]
mod tests {
    use bantin_domain::{
        id::Id,
        policy::{Credential, Role},
    };
    use uuid::Uuid;

    use super::*;

    fn actor(role: Role, categories: Option<&[u128]>) -> Actor {
        Actor {
            user: Id::new(Uuid::from_u128(1)),
            through: Credential::Session(Id::new(Uuid::from_u128(2))),
            role: role.into(),
            permissions: role.permissions(),
            categories: categories.map(sections),
            four_eyes: false,
        }
    }

    fn sections(ids: &[u128]) -> Vec<CategoryId> {
        ids.iter().map(|id| Id::new(Uuid::from_u128(*id))).collect()
    }

    fn may_give(actor: &Actor, role: Role, categories: Option<&[u128]>) -> bool {
        expect(actor, &role.permissions(), categories.map(sections).as_deref()).is_ok()
    }

    #[test]
    fn nobody_covers_a_role_that_may_more_than_theirs() {
        let shipped = [Role::Admin, Role::ChiefEditor, Role::Editor, Role::Author];
        for (rank, mine) in shipped.iter().enumerate() {
            for (other_rank, other) in shipped.iter().enumerate() {
                assert_eq!(may_give(&actor(*mine, None), *other, None), rank <= other_rank, "{mine} over {other}");
            }
        }
    }

    #[test]
    fn whoever_is_limited_to_sections_covers_only_who_is_limited_to_some_of_them() {
        let limited = actor(Role::Editor, Some(&[7, 8]));
        assert!(may_give(&limited, Role::Editor, Some(&[7])));
        assert!(!may_give(&limited, Role::Editor, Some(&[7, 9])));
        assert!(!may_give(&limited, Role::Editor, None));
    }
}
