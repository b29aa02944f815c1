//! What the program asks its database, as it is asked: the text of each statement, and its values.

use std::sync::Mutex;

use bantin_domain::time::Timestamp;
use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use uuid::Uuid;

/// What was asked since it was last taken.
static ASKED: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Recorder;

impl Instrumentation for Recorder {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            if text.starts_with("SELECT") {
                ASKED.lock().unwrap().push(text);
            }
        }
    }
}

/// Listens to all connections that are opened from now on.
pub fn listen() {
    set_default_instrumentation(|| Some(Box::new(Recorder))).unwrap();
}

/// What was asked since this was asked last.
pub fn take() -> Vec<Statement> {
    ASKED.lock().unwrap().drain(..).map(|text| Statement::read(&text)).collect()
}

/// A statement with its values.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Statement {
    /// With places for the values.
    pub text: String,
    /// The values, as diesel shows them.
    pub values: Vec<String>,
}

impl Statement {
    fn read(shown: &str) -> Self {
        let (text, values) = shown.rsplit_once(" -- binds: ").unwrap();
        Self { text: text.to_owned(), values: split(values) }
    }

    /// Whether it was no reader who asked: the visits are counted by themselves, and a test before this one may have
    /// left somebody running who asks another database.
    pub fn is_foreign(&self, quote: char) -> bool {
        self.text.contains("visits") || ['"', '`'].into_iter().any(|other| other != quote && self.text.contains(other))
    }
}

/// The parts of a list as `Debug` shows it.
fn split(list: &str) -> Vec<String> {
    let inner = list.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap();
    let (mut parts, mut depth, mut quoted, mut escaped) = (vec![String::new()], 0, false, false);
    for letter in inner.chars() {
        match letter {
            '"' if !escaped => quoted = !quoted,
            '[' | '(' | '{' if !quoted => depth += 1,
            ']' | ')' | '}' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        escaped = letter == '\\' && !escaped;
        parts.last_mut().unwrap().push(letter);
    }
    parts.into_iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// What a value is.
pub enum Value {
    Text(String),
    Number(String),
    Flag(bool),
    Instant(Timestamp),
    Bytes(Vec<u8>),
    Id(Uuid),
    Ids(Vec<Uuid>),
    Texts(Vec<String>),
    Numbers(Vec<String>),
}

impl Value {
    /// Reads what diesel shows of it.
    pub fn read(shown: &str) -> Self {
        let inside = |name: &str| shown.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
        if let Some(ids) = inside("Identities") {
            return Self::Ids(split(ids).iter().map(|id| id.parse().unwrap()).collect());
        }
        if let Some(numbers) = inside("Numbers") {
            return Self::Numbers(split(numbers));
        }
        let list = inside("Names").unwrap_or(shown);
        if list.starts_with("[\"") || list.starts_with("[Name(") {
            let texts = split(list).into_iter().map(|shown| match Self::read(&shown) {
                Self::Text(text) => text,
                _ => panic!("{shown} is no text"),
            });
            return Self::Texts(texts.collect());
        }
        if let Some(at) = inside("Instant") {
            let at = at.strip_prefix("Timestamp(").and_then(|at| at.strip_suffix(')')).unwrap_or(at);
            return Self::Instant(Timestamp::parse(at).unwrap());
        }
        if let Some(day) = inside("Day") {
            return Self::Text(day.to_owned());
        }
        if let Some(name) = inside("Name") {
            return Self::Text(name[..1].to_lowercase() + &name[1..]);
        }
        if shown.starts_with('"') {
            return Self::Text(unescaped(shown));
        }
        if shown.starts_with('[') {
            let numbers = split(shown);
            let bytes: Option<Vec<u8>> = numbers.iter().map(|number| number.parse().ok()).collect();
            // A list of places is never one of small numbers only, unless it is empty.
            let bytes = bytes.filter(|bytes| !bytes.is_empty());
            return bytes.map_or(Self::Numbers(numbers), Self::Bytes);
        }
        if let Ok(flag) = shown.parse() {
            return Self::Flag(flag);
        }
        if let Ok(id) = shown.parse() {
            return Self::Id(id);
        }
        assert!(shown.parse::<i64>().is_ok(), "{shown} is no value that is known here");
        Self::Number(shown.to_owned())
    }
}

/// A text as `Debug` shows it, as it is.
fn unescaped(shown: &str) -> String {
    let (mut text, mut rest) = (String::new(), &shown[1..shown.len() - 1]);
    while let Some((before, after)) = rest.split_once('\\') {
        text += before;
        let letter = after.strip_prefix("u{").and_then(|code| code.split_once('}'));
        rest = match letter {
            Some((code, after)) => {
                text.extend(char::from_u32(u32::from_str_radix(code, 16).unwrap()));
                after
            }
            None => {
                text.push_str(&after[..1]);
                &after[1..]
            }
        };
    }
    text + rest
}
