//! What comes in of a person.

use bantin_domain::{
    person::{PersonChanges, Position},
    text::{Label, Name, Prose, Slug},
    time::parse_date,
    violation::Violations,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    patch::{self, Patch},
    problem::Problem,
};

/// What an editor says of a person. To enter one `displayName` is required; to change one, what is
/// absent stays and what is `null` is cleared.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PersonWrite)]
pub struct PersonWrite {
    /// Their name as it is shown, to 200 characters; titles before it are split off.
    #[schema(value_type = Option<String>)]
    pub display_name: Patch<String>,
    /// Họ; split from the display name when absent.
    #[schema(value_type = Option<String>)]
    pub family_name: Patch<String>,
    /// Tên đệm; split from the display name when absent.
    #[schema(value_type = Option<String>)]
    pub middle_name: Patch<String>,
    /// Tên; split from the display name when absent. Lists are ordered by it.
    #[schema(value_type = Option<String>)]
    pub given_name: Patch<String>,
    /// Their address; made from the display name when absent.
    #[schema(value_type = Option<String>)]
    pub slug: Patch<String>,
    /// What stands before the name: `PGS.TS.`.
    #[schema(value_type = Option<String>)]
    pub academic_title: Patch<String>,
    /// Other names they are known by.
    #[schema(value_type = Option<Vec<String>>)]
    pub aliases: Patch<Vec<String>>,
    /// Where they work and worked, newest first.
    #[schema(value_type = Option<Vec<PositionWrite>>)]
    pub positions: Patch<Vec<PositionWrite>>,
    /// A few lines about them, to 10,000 characters.
    #[schema(value_type = Option<String>)]
    pub biography: Patch<String>,
    /// Their picture.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub photo_id: Patch<String>,
    /// Whether the directory shows them even if nothing public does; `false` when absent.
    #[schema(value_type = Option<bool>)]
    pub listed: Patch<bool>,
}

/// A post somebody holds or held.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PositionWrite)]
pub struct PositionWrite {
    /// Its name: "Giám đốc".
    pub position: String,
    /// Where, in the directory.
    #[serde(default)]
    #[schema(format = Uuid)]
    pub organisation_id: Option<String>,
    /// Where, in words.
    #[serde(default)]
    pub organisation: Option<String>,
    /// From which day.
    #[serde(default)]
    #[schema(format = Date)]
    pub from: Option<String>,
    /// To which day.
    #[serde(default)]
    #[schema(format = Date)]
    pub to: Option<String>,
}

impl PositionWrite {
    fn parse(self, pointer: &str, faults: &mut Violations) -> Option<Position> {
        let position = faults.take(format!("{pointer}/position"), Name::parse(&self.position));
        let organisation_id =
            self.organisation_id.and_then(|text| faults.take(format!("{pointer}/organisationId"), patch::id(&text)));
        let organisation =
            self.organisation.and_then(|text| faults.take(format!("{pointer}/organisation"), Name::parse(&text)));
        let from = self.from.and_then(|text| faults.take(format!("{pointer}/from"), parse_date(&text)));
        let to = self.to.and_then(|text| faults.take(format!("{pointer}/to"), parse_date(&text)));
        Some(Position { position: position?, organisation_id, organisation, from, to })
    }
}

impl PersonWrite {
    /// Parses every member, so that all faults are named at once.
    ///
    /// # Errors
    /// 422 with each fault.
    pub fn parse(self) -> Result<PersonChanges, Problem> {
        let mut faults = Violations::new();
        let positions = self.positions.plain().map(|positions| {
            positions
                .into_iter()
                .enumerate()
                .filter_map(|(n, one)| one.parse(&format!("/positions/{n}"), &mut faults))
                .collect()
        });
        let changes = PersonChanges {
            family_name: self.family_name.parse("/familyName", &mut faults, Name::parse),
            middle_name: self.middle_name.parse("/middleName", &mut faults, Name::parse),
            given_name: self.given_name.parse("/givenName", &mut faults, Name::parse),
            display_name: self.display_name.parse("/displayName", &mut faults, Name::parse),
            slug: self.slug.parse("/slug", &mut faults, Slug::parse),
            academic_title: self.academic_title.parse("/academicTitle", &mut faults, Label::parse),
            aliases: self.aliases.parse_each("/aliases", &mut faults, Name::parse),
            positions,
            biography: self.biography.parse("/biography", &mut faults, Prose::parse),
            photo_id: self.photo_id.parse("/photoId", &mut faults, patch::id),
            listed: self.listed.plain(),
        };
        faults.into_result(changes).map_err(Into::into)
    }
}
