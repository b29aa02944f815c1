//! Who somebody is, and how they prove it.
//!
//! A person signs in with a [`password`] and gets two things: an access [`token`] for ten minutes, a
//! JWT signed with the active key of the [`key_ring`], and an [`opaque`] refresh token to get the next
//! one with. The private keys of the ring lie in the database, wrapped by the [`secret_key`], which
//! does not. All randomness comes through [`entropy`]; [`bearer`] reads the header that carries a
//! token or an API key.
//!
//! The modules below are pure: they know neither the database nor the clock.

pub mod bearer;
mod common_password;
pub mod entropy;
pub mod key_ring;
pub mod opaque;
pub mod password;
pub mod secret_key;
pub mod token;
