//! The settings as flags: one for each key of the table, before the command or behind it.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, value_parser};

use super::keys::{self, CONFIG, Key};

/// What was said by flags.
#[derive(Debug, Default)]
pub struct Flags {
    /// Which settings file to read.
    pub config: Option<PathBuf>,
    /// The settings that were said.
    pub values: Vec<(&'static Key, String)>,
}

// Written out instead of derived: a field for each setting would be a second table of them.
impl Args for Flags {
    fn augment_args(command: Command) -> Command {
        let arg = |name: &'static str, long: String, help: String| {
            Arg::new(name).long(long).help(help).global(true).hide_short_help(true).help_heading("Settings")
        };
        let config =
            arg(CONFIG, CONFIG.to_owned(), "The settings file [env: BANTIN_CONFIG] [default: bantin.toml]".to_owned())
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf));
        keys::ALL.into_iter().fold(command.arg(config), |command, key| {
            let default = key.default.filter(|text| !text.is_empty());
            let default = default.map_or_else(String::new, |text| format!(" [default: {text}]"));
            let help = format!("{} [env: {}]{default}", key.help, key.variable());
            command.arg(arg(key.name, key.flag(), help).value_name("VALUE"))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let said = |key: &'static Key| matches.get_one::<String>(key.name).map(|text| (key, text.clone()));
        Ok(Self {
            config: matches.get_one::<PathBuf>(CONFIG).cloned(),
            values: keys::ALL.into_iter().filter_map(said).collect(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
