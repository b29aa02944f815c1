//! Which addresses a webhook may have, and which of them are called.
//!
//! A webhook makes this server call whatever somebody typed. Without a guard that reaches what only this
//! server can reach: a database on its own machine, the metadata service of its cloud. So an address is looked
//! at twice: as it was typed, when the webhook is written, and as the numbers that its name stands for, each
//! time before a connection is made to exactly these numbers.
//!
//! What may be called is listed and not what may not: of IPv6 only the global unicast space, and everything
//! that carries an IPv4 address inside it (mapped, compatible, NAT64, 6to4, Teredo) is either judged by that
//! address or refused.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use url::{Host, Url};

use crate::violation::Fault;

/// The longest address.
const MOST_LETTERS: usize = 2000;

/// How far webhooks may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// To public addresses, by https.
    #[default]
    Public,
    /// Also to private networks and this machine, also by http: for intranets and tests. Never to what is
    /// neither: link-local addresses, where clouds keep their metadata, multicast, what is reserved.
    Private,
}

/// What sort of address a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Public,
    Private,
    /// No address of anybody, or of something that nobody has a reason to call.
    Special,
}

impl Reach {
    /// Whether a connection may be made to an address.
    pub fn admits(self, address: IpAddr) -> bool {
        match sort(address) {
            Sort::Public => true,
            Sort::Private => self == Self::Private,
            Sort::Special => false,
        }
    }

    /// Looks at an address as it was typed.
    ///
    /// # Errors
    /// `forbidden_address`, saying why.
    pub fn expect(self, url: &WebhookUrl) -> Result<(), Fault> {
        let fault = |why: &str| Err(Fault::new("forbidden_address", why));
        let is_public = self == Self::Public;
        match url.host() {
            Some(Target::Address(address)) if !self.admits(address) => {
                return fault("must not be a private, local or reserved address");
            }
            Some(Target::Name(name)) if is_public && is_local_name(name) => {
                return fault("must not be a name of this machine or of a private network");
            }
            Some(_) => {}
            None => return fault("must name a host"),
        }
        if is_public && !url.is_https() {
            return fault("must be an https address");
        }
        if is_public && url.port() != 443 && url.port() < 1024 {
            return fault("must have the port 443, or one from 1024 up");
        }
        Ok(())
    }
}

/// Names that mean this machine or this network by agreement, and such as have no dot.
fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let suffixes = [".localhost", ".local", ".internal", ".home.arpa"];
    !name.contains('.') || suffixes.iter().any(|suffix| name.ends_with(suffix))
}

/// The address of a webhook, in the one spelling that means it: `https://0x7f.1/` is `https://127.0.0.1/`.
///
/// Where it leads may be a secret of the receiver's, so it is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookUrl(Url);

/// Whom an address names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'u> {
    /// A name, to be resolved.
    Name(&'u str),
    /// An address.
    Address(IpAddr),
}

impl WebhookUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// `invalid_url` for what is no absolute http or https address, names a user, or has a fragment.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let fault = |why| Fault::new("invalid_url", why);
        // A parser of addresses takes these out, and reads on: `https://exa\tmple.org` would be somebody else.
        let is_clean = !text.chars().any(|letter| letter.is_whitespace() || letter.is_control());
        if !is_clean || text.len() > MOST_LETTERS {
            return Err(fault("must be an address without spaces, of at most 2,000 letters"));
        }
        let url = Url::parse(text).map_err(|_| fault("must be an absolute https address"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(fault("must not name a user"));
        }
        if url.fragment().is_some() {
            return Err(fault("must not have a fragment"));
        }
        match (url.scheme(), url.host(), url.port_or_known_default()) {
            ("https" | "http", Some(_), Some(1..)) if url.as_str().len() <= MOST_LETTERS => Ok(Self(url)),
            _ => Err(fault("must be an absolute https address")),
        }
    }

    /// The whole of it.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it is spoken to by TLS.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whom it names.
    pub fn host(&self) -> Option<Target<'_>> {
        match self.0.host()? {
            Host::Domain(name) => Some(Target::Name(name)),
            Host::Ipv4(address) => Some(Target::Address(address.into())),
            Host::Ipv6(address) => Some(Target::Address(address.into())),
        }
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or(0)
    }

    /// Host and port, as the header `Host` says them.
    pub fn authority(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Path and query, as a request says them.
    pub fn path_and_query(&self) -> String {
        match self.0.query() {
            Some(query) => format!("{}?{query}", self.0.path()),
            None => self.0.path().to_owned(),
        }
    }
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookUrl(..)")
    }
}

fn sort(address: IpAddr) -> Sort {
    match address {
        IpAddr::V4(address) => sort_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => sort_v4(address),
            None => sort_v6(address),
        },
    }
}

/// By the IANA's registry of special-purpose addresses (RFC 6890 and after), and that of multicast.
fn sort_v4(address: Ipv4Addr) -> Sort {
    match address.octets() {
        // Where clouds keep their metadata, and a resolver: addresses of everybody that their guests alone reach.
        [100, 100, 100, 200] | [168, 63, 129, 16] => Sort::Special,
        [10 | 127, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Sort::Private,
        [0 | 224..=255, ..]
        | [169, 254, ..]
        | [192, 0, 0 | 2, _]
        | [192, 31, 196, _]
        | [192, 52, 193, _]
        | [192, 88, 99, _]
        | [192, 175, 48, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _] => Sort::Special,
        _ => Sort::Public,
    }
}

/// By the IANA's registry for IPv6: what of it lies within the space that is given out stands here by name.
fn sort_v6(address: Ipv6Addr) -> Sort {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => Sort::Private,
        // Private, but for where clouds keep their metadata.
        [0xfd00, 0x0ec2 | 0x00c1, ..] | [0xfd20, 0x00ce, ..] => Sort::Special,
        [0xfc00..=0xfdff, ..] => Sort::Private,
        // Of the IETF (Teredo, ORCHID, relays), documentation, 6to4, AS112.
        [0x2001, 0..=0x1ff, ..]
        | [0x2001, 0x0db8, ..]
        | [0x2002, ..]
        | [0x2620, 0x004f, 0x8000, ..]
        | [0x3fff, 0..=0x0fff, ..] => Sort::Special,
        [0x2000..=0x3fff, ..] => Sort::Public,
        // All else: link-local, multicast, NAT64, IPv4-compatible, the unspecified address, what is not given out.
        _ => Sort::Special,
    }
}

#[cfg(test)]
mod tests;
