//! The allow-list of a list as parameters of the API document: each filter with each of its operators under a
//! name of its own, so that whoever generates a client or a form has all there is.

use bantin_domain::{
    criteria::{MAX_CONDITIONS, MAX_GROUPS},
    listing::{MAX_LIMIT, Operator},
    named::Named,
};
use utoipa::{
    IntoParams,
    openapi::{
        KnownFormat, ObjectBuilder, RefOr, Required, Schema, SchemaFormat, Type,
        path::{Parameter, ParameterBuilder, ParameterIn, ParameterStyle},
        schema::{ArrayBuilder, SchemaType},
    },
};

use super::{Filter, List, ListQuery, Value};

impl<L: List> IntoParams for ListQuery<L> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut params = Vec::new();
        if let Some(usual) = L::LIMIT {
            let limit = format!("How many rows, 1 to {MAX_LIMIT}; {usual} when absent.");
            params.push(query_parameter("limit", &limit, whole(Some(f64::from(MAX_LIMIT)))));
            let cursor = "Where to go on, from `page.next` or `page.previous` of a page with the same filters.";
            params.push(query_parameter("cursor", cursor, text()));
        }
        if L::IS_COUNTED {
            let page = "A page by number, at most 10,000 rows deep; use `cursor` beyond that.";
            params.push(query_parameter("page", page, whole(None)));
            let count = "`exact` adds `page.total` and `page.pages`.";
            params.push(query_parameter("count", count, one_of(vec!["exact"])));
        }
        if L::HAS_LOCALE {
            params.push(query_parameter(
                "locale",
                "A language, or `*` for all; the site's default when absent.",
                text(),
            ));
        }
        if L::IS_SEARCHED {
            let doc = "What is looked for, to 500 characters, as in `GET /search`: the best match comes first. Goes \
                       with every filter, and without `sort`.";
            params.push(query_parameter("q", doc, text()));
        }
        params.extend(order::<L>());
        params.extend(choice_parameters::<L>("Lists leave `body` out unless it is named here."));
        if L::FIELDS.contains(&"body") {
            let doc = "The form of the texts, where `fields` asks for `body`; `html` when absent.";
            params.push(query_parameter("body", doc, one_of(vec!["html", "markdown", "text", "blocks"])));
        }
        params.extend(L::PARAMETERS.iter().map(|parameter| query_parameter(parameter.name, parameter.doc, text())));
        params.extend(L::FILTERS.iter().flat_map(filtered));
        if L::IS_EDITORIAL {
            params.push(alternatives());
        }
        params
    }
}

/// `sort`, where there is a choice.
fn order<L: List>() -> Option<Parameter> {
    let usual = L::SORTS.first()?;
    let names: Vec<String> =
        L::SORTS.iter().flat_map(|sort| [sort.name.to_owned(), format!("-{}", sort.name)]).collect();
    let served: Vec<String> = L::SORTS
        .iter()
        .map(|sort| {
            let filters: Vec<String> = sort.with.iter().map(|name| format!("`{name}`")).collect();
            format!("`{}` goes with the filters {}", sort.name, filters.join(", "))
        })
        .collect();
    let minus = if usual.descends { "-" } else { "" };
    let served = if L::IS_EDITORIAL { "Goes with every filter".to_owned() } else { served.join("; ") };
    let doc = format!("The order; after a minus the other way round; `{minus}{}` when absent. {served}.", usual.name);
    Some(query_parameter("sort", &doc, one_of(names)))
}

/// `fields` and `include`, where there is a choice.
pub(crate) fn choice_parameters<L: List>(beside: &str) -> Vec<Parameter> {
    let mut params = Vec::new();
    if !L::FIELDS.is_empty() {
        let doc = format!("Which members the answer has; `id`, `type`, `slug` and `locale` always. {beside}");
        params.push(some_of("fields", doc.trim_end(), L::FIELDS.to_vec()));
    }
    if !L::INCLUDES.is_empty() {
        let added: Vec<String> = L::INCLUDES.iter().map(|one| format!("`{}`: {}", one.name, one.doc)).collect();
        let doc = format!("Whose details are added. {}", added.join(" "));
        params.push(some_of("include", &doc, L::INCLUDES.iter().map(|one| one.name).collect()));
    }
    params
}

