//! Webhooks: who is told of changes and of which, by what address, and when it is tried again.
//!
//! Nothing here sends anything. What may be called at all stands in [`egress`], the waiting between two
//! attempts in [`retry`].

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    category::CategoryId,
    id::Id,
    kind::{ChangeKind, Kind},
    locale::Locale,
    named::{Named, named_enum},
    text::Label,
    violation::Fault,
};

pub mod egress;
pub mod retry;

pub use self::egress::{Reach, WebhookUrl};

/// The identity of a webhook.
pub type WebhookId = Id<Webhook>;
/// The identity of a delivery, which the receiver knows it by: `webhook-id`.
pub type DeliveryId = Id<Delivery>;

/// The type of what is sent to try a webhook out.
pub const PING: &str = "ping";

/// What an administrator says of a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its name for people.
    pub name: Label,
    /// Who is told.
    pub url: WebhookUrl,
    /// Of what.
    pub wants: Wants,
}

/// Something that is sent to a webhook until it is acknowledged: only its identity matters here.
#[derive(Debug)]
pub struct Delivery;

/// Of which changes a webhook is told. Each filter narrows what has the property that it asks for, and lets
/// pass what cannot have it: a person has no language, and an institution stands in no section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wants {
    /// The types; any of them.
    pub types: Vec<EventPattern>,
    /// The sections, with all below them; none is no limit.
    pub categories: Option<Vec<CategoryId>>,
    /// The languages; none is no limit.
    pub locales: Option<Vec<Locale>>,
}

impl Wants {
    /// Whether a change is of a type that is wanted, in a language that is.
    pub fn include(&self, kind: Kind, change: ChangeKind, locale: Option<&Locale>) -> bool {
        self.types.iter().any(|pattern| pattern.fits(kind, change))
            && match (&self.locales, locale) {
                (Some(wanted), Some(locale)) => wanted.contains(locale),
                _ => true,
            }
    }

    /// Whether what stands in one of these sections, or has just left it, is wanted; they come with all above them.
    /// `None` stands for what is in no section by its nature.
    pub fn include_sections(&self, sections: Option<&[CategoryId]>) -> bool {
        match (&self.categories, sections) {
            (Some(wanted), Some(sections)) => sections.iter().any(|section| wanted.contains(section)),
            _ => true,
        }
    }
}

/// Some types of changes: `article.updated`, `event.*`, `*.deleted`, `*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventPattern {
    kind: Option<Kind>,
    change: Option<ChangeKind>,
}

impl EventPattern {
    /// Every type.
    pub const EVERYTHING: Self = Self { kind: None, change: None };

    /// Reads a pattern.
    ///
    /// # Errors
    /// `unknown_event_type` for what fits no type that there is.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let unknown =
            || Fault::new("unknown_event_type", "must be a type such as article.updated, event.*, *.deleted or *");
        if text == ANY {
            return Ok(Self::EVERYTHING);
        }
        let (kind, change) = text.split_once('.').ok_or_else(unknown)?;
        Ok(Self { kind: one_or_any(kind).ok_or_else(unknown)?, change: one_or_any(change).ok_or_else(unknown)? })
    }

    /// The pattern as it is written.
    pub fn to_text(self) -> String {
        let part = |name: Option<&'static str>| name.unwrap_or(ANY);
        match (self.kind, self.change) {
            (None, None) => ANY.to_owned(),
            (kind, change) => format!("{}.{}", part(kind.map(Named::name)), part(change.map(Named::name))),
        }
    }

    fn fits(self, kind: Kind, change: ChangeKind) -> bool {
        self.kind.is_none_or(|wanted| wanted == kind) && self.change.is_none_or(|wanted| wanted == change)
    }
}

const ANY: &str = "*";

/// The value of that name, or any; none for a name that is none.
fn one_or_any<N: Named>(text: &str) -> Option<Option<N>> {
    if text == ANY { Some(None) } else { N::from_name(text).map(Some) }
}

