//! Who may come in, and what each may do: sessions, users, roles, API keys, and the log of what was done.

mod access;
mod api_keys;
mod audit;
mod hashing;
mod login_throttle;
mod permissions;
mod revocation;
mod roles;
mod sessions;
mod tokens;
mod users;
