//! Lists whose order is the editors': the programme of an event, its attendees.

use bantin_domain::id::Id;

/// The list with `id` at place `order`, counted from 1, and the place that it has then: beyond the end
/// is the end. Those behind it move on; the others keep their order.
pub(crate) fn placed<T>(list: impl IntoIterator<Item = Id<T>>, id: Id<T>, order: u32) -> (Vec<Id<T>>, i64) {
    let mut ids: Vec<Id<T>> = list.into_iter().filter(|other| *other != id).collect();
    let place = usize::try_from(order.saturating_sub(1)).unwrap_or(usize::MAX).min(ids.len());
    ids.insert(place, id);
    (ids, i64::try_from(place).unwrap_or(0) + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn ids(numbers: impl IntoIterator<Item = u128>) -> Vec<Id<()>> {
        numbers.into_iter().map(|n| Id::new(Uuid::from_u128(n))).collect()
    }

    proptest! {
        #[test]
        fn whoever_is_placed_stands_there_once_and_nobody_else_changes_order(
            length in 0_u128..12, who in 0_u128..12, order in 0_u32..20,
        ) {
            let list = ids(0..length);
            let one = Id::new(Uuid::from_u128(who));
            let (after, place) = placed(list.clone(), one, order);
            let others = |list: &[Id<()>]| list.iter().copied().filter(|id| *id != one).collect::<Vec<_>>();
            prop_assert_eq!(others(&after), others(&list));
            prop_assert_eq!(after.len(), others(&list).len() + 1);
            prop_assert_eq!(after.get(usize::try_from(place).unwrap() - 1), Some(&one));
            let last = i64::try_from(after.len()).unwrap();
            prop_assert_eq!(place, i64::from(order).clamp(1, last));
        }
    }
}
