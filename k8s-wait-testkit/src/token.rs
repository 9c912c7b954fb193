//! Bearer tokens, and who sends them: [`Token`].

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// What the API server says of a bearer token in a TokenReview. [`Api::accept_token`](crate::Api::accept_token) makes it
/// known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    username: String,
    groups: Vec<String>,
    extra: BTreeMap<String, Vec<String>>,
    audiences: Vec<String>,
}

impl Token {
    /// One of a ServiceAccount, as a projected volume holds it, for no audience yet.
    pub fn of_service_account(namespace: &str, name: &str) -> Self {
        let groups = ["system:serviceaccounts", &format!("system:serviceaccounts:{namespace}")];
        Self {
            groups: groups.map(str::to_owned).into(),
            ..Self::of_user(&format!("system:serviceaccount:{namespace}:{name}"))
        }
    }

    /// One of somebody who is no ServiceAccount.
    pub fn of_user(name: &str) -> Self {
        Self { username: name.to_owned(), groups: Vec::new(), extra: BTreeMap::new(), audiences: Vec::new() }
    }

    /// Bound to this pod, as those of projected volumes are. Its UID is `uid-of-NAME`.
    #[must_use]
    pub fn in_pod(mut self, name: &str) -> Self {
        self.extra.insert("authentication.kubernetes.io/pod-name".to_owned(), vec![name.to_owned()]);
        self.extra.insert("authentication.kubernetes.io/pod-uid".to_owned(), vec![format!("uid-of-{name}")]);
        self
    }

    /// Made for this audience; may be said several times.
    #[must_use]
    pub fn for_audience(mut self, audience: &str) -> Self {
        self.audiences.push(audience.to_owned());
        self
    }

    /// The status of a review that asks for these audiences.
    pub(crate) fn review(&self, wanted: &[String]) -> Value {
        let fitting: Vec<&String> =
            wanted.iter().filter(|audience| self.audiences.contains(audience)).collect();
        if fitting.is_empty() {
            let (have, wanted) = (&self.audiences, wanted);
            return refused(&format!(
                "[invalid bearer token, token audiences {have:?} is invalid for the target audiences {wanted:?}]"
            ));
        }
        let user = json!({ "username": self.username, "groups": self.groups, "extra": self.extra });
        json!({ "authenticated": true, "user": user, "audiences": fitting })
    }
}

/// The status of a review of a token that is not accepted. As with a kube-apiserver the field `authenticated` is left out.
pub(crate) fn refused(error: &str) -> Value {
    json!({ "user": {}, "error": error })
}
