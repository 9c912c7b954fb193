//! Waiting by annotation: the init container that a pod asks for, added by a webhook or to a file.
//!
//! [`annotation`] reads what is asked for, [`pod`] finds what a pod lacks, [`mod@review`] answers the API server with it, and
//! [`manifest`] writes it into a file.

mod annotation;
mod command;
mod manifest;
mod pod;
mod review;
mod text;
mod unread;

pub(crate) use annotation::{AN_IMAGE, Bad, is_image};
pub(crate) use command::{command_line, inject};
pub use manifest::{Manifest, Written};
pub(crate) use review::review;

use crate::tls::Tls;
use std::net::SocketAddr;
use std::str::FromStr;

/// The webhook.
#[derive(Clone, Debug)]
pub struct Inject {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Its certificate: the API server speaks to webhooks by https alone.
    pub tls: Tls,
    /// What pods are given.
    pub container: Container,
    /// What becomes of a pod whose annotations make no sense.
    pub invalid: Invalid,
}

/// What every init container has that is added here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// The client's image.
    pub image: String,
    /// The server's URL; `None` is the client's own default.
    pub server: Option<String>,
    /// Does it show a token?
    pub token: bool,
    /// The ConfigMap in the pod's namespace whose `ca.crt` it trusts; `None` is public authorities.
    pub ca_config_map: Option<String>,
}

impl Default for Container {
    fn default() -> Self {
        let image = concat!("k8s-wait-client:", env!("CARGO_PKG_VERSION")).to_owned();
        Self { image, server: None, token: false, ca_config_map: None }
    }
}

/// What becomes of a pod whose annotations make no sense.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Invalid {
    /// It is not created.
    #[default]
    Refuse,
    /// It is created as it is, and whoever creates it is warned.
    Admit,
}

impl FromStr for Invalid {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "refuse" => Ok(Self::Refuse),
            "admit" => Ok(Self::Admit),
            _ => Err(()),
        }
    }
}
