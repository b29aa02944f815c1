//! Names of persons as Vietnamese lists need them.
//!
//! A name is written family, middle, given (Nguyễn Văn An), and lists are in the order of given, then
//! family, then middle. The split is a guess that an editor may correct part by part; what is shown
//! is always `display`, as it was typed.

use unicode_normalization::{
    UnicodeNormalization,
    char::{compose, is_combining_mark},
};

use super::{
    collate::sort_key,
    line::{Label, Name},
};
use crate::violation::Fault;

/// A person's name, whole and in parts.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PersonName {
    /// The name as it is shown, without academic titles.
    #[serde(rename = "displayName")]
    pub display: Name,
    /// What stood before the name: `PGS.TS.`, `ThS.`, as it was typed.
    pub academic_title: Option<Label>,
    /// Họ: the first word, where there are two or more.
    #[serde(rename = "familyName")]
    pub family: Option<Name>,
    /// Tên đệm: what stands between.
    #[serde(rename = "middleName")]
    pub middle: Option<Name>,
    /// Tên: the last word.
    #[serde(rename = "givenName")]
    pub given: Option<Name>,
}

/// Academic and professional titles that stand before names, in lower case. None of them is a
/// Vietnamese syllable, so no name is mistaken for one.
const TITLES: [&str; 28] = [
    "gs", "pgs", "ts", "tskh", "ths", "th.s", "cn", "ks", "kts", "bs", "bsck1", "bsck2", "bscki", "bsckii", "ck1",
    "ck2", "cki", "ckii", "ds", "đd", "ls", "ncs", "ngnd", "ngưt", "ttnd", "ttưt", "dr", "prof",
];

impl PersonName {
    /// Splits a name as it was typed, with or without titles, into its parts.
    ///
    /// The rule is the Vietnamese one; for a foreign name (given name first) or a family name of two
    /// words an editor corrects the parts.
    ///
    /// # Errors
    /// Those of [`Name::parse`] for the whole, and `too_long` for titles of more than 100 characters.
    pub fn from_display(text: &str) -> Result<Self, Fault> {
        let whole = Name::parse(text)?;
        let (titles, name) = split_titles(whole.as_str());
        let words: Vec<&str> = name.split_whitespace().collect();
        let (family, middle, given) = match words.as_slice() {
            [family, middle @ .., given] => (Some(*family), Some(middle.join(" ")), Some(*given)),
            [given] => (None, None, Some(*given)),
            [] => (None, None, None),
        };
        let middle = middle.filter(|words| !words.is_empty());
        Ok(Self {
            display: Name::parse(name)?,
            academic_title: titles.map(Label::parse).transpose()?,
            family: family.map(Name::parse).transpose()?,
            middle: middle.as_deref().map(Name::parse).transpose()?,
            given: given.map(Name::parse).transpose()?,
        })
    }

    /// The key of the name's place in a list: given, then family, then middle.
    ///
    /// Each part has a key of its own, ended by a byte that no key contains and that is lower than
    /// all of them. One key of the joined parts would compare every letter of the whole before any
    /// tone, and put `Án Bùi` before `An Vũ`.
    pub fn sort_key(&self) -> Vec<u8> {
        let parts = [Some(self.listed_by()), self.family.as_ref(), self.middle.as_ref()];
        let mut key = Vec::new();
        for part in parts {
            key.extend(sort_key(part.map_or("", Name::as_str)));
            key.push(0);
        }
        key
    }

    /// The letter of the alphabet under which an index shows the name: that of the given name.
    pub fn initial(&self) -> char {
        initial(self.listed_by().as_str())
    }

    /// What decides the place in a list: the given name, or where the parts are not known, the whole.
    fn listed_by(&self) -> &Name {
        self.given.as_ref().unwrap_or(&self.display)
    }
}

/// The letter of the alphabet under which an index shows `text`: its first without the tone, so Ánh is
/// under A and Ân under Â; `#` for a text without letters.
pub fn initial(text: &str) -> char {
    let mut letters = text.nfd().skip_while(|letter| !letter.is_alphabetic());
    let Some(base) = letters.next().and_then(|letter| letter.to_uppercase().next()) else { return '#' };
    if base == 'Ð' {
        return 'Đ';
    }
    letters
        .take_while(|&mark| is_combining_mark(mark))
        .filter_map(|mark| compose(base, mark))
        .find(|&letter| "ĂÂÊÔƠƯ".contains(letter))
        .unwrap_or(base)
}

/// The titles before a name and the name. A text that consists of titles only is a name.
fn split_titles(text: &str) -> (Option<&str>, &str) {
    let mut name = text;
    while let Some(rest) = TITLES.iter().find_map(|title| after_title(name, title)) {
        name = rest;
    }
    let titles = text.strip_suffix(name).map(str::trim_end).filter(|titles| !titles.is_empty());
    (titles, name)
}

