//! What the lists of the desk can be asked beside what all lists can: any operator, and alternatives.
//!
//! `filter[a]=1&filter[or][0][b]=2&filter[or][1][c]=3&filter[or][1][d]=4` is *a, and b or both c and d*.

use std::collections::BTreeMap;

use bantin_domain::{
    criteria::{Criteria, Criterion, ItemField, MAX_GROUPS, NamePart, Test, Trash},
    kind::Ref,
    listing::{Between, Operator},
    named::Named,
    text::{Slug, Title, folded_text},
    time::SiteZone,
};

use super::{
    Condition, List, ListQuery, Value,
    parse::refused,
    values::{days_of, instants_of, wrong, year_of},
};
use crate::{language, problem::Problem};

/// Filters by the group that they stand in.
pub(super) type Groups = BTreeMap<u8, Vec<Condition>>;

/// The group that a filter stands in, and its name without it: of `filter[or][0][a][b]`, `0` and `filter[a][b]`.
///
/// # Errors
/// 400 for a group that cannot be.
pub(super) fn grouped<L: List>(name: &str) -> Result<Option<(u8, String)>, Problem> {
    let Some(rest) = name.strip_prefix("filter[or]").filter(|_| L::IS_EDITORIAL) else { return Ok(None) };
    let placed = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let Some((group, field)) = placed.filter(|(_, field)| field.starts_with('[')) else {
        return Err(refused(name, "holds groups of filters, such as filter[or][0][title][contains]"));
    };
    let is_digit = group.len() == 1 && group.bytes().all(|byte| byte.is_ascii_digit());
    match group.parse().ok().filter(|_| is_digit) {
        Some(group) => Ok(Some((group, format!("filter{field}")))),
        None => Err(refused(name, format!("is in no group: they go from 0 to {}", MAX_GROUPS - 1))),
    }
}

/// What can be given in a group.
pub(super) fn names_in_group<L: List>(group: u8) -> Vec<String> {
    L::FILTERS.iter().map(|filter| format!("filter[or][{group}][{}]", filter.name)).collect()
}

impl<L: List> ListQuery<L> {
    /// All that the filters ask of items of the desk. The trash is asked for apart.
    ///
    /// # Errors
    /// 400 naming the filter whose value is none.
    pub fn criteria(&self, zone: &SiteZone) -> Result<Criteria, Problem> {
        let conditions = self.conditions.iter().filter(|one| one.filter.name != TRASH);
        let all = conditions.map(|one| criterion(one, zone)).collect::<Result<_, _>>()?;
        let group = |group: &Vec<Condition>| group.iter().map(|one| criterion(one, zone)).collect();
        Ok(Criteria { all, any: self.alternatives.values().map(group).collect::<Result<_, _>>()? })
    }

    /// Whether what lies in the trash is shown.
    ///
    /// # Errors
    /// 400 where it is neither `with` nor `only`.
    pub fn trash(&self) -> Result<Option<Trash>, Problem> {
        Ok(self.named(TRASH)?.and_then(|said| said.first().copied()))
    }
}

/// How a name can be asked for at the desk.
pub(crate) const NAME_PARTS: &[Operator] = &[Operator::Contains, Operator::StartsWith];

impl<L: List> ListQuery<L> {
    /// What the filters ask of a name.
    ///
    /// # Errors
    /// 400 where there is nothing to be read in one.
    pub fn name_parts(&self, name: &str) -> Result<Vec<NamePart>, Problem> {
        let said = self.conditions.iter().filter(|one| one.filter.name == name);
        said.map(|one| {
            NamePart::new(&one.text, one.operator == Operator::StartsWith)
                .ok_or_else(|| refused(&one.name(), "must have something that can be read"))
        })
        .collect()
    }
}

/// The name of the filter that is no condition.
const TRASH: &str = "trash";

fn criterion(condition: &Condition, zone: &SiteZone) -> Result<Criterion, Problem> {
    let Condition { filter, operator, text, .. } = condition;
    if filter.name == TRASH {
        return Err(refused(&condition.name(), "is asked for outside of groups"));
    }
    let field = ItemField::from_name(filter.name)
        .ok_or_else(|| Problem::internal("a list offers a filter that items do not know"))?;
    let must = |test, holds| Ok(Criterion { field, test, holds });
    match operator {
        Operator::Null => must(Test::Missing, flag(condition, "true or false")?),
        Operator::Contains | Operator::StartsWith if folded_text(text).is_empty() => {
            Err(refused(&condition.name(), "must have something that can be read"))
        }
        Operator::Contains => must(Test::Contains(text.clone()), true),
        Operator::StartsWith => must(Test::StartsWith(text.clone()), true),
        operator => {
            let holds = !matches!(operator, Operator::NotEqual | Operator::NotIn);
            match filter.value {
                Value::Flag => must(Test::True, flag(condition, &filter.value.expected())? == holds),
                _ => must(values(condition, zone)?, holds),
            }
        }
    }
}

