//! What can be called, as clap has it, whose generators make the files: [`programs`].

use argh::{CommandInfoWithArgs, FlagInfo, FlagInfoKind, Optionality, PositionalInfo};
use clap::{Arg, ArgAction, Command, ValueHint};

/// A file that is executed.
pub(super) struct Program {
    /// What it is called.
    pub(super) file: &'static str,
    /// How people call it.
    words: &'static [&'static str],
    line: CommandInfoWithArgs,
}

/// A program, or one of its subcommands.
pub(super) struct Page {
    /// What people type, word by word.
    pub(super) words: Vec<&'static str>,
    file: &'static str,
    pub(super) line: CommandInfoWithArgs,
}

/// Both binaries, and the server's as kubectl knows it.
pub(super) fn programs() -> [Program; 3] {
    let program = |file, words, line| Program { file, words, line };
    let (client, server) = (k8s_wait_client::command_line(), k8s_wait_server::command_line());
    [
        program("k8s-wait-client", &["k8s-wait-client"], client.clone()),
        program("k8s-wait-server", &["k8s-wait-server"], server),
        program("kubectl-k8s_wait", &["kubectl", "k8s-wait"], client),
    ]
}

impl Program {
    /// The whole of it, subcommands included.
    pub(super) fn command(&self) -> Command {
        command(&self.line).name(self.file)
    }

    /// It, and each of its subcommands.
    pub(super) fn pages(&self) -> Vec<Page> {
        let page = |words, line| Page { words, file: self.file, line };
        let own = page(self.words.to_vec(), self.line.clone());
        let commands = self.line.commands.iter();
        let below = commands.map(|below| page([self.words, &[below.name]].concat(), below.command.clone()));
        [own].into_iter().chain(below).collect()
    }
}

impl Page {
    /// The manual page's title and file: words that are a program's file become its name.
    pub(super) fn title(&self) -> String {
        match &self.words[..] {
            ["kubectl", ..] => self.file.to_owned(),
            words => words.join("-"),
        }
    }

    /// It alone.
    pub(super) fn command(&self) -> Command {
        command(&self.line).display_name(self.title())
    }
}

/// Texts without the line breaks that are for terminals.
pub(super) fn paragraphs(text: &str) -> String {
    text.split("\n\n").map(|lines| lines.replace('\n', " ")).collect::<Vec<_>>().join("\n\n")
}

fn command(line: &CommandInfoWithArgs) -> Command {
    let text = paragraphs(line.description);
    let first = text.split_once(". ").map_or(text.as_str(), |(first, _)| first).to_owned();
    let command = Command::new(line.name).about(first).long_about(text).version(env!("CARGO_PKG_VERSION"));
    let command = command.disable_help_flag(true).disable_version_flag(true).disable_help_subcommand(true);
    let arguments = line.flags.iter().map(flag).chain(line.positionals.iter().map(positional));
    let numbered = arguments.enumerate().map(|(number, argument)| argument.display_order(number));
    command.args(numbered).subcommands(line.commands.iter().map(|below| self::command(&below.command)))
}

fn flag(flag: &FlagInfo<'static>) -> Arg {
    let name = flag.long.trim_start_matches("--");
    // argh's data leave it out: the help is asked for by both everywhere, as a test has it.
    let short = flag.short.or((name == "help").then_some('h'));
    let arg = Arg::new(name).long(name).short(short).help(flag.description);
    match flag.kind {
        FlagInfoKind::Switch => arg.action(ArgAction::SetTrue),
        FlagInfoKind::Option { arg_name } => {
            let hint = if arg_name == "path" { ValueHint::FilePath } else { ValueHint::Other };
            arg.action(ArgAction::Append).value_name(arg_name).value_hint(hint)
        }
    }
}

fn positional(positional: &PositionalInfo<'static>) -> Arg {
    let arg = Arg::new(positional.name).help(positional.description).value_hint(ValueHint::Other);
    match positional.optionality {
        Optionality::Repeating | Optionality::Greedy => arg.num_args(0..),
        Optionality::Required | Optionality::Optional => arg,
    }
}
