//! Reading the statistics: sums that folding wrote, each by one range of a key.

use std::collections::{BTreeMap, HashSet};

use bantin_domain::{
    article::{Article, ArticleId},
    category::{Category, CategoryId},
    content::{Relation, Window},
    event::Event,
    id::Id,
    kind::{Kind, Target},
    locale::Locale,
    time::Date,
    visits::{DayCount, Device, LocalHour, Since, ViewCount},
};
use diesel::{dsl::sql, prelude::*, sql_types::BigInt};
use uuid::Uuid;

use crate::{
    among::AmongExt,
    connection::MultiBackend,
    error::StoreError,
    schema::{public_articles, public_events, public_links, public_pages, public_speeches},
    schema_visits::{categories, days, devices, hours, item_days, item_hours, item_totals, referrers},
    sql_types::{Day, Instant, Key, Name, sql::Identity},
    store::PublicReader,
    visits::{NO_CATEGORY, NO_HOST, OTHER_HOSTS},
};

/// `sum()` of an integer is a decimal on PostgreSQL; the sums here are integers on both.
const VIEWS: &str = "CAST(sum(page_views) AS bigint)";
const VISITS: &str = "CAST(sum(visits) AS bigint)";
/// The item, said so that SQLite does not read the days of all items since ever in the order of the key,
/// only to be spared a sort: the days of the window lie together in an index of their own.
const ITEM: &str = "coalesce(item, item)";

/// The public row of an item: when it can be seen, and in which section it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// When it can be seen.
    pub window: Window,
    /// Its section.
    pub category: Option<CategoryId>,
}

/// The public row of an item, seen now, later or no more; `None` where there is none.
///
/// # Errors
/// When the database fails.
pub fn sight(reader: &mut PublicReader<'_>, target: Target) -> Result<Option<Sight>, StoreError> {
    type Row = (Instant, Instant, Option<Key<Category>>);
    let id = target.id;
    let row: Option<Row> = match target.kind {
        Kind::Article => public_articles::table
            .find(Key(Id::<Article>::new(id)))
            .select((
                public_articles::visible_from,
                public_articles::visible_until,
                public_articles::category_id.nullable(),
            ))
            .first(reader.conn()?)
            .optional()?,
        Kind::Event => public_events::table
            .find(Key(Id::<Event>::new(id)))
            .select((public_events::visible_from, public_events::visible_until, public_events::category_id))
            .first(reader.conn()?)
            .optional()?,
        Kind::Speech => public_speeches::table
            .inner_join(public_events::table.on(public_events::id.eq(public_speeches::event_id)))
            .filter(public_speeches::id.eq(Key(Id::<()>::new(id))))
            .select((public_speeches::visible_from, public_speeches::visible_until, public_events::category_id))
            .first(reader.conn()?)
            .optional()?,
        Kind::Page => public_pages::table
            .find(Key(Id::<()>::new(id)))
            .select((public_pages::visible_from, public_pages::visible_until))
            .first::<(Instant, Instant)>(reader.conn()?)
            .optional()?
            .map(|(from, until)| (from, until, None)),
        _ => None,
    };
    Ok(row.map(|(from, until, category)| Sight {
        window: Window { from: from.0, until: until.0 },
        category: category.map(|id| id.0),
    }))
}

/// The articles with the most page views, whoever can see them, at most `most` of them.
///
/// # Errors
/// When the database fails.
pub fn most_read(reader: &mut PublicReader<'_>, since: Since, most: i64) -> Result<Vec<(ArticleId, i64)>, StoreError> {
    let kind = Name(Kind::Article);
    let rows: Vec<(Key<Article>, i64)> = match since {
        Since::Hour(hour) => item_hours::table
            .filter(item_hours::hour.ge(hour.0))
            .filter(item_hours::kind.eq(kind))
            .group_by(item_hours::item)
            .select((item_hours::item, sql::<BigInt>(VIEWS)))
            .order((sql::<BigInt>(VIEWS).desc(), item_hours::item))
            .limit(most)
            .load(reader.conn()?)?,
        Since::Day(day) => item_days::table
            .filter(item_days::day.ge(Day(day)))
            .filter(item_days::kind.eq(kind))
            .group_by(sql::<Identity>(ITEM))
            .select((sql::<Identity>(ITEM), sql::<BigInt>(VIEWS)))
            .order((sql::<BigInt>(VIEWS).desc(), sql::<Identity>(ITEM)))
            .limit(most)
            .load(reader.conn()?)?,
    };
    Ok(rows.into_iter().map(|(item, views)| (item.0, views)).collect())
}

