//! Which words mean the same: one list, edited as a whole.

use bantin_domain::{
    policy::{Edit, Granted},
    search::{Synonym, SynonymList},
    text::{Line, folded_key},
};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    error::{Conflict, StoreError},
    schema::synonyms,
    sql_types::Json,
    store::{Desk, Tx},
};

/// A group as it is stored: beside its terms their folded keys, so that a search need only look closer
/// at the groups of which it has a term.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredGroup {
    pub(super) terms: Vec<Line<100>>,
    pub(super) folded: Vec<String>,
}

/// The list at the desk.
///
/// # Errors
/// When the database fails.
pub fn find(desk: &mut Desk<'_>) -> Result<SynonymList, StoreError> {
    let (version, content) = synonyms::table
        .find(1)
        .select((synonyms::version, synonyms::content))
        .first::<(i64, Json<Vec<StoredGroup>>)>(desk.conn)?;
    Ok(SynonymList { version, groups: content.0.into_iter().map(|group| Synonym { terms: group.terms }).collect() })
}

/// Writes the next version of the list.
///
/// # Errors
/// [`Conflict::Stale`] unless the stored version is the one right before.
pub fn save(tx: &mut Tx<'_>, _granted: &Granted<Edit>, list: &SynonymList) -> Result<(), StoreError> {
    let store = |group: &Synonym| StoredGroup {
        folded: group.terms.iter().map(|term| folded_key(term.as_str())).collect(),
        terms: group.terms.clone(),
    };
    let content: Vec<StoredGroup> = list.groups.iter().map(store).collect();
    let changed = diesel::update(synonyms::table.find(1).filter(synonyms::version.eq(list.version - 1)))
        .set((synonyms::version.eq(list.version), synonyms::content.eq(Json(content))))
        .execute(tx.conn)?;
    if changed == 1 { Ok(()) } else { Err(Conflict::Stale.into()) }
}
