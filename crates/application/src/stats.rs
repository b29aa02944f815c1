//! Reading the statistics: what everybody may see, and what the desk sees.
//!
//! The ranking of the most read articles is worked out at most once a minute, once for all who ask: a
//! widget on every page must not be a query on every page. What it shows of an article is read each time,
//! so that nothing withdrawn is shown a minute longer.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bantin_domain::{
    article::{Article, ArticleId, PublishedArticle},
    audit::{AuditField, Entry},
    category::{Category, CategoryId, CategorySummary},
    kind::{Kind, Ref},
    locale::Locale,
    named::Named,
    policy::{Actor, Edit, Read, Resource, Subject},
    time::{Date, SiteZone, Timestamp},
    violation::{Fault, Violations},
    visits::{Breakdown, DayCount, Device, LocalHour, ViewCount, Window},
};
use bantin_persistence::{Conflict, Desk, PublicReader, StoreError, categories, public, stats};
pub use bantin_persistence::{stats::Origin, visits::Baseline};
use tokio::sync::Mutex as AsyncMutex;

use crate::{App, AppError, app::Act, bounded::Bounded, content, site};

/// The ranking is worked out again when it is so old.
const RANKING_SECONDS: i64 = 60;
/// So many articles are ranked. Whoever comes after them has not been read in the window.
const MOST_RANKED: i64 = 100_000;
/// So many of them are kept for each section and language that is asked for: as many as can be shown, and
/// some more for those that are withdrawn meanwhile.
const MOST_LISTED: usize = 120;
/// So many are asked about at once.
const AT_ONCE: usize = 5_000;
/// So many sections and languages are remembered.
const MOST_LISTS: usize = 256;
/// So many sites are told apart in a report.
const MOST_ORIGINS: usize = 1_000;
/// More visits than any site has had.
const MOST_VISITS: i64 = 1_000_000_000_000_000;

/// Which ranking is asked for.
#[derive(Debug, Clone)]
pub struct RankingQuery {
    /// How far back.
    pub window: Window,
    /// Only articles in this section or below it.
    pub category: Option<Ref<Category>>,
    /// Only articles in this language.
    pub locale: Option<Locale>,
    /// How many.
    pub limit: usize,
}

/// The most read articles: see the module.
pub struct Ranking {
    app: App,
    standings: [AsyncMutex<Option<Arc<Standing>>>; Window::ALL.len()],
    lists: Mutex<Lists>,
}

type Lists = Bounded<(Window, Option<CategoryId>, Option<Locale>), (Timestamp, Arc<Vec<(ArticleId, i64)>>)>;

/// The articles of a window, most read first, whoever can see them.
struct Standing {
    at: Timestamp,
    articles: Vec<(ArticleId, i64)>,
}

impl Ranking {
    /// Has worked nothing out yet.
    pub fn new(app: App) -> Self {
        Self {
            app,
            standings: std::array::from_fn(|_| AsyncMutex::new(None)),
            lists: Mutex::new(Bounded::new(MOST_LISTS)),
        }
    }

    /// The most read articles with their page views.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn most_read(&self, query: RankingQuery) -> Result<Vec<(PublishedArticle, i64)>, AppError> {
        let standing = self.standing(query.window).await?;
        let RankingQuery { window, category, locale, limit } = query;
        let resolve = move |reader: &mut PublicReader<'_>| content::resolve(reader, Kind::Category, category);
        let category = self.app.public(resolve).await?;
        let key = (window, category, locale.clone());
        let known =
            locked(&self.lists).get(&key).filter(|(at, _)| *at == standing.at).map(|(_, list)| Arc::clone(list));
        let at = standing.at;
        let (list, shown) = self
            .app
            .public(move |reader| {
                let list = match known {
                    Some(list) => list,
                    None => Arc::new(listed(reader, &standing.articles, category, locale.as_ref())?),
                };
                let shown = shown(reader, list.get(..list.len().min(limit + limit / 5 + 1)).unwrap_or_default())?;
                Ok((list, shown))
            })
            .await?;
        locked(&self.lists).insert(key, (at, list));
        Ok(shown.into_iter().take(limit).collect())
    }

    /// The standing of a window. Who comes while it is worked out waits for that.
    async fn standing(&self, window: Window) -> Result<Arc<Standing>, AppError> {
        let Some(slot) = self.standings.get(window as usize) else {
            return Err(AppError::Internal("a window without a place".to_owned()));
        };
        let mut slot = slot.lock().await;
        let now = self.app.sources().clock.now();
        if let Some(standing) = slot.as_ref().filter(|standing| is_fresh(standing.at, now)) {
            return Ok(Arc::clone(standing));
        }
        let since = window.since(now, &self.app.settings().zone);
        let articles = self.app.public(move |reader| Ok(stats::most_read(reader, since, MOST_RANKED)?)).await?;
        let standing = Arc::new(Standing { at: now, articles });
        *slot = Some(Arc::clone(&standing));
        Ok(standing)
    }
}

