//! What goes out of a revision, and of the difference between two.

use bantin_application::{AppError, Desk, revisions::DeskRevision};
use bantin_domain::{
    body::Block,
    content::{DeskItem, Item},
    diff::{self, BlockDiff, Difference, FieldDiff, Piece},
    kind::Kind,
    named::Named,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    Render,
    blocks::{BlockView, Shown},
    body::BodyFormat,
    desk::{DeskKind, DeskView},
};

/// One save of an item.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Revision)]
pub struct RevisionView {
    /// Counted from 1 for each item, without a gap.
    pub number: i64,
    /// When it was saved.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: String,
    /// Who saved it.
    pub created_by: RevisionAuthorView,
    /// What an editor calls it.
    pub label: Option<String>,
    /// Whether the public copy shows it.
    pub is_public: bool,
}

/// Who saved a revision.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RevisionAuthor)]
pub struct RevisionAuthorView {
    /// The account.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// As it is called today.
    pub name: String,
}

impl RevisionView {
    /// The view of a revision.
    pub fn new(desk: DeskRevision, render: &Render) -> Self {
        let DeskRevision { revision, is_public } = desk;
        Self {
            number: revision.number,
            created_at: render.time(revision.created_at),
            created_by: RevisionAuthorView { id: revision.created_by.id.to_string(), name: revision.created_by.name },
            label: revision.label.map(|label| label.to_string()),
            is_public,
        }
    }
}

/// One save of an item, and what it says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RevisionContent)]
pub struct RevisionContentView {
    /// When it was saved, by whom, what it is called.
    #[serde(flatten)]
    pub revision: RevisionView,
    /// The members that an editor writes, as the desk shows them of the item itself; the text in blocks.
    #[schema(value_type = Object)]
    pub content: Value,
}

impl RevisionContentView {
    /// The view of a revision; `item` is the item as it was written then.
    ///
    /// # Errors
    /// When the database fails.
    pub fn new<C: DeskKind>(
        desk: &mut Desk<'_>,
        revision: DeskRevision,
        item: Item<C>,
        render: &Render,
    ) -> Result<Self, AppError> {
        Ok(Self { revision: RevisionView::new(revision, render), content: members(desk, item, render)? })
    }
}

/// The members of an item that an editor writes, by the names and in the form in which the desk shows them.
///
/// What the desk tells beside them (state, version, what the caller can do) is of today and of the item as
/// a whole, so it is taken out; and so is a speech's place, which is its programme's.
///
/// # Errors
/// When the database fails.
pub fn members<C: DeskKind>(desk: &mut Desk<'_>, item: Item<C>, render: &Render) -> Result<Value, AppError> {
    let shown = DeskItem { item, allowed_actions: Vec::new() };
    let beside = json(&DeskView::new(C::KIND.name(), &shown, render))?;
    let locale = shown.item.content.locale().to_string();
    let views = C::views(desk, vec![shown], BodyFormat::Blocks, render)?;
    let mut members = json(&views.into_iter().next())?;
    if let (Some(members), Some(beside)) = (members.as_object_mut(), beside.as_object()) {
        let is_place = |name: &str| C::KIND == Kind::Speech && name == "order";
        members.retain(|name, _| !is_place(name) && !beside.contains_key(name));
        members.insert("locale".to_owned(), locale.into());
    }
    Ok(members)
}

fn json(view: &impl Serialize) -> Result<Value, AppError> {
    serde_json::to_value(view).map_err(|error| AppError::Internal(error.to_string()))
}

/// How one revision differs from another.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RevisionDiff)]
pub struct DiffView {
    /// The number of the one revision.
    pub from: i64,
    /// The number of the other.
    pub to: i64,
    /// The members in which they differ; empty when they say the same.
    pub fields: Vec<FieldDiffView>,
}

/// One member in which two revisions differ.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
#[schema(as = FieldDiff)]
pub enum FieldDiffView {
    /// It differs as a whole.
    Value {
        /// Its name.
        field: String,
        /// Before.
        #[schema(value_type = Value)]
        from: Value,
        /// After.
        #[schema(value_type = Value)]
        to: Value,
    },
    /// It is plain text and differs in some of its words.
    Text {
        /// Its name.
        field: String,
        /// Before.
        from: Option<String>,
        /// After.
        to: Option<String>,
        /// Both texts: `equal` and `delete` make up `from`, `equal` and `insert` make up `to`.
        pieces: Vec<TextPieceView>,
    },
    /// It is the text of the item and differs in some of its blocks.
    Body {
        /// Its name.
        field: String,
        /// Every block of either text, in the order of the later one.
        blocks: Vec<BlockDiffView>,
    },
}

/// A stretch of plain text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TextPiece)]
pub struct TextPieceView {
    /// `equal`, `insert` or `delete`.
    pub op: String,
    /// Plain text.
    pub text: String,
}

/// A stretch of the HTML of a block.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HtmlPiece)]
pub struct HtmlPieceView {
    /// `equal`, `insert` or `delete`.
    pub op: String,
    /// HTML of which no tag is cut in two, though one may begin in this piece and end in another.
    pub html: String,
}

/// What became of one block.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BlockDiff)]
pub struct BlockDiffView {
    /// `equal`, `insert`, `delete`, `change` or `move`; what moved may have changed too.
    pub op: String,
    /// Its place in the earlier text, from 0.
    pub from: Option<usize>,
    /// Its place in the later text, from 0.
    pub to: Option<usize>,
    /// The block as it is; as it was, where it is gone.
    pub block: BlockView,
    /// The block as it was, where it says something else now.
    pub before: Option<BlockView>,
    /// Its HTML where it says something else now: `equal` and `delete` make up what it was, `equal` and
    /// `insert` what it is.
    pub pieces: Vec<HtmlPieceView>,
}

impl DiffView {
    /// The difference of two revisions, each with its number and its members as the desk shows them, so
    /// that fields have the names and values that clients write. `differences` looks into the texts.
    pub fn new(from: (i64, Value), to: (i64, Value), differences: Vec<FieldDiff>) -> Self {
        let field = |change: diff::FieldChange| {
            let inside = differences.iter().find(|one| one.field == change.field).map(|one| &one.difference);
            match inside {
                Some(Difference::Text { from, to, pieces }) => FieldDiffView::Text {
                    field: change.field,
                    from: from.clone(),
                    to: to.clone(),
                    pieces: pieces.iter().map(TextPieceView::new).collect(),
                },
                Some(Difference::Body(blocks)) => {
                    FieldDiffView::Body { field: change.field, blocks: blocks.iter().map(BlockDiffView::new).collect() }
                }
                Some(Difference::Value { .. }) | None => {
                    FieldDiffView::Value { field: change.field, from: change.from, to: change.to }
                }
            }
        };
        let fields = diff::changed_fields(&from.1, &to.1).into_iter().map(field).collect();
        Self { from: from.0, to: to.0, fields }
    }
}

impl TextPieceView {
    fn new(piece: &Piece) -> Self {
        Self { op: piece.op.to_string(), text: piece.text.clone() }
    }
}

impl HtmlPieceView {
    fn new(piece: &Piece) -> Self {
        Self { op: piece.op.to_string(), html: piece.text.clone() }
    }
}

impl BlockDiffView {
    fn new(diff: &BlockDiff) -> Self {
        let view = |block: &Block| BlockView::new(block, Shown(None));
        Self {
            op: diff.op.to_string(),
            from: diff.from,
            to: diff.to,
            block: view(&diff.block),
            before: diff.before.as_ref().map(view),
            pieces: diff.pieces.iter().map(HtmlPieceView::new).collect(),
        }
    }
}
