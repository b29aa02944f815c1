//! What the desk asks of a list, as conditions on the table of items.

use bantin_domain::{
    content::Relation,
    criteria::{Criteria, Criterion, ItemField, Test},
    event::When,
    kind::{Kind, Ref},
    listing::Between,
    named::Named,
    text::folded_text,
    time::{Date, Timestamp},
    workflow::State,
};
use diesel::sql_types::Text;

use crate::{
    sql_types::{Day, Instant, Key, Name, sql},
    written::Written,
};

/// As of when, and of which kind of content, is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub kind: Kind,
    pub now: Timestamp,
    pub today: Date,
    /// Whether every item of the kind stands where it is written to stand: no instant has passed that would move
    /// it on and that nobody has settled.
    pub is_settled: bool,
}

impl Asked {
    /// Whether an item meets all conditions, and all of one of the groups where there are groups.
    pub(super) fn meets(self, criteria: &Criteria) -> Written {
        let mut out = Written::new("(1 = 1");
        for one in &criteria.all {
            out.words(" AND ");
            self.criterion(&mut out, one);
        }
        if !criteria.any.is_empty() {
            out.words(" AND (");
            out.list(&criteria.any, " OR ", |out, group| {
                out.words("(");
                out.list(group, " AND ", |out, one| self.criterion(out, one)).words(")");
            });
            out.words(")");
        }
        out.words(")");
        out
    }

    fn criterion(self, out: &mut Written, one: &Criterion) {
        out.words(if one.holds { "(" } else { "((" });
        self.test(out, one.field, &one.test);
        // And not NOT, which of a value that is missing says neither yes nor no.
        out.words(if one.holds { ")" } else { ") IS NOT TRUE)" });
    }

    fn test(self, out: &mut Written, field: ItemField, test: &Test) {
        match (field, test) {
            (ItemField::State, Test::Named(names)) => {
                out.list(names, " OR ", |out, name| self.state(out, name));
            }
            (ItemField::When, Test::Named(names)) => {
                out.list(names.iter().filter_map(|name| When::from_name(name)), " OR ", |out, when| {
                    let (begins, ends) = when.days(self.today);
                    days(out.words("("), "items.starts_on", &[begins]);
                    days(out.words(" AND "), "items.ends_on", &[ends]);
                    out.words(")");
                });
            }
            (ItemField::Public, Test::True) => {
                self.is_seen(out);
                out.words(")");
            }
            (ItemField::Featured, Test::True) if self.kind == Kind::Article => {
                self.is_seen(out);
                out.words(" AND seen.featured_until > ").value::<sql::Instant, _>(Instant(self.now)).words(")");
            }
            (ItemField::Title, Test::Contains(text)) => like(out, "items.title_folded", text, true),
            (ItemField::Title, Test::StartsWith(text)) => like(out, "items.title_folded", text, false),
            (ItemField::Slug, Test::Contains(text)) => like(out, "items.slug", text, true),
            (ItemField::Slug, Test::StartsWith(text)) => like(out, "items.slug", text, false),
            (ItemField::Category, Test::Referring(sections)) => {
                out.words("items.category_id IN (WITH RECURSIVE below (id) AS (SELECT id FROM categories WHERE ");
                refers(out, "id", Kind::Category, sections);
                out.words(
                    " UNION SELECT section.id FROM categories section JOIN below ON section.parent_id = below.id) \
                     SELECT id FROM below)",
                );
            }
            (ItemField::Person, Test::Referring(people)) if self.kind == Kind::Event => {
                out.words(
                    "items.id IN (SELECT talk.parent_id FROM items talk JOIN item_links link ON link.item_id = talk.id \
                     WHERE talk.kind = 'speech' AND talk.state <> 'trashed' \
                     AND link.relation IN ('speaker', 'coSpeaker') AND ",
                );
                refers(out, "link.target_id", Kind::Person, people);
                out.words(")");
            }
            (_, test) => match (column(self.kind, field), links(self.kind, field)) {
                (Some(column), _) => value(out, column, resource(field), test),
                (None, Some(relations)) => linked(out, relations, resource(field), test),
                (None, None) => {
                    out.words("1 = 0");
                }
            },
        }
    }