fn flag(condition: &Condition, expected: &str) -> Result<bool, Problem> {
    condition.text.parse().map_err(|_| wrong(condition, expected))
}

/// What a value is held against, by what it is.
fn values(condition: &Condition, zone: &SiteZone) -> Result<Test, Problem> {
    // That it must not be so is said beside the test.
    let operator = match condition.operator {
        Operator::NotEqual | Operator::In | Operator::NotIn => Operator::Equal,
        operator => operator,
    };
    Ok(match condition.filter.value {
        Value::Id => Test::Referring(each(condition, |text| text.parse().ok().map(Ref::Id))?),
        Value::Reference => Test::Referring(each(condition, Ref::parse)?),
        Value::Slug => Test::Named(each(condition, |text| Slug::parse(text).ok().map(|slug| slug.to_string()))?),
        Value::Locale => Test::Named(each(condition, |text| language::parse(text).ok().map(|tag| tag.to_string()))?),
        Value::OneOf(names) => {
            let known = names();
            Test::Named(each(condition, |text| known.contains(&text).then(|| text.to_owned()))?)
        }
        // What is no title is the title of nothing.
        Value::Text | Value::Flag => Test::Named(each(condition, |text| {
            Some(Title::parse(text).map_or_else(|_| text.to_owned(), |title| title.to_string()))
        })?),
        Value::Instant => Test::Instants(each(condition, |text| {
            instants_of(text, zone).map(|(start, next)| Between::compared(operator, start, next))
        })?),
        Value::Year => Test::Instants(each(condition, |text| {
            year_of(text, zone).map(|(start, next)| Between::compared(operator, start, next))
        })?),
        Value::Day => {
            Test::Days(each(condition, |text| days_of(text).map(|(day, next)| Between::compared(operator, day, next)))?)
        }
    })
}

