//! Whether a long password is a common one in disguise.
//!
//! Few of the well-known passwords reach fifteen characters; people stretch the short ones instead:
//! `passwordpassword`, `matkhau123456789`, `P@ssw0rd!!!!!!!!`, `nguyenvanan.2024`. So the question is
//! not only "is it on the list" but "is it one entry of the list and little else". What counts as
//! little is a budget: runs (`aaaa`, `1234`, `qwerty`) and names that belong to the account are free,
//! a digit or a sign costs one, a letter that nothing explains costs four.
//!
//! Only one entry may be used, however often. Two different words may be a passphrase, and those are
//! what this policy wants people to choose.

use std::{
    collections::{BTreeSet, HashSet},
    sync::LazyLock,
};

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// What may remain once the common parts are taken out.
const BUDGET: usize = 10;
/// What a digit or a sign costs, and what a letter costs.
const SIGN_COST: usize = 1;
const LETTER_COST: usize = 4;
/// A password that only repeats a unit shorter than this says no more than the unit does.
const LONGEST_REPEATED_UNIT: usize = 7;
const SHORTEST_RUN: usize = 3;
const SHORTEST_ENTRY: usize = 4;
const SHORTEST_NAME: usize = 3;

/// The entries of the list, folded as [`fold`] folds. See the file for its sources and licences.
static COMMON: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    include_str!("common_passwords.txt")
        .lines()
        .filter(|line| !line.is_empty() && *line != "#" && !line.starts_with("# "))
        .collect()
});
static LONGEST_ENTRY: LazyLock<usize> = LazyLock::new(|| COMMON.iter().map(|entry| entry.len()).max().unwrap_or(0));

/// Lines along which fingers walk, also backwards.
const TRACKS: [&str; 14] = [
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "1234567890-=",
    "!@#$%^&*()_+",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "qwertzuiop",
    "azertyuiop",
    "qsdfghjklm",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "zaq1xsw2cde3vfr4bgt5nhy6mju7",
];

/// Whether a guesser would come upon `password` early. `names` are what belongs to the account: the
/// site's name, the person's name and e-mail address.
pub(super) fn is_common(password: &str, names: &[&str]) -> bool {
    let names: Vec<Vec<char>> = names.iter().flat_map(|name| parts_of(name)).collect();
    let typed = fold(password);
    // Once more without what people put between the parts: `mat khau`, `p-a-s-s-w-o-r-d`.
    let joined = typed.iter().copied().filter(|c| !c.is_whitespace() && !"-_.,".contains(*c)).collect();
    [typed, joined].into_iter().map(Folded::new).any(|text| text.is_common(&names))
}

/// A password as a guesser sees it: lower case, without marks, and once more with leet undone. Both
/// have the same length, so that a place in one is the same place in the other.
struct Folded {
    plain: Vec<char>,
    unleet: Vec<char>,
}

impl Folded {
    fn new(plain: Vec<char>) -> Self {
        let unleet = plain.iter().copied().map(undo_leet).collect();
        Self { plain, unleet }
    }

    fn is_common(&self, names: &[Vec<char>]) -> bool {
        self.repeats_a_short_unit()
            || self.unexplained(names) <= BUDGET
            || self.entries_within().into_iter().any(|entry| {
                let words: Vec<Vec<char>> = names.iter().cloned().chain([entry.chars().collect()]).collect();
                self.unexplained(&words) <= BUDGET
            })
    }

    fn repeats_a_short_unit(&self) -> bool {
        (1..=LONGEST_REPEATED_UNIT).any(|unit| {
            self.plain.len() >= 2 * unit && self.plain.iter().zip(self.plain.iter().skip(unit)).all(|(a, b)| a == b)
        })
    }

    /// The entries of the list that occur somewhere, each once.
    fn entries_within(&self) -> BTreeSet<&'static str> {
        (SHORTEST_ENTRY..=*LONGEST_ENTRY)
            .flat_map(|length| self.plain.windows(length).chain(self.unleet.windows(length)))
            .filter_map(|window| COMMON.get(window.iter().collect::<String>().as_str()).copied())
            .collect()
    }

    /// The least that remains when `words` and runs are laid over the text in the best way, found
    /// from the end: what remains from a place on is the best of what each piece there leaves.
    fn unexplained(&self, words: &[Vec<char>]) -> usize {
        let mut remains = vec![0];
        for start in (0..self.plain.len()).rev() {
            let plain = self.plain.get(start..).unwrap_or_default();
            let unleet = self.unleet.get(start..).unwrap_or_default();
            // `remains` is filled backwards: its last item is the place right after this one.
            let after = |length: usize| remains.len().checked_sub(length).and_then(|at| remains.get(at)).copied();
            let words = words.iter().filter(|word| plain.starts_with(word) || unleet.starts_with(word)).map(Vec::len);
            let free = words.chain(SHORTEST_RUN..=run_length(plain)).filter_map(after).min();
            let cost = plain.first().map_or(0, |c| if c.is_alphabetic() { LETTER_COST } else { SIGN_COST });
            let paid = after(1).unwrap_or_default() + cost;
            remains.push(free.map_or(paid, |free| free.min(paid)));
        }
        remains.last().copied().unwrap_or_default()
    }
}

