//! What may be kept of how a reader came: a sort of device, and the name of another site. Neither tells
//! anything about anybody.

use std::{fmt, net::IpAddr};

use crate::named::named_enum;

named_enum! {
    /// What sort of device a user agent says it runs on.
    pub enum Device {
        /// A computer.
        Desktop = "desktop",
        /// A telephone.
        Mobile = "mobile",
        /// Larger than a telephone, and held like one.
        Tablet = "tablet",
        /// A television, a console, a program that does not say.
        Other = "other",
    }
}

impl Device {
    /// Reads it out of a user agent. Apple's tablets say that they are computers, and are believed.
    pub fn of(user_agent: &str) -> Self {
        let agent = user_agent.to_ascii_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| agent.contains(word));
        if says(&["smart-tv", "smarttv", "appletv", "playstation", "xbox", "nintendo"]) {
            Self::Other
        } else if says(&["ipad", "tablet", "kindle", "silk/"]) || (says(&["android"]) && !says(&["mobi"])) {
            Self::Tablet
        } else if says(&["mobi", "iphone", "ipod", "windows phone"]) {
            Self::Mobile
        } else if says(&["windows nt", "macintosh", "x11", "cros "]) {
            Self::Desktop
        } else {
            Self::Other
        }
    }
}

/// The name of a site that a reader came from, in small letters. Never an address: that of a machine in
/// somebody's house would be one of a person.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReferrerHost(String);

impl ReferrerHost {
    const LONGEST: usize = 100;

    /// The host of a URL, without a port and a leading `www.`; `None` where there is none that may be kept.
    pub fn of(url: &str) -> Option<Self> {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
        let authority = rest.split(['/', '?', '#', '\\']).next()?;
        Self::parse(authority.split(':').next()?)
    }

    /// A host by itself.
    pub fn parse(host: &str) -> Option<Self> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let name = host.strip_prefix("www.").unwrap_or(&host);
        let is_name = name.contains('.')
            && name.len() <= Self::LONGEST
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
            && name.split('.').all(|label| !label.is_empty() && !label.starts_with('-'))
            // No name ends in digits, but every spelling of an IPv4 address does.
            && !name.ends_with(|last: char| last.is_ascii_digit())
            && name.parse::<IpAddr>().is_err();
        is_name.then(|| Self(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ReferrerHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_told_by_what_they_say() {
        let told = [
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/134.0.0.0 Safari/537.36", Device::Desktop),
            ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/134.0.0.0", Device::Desktop),
            ("Mozilla/5.0 (Linux; Android 10; K) Chrome/134.0.0.0 Mobile Safari/537.36", Device::Mobile),
            ("Mozilla/5.0 (Linux; Android 10; K) Chrome/134.0.0.0 Safari/537.36", Device::Tablet),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Mobile/15E148", Device::Mobile),
            ("Mozilla/5.0 (iPad; CPU OS 16_7 like Mac OS X) Mobile/15E148", Device::Tablet),
            ("Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) TV Safari/537.36", Device::Other),
            ("", Device::Other),
        ];
        for (agent, device) in told {
            assert_eq!(Device::of(agent), device, "{agent}");
        }
    }

    #[test]
    fn of_a_referrer_only_the_name_of_the_site_is_kept() {
        for (url, host) in [
            ("https://www.Tim.example/search?q=ten+toi#x", "tim.example"),
            ("http://bao.example:8080", "bao.example"),
            ("https://xn--bo-eka.example./", "xn--bo-eka.example"),
        ] {
            assert_eq!(ReferrerHost::of(url).unwrap().as_str(), host);
        }
        for url in [
            "http://203.0.113.77/",
            "http://[2001:db8::1]/",
            "http://0x7f.1/",
            "http://3405803853/",
            "https://user@site.example/",
            "https://localhost/",
            "android-app://com.zing.zalo",
            "https://",
            "tim.example",
            "https://a..b/",
            "https://-.example/",
            "https://b\u{e1}o.example/",
        ] {
            assert_eq!(ReferrerHost::of(url), None, "{url}");
        }
    }
}
