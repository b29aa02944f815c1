//! What can be done with the directory in a batch: each kind is a row of functions.

use bantin_application::{Act, AppError, Precondition, categories, organisations, people, tags};
use bantin_domain::{category::Category, id::Id, organisation::Organisation, person::Person, policy::Actor, tag::Tag};
use serde::{Serialize, de::DeserializeOwned};

use super::prepare::{Operation, Prepared, prepared};
use crate::{
    Render,
    batch::write::Method,
    categories::{view::DeskCategoryView, write::CategoryWrite},
    organisations::{view::DeskOrganisationView, write::OrganisationWrite},
    people::{view::DeskPersonView, write::PersonWrite},
    problem::Problem,
    reply::{Created, Desk, NoContent},
    tags::{view::DeskTagView, write::TagWrite},
};

/// A kind of the directory: what comes in (`W`), what it says (`C`), what it makes (`T`), what goes out (`V`).
struct Entries<W, C, T, V> {
    collection: &'static str,
    parse: fn(W) -> Result<C, Problem>,
    create: fn(&mut Act<'_, '_>, C) -> Result<T, AppError>,
    edit: fn(&mut Act<'_, '_>, Id<T>, Precondition, C) -> Result<T, AppError>,
    delete: fn(&mut Act<'_, '_>, Id<T>, i64) -> Result<(), AppError>,
    stands: fn(&T) -> (Id<T>, i64),
    view: fn(T, &Actor, &Render) -> V,
}

/// Prepares an operation on sections.
pub fn category(operation: Operation, rest: &[&str]) -> Result<Prepared, Problem> {
    let entries = Entries {
        collection: "categories",
        parse: CategoryWrite::parse,
        create: categories::create,
        edit: categories::edit,
        delete: categories::delete,
        stands: |one: &Category| (one.id, one.version),
        view: DeskCategoryView::new,
    };
    entries.prepare(operation, rest)
}

/// Prepares an operation on tags.
pub fn tag(operation: Operation, rest: &[&str]) -> Result<Prepared, Problem> {
    let entries = Entries {
        collection: "tags",
        parse: TagWrite::parse,
        create: tags::create,
        edit: tags::edit,
        delete: tags::delete,
        stands: |one: &Tag| (one.id, one.version),
        view: DeskTagView::new,
    };
    entries.prepare(operation, rest)
}

/// Prepares an operation on people.
pub fn person(operation: Operation, rest: &[&str]) -> Result<Prepared, Problem> {
    let entries = Entries {
        collection: "people",
        parse: PersonWrite::parse,
        create: people::create,
        edit: people::edit,
        delete: people::delete,
        stands: |one: &Person| (one.id, one.version),
        view: DeskPersonView::new,
    };
    entries.prepare(operation, rest)
}

/// Prepares an operation on organisations.
pub fn organisation(operation: Operation, rest: &[&str]) -> Result<Prepared, Problem> {
    let entries = Entries {
        collection: "organisations",
        parse: OrganisationWrite::parse,
        create: organisations::create,
        edit: organisations::edit,
        delete: organisations::delete,
        stands: |one: &Organisation| (one.id, one.version),
        view: DeskOrganisationView::new,
    };
    entries.prepare(operation, rest)
}

impl<W, C, T, V> Entries<W, C, T, V>
where
    W: DeserializeOwned + 'static,
    C: Send + 'static,
    T: 'static,
    V: Serialize + Send + 'static,
{
    fn prepare(self, operation: Operation, rest: &[&str]) -> Result<Prepared, Problem> {
        let Self { collection, parse, create, edit, delete, stands, view } = self;
        match (operation.method, rest) {
            (Method::Post, []) => {
                operation.no_query()?;
                let changes = parse(operation.document()?)?;
                Ok(prepared(move |act, render| {
                    let made = create(act, changes)?;
                    let (id, version) = stands(&made);
                    let at = render.address(&format!("editorial/{collection}"), &id.to_string());
                    Ok(Created::at(at, view(made, &act.actor, render), version))
                }))
            }
            (Method::Patch, [id]) => {
                let (id, precondition) = (Operation::id(id)?, operation.precondition()?);
                let changes = parse(operation.document()?)?;
                Ok(prepared(move |act, render| {
                    let edited = edit(act, id, precondition, changes)?;
                    let (_, version) = stands(&edited);
                    Ok(Desk::one(view(edited, &act.actor, render), version))
                }))
            }
            (Method::Delete, [id]) => {
                operation.no_query()?;
                let (id, version) = (Operation::id(id)?, operation.version()?);
                Ok(prepared(move |act, _| {
                    delete(act, id, version.0)?;
                    Ok(NoContent)
                }))
            }
            _ => Err(operation.unknown()),
        }
    }
}
