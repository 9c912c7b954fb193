//! Completions of `kubectl k8s-wait`: [`completion`].
//!
//! kubectl's own completions run a program `kubectl_complete-PLUGIN` from the `PATH`, with the arguments so far. It prints
//! what could come next, a line for each, with a tab before what it means, and at last a directive of Cobra's.

use argh::CommandInfoWithArgs;

/// Cobra's ShellCompDirectiveNoFileComp: where nothing fits, files do not either.
const NO_FILES: u8 = 4;

/// The program: a script, as it says the same always. Those who asked leave out what does not fit what was typed.
pub(super) fn completion(line: &CommandInfoWithArgs) -> String {
    let rows =
        line.flags.iter().map(|flag| format!("{}\t{}\n", flag.long, flag.description)).collect::<String>();
    format!(
        "#!/bin/sh\n# What can follow \"kubectl k8s-wait\", for kubectl's completions.\ncat <<'END'\n{rows}:{NO_FILES}\nEND\n"
    )
}
