//! The name under which an answer is kept: the address, the query in one canonical form, the language.
//!
//! `?limit=5&filter%5Btag%5D=so` and `?filter[tag]=so&limit=5` ask for the same, so they have one key. The
//! handler is then asked in the canonical form as well: an answer repeats its query in its `Link`s, and must
//! not repeat that of whoever happened to ask first.

use std::str;

/// More parameters than any list takes; whoever sends more is refused by the handler.
const MOST_PARAMETERS: usize = 24;
/// Longer addresses are answered, but not kept.
const MOST_BYTES: usize = 4_096;

/// Writes a query in its canonical form behind whatever is in `key`: the parameters in the order of their
/// names, each letter in its shortest spelling. `None` where there is none: it is too long or is not
/// percent-encoded UTF-8, and nothing that comes of it is kept.
pub fn write_canonical(query: &str, key: &mut Vec<u8>) -> Option<()> {
    if query.len() > MOST_BYTES {
        return None;
    }
    let mut pairs = [""; MOST_PARAMETERS];
    let mut count = 0;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        *pairs.get_mut(count)? = pair;
        count += 1;
    }
    let pairs = pairs.get_mut(..count)?;
    if is_plain(query) {
        // Stable: of a name that is given twice, the first stays the first.
        pairs.sort_by_key(|pair| name_of(pair));
        for (n, pair) in pairs.iter().enumerate() {
            if n > 0 {
                key.push(b'&');
            }
            key.extend_from_slice(pair.as_bytes());
        }
        return Some(());
    }
    let mut respelt = pairs.iter().map(|pair| respell(pair)).collect::<Option<Vec<String>>>()?;
    respelt.sort_by(|one, other| name_of(one).cmp(name_of(other)));
    key.extend_from_slice(respelt.join("&").as_bytes());
    Some(())
}

fn name_of(pair: &str) -> &str {
    pair.split_once('=').map_or(pair, |(name, _)| name)
}

/// Whether every letter of a query is in its shortest spelling already. Most are.
fn is_plain(query: &str) -> bool {
    query.bytes().all(|byte| stands_for_itself(byte) || byte == b'=' || byte == b'&')
}

/// What needs no percent sign in a value or a name.
fn stands_for_itself(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~[]*,:!()@/".contains(&byte)
}

fn respell(pair: &str) -> Option<String> {
    let (name, value) = match pair.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (pair, None),
    };
    let mut text = encode(&decode(name)?);
    if let Some(value) = value {
        text.push('=');
        text.push_str(&encode(&decode(value)?));
    }
    Some(text)
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let high = char::from(rest.next()?).to_digit(16)?;
                let low = char::from(rest.next()?).to_digit(16)?;
                u8::try_from(high * 16 + low).ok()?
            }
            byte => byte,
        });
    }
    str::from_utf8(&bytes).is_ok().then_some(bytes)
}

fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        if stands_for_itself(*byte) {
            text.push(char::from(*byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// A path in its shortest spelling, where it is in another: `/api/v1/%61rticles` is `/api/v1/articles`. What does not
/// stand for itself stays as it is, and so does all of a path that is not well-formed.
pub fn canonical_path(path: &str) -> Option<String> {
    if !path.contains('%') {
        return None;
    }
    let mut pieces = path.split('%');
    let mut shortest = pieces.next()?.to_owned();
    for piece in pieces {
        let (code, rest) = piece.split_at_checked(2)?;
        let digits: Option<Vec<u32>> = code.chars().map(|digit| digit.to_digit(16)).collect();
        let [high, low] = digits?[..] else { return None };
        let letter = char::from(u8::try_from(high * 16 + low).ok()?);
        if letter.is_ascii_alphanumeric() || "-._~".contains(letter) {
            shortest.push(letter);
        } else {
            shortest.push('%');
            shortest.push_str(code);
        }
        shortest.push_str(rest);
    }
    (shortest != path).then_some(shortest)
}

/// Whether a query says `name=` of a name in plain spelling.
pub fn says(query: &str, name: &str) -> bool {
    query.split('&').any(|pair| name_of(pair) == name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn canonical(query: &str) -> Option<String> {
        let mut key = Vec::new();
        write_canonical(query, &mut key)?;
        String::from_utf8(key).ok()
    }

    #[test]
    fn what_asks_for_the_same_has_one_key() {
        let expected = Some("filter[tag]=so&limit=5&q=%C4%91o".to_owned());
        for query in [
            "filter[tag]=so&limit=5&q=%C4%91o",
            "limit=5&filter%5Btag%5D=so&q=%c4%91o",
            "q=đo&&limit=%35&filter[tag]=so&",
        ] {
            assert_eq!(canonical(query), expected, "{query}");
        }
        assert_eq!(canonical("q=a+b"), canonical("q=a%20b"));
    }

    #[test]
    fn what_asks_for_something_else_has_another_key() {
        let queries = ["", "a", "a=", "a=1", "a=1&a=2", "a=2&a=1", "a=1%262", "a=1%26a%3D2", "a=%2B", "a=%20", "b=1"];
        for (n, one) in queries.iter().enumerate() {
            for other in &queries[n + 1..] {
                assert_ne!(canonical(one), canonical(other), "{one} {other}");
            }
        }
    }

    #[test]
    fn a_path_has_one_spelling() {
        for (path, expected) in [
            ("/api/v1/articles", None),
            ("/api/v1/%61rticles", Some("/api/v1/articles")),
            ("/%61%2d%7E%2F", Some("/a-~%2F")),
            ("/%25%36%31", Some("/%2561")),
            ("/%61%2%66", None),
            ("/%61%zz", None),
            ("/%61%+1", None),
        ] {
            assert_eq!(canonical_path(path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn what_is_no_text_has_none() {
        for query in ["q=%ff", "q=%zz", "q=%4"] {
            assert_eq!(canonical(query), None, "{query}");
        }
        assert_eq!(canonical(&"a=1&".repeat(100)), None);
    }

    proptest! {
        #[test]
        fn a_canonical_query_is_its_own_canonical_form(query in "[a-z%0-9+&=\\[\\]é]{0,60}") {
            if let Some(once) = canonical(&query) {
                prop_assert_eq!(canonical(&once), Some(once));
            }
        }
    }
}
