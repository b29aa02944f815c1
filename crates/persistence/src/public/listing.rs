//! Lists of what is public, read along an index in its order.
//!
//! A list is sorted by one column and the id, which makes the order total, so that a page neither skips nor
//! repeats. It is read from one of two places:
//!
//! | asked for | read along | by the index |
//! | --- | --- | --- |
//! | nothing, or members of the row | the table | `(locale, column, id)`, `(column, id)` |
//! | what is linked to a target | the links of that target | `(target_id, relation, source_kind, [locale,] sort_at, source_id)` |
//!
//! The query builder writes the conditions. What stands around them is written here, since it cannot say three
//! things: a comparison of rows, `(published_at, id) < (?, ?)`, which an index answers at once where the same
//! with AND and OR reads everything before the place; which table is read first (by CROSS JOIN SQLite is told
//! so, and for PostgreSQL it is a plain join); and conditions that hold with that other table and without.
//! Every name is a literal of this crate, every value is bound, and the same shape is the same statement, so
//! that it stays prepared.

use std::{collections::HashSet, marker::PhantomData};

use bantin_domain::{
    content::Relation,
    id::Id,
    kind::Kind,
    listing::{Between, Cursor, Order, PageRequest, SortKey},
    locale::Locale,
    named::Named,
    time::Timestamp,
};
use diesel::{
    QueryResult,
    dsl::SqlTypeOf,
    expression::AsExpression,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    query_dsl::LoadQuery,
    sql_types::{BigInt, Binary, Nullable, Text},
};
use uuid::Uuid;

use crate::{
    among::AmongExt,
    connection::{DbConnection, MultiBackend},
    error::StoreError,
    prepared::{Kept, KeptExt},
    sql_types::{Day, Instant, Key, sql},
    store::PublicReader,
};

/// A part of a statement: a condition, a column, a value.
pub(crate) type Part = Box<dyn QueryFragment<MultiBackend> + Send>;

/// What a list is sorted by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    /// Its name.
    pub name: &'static str,
    /// Whether the links of the rows are sorted by the same (`public_links.sort_at`).
    pub is_that_of_links: bool,
}

/// A list that is being asked for: see the module.
pub(crate) struct Listing {
    table: &'static str,
    kind: Kind,
    order: Order<Column>,
    links: Vec<(Relation, Key<()>)>,
    is_of_few: bool,
    locale: Option<String>,
    ranges: Vec<(&'static str, Between<Instant>)>,
    conditions: Vec<Part>,
}

impl Listing {
    /// All rows of a table of content of this kind that can be seen now.
    pub(crate) fn of(table: &'static str, kind: Kind, order: Order<Column>) -> Self {
        Self {
            table,
            kind,
            order,
            links: Vec::new(),
            is_of_few: false,
            locale: None,
            ranges: Vec::new(),
            conditions: Vec::new(),
        }
    }

    /// Those that meet a condition on their own columns.
    pub(crate) fn and(&mut self, condition: impl QueryFragment<MultiBackend> + Send + 'static) {
        self.conditions.push(Box::new(condition));
    }

    /// Those that meet a condition which leaves a hundred at most, found by an index of its own: so no link
    /// needs to be read along, and any order is quickly made.
    pub(crate) fn and_few(&mut self, condition: impl QueryFragment<MultiBackend> + Send + 'static) {
        self.is_of_few = true;
        self.and(condition);
    }

    /// Those in a language.
    pub(crate) fn in_language(&mut self, locale: &Locale) {
        self.locale = Some(locale.to_string());
    }

    /// Those with an instant of this column in a range.
    pub(crate) fn between(&mut self, column: &'static str, range: Between<Timestamp>) {
        self.ranges.push((column, Between { from: range.from.map(Instant), until: range.until.map(Instant) }));
    }

    /// Those linked to a target. Of several, the list is read along the first: say the rarest first.
    pub(crate) fn linked(&mut self, relation: Relation, target: Uuid) {
        self.links.push((relation, Key(Id::new(target))));
    }

    /// A page of them, with one row more than it has for who cuts it out ([`bantin_domain::listing::Slice`]), and
    /// how many there are in all where that is asked for.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) fn load<ST, R>(
        &self,
        reader: &mut PublicReader<'_>,
        columns: Columns<ST>,
        page: &PageRequest,
    ) -> Result<(Vec<R>, Option<u64>), StoreError>
    where
        for<'l> Kept<Statement<'l, ST>>: LoadQuery<'l, DbConnection, R>,
        ST: 'static,
    {
        let total = match page.count {
            true => Some(self.count(reader)?),
            false => None,
        };
        let statement = self.statement(columns, page, seen_at(reader));
        Ok((statement.kept().load::<R>(reader.conn()?)?, total))
    }

