//! One letter off.

use std::collections::BTreeSet;

/// The shortest word that is corrected: of a shorter one, half the language is one letter off.
const SHORTEST: usize = 4;
/// The longest: what is longer is no word.
const LONGEST: usize = 24;
/// The letters and digits that folded words consist of, but for those of other languages.
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz0123456789ø";

/// Every word that is one edit away from a folded word: a letter left out, put in, changed, or two
/// next to each other swapped. A few hundred at most, to be looked up among the words that there are.
pub fn one_edit_away(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    if !(SHORTEST..=LONGEST).contains(&letters.len()) || !letters.iter().all(|letter| letter.is_alphanumeric()) {
        return Vec::new();
    }
    let mut found = BTreeSet::new();
    for at in 0..=letters.len() {
        let (head, tail) = letters.split_at(at);
        let mut add = |middle: &[char], tail: &[char]| {
            found.insert(head.iter().chain(middle).chain(tail).collect::<String>());
        };
        for letter in LETTERS.chars() {
            add(&[letter], tail);
            if let Some((_, after)) = tail.split_first() {
                add(&[letter], after);
            }
        }
        if let Some((_, after)) = tail.split_first() {
            add(&[], after);
        }
        if let Some((&[one, other], after)) = tail.split_first_chunk::<2>() {
            add(&[other, one], after);
        }
    }
    found.remove(word);
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_edit_is_thought_of() {
        let near = one_edit_away("ngiep");
        for word in ["nghiep", "giep", "ngiet", "gniep", "ngieps"] {
            assert!(near.contains(&word.to_owned()), "{word}");
        }
        assert!(!near.contains(&"ngiep".to_owned()) && !near.contains(&"khiep".to_owned()));
    }

    #[test]
    fn short_words_codes_and_blobs_are_left_alone() {
        for word in ["", "bao", "71\u{e000}2019", &"a".repeat(1000)] {
            assert!(one_edit_away(word).is_empty(), "{word}");
        }
        assert!(one_edit_away(&"a".repeat(LONGEST)).len() < 2_000);
    }
}
