//! `bantin user`

use std::io::Read;

use bantin_application::users;

use crate::{command_line::UserCommand, failure::Failure, output::say, settings::Settings, start};

/// The most bytes that are read of a password: far more than it may have characters.
const MOST_BYTES: u64 = 4096;

/// Looks after the accounts of the desk.
///
/// # Errors
/// One line for each fault of what was said.
pub fn run(settings: &Settings, command: UserCommand) -> Result<(), Failure> {
    match command {
        UserCommand::Add { email, name, role, password_stdin: _ } => {
            let password = read_password()?;
            let user = start::and_run(settings, async |app| users::add(&app, &email, &name, role, &password).await)?;
            say(&format!("added {} ({})", user.email.as_str(), user.role));
        }
        UserCommand::List => {
            for user in start::and_run(settings, async |app| users::list(&app).await)? {
                let state = if user.disabled { "disabled" } else { "active" };
                say(&format!("{}  {}  {state}  {}", user.email.as_str(), user.role, user.name.as_str()));
            }
        }
        UserCommand::SetRole { email, role } => {
            start::and_run(settings, async |app| users::set_role(&app, &email, role.clone()).await)?;
            say(&format!("{email} is {role} from now on"));
        }
        UserCommand::SetPassword { email, password_stdin: _ } => {
            let password = read_password()?;
            start::and_run(settings, async |app| users::set_password(&app, &email, &password).await)?;
            say(&format!("{email} has another password, and no session any more"));
        }
        UserCommand::Disable { email } => {
            start::and_run(settings, async |app| users::disable(&app, &email).await)?;
            say(&format!("{email} is shut out"));
        }
    }
    Ok(())
}

/// The password on the standard input, without the line end that `echo` puts behind it.
fn read_password() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .take(MOST_BYTES)
        .read_to_string(&mut text)
        .map_err(|error| Failure::new(format_args!("the password cannot be read from the standard input: {error}")))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}