fn is_fresh(at: Timestamp, now: Timestamp) -> bool {
    at <= now && now < at.plus_seconds(RANKING_SECONDS)
}

/// The first of a standing that can be seen.
fn listed(
    reader: &mut PublicReader<'_>,
    standing: &[(ArticleId, i64)],
    category: Option<CategoryId>,
    locale: Option<&Locale>,
) -> Result<Vec<(ArticleId, i64)>, AppError> {
    let mut list = Vec::new();
    for some in standing.chunks(AT_ONCE) {
        let ids: Vec<ArticleId> = some.iter().map(|(id, _)| *id).collect();
        let visible = stats::visible_articles(reader, &ids, category, locale)?;
        list.extend(some.iter().filter(|(id, _)| visible.contains(id)));
        if list.len() >= MOST_LISTED {
            break;
        }
    }
    list.truncate(MOST_LISTED);
    Ok(list)
}

/// The articles of a list as they are shown now, in its order.
fn shown(reader: &mut PublicReader<'_>, list: &[(ArticleId, i64)]) -> Result<Vec<(PublishedArticle, i64)>, AppError> {
    let ids: Vec<ArticleId> = list.iter().map(|(id, _)| *id).collect();
    let articles = public::articles::some(reader, &ids)?;
    let mut by_id: HashMap<ArticleId, PublishedArticle> =
        articles.into_iter().map(|article| (article.id, article)).collect();
    Ok(list.iter().filter_map(|(id, views)| Some((by_id.remove(id)?, *views))).collect())
}

/// These articles with their page views, ever or in a window, in the order in which they are named; those
/// that cannot be seen are left out.
///
/// # Errors
/// When the database fails.
pub fn of_articles(
    reader: &mut PublicReader<'_>,
    ids: &[ArticleId],
    window: Option<Window>,
    zone: &SiteZone,
) -> Result<Vec<(PublishedArticle, i64)>, AppError> {
    let since = window.map(|window| window.since(reader.now(), zone));
    let uuids: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
    let views = stats::views_of(reader, &uuids, since)?;
    let list: Vec<_> = ids.iter().map(|id| (*id, views.get(&id.uuid()).copied().unwrap_or_default())).collect();
    shown(reader, &list)
}

/// How often an article was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleDays {
    /// Which.
    pub id: ArticleId,
    /// Ever.
    pub total: i64,
    /// On each day that was asked for, oldest first.
    pub days: Vec<(Date, i64)>,
}

/// How often an article was read, by day.
///
/// # Errors
/// When the database fails.
pub fn of_article(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Article>,
    from: Date,
    to: Date,
) -> Result<public::Lookup<ArticleDays>, AppError> {
    let id = match public::articles::find(reader, reference, None)? {
        public::Lookup::Found(article) => article.id,
        other => return Ok(other.map(|article| ArticleDays { id: article.id, total: 0, days: Vec::new() })),
    };
    let read: HashMap<Date, i64> = stats::days_of(reader, id.uuid(), from, to)?.into_iter().collect();
    let total = stats::views_of(reader, &[id.uuid()], None)?.remove(&id.uuid()).unwrap_or_default();
    let days = each_day(from, to).map(|day| (day, read.get(&day).copied().unwrap_or_default())).collect();
    Ok(public::Lookup::Found(ArticleDays { id, total, days }))
}

/// The days from one to another, both of them too.
fn each_day(from: Date, to: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(from), |day| day.tomorrow().ok()).take_while(move |day| *day <= to)
}

/// A report for the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Its rows.
    pub rows: Vec<ReportRow>,
    /// What they add up to.
    pub total: ViewCount,
}

/// A row of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRow {
    /// Of what.
    pub of: ReportKey,
    /// Page views, and visits that began.
    pub count: ViewCount,
    /// Distinct visitors, where they are told apart: of a day.
    pub visitors: Option<i64>,
}

/// What a row of a report is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportKey {
    /// A day.
    Day(Date),
    /// An hour.
    Hour(LocalHour),
    /// A section, with its name; `None` is no section, no name one that is there no more.
    Category(Option<(CategoryId, Option<String>)>),
    /// A site that readers came from.
    Origin(Origin),
    /// A sort of device.
    Device(Device),
}

fn subject() -> Subject {
    Subject::of(Resource::Statistics)
}

