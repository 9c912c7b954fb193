use super::commands::{Page, programs};
use super::help::help;
use super::*;
use std::collections::BTreeSet;
use std::process::{Command, Output};

/// Every flag that the help of a page tells of, long and short.
fn flags(page: &Page) -> BTreeSet<String> {
    let help = help(&page.words).unwrap();
    let (_, options) = help.split_once("\nOptions:\n").unwrap();
    let rows = options.lines().take_while(|line| line.starts_with("  "));
    let names = rows.filter(|row| row.starts_with("  -")).flat_map(|row| row.split([' ', ',']));
    let flags: BTreeSet<String> = names.filter(|word| is_flag(word)).map(str::to_owned).collect();
    assert!(flags.contains("-h") && flags.contains("--help"), "{help}");
    flags
}

fn is_flag(word: &str) -> bool {
    word.starts_with('-') && word.trim_start_matches('-').chars().any(char::is_alphabetic)
}

fn text(path: &str) -> String {
    let files = files().unwrap();
    files.into_iter().find(|file| file.path == path).unwrap_or_else(|| panic!("no {path}")).text
}

fn run(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let (said, complaint) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert!(status.success() && complaint.is_empty(), "{command:?}: {status} {complaint}");
    said
}

#[test]
fn every_flag_is_in_its_manual_page() {
    for page in programs().iter().flat_map(|program| program.pages()) {
        let text = text(&format!("share/man/man1/{}.1", page.title()));
        for flag in flags(&page) {
            let bold = format!("\\fB{}\\fR", flag.replace('-', "\\-"));
            assert!(text.contains(&bold), "{} lacks {flag}:\n{text}", page.title());
        }
    }
}

#[test]
fn manual_pages_tell_the_usage_of_the_help_and_their_examples() {
    let page = text("share/man/man1/k8s-wait-client.1");
    assert!(page.contains("\\fR [OPTIONS] TARGET... [\\-\\- COMMAND ARG...]\n"), "{page}");
    for example in ["job/migrate service/db\n", "'deployment/api?stable=10s' \\-\\- /app serve\n"] {
        assert!(page.contains(&example.replace('\'', "\\*(Aq")) || page.contains(example), "{page}");
    }
    let page = text("share/man/man1/kubectl-k8s_wait.1");
    assert!(page.contains("\nkubectl k8s\\-wait \\-\\-timeout 10m job/migrate"), "{page}");
    let page = text("share/man/man1/k8s-wait-server.1");
    for below in ["wait", "rbac", "inject"] {
        assert!(page.contains(&format!("k8s\\-wait\\-server\\-{below}(1)")), "{page}");
        assert!(text(&format!("share/man/man1/k8s-wait-server-{below}.1")).contains("EXAMPLES"));
    }
}

/// What bash offers after these words.
fn offers(script: &str, words: &[&str]) -> BTreeSet<String> {
    let ask = "source /dev/stdin
        function=$(complete -p \"$1\" | grep -o -- '-F [^ ]*')
        COMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1))
        \"${function#-F }\" \"$1\" \"${!#}\" \"${COMP_WORDS[COMP_CWORD - 1]}\"
        printf '%s\\n' \"${COMPREPLY[@]}\"";
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), script).unwrap();
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-uc", ask, "bash"]).args(words).stdin(fs::File::open(file.path()).unwrap());
    run(&mut bash).lines().map(str::to_owned).collect()
}

#[test]
fn bash_offers_every_flag_of_the_help_before_and_after_targets() {
    for program in programs() {
        let script = text(&format!("share/bash-completion/completions/{}", program.file));
        for page in program.pages() {
            let below: Vec<&str> =
                page.words.iter().copied().filter(|word| ["wait", "rbac", "inject"].contains(word)).collect();
            for typed in [&["-"][..], &["job", "-"]] {
                let words = [&[program.file], &below[..], typed].concat();
                assert_eq!(offers(&script, &words), flags(&page), "{words:?}");
            }
        }
        let commands = offers(&script, &[program.file, ""]);
        assert_eq!(commands.contains("rbac"), program.file == "k8s-wait-server", "{commands:?}");
    }
}

#[test]
fn zsh_and_fish_know_every_flag_of_the_help() {
    for program in programs() {
        let zsh = text(&format!("share/zsh/site-functions/_{}", program.file));
        let fish = text(&format!("share/fish/vendor_completions.d/{}.fish", program.file));
        assert!(zsh.starts_with(&format!("#compdef {}\n", program.file)));
        assert!(!zsh.contains("'*::"), "flags after targets are not offered:\n{zsh}");
        for flag in program.pages().iter().flat_map(flags) {
            assert!(
                zsh.contains(&format!("{flag}["))
                    || zsh.contains(&format!("{flag}=["))
                    || zsh.contains(&format!("{flag}+[")),
                "{flag}:\n{zsh}"
            );
            let option = match flag.strip_prefix("--") {
                Some(long) => format!(" -l {long} "),
                None => format!(" -s {} ", flag.trim_start_matches('-')),
            };
            assert!(fish.contains(&option), "{flag}:\n{fish}");
        }
    }
}

#[test]
fn kubectl_is_told_every_long_flag() {
    let prefix = tempfile::tempdir().unwrap();
    write(prefix.path()).unwrap();
    let said = run(&mut Command::new(prefix.path().join("bin/kubectl_complete-k8s_wait")));
    let told: BTreeSet<String> =
        said.lines().filter_map(|line| Some(line.split_once('\t')?.0.to_owned())).collect();
    let [.., plugin] = programs();
    let long = plugin.pages().iter().flat_map(flags).filter(|flag| flag.starts_with("--")).collect();
    assert_eq!(told, long);
    assert!(said.ends_with("\n:4\n"), "{said}");
}
