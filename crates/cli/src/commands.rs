//! The commands that answer and end.

pub mod audit;
pub mod config;
pub mod keys;
pub mod migrate;
pub mod openapi;
pub mod permissions;
pub mod user;
