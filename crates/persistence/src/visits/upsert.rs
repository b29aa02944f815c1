//! Adding rows, or to rows that are there.
//!
//! `ON CONFLICT` is one of the few things that each database must be asked for in its own way, and on
//! PostgreSQL many rows must go in one statement: one by one, each would be a trip to the server.

use diesel::{prelude::*, upsert::excluded};

use super::rows::{HitIdRow, NodeRow, PresenceRow, VisitorRow};
use crate::{
    connection::DbConnection,
    error::StoreError,
    schema_visits::{hit_ids, nodes, presence, visitors},
};

/// How many rows one statement writes on PostgreSQL. It takes 65,535 parameters, a row six at most.
const ROWS_AT_ONCE: usize = 2_000;

/// Visitors, as they are now.
pub(super) fn visitors(conn: &mut DbConnection, rows: &[VisitorRow]) -> Result<(), StoreError> {
    let now = (
        visitors::last_view.eq(excluded(visitors::last_view)),
        visitors::last_seen.eq(excluded(visitors::last_seen)),
        visitors::recent.eq(excluded(visitors::recent)),
        visitors::moved.eq(excluded(visitors::moved)),
    );
    let key = (visitors::day, visitors::visitor);
    match conn {
        DbConnection::Postgres(conn) => {
            for some in rows.chunks(ROWS_AT_ONCE) {
                diesel::insert_into(visitors::table)
                    .values(some)
                    .on_conflict(key)
                    .do_update()
                    .set(now)
                    .execute(conn)?;
            }
        }
        DbConnection::Sqlite(conn) => {
            for row in rows {
                diesel::insert_into(visitors::table).values(row).on_conflict(key).do_update().set(now).execute(conn)?;
            }
        }
    }
    Ok(())
}

/// Hit ids that are new.
pub(super) fn hit_ids(conn: &mut DbConnection, rows: &[HitIdRow]) -> Result<(), StoreError> {
    match conn {
        DbConnection::Postgres(conn) => {
            for some in rows.chunks(ROWS_AT_ONCE) {
                diesel::insert_into(hit_ids::table).values(some).execute(conn)?;
            }
        }
        DbConnection::Sqlite(conn) => {
            for row in rows {
                diesel::insert_into(hit_ids::table).values(row).execute(conn)?;
            }
        }
    }
    Ok(())
}

/// How many visitors more were last seen in a second. Those of a fold lie in few seconds.
pub(super) fn presence(conn: &mut DbConnection, rows: &[PresenceRow]) -> Result<(), StoreError> {
    let sum = presence::visitors.eq(presence::visitors + excluded(presence::visitors));
    for row in rows {
        let insert = diesel::insert_into(presence::table).values(row);
        match conn {
            DbConnection::Postgres(conn) => insert.on_conflict(presence::second).do_update().set(sum).execute(conn)?,
            DbConnection::Sqlite(conn) => insert.on_conflict(presence::second).do_update().set(sum).execute(conn)?,
        };
    }
    Ok(())
}

/// How far a node's batches are folded. Never back: a batch that its node has given up may arrive
/// after later ones, when a connection was lost while it was committed.
pub(super) fn node(conn: &mut DbConnection, row: &NodeRow) -> Result<(), StoreError> {
    let insert = diesel::insert_into(nodes::table).values(row);
    match conn {
        DbConnection::Postgres(conn) => insert.on_conflict_do_nothing().execute(conn)?,
        DbConnection::Sqlite(conn) => insert.on_conflict(nodes::node).do_nothing().execute(conn)?,
    };
    diesel::update(nodes::table.find(row.node).filter(nodes::folded_through.le(row.folded_through)))
        .set((nodes::folded_through.eq(row.folded_through), nodes::folded_at.eq(row.folded_at)))
        .execute(conn)?;
    Ok(())
}