    /// The same page of a connection that is in no transaction ([`PublicReader::at_once`]); it is not counted.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) fn load_from<ST, R>(
        &self,
        conn: &mut DbConnection,
        columns: Columns<ST>,
        page: &PageRequest,
        now: Timestamp,
    ) -> Result<Vec<R>, StoreError>
    where
        for<'l> Kept<Statement<'l, ST>>: LoadQuery<'l, DbConnection, R>,
        ST: 'static,
    {
        Ok(self.statement(columns, page, Instant(now)).kept().load::<R>(conn)?)
    }

    fn statement<ST>(&self, columns: Columns<ST>, page: &PageRequest, seen_at: Instant) -> Statement<'_, ST> {
        let asked = Asked::Rows(Rows {
            columns: columns.part,
            beyond: page.cursor().map(place),
            descending: self.order.descending != page.is_backwards(),
            limit: i64::from(page.limit) + 1,
            offset: i64::from(page.offset().unwrap_or(0)),
        });
        Statement { list: self, seen_at, asked, of: columns.of }
    }

    fn count(&self, reader: &mut PublicReader<'_>) -> Result<u64, StoreError> {
        let of = PhantomData::<BigInt>;
        let statement = Statement { list: self, seen_at: seen_at(reader), asked: Asked::Number, of };
        Ok(statement.kept().get_result::<i64>(reader.conn()?)?.unsigned_abs())
    }

    /// Those of these rows that the list has.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) fn fitting<T, C>(
        mut self,
        reader: &mut PublicReader<'_>,
        id: C,
        ids: &[Id<T>],
    ) -> Result<HashSet<Id<T>>, StoreError>
    where
        T: 'static,
        C: Expression<SqlType = sql::Identity> + QueryFragment<MultiBackend> + Copy + Send + 'static,
    {
        self.and_few(id.among(ids.iter().copied().map(Key)));
        let (fitting, _) = self.load::<_, Key<T>>(reader, column(id), &PageRequest::all(ids.len()))?;
        Ok(fitting.into_iter().map(|id| id.0).collect())
    }

    /// Whether the rows are found through the links of the first target.
    fn is_along_links(&self) -> bool {
        !self.links.is_empty() && self.order.by.is_that_of_links && !self.is_of_few
    }
}

fn seen_at(reader: &PublicReader<'_>) -> Instant {
    Instant(reader.now())
}

/// The place of a row in the order, as values with their types.
fn place(cursor: &Cursor) -> [(Part, &'static str); 2] {
    let key: (Part, _) = match &cursor.key {
        SortKey::Instant(at) => (Box::new(AsExpression::<sql::Instant>::as_expression(Instant(*at))), "timestamptz"),
        SortKey::Day(day) => (Box::new(AsExpression::<sql::Day>::as_expression(Day(*day))), "date"),
        SortKey::Bytes(bytes) => (Box::new(AsExpression::<Binary>::as_expression(bytes.clone())), "bytea"),
        SortKey::Number(number) => (Box::new(AsExpression::<BigInt>::as_expression(*number)), "bigint"),
    };
    let id: Key<()> = Key(Id::new(cursor.id));
    [key, (Box::new(AsExpression::<sql::Identity>::as_expression(id)), "uuid")]
}

/// A list on its way to the database, and of which SQL types its rows are: what knows them is read by its place,
/// while each member of each row would else be looked for by its name.
pub(crate) struct Statement<'l, ST> {
    list: &'l Listing,
    seen_at: Instant,
    asked: Asked,
    of: PhantomData<ST>,
}

/// What is asked of a list.
enum Asked {
    /// How many rows it has.
    Number,
    /// A page of them.
    Rows(Rows),
}

