//! How a place in a list travels to the reader and back. A cursor is no secret and is not trusted: whatever
//! comes back is held against the list, and says nothing but where to go on.

use std::{collections::BTreeMap, hash::Hasher};

use bantin_domain::{
    listing::{Cursor, SortKey, Start},
    named::Named,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::{Condition, Key, List, LocaleChoice, Sort};

/// A cursor as it travels: where, in which direction, and of which question.
#[derive(Serialize, Deserialize)]
struct Travelling {
    #[serde(rename = "c")]
    cursor: Cursor,
    #[serde(rename = "b")]
    backwards: bool,
    #[serde(rename = "f")]
    fingerprint: u64,
}

/// A place as it goes out.
pub(super) fn travelling(cursor: &Cursor, backwards: bool, fingerprint: u64) -> String {
    let travelling = Travelling { cursor: cursor.clone(), backwards, fingerprint };
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&travelling).unwrap_or_default())
}

/// Where a cursor leads in the list of this fingerprint; nowhere where it is none of it. `key` is what the list
/// is sorted by: a number in place of an instant would be refused by PostgreSQL only, and as a fault of ours.
pub(super) fn arrived(text: &str, fingerprint: u64, key: Option<Key>) -> Option<Start> {
    let bytes = (text.len() <= 2_000).then(|| URL_SAFE_NO_PAD.decode(text).ok()).flatten()?;
    let travelling: Travelling = serde_json::from_slice(&bytes).ok()?;
    let given = match &travelling.cursor.key {
        SortKey::Instant(_) => Key::Instant,
        // What is before the year 1 is no day of the contract, and PostgreSQL knows another calendar there.
        SortKey::Day(day) => (day.year() >= 1).then_some(Key::Day)?,
        SortKey::Bytes(bytes) => (bytes.len() <= 2_000).then_some(Key::Bytes)?,
        SortKey::Number(_) => Key::Number,
    };
    if travelling.fingerprint != fingerprint || key.is_some_and(|key| key != given) {
        return None;
    }
    Some(if travelling.backwards { Start::Before(travelling.cursor) } else { Start::After(travelling.cursor) })
}

/// What a cursor belongs to.
pub(super) struct Question<'q> {
    pub path: &'q str,
    pub conditions: &'q [Condition],
    pub alternatives: &'q BTreeMap<u8, Vec<Condition>>,
    pub parameters: &'q BTreeMap<&'static str, String>,
    pub text: Option<&'q str>,
    pub locale: Option<&'q LocaleChoice>,
    /// The order, where it is not the usual one.
    pub sort: Option<(&'static Sort, bool)>,
}

impl Question<'_> {
    /// The list at its address, its filters, its language and its order. Not the limit, which may change from
    /// page to page, nor what an answer shows of each row.
    pub(super) fn fingerprint<L: List>(&self) -> u64 {
        // FNV-1a: stable between builds and nodes, which the standard hasher does not promise.
        struct Fnv(u64);
        impl Hasher for Fnv {
            fn finish(&self) -> u64 {
                self.0
            }
            fn write(&mut self, bytes: &[u8]) {
                for byte in bytes {
                    self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
                }
            }
        }
        let mut named: Vec<(String, &str)> =
            self.parameters.iter().map(|(name, value)| ((*name).to_owned(), value.as_str())).collect();
        named.extend(self.text.map(|text| ("q".to_owned(), text)));
        named.extend(self.conditions.iter().map(|one| match one.operator {
            bantin_domain::listing::Operator::Equal => (one.filter.name.to_owned(), one.text.as_str()),
            operator => (format!("{}[{}]", one.filter.name, operator.name()), one.text.as_str()),
        }));
        named.extend(self.alternatives.values().flatten().map(|one| (one.name(), one.text.as_str())));
        named.sort_unstable();
        let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
        hasher.write(L::NAME.as_bytes());
        hasher.write(self.path.as_bytes());
        for (name, value) in named {
            hasher.write(format!("\0{name}={value}").as_bytes());
        }
        match self.locale {
            None => {}
            Some(LocaleChoice::All) => hasher.write(b"\0*"),
            Some(LocaleChoice::One(locale)) => hasher.write(format!("\0{locale}").as_bytes()),
        }
        if let Some((sort, descending)) = self.sort {
            hasher.write(format!("\0\0{}{}", if descending { "-" } else { "" }, sort.name).as_bytes());
        }
        hasher.finish() >> 11
    }
}
