//! Which hits are not even tried to count.

use bantin_domain::visits::Exclusion;

use super::{Hit, agent::Agent};

/// Why a hit is left out before anything else is asked about it, if it is.
pub(super) fn of(hit: &Hit, agent: Agent) -> Option<Exclusion> {
    if hit.by_editor {
        Some(Exclusion::Editor)
    } else if hit.prefetch {
        Some(Exclusion::Prefetch)
    } else if hit.user_agent.trim().is_empty() {
        Some(Exclusion::EmptyUserAgent)
    } else if agent.is_bot {
        Some(Exclusion::DeclaredBot)
    } else {
        None
    }
}

/// Whether a `Sec-Purpose`, `Purpose` or `X-Purpose` header says that nobody is looking yet.
pub fn announces_prefetch(purpose: &str) -> bool {
    purpose.split([';', ',']).any(|token| {
        let token = token.trim();
        ["prefetch", "prerender", "preview"].iter().any(|known| token.eq_ignore_ascii_case(known))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefetch_is_known_by_any_of_its_headers() {
        for purpose in ["prefetch", "Prefetch", "prefetch;prerender", "prefetch; anonymous-client-ip", "preview"] {
            assert!(announces_prefetch(purpose), "{purpose}");
        }
        for purpose in ["", "navigate", "no-prefetch"] {
            assert!(!announces_prefetch(purpose), "{purpose}");
        }
    }
}
