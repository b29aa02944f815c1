//! One article with all that it shows, in one statement.

use bantin_domain::{
    article::{Article, PublishedArticle},
    body::Body,
    kind::Ref,
    locale::Locale,
    text::Slug,
};
use diesel::{
    QueryResult,
    dsl::SqlTypeOf,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Nullable, Text},
};

use super::{ArticleParts, ArticleRow, ListedRow, Shown, published};
use crate::{
    categories,
    connection::{DbConnection, MultiBackend},
    error::StoreError,
    prepared::KeptExt,
    public::{
        gathered::{self, MediaLine, NamedLine, Spelling, TranslationLine},
        relations::{self, BySource},
    },
    sql_types::{Instant, Json, Key, Storable, sql},
    store::PublicReader,
};

/// The article that a reference names, where it can be seen, is in this language where one is asked for, and the
/// sections are the remembered ones: nearly always. Else none, and who asks must ask step by step.
///
/// # Errors
/// When the database fails.
pub(super) fn find_at_once(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Article>,
    locale: Option<&Locale>,
    parts: ArticleParts,
) -> Result<Option<PublishedArticle>, StoreError> {
    let Some((version, sections)) = categories::remembered(reader) else { return Ok(None) };
    let of = match reference {
        Ref::Id(id) => Of::Id(Key(*id)),
        Ref::Slug(slug) => Of::Slug(slug),
    };
    let asked = Whole {
        row: <ArticleRow as Selectable<MultiBackend>>::construct_selection(),
        of,
        parts,
        now: Instant(reader.now()),
    };
    reader.at_once(|conn| {
        let Some(found) = asked.kept().load::<WholeRow>(conn)?.pop() else { return Ok(None) };
        let (row, body, named, media, translations, of_sections) = found;
        if of_sections != version || locale.is_some_and(|locale| locale.as_str() != row.locale) {
            return Ok(None);
        }
        let id = row.id.0.uuid();
        let named = lines(named).into_iter().map(|line: NamedLine| line.of(id)).collect();
        let mut shown = Shown {
            sections: &sections,
            named: relations::things(named)?,
            media: BySource::from([(id, gathered::media_of(lines(media))?)]),
            translations: BySource::from([(row.group_id.0.uuid(), gathered::translations_of(lines(translations)))]),
        };
        published(ListedRow { article: row, body }, &mut shown).map(Some)
    })
}

fn lines<T: Storable>(column: Option<Json<Vec<T>>>) -> Vec<T>
where
    Vec<T>: Storable,
{
    column.map(|Json(lines)| lines).unwrap_or_default()
}

/// Its row, its text, what it refers to that has a name, its media, its translations, and the version of the sections.
type WholeRow = (
    ArticleRow,
    Option<Json<Body>>,
    Option<Json<Vec<NamedLine>>>,
    Option<Json<Vec<MediaLine>>>,
    Option<Json<Vec<TranslationLine>>>,
    i64,
);

type Selection = <ArticleRow as Selectable<MultiBackend>>::SelectExpression;

/// The statement.
struct Whole<'a> {
    row: Selection,
    of: Of<'a>,
    parts: ArticleParts,
    now: Instant,
}

enum Of<'a> {
    Id(Key<Article>),
    Slug(&'a Slug),
}

impl QueryFragment<MultiBackend> for Whole<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        const SOURCE: &str = "public_articles.id";
        let spelling = Spelling::of(out.backend());
        let translations = match self.parts.translations {
            true => gathered::translations_column(spelling, "public_articles"),
            false => "NULL".to_owned(),
        };
        out.push_sql("SELECT ");
        self.row.walk_ast(out.reborrow())?;
        out.push_sql(if self.parts.body { ", public_articles.body" } else { ", NULL" });
        for column in [
            gathered::named_column(spelling, SOURCE, &self.parts.named()),
            gathered::media_column(spelling, SOURCE, self.parts.media()),
            translations,
        ] {
            out.push_sql(", ");
            gathered::write(&mut out, &column, &self.now)?;
        }
        out.push_sql(", (SELECT version FROM category_tree) FROM public_articles WHERE ");
        gathered::write(&mut out, "visible_from <= {now} AND visible_until > {now} AND ", &self.now)?;
        match &self.of {
            Of::Id(id) => {
                out.push_sql("id = ");
                out.push_bind_param::<sql::Identity, _>(id)
            }
            Of::Slug(slug) => {
                out.push_sql("slug = ");
                out.push_bind_param::<Text, _>(slug.as_str())
            }
        }
    }
}

impl QueryId for Whole<'_> {
    type QueryId = ();
    // What is written differs with the parts.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Whole<'_> {
    type SqlType = (
        SqlTypeOf<Selection>,
        Nullable<sql::Document>,
        Nullable<sql::Document>,
        Nullable<sql::Document>,
        Nullable<sql::Document>,
        BigInt,
    );
}

impl RunQueryDsl<DbConnection> for Whole<'_> {}
