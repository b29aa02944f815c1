//! What differs between two revisions: how long the comparison of bodies of [`BYTES`] takes, of edits as
//! they happen and of the worst that anybody could think of. No server; one core.

use std::time::Instant;

use bantin_domain::{
    body::{Body, BodyInput},
    diff::blocks,
};

use crate::{
    Result,
    generated::Generator,
    report::{self, Table},
};

const BYTES: usize = 50_000;

/// What `diff` is told.
#[derive(clap::Args)]
pub struct Options {
    /// How often each pair is compared
    #[arg(long, default_value_t = 21)]
    runs: usize,
}

/// `bantin-bench diff`.
pub fn run(options: &Options) -> Result<()> {
    let paragraphs = paragraphs()?;
    let text: Vec<&str> = paragraphs.iter().map(String::as_str).collect();
    let words: Vec<&str> = text.iter().flat_map(|paragraph| paragraph.split(' ')).collect();
    let reversed: Vec<&str> = text.iter().rev().copied().collect();
    let words_reversed: Vec<&str> = words.iter().rev().copied().collect();
    let pairs = [
        ("three words of one paragraph changed", text.join("\n\n"), edited(&text, text.len())),
        ("a word of every fifth paragraph changed", text.join("\n\n"), edited(&text, 5)),
        ("a word of every paragraph changed", text.join("\n\n"), edited(&text, 1)),
        ("a paragraph put first", text.join("\n\n"), format!("Thêm một đoạn.\n\n{}", text.join("\n\n"))),
        ("the paragraphs in the opposite order", text.join("\n\n"), reversed.join("\n\n")),
        ("one paragraph of all words, in the opposite order", words.join(" "), words_reversed.join(" ")),
        ("one paragraph, and another with no word in common", words.join(" "), "khác ".repeat(BYTES / 6)),
        ("one word without end, and one more of it", "a ".repeat(BYTES / 2), "a ".repeat(BYTES / 2 + 9)),
        ("two words in turn, and the other way round", "a b ".repeat(BYTES / 4), "b a ".repeat(BYTES / 4)),
        ("paragraphs of one letter, alike, and a third fewer", "a\n\n".repeat(5_000), "a\n\n".repeat(3_333)),
        ("a text, and none", text.join("\n\n"), String::new()),
    ];
    let mut table = Table::new(&["bodies of 50 kB", "blocks", "median ms", "worst ms"]);
    for (name, from, to) in pairs {
        let (from, to) = (body(from)?, body(to)?);
        let mut times: Vec<f64> = (0..options.runs.max(1))
            .map(|_| {
                let begun = Instant::now();
                std::hint::black_box(blocks(from.blocks(), to.blocks()));
                begun.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        times.sort_by(f64::total_cmp);
        table.row(vec![
            name.to_owned(),
            from.blocks().len().to_string(),
            format!("{:.2}", times.get(times.len() / 2).copied().unwrap_or_default()),
            format!("{:.2}", times.last().copied().unwrap_or_default()),
        ]);
    }
    report::print("diff", &[format!("Each pair was compared {} times.", options.runs)], &table)
}

/// Paragraphs of [`BYTES`] together.
fn paragraphs() -> Result<Vec<String>> {
    let generator = Generator::new()?;
    let mut bytes = 0;
    let all = (1_000..)
        .flat_map(|number| generator.article(number).body.split("\n\n").map(str::to_owned).collect::<Vec<_>>());
    Ok(all
        .take_while(|paragraph| {
            bytes += paragraph.len();
            bytes <= BYTES
        })
        .collect())
}

/// The text with some words of every `step`th paragraph exchanged.
fn edited(paragraphs: &[&str], step: usize) -> String {
    let edit = |(place, paragraph): (usize, &&str)| {
        let mut words: Vec<&str> = paragraph.split(' ').collect();
        let last = words.len() - 1;
        if place % step.max(1) == 0 {
            for place in [last / 4, last / 2, last] {
                words[place] = "sửa";
            }
        }
        words.join(" ")
    };
    paragraphs.iter().enumerate().map(edit).collect::<Vec<_>>().join("\n\n")
}

fn body(text: String) -> Result<Body> {
    Ok(Body::parse(BodyInput::Text(text)).map_err(|faults| format!("{faults:?}"))?.body)
}
