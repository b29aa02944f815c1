//! API keys: what administrators write and read of them. What is asked when a program shows one stands in
//! [`shown`].
//!
//! Of a secret only its digest is kept: with 256 random bits inside, a plain hash tells nobody anything. A
//! key that has ended stays as a row, since the audit log names it.

use bantin_domain::{
    api_key::{ApiKey, ApiKeyId, KeyState, Network, Quota},
    category::CategoryId,
    id::Id,
    kind::UserId,
    listing::{Cursor, PageRequest, Slice, SortKey, Start},
    policy::{Administer, Granted, Permission, RoleName},
    text::Label,
    time::Timestamp,
    user::User,
};
use diesel::prelude::*;

use crate::{
    connection::{DbConnection, MultiBackend},
    error::{Conflict, StoreError},
    roles::permissions_of,
    schema::{api_keys, roles, users},
    sql_types::{Instant, Json, Key},
    store::{Desk, Tx},
};

pub mod shown;

/// A key as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredApiKey {
    /// Its identity.
    pub id: ApiKeyId,
    /// What administrators say of it.
    pub content: ApiKey,
    /// What its secrets are known by.
    pub secrets: SecretDigests,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to the minute or so.
    pub last_used_at: Option<Timestamp>,
    /// Who gave it.
    pub created_by: UserId,
    /// Counts the changes that administrators make.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl StoredApiKey {
    /// Whether it is good at an instant.
    pub fn state(&self, now: Timestamp) -> KeyState {
        match (self.revoked_at, self.content.expires_at) {
            (Some(_), _) => KeyState::Revoked,
            (None, Some(end)) if end <= now => KeyState::Expired,
            (None, _) => KeyState::Active,
        }
    }
}

/// What the secrets of a key are known by.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretDigests {
    /// The digest of the current one.
    pub current: [u8; 32],
    /// The last letters of the current one, for people.
    pub ending: String,
    /// The digest of the one before, and until when that is good, too.
    pub previous: Option<([u8; 32], Timestamp)>,
}

impl std::fmt::Debug for SecretDigests {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecretDigests(…{})", self.ending)
    }
}

/// Who gave a key, and what they may do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Giver {
    /// The account.
    pub id: UserId,
    /// As shown to colleagues.
    pub name: String,
    /// Whether it is shut out.
    pub disabled: bool,
    /// Its role.
    pub role: RoleName,
    /// What the role may do.
    pub permissions: Vec<Permission>,
    /// The sections that its grants are limited to.
    pub categories: Option<Vec<CategoryId>>,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = api_keys, check_for_backend(MultiBackend), treat_none_as_null = true)]
