//! stub

pub mod auth;
