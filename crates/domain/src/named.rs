//! Closed lists of values, each with its one name in the contract.
//!
//! The same name stands in JSON, in a query parameter and in a column, so it is said once.

/// A value out of a closed list.
pub trait Named: Copy + Eq + std::fmt::Debug + Send + Sync + 'static {
    /// Every value, in the order of the contract.
    const ALL: &'static [Self];

    /// The value's name on the wire and in a column.
    fn name(self) -> &'static str;

    /// The value with that name.
    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.name() == name)
    }
}

/// Defines an enum whose values have names: the variants, [`Named`], `Display`, and serde by name.
///
/// A macro, because fifteen enums would otherwise each repeat the same three `match`es, and a name
/// misspelt in one of them would be a value that cannot be read back.
macro_rules! named_enum {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name { $($(#[$variant_meta])* $variant),+ }

        impl $crate::named::Named for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];
            fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::named::Named::name(*self))
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($crate::named::Named::name(*self))
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = <String as serde::Deserialize>::deserialize(deserializer)?;
                <Self as $crate::named::Named>::from_name(&name)
                    .ok_or_else(|| serde::de::Error::unknown_variant(&name, &[$($text),+]))
            }
        }
    };
}
pub(crate) use named_enum;
