//! Why the server could not be asked, in words: [`Trouble`].

use std::io;

use crate::tls;

/// A reason to try again: a CamelCase word that stays the same and a sentence for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) reason: &'static str,
    pub(crate) message: String,
}

impl Trouble {
    /// A trouble with its sentence.
    pub(crate) fn new(reason: &'static str, message: impl Into<String>) -> Self {
        Self { reason, message: message.into() }
    }

    /// What went wrong on the wire, said so that a person knows where to look.
    pub(crate) fn of(error: &ureq::Error) -> Self {
        match error {
            ureq::Error::Io(error) => Self::of_io(error),
            ureq::Error::Timeout(phase) => Self::of_timeout(*phase),
            ureq::Error::HostNotFound => Self::new("NameNotResolved", "its name has no address"),
            other => Self::new("BrokenAnswer", format!("the answer is not HTTP as it should be: {other}")),
        }
    }

    /// The same for an error that came out of a reader, which may hide ureq's own.
    pub(crate) fn of_io(error: &io::Error) -> Self {
        if let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>()) {
            return Self::of(inner);
        }
        if let Some(trouble) = tls::trouble(error) {
            return trouble;
        }
        match error.kind() {
            io::ErrorKind::ConnectionRefused => {
                Self::new("ConnectionRefused", "the connection was refused: nothing listens there (yet)")
            }
            io::ErrorKind::UnexpectedEof => {
                Self::new("ConnectionFailed", "the connection was closed before the answer was whole")
            }
            _ if is_lookup(error) => {
                Self::new("NameNotResolved", format!("its name does not resolve: {error}"))
            }
            _ => Self::new("ConnectionFailed", format!("the connection failed: {error}")),
        }
    }

    fn of_timeout(phase: ureq::Timeout) -> Self {
        let message = match phase {
            ureq::Timeout::Resolve => "its name was not resolved in time",
            ureq::Timeout::Connect => "the connection was not opened in time",
            ureq::Timeout::PerRead => "it fell silent: not even a heartbeat came in time",
            _ => "it did not answer in time",
        };
        Self::new("Timeout", message)
    }
}

/// Whether the error is the resolver's: those alone come without a number of the operating system.
fn is_lookup(error: &io::Error) -> bool {
    error.raw_os_error().is_none() && error.to_string().starts_with("failed to lookup address")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::ToSocketAddrs;

    #[test]
    fn each_error_says_where_to_look() {
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        let rows: [(ureq::Error, &str); 7] = [
            (ureq::Error::Io(refused()), "ConnectionRefused"),
            (ureq::Error::Io(io::Error::from_raw_os_error(113)), "ConnectionFailed"),
            (ureq::Error::Io(io::ErrorKind::UnexpectedEof.into()), "ConnectionFailed"),
            (ureq::Error::HostNotFound, "NameNotResolved"),
            (ureq::Error::Timeout(ureq::Timeout::PerRead), "Timeout"),
            (ureq::Error::Io(io::Error::other(ureq::Error::Timeout(ureq::Timeout::Connect))), "Timeout"),
            (ureq::Error::BodyStalled, "BrokenAnswer"),
        ];
        for (error, reason) in rows {
            assert_eq!(Trouble::of(&error).reason, reason, "{error:?}");
        }
    }

    #[test]
    fn the_resolvers_error_is_told_apart() {
        // Longer than any name in DNS, so that libc says no without asking anybody.
        let error = ("x".repeat(300).as_str(), 80).to_socket_addrs().unwrap_err();
        assert!(is_lookup(&error), "{error:?}");
        assert_eq!(Trouble::of_io(&error).reason, "NameNotResolved");
    }
}
