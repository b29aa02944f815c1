//! The archive: how many articles can be seen of each month of the site's calendar.
//!
//! To count a million rows for whoever asks would take a second, so they are counted as they come and go:
//! `archive_months` holds, by section, language and month, how many articles stand in the public table. It
//! counts rows and not what is visible, because a row comes and goes in a transaction while visibility
//! changes by itself. Whoever reads the archive takes off what stands there and cannot be seen now: what is
//! scheduled, and what has expired and was not settled yet. Those are few and known by name, since each
//! waits in `due` for its instant. So the archive agrees with the list at every instant, settled or not.
//!
//! Rows are counted by an article's own section, and a section is counted with those below it when it is
//! read. So to move a section, which is rare and may concern a hundred thousand articles, changes nothing
//! here.

use std::collections::BTreeMap;

use bantin_domain::{
    article::Article,
    category::{Category, CategoryId},
    id::Id,
    kind::{Kind, Target},
    locale::Locale,
    time::{SiteZone, Timestamp},
};
use diesel::{dsl::sum, prelude::*};

use crate::{
    among::AmongExt,
    changes,
    connection::{DbConnection, MultiBackend},
    error::StoreError,
    schema::{archive_months, due, public_articles, settings},
    sql_types::{Instant, Key, Name},
    store::{PublicReader, Tx},
};

/// Under which name the zone is kept whose months are counted.
const ZONE: &str = "archive_zone";
/// How many rows are read at a time when all are counted anew.
const AT_ONCE: i64 = 10_000;

/// A month of the site's calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    /// The year.
    pub year: i32,
    /// 1 is January.
    pub month: i32,
}

impl Month {
    /// The month in which an instant falls.
    fn of(at: Timestamp, zone: &SiteZone) -> Self {
        let day = at.day_in(zone);
        Self { year: day.year().into(), month: day.month().into() }
    }

    fn stored(self) -> i32 {
        self.year * 12 + self.month - 1
    }

    fn from_stored(months: i32) -> Self {
        Self { year: months.div_euclid(12), month: months.rem_euclid(12) + 1 }
    }
}

/// How many articles can be seen now of each month that has any: in a language (`None` is all), in one of
/// these sections (`None` is any).
///
/// # Errors
/// When the database fails.
pub fn months(
    reader: &mut PublicReader<'_>,
    locale: Option<&Locale>,
    sections: Option<&[CategoryId]>,
) -> Result<BTreeMap<Month, i64>, StoreError> {
    let sections: Option<Vec<Key<Category>>> = sections.map(|ids| ids.iter().copied().map(Key).collect());
    let mut counted = archive_months::table
        .group_by(archive_months::month)
        .select((archive_months::month, sum(archive_months::articles)))
        .into_boxed::<MultiBackend>();
    if let Some(locale) = locale {
        counted = counted.filter(archive_months::locale.eq(locale.to_string()));
    }
    if let Some(sections) = &sections {
        counted = counted.filter(archive_months::category_id.among(sections.clone()));
    }
    let rows: Vec<(i32, Option<i64>)> = counted.load(reader.conn()?)?;
    let mut months: BTreeMap<Month, i64> =
        rows.into_iter().map(|(month, articles)| (Month::from_stored(month), articles.unwrap_or(0))).collect();
    for month in unseen(reader, locale, sections)? {
        if let Some(articles) = months.get_mut(&month) {
            *articles -= 1;
        }
    }
    months.retain(|_, articles| *articles > 0);
    Ok(months)
}

/// The month of each article that is counted and cannot be seen now.
fn unseen(
    reader: &mut PublicReader<'_>,
    locale: Option<&Locale>,
    sections: Option<Vec<Key<Category>>>,
) -> Result<Vec<Month>, StoreError> {
    let Some(zone) = counted_in(reader.conn()?)? else { return Ok(Vec::new()) };
    let now = Instant(reader.now());
    // Both its instants may be noted of an article that came and went unsettled: it is one all the same. No join:
    // SQLite, which would not know how few they are, would look for each of all articles among them.
    let waiting = due::table.filter(due::target_kind.eq(Name(Kind::Article))).select(due::target_id);
    let mut query = public_articles::table
        .filter(public_articles::id.eq_any(waiting))
        .filter(public_articles::visible_from.gt(now).or(public_articles::visible_until.le(now)))
        .select(public_articles::published_at)
        .into_boxed::<MultiBackend>();
    if let Some(locale) = locale {
        query = query.filter(public_articles::locale.eq(locale.to_string()));
    }
    if let Some(sections) = sections {
        query = query.filter(public_articles::category_id.among(sections));
    }
    let rows: Vec<Instant> = query.load(reader.conn()?)?;
    Ok(rows.into_iter().map(|published_at| Month::of(published_at.0, &zone)).collect())
}

/// Counts by the months of a zone from now on. Where they were counted in another one so far, or not at
/// all, everything that is there is counted anew.
///
/// # Errors
/// When the database fails.
pub fn count_in(tx: &mut Tx<'_>, zone: &SiteZone) -> Result<(), StoreError> {
    // Several nodes may start at once, and others may be publishing.
    changes::lock(tx)?;
    let before = counted_in(tx.conn)?;
    if before.as_ref() == Some(zone) {
        return Ok(());
    }
    diesel::delete(archive_months::table).execute(tx.conn)?;
    for (shelf, articles) in count_all(tx.conn, zone)? {
        insert(tx.conn, &shelf, articles)?;
    }
    diesel::delete(settings::table.find(ZONE)).execute(tx.conn)?;
    diesel::insert_into(settings::table)
        .values((settings::name.eq(ZONE), settings::value.eq(zone.name())))
        .execute(tx.conn)?;
    Ok(())
}