/// Which of these articles can be seen now, in a section or below it, in a language.
///
/// # Errors
/// When the database fails.
pub fn visible_articles(
    reader: &mut PublicReader<'_>,
    ids: &[ArticleId],
    category: Option<CategoryId>,
    locale: Option<&Locale>,
) -> Result<HashSet<ArticleId>, StoreError> {
    let now = Instant(reader.now());
    let keys: Vec<Key<Article>> = ids.iter().copied().map(Key).collect();
    let mut query = public_articles::table
        .filter(public_articles::id.among(keys))
        .filter(public_articles::visible_from.le(now))
        .filter(public_articles::visible_until.gt(now))
        .select(public_articles::id)
        .into_boxed::<MultiBackend>();
    if let Some(locale) = locale {
        query = query.filter(public_articles::locale.eq(locale.to_string()));
    }
    if let Some(category) = category {
        let in_section = public_links::table
            .filter(public_links::target_id.eq(Key(Id::<()>::new(category.uuid()))))
            .filter(public_links::relation.eq(Name(Relation::Section)))
            .filter(public_links::source_kind.eq(Name(Kind::Article)))
            .select(public_links::source_id);
        query = query.filter(public_articles::id.eq_any(in_section));
    }
    let rows: Vec<Key<Article>> = query.load(reader.conn()?)?;
    Ok(rows.into_iter().map(|id| id.0).collect())
}

/// The page views of each of these items since a moment, or ever.
///
/// # Errors
/// When the database fails.
pub fn views_of(
    reader: &mut PublicReader<'_>,
    ids: &[Uuid],
    since: Option<Since>,
) -> Result<BTreeMap<Uuid, i64>, StoreError> {
    let keys: Vec<Key<Target>> = ids.iter().map(|id| Key(Id::new(*id))).collect();
    let rows: Vec<(Key<Target>, i64)> = match since {
        None => item_totals::table
            .filter(item_totals::item.among(keys))
            .select((item_totals::item, item_totals::page_views))
            .load(reader.conn()?)?,
        Some(Since::Hour(hour)) => item_hours::table
            .filter(item_hours::hour.ge(hour.0))
            .filter(item_hours::item.among(keys))
            .group_by(item_hours::item)
            .select((item_hours::item, sql::<BigInt>(VIEWS)))
            .load(reader.conn()?)?,
        Some(Since::Day(day)) => item_days::table
            .filter(item_days::item.among(keys))
            .filter(item_days::day.ge(Day(day)))
            .group_by(item_days::item)
            .select((item_days::item, sql::<BigInt>(VIEWS)))
            .load(reader.conn()?)?,
    };
    Ok(rows.into_iter().map(|(item, views)| (item.0.uuid(), views)).collect())
}

/// The days of an item on which it was read, oldest first.
///
/// # Errors
/// When the database fails.
pub fn days_of(
    reader: &mut PublicReader<'_>,
    item: Uuid,
    from: Date,
    to: Date,
) -> Result<Vec<(Date, i64)>, StoreError> {
    let rows: Vec<(Day, i64)> = item_days::table
        .filter(item_days::item.eq(Key(Id::<Target>::new(item))))
        .filter(item_days::day.between(Day(from), Day(to)))
        .order(item_days::day)
        .select((item_days::day, item_days::page_views))
        .load(reader.conn()?)?;
    Ok(rows.into_iter().map(|(day, views)| (day.0, views)).collect())
}

