//! Rebuilds when a migration changes: `embed_migrations!` reads them at compile time, and cargo does
//! not know of it.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