    /// Where the working copy stands now. Time may have moved it on since that was written down, as it is said of
    /// an item that is read; which hardly ever is so, and an index knows only what is written.
    fn state(self, out: &mut Written, name: &str) {
        let now = Instant(self.now);
        match State::from_name(name) {
            Some(state) if self.is_settled => out.words("items.state = ").value::<sql::Named, _>(Name(state)),
            Some(State::Draft) => out
                .words(
                    "items.state = 'draft' OR (items.state IN ('scheduled', 'published') AND items.visible_until <= ",
                )
                .value::<sql::Instant, _>(now)
                .words(")"),
            Some(State::Scheduled) => out
                .words("(items.state = 'scheduled' AND items.visible_from > ")
                .value::<sql::Instant, _>(now)
                .words(" AND items.visible_until > ")
                .value::<sql::Instant, _>(now)
                .words(")"),
            Some(State::Published) => out
                .words("(items.visible_until > ")
                .value::<sql::Instant, _>(now)
                .words(" AND (items.state = 'published' OR (items.state = 'scheduled' AND items.visible_from <= ")
                .value::<sql::Instant, _>(now)
                .words(")))"),
            Some(state) => out.words("items.state = ").value::<sql::Named, _>(Name(state)),
            None => out.words("1 = 0"),
        };
    }

    /// Whether the public sees it now. Open at the end, for what more is asked of what it sees.
    fn is_seen(self, out: &mut Written) {
        out.words("EXISTS (SELECT 1 FROM ")
            .words(match self.kind {
                Kind::Event => "public_events",
                Kind::Speech => "public_speeches",
                Kind::Page => "public_pages",
                _ => "public_articles",
            })
            .words(" seen WHERE seen.id = items.id AND seen.visible_from <= ")
            .value::<sql::Instant, _>(Instant(self.now))
            .words(" AND seen.visible_until > ")
            .value::<sql::Instant, _>(Instant(self.now));
    }
}

/// The column that holds a field.
fn column(kind: Kind, field: ItemField) -> Option<&'static str> {
    Some(match field {
        ItemField::Id => "items.id",
        ItemField::Slug => "items.slug",
        ItemField::Title => "items.title",
        ItemField::Locale => "items.locale",
        ItemField::Assignee => "items.assignee_id",
        ItemField::CreatedBy => "items.created_by",
        ItemField::Category => "items.category_id",
        ItemField::Parent => "items.parent_id",
        ItemField::Event if kind == Kind::Speech => "items.parent_id",
        ItemField::Kind => "items.form",
        ItemField::Status => "items.status",
        ItemField::StartsOn => "items.starts_on",
        ItemField::EndsOn => "items.ends_on",
        ItemField::PublishedAt | ItemField::Year => "items.published_at",
        ItemField::CreatedAt => "items.created_at",
        ItemField::UpdatedAt => "items.updated_at",
        ItemField::State
        | ItemField::Public
        | ItemField::Featured
        | ItemField::Tag
        | ItemField::Author
        | ItemField::Event
        | ItemField::Person
        | ItemField::Organisation
        | ItemField::When => return None,
    })
}

/// The links of a working copy that are a field.
fn links(kind: Kind, field: ItemField) -> Option<&'static [Relation]> {
    match (kind, field) {
        (Kind::Article, ItemField::Tag) => Some(&[Relation::Tag]),
        (Kind::Article, ItemField::Author) => Some(&[Relation::Author]),
        (Kind::Article, ItemField::Event) => Some(&[Relation::Event]),
        (Kind::Event, ItemField::Organisation) => Some(&[Relation::Organiser]),
        (Kind::Speech, ItemField::Organisation) => Some(&[Relation::Organisation]),
        (Kind::Speech, ItemField::Person) => Some(&[Relation::Speaker, Relation::CoSpeaker]),
        _ => None,
    }
}

