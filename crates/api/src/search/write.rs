//! What comes in of the synonyms.

use bantin_domain::{
    search::{Synonym, synonym::MAX_GROUPS},
    violation::{Fault, Violations},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::problem::Problem;

/// The synonyms as an editor writes them: the whole list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SynonymListWrite)]
pub struct SynonymListWrite {
    /// The groups, to 1,000.
    pub items: Vec<SynonymWrite>,
}

/// Terms that mean the same.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SynonymWrite)]
pub struct SynonymWrite {
    /// 2 to 10 terms of at most 100 characters each.
    pub terms: Vec<String>,
}

impl SynonymListWrite {
    /// Parses every group, so that all faults are named at once.
    ///
    /// # Errors
    /// 422 with each fault.
    pub fn parse(self) -> Result<Vec<Synonym>, Problem> {
        let mut faults = Violations::new();
        if self.items.len() > MAX_GROUPS {
            faults.add("/items", Fault::new("too_long", format!("must be at most {MAX_GROUPS} groups")));
            return Err(faults.into());
        }
        let mut groups = Vec::with_capacity(self.items.len());
        for (n, group) in self.items.iter().enumerate() {
            match Synonym::parse(&group.terms) {
                Ok(group) => groups.push(group),
                Err(inner) => faults.nest(&format!("/items/{n}"), inner),
            }
        }
        faults.into_result(groups).map_err(Into::into)
    }
}
