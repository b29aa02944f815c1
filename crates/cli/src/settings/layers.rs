//! Where values come from, one layer over the other: flags, environment, file, defaults.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use super::{
    flags::Flags,
    keys::{self, CONFIG, FILE_SUFFIX, Key, VARIABLE_PREFIX},
};
use crate::failure::Failure;

/// The file that is read when nobody names one; it need not be there.
const DEFAULT_FILE: &str = "bantin.toml";
/// Variables that the test kit reads, so that who runs tests can run the program too.
const TEST_PREFIX: &str = "BANTIN_TEST_";

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Flag,
    Environment,
    File(PathBuf),
    Default,
}

impl Origin {
    /// How somebody who wrote `name` there finds it again.
    fn spell(&self, name: &str) -> String {
        match self {
            Self::Flag => format!("--{}", name.replace('_', "-")),
            Self::Environment => format!("{VARIABLE_PREFIX}{}", name.to_ascii_uppercase()),
            Self::File(path) => format!("{name} in {}", path.display()),
            Self::Default => name.to_owned(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment => f.write_str("environment"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value as it was written.
#[derive(Debug)]
pub struct Value {
    text: String,
    /// Where.
    pub origin: Origin,
}

/// The values of all layers: of each setting the one that wins.
#[derive(Debug, Default)]
pub struct Values(BTreeMap<&'static str, Value>);

impl Values {
    /// Reads all layers.
    ///
    /// # Errors
    /// For an unknown name, and for a file that cannot be read.
    pub fn read(flags: &Flags, environment: impl IntoIterator<Item = (OsString, OsString)>) -> Result<Self, Failure> {
        let mut said = Layer::new(Origin::Flag);
        for (key, text) in &flags.values {
            said.put(key.name, text.clone())?;
        }
        let (exported, named) = read_environment(environment)?;
        let file = read_file(flags.config.as_deref().or(named.as_deref()))?;
        // What is laid over what: the first to say something wins.
        let mut values = said.values;
        for (name, value) in exported.values.into_iter().chain(file.values) {
            values.entry(name).or_insert(value);
        }
        Ok(Self(values))
    }

    /// The value of a setting, parsed; `None` where nobody says one and there is no default.
    ///
    /// # Errors
    /// One line that names the setting as it was written, and never its value if that is a secret.
    pub fn find<T>(&self, key: &Key, parse: impl FnOnce(&str) -> Result<T, String>) -> Result<Option<T>, Failure> {
        let value = self.0.get(key.name).map(|value| (value.text.as_str(), &value.origin));
        let Some((text, origin)) = value.or_else(|| key.default.map(|text| (text, &Origin::Default))) else {
            return Ok(None);
        };
        parse(text).map(Some).map_err(|why| {
            let shown = if key.secret { String::new() } else { format!(" (it is {text:?})") };
            Failure::new(format_args!("{} {why}{shown}", origin.spell(key.name)))
        })
    }

    /// Where the value of a setting comes from.
    pub fn origin(&self, key: &Key) -> Origin {
        self.0.get(key.name).map_or(Origin::Default, |value| value.origin.clone())
    }
}

/// What one source says.
struct Layer {
    origin: Origin,
    values: BTreeMap<&'static str, Value>,
}

impl Layer {
    fn new(origin: Origin) -> Self {
        Self { origin, values: BTreeMap::new() }
    }

    fn put(&mut self, name: &str, text: String) -> Result<(), Failure> {
        let spelt = self.origin.spell(name);
        let Some((key, by_file)) = keys::find(name) else {
            let nearest = self.origin.spell(&keys::nearest(name));
            return Err(Failure::new(format_args!("{spelt} is no setting; the nearest is {nearest}")));
        };
        let text = if by_file { read_secret(&text, &spelt)? } else { text };
        let value = Value { text, origin: self.origin.clone() };
        if self.values.insert(key.name, value).is_some() {
            let (one, other) = (self.origin.spell(key.name), self.origin.spell(&format!("{}{FILE_SUFFIX}", key.name)));
            return Err(Failure::new(format_args!("{one} and {other} are both set; set one of them")));
        }
        Ok(())
    }
}

/// A secret out of a file: all of it but the line end that an editor puts there.
fn read_secret(path: &str, spelt: &str) -> Result<String, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text.trim_end_matches(['\r', '\n']).to_owned()),
        Err(error) => Err(Failure::new(format_args!("{spelt} names {path}, which cannot be read: {error}"))),
    }
}

/// The settings among the variables, and the file that they name.
fn read_environment(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<(Layer, Option<PathBuf>), Failure> {
    let mut layer = Layer::new(Origin::Environment);
    let mut config = None;
    // Sorted, so that of two faults the same one is told each time.
    let variables: BTreeMap<OsString, OsString> = environment.into_iter().collect();
    for (variable, value) in variables {
        let Some(variable) = variable.to_str().filter(|variable| !variable.starts_with(TEST_PREFIX)) else { continue };
        let Some(name) = variable.strip_prefix(VARIABLE_PREFIX).map(str::to_ascii_lowercase) else { continue };
        if name == CONFIG {
            config = Some(PathBuf::from(value));
            continue;
        }
        let value = value.into_string().map_err(|_| Failure::new(format_args!("{variable} must be UTF-8")))?;
        layer.put(&name, value)?;
    }
    Ok((layer, config))
}

fn read_file(named: Option<&Path>) -> Result<Layer, Failure> {
    let path = named.unwrap_or(Path::new(DEFAULT_FILE));
    let mut layer = Layer::new(Origin::File(path.to_owned()));
    let unreadable = |why: &dyn fmt::Display| Failure::new(format_args!("{} cannot be read: {why}", path.display()));
    let text = match fs::read_to_string(path) {
        Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => return Ok(layer),
        read => read.map_err(|error| unreadable(&error))?,
    };
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        unreadable(&format_args!("line {}: {}", before.matches('\n').count() + 1, error.message()))
    })?;
    for (name, value) in table {
        let text = as_text(&value);
        let is_text = text.is_some();
        // Put first: that a name is unknown says more than that its value is of the wrong sort.
        layer.put(&name, text.unwrap_or_default())?;
        if !is_text {
            let spelt = layer.origin.spell(&name);
            return Err(Failure::new(format_args!(
                "{spelt} must be a text, a number, true, false, or a list of texts"
            )));
        }
    }
    Ok(layer)
}

/// A value of the file as a variable would say it: lists with commas.
fn as_text(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(truth) => Some(truth.to_string()),
        toml::Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map(ToOwned::to_owned))
            .collect::<Option<Vec<_>>>()
            .map(|items| items.join(",")),
        _ => None,
    }
}
