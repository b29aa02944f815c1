//! What stands near an article: other articles that report the same event, share its tags, its authors
//! or its section.
//!
//! A tag may be on a hundred thousand articles, so not all that share something are looked at, but the
//! newest `NEWEST` of each event, tag, author and section. They are read in the order of the index
//! `public_links_by_target`, so what it costs depends on what an article refers to and not on how much
//! there is. What is shared by very many says little of any of them: that an older one is missed there
//! costs nothing that a reader would notice.

use std::{cmp::Reverse, collections::HashMap};

use bantin_domain::{article::ArticleId, content::Relation, id::Id, time::Timestamp};
use diesel::{
    prelude::*,
    query_builder::{BoxedSqlQuery, SqlQuery},
    sql_query,
};

use crate::{
    connection::MultiBackend,
    error::StoreError,
    sql_types::{Instant, Key, Name, sql},
    store::PublicReader,
};

/// How many of each event, tag, author and section are looked at. More than anybody can ask for.
const NEWEST: usize = 40;

/// What each thing in common counts: one event more than a tag and a section, and so on.
fn weight(relation: Relation) -> u32 {
    match relation {
        Relation::Event => 8,
        Relation::Tag => 4,
        Relation::Author => 2,
        Relation::Category => 1,
        _ => 0,
    }
}

/// Which articles are near each of these, the nearest first, `limit` of them at most: in its language, and
/// without itself. Of two that have as much in common with it, the newer comes first. One statement for
/// all of them.
///
/// # Errors
/// When the database fails.
pub fn related(
    reader: &mut PublicReader<'_>,
    articles: &[ArticleId],
    limit: usize,
) -> Result<HashMap<ArticleId, Vec<ArticleId>>, StoreError> {
    let mut nearness: HashMap<ArticleId, HashMap<ArticleId, (u32, Timestamp)>> = HashMap::new();
    for row in shared(reader, articles)? {
        let near = nearness.entry(Id::new(row.article.0.uuid())).or_default();
        near.entry(Id::new(row.near.0.uuid())).or_insert((0, row.sort_at.0)).0 += weight(row.relation.0);
    }
    Ok(nearness.into_iter().map(|(article, near)| (article, nearest(near, limit))).collect())
}

fn nearest(near: HashMap<ArticleId, (u32, Timestamp)>, limit: usize) -> Vec<ArticleId> {
    let mut ranked: Vec<(ArticleId, (u32, Timestamp))> = near.into_iter().collect();
    ranked.sort_unstable_by_key(|(id, weight_and_date)| Reverse((*weight_and_date, *id)));
    ranked.into_iter().take(limit).map(|(id, _)| id).collect()
}

/// That an article and another one have something in common.
#[derive(QueryableByName)]
#[diesel(check_for_backend(MultiBackend))]
struct Shared {
    #[diesel(sql_type = sql::Identity)]
    article: Key<()>,
    #[diesel(sql_type = sql::Identity)]
    near: Key<()>,
    #[diesel(sql_type = sql::Named)]
    relation: Name<Relation>,
    #[diesel(sql_type = sql::Instant)]
    sort_at: Instant,
}

/// Those that each of the articles shares something with. "The newest of each" is a subquery that is run
/// for each of its links. PostgreSQL joins it (LATERAL); SQLite, which cannot, takes the row numbers that
/// it finds.
fn shared(reader: &mut PublicReader<'_>, articles: &[ArticleId]) -> Result<Vec<Shared>, StoreError> {
    if articles.is_empty() {
        return Ok(Vec::new());
    }
    let (before, column, after) = match reader.is_sqlite {
        false => ("CROSS JOIN LATERAL (", "source_id, sort_at", ") near"),
        true => ("CROSS JOIN public_links near ON near.rowid IN (", "rowid", ")"),
    };
    let now = Instant(reader.now());
    let newest = format!(
        "SELECT {column} FROM public_links l WHERE l.target_id = own.target_id AND l.relation = own.relation \
         AND l.source_kind = 'article' AND l.locale = own.locale AND l.source_id <> own.source_id \
         AND l.visible_from <= $1 AND l.visible_until > $2 ORDER BY l.sort_at DESC, l.source_id DESC LIMIT {NEWEST}"
    );
    let select = format!(
        "SELECT own.source_id AS article, near.source_id AS near, own.relation, near.sort_at \
         FROM public_links own {before}{newest}{after} \
         WHERE own.relation IN ('event', 'tag', 'author', 'category') AND own.source_id IN ("
    );
    let statement = sql_query(select).into_boxed().bind::<sql::Instant, _>(now).bind::<sql::Instant, _>(now);
    let statement = articles.iter().enumerate().fold(statement, bind_one).sql(")");
    Ok(statement.load(reader.conn()?)?)
}

type Statement<'a> = BoxedSqlQuery<'a, MultiBackend, SqlQuery>;

/// Writes one more id of a list, behind the two instants.
fn bind_one<'a>(statement: Statement<'a>, (n, id): (usize, &ArticleId)) -> Statement<'a> {
    let comma = if n == 0 { "" } else { ", " };
    statement.sql(format!("{comma}${}", n + 3)).bind::<sql::Identity, _>(Key(Id::<()>::new(id.uuid())))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(n: u128) -> ArticleId {
        Id::new(Uuid::from_u128(n))
    }

    #[test]
    fn what_has_more_in_common_comes_first_and_of_two_alike_the_newer() {
        let at = |seconds| Timestamp::EPOCH.plus_seconds(seconds);
        let near = HashMap::from([
            (id(1), (weight(Relation::Category), at(300))),
            (id(2), (weight(Relation::Tag) + weight(Relation::Category), at(100))),
            (id(3), (weight(Relation::Tag) + weight(Relation::Category), at(200))),
            (id(4), (weight(Relation::Event), at(0))),
            (id(5), (weight(Relation::Event), at(0))),
        ]);
        assert_eq!(nearest(near.clone(), 10), [5, 4, 3, 2, 1].map(id), "of the same instant, the later id");
        assert_eq!(nearest(near, 2), [5, 4].map(id));
    }
}
