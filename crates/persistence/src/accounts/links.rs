//! One-time links: invitations and resets, by the digests of their tokens.

use bantin_domain::{
    id::Id,
    time::Timestamp,
    user::{LinkPurpose, User},
};
use diesel::prelude::*;

use crate::{
    error::StoreError,
    schema::one_time_links,
    sql_types::{Instant, Key, Name},
    store::{Desk, Tx},
};

/// How long a link that is good for nothing any more is kept, in seconds: a day.
const KEPT_SECONDS: i64 = 24 * 60 * 60;

/// A link as it is kept.
#[derive(Debug, Clone, Copy)]
pub struct NewLink<'a> {
    /// The digest of its token.
    pub digest: &'a [u8; 32],
    /// For whom it is.
    pub user: Id<User>,
    /// What it is for.
    pub purpose: LinkPurpose,
    /// Who made it.
    pub created_by: Id<User>,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// Keeps a link. The others of the account are void from now on: only the last one handed over counts.
///
/// # Errors
/// When the database fails.
pub fn insert(tx: &mut Tx<'_>, link: &NewLink<'_>) -> Result<(), StoreError> {
    void(tx, link.user)?;
    diesel::insert_into(one_time_links::table)
        .values((
            one_time_links::digest.eq(link.digest.to_vec()),
            one_time_links::user_id.eq(Key(link.user)),
            one_time_links::purpose.eq(Name(link.purpose)),
            one_time_links::created_by.eq(Key(link.created_by)),
            one_time_links::created_at.eq(Instant(tx.now())),
            one_time_links::expires_at.eq(Instant(link.expires_at)),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// For whom and for what a link is, if it is good now.
///
/// # Errors
/// When the database fails.
pub fn find_good(desk: &mut Desk<'_>, digest: &[u8; 32]) -> Result<Option<(Id<User>, LinkPurpose)>, StoreError> {
    let row = one_time_links::table
        .find(digest.to_vec())
        .filter(one_time_links::spent_at.is_null())
        .filter(one_time_links::expires_at.gt(Instant(desk.now())))
        .select((one_time_links::user_id, one_time_links::purpose))
        .first::<(Key<User>, Name<LinkPurpose>)>(desk.conn)
        .optional()?;
    Ok(row.map(|(user, purpose)| (user.0, purpose.0)))
}

/// Makes every link of an account good for nothing.
///
/// # Errors
/// When the database fails.
pub fn void(tx: &mut Tx<'_>, user: Id<User>) -> Result<(), StoreError> {
    diesel::update(one_time_links::table.filter(one_time_links::user_id.eq(Key(user))))
        .filter(one_time_links::spent_at.is_null())
        .set(one_time_links::spent_at.eq(Instant(tx.now())))
        .execute(tx.conn)?;
    Ok(())
}

/// Forgets links that ran out a day ago.
///
/// # Errors
/// When the database fails.
pub fn forget_old(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let old = Instant(tx.now().plus_seconds(-KEPT_SECONDS));
    diesel::delete(one_time_links::table.filter(one_time_links::expires_at.le(old))).execute(tx.conn)?;
    Ok(())
}
