//! What can be said on the command line. The settings among it are declared in [`crate::settings`].

use bantin_application::audit::chain::Anchor;
use bantin_domain::policy::RoleName;
use clap::{Parser, Subcommand};

use crate::settings::Flags;

/// A headless CMS for an institution that publishes news and holds events.
#[derive(Debug, Parser)]
#[command(
    name = "bantin",
    version,
    after_help = "Settings come from flags, then the environment (BANTIN_…), then bantin.toml, then defaults; see `bantin --help` and `bantin config`."
)]
pub struct CommandLine {
    /// The settings.
    #[command(flatten)]
    pub flags: Flags,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Load the demo content into an empty database, print who may log in, and serve it
    Demo,
    /// Bring the database to shape and serve
    Serve,
    /// Bring the database to shape, and do nothing else
    Migrate {
        /// Only say what is applied and what is pending
        #[arg(long)]
        status: bool,
    },
    /// Print the OpenAPI document
    Openapi,
    /// Print who may do what, as the roles ship
    Permissions,
    /// Print the effective settings, secrets hidden, and where each came from
    Config,
    /// Look after the accounts of the desk
    User {
        /// What to do with them.
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Look after the keys that sign access tokens
    Keys {
        /// What to do with them.
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// Look after the log of who did what
    Audit {
        /// What to do with it.
        #[command(subcommand)]
        command: AuditCommand,
    },
}

/// What to do with the audit log.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Compute every seal anew and name the first entry that was altered, moved or taken away
    Verify {
        /// An earlier head, kept elsewhere: shows that the log up to it was neither cut off nor rewritten
        #[arg(long, value_name = "SEQ:HASH")]
        anchor: Option<Anchor>,
    },
    /// Print the sealed entries, oldest first, one JSON object a line
    Export {
        /// Only those with a higher number
        #[arg(long, value_name = "SEQ", default_value_t = 0)]
        after: i64,
    },
}

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add an account; its password comes from the standard input
    Add {
        /// What it logs in with
        #[arg(long)]
        email: String,
        /// As shown to colleagues
        #[arg(long)]
        name: String,
        /// What it may do: the name of a role, such as admin, chiefEditor, editor or author
        #[arg(long, value_parser = parse_role)]
        role: RoleName,
        /// Read the password from the standard input: on the command line everybody on this machine could see it
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// List all accounts, oldest first
    List,
    /// Give an account another role
    SetRole {
        /// Which account
        #[arg(long)]
        email: String,
        /// What it may do from now on: the name of a role, such as admin, chiefEditor, editor or author
        #[arg(long, value_parser = parse_role)]
        role: RoleName,
    },
    /// Give an account another password and end all its sessions
    SetPassword {
        /// Which account
        #[arg(long)]
        email: String,
        /// Read the password from the standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Shut an account out and end all its sessions
    Disable {
        /// Which account
        #[arg(long)]
        email: String,
    },
}

/// What to do with signing keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// List the keys and their turns
    List,
    /// Sign with the next key from now on; what the old one signed stays good until it expires
    Rotate,
    /// Refuse everything that a key signed; running servers follow within 5 seconds
    Retire {
        /// The key's id, as `bantin keys list` shows it
        kid: String,
    },
}

fn parse_role(text: &str) -> Result<RoleName, String> {
    RoleName::parse(text).map_err(|fault| fault.message)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn a_setting_may_stand_before_the_command_or_behind_it() {
        for line in [["bantin", "--listen", "[::1]:1", "serve"], ["bantin", "serve", "--listen", "[::1]:1"]] {
            let parsed = CommandLine::try_parse_from(line).unwrap();
            assert_eq!(parsed.flags.values.first().unwrap().1, "[::1]:1");
        }
    }

    #[test]
    fn a_password_never_comes_as_an_argument() {
        let add = ["bantin", "user", "add", "--email", "a@b.vn", "--name", "A", "--role", "author"];
        assert!(CommandLine::try_parse_from(add).is_err());
        assert!(CommandLine::try_parse_from(add.into_iter().chain(["--password-stdin"])).is_ok());
        assert!(CommandLine::try_parse_from(add.into_iter().chain(["--password", "x"])).is_err());
    }
}
