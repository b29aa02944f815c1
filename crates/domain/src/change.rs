//! A change to one member of a resource, as a merge patch (RFC 7396) says it.

use crate::violation::{Fault, Violations};

/// What a write says about one member: nothing, `null`, or a value.
///
/// Creating and patching use the same change types: a create applies them to nothing, a patch to
/// what is there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Change<T> {
    /// The member was absent: leave it as it is.
    #[default]
    Keep,
    /// The member was `null`: remove its value.
    Clear,
    /// The member had a value.
    Set(T),
}

impl<T> Change<T> {
    /// The value after the change, where none is fine.
    pub fn or(self, current: Option<T>) -> Option<T> {
        match self {
            Self::Keep => current,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }

    /// The value after the change, where `null` means the default (an empty list, `false`).
    pub fn or_default(self, current: T) -> T
    where
        T: Default,
    {
        match self {
            Self::Keep => current,
            Self::Clear => T::default(),
            Self::Set(value) => value,
        }
    }

    /// The value after the change of a member that must have one: noted as `required` at `pointer`
    /// when it was cleared, or was never there.
    pub fn required(self, current: Option<T>, pointer: &str, faults: &mut Violations) -> Option<T> {
        let value = self.or(current);
        if value.is_none() {
            faults.add(pointer, Fault::new("required", "must have a value"));
        }
        value
    }

    /// The same change of another type.
    pub fn map<U>(self, with: impl FnOnce(T) -> U) -> Change<U> {
        match self {
            Self::Keep => Change::Keep,
            Self::Clear => Change::Clear,
            Self::Set(value) => Change::Set(with(value)),
        }
    }

    /// The same change with its value parsed; a value that does not parse is noted and becomes `Keep`.
    pub fn parse<U>(
        self,
        pointer: &str,
        faults: &mut Violations,
        with: impl FnOnce(T) -> Result<U, Fault>,
    ) -> Change<U> {
        match self {
            Self::Keep => Change::Keep,
            Self::Clear => Change::Clear,
            Self::Set(value) => faults.take(pointer, with(value)).map_or(Change::Keep, Change::Set),
        }
    }
}