/// The days of the site, oldest first.
///
/// # Errors
/// When the database fails.
pub fn by_day(reader: &mut PublicReader<'_>, from: Date, to: Date) -> Result<Vec<(Date, DayCount)>, StoreError> {
    let rows: Vec<(Day, i64, i64, i64, i64, i64)> = days::table
        .filter(days::day.between(Day(from), Day(to)))
        .order(days::day)
        .select((days::day, days::page_views, days::other_views, days::visits, days::visitors, days::carried))
        .load(reader.conn()?)?;
    Ok(rows
        .into_iter()
        .map(|(day, page_views, other_views, visits, visitors, carried)| {
            (day.0, DayCount { page_views, other_views, visits, visitors, carried })
        })
        .collect())
}

/// The hours of the site, oldest first.
///
/// # Errors
/// When the database fails.
pub fn by_hour(reader: &mut PublicReader<'_>, from: Date, to: Date) -> Result<Vec<(LocalHour, ViewCount)>, StoreError> {
    let rows: Vec<(i64, i64, i64)> = hours::table
        .filter(hours::hour.between(LocalHour::of(from, 0).0, LocalHour::of(to, 23).0))
        .order(hours::hour)
        .select((hours::hour, hours::page_views, hours::visits))
        .load(reader.conn()?)?;
    Ok(rows.into_iter().map(|(hour, page_views, visits)| (LocalHour(hour), ViewCount { page_views, visits })).collect())
}

/// Where readers came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Nowhere that was told.
    Unknown,
    /// A site.
    Host(String),
    /// Sites beyond those that are told apart.
    Others,
}

/// The sites that readers came from, most first; those beyond `most` are added up as others.
///
/// # Errors
/// When the database fails.
pub fn by_referrer(
    reader: &mut PublicReader<'_>,
    from: Date,
    to: Date,
    most: usize,
) -> Result<Vec<(Origin, ViewCount)>, StoreError> {
    let rows: Vec<(String, i64, i64)> = referrers::table
        .filter(referrers::day.between(Day(from), Day(to)))
        .group_by(referrers::host)
        .select((referrers::host, sql::<BigInt>(VIEWS), sql::<BigInt>(VISITS)))
        .order((sql::<BigInt>(VIEWS).desc(), referrers::host))
        .load(reader.conn()?)?;
    let mut sums = Vec::new();
    let mut others = ViewCount::default();
    for (host, page_views, visits) in rows {
        match host.as_str() {
            NO_HOST => sums.push((Origin::Unknown, ViewCount { page_views, visits })),
            host if host != OTHER_HOSTS && sums.len() < most => {
                sums.push((Origin::Host(host.to_owned()), ViewCount { page_views, visits }));
            }
            _ => {
                others.page_views += page_views;
                others.visits += visits;
            }
        }
    }
    if others.page_views > 0 {
        sums.push((Origin::Others, others));
    }
    Ok(sums)
}

/// The sorts of device, most first.
///
/// # Errors
/// When the database fails.
pub fn by_device(reader: &mut PublicReader<'_>, from: Date, to: Date) -> Result<Vec<(Device, ViewCount)>, StoreError> {
    let rows: Vec<(Name<Device>, i64, i64)> = devices::table
        .filter(devices::day.between(Day(from), Day(to)))
        .group_by(devices::device)
        .select((devices::device, sql::<BigInt>(VIEWS), sql::<BigInt>(VISITS)))
        .order((sql::<BigInt>(VIEWS).desc(), devices::device))
        .load(reader.conn()?)?;
    Ok(rows.into_iter().map(|(device, page_views, visits)| (device.0, ViewCount { page_views, visits })).collect())
}

/// The sections, most first; `None` is what stands in none.
///
/// # Errors
/// When the database fails.
pub fn by_category(
    reader: &mut PublicReader<'_>,
    from: Date,
    to: Date,
) -> Result<Vec<(Option<CategoryId>, ViewCount)>, StoreError> {
    let rows: Vec<(Key<Category>, i64, i64)> = categories::table
        .filter(categories::day.between(Day(from), Day(to)))
        .group_by(categories::category)
        .select((categories::category, sql::<BigInt>(VIEWS), sql::<BigInt>(VISITS)))
        .order((sql::<BigInt>(VIEWS).desc(), categories::category))
        .load(reader.conn()?)?;
    let rows = rows.into_iter().map(|(category, page_views, visits)| {
        ((category.0 != NO_CATEGORY).then_some(category.0), ViewCount { page_views, visits })
    });
    Ok(rows.collect())
}