/// What follows `title` in `text`, where `text` starts with it and it stands apart from the rest.
fn after_title<'a>(text: &'a str, title: &str) -> Option<&'a str> {
    let mut letters = text.chars();
    for expected in title.chars() {
        if !letters.next()?.to_lowercase().eq([expected]) {
            return None;
        }
    }
    let rest = letters.as_str();
    let name = rest.trim_start_matches(|next: char| next.is_whitespace() || ".,-".contains(next));
    (name.len() < rest.len() && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> PersonName {
        PersonName::from_display(text).unwrap()
    }

    /// Family, middle, given.
    fn parts(text: &str) -> (String, String, String) {
        let name = name(text);
        let text = |part: Option<Name>| part.map_or(String::new(), |part| part.to_string());
        (text(name.family), text(name.middle), text(name.given))
    }

    fn split(family: &str, middle: &str, given: &str) -> (String, String, String) {
        (family.to_owned(), middle.to_owned(), given.to_owned())
    }

    #[test]
    fn a_name_is_family_middle_and_given() {
        assert_eq!(parts("Nguyễn Văn An"), split("Nguyễn", "Văn", "An"));
        assert_eq!(parts("Lư  Hoàng\u{a0}Khải"), split("Lư", "Hoàng", "Khải"));
        assert_eq!(parts("Công Tằng Tôn Nữ Huyền Trân"), split("Công", "Tằng Tôn Nữ Huyền", "Trân"));
        assert_eq!(parts("Trần Ba"), split("Trần", "", "Ba"));
        assert_eq!(parts("Hiền"), split("", "", "Hiền"));
        assert_eq!(name("Hiền").middle, None);
        assert_eq!(PersonName::from_display(" ").unwrap_err().code, "required");
    }

    #[test]
    fn academic_titles_are_kept_apart_as_they_were_typed() {
        for (text, title, display) in [
            ("TS. Lư Hoàng Khải", "TS.", "Lư Hoàng Khải"),
            ("PGS.TS. Trần Ba", "PGS.TS.", "Trần Ba"),
            ("PGS.TS.Trần Ba", "PGS.TS.", "Trần Ba"),
            ("GS. TSKH Trần Ba", "GS. TSKH", "Trần Ba"),
            ("Ths Trần Ba", "Ths", "Trần Ba"),
            ("Th.S. Trần Ba", "Th.S.", "Trần Ba"),
            ("BS.CKII. Trần Ba", "BS.CKII.", "Trần Ba"),
            ("ĐD. Trần Ba", "ĐD.", "Trần Ba"),
        ] {
            let name = name(text);
            assert_eq!(name.academic_title.as_ref().map(Label::as_str), Some(title), "{text}");
            assert_eq!(name.display.as_str(), display, "{text}");
        }
    }

    #[test]
    fn a_name_that_only_begins_like_a_title_is_left_alone() {
        for text in ["Đặng Văn Tsơ", "Cnăng Thị Hoa", "Gsơr A", "TS.", "Drew Barry"] {
            let name = name(text);
            assert_eq!((name.academic_title, name.display.as_str()), (None, text));
        }
    }

    #[test]
    fn lists_are_by_given_then_family_then_middle() {
        let listed = [
            "TS. Nguyễn Văn An",
            "Trần An",
            "Trần Bá An",
            "Trần Văn An",
            "Đỗ Thị Án",
            "Bùi Ân",
            "Lê Văn Dũng",
            "Cao Đức",
            "Phan Văn Đức",
        ];
        for pair in listed.windows(2) {
            assert!(name(pair[0]).sort_key() < name(pair[1]).sort_key(), "{} < {}", pair[0], pair[1]);
        }
    }

    #[test]
    fn the_tone_of_the_given_name_counts_more_than_the_family() {
        // Joined ("An Vũ", "Án Bùi") the letters of the families would decide before the tone does.
        assert!(name("Vũ An").sort_key() < name("Bùi Án").sort_key());
        assert!(sort_key("Án Bùi") < sort_key("An Vũ"));
        // And a given name is never mistaken for the beginning of a longer one.
        assert!(name("Vũ An").sort_key() < name("Bùi Anh").sort_key());
    }

    #[test]
    fn a_corrected_split_decides_the_order() {
        let mut foreign = name("Oliver Grantham");
        (foreign.given, foreign.family) = (foreign.family, foreign.given);
        assert_eq!(foreign.initial(), 'O');
        assert!(foreign.sort_key() > name("Lê Nam").sort_key());
    }

    #[test]
    fn the_index_knows_the_letters_of_the_alphabet_and_ignores_tones() {
        for (text, initial) in [
            ("Trần Ánh", 'A'),
            ("Trần Ân", 'Â'),
            ("Trần Ấn", 'Â'),
            ("Trần ẩn", 'Â'),
            ("Y Ằng", 'Ă'),
            ("Lê Đức", 'Đ'),
            ("Lê đức", 'Đ'),
            ("Lê Ðức", 'Đ'),
            ("Lê Dũng", 'D'),
            ("Lê Ế", 'Ê'),
            ("Lê Ổn", 'Ô'),
            ("Lê Ợi", 'Ơ'),
            ("Lê Ứng", 'Ư'),
            ("Lê Ửng", 'Ư'),
            ("Émile", 'E'),
            ("Ŝi", 'S'),
            ("“Bảo”", 'B'),
            ("2023", '#'),
        ] {
            assert_eq!(name(text).initial(), initial, "{text}");
        }
    }
}
