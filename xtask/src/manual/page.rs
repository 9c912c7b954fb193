//! A manual page, in section 1: [`page`].

use super::commands::Page;
use super::help::help;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};
use std::error::Error;
use std::io::Write;

/// The page in roff.
///
/// # Errors
///
/// The program does not tell how it is used.
pub(super) fn page(page: &Page) -> Result<String, Box<dyn Error>> {
    let help = help(&page.words)?;
    let usage = help.lines().next().and_then(|line| line.strip_prefix("Usage: "));
    let usage = usage.ok_or("its help begins with something else than its usage")?;
    let command = page.command().override_usage(usage.to_owned()).bin_name(page.words.join(" "));
    let man = Man::new(command);
    let mut text = Vec::new();
    // The title of `Man` would leave an empty date out. A date would make every build another one.
    writeln!(text, ".TH {} 1 \"\" \"k8s-wait {}\"", page.title(), env!("CARGO_PKG_VERSION"))?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if !page.line.commands.is_empty() {
        man.render_subcommands_section(&mut text)?;
    }
    examples(page).to_writer(&mut text)?;
    Ok(String::from_utf8(text)?)
}

fn examples(page: &Page) -> Roff {
    let mut roff = Roff::default();
    roff.control("SH", ["EXAMPLES"]);
    roff.control("EX", []);
    for line in page.line.examples.iter().flat_map(|example| example.lines()) {
        roff.text([roman(line.replace("{command_name}", &page.words.join(" ")))]);
    }
    roff.control("EE", []);
    roff
}
