//! Vietnamese alphabetical order as bytes.
//!
//! The two databases do not order Vietnamese alike (SQLite does not order it at all), so the order is
//! computed here, stored beside the text and compared byte by byte, which both do alike.
//!
//! A key is comparable only with keys of the same release of `icu_collator` and its data: an update
//! of that crate may change keys, and the stored ones must then be computed again. The test
//! `keys_are_those_of_the_stored_ones` notices such an update.

use std::sync::LazyLock;

use icu_collator::{CollatorBorrowed, options::CollatorOptions};
use icu_locale_core::locale;

/// The collator of locale `vi`, built once. `None` cannot happen while that locale is among the
/// compiled data; every test below would fail.
static COLLATOR: LazyLock<Option<CollatorBorrowed<'static>>> =
    LazyLock::new(|| CollatorBorrowed::try_new(locale!("vi").into(), CollatorOptions::default()).ok());

/// The key by which `text` stands in a Vietnamese list: a ă â b c d đ e ê ..., then by tone (ngang,
/// huyền, hỏi, ngã, sắc, nặng), then lower case before upper. It never contains the byte 0.
pub fn sort_key(text: &str) -> Vec<u8> {
    let mut key = Vec::new();
    if let Some(collator) = COLLATOR.as_ref() {
        let Ok(()) = collator.write_sort_key_to(text, &mut key);
    }
    key
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    fn assert_ordered(words: &[&str]) {
        for pair in words.windows(2) {
            assert!(sort_key(pair[0]) < sort_key(pair[1]), "{} < {}", pair[0], pair[1]);
        }
    }

    #[test]
    fn the_alphabet_is_the_vietnamese_one() {
        let alphabet = "a ă â b c d đ e ê g h i k l m n o ô ơ p q r s t u ư v x y";
        assert_ordered(&alphabet.split(' ').collect::<Vec<_>>());
        assert_ordered(&["dương", "đương", "e"]);
    }

    #[test]
    fn tones_follow_each_other_as_in_the_dictionary() {
        assert_ordered(&["ma", "mà", "mả", "mã", "má", "mạ", "mă"]);
        assert_ordered(&["tuyên", "tuyền", "tuyển", "tuyễn", "tuyến", "tuyện"]);
    }

    #[test]
    fn a_letter_further_on_counts_more_than_a_tone() {
        assert_ordered(&["bá", "bàn", "bản", "bán", "bao"]);
    }

    #[test]
    fn spaces_come_before_digits_digits_before_letters_and_case_last() {
        assert_ordered(&["Bài 1", "Bài 2", "bài a", "Bài A", "Bài ă", "Bàia"]);
        assert_ordered(&["", "an", "An", "án"]);
    }

    #[test]
    fn keys_are_those_of_the_stored_ones() {
        let key: String = sort_key("Đỗ Ánh 2").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            key, "32024802042b4539041601448b03448b040801c6c3dc09",
            "icu_collator changed its keys: the stored ones must be computed again"
        );
    }

    proptest! {
        #[test]
        fn composed_and_decomposed_text_sort_alike_and_no_key_contains_zero(text in any::<String>()) {
            let key = sort_key(&text.nfc().to_string());
            prop_assert_eq!(&key, &sort_key(&text.nfd().to_string()));
            prop_assert!(!key.contains(&0));
        }
    }
}
