//! Definitions of custom resources: [`CustomResourceDefinition`].

use super::wire::{Condition, ConditionType, Conditions, cached, each, wire};
use super::{Cached, Meta};
use serde::Deserialize;

/// What is kept of a definition of custom resources: nothing of its schemas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CustomResourceDefinition {
    /// Its metadata.
    pub meta: Meta,
    /// Is condition Established True?
    pub is_established: bool,
    /// The `observedGeneration` of condition Established, else that of the status; API servers tell neither as a rule.
    pub observed_generation: Option<i64>,
    /// The message of condition NamesAccepted while it is False: which of its names are taken.
    pub refused_names: Option<Box<str>>,
}

wire!(CustomResourceDefinitionWire = "apiextensions.k8s.io" / "v1" "CustomResourceDefinition"
    "customresourcedefinitions" in ClusterResourceScope { status: Status });

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    observed_generation: Option<i64>,
    #[serde(deserialize_with = "each")]
    conditions: Conditions,
}

impl Cached for CustomResourceDefinition {
    cached!(CustomResourceDefinitionWire);

    fn cut(wire: CustomResourceDefinitionWire) -> Self {
        let mut status = wire.status;
        let established = status.conditions.take(ConditionType::Established).unwrap_or_default();
        Self {
            meta: wire.metadata.meta,
            is_established: established.is_true(),
            observed_generation: established.observed_generation.or(status.observed_generation),
            refused_names: status
                .conditions
                .take(ConditionType::NamesAccepted)
                .filter(Condition::is_false)
                .map(|c| c.message.unwrap_or_default()),
        }
    }
}