struct Rows {
    columns: Part,
    beyond: Option<[(Part, &'static str); 2]>,
    descending: bool,
    limit: i64,
    offset: i64,
}

impl<ST> Statement<'_, ST> {
    /// `FROM ... WHERE ...`.
    fn write_from<'b>(&'b self, out: &mut AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        let (list, table) = (self.list, self.list.table);
        let mut others = list.links.iter();
        let mut languages = table;
        if list.is_along_links()
            && let Some((relation, target)) = others.next()
        {
            languages = "public_links";
            let (relation, kind) = (relation.name(), list.kind.name());
            out.push_sql(&format!(
                " FROM public_links CROSS JOIN {table} WHERE {table}.id = public_links.source_id AND \
                 public_links.relation = '{relation}' AND public_links.source_kind = '{kind}' AND public_links.target_id = "
            ));
            out.push_bind_param::<sql::Identity, _>(target)?;
            out.push_sql(" AND ");
        } else {
            out.push_sql(&format!(" FROM {table} WHERE "));
        }
        out.push_sql(&format!("{table}.visible_from <= "));
        self.write_unseen(out, "timestamptz", |out| out.push_bind_param::<sql::Instant, _>(&self.seen_at))?;
        out.push_sql(&format!(" AND {table}.visible_until > "));
        self.write_unseen(out, "timestamptz", |out| out.push_bind_param::<sql::Instant, _>(&self.seen_at))?;
        if let Some(locale) = &list.locale {
            out.push_sql(&format!(" AND {} = ", self.unindexed_if_few(format!("{languages}.locale"))));
            out.push_bind_param::<Text, _>(locale)?;
        }
        for (column, range) in &list.ranges {
            let place = match *column == list.order.by.name {
                true => self.sorted_by().0,
                false => self.unindexed_if_few(format!("{table}.{column}")),
            };
            for (comparison, end) in [(">=", &range.from), ("<", &range.until)] {
                if let Some(end) = end {
                    out.push_sql(&format!(" AND {place} {comparison} "));
                    out.push_bind_param::<sql::Instant, _>(end)?;
                }
            }
        }
        for condition in &list.conditions {
            out.push_sql(" AND (");
            condition.walk_ast(out.reborrow())?;
            out.push_sql(")");
        }
        // By the links of the one row at hand, of which there are few; never by those of the target.
        for (relation, target) in others {
            out.push_sql(" AND ");
            out.push_bind_param::<sql::Identity, _>(target)?;
            out.push_sql(&format!(
                " IN (SELECT own.target_id FROM public_links own WHERE own.source_id = {table}.id AND own.relation = '{}')",
                relation.name()
            ));
        }
        Ok(())
    }

    /// Writes a value so that one plan is made for all of its kind ([`unseen_by_planner`]). Not beside a range: how much
    /// that leaves must be seen, since of what looks like little PostgreSQL would rather read and sort all.
    fn write_unseen<'b>(
        &self,
        out: &mut AstPass<'_, 'b, MultiBackend>,
        of: &str,
        value: impl FnOnce(&mut AstPass<'_, 'b, MultiBackend>) -> QueryResult<()>,
    ) -> QueryResult<()> {
        if self.list.ranges.is_empty() { unseen_by_planner(out, of, value) } else { value(out) }
    }

    /// What the list is sorted by: the column and the id.
    fn sorted_by(&self) -> (String, String) {
        match self.list.is_along_links() {
            true => ("public_links.sort_at".to_owned(), "public_links.source_id".to_owned()),
            false => {
                let table = self.list.table;
                (self.unindexed_if_few(format!("{table}.{}", self.list.order.by.name)), format!("{table}.id"))
            }
        }
    }

    /// A column; of a list of few, in a form that no index is of. SQLite, which knows nothing of its tables
    /// unless it is told to look, would rather read a whole language in order than sort a hundred rows.
    fn unindexed_if_few(&self, column: String) -> String {
        if self.list.is_of_few { format!("coalesce({column}, {column})") } else { column }
    }
}

/// How many rows are asked for, the next of these: the few that a page has less are read and thrown away. As a literal,
/// and not as a value, for the reason that [`unseen_by_planner`] tells; and few, since each is a statement of its own.
const LIMITS: [i64; 4] = [11, 21, 51, 101];

/// Writes a value of this type so that PostgreSQL does not see it when it plans: `(SELECT $1::date)`.
///
/// A prepared statement is planned once and for all only if that plan looks no dearer than those for the values at
/// hand. Here it always would: what can be seen now is nearly everything, and PostgreSQL takes it for a ninth as long
/// as it does not know when "now" is. The plan was the same each time, and making it took longer than running it.
pub(super) fn unseen_by_planner<'b>(
    out: &mut AstPass<'_, 'b, MultiBackend>,
    of: &str,
    value: impl FnOnce(&mut AstPass<'_, 'b, MultiBackend>) -> QueryResult<()>,
) -> QueryResult<()> {
    if matches!(out.backend(), MultiBackend::Sqlite(_)) {
        return value(out);
    }
    out.push_sql("(SELECT ");
    value(out)?;
    out.push_sql(&format!("::{of})"));
    Ok(())
}

