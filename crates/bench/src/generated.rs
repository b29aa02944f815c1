//! Articles without end: the corpus of the demo once, and behind it articles of words that come as often
//! as words do. The number of an article decides all of it, so that two databases hold the same.
//!
//! The commonest words are the corpus's own, in the order of how often they stand there; behind them
//! follow made-up ones to [`VOCABULARY`]. A word of rank r comes with the frequency 1/r (Zipf). Every
//! sentence is drawn anew, so that none stands in more than one article.

use std::collections::HashMap;

use serde_json::Value;

use crate::Result;

/// How many words there are.
pub const VOCABULARY: usize = 60_000;

/// The vocabulary, and the stories of the demo.
pub struct Generator {
    words: Vec<String>,
    corpus: Vec<Text>,
}

/// What an article says.
#[derive(Clone)]
pub struct Text {
    /// Its headline.
    pub title: String,
    /// Its lead.
    pub summary: String,
    /// Its paragraphs, with an empty line between them.
    pub body: String,
}

impl Generator {
    /// Reads the corpus.
    pub fn new() -> Result<Self> {
        let corpus = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../demo/articles.jsonl"))?;
        let corpus: Vec<Value> = corpus.lines().map(serde_json::from_str).collect::<serde_json::Result<_>>()?;
        let corpus: Vec<Text> = corpus.iter().map(Text::of).collect();
        let mut counts: HashMap<String, usize> = HashMap::new();
        for text in &corpus {
            let words = text.body.split(|sign: char| !sign.is_alphabetic()).filter(|word| !word.is_empty());
            words.for_each(|word| *counts.entry(word.to_lowercase()).or_default() += 1);
        }
        let mut counted: Vec<(String, usize)> = counts.into_iter().collect();
        counted.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        let mut words: Vec<String> = counted.into_iter().map(|(word, _)| word).collect();
        let missing = VOCABULARY.saturating_sub(words.len());
        words.extend((0..).map(made_up).take(missing));
        Ok(Self { words, corpus })
    }

    /// The commonest words of at least two letters.
    pub fn commonest(&self, count: usize) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str).filter(|word| word.chars().count() > 1).take(count)
    }

    /// The article of a number.
    pub fn article(&self, number: usize) -> Text {
        if let Some(text) = self.corpus.get(number) {
            return text.clone();
        }
        let mut dice = Dice(number as u64);
        let title = self.sentence(&mut dice, 8, 14);
        let summary = self.sentence(&mut dice, 20, 34);
        let paragraphs: Vec<String> = (0..6)
            .map(|_| (0..3).map(|_| self.sentence(&mut dice, 10, 22) + ".").collect::<Vec<_>>().join(" "))
            .collect();
        Text { title, summary, body: paragraphs.join("\n\n") }
    }

    fn sentence(&self, dice: &mut Dice, least: usize, most: usize) -> String {
        let count = least + dice.below(most - least + 1);
        let mut sentence = String::new();
        for place in 0..count {
            // The ranks are drawn so that their logarithms are even: rank r has the share 1/r.
            let rank = (dice.share() * (self.words.len() as f64).ln()).exp() as usize;
            let word = self.words.get(rank.saturating_sub(1)).map_or("", String::as_str);
            match place {
                0 => sentence.extend(word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1))),
                _ => sentence.extend([" ", word]),
            }
        }
        sentence
    }
}

impl Text {
    /// A story of the demo.
    fn of(story: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let paragraphs = story["body"].as_array().into_iter().flatten().map(|block| text(&block["text"]));
        Self {
            title: text(&story["title"]),
            summary: text(&story["summary"]),
            body: paragraphs.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n"),
        }
    }
}

/// A made-up syllable of Vietnamese shape, another one for each number: its consonants, vowel and tone are
/// the digits of the number.
fn made_up(number: usize) -> String {
    const ONSETS: [&str; 27] = [
        "b", "c", "ch", "d", "đ", "g", "gh", "gi", "h", "kh", "l", "m", "n", "ng", "nh", "ph", "qu", "r", "s", "t",
        "th", "tr", "v", "x", "f", "z", "bl",
    ];
    const VOWELS: [&str; 12] = [
        "aàảãáạ",
        "ăằẳẵắặ",
        "âầẩẫấậ",
        "eèẻẽéẹ",
        "êềểễếệ",
        "iìỉĩíị",
        "oòỏõóọ",
        "ôồổỗốộ",
        "ơờởỡớợ",
        "uùủũúụ",
        "ưừửữứự",
        "yỳỷỹýỵ",
    ];
    const ENDS: [&str; 12] = ["n", "ng", "m", "t", "c", "p", "nh", "ch", "i", "o", "u", "y"];
    const ALL: usize = ONSETS.len() * VOWELS.len() * 6 * ENDS.len();
    // A step that has no factor in common with how many there are: neighbours do not look alike, and none
    // comes twice. What is left over when all are used gets a second syllable.
    let place = number * 7_919 % ALL;
    let (place, onset) = (place / ONSETS.len(), ONSETS[place % ONSETS.len()]);
    let (place, vowel) = (place / VOWELS.len(), VOWELS[place % VOWELS.len()]);
    let (place, tone) = (place / 6, place % 6);
    let end = ENDS[place % ENDS.len()];
    let vowel: String = vowel.chars().skip(tone).take(1).collect();
    let more = "ơ".repeat(number / ALL);
    format!("{onset}{vowel}{end}{more}")
}

/// Numbers that look like chance, the same for the same seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.share() * bound as f64) as usize
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_word_is_in_the_vocabulary_twice() {
        let made: HashSet<String> = (0..VOCABULARY).map(made_up).collect();
        assert_eq!(made.len(), VOCABULARY);
    }

    #[test]
    fn words_come_as_often_as_their_rank_says() {
        let generator = Generator::new().unwrap();
        let mut counts: HashMap<String, usize> = HashMap::new();
        for number in 1_000..2_000 {
            let text = generator.article(number).body.to_lowercase();
            text.split([' ', '.', '\n']).for_each(|word| *counts.entry(word.to_owned()).or_default() += 1);
        }
        let count = |rank: usize| counts.get(&generator.words[rank - 1]).copied().unwrap_or(0) as f64;
        let ratio = count(1) / count(10);
        assert!((7.0..13.0).contains(&ratio), "{ratio}");
    }

    #[test]
    fn an_article_is_the_same_each_time_and_no_two_are_alike() {
        let generator = Generator::new().unwrap();
        assert_eq!(generator.article(5_000).body, generator.article(5_000).body);
        assert_ne!(generator.article(5_000).title, generator.article(5_001).title);
    }
}
