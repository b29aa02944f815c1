//! Finding: what a reader means, out of what the public sees.
//!
//! The engine yields candidates, `bantin_domain::search` ranks them; this module asks the one and then
//! the other, and goes on with less when there was nothing: first numbers and days as plain words, then
//! words that nothing has as the nearest ones that something has, then any word at all.

use std::collections::{BTreeMap, HashMap};

use bantin_domain::{
    audit::Entry,
    category::{Category, CategorySummary, subtree},
    kind::{ChangeKind, Kind, Ref, Target},
    locale::Locale,
    policy::{Actor, Edit, Read, Subject},
    search::{
        Query, Ranker, Synonym, SynonymList, Word,
        found::{Facets, FoundItem, Hit},
        highlights, one_edit_away,
    },
    site::SITE_ID,
    text::folded_key,
    time::{SiteZone, Timestamp},
};
use bantin_persistence::{
    Desk, PublicReader, categories,
    changes::{self, NewChange},
    search::{
        self,
        engine::{self, Candidate, Need, Scope, Titled},
        items,
        settings::{self, Settings},
        synonyms,
    },
};
use uuid::Uuid;

use crate::{
    app::{Act, App},
    content,
    error::AppError,
    precondition::Precondition,
};

mod facets;

/// What can be searched, in the order of the contract.
pub const KINDS: [Kind; 5] = [Kind::Article, Kind::Event, Kind::Speech, Kind::Person, Kind::Page];
/// Those that have a date of their own, by which a year is told.
const DATED: [Kind; 3] = [Kind::Article, Kind::Event, Kind::Speech];
/// How many titles a suggestion is chosen from.
const SUGGESTED_FROM: usize = 100;
/// How many words of a query are corrected: each costs a look at every word near it.
const CORRECTED: usize = 4;
/// How many documents one transaction of [`refresh`] makes anew: it holds up who publishes.
const AT_ONCE: u32 = 50;

/// What a reader asks for.
#[derive(Debug, Clone, Default)]
pub struct SearchQuery {
    /// What they typed.
    pub text: String,
    /// Of these kinds; none is all of [`KINDS`].
    pub kinds: Vec<Kind>,
    /// In this language, and what has none; `None` is all.
    pub locale: Option<Locale>,
    /// In this section or below it.
    pub category: Option<Ref<Category>>,
    /// Of this year in the site's zone.
    pub year: Option<i16>,
    /// Whether to count what was found by sort.
    pub facets: bool,
    /// How many results to pass over.
    pub offset: usize,
    /// How many results to answer.
    pub limit: usize,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// A page of the results, best first.
    pub hits: Vec<Hit>,
    /// How many there are in all.
    pub total: u64,
    /// Whether that is all, or only "at least".
    pub total_is_exact: bool,
    /// How many of each sort, when asked for.
    pub facets: Option<Facets>,
}

/// A candidate with what it is worth.
struct Ranked {
    candidate: Candidate,
    score: f64,
}

/// What a query finds, best first.
#[derive(Default)]
struct Results {
    ranker: Ranker,
    ranked: Vec<Ranked>,
    /// Whether there is no more.
    are_all: bool,
}

/// Searches.
///
/// # Errors
/// When the database fails.
pub fn search(reader: &mut PublicReader<'_>, asked: &SearchQuery, zone: &SiteZone) -> Result<Found, AppError> {
    let sections = categories::all(reader)?;
    let scope = scope(reader, asked, &sections, zone)?;
    let Results { ranker, ranked, are_all } = find(reader, &asked.text, scope)?;
    let page: Vec<&Ranked> = ranked.iter().skip(asked.offset).take(asked.limit).collect();
    Ok(Found {
        total: u64::try_from(ranked.len()).unwrap_or(u64::MAX),
        total_is_exact: are_all,
        facets: asked.facets.then(|| facets::count(&ranked, &sections, asked.locale.as_ref(), zone)),
        hits: hits(reader, &ranker, &page, &sections)?,
    })
}

/// The ids of what a search finds of one kind, best first: for a list that is asked with `q=`.
///
/// # Errors
/// When the database fails.
pub fn matching(
    reader: &mut PublicReader<'_>,
    text: &str,
    kind: Kind,
    locale: Option<&Locale>,
) -> Result<Vec<Uuid>, AppError> {
    let scope = Scope { kinds: vec![kind], locale: locale.cloned(), ..Scope::default() };
    Ok(find(reader, text, scope)?.ranked.into_iter().map(|one| one.candidate.target.id).collect())
}

