//! Adding rows, or to rows that are there.
//!
//! `ON CONFLICT` is one of the few things that each database must be asked for in its own way, and on
//! PostgreSQL many rows must go in one statement: one by one, each would be a trip to the server. They go as one array
//! for each column: as a list of rows, each value would be a parameter that is parsed and planned anew.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Binary, Bool},
    upsert::excluded,
};

use super::rows::{HitIdRow, NodeRow, PresenceRow, VisitorRow};
use crate::{
    connection::{DbConnection, MultiBackend},
    error::StoreError,
    prepared::{KeptExt, TypedExt},
    schema_visits::{hit_ids, nodes, presence},
    sql_types::sql,
};

/// Visitors, as they are now.
pub(super) fn visitors(conn: &mut DbConnection, rows: &[VisitorRow]) -> Result<(), StoreError> {
    match conn {
        DbConnection::Postgres(conn) => {
            sql_query(
                "INSERT INTO visits.visitors (day, visitor, last_view, last_seen, recent, moved) \
                 SELECT * FROM unnest($1, $2, $3, $4, $5, $6) ON CONFLICT (day, visitor) DO UPDATE SET \
                 last_view = excluded.last_view, last_seen = excluded.last_seen, recent = excluded.recent, \
                 moved = excluded.moved",
            )
            .bind::<Array<sql::Day>, _>(rows.iter().map(|row| row.day).collect::<Vec<_>>())
            .bind::<Array<Binary>, _>(rows.iter().map(|row| row.visitor.as_slice()).collect::<Vec<_>>())
            .bind::<Array<sql::Instant>, _>(rows.iter().map(|row| row.last_view).collect::<Vec<_>>())
            .bind::<Array<sql::Instant>, _>(rows.iter().map(|row| row.last_seen).collect::<Vec<_>>())
            .bind::<Array<Binary>, _>(rows.iter().map(|row| row.recent.as_slice()).collect::<Vec<_>>())
            .bind::<Array<Bool>, _>(rows.iter().map(|row| row.moved).collect::<Vec<_>>())
            .execute(conn)?;
        }
        DbConnection::Sqlite(_) => {
            for row in rows {
                sql_query(
                    "INSERT INTO visits.visitors (day, visitor, last_view, last_seen, recent, moved) \
                     VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (day, visitor) DO UPDATE SET \
                     last_view = excluded.last_view, last_seen = excluded.last_seen, recent = excluded.recent, \
                     moved = excluded.moved",
                )
                .into_boxed::<MultiBackend>()
                .bind::<sql::Day, _>(row.day)
                .bind::<Binary, _>(row.visitor.as_slice())
                .bind::<sql::Instant, _>(row.last_view)
                .bind::<sql::Instant, _>(row.last_seen)
                .bind::<Binary, _>(row.recent.as_slice())
                .bind::<Bool, _>(row.moved)
                .typed::<()>()
                .kept()
                .execute(conn)?;
            }
        }
    }
    Ok(())
}

/// Hit ids that are new.
pub(super) fn hit_ids(conn: &mut DbConnection, rows: &[HitIdRow]) -> Result<(), StoreError> {
    match conn {
        DbConnection::Postgres(conn) => {
            sql_query("INSERT INTO visits.hit_ids (utc_day, hit_id, at) SELECT * FROM unnest($1, $2, $3)")
                .bind::<Array<BigInt>, _>(rows.iter().map(|row| row.utc_day).collect::<Vec<_>>())
                .bind::<Array<sql::Identity>, _>(rows.iter().map(|row| row.hit_id).collect::<Vec<_>>())
                .bind::<Array<sql::Instant>, _>(rows.iter().map(|row| row.at).collect::<Vec<_>>())
                .execute(conn)?;
        }
        DbConnection::Sqlite(_) => {
            for row in rows {
                let (day, id, at) = (row.utc_day, row.hit_id, row.at);
                diesel::insert_into(hit_ids::table)
                    .values((hit_ids::utc_day.eq(day), hit_ids::hit_id.eq(id), hit_ids::at.eq(at)))
                    .kept()
                    .execute(conn)?;
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