impl<ST> QueryFragment<MultiBackend> for Statement<'_, ST> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.push_sql("SELECT ");
        let Asked::Rows(rows) = &self.asked else {
            out.push_sql("count(*)");
            return self.write_from(&mut out);
        };
        rows.columns.walk_ast(out.reborrow())?;
        let (column, id) = self.sorted_by();
        let direction = if rows.descending { "DESC" } else { "ASC" };
        // A page by its number skips rows. PostgreSQL would read each of them whole, so there the page is found along the
        // index first. Of what SQLite skips it reads no more than that anyway.
        let skips = rows.offset > 0 && matches!(out.backend(), MultiBackend::Postgres(_));
        if skips {
            let table = self.list.table;
            out.push_sql(&format!(" FROM {table} JOIN (SELECT {id} AS id, {column} AS place"));
        }
        self.write_from(&mut out)?;
        if let Some([(key, key_type), (row, row_type)]) = &rows.beyond {
            let comparison = if rows.descending { "<" } else { ">" };
            out.push_sql(&format!(" AND ({column}, {id}) {comparison} ("));
            self.write_unseen(&mut out, key_type, |out| key.walk_ast(out.reborrow()))?;
            out.push_sql(", ");
            self.write_unseen(&mut out, row_type, |out| row.walk_ast(out.reborrow()))?;
            out.push_sql(")");
        }
        out.push_sql(&format!(" ORDER BY {column} {direction}, {id} {direction} LIMIT "));
        match LIMITS.iter().find(|limit| **limit >= rows.limit) {
            Some(limit) => out.push_sql(&limit.to_string()),
            None => out.push_bind_param::<BigInt, _>(&rows.limit)?,
        }
        if rows.offset > 0 {
            out.push_sql(" OFFSET ");
            out.push_bind_param::<BigInt, _>(&rows.offset)?;
        }
        if skips {
            let table = self.list.table;
            out.push_sql(&format!(
                ") page ON page.id = {table}.id ORDER BY page.place {direction}, page.id {direction}"
            ));
        }
        Ok(())
    }
}

impl<ST> QueryId for Statement<'_, ST> {
    type QueryId = ();
    // Statements of this type differ: diesel is to know them by their text.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<ST> Query for Statement<'_, ST> {
    type SqlType = ST;
}

impl<ST> RunQueryDsl<DbConnection> for Statement<'_, ST> {}

/// What is wanted of each row.
pub(crate) struct Columns<ST> {
    part: Part,
    of: PhantomData<ST>,
}

/// One column.
pub(crate) fn column<C>(column: C) -> Columns<C::SqlType>
where
    C: Expression + QueryFragment<MultiBackend> + Send + 'static,
{
    Columns { part: Box::new(column), of: PhantomData }
}

/// The columns of a row, and its text (`body`) where that is wanted.
pub(crate) fn columns<R, B>(body: Option<B>) -> Columns<(SqlTypeOf<R::SelectExpression>, Nullable<sql::Document>)>
where
    R: Selectable<MultiBackend>,
    R::SelectExpression: QueryFragment<MultiBackend> + Send + 'static,
    B: QueryFragment<MultiBackend> + Send + 'static,
{
    Columns { part: Box::new(WithBody { row: R::construct_selection(), body }), of: PhantomData }
}

/// These, and the version of the tree of sections: see `categories::remembered`.
pub(crate) fn and_tree<ST>(columns: Columns<ST>) -> Columns<(ST, BigInt)> {
    Columns { part: Box::new(WithTree(columns.part)), of: PhantomData }
}

struct WithTree(Part);

impl QueryFragment<MultiBackend> for WithTree {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(", (SELECT version FROM category_tree)");
        Ok(())
    }
}

struct WithBody<A, B> {
    row: A,
    body: Option<B>,
}

impl<A: QueryFragment<MultiBackend>, B: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for WithBody<A, B> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        self.row.walk_ast(out.reborrow())?;
        out.push_sql(", ");
        match &self.body {
            Some(body) => body.walk_ast(out),
            None => {
                out.push_sql("NULL AS body");
                Ok(())
            }
        }
    }
}