struct ApiKeyRow {
    id: Key<ApiKey>,
    name: String,
    permissions: Json<Vec<Permission>>,
    category_ids: Option<Json<Vec<CategoryId>>>,
    networks: Option<Json<Vec<Network>>>,
    quota: Option<i64>,
    digest: Vec<u8>,
    ending: String,
    previous_digest: Option<Vec<u8>>,
    previous_ends_at: Option<Instant>,
    expires_at: Option<Instant>,
    revoked_at: Option<Instant>,
    created_by: Key<User>,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl ApiKeyRow {
    /// Everything but when it was last used: that is noted by whoever uses it, and no edit takes it back.
    fn of(key: &StoredApiKey) -> Self {
        let (content, previous) = (&key.content, key.secrets.previous);
        Self {
            id: Key(key.id),
            name: content.name.to_string(),
            permissions: Json(content.permissions.clone()),
            category_ids: content.categories.clone().map(Json),
            networks: content.networks.clone().map(Json),
            quota: content.quota.map(|quota| i64::from(quota.per_minute())),
            digest: key.secrets.current.to_vec(),
            ending: key.secrets.ending.clone(),
            previous_digest: previous.map(|(digest, _)| digest.to_vec()),
            previous_ends_at: previous.map(|(_, until)| Instant(until)),
            expires_at: content.expires_at.map(Instant),
            revoked_at: key.revoked_at.map(Instant),
            created_by: Key(key.created_by),
            version: key.version,
            created_at: Instant(key.created_at),
            updated_at: Instant(key.updated_at),
        }
    }

    fn into_key(self, last_used_at: Option<Instant>) -> Result<StoredApiKey, StoreError> {
        let id = self.id.0;
        let digest = |column, bytes: Vec<u8>| {
            bytes.try_into().map_err(|_| corrupt(id, column, "a digest has 32 bytes".to_owned()))
        };
        let previous = match self.previous_digest.zip(self.previous_ends_at) {
            Some((bytes, until)) => Some((digest("previous_digest", bytes)?, until.0)),
            None => None,
        };
        Ok(StoredApiKey {
            id,
            content: ApiKey {
                name: Label::parse(&self.name).map_err(|fault| corrupt(id, "name", fault.message))?,
                permissions: self.permissions.0,
                categories: self.category_ids.map(|ids| ids.0),
                networks: self.networks.map(|networks| networks.0),
                quota: quota(id, self.quota)?,
                expires_at: self.expires_at.map(|at| at.0),
            },
            secrets: SecretDigests { current: digest("digest", self.digest)?, ending: self.ending, previous },
            revoked_at: self.revoked_at.map(|at| at.0),
            last_used_at: last_used_at.map(|at| at.0),
            created_by: self.created_by.0,
            version: self.version,
            created_at: self.created_at.0,
            updated_at: self.updated_at.0,
        })
    }
}

/// What is read of who gave a key: name, when shut out, role, sections, and what the role may do.
type GiverRow = (String, Option<Instant>, String, Option<Json<Vec<CategoryId>>>, Json<Vec<Permission>>);

type Row = (ApiKeyRow, Option<Instant>, GiverRow);

fn into_both((row, last_used_at, giver): Row) -> Result<(StoredApiKey, Giver), StoreError> {
    let key = row.into_key(last_used_at)?;
    let (name, disabled_at, role, categories, permissions) = giver;
    let role = RoleName::parse(&role).map_err(|fault| StoreError::Corrupt {
        table: "users",
        column: "role",
        id: key.created_by.to_string(),
        reason: fault.message,
    })?;
    let giver = Giver {
        id: key.created_by,
        name,
        disabled: disabled_at.is_some(),
        permissions: permissions_of(&role, permissions.0),
        role,
        categories: categories.map(|list| list.0),
    };
    Ok((key, giver))
}

/// Which keys a list holds.
#[derive(Debug, Clone, Default)]
pub struct KeyFilter {
    /// Those in this state.
    pub state: Option<KeyState>,
}

/// One key, and who gave it.
///
/// # Errors
/// When the database fails.
pub fn find(desk: &mut Desk<'_>, id: ApiKeyId) -> Result<Option<(StoredApiKey, Giver)>, StoreError> {
    let row = api_keys::table
        .inner_join(users::table.on(users::id.eq(api_keys::created_by)))
        .inner_join(roles::table.on(roles::name.eq(users::role)))
        .filter(api_keys::id.eq(Key(id)))
        .select((
            ApiKeyRow::as_select(),
            api_keys::last_used_at,
            (users::name, users::disabled_at, users::role, users::categories, roles::permissions),
        ))
        .first::<Row>(desk.conn)
        .optional()?;
    row.map(into_both).transpose()
}

/// A page of the keys, oldest first, each with who gave it.
///
/// # Errors
/// When the database fails.
pub fn page(
    desk: &mut Desk<'_>,
    filter: &KeyFilter,
    page: &PageRequest,
) -> Result<Slice<(StoredApiKey, Giver)>, StoreError> {
    let now = Instant(desk.now());
    let query = || {
        let query = api_keys::table
            .inner_join(users::table.on(users::id.eq(api_keys::created_by)))
            .inner_join(roles::table.on(roles::name.eq(users::role)))
            .into_boxed::<MultiBackend>();
        let is_over = api_keys::expires_at.is_not_null().and(api_keys::expires_at.assume_not_null().le(now));
        let is_on = api_keys::expires_at.is_null().or(api_keys::expires_at.assume_not_null().gt(now));
        match filter.state {
            Some(KeyState::Active) => query.filter(api_keys::revoked_at.is_null()).filter(is_on),
            Some(KeyState::Expired) => query.filter(api_keys::revoked_at.is_null()).filter(is_over),
            Some(KeyState::Revoked) => query.filter(api_keys::revoked_at.is_not_null()),
            None => query,
        }
    };
    let total = page.count.then(|| query().count().get_result::<i64>(desk.conn)).transpose()?;
    let rows = match &page.start {
        Start::After(Cursor { key: SortKey::Instant(at), id }) => {
            let (at, id) = (Instant(*at), Key::<ApiKey>(Id::new(*id)));
            query().filter(api_keys::created_at.gt(at).or(api_keys::created_at.eq(at).and(api_keys::id.gt(id))))
        }
        Start::Before(Cursor { key: SortKey::Instant(at), id }) => {
            let (at, id) = (Instant(*at), Key::<ApiKey>(Id::new(*id)));
            query().filter(api_keys::created_at.lt(at).or(api_keys::created_at.eq(at).and(api_keys::id.lt(id))))
        }
        _ => query(),
    };
    let rows = match page.start {
        Start::Before(_) => rows.order((api_keys::created_at.desc(), api_keys::id.desc())),
        _ => rows.order((api_keys::created_at.asc(), api_keys::id.asc())),
    };
    let found = rows
        .limit(i64::from(page.limit) + 1)
        .offset(i64::from(page.offset().unwrap_or(0)))
        .select((
            ApiKeyRow::as_select(),
            api_keys::last_used_at,
            (users::name, users::disabled_at, users::role, users::categories, roles::permissions),
        ))
        .load::<Row>(desk.conn)?;
    let slice = Slice::cut(found, page, total.and_then(|total| u64::try_from(total).ok()), |(row, ..)| Cursor {
        key: SortKey::Instant(row.created_at.0),
        id: row.id.0.uuid(),
    });
    slice.try_with_rows(|rows| rows.into_iter().map(into_both).collect())
}

/// How many keys have not been ended.
///
/// # Errors
/// When the database fails.
pub fn count(desk: &mut Desk<'_>) -> Result<i64, StoreError> {
    Ok(api_keys::table.filter(api_keys::revoked_at.is_null()).count().get_result(desk.conn)?)
}

/// Keeps everybody else from writing a key until the transaction ends, and reads it: who acts by it is
/// waited for. SQLite has one writer anyway.
///
/// # Errors
/// When the database fails.
pub fn lock(tx: &mut Tx<'_>, id: ApiKeyId) -> Result<Option<(StoredApiKey, Giver)>, StoreError> {
    if matches!(tx.conn, DbConnection::Postgres(_)) {
        diesel::update(api_keys::table.find(Key(id))).set(api_keys::version.eq(api_keys::version)).execute(tx.conn)?;
    }
    find(tx, id)
}

/// Writes a new key.
///
/// # Errors
/// When the database fails.
pub fn insert(tx: &mut Tx<'_>, _granted: &Granted<Administer>, key: &StoredApiKey) -> Result<(), StoreError> {
    diesel::insert_into(api_keys::table).values(ApiKeyRow::of(key)).execute(tx.conn)?;
    Ok(())
}

/// Writes the next version of a key. It holds from the next transaction on, of whoever shows the key: each
/// reads it anew.
///
/// # Errors
/// [`Conflict::Stale`] unless the stored version is the one right before.
pub fn save(tx: &mut Tx<'_>, _granted: &Granted<Administer>, key: &StoredApiKey) -> Result<(), StoreError> {
    let changed = diesel::update(api_keys::table.find(Key(key.id)))
        .filter(api_keys::version.eq(key.version - 1))
        .set(ApiKeyRow::of(key))
        .execute(tx.conn)?;
    if changed == 1 { Ok(()) } else { Err(Conflict::Stale.into()) }
}

fn quota(id: ApiKeyId, column: Option<i64>) -> Result<Option<Quota>, StoreError> {
    column.map(Quota::parse).transpose().map_err(|fault| corrupt(id, "quota", fault.message))
}

fn corrupt(id: ApiKeyId, column: &'static str, reason: String) -> StoreError {
    StoreError::Corrupt { table: "api_keys", column, id: id.to_string(), reason }
}
