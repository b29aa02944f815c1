//! A visitor's key: who it is today, without saying who it is.
//!
//! The key is a hash of the salt of the day, the address and the user agent. Without the salt nobody
//! can try addresses until one fits, and the salt is gone after 48 hours. Cut to 16 bytes: enough
//! never to meet by chance, and no prefix to go on hashing from.

use std::net::IpAddr;

use bantin_domain::visits::{PageKey, VisitorKey};
use bantin_persistence::visits::DaySalt;
use sha2::{Digest, Sha256};

/// The key of a client under a day's salt. Salt and network have a fixed length, so no two clients
/// can be told in the same bytes.
pub(super) fn of_visitor(salt: &DaySalt, client: IpAddr, user_agent: &str) -> VisitorKey {
    let hash = Sha256::new().chain_update(salt).chain_update(network_of(client)).chain_update(user_agent);
    VisitorKey(first_half(hash))
}

/// What tells one path from another, for reloads.
pub(super) fn of_path(path: &str) -> PageKey {
    first_half(Sha256::new().chain_update(path))
}

/// The whole address of IPv4; of IPv6 the /64 that one household has, within which its devices change
/// addresses as they like. An IPv4 address is the same visitor through an IPv6 socket.
fn network_of(client: IpAddr) -> [u8; 16] {
    match client.to_canonical() {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => (u128::from(address) & (u128::MAX << 64)).to_be_bytes(),
    }
}

fn first_half(hash: Sha256) -> [u8; 16] {
    let whole: [u8; 32] = hash.finalize().into();
    let (half, _) = whole.split_at(16);
    // Half of 32 is 16: the zeros are never seen.
    half.try_into().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: DaySalt = [7; 32];

    fn key(client: &str, agent: &str) -> VisitorKey {
        of_visitor(&SALT, client.parse().unwrap(), agent)
    }

    #[test]
    fn a_visitor_is_an_address_with_a_user_agent_under_a_salt() {
        assert_eq!(key("203.0.113.7", "Firefox"), key("203.0.113.7", "Firefox"));
        assert_ne!(key("203.0.113.7", "Firefox"), key("203.0.113.8", "Firefox"));
        assert_ne!(key("203.0.113.7", "Firefox"), key("203.0.113.7", "Chrome"));
        assert_ne!(key("203.0.113.7", "Firefox"), of_visitor(&[8; 32], "203.0.113.7".parse().unwrap(), "Firefox"));
    }

    #[test]
    fn ipv6_is_told_by_its_64_and_mapped_ipv4_by_its_whole() {
        assert_eq!(key("2001:db8:1:2::1", "F"), key("2001:db8:1:2:ffff:ffff:ffff:ffff", "F"));
        assert_ne!(key("2001:db8:1:2::1", "F"), key("2001:db8:1:3::1", "F"));
        assert_eq!(key("::ffff:203.0.113.7", "F"), key("203.0.113.7", "F"));
        assert_ne!(key("::ffff:203.0.113.7", "F"), key("::ffff:203.0.113.8", "F"));
    }
}
