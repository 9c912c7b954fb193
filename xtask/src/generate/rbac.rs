//! The server's rights in the whole cluster: [`cluster`].

use k8s_wait_server::{Order, read};
use std::error::Error;

/// What `k8s-wait-server rbac` prints.
///
/// # Errors
///
/// Never: there is nothing to refuse.
pub(super) fn cluster() -> Result<String, Box<dyn Error>> {
    match read(&["k8s-wait-server", "rbac"].map(str::to_owned), |_| None)? {
        Order::Say(manifest) => Ok(manifest),
        Order::Run(_) => Err("k8s-wait-server rbac serves instead of printing".into()),
    }
}
