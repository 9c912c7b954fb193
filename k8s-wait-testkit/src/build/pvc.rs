//! Persistent volume claims: [`pvc`].

use serde_json::json;

use super::object::{Object, object};

/// Builds a persistent volume claim; see [`pvc`].
#[derive(Clone, Debug, PartialEq)]
pub struct PersistentVolumeClaim(Object);

/// A persistent volume claim of 1 GiB that is not bound: phase Pending.
pub fn pvc(name: &str) -> PersistentVolumeClaim {
    let spec = json!({
        "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "1Gi" } },
        "volumeMode": "Filesystem",
    });
    let claim = object("v1", "PersistentVolumeClaim", name).with("/spec", spec);
    PersistentVolumeClaim(claim.with("/status", json!({ "phase": "Pending" })))
}

super::metadata!(PersistentVolumeClaim);
super::deletable!(PersistentVolumeClaim);

impl PersistentVolumeClaim {
    /// Sets `status.phase`.
    #[must_use]
    pub fn phase(self, phase: &str) -> Self {
        self.with("/status/phase", phase)
    }

    /// Bound to this volume.
    #[must_use]
    pub fn bound(self, volume: &str) -> Self {
        let status = json!({
            "phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": { "storage": "1Gi" },
        });
        self.with("/spec/volumeName", volume).with("/status", status)
    }

    /// The volume that it was bound to is gone.
    #[must_use]
    pub fn lost(self) -> Self {
        self.bound("gone").phase("Lost")
    }
}