/// The kind of resource whose slugs a field takes. Users have none, and content none that would not be its own.
fn resource(field: ItemField) -> Kind {
    match field {
        ItemField::Tag => Kind::Tag,
        ItemField::Author | ItemField::Person => Kind::Person,
        ItemField::Organisation => Kind::Organisation,
        ItemField::Category => Kind::Category,
        ItemField::Parent => Kind::Page,
        _ => Kind::Event,
    }
}

/// A test of one value.
fn value(out: &mut Written, column: &'static str, resource: Kind, test: &Test) {
    match test {
        Test::Named(names) => {
            out.words(column).words(" IN (");
            out.list(names, ", ", |out, name| {
                out.value::<Text, _>(name.clone());
            });
            out.words(")");
        }
        Test::Referring(targets) => refers(out, column, resource, targets),
        Test::Instants(ranges) => instants(out, column, ranges),
        Test::Days(ranges) => days(out, column, ranges),
        Test::Missing => {
            out.words(column).words(" IS NULL");
        }
        Test::Contains(_) | Test::StartsWith(_) | Test::True => {
            out.words("1 = 0");
        }
    }
}

/// A test of values that stand in links: one of them meets it.
fn linked(out: &mut Written, relations: &'static [Relation], resource: Kind, test: &Test) {
    let is_missing = matches!(test, Test::Missing);
    out.words(if is_missing { "items.id NOT IN (" } else { "items.id IN (" });
    out.words("SELECT link.item_id FROM item_links link WHERE link.relation IN (");
    out.list(relations, ", ", |out, relation| {
        out.value::<sql::Named, _>(Name(*relation));
    });
    out.words(")");
    if !is_missing {
        out.words(" AND ");
        value(out, "link.target_id", resource, test);
    }
    out.words(")");
}

/// Whether a column names one of these resources. A slug leads to whom it ever belonged.
fn refers(out: &mut Written, column: &'static str, kind: Kind, targets: &[Ref<()>]) {
    out.words("(");
    out.list(targets, " OR ", |out, target| {
        match target {
            Ref::Id(id) => out.words(column).words(" = ").value::<sql::Identity, _>(Key(*id)),
            Ref::Slug(slug) => out
                .words(column)
                .words(" = (SELECT slugs.resource_id FROM slugs WHERE slugs.kind = ")
                .value::<sql::Named, _>(Name(kind))
                .words(" AND slugs.slug = ")
                .value::<Text, _>(slug.to_string())
                .words(")"),
        };
    });
    out.words(")");
}

fn instants(out: &mut Written, column: &'static str, ranges: &[Between<Timestamp>]) {
    within(out, column, ranges, |out, at| {
        out.value::<sql::Instant, _>(Instant(at));
    });
}

fn days(out: &mut Written, column: &'static str, ranges: &[Between<Date>]) {
    within(out, column, ranges, |out, day| {
        out.value::<sql::Day, _>(Day(day));
    });
}

fn within<T: Copy>(out: &mut Written, column: &'static str, ranges: &[Between<T>], bind: impl Fn(&mut Written, T)) {
    out.words("(");
    out.list(ranges, " OR ", |out, range| {
        out.words("(").words(column).words(" IS NOT NULL");
        for (comparison, end) in [(" >= ", range.from), (" < ", range.until)] {
            if let Some(end) = end {
                out.words(" AND ").words(column).words(comparison);
                bind(out, end);
            }
        }
        out.words(")");
    });
    out.words(")");
}

/// Whether a text stands in a column of folded text, or at its beginning. The signs of the pattern mean themselves.
fn like(out: &mut Written, column: &'static str, text: &str, anywhere: bool) {
    let mut pattern = String::from(if anywhere { "%" } else { "" });
    for letter in folded_text(text).chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    out.words(column).words(" LIKE ").value::<Text, _>(pattern).words(" ESCAPE '\\'");
}
