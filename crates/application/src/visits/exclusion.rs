//! Which hits are not even tried to count.

use bantin_domain::visits::Exclusion;

use super::Hit;

/// What programs that walk the web call themselves.
const BOT_WORDS: [&str; 3] = ["bot", "crawler", "spider"];
/// A maker of telephones, whose name holds one of them.
const NOT_A_BOT: &str = "cubot";

/// Why a hit is left out before anything else is asked about it, if it is.
pub(super) fn of(hit: &Hit) -> Option<Exclusion> {
    let agent = hit.user_agent.to_ascii_lowercase();
    if hit.prefetch {
        Some(Exclusion::Prefetch)
    } else if agent.trim().is_empty() {
        Some(Exclusion::EmptyUserAgent)
    } else if is_declared_bot(&agent) {
        Some(Exclusion::DeclaredBot)
    } else {
        None
    }
}

fn is_declared_bot(agent: &str) -> bool {
    let agent = agent.replace(NOT_A_BOT, "");
    BOT_WORDS.iter().any(|word| agent.contains(word))
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
    fn programs_that_say_so_are_told_from_people() {
        let bots = [
            "mozilla/5.0 (compatible; googlebot/2.1; +http://www.google.com/bot.html)",
            "mozilla/5.0 (compatible; coccocbot-web/1.0)",
            "baiduspider+(+http://www.baidu.com/search/spider.htm)",
        ];
        let people = [
            "mozilla/5.0 (x11; linux x86_64; rv:128.0) gecko/20100101 firefox/128.0",
            "mozilla/5.0 (linux; android 11; cubot note 20) applewebkit/537.36",
        ];
        assert!(bots.iter().all(|agent| is_declared_bot(agent)));
        assert!(!people.iter().any(|agent| is_declared_bot(agent)));
    }

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
