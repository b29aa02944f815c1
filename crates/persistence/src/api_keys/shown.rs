//! What is asked when a program shows a key: what the key is good for, and noting that it was used.

use bantin_domain::{
    api_key::{ApiKey, ApiKeyId, Network, Quota},
    category::CategoryId,
    kind::UserId,
    policy::Permission,
    time::Timestamp,
    user::User,
};
use diesel::prelude::*;

use super::quota;
use crate::{
    connection::DbConnection,
    error::StoreError,
    schema::api_keys,
    sql_types::{Instant, Json, Key},
    store::{Desk, Tx},
};

/// What a good key may do, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoodKey {
    /// Its identity.
    pub id: ApiKeyId,
    /// Who gave it.
    pub given_by: UserId,
    /// What it may do.
    pub permissions: Vec<Permission>,
    /// The sections that this is limited to.
    pub categories: Option<Vec<CategoryId>>,
    /// From where.
    pub networks: Option<Vec<Network>>,
}

/// The key with a secret of that digest, if it is good now: the first statement of each editorial
/// transaction that reads by a key.
///
/// # Errors
/// When the database fails.
pub fn good(desk: &mut Desk<'_>, digest: &[u8; 32]) -> Result<Option<GoodKey>, StoreError> {
    read(desk, digest, false)
}

/// The same for one that writes. Until it ends, nobody ends or changes the key.
///
/// # Errors
/// When the database fails.
pub fn good_to_write(tx: &mut Tx<'_>, digest: &[u8; 32]) -> Result<Option<GoodKey>, StoreError> {
    read(tx, digest, true)
}

fn read(desk: &mut Desk<'_>, digest: &[u8; 32], is_held: bool) -> Result<Option<GoodKey>, StoreError> {
    let (now, digest) = (Instant(desk.now()), digest.to_vec());
    let is_current = api_keys::digest.eq(digest.clone());
    let is_previous = api_keys::previous_digest
        .assume_not_null()
        .eq(digest)
        .and(api_keys::previous_ends_at.assume_not_null().gt(now));
    let query = api_keys::table
        .filter(is_current.or(is_previous))
        .filter(api_keys::revoked_at.is_null())
        .filter(api_keys::expires_at.is_null().or(api_keys::expires_at.assume_not_null().gt(now)))
        .select((
            api_keys::id,
            api_keys::created_by,
            api_keys::permissions,
            api_keys::category_ids,
            api_keys::networks,
        ));
    type Row =
        (Key<ApiKey>, Key<User>, Json<Vec<Permission>>, Option<Json<Vec<CategoryId>>>, Option<Json<Vec<Network>>>);
    let found = match (&mut *desk.conn, is_held) {
        (DbConnection::Postgres(conn), true) => query.for_share().first::<Row>(conn),
        // SQLite has one writer, who sees all that was written before.
        (conn, _) => query.first::<Row>(conn),
    };
    Ok(found.optional()?.map(|(id, given_by, permissions, categories, networks)| GoodKey {
        id: id.0,
        given_by: given_by.0,
        permissions: permissions.0,
        categories: categories.map(|ids| ids.0),
        networks: networks.map(|list| list.0),
    }))
}

/// A secret that is good now, and what a node must know of its key to count requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveSecret {
    /// Its digest.
    pub digest: [u8; 32],
    /// Of which key.
    pub key: ApiKeyId,
    /// How many requests the key may make.
    pub quota: Option<Quota>,
    /// From where.
    pub networks: Option<Vec<Network>>,
    /// Until when it is good.
    pub ends_at: Option<Timestamp>,
}

/// Every secret that is good now.
///
/// # Errors
/// When the database fails.
pub fn live(desk: &mut Desk<'_>) -> Result<Vec<LiveSecret>, StoreError> {
    type Row = (
        Key<ApiKey>,
        Vec<u8>,
        Option<Vec<u8>>,
        Option<Instant>,
        Option<Instant>,
        Option<i64>,
        Option<Json<Vec<Network>>>,
    );
    let now = Instant(desk.now());
    let rows = api_keys::table
        .filter(api_keys::revoked_at.is_null())
        .filter(api_keys::expires_at.is_null().or(api_keys::expires_at.assume_not_null().gt(now)))
        .select((
            api_keys::id,
            api_keys::digest,
            api_keys::previous_digest,
            api_keys::previous_ends_at,
            api_keys::expires_at,
            api_keys::quota,
            api_keys::networks,
        ))
        .load::<Row>(desk.conn)?;
    let mut live = Vec::with_capacity(rows.len());
    for (id, current, previous, previous_ends_at, expires_at, number, networks) in rows {
        let (quota, networks) = (quota(id.0, number)?, networks.map(|list| list.0));
        let previous = previous.zip(previous_ends_at).filter(|(_, until)| *until > now);
        let secrets = [Some((current, None)), previous.map(|(digest, until)| (digest, Some(until)))];
        for (bytes, until) in secrets.into_iter().flatten() {
            let Ok(digest) = bytes.try_into() else { continue };
            let ends_at = until.into_iter().chain(expires_at).map(|at| at.0).min();
            live.push(LiveSecret { digest, key: id.0, quota, networks: networks.clone(), ends_at });
        }
    }
    Ok(live)
}

/// Notes when a key was last used, unless a later use is noted. Nobody's edit is stale for that.
///
/// # Errors
/// When the database fails.
pub fn note_use(tx: &mut Tx<'_>, key: ApiKeyId, at: Timestamp) -> Result<(), StoreError> {
    let at = Instant(at);
    let is_later = api_keys::last_used_at.is_null().or(api_keys::last_used_at.assume_not_null().lt(at));
    diesel::update(api_keys::table.find(Key(key)))
        .filter(is_later)
        .set(api_keys::last_used_at.eq(Some(at)))
        .execute(tx.conn)?;
    Ok(())
}
