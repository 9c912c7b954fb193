//! What programs print when they are asked for help: [`help`].

use k8s_wait_client::{Invocation, Process};
use k8s_wait_server::{Order, read};
use std::error::Error;

/// The help of what people type so, word by word.
///
/// # Errors
///
/// There is none.
pub(crate) fn help(words: &[&str]) -> Result<String, Box<dyn Error>> {
    match words {
        ["k8s-wait-client"] | [.., "wait" | "k8s-wait"] => client(&words.join(" ")),
        _ => match read(
            &[words, &["--help"]].concat().into_iter().map(str::to_owned).collect::<Vec<_>>(),
            |_| None,
        )? {
            Order::Say(help) => Ok(help),
            other => Err(format!("{} --help prints no help: {other:?}", words.join(" ")).into()),
        },
    }
}

fn client(name: &str) -> Result<String, Box<dyn Error>> {
    let mut help = Vec::new();
    match Invocation::read(name, &["--help".into()], &Process, &mut help, &mut Vec::new()) {
        Err(0) => Ok(String::from_utf8(help)?),
        _ => Err(format!("{name} has no help").into()),
    }
}
