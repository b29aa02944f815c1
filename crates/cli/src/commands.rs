//! The commands that answer and end.

pub mod config;
pub mod keys;
pub mod migrate;
pub mod openapi;
pub mod user;
