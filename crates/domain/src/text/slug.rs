//! The readable part of an address.
//!
//! A slug is what people see in links for years, so it comes from the right letters: Đ is d whether it
//! was typed as Đ, as its look-alike Ð or decomposed, and a long title is cut between words. Folding
//! makes collisions common (bảo, bão and báo are all `bao`); the store meets them with a unique index
//! and [`Slug::with_suffix`].

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Deserializer, Serialize, de};
use uuid::Uuid;

use super::fold::folded_key;
use crate::violation::Fault;

/// Lower-case words of `a-z` and `0-9` joined by single hyphens, 1 to 160 bytes, never a reserved one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Slug(String);

/// The most that a client may choose and that the store keeps.
const LONGEST: usize = 160;
/// The most that is made from a title, which leaves room for suffixes and for the eye.
const LONGEST_FROM_TITLE: usize = 120;
/// Last segments of routes of the API, which an item of that name would hide.
const RESERVED: [&str; 2] = ["archive", "index"];

impl Slug {
    /// The slug that a client chose. It is never repaired: an address that differs from the one that
    /// was asked for is a broken link.
    ///
    /// # Errors
    /// `invalid_slug` for another form or length; `reserved_slug` for a word of the API's own routes
    /// and for anything shaped like a UUID, because a reference is either an id or a slug.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let is_word = |word: &str| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        if text.len() > LONGEST || !text.split('-').all(is_word) {
            let message = "must be lower-case words of a-z and 0-9 joined by single hyphens, at most 160 characters";
            return Err(Fault::new("invalid_slug", message));
        }
        if is_reserved(text) {
            return Err(Fault::new("reserved_slug", "must not be `archive`, `index` or shaped like a UUID"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The slug of a title; there always is one. It may be taken: see [`Slug::with_suffix`].
    pub fn from_title(title: &str) -> Self {
        // The folded key first: it knows đ and its look-alikes and drops what is no letter, where the
        // crate alone would spell emoji out ("tada"). The crate then writes other scripts in a-z.
        let full = ::slug::slugify(folded_key(title));
        let slug = Self(cut(&full, LONGEST_FROM_TITLE).to_owned());
        if slug.0.is_empty() {
            Self("untitled".to_owned())
        } else if is_reserved(&slug.0) {
            slug.with_suffix(1)
        } else {
            slug
        }
    }

    /// The same slug with `-n` behind it, shortened so that it fits.
    pub fn with_suffix(&self, n: u32) -> Self {
        let suffix = format!("-{n}");
        Self(format!("{}{suffix}", cut(&self.0, LONGEST - suffix.len())))
    }

    /// The slug as it stands in addresses.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_reserved(text: &str) -> bool {
    RESERVED.contains(&text) || Uuid::try_parse(text).is_ok()
}

/// The longest beginning of `slug` of at most `max` bytes that ends with a whole word; where the
/// first word alone is longer, that word is cut.
fn cut(slug: &str, max: usize) -> &str {
    let Some(head) = slug.get(..max) else { return slug };
    if slug.get(max..).is_none_or(|tail| tail.is_empty() || tail.starts_with('-')) {
        return head;
    }
    head.rsplit_once('-').map_or(head, |(words, _)| words)
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl AsRef<str> for Slug {
    fn as_ref(&self) -> &str {
        &self.0
    }
}
impl<'de> Deserialize<'de> for Slug {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(|fault| de::Error::custom(fault.message))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    fn slug(title: &str) -> String {
        Slug::from_title(title).to_string()
    }

    #[test]
    fn titles_that_other_sites_got_wrong_are_right_composed_and_decomposed() {
        for (title, expected) in [
            (
                "Hội nghị tổng kết Sở Khoa học & Công nghệ Đồng Tháp",
                "hoi-nghi-tong-ket-so-khoa-hoc-cong-nghe-dong-thap",
            ),
            ("Năng suất khoa học Việt Nam qua công bố quốc tế", "nang-suat-khoa-hoc-viet-nam-qua-cong-bo-quoc-te"),
            ("công", "cong"),
            ("Đại học Đà Nẵng", "dai-hoc-da-nang"),
            ("Ðại học Ðà Nẵng", "dai-hoc-da-nang"),
            ("Hội nghị ngày 28/02/2023", "hoi-nghi-ngay-28-02-2023"),
            ("Quyết định 71/2019/QĐ-UBND của Sở KH&CN", "quyet-dinh-71-2019-qd-ubnd-cua-so-kh-cn"),
            ("Ưu tiên ứng dụng: “ươm tạo”, thuỷ lợi…", "uu-tien-ung-dung-uom-tao-thuy-loi"),
            (
                "Khép lại năm 2022 với 38 nhiệm vụ khoa học được nghiệm thu",
                "khep-lai-nam-2022-voi-38-nhiem-vu-khoa-hoc-duoc-nghiem-thu",
            ),
        ] {
            assert_eq!(slug(title), expected);
            assert_eq!(slug(&title.nfd().to_string()), expected, "decomposed");
        }
    }

    #[test]
    fn words_that_differ_by_marks_only_collide_and_a_suffix_parts_them() {
        assert!(["Bảo", "bão", "báo"].iter().all(|title| slug(title) == "bao"));
        assert_eq!(Slug::from_title("Bão").with_suffix(2).as_str(), "bao-2");
    }

    #[test]
    fn titles_without_a_usable_word_get_a_safe_slug() {
        assert_eq!(slug("🎉🎉"), "untitled");
        assert_eq!(slug(" … – \u{301}"), "untitled");
        assert_eq!(slug("Chúc mừng 🎉"), "chuc-mung");
        assert_eq!(slug("Archive"), "archive-1");
        assert_eq!(slug("INDEX!"), "index-1");
        assert_eq!(slug("0190A2B4-1111-7222-8333-444455556666"), "0190a2b4-1111-7222-8333-444455556666-1");
    }

    #[test]
    fn other_scripts_and_letters_are_written_in_ascii() {
        assert_eq!(slug("Straße in Łódź"), "strasse-in-lodz");
        assert_eq!(slug("北京"), "bei-jing");
        assert_eq!(slug("Москва"), "moskva");
    }

    #[test]
    fn a_long_title_is_cut_between_words() {
        let title = "nghiên cứu ".repeat(20);
        let made = slug(&title);
        assert!(made.len() <= 120 && made.len() > 100);
        assert!(made.ends_with("-nghien") || made.ends_with("-cuu"), "{made}");
        assert_eq!(cut("mot-hai-ba", 7), "mot-hai");
        assert_eq!(cut("mot-hai-ba", 8), "mot-hai");
        assert_eq!(cut("mot-hai-ba", 10), "mot-hai-ba");
        assert_eq!(cut("nghien", 3), "ngh");
    }

    #[test]
    fn a_suffix_shortens_the_longest_slug_so_that_it_fits() {
        let longest = Slug::parse(&"a".repeat(160)).unwrap();
        let suffixed = longest.with_suffix(u32::MAX);
        assert!(suffixed.as_str().ends_with("a-4294967295") && suffixed.as_str().len() == 160);
        let words = Slug::parse(&format!("{}aaaa", "abc-".repeat(39))).unwrap();
        assert!(words.with_suffix(2).as_str().ends_with("-abc-2"));
    }

    #[test]
    fn what_a_client_chose_is_taken_as_it_is_or_refused() {
        assert_eq!(Slug::parse("hoi-nghi-2023").unwrap().as_str(), "hoi-nghi-2023");
        assert!(Slug::parse(&"a".repeat(160)).is_ok() && Slug::parse("0").is_ok());
        let too_long = "a".repeat(161);
        for text in ["", "-", "-a", "a-", "a--b", "A", "hội", "a b", "a_b", "a/b", "..", "a\n", "%61", &too_long] {
            assert_eq!(Slug::parse(text).unwrap_err().code, "invalid_slug", "{text:?}");
        }
        for text in ["archive", "index", "0190a2b4-1111-7222-8333-444455556666", "0190a2b41111722283334444555566aa"] {
            assert_eq!(Slug::parse(text).unwrap_err().code, "reserved_slug", "{text}");
        }
        assert!(Slug::parse("archive-2").is_ok() && Slug::parse("index-a").is_ok());
        assert!(serde_json::from_str::<Slug>(r#""archive""#).is_err());
    }

    proptest! {
        #[test]
        fn a_slug_made_from_any_title_would_be_accepted_from_a_client(
            title in prop_oneof![any::<String>(), "[a-zđĐăơ0-9 -]{0,300}"],
            n in any::<u32>(),
        ) {
            let made = Slug::from_title(&title);
            prop_assert!(made.as_str().len() <= 122);
            prop_assert_eq!(Slug::parse(made.as_str()), Ok(made.clone()));
            let suffixed = made.with_suffix(n);
            prop_assert_eq!(Slug::parse(suffixed.as_str()), Ok(suffixed.clone()));
        }

        #[test]
        fn a_suffix_on_any_slug_is_a_slug(text in "[a-f0-9]{1,9}(-[a-f0-9]{1,12}){0,12}", n in any::<u32>()) {
            if let Ok(slug) = Slug::parse(&text) {
                let suffixed = slug.with_suffix(n);
                prop_assert_eq!(Slug::parse(suffixed.as_str()), Ok(suffixed.clone()));
            }
        }
    }
}
