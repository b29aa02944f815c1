//! `bantin permissions`

use bantin_application::roles;

use crate::output;

/// Prints the policy of the roles that ship: `docs/permissions.md`. No setting is read and no database is
/// opened.
pub fn print() {
    output::say(roles::document().trim_end());
}
