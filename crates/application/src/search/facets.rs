//! How many results there are of each sort, for a front end to offer as filters.

use std::collections::{BTreeMap, HashMap};

use bantin_domain::{
    category::{Category, CategoryId, ancestors},
    locale::Locale,
    named::Named,
    search::found::{Facet, Facets},
    text::Slug,
    time::SiteZone,
};

use super::{DATED, KINDS, Ranked};

/// Counts the ranked by sort.
pub(super) fn count(ranked: &[Ranked], sections: &[Category], locale: Option<&Locale>, zone: &SiteZone) -> Facets {
    let rows = || ranked.iter().map(|one| &one.candidate);
    let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let kinds = KINDS.iter().map(|kind| Facet {
        value: kind.name().to_owned(),
        label: kind.name().to_owned(),
        count: number(rows().filter(|row| row.target.kind == *kind).count()),
    });
    let mut by_section: HashMap<CategoryId, usize> = HashMap::new();
    for id in rows().filter_map(|row| row.category) {
        for section in ancestors(sections, id) {
            *by_section.entry(section.id).or_default() += 1;
        }
    }
    let vietnamese = Locale::vietnamese();
    let language = locale.unwrap_or(&vietnamese);
    let facet_of = |section: &Category| {
        let slug: &Slug = section.content.slug_in(language);
        Some(Facet {
            value: slug.to_string(),
            label: section.content.name_in(language).to_owned(),
            count: number(*by_section.get(&section.id)?),
        })
    };
    let mut categories: Vec<Facet> = sections.iter().filter_map(facet_of).collect();
    // Stable: of equals in the order of the site.
    categories.sort_by_key(|facet| std::cmp::Reverse(facet.count));
    let mut by_year: BTreeMap<i16, usize> = BTreeMap::new();
    for row in rows().filter(|row| DATED.contains(&row.target.kind)) {
        *by_year.entry(row.sort_at.day_in(zone).year()).or_default() += 1;
    }
    let years = by_year.into_iter().rev().map(|(year, n)| Facet {
        value: year.to_string(),
        label: year.to_string(),
        count: number(n),
    });
    Facets { kinds: kinds.filter(|facet| facet.count > 0).collect(), categories, years: years.collect() }
}
