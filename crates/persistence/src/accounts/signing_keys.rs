//! The keys that sign access tokens, as they are kept.

use bantin_domain::named::Named;
use diesel::prelude::*;

use crate::{
    connection::DbConnection,
    error::StoreError,
    schema::signing_keys,
    sql_types::{Instant, Name},
    store::{Desk, Tx},
};

/// A token-signing key as it is kept: its private half sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey<S> {
    /// Its name in tokens.
    pub kid: String,
    /// What it is used for.
    pub state: S,
    /// 32 bytes.
    pub public_key: Vec<u8>,
    /// Sealed with the key outside the database.
    pub sealed_private_key: Vec<u8>,
}

/// The signing keys, oldest first.
///
/// # Errors
/// When the database fails.
pub fn list<S: Named + 'static>(desk: &mut Desk<'_>) -> Result<Vec<StoredKey<S>>, StoreError> {
    let rows = signing_keys::table
        .order((signing_keys::created_at, signing_keys::kid))
        .select((signing_keys::kid, signing_keys::state, signing_keys::public_key, signing_keys::sealed_private_key))
        .load::<(String, Name<S>, Vec<u8>, Vec<u8>)>(desk.conn)?;
    Ok(rows
        .into_iter()
        .map(|(kid, state, public_key, sealed_private_key)| StoredKey {
            kid,
            state: state.0,
            public_key,
            sealed_private_key,
        })
        .collect())
}

/// Replaces the whole ring: it is small, and its states change together. Call [`lock`] first.
///
/// # Errors
/// When the database fails.
pub fn replace<S: Named + 'static>(tx: &mut Tx<'_>, keys: &[StoredKey<S>]) -> Result<(), StoreError> {
    let now = Instant(tx.now());
    let kids: Vec<&str> = keys.iter().map(|key| key.kid.as_str()).collect();
    diesel::delete(signing_keys::table.filter(diesel::dsl::not(signing_keys::kid.eq_any(kids)))).execute(tx.conn)?;
    for key in keys {
        let updated = diesel::update(signing_keys::table.find(&key.kid))
            .set(signing_keys::state.eq(Name(key.state)))
            .execute(tx.conn)?;
        if updated == 0 {
            diesel::insert_into(signing_keys::table)
                .values((
                    signing_keys::kid.eq(&key.kid),
                    signing_keys::state.eq(Name(key.state)),
                    signing_keys::public_key.eq(&key.public_key),
                    signing_keys::sealed_private_key.eq(&key.sealed_private_key),
                    signing_keys::created_at.eq(now),
                ))
                .execute(tx.conn)?;
        }
    }
    Ok(())
}

/// Waits until no other node is changing the keys. Held until the transaction ends.
///
/// # Errors
/// When the database fails.
pub fn lock(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    if let DbConnection::Postgres(conn) = &mut *tx.conn {
        diesel::sql_query("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE").execute(conn)?;
    }
    Ok(())
}
