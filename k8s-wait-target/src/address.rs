//! [`Address`]: what a network target points at.

/// Where a network target points: the part of it that is no option.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// `tcp://HOST:PORT`: ready when a connection opens.
    Tcp {
        /// A DNS name or an IP address in lower case; an IPv6 address stands here without its brackets.
        host: String,
        /// 1 to 65535.
        port: u16,
    },
    /// `http://...` or `https://...`: ready when the response fits.
    Http {
        /// The whole URL with its own query, without the options of k8s-wait.
        url: String,
        /// Whether the scheme is https.
        tls: bool,
    },
    /// `dns://NAME`: ready when the name has an address.
    Dns {
        /// The DNS name in lower case.
        host: String,
    },
}
