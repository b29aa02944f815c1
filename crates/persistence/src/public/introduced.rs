//! People and organisations as they were introduced that day, with the way to the directory.
//!
//! What was said on the day is content and stays as it is, whatever becomes of the directory. The
//! directory adds who that is, where the public may know, and fills in only a name that was not said.

use std::collections::HashMap;

use bantin_domain::{
    event::{Organiser, PublishedOrganiser},
    organisation::{OrganisationId, OrganisationSummary},
    person::{PersonId, PersonSummary},
    speech::{PublishedSpeaker, Speaker},
};

use super::relations::BySource;

/// The people and organisations whom a page of visible content makes public.
pub(super) struct Directory {
    people: HashMap<PersonId, PersonSummary>,
    organisations: HashMap<OrganisationId, OrganisationSummary>,
}

impl Directory {
    /// Those whom the rows of a page refer to.
    pub(super) fn of(people: BySource<PersonSummary>, organisations: BySource<OrganisationSummary>) -> Self {
        Self {
            people: people.into_values().flatten().map(|person| (person.id, person)).collect(),
            organisations: organisations.into_values().flatten().map(|one| (one.id, one)).collect(),
        }
    }

    /// A speaker.
    pub(super) fn introduce(&self, speaker: Speaker) -> PublishedSpeaker {
        let person = speaker.person_id.and_then(|id| self.people.get(&id));
        let organisation = speaker.organisation_id.and_then(|id| self.organisations.get(&id));
        PublishedSpeaker {
            person_id: person.map(|person| person.id),
            slug: person.map(|person| person.slug.clone()),
            name: speaker.name.map(|name| name.to_string()).or_else(|| person.map(|person| person.name.clone())),
            honorific: speaker.honorific.map(|honorific| honorific.to_string()),
            position: speaker.position.map(|position| position.to_string()),
            organisation: speaker
                .organisation
                .map(|name| name.to_string())
                .or_else(|| organisation.map(|one| one.name.clone())),
            organisation_id: organisation.map(|one| one.id),
        }
    }

    /// An organiser. Of an organisation that the directory lost, with no name announced, nothing is
    /// left to show.
    pub(super) fn announce(&self, organiser: Organiser) -> Option<PublishedOrganiser> {
        let known = organiser.organisation_id.and_then(|id| self.organisations.get(&id));
        Some(PublishedOrganiser {
            name: organiser.name.map(|name| name.to_string()).or_else(|| known.map(|one| one.name.clone()))?,
            organisation_id: known.map(|one| one.id),
            slug: known.map(|one| one.slug.clone()),
        })
    }
}

#[cfg(test)]
mod tests {
    use bantin_domain::{
        id::Id,
        text::{Name, Slug},
    };
    use uuid::Uuid;

    use super::*;

    fn directory() -> Directory {
        let person = PersonSummary {
            id: Id::new(Uuid::from_u128(1)),
            slug: Slug::parse("le-van-tam").unwrap(),
            name: "Lê Văn Tám".to_owned(),
        };
        let source = Uuid::from_u128(9);
        Directory::of(BySource::from([(source, vec![person])]), BySource::new())
    }

    fn speaker(person: u128, name: Option<&str>) -> Speaker {
        Speaker {
            person_id: Some(Id::new(Uuid::from_u128(person))),
            name: name.map(|name| Name::parse(name).unwrap()),
            honorific: None,
            position: Some(Name::parse("Giám đốc").unwrap()),
            organisation: None,
            organisation_id: None,
        }
    }

    #[test]
    fn the_name_said_that_day_outlives_a_rename() {
        let said = directory().introduce(speaker(1, Some("TS. Lê Tám")));
        assert_eq!((said.name.as_deref(), said.slug.is_some()), (Some("TS. Lê Tám"), true));
        assert_eq!(directory().introduce(speaker(1, None)).name.as_deref(), Some("Lê Văn Tám"));
    }

    #[test]
    fn whom_the_public_may_not_know_stays_as_introduced_and_leads_nowhere() {
        let unknown = directory().introduce(speaker(2, Some("Trần B")));
        assert_eq!((unknown.person_id, unknown.slug), (None, None));
        assert_eq!(unknown.name.as_deref(), Some("Trần B"));
    }

    #[test]
    fn an_organiser_without_any_name_is_left_out() {
        let lost = Organiser { organisation_id: Some(Id::new(Uuid::from_u128(5))), name: None };
        assert_eq!(directory().announce(lost), None);
    }
}
