//! Lists that are searched: `q=` beside the filters of a list.

use std::collections::HashSet;

use bantin_domain::{
    id::Id,
    listing::{PageRequest, Slice},
};

use crate::error::AppError;

/// A page of what a search has found, the best match first, of those that fit the filters. `read` gives the rows
/// of the page in any order.
///
/// # Errors
/// Those of `read`.
pub(crate) fn page_of<C, P>(
    found: Vec<Id<C>>,
    fitting: &HashSet<Id<C>>,
    page: &PageRequest,
    read: impl FnOnce(&[Id<C>]) -> Result<Vec<P>, AppError>,
    id_of: impl Fn(&P) -> Id<C>,
) -> Result<Slice<P>, AppError> {
    let ranked = found.into_iter().filter(|id| fitting.contains(id)).collect();
    let places = Slice::of_ranked(ranked, page);
    let mut shown = read(&places.rows)?;
    Ok(places.filter_map(|id| {
        let place = shown.iter().position(|one| id_of(one) == id)?;
        Some(shown.swap_remove(place))
    }))
}
