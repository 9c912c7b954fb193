//! Manual pages and shell completions, from the definitions that `--help` is made of: [`write()`].

mod commands;
mod help;
mod kubectl;
mod page;

pub(crate) use help::help;

use clap_complete::Shell;
use commands::{Program, programs};
use std::error::Error;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A file below the prefix that they are installed to, as `/usr/local`.
struct Installed {
    path: String,
    text: String,
    mode: u32,
}

/// Writes them all below `prefix`.
///
/// # Errors
///
/// The first file that cannot be made or written. Those before it are written by then.
pub(crate) fn write(prefix: &Path) -> Result<(), Box<dyn Error>> {
    for file in files()? {
        let path = prefix.join(&file.path);
        let written = path.parent().map_or(Ok(()), fs::create_dir_all);
        let written = written.and_then(|()| fs::write(&path, &file.text));
        written
            .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(file.mode)))
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

fn files() -> Result<Vec<Installed>, Box<dyn Error>> {
    let mut files = Vec::new();
    for program in programs() {
        for page in program.pages() {
            let path = format!("share/man/man1/{}.1", page.title());
            files.push(Installed { path, text: page::page(&page)?, mode: 0o644 });
        }
        for (shell, path) in [
            (Shell::Bash, format!("share/bash-completion/completions/{}", program.file)),
            (Shell::Zsh, format!("share/zsh/site-functions/_{}", program.file)),
            (Shell::Fish, format!("share/fish/vendor_completions.d/{}.fish", program.file)),
        ] {
            files.push(Installed { path, text: completion(&program, shell)?, mode: 0o644 });
        }
    }
    let path = "bin/kubectl_complete-k8s_wait".to_owned();
    files.push(Installed { path, text: kubectl::completion(&k8s_wait_client::command_line()), mode: 0o755 });
    Ok(files)
}

fn completion(program: &Program, shell: Shell) -> Result<String, Box<dyn Error>> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut program.command(), program.file, &mut script);
    let script = String::from_utf8(script)?;
    Ok(match shell {
        // Hyphens of the name are spelled in two ways, so that subcommands would not be found.
        Shell::Bash => {
            script.replace(&program.file.replace('-', "__subcmd__"), &program.file.replace('-', "__"))
        }
        // After `*::` no flag is offered any more, and people write flags after targets.
        Shell::Zsh => script.replace("'*::", "'*:"),
        _ => script,
    })
}

#[cfg(test)]
mod tests;
