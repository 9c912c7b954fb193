//! The process's surroundings, so that tests have their own: [`Environment`].

/// Where the settings that the command line leaves out come from.
pub trait Environment {
    /// An environment variable; `None` when it is unset.
    fn variable(&self, name: &str) -> Option<String>;

    /// The namespace that Kubernetes mounts beside a ServiceAccount's token; `None` without one.
    fn service_account_namespace(&self) -> Option<String>;
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
}

#[cfg(test)]
pub(crate) mod fake {
    use super::Environment;

    /// Surroundings made of these variables.
    #[derive(Default)]
    pub(crate) struct Fake {
        pub(crate) variables: Vec<(&'static str, &'static str)>,
        pub(crate) namespace: Option<&'static str>,
    }

    impl Environment for Fake {
        fn variable(&self, name: &str) -> Option<String> {
            let found = self.variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        }

        fn service_account_namespace(&self) -> Option<String> {
            self.namespace.map(str::to_owned)
        }
    }
}