/// How many of the first characters are one character repeated or a stretch of a track.
fn run_length(text: &[char]) -> usize {
    let same = text.iter().take_while(|c| Some(*c) == text.first()).count();
    let along = |track: Vec<char>| {
        let begins = track.iter().position(|c| Some(c) == text.first()).unwrap_or(track.len());
        track.iter().skip(begins).zip(text).take_while(|(a, b)| a == b).count()
    };
    TRACKS
        .iter()
        .flat_map(|track| [track.chars().collect(), track.chars().rev().collect()])
        .map(along)
        .fold(same, usize::max)
}

/// A name as people put it into passwords: whole, run together, and each part.
fn parts_of(name: &str) -> Vec<Vec<char>> {
    let whole = fold(name);
    let joined = whole.iter().copied().filter(|c| c.is_alphanumeric()).collect();
    let parts = whole.split(|c| !c.is_alphanumeric()).map(<[char]>::to_vec);
    let mut parts: Vec<_> = parts.chain([joined]).filter(|part| part.len() >= SHORTEST_NAME).collect();
    parts.sort_unstable();
    parts.dedup();
    parts
}

fn fold(text: &str) -> Vec<char> {
    text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).map(without_bar).collect()
}

/// `đ` is a letter of its own to Unicode and does not decompose.
fn without_bar(c: char) -> char {
    if c == 'đ' { 'd' } else { c }
}

fn undo_leet(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '8' => 'b',
        '9' => 'g',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 3] = ["Bản tin Thành phố", "Trần Thị Kiều", "kieu.tran@ubnd.example"];

    #[test]
    fn common_passwords_stretched_to_the_length_are_common() {
        for password in [
            "aaaaaaaaaaaaaaa",
            "123456789012345",
            "987654321098765",
            "abcdefghijklmnop",
            "zyxwvutsrqponmlk",
            "qwertyuiopasdfgh",
            "QWERTYUIOP[]asdf",
            "1q2w3e4r5t6y7u8i",
            "1qaz2wsx3edc4rfv",
            "!@#$%^&*()!@#$%^&*()",
            "abcxyzabcxyzabcxyz",
            "x7Kq2x7Kq2x7Kq2x7",
            "passwordpassword",
            "PasswordPassword1!",
            "P@ssw0rdP@ssw0rd",
            "password83019472",
            "Password12345678",
            "!!!password!!!!",
            "iloveyouiloveyou",
            "administrator123",
            "letmeinletmeinletmein",
            "momsanaladventure",
            "matkhau123456789",
            "Mật khẩu 2024 2024",
            "anhyeuemanhyeuem",
            "AnhYêuEm@20242024",
            "quantrivien12345",
            "p-a-s-s-w-o-r-d",
            "anh yêu em, anh yêu em",
            "ｐａｓｓｗｏｒｄ１２３４５６７",
        ] {
            assert!(is_common(password, &NAMES), "{password}");
        }
    }

    #[test]
    fn the_sites_and_the_persons_own_names_carry_nothing() {
        for password in [
            "bantinthanhpho12",
            "BanTin.ThanhPho.2024",
            "tranthikieu12345",
            "Trần Thị Kiều 1990",
            "kieu.tran@ubnd.example",
            "kieutran20241234",
            "kieutrankieutran",
            "kieutranpassword1",
        ] {
            assert!(is_common(password, &NAMES), "{password}");
        }
        assert!(!is_common("kieu thuong doc sach khuya", &NAMES));
    }

    #[test]
    fn passphrases_and_random_passwords_are_not_common() {
        for password in [
            "correct horse battery staple",
            "correcthorsebatterystaple",
            "Hai con mèo ngủ trên mái nhà",
            "haiconmeongutrenmainha",
            "trời xanh, mây trắng, nắng vàng",
            "xK9#mQ2$vL7@pR4",
            "830194726510384",
            "83#19$47!28&301",
            "hqzvwkprtnbxylf",
            "dragon eats eleven mangoes",
            "tHIS-is-0ur-little-secret",
            "秘密の合言葉は誰も知らないはずです",
        ] {
            assert!(!is_common(password, &NAMES), "{password}");
        }
    }

    #[test]
    fn the_list_holds_what_its_header_says() {
        assert!(COMMON.len() > 10_000);
        for entry in COMMON.iter() {
            assert!(entry.len() >= SHORTEST_ENTRY, "{entry}");
            assert_eq!(*entry, fold(entry).into_iter().collect::<String>(), "an entry that can never match");
        }
        for entry in ["password", "matkhau", "anhyeuem", "p@ssw0rd", "passwordstandard"] {
            assert!(COMMON.contains(entry), "{entry}");
        }
    }

    #[test]
    fn the_longest_password_is_judged_too() {
        assert!(is_common(&"password".repeat(16), &[]));
        assert!(is_common(&"1a".repeat(64), &[]));
        assert!(!is_common(&"đường về nhà ".repeat(9), &[]));
    }
}
