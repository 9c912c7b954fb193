//! The argument lists of other tools, as our own: [`translate`].
//!
//! A list that makes sense in our own words always has our own meaning: those of the other tools begin with a word that
//! is no target, or hold flags that we do not have.

mod groundnuty;
mod quote;
mod when_ready;

use k8s_wait_target::{Target, is_dns_subdomain};

use crate::args::{Args, Request};
use crate::command::Command;
use crate::environment::Environment;
use crate::summary::Exits;

/// What another tool's arguments mean.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Translation {
    /// The same in our own words.
    pub(crate) args: Args,
    /// What has another meaning here, or none, in one sentence each.
    pub(crate) notes: Vec<String>,
    /// The exit statuses that the other tool's users count on.
    pub(crate) exits: Exits,
}

/// A translation as people are told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Native {
    /// A line that a shell takes.
    pub(crate) command: String,
    pub(crate) notes: Vec<String>,
}

/// What the words of another tool mean; `None` where they are our own. `name` is what this program is called.
///
/// # Errors
///
/// One sentence, where the words are another tool's and do not say what to wait for.
pub(crate) fn translate(
    name: &str,
    words: &[String],
    environment: &dyn Environment,
) -> Result<Option<Translation>, String> {
    if is_native(name, words) {
        return Ok(None);
    }
    match groundnuty::translate(name, words, environment)? {
        Some(translation) => Ok(Some(translation)),
        None => when_ready::translate(name, words, environment),
    }
}

impl Translation {
    /// The line that says the same to the program that is called `name`.
    pub(crate) fn native(&self, name: &str, command: Option<&Command>) -> Native {
        let mut words = vec![name.to_owned()];
        words.extend(self.args.words());
        if let Some(command) = command {
            words.push("--".to_owned());
            words.extend(command.words());
        }
        Native { command: quote::line(&words), notes: self.notes.clone() }
    }
}

/// Whether the words say something as they are: what is to be waited for, or that help is asked for.
fn is_native(name: &str, words: &[String]) -> bool {
    let is_help = |word: &String| word == "--help" || word == "--version";
    words.iter().any(is_help)
        || own(name, words).is_ok_and(|args| {
            args.is_some_and(|args| args.targets.iter().all(|target| target.parse::<Target>().is_ok()))
        })
}

/// Reads the words that are left, which are our own or nobody's. `None` where they ask for help.
fn own(name: &str, words: &[String]) -> Result<Option<Args>, String> {
    match Args::read(name, words)? {
        Request::Wait(args) => Ok(Some(args)),
        Request::Print(_) => Ok(None),
    }
}

/// Takes the flag's value out of `words`, as a word of its own or glued to a flag of one letter.
fn take(words: &mut Vec<String>, flags: &[&str]) -> Result<Option<String>, String> {
    let Some((at, flag, glued)) = find(words, flags) else { return Ok(None) };
    words.remove(at);
    let value = match glued {
        Some(value) => value,
        None if at < words.len() => words.remove(at),
        None => return Err(format!("{flag} needs a value")),
    };
    match find(words, flags) {
        Some((_, again, _)) => Err(format!("{again} is given twice")),
        None => Ok(Some(value.trim().to_owned())),
    }
}

/// Where one of the flags stands, and what is glued to it.
fn find<'a>(words: &[String], flags: &[&'a str]) -> Option<(usize, &'a str, Option<String>)> {
    words.iter().enumerate().find_map(|(at, word)| {
        flags.iter().find_map(|flag| {
            let rest = word.strip_prefix(flag)?;
            let is_short = flag.len() == 2;
            match rest {
                "" => Some((at, *flag, None)),
                glued if is_short => {
                    Some((at, *flag, Some(glued.strip_prefix('=').unwrap_or(glued).to_owned())))
                }
                _ => None,
            }
        })
    })
}

/// One object's target. What is no name is refused: it could be read as another target.
fn object(kind: &str, name: &str) -> Result<String, String> {
    if is_dns_subdomain(name) {
        Ok(format!("{kind}/{name}"))
    } else {
        Err(format!("{name:?} is no name of a {kind}, which is like web or web-1.shop"))
    }
}

/// A variable that says something.
fn variable(name: &str, environment: &dyn Environment) -> Option<String> {
    environment.variable(name).filter(|value| !value.trim().is_empty())
}

#[cfg(test)]
mod charts;

#[cfg(test)]
mod tests;
