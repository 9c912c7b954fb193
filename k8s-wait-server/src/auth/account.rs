//! Who asks: [`Caller`].

use std::fmt;
use std::sync::Arc;

/// Whoever asks something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Somebody, where nobody is asked who they are.
    Anyone,
    Account(Arc<Account>),
}

/// A ServiceAccount, as the API server has found it to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// The pod that its token is bound to.
    pub(crate) pod: Option<String>,
    /// That pod's UID, which no later one of its name has.
    pub(crate) pod_uid: Option<String>,
}

impl Caller {
    /// The namespace that it is in.
    pub(crate) fn namespace(&self) -> Option<&str> {
        match self {
            Self::Anyone => None,
            Self::Account(account) => Some(&account.namespace),
        }
    }
}

impl Account {
    /// From the user name that the API server gives ServiceAccounts; `None` for everybody else's.
    pub(crate) fn read(username: &str, pod: Option<String>) -> Option<Self> {
        let (namespace, name) = username.strip_prefix("system:serviceaccount:")?.split_once(':')?;
        let is_whole = !namespace.is_empty() && !name.is_empty();
        is_whole.then(|| Self { namespace: namespace.to_owned(), name: name.to_owned(), pod, pod_uid: None })
    }
}

/// As in `ServiceAccount shop/web`; of a log and of a refusal.
impl fmt::Display for Account {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "ServiceAccount {}/{}", self.namespace, self.name)?;
        match &self.pod {
            Some(pod) => write!(out, " in pod {pod}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anyone => out.write_str("anyone"),
            Self::Account(account) => account.fmt(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_serviceaccounts_are_accounts() {
        let account = Account::read("system:serviceaccount:shop:web", None).unwrap();
        assert_eq!((&*account.namespace, &*account.name), ("shop", "web"));
        assert_eq!(account.to_string(), "ServiceAccount shop/web");
        let others =
            ["admin", "system:node:a", "system:serviceaccount:shop", "system:serviceaccount::web", ""];
        for other in others {
            assert_eq!(Account::read(other, None), None, "{other}");
        }
    }
}
