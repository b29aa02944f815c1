//! What the desk asks of a list: which of all items it wants to see, and in which order.
//!
//! A reader of the public side chooses among questions that an index answers. At the desk any condition goes
//! with any other: all of a list of conditions must hold, and of some groups of conditions at least one. Here
//! that is data; what it means in a table is the storage's matter.

use crate::{
    kind::Ref,
    listing::Between,
    named::named_enum,
    text::folded_text,
    time::{Date, Timestamp},
};

/// The most groups of which one must hold.
pub const MAX_GROUPS: usize = 10;
/// The most conditions of one question.
pub const MAX_CONDITIONS: usize = 30;

named_enum! {
    /// What an item of the desk can be asked for.
    pub enum ItemField {
        /// Its identity.
        Id = "id",
        /// The slug that its next publication will have.
        Slug = "slug",
        /// Its title.
        Title = "title",
        /// Its language.
        Locale = "locale",
        /// Where the working copy stands.
        State = "state",
        /// Whether the public sees it now.
        Public = "public",
        /// Whether it stands on the front page now.
        Featured = "featured",
        /// Who is asked to go on with it.
        Assignee = "assignee",
        /// Who made it.
        CreatedBy = "createdBy",
        /// Its section, or one above that.
        Category = "category",
        /// Its tags.
        Tag = "tag",
        /// Who wrote it.
        Author = "author",
        /// The events that it reports, or the one that it was given at.
        Event = "event",
        /// Who speaks.
        Person = "person",
        /// Who holds it, or whom its speakers come from.
        Organisation = "organisation",
        /// The page above.
        Parent = "parent",
        /// What sort of event or speech it is.
        Kind = "kind",
        /// How certain an event is.
        Status = "status",
        /// The first day of an event.
        StartsOn = "startsOn",
        /// Its last day.
        EndsOn = "endsOn",
        /// Where it lies from today.
        When = "when",
        /// The date that the public is shown.
        PublishedAt = "publishedAt",
        /// The year of that.
        Year = "year",
        /// When it was made.
        CreatedAt = "createdAt",
        /// When it was last changed.
        UpdatedAt = "updatedAt",
    }
}

named_enum! {
    /// What a list of items can be sorted by. What has no such value comes after every value.
    pub enum ItemSort {
        /// When it was last changed.
        UpdatedAt = "updatedAt",
        /// When it was made.
        CreatedAt = "createdAt",
        /// The title, in Vietnamese order.
        Title = "title",
        /// The date that the public is shown.
        PublishedAt = "publishedAt",
        /// The first day of an event.
        StartsOn = "startsOn",
        /// The place among its siblings.
        Order = "order",
    }
}

named_enum! {
    /// Whether a list shows what lies in the trash.
    pub enum Trash {
        /// That too.
        With = "with",
        /// That only.
        Only = "only",
    }
}

/// What a name must have in it, or begin with, whatever its marks and case ([`crate::text::folded_text`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePart {
    folded: String,
    begins: bool,
}

impl NamePart {
    /// This part of a name, or this beginning; `None` where there is nothing to be read in it.
    pub fn new(text: &str, begins: bool) -> Option<Self> {
        Some(folded_text(text)).filter(|folded| !folded.is_empty()).map(|folded| Self { folded, begins })
    }

    /// Whether a name has it.
    pub fn is_in(&self, name: &str) -> bool {
        let name = folded_text(name);
        if self.begins { name.starts_with(&self.folded) } else { name.contains(&self.folded) }
    }
}

/// Which items are wanted: those that meet all conditions and, where there are groups, all of one group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Criteria {
    /// All of these hold.
    pub all: Vec<Criterion>,
    /// And all of one of these.
    pub any: Vec<Vec<Criterion>>,
}

impl Criteria {
    /// Whether any condition is on this field.
    pub fn ask_for(&self, field: ItemField) -> bool {
        self.all.iter().chain(self.any.iter().flatten()).any(|one| one.field == field)
    }

    /// Whether items in the trash are asked for by their state, and not only let through.
    pub fn name_the_trash(&self) -> bool {
        let trashed = crate::named::Named::name(crate::workflow::State::Trashed);
        let names =
            |one: &Criterion| matches!(&one.test, Test::Named(names) if names.iter().any(|name| name == trashed));
        self.all.iter().any(|one| one.field == ItemField::State && one.holds && names(one))
    }
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Criterion {
    /// On what.
    pub field: ItemField,
    /// Which.
    pub test: Test,
    /// Whether it must hold, or must not. What has no value meets no test, and so every one that must not hold.
    pub holds: bool,
}

/// What a value is held against. A field knows the tests that make sense for it, and meets no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// It is one of these.
    Named(Vec<String>),
    /// It is one of these resources.
    Referring(Vec<Ref<()>>),
    /// It is in one of these ranges.
    Instants(Vec<Between<Timestamp>>),
    /// It is in one of these ranges.
    Days(Vec<Between<Date>>),
    /// This text stands in it, whatever its marks and case ([`crate::text::folded_text`]).
    Contains(String),
    /// It begins with this text, whatever its marks and case.
    StartsWith(String),
    /// It is so.
    True,
    /// There is none.
    Missing,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_name_is_in_it_whatever_its_marks_and_case() {
        let part = |text: &str, begins| NamePart::new(text, begins).unwrap();
        assert!(part("duc", false).is_in("Lê Đức") && part("LÊ ĐỨ", true).is_in("Lê Đức"));
        assert!(!part("duc", true).is_in("Lê Đức") && !part("le  duc", false).is_in("Lê Đức"));
        assert_eq!((NamePart::new("", true), NamePart::new("\u{301}", false)), (None, None));
    }

    #[test]
    fn the_trash_is_named_by_a_state_that_must_be_and_by_no_other_condition() {
        let asks = |field, name: &str, holds| {
            let one = Criterion { field, test: Test::Named(vec!["draft".to_owned(), name.to_owned()]), holds };
            Criteria { all: vec![one], any: Vec::new() }.name_the_trash()
        };
        assert!(asks(ItemField::State, "trashed", true));
        assert!(!asks(ItemField::State, "trashed", false));
        assert!(!asks(ItemField::State, "archived", true));
        assert!(!asks(ItemField::Slug, "trashed", true));
    }
}
