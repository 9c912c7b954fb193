//! The command that a ready wait becomes: [`split`] finds it, [`Command::start`] starts it.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::process;

/// It is there and cannot be executed; a shell says the same.
const NOT_EXECUTABLE: u8 = 126;
/// There is no such program.
const NOT_FOUND: u8 = 127;

/// A program and its arguments, which need not be text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Command {
    program: OsString,
    arguments: Vec<OsString>,
}

/// What stands before the first `--`, and the command after it, if there is one.
///
/// # Errors
///
/// A sentence where nothing follows the `--`.
pub(crate) fn split(arguments: &[OsString]) -> Result<(&[OsString], Option<Command>), String> {
    let Some(at) = arguments.iter().position(|argument| argument == "--") else {
        return Ok((arguments, None));
    };
    let (own, rest) = arguments.split_at(at);
    match rest.split_first().and_then(|(_, command)| command.split_first()) {
        Some((program, arguments)) => {
            Ok((own, Some(Command { program: program.clone(), arguments: arguments.to_vec() })))
        }
        None => Err("nothing follows --: name the command to become, for example -- /app serve".to_owned()),
    }
}

impl Command {
    /// Makes this process that program, in the same environment. Returns only where that is impossible: with the
    /// exit status that a shell would give, and a sentence.
    ///
    /// The kernel resets the handlers of this process, and the standard library SIGPIPE, which it ignores here; no
    /// signal was ever blocked. So the command begins as if it had been started in the first place.
    pub(crate) fn start(&self) -> (u8, String) {
        let error = process::Command::new(&self.program).args(&self.arguments).exec();
        let status = if error.kind() == ErrorKind::NotFound { NOT_FOUND } else { NOT_EXECUTABLE };
        (status, format!("the command {:?} cannot be executed: {error}", self.program))
    }

    /// Its words for people; what is no text shows up as its replacement characters.
    pub(crate) fn words(&self) -> impl Iterator<Item = String> {
        std::iter::once(&self.program).chain(&self.arguments).map(|word| word.to_string_lossy().into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(Into::into).collect()
    }

    #[test]
    fn what_follows_the_first_dashes_is_the_command() {
        let app = |arguments: &str| Some(Command { program: "/app".into(), arguments: words(arguments) });
        let rows = [
            ("job/a", 1, None),
            ("job/a -- /app", 1, app("")),
            ("-- /app --flag -- x", 0, app("--flag -- x")),
        ];
        for (line, own, command) in rows {
            let arguments = words(line);
            assert_eq!(split(&arguments), Ok((&arguments[..own], command)), "{line}");
        }
    }

    #[test]
    fn dashes_without_a_command_are_refused() {
        assert!(split(&words("job/a --")).unwrap_err().contains("nothing follows --"));
    }

    #[test]
    fn what_cannot_be_executed_is_said_as_a_shell_does() {
        let start = |program: &str| Command { program: program.into(), arguments: Vec::new() }.start();
        let (status, complaint) = start("/no/such/program");
        assert!(status == 127 && complaint.contains("\"/no/such/program\""), "{status} {complaint}");
        let (status, complaint) = start("/dev/null");
        assert!(status == 126 && complaint.contains("\"/dev/null\""), "{status} {complaint}");
    }
}
