//! Questions drawn by chance, the same in every run: names that exist, that nearly exist and that do not,
//! with values that fit, that nearly fit and that fit nowhere.

use bantin_tests::{content::NOBODY, quality::encoded};
use proptest::{
    prelude::*,
    sample::{Index, select},
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::Value;

use crate::list_fuzz::{HOSTILE, pair::List};

/// Values that some parameter takes.
const FITTING: [&str; 16] = [
    "1",
    "2",
    "exact",
    "vi",
    "*",
    "2023-02-28",
    "2023",
    "true",
    "upcoming",
    "published",
    "A",
    "article",
    "kh",
    "hoi-nghi-tong-ket",
    NOBODY,
    "khoa-hoc-va-cong-nghe",
];
/// What comparisons are called here and elsewhere.
const OPERATORS: [&str; 15] =
    ["eq", "ne", "lt", "lte", "gt", "gte", "in", "nin", "null", "contains", "startsWith", "like", "EQ", "", "'"];

/// What is asked of some list.
#[derive(Debug)]
pub struct Question {
    list: Index,
    pieces: Vec<Piece>,
}

/// One parameter of a question.
#[derive(Debug)]
enum Piece {
    /// One that the list has, with a value out of those that it names, or that some parameter takes.
    Fitting(Index, Index),
    /// One that the list has, with any value.
    Known(Index, String),
    /// One that is like those that the list has, with any value.
    Like(Index, String, String),
    /// Anything.
    Wild(String, String),
}

impl Question {
    /// The list that is asked, and the query as it is sent.
    pub fn put_to<'l>(&self, lists: &'l [List]) -> (&'l List, String) {
        let list = &lists[self.list.index(lists.len())];
        let said: Vec<String> = self.pieces.iter().map(|piece| piece.said_to(list)).collect();
        (list, said.join("&"))
    }
}

impl Piece {
    fn said_to(&self, list: &List) -> String {
        let named = |index: &Index| {
            let parameter = list.parameters[index.index(list.parameters.len())];
            (parameter["name"].as_str().unwrap(), &parameter["schema"])
        };
        match self {
            Self::Fitting(name, value) => {
                let (name, schema) = named(name);
                format!("{name}={}", encoded(fitting(schema, value)))
            }
            Self::Known(name, value) => format!("{}={}", named(name).0, encoded(value)),
            Self::Like(name, more, value) => {
                let name = named(name).0;
                // Within the brackets, behind them, or as an operator of them.
                let name = match more.strip_prefix('[') {
                    Some(operator) => format!("{name}[{operator}"),
                    None => name.replacen(']', &format!("{more}]"), 1) + more,
                };
                format!("{}={}", raw(&name), raw(value))
            }
            Self::Wild(name, value) => format!("{}={}", encoded(name), raw(value)),
        }
    }
}

fn fitting<'v>(schema: &'v Value, index: &Index) -> &'v str {
    let known = schema["enum"].as_array().or_else(|| schema["items"]["enum"].as_array());
    known.map_or_else(|| FITTING[index.index(FITTING.len())], |known| known[index.index(known.len())].as_str().unwrap())
}

/// A text as it stands, but for what would end the line of the request.
fn raw(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace() && !letter.is_control() && *letter != '#').collect()
}

/// Any question.
pub fn question() -> impl Strategy<Value = Question> {
    let any_index = any::<Index>;
    let more = prop_oneof![select(OPERATORS.to_vec()).prop_map(|name| format!("[{name}]")), "[.'\"%A-Z]{1,4}"];
    let name = prop_oneof![
        "(filter)?(\\[[a-z\\[\\]]{0,6}\\]?){0,30}",
        (0..4_u8, "[a-z]{1,9}").prop_map(|(n, field)| format!("filter[or][{n}][{field}]")),
        "\\PC{1,12}",
    ];
    let piece = prop_oneof![
        8 => (any_index(), any_index()).prop_map(|(name, value)| Piece::Fitting(name, value)),
        2 => (any_index(), value()).prop_map(|(name, value)| Piece::Known(name, value)),
        1 => (any_index(), more, value()).prop_map(|(name, more, value)| Piece::Like(name, more, value)),
        1 => (name, value()).prop_map(|(name, value)| Piece::Wild(name, value)),
    ];
    (any_index(), proptest::collection::vec(piece, 1..4)).prop_map(|(list, pieces)| Question { list, pieces })
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => select(HOSTILE.to_vec()).prop_map(ToOwned::to_owned),
        1 => select(FITTING.to_vec()).prop_map(ToOwned::to_owned),
        1 => "[-a-zA-Z,.']{0,12}",
        1 => "\\PC{0,20}",
        1 => (select(vec!["a", "'", "[", "đ"]), 1..6_000_usize).prop_map(|(text, count)| text.repeat(count)),
    ]
}

/// Values drawn from a strategy, the same in every run.
pub fn samples<S: Strategy>(strategy: S, count: u32) -> impl Iterator<Item = S::Value> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[23; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    (0..count).map(move |_| strategy.new_tree(&mut runner).unwrap().current())
}