/// Where is looked: where the section is none, in no section at all.
fn scope(
    reader: &mut PublicReader<'_>,
    asked: &SearchQuery,
    sections: &[Category],
    zone: &SiteZone,
) -> Result<Scope, AppError> {
    let category = content::resolve(reader, Kind::Category, asked.category.clone())?;
    let mut kinds = if asked.kinds.is_empty() { KINDS.to_vec() } else { asked.kinds.clone() };
    let mut scope = Scope {
        locale: asked.locale.clone(),
        categories: category.map(|id| subtree(sections, id)),
        ..Scope::default()
    };
    if let Some(year) = asked.year {
        kinds.retain(|kind| DATED.contains(kind));
        scope.from = start_of(year, zone);
        scope.until = start_of(year.saturating_add(1), zone);
    }
    Ok(Scope { kinds, ..scope })
}

fn start_of(year: i16, zone: &SiteZone) -> Option<Timestamp> {
    bantin_domain::time::Date::new(year, 1, 1).ok().map(|day| zone.start_of(day))
}

/// What is found for what was typed, or for the nearest to it that finds anything.
fn find(reader: &mut PublicReader<'_>, text: &str, scope: Scope) -> Result<Results, AppError> {
    let Settings { synonyms, in_menus } = settings::find(reader, text, &scope.kinds)?;
    let scope = Scope { in_menus, ..scope };
    let query = Query::parse(text, &synonyms);
    if query.is_empty() {
        return Ok(Results { are_all: true, ..Results::default() });
    }
    let found = results(reader, &query, Need::All, &scope)?;
    if !found.ranked.is_empty() {
        return Ok(found);
    }
    let words = Query::parse_as_words(text, &synonyms);
    if words != query {
        let found = results(reader, &words, Need::All, &scope)?;
        if !found.ranked.is_empty() {
            return Ok(found);
        }
    }
    if words.has_quotation() {
        // Who quotes wants that and nothing else.
        return Ok(found);
    }
    let nearest = nearest(reader, &words, &scope)?;
    let found = results(reader, &nearest, Need::All, &scope)?;
    if !found.ranked.is_empty() {
        return Ok(found);
    }
    results(reader, &nearest, Need::Any, &scope)
}

/// The engine's candidates for a query, ranked.
fn results(reader: &mut PublicReader<'_>, query: &Query, need: Need, scope: &Scope) -> Result<Results, AppError> {
    let found = engine::candidates(reader, query, need, scope)?;
    let ranker = Ranker::new(query);
    Ok(Results { ranked: rank(&ranker, found.rows), ranker, are_all: found.are_all })
}

/// The query with the words that nothing in sight has exchanged for those one edit away, and left out where
/// nothing has any of these. Only what the reader may see decides: a word of a scheduled article corrects nothing. It
/// may stand among those that are asked for, since it finds nothing; but it must not be asked for on its own, or the
/// number of statements would tell of it.
fn nearest(reader: &mut PublicReader<'_>, query: &Query, scope: &Scope) -> Result<Query, AppError> {
    let mut nearest: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut corrected = 0;
    for word in query.typed().flat_map(|word| &word.folded) {
        if nearest.contains_key(word) {
            continue;
        }
        let mut known = vec![word.clone()];
        let mut is_there = engine::has_any(reader, &known, scope)?;
        if !is_there && corrected < CORRECTED {
            corrected += 1;
            known.extend(engine::known_words(reader, &one_edit_away(word))?);
            is_there = engine::has_any(reader, &known, scope)?;
        }
        nearest.insert(word.clone(), if is_there { known } else { Vec::new() });
    }
    Ok(query.corrected(|word| {
        let known = word.folded.iter().find_map(|folded| nearest.get(folded)).filter(|known| !known.is_empty())?;
        let is_typed = known == &word.folded;
        Some(Word { exact: word.exact.clone().filter(|_| is_typed), folded: known.clone() })
    }))
}

/// What the candidates are worth, best first; of equals the newest. What lacks a quotation is left out.
fn rank(ranker: &Ranker, candidates: Vec<Candidate>) -> Vec<Ranked> {
    let mut ranked: Vec<Ranked> = candidates
        .into_iter()
        .map(|candidate| {
            let score = ranker.score(&candidate.keys) * prior(candidate.target.kind);
            Ranked { candidate, score }
        })
        .filter(|one| one.score > 0.0)
        .collect();
    ranked.sort_by(|one, other| {
        let newest = |one: &Ranked| (one.candidate.sort_at, one.candidate.target.id);
        other.score.total_cmp(&one.score).then_with(|| newest(other).cmp(&newest(one)))
    });
    ranked
}

/// Of an article and the event it reports, which say the same, the article is the better answer.
fn prior(kind: Kind) -> f64 {
    match kind {
        Kind::Article | Kind::Person => 1.0,
        Kind::Event => 0.95,
        _ => 0.9,
    }
}

