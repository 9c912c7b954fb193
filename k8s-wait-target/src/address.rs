//! [`Address`]: what a network target points at, and how it is written.
//!
//! A URL keeps its own query. Its parameters that have the name of an option of http targets (`for`,
//! `stable`, `timeout`, `connect-timeout`, `status`, `contains`) are options of the target, all others are the
//! URL's own and stay in their order. A server that needs a parameter of such a name gets it with one letter escaped:
//! `%74imeout=5s`.

use crate::error::Fault;
use crate::name::is_dns_subdomain;
use crate::options::{Draft, Place};
use crate::quantity::port_number;
use crate::query::{Query, is_url_option, option_name, pieces};
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

const HOST_RULE: &str = "a DNS name, an IPv4 address, or an IPv6 address in brackets";

const PORT_RULE: &str = "a port from 1 to 65535";

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

impl Address {
    /// The scheme, which is the kind of the target.
    pub(crate) fn scheme(&self) -> &'static str {
        match self {
            Address::Tcp { .. } => "tcp",
            Address::Http { tls: false, .. } => "http",
            Address::Http { tls: true, .. } => "https",
            Address::Dns { .. } => "dns",
        }
    }

    /// Whether a `?` stands in it already, so that options follow after `&`.
    pub(crate) fn has_query(&self) -> bool {
        matches!(self, Address::Http { url, .. } if url.contains('?'))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp { host, port } if host.contains(':') => write!(f, "tcp://[{host}]:{port}"),
            Address::Tcp { host, port } => write!(f, "tcp://{host}:{port}"),
            Address::Http { url, .. } => f.write_str(url),
            Address::Dns { host } => write!(f, "dns://{host}"),
        }
    }
}

/// Splits `SCHEME://REST`; `None` for a target that is no address.
pub(crate) fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    (!scheme.contains(['/', '?'])).then_some((scheme, rest))
}

/// Reads what stands after the `://` of an address.
pub(crate) fn read(scheme: &str, rest: &str) -> Result<(Address, Draft), Fault> {
    let at = scheme.len() + "://".len();
    match scheme.to_ascii_lowercase().as_str() {
        "tcp" => with_options(at, rest, tcp),
        "dns" => with_options(at, rest, |at, text| Ok(Address::Dns { host: host(at, text)? })),
        "http" => http(at, rest, false),
        "https" => http(at, rest, true),
        _ => Err(Fault::with(0, "scheme", scheme, "tcp, http, https or dns")),
    }
}

/// An address all of whose parameters are options.
fn with_options(
    at: usize,
    text: &str,
    address: impl Fn(usize, &str) -> Result<Address, Fault>,
) -> Result<(Address, Draft), Fault> {
    let (place, query) = split_query(text);
    let address = address(at, place)?;
    let draft = Query::new(Place::Network, None).read(at + place.len() + 1, query)?;
    Ok((address, draft))
}

/// What stands before and after the first `?`.
pub(crate) fn split_query(text: &str) -> (&str, Option<&str>) {
    match text.split_once('?') {
        Some((head, query)) => (head, Some(query)),
        None => (text, None),
    }
}

fn tcp(at: usize, text: &str) -> Result<Address, Fault> {
    let (host, port) = host_and_port(at, text)?;
    let missing = || Fault::with(at + text.len(), "port", "", PORT_RULE);
    Ok(Address::Tcp { host, port: port.ok_or_else(missing)? })
}

/// A URL: its host and port are checked, its path and its own parameters are taken as they are.
fn http(at: usize, rest: &str, tls: bool) -> Result<(Address, Draft), Fault> {
    let (place, query) = split_query(rest);
    let authority = place.split('/').next().unwrap_or(place);
    host_and_port(at, authority)?;
    check_url_text(at, place)?;
    let (own, draft) = url_query(at + place.len() + 1, query)?;
    let url = [if tls { "https://" } else { "http://" }, place, &own].concat();
    Ok((Address::Http { url, tls }, draft))
}

/// The URL's own query with its `?`, if there is any, and our options out of it.
fn url_query(at: usize, text: Option<&str>) -> Result<(String, Draft), Fault> {
    let mut options = Query::new(Place::Url, None);
    let mut own = Vec::new();
    for (at, piece) in text.into_iter().flat_map(|text| pieces(at, text)) {
        if is_url_option(option_name(piece)) {
            options.read_one(at, piece)?;
        } else {
            check_url_text(at, piece)?;
            own.push(piece);
        }
    }
    let own = own.join("&");
    let mark = if own.is_empty() { "" } else { "?" };
    Ok(([mark, &own].concat(), options.finish()))
}

/// A URL is printable ASCII; its fragment is never sent to a server, so a `#` is a mistake.
fn check_url_text(at: usize, text: &str) -> Result<(), Fault> {
    let is_wrong = |c: &(usize, char)| !c.1.is_ascii_graphic() || c.1 == '#';
    match text.char_indices().find(is_wrong) {
        Some((offset, c)) => {
            let found = ["the character ", &crate::error::quoted(c.encode_utf8(&mut [0; 4]))].concat();
            Err(Fault::new(at + offset, found, "a URL without it, or the character percent-encoded"))
        }
        None => Ok(()),
    }
}

/// `HOST[:PORT]`; an IPv6 address stands in brackets and comes without them.
fn host_and_port(at: usize, text: &str) -> Result<(String, Option<u16>), Fault> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => (ipv6(at + 1, address)?, port),
        None => {
            let (name, port) = text.split_at(text.find(':').unwrap_or(text.len()));
            (host(at, name)?, port)
        }
    };
    let port_at = at + text.len() - port.len();
    Ok((host, port_after_host(port_at, port)?))
}

/// Nothing, or `:PORT`.
fn port_after_host(at: usize, text: &str) -> Result<Option<u16>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    let port =
        text.strip_prefix(':').ok_or_else(|| Fault::new(at, crate::error::quoted(text), "':' and a port"))?;
    match port_number(port) {
        Some(number) => Ok(Some(number)),
        None => Err(Fault::with(at + 1, "port", port, PORT_RULE)),
    }
}

fn ipv6(at: usize, text: &str) -> Result<String, Fault> {
    match text.parse::<Ipv6Addr>() {
        Ok(_) => Ok(text.to_ascii_lowercase()),
        Err(_) => Err(Fault::with(at, "IPv6 address", text, "one such as 2001:db8::1")),
    }
}

/// A DNS name in lower case, perhaps with the last dot that keeps the search list out of it, or an IPv4
/// address.
fn host(at: usize, text: &str) -> Result<String, Fault> {
    let host = text.to_ascii_lowercase();
    let name = host.strip_suffix('.').unwrap_or(&host);
    let is_right = if is_numeric(name) { host.parse::<Ipv4Addr>().is_ok() } else { is_dns_subdomain(name) };
    if is_right { Ok(host) } else { Err(Fault::with(at, "host", text, HOST_RULE)) }
}

/// No top-level domain is all digits: what ends in a number is meant as an IPv4 address.
fn is_numeric(name: &str) -> bool {
    name.rsplit('.').next().is_some_and(|last| !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()))
}