/// What the site's visits were from one day to another.
///
/// # Errors
/// [`AppError::Forbidden`].
pub fn report(desk: &mut Desk<'_>, actor: &Actor, by: Breakdown, from: Date, to: Date) -> Result<Report, AppError> {
    let _ = actor.may::<Read>(&subject()).map_err(|_| AppError::Forbidden)?;
    let reader = &mut desk.public();
    let row = |of, count| ReportRow { of, count, visitors: None };
    let rows: Vec<ReportRow> = match by {
        Breakdown::Day => by_day(stats::by_day(reader, from, to)?, from, to),
        Breakdown::Hour => stats::by_hour(reader, from, to)?
            .into_iter()
            .map(|(hour, count)| row(ReportKey::Hour(hour), count))
            .collect(),
        Breakdown::Category => {
            let (all, locale) = (categories::all(reader)?, site::content(reader)?.default_locale);
            let name = |id| CategorySummary::of(&all, id, &locale).map(|category| category.name);
            let rows = stats::by_category(reader, from, to)?.into_iter();
            rows.map(|(id, count)| row(ReportKey::Category(id.map(|id| (id, name(id)))), count)).collect()
        }
        Breakdown::Referrer => {
            let rows = stats::by_referrer(reader, from, to, MOST_ORIGINS)?.into_iter();
            rows.map(|(origin, count)| row(ReportKey::Origin(origin), count)).collect()
        }
        Breakdown::Device => {
            let rows = stats::by_device(reader, from, to)?.into_iter();
            rows.map(|(device, count)| row(ReportKey::Device(device), count)).collect()
        }
    };
    let total = rows.iter().fold(ViewCount::default(), |sum, row| ViewCount {
        page_views: sum.page_views + row.count.page_views,
        visits: sum.visits + row.count.visits,
    });
    Ok(Report { rows, total })
}

/// Every day has a row, so that a chart has no gaps.
fn by_day(counted: Vec<(Date, DayCount)>, from: Date, to: Date) -> Vec<ReportRow> {
    let counted: HashMap<Date, DayCount> = counted.into_iter().collect();
    each_day(from, to)
        .map(|day| {
            let count = counted.get(&day).copied().unwrap_or_default();
            ReportRow {
                of: ReportKey::Day(day),
                count: ViewCount { page_views: count.page_views, visits: count.visits },
                visitors: Some(count.visitors),
            }
        })
        .collect()
}

/// Whether the caller may send hits on behalf of readers.
///
/// # Errors
/// [`AppError::Forbidden`].
pub fn may_report_hits(actor: &Actor) -> Result<(), AppError> {
    actor.may::<Edit>(&subject()).map(drop).map_err(|_| AppError::Forbidden)
}

/// The number that the site brings along.
///
/// # Errors
/// [`AppError::Forbidden`].
pub fn baseline(app: &App, actor: &Actor) -> Result<Baseline, AppError> {
    let _ = actor.may::<Read>(&subject()).map_err(|_| AppError::Forbidden)?;
    Ok(app.store().visits(|tx| tx.baseline())?)
}

/// Says which number the site brings along from the system before. The total never decreases, so neither
/// does this.
///
/// # Errors
/// [`AppError::Stale`] unless the caller read the version that is stored, [`AppError::Invalid`],
/// [`AppError::Forbidden`].
pub fn set_baseline(
    act: &mut Act<'_, '_>,
    version: i64,
    visits: i64,
    since: Option<Timestamp>,
) -> Result<Baseline, AppError> {
    let granted = act.actor.may::<Edit>(&subject()).map_err(|_| AppError::Forbidden)?;
    let now = act.tx.now();
    let (before, after) = act.app.store().visits(|tx| {
        let before = tx.baseline()?;
        if before.version != version {
            return Err(StoreError::Conflict(Conflict::Stale).into());
        }
        check_baseline(&before, visits, since, now)?;
        let after = tx.set_baseline(&granted, version, visits, since.unwrap_or(before.since))?;
        Ok::<_, AppError>((before, after))
    })?;
    record_baseline(act, &before, &after);
    Ok(after)
}

fn record_baseline(act: &mut Act<'_, '_>, before: &Baseline, after: &Baseline) {
    let entry = Entry::new("setBaseline", Resource::Statistics, None).at(after.version);
    act.record(entry.with(AuditField::changed("visits", before.visits, after.visits)).with(AuditField::changed(
        "since",
        before.since.to_utc_text(),
        after.since.to_utc_text(),
    )));
}

fn check_baseline(before: &Baseline, visits: i64, since: Option<Timestamp>, now: Timestamp) -> Result<(), AppError> {
    let mut faults = Violations::new();
    if !(before.visits..=MOST_VISITS).contains(&visits) {
        let message = format!("must be {} to {MOST_VISITS}: the total never decreases", before.visits);
        faults.add("/visits", Fault::new("out_of_range", message));
    }
    if since.is_some_and(|since| since > now) {
        faults.add("/since", Fault::new("out_of_range", "must be in the past"));
    }
    Ok(faults.into_result(())?)
}

fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
