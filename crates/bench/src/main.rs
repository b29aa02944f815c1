//! Measures the program that ships, from outside: `cargo run --release -p bantin-bench -- writes`.
//!
//! Rates of different machines cannot be compared, so a run measures a yardstick beside the program: a
//! bare actix server ([`bare`]) that gives the same answers and does nothing for them. What counts is
//! the ratio of the two, in one run on one machine.
//!
//! Server and database are pinned to one core, the client to another ([`machine`]); the real program
//! runs with its settings at their defaults on a fresh database ([`program`], [`postgres`]), which is filled
//! with articles where reading is measured ([`generated`], [`fill`]); the client keeps a number of
//! connections busy, each with one request at a time ([`load`]); medians of three runs are printed as
//! Markdown ([`report`]). Each benchmark is a module with a subcommand.

mod bare;
mod database;
mod diff;
mod fill;
mod generated;
mod hits;
mod load;
mod machine;
mod postgres;
mod program;
mod reads;
mod report;
mod search;
mod visits;
mod writes;

use clap::{Parser, Subcommand};

/// Whatever ends a run, in words: nobody handles it but the reader.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Measures Bantin.
#[derive(Parser)]
struct CommandLine {
    #[command(subcommand)]
    benchmark: Benchmark,
}

#[derive(Subcommand)]
enum Benchmark {
    /// Creating articles, on SQLite and PostgreSQL
    Writes(writes::Options),
    /// Counting visits, on SQLite and PostgreSQL; with --kills, whether any is lost
    Visits(visits::Options),
    /// Reading lists and articles, from the cache and without it
    Reads(reads::Options),
    /// Searching: what is found, and how fast
    Search(search::Options),
    /// Comparing two revisions
    Diff(diff::Options),
    /// The yardstick, as the other commands start it
    #[command(hide = true)]
    Bare(bare::Options),
}

fn main() -> Result<()> {
    let benchmark = CommandLine::parse().benchmark;
    if let Benchmark::Bare(options) = &benchmark {
        return bare::serve(options);
    }
    machine::pin_this_process(machine::client_core()?)?;
    match &benchmark {
        Benchmark::Writes(options) => writes::run(options),
        Benchmark::Visits(options) => visits::run(options),
        Benchmark::Reads(options) => reads::run(options),
        Benchmark::Search(options) => search::run(options),
        Benchmark::Diff(options) => diff::run(options),
        Benchmark::Bare(_) => Ok(()),
    }
}