impl Serialize for EventPattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl<'de> Deserialize<'de> for EventPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(|fault| serde::de::Error::custom(fault.message))
    }
}

/// The type of a change: `article.updated`.
pub fn event_type(kind: Kind, change: ChangeKind) -> String {
    format!("{kind}.{change}")
}

named_enum! {
    /// Why a webhook is off.
    pub enum DisabledReason {
        /// An administrator turned it off.
        ByHand = "byHand",
        /// Nothing was acknowledged for a day.
        Failing = "failing",
        /// The receiver answered 410.
        Gone = "gone",
    }
}

named_enum! {
    /// How far a delivery is.
    pub enum DeliveryState {
        /// It waits: for its turn, or to be tried again.
        Pending = "pending",
        /// It was acknowledged.
        Delivered = "delivered",
        /// It was given up.
        Failed = "failed",
    }
}

named_enum! {
    /// Why an attempt had no answer, or none that counts.
    pub enum DeliveryFault {
        /// The address may not be called.
        ForbiddenAddress = "forbiddenAddress",
        /// The name has no address.
        Unresolved = "unresolved",
        /// Nobody answered at the address.
        Unreachable = "unreachable",
        /// The certificate is not good, or no common way of TLS was found.
        Tls = "tls",
        /// It took longer than it may.
        Timeout = "timeout",
        /// What came back is no HTTP, or more of it than is read.
        Protocol = "protocol",
        /// The status was not 2xx.
        Status = "status",
        /// The webhook was turned off meanwhile.
        Disabled = "disabled",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wants(types: &[&str]) -> Wants {
        let types = types.iter().map(|text| EventPattern::parse(text).unwrap()).collect();
        Wants { types, categories: None, locales: None }
    }

    #[test]
    fn a_pattern_reads_as_it_is_written_and_what_fits_nothing_is_refused() {
        for text in ["*", "article.updated", "event.*", "*.deleted"] {
            assert_eq!(EventPattern::parse(text).unwrap().to_text(), text);
        }
        for text in ["", "article", "article.", ".updated", "article.flown", "book.updated", "*.*.*", "ping"] {
            assert_eq!(EventPattern::parse(text).unwrap_err().code, "unknown_event_type", "{text}");
        }
    }

    #[test]
    fn a_webhook_is_told_of_the_types_that_it_asked_for_and_of_no_other() {
        let wants = wants(&["article.updated", "event.*", "*.deleted"]);
        for (kind, change, included) in [
            (Kind::Article, ChangeKind::Updated, true),
            (Kind::Article, ChangeKind::Created, false),
            (Kind::Event, ChangeKind::Moved, true),
            (Kind::Tag, ChangeKind::Deleted, true),
            (Kind::Tag, ChangeKind::Updated, false),
        ] {
            assert_eq!(wants.include(kind, change, None), included, "{}", event_type(kind, change));
        }
    }

    #[test]
    fn a_filter_narrows_what_has_the_property_and_lets_pass_what_cannot_have_it() {
        let section = |n: u128| CategoryId::new(uuid::Uuid::from_u128(n));
        let [vi, en] = ["vi", "en"].map(|tag| Locale::parse(tag).unwrap());
        let wants = Wants { categories: Some(vec![section(1)]), locales: Some(vec![vi.clone()]), ..wants(&["*"]) };
        assert!(wants.include(Kind::Article, ChangeKind::Updated, Some(&vi)));
        assert!(!wants.include(Kind::Article, ChangeKind::Updated, Some(&en)));
        assert!(wants.include(Kind::Person, ChangeKind::Updated, None));
        assert!(wants.include_sections(Some(&[section(7), section(1)])), "the second is above the first");
        assert!(!wants.include_sections(Some(&[section(7)])));
        assert!(!wants.include_sections(Some(&[])), "an article in no section is in none of these");
        assert!(wants.include_sections(None));
    }
}