fn filtered(filter: &Filter) -> impl Iterator<Item = Parameter> {
    filter.operators.iter().map(move |operator| {
        let spelling = match filter.value {
            Value::Day | Value::Instant => " A day may also be written 28/02/2023 or 28-2-2023.",
            _ => "",
        };
        let (name, doc) = match operator {
            Operator::Equal => (format!("filter[{}]", filter.name), format!("{}{spelling}", filter.doc)),
            operator => (format!("filter[{}][{}]", filter.name, operator.name()), compared(*operator).to_owned()),
        };
        let value = described(filter.value);
        match operator {
            Operator::In | Operator::NotIn => by_comma(query_parameter(&name, &doc, list_of(value))),
            Operator::Null => query_parameter(&name, &doc, described(Value::Flag)),
            _ => query_parameter(&name, &doc, value),
        }
    })
}

/// `filter[or]`: one parameter, since its names have no end.
fn alternatives() -> Parameter {
    let doc = format!(
        "Groups of filters, of which one must be met: `filter[or][0][title][contains]=hoi&\
         filter[or][1][state]=draft&filter[or][1][createdBy]=...`. All of the filters of a group must hold, and those \
         outside of groups too. At most {MAX_GROUPS} groups, and {MAX_CONDITIONS} filters in all."
    );
    let group = ObjectBuilder::new().additional_properties(Some(Schema::Object(Default::default())));
    let groups = ObjectBuilder::new().additional_properties(Some(Schema::Object(group.build())));
    let mut parameter = query_parameter("filter[or]", &doc, groups.build().into());
    parameter.style = Some(ParameterStyle::DeepObject);
    parameter.explode = Some(true);
    parameter
}

fn compared(operator: Operator) -> &'static str {
    match operator {
        Operator::Equal => "This one.",
        Operator::NotEqual => "Another one.",
        Operator::Less => "Before this.",
        Operator::LessOrEqual => "Before this, or this.",
        Operator::Greater => "After this.",
        Operator::GreaterOrEqual => "After this, or this.",
        Operator::In => "One of these, with commas between.",
        Operator::NotIn => "None of these, with commas between.",
        Operator::Null => "Whether there is no value.",
        Operator::Contains => "This text stands in it, whatever its marks and case.",
        Operator::StartsWith => "It begins with this text, whatever its marks and case.",
    }
}

fn described(value: Value) -> Schema {
    let string = || ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
    let of_format = |format| string().format(Some(SchemaFormat::KnownFormat(format))).build().into();
    match value {
        Value::Id => of_format(KnownFormat::Uuid),
        Value::Day => of_format(KnownFormat::Date),
        Value::Flag => ObjectBuilder::new().schema_type(SchemaType::Type(Type::Boolean)).build().into(),
        Value::Year => ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::Integer))
            .minimum(Some(1))
            .maximum(Some(9_999))
            .build()
            .into(),
        Value::OneOf(names) => one_of(names()),
        Value::Text | Value::Reference | Value::Slug | Value::Instant | Value::Locale => text(),
    }
}

fn text() -> Schema {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).build().into()
}

fn one_of<T: Into<serde_json::Value>>(names: Vec<T>) -> Schema {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).enum_values(Some(names)).build().into()
}

fn whole(most: Option<f64>) -> Schema {
    let mut schema = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Integer))
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
        .minimum(Some(1));
    if let Some(most) = most {
        schema = schema.maximum(Some(most));
    }
    schema.build().into()
}

fn list_of(value: Schema) -> Schema {
    ArrayBuilder::new().items(RefOr::T(value)).build().into()
}

fn some_of(name: &str, doc: &str, names: Vec<&'static str>) -> Parameter {
    by_comma(query_parameter(name, doc, list_of(one_of(names))))
}

/// `a,b` and not `name=a&name=b`.
fn by_comma(mut parameter: Parameter) -> Parameter {
    parameter.style = Some(ParameterStyle::Form);
    parameter.explode = Some(false);
    parameter
}

/// An optional parameter of the query, for the document.
pub fn query_parameter(name: &str, description: &str, schema: Schema) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}
