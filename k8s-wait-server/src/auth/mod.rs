//! Who asks, and what they may ask about: [`Admission`].

mod account;
mod allow;
mod readers;
mod review;

pub(crate) use account::{Account, Caller};
pub(crate) use allow::About;
pub use allow::AllowRule;
pub use readers::{Readers, Reading};
pub(crate) use review::Doubt;

use crate::peers::Peer;
use allow::Rules;
use kube::Client;
use review::Reviews;

/// Who may ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Auth {
    /// Everybody who reaches the server, about everything that it watches.
    #[default]
    None,
    /// Who sends a ServiceAccount's token for the audience `k8s-wait`: about the namespace of that ServiceAccount, and what
    /// these rules add.
    Token(Vec<AllowRule>),
}

/// Lets callers in, or does not, each question by itself.
pub(crate) enum Admission {
    Open,
    Tokens(Box<Tokens>),
}

/// By their tokens.
pub(crate) struct Tokens {
    reviews: Reviews,
    rules: Rules,
}

impl Admission {
    pub(crate) fn new(auth: Auth, client: Client) -> Self {
        match auth {
            Auth::None => Self::Open,
            Auth::Token(rules) => {
                let tokens = Tokens { reviews: Reviews::new(client), rules: Rules::new(rules) };
                Self::Tokens(Box::new(tokens))
            }
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }

    /// Who sends this `Authorization` header, from there.
    ///
    /// # Errors
    ///
    /// [`Doubt`] where that is nobody who may ask, or cannot be told.
    pub(crate) async fn caller(&self, authorization: Option<&[u8]>, peer: &Peer) -> Result<Caller, Doubt> {
        match self {
            Self::Open => Ok(Caller::Anyone),
            Self::Tokens(tokens) => {
                let token = bearer(authorization.ok_or(Doubt::NoToken)?).ok_or(Doubt::NoToken)?;
                tokens.reviews.account(token, peer).await.map(Caller::Account)
            }
        }
    }

    /// May this caller ask about that?
    pub(crate) fn allows(&self, caller: &Caller, about: About<'_>) -> bool {
        match (self, caller) {
            (Self::Open, _) => true,
            (Self::Tokens(tokens), Caller::Account(account)) => tokens.rules.allow(&account.namespace, about),
            // Nobody gets here without a token; if somebody did, it would not be to ask.
            (Self::Tokens(_), Caller::Anyone) => false,
        }
    }
}

/// The token of `Bearer TOKEN`, whose first word may have any letter case (RFC 9110).
fn bearer(authorization: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(authorization).ok()?;
    let (scheme, token) = text.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_start()).filter(|token| is_token(token))
}

/// The most bytes of a token; those of ServiceAccounts have about a thousand.
const TOKEN_BYTES: usize = 8 * 1024;

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.len() <= TOKEN_BYTES && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_token_is_one_word_after_its_scheme() {
        for (header, expected) in [
            ("Bearer a.b-c_d", Some("a.b-c_d")),
            ("bearer a", Some("a")),
            ("BEARER   a ", Some("a")),
            ("Basic a", None),
            ("Bearer", None),
            ("Bearer ", None),
            ("Bearer a b", None),
            ("Bearer a\u{e9}", None),
        ] {
            assert_eq!(bearer(header.as_bytes()), expected, "{header:?}");
        }
        assert_eq!(bearer(b"Bearer \xff"), None);
        let long = format!("Bearer {}", "a".repeat(TOKEN_BYTES + 1));
        assert_eq!(bearer(long.as_bytes()), None);
    }
}
