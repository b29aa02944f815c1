//! What a search goes by beside the documents: which words mean the same, and what the menus lead to. Both are one row
//! that hardly ever changes, so one statement asks whether either is not the one that is remembered: see
//! `memory.rs`.

use std::sync::Arc;

use bantin_domain::{kind::Kind, search::Synonym, site::SiteContent, text::folded_key};
use diesel::prelude::*;
use uuid::Uuid;

use super::synonyms::StoredGroup;
use crate::{
    error::StoreError,
    prepared::KeptExt,
    schema::{site as site_table, synonyms},
    site,
    sql_types::Json,
    store::PublicReader,
};

/// What a search goes by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The groups of synonyms that may have to do with the query.
    pub synonyms: Vec<Synonym>,
    /// The people and tags that menus lead to, which the public sees though nothing else may show them.
    pub in_menus: Vec<Uuid>,
}

/// What a search for these words goes by, where it looks among these kinds.
///
/// # Errors
/// When the database fails.
pub fn find(reader: &mut PublicReader<'_>, query: &str, kinds: &[Kind]) -> Result<Settings, StoreError> {
    let (groups, site) = stored(reader)?;
    let query = folded_key(query);
    let near = groups.iter().filter(|group| group.folded.iter().any(|term| query.contains(term)));
    let synonyms = near.map(|group| Synonym { terms: group.terms.clone() }).collect();
    let named: Vec<Kind> = [Kind::Person, Kind::Tag].into_iter().filter(|kind| kinds.contains(kind)).collect();
    let in_menus = match site {
        Some(site) => site::led_to(reader, &site, &named)?.into_iter().map(|target| target.id).collect(),
        None => Vec::new(),
    };
    Ok(Settings { synonyms, in_menus })
}

/// All groups, and the site unless there is none yet.
type Stored = (Arc<[StoredGroup]>, Option<Arc<SiteContent>>);

/// What is remembered, read anew only where one of the two is another by now.
fn stored(reader: &mut PublicReader<'_>) -> Result<Stored, StoreError> {
    let groups = reader.memory.and_then(|memory| memory.synonyms.recall());
    let site = reader.memory.and_then(|memory| memory.site.recall());
    let known = (groups.as_ref().map_or(0, |(version, _)| *version), site.as_ref().map_or(0, |(version, _)| *version));
    let changed = synonyms::table
        .left_join(site_table::table.on(site_table::id.eq(synonyms::id)))
        .filter(synonyms::version.ne(known.0).or(site_table::version.ne(known.1)))
        .select(((synonyms::version, synonyms::content), (site_table::version, site_table::content).nullable()))
        .kept()
        .load::<((i64, Json<Vec<StoredGroup>>), Option<(i64, Json<SiteContent>)>)>(reader.conn()?)?;
    let Some(((version, content), site_row)) = changed.into_iter().next() else {
        return Ok((groups.map_or_else(|| Arc::from([]), |(_, groups)| groups), site.map(|(_, site)| site)));
    };
    let groups: Arc<[StoredGroup]> = content.0.into();
    let site = site_row.map(|(version, content)| (version, Arc::new(content.0)));
    if let Some(memory) = reader.memory {
        memory.synonyms.learn(version, &groups);
        if let Some((version, site)) = &site {
            memory.site.learn(*version, site);
        }
    }
    Ok((groups, site.map(|(_, site)| site)))
}
