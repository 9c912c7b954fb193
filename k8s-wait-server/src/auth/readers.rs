//! Who may read what the server tells of all namespaces: [`Readers`].

use std::str::FromStr;

/// Who may read what the server tells of itself and of everybody who waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Readers {
    /// Everybody who reaches the server.
    #[default]
    All,
    /// With [`Auth::Token`](super::Auth::Token): who may ask about every namespace, by a rule `FROM=*`.
    Token,
    /// Nobody: the path is not there.
    None,
}

/// Who may read which of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The metrics.
    pub metrics: Readers,
    /// The page.
    pub page: Readers,
}

impl FromStr for Readers {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "all" => Ok(Self::All),
            "token" => Ok(Self::Token),
            "none" => Ok(Self::None),
            _ => Err(()),
        }
    }
}
