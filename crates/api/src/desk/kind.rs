//! What the desk must know of a kind of content.

use bantin_application::{Act, AppError, Desk, Precondition, PublicContent, content::Birth, workflow::Step};
use bantin_domain::{content::DeskItem, id::Id, violation::Warning};
use serde::{Serialize, de::DeserializeOwned};
use utoipa::ToSchema;

use crate::{Render, body::BodyFormat, problem::Problem};

/// What a create says, parsed: its birth, its members, and what the sanitizer took out.
pub type NewItem<C> = (Birth<C>, <C as DeskKind>::Parsed, Vec<Warning>);

/// A kind of content, as the desk writes and shows it.
pub trait DeskKind: PublicContent {
    /// The name of its collection in addresses.
    const COLLECTION: &'static str;
    /// What its items may take along with a step of the workflow.
    const ALONG: &'static [&'static str];
    /// What comes in.
    type Write: DeserializeOwned + Send + 'static;
    /// The same, parsed.
    type Parsed: Send + 'static;
    /// What goes out.
    type View: Serialize + ToSchema + Send + 'static;

    /// Parses what a create says.
    ///
    /// # Errors
    /// 422 with each fault.
    fn parse(write: Self::Write) -> Result<NewItem<Self>, Problem>;

    /// Parses what a patch says, which can name neither an id nor a translation group.
    ///
    /// # Errors
    /// 422 with each fault.
    fn parse_patch(write: Self::Write) -> Result<(Self::Parsed, Vec<Warning>), Problem>;

    /// Makes an item.
    ///
    /// # Errors
    /// Those of the use case.
    fn create(act: &mut Act<'_, '_>, birth: Birth<Self>, write: Self::Parsed) -> Result<DeskItem<Self>, AppError>;

    /// Changes one.
    ///
    /// # Errors
    /// Those of the use case.
    fn edit(
        act: &mut Act<'_, '_>,
        id: Id<Self>,
        precondition: Precondition,
        write: Self::Parsed,
    ) -> Result<DeskItem<Self>, AppError>;

    /// Takes a step of the workflow with one, and with what it takes along.
    ///
    /// # Errors
    /// Those of the use case.
    fn take_step(
        act: &mut Act<'_, '_>,
        id: Id<Self>,
        version: i64,
        step: &Step,
        with: &[String],
    ) -> Result<DeskItem<Self>, AppError>;

    /// Shows items, with what their texts show, in a constant number of statements.
    ///
    /// # Errors
    /// When the database fails.
    fn views(
        desk: &mut Desk<'_>,
        items: Vec<DeskItem<Self>>,
        format: BodyFormat,
        render: &Render,
    ) -> Result<Vec<Self::View>, AppError>;
}
