//! Persistent volume claims: [`PersistentVolumeClaim`].

use super::wire::{cached, wire};
use super::{Cached, Meta};
use serde::Deserialize;

/// What is kept of a persistent volume claim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PersistentVolumeClaim {
    /// Its metadata.
    pub meta: Meta,
    /// Is its phase Bound?
    pub is_bound: bool,
    /// Is its phase Lost? It was bound to a volume that is gone.
    pub is_lost: bool,
}

wire!(PersistentVolumeClaimWire = "" / "v1" "PersistentVolumeClaim" "persistentvolumeclaims" { status: Status });

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    phase: Option<String>,
}

impl Cached for PersistentVolumeClaim {
    cached!(PersistentVolumeClaimWire);

    fn cut(wire: PersistentVolumeClaimWire) -> Self {
        let is_phase = |phase: &str| wire.status.phase.as_deref() == Some(phase);
        Self { is_bound: is_phase("Bound"), is_lost: is_phase("Lost"), meta: wire.metadata.meta }
    }
}
