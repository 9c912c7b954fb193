//! Where the server itself may connect to: [`Network`].

use ipnet::IpNet;
use std::net::IpAddr;
use std::str::FromStr;

/// Where the server itself may connect to: nowhere by default.
#[derive(Clone, Debug, Default)]
pub struct Network {
    rules: Vec<NetworkRule>,
}

/// One `--allow-network`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkRule {
    /// Every address in it.
    Range(IpNet),
    /// Whatever addresses the name has.
    Host(String),
}

impl Network {
    /// What these rules allow together.
    pub fn new(rules: Vec<NetworkRule>) -> Self {
        Self { rules }
    }

    /// Is nothing allowed at all?
    pub fn is_closed(&self) -> bool {
        self.rules.is_empty()
    }

    /// May `host`, at this address, be connected to?
    pub fn is_allowed(&self, host: &str, address: IpAddr) -> bool {
        // An IPv4 address in IPv6 clothes is judged as what it is.
        let address = address.to_canonical();
        self.rules.iter().any(|rule| match rule {
            NetworkRule::Range(range) => range.contains(&address),
            NetworkRule::Host(name) => name.eq_ignore_ascii_case(host),
        })
    }
}

impl FromStr for NetworkRule {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if let Ok(range) = text.parse::<IpNet>() {
            return Ok(Self::Range(range));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::Range(address.into()));
        }
        let is_label = |label: &str| {
            !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        // No name ends in a number; an address that is mistyped does.
        let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
        match text.split('.').all(is_label) && !text.rsplit('.').next().is_some_and(is_number) {
            true => Ok(Self::Host(text.to_owned())),
            false => Err(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(rules: &[&str], host: &str, address: &str) -> bool {
        let rules = rules.iter().map(|rule| rule.parse().unwrap()).collect();
        Network::new(rules).is_allowed(host, address.parse().unwrap())
    }

    #[test]
    fn nothing_is_allowed_by_default() {
        assert!(!Network::default().is_allowed("db", "10.0.0.1".parse().unwrap()));
    }

    #[test]
    fn a_name_in_a_range_is_judged_by_its_address() {
        assert!(allowed(&["10.0.0.0/8"], "db", "10.1.2.3"));
        assert!(!allowed(&["10.0.0.0/8"], "10.1.2.3", "169.254.169.254"));
        assert!(allowed(&["10.0.0.0/8"], "db", "::ffff:10.1.2.3"));
        assert!(!allowed(&["10.0.0.0/8"], "db", "::ffff:169.254.169.254"));
        assert!(allowed(&["127.0.0.1"], "localhost", "127.0.0.1"));
    }

    #[test]
    fn a_mistyped_address_is_no_name() {
        for text in ["10.0.0.256", "10.0.0", "1", "", "db..example", "10.0.0.0/33", "db:80", "[::1]"] {
            assert_eq!(text.parse::<NetworkRule>(), Err(()), "{text}");
        }
    }

    #[test]
    fn a_host_is_allowed_by_its_name() {
        assert!(allowed(&["db.example"], "DB.example", "192.0.2.1"));
        assert!(!allowed(&["db.example"], "evil.db.example", "192.0.2.1"));
    }
}
