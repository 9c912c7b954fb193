//! The process's surroundings, so that tests have their own: [`Environment`].

/// Where the settings that the command line leaves out come from.
pub trait Environment {
    /// An environment variable; `None` when it is unset.
    fn variable(&self, name: &str) -> Option<String>;

    /// The namespace that Kubernetes mounts beside a ServiceAccount's token; `None` without one.
    fn service_account_namespace(&self) -> Option<String>;

    /// How large the terminal is, now, that progress goes to; `None` where it goes elsewhere.
    fn terminal(&self) -> Option<Size>;
}

/// The room on a terminal, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// How many characters are in a line.
    pub columns: usize,
    /// How many lines there are.
    pub rows: usize,
}

/// The surroundings of this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Process;

impl Environment for Process {
    fn variable(&self, name: &str) -> Option<String> {
        // What is no Unicode shows up as its replacement characters in the refusal that follows.
        std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
    }

    fn service_account_namespace(&self) -> Option<String> {
        std::fs::read_to_string("/var/run/secrets/kubernetes.io/serviceaccount/namespace").ok()
    }

    fn terminal(&self) -> Option<Size> {
        let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
        // 0 on a terminal that was never told.
        let or = |known: u16, usual: usize| if known == 0 { usual } else { known.into() };
        Some(Size { columns: or(size.ws_col, 80), rows: or(size.ws_row, 24) })
    }
}

#[cfg(test)]
pub(crate) mod fake {
    use super::{Environment, Size};

    /// Surroundings made of these variables.
    #[derive(Default)]
    pub(crate) struct Fake {
        pub(crate) variables: Vec<(&'static str, &'static str)>,
        pub(crate) namespace: Option<&'static str>,
        pub(crate) terminal: Option<Size>,
    }

    impl Environment for Fake {
        fn variable(&self, name: &str) -> Option<String> {
            let found = self.variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        }

        fn service_account_namespace(&self) -> Option<String> {
            self.namespace.map(str::to_owned)
        }

        fn terminal(&self) -> Option<Size> {
            self.terminal
        }
    }
}
