//! [`Min`] and [`Port`]: the values of the options `min` and `port`.

use crate::error::Fault;
use crate::name::is_dns_label;
use std::fmt;

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

impl Min {
    pub(crate) fn read(text: &str) -> Result<Min, Fault> {
        let min = match text.strip_suffix('%') {
            Some(share) => number(share).filter(|share| (1..=100).contains(share)).map(Min::Percent),
            None if text == "all" => Some(Min::All),
            None => number(text).map(Min::Count),
        };
        min.ok_or_else(|| Fault::with(0, "value", text, "a number, a share from 1% to 100%, or all"))
    }
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
    /// The name of a port: a DNS-1123 label that is not all digits.
    Name(String),
}

impl Port {
    pub(crate) fn read(text: &str) -> Result<Port, Fault> {
        let port = match text.bytes().all(|b| b.is_ascii_digit()) {
            true => port_number(text).map(Port::Number),
            false => is_dns_label(text).then(|| Port::Name(text.to_owned())),
        };
        port.ok_or_else(|| {
            Fault::with(0, "port", text, "a number from 1 to 65535, or a port's name such as http")
        })
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Port::Number(number) => write!(f, "{number}"),
            Port::Name(name) => f.write_str(name),
        }
    }
}

/// The port number that `text` is: 1 to 65535.
pub(crate) fn port_number(text: &str) -> Option<u16> {
    number(text).filter(|port| *port > 0)
}

/// The number that `text` is in digits alone: std's parsers also take a sign.
fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    let is_number = text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn min_is_a_count_a_share_or_all() {
        for (text, min) in [
            ("0", Min::Count(0)),
            ("2", Min::Count(2)),
            ("4294967295", Min::Count(u32::MAX)),
            ("1%", Min::Percent(1)),
            ("100%", Min::Percent(100)),
            ("all", Min::All),
        ] {
            assert_eq!(Min::read(text), Ok(min), "{text}");
            assert_eq!(min.to_string(), text);
        }
        for bad in
            ["", "-1", "+1", "1.5", "4294967296", "0%", "101%", "256%", "%", "1%%", "ALL", "all%", "two"]
        {
            assert!(Min::read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_port_is_a_number_or_a_name() {
        for (text, port) in [
            ("1", Port::Number(1)),
            ("65535", Port::Number(65535)),
            ("http", Port::Name("http".to_owned())),
            ("8080-tcp", Port::Name("8080-tcp".to_owned())),
        ] {
            assert_eq!(Port::read(text), Ok(port.clone()), "{text}");
            assert_eq!(port.to_string(), text);
        }
        for bad in ["", "0", "65536", "-1", "+80", "HTTP", "a.b", "a_b", "http "] {
            assert!(Port::read(bad).is_err(), "{bad}");
        }
    }
}
