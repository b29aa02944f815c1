//! One member of a write: absent, `null`, or a value.

use bantin_domain::{
    change::Change,
    violation::{Fault, Violations},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A member of a write, as a merge patch (RFC 7396) tells them apart. In a struct with
/// `#[serde(default)]` an absent member is [`Change::Keep`].
#[derive(Debug, Clone)]
pub struct Patch<T>(pub Change<T>);

impl<T> Default for Patch<T> {
    fn default() -> Self {
        Self(Change::Keep)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Option::deserialize(deserializer)?.map_or(Change::Clear, Change::Set)))
    }
}

/// For the document only, which asks every default for its JSON; `openapi::complete` takes it out
/// again, since JSON Schema cannot say "what is there stays".
impl<T> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_none()
    }
}

impl<T> Patch<T> {
    /// Whether the member was there at all.
    pub fn is_said(&self) -> bool {
        !matches!(self.0, Change::Keep)
    }

    /// The change as it stands.
    pub fn plain(self) -> Change<T> {
        self.0
    }
}

impl Patch<String> {
    /// The change with its text parsed; a fault is noted at `pointer`.
    pub fn parse<U>(
        self,
        pointer: &str,
        faults: &mut Violations,
        with: impl FnOnce(&str) -> Result<U, Fault>,
    ) -> Change<U> {
        self.0.parse(pointer, faults, |text| with(&text))
    }
}

impl Patch<Vec<String>> {
    /// The change with each text of the list parsed; faults are noted at `pointer/0`, `pointer/1`, ...
    /// What stands there twice is one of them.
    pub fn parse_each<U: PartialEq>(
        self,
        pointer: &str,
        faults: &mut Violations,
        with: impl Fn(&str) -> Result<U, Fault>,
    ) -> Change<Vec<U>> {
        self.0.map(|texts| {
            let mut values: Vec<U> = Vec::with_capacity(texts.len());
            for (n, text) in texts.iter().enumerate() {
                let Some(value) = faults.take(format!("{pointer}/{n}"), with(text)) else { continue };
                if values.contains(&value) {
                    faults.add(format!("{pointer}/{n}"), Fault::new("duplicate", "stands in the list already"));
                } else if values.len() < MAX_LIST {
                    values.push(value);
                } else {
                    faults.add(pointer, Fault::new("too_long", format!("may have at most {MAX_LIST} entries")));
                    break;
                }
            }
            values
        })
    }
}

/// The most entries that a list of a write may have: far more than a reader could follow, and few enough
/// to compare each with each.
const MAX_LIST: usize = 200;

/// Parses the id that a client gives a new resource: UUIDv7, whose beginning is the time, so that new
/// rows stand together.
///
/// # Errors
/// `invalid_id`.
pub fn new_id<T>(text: &str) -> Result<bantin_domain::id::Id<T>, Fault> {
    let fits = |id: &bantin_domain::id::Id<T>| id.uuid().get_version_num() == 7;
    id(text).ok().filter(fits).ok_or_else(|| Fault::new("invalid_id", "must be a UUIDv7"))
}

/// Parses an id of a write.
///
/// # Errors
/// `invalid_id`.
pub fn id<T>(text: &str) -> Result<bantin_domain::id::Id<T>, Fault> {
    text.parse().map_err(|_| Fault::new("invalid_id", "must be a UUID"))
}

/// Refuses in a patch what only a create can say.
///
/// # Errors
/// 422 `immutable`.
pub fn refuse_birth(id: Option<&String>, translation_of: Option<&String>) -> Result<(), Violations> {
    let mut faults = Violations::new();
    for (pointer, given) in [("/id", id), ("/translationOf", translation_of)] {
        if given.is_some() {
            faults.add(pointer, Fault::new("immutable", "can be said only when the resource is made"));
        }
    }
    faults.into_result(())
}
