//! Whether what content refers to is there.
//!
//! References from a working copy are no foreign keys, since they live in a snapshot and point at
//! many kinds of thing. So they are looked up in the transaction that writes them, one statement per
//! kind, and kept in `item_links`, which is what a delete looks into.

use std::collections::HashSet;

use bantin_domain::{
    content::Link,
    id::Id,
    kind::Kind,
    violation::{Fault, Violations},
    workflow::State,
};
use diesel::{connection::SimpleConnection, prelude::*};
use uuid::Uuid;

use crate::{
    among::AmongExt,
    connection::DbConnection,
    error::StoreError,
    schema::{categories, items, media, organisations, people, tags},
    sql_types::{Key, Name},
    store::{Desk, Tx},
};

/// Notes an `unknown_reference` for each link whose target is not there, or lies in the trash.
///
/// # Errors
/// When the database fails.
pub fn check(desk: &mut Desk<'_>, links: &[Link], faults: &mut Violations) -> Result<(), StoreError> {
    announce(desk)?;
    for kind in [
        Kind::Article,
        Kind::Event,
        Kind::Speech,
        Kind::Page,
        Kind::Person,
        Kind::Organisation,
        Kind::Category,
        Kind::Tag,
        Kind::Media,
    ] {
        let of_kind: Vec<&Link> = links.iter().filter(|link| link.target.kind == kind).collect();
        if of_kind.is_empty() {
            continue;
        }
        let known = known(desk, kind, of_kind.iter().map(|link| Key(Id::new(link.target.id))).collect())?;
        for link in of_kind.into_iter().filter(|link| !known.contains(&link.target.id)) {
            faults.add(&link.pointer, Fault::new("unknown_reference", format!("names no {kind} that exists")));
        }
    }
    Ok(())
}

/// Says to deletes that references are about to be written. On PostgreSQL a delete asks for a lock that
/// this one keeps out, so it waits until the references stand, and then sees them; writers of
/// references do not wait for each other. SQLite has one writer anyway.
fn announce(desk: &mut Desk<'_>) -> Result<(), StoreError> {
    if let DbConnection::Postgres(conn) = &mut *desk.conn {
        conn.batch_execute("LOCK TABLE item_links IN ROW EXCLUSIVE MODE")?;
    }
    Ok(())
}

/// Waits until all references that are being written stand. For whoever deletes what may be referred to.
///
/// # Errors
/// When the database fails.
pub fn settle(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    if let DbConnection::Postgres(conn) = &mut *tx.conn {
        diesel::sql_query("LOCK TABLE item_links IN SHARE MODE").execute(conn)?;
    }
    Ok(())
}

/// Which of these ids exist.
fn known(desk: &mut Desk<'_>, kind: Kind, ids: Vec<Key<()>>) -> Result<HashSet<Uuid>, StoreError> {
    let found = match kind {
        Kind::Article | Kind::Event | Kind::Speech | Kind::Page => items::table
            .filter(items::id.among(ids))
            .filter(items::kind.eq(Name(kind)))
            .filter(items::state.ne(Name(State::Trashed)))
            .select(items::id)
            .load::<Key<()>>(desk.conn)?,
        Kind::Person => people::table.filter(people::id.among(ids)).select(people::id).load(desk.conn)?,
        Kind::Organisation => {
            organisations::table.filter(organisations::id.among(ids)).select(organisations::id).load(desk.conn)?
        }
        Kind::Category => categories::table.filter(categories::id.among(ids)).select(categories::id).load(desk.conn)?,
        Kind::Tag => tags::table.filter(tags::id.among(ids)).select(tags::id).load(desk.conn)?,
        Kind::Media => media::table.filter(media::id.among(ids)).select(media::id).load(desk.conn)?,
        Kind::Site => Vec::new(),
    };
    Ok(found.into_iter().map(|key: Key<()>| key.0.uuid()).collect())
}
