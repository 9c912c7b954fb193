//! The command line: [`words`], and [`Args::read`].

use std::ffi::OsString;

use argh::{ArgsInfo, CommandInfoWithArgs, FromArgs};

/// The flags, as argh reads them. What they mean together is for [`Settings`](crate::settings::Settings) to say.
#[derive(FromArgs, ArgsInfo, Debug, Default, PartialEq, Eq)]
#[argh(
    description = "Waits until all targets are ready, then ends or becomes COMMAND. TARGET is
KIND/[NAMESPACE/]NAME[?OPTION&...], KIND?selector=SELECTOR[&OPTION...], tcp://,
http:// or dns:// (or in K8S_WAIT_TARGETS). k8s-wait-client copy PATH copies it.
Exit status: 0 ready, 1 timed out, 2 usage, 3 failed, 4 refused, 128+ signal.",
    usage = "[OPTIONS] TARGET... [-- COMMAND ARG...]",
    help_triggers("-h", "--help"),
    example = "{command_name} --timeout 10m job/migrate service/db
{command_name} -n shop 'pod?selector=app=web&min=2' tcp://db:5432
{command_name} 'deployment/api?stable=10s' -- /app serve"
)]
pub(crate) struct Args {
    /// default namespace (K8S_WAIT_NAMESPACE, POD_NAMESPACE)
    #[argh(option, short = 'n', arg_name = "ns")]
    pub(crate) namespace: Option<String>,

    /// URL of k8s-wait-server (K8S_WAIT_SERVER)
    #[argh(option, arg_name = "url")]
    pub(crate) server: Option<String>,

    /// whom to trust with https (K8S_WAIT_CA_FILE)
    #[argh(option, arg_name = "path")]
    pub(crate) ca_file: Option<String>,

    /// bearer token for the server (K8S_WAIT_TOKEN_FILE)
    #[argh(option, arg_name = "path")]
    pub(crate) token_file: Option<String>,

    /// in all, default 5m; 0 waits forever (K8S_WAIT_TIMEOUT)
    #[argh(option, arg_name = "duration")]
    pub(crate) timeout: Option<String>,

    /// one target is enough (K8S_WAIT_ANY=true)
    #[argh(switch)]
    pub(crate) any: bool,

    /// text or json (K8S_WAIT_OUTPUT)
    #[argh(option, arg_name = "form")]
    pub(crate) output: Option<String>,

    /// where the last reasons go (K8S_WAIT_TERMINATION_LOG)
    #[argh(option, arg_name = "path")]
    pub(crate) termination_log: Option<String>,

    /// only the targets that were not ready, on stderr
    #[argh(switch)]
    pub(crate) quiet: bool,

    /// print the version
    #[argh(switch)]
    pub(crate) version: bool,

    /// what to wait for (K8S_WAIT_TARGETS)
    #[argh(positional, arg_name = "target", hidden_help)]
    pub(crate) targets: Vec<String>,
}

/// The command line as data.
pub(crate) fn command_line() -> CommandInfoWithArgs {
    CommandInfoWithArgs { name: crate::NAME, ..Args::get_args_info() }
}

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// To wait.
    Wait(Args),
    /// To print this and leave with 0.
    Print(String),
}

impl Args {
    /// Both at once.
    #[cfg(test)]
    pub(crate) fn parse(name: &str, arguments: &[OsString]) -> Result<Request, String> {
        Self::read(name, &words(arguments)?)
    }

    /// Reads the [`words`] that follow the program's `name`.
    ///
    /// # Errors
    ///
    /// One sentence about the first thing that is wrong.
    pub(crate) fn read(name: &str, words: &[String]) -> Result<Request, String> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match Args::from_args(&[name], &words) {
            Ok(args) if args.version => Ok(Request::Print(format!("{name} {}\n", env!("CARGO_PKG_VERSION")))),
            Ok(args) => Ok(Request::Wait(args)),
            Err(argh::EarlyExit { output, status: Ok(()) }) => Ok(Request::Print(output)),
            Err(argh::EarlyExit { output, .. }) => Err(sentence(&output)),
        }
    }

    /// The words from which [`read`](Self::read) makes the same again.
    pub(crate) fn words(&self) -> Vec<String> {
        let Self {
            namespace,
            server,
            ca_file,
            token_file,
            timeout,
            any,
            output,
            termination_log,
            quiet,
            version,
            targets,
        } = self;
        let values = [
            ("-n", namespace),
            ("--server", server),
            ("--ca-file", ca_file),
            ("--token-file", token_file),
            ("--timeout", timeout),
            ("--output", output),
            ("--termination-log", termination_log),
        ];
        let values = values.into_iter().filter_map(|(flag, value)| Some([flag.to_owned(), value.clone()?]));
        let switches = [("--any", any), ("--quiet", quiet), ("--version", version)];
        let switches = switches.into_iter().filter(|(_, is_set)| **is_set).map(|(flag, _)| flag.to_owned());
        values.flatten().chain(switches).chain(targets.iter().cloned()).collect()
    }
}

/// The value of `--termination-log` even where the rest of the command line is of no use: the refusal goes there.
pub(crate) fn termination_log(arguments: &[OsString]) -> Option<String> {
    // What follows `--` is another program's.
    let own = arguments.split(|argument| argument == "--").next()?;
    let words = words(own).ok()?;
    let flag = words.iter().position(|word| word == "--termination-log")?;
    words.get(flag + 1).cloned()
}

/// The arguments with each value as a word of its own: kubectl's users write `--timeout=5m`, `-n=shop` and `-nshop`.
pub(crate) fn words(arguments: &[OsString]) -> Result<Vec<String>, String> {
    let mut words = Vec::with_capacity(arguments.len());
    for argument in arguments {
        let Some(word) = argument.to_str() else {
            return Err(format!("the argument {argument:?} is not valid UTF-8"));
        };
        split(word, &mut words)?;
    }
    Ok(words)
}

fn split(word: &str, words: &mut Vec<String>) -> Result<(), String> {
    let is_long = word.starts_with("--");
    match word.split_once('=') {
        Some((name @ ("--any" | "--quiet" | "--version" | "--help"), _)) => {
            return Err(format!("{name} takes no value"));
        }
        Some((name, value)) if is_long => words.extend([name.to_owned(), value.to_owned()]),
        _ => match word.strip_prefix("-n").filter(|rest| !rest.is_empty()) {
            Some(rest) => words.extend(["-n".to_owned(), rest.strip_prefix('=').unwrap_or(rest).to_owned()]),
            None => words.push(word.to_owned()),
        },
    }
    Ok(())
}

/// argh's complaint in one line.
fn sentence(output: &str) -> String {
    output.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[path = "args_tests.rs"]
mod tests;
