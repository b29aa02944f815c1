//! People and organisations, found again however the corpus spells them.

use std::collections::HashMap;

use bantin_application::{Act, AppError, organisations, people};
use bantin_domain::{
    change::Change,
    organisation::{OrganisationChanges, OrganisationId},
    person::{PersonChanges, PersonId, Position},
    text::{Label, Name, PersonName, exact_key},
    violation::Fault,
};

use super::spoilt;

/// What stands before names and is no academic title.
const HONORIFICS: [&str; 4] = ["Bác sĩ", "Kỹ sư", "Thượng tá", "Mr."];

/// Who and what was entered so far, by name.
#[derive(Debug, Default)]
pub struct Directory {
    people: HashMap<String, PersonId>,
    organisations: HashMap<String, OrganisationId>,
}

/// Somebody or something in the directory.
#[derive(Debug, Clone, Copy)]
pub struct Entered {
    /// Who, where somebody was named.
    pub person: Option<PersonId>,
    /// Where from.
    pub organisation: OrganisationId,
}

impl Directory {
    /// The organisation of that name: the one that is there, or a new one.
    pub fn organisation(&mut self, act: &mut Act<'_, '_>, name: &str) -> Result<OrganisationId, AppError> {
        // Uỷ ban and Ủy ban are one word, and exact keys know it; that UBND is short for it they do not.
        let key = exact_key(name).replace(&exact_key("Ủy ban nhân dân"), &exact_key("UBND"));
        if let Some(id) = self.organisations.get(&key) {
            return Ok(*id);
        }
        let changes = OrganisationChanges { name: set(Name::parse(name))?, ..OrganisationChanges::default() };
        let id = organisations::create(act, changes)?.id;
        self.organisations.insert(key, id);
        Ok(id)
    }

    /// The person of that name, with the post of whoever enters them first: stories come newest first.
    pub fn person(
        &mut self,
        act: &mut Act<'_, '_>,
        introduced: &Introduced,
        position: &str,
        organisation: OrganisationId,
    ) -> Result<PersonId, AppError> {
        let key = exact_key(introduced.name.as_str());
        if let Some(id) = self.people.get(&key) {
            return Ok(*id);
        }
        let post = Position {
            position: sure(Name::parse(position))?,
            organisation_id: Some(organisation),
            organisation: None,
            from: None,
            to: None,
        };
        let changes = PersonChanges {
            display_name: Change::Set(introduced.name.clone()),
            academic_title: introduced
                .title
                .clone()
                .filter(|_| introduced.is_academic)
                .map_or(Change::Keep, Change::Set),
            positions: Change::Set(vec![post]),
            ..PersonChanges::default()
        };
        let id = people::create(act, changes)?.id;
        self.people.insert(key, id);
        Ok(id)
    }
}

/// A name as it was called out: what stands before it, and itself.
#[derive(Debug, PartialEq)]
pub struct Introduced {
    /// `TS.`, `Kỹ sư`.
    pub title: Option<Label>,
    /// Whether that is an academic title, which belongs to the person and not to the day.
    pub is_academic: bool,
    /// The name.
    pub name: Name,
}

impl Introduced {
    /// Takes a name apart.
    pub fn parse(text: &str) -> Result<Self, AppError> {
        let honorific = HONORIFICS.iter().find_map(|title| Some((*title, text.strip_prefix(title)?.trim_start())));
        if let Some((title, name)) = honorific {
            return Ok(Self {
                title: Some(sure(Label::parse(title))?),
                is_academic: false,
                name: sure(Name::parse(name))?,
            });
        }
        let name = sure(PersonName::from_display(text))?;
        Ok(Self { is_academic: name.academic_title.is_some(), title: name.academic_title, name: name.display })
    }
}

/// A value of our own content.
pub fn sure<T>(parsed: Result<T, Fault>) -> Result<T, AppError> {
    parsed.map_err(|fault| spoilt(fault.code, fault.message))
}

/// The same as a change.
pub fn set<T>(parsed: Result<T, Fault>) -> Result<Change<T>, AppError> {
    sure(parsed).map(Change::Set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_apart_from_what_stands_before_it() {
        let apart = |text: &str| {
            let parsed = Introduced::parse(text).unwrap();
            (
                parsed.title.map(|title| title.to_string()).unwrap_or_default(),
                parsed.is_academic,
                parsed.name.to_string(),
            )
        };
        assert_eq!(apart("PGS.TS. Lê Bá Thuận Thiên"), ("PGS.TS.".into(), true, "Lê Bá Thuận Thiên".into()));
        assert_eq!(apart("Kỹ sư Thái Văn Nở"), ("Kỹ sư".into(), false, "Thái Văn Nở".into()));
        assert_eq!(apart("Ông Ích Tường"), (String::new(), false, "Ông Ích Tường".into()));
    }
}
