//! The test kit, and the black-box suites that use it.

pub mod postgres;
