//! The program `bantin`: reads the command line and the settings, then does one thing.
//!
//! Everything that the outside world decides is read here and nowhere else: flags, environment, the
//! settings file, the password on the standard input, signals. What is done with it are the use cases
//! of `bantin_application`, and `bantin_api` where they are served.

mod command_line;
mod commands;
mod demo;
mod failure;
mod lock;
mod logging;
mod metrics;
mod output;
mod serve;
mod settings;
mod sources;
mod start;

use std::process::ExitCode;

use clap::Parser;

use crate::{
    command_line::{Command, CommandLine},
    failure::Failure,
    settings::Settings,
};

/// An answer that is made takes some hundred small allocations, on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match run(CommandLine::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::complain(&failure);
            ExitCode::FAILURE
        }
    }
}

fn run(line: CommandLine) -> Result<(), Failure> {
    // What depends on no setting is the same wherever it is printed.
    match line.command {
        Command::Openapi => return commands::openapi::print(),
        Command::Permissions => {
            commands::permissions::print();
            return Ok(());
        }
        _ => {}
    }
    let settings = Settings::read(&line.flags, settings::environment())?;
    let done = match line.command {
        Command::Demo => demo::run(&settings),
        Command::Serve => serve::run(&settings),
        Command::Migrate { status } => commands::migrate::run(&settings, status),
        Command::Openapi | Command::Permissions => Ok(()),
        Command::Config => commands::config::print(&settings),
        Command::User { command } => commands::user::run(&settings, command),
        Command::Keys { command } => commands::keys::run(&settings, command),
        Command::Audit { command } => commands::audit::run(&settings, command),
    };
    done.map_err(|failure| failure.without_secrets_of(&settings))
}
