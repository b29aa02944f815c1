//! `bantin audit`

use bantin_application::audit::{self, Report, chain::Anchor};

use crate::{command_line::AuditCommand, failure::Failure, output::say, settings::Settings, start};

/// Shows that nobody has touched the audit log, or prints it.
///
/// # Errors
/// One line: what is wrong with the log, or why it could not be read.
pub fn run(settings: &Settings, command: AuditCommand) -> Result<(), Failure> {
    match command {
        AuditCommand::Verify { anchor } => verify(settings, anchor),
        AuditCommand::Export { after } => {
            start::and_run(settings, async |app| audit::export(&app, after, |entry| say(&entry.to_string())))
        }
    }
}

fn verify(settings: &Settings, anchor: Option<Anchor>) -> Result<(), Failure> {
    let report = start::and_run(settings, async |app| audit::verify(&app, anchor))?;
    if let Some(fault) = &report.fault {
        return Err(Failure::new(format_args!("the audit log is broken: {fault}; all before it is right")));
    }
    say(&summary(&report));
    Ok(())
}

/// The head stands last on its line, so that a script takes it as the next anchor.
fn summary(report: &Report) -> String {
    let waiting = match report.oldest_unsealed {
        None => "none waits to be sealed".to_owned(),
        Some(seconds) => format!("{} wait to be sealed, the oldest for {seconds} s", report.unsealed),
    };
    match report.head.seq {
        0 => format!("the audit log is right: no entry is sealed, {waiting}"),
        sealed => format!("the audit log is right: {sealed} entries are sealed, {waiting}; head {}", report.head),
    }
}

#[cfg(test)]
mod tests {
    use bantin_application::audit::chain::Hash;

    use super::*;

    #[test]
    fn the_head_is_printed_so_that_it_can_be_given_as_the_next_anchor() {
        let head = Anchor { seq: 12, hash: Hash::GENESIS };
        let report = Report { head, fault: None, unsealed: 2, oldest_unsealed: Some(1) };
        let line = summary(&report);
        assert!(line.contains("12 entries are sealed, 2 wait to be sealed, the oldest for 1 s"), "{line}");
        assert_eq!(line.rsplit(' ').next().unwrap().parse(), Ok(head));
    }
}
