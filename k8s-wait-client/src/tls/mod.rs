//! TLS, in builds that have it (the feature `tls`): [`Roots`] says whom to trust.
//!
//! With `--ca-file` that is who signed with one of its certificates, and nobody else; without it the certificate
//! authorities of Mozilla, which are part of the binary: the image has no files.

#[cfg(not(feature = "tls"))]
mod absent;
#[cfg(feature = "tls")]
mod present;

#[cfg(not(feature = "tls"))]
pub(crate) use absent::{Roots, configure, is_there, trouble};
#[cfg(feature = "tls")]
pub(crate) use present::{Roots, configure, is_there, trouble};
