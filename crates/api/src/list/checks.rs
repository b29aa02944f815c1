//! What every list is held against by the tests of its resource.

use bantin_domain::named::Named;
use utoipa::{
    PartialSchema,
    openapi::{RefOr, Schema},
};

use super::{Filter, List};

/// The fields on offer are the members of the view, but those that stand `beside` them when they are asked for.
pub fn fields_are_the_members_of_the_view_and_no_others<L: List, V: PartialSchema>(beside: &[&str]) {
    let RefOr::T(Schema::Object(schema)) = V::schema() else { panic!("{} are objects", L::NAME) };
    let mut members: Vec<&str> = schema.properties.keys().map(String::as_str).collect();
    members.retain(|name| !beside.contains(name));
    let mut fields = L::FIELDS.to_vec();
    fields.sort_unstable();
    members.sort_unstable();
    assert_eq!(fields, members);
}

/// Every order on offer is known, and goes with filters that there are; no filter is without an order.
pub fn every_order_on_offer_is_known_and_goes_with_filters_that_there_are<L: List, S: Named>() {
    for sort in L::SORTS {
        assert!(S::from_name(sort.name).is_some(), "{}", sort.name);
        for name in sort.with {
            assert!(L::FILTERS.iter().any(|filter| filter.name == *name), "{name}");
        }
    }
    let is_served = |filter: &Filter| L::SORTS.iter().any(|sort| sort.with.contains(&filter.name));
    assert!(L::FILTERS.iter().all(is_served));
}
