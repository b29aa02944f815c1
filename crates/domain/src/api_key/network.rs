//! Networks, as administrators write them.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
};

use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::violation::Fault;

/// The bits before an IPv4 address that is written as one of IPv6 (`::ffff:203.0.113.7`).
const MAPPED_BITS: u8 = 96;

/// A network: `203.0.113.0/24`, `2001:db8::/32`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(IpNet);

impl Network {
    /// Reads a network or an address. What is IPv4 written as IPv6 means the IPv4 network.
    ///
    /// # Errors
    /// `invalid_network`, also for an address with more bits than its network has: whether the address or
    /// the network was meant cannot be told.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let fault = |message: String| Fault::new("invalid_network", message);
        let alone = |_| text.parse::<IpAddr>().map(IpNet::from);
        let network = text.parse::<IpNet>().or_else(alone);
        let network = network.map_err(|_| {
            fault("must be a network such as 203.0.113.0/24 or 2001:db8::/32, or an address".to_owned())
        })?;
        if network.addr() != network.network() {
            return Err(fault(format!("names an address inside a network; the network is {}", network.trunc())));
        }
        Ok(Self(plain(network)))
    }

    /// Whether an address is one of it. An IPv4 address is the same through an IPv6 socket.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

/// The network that is meant: of IPv4 where it is written as one of IPv6.
fn plain(network: IpNet) -> IpNet {
    let IpNet::V6(six) = network else { return network };
    let mapped = |address: Ipv6Addr| address.to_ipv4_mapped();
    let four = mapped(six.network()).zip(six.prefix_len().checked_sub(MAPPED_BITS));
    four.and_then(|(address, bits)| Ipv4Net::new(address, bits).ok()).map_or(network, IpNet::V4)
}

impl fmt::Display for Network {
    /// An address alone without its number of bits, as it is usually written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.prefix_len() == self.0.max_prefix_len() { self.0.addr().fmt(f) } else { self.0.fmt(f) }
    }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(|fault| serde::de::Error::custom(fault.message))
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use proptest::prelude::*;

    use super::*;

    fn network(text: &str) -> Network {
        Network::parse(text).unwrap()
    }

    fn contains(text: &str, address: &str) -> bool {
        network(text).contains(address.parse().unwrap())
    }

    #[test]
    fn a_network_holds_its_addresses_and_no_other() {
        assert!(contains("203.0.113.0/24", "203.0.113.255") && !contains("203.0.113.0/24", "203.0.114.0"));
        assert!(contains("203.0.113.7", "203.0.113.7") && !contains("203.0.113.7", "203.0.113.8"));
        assert!(contains("2001:db8::/32", "2001:db8:ffff::1") && !contains("2001:db8::/32", "2001:db9::1"));
        assert!(contains("0.0.0.0/0", "8.8.8.8") && !contains("0.0.0.0/0", "2001:db8::1"));
        assert!(contains("::/0", "2001:db8::1") && !contains("::/0", "8.8.8.8"), "IPv4 is named by itself");
    }

    #[test]
    fn an_ipv4_address_is_the_same_through_an_ipv6_socket() {
        assert!(contains("203.0.113.0/24", "::ffff:203.0.113.9"));
        assert_eq!(network("::ffff:203.0.113.0/120"), network("203.0.113.0/24"));
        assert_eq!(network("::ffff:203.0.113.7").to_string(), "203.0.113.7");
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in
            ["", "203.0.113", "203.0.113.0/33", "203.0.113.0/", "2001:db8::/129", "example.org", "*", " 10.0.0.0/8"]
        {
            assert_eq!(Network::parse(text).unwrap_err().code, "invalid_network", "{text}");
        }
        let fault = Network::parse("203.0.113.7/24").unwrap_err();
        assert!(fault.message.contains("203.0.113.0/24"), "{}", fault.message);
    }

    proptest! {
        #[test]
        fn a_network_comes_back_as_it_was_stored(address: u32, bits in 0_u8..=32) {
            let address = IpAddr::V4(Ipv4Addr::from(address));
            let network = Network::parse(&IpNet::new(address, bits).unwrap().trunc().to_string()).unwrap();
            let json = serde_json::to_string(&network).unwrap();
            prop_assert_eq!(serde_json::from_str::<Network>(&json).unwrap(), network);
            prop_assert!(network.contains(address));
        }
    }
}