/// What an answer shows of a page of the ranked.
fn hits(
    reader: &mut PublicReader<'_>,
    ranker: &Ranker,
    page: &[&Ranked],
    sections: &[Category],
) -> Result<Vec<Hit>, AppError> {
    if page.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<i64> = page.iter().map(|one| one.candidate.place).collect();
    let texts: HashMap<i64, _> =
        engine::texts(reader, &places)?.into_iter().map(|(place, texts, spans)| (place, (texts, spans))).collect();
    let targets: Vec<Target> = page.iter().map(|one| one.candidate.target).collect();
    let mut items = items::load(reader, &targets)?;
    let hits = page.iter().filter_map(|one| {
        let item = items.remove(&one.candidate.target.id)?;
        let category = in_words(&item, sections);
        let highlights = texts
            .get(&one.candidate.place)
            .map(|(texts, spans)| highlights(ranker, texts, &one.candidate.keys, spans))
            .unwrap_or_default();
        Some(Hit { item, category, score: one.score, highlights })
    });
    Ok(hits.collect())
}

/// The section of an item, in its own language.
fn in_words(item: &FoundItem, sections: &[Category]) -> Option<CategorySummary> {
    CategorySummary::of(sections, item.category?, item.locale.as_ref()?)
}

/// What somebody may be about to type: titles, names and tags with all words of it, the last perhaps
/// only begun. What begins as it was typed comes first, then what begins so without its marks.
///
/// # Errors
/// When the database fails.
pub fn suggest(
    reader: &mut PublicReader<'_>,
    text: &str,
    locale: Option<&Locale>,
    limit: usize,
) -> Result<Vec<FoundItem>, AppError> {
    let query = Query::parse_as_words(text, &[]);
    let kinds: Vec<Kind> = KINDS.into_iter().chain([Kind::Tag]).collect();
    let Settings { in_menus, .. } = settings::find(reader, text, &kinds)?;
    let scope = Scope { kinds, locale: locale.cloned(), in_menus, ..Scope::default() };
    let mut found = engine::titles_starting(reader, &query, &scope, SUGGESTED_FROM)?;
    let (typed, folded) = (text.trim().to_lowercase(), folded_key(text));
    let fit = |one: &Titled| {
        let begins = folded_key(&one.title).starts_with(&folded);
        (begins && one.title.to_lowercase().starts_with(&typed), begins)
    };
    // Stable: of equals the newest.
    found.sort_by_cached_key(|one| std::cmp::Reverse(fit(one)));
    let mut said = std::collections::HashSet::new();
    found.retain(|one| said.insert(folded_key(&one.title)));
    found.truncate(limit);
    let targets: Vec<Target> = found.iter().map(|one| one.target).collect();
    let mut items = items::load(reader, &targets)?;
    Ok(targets.iter().filter_map(|target| items.remove(&target.id)).collect())
}

/// Under which id the audit log knows the list of synonyms, of which there is one.
const SYNONYMS: Uuid = Uuid::from_u128(0x73796e);

/// The synonyms at the desk.
///
/// # Errors
/// [`AppError::Forbidden`].
pub fn synonyms(desk: &mut Desk<'_>, actor: &Actor) -> Result<SynonymList, AppError> {
    let _ = actor.may::<Read>(&subject())?;
    Ok(synonyms::find(desk)?)
}

/// Replaces the synonyms. They hold from the next search on: nothing has to be indexed anew.
///
/// # Errors
/// [`AppError::Stale`] unless the caller read the version that is stored, [`AppError::Forbidden`].
pub fn edit_synonyms(act: &mut Act<'_, '_>, version: i64, groups: Vec<Synonym>) -> Result<SynonymList, AppError> {
    let granted = act.actor.may::<Edit>(&subject())?;
    let stored = synonyms::find(act.tx)?;
    Precondition::from(version).check(act.tx, SYNONYMS, stored.version)?;
    if stored.groups == groups {
        return Ok(stored);
    }
    let edited = SynonymList { version: version + 1, groups };
    act.record(Entry::new("editSynonyms", Kind::Site, SYNONYMS).at(edited.version));
    synonyms::save(act.tx, &granted, &edited)?;
    // What the search answers is another from now on: caches must hear of it.
    let (target, at) = (Target::new(Kind::Site, SITE_ID), act.tx.now());
    act.log(NewChange { kind: ChangeKind::Updated, target, locale: None, slug: None, previous_slug: None, at });
    Ok(edited)
}

/// Makes anew what a rename left behind, and says how many documents that were. To be called every few
/// seconds, on any node: the lock of the change log lets one do it at a time, and what one has not
/// finished another goes on with.
///
/// # Errors
/// When the database fails; what was done stays done.
pub fn refresh(app: &App) -> Result<usize, AppError> {
    let mut done = 0;
    while app.store().public(search::is_stale)? {
        let clock = app.sources().clock.clone();
        done += app.store().write(|tx| {
            changes::lock(tx)?;
            tx.set_now(clock.now());
            search::reindex_stale(tx, AT_ONCE)
        })?;
    }
    Ok(done)
}

fn subject() -> Subject {
    Subject::of(Kind::Site)
}
