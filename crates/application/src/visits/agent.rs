//! What a user agent says of itself: whether it is a program, and on what it runs.
//!
//! The patterns are those of the npm package isbot, kept as it publishes them (`isbot_patterns.txt`). The
//! crate `regex` knows no look-around, which is what makes it safe on user agents that strangers choose:
//! so the few patterns that have some stand here as a rule in two parts.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{LazyLock, Mutex},
};

use bantin_domain::visits::Device;
use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use super::locked;
use crate::bounded::Bounded;

const PATTERNS: &str = include_str!("isbot_patterns.txt");

/// A pattern that is written in another way here.
struct Rule {
    /// As isbot has it.
    theirs: &'static str,
    /// What must be found.
    found: &'static str,
    /// What must not stand right before it.
    not_after: &'static [&'static str],
    /// What must not stand right after it.
    not_before: &'static [&'static str],
}

const RULES: [Rule; 7] = [
    Rule { theirs: r"(?:^|[^g])news(?!sapphire)", found: "news", not_after: &["g"], not_before: &["sapphire"] },
    Rule {
        theirs: r"(?<! channel/|google/)google(?!(?:wv|app|/google| pixel))",
        found: "google",
        not_after: &[" channel/", "google/"],
        not_before: &["wv", "app", "/google", " pixel"],
    },
    Rule { theirs: r"(?<! cu)bots?(?:\b|_)", found: r"bots?(?:\b|_)", not_after: &[" cu"], not_before: &[] },
    Rule { theirs: r"(?<!cam)scan", found: "scan", not_after: &["cam"], not_before: &[] },
    Rule { theirs: r"(?<!lib)http", found: "http", not_after: &["lib"], not_before: &[] },
    Rule { theirs: r"java(?!;)", found: "java", not_after: &[], not_before: &[";"] },
    // No look-around, but a hyphen in a class that may be read in two ways.
    Rule {
        theirs: r"^mozilla/\d\.\d\s\((?:compatible;)?(?:\s?[\w\d-.]+[\s/]\d+\.\d+)?\)$",
        found: r"^mozilla/\d\.\d\s\((?:compatible;)?(?:\s?[\w\d.-]+[\s/]\d+\.\d+)?\)$",
        not_after: &[],
        not_before: &[],
    },
];

struct Patterns {
    plain: RegexSet,
    ruled: Vec<(Regex, &'static Rule)>,
}

/// Compiled when the first hit comes; a test compiles every line.
static COMPILED: LazyLock<Patterns> = LazyLock::new(|| Patterns {
    plain: RegexSetBuilder::new(plain_patterns())
        .case_insensitive(true)
        .unicode(false)
        .build()
        .unwrap_or_else(|_| RegexSet::empty()),
    ruled: RULES.iter().filter_map(|rule| Some((compiled(rule.found).ok()?, rule))).collect(),
});

fn lines() -> impl Iterator<Item = &'static str> {
    PATTERNS.lines().filter(|line| !line.starts_with("# "))
}

fn plain_patterns() -> impl Iterator<Item = &'static str> {
    lines().filter(|line| RULES.iter().all(|rule| rule.theirs != *line))
}

fn compiled(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).case_insensitive(true).unicode(false).build()
}

impl Rule {
    fn finds(&self, pattern: &Regex, agent: &[u8]) -> bool {
        pattern.find_iter(agent).any(|found| {
            let before = agent.get(..found.start()).unwrap_or_default();
            let after = agent.get(found.end()..).unwrap_or_default();
            let ends = |word: &&str| before.len() >= word.len() && before.ends_with(word.as_bytes());
            !self.not_after.iter().any(ends) && !self.not_before.iter().any(|word| after.starts_with(word.as_bytes()))
        })
    }
}

/// Whether a program says so.
fn is_declared_bot(user_agent: &str) -> bool {
    let agent = user_agent.to_ascii_lowercase().into_bytes();
    let patterns = &*COMPILED;
    patterns.plain.is_match(&agent) || patterns.ruled.iter().any(|(pattern, rule)| rule.finds(pattern, &agent))
}

/// What a user agent says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Agent {
    pub(super) is_bot: bool,
    pub(super) device: Device,
}

impl Agent {
    fn read(user_agent: &str) -> Self {
        Self { is_bot: is_declared_bot(user_agent), device: Device::of(user_agent) }
    }
}

/// So many verdicts are remembered: half a megabyte.
const MOST_VERDICTS: usize = 16_384;

/// Reads user agents, and remembers its verdicts by a hash that only this process can make: the user
/// agents themselves are forgotten at once.
pub(super) struct Agents {
    hasher: RandomState,
    verdicts: Mutex<Bounded<u64, Agent>>,
}

impl Agents {
    pub(super) fn new() -> Self {
        Self { hasher: RandomState::new(), verdicts: Mutex::new(Bounded::new(MOST_VERDICTS)) }
    }

    pub(super) fn read(&self, user_agent: &str) -> Agent {
        let key = self.hasher.hash_one(user_agent);
        if let Some(agent) = locked(&self.verdicts).get(&key) {
            return *agent;
        }
        // Not under the lock: whoever has a known user agent shall not wait.
        let agent = Agent::read(user_agent);
        locked(&self.verdicts).insert(key, agent);
        agent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles_or_has_a_rule_of_ours_and_every_rule_has_its_pattern() {
        for pattern in plain_patterns() {
            assert!(compiled(pattern).is_ok(), "{pattern} needs a rule");
        }
        for rule in RULES {
            assert!(lines().any(|line| line == rule.theirs), "{} is in the list no more", rule.theirs);
            assert!(compiled(rule.theirs).is_err(), "{} needs no rule", rule.theirs);
        }
        assert_eq!((lines().count(), COMPILED.plain.len(), COMPILED.ruled.len()), (206, 199, RULES.len()));
    }

    /// `isbot_verdicts.txt` was written by the npm package itself: user agents of browsers and programs,
    /// words at the edge of every look-around, and letters thrown together.
    #[test]
    fn the_verdicts_are_those_of_the_npm_package() {
        let mut read = 0;
        for line in include_str!("isbot_verdicts.txt").lines() {
            let (verdict, agent) = line.split_once('\t').unwrap();
            assert_eq!(is_declared_bot(agent), verdict == "bot", "{agent:?}");
            read += 1;
        }
        assert!(read > 2_000);
    }

    #[test]
    fn a_verdict_is_remembered_and_stays_the_same() {
        let agents = Agents::new();
        let (reader, bot) = ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Googlebot/2.1");
        for _ in 0..2 {
            assert_eq!(agents.read(reader), Agent { is_bot: false, device: Device::Desktop });
            assert!(agents.read(bot).is_bot);
        }
        assert_eq!(locked(&agents.verdicts).len(), 2);
    }

    #[test]
    fn a_user_agent_as_long_as_a_header_may_be_is_read_like_any_other() {
        let long = format!("Mozilla/5.0 ({})", "a1.-:%( ".repeat(1_000));
        assert_eq!(is_declared_bot(&long), is_declared_bot(&long));
        assert!(is_declared_bot(&format!("{long} bot")));
    }
}