/// The values of a condition: one, or those that commas separate.
fn each<T>(condition: &Condition, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, Problem> {
    let expected = condition.filter.value.expected();
    match condition.operator {
        Operator::In | Operator::NotIn => {
            let all: Option<Vec<T>> = condition.text.split(',').map(parse).collect();
            all.ok_or_else(|| wrong(condition, &format!("{expected}, or some with commas between")))
        }
        _ => Ok(vec![parse(&condition.text).ok_or_else(|| wrong(condition, &expected))?]),
    }
}

#[cfg(test)]
mod tests {
    use bantin_domain::time::Timestamp;

    use super::{
        super::{Filter, Key, Sort, names},
        *,
    };

    #[derive(Debug)]
    struct Drafts;
    impl List for Drafts {
        const NAME: &'static str = "drafts";
        const HAS_LOCALE: bool = false;
        const IS_EDITORIAL: bool = true;
        const FILTERS: &'static [Filter] = &[
            Filter::of("title", Value::Text, &[Operator::Equal, Operator::Contains], ""),
            Filter::of("tag", Value::Reference, &[Operator::Equal, Operator::NotIn, Operator::Null], ""),
            Filter::of("public", Value::Flag, &[Operator::Equal, Operator::NotEqual], ""),
            Filter::of("updatedAt", Value::Instant, &[Operator::NotEqual, Operator::GreaterOrEqual], ""),
            Filter::of("trash", Value::OneOf(names::<Trash>), &[Operator::Equal], ""),
        ];
        const SORTS: &'static [Sort] = &[Sort::by("updatedAt", Key::Instant, &[])];
    }

    fn zone() -> SiteZone {
        SiteZone::parse("Asia/Ho_Chi_Minh").unwrap()
    }

    fn asked(query: &str) -> Criteria {
        ListQuery::<Drafts>::parse("/drafts", query).unwrap().criteria(&zone()).unwrap()
    }

    fn refusal(query: &str) -> (String, String) {
        let problem = match ListQuery::<Drafts>::parse("/drafts", query) {
            Err(problem) => problem,
            Ok(query) => query.criteria(&zone()).unwrap_err(),
        };
        let json: serde_json::Value = serde_json::from_slice(&problem.to_json("r")).unwrap();
        let text = |member: &str| json["errors"][0][member].as_str().unwrap().to_owned();
        (text("parameter"), text("message"))
    }

    fn must(field: ItemField, test: Test, holds: bool) -> Criterion {
        Criterion { field, test, holds }
    }

    #[test]
    fn filters_must_all_hold_and_of_groups_one() {
        let criteria = asked(
            "filter[title][contains]=hoi&filter[or][3][public]=true&filter[or][3][tag][nin]=a,b&filter%5Bor%5D%5B0%5D%5Btag%5D%5Bnull%5D=false",
        );
        assert_eq!(criteria.all, [must(ItemField::Title, Test::Contains("hoi".to_owned()), true)]);
        let tags = ["a", "b"].map(|slug| Ref::Slug(Slug::parse(slug).unwrap()));
        assert_eq!(
            criteria.any,
            [
                vec![must(ItemField::Tag, Test::Missing, false)],
                vec![
                    must(ItemField::Public, Test::True, true),
                    must(ItemField::Tag, Test::Referring(tags.to_vec()), false)
                ],
            ]
        );
    }

    #[test]
    fn what_must_not_be_is_said_beside_the_test() {
        for (query, holds) in [
            ("filter[public]=true", true),
            ("filter[public]=false", false),
            ("filter[public][ne]=true", false),
            ("filter[public][ne]=false", true),
        ] {
            assert_eq!(asked(query).all, [must(ItemField::Public, Test::True, holds)], "{query}");
        }
        let instant = |text: &str| Some(Timestamp::parse(text).unwrap());
        let day = Between { from: instant("2023-02-27T17:00:00Z"), until: instant("2023-02-28T17:00:00Z") };
        assert_eq!(
            asked("filter[updatedAt][ne]=2023-02-28").all,
            [must(ItemField::UpdatedAt, Test::Instants(vec![day]), false)]
        );
    }

    #[test]
    fn the_trash_is_no_condition() {
        let query = ListQuery::<Drafts>::parse("/drafts", "filter[trash]=only").unwrap();
        assert_eq!(
            (query.criteria(&zone()).unwrap(), query.trash().unwrap()),
            (Criteria::default(), Some(Trash::Only))
        );
    }

    #[test]
    fn what_cannot_be_asked_is_named_as_it_was_written() {
        let groups = "holds groups of filters, such as filter[or][0][title][contains]";
        for (query, parameter, message) in [
            ("filter[or]=a", "filter[or]", groups),
            ("filter[or][0]=a", "filter[or][0]", groups),
            ("filter[or][title]=a", "filter[or][title]", groups),
            ("filter[or][10][title]=a", "filter[or][10][title]", "is in no group: they go from 0 to 9"),
            ("filter[or][][title]=a", "filter[or][][title]", "is in no group: they go from 0 to 9"),
            ("filter[or][0][titel]=a", "filter[or][0][titel]", "is unknown; did you mean filter[or][0][title]?"),
            ("filter[or][0][public]=yes", "filter[or][0][public]", "must be true or false"),
            ("filter[or][0][trash]=with", "filter[or][0][trash]", "is asked for outside of groups"),
            ("filter[tag][null]=yes", "filter[tag][null]", "must be true or false"),
            ("filter[tag][nin]=a,,b", "filter[tag][nin]", "must be an id or a slug, or some with commas between"),
            ("filter[title][contains]=%CC%81", "filter[title][contains]", "must have something that can be read"),
            (
                "filter[or][0][title][in]=a",
                "filter[or][0][title][in]",
                "is no operator of filter[title]; there is eq, contains",
            ),
        ] {
            assert_eq!(refusal(query), (parameter.to_owned(), message.to_owned()), "{query}");
        }
        let group = |n: usize| format!("filter[or][{n}][title]=a&filter[or][{n}][tag]=b&filter[or][{n}][public]=true");
        let thirty: Vec<String> = (0..10).map(group).collect();
        assert_eq!(asked(&thirty.join("&")).any.len(), 10);
        let more = format!("{}&filter[updatedAt][ne]=2023", thirty.join("&"));
        assert_eq!(refusal(&more).1, "is too much: there may be 30 conditions");
    }

    #[test]
    fn a_cursor_is_of_one_question_with_its_groups() {
        let fingerprint = |query: &str| ListQuery::<Drafts>::parse("/drafts", query).unwrap().fingerprint;
        let one = fingerprint("filter[or][0][title]=a&filter[or][1][tag]=b");
        assert_eq!(one, fingerprint("filter[or][1][tag]=b&filter[or][0][title]=a&limit=5"));
        for other in ["filter[or][0][title]=a&filter[or][0][tag]=b", "filter[title]=a&filter[tag]=b", ""] {
            assert_ne!(one, fingerprint(other), "{other}");
        }
    }
}
