//! The log: [`start`].
//!
//! env_logger does more than that, and every pod that waits would carry it.

use std::io::Write as _;

use log::{Level, LevelFilter, Log, Metadata, Record};

/// Sends to stderr what `directives` choose, the value of `RUST_LOG`: levels, and levels of some modules alone, as in
/// `info,k8s_wait_client=debug`. The longest name that fits counts. What is neither is passed over. Without any level it is
/// errors.
///
/// Nothing is below `debug`: there the HTTP client shows every byte that it sends, and a token is among them.
pub(crate) fn start(directives: &str) {
    let logger = Logger::new(directives);
    log::set_max_level(logger.rules.iter().map(|(_, level)| *level).max().unwrap_or(LevelFilter::Off));
    // Fails where there is a logger already: this one is started once.
    let _ = log::set_logger(Box::leak(Box::new(logger)));
}

/// What is written of which modules, by the beginning of their names.
struct Logger {
    rules: Vec<(String, LevelFilter)>,
}

impl Logger {
    fn new(directives: &str) -> Self {
        let mut rules: Vec<_> =
            directives.split(',').filter_map(|directive| rule(directive.trim())).collect();
        if rules.is_empty() {
            rules.push((String::new(), LevelFilter::Error));
        }
        Self { rules }
    }
}

fn rule(directive: &str) -> Option<(String, LevelFilter)> {
    let (name, level) = match directive.split_once('=') {
        Some((name, level)) => (name, level.parse().ok()?),
        None => match directive.parse() {
            Ok(level) => ("", level),
            Err(_) if directive.is_empty() => return None,
            Err(_) => (directive, LevelFilter::Debug),
        },
    };
    Some((name.to_owned(), level.min(LevelFilter::Debug)))
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let fitting = self.rules.iter().filter(|(name, _)| metadata.target().starts_with(name.as_str()));
        let rule = fitting.max_by_key(|(name, _)| name.len());
        rule.is_some_and(|(_, level)| metadata.level() <= *level)
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            // Nobody is left to be told where stderr is closed.
            let _ =
                std::io::stderr().write_all(line(record.level(), record.target(), record.args()).as_bytes());
        }
    }

    fn flush(&self) {}
}

/// One line, whatever the message holds: nothing that comes from outside can begin one.
fn line(level: Level, target: &str, message: &std::fmt::Arguments<'_>) -> String {
    let text = format!("[{level:<5} {target}] {message}");
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).chain(['\n']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(directives: &str, level: Level, target: &str) -> bool {
        Logger::new(directives).enabled(&Metadata::builder().level(level).target(target).build())
    }

    #[test]
    fn the_longest_name_that_fits_has_the_say() {
        let own = "k8s_wait_client::server";
        for (directives, level, target, is_chosen) in [
            ("", Level::Error, "ureq", true),
            ("", Level::Warn, own, false),
            ("debug", Level::Debug, own, true),
            ("DEBUG", Level::Debug, own, true),
            ("info", Level::Debug, own, false),
            ("off", Level::Error, own, false),
            ("k8s_wait_client=debug", Level::Debug, own, true),
            ("k8s_wait_client=debug", Level::Error, "ureq", false),
            ("k8s_wait_client", Level::Debug, own, true),
            ("k8s_wait_client=off,debug", Level::Debug, own, false),
            ("debug, k8s_wait_client=off", Level::Debug, "ureq::run", true),
            ("k8s_wait_client=much", Level::Error, own, true),
            (",=,", Level::Error, own, true),
        ] {
            assert_eq!(chosen(directives, level, target), is_chosen, "{directives:?} {level} {target}");
        }
    }

    #[test]
    fn no_bytes_on_the_wire_are_shown_whatever_is_asked() {
        for directives in ["trace", "ureq=trace", "ureq", "ureq::unversioned=trace,info"] {
            let logger = Logger::new(directives);
            assert!(logger.rules.iter().all(|(_, level)| *level <= LevelFilter::Debug), "{directives}");
        }
    }

    #[test]
    fn a_message_is_one_line() {
        let text = line(Level::Info, "a", &format_args!("b\n[ERROR a] c\u{1b}[2J\r"));
        assert_eq!(text, "[INFO  a] b [ERROR a] c [2J \n");
    }
}