/// Counts an article whose public row was just written. Other kinds are in no archive.
///
/// # Errors
/// When the database fails.
pub(crate) fn add(tx: &mut Tx<'_>, target: Target) -> Result<(), StoreError> {
    let Some(shelf) = shelf_of(tx, target)? else { return Ok(()) };
    let more =
        diesel::update(shelf.row()).set(archive_months::articles.eq(archive_months::articles + 1)).execute(tx.conn)?;
    if more == 1 { Ok(()) } else { insert(tx.conn, &shelf, 1) }
}

/// Counts an article no more whose public row, if there is one, is about to be erased.
///
/// # Errors
/// When the database fails.
pub(crate) fn remove(tx: &mut Tx<'_>, target: Target) -> Result<(), StoreError> {
    let Some(shelf) = shelf_of(tx, target)? else { return Ok(()) };
    let last = diesel::delete(archive_months::table)
        .filter(archive_months::locale.eq(&shelf.locale))
        .filter(archive_months::category_id.eq(Key(shelf.category)))
        .filter(archive_months::month.eq(shelf.month.stored()))
        .filter(archive_months::articles.eq(1))
        .execute(tx.conn)?;
    if last == 0 {
        diesel::update(shelf.row()).set(archive_months::articles.eq(archive_months::articles - 1)).execute(tx.conn)?;
    }
    Ok(())
}

/// Where an article stands in the archive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Shelf {
    locale: String,
    category: CategoryId,
    month: Month,
}

impl Shelf {
    fn row(&self) -> diesel::dsl::Find<archive_months::table, (&str, Key<Category>, i32)> {
        archive_months::table.find((self.locale.as_str(), Key(self.category), self.month.stored()))
    }
}

/// `None` for what has no public row, and where nothing is counted yet: the start counts it.
fn shelf_of(tx: &mut Tx<'_>, target: Target) -> Result<Option<Shelf>, StoreError> {
    if target.kind != Kind::Article {
        return Ok(None);
    }
    let Some(zone) = counted_in(tx.conn)? else { return Ok(None) };
    let row = public_articles::table
        .find(Key(Id::<Article>::new(target.id)))
        .select((public_articles::locale, public_articles::category_id, public_articles::published_at))
        .first::<(String, Key<Category>, Instant)>(tx.conn)
        .optional()?;
    Ok(row.map(|(locale, category, at)| Shelf { locale, category: category.0, month: Month::of(at.0, &zone) }))
}

/// The zone whose months are counted.
fn counted_in(conn: &mut DbConnection) -> Result<Option<SiteZone>, StoreError> {
    let name = settings::table.find(ZONE).select(settings::value).first::<String>(conn).optional()?;
    name.map(|name| SiteZone::parse(&name)).transpose().map_err(|fault| StoreError::Corrupt {
        table: "settings",
        column: "value",
        id: ZONE.to_owned(),
        reason: fault.message,
    })
}

/// Counts everything that is there, in portions: a million rows at once would take a hundred megabytes.
fn count_all(conn: &mut DbConnection, zone: &SiteZone) -> Result<BTreeMap<Shelf, i32>, StoreError> {
    let mut shelves = BTreeMap::new();
    let mut last: Option<Key<Article>> = None;
    loop {
        let mut query = public_articles::table
            .select((
                public_articles::id,
                public_articles::locale,
                public_articles::category_id,
                public_articles::published_at,
            ))
            .order(public_articles::id)
            .limit(AT_ONCE)
            .into_boxed::<MultiBackend>();
        if let Some(last) = last {
            query = query.filter(public_articles::id.gt(last));
        }
        let rows: Vec<(Key<Article>, String, Key<Category>, Instant)> = query.load(conn)?;
        last = rows.last().map(|row| row.0);
        if last.is_none() {
            return Ok(shelves);
        }
        for (_, locale, category, at) in rows {
            *shelves.entry(Shelf { locale, category: category.0, month: Month::of(at.0, zone) }).or_default() += 1;
        }
    }
}

fn insert(conn: &mut DbConnection, shelf: &Shelf, articles: i32) -> Result<(), StoreError> {
    diesel::insert_into(archive_months::table)
        .values((
            archive_months::locale.eq(&shelf.locale),
            archive_months::category_id.eq(Key(shelf.category)),
            archive_months::month.eq(shelf.month.stored()),
            archive_months::articles.eq(articles),
        ))
        .execute(conn)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_at_midnight_of_the_sites_zone() {
        let zone = SiteZone::parse("Asia/Ho_Chi_Minh").unwrap();
        let month = |text: &str| Month::of(Timestamp::parse(text).unwrap(), &zone);
        assert_eq!(month("2023-02-28T16:59:59.999999Z"), Month { year: 2023, month: 2 });
        assert_eq!(month("2023-02-28T17:00:00Z"), Month { year: 2023, month: 3 });
        assert_eq!(month("2022-12-31T17:00:00Z"), Month { year: 2023, month: 1 });
    }

    #[test]
    fn months_are_stored_in_their_order_and_come_back() {
        let months = (1..=9999).flat_map(|year| (1..=12).map(move |month| Month { year, month }));
        let stored: Vec<i32> = months.clone().map(Month::stored).collect();
        assert!(stored.is_sorted_by(|one, other| one < other));
        assert!(months.eq(stored.into_iter().map(Month::from_stored)));
    }
}
