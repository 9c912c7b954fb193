//! What a build without TLS has in its place.

use std::io;

use ureq::config::ConfigBuilder;
use ureq::typestate::AgentScope;

use crate::trouble::Trouble;

const ABSENT: &str = "needs TLS, which this build does not have: use the image whose tag ends in -tls";

/// Nobody to trust.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Roots(());

impl Roots {
    /// Refused.
    pub(crate) fn read(_: &str) -> Result<Self, String> {
        Err(ABSENT.to_owned())
    }
}

/// Whether `https://` can be spoken; else the end of a sentence that says who can.
pub(crate) fn is_there() -> Result<(), &'static str> {
    Err(ABSENT)
}

/// Nothing to configure.
pub(crate) fn configure(config: ConfigBuilder<AgentScope>, _: &Roots) -> ConfigBuilder<AgentScope> {
    config
}

/// No error comes from TLS.
pub(crate) fn trouble(_: &io::Error) -> Option<Trouble> {
    None
}
