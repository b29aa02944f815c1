//! Which words mean the same: one list, edited as a whole.

use std::sync::Arc;

use bantin_domain::{
    policy::{Edit, Granted},
    search::{Synonym, SynonymList},
    text::{Line, folded_key},
};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    error::{Conflict, StoreError},
    prepared::KeptExt,
    schema::synonyms,
    sql_types::Json,
    store::{Desk, PublicReader, Tx},
};

/// A group as it is stored: beside its terms their folded keys, so that a search need only look closer
/// at the groups of which it has a term.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredGroup {
    terms: Vec<Line<100>>,
    folded: Vec<String>,
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

/// The groups that may have to do with a query.
///
/// # Errors
/// When the database fails.
pub fn about(reader: &mut PublicReader<'_>, query: &str) -> Result<Vec<Synonym>, StoreError> {
    let query = folded_key(query);
    let groups = stored(reader)?;
    let near = groups.iter().filter(|group| group.folded.iter().any(|term| query.contains(term)));
    Ok(near.map(|group| Synonym { terms: group.terms.clone() }).collect())
}

/// All groups, read only when they are not the ones that are remembered: see [`memory`](crate::memory).
fn stored(reader: &mut PublicReader<'_>) -> Result<Arc<[StoredGroup]>, StoreError> {
    let known = reader.memory.and_then(|memory| memory.synonyms.recall());
    let rows = synonyms::table
        .find(1)
        .filter(synonyms::version.ne(known.as_ref().map_or(0, |(version, _)| *version)))
        .select((synonyms::version, synonyms::content))
        .kept()
        .load::<(i64, Json<Vec<StoredGroup>>)>(reader.conn)?;
    let Some((version, content)) = rows.into_iter().next() else {
        return Ok(known.map_or_else(|| Arc::from([]), |(_, groups)| groups));
    };
    let groups = content.0.into();
    if let Some(memory) = reader.memory {
        memory.synonyms.learn(version, &groups);
    }
    Ok(groups)
}
