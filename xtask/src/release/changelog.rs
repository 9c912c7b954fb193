//! The changelog, as Keep a Changelog has it: [`moved`], [`notes`].

const UNRELEASED: &str = "## [Unreleased]\n";

/// The changelog after a release: what was unreleased stands under the version and its date, and nothing is unreleased.
///
/// # Errors
///
/// Nothing is unreleased.
pub(super) fn moved(text: &str, version: &str, date: &str) -> Result<String, String> {
    let (before, rest) = text.split_once(UNRELEASED).ok_or("CHANGELOG.md has no section [Unreleased]")?;
    if !says_something(section(rest)) {
        return Err("CHANGELOG.md has nothing under [Unreleased]: there is nothing to release".into());
    }
    Ok(format!("{before}{UNRELEASED}\n## [{version}] - {date}\n{rest}"))
}

/// What the changelog tells of a version, without its heading, and with the links that its end defines.
///
/// # Errors
///
/// It tells nothing of that version.
pub(super) fn notes(text: &str, version: &str) -> Result<String, String> {
    let heading = format!("## [{version}]");
    let mut lines = text.split_inclusive('\n').skip_while(|line| !line.starts_with(&heading));
    let rest: String = lines.by_ref().skip(1).collect();
    let section = section(&rest);
    if !says_something(section) {
        return Err(format!("CHANGELOG.md tells nothing of {version}"));
    }
    let links = rest[section.len()..].lines().filter(|line| is_link(line));
    let links: String = links.map(|line| format!("{line}\n")).collect();
    Ok(format!("{}\n{}", section.trim(), if links.is_empty() { links } else { format!("\n{links}") }))
}

/// The text up to the next version's heading or the definitions of links, whichever comes first.
fn section(text: &str) -> &str {
    let lines = text.split_inclusive('\n').take_while(|line| !line.starts_with("## ") && !is_link(line));
    let length = lines.map(str::len).sum();
    text.get(..length).unwrap_or(text)
}

/// Whether there is anything but headings.
fn says_something(section: &str) -> bool {
    section.lines().any(|line| !line.trim().is_empty() && !line.starts_with('#'))
}

/// Whether a line says where a reference leads, as `[1.0.0]: https://...`.
fn is_link(line: &str) -> bool {
    line.starts_with('[') && line.contains("]: ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A, see [a].\n\n## [1.1.0] - 2026-01-01\n\n- B.\n\n[a]: https://a.example\n";

    #[test]
    fn what_was_unreleased_stands_under_the_version_and_links_where_they_were() {
        let after = moved(TEXT, "1.2.0", "2026-02-03").unwrap();
        let expected = "## [Unreleased]\n\n## [1.2.0] - 2026-02-03\n\n### Added\n\n- A, see [a].\n\n## [1.1.0] - 2026-01-01\n";
        assert!(after.contains(expected), "{after}");
        assert!(after.ends_with("- B.\n\n[a]: https://a.example\n"), "{after}");
    }

    #[test]
    fn nothing_is_released_twice() {
        let after = moved(TEXT, "1.2.0", "2026-02-03").unwrap();
        assert!(moved(&after, "1.3.0", "2026-02-04").unwrap_err().contains("nothing to release"));
        assert!(moved("## [Unreleased]\n\n### Added\n", "1.0.0", "").is_err());
        assert!(moved("# Changelog\n", "1.0.0", "").is_err());
    }

    #[test]
    fn notes_are_those_of_one_version_with_the_links() {
        let after = moved(TEXT, "1.2.0", "2026-02-03").unwrap();
        assert_eq!(notes(&after, "1.2.0").unwrap(), "### Added\n\n- A, see [a].\n\n[a]: https://a.example\n");
        assert_eq!(notes(&after, "1.1.0").unwrap(), "- B.\n\n[a]: https://a.example\n");
        assert!(notes(&after, "1.2").is_err());
        assert!(notes(&after, "Unreleased").is_err());
    }
}
