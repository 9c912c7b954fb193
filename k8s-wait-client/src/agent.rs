//! How this client speaks HTTP: [`agent()`].

use ureq::Agent;
use ureq::config::ConfigBuilder;
use ureq::typestate::AgentScope;
use ureq::unversioned::transport::DefaultConnector;

use crate::lookup::Lookup;
use crate::tls::{self, Roots};

/// An agent for the one host of `lookup`, with the time limits that `limit` sets.
///
/// Proxies in the environment are not used: in a pod they are meant for the way out of the cluster. Redirects are not
/// followed, a status is never an error, and no connection is used twice, so that whoever comes back reaches a live
/// replica.
pub(crate) fn agent(
    lookup: Lookup,
    roots: &Roots,
    limit: impl FnOnce(ConfigBuilder<AgentScope>) -> ConfigBuilder<AgentScope>,
) -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .max_redirects(0)
        .max_idle_connections(0)
        .user_agent(concat!("k8s-wait-client/", env!("CARGO_PKG_VERSION")))
        .input_buffer_size(8 * 1024)
        .output_buffer_size(4 * 1024);
    let config = limit(tls::configure(config, roots)).build();
    Agent::with_parts(config, DefaultConnector::default(), lookup)
}
